#include <stdlib.h>
#include <string.h>

#include "base/attr.h"

#include "local.h"

#include "base/banned.h"

int config_check_id_mapping(
	const struct json *node, const struct config_id_mapping *mapping, struct err *err)
{
	if (mapping->size == 0)
		return json_err(err, node, "size must not be 0");
	/* SECURITY: the kernel cuts such numbers to 32 bits, and a range that wraps ends at host
	 * uid 0 (T-20); 4294967295 itself is no id */
	if (mapping->size > UINT32_MAX - mapping->container_id ||
		mapping->size > UINT32_MAX - mapping->host_id)
		return json_err(err, node, "the range goes beyond the last id");
	return 0;
}

static int read_mapping(const struct json *node, struct config_id_mapping *out, struct err *err)
{
	const struct json *container_id = NULL, *host_id = NULL, *size = NULL;
	int r;

	r = config_get_required(node, "containerID", &container_id, err);
	if (r == 0)
		r = config_get_required(node, "hostID", &host_id, err);
	if (r == 0)
		r = config_get_required(node, "size", &size, err);
	if (r == 0)
		r = json_read_u32(container_id, &out->container_id, err);
	if (r == 0)
		r = json_read_u32(host_id, &out->host_id, err);
	if (r == 0)
		r = json_read_u32(size, &out->size, err);
	if (r < 0)
		return r;
	if (out->size == 0)
		return json_err(err, size, "must not be 0");
	return config_check_id_mapping(node, out, err);
}

static bool overlap(uint32_t first_a, uint32_t first_b, uint32_t size_a, uint32_t size_b)
{
	return first_a < first_b ? first_b - first_a < size_a : first_a - first_b < size_b;
}

/* The kernel refuses overlaps too, but says no more than "invalid argument". */
int config_check_id_overlaps(
	const struct json *node, const struct config_id_mapping *a, size_t n, struct err *err)
{
	for (size_t i = 1; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (overlap(a[i].container_id, a[j].container_id, a[i].size, a[j].size) ||
				(a[i].is_relative == a[j].is_relative &&
					overlap(a[i].host_id, a[j].host_id, a[i].size, a[j].size)))
				return json_err(err, node, "ranges %zu and %zu overlap", j, i);
		}
	}
	return 0;
}

int config_read_id_mappings(const struct config_reader *reader, const struct json *node,
	struct config_id_mappings *out, struct err *err)
{
	struct config_id_mapping *items;
	size_t n = 0;
	int r;

	r = config_check_list(node, CONFIG_ID_MAPPINGS_MAX, err);
	if (r < 0 || node == NULL)
		return r;
	items = arena_array(reader->arena, node->n_children, sizeof(*items));
	if (items == NULL)
		return config_err_memory(err);
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		r = read_mapping(child, &items[n++], err);
		if (r < 0)
			return r;
	}
	r = config_check_id_overlaps(node, items, n, err);
	if (r < 0)
		return r;
	out->items = items;
	out->n = n;
	return 0;
}
