/*
 * The freezer: of v1 where there is one, else of v2. It stops every process of the container, also
 * those in cgroups below its own, and what the kernel says is the only state there is of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"

#include "local.h"

#include "base/banned.h"

enum {
	THAW_AFTER =
		32, /* attempts; processes that fork while they are frozen can block each other */
};

const struct store_cgroup *cgroup_recorded(
	const struct store_record *record, const char *controller)
{
	const struct store_cgroup *unified = NULL;

	for (size_t i = 0; i < record->n_cgroups; i++) {
		const struct store_cgroup *cgroup = &record->cgroups[i];

		if (cgroup->is_v2)
			unified = cgroup;
		else if (cgroup_carries(cgroup->controllers, controller))
			return cgroup;
	}
	return unified;
}

bool cgroup_is_frozen(const struct store_record *record)
{
	const struct store_cgroup *cgroup = cgroup_recorded(record, "freezer");
	char path[CONFIG_PATH_MAX], text[32];

	if (cgroup == NULL ||
		str_fmt(path, sizeof(path), "%s/%s", cgroup->path,
			cgroup->is_v2 ? "cgroup.freeze" : "freezer.state") >= sizeof(path) ||
		fd_read_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return false;
	return text[0] == (cgroup->is_v2 ? '1' : 'F'); /* FROZEN, FREEZING */
}

static int open_freezer(const struct store_record *record, bool *is_v2, int *fd, struct err *err)
{
	const struct store_cgroup *cgroup = cgroup_recorded(record, "freezer");

	if (cgroup == NULL)
		return err_new(err, -ENOTSUP,
			"container '%s' has no cgroup of its own whose processes could be frozen",
			record->id);
	*is_v2 = cgroup->is_v2;
	*fd = cgroup_open_recorded(cgroup);
	if (*fd < 0)
		return err_sys(err, "open cgroup '%s'", cgroup->path);
	return 0;
}

/* --- v1 -------------------------------------------------------------------------------------------- */

static int write_v1(int dir_fd, const char *state, struct err *err)
{
	if (fd_write_at(dir_fd, "freezer.state", state, strlen(state)) < 0)
		return err_sys(err, "write '%s' to freezer.state", state);
	return 0;
}

static bool is_v1(int dir_fd, const char *state)
{
	char text[32];

	return fd_read_at(dir_fd, "freezer.state", text, sizeof(text)) >= 0 &&
	       str_starts(text, state);
}

/* The kernel freezes who is there at the write; who is born meanwhile needs another one. */
static int freeze_v1(int dir_fd, uint64_t deadline_ms, struct err *err)
{
	unsigned delay_ms = 1, n = 0;

	for (;;) {
		int r = write_v1(dir_fd, "FROZEN", err);

		if (r < 0 || is_v1(dir_fd, "FROZEN"))
			return r;
		if (cgroup_now_ms() >= deadline_ms)
			return err_new(err, -EBUSY, "processes are still running after %d s",
				CGROUP_WAIT_MS / 1000);
		if (++n % THAW_AFTER == 0)
			cgroup_v1_thaw(dir_fd);
		cgroup_pause(&delay_ms);
	}
}

/* --- v2 -------------------------------------------------------------------------------------------- */

/* ORDER: every read of cgroup.events starts the kernel's watch for the next change. */
static int wait_v2(int dir_fd, const char *wanted, uint64_t deadline_ms, struct err *err)
{
	_fd_ int fd = openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct pollfd events = { .fd = fd, .events = POLLPRI };
	char text[CGROUP_VALUE_MAX];

	for (;;) {
		uint64_t now = cgroup_now_ms();

		if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0 || fd_read_all(fd, text, sizeof(text)) < 0)
			return err_sys(err, "read cgroup.events");
		if (strstr(text, wanted) != NULL)
			return 0;
		if (now >= deadline_ms)
			return err_new(
				err, -EBUSY, "no '%s' after %d s", wanted, CGROUP_WAIT_MS / 1000);
		if (poll(&events, 1, (int)(deadline_ms - now)) < 0 && errno != EINTR)
			return err_sys(err, "wait for cgroup.events");
	}
}

static int write_v2(int dir_fd, const char *value, struct err *err)
{
	if (fd_write_at(dir_fd, "cgroup.freeze", value, 1) < 0)
		return err_sys(err, "write '%s' to cgroup.freeze", value);
	return 0;
}

static int freeze_v2(int dir_fd, uint64_t deadline_ms, struct err *err)
{
	int r = write_v2(dir_fd, "1", err);

	return r < 0 ? r : wait_v2(dir_fd, "frozen 1", deadline_ms, err);
}

static int thaw_v2(int dir_fd, uint64_t deadline_ms, struct err *err)
{
	int r = write_v2(dir_fd, "0", err);

	return r < 0 ? r : wait_v2(dir_fd, "frozen 0", deadline_ms, err);
}

/* --- both ------------------------------------------------------------------------------------------ */

int cgroup_freeze(const struct store_record *record, struct err *err)
{
	uint64_t deadline = cgroup_now_ms() + CGROUP_WAIT_MS;
	struct err ignored;
	_fd_ int fd = -1;
	bool is_v2;
	int r = open_freezer(record, &is_v2, &fd, err);

	if (r < 0)
		return r;
	r = is_v2 ? freeze_v2(fd, deadline, err) : freeze_v1(fd, deadline, err);
	if (r == 0)
		return 0;
	/* half frozen is the worst of both */
	(void)!(is_v2 ? write_v2(fd, "0", &ignored) : write_v1(fd, "THAWED", &ignored));
	return err_ctx(err, "freeze container '%s'", record->id);
}

int cgroup_unfreeze(const struct store_record *record, struct err *err)
{
	uint64_t deadline = cgroup_now_ms() + CGROUP_WAIT_MS;
	_fd_ int fd = -1;
	bool is_v2;
	int r = open_freezer(record, &is_v2, &fd, err);

	if (r < 0)
		return r;
	r = is_v2 ? thaw_v2(fd, deadline, err) : write_v1(fd, "THAWED", err);
	return r < 0 ? err_ctx(err, "thaw container '%s'", record->id) : 0;
}
