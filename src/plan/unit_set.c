/*
 * Properties of the container's unit. A limit is a value of a file and, where systemd has a name
 * for it, a property too: systemd writes the files it knows whenever it reloads.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/num.h"
#include "base/str.h"

#include "cgroup.h"
#include "limits.h"

#include "base/banned.h"

#define ANNOTATION "org.systemd.property."

enum {
	SECOND_US = 1000000,
	QUOTA_STEP_US = 10000, /* systemd counts in hundredths of a processor */
	WORDS_MAX = 1024,
};

static struct plan_step *set(
	struct plan_builder *b, const char *property, const char *type, const char *value)
{
	struct plan_step *step = plan_add(b, PLAN_UNIT_SET, PLAN_SLOT_NONE);

	step->ref[0] = plan_add_string(b, property);
	step->ref[1] = plan_add_string(b, type);
	step->ref[2] = plan_add_string(b, value);
	return step;
}

static struct plan_step *set_u64(struct plan_builder *b, const char *property, uint64_t value)
{
	char text[24] = "infinity";

	if (value != UINT64_MAX)
		str_fmt(text, sizeof(text), "%llu", (unsigned long long)value);
	return set(b, property, "t", text);
}

/* --- limits ----------------------------------------------------------------------------------- */

/* ORDER: the process that holds the unit until caisson-init is in it must not use a limit up. */
static void late_u64(struct plan_builder *b, const char *property, uint64_t value)
{
	set_u64(b, property, value)->num[0] = 1;
}

static bool parse_limit(const char *text, uint64_t *out)
{
	*out = UINT64_MAX;
	return str_eq(text, "max") || num_u64(text, UINT64_MAX - 1, out);
}

static void set_limit(struct plan_builder *b, const char *property, const char *value)
{
	uint64_t n;

	if (parse_limit(value, &n))
		late_u64(b, property, n);
}

/* "default 100", "100"; a line about one device is in the file alone */
static void set_weight(struct plan_builder *b, const char *property, const char *value)
{
	uint64_t n;

	if (str_starts(value, "default "))
		value += strlen("default ");
	if (num_u64(value, UINT64_MAX - 1, &n))
		late_u64(b, property, n);
}

/* T-22: 0 is a limit of the file, and none that systemd takes */
static void set_tasks(struct plan_builder *b, const char *property, const char *value)
{
	uint64_t n;

	if (parse_limit(value, &n))
		late_u64(b, property, n == 0 ? 1 : n);
}

/* What is idle no more has the weight of a new cgroup, for the kernel as for systemd. */
static void set_idle(struct plan_builder *b, const char *property, const char *value)
{
	late_u64(b, property, str_eq(value, "1") ? 0 : UINT64_MAX);
}

static void set_list(struct plan_builder *b, const char *property, const char *value)
{
	if (*value != '\0')
		set(b, property, "cpus", value)->num[0] = 1;
}

/* "QUOTA PERIOD", "max PERIOD", "QUOTA" */
static void set_quota(struct plan_builder *b, const char *property, const char *value)
{
	uint64_t quota, period = 100000, share;
	char text[32];
	size_t len = strcspn(value, " ");

	if (len >= sizeof(text))
		return;
	str_fmt(text, sizeof(text), "%.*s", (int)len, value);
	if (!parse_limit(text, &quota))
		return;
	if (value[len] == ' ' && (!num_u64(value + len + 1, UINT32_MAX, &period) || period == 0))
		return;
	late_u64(b, "CPUQuotaPeriodUSec", period);
	if (quota == UINT64_MAX || quota > UINT64_MAX / SECOND_US) {
		late_u64(b, property, UINT64_MAX);
		return;
	}
	/* up, as a little more than asked for holds back less than nothing at all */
	share = quota * SECOND_US / period;
	share = (share + QUOTA_STEP_US - 1) / QUOTA_STEP_US * QUOTA_STEP_US;
	late_u64(b, property, share);
}

static const struct {
	const char *file;
	const char *property;
	void (*set)(struct plan_builder *b, const char *property, const char *value);
} limits_known[] = {
	{ "memory.max", "MemoryMax", set_limit },
	{ "memory.high", "MemoryHigh", set_limit },
	{ "memory.low", "MemoryLow", set_limit },
	{ "memory.min", "MemoryMin", set_limit },
	{ "memory.swap.max", "MemorySwapMax", set_limit },
	{ "pids.max", "TasksMax", set_tasks },
	{ "cpu.weight", "CPUWeight", set_weight },
	{ "cpu.idle", "CPUWeight", set_idle },
	{ "cpu.max", "CPUQuotaPerSecUSec", set_quota },
	{ "cpuset.cpus", "AllowedCPUs", set_list },
	{ "cpuset.mems", "AllowedMemoryNodes", set_list },
	{ "io.weight", "IOWeight", set_weight },
};

static bool has_file(const struct plan_limits *limits, const char *file)
{
	for (size_t i = 0; i < limits->n; i++)
		if (str_eq(limits->items[i].file, file))
			return true;
	return false;
}

static void add_limits(struct plan_builder *b, const struct plan_limits *limits)
{
	for (size_t i = 0; i < limits->n; i++) {
		const struct plan_limit *limit = &limits->items[i];

		/* both are the one property, and a weight says more than that it is not idle */
		if (str_eq(limit->file, "cpu.idle") && str_eq(limit->value, "0") &&
			has_file(limits, "cpu.weight"))
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(limits_known); k++)
			if (str_eq(limit->file, limits_known[k].file))
				limits_known[k].set(b, limits_known[k].property, limit->value);
	}
}

/* --- annotations ------------------------------------------------------------------------------- */

/*
 * SECURITY: an annotation often comes from who may start containers and no more, and most
 * properties would let that one read files, run programs or lift limits (CVE-2024-3154, T-30).
 * These order, end and account; nothing of them gives anything away.
 */
static const struct {
	const char *name;
	const char *type;
} allowed[] = {
	{ "After", "as" },
	{ "Before", "as" },
	{ "CollectMode", "s" },
	{ "DefaultDependencies", "b" },
	{ "ManagedOOMMemoryPressure", "s" },
	{ "ManagedOOMPreference", "s" },
	{ "ManagedOOMSwap", "s" },
	{ "OOMPolicy", "s" },
	{ "RuntimeMaxUSec", "t" },
	{ "TimeoutStopUSec", "t" },
};

/* 'text' or "text", up to @end; nothing in these properties needs an escape */
static const char *unquote(struct arena *arena, const char *text, const char **end)
{
	size_t len;

	if (*text != '\'' && *text != '"')
		return NULL;
	len = strcspn(text + 1, *text == '\'' ? "'\\" : "\"\\");
	if (text[len + 1] != *text)
		return NULL;
	*end = text + len + 2;
	return arena_strndup(arena, text + 1, len);
}

/* ['a.service', 'b.service'] as "a.service b.service" */
static const char *read_words(struct arena *arena, const char *text)
{
	const char *words = "", *word;
	size_t n = 0;

	if (*text++ != '[')
		return NULL;
	while (*text != ']') {
		text += strspn(text, " ");
		word = unquote(arena, text, &text);
		if (word == NULL || *word == '\0' || strpbrk(word, " \t\n") != NULL ||
			++n > WORDS_MAX)
			return NULL;
		words = arena_fmt(arena, "%s%s%s", words, *words != '\0' ? " " : "", word);
		text += strspn(text, " ");
		if (words == NULL || (*text != ',' && *text != ']'))
			return NULL;
		text += *text == ',' ? 1 : 0;
	}
	return text[1] == '\0' ? words : NULL;
}

/* A value in the text form of GVariant; NULL if it is none of that type. */
static const char *read_value(struct arena *arena, const char *type, const char *text)
{
	const char *end = "", *word;
	uint64_t n;

	if (str_eq(type, "as"))
		return read_words(arena, text);
	if (str_eq(type, "b"))
		return str_eq(text, "true") || str_eq(text, "false") ? text : NULL;
	if (str_eq(type, "t")) {
		if (str_starts(text, "uint64 "))
			text += strlen("uint64 ");
		return num_u64(text, UINT64_MAX, &n) ? text : NULL;
	}
	word = unquote(arena, text, &end);
	return *end == '\0' ? word : NULL;
}

/* "TimeoutStopSec" of unit files is "TimeoutStopUSec" on the bus, in seconds. */
static int add_seconds(struct plan_builder *b, const char *annotation, const char *name,
	const char *text, struct err *err)
{
	const char *property =
		arena_fmt(b->arena, "%.*sUSec", (int)(strlen(name) - strlen("Sec")), name);
	uint64_t n;

	if (property == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (str_starts(text, "uint64 "))
		text += strlen("uint64 ");
	if (!num_u64(text, UINT64_MAX / SECOND_US, &n))
		return err_new(err, -EINVAL, "annotation '%s': '%s' is no number of seconds",
			annotation, text);
	set_u64(b, property, n * SECOND_US);
	return 0;
}

static int add_annotation(
	struct plan_builder *b, const char *annotation, const char *text, struct err *err)
{
	const char *name = annotation + strlen(ANNOTATION), *value;

	if (str_eq(name, "TimeoutStopSec") || str_eq(name, "RuntimeMaxSec"))
		return add_seconds(b, annotation, name, text, err);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		if (!str_eq(name, allowed[i].name))
			continue;
		value = read_value(b->arena, allowed[i].type, text);
		if (value == NULL)
			return err_new(err, -EINVAL,
				"annotation '%s': '%s' is no value of type '%s', such as %s",
				annotation, text, allowed[i].type,
				str_eq(allowed[i].type, "as")  ? "['a.service']"
				: str_eq(allowed[i].type, "s") ? "'text'"
				: str_eq(allowed[i].type, "b") ? "true"
							       : "uint64 5000000");
		set(b, allowed[i].name, allowed[i].type, value);
		return 0;
	}
	return err_new(err, -EPERM,
		"annotation '%s': none of the properties of a unit that an annotation may set; those "
		"are listed in caisson(8)",
		annotation);
}

static int add_annotations(struct plan_builder *b, struct err *err)
{
	const struct config *config = b->config;
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->annotation_keys.n; i++) {
		const char *key = config->annotation_keys.items[i];

		if (str_starts(key, ANNOTATION))
			r = add_annotation(b, key, config->annotation_values.items[i], err);
	}
	return r;
}

static bool has_annotation(const struct plan_builder *b, const char *name)
{
	for (size_t i = 0; i < b->config->annotation_keys.n; i++)
		if (str_eq(b->config->annotation_keys.items[i], name))
			return true;
	return false;
}

static void add_unit(struct plan_builder *b, const struct plan_cgroup_slots *slots,
	const char *slice, const char *description)
{
	struct plan_step *step = plan_add(b, PLAN_UNIT, slots->slots[0]);

	step->ref[0] = plan_add_string(b, slots->unit.name);
	step->ref[1] = plan_add_string(b, slice);
	step->ref[2] = plan_add_string(b, description);
	step->num[0] = slots->unit.is_user ? 1 : 0;
}

void plan_build_unit_limits(struct plan_builder *b, const struct plan_cgroup_slots *slots,
	const struct plan_limits *limits)
{
	add_unit(b, slots, "", "");
	add_limits(b, limits);
}

int plan_build_unit(struct plan_builder *b, const struct plan_cgroup_slots *slots,
	const struct plan_limits *limits, struct err *err)
{
	const char *description = arena_fmt(b->arena, "caisson container %s", b->request->id);

	if (description == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	add_unit(b, slots, slots->unit.slice, description);
	/* the cgroup is ours: systemd moves nothing in it and leaves our device program alone */
	set(b, "Delegate", "b", "true");
	/* engines stop containers in their own order when the system goes down */
	if (!has_annotation(b, ANNOTATION "DefaultDependencies"))
		set(b, "DefaultDependencies", "b", "false");
	/* gone with the last process, however that one ended */
	if (!has_annotation(b, ANNOTATION "CollectMode"))
		set(b, "CollectMode", "s", "inactive-or-failed");
	add_limits(b, limits);
	return add_annotations(b, err);
}
