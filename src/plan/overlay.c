/*
 * A root file system that an engine has mounted as an overlay, built a second time for this
 * container: from the same layers, idmapped, with a work directory of its own, because two mounts
 * that share one empty it under each other (hardening.md d.3, d.4).
 */
#include <string.h>

#include "build.h"

#include "base/banned.h"

/* The same for every create of this container, so that what one has left is found by the next. */
static uint64_t name_hash(const char *state_root, const char *id)
{
	const char *parts[] = { state_root, id };
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		for (const char *p = parts[i];; p++) {
			hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
			if (*p == '\0')
				break;
		}
	}
	return hash;
}

/* Beside the upper layer: the kernel wants both on one mount. */
static const char *work_directory(struct plan_builder *b, const struct facts_layer *upper)
{
	const char *slash = strrchr(upper->path, '/');
	const char *root = b->request->state_root != NULL ? b->request->state_root : "";

	return arena_fmt(b->arena, "%.*s/caisson-work-%016llx", (int)(slash - upper->path),
		upper->path, (unsigned long long)name_hash(root, b->request->id));
}

static void add_layer(struct plan_builder *b, const struct facts_layer *layer, bool read_only)
{
	struct plan_step *step = plan_add(b, PLAN_LAYER, PLAN_SLOT_NONE);
	uint64_t kind = PLAN_LAYER_LOWER;

	if (layer->kind == FACTS_LAYER_UPPER && !read_only)
		kind = PLAN_LAYER_UPPER;
	else if (layer->kind == FACTS_LAYER_DATA)
		kind = PLAN_LAYER_DATA;
	step->ref[0] = plan_add_string(b, layer->path);
	step->num[0] = kind;
	step->num[1] = layer->dev;
	step->num[2] = layer->ino;
}

/* How writes are made durable is nothing to an overlay without an upper layer, and an error. */
static bool is_about_writes(const char *option)
{
	return str_eq(option, "volatile") || str_starts(option, "fsync=");
}

static struct plan_ref add_options(struct plan_builder *b, const struct facts_overlay *overlay)
{
	/* An index is one mount's own affair; the owner of this upper layer's is the engine's. */
	const char *items[FACTS_OVERLAY_OPTIONS_MAX + 3] = { "index=off", "nfs_export=off" };
	struct json_strings list = { .items = items, .n = 2 };
	const char *label = plan_mount_label(b);
	bool has_label = false;

	for (size_t i = 0; i < overlay->n_options; i++) {
		if (!overlay->is_readonly || !is_about_writes(overlay->options[i]))
			items[list.n++] = overlay->options[i];
		has_label = has_label || str_starts(overlay->options[i], "context=");
	}
	if (label != NULL && !has_label)
		items[list.n++] = arena_fmt(b->arena, "context=%s", label);
	return plan_add_strings(b, &list);
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* A directory of the overlay itself, and not of what is mounted on it. */
static bool is_on_root(const struct plan_builder *b, const char *dir)
{
	const struct config *config = &b->decisions->config;

	for (size_t i = 0; i < config->n_mounts; i++) {
		if (is_below(dir, config->mounts[i].destination))
			return false;
	}
	return true;
}

static void list_once(const struct plan_builder *b, struct json_strings *list, const char **items,
	const char *dir)
{
	if (dir == NULL || *dir == '\0' || str_eq(dir, "/") || !is_on_root(b, dir))
		return;
	for (size_t i = 0; i < list->n; i++) {
		if (is_below(items[i], dir))
			return;
	}
	items[list->n++] = dir;
}

/* What a mount is attached in, or a process is in, stays known to the container's overlay as it
 * was. Were it a directory of lower layers, what the engine (docker cp) later puts there through
 * its own overlay would never appear in the container, nor could the container write there. */
static void add_copy_up(struct plan_builder *b)
{
	const struct config *config = &b->decisions->config;
	const char **items = arena_array(b->arena, config->n_mounts + 1, sizeof(*items));
	struct json_strings list = { .items = items };
	struct plan_step *step;

	if (items == NULL) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i < config->n_mounts; i++) {
		const char *dir = config->mounts[i].destination, *slash = strrchr(dir, '/');

		if (slash != NULL)
			list_once(b, &list, items,
				arena_fmt(b->arena, "%.*s", (int)(slash - dir), dir));
	}
	list_once(b, &list, items, config->process.cwd);
	if (list.n == 0)
		return;
	step = plan_add(b, PLAN_COPY_UP, PLAN_SLOT_NONE);
	step->ref[0] = plan_add_strings(b, &list);
}

void plan_build_overlay(struct plan_builder *b)
{
	const struct facts_overlay *overlay = &b->facts->overlay;
	struct plan_step *step;

	for (size_t i = 0; i < overlay->n_layers; i++)
		add_layer(b, &overlay->layers[i], overlay->is_readonly);
	step = plan_add(b, PLAN_OVERLAY, PLAN_SLOT_ROOT);
	step->ref[0] = add_options(b, overlay);
	if (!overlay->is_readonly) {
		step->ref[1] = plan_add_string(b, work_directory(b, &overlay->layers[0]));
		step->ref[2] = plan_add_string(b, overlay->path);
	}
	step->num[0] = b->decisions->root_attr_set;
	step->num[1] = b->decisions->rung == POLICY_RUNG_OVERLAY_BY_PATH;
	step->num[2] = (uint64_t)plan_host_uid(b, 0) << 32 | plan_host_gid(b, 0);
	if (!overlay->is_readonly)
		add_copy_up(b);
}
