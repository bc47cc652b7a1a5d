/*
 * The end of a container's cgroups, from the saved record: signals, SIGKILL for all, removal.
 *
 * Every hierarchy lists the same processes, so one v1 directory stands for all of them: the
 * freezer's where there is one, since frozen processes can neither fork nor give their pids away.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/call.h"

#include "driver.h"
#include "local.h"

#include "base/banned.h"

struct holders {
	int v2_fd;
	int v1_fd;
	bool v1_has_freezer;
};

static void holders_close(struct holders *holders)
{
	fd_cleanup(&holders->v2_fd);
	fd_cleanup(&holders->v1_fd);
}

int cgroup_open_recorded(const struct store_record *record, const struct store_cgroup *cgroup)
{
	_fd_ int fd = sys_openat2(
		AT_FDCWD, cgroup->path, O_PATH | O_DIRECTORY, 0, SYS_RESOLVE_NO_SYMLINKS);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -1;
	if ((unsigned long)fs.f_type != cgroup_driver_of(record, cgroup)->magic) {
		errno = ENOENT;
		return -1;
	}
	return fd_take(&fd);
}

static int find_holders(const struct store_record *record, struct holders *out, struct err *err)
{
	for (size_t i = 0; i < record->n_cgroups; i++) {
		const struct store_cgroup *cgroup = &record->cgroups[i];
		_fd_ int fd = -1;
		bool has_freezer;

		/* SECURITY: a create that was interrupted had perhaps not yet found out that a
		 * directory it was told to use is full of somebody else's processes. */
		if (!record->complete && !cgroup->created)
			continue;
		fd = cgroup_open_recorded(record, cgroup);
		if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
			return err_sys(err, "open cgroup '%s'", cgroup->path);
		if (fd < 0)
			continue;
		if (cgroup->is_v2) {
			fd_replace(&out->v2_fd, fd_take(&fd));
			continue;
		}
		has_freezer = faccessat(fd, "freezer.state", F_OK, 0) == 0;
		if (out->v1_fd >= 0 && !has_freezer)
			continue;
		fd_replace(&out->v1_fd, fd_take(&fd));
		out->v1_has_freezer = has_freezer;
	}
	return 0;
}

/* One attempt at everybody; @left: processes seen, perhaps dying already */
static int kill_round(const struct holders *holders, size_t *left)
{
	bool dying = false;

	*left = 0;
	if (holders->v2_fd >= 0 && cgroup_driver_v2.kill(holders->v2_fd, &dying, left) < 0)
		return -1;
	if (holders->v1_fd < 0)
		return 0;
	return cgroup_driver_v1.kill(holders->v1_fd, &dying, left);
}

int cgroup_kill(const struct store_record *record, struct err *err)
{
	_cleanup_(holders_close) struct holders holders = { .v2_fd = -1, .v1_fd = -1 };
	uint64_t deadline = cgroup_now_ms() + CGROUP_WAIT_MS;
	unsigned delay_ms = 1;
	size_t left;
	int r = find_holders(record, &holders, err);

	if (r < 0)
		return r;
	for (;;) {
		if (kill_round(&holders, &left) < 0)
			return err_sys(err, "kill the processes of container '%s'", record->id);
		if (left == 0)
			return 0;
		if (cgroup_now_ms() >= deadline)
			return err_new(err, -EBUSY,
				"processes of container '%s' are still there %d s after SIGKILL",
				record->id, CGROUP_WAIT_MS / 1000);
		cgroup_pause(&delay_ms);
	}
}

void cgroup_thaw(const struct store_record *record)
{
	_cleanup_(holders_close) struct holders holders = { .v2_fd = -1, .v1_fd = -1 };
	struct err ignored;

	if (find_holders(record, &holders, &ignored) == 0 && holders.v1_has_freezer)
		(void)!cgroup_driver_v1.thaw(holders.v1_fd, 0, &ignored);
}

int cgroup_signal(const struct store_record *record, int signo, struct err *err)
{
	_cleanup_(holders_close) struct holders holders = { .v2_fd = -1, .v1_fd = -1 };
	int r = find_holders(record, &holders, err), fd;
	size_t n;

	if (r < 0)
		return r;
	fd = holders.v1_fd >= 0 ? holders.v1_fd : holders.v2_fd;
	if (fd >= 0 && cgroup_tree_signal(fd, signo, &n) < 0)
		return err_sys(err, "signal the processes of container '%s'", record->id);
	return 0;
}

int cgroup_pids(struct arena *arena, const struct store_record *record, pid_t **pids, size_t *n,
	struct err *err)
{
	_cleanup_(holders_close) struct holders holders = { .v2_fd = -1, .v1_fd = -1 };
	int r = find_holders(record, &holders, err), fd;

	*n = 0;
	if (r < 0)
		return r;
	fd = holders.v1_fd >= 0 ? holders.v1_fd : holders.v2_fd;
	if (fd >= 0 && cgroup_tree_pids(arena, fd, pids, n) < 0)
		return err_sys(err, "list the processes of container '%s'", record->id);
	return 0;
}

int cgroup_remove(const struct store_record *record, struct err *err)
{
	uint64_t deadline = cgroup_now_ms() + CGROUP_WAIT_MS;
	struct err later;
	int result = record->unit != NULL ? cgroup_driver_systemd.stop(record, err) : 0;

	/* one that can't go must not keep the others here; the first error is the one reported */
	for (size_t i = 0; i < record->n_cgroups; i++) {
		const struct store_cgroup *cgroup = &record->cgroups[i];
		int r;

		if (!cgroup->created)
			continue;
		r = cgroup_path_remove(cgroup->path, cgroup_driver_of(record, cgroup), deadline,
			result == 0 ? err : &later);
		if (result == 0)
			result = r;
	}
	return result;
}
