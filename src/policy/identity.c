/* Whose ids the container runs with: the user namespace and what is mapped in it. */
#include "base/abi.h"

#include "rules.h"

#include "base/banned.h"

static const char mappings_pointer[] = "/linux/uidMappings";

static const struct config_namespace *asked_userns(const struct policy_walk *w)
{
	return &w->asked->namespaces[CONFIG_NS_USER];
}

void policy_rule_userns_mappings(struct policy_walk *w)
{
	const struct config_namespace *ns = asked_userns(w);

	/* Joining one: its own mappings count, the config may repeat them (containerd, CRI-O). */
	if (ns->present && ns->path == NULL && w->asked->uid_mappings.n == 0)
		policy_refuse(w, mappings_pointer,
			"user namespace without uidMappings and gidMappings", "");
}

void policy_rule_userns_host(struct policy_walk *w)
{
	const struct config_namespace *ns = asked_userns(w);
	struct policy_path path;

	if (w->profile->userns != POLICY_USERNS_ALWAYS || ns->path == NULL)
		return;
	if (!policy_look(w, ns->path, &path) || !path.is_known || !path.facts->ns_is_host)
		return;
	policy_refuse(w, ns->pointer,
		arena_fmt(w->arena, "user namespace %s is the host's", policy_quote(w, ns->path)),
		"a user namespace of the container");
}

static uint64_t mapped_end(const struct config_id_mappings *map)
{
	uint64_t end = 0;

	for (size_t i = 0; i < map->n; i++) {
		uint64_t last = (uint64_t)map->items[i].container_id + map->items[i].size;

		if (last > end)
			end = last;
	}
	return end;
}

/* Rootless, the ids of the outer namespace; before it is entered (`plan` as an ordinary user)
 * their number is not known, and a whole block is what setting it up will ask for. */
static uint64_t rootless_ids(const struct facts *facts)
{
	return facts->ids_available != 0 ? facts->ids_available : FACTS_ID_BLOCK;
}

void policy_rule_userns_always(struct policy_walk *w)
{
	struct policy_decisions *d = w->out;

	if (asked_userns(w)->present) {
		/* Rung 1 of the ladder: the root file system is the engine's business. */
		d->layout = w->profile->layout_owning_on_config ? POLICY_LAYOUT_OWNING
								: POLICY_LAYOUT_NOTHING;
		d->ids_size = mapped_end(&w->asked->uid_mappings);
		return;
	}
	d->layout = POLICY_LAYOUT_HOST;
	if (w->profile->userns != POLICY_USERNS_ALWAYS)
		return;
	d->layout = POLICY_LAYOUT_NOTHING;
	d->config.namespaces[CONFIG_NS_USER].present = true;
	if (d->is_rootless) {
		/* No idmapped mount: that takes the owner of the file system. */
		d->identity_ids = true;
		d->ids_size = rootless_ids(w->facts);
		policy_tighten(w, "/linux/namespaces", "no user namespace",
			arena_fmt(w->arena, "a nested user namespace with ids 0 to %llu",
				(unsigned long long)d->ids_size - 1));
		return;
	}
	d->claims_ids = true;
	d->shift_root = true;
	d->ids_size = FACTS_ID_BLOCK;
	policy_tighten(w, "/linux/namespaces", "no user namespace",
		"a user namespace with a block of 65536 subordinate ids for this container alone");
}

static void refuse_host_root(
	struct policy_walk *w, const struct config_id_mappings *map, const char *pointer)
{
	for (size_t i = 0; i < map->n; i++) {
		if (map->items[i].host_id != 0)
			continue;
		policy_refuse(w, arena_fmt(w->arena, "%s/%zu/hostID", pointer, i),
			arena_fmt(w->arena, "container id %u is host id 0",
				map->items[i].container_id),
			"host ids from 1 on");
	}
}

void policy_rule_userns_host_root(struct policy_walk *w)
{
	/* Inside an outer user namespace id 0 is the caller, not root of the machine (I1). */
	if (w->profile->userns != POLICY_USERNS_ALWAYS || !w->facts->initial_userns)
		return;
	refuse_host_root(w, &w->asked->uid_mappings, mappings_pointer);
	refuse_host_root(w, &w->asked->gid_mappings, "/linux/gidMappings");
}

static bool in_map(const struct config_id_mappings *map, uint32_t id)
{
	for (size_t i = 0; i < map->n; i++) {
		if (id >= map->items[i].container_id &&
			id - map->items[i].container_id < map->items[i].size)
			return true;
	}
	return false;
}

static bool is_mapped(
	const struct policy_walk *w, const struct config_id_mappings *map, uint32_t id)
{
	/* (uid_t)-1 means "no change" to the kernel: the process would keep root's. */
	if (id == UINT32_MAX)
		return false;
	if (w->out->claims_ids || w->out->identity_ids)
		return id < w->out->ids_size;
	if (map->n > 0)
		return in_map(map, id);
	if (w->out->layout == POLICY_LAYOUT_HOST && !w->facts->initial_userns &&
		w->facts->ids_available != 0)
		return id < w->facts->ids_available;
	return true; /* the host's own ids, or those of a namespace that is joined */
}

static void check_id(struct policy_walk *w, const struct config_id_mappings *map, uint32_t id,
	const char *pointer)
{
	if (pointer == NULL) {
		w->failed = true;
		return;
	}
	if (is_mapped(w, map, id))
		return;
	policy_refuse(w, pointer,
		arena_fmt(w->arena,
			"%s: id %u is not mapped in the user namespace of the container", pointer,
			id),
		"");
}

void policy_rule_identity_mapped(struct policy_walk *w)
{
	const struct config_user *user = &w->asked->process.user;
	const struct config_id_mappings *gids = &w->asked->gid_mappings;

	if (!w->asked->has_process)
		return;
	check_id(w, &w->asked->uid_mappings, user->uid, "/process/user/uid");
	check_id(w, gids, user->gid, "/process/user/gid");
	if (w->facts->setgroups_denied && user->n_groups > 0)
		policy_refuse(w, "/process/user/additionalGids",
			"additional groups in a user namespace that forbids setgroups(2)",
			"a user namespace whose gid_map was written by newgidmap");
	for (size_t i = 0; i < user->n_groups && !w->failed; i++) {
		if (is_mapped(w, gids, user->groups[i]))
			continue;
		check_id(w, gids, user->groups[i],
			arena_fmt(w->arena, "/process/user/additionalGids/%zu", i));
	}
}

bool policy_gid_is_mapped(const struct policy_walk *w, uint32_t gid)
{
	return is_mapped(w, &w->asked->gid_mappings, gid);
}

void policy_rule_userns_owning(struct policy_walk *w)
{
	const uint64_t powers = 1ULL << 21 /* SYS_ADMIN */ | 1ULL << 12 /* NET_ADMIN */;
	uint64_t granted = w->out->config.process.caps.bounding & powers;

	if (!w->profile->layout_owning_on_grant || w->out->layout != POLICY_LAYOUT_NOTHING ||
		granted == 0)
		return;
	w->out->layout = POLICY_LAYOUT_OWNING;
	policy_note(w, "/process/capabilities/bounding", config_cap_text(w->arena, granted),
		"the container's user namespace owns its network, ipc and uts namespaces and a "
		"second mount namespace, in which the kernel locks every mount");
}

void policy_rule_user(struct policy_walk *w)
{
	if (w->asked->has_process && w->asked->process.user.uid == 0)
		policy_refuse(w, "/process/user/uid", "0", "any other user");
}

void policy_rule_groups(struct policy_walk *w)
{
	_str_buf_ struct str_buf list = { 0 };
	const struct config_user *user = &w->asked->process.user;

	if (user->gid == 0)
		policy_list_add(&list, "gid");
	for (size_t i = 0; i < user->n_groups; i++) {
		if (user->groups[i] == 0)
			policy_list_add(&list, arena_fmt(w->arena, "additionalGids/%zu", i));
	}
	if (w->asked->has_process && list.len > 0)
		policy_refuse(w, "/process/user", policy_list(w, &list), "no group 0");
}
