/*
 * Values of arguments for which conditions hold. Arguments do not depend on each other, so that each
 * has its own question: a number between two bounds, some of its bits given, that has none of
 * several patterns.
 */
#include <string.h>

#include "base/attr.h"

#include "reach.h"

#include "base/banned.h"

enum {
	PATTERNS_MAX = 128,
	STEPS_MAX = 4000, /* where patterns exclude each other the search is a long one */
};

/* A number has it if its bits in the mask are those. */
struct pattern {
	uint64_t mask, bits;
};

struct question {
	uint64_t low, high, mask, bits;
	struct pattern excluded[PATTERNS_MAX];
	size_t n;
	bool is_void; /* conditions contradict each other */
	bool is_full;
	unsigned steps;
};

/* --- the question ------------------------------------------------------------------------------ */

/* By member: the patterns are many, and behind q->n they are nothing. */
static void start(struct question *q, uint64_t max)
{
	q->low = 0;
	q->high = max;
	q->mask = 0;
	q->bits = 0;
	q->n = 0;
	q->is_void = false;
	q->is_full = false;
	q->steps = 0;
}

static void at_least(struct question *q, uint64_t value)
{
	if (value > q->low)
		q->low = value;
}

static void at_most(struct question *q, uint64_t value)
{
	if (value < q->high)
		q->high = value;
}

static void has_pattern(struct question *q, struct pattern p)
{
	if (((q->bits ^ p.bits) & q->mask & p.mask) != 0)
		q->is_void = true;
	q->mask |= p.mask;
	q->bits |= p.bits;
}

static void has_not(struct question *q, struct pattern p)
{
	if (p.mask == 0)
		q->is_void = true;
	else if (q->n == PATTERNS_MAX)
		q->is_full = true;
	else
		q->excluded[q->n++] = p;
}

/* value > @than */
static void is_above(struct question *q, uint64_t than, uint64_t max)
{
	if (than == max)
		q->is_void = true;
	else
		at_least(q, than + 1);
}

static void is_below(struct question *q, uint64_t than)
{
	if (than == 0)
		q->is_void = true;
	else
		at_most(q, than - 1);
}

static enum config_seccomp_op opposite(enum config_seccomp_op op)
{
	switch (op) {
	case CONFIG_CMP_NE:
		return CONFIG_CMP_EQ;
	case CONFIG_CMP_EQ:
		return CONFIG_CMP_NE;
	case CONFIG_CMP_LT:
		return CONFIG_CMP_GE;
	case CONFIG_CMP_GE:
		return CONFIG_CMP_LT;
	case CONFIG_CMP_LE:
		return CONFIG_CMP_GT;
	case CONFIG_CMP_GT:
		return CONFIG_CMP_LE;
	case CONFIG_CMP_MASKED_EQ:
	case CONFIG_CMP_N:
		break;
	}
	return op;
}

static void add(struct question *q, const struct policy_literal *literal, uint64_t max)
{
	const struct config_seccomp_arg *arg = literal->arg;
	uint64_t value = arg->value & max;
	const struct pattern masked = { value, arg->value_two & value };
	const struct pattern whole = { max, value };

	switch (literal->holds ? arg->op : opposite(arg->op)) {
	case CONFIG_CMP_EQ:
		has_pattern(q, whole);
		break;
	case CONFIG_CMP_NE:
		has_not(q, whole);
		break;
	case CONFIG_CMP_LT:
		is_below(q, value);
		break;
	case CONFIG_CMP_LE:
		at_most(q, value);
		break;
	case CONFIG_CMP_GE:
		at_least(q, value);
		break;
	case CONFIG_CMP_GT:
		is_above(q, value, max);
		break;
	case CONFIG_CMP_MASKED_EQ:
	case CONFIG_CMP_N:
		if (literal->holds)
			has_pattern(q, masked);
		else
			has_not(q, masked);
		break;
	}
}

/* --- the answer -------------------------------------------------------------------------------- */

static uint64_t below_highest(uint64_t bits) /* all bits below the highest one of @bits */
{
	return bits == 0 ? 0 : (1ULL << (63 - __builtin_clzll(bits))) - 1;
}

/* The least number from q->low on that has the pattern; false: there is none up to q->high */
static bool least(const struct question *q, struct pattern p, uint64_t *out)
{
	uint64_t x = (q->low & ~p.mask) | p.bits, differ = x ^ q->low, below, free;

	if (x > q->low) { /* a bit more than needed: what is free below it may be 0 */
		x &= ~(below_highest(differ) & ~p.mask);
	} else if (x < q->low) { /* a bit less: one above it that is free and 0 makes up for it */
		below = below_highest(differ) << 1 | 1;
		free = ~p.mask & ~q->low & ~below;
		if (free == 0)
			return false;
		free &= -free;
		x = ((q->low & ~(free - 1)) & ~p.mask) | free | p.bits;
	}
	*out = x;
	return x <= q->high;
}

/* misc-no-recursion: the depth is bounded by the number of patterns. */
static enum policy_answer find(struct question *q, size_t at, struct pattern p, uint64_t *out)
{
	uint64_t free;

	if (q->steps++ >= STEPS_MAX)
		return POLICY_UNDECIDED;
	if (!least(q, p, out))
		return POLICY_NO;
	while (at < q->n && ((q->excluded[at].bits ^ p.bits) & q->excluded[at].mask & p.mask) != 0)
		at++; /* what is given differs from it already */
	if (at == q->n)
		return POLICY_YES;
	/* It differs in one of the bits that are not given: in the first, or else in the second ... */
	free = q->excluded[at].mask & ~p.mask;
	while (free != 0) {
		uint64_t bit = free & -free, want = q->excluded[at].bits & bit;
		struct pattern next = { p.mask | bit, p.bits | (bit ^ want) };
		enum policy_answer answer = find(q, at + 1, next, out);

		if (answer != POLICY_NO)
			return answer;
		p = (struct pattern){ p.mask | bit, p.bits | want };
		free &= free - 1;
	}
	return POLICY_NO;
}

static enum policy_answer solve_one(const struct policy_literal *literals, size_t n, uint32_t index,
	uint64_t max, uint64_t *out)
{
	struct question q;
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any = any || literals[i].arg->index == index;
	*out = 0;
	if (!any)
		return POLICY_YES;
	start(&q, max);
	for (size_t i = 0; i < n; i++) {
		if (literals[i].arg->index == index)
			add(&q, &literals[i], max);
	}
	if (q.is_void)
		return POLICY_NO;
	if (q.is_full)
		return POLICY_UNDECIDED;
	return find(&q, 0, (struct pattern){ q.mask, q.bits }, out);
}

enum policy_answer policy_reach_solve(
	const struct policy_literal *literals, size_t n, bool is_64, uint64_t *args)
{
	uint64_t max = is_64 ? UINT64_MAX : UINT32_MAX;
	enum policy_answer all = POLICY_YES;

	for (uint32_t i = 0; i < POLICY_REACH_ARGS; i++) {
		enum policy_answer answer = solve_one(literals, n, i, max, &args[i]);

		if (answer == POLICY_NO)
			return POLICY_NO;
		if (answer == POLICY_UNDECIDED)
			all = POLICY_UNDECIDED;
	}
	return all;
}
