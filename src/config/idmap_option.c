/*
 * The maps that crun's users write into the options of a mount (MNT-23), as Podman passes them on:
 *
 *   idmap=uids=0-1000-1#1-100000-65535;gids=@0-1-10
 *
 * Each range is "on disk - on the host - size"; with '@' the second is an id of the container's
 * user namespace.
 */
#include <string.h>

#include "base/num.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

static int read_range(
	const struct json *node, char *text, struct config_id_mapping *out, struct err *err)
{
	uint32_t *const numbers[] = { &out->container_id, &out->host_id, &out->size };
	size_t n = 0;

	out->is_relative = *text == '@';
	if (out->is_relative)
		text++;
	while (text != NULL && n < ARRAY_SIZE(numbers)) {
		if (!num_u32(strsep(&text, "-"), numbers[n++]))
			return json_err(err, node, "a range of an idmap must be three numbers");
	}
	if (text != NULL || n < ARRAY_SIZE(numbers))
		return json_err(err, node, "a range of an idmap must be three numbers");
	return config_check_id_mapping(node, out, err);
}

static int read_ranges(const struct config_reader *reader, const struct json *node, char *text,
	struct config_id_mappings *out, struct err *err)
{
	struct config_id_mapping *items;
	size_t n = 1;
	int r;

	for (const char *at = text; (at = strchr(at, '#')) != NULL; at++)
		n++;
	if (n > CONFIG_ID_MAPPINGS_MAX)
		return json_err(err, node, "more than %d ranges", CONFIG_ID_MAPPINGS_MAX);
	items = arena_array(reader->arena, n, sizeof(*items));
	if (items == NULL)
		return config_err_memory(err);
	for (size_t i = 0; i < n; i++) {
		r = read_range(node, strsep(&text, "#"), &items[i], err);
		if (r < 0)
			return r;
	}
	*out = (struct config_id_mappings){ .items = items, .n = n };
	return config_check_id_overlaps(node, items, n, err);
}

int config_read_idmap_option(const struct config_reader *reader, const struct json *node,
	const char *maps, struct config_mount *out, struct err *err)
{
	char *rest = arena_strdup(reader->arena, maps), *part;
	int r;

	if (rest == NULL)
		return config_err_memory(err);
	while ((part = strsep(&rest, ";")) != NULL) {
		if (str_starts(part, "uids="))
			r = read_ranges(reader, node, part + 5, &out->uid_mappings, err);
		else if (str_starts(part, "gids="))
			r = read_ranges(reader, node, part + 5, &out->gid_mappings, err);
		else
			r = json_err(err, node, "an idmap has uids= and gids=, not '%s'", part);
		if (r < 0)
			return r;
	}
	if ((out->uid_mappings.n == 0) != (out->gid_mappings.n == 0))
		return json_err(err, node, "uids= and gids= must be given together");
	return 0;
}
