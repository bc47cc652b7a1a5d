/* The mounts of a running container, as mountinfo has them. */
#include <string.h>

#include "live.h"

#include "base/banned.h"

/* What is mounted last on a path is what is seen there; NULL: nothing is. */
static const struct policy_mount *on(const struct policy_mounts *mounts, const char *target)
{
	for (size_t i = mounts->n; i-- > 0;) {
		if (str_eq(mounts->items[i].target, target))
			return &mounts->items[i];
	}
	return NULL;
}

static bool is_one_of(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(text, words[i]))
			return true;
	}
	return false;
}

static bool is_kernel_fs(const char *fs)
{
	static const char *const types[] = { "proc", "sysfs", "cgroup", "cgroup2", "devpts",
		"mqueue", "devtmpfs" };

	return is_one_of(fs, types, ARRAY_SIZE(types));
}

/* Part of another file system of the host, for the workload's use. */
static bool is_volume(const struct policy_mount *m)
{
	return !str_eq(m->target, "/") && !is_kernel_fs(m->fs) &&
	       !(str_eq(m->fs, "tmpfs") && str_eq(m->root, "/")) &&
	       !policy_below(m->target, "/dev") && !policy_below(m->target, "/proc") &&
	       !policy_below(m->target, "/sys");
}

/* --- where it comes from ---------------------------------------------------------------------- */

/* The rest of @path below @tree, "" for itself; NULL: it is not below. */
static const char *rest(const char *path, const char *tree)
{
	if (str_eq(tree, "/"))
		return str_eq(path, "/") ? "" : path;
	return policy_below(path, tree) ? path + strlen(tree) : NULL;
}

/* Where the host has the same: by the file system, and the longest part of it that is mounted. NULL:
 * nowhere. */
static const char *host_path(struct live_audit *a, const struct policy_mount *m)
{
	const struct policy_mount *best = NULL;
	const char *path, *below;

	for (size_t i = 0; i < a->host_mounts.n; i++) {
		const struct policy_mount *h = &a->host_mounts.items[i];

		if (h->dev_major == m->dev_major && h->dev_minor == m->dev_minor &&
			rest(m->root, h->root) != NULL &&
			(best == NULL || strlen(h->root) > strlen(best->root)))
			best = h;
	}
	if (best == NULL)
		return NULL;
	below = rest(m->root, best->root);
	path = str_eq(best->target, "/") && *below != '\0'
		       ? below
		       : arena_fmt(a->arena, "%s%s", best->target, below);
	if (path == NULL)
		a->failed = true;
	return path;
}

/* What every container has of the host's: the nodes that every program needs, file systems that are
 * the same for all of a namespace, and its own cgroups. */
static bool is_usual(const struct policy_mount *m, const char *path)
{
	static const char *const nodes[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random",
		"/dev/urandom", "/dev/tty", "/dev/console" };

	if (is_one_of(path, nodes, ARRAY_SIZE(nodes)) || str_starts(path, "/dev/pts/"))
		return true;
	if (str_eq(m->fs, "proc"))
		return policy_below(m->target, "/proc");
	if (str_eq(m->fs, "sysfs"))
		return policy_below(m->target, "/sys");
	return str_eq(m->fs, "cgroup") || str_eq(m->fs, "cgroup2") || str_eq(m->fs, "mqueue") ||
	       str_eq(m->fs, "devpts");
}

static void check_sources(struct live_audit *a)
{
	_str_buf_ struct str_buf list = { 0 };

	for (size_t i = 0; i < a->mounts.n; i++) {
		const struct policy_mount *m = &a->mounts.items[i];
		const char *path = str_eq(m->target, "/") ? NULL : host_path(a, m);

		if (path == NULL || is_usual(m, path) || !policy_is_host_tree(path))
			continue;
		policy_list_add(&list, policy_live_quote(a, m->target));
		str_buf_puts(&list, " is ");
		str_buf_puts(&list, policy_live_quote(a, path));
	}
	policy_live_list(a, "CIS-5.6", &list, "what belongs to the workload");
}

static void check_refused(struct live_audit *a)
{
	const struct json_strings *refused = &a->profile->volumes_refused;
	_str_buf_ struct str_buf list = { 0 };

	for (size_t i = 0; i < a->mounts.n && refused->n > 0; i++) {
		const struct policy_mount *m = &a->mounts.items[i];
		const char *path = str_eq(m->target, "/") ? NULL : host_path(a, m);
		size_t k = 0;

		while (path != NULL && k < refused->n &&
			!policy_path_matches(refused->items[k], path))
			k++;
		if (path == NULL || k == refused->n)
			continue;
		policy_list_add(&list, policy_live_quote(a, m->target));
		str_buf_puts(&list, " is ");
		str_buf_puts(&list, policy_live_quote(a, path));
	}
	policy_live_list(a, "CS-VOL-6", &list, "another source");
}

static void check_root(struct live_audit *a)
{
	const struct policy_mount *root = on(&a->mounts, "/");
	const char *path = root != NULL ? host_path(a, root) : NULL;

	if (root == NULL) {
		a->failed = true;
		return;
	}
	policy_live_check(a, "CIS-5.13", !root->is_readonly, "'/' is writable", "read-only");
	policy_live_check(a, "CS-ROOT-2", path != NULL && policy_is_host_tree(path),
		policy_live_quote(a, path), "a directory of its own");
	policy_live_check(a, "CS-ROOT-4", !root->is_nosuid || !root->is_nodev,
		"'/' without nosuid and nodev", "nosuid, nodev");
	policy_live_check(a, "CS-ROOT-5", root->is_shared, "'/' is shared", "private or slave");
}

/* The mount that holds @path: the deepest target above it. */
static const struct policy_mount *holding(const struct policy_mounts *mounts, const char *path)
{
	const struct policy_mount *best = NULL;

	for (size_t i = 0; i < mounts->n; i++) {
		const struct policy_mount *m = &mounts->items[i];

		if (rest(path, m->target) != NULL &&
			(best == NULL || strlen(m->target) >= strlen(best->target)))
			best = m;
	}
	return best;
}

static bool is_socket_allowed(struct live_audit *a, const char *target)
{
	const struct policy_mount *m = holding(&a->mounts, target);
	const char *path = m != NULL ? host_path(a, m) : NULL;

	for (size_t i = 0; path != NULL && i < a->profile->volume_sockets.n; i++) {
		if (policy_path_matches(a->profile->volume_sockets.items[i], path))
			return true;
	}
	return false;
}

static void check_sockets(struct live_audit *a)
{
	_str_buf_ struct str_buf list = { 0 };

	for (size_t i = 0; i < a->live->sockets.n; i++) {
		if (!is_socket_allowed(a, a->live->sockets.items[i]))
			policy_list_add(&list, policy_live_quote(a, a->live->sockets.items[i]));
	}
	policy_live_list(a, "CIS-5.32", &list, "no socket of the host");
}

/* --- flags ------------------------------------------------------------------------------------ */

/* What the profile lets a container have as its own; without ids of its own it would have its limits,
 * too. */
static bool may_be_delegated(const struct live_audit *a, const struct policy_mount *m)
{
	return a->profile->cgroup_delegation && str_eq(m->fs, "cgroup2") &&
	       str_eq(m->target, "/sys/fs/cgroup") && !a->live->ns_is_host[CONFIG_NS_USER];
}

/* Returns whether /sys is writable. */
static bool check_kernel_mounts(struct live_audit *a)
{
	const struct policy_mount *sys = on(&a->mounts, "/sys");
	bool is_writable = sys != NULL && !sys->is_readonly;
	_str_buf_ struct str_buf list = { 0 };

	if (is_writable)
		policy_list_add(&list, "/sys is writable");
	for (size_t i = 0; i < a->mounts.n; i++) {
		const struct policy_mount *m = &a->mounts.items[i];

		if (m->is_readonly || (!str_eq(m->fs, "cgroup") && !str_eq(m->fs, "cgroup2")) ||
			may_be_delegated(a, m))
			continue;
		policy_list_add(&list, policy_live_quote(a, m->target));
		str_buf_puts(&list, " is writable");
	}
	policy_live_list(a, "CS-MNT-3", &list, "read-only");
	return is_writable;
}

static void check_volumes(struct live_audit *a)
{
	_str_buf_ struct str_buf flags = { 0 }, shared = { 0 };

	for (size_t i = 0; i < a->mounts.n; i++) {
		const struct policy_mount *m = &a->mounts.items[i];

		if (is_volume(m) && (!m->is_nosuid || !m->is_nodev))
			policy_list_add(&flags, policy_live_quote(a, m->target));
		if (m->is_shared && !str_eq(m->target, "/"))
			policy_list_add(&shared, policy_live_quote(a, m->target));
	}
	policy_live_list(a, "CS-MNT-1", &flags, "nosuid, nodev");
	policy_live_list(a, "CIS-5.20", &shared, "private or slave");
}

/* --- paths ------------------------------------------------------------------------------------ */

static const struct policy_place *place_of(const struct live_audit *a, const char *path)
{
	for (size_t i = 0; i < a->live->n_places; i++) {
		if (str_eq(a->live->places[i].path, path))
			return &a->live->places[i];
	}
	return NULL;
}

/* Returns whether /proc/sys is writable. */
static bool check_paths(struct live_audit *a)
{
	const struct policy_mount *proc_sys = holding(&a->mounts, "/proc/sys");
	const struct json_strings *masked = &a->profile->masked_paths;
	const struct json_strings *readonly = &a->profile->readonly_paths;
	_str_buf_ struct str_buf seen = { 0 }, writable = { 0 };
	bool is_writable = proc_sys != NULL && !proc_sys->is_readonly;

	for (size_t i = 0; i < masked->n; i++) {
		const struct policy_place *place = place_of(a, masked->items[i]);

		if (place != NULL && place->exists && !place->is_mount)
			policy_list_add(&seen, masked->items[i]);
	}
	policy_live_list(a, "PSS-B-10", &seen, "hidden");
	if (is_writable)
		policy_list_add(&writable, "/proc/sys");
	for (size_t i = 0; i < readonly->n; i++) {
		const struct policy_place *place = place_of(a, readonly->items[i]);
		const struct policy_mount *mount = NULL;

		if (place != NULL && place->exists)
			mount = policy_mount_find(&a->mounts, place->mount_id);
		if (mount != NULL && !mount->is_readonly &&
			!str_eq(readonly->items[i], "/proc/sys") &&
			policy_below(mount->target, "/proc"))
			policy_list_add(&writable, readonly->items[i]);
	}
	policy_live_list(a, "CS-PATH-1", &writable, "read-only");
	return is_writable;
}

int policy_live_mounts(struct live_audit *a)
{
	int signs = 0;

	/* in the host's own mount namespace they are the host's, and that is said already */
	if (a->live->ns_is_host[CONFIG_NS_MOUNT])
		return 2;
	check_root(a);
	check_sources(a);
	check_refused(a);
	check_sockets(a);
	check_volumes(a);
	signs += check_kernel_mounts(a) ? 1 : 0;
	signs += check_paths(a) ? 1 : 0;
	return signs;
}
