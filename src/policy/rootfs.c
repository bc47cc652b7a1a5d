/* The root file system: where it is, whether its ids can be shifted, what may come from it. */
#include "base/abi.h"

#include "rules.h"

#include "base/banned.h"

static const char root_pointer[] = "/root/path";

void policy_rule_root_path(struct policy_walk *w)
{
	struct policy_path path;

	if (!policy_look(w, w->asked->root_path, &path) || !path.is_known)
		return;
	if (path.facts->kind == FACTS_PATH_ABSENT)
		policy_refuse(w, root_pointer,
			arena_fmt(w->arena, "root path %s: no such file or directory",
				policy_quote(w, path.path)),
			"");
	else if (path.facts->kind != FACTS_PATH_DIR)
		policy_refuse(w, root_pointer,
			arena_fmt(w->arena, "root path %s: not a directory",
				policy_quote(w, path.path)),
			"");
}

/* Directories that belong to the host and are no container's root, but may hold one. */
static bool is_host_directory(const char *path)
{
	static const char *const names[] = {
		"/",
		"/bin",
		"/boot",
		"/etc",
		"/home",
		"/lib",
		"/lib32",
		"/lib64",
		"/libx32",
		"/media",
		"/mnt",
		"/opt",
		"/root",
		"/run",
		"/sbin",
		"/srv",
		"/tmp",
		"/usr",
		"/var",
		"/var/lib",
		"/var/run",
		"/var/tmp",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (str_eq(path, names[i]))
			return true;
	}
	return policy_below(path, "/proc") || policy_below(path, "/sys") ||
	       policy_below(path, "/dev");
}

void policy_rule_root_host(struct policy_walk *w)
{
	struct policy_path path;

	if (!w->profile->mounts_limited)
		return;
	if (!policy_look(w, w->asked->root_path, &path))
		return;
	/* SECURITY: what the container writes to a shifted root is stored as root's own. */
	if (is_host_directory(path.path) || is_host_directory(path.real))
		policy_refuse(w, root_pointer,
			arena_fmt(w->arena, "%s is a directory of the host",
				policy_quote(w, path.path)),
			"a directory that holds the image and nothing else");
}

void policy_rule_root_idmap(struct policy_walk *w)
{
	struct policy_path path;
	const char *problem;

	if (!w->out->shift_root)
		return;
	if (!w->facts->has_idmap) {
		policy_refuse(w, root_pointer, "this kernel has no idmapped mounts",
			"linux 5.12 or newer");
		return;
	}
	if (!policy_look(w, w->asked->root_path, &path) || path.facts->kind != FACTS_PATH_DIR)
		return;
	if (str_eq(path.facts->fs, "overlay"))
		problem = "an overlay root file system mounted by an engine is not supported yet";
	else
		problem = policy_idmap_problem(w, path.facts->fs);
	if (problem != NULL)
		policy_refuse(w, root_pointer, problem,
			"a directory on a file system that can be idmapped");
}

void policy_rule_root_flags(struct policy_walk *w)
{
	if (!w->profile->volumes_nosuid_nodev)
		return;
	w->out->root_attr_set = SYS_ATTR_NOSUID | SYS_ATTR_NODEV;
	policy_tighten(w, "/root", "suid, dev", "nosuid, nodev");
}

void policy_rule_root_propagation(struct policy_walk *w)
{
	static const char pointer[] = "/linux/rootfsPropagation";

	if (!w->profile->mounts_limited)
		return;
	if (w->asked->rootfs_propagation == SYS_MS_SHARED) {
		policy_refuse(w, pointer, "shared", "private or slave");
		return;
	}
	if (w->asked->rootfs_propagation != 0)
		return;
	w->out->config.rootfs_propagation = SYS_MS_PRIVATE;
	w->out->config.rootfs_propagation_recursive = true;
	policy_tighten(w, pointer, "absent", "private");
}
