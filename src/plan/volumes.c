/*
 * Binds of the config: opened and prepared outside, with the ids that their files have inside.
 */
#include <errno.h>

#include "build.h"

#include "base/banned.h"

/*
 * Files of other groups of the host keep them, so that the owner can go on writing files of a
 * second group; nobody in the container is in one. Ids of containers begin with the block, and
 * those of a map must differ.
 */
static struct plan_ref owner_groups(
	struct plan_builder *b, uint32_t disk_gid, uint32_t gid, uint32_t end)
{
	struct config_id_mapping map[3];
	size_t n = 0;

	if (disk_gid > 0 && end > 0)
		map[n++] = (struct config_id_mapping){ .size = disk_gid < end ? disk_gid : end };
	map[n++] =
		(struct config_id_mapping){ .container_id = disk_gid, .host_id = gid, .size = 1 };
	if (disk_gid + 1 < end)
		map[n++] = (struct config_id_mapping){ .container_id = disk_gid + 1,
			.host_id = disk_gid + 1,
			.size = end - disk_gid - 1 };
	return plan_add_id_map(b, &(struct config_id_mappings){ map, n });
}

static void map_owner(
	struct plan_builder *b, const struct policy_volume *volume, struct plan_step *step)
{
	const struct config_id_mapping uid = {
		.container_id = volume->disk_uid,
		.host_id = plan_host_uid(b, volume->uid),
		.size = 1,
	};

	step->ref[1] = plan_add_id_map(b, &(struct config_id_mappings){ &uid, 1 });
	step->ref[2] = owner_groups(
		b, volume->disk_gid, plan_host_gid(b, volume->gid), b->request->ids_base);
}

static const struct config_id_mapping *find_line(const struct config_id_mappings *map, uint32_t id)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct config_id_mapping *line = &map->items[i];

		if (id >= line->container_id && id - line->container_id < line->size)
			return line;
	}
	return NULL;
}

/* A range of ids of the container as ids of the host: as many pieces as lines hold them. */
static int add_pieces(const struct config_id_mappings *own, struct config_id_mapping rest,
	struct config_id_mapping *items, size_t *n)
{
	while (rest.size > 0) {
		const struct config_id_mapping *line = find_line(own, rest.host_id);
		struct config_id_mapping piece = rest;
		uint32_t at;

		if (line == NULL || *n == CONFIG_ID_MAPPINGS_MAX)
			return -1;
		at = rest.host_id - line->container_id;
		if (piece.size > line->size - at)
			piece.size = line->size - at;
		piece.host_id = line->host_id + at;
		items[(*n)++] = piece;
		rest.container_id += piece.size;
		rest.host_id += piece.size;
		rest.size -= piece.size;
	}
	return 0;
}

static int add_given(struct plan_builder *b, const struct config_id_mappings *map,
	const struct config_id_mappings *own, struct plan_ref *out)
{
	struct config_id_mapping items[CONFIG_ID_MAPPINGS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < map->n; i++) {
		if (!map->items[i].is_relative && n < CONFIG_ID_MAPPINGS_MAX)
			items[n++] = map->items[i];
		else if (!map->items[i].is_relative ||
			 add_pieces(own, map->items[i], items, &n) < 0)
			return -1;
	}
	*out = plan_add_id_map(b, &(struct config_id_mappings){ items, n });
	return 0;
}

static int map_given(struct plan_builder *b, const struct config_mount *mount,
	struct plan_step *step, struct err *err)
{
	if (add_given(b, &mount->uid_mappings, &b->uid_map, &step->ref[1]) < 0 ||
		add_given(b, &mount->gid_mappings, &b->gid_map, &step->ref[2]) < 0)
		return err_new(err, -EINVAL,
			"%s: a mapping with '@' has ids that the user namespace has not, or more than "
			"%d ranges",
			mount->pointer, CONFIG_ID_MAPPINGS_MAX);
	return 0;
}

static int map_ids(struct plan_builder *b, size_t index, struct plan_step *step, struct err *err)
{
	const struct config_mount *mount = &b->config->mounts[index];
	const struct policy_volume *volume = NULL;

	if (b->decisions->volumes != NULL && b->decisions->volumes[index].map != POLICY_VOLUME_NONE)
		volume = &b->decisions->volumes[index];
	if (volume == NULL || volume->source == NULL)
		step->ref[0] = plan_add_string(
			b, policy_absolute(b->arena, b->request->bundle, mount->source));
	if (volume == NULL)
		return 0;
	if (volume->source != NULL) {
		/* SECURITY: what was judged must be what is opened (I6) */
		step->num[2] |= PLAN_TREE_EXACT;
		step->ref[0] = plan_add_string(b, volume->source);
	}
	step->num[2] |= PLAN_TREE_IDMAP;
	if (volume->is_recursive)
		step->num[2] |= PLAN_TREE_IDMAP_RECURSIVE;
	if (volume->map == POLICY_VOLUME_OWNER)
		map_owner(b, volume, step);
	return volume->map == POLICY_VOLUME_GIVEN ? map_given(b, mount, step, err) : 0;
}

static bool asks_for_shared(const struct config_mount_options *options)
{
	for (size_t i = 0; i < options->n_propagations; i++) {
		if (options->propagations[i].type == SYS_MS_SHARED)
			return true;
	}
	return false;
}

/* MNT-15; and what the policy adds holds for every mount below the volume as well. */
static void set_all(struct plan_builder *b, const struct config_mount *mount, int slot,
	uint64_t set, uint64_t clear)
{
	struct plan_step *step = plan_add(b, PLAN_REMOUNT, slot);

	step->ref[0] = plan_add_string(b, mount->destination);
	step->num[0] = set;
	step->num[1] = clear;
	step->num[2] = PLAN_TREE_ATTR_RECURSIVE;
}

int plan_build_volume(struct plan_builder *b, size_t index, struct err *err)
{
	const struct config_mount *mount = &b->config->mounts[index];
	const struct config_mount_options *o = &mount->options;
	uint64_t forced = b->decisions->volume_attr_set;
	uint64_t all_set = o->rec_attr_set | (o->is_recursive ? forced : 0);
	uint64_t all_clear = o->rec_attr_clr & ~forced;
	uint64_t set = o->attr_set | forced, clear = o->attr_clr & ~forced;
	bool all_at_once = (set & ~all_set) == 0 && (clear & ~all_clear) == 0;
	int slot = plan_new_slot(b);
	struct plan_step *step = plan_add(b, PLAN_OPEN_TREE, slot);
	int r;

	r = map_ids(b, index, step, err);
	if (r < 0)
		return r;
	step->num[0] = all_at_once ? all_set : set;
	step->num[1] = all_at_once ? all_clear : clear;
	step->num[2] |= o->is_recursive ? PLAN_TREE_RECURSIVE : 0;
	step->num[2] |= all_at_once && (all_set | all_clear) != 0 ? PLAN_TREE_ATTR_RECURSIVE : 0;
	/* both the volume and the root must ask for it to stay a peer of the host's mount (docker's
	 * "shared" volumes); the volume alone gets a peer group of its own */
	if (!asks_for_shared(o) || b->config->rootfs_propagation != SYS_MS_SHARED)
		step->num[3] = plan_source_propagation(b);
	r = plan_attach_tree(b, index, slot, err);
	if (r < 0)
		return r;
	if (!all_at_once && (all_set | all_clear) != 0)
		set_all(b, mount, slot, all_set, all_clear);
	return 0;
}
