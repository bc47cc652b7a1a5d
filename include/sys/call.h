/*
 * The only callers of privileged and new system calls. One wrapper, one call; -1 and errno, as
 * syscall(2); every descriptor that is made is close-on-exec. No policy, no retry, no message.
 *
 * Runs in: host and init. Paths are never resolved outside a descriptor the caller holds.
 */
#ifndef SYS_CALL_H
#define SYS_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/abi.h"
#include "base/attr.h"

struct rlimit;
struct timespec;

/* --- files ------------------------------------------------------------------------------- */

/** sys_openat2() - openat2(2), 5.6; O_CLOEXEC is added */
int sys_openat2(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve) _must_check_;

/**
 * sys_open_in_root() - open a path of the container with @rootfd as its "/"
 *
 * SECURITY: symlinks, absolute or not, and ".." stay below @rootfd; magic links are refused
 * (I6; CVE-2019-5736, CVE-2021-30465 and family: T-10).
 */
int sys_open_in_root(int rootfd, const char *path, int flags, mode_t mode) _must_check_;

/**
 * sys_open_proc() - open a file of a procfs instance of our own, never through a link or mount
 *
 * SECURITY: no symlink, no magic link, no crossing of a mount that somebody put over a part of
 * procfs (CVE-2025-52881: T-04).
 */
int sys_open_proc(int procfd, const char *path, int flags) _must_check_;

int sys_memfd_create(const char *name) _must_check_; /* may be sealed; executable */
int sys_memfd_seal(int fd) _must_check_;             /* write, grow, shrink, seal */
int sys_close_range(unsigned first, unsigned last) _must_check_;
int sys_close_range_cloexec(unsigned first, unsigned last) _must_check_; /* 5.11 */
int sys_chown_fd(int fd, uid_t uid, gid_t gid)
	_must_check_; /* the object itself; O_PATH is enough */
int sys_mknodat(int dirfd, const char *name, mode_t mode, unsigned major, unsigned minor)
	_must_check_;
int sys_flock(int fd, bool exclusive, bool wait) _must_check_;
int sys_flock_unlock(int fd) _must_check_;
int sys_faccess(int dirfd, const char *path, int mode) _must_check_; /* faccessat2(2) with
	AT_EACCESS, 5.8: as the effective ids may */

struct sys_dirent { /* linux_dirent64 */
	uint64_t ino;
	int64_t offset;
	uint16_t reclen; /* bytes of this record */
	uint8_t type;
	char name[];
};
ssize_t sys_getdents(int fd, void *buf, size_t size) _must_check_; /* aligned as uint64_t */
ssize_t sys_getcwd(char *buf, size_t size) _must_check_; /* as the kernel says it, without the C
	library's search for another name: "(unreachable)/..." stays visible */

/* --- mounts (new mount API, 5.2; mount_setattr 5.12) -------------------------------------- */

int sys_open_tree(int dirfd, const char *path, bool recursive) _must_check_; /* a detached copy;
	path "" = dirfd itself; a final symlink is not followed */
int sys_move_mount(int from_fd, int to_fd) _must_check_; /* both by descriptor, no path at all */
int sys_mount_setattr(int fd, bool recursive, const struct sys_mount_attr *attr) _must_check_;
int sys_fsopen(const char *fstype) _must_check_;
int sys_fsconfig_flag(int fd, const char *key) _must_check_;
int sys_fsconfig_string(int fd, const char *key, const char *value) _must_check_;
int sys_fsconfig_fd(int fd, const char *key, int value) _must_check_;
int sys_fsconfig_create(int fd) _must_check_;
int sys_fspick(int dirfd) _must_check_; /* the file system that @dirfd is on, to reconfigure it */
int sys_fsconfig_reconfigure(int fd) _must_check_;
int sys_fsmount(int fd, uint64_t attr) _must_check_;
int sys_mount(const char *source, const char *target, const char *fstype, const char *options)
	_must_check_; /* mount(2), for what fsconfig(2) of kernels < 6.15 can't be told */
int sys_pivot_root_here(void) _must_check_; /* pivot_root(".", ".") */
int sys_umount_here(void) _must_check_;     /* umount2(".", MNT_DETACH) */
int sys_chroot_here(void) _must_check_;     /* chroot(".") */

/* --- processes and namespaces -------------------------------------------------------------- */

pid_t sys_clone3(struct sys_clone_args *args) _must_check_;

/**
 * sys_spawn() - clone3(2) of a process that runs @child, which ends in execve(2) or _exit(2)
 * @share: it works on our memory, and we sleep until it has execve'd or ended, as with vfork(2);
 *         false where that can't be: with a new time namespace
 *
 * Where sharing is not possible (another processor, a build with sanitizers) it gets a copy.
 */
pid_t sys_spawn(const struct sys_clone_args *args, bool share, void (*child)(void *arg), void *arg)
	_must_check_;

/**
 * sys_park() - clone3(2) of a process that holds the namespaces it is born in, and does nothing
 * @hold: a pipe, close-on-exec: it ends when the last writing end but its own is closed
 *
 * @share: on our memory, which it never writes to: a copy costs more than all the rest. SECURITY:
 *         whoever may trace it then reads and writes us: call sys_set_dumpable(false) first
 */
pid_t sys_park(const struct sys_clone_args *args, bool share, const int hold[2]) _must_check_;
int sys_unshare(int flags) _must_check_;
int sys_setns(int fd, int nstype) _must_check_;
int sys_ns_type(int fd) _must_check_;  /* NS_GET_NSTYPE: one SYS_NEW*; ENOTTY if not a namespace */
int sys_ns_owner(int fd) _must_check_; /* NS_GET_USERNS: a new fd; EPERM if out of our reach */
int sys_pidfd_open(pid_t pid) _must_check_;
int sys_pidfd_send_signal(int pidfd, int signo) _must_check_;
int sys_execveat(int fd, const char *path, char *const argv[], char *const envp[]) _must_check_;
int sys_set_pdeathsig(int signo) _must_check_;
int sys_set_dumpable(bool on) _must_check_;
int sys_set_child_subreaper(void) _must_check_;
int sys_signal_default(int signo) _must_check_; /* also of the C library's own signals */
int sys_set_name(const char *name) _must_check_;
void sys_exit(int status) _noreturn_; /* by a trap, where a seccomp filter denies exit_group(2) */
int sys_prlimit(pid_t pid, int resource, const struct rlimit *limit) _must_check_;
int sys_get_affinity(pid_t pid, uint64_t *words, size_t n)
	_must_check_; /* words that were filled */
int sys_set_affinity(pid_t pid, const uint64_t *words, size_t n) _must_check_;
int sys_set_personality(unsigned long persona) _must_check_;
enum {
	SYS_LANDLOCK_PATH = 1,
	SYS_LANDLOCK_PORT = 2,
};

struct sys_landlock_rule {
	uint64_t access;
	union {
		int32_t fd; /* SYS_LANDLOCK_PATH */
		uint64_t port;
	};
};

/** sys_landlock_abi() - version of the kernel's interface, 0 without it */
unsigned sys_landlock_abi(void);

/* A ruleset of landlock(7): what it may forbid, what is allowed all the same, in force for ever. */
int sys_landlock_create(uint64_t fs, uint64_t net) _must_check_;
int sys_landlock_allow(int ruleset, int type, const struct sys_landlock_rule *rule) _must_check_;
int sys_landlock_restrict_self(int ruleset) _must_check_;

int sys_keyring_join(const char *name) _must_check_; /* KEYCTL_JOIN_SESSION_KEYRING */
int sys_set_hostname(const char *name, size_t len) _must_check_;
int sys_set_domainname(const char *name, size_t len) _must_check_;
int sys_set_link_up(const char *ifname) _must_check_;

/* --- credentials of the calling thread ----------------------------------------------------- */

struct sys_caps {
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
};

int sys_setgroups(size_t n, const uint32_t *gids) _must_check_;
int sys_setresuid(uid_t uid) _must_check_; /* real, effective, saved */
int sys_setresgid(gid_t gid) _must_check_;
uid_t sys_setfsuid(uid_t uid); /* the one before: never fails visibly, the next call shows it */
gid_t sys_setfsgid(gid_t gid);
int sys_capget(struct sys_caps *caps) _must_check_;
int sys_capset(const struct sys_caps *caps) _must_check_;
int sys_bounding_drop(int cap) _must_check_;
int sys_bounding_has(int cap) _must_check_; /* 1, 0, or -1: the kernel does not know @cap */
int sys_ambient_clear(void) _must_check_;
int sys_ambient_raise(int cap) _must_check_;
int sys_set_keepcaps(bool on) _must_check_;
int sys_set_securebits(unsigned long bits) _must_check_;
int sys_set_no_new_privs(void) _must_check_;
int sys_deny_wx(void) _must_check_; /* PR_SET_MDWE, 6.3: no memory becomes executable */
int sys_seccomp_load(unsigned flags, const struct sys_bpf_insn *insns, size_t n) _must_check_;

/* --- eBPF device programs of cgroup v2 ------------------------------------------------------- */

int sys_bpf_device_load(const struct sys_ebpf_insn *insns, size_t n) _must_check_; /* program fd */
int sys_bpf_device_attach(int cgroup_fd, int program_fd) _must_check_; /* beside what is there */
int sys_bpf_device_replace(int cgroup_fd, int program_fd, int old_fd) _must_check_; /* 5.6 */
int sys_bpf_device_detach(int cgroup_fd, int program_fd) _must_check_;
/* ids of the programs attached to this very cgroup; @n: room, then how many there are */
int sys_bpf_device_query(int cgroup_fd, uint32_t *ids, uint32_t *n) _must_check_;
int sys_bpf_program_open(uint32_t id) _must_check_;
#define SYS_BPF_NAME_SIZE 16
int sys_bpf_program_name(int program_fd, char name[SYS_BPF_NAME_SIZE]) _must_check_;

/* --- terminals ------------------------------------------------------------------------------ */

int sys_pty_unlock(int master) _must_check_;
int sys_pty_peer(int master) _must_check_; /* TIOCGPTPEER: never by path (CVE-2025-52565) */
int sys_set_controlling_tty(int fd) _must_check_;
int sys_set_window(int fd, unsigned short rows, unsigned short columns) _must_check_;

#endif
