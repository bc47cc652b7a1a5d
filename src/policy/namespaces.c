/* The container's namespaces, but for the user namespace (identity.c). */
#include "rules.h"

#include "base/banned.h"

static const char list_pointer[] = "/linux/namespaces";

/* NS-03: what cannot be joined, whatever the profile */
static const char *path_problem(
	struct policy_walk *w, const struct policy_path *path, enum config_ns_type type)
{
	const char *quoted = policy_quote(w, path->path);

	if (path->facts->kind == FACTS_PATH_ABSENT)
		return arena_fmt(w->arena, "namespace path %s: no such file or directory", quoted);
	if (path->facts->kind != FACTS_PATH_NS)
		return arena_fmt(w->arena, "namespace path %s is not a namespace", quoted);
	if (path->facts->ns_type != config_ns_clone_flag(type))
		return arena_fmt(w->arena, "namespace path %s is not a %s namespace", quoted,
			config_ns_name(type));
	return NULL;
}

void policy_rule_namespace_path(struct policy_walk *w)
{
	for (int type = 0; type < CONFIG_NS_N && !w->failed; type++) {
		const struct config_namespace *ns = &w->asked->namespaces[type];
		struct policy_path path;
		const char *problem;

		if (ns->path == NULL || !policy_look(w, ns->path, &path) || !path.is_known)
			continue;
		problem = path_problem(w, &path, (enum config_ns_type)type);
		if (problem != NULL)
			policy_refuse(w, ns->pointer, problem, "");
	}
}

/* Of several owners the one counts whose processes are seen; ids that differ are told, since no
 * container can have two blocks. */
void policy_rule_namespace_shared(struct policy_walk *w)
{
	static const enum config_ns_type types[] = { CONFIG_NS_PID, CONFIG_NS_IPC,
		CONFIG_NS_NETWORK, CONFIG_NS_UTS, CONFIG_NS_CGROUP, CONFIG_NS_TIME };
	struct policy_decisions *d = w->out;

	for (size_t i = 0; i < ARRAY_SIZE(types) && d->claims_ids && !w->failed; i++) {
		const struct config_namespace *ns = &w->asked->namespaces[types[i]];
		struct policy_path path;
		const char *found;

		if (ns->path == NULL || !policy_look(w, ns->path, &path) || !path.is_known ||
			path.facts->ns_ids_base == 0 || path.facts->ns_ids_base == d->ids_shared)
			continue;
		found = arena_fmt(w->arena, "%s namespace of container %s",
			config_ns_name(types[i]), path.facts->ns_owner);
		if (d->ids_shared != 0) {
			policy_note(w, ns->pointer, found, "joined, with other ids than its own");
			continue;
		}
		d->ids_shared = path.facts->ns_ids_base;
		d->ids_shared_with = path.facts->ns_owner;
		policy_note(w, ns->pointer, found,
			"the block of ids of that container, for this one, too");
	}
}

void policy_rule_namespace_uts(struct policy_walk *w)
{
	if (w->asked->namespaces[CONFIG_NS_UTS].present)
		return;
	if (w->asked->hostname != NULL && *w->asked->hostname != '\0')
		policy_refuse(w, "/hostname",
			"unable to set hostname without a uts namespace of the container", "");
	if (w->asked->domainname != NULL && *w->asked->domainname != '\0')
		policy_refuse(w, "/domainname",
			"unable to set domainname without a uts namespace of the container", "");
}

void policy_rule_namespace_mount(struct policy_walk *w)
{
	if (w->asked->namespaces[CONFIG_NS_MOUNT].present)
		return;
	if (w->asked->masked_paths.n > 0)
		policy_refuse(w, "/linux/maskedPaths",
			"unable to mask paths without a mount namespace of the container", "");
	if (w->asked->readonly_paths.n > 0)
		policy_refuse(w, "/linux/readonlyPaths",
			"unable to make paths read-only without a mount namespace of the container",
			"");
	/* T-21: mounts would be made among the host's, and nothing would take them away */
	policy_refuse(w, "/linux/namespaces",
		"/linux/namespaces: a container without a mount namespace: not supported yet", "");
}

static void refuse_host(struct policy_walk *w, enum config_ns_type type, bool is_required)
{
	const struct config_namespace *ns = &w->asked->namespaces[type];
	const char *name = config_ns_name(type);

	/* SECURITY: the inode decides, not whether there is a path: docker's host network
	 * comes as a bind-mounted nsfs file (T-19). */
	if (policy_ns_is_private(w, type))
		return;
	if (ns->present)
		policy_refuse(w, ns->pointer,
			arena_fmt(w->arena, "%s namespace %s is the host's", name,
				policy_quote(w, ns->path)),
			"a namespace of the container or its pod");
	else if (is_required)
		policy_refuse(w, list_pointer,
			arena_fmt(w->arena, "no %s namespace: the host's", name),
			"a namespace of the container or its pod");
}

void policy_rule_namespace_network(struct policy_walk *w)
{
	refuse_host(w, CONFIG_NS_NETWORK, true);
}

void policy_rule_namespace_pid(struct policy_walk *w)
{
	refuse_host(w, CONFIG_NS_PID, true);
}

void policy_rule_namespace_ipc(struct policy_walk *w)
{
	refuse_host(w, CONFIG_NS_IPC, true);
}

void policy_rule_namespace_host_uts(struct policy_walk *w)
{
	refuse_host(w, CONFIG_NS_UTS, true);
}

/* Without cgroup and time namespaces of its own a container gets new ones, or does not need them. */
void policy_rule_namespace_others(struct policy_walk *w)
{
	refuse_host(w, CONFIG_NS_MOUNT, true);
	refuse_host(w, CONFIG_NS_CGROUP, false);
	refuse_host(w, CONFIG_NS_TIME, false);
}

static void add_namespace(
	struct policy_walk *w, enum config_ns_type type, bool wanted, bool possible)
{
	struct config_namespace *ns = &w->out->config.namespaces[type];
	const char *found = arena_fmt(w->arena, "no %s namespace", config_ns_name(type));

	if (!wanted || ns->present)
		return;
	if (!possible) {
		policy_note(w, list_pointer, found, "none: this kernel has no such namespaces");
		return;
	}
	ns->present = true;
	policy_tighten(w, list_pointer, found, "a new one");
}

void policy_rule_namespace_added(struct policy_walk *w)
{
	add_namespace(w, CONFIG_NS_CGROUP, w->profile->cgroup_ns_always, w->facts->has_cgroup_ns);
	add_namespace(w, CONFIG_NS_TIME, w->profile->time_ns_always, w->facts->has_time_ns);
}
