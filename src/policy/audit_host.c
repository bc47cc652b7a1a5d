/* What a running container has to do with its host: ids, cgroups, core files, terminals, settings. */
#include <string.h>

#include "policy/check.h"

#include "live.h"

#include "base/banned.h"

enum {
	SHOWN = 6
};

/* --- ids -------------------------------------------------------------------------------------- */

static void check_id_users(struct live_audit *a)
{
	const struct policy_id_users users = { a->live->id_users, a->live->n_id_users };
	const char *at = a->live->uid_map;
	_str_buf_ struct str_buf list = { 0 };
	uint64_t inside, outside, count;
	size_t n = 0;

	/* in the host's own user namespace that is said already; elsewhere ids are others */
	if (!a->live->initial_userns || a->live->ns_is_host[CONFIG_NS_USER])
		return;
	while (policy_next_number(&at, &inside) && policy_next_number(&at, &outside) &&
		policy_next_number(&at, &count)) {
		policy_id_users_add(&list, &n, outside, count, &users);
		at += strspn(at, "\n");
	}
	if (n > SHOWN)
		str_buf_fmt(&list, " and %zu more", n - SHOWN);
	policy_live_list(a, "CS-MAP-1", &list, "ids of the host that belong to nobody else");
}

static void check_root_processes(struct live_audit *a)
{
	_str_buf_ struct str_buf list = { 0 };
	const struct policy_live *live = a->live;
	bool is_root = policy_live_has_root(live->status, "Uid", live->uid_map);

	for (size_t i = 0; i < live->n_processes && !is_root; i++) {
		const struct policy_live_process *process = &live->processes[i];

		if (policy_live_has_root(process->status, "Uid", live->uid_map))
			policy_list_add(&list, arena_fmt(a->arena, "process %d, %s", process->pid,
						       policy_live_quote(a, process->name)));
	}
	policy_live_list(a, "CIS-5.24", &list, "the user of the first process");
}

/* --- cgroups ---------------------------------------------------------------------------------- */

/* The path of "N:CONTROLLERS:PATH" that limits processes, or of the only hierarchy there is. */
static const char *cgroup_of(struct live_audit *a, const char *text)
{
	const char *unified = NULL, *found = NULL;

	for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
		const char *names, *path;

		line += *line == '\n';
		names = strchr(line, ':');
		path = names != NULL ? strchr(names + 1, ':') : NULL;
		if (path == NULL)
			break;
		if (path == names + 1)
			unified = path + 1;
		if (str_starts(names, ":pids:"))
			found = path + 1;
	}
	if (found == NULL)
		found = unified;
	if (found == NULL)
		return NULL;
	found = arena_strndup(a->arena, found, strcspn(found, "\n"));
	a->failed = a->failed || found == NULL;
	return found;
}

/* Where caisson puts a container whose config does not say: beside, or below, its own cgroup. */
static bool is_beside(struct live_audit *a, const char *path)
{
	const char *own = cgroup_of(a, a->live->host_cgroup);
	const char *slash = own != NULL ? strrchr(own, '/') : NULL;
	size_t len = slash != NULL ? (size_t)(slash - own) : 0;

	/* at the top of the hierarchy there is nothing to escape */
	if (strchr(path + 1, '/') == NULL)
		return path[1] != '\0';
	return len > 0 && strncmp(path, own, len) == 0 && path[len] == '/';
}

static void check_cgroup(struct live_audit *a)
{
	const char *path = cgroup_of(a, a->live->cgroup);

	if (a->profile->cgroup_parents.n == 0 || path == NULL || path[0] != '/' ||
		str_starts(path, "/.."))
		return;
	policy_live_check(a, "CIS-5.25",
		!policy_cgroup_is_expected(&a->profile->cgroup_parents, path) &&
			!is_beside(a, path),
		policy_live_quote(a, path), "a cgroup below one of \"cgroup_parents\"");
}

/* --- the caller, the kernel ------------------------------------------------------------------- */

static void check_core(struct live_audit *a)
{
	const char *pattern = a->live->core_pattern;
	uint64_t soft = 0, hard = 0;

	if (pattern == NULL || a->live->limits == NULL ||
		!policy_live_rlimit(a->live->limits, "Max core file size", &soft, &hard))
		return;
	/* one byte is the only limit that a pipe heeds, core(5) */
	policy_live_check(a, "CS-CORE-1", pattern[0] == '|' && (soft != 1 || hard != 1),
		arena_fmt(
			a->arena, "core files go to %s of the host", policy_live_quote(a, pattern)),
		"RLIMIT_CORE 1:1, with which the kernel makes none");
}

static void check_terminals(struct live_audit *a)
{
	_str_buf_ struct str_buf list = { 0 };

	for (size_t i = 0; i < a->live->terminals.n; i++)
		policy_list_add(&list, a->live->terminals.items[i]);
	if (list.len > 0 && a->live->legacy_tiocsti)
		str_buf_puts(&list, ", into which this kernel lets programs type");
	policy_live_list(a, "CS-TTY-1", &list, "a terminal of its own, or none");
}

static void check_image(struct live_audit *a)
{
	const char *text = policy_image_text(a->arena, &a->live->image);

	if (a->live->image.is_known)
		policy_live_check(a, "CS-MNT-5", text == NULL || *text != '\0', text,
			"an image without them");
}

static void check_settings(struct live_audit *a)
{
	const char *open;

	if (a->live->settings == NULL)
		return;
	open = policy_settings_open(a->arena, a->live->settings);
	policy_live_check(
		a, "CS-KRN-1", open == NULL || *open != '\0', open, "what 'caisson check' says");
}

void policy_live_host(struct live_audit *a)
{
	check_id_users(a);
	check_root_processes(a);
	check_cgroup(a);
	check_core(a);
	check_terminals(a);
	check_image(a);
	check_settings(a);
}
