#include <string.h>

#include "base/str.h"

#include "local.h"

#include "base/banned.h"

/* mounts[].destination: a relative one is meant from "/" (deprecated, but legal since 1.2) */
static int read_destination(const struct config_reader *reader, const struct json *node,
	const char **out, struct err *err)
{
	const char *text = "";
	char *path;
	int r;

	r = json_read_string(node, &text, err);
	if (r < 0)
		return r;
	if (text[0] == '\0')
		return json_err(err, node, "must not be empty");
	if (strlen(text) >= CONFIG_PATH_MAX - 1)
		return json_err(err, node, "longer than %d bytes", CONFIG_PATH_MAX - 2);
	path = arena_fmt(reader->arena, "/%s", text);
	if (path == NULL)
		return config_err_memory(err);
	str_path_clean(path);
	*out = path;
	return 0;
}

/* mounts[].uidMappings and gidMappings: only both together mean something (MNT-20) */
static int read_idmap(struct config_reader *reader, const struct json *node,
	struct config_mount *out, struct err *err)
{
	struct config_id_mappings uids = { 0 }, gids = { 0 };
	int r;

	r = config_read_id_mappings(reader, json_get(node, "uidMappings"), &uids, err);
	if (r == 0)
		r = config_read_id_mappings(reader, json_get(node, "gidMappings"), &gids, err);
	if (r < 0)
		return r;
	if ((uids.n == 0) != (gids.n == 0))
		return json_err(err, node, "uidMappings and gidMappings must be given together");
	if (uids.n == 0)
		return 0; /* those of the options stay */
	out->uid_mappings = uids;
	out->gid_mappings = gids;
	return 0;
}

static int check_type(const struct json *node, const struct config_mount *mount, struct err *err)
{
	if (mount->options.is_bind || mount->options.remount)
		return 0;
	if (mount->type == NULL)
		return json_err(err, node, "'type' is missing, and it is no bind mount");
	/* mounts[].type: a bind is made by its option alone (MNT-04) */
	if (str_eq(mount->type, "bind") || str_eq(mount->type, "rbind"))
		return json_err(
			err, node, "type '%s' needs the option 'bind' or 'rbind'", mount->type);
	return 0;
}

static int read_mount(struct config_reader *reader, const struct json *node,
	struct config_mount *out, struct err *err)
{
	const struct json *destination;
	int r;

	r = config_get_required(node, "destination", &destination, err);
	if (r == 0)
		r = read_destination(reader, destination, &out->destination, err);
	if (r == 0)
		r = config_read_text(json_get(node, "type"), &out->type, err);
	if (r == 0)
		r = config_read_text(json_get(node, "source"), &out->source, err);
	if (r == 0)
		r = config_read_mount_options(reader, json_get(node, "options"), out, err);
	if (r == 0)
		r = read_idmap(reader, node, out, err);
	if (r == 0)
		r = check_type(node, out, err);
	if (r < 0)
		return r;
	if (out->source != NULL && strlen(out->source) >= CONFIG_PATH_MAX)
		return json_err(
			err, json_get(node, "source"), "longer than %d bytes", CONFIG_PATH_MAX - 1);
	if (out->options.is_bind && !out->options.remount && out->source == NULL)
		return json_err(err, node, "a bind mount needs a source");
	out->pointer = config_pointer(reader->arena, node);
	return out->pointer != NULL ? 0 : config_err_memory(err);
}

int config_read_mounts(
	struct config_reader *reader, const struct json *node, struct config *out, struct err *err)
{
	struct config_mount *mounts;
	size_t n = 0;
	int r;

	r = config_check_list(node, CONFIG_MOUNTS_MAX, err);
	if (r < 0 || node == NULL)
		return r;
	mounts = arena_array(reader->arena, node->n_children, sizeof(*mounts));
	if (mounts == NULL)
		return config_err_memory(err);
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		r = read_mount(reader, child, &mounts[n++], err);
		if (r < 0)
			return r;
	}
	out->mounts = mounts;
	out->n_mounts = n;
	return 0;
}
