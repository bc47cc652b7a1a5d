/*
 * Where and when the processes of a container run: scheduler, cpu and memory placement, clocks,
 * moved network devices. All of it belongs to a later issue.
 */
#include <string.h>

#include "base/str.h"

#include "local.h"

#include "base/banned.h"

enum {
	INTERFACE_NAME_MAX = 15
}; /* IFNAMSIZ without its NUL */

static bool is_one_of(const char *text, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (str_eq(text, *names))
			return true;
	}
	return false;
}

static bool is_policy(const char *text)
{
	static const char *const names[] = { "SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH",
		"SCHED_ISO", "SCHED_IDLE", "SCHED_DEADLINE", NULL };

	return is_one_of(text, names);
}

static bool is_scheduler_flag(const char *text)
{
	static const char *const names[] = { "SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM",
		"SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS",
		"SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX", NULL };

	return is_one_of(text, names);
}

static bool is_io_class(const char *text)
{
	static const char *const names[] = { "IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE",
		"IOPRIO_CLASS_IDLE", NULL };

	return is_one_of(text, names);
}

static bool is_memory_mode(const char *text)
{
	static const char *const names[] = { "MPOL_DEFAULT", "MPOL_PREFERRED", "MPOL_BIND",
		"MPOL_INTERLEAVE", "MPOL_LOCAL", "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE",
		NULL };

	return is_one_of(text, names);
}

static bool is_memory_flag(const char *text)
{
	static const char *const names[] = { "MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES",
		"MPOL_F_NUMA_BALANCING", NULL };

	return is_one_of(text, names);
}

static bool is_clock(const char *text)
{
	static const char *const names[] = { "monotonic", "boottime", NULL };

	return is_one_of(text, names);
}

static bool is_interface(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= INTERFACE_NAME_MAX && strpbrk(text, "/: \t\n\v\f\r") == NULL &&
	       !str_eq(text, ".") && !str_eq(text, "..");
}

/* netDevices.*.name: empty keeps the name it has */
static bool is_interface_or_empty(const char *text)
{
	return text[0] == '\0' || is_interface(text);
}

/* intelRdt.closID: one directory of resctrl, or "/" for its root */
static bool is_clos_id(const char *text)
{
	if (str_eq(text, "/"))
		return true;
	return strpbrk(text, "/\n") == NULL && !str_eq(text, ".") && !str_eq(text, "..");
}

static bool is_line(const char *text)
{
	return strchr(text, '\n') == NULL;
}

static bool is_bandwidth_line(const char *text)
{
	return text[0] == '\0' || (str_starts(text, "MB:") && is_line(text));
}

#define NATURAL(k, top)     .key = (k), .kind = CONFIG_FIELD_INT, .max = (top)
#define SIGNED(k, low, top) .key = (k), .kind = CONFIG_FIELD_INT, .min = (low), .max = (top)
#define TEXT(k, check, says) \
	.key = (k), .kind = CONFIG_FIELD_STRING, .valid = (check), .form = (says)
#define TEXTS(k, check, says) \
	.key = (k), .kind = CONFIG_FIELD_STRINGS, .valid = (check), .form = (says)

static const struct config_field scheduler_fields[] = {
	{ TEXT("policy", is_policy, "a SCHED_ policy"), .required = true },
	{ SIGNED("nice", INT32_MIN, INT32_MAX) },
	{ SIGNED("priority", INT32_MIN, INT32_MAX) },
	{ TEXTS("flags", is_scheduler_flag, "a SCHED_FLAG_ name") },
	{ NATURAL("runtime", UINT64_MAX) },
	{ NATURAL("deadline", UINT64_MAX) },
	{ NATURAL("period", UINT64_MAX) },
	{ .key = NULL },
};

static const struct config_field io_priority_fields[] = {
	{ TEXT("class", is_io_class, "an IOPRIO_CLASS_ name"), .required = true },
	{ NATURAL("priority", 7) },
	{ .key = NULL },
};

const struct config_field config_process_deferred[] = {
	{ .key = "scheduler",
		.kind = CONFIG_FIELD_OBJECT,
		.when = CONFIG_DEFER_PRESENT,
		.fields = scheduler_fields,
		.what = "process scheduler" },
	{ .key = "ioPriority",
		.kind = CONFIG_FIELD_OBJECT,
		.when = CONFIG_DEFER_PRESENT,
		.fields = io_priority_fields,
		.what = "io priority" },
	{ .key = NULL },
};

static const struct config_field rdt_fields[] = {
	{ TEXT("closID", is_clos_id, "one directory name or '/'") },
	{ TEXT("l3CacheSchema", is_line, "one line") },
	{ TEXT("memBwSchema", is_bandwidth_line, "one line that starts with 'MB:'") },
	{ TEXTS("schemata", is_line, "one line") },
	{ .key = "enableMonitoring", .kind = CONFIG_FIELD_BOOL },
	{ .key = NULL },
};

static const struct config_field net_device_fields[] = {
	{ TEXT("name", is_interface_or_empty, "the name of a network interface") },
	{ .key = NULL },
};

static const struct config_field memory_policy_fields[] = {
	{ TEXT("mode", is_memory_mode, "an MPOL_ mode"), .required = true },
	{ TEXT("nodes", config_is_cpu_list, "a list of nodes such as '0-1'") },
	{ TEXTS("flags", is_memory_flag, "an MPOL_F_ flag") },
	{ .key = NULL },
};

static const struct config_field time_offset_fields[] = {
	{ SIGNED("secs", INT64_MIN, INT64_MAX) },
	{ NATURAL("nanosecs", 999999999) },
	{ .key = NULL },
};

const struct config_field config_linux_deferred[] = {
	{ .key = "intelRdt",
		.kind = CONFIG_FIELD_OBJECT,
		.when = CONFIG_DEFER_PRESENT,
		.fields = rdt_fields,
		.what = "intel resource director" },
	{ .key = "netDevices",
		.kind = CONFIG_FIELD_MAP,
		.when = CONFIG_DEFER_SET,
		.valid = is_interface,
		.form = "the name of a network interface",
		.fields = net_device_fields,
		.what = "moving network devices" },
	{ .key = "memoryPolicy",
		.kind = CONFIG_FIELD_OBJECT,
		.when = CONFIG_DEFER_PRESENT,
		.fields = memory_policy_fields,
		.what = "memory policy" },
	{ .key = "timeOffsets",
		.kind = CONFIG_FIELD_MAP,
		.when = CONFIG_DEFER_SET,
		.valid = is_clock,
		.form = "'monotonic' or 'boottime'",
		.fields = time_offset_fields,
		.what = "time offsets" },
	{ .key = NULL },
};
