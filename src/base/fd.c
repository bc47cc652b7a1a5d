#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

void fd_cleanup(int *fd)
{
	int saved = errno;

	/* Never retried on EINTR: Linux has released the number by then, and a second close could
	 * hit somebody else's descriptor. */
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

void fd_replace(int *fd, int new_fd)
{
	fd_cleanup(fd);
	*fd = new_fd;
}

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_write_at(int dirfd, const char *name, const char *data, size_t len)
{
	_fd_ int fd = openat(dirfd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, data, len);
	if (n < 0)
		return -1;
	if ((size_t)n != len) {
		errno = EIO;
		return -1;
	}
	return 0;
}

ssize_t fd_read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		len += (size_t)n;
		if (len == size) {
			errno = EFBIG;
			return -1;
		}
		if (n == 0)
			break;
	}
	buf[len] = '\0';
	return (ssize_t)len;
}

ssize_t fd_read_at(int dirfd, const char *name, char *buf, size_t size)
{
	_fd_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);

	if (fd < 0)
		return -1;
	return fd_read_all(fd, buf, size);
}
