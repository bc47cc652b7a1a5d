/*
 * Any seccomp object that parses compiles to a program that the kernel's checker would take:
 * known instructions, jumps that stay inside, a return at the end; or it is refused.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>

#include "base/arena.h"
#include "config/config.h"
#include "plan/plan.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_insn(const struct sys_bpf_insn *insn, size_t left)
{
	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		check(insn->k % 4 == 0 && insn->k < sizeof(struct seccomp_data));
		break;
	case BPF_JMP | BPF_JA:
		check(insn->k < left);
		break;
	case BPF_JMP | BPF_K | BPF_JEQ:
	case BPF_JMP | BPF_K | BPF_JGT:
	case BPF_JMP | BPF_K | BPF_JGE:
		check(insn->jt < left && insn->jf < left);
		break;
	case BPF_ALU | BPF_K | BPF_AND:
	case BPF_RET | BPF_K:
		break;
	default:
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_arena_ struct arena arena = { 0 };
	const struct config_seccomp *profile = NULL;
	const struct sys_bpf_insn *insns = NULL;
	const struct json *root = NULL;
	struct err err = { 0 };
	size_t n = 0;

	if (json_parse(&arena, (const char *)data, size, &root, &err) < 0 ||
		config_seccomp_parse(&arena, root, &profile, &err) < 0 || profile == NULL)
		return 0;
	if (plan_seccomp_compile(&arena, profile, size % 2 == 0, &insns, &n, &err) < 0) {
		check(err.code < 0 && err.msg[0] != '\0');
		return 0;
	}
	check(n > 0 && n <= BPF_MAXINSNS);
	check(insns[n - 1].code == (BPF_RET | BPF_K));
	for (size_t i = 0; i < n; i++)
		check_insn(&insns[i], n - 1 - i);
	return 0;
}
