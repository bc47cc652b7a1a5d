/* Attempts that the seccomp floor answers, and opening files in ways a shell can't. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

#define IGNORE_PATH (void)path

static int answer(long r)
{
	return r < 0 ? errno : 0;
}

static int try_socket(int domain, int type, int protocol)
{
	int fd = socket(domain, type, protocol);
	int error = answer(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

static int try_unix(const char *path)
{
	IGNORE_PATH;
	return try_socket(AF_UNIX, SOCK_STREAM, 0);
}

static int try_inet(const char *path)
{
	IGNORE_PATH;
	return try_socket(AF_INET, SOCK_STREAM, 0);
}

static int try_alg(const char *path)
{
	IGNORE_PATH;
	return try_socket(AF_ALG, SOCK_SEQPACKET, 0);
}

static int try_vsock(const char *path)
{
	IGNORE_PATH;
	return try_socket(AF_VSOCK, SOCK_STREAM, 0);
}

static int try_packet(const char *path)
{
	IGNORE_PATH;
	return try_socket(AF_PACKET, SOCK_RAW, 0);
}

static int try_netfilter(const char *path)
{
	IGNORE_PATH;
	return try_socket(AF_NETLINK, SOCK_RAW, 12 /* NETLINK_NETFILTER */);
}

static int try_netlink_audit(const char *path)
{
	IGNORE_PATH;
	return try_socket(AF_NETLINK, SOCK_RAW, 9 /* NETLINK_AUDIT */);
}

/* With arguments that the kernel itself would answer with EFAULT, EINVAL or EBADF. */
#define SIMPLE(function, number, a, b, c)                        \
	static int function(const char *path)                    \
	{                                                        \
		IGNORE_PATH;                                     \
		return answer(syscall(number, a, b, c, 0L, 0L)); \
	}

SIMPLE(try_clone3, SYS_clone3, 0L, 0L, 0L)
SIMPLE(try_unknown, 1000, 0L, 0L, 0L)
SIMPLE(try_negative, -1, 0L, 0L, 0L)
SIMPLE(try_keyctl, SYS_keyctl, 0L, -3L, 0L) /* KEYCTL_GET_KEYRING_ID, session */
SIMPLE(try_add_key, SYS_add_key, "user", "probe", "x")
SIMPLE(try_request_key, SYS_request_key, "user", "probe", 0L)
SIMPLE(try_io_uring, SYS_io_uring_setup, 1L, 0L, 0L)
SIMPLE(try_userfaultfd, SYS_userfaultfd, 0L, 0L, 0L)
SIMPLE(try_bpf, SYS_bpf, 0L, 0L, 0L)
SIMPLE(try_perf, SYS_perf_event_open, 0L, 0L, -1L)
SIMPLE(try_ptrace, SYS_ptrace, PTRACE_TRACEME, 0L, 0L)
SIMPLE(try_vm_readv, SYS_process_vm_readv, 1L, 0L, 0L)
SIMPLE(try_pidfd_getfd, SYS_pidfd_getfd, -1L, 0L, 0L)
SIMPLE(try_kcmp, SYS_kcmp, 1L, 1L, 0L)
SIMPLE(try_handle, SYS_open_by_handle_at, AT_FDCWD, 0L, 0L)
SIMPLE(try_vmsplice, SYS_vmsplice, -1L, 0L, 0L)
SIMPLE(try_swapon, SYS_swapon, "/", 0L, 0L)
SIMPLE(try_reboot, SYS_reboot, 0L, 0L, 0L)
SIMPLE(try_init_module, SYS_init_module, 0L, 0L, "")
SIMPLE(try_syslog, SYS_syslog, 10L, 0L, 0L)
SIMPLE(try_memfd_secret, SYS_memfd_secret, 0L, 0L, 0L)
SIMPLE(try_aslr_off, SYS_personality, ADDR_NO_RANDOMIZE, 0L, 0L)

static char secret[] = "secret";

static int child_that_waits(void)
{
	int pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void end_child(int pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* As strace and gdb do: attach, stop it, read a word of its memory. */
static int try_trace(const char *path)
{
	int pid = child_that_waits(), error;
	long word;

	IGNORE_PATH;
	error = answer(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	if (error == 0)
		error = answer(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	if (error == 0)
		error = answer(waitpid(pid, NULL, 0));
	if (error == 0) {
		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, pid, secret, NULL);
		error = errno != 0 ? errno : memcmp(&word, secret, 4) != 0 ? EIO : 0;
	}
	end_child(pid);
	return error;
}

static int try_vm_read(const char *path)
{
	int pid = child_that_waits(), error;
	char buf[sizeof(secret)] = "";
	struct iovec to = { buf, sizeof(buf) }, from = { secret, sizeof(secret) };

	IGNORE_PATH;
	error = answer(process_vm_readv(pid, &to, 1, &from, 1, 0));
	if (error == 0 && strcmp(buf, secret) != 0)
		error = EIO;
	end_child(pid);
	return error;
}

static int try_ring(const char *path)
{
	char params[120] = "";
	int fd = (int)syscall(SYS_io_uring_setup, 1L, params);
	int error = answer(fd);

	IGNORE_PATH;
	if (fd >= 0)
		close(fd);
	return error;
}

/* What a nested launcher starts with: namespaces of its own, a file system in them, a name. */
static int nest(void)
{
	if (unshare(CLONE_NEWUSER) < 0 || unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS) < 0)
		return errno;
	if (mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0 || sethostname("nested", 6) < 0)
		return errno;
	return answer(umount2("/tmp", MNT_DETACH));
}

static int try_nest(const char *path)
{
	int pid = fork(), status = 0;

	IGNORE_PATH;
	if (pid == 0)
		_exit(nest());
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

#ifdef __x86_64__
/* The same machine by its other doors: numbers mean other calls there. */
static int try_int80(const char *path)
{
	long r;

	IGNORE_PATH;
	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(20L /* getpid */)
			 : "memory", "r8", "r9", "r10", "r11");
	return r < 0 ? (int)-r : 0;
}

static int try_x32(const char *path)
{
	IGNORE_PATH;
	return answer(syscall(0x40000000L | SYS_getpid));
}
#else
static int try_int80(const char *path)
{
	IGNORE_PATH;
	return ENOSYS;
}

static int try_x32(const char *path)
{
	IGNORE_PATH;
	return ENOSYS;
}
#endif

/* The terminal on standard input; raw, because a libc may narrow the request. */
#define TERMINAL(function, request, argument)                                 \
	static int function(const char *path)                                 \
	{                                                                     \
		IGNORE_PATH;                                                  \
		return answer(syscall(SYS_ioctl, 0L, (request), (argument))); \
	}

static const int n_tty = 0;
static const char subcode = 2; /* TIOCLINUX: start a selection */

TERMINAL(try_tiocsti, (unsigned long)TIOCSTI, "#")
TERMINAL(try_tiocsti_wide, 0x100000000UL | TIOCSTI, "#")
TERMINAL(try_tiocsti_widest, 0xffffffff00000000UL | TIOCSTI, "#")
TERMINAL(try_tioclinux, (unsigned long)TIOCLINUX, &subcode)
TERMINAL(try_tioclinux_wide, 0x100000000UL | TIOCLINUX, &subcode)
TERMINAL(try_tiocsetd, (unsigned long)TIOCSETD, &n_tty)
TERMINAL(try_tiocsetd_wide, 0x8000000000000000UL | TIOCSETD, &n_tty)

/* Memory to write to that may run, and memory that may run after it was written to. */
static int try_writable_code(const char *path)
{
	void *memory = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	IGNORE_PATH;
	return answer(memory == MAP_FAILED ? -1 : 0);
}

static int try_written_code(const char *path)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	IGNORE_PATH;
	if (memory == MAP_FAILED)
		return answer(-1);
	return answer(mprotect(memory, 4096, PROT_READ | PROT_EXEC));
}

static int try_open(const char *path, int flags)
{
	int fd = open(path != NULL ? path : "/", flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int error = answer(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

static int try_read(const char *path)
{
	return try_open(path, O_RDONLY);
}

static int try_write(const char *path)
{
	return try_open(path, O_WRONLY);
}

static int try_read_write(const char *path)
{
	return try_open(path, O_RDWR);
}

const struct probe_attempt probe_calls[] = {
	{ "unix", try_unix },
	{ "inet", try_inet },
	{ "alg", try_alg },
	{ "vsock", try_vsock },
	{ "packet", try_packet },
	{ "netfilter", try_netfilter },
	{ "netlink-audit", try_netlink_audit },
	{ "writable-code", try_writable_code },
	{ "written-code", try_written_code },
	{ "clone3", try_clone3 },
	{ "unknown", try_unknown },
	{ "negative", try_negative },
	{ "keyctl", try_keyctl },
	{ "add-key", try_add_key },
	{ "request-key", try_request_key },
	{ "io-uring", try_io_uring },
	{ "userfaultfd", try_userfaultfd },
	{ "bpf", try_bpf },
	{ "perf", try_perf },
	{ "ptrace", try_ptrace },
	{ "vm-readv", try_vm_readv },
	{ "pidfd-getfd", try_pidfd_getfd },
	{ "kcmp", try_kcmp },
	{ "handle", try_handle },
	{ "vmsplice", try_vmsplice },
	{ "swapon", try_swapon },
	{ "reboot", try_reboot },
	{ "init-module", try_init_module },
	{ "syslog", try_syslog },
	{ "memfd-secret", try_memfd_secret },
	{ "trace", try_trace },
	{ "vm-read", try_vm_read },
	{ "ring", try_ring },
	{ "nest", try_nest },
	{ "aslr-off", try_aslr_off },
	{ "int80", try_int80 },
	{ "x32", try_x32 },
	{ "tiocsti", try_tiocsti },
	{ "tiocsti-wide", try_tiocsti_wide },
	{ "tiocsti-widest", try_tiocsti_widest },
	{ "tioclinux", try_tioclinux },
	{ "tioclinux-wide", try_tioclinux_wide },
	{ "tiocsetd", try_tiocsetd },
	{ "tiocsetd-wide", try_tiocsetd_wide },
	{ "read", try_read },
	{ "write", try_write },
	{ "read-write", try_read_write },
	{ NULL, NULL },
};
