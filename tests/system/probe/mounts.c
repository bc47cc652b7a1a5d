/* Attempts against mounts, namespaces and the network: what only their owner may do. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

static int answer(long r)
{
	return r < 0 ? errno : 0;
}

static const char *or_default(const char *path, const char *usual)
{
	return path != NULL ? path : usual;
}

static int try_mount(const char *path)
{
	return answer(mount("none", or_default(path, "/tmp"), "tmpfs", 0, NULL));
}

static int try_bind(const char *path)
{
	return answer(mount(or_default(path, "/proc"), "/tmp", NULL, MS_BIND, NULL));
}

static int try_remount_rw(const char *path)
{
	return answer(mount(NULL, or_default(path, "/proc/sys"), NULL, MS_REMOUNT | MS_BIND, NULL));
}

static int try_umount(const char *path)
{
	return answer(umount2(or_default(path, "/proc/interrupts"), MNT_DETACH));
}

static int clear_attr(const char *path, uint64_t attr)
{
	struct mount_attr change = { .attr_clr = attr };

	return answer(syscall(SYS_mount_setattr, AT_FDCWD, path, 0, &change, sizeof(change)));
}

static int try_clear_ro(const char *path)
{
	return clear_attr(or_default(path, "/proc/sys"), MOUNT_ATTR_RDONLY);
}

static int try_clear_nodev(const char *path)
{
	return clear_attr(or_default(path, "/"), MOUNT_ATTR_NODEV);
}

static int try_clear_nosuid(const char *path)
{
	return clear_attr(or_default(path, "/"), MOUNT_ATTR_NOSUID);
}

static int try_pivot_root(const char *path)
{
	path = or_default(path, "/");
	return answer(syscall(SYS_pivot_root, path, path));
}

static int try_open_tree(const char *path)
{
	return answer(syscall(SYS_open_tree, AT_FDCWD, or_default(path, "/"), OPEN_TREE_CLONE));
}

static int try_fsopen(const char *path)
{
	return answer(syscall(SYS_fsopen, or_default(path, "tmpfs"), 0));
}

static int try_propagation(const char *path)
{
	return answer(mount(NULL, or_default(path, "/"), NULL, MS_SHARED | MS_REC, NULL));
}

/* The other namespaces */

static int try_sethostname(const char *path)
{
	return answer(sethostname(or_default(path, "x"), 1));
}

static int try_setdomainname(const char *path)
{
	return answer(setdomainname(or_default(path, "x"), 1));
}

static int change_lo(unsigned long request, struct ifreq *lo)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return errno;
	strcpy(lo->ifr_name, "lo");
	error = answer(ioctl(fd, request, lo));
	close(fd);
	return error;
}

static int try_lo_down(const char *path)
{
	struct ifreq lo = { .ifr_flags = 0 };

	(void)path;
	return change_lo(SIOCSIFFLAGS, &lo);
}

static int try_lo_address(const char *path)
{
	struct ifreq lo = { 0 };
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x0a090807),
	};

	(void)path;
	memcpy(&lo.ifr_addr, &address, sizeof(address));
	return change_lo(SIOCSIFADDR, &lo);
}

static int try_raw_socket(const char *path)
{
	(void)path;
	return answer(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

static int try_unshare_user(const char *path)
{
	(void)path;
	return answer(unshare(CLONE_NEWUSER));
}

static int try_unshare_mount(const char *path)
{
	(void)path;
	return answer(unshare(CLONE_NEWNS));
}

static int try_unshare_net(const char *path)
{
	(void)path;
	return answer(unshare(CLONE_NEWNET));
}

static int try_clone_user(const char *path)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	(void)path;
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return answer(pid);
}

static int try_setns(const char *path)
{
	int fd = open(or_default(path, "/proc/self/ns/uts"), O_RDONLY | O_CLOEXEC), error;

	if (fd < 0)
		return errno;
	error = answer(setns(fd, 0));
	close(fd);
	return error;
}

/* In new namespaces: in a copy of the mount namespace the kernel keeps inherited mounts locked. */
static int inside_new(int namespaces, int (*attempt)(const char *), const char *path)
{
	pid_t pid = fork();
	int status = 0;

	if (pid < 0)
		return errno;
	if (pid == 0) {
		if (unshare(namespaces) < 0)
			_exit(errno);
		_exit(attempt(path));
	}
	if (waitpid(pid, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EPIPE;
}

#define INSIDE_NEW(function, namespaces, attempt)             \
	static int function(const char *path)                 \
	{                                                     \
		return inside_new(namespaces, attempt, path); \
	}

INSIDE_NEW(try_nested_mount, CLONE_NEWUSER | CLONE_NEWNS, try_mount)
INSIDE_NEW(try_nested_umount, CLONE_NEWUSER | CLONE_NEWNS, try_umount)
INSIDE_NEW(try_nested_clear_ro, CLONE_NEWUSER | CLONE_NEWNS, try_clear_ro)
INSIDE_NEW(try_nested_clear_nodev, CLONE_NEWUSER | CLONE_NEWNS, try_clear_nodev)
INSIDE_NEW(try_copied_umount, CLONE_NEWNS, try_umount)
INSIDE_NEW(try_copied_remount_rw, CLONE_NEWNS, try_remount_rw)
INSIDE_NEW(try_copied_clear_ro, CLONE_NEWNS, try_clear_ro)
INSIDE_NEW(try_copied_clear_nodev, CLONE_NEWNS, try_clear_nodev)

static int try_mknod(const char *path)
{
	return answer(mknod(or_default(path, "/tmp/null"), S_IFCHR | 0666, makedev(1, 3)));
}

const struct probe_attempt probe_mounts[] = {
	{ "mount", try_mount },
	{ "bind", try_bind },
	{ "remount-rw", try_remount_rw },
	{ "umount", try_umount },
	{ "clear-ro", try_clear_ro },
	{ "clear-nodev", try_clear_nodev },
	{ "clear-nosuid", try_clear_nosuid },
	{ "pivot-root", try_pivot_root },
	{ "open-tree", try_open_tree },
	{ "fsopen", try_fsopen },
	{ "propagation", try_propagation },
	{ "sethostname", try_sethostname },
	{ "setdomainname", try_setdomainname },
	{ "lo-down", try_lo_down },
	{ "lo-address", try_lo_address },
	{ "raw-socket", try_raw_socket },
	{ "unshare-user", try_unshare_user },
	{ "unshare-mount", try_unshare_mount },
	{ "unshare-net", try_unshare_net },
	{ "clone-user", try_clone_user },
	{ "setns", try_setns },
	{ "nested-mount", try_nested_mount },
	{ "nested-umount", try_nested_umount },
	{ "nested-clear-ro", try_nested_clear_ro },
	{ "nested-clear-nodev", try_nested_clear_nodev },
	{ "copied-umount", try_copied_umount },
	{ "copied-remount-rw", try_copied_remount_rw },
	{ "copied-clear-ro", try_copied_clear_ro },
	{ "copied-clear-nodev", try_copied_clear_nodev },
	{ "mknod", try_mknod },
	{ NULL, NULL },
};
