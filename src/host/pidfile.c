#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "launch.h"

#include "base/banned.h"

/* SECURITY: made with O_EXCL beside the target and renamed over it, so that a symlink or a fifo
 * somebody left at either name is never written through (T-32). */
int host_pidfile_write(const char *path, pid_t pid, struct err *err)
{
	char dir[PATH_MAX], temp[NAME_MAX + 1], digits[16];
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	_fd_ int dir_fd = -1;
	_fd_ int fd = -1;
	size_t len;

	str_fmt(dir, sizeof(dir), "%.*s", (int)(name - path), path);
	if (*name == '\0' || strlen(path) >= sizeof(dir) ||
		str_fmt(temp, sizeof(temp), ".%s.%d", name, (int)getpid()) >= sizeof(temp))
		return err_new(err, -EINVAL, "pid file '%s' is no usable file name", path);
	dir_fd = open(*dir != '\0' ? dir : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return err_sys(err, "open directory of pid file '%s'", path);
	fd = openat(dir_fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(err, "create pid file '%s'", path);
	len = str_fmt(digits, sizeof(digits), "%d", (int)pid);
	if (fd_write_all(fd, digits, len) < 0 || renameat(dir_fd, temp, dir_fd, name) < 0) {
		err_sys(err, "write pid file '%s'", path);
		(void)unlinkat(dir_fd, temp, 0);
		return err->code;
	}
	return 0;
}
