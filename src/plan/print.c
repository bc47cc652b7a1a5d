/*
 * A plan as text and as JSON, both from the table of kinds: what is printed is what the decoder
 * checks and what caisson-init does.
 */
#include <string.h>

#include "base/abi.h"
#include "config/config.h"
#include "plan/plan.h"

#include "base/banned.h"

struct bit_name {
	uint64_t bit;
	const char *name;
};

static const struct bit_name attr_names[] = {
	{ SYS_ATTR_RDONLY, "ro" },
	{ SYS_ATTR_NOSUID, "nosuid" },
	{ SYS_ATTR_NODEV, "nodev" },
	{ SYS_ATTR_NOEXEC, "noexec" },
	{ SYS_ATTR_NOATIME, "noatime" },
	{ SYS_ATTR_STRICTATIME, "strictatime" },
	{ SYS_ATTR_NODIRATIME, "nodiratime" },
	{ SYS_ATTR_NOSYMFOLLOW, "nosymfollow" },
	{ SYS_ATTR_ATIME & ~(SYS_ATTR_NOATIME | SYS_ATTR_STRICTATIME), "atime" },
};

static const struct bit_name propagation_names[] = {
	{ SYS_MS_PRIVATE, "private" },
	{ SYS_MS_SLAVE, "slave" },
	{ SYS_MS_SHARED, "shared" },
	{ SYS_MS_UNBINDABLE, "unbindable" },
};

static const struct bit_name tree_flag_names[] = {
	{ PLAN_TREE_RECURSIVE, "recursive" },
	{ PLAN_TREE_ATTR_RECURSIVE, "attributes-recursive" },
	{ PLAN_TREE_IDMAP, "idmap" },
	{ PLAN_TREE_DEVICE, "device" },
};

static const struct bit_name mount_flag_names[] = {
	{ PLAN_MOUNT_COPY_UP, "copy-up" },
	{ PLAN_MOUNT_PROPAGATION_REC, "propagation-recursive" },
	{ PLAN_MOUNT_PLAIN_TARGET, "plain-target" },
	{ PLAN_MOUNT_KEEP_MODE, "keep-mode" },
};

static const struct bit_name seccomp_flag_names[] = {
	{ SYS_SECCOMP_FLAG_TSYNC, "tsync" },
	{ SYS_SECCOMP_FLAG_LOG, "log" },
	{ SYS_SECCOMP_FLAG_SPEC_ALLOW, "spec-allow" },
	{ SYS_SECCOMP_FLAG_WAIT_KILLABLE_RECV, "wait-killable-recv" },
};

static const struct bit_name access_names[] = { { 4, "r" }, { 2, "w" }, { 1, "m" } };

static const char *const stage_names[PLAN_STAGE_N] = {
	[PLAN_STAGE_PREPARE] = "prepare: caisson, on the host",
	[PLAN_STAGE_BUILD] = "build: caisson-init, host credentials",
	[PLAN_STAGE_CONFINE] = "confine: caisson-init, giving up privilege",
	[PLAN_STAGE_START] = "start: caisson-init, after the gate opened",
};

static const char *const stage_keys[PLAN_STAGE_N] = {
	[PLAN_STAGE_PREPARE] = "prepare",
	[PLAN_STAGE_BUILD] = "build",
	[PLAN_STAGE_CONFINE] = "confine",
	[PLAN_STAGE_START] = "start",
};

/* The names of the bits that are set, and what is left over in hexadecimal. */
static void put_bits(struct str_buf *out, uint64_t bits, const struct bit_name *names, size_t n,
	const char *separator)
{
	size_t start = out->len;

	for (size_t i = 0; i < n; i++) {
		if ((bits & names[i].bit) != names[i].bit)
			continue;
		str_buf_fmt(out, "%s%s", out->len == start ? "" : separator, names[i].name);
		bits &= ~names[i].bit;
	}
	if (bits != 0)
		str_buf_fmt(out, "%s0x%llx", out->len == start ? "" : separator,
			(unsigned long long)bits);
}

static void put_namespaces(struct str_buf *out, uint64_t bits)
{
	size_t start = out->len;

	for (int type = 0; type < CONFIG_NS_N; type++) {
		if ((bits & (unsigned)config_ns_clone_flag((enum config_ns_type)type)) == 0)
			continue;
		str_buf_fmt(out, "%s%s", out->len == start ? "" : ",",
			config_ns_name((enum config_ns_type)type));
	}
}

static void put_caps(struct str_buf *out, uint64_t caps)
{
	size_t start = out->len;

	if (caps == 0)
		str_buf_puts(out, "none");
	for (int cap = 0; cap < 64; cap++) {
		const char *name = config_cap_name(cap);

		if ((caps & (1ULL << cap)) == 0)
			continue;
		str_buf_puts(out, out->len == start ? "" : ",");
		if (name != NULL)
			str_buf_puts(out, name + strlen("CAP_"));
		else
			str_buf_fmt(out, "%d", cap);
	}
}

static void put_device(struct str_buf *out, uint64_t value)
{
	uint32_t part[2] = { (uint32_t)(value >> 32), (uint32_t)value };

	for (int i = 0; i < 2; i++) {
		str_buf_puts(out, i == 0 ? "" : ":");
		if (part[i] == UINT32_MAX)
			str_buf_puts(out, "*");
		else
			str_buf_fmt(out, "%u", part[i]);
	}
}

static const char *resource_name(uint64_t resource)
{
	return resource < CONFIG_RLIMIT_N ? config_rlimit_name((enum config_rlimit_type)resource) :
					    "unknown";
}

static void put_num(struct str_buf *out, enum plan_field field, uint64_t value)
{
	switch (field) {
	case PLAN_FIELD_SIGNED:
		str_buf_fmt(out, "%lld", (long long)value);
		break;
	case PLAN_FIELD_OCTAL:
		str_buf_fmt(out, "%04llo", (unsigned long long)value);
		break;
	case PLAN_FIELD_NAMESPACES:
		put_namespaces(out, value);
		break;
	case PLAN_FIELD_ATTRS:
		put_bits(out, value, attr_names, ARRAY_SIZE(attr_names), ",");
		break;
	case PLAN_FIELD_PROPAGATION:
		put_bits(out, value, propagation_names, ARRAY_SIZE(propagation_names), ",");
		break;
	case PLAN_FIELD_CAPS:
		put_caps(out, value);
		break;
	case PLAN_FIELD_RESOURCE:
		str_buf_puts(out, resource_name(value));
		break;
	case PLAN_FIELD_LIMIT:
		if (value == UINT64_MAX)
			str_buf_puts(out, "unlimited");
		else
			str_buf_fmt(out, "%llu", (unsigned long long)value);
		break;
	case PLAN_FIELD_DEVICE_TYPE:
		str_buf_fmt(out, "%c", (int)value);
		break;
	case PLAN_FIELD_DEVICE:
		put_device(out, value);
		break;
	case PLAN_FIELD_ACCESS:
		put_bits(out, value, access_names, ARRAY_SIZE(access_names), "");
		break;
	case PLAN_FIELD_IDS:
		str_buf_fmt(out, "%u:%u", (unsigned)(value >> 32), (unsigned)value);
		break;
	case PLAN_FIELD_HOOK:
		str_buf_puts(out, value < CONFIG_HOOK_N ?
					  config_hook_name((enum config_hook_kind)value) :
					  "unknown");
		break;
	case PLAN_FIELD_TREE_FLAGS:
		put_bits(out, value, tree_flag_names, ARRAY_SIZE(tree_flag_names), ",");
		break;
	case PLAN_FIELD_MOUNT_FLAGS:
		put_bits(out, value, mount_flag_names, ARRAY_SIZE(mount_flag_names), ",");
		break;
	case PLAN_FIELD_SECCOMP_FLAGS:
		put_bits(out, value, seccomp_flag_names, ARRAY_SIZE(seccomp_flag_names), ",");
		break;
	case PLAN_FIELD_HEX:
		str_buf_fmt(out, "0x%llx", (unsigned long long)value);
		break;
	case PLAN_FIELD_BOOL:
		str_buf_puts(out, value != 0 ? "yes" : "no");
		break;
	case PLAN_FIELD_NONE:
	case PLAN_FIELD_STRING:
	case PLAN_FIELD_STRINGS:
	case PLAN_FIELD_U32S:
	case PLAN_FIELD_BPF:
	case PLAN_FIELD_NUM:
	default:
		str_buf_fmt(out, "%llu", (unsigned long long)value);
		break;
	}
}

/* Flags and values that are not set are not worth a word; numbers that mean something as 0 are. */
static bool num_is_silent(enum plan_field field, uint64_t value)
{
	switch (field) {
	case PLAN_FIELD_NONE:
		return true;
	case PLAN_FIELD_NAMESPACES:
	case PLAN_FIELD_ATTRS:
	case PLAN_FIELD_PROPAGATION:
	case PLAN_FIELD_TREE_FLAGS:
	case PLAN_FIELD_MOUNT_FLAGS:
	case PLAN_FIELD_SECCOMP_FLAGS:
	case PLAN_FIELD_BOOL:
		return value == 0;
	case PLAN_FIELD_STRING:
	case PLAN_FIELD_STRINGS:
	case PLAN_FIELD_U32S:
	case PLAN_FIELD_BPF:
	case PLAN_FIELD_NUM:
	case PLAN_FIELD_SIGNED:
	case PLAN_FIELD_OCTAL:
	case PLAN_FIELD_CAPS:
	case PLAN_FIELD_RESOURCE:
	case PLAN_FIELD_LIMIT:
	case PLAN_FIELD_DEVICE_TYPE:
	case PLAN_FIELD_DEVICE:
	case PLAN_FIELD_ACCESS:
	case PLAN_FIELD_IDS:
	case PLAN_FIELD_HOOK:
	case PLAN_FIELD_HEX:
	default:
		return false;
	}
}

static void put_string(struct str_buf *out, const char *s)
{
	char escaped[1024];
	bool quote = *s == '\0' || strchr(s, ' ') != NULL;

	str_escape(escaped, sizeof(escaped), s);
	str_buf_fmt(out, quote ? "'%s'" : "%s", escaped);
}

static void put_u32s(struct str_buf *out, const struct plan *plan, const struct plan_ref *ref)
{
	size_t n;
	const uint32_t *items = plan_u32s(plan, ref, &n);

	for (size_t i = 0; i < n; i++)
		str_buf_fmt(out, "%s%u", i == 0 ? "" : ",", items[i]);
}

static void put_ref(struct str_buf *out, const struct plan *plan, enum plan_field field,
	const struct plan_ref *ref)
{
	size_t size;
	const char *item;

	switch (field) {
	case PLAN_FIELD_STRING:
		put_string(out, plan_string(plan, ref));
		break;
	case PLAN_FIELD_STRINGS:
		str_buf_puts(out, "[");
		for (item = plan_strings(plan, ref, NULL); item != NULL;
			item = plan_strings(plan, ref, item)) {
			put_string(out, item);
			if (plan_strings(plan, ref, item) != NULL)
				str_buf_puts(out, " ");
		}
		str_buf_puts(out, "]");
		break;
	case PLAN_FIELD_BPF:
		plan_blob(plan, ref, &size);
		str_buf_fmt(out, "%zu instructions", size / sizeof(struct sys_bpf_insn));
		break;
	default:
		put_u32s(out, plan, ref);
		break;
	}
}

typedef void (*field_fn)(void *arg, const char *label, const char *value);

/* Call @fn with every field of a step that says something. */
static void each_field(const struct plan *plan, const struct plan_step *step, field_fn fn,
	void *arg)
{
	const struct plan_kind_info *info = plan_kind_info(step->kind);

	for (size_t i = 0; i < PLAN_REFS; i++) {
		_str_buf_ struct str_buf value = { 0 };

		if (info->ref[i].field == PLAN_FIELD_NONE || step->ref[i].len == 0)
			continue;
		put_ref(&value, plan, info->ref[i].field, &step->ref[i]);
		if (value.data != NULL)
			fn(arg, info->ref[i].label, value.data);
	}
	for (size_t i = 0; i < PLAN_NUMS; i++) {
		_str_buf_ struct str_buf value = { 0 };

		if (num_is_silent(info->num[i].field, step->num[i]))
			continue;
		put_num(&value, info->num[i].field, step->num[i]);
		if (value.data != NULL)
			fn(arg, info->num[i].label, value.data);
	}
}

static void text_field(void *arg, const char *label, const char *value)
{
	str_buf_fmt(arg, " %s=%s", label, value);
}

void plan_print(const struct plan *plan, struct str_buf *out)
{
	int stage = -1;

	str_buf_puts(out, "namespaces ");
	put_namespaces(out, plan->header->clone_flags);
	str_buf_puts(out, (plan->header->flags & PLAN_FLAG_CREATE_TIMENS) != 0 ? ",time\n" : "\n");
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->stage != stage) {
			stage = step->stage;
			str_buf_fmt(out, "\n%s\n", stage_names[stage]);
		}
		str_buf_fmt(out, "  %s", plan_kind_info(step->kind)->name);
		if (step->slot != PLAN_SLOT_NONE)
			str_buf_fmt(out, " fd=%d", step->slot);
		each_field(plan, step, text_field, out);
		str_buf_puts(out, "\n");
	}
}

static void json_field(void *arg, const char *label, const char *value)
{
	json_out_string(arg, label, value);
}

void plan_print_json(const struct plan *plan, struct json_out *out)
{
	_str_buf_ struct str_buf namespaces = { 0 };

	put_namespaces(&namespaces, plan->header->clone_flags);
	json_out_string(out, "namespaces", namespaces.data != NULL ? namespaces.data : "");
	json_out_array(out, "steps");
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		json_out_object(out, NULL);
		json_out_string(out, "stage", stage_keys[step->stage]);
		json_out_string(out, "step", plan_kind_info(step->kind)->name);
		if (step->slot != PLAN_SLOT_NONE)
			json_out_i64(out, "fd", step->slot);
		each_field(plan, step, json_field, out);
		json_out_end(out);
	}
	json_out_end(out);
}
