/*
 * The kernel's interface as this project uses it: structures and constants that older C library
 * or kernel headers (Debian 12, musl) do not have, all from include/uapi of Linux 6.18. Values of
 * an ABI never change. Defined here once so that caisson and caisson-init see the same ones.
 *
 * Runs in: host and init.
 */
#ifndef BASE_ABI_H
#define BASE_ABI_H

#include <stdint.h>

/* clone3(2), linux/sched.h */
struct sys_clone_args {
	uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
	uint64_t set_tid;
	uint64_t set_tid_size;
	uint64_t cgroup;
};
#define SYS_CLONE_FILES       0x00000400ULL
#define SYS_CLONE_PIDFD       0x00001000ULL
#define SYS_CLONE_INTO_CGROUP 0x200000000ULL

/* namespaces, linux/sched.h: the same bits in clone, unshare, setns and NS_GET_NSTYPE */
#define SYS_NEWTIME   0x00000080
#define SYS_NEWNS     0x00020000
#define SYS_NEWCGROUP 0x02000000
#define SYS_NEWUTS    0x04000000
#define SYS_NEWIPC    0x08000000
#define SYS_NEWUSER   0x10000000
#define SYS_NEWPID    0x20000000
#define SYS_NEWNET    0x40000000

/* mount_setattr(2) and fsmount(2), linux/mount.h */
struct sys_mount_attr {
	uint64_t attr_set;
	uint64_t attr_clr;
	uint64_t propagation;
	uint64_t userns_fd;
};
#define SYS_ATTR_RDONLY      0x00000001ULL
#define SYS_ATTR_NOSUID      0x00000002ULL
#define SYS_ATTR_NODEV       0x00000004ULL
#define SYS_ATTR_NOEXEC      0x00000008ULL
#define SYS_ATTR_ATIME       0x00000070ULL /* mask of the three modes below */
#define SYS_ATTR_RELATIME    0x00000000ULL
#define SYS_ATTR_NOATIME     0x00000010ULL
#define SYS_ATTR_STRICTATIME 0x00000020ULL
#define SYS_ATTR_NODIRATIME  0x00000080ULL
#define SYS_ATTR_IDMAP       0x00100000ULL
#define SYS_ATTR_NOSYMFOLLOW 0x00200000ULL

/* propagation types, linux/mount.h */
#define SYS_MS_UNBINDABLE (1ULL << 17)
#define SYS_MS_PRIVATE    (1ULL << 18)
#define SYS_MS_SLAVE      (1ULL << 19)
#define SYS_MS_SHARED     (1ULL << 20)

/* openat2(2), linux/openat2.h */
#define SYS_RESOLVE_NO_XDEV       0x01ULL
#define SYS_RESOLVE_NO_MAGICLINKS 0x02ULL
#define SYS_RESOLVE_NO_SYMLINKS   0x04ULL
#define SYS_RESOLVE_BENEATH       0x08ULL
#define SYS_RESOLVE_IN_ROOT       0x10ULL

/* securebits, linux/securebits.h */
#define SYS_SECBIT_NO_SETUID_FIXUP             0x04
#define SYS_SECBIT_NO_CAP_AMBIENT_RAISE        0x40
#define SYS_SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED 0x80

/* seccomp(2), linux/seccomp.h and linux/filter.h */
struct sys_bpf_insn {
	uint16_t code;
	uint8_t jt;
	uint8_t jf;
	uint32_t k;
};
#define SYS_SECCOMP_FLAG_TSYNC              0x01
#define SYS_SECCOMP_FLAG_LOG                0x02
#define SYS_SECCOMP_FLAG_SPEC_ALLOW         0x04
#define SYS_SECCOMP_FLAG_WAIT_KILLABLE_RECV 0x20

/* bpf(2), linux/bpf.h: an instruction of the extended machine, and what a device program sees */
struct sys_ebpf_insn {
	uint8_t code;
	uint8_t regs; /* destination | source << 4 */
	int16_t off;
	int32_t imm;
};
#define SYS_BPF_DEV_BLOCK 1
#define SYS_BPF_DEV_CHAR  2
#define SYS_BPF_ACC_MKNOD 1
#define SYS_BPF_ACC_READ  2
#define SYS_BPF_ACC_WRITE 4

/* file system magic numbers, linux/magic.h */
#define SYS_MAGIC_PROC    0x9fa0
#define SYS_MAGIC_TMPFS   0x01021994
#define SYS_MAGIC_OVERLAY 0x794c7630
#define SYS_MAGIC_CGROUP  0x27e0eb
#define SYS_MAGIC_CGROUP2 0x63677270
#define SYS_MAGIC_NSFS    0x6e736673

#define SYS_CAP_LAST_KNOWN 40 /* CAP_CHECKPOINT_RESTORE */

#endif
