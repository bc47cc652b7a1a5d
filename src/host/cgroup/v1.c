#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"

#include "local.h"

#include "base/banned.h"

enum {
	FREEZE_WAIT_MS = 100
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

int cgroup_v1_fill_cpuset(int mount_fd, const char *path, struct err *err)
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

static bool has_state(int dir_fd, const char *state)
{
	char buf[32];

	return fd_read_at(dir_fd, "freezer.state", buf, sizeof(buf)) >= 0 && str_starts(buf, state);
}

bool cgroup_v1_is_frozen(int dir_fd)
{
	return has_state(dir_fd, "FR"); /* FROZEN, FREEZING */
}

void cgroup_v1_freeze(int dir_fd)
{
	uint64_t deadline = cgroup_now_ms() + FREEZE_WAIT_MS;
	unsigned delay_ms = 1;

	if (fd_write_at(dir_fd, "freezer.state", "FROZEN", 6) < 0)
		return;
	while (!has_state(dir_fd, "FROZEN") && cgroup_now_ms() < deadline)
		cgroup_pause(&delay_ms);
}

void cgroup_v1_thaw(int dir_fd)
{
	/* best effort: a directory of another hierarchy has no such file */
	if (fd_write_at(dir_fd, "freezer.state", "THAWED", 6) < 0)
		return;
}
