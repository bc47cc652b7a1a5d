/*
 * Binds of the config: opened and prepared outside, with the ids that their files have inside.
 */
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
		map[n++] = (struct config_id_mapping){ disk_gid + 1, disk_gid + 1,
			end - disk_gid - 1 };
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

static const char *map_ids(struct plan_builder *b, size_t index, struct plan_step *step)
{
	const struct config_mount *mount = &b->config->mounts[index];
	const struct policy_volume *volumes = b->decisions->volumes;

	if (volumes == NULL || volumes[index].map == POLICY_VOLUME_NONE)
		return policy_absolute(b->arena, b->request->bundle, mount->source);
	/* SECURITY: what was judged must be what is opened (I6) */
	step->num[2] |= PLAN_TREE_IDMAP | PLAN_TREE_EXACT;
	if (mount->options.is_recursive)
		step->num[2] |= PLAN_TREE_IDMAP_RECURSIVE;
	if (volumes[index].map == POLICY_VOLUME_OWNER)
		map_owner(b, &volumes[index], step);
	return volumes[index].source;
}

/* MNT-15; and what the policy adds holds for every mount below the volume as well. */
static void set_all(
	struct plan_builder *b, const struct config_mount *mount, uint64_t set, uint64_t clear)
{
	struct plan_step *step = plan_add(b, PLAN_REMOUNT, PLAN_SLOT_NONE);

	step->ref[0] = plan_add_string(b, mount->destination);
	step->num[0] = set;
	step->num[1] = clear;
	step->num[2] = PLAN_TREE_ATTR_RECURSIVE;
}

void plan_build_volume(struct plan_builder *b, size_t index)
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

	step->ref[0] = plan_add_string(b, map_ids(b, index, step));
	step->num[0] = all_at_once ? all_set : set;
	step->num[1] = all_at_once ? all_clear : clear;
	step->num[2] |= o->is_recursive ? PLAN_TREE_RECURSIVE : 0;
	step->num[2] |= all_at_once && (all_set | all_clear) != 0 ? PLAN_TREE_ATTR_RECURSIVE : 0;
	/* both the volume and the root must ask for it to stay a peer of the host's mount (docker's
	 * "shared" volumes); the volume alone gets a peer group of its own */
	if (o->propagation != SYS_MS_SHARED || b->config->rootfs_propagation != SYS_MS_SHARED)
		step->num[3] = plan_source_propagation(b);
	plan_attach_tree(b, mount, slot);
	if (!all_at_once && (all_set | all_clear) != 0)
		set_all(b, mount, all_set, all_clear);
}
