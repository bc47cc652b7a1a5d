#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"

#include "driver.h"
#include "local.h"

#include "base/banned.h"

enum {
	FREEZE_WAIT_MS = 100,
	/* attempts; processes that fork while they are frozen can block each other */
	THAW_AFTER = 32,
};

/* @len bytes of @path, as a directory */
static int open_prefix(int mount_fd, const char *path, size_t len)
{
	char prefix[CONFIG_PATH_MAX];

	if (len >= sizeof(prefix)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(prefix, path, len);
	memcpy(prefix + len, len == 0 ? "." : "", len == 0 ? 2 : 1);
	return sys_openat2(mount_fd, prefix, O_PATH | O_DIRECTORY, 0, CGROUP_RESOLVE);
}

/* Length of the parent of the first @len bytes of @path; 0 is the hierarchy's root. */
static size_t parent_len(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

static size_t next_len(const char *path, size_t len)
{
	if (len > 0)
		len++;
	return len + strcspn(path + len, "/");
}

/* 1: @value filled; 0: the file is empty; -1 */
static int read_cpuset(int mount_fd, const char *path, size_t len, const char *file, char *value)
{
	_fd_ int dir = open_prefix(mount_fd, path, len);

	if (dir < 0 || fd_read_at(dir, file, value, CGROUP_VALUE_MAX) < 0)
		return -1;
	value[strcspn(value, "\n")] = '\0';
	return *value != '\0' ? 1 : 0;
}

static int write_cpuset(
	int mount_fd, const char *path, size_t len, const char *file, const char *value)
{
	_fd_ int dir = open_prefix(mount_fd, path, len);

	return dir < 0 ? -1 : fd_write_at(dir, file, value, strlen(value));
}

/* Up to the first ancestor that has a value, then down again. */
static int fill_file(int mount_fd, const char *path, const char *file)
{
	size_t whole = strlen(path), len = whole;
	char value[CGROUP_VALUE_MAX];
	int r = read_cpuset(mount_fd, path, len, file, value);

	while (r == 0 && len > 0) {
		len = parent_len(path, len);
		r = read_cpuset(mount_fd, path, len, file, value);
	}
	if (r < 0)
		return -1;
	while (len < whole) {
		len = next_len(path, len);
		if (write_cpuset(mount_fd, path, len, file, value) < 0)
			return -1;
	}
	return 0;
}

/* The usual case with few calls: the parent has a value. */
static bool copy_file(int parent, int dir, const char *file)
{
	char value[CGROUP_VALUE_MAX];

	if (fd_read_at(dir, file, value, sizeof(value)) < 0)
		return false;
	if (value[0] != '\n' && value[0] != '\0')
		return true;
	if (fd_read_at(parent, file, value, sizeof(value)) < 0)
		return false;
	value[strcspn(value, "\n")] = '\0';
	return *value != '\0' && fd_write_at(dir, file, value, strlen(value)) == 0;
}

/* A cpuset is born empty and takes no process; parents that are empty are filled first. @path is below
 * @mount_fd, without a leading slash. */
static int fill_cpuset(int mount_fd, const char *path, struct err *err)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	size_t len = strlen(path);
	_fd_ int dir = open_prefix(mount_fd, path, len);
	_fd_ int parent = open_prefix(mount_fd, path, parent_len(path, len));

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!copy_file(parent, dir, files[i]) && fill_file(mount_fd, path, files[i]) < 0)
			return err_sys(err, "take over %s for cgroup '/%s' from its parent",
				files[i], path);
	return 0;
}

int cgroup_v1_open_tasks(struct cgroup_dir *dir, struct err *err)
{
	dir->tasks_fd = openat(dir->dir_fd, "tasks", O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (dir->tasks_fd < 0)
		return err_sys(err, "open '%s/tasks'", dir->path);
	return 0;
}

int cgroup_v1_prepare(int mount_fd, const char *path, struct cgroup_dir *dir, struct err *err)
{
	int r = 0;

	if (cgroup_carries(dir->controllers, "cpuset"))
		r = fill_cpuset(mount_fd, path, err);
	return r < 0 ? r : cgroup_v1_open_tasks(dir, err);
}

/* --- freezer --------------------------------------------------------------------------------------- */

static bool has_state(int dir_fd, const char *state)
{
	char buf[32];

	return fd_read_at(dir_fd, "freezer.state", buf, sizeof(buf)) >= 0 && str_starts(buf, state);
}

bool cgroup_v1_is_frozen(int dir_fd)
{
	return has_state(dir_fd, "FR"); /* FROZEN, FREEZING */
}

static int set_state(int dir_fd, const char *state, struct err *err)
{
	if (fd_write_at(dir_fd, "freezer.state", state, strlen(state)) < 0)
		return err_sys(err, "write '%s' to freezer.state", state);
	return 0;
}

int cgroup_v1_thaw(int dir_fd, uint64_t deadline_ms, struct err *err)
{
	(void)deadline_ms; /* it is done when the write is */
	return set_state(dir_fd, "THAWED", err);
}

/* The kernel freezes who is there at the write; who is born meanwhile needs another one. */
int cgroup_v1_freeze(int dir_fd, uint64_t deadline_ms, struct err *err)
{
	unsigned delay_ms = 1, n = 0;
	struct err ignored;

	for (;;) {
		int r = set_state(dir_fd, "FROZEN", err);

		if (r < 0 || has_state(dir_fd, "FROZEN"))
			return r;
		if (cgroup_now_ms() >= deadline_ms)
			return err_new(err, -EBUSY, "processes are still running after %d s",
				CGROUP_WAIT_MS / 1000);
		if (++n % THAW_AFTER == 0)
			(void)!set_state(dir_fd, "THAWED", &ignored);
		cgroup_pause(&delay_ms);
	}
}

/* --- end -------------------------------------------------------------------------------------------- */

/* Best effort, but for a moment: in a directory that has no freezer nothing happens. */
static void stop_forking(int dir_fd)
{
	uint64_t deadline = cgroup_now_ms() + FREEZE_WAIT_MS;
	unsigned delay_ms = 1;
	struct err ignored;

	if (set_state(dir_fd, "FROZEN", &ignored) < 0)
		return;
	while (!has_state(dir_fd, "FROZEN") && cgroup_now_ms() < deadline)
		cgroup_pause(&delay_ms);
}

int cgroup_v1_kill(int dir_fd, bool *dying, size_t *left)
{
	struct err ignored;
	size_t n;
	int r;

	if (cgroup_tree_count(dir_fd, &n) < 0)
		return -1;
	if (n == 0)
		return 0;
	*left += n;
	if (!*dying)
		stop_forking(dir_fd);
	r = cgroup_tree_signal(dir_fd, SIGKILL, &n);
	/* a frozen process dies when it is thawed, whoever froze it */
	(void)!set_state(dir_fd, "THAWED", &ignored);
	return r;
}

void cgroup_v1_wait_empty(int dir_fd, uint64_t deadline_ms, unsigned *delay_ms)
{
	(void)dir_fd;
	(void)deadline_ms;
	cgroup_pause(delay_ms);
}
