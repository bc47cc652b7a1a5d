#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "seccomp_parts.h"

#include "base/banned.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum {
	LOW_WORD = 0,
	HIGH_WORD = 4
};
#else
enum {
	LOW_WORD = 4,
	HIGH_WORD = 0
};
#endif

/* One comparison: where it goes if it holds, and if not. */
struct cond {
	const struct config_seccomp_arg *arg;
	unsigned pass;
	unsigned fail;
};

static unsigned load(struct plan_seccomp_code *code, uint32_t index, uint32_t word)
{
	uint32_t offset = (uint32_t)offsetof(struct seccomp_data, args) + 8 * index + word;

	return plan_seccomp_code_insn(code, BPF_LD | BPF_W | BPF_ABS, offset);
}

/* (word & mask) == (value & mask); nothing at all for a mask of 0 */
static unsigned masked_word(
	struct plan_seccomp_code *code, const struct cond *cond, uint32_t word, unsigned shift)
{
	uint32_t mask = (uint32_t)(cond->arg->value >> shift);
	uint32_t want = (uint32_t)(cond->arg->value_two >> shift) & mask;

	if (mask == 0)
		return cond->pass;
	plan_seccomp_code_jump(code, BPF_JEQ, want, cond->pass, cond->fail);
	if (mask != UINT32_MAX)
		plan_seccomp_code_insn(code, BPF_ALU | BPF_AND | BPF_K, mask);
	return load(code, cond->arg->index, word);
}

static unsigned masked(struct plan_seccomp_code *code, const struct cond *cond, bool is_64)
{
	struct cond high = *cond;

	high.pass = masked_word(code, cond, LOW_WORD, 0);
	return is_64 ? masked_word(code, &high, HIGH_WORD, 32) : high.pass;
}

static unsigned equal(struct plan_seccomp_code *code, const struct cond *cond, bool is_64)
{
	uint64_t value = cond->arg->value;
	unsigned low;

	plan_seccomp_code_jump(code, BPF_JEQ, (uint32_t)value, cond->pass, cond->fail);
	low = load(code, cond->arg->index, LOW_WORD);
	if (!is_64)
		return low;
	plan_seccomp_code_jump(code, BPF_JEQ, (uint32_t)(value >> 32), low, cond->fail);
	return load(code, cond->arg->index, HIGH_WORD);
}

/* @op is BPF_JGT or BPF_JGE for the low words; the high words decide unless they are equal */
static unsigned greater(
	struct plan_seccomp_code *code, const struct cond *cond, unsigned op, bool is_64)
{
	uint64_t value = cond->arg->value;
	uint32_t high = (uint32_t)(value >> 32);
	unsigned low, next;

	plan_seccomp_code_jump(code, op, (uint32_t)value, cond->pass, cond->fail);
	low = load(code, cond->arg->index, LOW_WORD);
	if (!is_64)
		return low;
	next = plan_seccomp_code_jump(code, BPF_JEQ, high, low, cond->fail);
	plan_seccomp_code_jump(code, BPF_JGT, high, cond->pass, next);
	return load(code, cond->arg->index, HIGH_WORD);
}

static unsigned compare(struct plan_seccomp_code *code, const struct cond *cond, bool is_64)
{
	struct cond inverse = { .arg = cond->arg, .pass = cond->fail, .fail = cond->pass };

	if (plan_seccomp_always(cond->arg, is_64))
		return cond->pass;
	switch (cond->arg->op) {
	case CONFIG_CMP_EQ:
		return equal(code, cond, is_64);
	case CONFIG_CMP_NE:
		return equal(code, &inverse, is_64);
	case CONFIG_CMP_GT:
		return greater(code, cond, BPF_JGT, is_64);
	case CONFIG_CMP_LE:
		return greater(code, &inverse, BPF_JGT, is_64);
	case CONFIG_CMP_GE:
		return greater(code, cond, BPF_JGE, is_64);
	case CONFIG_CMP_LT:
		return greater(code, &inverse, BPF_JGE, is_64);
	case CONFIG_CMP_MASKED_EQ:
	case CONFIG_CMP_N:
		break;
	}
	return masked(code, cond, is_64);
}

/* All conditions of one rule, written from the last to the first. */
static unsigned rule_tests(struct plan_seccomp_code *code, const struct plan_seccomp_rule *rule,
	const struct plan_seccomp_use *use, bool is_64, unsigned fail)
{
	const struct config_seccomp_arg call = { .op = CONFIG_CMP_EQ, .value = use->mux_call };
	struct cond cond = { .fail = fail };

	cond.pass = plan_seccomp_code_return(code, rule->action);
	for (size_t i = rule->n_args; i > 0; i--) {
		cond.arg = &rule->args[i - 1];
		/* argument 0 of a multiplexer is the function, as libseccomp has it */
		if (use->mux_call != 0 && cond.arg->index == 0)
			continue;
		cond.pass = compare(code, &cond, is_64);
	}
	if (use->mux_call == 0)
		return cond.pass;
	cond.arg = &call;
	return compare(code, &cond, is_64);
}

unsigned plan_seccomp_code_tests(struct plan_seccomp_code *code,
	const struct plan_seccomp_table *table, const struct plan_seccomp_tests *tests,
	uint32_t otherwise)
{
	unsigned next = plan_seccomp_code_return(code, otherwise);

	for (size_t i = tests->n; i > 0; i--) {
		const struct plan_seccomp_use *use = &tests->uses[i - 1];

		next = rule_tests(code, &table->rules[use->rule], use, tests->is_64, next);
	}
	return next;
}
