#include <linux/filter.h>

#include "seccomp_parts.h"

#include "base/banned.h"

/*
 * A conditional jump reaches 255 instructions. Writing one may put two helpers between it and a
 * target that was judged near, so near is a little less.
 */
enum {
	JUMP_NEAR = 250
};

/* At load the kernel runs the filter for each call number it has, about this many. */
enum {
	KERNEL_NUMBERS = 512
};

unsigned plan_seccomp_code_insn(struct plan_seccomp_code *code, unsigned op, uint32_t k)
{
	if (code->n == PLAN_SECCOMP_INSNS_MAX) {
		code->full = true;
		return code->n;
	}
	code->n++;
	code->insns[PLAN_SECCOMP_INSNS_MAX - code->n] =
		(struct sys_bpf_insn){ .code = (uint16_t)op, .k = k };
	return code->n;
}

static bool is_near(const struct plan_seccomp_code *code, unsigned label)
{
	return code->n - label <= JUMP_NEAR;
}

unsigned plan_seccomp_code_return(struct plan_seccomp_code *code, uint32_t action)
{
	unsigned i = 0;

	while (i < code->n_returns && code->returns[i].action != action)
		i++;
	if (i < code->n_returns && is_near(code, code->returns[i].label))
		return code->returns[i].label;
	if (i == code->n_returns && i == ARRAY_SIZE(code->returns))
		return plan_seccomp_code_insn(code, BPF_RET | BPF_K, action);
	if (i == code->n_returns)
		code->n_returns++;
	code->returns[i].action = action;
	code->returns[i].label = plan_seccomp_code_insn(code, BPF_RET | BPF_K, action);
	return code->returns[i].label;
}

/* A label in reach that leads to @label: a copy of a return costs no more than a long jump. */
static unsigned bring_near(struct plan_seccomp_code *code, unsigned label)
{
	const struct sys_bpf_insn *target = &code->insns[PLAN_SECCOMP_INSNS_MAX - label];

	if (is_near(code, label))
		return label;
	if (target->code == (BPF_RET | BPF_K))
		return plan_seccomp_code_return(code, target->k);
	return plan_seccomp_code_insn(code, BPF_JMP | BPF_JA, code->n - label);
}

unsigned plan_seccomp_code_jump(
	struct plan_seccomp_code *code, unsigned op, uint32_t k, unsigned yes, unsigned no)
{
	unsigned label;

	yes = bring_near(code, yes);
	no = bring_near(code, no);
	label = plan_seccomp_code_insn(code, BPF_JMP | BPF_K | op, k);
	if (code->full)
		return label;
	code->insns[PLAN_SECCOMP_INSNS_MAX - label].jt = (uint8_t)(label - 1 - yes);
	code->insns[PLAN_SECCOMP_INSNS_MAX - label].jf = (uint8_t)(label - 1 - no);
	return label;
}

/* --- the tree ------------------------------------------------------------------------------- */

static unsigned leaf(struct plan_seccomp_code *code, const struct plan_seccomp_table *table,
	const struct plan_seccomp_interval *interval)
{
	struct plan_seccomp_tests *tests;

	if (interval->tests == 0)
		return plan_seccomp_code_return(code, interval->action);
	tests = &table->tests[interval->tests - 1];
	if (tests->label == 0)
		tests->label = plan_seccomp_code_tests(code, table, tests, interval->action);
	return tests->label;
}

static bool same_outcome(
	const struct plan_seccomp_interval *a, const struct plan_seccomp_interval *b)
{
	return a->tests == b->tests && a->action == b->action;
}

/* One interval of single numbers between equal ones: "== k" is one comparison, not two. */
static bool is_sprinkled(const struct plan_seccomp_interval *at, size_t n)
{
	if (n != 3 && n != 5)
		return false;
	for (size_t i = 2; i < n; i += 2) {
		if (!same_outcome(&at[0], &at[i]) || at[i].start - at[i - 1].start != 1)
			return false;
	}
	return true;
}

/* How often the kernel asks for this interval when it loads the filter. */
static uint32_t weight(const struct plan_seccomp_interval *at)
{
	uint32_t start = at[0].start, end = at[1].start;

	if (start >= KERNEL_NUMBERS)
		return 1;
	if (end > KERNEL_NUMBERS || end <= start)
		end = KERNEL_NUMBERS;
	return 1 + end - start;
}

/* Where to cut @n > 1 intervals so that both sides weigh about the same. */
static size_t cut(const struct plan_seccomp_interval *at, size_t n)
{
	uint32_t total = 0, left = 0, best_diff = UINT32_MAX;
	size_t best = 1;

	for (size_t i = 0; i < n; i++)
		total += weight(&at[i]);
	for (size_t i = 1; i < n; i++) {
		uint32_t diff;

		left += weight(&at[i - 1]);
		diff = 2 * left > total ? 2 * left - total : total - 2 * left;
		if (diff < best_diff) {
			best_diff = diff;
			best = i;
		}
	}
	return best;
}

/* misc-no-recursion: the depth is bounded by the weights, a few dozen levels. */
static unsigned tree(struct plan_seccomp_code *code, const struct plan_seccomp_table *table,
	const struct plan_seccomp_interval *at, size_t n)
{
	unsigned yes, no;
	size_t i;

	if (n == 1)
		return leaf(code, table, at);
	if (is_sprinkled(at, n)) {
		no = leaf(code, table, &at[0]);
		for (i = 1; i < n; i += 2) {
			yes = leaf(code, table, &at[i]);
			no = plan_seccomp_code_jump(code, BPF_JEQ, at[i].start, yes, no);
		}
		return no;
	}
	i = cut(at, n);
	yes = tree(code, table, at + i, n - i);
	no = tree(code, table, at, i);
	return plan_seccomp_code_jump(code, BPF_JGE, at[i].start, yes, no);
}

unsigned plan_seccomp_code_tree(
	struct plan_seccomp_code *code, const struct plan_seccomp_table *table)
{
	return tree(code, table, table->intervals, table->n_intervals);
}
