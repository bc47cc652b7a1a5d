/*
 * Two filters as one program: for every call it answers as the kernel would, which runs both.
 */
#include <linux/audit.h>

#include "base/str.h"

#include "seccomp_vm.h"

#include "base/banned.h"

#define FLOOR "profiles/seccomp/floor.json"

enum {
	NUMBERS = 600
};

/* seccomp(2): the strictest action, as a signed number; of equals that of the newest filter */
static uint32_t run_both(
	const struct program *last, const struct program *first, const struct seccomp_data *data)
{
	uint32_t newest = run(last, data, NULL), older = run(first, data, NULL);

	return (int32_t)(older & SECCOMP_RET_ACTION_FULL) <
			       (int32_t)(newest & SECCOMP_RET_ACTION_FULL)
		       ? older
		       : newest;
}

static unsigned long compare_call(const struct program *last, const struct program *first,
	const struct program *chain, uint32_t arch, uint32_t nr)
{
	/* what the rules of these files ask for, and what is near it */
	static const uint64_t values[] = { 0, 1, 2, 16, 38, 40, 8, 0x20000, 0x20008, 0x7e020000,
		0x10000000, 0x5412, 0x541c, 0xffffffff, 0x100000001, UINT64_MAX };
	unsigned long n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(values); j++, n++) {
			struct seccomp_data data = { .arch = arch,
				.nr = (int)nr,
				.args = { values[i], values[j], values[(i + j) % 4] } };
			uint32_t wanted = run_both(last, first, &data);

			if (run(chain, &data, NULL) != wanted)
				fail_msg("arch 0x%x call %u (0x%llx, 0x%llx): 0x%x, not 0x%x", arch,
					nr, (unsigned long long)values[i],
					(unsigned long long)values[j], run(chain, &data, NULL),
					wanted);
		}
	}
	return n;
}

static void compare(struct arena *arena, const struct program *last, const struct program *first)
{
	static const uint32_t archs[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64 };
	struct program chain = {
		.insns = plan_seccomp_chain(arena, last->insns, last->n, first->insns, first->n),
		.n = last->n + first->n,
	};

	assert_non_null(chain.insns);
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++) {
		for (uint32_t nr = 0; nr < NUMBERS; nr++) {
			compare_call(last, first, &chain, archs[i], nr);
			compare_call(last, first, &chain, archs[i], nr | 0x40000000);
		}
		compare_call(last, first, &chain, archs[i], UINT32_MAX);
	}
}

static void compare_with_floor(const char *file)
{
	_arena_ struct arena arena = { 0 };
	struct program floor = compile_for(&arena, load(&arena, FLOOR), true);
	struct program last = compile_for(&arena, load(&arena, file), false);

	compare(&arena, &last, &floor);
}

static void test_chain__equals_both_docker(void **state)
{
	(void)state;
	compare_with_floor("tests/unit/data/seccomp-docker.json");
}

static void test_chain__equals_both_podman(void **state)
{
	(void)state;
	compare_with_floor("tests/unit/data/seccomp-podman.json");
}

static struct program parse(struct arena *arena, const char *text, bool foreign_enosys)
{
	const struct config_seccomp *out = NULL;
	const struct json *root = NULL;
	struct err err = { 0 };

	if (json_parse(arena, text, strlen(text), &root, &err) < 0 ||
		config_seccomp_parse(arena, root, &out, &err) < 0)
		fail_msg("%s", err.msg);
	return compile_for(arena, out, foreign_enosys);
}

static const char some_errors[] = "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": ["
				  "{ \"names\": [\"read\", \"write\", \"socket\", \"mount\"],"
				  "\"action\": \"SCMP_ACT_ALLOW\" } ] }";

/* Of two that deny, the stricter, or the newer: each action beside ERRNO and ALLOW of the other. */
static void test_chain__equals_both_every_denial(void **state)
{
	static const char *const actions[] = { "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS",
		"SCMP_ACT_TRAP", "SCMP_ACT_ERRNO" };
	_arena_ struct arena arena = { 0 };
	struct program first = parse(&arena, some_errors, true);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		const char *text = arena_fmt(&arena,
			"{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
			"{ \"names\": [\"read\", \"open\"], \"action\": \"%s\" },"
			"{ \"names\": [\"socket\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 93,"
			"  \"args\": [{ \"index\": 0, \"value\": 16, \"op\": \"SCMP_CMP_EQ\" }] } ] }",
			actions[i]);
		struct program last;

		assert_non_null(text);
		last = parse(&arena, text, false);
		compare(&arena, &last, &first);
	}
}

static void test_chain__weaker_actions_need_both(void **state)
{
	static const char *const actions[] = { "SCMP_ACT_LOG", "SCMP_ACT_TRACE",
		"SCMP_ACT_NOTIFY" };
	_arena_ struct arena arena = { 0 };
	struct program first = parse(&arena, some_errors, true);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		const char *text = arena_fmt(&arena,
			"{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
			"{ \"names\": [\"open\"], \"action\": \"%s\" } ] }",
			actions[i]);
		struct program last;

		assert_non_null(text);
		last = parse(&arena, text, false);
		assert_null(plan_seccomp_chain(&arena, last.insns, last.n, first.insns, first.n));
	}
}

/* A floor of the administrator's that kills: the config's ERRNO must not come before that. */
static void test_chain__first_that_kills_needs_both(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct program last = parse(&arena, some_errors, true);
	struct program first = parse(&arena, some_errors, false); /* foreign calls: KILL_THREAD */

	(void)state;
	assert_null(plan_seccomp_chain(&arena, last.insns, last.n, first.insns, first.n));
}

static void test_chain__too_long(void **state)
{
	static const struct sys_bpf_insn allow = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	_arena_ struct arena arena = { 0 };
	struct sys_bpf_insn *many = arena_array(&arena, 4096, sizeof(*many));

	(void)state;
	assert_non_null(many);
	for (size_t i = 0; i < 4096; i++)
		many[i] = allow;
	assert_non_null(plan_seccomp_chain(&arena, many, 4095, &allow, 1));
	assert_null(plan_seccomp_chain(&arena, many, 4096, &allow, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain__equals_both_docker),
		cmocka_unit_test(test_chain__equals_both_podman),
		cmocka_unit_test(test_chain__equals_both_every_denial),
		cmocka_unit_test(test_chain__weaker_actions_need_both),
		cmocka_unit_test(test_chain__first_that_kills_needs_both),
		cmocka_unit_test(test_chain__too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
