/*
 * The container's ids and namespaces: which are made at birth, which are joined, and who owns
 * them (design 3).
 */
#include <errno.h>

#include "build.h"

#include "base/banned.h"

/* Born with caisson-init, or, in the owning layout, together with the user namespace. A pid
 * namespace must be new at clone; cgroup, time and user namespaces have ways of their own. */
static const enum config_ns_type born_types[] = {
	CONFIG_NS_MOUNT,
	CONFIG_NS_PID,
	CONFIG_NS_NETWORK,
	CONFIG_NS_IPC,
	CONFIG_NS_UTS,
};

struct plan_ref plan_add_id_map(struct plan_builder *b, const struct config_id_mappings *map)
{
	uint32_t triplets[3 * CONFIG_ID_MAPPINGS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < map->n; i++) {
		triplets[n++] = map->items[i].container_id;
		triplets[n++] = map->items[i].host_id;
		triplets[n++] = map->items[i].size;
	}
	return plan_add_blob(b, triplets, n * sizeof(*triplets));
}

/* The mapping of the container's user namespace: its own block, the outer namespace's ids
 * (rootless), or what the config brings. */
static int choose_map(struct plan_builder *b, struct err *err)
{
	const struct policy_decisions *d = b->decisions;
	struct config_id_mapping *whole;

	if (d->layout == POLICY_LAYOUT_HOST)
		return 0;
	if (!d->claims_ids && !d->identity_ids) {
		b->uid_map = b->config->uid_mappings;
		b->gid_map = b->config->gid_mappings;
		if (b->uid_map.n == 0 || b->gid_map.n == 0)
			return err_new(err, -ENOTSUP,
				"/linux/uidMappings: joining a user namespace needs its uidMappings and "
				"gidMappings, as containerd and CRI-O send them");
		return 0;
	}
	whole = arena_array(b->arena, 1, sizeof(*whole));
	if (whole == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	whole->host_id = d->claims_ids ? b->request->ids_base : 0;
	whole->size = (uint32_t)d->ids_size;
	b->uid_map = (struct config_id_mappings){ .items = whole, .n = 1 };
	b->gid_map = b->uid_map;
	return 0;
}

/* Namespaces that the user namespace owns are made with it, by the same short-lived process. */
static uint64_t owned_types(const struct plan_builder *b)
{
	static const enum config_ns_type types[] = { CONFIG_NS_NETWORK, CONFIG_NS_IPC,
		CONFIG_NS_UTS };
	uint64_t flags = 0;

	if (b->decisions->layout != POLICY_LAYOUT_OWNING)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const struct config_namespace *ns = &b->config->namespaces[types[i]];

		if (ns->present && ns->path == NULL)
			flags |= (unsigned)config_ns_clone_flag(types[i]);
	}
	return flags;
}

int plan_build_ids(struct plan_builder *b, struct err *err)
{
	const struct config_namespace *user = &b->config->namespaces[CONFIG_NS_USER];
	struct plan_step *step;
	int r;

	r = choose_map(b, err);
	if (r < 0 || b->decisions->layout == POLICY_LAYOUT_HOST)
		return r;
	if (user->path != NULL) {
		step = plan_add(b, PLAN_OPEN_NS, PLAN_SLOT_USERNS);
		step->ref[0] = plan_add_string(b, user->path);
		step->ref[1] = plan_add_id_map(b, &b->uid_map);
		step->ref[2] = plan_add_id_map(b, &b->gid_map);
		step->num[0] = SYS_NEWUSER;
		return 0;
	}
	step = plan_add(b, PLAN_IDS, PLAN_SLOT_USERNS);
	step->ref[0] = plan_add_id_map(b, &b->uid_map);
	step->ref[1] = plan_add_id_map(b, &b->gid_map);
	step->num[0] = owned_types(b);
	return 0;
}

static void join_namespace(struct plan_builder *b, enum config_ns_type type, const char *path)
{
	int slot = plan_new_slot(b);
	struct plan_step *step = plan_add(b, PLAN_OPEN_NS, slot);

	step->ref[0] = plan_add_string(b, path);
	step->num[0] = (unsigned)config_ns_clone_flag(type);
	/* ORDER: a pid namespace takes effect for children only, so caisson enters it before it
	 * spawns caisson-init; there is no step inside. */
	if (type == CONFIG_NS_PID)
		return;
	step = plan_add(b, PLAN_NS_JOIN, slot);
	step->num[0] = (unsigned)config_ns_clone_flag(type);
}

/* With a namespace of its own nothing on the host's side asks for the container's cgroups: they
 * can be made while caisson-init works. */
static bool is_new_cgroup_ns(const struct plan_builder *b)
{
	const struct config_namespace *ns = &b->config->namespaces[CONFIG_NS_CGROUP];

	return ns->present && ns->path == NULL;
}

static bool is_user_unit(const struct plan_step *step)
{
	return step->kind == PLAN_UNIT && step->num[0] != 0;
}

bool plan_join_cgroups(struct plan_builder *b)
{
	const struct plan_steps *prepare = &b->stages[PLAN_STAGE_PREPARE];
	bool any = false;

	for (size_t i = 0; i < prepare->n; i++) {
		const struct plan_step *dir = &prepare->items[i];

		/* what holds the unit until then would use up a limit */
		if (dir->kind == PLAN_UNIT)
			b->flags |= PLAN_FLAG_LATE_CGROUPS;
		/* v2 membership comes with clone3(CLONE_INTO_CGROUP); but the way into a unit of
		 * the user's own systemd leads through cgroups that are not the user's */
		if ((dir->kind != PLAN_CGROUP_DIR || dir->num[0] != 0) && !is_user_unit(dir))
			continue;
		plan_add(b, PLAN_CGROUP_JOIN, dir->slot);
		any = true;
	}
	return any;
}

void plan_build_cgroup_entry(struct plan_builder *b)
{
	bool joins;

	if (b->cgroups_entered)
		return;
	b->cgroups_entered = true;
	/* ORDER: cgroups first: a cgroup namespace takes its creator's cgroup as its root. */
	joins = plan_join_cgroups(b);
	if (!is_new_cgroup_ns(b))
		return;
	b->flags |= joins ? PLAN_FLAG_LATE_CGROUPS : 0;
	plan_add(b, PLAN_NS_NEW, PLAN_SLOT_NONE)->num[0] = SYS_NEWCGROUP;
}

int plan_build_namespaces(struct plan_builder *b, struct err *err)
{
	const struct config_namespace *ns = b->config->namespaces;
	uint64_t owned = owned_types(b);

	(void)err;
	if (!is_new_cgroup_ns(b))
		plan_build_cgroup_entry(b);
	for (size_t i = 0; i < ARRAY_SIZE(born_types); i++) {
		enum config_ns_type type = born_types[i];
		unsigned flag = (unsigned)config_ns_clone_flag(type);

		if (!ns[type].present)
			continue;
		if (ns[type].path != NULL)
			join_namespace(b, type, ns[type].path);
		else if ((owned & flag) != 0)
			join_namespace(b, type, PLAN_NS_NEW_PATH);
		else
			b->clone_flags |= flag;
	}
	if (ns[CONFIG_NS_CGROUP].present && ns[CONFIG_NS_CGROUP].path != NULL)
		join_namespace(b, CONFIG_NS_CGROUP, ns[CONFIG_NS_CGROUP].path);
	if (ns[CONFIG_NS_TIME].present && ns[CONFIG_NS_TIME].path != NULL)
		join_namespace(b, CONFIG_NS_TIME, ns[CONFIG_NS_TIME].path);
	else if (ns[CONFIG_NS_TIME].present)
		b->flags |= PLAN_FLAG_CREATE_TIMENS;
	/* NS-06: a new network namespace has its loopback up */
	if (ns[CONFIG_NS_NETWORK].present && ns[CONFIG_NS_NETWORK].path == NULL)
		plan_add(b, PLAN_LINK_UP, PLAN_SLOT_NONE)->ref[0] = plan_add_string(b, "lo");
	return 0;
}
