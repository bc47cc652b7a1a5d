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
	{ PLAN_TREE_IDMAP_RECURSIVE, "idmap-recursive" },
	{ PLAN_TREE_EXACT, "exact" },
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

static void put_unsigned(struct str_buf *out, uint64_t value)
{
	str_buf_fmt(out, "%llu", (unsigned long long)value);
}

static void put_signed(struct str_buf *out, uint64_t value)
{
	str_buf_fmt(out, "%lld", (long long)value);
}

static void put_octal(struct str_buf *out, uint64_t value)
{
	str_buf_fmt(out, "%04llo", (unsigned long long)value);
}

static void put_hex(struct str_buf *out, uint64_t value)
{
	str_buf_fmt(out, "0x%llx", (unsigned long long)value);
}

static void put_bool(struct str_buf *out, uint64_t value)
{
	str_buf_puts(out, value != 0 ? "yes" : "no");
}

static void put_attrs(struct str_buf *out, uint64_t value)
{
	put_bits(out, value, attr_names, ARRAY_SIZE(attr_names), ",");
}

static void put_propagation(struct str_buf *out, uint64_t value)
{
	put_bits(out, value, propagation_names, ARRAY_SIZE(propagation_names), ",");
}

static void put_tree_flags(struct str_buf *out, uint64_t value)
{
	put_bits(out, value, tree_flag_names, ARRAY_SIZE(tree_flag_names), ",");
}

static void put_mount_flags(struct str_buf *out, uint64_t value)
{
	put_bits(out, value, mount_flag_names, ARRAY_SIZE(mount_flag_names), ",");
}

static void put_seccomp_flags(struct str_buf *out, uint64_t value)
{
	put_bits(out, value, seccomp_flag_names, ARRAY_SIZE(seccomp_flag_names), ",");
}

static void put_access(struct str_buf *out, uint64_t value)
{
	put_bits(out, value, access_names, ARRAY_SIZE(access_names), "");
}

static void put_resource(struct str_buf *out, uint64_t value)
{
	str_buf_puts(out, value < CONFIG_RLIMIT_N
				  ? config_rlimit_name((enum config_rlimit_type)value)
				  : "unknown");
}

static void put_hook(struct str_buf *out, uint64_t value)
{
	str_buf_puts(out,
		value < CONFIG_HOOK_N ? config_hook_name((enum config_hook_kind)value) : "unknown");
}

static void put_limit(struct str_buf *out, uint64_t value)
{
	if (value == UINT64_MAX)
		str_buf_puts(out, "unlimited");
	else
		put_unsigned(out, value);
}

static void put_layer(struct str_buf *out, uint64_t value)
{
	static const char *const names[] = {
		[PLAN_LAYER_UPPER] = "upper",
		[PLAN_LAYER_LOWER] = "lower",
		[PLAN_LAYER_DATA] = "data",
	};

	str_buf_puts(out, names[value]);
}

static void put_device_type(struct str_buf *out, uint64_t value)
{
	str_buf_fmt(out, "%c", (int)value);
}

static void put_ids(struct str_buf *out, uint64_t value)
{
	str_buf_fmt(out, "%u:%u", (unsigned)(value >> 32), (unsigned)value);
}

static void put_owner(struct str_buf *out, uint64_t value)
{
	put_unsigned(out, value - 1);
}

static void put_string(struct str_buf *out, const char *s)
{
	char escaped[1024];
	bool quote = *s == '\0' || strchr(s, ' ') != NULL;

	str_escape(escaped, sizeof(escaped), s);
	str_buf_fmt(out, quote ? "'%s'" : "%s", escaped);
}

static void put_string_ref(struct str_buf *out, const struct plan *plan, const struct plan_ref *ref)
{
	put_string(out, plan_string(plan, ref));
}

static void put_strings_ref(
	struct str_buf *out, const struct plan *plan, const struct plan_ref *ref)
{
	const char *item = NULL, *separator = "[";

	while ((item = plan_strings(plan, ref, item)) != NULL) {
		str_buf_puts(out, separator);
		put_string(out, item);
		separator = " ";
	}
	str_buf_puts(out, "]");
}

static void put_u32s_ref(struct str_buf *out, const struct plan *plan, const struct plan_ref *ref)
{
	size_t n;
	const uint32_t *items = plan_u32s(plan, ref, &n);

	for (size_t i = 0; i < n; i++)
		str_buf_fmt(out, "%s%u", i == 0 ? "" : ",", items[i]);
}

static void put_bpf_ref(struct str_buf *out, const struct plan *plan, const struct plan_ref *ref)
{
	size_t size;

	plan_blob(plan, ref, &size);
	str_buf_fmt(out, "%zu instructions", size / sizeof(struct sys_bpf_insn));
}

/* How each sort of field is written. A flag or mask that is zero is not worth a word; a number
 * that means something as 0 is. */
static const struct {
	void (*num)(struct str_buf *out, uint64_t value);
	void (*ref)(struct str_buf *out, const struct plan *plan, const struct plan_ref *ref);
	bool zero_is_silent;
} printers[PLAN_FIELD_N] = {
	[PLAN_FIELD_STRING] = { .ref = put_string_ref },
	[PLAN_FIELD_STRINGS] = { .ref = put_strings_ref },
	[PLAN_FIELD_U32S] = { .ref = put_u32s_ref },
	[PLAN_FIELD_BPF] = { .ref = put_bpf_ref },
	[PLAN_FIELD_NUM] = { .num = put_unsigned },
	[PLAN_FIELD_SIGNED] = { .num = put_signed },
	[PLAN_FIELD_OCTAL] = { .num = put_octal },
	[PLAN_FIELD_NAMESPACES] = { .num = put_namespaces, .zero_is_silent = true },
	[PLAN_FIELD_ATTRS] = { .num = put_attrs, .zero_is_silent = true },
	[PLAN_FIELD_PROPAGATION] = { .num = put_propagation, .zero_is_silent = true },
	[PLAN_FIELD_CAPS] = { .num = put_caps },
	[PLAN_FIELD_RESOURCE] = { .num = put_resource },
	[PLAN_FIELD_LIMIT] = { .num = put_limit },
	[PLAN_FIELD_DEVICE_TYPE] = { .num = put_device_type },
	[PLAN_FIELD_DEVICE] = { .num = put_device },
	[PLAN_FIELD_ACCESS] = { .num = put_access },
	[PLAN_FIELD_IDS] = { .num = put_ids },
	[PLAN_FIELD_KEPT] = { .num = put_unsigned, .zero_is_silent = true },
	[PLAN_FIELD_HOOK] = { .num = put_hook },
	[PLAN_FIELD_TREE_FLAGS] = { .num = put_tree_flags, .zero_is_silent = true },
	[PLAN_FIELD_MOUNT_FLAGS] = { .num = put_mount_flags, .zero_is_silent = true },
	[PLAN_FIELD_SECCOMP_FLAGS] = { .num = put_seccomp_flags, .zero_is_silent = true },
	[PLAN_FIELD_HEX] = { .num = put_hex },
	[PLAN_FIELD_U64] = { .num = put_unsigned },
	[PLAN_FIELD_LAYER] = { .num = put_layer },
	[PLAN_FIELD_BOOL] = { .num = put_bool, .zero_is_silent = true },
	[PLAN_FIELD_OWNER] = { .num = put_owner, .zero_is_silent = true },
	[PLAN_FIELD_INODE] = { .num = put_unsigned, .zero_is_silent = true },
};

typedef void (*field_fn)(void *arg, const char *label, const char *value);

/* Call @fn with every field of a step that says something. */
static void each_field(
	const struct plan *plan, const struct plan_step *step, field_fn fn, void *arg)
{
	const struct plan_kind_info *info = plan_kind_info(step->kind);

	for (size_t i = 0; i < PLAN_REFS; i++) {
		_str_buf_ struct str_buf value = { 0 };

		if (printers[info->ref[i].field].ref == NULL || step->ref[i].len == 0)
			continue;
		printers[info->ref[i].field].ref(&value, plan, &step->ref[i]);
		if (value.data != NULL)
			fn(arg, info->ref[i].label, value.data);
	}
	for (size_t i = 0; i < PLAN_NUMS; i++) {
		_str_buf_ struct str_buf value = { 0 };

		enum plan_field field = info->num[i].field;

		if (printers[field].num == NULL)
			continue;
		if (step->num[i] == 0 && printers[field].zero_is_silent)
			continue;
		printers[field].num(&value, step->num[i]);
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
