#include "names.h"

#include <stddef.h>

#include "base/abi.h"
#include "base/attr.h"
#include "base/str.h"
#include "config/config.h"

#include "local.h"

#include "base/banned.h"

const char *const config_ns_names[CONFIG_NS_N] = {
	[CONFIG_NS_USER] = "user",
	[CONFIG_NS_PID] = "pid",
	[CONFIG_NS_NETWORK] = "network",
	[CONFIG_NS_MOUNT] = "mount",
	[CONFIG_NS_IPC] = "ipc",
	[CONFIG_NS_UTS] = "uts",
	[CONFIG_NS_CGROUP] = "cgroup",
	[CONFIG_NS_TIME] = "time",
};

static const char *const ns_files[CONFIG_NS_N] = {
	[CONFIG_NS_USER] = "user",
	[CONFIG_NS_PID] = "pid",
	[CONFIG_NS_NETWORK] = "net",
	[CONFIG_NS_MOUNT] = "mnt",
	[CONFIG_NS_IPC] = "ipc",
	[CONFIG_NS_UTS] = "uts",
	[CONFIG_NS_CGROUP] = "cgroup",
	[CONFIG_NS_TIME] = "time",
};

static const int ns_clone_flags[CONFIG_NS_N] = {
	[CONFIG_NS_USER] = SYS_NEWUSER,
	[CONFIG_NS_PID] = SYS_NEWPID,
	[CONFIG_NS_NETWORK] = SYS_NEWNET,
	[CONFIG_NS_MOUNT] = SYS_NEWNS,
	[CONFIG_NS_IPC] = SYS_NEWIPC,
	[CONFIG_NS_UTS] = SYS_NEWUTS,
	[CONFIG_NS_CGROUP] = SYS_NEWCGROUP,
	[CONFIG_NS_TIME] = SYS_NEWTIME,
};

static const char *const hook_names[CONFIG_HOOK_N] = {
	[CONFIG_HOOK_PRESTART] = "prestart",
	[CONFIG_HOOK_CREATE_RUNTIME] = "createRuntime",
	[CONFIG_HOOK_CREATE_CONTAINER] = "createContainer",
	[CONFIG_HOOK_START_CONTAINER] = "startContainer",
	[CONFIG_HOOK_POSTSTART] = "poststart",
	[CONFIG_HOOK_POSTSTOP] = "poststop",
};

const char *const config_rlimit_names[CONFIG_RLIMIT_N] = {
	[CONFIG_RLIMIT_CPU] = "RLIMIT_CPU",
	[CONFIG_RLIMIT_FSIZE] = "RLIMIT_FSIZE",
	[CONFIG_RLIMIT_DATA] = "RLIMIT_DATA",
	[CONFIG_RLIMIT_STACK] = "RLIMIT_STACK",
	[CONFIG_RLIMIT_CORE] = "RLIMIT_CORE",
	[CONFIG_RLIMIT_RSS] = "RLIMIT_RSS",
	[CONFIG_RLIMIT_NPROC] = "RLIMIT_NPROC",
	[CONFIG_RLIMIT_NOFILE] = "RLIMIT_NOFILE",
	[CONFIG_RLIMIT_MEMLOCK] = "RLIMIT_MEMLOCK",
	[CONFIG_RLIMIT_AS] = "RLIMIT_AS",
	[CONFIG_RLIMIT_LOCKS] = "RLIMIT_LOCKS",
	[CONFIG_RLIMIT_SIGPENDING] = "RLIMIT_SIGPENDING",
	[CONFIG_RLIMIT_MSGQUEUE] = "RLIMIT_MSGQUEUE",
	[CONFIG_RLIMIT_NICE] = "RLIMIT_NICE",
	[CONFIG_RLIMIT_RTPRIO] = "RLIMIT_RTPRIO",
	[CONFIG_RLIMIT_RTTIME] = "RLIMIT_RTTIME",
};

const char *const config_seccomp_action_names[CONFIG_ACT_N] = {
	[CONFIG_ACT_KILL_PROCESS] = "SCMP_ACT_KILL_PROCESS",
	[CONFIG_ACT_KILL_THREAD] = "SCMP_ACT_KILL_THREAD",
	[CONFIG_ACT_TRAP] = "SCMP_ACT_TRAP",
	[CONFIG_ACT_ERRNO] = "SCMP_ACT_ERRNO",
	[CONFIG_ACT_NOTIFY] = "SCMP_ACT_NOTIFY",
	[CONFIG_ACT_TRACE] = "SCMP_ACT_TRACE",
	[CONFIG_ACT_LOG] = "SCMP_ACT_LOG",
	[CONFIG_ACT_ALLOW] = "SCMP_ACT_ALLOW",
};

const char *const config_seccomp_op_names[CONFIG_CMP_N] = {
	[CONFIG_CMP_NE] = "SCMP_CMP_NE",
	[CONFIG_CMP_LT] = "SCMP_CMP_LT",
	[CONFIG_CMP_LE] = "SCMP_CMP_LE",
	[CONFIG_CMP_EQ] = "SCMP_CMP_EQ",
	[CONFIG_CMP_GE] = "SCMP_CMP_GE",
	[CONFIG_CMP_GT] = "SCMP_CMP_GT",
	[CONFIG_CMP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
};

static const char *const seccomp_archs[] = {
	"SCMP_ARCH_AARCH64",
	"SCMP_ARCH_ARM",
	"SCMP_ARCH_LOONGARCH64",
	"SCMP_ARCH_M68K",
	"SCMP_ARCH_MIPS",
	"SCMP_ARCH_MIPS64",
	"SCMP_ARCH_MIPS64N32",
	"SCMP_ARCH_MIPSEL",
	"SCMP_ARCH_MIPSEL64",
	"SCMP_ARCH_MIPSEL64N32",
	"SCMP_ARCH_PARISC",
	"SCMP_ARCH_PARISC64",
	"SCMP_ARCH_PPC",
	"SCMP_ARCH_PPC64",
	"SCMP_ARCH_PPC64LE",
	"SCMP_ARCH_RISCV64",
	"SCMP_ARCH_S390",
	"SCMP_ARCH_S390X",
	"SCMP_ARCH_SH",
	"SCMP_ARCH_SHEB",
	"SCMP_ARCH_X32",
	"SCMP_ARCH_X86",
	"SCMP_ARCH_X86_64",
	NULL,
};

/* By number, as the kernel's ABI fixed them. libcap's own lookup is not used: it takes "7" and
 * "cap_chown" for names as well, and allocates to give one back. */
static const char *const cap_names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};
_Static_assert(ARRAY_SIZE(cap_names) == SYS_CAP_LAST_KNOWN + 1, "a name for each capability");

const char *config_ns_name(enum config_ns_type type)
{
	return (unsigned)type < CONFIG_NS_N ? config_ns_names[type] : NULL;
}

const char *config_ns_file(enum config_ns_type type)
{
	return (unsigned)type < CONFIG_NS_N ? ns_files[type] : NULL;
}

int config_ns_clone_flag(enum config_ns_type type)
{
	return (unsigned)type < CONFIG_NS_N ? ns_clone_flags[type] : -1;
}

const char *config_hook_name(enum config_hook_kind kind)
{
	return (unsigned)kind < CONFIG_HOOK_N ? hook_names[kind] : NULL;
}

const char *config_rlimit_name(enum config_rlimit_type type)
{
	return (unsigned)type < CONFIG_RLIMIT_N ? config_rlimit_names[type] : NULL;
}

const char *config_seccomp_action_name(enum config_seccomp_action action)
{
	return (unsigned)action < CONFIG_ACT_N ? config_seccomp_action_names[action] : NULL;
}

const char *config_seccomp_op_name(enum config_seccomp_op op)
{
	return (unsigned)op < CONFIG_CMP_N ? config_seccomp_op_names[op] : NULL;
}

const char *config_seccomp_arch_name(size_t i)
{
	return i < ARRAY_SIZE(seccomp_archs) ? seccomp_archs[i] : NULL;
}

const char *config_cap_name(int cap)
{
	return cap >= 0 && (size_t)cap < ARRAY_SIZE(cap_names) ? cap_names[cap] : NULL;
}

int config_cap_number(const char *name)
{
	if (!str_starts(name, "CAP_"))
		return -1;
	/* the first letter spares most of the comparisons */
	for (size_t i = 0; i < ARRAY_SIZE(cap_names); i++) {
		if (cap_names[i][4] == name[4] && str_eq(cap_names[i] + 4, name + 4))
			return (int)i;
	}
	return -1;
}

const char *config_cap_text(struct arena *arena, uint64_t caps)
{
	const uint64_t all = (1ULL << ARRAY_SIZE(cap_names)) - 1;
	char text[1024] = "";
	size_t len = 0;

	if (caps == 0)
		return "none";
	if (caps == all)
		return "all";
	for (size_t i = 0; i < 64 && len < sizeof(text); i++) {
		const char *blank = len > 0 ? " " : "";

		if ((caps >> i & 1) == 0)
			continue;
		if (i < ARRAY_SIZE(cap_names))
			len += str_fmt(
				text + len, sizeof(text) - len, "%s%s", blank, cap_names[i] + 4);
		else
			len += str_fmt(text + len, sizeof(text) - len, "%s%zu", blank, i);
	}
	return arena_strdup(arena, text);
}
