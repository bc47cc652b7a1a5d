#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/call.h"

#include "base/banned.h"

enum {
	AT_EMPTY_PATH_EXEC = 0x1000,
	KEYCTL_JOIN_SESSION_KEYRING_ = 1,
	NS_GET_USERNS_ = 0xb701, /* _IO(0xb7, 1), linux/nsfs.h */
	NS_GET_NSTYPE_ = 0xb703, /* _IO(0xb7, 3), linux/nsfs.h */
};

pid_t sys_clone3(struct sys_clone_args *args)
{
	return (pid_t)syscall(SYS_clone3, args, sizeof(*args));
}

int sys_unshare(int flags)
{
	return (int)syscall(SYS_unshare, flags);
}

int sys_setns(int fd, int nstype)
{
	return (int)syscall(SYS_setns, fd, nstype);
}

int sys_ns_type(int fd)
{
	return ioctl(fd, NS_GET_NSTYPE_);
}

int sys_ns_owner(int fd)
{
	return ioctl(fd, NS_GET_USERNS_);
}

int sys_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

int sys_pidfd_send_signal(int pidfd, int signo)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0);
}

int sys_execveat(int fd, const char *path, char *const argv[], char *const envp[])
{
	return (int)syscall(
		SYS_execveat, fd, path, argv, envp, *path == '\0' ? AT_EMPTY_PATH_EXEC : 0);
}

int sys_set_pdeathsig(int signo)
{
	return prctl(PR_SET_PDEATHSIG, (unsigned long)signo, 0UL, 0UL, 0UL);
}

int sys_set_dumpable(bool on)
{
	return prctl(PR_SET_DUMPABLE, on ? 1UL : 0UL, 0UL, 0UL, 0UL);
}

int sys_set_child_subreaper(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL);
}

/* The C library would try again for ever, and pid 1 of a namespace only ends by a forced signal. */
void sys_exit(int status)
{
	(void)syscall(SYS_exit_group, status);
	__builtin_trap();
}

int sys_signal_default(int signo)
{
	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} action = { 0 }; /* SIG_DFL is 0 */

	return (int)syscall(SYS_rt_sigaction, signo, &action, NULL, sizeof(action.mask));
}

int sys_set_name(const char *name)
{
	return prctl(PR_SET_NAME, name, 0UL, 0UL, 0UL);
}

int sys_prlimit(pid_t pid, int resource, const struct rlimit *limit)
{
	return (int)syscall(SYS_prlimit64, pid, resource, limit, NULL);
}

/* A mask of longs, lowest processor first: on 64-bit and little-endian machines that is our words. */
int sys_get_affinity(pid_t pid, uint64_t *words, size_t n)
{
	long bytes = syscall(SYS_sched_getaffinity, pid, n * sizeof(*words), words);

	return bytes < 0 ? -1 : (int)((size_t)bytes / sizeof(*words));
}

int sys_set_affinity(pid_t pid, const uint64_t *words, size_t n)
{
	return (int)syscall(SYS_sched_setaffinity, pid, n * sizeof(*words), words);
}

int sys_set_personality(unsigned long persona)
{
	return syscall(SYS_personality, persona) < 0 ? -1 : 0;
}

int sys_keyring_join(const char *name)
{
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING_, name, 0, 0, 0) < 0 ? -1 : 0;
}

int sys_set_hostname(const char *name, size_t len)
{
	return (int)syscall(SYS_sethostname, name, len);
}

int sys_set_domainname(const char *name, size_t len)
{
	return (int)syscall(SYS_setdomainname, name, len);
}

int sys_set_link_up(const char *ifname)
{
	_fd_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = { 0 };

	if (fd < 0)
		return -1;
	strncpy(req.ifr_name, ifname, sizeof(req.ifr_name) - 1);
	req.ifr_flags = IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &req);
}
