/*
 * plan_seccomp_chain(): two filters as one program. The kernel runs every filter and takes the
 * strictest answer; of two equally strict ones, that of the filter loaded last. So a filter loaded
 * last that answers nothing weaker than ERRNO but ALLOW decides alone unless it allows, over one
 * that answers nothing stricter than ERRNO:
 *
 *	last:   ...  ret ERRNO   ret KILL   ja first
 *	first:  ...  ret ERRNO   ret ALLOW
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

#include "plan/plan.h"

#include "seccomp_parts.h"

#include "base/banned.h"

static bool is_return(const struct sys_bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_RET;
}

static bool is_allow(const struct sys_bpf_insn *insn)
{
	return insn->code == (BPF_RET | BPF_K) && insn->k == SECCOMP_RET_ALLOW;
}

static bool is_errno(const struct sys_bpf_insn *insn)
{
	return insn->code == (BPF_RET | BPF_K) &&
	       (insn->k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
}

/* As strict as ERRNO, or stricter; the kernel compares actions as signed numbers. */
static bool denies(const struct sys_bpf_insn *insn)
{
	return insn->code == (BPF_RET | BPF_K) &&
	       (int32_t)(insn->k & SECCOMP_RET_ACTION_FULL) <= (int32_t)SECCOMP_RET_ERRNO;
}

static bool can_chain(const struct sys_bpf_insn *last, size_t n_last,
	const struct sys_bpf_insn *first, size_t n_first)
{
	if (n_last + n_first > PLAN_SECCOMP_INSNS_MAX)
		return false;
	for (size_t i = 0; i < n_last; i++) {
		if (is_return(&last[i]) && !is_allow(&last[i]) && !denies(&last[i]))
			return false;
	}
	for (size_t i = 0; i < n_first; i++) {
		if (is_return(&first[i]) && !is_allow(&first[i]) && !is_errno(&first[i]))
			return false;
	}
	return true;
}

const struct sys_bpf_insn *plan_seccomp_chain(struct arena *arena, const struct sys_bpf_insn *last,
	size_t n_last, const struct sys_bpf_insn *first, size_t n_first)
{
	struct sys_bpf_insn *out;

	if (!can_chain(last, n_last, first, n_first))
		return NULL;
	out = arena_array(arena, n_last + n_first, sizeof(*out));
	if (out == NULL)
		return NULL;
	memcpy(out, last, n_last * sizeof(*out));
	memcpy(out + n_last, first, n_first * sizeof(*out));
	for (size_t i = 0; i < n_last; i++) {
		if (is_allow(&out[i]))
			out[i] = (struct sys_bpf_insn){ BPF_JMP | BPF_JA, 0, 0,
				(uint32_t)(n_last - i - 1) };
	}
	return out;
}
