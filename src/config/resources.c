#include <string.h>

#include "base/str.h"

#include "local.h"

#include "base/banned.h"

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

static int read_rules(const struct config_reader *reader, const struct json *node,
	struct config_resources *out, struct err *err)
{
	struct config_device_rule *rules;
	size_t n = 0;
	int r;

	r = config_check_list(node, CONFIG_LIST_MAX, err);
	if (r < 0 || node == NULL)
		return r;
	rules = arena_array(reader->arena, node->n_children, sizeof(*rules));
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
	return r;
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
	return r;
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

int config_read_resources(struct config_reader *reader, const struct json *node,
	struct config_resources *out, struct err *err)
{
	int r;

	r = config_check_object(node, err);
	if (r < 0 || node == NULL)
		return r;
	out->present = true;
	r = read_rules(reader, json_get(node, "devices"), out, err);
	if (r == 0)
		r = read_memory(json_get(node, "memory"), out, err);
	if (r == 0)
		r = read_cpu(json_get(node, "cpu"), out, err);
	if (r == 0)
		r = read_pids(json_get(node, "pids"), out, err);
	if (r == 0)
		r = config_check_fields(reader, node, config_resources_deferred, err);
	return r;
}
