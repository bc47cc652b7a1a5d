/*
 * The start gate. The container's first process holds it open and reads one byte from it; `start`
 * writes that byte. As long as the process holds the fifo, the container is "created"; the name
 * alone says little, since `start` may be killed before it has removed it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#include "store.h"

#include "base/banned.h"

static const char gate_name[] = "start";

int store_gate_create(int entry_fd, int *gate_fd, struct err *err)
{
	int fd;

	if (mkfifoat(entry_fd, gate_name, 0600) < 0)
		return err_sys(err, "make the start gate");
	/* For reading and writing: such an open never waits, and the one who waits for the byte
	 * never sees an end of file because some other holder went away. */
	fd = openat(entry_fd, gate_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "open the start gate");
	*gate_fd = fd;
	return 0;
}

int store_gate_open(int entry_fd, int *gate_fd, struct err *err)
{
	/* O_NONBLOCK: with nobody left to read, the open fails with ENXIO instead of waiting. */
	_fd_ int fd = openat(entry_fd, gate_name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return STORE_ABSENT;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "open the start gate");
	if (!S_ISFIFO(st.st_mode) || st.st_uid != geteuid())
		return err_new(err, -EBADMSG, "the start gate is not the fifo that create made");
	*gate_fd = fd_take(&fd);
	return 0;
}

int store_gate_remove(int entry_fd, struct err *err)
{
	if (unlinkat(entry_fd, gate_name, 0) < 0 && errno != ENOENT)
		return err_sys(err, "remove the start gate");
	return 0;
}

bool store_gate_is_waited_at(int entry_fd)
{
	_fd_ int fd = openat(entry_fd, gate_name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 || (errno != ENOENT && errno != ENXIO);
}

bool store_gate_is_there(int entry_fd)
{
	return faccessat(entry_fd, gate_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}
