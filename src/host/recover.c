/*
 * A container whose record can't be read: what else says which processes and cgroups are its own.
 *
 * Its claim in the registry does: no other container has that block of ids, so a process in a user
 * namespace with ids of it is this container's. Where those processes are, its cgroups are, and
 * they bear its name.
 *
 * SECURITY: only such processes are killed, whatever else is in those cgroups; and only cgroups
 * that are empty then are removed.
 */
#include "recover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"
#include "sys/call.h"

#include "launch.h"
#include "process.h"

#include "base/banned.h"

enum {
	ROUNDS_MAX = 1000, /* with PAUSE_MS between them: 10 s */
	PAUSE_MS = 10,
	CGROUP_FILE_MAX = 16 << 10
};

struct recovery {
	struct arena *arena;
	const char *id;
	const struct facts *facts;
	uint32_t bases[IDS_CLAIMS_MAX];
	size_t n_bases;
	struct store_cgroup cgroups[STORE_CGROUPS_MAX];
	size_t n_cgroups;
	char text[CGROUP_FILE_MAX];
};

/* --- cgroups -------------------------------------------------------------------------------------- */

static void add_cgroup(struct recovery *recovery, const struct facts_hierarchy *hierarchy,
	const char *path, size_t len)
{
	struct store_cgroup *out = &recovery->cgroups[recovery->n_cgroups];
	struct stat st;

	if (recovery->n_cgroups == STORE_CGROUPS_MAX)
		return;
	out->path = arena_fmt(recovery->arena, "%s%.*s", hierarchy->mountpoint, (int)len, path);
	out->created = true;
	out->is_v2 = hierarchy->is_v2;
	if (out->path == NULL || lstat(out->path, &st) < 0 || !S_ISDIR(st.st_mode))
		return;
	for (size_t i = 0; i < recovery->n_cgroups; i++) {
		if (str_eq(recovery->cgroups[i].path, out->path))
			return;
	}
	recovery->n_cgroups++;
}

/* "ID", and as engines and systemd name it: "libpod-ID", "docker-ID.scope" */
static bool is_named(const char *name, size_t len, const char *id)
{
	const size_t id_len = strlen(id), scope_len = strlen(".scope");

	if (len > scope_len && memcmp(name + len - scope_len, ".scope", scope_len) == 0)
		len -= scope_len;
	if (len < id_len || memcmp(name + len - id_len, id, id_len) != 0)
		return false;
	return len == id_len || name[len - id_len - 1] == '-';
}

/* The container's own cgroup is the first on the way to its process that bears its name. */
static void learn_path(
	struct recovery *recovery, const struct facts_hierarchy *hierarchy, const char *path)
{
	for (const char *at = path; *at == '/';) {
		size_t len = strcspn(at + 1, "/");

		if (is_named(at + 1, len, recovery->id)) {
			add_cgroup(recovery, hierarchy, path, (size_t)(at + 1 + len - path));
			return;
		}
		at += 1 + len;
	}
}

/* A line "4:memory:/docker/ID", or "0::/ID" of v2 */
static void learn_line(struct recovery *recovery, char *line)
{
	const char *controllers;

	strsep(&line, ":");
	controllers = strsep(&line, ":");
	if (controllers == NULL || line == NULL)
		return;
	for (size_t i = 0; i < recovery->facts->n_hierarchies; i++) {
		const struct facts_hierarchy *hierarchy = &recovery->facts->hierarchies[i];

		if (hierarchy->is_v2 ? *controllers == '\0'
				     : str_eq(controllers, hierarchy->controllers))
			learn_path(recovery, hierarchy, line);
	}
}

static void learn_cgroups(struct recovery *recovery, const char *pid)
{
	char path[64], *text = recovery->text, *line;

	str_fmt(path, sizeof(path), "/proc/%s/cgroup", pid);
	if (fd_read_at(AT_FDCWD, path, text, CGROUP_FILE_MAX) < 0)
		return;
	while ((line = strsep(&text, "\n")) != NULL)
		learn_line(recovery, line);
}

/* Where create puts a container whose configuration names no place. */
static void guess_cgroups(struct recovery *recovery)
{
	for (size_t i = 0; i < recovery->facts->n_hierarchies; i++) {
		const struct facts_hierarchy *hierarchy = &recovery->facts->hierarchies[i];
		const char *own = str_eq(hierarchy->own_path, "/") ? "" : hierarchy->own_path;
		const char *path = arena_fmt(recovery->arena, "%s/%s", own, recovery->id);

		if (path != NULL)
			add_cgroup(recovery, hierarchy, path, strlen(path));
	}
}

static int drop_full_cgroups(struct recovery *recovery, struct err *err)
{
	size_t n_kept = 0;

	for (size_t i = 0; i < recovery->n_cgroups; i++) {
		const struct store_record alone = {
			.id = recovery->id,
			.complete = true,
			.cgroups = &recovery->cgroups[i],
			.n_cgroups = 1,
		};
		pid_t *pids;
		size_t n_pids;
		int r = cgroup_pids(recovery->arena, &alone, &pids, &n_pids, err);

		if (r < 0)
			return r;
		if (n_pids == 0)
			recovery->cgroups[n_kept++] = recovery->cgroups[i];
	}
	recovery->n_cgroups = n_kept;
	return 0;
}

/* --- processes ------------------------------------------------------------------------------------- */

static bool is_ours(const struct recovery *recovery, const char *pid)
{
	for (size_t i = 0; i < recovery->n_bases; i++) {
		if (ids_process_has(pid, recovery->bases[i]))
			return true;
	}
	return false;
}

static bool end_process(struct recovery *recovery, const char *name)
{
	_fd_ int pidfd = -1;
	uint64_t pid, start_time;

	if (!num_u64(name, INT32_MAX, &pid) || !is_ours(recovery, name))
		return false;
	/* dead, and its parent's to reap */
	if (!host_process_start((pid_t)pid, &start_time))
		return false;
	pidfd = sys_pidfd_open((pid_t)pid);
	/* ORDER: looked at again with the pidfd held: what it names can't change any more */
	if (pidfd < 0 || !is_ours(recovery, name))
		return false;
	learn_cgroups(recovery, name);
	return sys_pidfd_send_signal(pidfd, SIGKILL) == 0;
}

static void dir_cleanup(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

static int end_round(struct recovery *recovery, size_t *n, struct err *err)
{
	_cleanup_(dir_cleanup) DIR *dir = opendir("/proc");
	const struct dirent *entry;

	if (dir == NULL)
		return err_sys(err, "list processes");
	*n = 0;
	while ((entry = readdir(dir)) != NULL)
		*n += end_process(recovery, entry->d_name) ? 1 : 0;
	return 0;
}

static int end_processes(struct recovery *recovery, struct err *err)
{
	size_t n = 1;

	for (int i = 0; i < ROUNDS_MAX; i++) {
		const struct store_record found = {
			.id = recovery->id,
			.complete = true,
			.cgroups = recovery->cgroups,
			.n_cgroups = recovery->n_cgroups,
		};
		int r = end_round(recovery, &n, err);

		if (r < 0 || n == 0)
			return r;
		cgroup_thaw(&found);
		(void)poll(NULL, 0, PAUSE_MS);
	}
	return err_new(err, -EBUSY,
		"%zu processes with ids of container '%s' are still there %d s "
		"after SIGKILL",
		n, recovery->id, ROUNDS_MAX * PAUSE_MS / 1000);
}

int host_recover(const struct host_context *ctx, struct arena *arena, const char *id,
	struct store_record *out, struct err *err)
{
	struct recovery *recovery = arena_alloc(arena, sizeof(*recovery));
	struct facts *facts = arena_alloc(arena, sizeof(*facts));
	int r;

	/* as a stopped container: whose processes are not known, is not to be killed by guessing */
	*out = (struct store_record){ .id = id, .has_pid_ns = true, .complete = true };
	if (!ids_have_registry())
		return 0;
	if (recovery == NULL || facts == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	*recovery = (struct recovery){ .arena = arena, .id = id, .facts = facts };
	r = facts_gather(arena, facts, err);
	if (r == 0)
		r = ids_claims_of(
			HOST_IDS_REGISTRY, ctx->root, id, recovery->bases, &recovery->n_bases, err);
	if (r == 0 && recovery->n_bases > 0)
		r = end_processes(recovery, err);
	if (r < 0)
		return r;
	guess_cgroups(recovery);
	r = drop_full_cgroups(recovery, err);
	if (r < 0)
		return r;
	out->cgroups = recovery->cgroups;
	out->n_cgroups = recovery->n_cgroups;
	return recovery->n_bases > 0 ? ids_release(HOST_IDS_REGISTRY, 0, ctx->root, id, err) : 0;
}
