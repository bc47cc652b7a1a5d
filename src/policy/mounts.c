/* What may be mounted, from where and over what. How it is mounted: mountflags.c. */
#include "base/abi.h"

#include "rules.h"

#include "base/banned.h"

static const char *pointer_to(
	struct policy_walk *w, const struct config_mount *mount, const char *field)
{
	return arena_fmt(w->arena, "%s/%s", mount->pointer, field);
}

static bool is_type(const struct config_mount *mount, const char *type)
{
	return !mount->options.is_bind && mount->type != NULL && str_eq(mount->type, type);
}

static bool is_inside_proc(const struct config_mount *mount)
{
	return str_starts(mount->destination, "/proc/");
}

/* Files of /proc that a container manager may replace by its own view (lxcfs); the same ones as
 * in runc and crun. */
static bool is_replaceable(const char *path)
{
	static const char *const names[] = {
		"/proc/cpuinfo",
		"/proc/diskstats",
		"/proc/loadavg",
		"/proc/meminfo",
		"/proc/net/dev",
		"/proc/slabinfo",
		"/proc/stat",
		"/proc/swaps",
		"/proc/sys/crypto/fips_enabled",
		"/proc/sys/kernel/ns_last_pid",
		"/proc/uptime",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (str_eq(path, names[i]))
			return true;
	}
	return false;
}

/* --- in every profile ------------------------------------------------------------------------ */

void policy_rule_mount_source_missing(struct policy_walk *w)
{
	for (size_t i = 0; i < w->asked->n_mounts && !w->failed; i++) {
		const struct config_mount *mount = &w->asked->mounts[i];
		struct policy_path source;

		if (!mount->options.is_bind || mount->source == NULL)
			continue;
		if (!policy_look(w, mount->source, &source) || !source.is_known ||
			source.facts->kind != FACTS_PATH_ABSENT)
			continue;
		policy_refuse(w, pointer_to(w, mount, "source"),
			arena_fmt(w->arena, "bind source %s: no such file or directory",
				policy_quote(w, source.path)),
			"");
	}
}

/* /proc itself: procfs, new or (for a joined pid namespace of an outer container) bound */
static bool is_procfs(struct policy_walk *w, const struct config_mount *mount)
{
	struct policy_path source;

	if (is_type(mount, "proc") || mount->options.remount)
		return true;
	if (!mount->options.is_bind || mount->source == NULL ||
		!policy_look(w, mount->source, &source))
		return false;
	return !source.is_known || str_eq(source.facts->fs, "proc");
}

void policy_rule_mount_inside_proc(struct policy_walk *w)
{
	for (size_t i = 0; i < w->asked->n_mounts && !w->failed; i++) {
		const struct config_mount *mount = &w->asked->mounts[i];
		const char *problem = NULL;

		/* SECURITY: labels were once written into a volume mounted over /proc
		 * (CVE-2019-16884, T-04, T-05). */
		if (str_eq(mount->destination, "/proc") && !is_procfs(w, mount))
			problem = "is not of type proc";
		else if (is_inside_proc(mount) && !is_replaceable(mount->destination))
			problem = "is inside /proc";
		if (problem == NULL)
			continue;
		policy_refuse(w, pointer_to(w, mount, "destination"),
			arena_fmt(w->arena, "%s cannot be mounted because it %s",
				policy_quote(w, mount->destination), problem),
			"");
	}
}

/* --- where the profile limits mounts ---------------------------------------------------------- */

static const char *proc_sys_problem(const struct config_mount *mount)
{
	const char *destination = mount->destination;

	if (str_eq(destination, "/proc") && !is_type(mount, "proc"))
		return "not of type proc";
	if (str_eq(destination, "/sys") && !is_type(mount, "sysfs"))
		return "not of type sysfs";
	if (is_inside_proc(mount) && is_replaceable(destination))
		return "a mount inside /proc";
	/* The masks are on /proc and /sys; a second instance elsewhere has none. */
	if (is_type(mount, "proc") && !str_eq(destination, "/proc") && !is_inside_proc(mount))
		return "a second procfs";
	if (is_type(mount, "sysfs") && !str_eq(destination, "/sys"))
		return "a second sysfs";
	return NULL;
}

void policy_rule_mount_over_proc(struct policy_walk *w)
{
	for (size_t i = 0; i < w->asked->n_mounts; i++) {
		const struct config_mount *mount = &w->asked->mounts[i];
		const char *problem = proc_sys_problem(mount);

		if (problem == NULL || mount->options.remount)
			continue;
		policy_refuse(w, mount->pointer,
			arena_fmt(w->arena, "%s: %s", policy_quote(w, mount->destination), problem),
			"type proc on /proc and type sysfs on /sys");
	}
}

static bool is_harmless_type(const struct config_mount *mount)
{
	static const char *const types[] = {
		"cgroup",
		"cgroup2",
		"devpts",
		"mqueue",
		"proc",
		"sysfs",
		"tmpfs",
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (is_type(mount, types[i]))
			return true;
	}
	return false;
}

void policy_rule_mount_type(struct policy_walk *w)
{
	for (size_t i = 0; i < w->asked->n_mounts; i++) {
		const struct config_mount *mount = &w->asked->mounts[i];

		if (mount->options.is_bind || mount->options.remount || mount->type == NULL ||
			*mount->type == '\0' || is_harmless_type(mount))
			continue;
		policy_refuse(w, pointer_to(w, mount, "type"),
			arena_fmt(w->arena, "type %s on %s", policy_quote(w, mount->type),
				policy_quote(w, mount->destination)),
			"a bind, or one of cgroup, devpts, mqueue, proc, sysfs, tmpfs");
	}
}

void policy_rule_mount_remount(struct policy_walk *w)
{
	for (size_t i = 0; i < w->asked->n_mounts; i++) {
		const struct config_mount *mount = &w->asked->mounts[i];

		if (!mount->options.remount)
			continue;
		policy_refuse(w, pointer_to(w, mount, "options"),
			arena_fmt(w->arena, "remount of %s", policy_quote(w, mount->destination)),
			"the options on the mount itself");
	}
}

bool policy_is_host_tree(const char *path)
{
	return str_eq(path, "/") || policy_below(path, "/proc") || policy_below(path, "/sys") ||
	       policy_below(path, "/dev");
}

/* The next bind of the config from *@at on, with what is known of its source. */
static const struct config_mount *next_bind(
	struct policy_walk *w, size_t *at, struct policy_path *source)
{
	while (*at < w->asked->n_mounts && !w->failed) {
		const struct config_mount *mount = &w->asked->mounts[(*at)++];

		if (mount->options.is_bind && !mount->options.remount && mount->source != NULL &&
			policy_look(w, mount->source, source))
			return mount;
	}
	return NULL;
}

static void refuse_source(struct policy_walk *w, const struct config_mount *mount,
	const struct policy_path *source, const char *problem, const char *accepted)
{
	policy_refuse(w, pointer_to(w, mount, "source"),
		arena_fmt(w->arena, "bind source %s %s", policy_quote(w, source->path), problem),
		accepted);
}

void policy_rule_mount_host_tree(struct policy_walk *w)
{
	const struct config_mount *mount;
	struct policy_path source;
	size_t at = 0;

	while ((mount = next_bind(w, &at, &source)) != NULL) {
		if (policy_is_host_tree(source.path) || policy_is_host_tree(source.real))
			refuse_source(w, mount, &source, "is the host's",
				"a directory or file that belongs to the workload");
	}
}

/* The administrator's own list, whatever else would let it pass. */
void policy_rule_mount_refused(struct policy_walk *w)
{
	const struct json_strings *list = &w->profile->volumes_refused;
	const struct config_mount *mount;
	struct policy_path source;
	size_t at = 0;

	while ((mount = next_bind(w, &at, &source)) != NULL) {
		for (size_t i = 0; i < list->n; i++) {
			if (!policy_path_matches(list->items[i], source.path) &&
				!policy_path_matches(list->items[i], source.real))
				continue;
			refuse_source(w, mount, &source,
				"is one that the administrator has ruled out", "another source");
			break;
		}
	}
}

void policy_rule_mount_socket(struct policy_walk *w)
{
	const struct config_mount *mount;
	struct policy_path source;
	size_t at = 0;

	while ((mount = next_bind(w, &at, &source)) != NULL) {
		if (source.is_known && source.facts->kind == FACTS_PATH_SOCKET &&
			!policy_socket_is_allowed(w, &source) &&
			!policy_is_host_tree(source.path) && !policy_is_host_tree(source.real))
			refuse_source(w, mount, &source, "is a socket",
				"a directory or file that belongs to the workload");
	}
}

void policy_rule_mount_volumes(struct policy_walk *w)
{
	const struct config_mount *mount;
	struct policy_path source;
	size_t at = 0;

	while ((mount = next_bind(w, &at, &source)) != NULL) {
		if (!policy_path_is_engines(w, &source) && !policy_socket_is_allowed(w, &source))
			refuse_source(w, mount, &source, "is a path of the host",
				"a named volume, a secret, or another that the engine manages");
	}
}

static bool asks_for_shared(const struct config_mount_options *options)
{
	for (size_t i = 0; i < options->n_propagations; i++) {
		if (options->propagations[i].type == SYS_MS_SHARED)
			return true;
	}
	return false;
}

void policy_rule_mount_propagation(struct policy_walk *w)
{
	for (size_t i = 0; i < w->asked->n_mounts; i++) {
		const struct config_mount *mount = &w->asked->mounts[i];

		if (!asks_for_shared(&mount->options))
			continue;
		policy_refuse(w, pointer_to(w, mount, "options"),
			arena_fmt(w->arena, "shared mount of %s",
				policy_quote(w, mount->destination)),
			"private or slave");
	}
}
