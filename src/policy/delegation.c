/*
 * Delegation: the container's cgroup belongs to its user, who may make others below it and give each
 * a part of what it has. Its own limits stay root's.
 */
#include "base/abi.h"

#include "rules.h"

#include "base/banned.h"

static const char place[] = "/sys/fs/cgroup";

/* It is asked for as the specification has it: by a file system that can be written to (CG-05). */
static const struct config_mount *find_writable(const struct config *config)
{
	for (size_t i = 0; i < config->n_mounts; i++) {
		const struct config_mount *mount = &config->mounts[i];

		if (!mount->options.is_bind && !mount->options.remount && mount->type != NULL &&
			(str_eq(mount->type, "cgroup") || str_eq(mount->type, "cgroup2")) &&
			str_eq(mount->destination, place) &&
			((mount->options.attr_set | mount->options.rec_attr_set) &
				SYS_ATTR_RDONLY) == 0)
			return mount;
	}
	return NULL;
}

static bool has_cgroup(const struct policy_walk *w)
{
	return !w->request->no_cgroup && (w->facts->cgroup_writable || w->request->systemd_cgroup);
}

/* NULL: there is none. */
static const char *find_obstacle(const struct policy_walk *w)
{
	const struct config_namespace *ns = &w->out->config.namespaces[CONFIG_NS_CGROUP];

	/* SECURITY: whoever may write to a v1 hierarchy names a program there that the kernel runs as
	 * root of the host (CVE-2022-0492, T-24). */
	if (w->facts->cgroup_mode != FACTS_CGROUP_V2)
		return "cgroups of v1 can't be given away safely";
	if (!ns->present || ns->path != NULL)
		return "it has no cgroup namespace of its own";
	if (!has_cgroup(w))
		return "it gets no cgroup of its own";
	if (!w->profile->mounts_limited)
		return NULL;
	/* SECURITY: its user would own the files of its limits as well. */
	if (w->out->layout == POLICY_LAYOUT_HOST)
		return "without a user namespace it could raise its own limits";
	if (w->out->is_rootless)
		return "made by an ordinary user, it could raise its own limits";
	return NULL;
}

/* The kernel counts for the whole tree. As deep as we can remove, in every profile: what has more
 * levels would stay behind. */
static void bound_tree(struct policy_walk *w)
{
	(void)policy_unified_default(w, "cgroup.max.depth", "64");
	if (w->profile->mounts_limited)
		(void)policy_unified_default(w, "cgroup.max.descendants", "1024");
}

void policy_rule_cgroup_delegation(struct policy_walk *w)
{
	const struct config_mount *mount = find_writable(&w->out->config);
	uint32_t uid = w->out->config.process.user.uid;
	const char *obstacle, *found;

	if (!w->profile->cgroup_delegation || mount == NULL)
		return;
	/* root of the host owns it already, and there is nothing to give away */
	if (w->out->layout == POLICY_LAYOUT_HOST && uid == 0 && !w->profile->mounts_limited)
		return;
	found = arena_fmt(w->arena, "writable cgroups on '%s'", place);
	obstacle = find_obstacle(w);
	if (obstacle != NULL) {
		policy_note(w, mount->pointer, found,
			arena_fmt(w->arena, "not delegated: %s", obstacle));
		return;
	}
	w->out->delegates_cgroup = true;
	bound_tree(w);
	policy_note(w, mount->pointer, found,
		arena_fmt(w->arena, "its cgroup is delegated to user %u; its limits are not", uid));
}
