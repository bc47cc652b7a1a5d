/*
 * The fields of linux.resources that belong to a later issue.
 */
#include <string.h>

#include "base/str.h"

#include "local.h"

#include "base/banned.h"

#define NATURAL(k, top) .key = (k), .kind = CONFIG_FIELD_INT, .max = (top)
#define SIGNED(k)       .key = (k), .kind = CONFIG_FIELD_INT, .min = INT64_MIN, .max = INT64_MAX

/* hugepageLimits[].pageSize: [1-9][0-9]*[KMG]B */
static bool is_page_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || text[0] == '0')
		return false;
	return str_eq(text + digits, "KB") || str_eq(text + digits, "MB") ||
	       str_eq(text + digits, "GB");
}

/* resources.unified: the name of a file in the container's cgroup, nothing further away */
static bool is_file_name(const char *text)
{
	return text[0] != '\0' && strchr(text, '/') == NULL && !str_eq(text, ".") &&
	       !str_eq(text, "..");
}

static const struct config_field memory_fields[] = {
	/* runc takes these two, the kernel has dropped them: without effect, as there */
	{ SIGNED("kernel") },
	{ SIGNED("kernelTCP") },
	{ NATURAL("swappiness", 100), .when = CONFIG_DEFER_PRESENT, .what = "swappiness" },
	{ .key = "disableOOMKiller",
		.kind = CONFIG_FIELD_BOOL,
		.when = CONFIG_DEFER_SET,
		.what = "disabling the OOM killer" },
	{ .key = "useHierarchy",
		.kind = CONFIG_FIELD_BOOL,
		.when = CONFIG_DEFER_SET,
		.what = "hierarchical memory accounting" },
	{ .key = "checkBeforeUpdate",
		.kind = CONFIG_FIELD_BOOL,
		.when = CONFIG_DEFER_SET,
		.what = "checking memory use before an update" },
	{ .key = NULL },
};

static const struct config_field cpu_fields[] = {
	{ NATURAL("burst", UINT64_MAX), .when = CONFIG_DEFER_SET, .what = "cpu burst" },
	{ SIGNED("realtimeRuntime"), .when = CONFIG_DEFER_SET,
		.what = "realtime scheduling limits" },
	{ NATURAL("realtimePeriod", UINT64_MAX), .when = CONFIG_DEFER_SET,
		.what = "realtime scheduling limits" },
	{ SIGNED("idle"), .when = CONFIG_DEFER_SET, .what = "idle cpu scheduling" },
	{ .key = NULL },
};

static const struct config_field weight_device_fields[] = {
	{ NATURAL("major", UINT32_MAX), .required = true },
	{ NATURAL("minor", UINT32_MAX), .required = true },
	{ NATURAL("weight", UINT16_MAX) },
	{ NATURAL("leafWeight", UINT16_MAX) },
	{ .key = NULL },
};

static const struct config_field throttle_fields[] = {
	{ NATURAL("major", UINT32_MAX), .required = true },
	{ NATURAL("minor", UINT32_MAX), .required = true },
	{ NATURAL("rate", UINT64_MAX), .required = true },
	{ .key = NULL },
};

#define THROTTLE(k)                                                              \
	{                                                                        \
		.key = (k), .kind = CONFIG_FIELD_LIST, .when = CONFIG_DEFER_SET, \
		.fields = throttle_fields, .what = "block device limits"         \
	}

static const struct config_field block_io_fields[] = {
	{ NATURAL("weight", UINT16_MAX), .when = CONFIG_DEFER_SET, .what = "block device weights" },
	{ NATURAL("leafWeight", UINT16_MAX), .when = CONFIG_DEFER_SET,
		.what = "block device weights" },
	{ .key = "weightDevice",
		.kind = CONFIG_FIELD_LIST,
		.when = CONFIG_DEFER_SET,
		.fields = weight_device_fields,
		.what = "block device weights" },
	THROTTLE("throttleReadBpsDevice"),
	THROTTLE("throttleWriteBpsDevice"),
	THROTTLE("throttleReadIOPSDevice"),
	THROTTLE("throttleWriteIOPSDevice"),
	{ .key = NULL },
};

static const struct config_field huge_page_fields[] = {
	{ .key = "pageSize",
		.kind = CONFIG_FIELD_STRING,
		.required = true,
		.valid = is_page_size,
		.form = "a size such as '2MB'" },
	{ NATURAL("limit", UINT64_MAX), .required = true },
	{ .key = NULL },
};

static const struct config_field priority_fields[] = {
	{ .key = "name", .kind = CONFIG_FIELD_STRING, .required = true },
	{ NATURAL("priority", UINT32_MAX), .required = true },
	{ .key = NULL },
};

static const struct config_field network_fields[] = {
	{ NATURAL("classID", UINT32_MAX), .when = CONFIG_DEFER_SET, .what = "network class" },
	{ .key = "priorities",
		.kind = CONFIG_FIELD_LIST,
		.when = CONFIG_DEFER_SET,
		.fields = priority_fields,
		.what = "network priorities" },
	{ .key = NULL },
};

static const struct config_field rdma_fields[] = {
	{ NATURAL("hcaHandles", UINT32_MAX) },
	{ NATURAL("hcaObjects", UINT32_MAX) },
	{ .key = NULL },
};

const struct config_field config_resources_deferred[] = {
	{ .key = "memory", .kind = CONFIG_FIELD_OBJECT, .fields = memory_fields },
	{ .key = "cpu", .kind = CONFIG_FIELD_OBJECT, .fields = cpu_fields },
	{ .key = "blockIO", .kind = CONFIG_FIELD_OBJECT, .fields = block_io_fields },
	{ .key = "hugepageLimits",
		.kind = CONFIG_FIELD_LIST,
		.when = CONFIG_DEFER_SET,
		.fields = huge_page_fields,
		.what = "huge page limits" },
	{ .key = "network", .kind = CONFIG_FIELD_OBJECT, .fields = network_fields },
	{ .key = "rdma",
		.kind = CONFIG_FIELD_MAP,
		.when = CONFIG_DEFER_SET,
		.fields = rdma_fields,
		.what = "rdma limits" },
	{ .key = "unified",
		.kind = CONFIG_FIELD_TEXTS,
		.when = CONFIG_DEFER_SET,
		.valid = is_file_name,
		.form = "the name of a cgroup file",
		.what = "unified cgroup settings" },
	{ .key = NULL },
};
