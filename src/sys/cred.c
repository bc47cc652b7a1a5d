/*
 * Credentials of the calling thread. Raw calls, not the C library's: its setuid family signals
 * every thread, which a single-threaded program has no use for, and musl's and glibc's differ.
 */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/call.h"

#include "base/banned.h"

enum {
	SET_MDWE = 65, /* prctl(2) since 6.3 */
	MDWE_REFUSE_EXEC_GAIN = 1,
	CAPABILITY_VERSION_3 = 0x20080522,
	SECCOMP_SET_MODE_FILTER_ = 1,
	AMBIENT_RAISE = 2,
	AMBIENT_CLEAR_ALL = 4,
};

struct cap_header {
	uint32_t version;
	int pid;
};

struct cap_data {
	uint32_t effective;
	uint32_t permitted;
	uint32_t inheritable;
};

struct bpf_program {
	unsigned short len;
	const struct sys_bpf_insn *filter;
};

int sys_setgroups(size_t n, const uint32_t *gids)
{
	return (int)syscall(SYS_setgroups, n, gids);
}

int sys_setresuid(uid_t uid)
{
	return (int)syscall(SYS_setresuid, uid, uid, uid);
}

int sys_setresgid(gid_t gid)
{
	return (int)syscall(SYS_setresgid, gid, gid, gid);
}

uid_t sys_setfsuid(uid_t uid)
{
	return (uid_t)syscall(SYS_setfsuid, uid);
}

gid_t sys_setfsgid(gid_t gid)
{
	return (gid_t)syscall(SYS_setfsgid, gid);
}

int sys_capget(struct sys_caps *caps)
{
	struct cap_header header = { .version = CAPABILITY_VERSION_3 };
	struct cap_data data[2] = { { 0 } };

	if (syscall(SYS_capget, &header, data) < 0)
		return -1;
	caps->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	caps->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	caps->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

int sys_capset(const struct sys_caps *caps)
{
	struct cap_header header = { .version = CAPABILITY_VERSION_3 };
	struct cap_data data[2] = {
		{ (uint32_t)caps->effective, (uint32_t)caps->permitted,
			(uint32_t)caps->inheritable },
		{ (uint32_t)(caps->effective >> 32), (uint32_t)(caps->permitted >> 32),
			(uint32_t)(caps->inheritable >> 32) },
	};

	return (int)syscall(SYS_capset, &header, data);
}

int sys_bounding_drop(int cap)
{
	return prctl(PR_CAPBSET_DROP, (unsigned long)cap, 0UL, 0UL, 0UL);
}

int sys_bounding_has(int cap)
{
	return prctl(PR_CAPBSET_READ, (unsigned long)cap, 0UL, 0UL, 0UL);
}

int sys_ambient_clear(void)
{
	return prctl(PR_CAP_AMBIENT, AMBIENT_CLEAR_ALL, 0UL, 0UL, 0UL);
}

int sys_ambient_raise(int cap)
{
	return prctl(PR_CAP_AMBIENT, AMBIENT_RAISE, (unsigned long)cap, 0UL, 0UL);
}

int sys_set_keepcaps(bool on)
{
	return prctl(PR_SET_KEEPCAPS, on ? 1UL : 0UL, 0UL, 0UL, 0UL);
}

int sys_set_securebits(unsigned long bits)
{
	return prctl(PR_SET_SECUREBITS, bits, 0UL, 0UL, 0UL);
}

int sys_set_no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL);
}

int sys_deny_wx(void)
{
	return prctl(SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0UL, 0UL, 0UL);
}

int sys_seccomp_load(unsigned flags, const struct sys_bpf_insn *insns, size_t n)
{
	struct bpf_program program = { .len = (unsigned short)n, .filter = insns };

	if (n > UINT16_MAX) {
		errno = EINVAL;
		return -1;
	}
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER_, flags, &program);
}
