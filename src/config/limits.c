/*
 * The rest of linux.resources: block devices, huge pages, network, rdma, and files of cgroup v2
 * by name.
 */
#include <string.h>

#include "base/str.h"

#include "local.h"

#include "base/banned.h"

static const char *const throttle_names[CONFIG_THROTTLE_N] = {
	[CONFIG_THROTTLE_READ_BPS] = "throttleReadBpsDevice",
	[CONFIG_THROTTLE_WRITE_BPS] = "throttleWriteBpsDevice",
	[CONFIG_THROTTLE_READ_IOPS] = "throttleReadIOPSDevice",
	[CONFIG_THROTTLE_WRITE_IOPS] = "throttleWriteIOPSDevice",
};

const char *config_throttle_name(enum config_throttle kind)
{
	return throttle_names[kind];
}

/* An array for the elements of @node, as list or as map; none is not out of memory. */
static int make_array(
	struct arena *arena, const struct json *node, size_t size, void **out, struct err *err)
{
	*out = arena_array(arena, node->n_children + 1, size);
	return *out != NULL ? 0 : config_err_memory(err);
}

static int read_required_u64(
	const struct json *object, const char *key, uint64_t max, uint64_t *out, struct err *err)
{
	const struct json *node;
	int r = config_get_required(object, key, &node, err);

	return r < 0 ? r : json_read_u64(node, max, out, err);
}

static int read_required_text(
	const struct json *object, const char *key, const char **out, struct err *err)
{
	const struct json *node;
	int r = config_get_required(object, key, &node, err);

	return r < 0 ? r : json_read_string(node, out, err);
}

/* --- blockIO ----------------------------------------------------------------------------------- */

static int read_device_numbers(
	const struct json *node, uint32_t *major, uint32_t *minor, struct err *err)
{
	uint64_t first = 0, second = 0;
	int r = read_required_u64(node, "major", UINT32_MAX, &first, err);

	if (r == 0)
		r = read_required_u64(node, "minor", UINT32_MAX, &second, err);
	*major = (uint32_t)first;
	*minor = (uint32_t)second;
	return r;
}

static int read_weight(const struct json *node, uint16_t *out, struct err *err)
{
	uint64_t value = 0;
	int r = json_read_u64(node, UINT16_MAX, &value, err);

	*out = (uint16_t)value;
	return r;
}

static int read_block_weight(
	const struct json *node, struct config_block_weight *out, struct err *err)
{
	int r = read_device_numbers(node, &out->major, &out->minor, err);

	if (r == 0)
		r = read_weight(json_get(node, "weight"), &out->weight, err);
	if (r == 0)
		r = read_weight(json_get(node, "leafWeight"), &out->leaf_weight, err);
	if (r == 0 && out->weight == 0 && out->leaf_weight == 0)
		return json_err(err, node, "needs a weight or a leafWeight");
	return r;
}

static int read_block_weights(
	struct arena *arena, const struct json *node, struct config_resources *out, struct err *err)
{
	struct config_block_weight *items;
	void *array = NULL;
	int r = config_check_list(node, CONFIG_LIST_MAX, err);

	if (r < 0 || node == NULL)
		return r;
	r = make_array(arena, node, sizeof(*items), &array, err);
	items = array;
	for (const struct json *child = node->first; child != NULL && r == 0; child = child->next)
		r = read_block_weight(child, &items[out->n_block_weights++], err);
	out->block_weights = items;
	return r;
}

static int read_rates(struct arena *arena, const struct json *node, struct config_block_rates *out,
	struct err *err)
{
	struct config_block_rate *items;
	void *array = NULL;
	int r = config_check_list(node, CONFIG_LIST_MAX, err);

	if (r < 0 || node == NULL)
		return r;
	r = make_array(arena, node, sizeof(*items), &array, err);
	items = array;
	for (const struct json *child = node->first; child != NULL && r == 0; child = child->next) {
		struct config_block_rate *rate = &items[out->n++];

		r = read_device_numbers(child, &rate->major, &rate->minor, err);
		if (r == 0)
			r = read_required_u64(child, "rate", UINT64_MAX, &rate->rate, err);
	}
	out->items = items;
	return r;
}

static int read_block_io(
	struct arena *arena, const struct json *node, struct config_resources *out, struct err *err)
{
	int r = config_check_object(node, err);

	if (r == 0)
		r = read_weight(json_get(node, "weight"), &out->block_weight, err);
	if (r == 0)
		r = read_weight(json_get(node, "leafWeight"), &out->block_leaf_weight, err);
	if (r == 0)
		r = read_block_weights(arena, json_get(node, "weightDevice"), out, err);
	for (int i = 0; i < CONFIG_THROTTLE_N && r == 0; i++)
		r = read_rates(arena, json_get(node, throttle_names[i]), &out->block_rates[i], err);
	return r;
}

/* --- hugepageLimits ---------------------------------------------------------------------------- */

/* [1-9][0-9]*[KMG]B: it becomes part of a file name */
static bool is_page_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || text[0] == '0')
		return false;
	return str_eq(text + digits, "KB") || str_eq(text + digits, "MB") ||
	       str_eq(text + digits, "GB");
}

static int read_huge_page(const struct json *node, struct config_huge_pages *out, struct err *err)
{
	int r = read_required_text(node, "pageSize", &out->page_size, err);

	if (r == 0 && !is_page_size(out->page_size))
		return json_err(err, json_get(node, "pageSize"), "must be a size such as '2MB'");
	return r == 0 ? read_required_u64(node, "limit", UINT64_MAX, &out->limit, err) : r;
}

static int read_huge_pages(
	struct arena *arena, const struct json *node, struct config_resources *out, struct err *err)
{
	struct config_huge_pages *items;
	void *array = NULL;
	int r = config_check_list(node, CONFIG_LIST_MAX, err);

	if (r < 0 || node == NULL)
		return r;
	r = make_array(arena, node, sizeof(*items), &array, err);
	items = array;
	for (const struct json *child = node->first; child != NULL && r == 0; child = child->next)
		r = read_huge_page(child, &items[out->n_huge_pages++], err);
	out->huge_pages = items;
	return r;
}

/* --- network ------------------------------------------------------------------------------------ */

/* SECURITY: "eth0 7\nlo 0" would be a line nobody asked for */
static bool is_word(const char *text)
{
	return text[0] != '\0' && strpbrk(text, " \t\n/") == NULL;
}

static int read_priority(const struct json *node, struct config_net_priority *out, struct err *err)
{
	uint64_t value = 0;
	int r = read_required_text(node, "name", &out->interface, err);

	if (r == 0 && !is_word(out->interface))
		return json_err(
			err, json_get(node, "name"), "must be the name of a network interface");
	if (r == 0)
		r = read_required_u64(node, "priority", UINT32_MAX, &value, err);
	out->priority = (uint32_t)value;
	return r;
}

static int read_network(
	struct arena *arena, const struct json *node, struct config_resources *out, struct err *err)
{
	const struct json *list = json_get(node, "priorities");
	struct config_net_priority *items;
	void *array = NULL;
	int r = config_check_object(node, err);

	if (r == 0)
		r = json_read_u32(json_get(node, "classID"), &out->net_class, err);
	if (r == 0)
		r = config_check_list(list, CONFIG_LIST_MAX, err);
	if (r < 0 || list == NULL)
		return r;
	r = make_array(arena, list, sizeof(*items), &array, err);
	items = array;
	for (const struct json *child = list->first; child != NULL && r == 0; child = child->next)
		r = read_priority(child, &items[out->n_net_priorities++], err);
	out->net_priorities = items;
	return r;
}

/* --- rdma ---------------------------------------------------------------------------------------- */

static int read_rdma_device(const struct json *node, struct config_rdma *out, struct err *err)
{
	const struct json *handles = json_get(node, "hcaHandles");
	const struct json *objects = json_get(node, "hcaObjects");
	int r = config_check_object(node, err);

	if (r < 0)
		return r;
	if (!is_word(node->key))
		return json_err(err, node, "'%s' is not the name of a device", node->key);
	if (handles == NULL && objects == NULL)
		return json_err(err, node, "needs hcaHandles or hcaObjects");
	*out = (struct config_rdma){
		.device = node->key, .has_handles = handles != NULL, .has_objects = objects != NULL
	};
	r = json_read_u32(handles, &out->handles, err);
	return r == 0 ? json_read_u32(objects, &out->objects, err) : r;
}

static int read_rdma(
	struct arena *arena, const struct json *node, struct config_resources *out, struct err *err)
{
	struct config_rdma *items;
	void *array = NULL;
	int r = config_check_object(node, err);

	if (r < 0 || node == NULL)
		return r;
	r = make_array(arena, node, sizeof(*items), &array, err);
	items = array;
	for (const struct json *child = node->first; child != NULL && r == 0; child = child->next)
		if (child->type != JSON_NULL)
			r = read_rdma_device(child, &items[out->n_rdma++], err);
	out->rdma = items;
	return r;
}

/* --- unified ------------------------------------------------------------------------------------- */

/*
 * SECURITY: a file of the container's cgroup, nothing further away. Of the cgroup's own files only
 * those that limit it: cgroup.procs would move processes of the host in, cgroup.freeze and
 * cgroup.kill are not settings.
 */
static bool is_unified_key(const char *text)
{
	if (text[0] == '\0' || strchr(text, '/') != NULL || str_eq(text, ".") || str_eq(text, ".."))
		return false;
	return !str_starts(text, "cgroup.") || str_starts(text, "cgroup.max.") ||
	       str_eq(text, "cgroup.pressure");
}

static int read_unified(
	struct arena *arena, const struct json *node, struct config_resources *out, struct err *err)
{
	void *keys = NULL, *values = NULL;
	int r = config_check_object(node, err);
	size_t n = 0;

	if (r < 0 || node == NULL)
		return r;
	r = make_array(arena, node, sizeof(const char *), &keys, err);
	if (r == 0)
		r = make_array(arena, node, sizeof(const char *), &values, err);
	for (const struct json *child = node->first; child != NULL && r == 0; child = child->next) {
		const char *value = "";

		if (!is_unified_key(child->key))
			return json_err(
				err, child, "must be the name of a cgroup file that holds a limit");
		if (child->type == JSON_NULL)
			continue;
		r = json_read_string(child, &value, err);
		((const char **)keys)[n] = child->key;
		((const char **)values)[n++] = value;
	}
	out->unified_keys = (struct json_strings){ .items = keys, .n = n };
	out->unified_values = (struct json_strings){ .items = values, .n = n };
	return r;
}

int config_read_limits(
	struct arena *arena, const struct json *node, struct config_resources *out, struct err *err)
{
	int r = read_block_io(arena, json_get(node, "blockIO"), out, err);

	if (r == 0)
		r = read_huge_pages(arena, json_get(node, "hugepageLimits"), out, err);
	if (r == 0)
		r = read_network(arena, json_get(node, "network"), out, err);
	if (r == 0)
		r = read_rdma(arena, json_get(node, "rdma"), out, err);
	if (r == 0)
		r = read_unified(arena, json_get(node, "unified"), out, err);
	return r;
}
