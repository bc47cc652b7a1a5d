/*
 * An interpreter for classic BPF, and profiles from files: shared by the seccomp tests.
 */
#ifndef TESTS_SECCOMP_VM_H
#define TESTS_SECCOMP_VM_H

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#include <cmocka.h> /* needs setjmp.h and stdarg.h before it */
/* clang-format on */

#include "base/arena.h"
#include "config/config.h"
#include "plan/plan.h"

#define ERRNO_RET(e) (SECCOMP_RET_ERRNO | (uint32_t)(e))

struct program {
	const struct sys_bpf_insn *insns;
	size_t n;
};

/* --- running a program ---------------------------------------------------------------------- */

static inline bool jump_taken(uint16_t code, uint32_t acc, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return acc == k;
	case BPF_JGT:
		return acc > k;
	case BPF_JGE:
		return acc >= k;
	case BPF_JSET:
		return (acc & k) != 0;
	default:
		fail_msg("jump 0x%x", code);
		return false;
	}
}

/* The action of @program for one call; @steps counts instructions if it is not NULL. */
static inline uint32_t run(
	const struct program *program, const struct seccomp_data *data, unsigned long *steps)
{
	uint32_t acc = 0;

	for (size_t pc = 0; pc < program->n; pc++) {
		const struct sys_bpf_insn *at = &program->insns[pc];

		if (steps != NULL)
			(*steps)++;
		if (at->code == (BPF_RET | BPF_K))
			return at->k;
		if (at->code == (BPF_LD | BPF_W | BPF_ABS)) {
			assert_true(at->k % 4 == 0 && at->k < sizeof(*data));
			memcpy(&acc, (const char *)data + at->k, sizeof(acc));
		} else if (at->code == (BPF_ALU | BPF_AND | BPF_K)) {
			acc &= at->k;
		} else if (at->code == (BPF_JMP | BPF_JA)) {
			pc += at->k;
		} else {
			assert_int_equal(BPF_CLASS(at->code), BPF_JMP);
			pc += jump_taken(at->code, acc, at->k) ? at->jt : at->jf;
		}
	}
	fail_msg("the program runs off its end");
	return 0;
}

static inline uint32_t run_args(const struct program *program, uint32_t arch, uint32_t nr,
	uint64_t arg0, uint64_t arg1, uint64_t arg2)
{
	struct seccomp_data data = { .arch = arch, .nr = (int)nr, .args = { arg0, arg1, arg2 } };

	return run(program, &data, NULL);
}

/* --- profiles ------------------------------------------------------------------------------- */

/* A file of the source tree. */
static inline const struct config_seccomp *load(struct arena *arena, const char *name)
{
	const char *top = getenv("top_srcdir");
	const struct config_seccomp *out = NULL;
	const struct json *root = NULL;
	struct err err = { 0 };
	char *path;

	path = arena_fmt(arena, "%s/%s", top != NULL ? top : ".", name);
	assert_non_null(path);
	if (json_load(arena, AT_FDCWD, path, &root, &err) < 0 ||
		config_seccomp_parse(arena, root, &out, &err) < 0)
		fail_msg("%s", err.msg);
	assert_non_null(out);
	return out;
}

static inline struct program compile_for(
	struct arena *arena, const struct config_seccomp *profile, bool foreign_enosys)
{
	struct program program = { 0 };
	struct err err = { 0 };

	if (plan_seccomp_compile(arena, profile, foreign_enosys, &program.insns, &program.n, &err) <
		0)
		fail_msg("%s", err.msg);
	assert_true(program.n > 0 && program.n <= 4096);
	return program;
}

#endif
