/*
 * The floor under every container, profiles/seccomp/floor.json: what it says about each group of
 * calls, and that a program really runs under it.
 */
#include <errno.h>
#include <linux/audit.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plan/floor.h"
#include "sys/call.h"

#include "seccomp_vm.h"

#include "base/banned.h"

#define FLOOR  "profiles/seccomp/floor.json"
#define ALLOW  SECCOMP_RET_ALLOW
#define DENIED ERRNO_RET(EPERM)
#define ABSENT ERRNO_RET(ENOSYS)
#define FAMILY ERRNO_RET(EAFNOSUPPORT)
#define JUNK   0xdeadbeef00000000ULL /* the kernel ignores the upper half of these arguments */

struct expected {
	const char *call;
	uint64_t args[3];
	uint32_t action;
};

static void check_program(const struct program *program, const struct expected *expected, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int nr = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, expected[i].call);
		struct seccomp_data data = { .arch = AUDIT_ARCH_X86_64, .nr = nr };
		uint32_t action;

		assert_true(nr >= 0);
		memcpy(data.args, expected[i].args, sizeof(expected[i].args));
		action = run(program, &data, NULL);
		if (action != expected[i].action)
			fail_msg(
				"%s: 0x%x, not 0x%x", expected[i].call, action, expected[i].action);
	}
}

static void check(const struct expected *expected, size_t n)
{
	_arena_ struct arena arena = { 0 };
	struct program program = compile_for(&arena, load(&arena, FLOOR), true);

	check_program(&program, expected, n);
}

/* What is in caisson is what the build made of the file. */
static void test_floor__embedded(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct program program = compile_for(&arena, load(&arena, FLOOR), true);
	const struct sys_bpf_insn *insns;
	size_t n;

	(void)state;
	insns = plan_floor_built(0, &n);
	assert_int_equal(n, program.n);
	assert_memory_equal(insns, program.insns, n * sizeof(*insns));
}

static void test_floor__ordinary_programs(void **state)
{
	static const struct expected expected[] = {
		{ "execve", { 0 }, ALLOW },
		{ "openat2", { 0 }, ALLOW },
		{ "statx", { 0 }, ALLOW },
		{ "rseq", { 0 }, ALLOW },
		{ "futex_waitv", { 0 }, ALLOW },
		{ "epoll_pwait2", { 0 }, ALLOW },
		{ "memfd_create", { 0 }, ALLOW },
		{ "landlock_create_ruleset", { 0 }, ALLOW },
		{ "seccomp", { 0 }, ALLOW },
		{ "mknod", { 0 }, ALLOW },
		{ "chroot", { 0 }, ALLOW },
		{ "setresuid", { 0 }, ALLOW },
		{ "mq_open", { 0 }, ALLOW },
		{ "shmat", { 0 }, ALLOW },
		{ "io_submit", { 0 }, ALLOW },
		{ "pidfd_send_signal", { 0 }, ALLOW },
		{ "close_range", { 0 }, ALLOW },
	};

	(void)state;
	check(expected, ARRAY_SIZE(expected));
}

static void test_floor__denied(void **state)
{
	static const struct expected expected[] = {
		{ "mount", { 0 }, DENIED },
		{ "umount2", { 0 }, DENIED },
		{ "pivot_root", { 0 }, DENIED },
		{ "move_mount", { 0 }, DENIED },
		{ "fsopen", { 0 }, DENIED },
		{ "unshare", { 0 }, DENIED },
		{ "setns", { 0 }, DENIED },
		{ "sethostname", { 0 }, DENIED },
		{ "ptrace", { 0 }, DENIED },
		{ "process_vm_writev", { 0 }, DENIED },
		{ "pidfd_getfd", { 0 }, DENIED },
		{ "bpf", { 0 }, DENIED },
		{ "perf_event_open", { 0 }, DENIED },
		{ "finit_module", { 0 }, DENIED },
		{ "kexec_load", { 0 }, DENIED },
		{ "open_by_handle_at", { 0 }, DENIED },
		{ "fanotify_init", { 0 }, DENIED },
		{ "quotactl_fd", { 0 }, DENIED },
		{ "clock_settime", { 0 }, DENIED },
		{ "syslog", { 0 }, DENIED },
		{ "vmsplice", { 0 }, DENIED },
	};

	(void)state;
	check(expected, ARRAY_SIZE(expected));
}

/* Programs ask whether these exist and do without; EPERM would make them give up. */
static void test_floor__probes(void **state)
{
	static const struct expected expected[] = {
		{ "clone3", { 0 }, ABSENT },
		{ "io_uring_setup", { 0 }, ABSENT },
		{ "io_uring_enter", { 0 }, ABSENT },
		{ "io_uring_register", { 0 }, ABSENT },
		{ "keyctl", { 0 }, ABSENT },
		{ "add_key", { 0 }, ABSENT },
		{ "request_key", { 0 }, ABSENT },
		{ "userfaultfd", { 0 }, ABSENT },
		{ "memfd_secret", { 0 }, ABSENT },
		{ "mbind", { 0 }, ABSENT },
		{ "uselib", { 0 }, ABSENT },
	};

	(void)state;
	check(expected, ARRAY_SIZE(expected));
}

static void test_floor__sockets(void **state)
{
	static const struct expected expected[] = {
		{ "socket", { AF_UNIX, 1, 0 }, ALLOW },
		{ "socket", { AF_INET, 1, 132 }, ALLOW },
		{ "socket", { JUNK | AF_INET6, 1, 0 }, ALLOW },
		{ "socket", { AF_NETLINK, 3, 0 }, ALLOW },
		{ "socket", { AF_NETLINK, 3, 4 }, ALLOW },
		{ "socket", { AF_NETLINK, 3, 15 }, ALLOW },
		{ "socket", { AF_NETLINK, 3, JUNK | 16 }, ALLOW },
		{ "socket", { AF_NETLINK, 3, 9 }, FAMILY },  /* audit */
		{ "socket", { AF_NETLINK, 3, 12 }, FAMILY }, /* netfilter */
		{ "socket", { AF_NETLINK, 3, JUNK | 12 }, FAMILY },
		{ "socket", { 0, 1, 0 }, FAMILY },
		{ "socket", { AF_ALG, 5, 0 }, FAMILY },
		{ "socket", { JUNK | AF_ALG, 5, 0 }, FAMILY },
		{ "socket", { AF_VSOCK, 1, 0 }, FAMILY },
		{ "socket", { AF_PACKET, 3, 0 }, FAMILY },
		{ "socket", { UINT64_MAX, 3, 0 }, FAMILY },
		{ "socketpair", { AF_UNIX, 1, 0 }, ALLOW },
		{ "socketpair", { AF_ALG, 1, 0 }, FAMILY },
	};

	(void)state;
	check(expected, ARRAY_SIZE(expected));
}

static void test_floor__clone(void **state)
{
	static const struct expected expected[] = {
		{ "clone", { CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, 0, 0 }, ALLOW },
		{ "clone", { 17, 0, 0 }, ALLOW },
		{ "clone", { JUNK | 17, 0, 0 }, ALLOW },
		{ "clone", { CLONE_NEWNS, 0, 0 }, DENIED },
		{ "clone", { CLONE_NEWCGROUP, 0, 0 }, DENIED },
		{ "clone", { CLONE_NEWUTS, 0, 0 }, DENIED },
		{ "clone", { CLONE_NEWIPC, 0, 0 }, DENIED },
		{ "clone", { JUNK | CLONE_NEWUSER | 17, 0, 0 }, DENIED },
		{ "clone", { CLONE_NEWPID, 0, 0 }, DENIED },
		{ "clone", { CLONE_NEWNET, 0, 0 }, DENIED },
	};

	(void)state;
	check(expected, ARRAY_SIZE(expected));
}

static void test_floor__ioctl(void **state)
{
	static const struct expected expected[] = {
		{ "ioctl", { 0, TIOCSTI, 0 }, DENIED },
		{ "ioctl", { 0, JUNK | TIOCSTI, 0 }, DENIED },
		{ "ioctl", { 0, 0x100000000 | TIOCSTI, 0 }, DENIED },
		{ "ioctl", { 0, TIOCLINUX, 0 }, DENIED },
		{ "ioctl", { 0, JUNK | TIOCSETD, 0 }, DENIED },
		{ "ioctl", { 0, TIOCGWINSZ, 0 }, ALLOW },
		{ "ioctl", { TIOCSTI, JUNK | FIONREAD, TIOCSTI }, ALLOW },
	};

	(void)state;
	check(expected, ARRAY_SIZE(expected));
}

static void test_floor__personality(void **state)
{
	static const struct expected expected[] = {
		{ "personality", { 0, 0, 0 }, ALLOW },
		{ "personality", { 8, 0, 0 }, ALLOW },
		{ "personality", { 0x20000, 0, 0 }, ALLOW },
		{ "personality", { 0x20008, 0, 0 }, ALLOW },
		{ "personality", { 0xffffffff, 0, 0 }, ALLOW },
		{ "personality", { UINT64_MAX, 0, 0 }, ALLOW },
		{ "personality", { 0x40000, 0, 0 }, DENIED },
		{ "personality", { JUNK | 0x40000, 0, 0 }, DENIED },
	};

	(void)state;
	check(expected, ARRAY_SIZE(expected));
}

static void test_floor__unknown_and_foreign_calls(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct program program = compile_for(&arena, load(&arena, FLOOR), true);

	(void)state;
	assert_int_equal(run_args(&program, AUDIT_ARCH_X86_64, 400, 0, 0, 0), ABSENT);
	assert_int_equal(run_args(&program, AUDIT_ARCH_X86_64, 1000, 0, 0, 0), ABSENT);
	for (uint32_t nr = 0; nr < 600; nr++) {
		assert_int_equal(run_args(&program, AUDIT_ARCH_I386, nr, 0, 0, 0), ABSENT);
		assert_int_equal(
			run_args(&program, AUDIT_ARCH_X86_64, 0x40000000 | nr, 0, 0, 0), ABSENT);
	}
}

/* --- what a profile can open -------------------------------------------------------------------- */

static struct program built(unsigned options)
{
	struct program program = { 0 };

	program.insns = plan_floor_built(options, &program.n);
	assert_true(program.n > 0 && program.n <= 4096);
	return program;
}

/* One call that each option decides about, and what the floor says without it. */
static const struct {
	unsigned option;
	uint32_t arch;
	struct expected expected;
	uint32_t bits;
} opened[] = {
	{ POLICY_FLOOR_COMPAT32, AUDIT_ARCH_I386, { "getuid32", { 0 }, ABSENT }, 0 },
	{ POLICY_FLOOR_COMPAT32, AUDIT_ARCH_I386, { "socketcall", { 3, 0 }, ABSENT }, 0 },
	{ POLICY_FLOOR_X32, AUDIT_ARCH_X86_64, { "getpid", { 0 }, ABSENT }, 0x40000000 },
	{ POLICY_FLOOR_IO_URING, AUDIT_ARCH_X86_64, { "io_uring_setup", { 0 }, ABSENT }, 0 },
	{ POLICY_FLOOR_IO_URING, AUDIT_ARCH_X86_64, { "io_uring_enter", { 0 }, ABSENT }, 0 },
	{ POLICY_FLOOR_IO_URING, AUDIT_ARCH_X86_64, { "io_uring_register", { 0 }, ABSENT }, 0 },
	{ POLICY_FLOOR_DEBUG, AUDIT_ARCH_X86_64, { "ptrace", { 0 }, DENIED }, 0 },
	{ POLICY_FLOOR_DEBUG, AUDIT_ARCH_X86_64, { "process_vm_readv", { 0 }, DENIED }, 0 },
	{ POLICY_FLOOR_DEBUG, AUDIT_ARCH_X86_64, { "process_vm_writev", { 0 }, DENIED }, 0 },
	{ POLICY_FLOOR_DEBUG, AUDIT_ARCH_X86_64, { "pidfd_getfd", { 0 }, DENIED }, 0 },
	{ POLICY_FLOOR_DEBUG, AUDIT_ARCH_X86_64, { "kcmp", { 0 }, DENIED }, 0 },
	{ POLICY_FLOOR_DEBUG, AUDIT_ARCH_X86_64, { "personality", { 0x40000 }, DENIED }, 0 },
	{ POLICY_FLOOR_DEBUG, AUDIT_ARCH_X86_64, { "personality", { 0x60008 }, DENIED }, 0 },
	{ POLICY_FLOOR_NESTED, AUDIT_ARCH_X86_64, { "unshare", { CLONE_NEWUSER }, DENIED }, 0 },
	{ POLICY_FLOOR_NESTED, AUDIT_ARCH_X86_64, { "clone", { CLONE_NEWNS }, DENIED }, 0 },
	{ POLICY_FLOOR_NESTED, AUDIT_ARCH_X86_64, { "clone3", { 0 }, ABSENT }, 0 },
	{ POLICY_FLOOR_NESTED, AUDIT_ARCH_X86_64, { "setns", { 0 }, DENIED }, 0 },
	{ POLICY_FLOOR_NESTED, AUDIT_ARCH_X86_64, { "mount", { 0 }, DENIED }, 0 },
	{ POLICY_FLOOR_NESTED, AUDIT_ARCH_X86_64, { "move_mount", { 0 }, DENIED }, 0 },
	{ POLICY_FLOOR_NESTED, AUDIT_ARCH_X86_64, { "pivot_root", { 0 }, DENIED }, 0 },
	{ POLICY_FLOOR_NESTED, AUDIT_ARCH_X86_64, { "sethostname", { 0 }, DENIED }, 0 },
};

/* Each set of options opens what its members say, and nothing else of the list. */
static void test_options__open_only_their_own(void **state)
{
	(void)state;
	for (unsigned options = 0; options < POLICY_FLOOR_VARIANTS; options++) {
		struct program program = built(options);

		for (size_t i = 0; i < ARRAY_SIZE(opened); i++) {
			const struct expected *e = &opened[i].expected;
			uint32_t scmp = opened[i].arch == AUDIT_ARCH_I386 ? SCMP_ARCH_X86
									  : SCMP_ARCH_X86_64;
			int nr = seccomp_syscall_resolve_name_arch(scmp, e->call);
			bool is_open = (options & opened[i].option) != 0;
			uint32_t action;

			assert_true(nr >= 0);
			action = run_args(&program, opened[i].arch, (uint32_t)nr | opened[i].bits,
				e->args[0], e->args[1], e->args[2]);
			if (action != (is_open ? ALLOW : e->action))
				fail_msg("options 0x%x, %s: 0x%x", options, e->call, action);
		}
	}
}

/* What no option opens. */
static void test_options__the_rest_stays(void **state)
{
	static const struct expected expected[] = {
		{ "openat2", { 0 }, ALLOW },
		{ "bpf", { 0 }, DENIED },
		{ "perf_event_open", { 0 }, DENIED },
		{ "finit_module", { 0 }, DENIED },
		{ "kexec_load", { 0 }, DENIED },
		{ "open_by_handle_at", { 0 }, DENIED },
		{ "keyctl", { 0 }, ABSENT },
		{ "userfaultfd", { 0 }, ABSENT },
		{ "socket", { AF_ALG, 5, 0 }, FAMILY },
		{ "socket", { AF_VSOCK, 1, 0 }, FAMILY },
		{ "ioctl", { 0, JUNK | TIOCSTI, 0 }, DENIED },
		{ "personality", { 0x100000, 0, 0 }, DENIED }, /* MMAP_PAGE_ZERO */
		{ "personality", { 0xffffffff, 0, 0 }, ALLOW },
	};

	(void)state;
	for (unsigned options = 0; options < POLICY_FLOOR_VARIANTS; options++) {
		struct program program = built(options);

		check_program(&program, expected, ARRAY_SIZE(expected));
		assert_int_equal(run_args(&program, AUDIT_ARCH_X86_64, 1000, 0, 0, 0), ABSENT);
		assert_int_equal(run_args(&program, AUDIT_ARCH_AARCH64, 0, 0, 0, 0), ABSENT);
	}
}

/* The 32-bit machine has the same rules, but for sockets: their domain is behind a pointer. */
static void test_options__compat32(void **state)
{
	static const struct expected expected[] = {
		{ "read", { 0 }, ALLOW },
		{ "mmap2", { 0 }, ALLOW },
		{ "clock_gettime64", { 0 }, ALLOW },
		{ "futex_time64", { 0 }, ALLOW },
		{ "set_thread_area", { 0 }, ALLOW },
		{ "socket", { AF_INET, 1, 0 }, ALLOW },
		{ "socket", { AF_ALG, 5, 0 }, FAMILY },
		{ "socketcall", { 1, 0, 0 }, ALLOW },
		{ "ipc", { 23, 0, 0 }, ALLOW },
		{ "clone", { CLONE_NEWUSER, 0, 0 }, DENIED },
		{ "ioctl", { 0, TIOCSTI, 0 }, DENIED },
		{ "mount", { 0 }, DENIED },
		{ "ptrace", { 0 }, DENIED },
		{ "bpf", { 0 }, DENIED },
		{ "clock_settime64", { 0 }, ABSENT },
		{ "vm86", { 0 }, ABSENT },
	};
	struct program program = built(POLICY_FLOOR_COMPAT32);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct expected *e = &expected[i];
		int nr = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, e->call);
		uint32_t action;

		if (strcmp(e->call, "socket") == 0)
			nr = 359; /* the library has a number below zero for it */
		assert_true(nr >= 0);
		action = run_args(&program, AUDIT_ARCH_I386, (uint32_t)nr, e->args[0], e->args[1],
			e->args[2]);
		if (action != e->action)
			fail_msg("%s: 0x%x, not 0x%x", e->call, action, e->action);
	}
}

/* Calls newer than libseccomp 2.5.4, or of other architectures: a library may not know them. */
static bool may_be_unknown(const char *name)
{
	static const char *const newer[] = { "cachestat", "fchmodat2", "futex_requeue",
		"futex_wait", "futex_wake", "getxattrat", "listmount", "listxattrat",
		"map_shadow_stack", "mseal", "open_tree_attr", "removexattrat", "riscv_hwprobe",
		"setxattrat", "statmount", "uprobe", "uretprobe" };

	for (size_t i = 0; i < ARRAY_SIZE(newer); i++) {
		if (strcmp(newer[i], name) == 0)
			return true;
	}
	return false;
}

/* A misspelt name would open or close nothing, silently. */
static void every_name_is_a_call(const struct config_seccomp *floor)
{
	for (size_t i = 0; i < floor->n_rules; i++) {
		for (size_t j = 0; j < floor->rules[i].names.n; j++) {
			const char *name = floor->rules[i].names.items[j];

			if (seccomp_syscall_resolve_name(name) == __NR_SCMP_ERROR &&
				!may_be_unknown(name))
				fail_msg("no such call: %s", name);
		}
	}
}

static void test_floor__every_name_is_a_call(void **state)
{
	static const char *const files[] = { FLOOR, "profiles/seccomp/compat32.json",
		"profiles/seccomp/debug.json", "profiles/seccomp/io_uring.json",
		"profiles/seccomp/nested.json" };
	_arena_ struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		every_name_is_a_call(load(&arena, files[i]));
}

static bool fails_with(long r, int wanted)
{
	return r == -1 && errno == wanted;
}

static bool works_below_floor(const struct program *program)
{
	int status = -1;
	pid_t child;

	if (sys_set_no_new_privs() < 0 || sys_seccomp_load(0, program->insns, program->n) < 0)
		return false;
	if (!fails_with(syscall(SYS_unshare, CLONE_NEWUSER), EPERM) ||
		!fails_with(syscall(SYS_clone3, NULL, 0), ENOSYS) ||
		!fails_with(socket(AF_ALG, SOCK_SEQPACKET, 0), EAFNOSUPPORT) ||
		!fails_with(syscall(SYS_ioctl, 0, 0x100000000 | TIOCSTI, "x"), EPERM) ||
		!fails_with(syscall(1000), ENOSYS))
		return false;
	child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", "echo a b | { read x y; test \"$y\" = b; }", NULL);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void test_floor__a_shell_runs_under_it(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct program program = compile_for(&arena, load(&arena, FLOOR), true);
	int status = -1;
	pid_t child;

	(void)state;
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(works_below_floor(&program) ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floor__embedded),
		cmocka_unit_test(test_floor__ordinary_programs),
		cmocka_unit_test(test_floor__denied),
		cmocka_unit_test(test_floor__probes),
		cmocka_unit_test(test_floor__sockets),
		cmocka_unit_test(test_floor__clone),
		cmocka_unit_test(test_floor__ioctl),
		cmocka_unit_test(test_floor__personality),
		cmocka_unit_test(test_floor__unknown_and_foreign_calls),
		cmocka_unit_test(test_options__open_only_their_own),
		cmocka_unit_test(test_options__the_rest_stays),
		cmocka_unit_test(test_options__compat32),
		cmocka_unit_test(test_floor__every_name_is_a_call),
		cmocka_unit_test(test_floor__a_shell_runs_under_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
