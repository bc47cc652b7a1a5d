#include <string.h>

#include "base/str.h"

#include "local.h"

#include "base/banned.h"

enum {
	SWAPPINESS_MAX = 100
};

/* --- resources.devices ------------------------------------------------------------------------- */

/* type: absent and "" are every kind of device */
static int read_rule_type(const struct json *node, char *out, struct err *err)
{
	static const char *const names[] = { "a", "c", "b", "" };
	static const char types[] = { 'a', 'c', 'b', 'a' };
	unsigned index = 0;
	int r;

	r = config_read_name(node, names, ARRAY_SIZE(names), "device type", &index, err);
	if (r < 0)
		return r;
	*out = types[index];
	return 0;
}

/* major, minor: absent and -1 are every number */
static int read_rule_number(const struct json *node, bool *has, uint32_t *out, struct err *err)
{
	int64_t value = -1;
	int r;

	r = json_read_i64(node, -1, UINT32_MAX, &value, err);
	if (r < 0 || value < 0)
		return r;
	*has = true;
	*out = (uint32_t)value;
	return 0;
}

/* access: absent is all of it; "" would be a rule about nothing */
static int read_rule_access(
	const struct json *node, struct config_device_rule *out, struct err *err)
{
	const char *access = "rwm";
	int r;

	r = json_read_string(node, &access, err);
	if (r < 0)
		return r;
	if (access[0] == '\0' || access[strspn(access, "rwm")] != '\0')
		return json_err(err, node, "must consist of the letters r, w and m");
	out->read = strchr(access, 'r') != NULL;
	out->write = strchr(access, 'w') != NULL;
	out->mknod = strchr(access, 'm') != NULL;
	return 0;
}

static int read_rule(const struct json *node, struct config_device_rule *out, struct err *err)
{
	const struct json *allow;
	int r;

	r = config_get_required(node, "allow", &allow, err);
	if (r == 0)
		r = json_read_bool(allow, &out->allow, err);
	if (r == 0)
		r = read_rule_type(json_get(node, "type"), &out->type, err);
	if (r == 0)
		r = read_rule_number(json_get(node, "major"), &out->has_major, &out->major, err);
	if (r == 0)
		r = read_rule_number(json_get(node, "minor"), &out->has_minor, &out->minor, err);
	if (r == 0)
		r = read_rule_access(json_get(node, "access"), out, err);
	return r;
}

static int read_rules(
	struct arena *arena, const struct json *node, struct config_resources *out, struct err *err)
{
	struct config_device_rule *rules;
	size_t n = 0;
	int r;

	r = config_check_list(node, CONFIG_LIST_MAX, err);
	if (r < 0 || node == NULL)
		return r;
	rules = arena_array(arena, node->n_children, sizeof(*rules));
	if (rules == NULL)
		return config_err_memory(err);
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		rules[n].type = 'a';
		r = read_rule(child, &rules[n++], err);
		if (r < 0)
			return r;
	}
	out->devices = rules;
	out->n_devices = n;
	return 0;
}

/* --- memory, cpu, pids ------------------------------------------------------------------------- */

/* Bytes, or -1 for no limit; 0 is what Go's writers send for "not set". */
static int read_bytes(const struct json *node, bool *has, int64_t *out, struct err *err)
{
	int64_t value = 0;
	int r;

	r = json_read_i64(node, -1, INT64_MAX, &value, err);
	if (r < 0)
		return r;
	*has = value != 0;
	*out = value;
	return 0;
}

static int read_swappiness(const struct json *node, struct config_resources *out, struct err *err)
{
	uint64_t value = 0;
	int r = json_read_u64(node, SWAPPINESS_MAX, &value, err);

	out->has_memory_swappiness = node != NULL;
	out->memory_swappiness = (uint32_t)value;
	return r;
}

/* kernel, kernelTCP: runc takes them, the kernel has dropped them; without effect, as there */
static int check_kernel_limits(const struct json *node, struct err *err)
{
	int64_t ignored;
	int r = json_read_i64(json_get(node, "kernel"), INT64_MIN, INT64_MAX, &ignored, err);

	if (r < 0)
		return r;
	return json_read_i64(json_get(node, "kernelTCP"), INT64_MIN, INT64_MAX, &ignored, err);
}

static int read_memory_flags(const struct json *node, struct config_resources *out, struct err *err)
{
	int r = check_kernel_limits(node, err);

	if (r == 0)
		r = read_swappiness(json_get(node, "swappiness"), out, err);
	if (r == 0)
		r = json_read_bool(
			json_get(node, "disableOOMKiller"), &out->memory_oom_disabled, err);
	if (r == 0)
		r = json_read_bool(json_get(node, "useHierarchy"), &out->memory_hierarchy, err);
	if (r == 0)
		r = json_read_bool(
			json_get(node, "checkBeforeUpdate"), &out->memory_check_before_update, err);
	return r;
}

static int read_memory(const struct json *node, struct config_resources *out, struct err *err)
{
	int r;

	r = config_check_object(node, err);
	if (r == 0)
		r = read_bytes(
			json_get(node, "limit"), &out->has_memory_limit, &out->memory_limit, err);
	if (r == 0)
		r = read_bytes(
			json_get(node, "swap"), &out->has_memory_swap, &out->memory_swap, err);
	if (r == 0)
		r = read_bytes(json_get(node, "reservation"), &out->has_memory_reservation,
			&out->memory_reservation, err);
	return r == 0 ? read_memory_flags(node, out, err) : r;
}

bool config_is_cpu_list(const char *text)
{
	return text[strspn(text, "0123456789-,:/ ")] == '\0';
}

static int read_cpuset(const struct json *node, const char **out, struct err *err)
{
	int r;

	r = config_read_text(node, out, err);
	if (r < 0 || *out == NULL)
		return r;
	if (!config_is_cpu_list(*out))
		return json_err(err, node, "must be a list of numbers such as '0-3,7'");
	return 0;
}

static int read_cpu_extras(const struct json *node, struct config_resources *out, struct err *err)
{
	const struct json *burst = json_get(node, "burst"), *idle = json_get(node, "idle");
	int r;

	out->has_cpu_burst = burst != NULL;
	r = json_read_u64(burst, UINT64_MAX, &out->cpu_burst, err);
	if (r < 0)
		return r;
	out->has_cpu_idle = idle != NULL;
	r = json_read_i64(idle, 0, 1, &out->cpu_idle, err);
	if (r < 0)
		return r;
	r = json_read_i64(
		json_get(node, "realtimeRuntime"), -1, INT64_MAX, &out->cpu_rt_runtime, err);
	if (r < 0)
		return r;
	return json_read_u64(
		json_get(node, "realtimePeriod"), UINT64_MAX, &out->cpu_rt_period, err);
}

static int read_cpu(const struct json *node, struct config_resources *out, struct err *err)
{
	const struct json *quota;
	int r;

	r = config_check_object(node, err);
	if (r < 0)
		return r;
	quota = json_get(node, "quota");
	out->has_cpu_quota = quota != NULL;
	r = json_read_i64(quota, INT64_MIN, INT64_MAX, &out->cpu_quota, err);
	if (r == 0)
		r = json_read_u64(json_get(node, "shares"), UINT64_MAX, &out->cpu_shares, err);
	if (r == 0)
		r = json_read_u64(json_get(node, "period"), UINT64_MAX, &out->cpu_period, err);
	if (r == 0)
		r = read_cpuset(json_get(node, "cpus"), &out->cpuset_cpus, err);
	if (r == 0)
		r = read_cpuset(json_get(node, "mems"), &out->cpuset_mems, err);
	return r == 0 ? read_cpu_extras(node, out, err) : r;
}

static int read_pids(const struct json *node, struct config_resources *out, struct err *err)
{
	const struct json *limit;
	int r;

	r = config_check_object(node, err);
	if (r < 0)
		return r;
	limit = json_get(node, "limit");
	out->has_pids_limit = limit != NULL;
	return json_read_i64(limit, INT64_MIN, INT64_MAX, &out->pids_limit, err);
}

int config_read_resources(
	struct arena *arena, const struct json *node, struct config_resources *out, struct err *err)
{
	int r;

	r = config_check_object(node, err);
	if (r < 0 || node == NULL)
		return r;
	out->present = true;
	r = read_rules(arena, json_get(node, "devices"), out, err);
	if (r == 0)
		r = read_memory(json_get(node, "memory"), out, err);
	if (r == 0)
		r = read_cpu(json_get(node, "cpu"), out, err);
	if (r == 0)
		r = read_pids(json_get(node, "pids"), out, err);
	return r == 0 ? config_read_limits(arena, node, out, err) : r;
}

int config_resources_parse(
	struct arena *arena, const struct json *node, struct config_resources *out, struct err *err)
{
	*out = (struct config_resources){ 0 };
	return config_read_resources(arena, node, out, err);
}
