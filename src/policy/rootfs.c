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
bool policy_is_host_directory(const char *path)
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

	if (!policy_look(w, w->asked->root_path, &path))
		return;
	/* SECURITY: what the container writes to a shifted root is stored as root's own. */
	if (policy_is_host_directory(path.path) || policy_is_host_directory(path.real))
		policy_refuse(w, root_pointer,
			arena_fmt(w->arena, "%s is a directory of the host",
				policy_quote(w, path.path)),
			"a directory that holds the image and nothing else");
}

static const char *layer_problem(struct policy_walk *w, const struct facts_layer *layer)
{
	const char *problem;

	if (str_eq(layer->fs, "overlay"))
		problem = "it is on an overlay itself, which has no idmapped mounts";
	else
		problem = policy_idmap_problem(w, layer->fs);
	if (problem == NULL)
		return NULL;
	return arena_fmt(
		w->arena, "layer %s of the overlay: %s", policy_quote(w, layer->path), problem);
}

static const char *overlay_problem(struct policy_walk *w, const struct facts_overlay *overlay)
{
	const char *problem;

	if (overlay->problem != NULL)
		return arena_fmt(
			w->arena, "the overlay cannot be built anew: %s", overlay->problem);
	for (size_t i = 0; i < overlay->n_layers; i++) {
		problem = layer_problem(w, &overlay->layers[i]);
		if (problem != NULL)
			return problem;
	}
	if (!overlay->is_readonly && !overlay->is_guarded)
		return arena_fmt(w->arena,
			"others than root can write to the directory that holds layer %s",
			policy_quote(w, overlay->layers[0].path));
	return NULL;
}

/* Only an overlay with an upper layer: that is the container's alone, while a directory may be the
 * root of others too, and changing its files' owners would take it from them. */
static bool may_chown(const struct policy_walk *w, const struct facts_overlay *overlay)
{
	return w->profile->rootfs_shift == POLICY_SHIFT_CHOWN && !overlay->is_readonly;
}

static const char *rebuild_problem(struct policy_walk *w, bool is_known)
{
	if (!w->facts->has_overlay_idmap)
		return "overlays take idmapped layers from kernel 5.19 on";
	if (!is_known)
		return "the overlay cannot be built anew: nothing is known of its layers";
	return overlay_problem(w, &w->facts->overlay);
}

static void decide_overlay(struct policy_walk *w, const char *path)
{
	const struct facts_overlay *overlay = &w->facts->overlay;
	bool is_known = overlay->path != NULL && str_eq(overlay->path, path);
	const char *problem = rebuild_problem(w, is_known);

	w->out->rung =
		w->facts->has_overlay_fds && w->profile->rootfs_shift != POLICY_SHIFT_IDMAP_BY_PATH
			? POLICY_RUNG_OVERLAY
			: POLICY_RUNG_OVERLAY_BY_PATH;
	if (problem == NULL && !w->failed)
		return;
	if (!is_known || !may_chown(w, overlay)) {
		policy_refuse(w, root_pointer, problem,
			"an overlay of directories on ext4, xfs, btrfs or tmpfs, on linux 5.19 or "
			"newer");
		return;
	}
	w->out->rung = POLICY_RUNG_CHOWN;
	policy_note(w, root_pointer, problem,
		"every file is copied to the container's own layer and given to its ids");
}

void policy_rule_root_idmap(struct policy_walk *w)
{
	struct policy_path path;
	const char *problem;
	bool is_overlay;

	if (!w->out->shift_root)
		return;
	w->out->rung = POLICY_RUNG_DIRECTORY;
	if (!policy_look(w, w->asked->root_path, &path))
		return;
	is_overlay = path.facts->kind == FACTS_PATH_DIR && str_eq(path.facts->fs, "overlay");
	if (!w->facts->has_idmap &&
		!(is_overlay && w->profile->rootfs_shift == POLICY_SHIFT_CHOWN)) {
		policy_refuse(w, root_pointer, "this kernel has no idmapped mounts",
			"linux 5.12 or newer");
		return;
	}
	if (path.facts->kind != FACTS_PATH_DIR)
		return;
	if (is_overlay) {
		decide_overlay(w, path.path);
		return;
	}
	problem = policy_idmap_problem(w, path.facts->fs);
	if (problem != NULL)
		policy_refuse(w, root_pointer, problem,
			"a directory on a file system that can be idmapped");
}

void policy_rule_root_flags(struct policy_walk *w)
{
	w->out->root_attr_set = SYS_ATTR_NOSUID | SYS_ATTR_NODEV;
	policy_tighten(w, "/root", "suid, dev", "nosuid, nodev");
}

void policy_rule_root_propagation(struct policy_walk *w)
{
	static const char pointer[] = "/linux/rootfsPropagation";

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

void policy_rule_root_readonly(struct policy_walk *w)
{
	if (w->asked->root_readonly)
		return;
	w->out->config.root_readonly = true;
	policy_tighten(w, "/root/readonly", "false", "true");
}
