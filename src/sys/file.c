#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sys/call.h"

#include "base/banned.h"

#ifndef F_ADD_SEALS
#	define F_ADD_SEALS   1033
#	define F_SEAL_SEAL   0x0001
#	define F_SEAL_SHRINK 0x0002
#	define F_SEAL_GROW   0x0004
#	define F_SEAL_WRITE  0x0008
#endif

enum {
	MEMFD_CLOEXEC = 0x0001,
	MEMFD_ALLOW_SEALING = 0x0002,
	MEMFD_EXEC = 0x0010, /* 6.3; without it vm.memfd_noexec=1 makes the file non-executable */
	CLOSE_RANGE_SET_CLOEXEC = 4,
	OPEN_TRIES_MAX = 128,
};

struct open_how {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};

int sys_openat2(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.mode = mode,
		.resolve = resolve,
	};

	return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
}

int sys_open_in_root(int rootfd, const char *path, int flags, mode_t mode)
{
	int fd, tries = 0;

	/* The one wrapper that asks again: EAGAIN says that somewhere on the machine something was
	 * renamed or mounted while ".." was resolved, and openat2(2) leaves the retry to the caller.
	 * Bounded, so that a container that never stops renaming can't keep us here. */
	do {
		fd = sys_openat2(
			rootfd, path, flags, mode, SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_MAGICLINKS);
	} while (fd < 0 && errno == EAGAIN && ++tries < OPEN_TRIES_MAX);
	return fd;
}

int sys_open_proc(int procfd, const char *path, int flags)
{
	return sys_openat2(procfd, path, flags | O_NOFOLLOW, 0,
		SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_XDEV | SYS_RESOLVE_NO_MAGICLINKS |
			SYS_RESOLVE_NO_SYMLINKS);
}

int sys_memfd_create(const char *name)
{
	long fd = syscall(SYS_memfd_create, name, MEMFD_CLOEXEC | MEMFD_ALLOW_SEALING | MEMFD_EXEC);

	if (fd < 0 && errno == EINVAL) /* needed for kernels < 6.3 */
		fd = syscall(SYS_memfd_create, name, MEMFD_CLOEXEC | MEMFD_ALLOW_SEALING);
	return (int)fd;
}

int sys_memfd_seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

int sys_close_range(unsigned first, unsigned last)
{
	return (int)syscall(SYS_close_range, first, last, 0);
}

int sys_close_range_cloexec(unsigned first, unsigned last)
{
	return (int)syscall(SYS_close_range, first, last, CLOSE_RANGE_SET_CLOEXEC);
}

int sys_chown_fd(int fd, uid_t uid, gid_t gid)
{
	return (int)syscall(SYS_fchownat, fd, "", uid, gid, AT_EMPTY_PATH);
}

int sys_mknodat(int dirfd, const char *name, mode_t mode, unsigned major, unsigned minor)
{
	return mknodat(dirfd, name, mode, makedev(major, minor));
}

int sys_flock(int fd, bool exclusive, bool wait)
{
	return flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB));
}

int sys_faccess(int dirfd, const char *path, int mode)
{
	return (int)syscall(SYS_faccessat2, dirfd, path, mode, AT_EACCESS);
}

ssize_t sys_getcwd(char *buf, size_t size)
{
	return syscall(SYS_getcwd, buf, size);
}

int sys_flock_unlock(int fd)
{
	return flock(fd, LOCK_UN);
}

ssize_t sys_getdents(int fd, void *buf, size_t size)
{
	return syscall(SYS_getdents64, fd, buf, size);
}
