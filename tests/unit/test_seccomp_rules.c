/*
 * The seccomp compiler, one property after the other.
 */
#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/call.h"

#include "seccomp_vm.h"

#include "base/banned.h"

#define X32_BIT 0x40000000U

static const struct config_seccomp *parse(struct arena *arena, const char *text)
{
	const struct config_seccomp *out = NULL;
	const struct json *root = NULL;
	struct err err = { 0 };

	if (json_parse(arena, text, strlen(text), &root, &err) < 0 ||
		config_seccomp_parse(arena, root, &out, &err) < 0)
		fail_msg("%s", err.msg);
	assert_non_null(out);
	return out;
}

static struct program compile_text(struct arena *arena, const char *text)
{
	return compile_for(arena, parse(arena, text), false);
}

/* The action on x86_64, by name. */
static uint32_t answer(const struct program *program, const char *name, uint64_t arg0,
	uint64_t arg1, uint64_t arg2)
{
	int nr = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, name);

	assert_true(nr >= 0);
	return run_args(program, AUDIT_ARCH_X86_64, (uint32_t)nr, arg0, arg1, arg2);
}

static void test_compile__rule_like_the_default_is_skipped(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct program program = compile_text(&arena,
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
		"{\"names\":[\"getpid\"],\"action\":\"SCMP_ACT_ALLOW\"},"
		"{\"names\":[\"getpid\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":7},"
		"{\"names\":[\"getpid\"],\"action\":\"SCMP_ACT_KILL\"}]}");

	(void)state;
	assert_int_equal(answer(&program, "getpid", 0, 0, 0), ERRNO_RET(7));
	assert_int_equal(answer(&program, "gettid", 0, 0, 0), SECCOMP_RET_ALLOW);
}

static void test_compile__every_action(void **state)
{
	static const struct {
		const char *call;
		uint32_t action;
	} wanted[] = { { "read", SECCOMP_RET_KILL_PROCESS }, { "write", SECCOMP_RET_KILL_THREAD },
		{ "open", SECCOMP_RET_KILL_THREAD }, { "close", SECCOMP_RET_TRAP },
		{ "stat", ERRNO_RET(EPERM) }, { "fstat", SECCOMP_RET_TRACE | 9 },
		{ "lstat", SECCOMP_RET_LOG }, { "poll", SECCOMP_RET_ALLOW },
		{ "lseek", ERRNO_RET(13) } };
	_arena_ struct arena arena = { 0 };
	struct program program = compile_text(&arena,
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":13,\"syscalls\":["
		"{\"names\":[\"read\"],\"action\":\"SCMP_ACT_KILL_PROCESS\"},"
		"{\"names\":[\"write\"],\"action\":\"SCMP_ACT_KILL_THREAD\"},"
		"{\"names\":[\"open\"],\"action\":\"SCMP_ACT_KILL\"},"
		"{\"names\":[\"close\"],\"action\":\"SCMP_ACT_TRAP\"},"
		"{\"names\":[\"stat\"],\"action\":\"SCMP_ACT_ERRNO\"},"
		"{\"names\":[\"fstat\"],\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":9},"
		"{\"names\":[\"lstat\"],\"action\":\"SCMP_ACT_LOG\"},"
		"{\"names\":[\"poll\",\"exit\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		assert_int_equal(answer(&program, wanted[i].call, 0, 0, 0), wanted[i].action);
}

static void test_compile__foreign_architecture(void **state)
{
	static const char text[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
				   "{\"names\":[\"read\"],\"action\":\"SCMP_ACT_TRAP\"}]}";
	static const uint32_t wanted[2] = { SECCOMP_RET_KILL_THREAD, ERRNO_RET(ENOSYS) };
	_arena_ struct arena arena = { 0 };
	struct program program;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		program = compile_for(&arena, parse(&arena, text), i == 1);
		assert_int_equal(run_args(&program, AUDIT_ARCH_I386, 3, 0, 0, 0), wanted[i]);
		assert_int_equal(
			run_args(&program, AUDIT_ARCH_X86_64, X32_BIT | 3, 0, 0, 0), wanted[i]);
		assert_int_equal(run_args(&program, AUDIT_ARCH_AARCH64, 63, 0, 0, 0), wanted[i]);
		assert_int_equal(run_args(&program, AUDIT_ARCH_X86_64, UINT32_MAX, 0, 0, 0),
			SECCOMP_RET_ALLOW);
	}
}

/* ENOSYS above what the profile knows, but not where unknown calls are let through anyway. */
static void test_compile__newer_calls(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct program deny =
		compile_text(&arena, "{\"defaultAction\":\"SCMP_ACT_KILL\",\"syscalls\":["
				     "{\"names\":[\"openat\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
	struct program allow =
		compile_text(&arena, "{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":["
				     "{\"names\":[\"openat\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");

	(void)state;
	assert_int_equal(answer(&deny, "openat", 0, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&deny, "read", 0, 0, 0), SECCOMP_RET_KILL_THREAD);
	assert_int_equal(answer(&deny, "mkdirat", 0, 0, 0), ERRNO_RET(ENOSYS));
	assert_int_equal(run_args(&deny, AUDIT_ARCH_X86_64, 1000, 0, 0, 0), ERRNO_RET(ENOSYS));
	assert_int_equal(answer(&allow, "mkdirat", 0, 0, 0), SECCOMP_RET_LOG);
}

/* A last rule that always matches is an "otherwise" for its call alone. */
static void test_compile__otherwise(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct program program = compile_text(&arena,
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"syscalls\":["
		"{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
		"{\"index\":0,\"value\":4294967295,\"valueTwo\":1,\"op\":\"SCMP_CMP_MASKED_EQ\"}]},"
		"{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":97,\"args\":["
		"{\"index\":0,\"value\":0,\"op\":\"SCMP_CMP_GE\"}]}]}");

	(void)state;
	assert_int_equal(answer(&program, "socket", 1, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&program, "socket", 0xabc00000001, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&program, "socket", 38, 0, 0), ERRNO_RET(97));
	assert_int_equal(answer(&program, "read", 1, 0, 0), ERRNO_RET(ENOSYS));
}

/* Enough distinct answers that jumps reach over more than 255 instructions. */
static void test_compile__long_jumps(void **state)
{
	static const char *const archs[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" };
	struct config_seccomp profile = { .default_action = CONFIG_ACT_KILL_PROCESS };
	_arena_ struct arena arena = { 0 };
	struct config_seccomp_rule *rules = arena_array(&arena, 400, sizeof(*rules));
	const char **call = arena_array(&arena, 400, sizeof(*call));
	struct program program;

	(void)state;
	assert_true(rules != NULL && call != NULL);
	for (uint32_t nr = 0; nr < 330; nr++) {
		call[nr] = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, (int)nr);
		assert_non_null(call[nr]);
		rules[nr] = (struct config_seccomp_rule){ .names = { &call[nr], 1 },
			.action = CONFIG_ACT_ERRNO,
			.has_errno = true,
			.errno_ret = 1 + nr };
	}
	profile.rules = rules;
	profile.n_rules = 330;
	profile.architectures = (struct json_strings){ archs, 3 };
	program = compile_for(&arena, &profile, false);
	for (uint32_t nr = 0; nr < 330; nr++) {
		assert_int_equal(
			run_args(&program, AUDIT_ARCH_X86_64, nr, 0, 0, 0), ERRNO_RET(1 + nr));
		free((char *)(uintptr_t)call[nr]);
	}
	assert_int_equal(
		run_args(&program, AUDIT_ARCH_AARCH64, 0, 0, 0, 0), SECCOMP_RET_KILL_THREAD);
}

static void test_compile__limits(void **state)
{
	static const char *const call[] = { "ioctl" };
	struct config_seccomp profile = { .pointer = "/linux/seccomp",
		.default_action = CONFIG_ACT_ERRNO };
	_arena_ struct arena arena = { 0 };
	struct config_seccomp_arg *args = arena_array(&arena, 9000, sizeof(*args));
	struct config_seccomp_rule rule = { .names = { call, 1 }, .action = CONFIG_ACT_ALLOW };
	const struct sys_bpf_insn *insns;
	struct err err = { 0 };
	size_t n;

	(void)state;
	assert_non_null(args);
	for (size_t i = 0; i < 9000; i++)
		args[i] =
			(struct config_seccomp_arg){ .index = 1, .op = CONFIG_CMP_EQ, .value = i };
	rule.args = args;
	rule.n_args = 3000;
	profile.rules = &rule;
	profile.n_rules = 1;
	assert_int_equal(plan_seccomp_compile(&arena, &profile, false, &insns, &n, &err), -E2BIG);
	assert_string_equal(err.msg, "/linux/seccomp: more than 4096 instructions");
	rule.n_args = 9000;
	assert_int_equal(plan_seccomp_compile(&arena, &profile, false, &insns, &n, &err), -E2BIG);
	assert_string_equal(err.msg, "/linux/seccomp: more than 8192 rules");
	args[0].index = 6;
	rule.n_args = 1;
	assert_int_equal(plan_seccomp_compile(&arena, &profile, false, &insns, &n, &err), -EINVAL);
}

static void test_compile__same_input_same_program(void **state)
{
	_arena_ struct arena arena = { 0 };
	const struct config_seccomp *profile = load(&arena, "tests/unit/data/seccomp-docker.json");
	struct program a = compile_for(&arena, profile, false);
	struct program b = compile_for(&arena, profile, false);

	(void)state;
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.insns, b.insns, a.n * sizeof(*a.insns));
}

/* The kernel walks the program for each of its numbers at load: a list takes hundreds of steps. */
static void test_compile__few_steps(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct program program =
		compile_for(&arena, load(&arena, "tests/unit/data/seccomp-docker.json"), false);
	unsigned long steps = 0;

	(void)state;
	for (int nr = 0; nr < 460; nr++) {
		struct seccomp_data data = { .arch = AUDIT_ARCH_X86_64, .nr = nr };

		run(&program, &data, &steps);
	}
	assert_true(steps < 460 * 12);
	assert_true(program.n < 320);
}

/* The kernel's own checker takes the program, and its answers are those of the interpreter. */
static void test_compile__the_kernel_agrees(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct program program =
		compile_for(&arena, load(&arena, "tests/unit/data/seccomp-docker.json"), false);
	int status = -1;
	pid_t child;

	(void)state;
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		bool ok = sys_set_no_new_privs() == 0 &&
			  sys_seccomp_load(0, program.insns, program.n) == 0;

		ok = ok && syscall(SYS_getppid) > 0;
		ok = ok && syscall(SYS_keyctl, 0, 0, 0, 0, 0) == -1 && errno == EPERM;
		ok = ok && syscall(SYS_clone3, NULL, 0) == -1 && errno == ENOSYS;
		ok = ok && syscall(SYS_personality, 0x40000) == -1 && errno == EPERM;
		ok = ok && syscall(900) == -1 && errno == ENOSYS;
		_exit(ok ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compile__rule_like_the_default_is_skipped),
		cmocka_unit_test(test_compile__every_action),
		cmocka_unit_test(test_compile__foreign_architecture),
		cmocka_unit_test(test_compile__newer_calls),
		cmocka_unit_test(test_compile__otherwise),
		cmocka_unit_test(test_compile__long_jumps),
		cmocka_unit_test(test_compile__limits),
		cmocka_unit_test(test_compile__same_input_same_program),
		cmocka_unit_test(test_compile__few_steps),
		cmocka_unit_test(test_compile__the_kernel_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
