/*
 * The new mount API. musl and older glibc have no wrappers for it, and one way of calling is
 * easier to audit than two, so all of it goes through syscall(2).
 */
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/call.h"

#include "base/banned.h"

enum {
	OPEN_TREE_CLONE_ = 1,
	OPEN_TREE_CLOEXEC_ = O_CLOEXEC,
	AT_RECURSIVE_ = 0x8000,
	AT_EMPTY_PATH_ = 0x1000,
	AT_SYMLINK_NOFOLLOW_ = 0x100,
	FSOPEN_CLOEXEC_ = 1,
	FSMOUNT_CLOEXEC_ = 1,
	MOVE_MOUNT_F_EMPTY_PATH_ = 0x04,
	MOVE_MOUNT_T_EMPTY_PATH_ = 0x40,
	FSCONFIG_SET_FLAG_ = 0,
	FSCONFIG_SET_STRING_ = 1,
	FSCONFIG_SET_FD_ = 5,
	FSCONFIG_CMD_CREATE_ = 6,
	FSCONFIG_CMD_RECONFIGURE_ = 7,
	FSPICK_CLOEXEC_ = 1,
	FSPICK_EMPTY_PATH_ = 8,
	MNT_DETACH_ = 2,
};

int sys_open_tree(int dirfd, const char *path, bool recursive)
{
	unsigned flags = OPEN_TREE_CLONE_ | OPEN_TREE_CLOEXEC_ | AT_SYMLINK_NOFOLLOW_;

	if (*path == '\0')
		flags |= AT_EMPTY_PATH_;
	if (recursive)
		flags |= AT_RECURSIVE_;
	return (int)syscall(SYS_open_tree, dirfd, path, flags);
}

int sys_move_mount(int from_fd, int to_fd)
{
	return (int)syscall(SYS_move_mount, from_fd, "", to_fd, "",
		MOVE_MOUNT_F_EMPTY_PATH_ | MOVE_MOUNT_T_EMPTY_PATH_);
}

int sys_mount_setattr(int fd, bool recursive, const struct sys_mount_attr *attr)
{
	unsigned flags = AT_EMPTY_PATH_ | (recursive ? AT_RECURSIVE_ : 0U);

	return (int)syscall(SYS_mount_setattr, fd, "", flags, attr, sizeof(*attr));
}

int sys_fsopen(const char *fstype)
{
	return (int)syscall(SYS_fsopen, fstype, FSOPEN_CLOEXEC_);
}

int sys_fsconfig_flag(int fd, const char *key)
{
	return (int)syscall(SYS_fsconfig, fd, FSCONFIG_SET_FLAG_, key, NULL, 0);
}

int sys_fsconfig_string(int fd, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fd, FSCONFIG_SET_STRING_, key, value, 0);
}

int sys_fsconfig_fd(int fd, const char *key, int value)
{
	return (int)syscall(SYS_fsconfig, fd, FSCONFIG_SET_FD_, key, NULL, value);
}

int sys_fsconfig_create(int fd)
{
	return (int)syscall(SYS_fsconfig, fd, FSCONFIG_CMD_CREATE_, NULL, NULL, 0);
}

int sys_fspick(int dirfd)
{
	return (int)syscall(SYS_fspick, dirfd, "", FSPICK_CLOEXEC_ | FSPICK_EMPTY_PATH_);
}

int sys_fsconfig_reconfigure(int fd)
{
	return (int)syscall(SYS_fsconfig, fd, FSCONFIG_CMD_RECONFIGURE_, NULL, NULL, 0);
}

int sys_fsmount(int fd, uint64_t attr)
{
	return (int)syscall(SYS_fsmount, fd, FSMOUNT_CLOEXEC_, (unsigned)attr);
}

int sys_mount(const char *source, const char *target, const char *fstype, const char *options)
{
	return (int)syscall(SYS_mount, source, target, fstype, 0UL, options);
}

int sys_pivot_root_here(void)
{
	return (int)syscall(SYS_pivot_root, ".", ".");
}

int sys_umount_here(void)
{
	return (int)syscall(SYS_umount2, ".", MNT_DETACH_);
}

int sys_chroot_here(void)
{
	return (int)syscall(SYS_chroot, ".");
}
