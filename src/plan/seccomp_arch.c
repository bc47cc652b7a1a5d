#include <linux/audit.h>
#include <seccomp.h>

#include "base/str.h"

#include "seccomp_parts.h"

#include "base/banned.h"

#define X32_BASE 0x40000000U

/*
 * Only architectures whose calls a kernel of ours can report: a filter for another one would
 * never run. riscv64 is here because it needs nothing special; s390x and ppc64le would need
 * their own multiplexers.
 */
static const struct plan_seccomp_arch archs[] = {
	{ "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, SCMP_ARCH_X86_64, 0, true },
	{ "SCMP_ARCH_X32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64, SCMP_ARCH_X86_64, X32_BASE, false },
	{ "SCMP_ARCH_X86", SCMP_ARCH_X86, AUDIT_ARCH_I386, SCMP_ARCH_X86_64, 0, false },
	{ "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64, SCMP_ARCH_AARCH64, 0, true },
	{ "SCMP_ARCH_ARM", SCMP_ARCH_ARM, AUDIT_ARCH_ARM, SCMP_ARCH_AARCH64, 0, false },
	{ "SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64, SCMP_ARCH_RISCV64, SCMP_ARCH_RISCV64, 0, true },
};

/*
 * i386 before Linux 4.3 had no numbers for most socket calls, and before 5.1 none for System V
 * IPC: socketcall(2) and ipc(2) take the function as argument 0. libseccomp resolves these names
 * to -100 - function and -200 - function. The numbers are the ABI's; 0 = it has none.
 */
enum {
	I386_SOCKETCALL = 102,
	I386_IPC = 117
};

static const uint16_t socketcall_direct[] = {
	[1] = 359,  /* socket */
	[2] = 361,  /* bind */
	[3] = 362,  /* connect */
	[4] = 363,  /* listen */
	[5] = 0,    /* accept */
	[6] = 367,  /* getsockname */
	[7] = 368,  /* getpeername */
	[8] = 360,  /* socketpair */
	[9] = 0,    /* send */
	[10] = 0,   /* recv */
	[11] = 369, /* sendto */
	[12] = 371, /* recvfrom */
	[13] = 373, /* shutdown */
	[14] = 366, /* setsockopt */
	[15] = 365, /* getsockopt */
	[16] = 370, /* sendmsg */
	[17] = 372, /* recvmsg */
	[18] = 364, /* accept4 */
	[19] = 337, /* recvmmsg */
	[20] = 345, /* sendmmsg */
};

static const uint16_t ipc_direct[] = {
	[1] = 0,    /* semop */
	[2] = 393,  /* semget */
	[3] = 394,  /* semctl */
	[4] = 0,    /* semtimedop */
	[11] = 400, /* msgsnd */
	[12] = 401, /* msgrcv */
	[13] = 399, /* msgget */
	[14] = 402, /* msgctl */
	[21] = 397, /* shmat */
	[22] = 398, /* shmdt */
	[23] = 395, /* shmget */
	[24] = 396, /* shmctl */
};

const struct plan_seccomp_arch *plan_seccomp_arch_at(size_t i)
{
	uint32_t native = seccomp_arch_native();

	for (size_t j = 0; j < ARRAY_SIZE(archs); j++) {
		if (archs[j].kernel != native)
			continue;
		if (i-- == 0)
			return &archs[j];
	}
	return NULL;
}

static bool resolve_mux(int pseudo, struct plan_seccomp_call *out)
{
	const uint16_t *direct = NULL;
	unsigned call = 0;

	if (pseudo <= -101 && pseudo >= -120) {
		call = (unsigned)(-pseudo) - 100;
		direct = &socketcall_direct[call];
		out->mux_nr = I386_SOCKETCALL;
	} else if (pseudo <= -201 && pseudo >= -224) {
		call = (unsigned)(-pseudo) - 200;
		direct = &ipc_direct[call];
		out->mux_nr = I386_IPC;
	}
	if (direct == NULL)
		return false;
	out->has_mux = true;
	out->mux_call = call;
	out->has_nr = *direct != 0;
	out->nr = *direct;
	return true;
}

bool plan_seccomp_resolve(
	const struct plan_seccomp_arch *arch, const char *name, struct plan_seccomp_call *out)
{
	int nr = seccomp_syscall_resolve_name_arch(arch->scmp, name);

	*out = (struct plan_seccomp_call){ 0 };
	if (nr >= 0) {
		out->has_nr = true;
		out->nr = (uint32_t)nr;
		return true;
	}
	if (arch->scmp == SCMP_ARCH_X86)
		return resolve_mux(nr, out);
	return false;
}
