#include "reach.h"

#include <errno.h>
#include <string.h>

#include "base/attr.h"
#include "base/str.h"

#include "base/banned.h"

enum {
	ENTRIES_MAX = 64, /* rules of one call */
	LITERALS_MAX = 128,
	LEAVES_MAX = 256, /* ways to miss all rules that deny */
};

/* One rule as it counts here: all of its conditions, or one where two name the same argument. */
struct entry {
	const struct config_seccomp_arg *args;
	size_t n_args;
	bool lets_through;
	bool skips_first; /* argument 0 is the function of socketcall, and matches */
	int rule;
};

struct search {
	struct entry entries[ENTRIES_MAX];
	size_t n;
	struct policy_literal literals[LITERALS_MAX];
	size_t n_literals;
	bool is_64;
	bool is_full;
	unsigned leaves;
	struct policy_reach *out;
};

/* TRACE without a tracer denies, but a process that may trace can be one. */
static bool lets_through(enum config_seccomp_action action)
{
	return action == CONFIG_ACT_ALLOW || action == CONFIG_ACT_LOG || action == CONFIG_ACT_TRACE;
}

static bool is_default(const struct config_seccomp *filter, const struct config_seccomp_rule *rule)
{
	uint32_t ours = rule->has_errno ? rule->errno_ret : EPERM;
	uint32_t other = filter->has_default_errno ? filter->default_errno : EPERM;
	bool has_data = rule->action == CONFIG_ACT_ERRNO || rule->action == CONFIG_ACT_TRACE;

	return rule->action == filter->default_action && (!has_data || ours == other);
}

/* --- the machine ------------------------------------------------------------------------------- */

static bool lists(const struct config_seccomp *filter, const char *arch)
{
	for (size_t i = 0; i < filter->architectures.n; i++) {
		if (str_eq(filter->architectures.items[i], arch))
			return true;
	}
	return false;
}

bool policy_reach_has_way(const struct config_seccomp *filter, enum policy_way way)
{
	switch (way) {
	case POLICY_WAY_NATIVE:
		return true;
#if defined(__x86_64__)
	case POLICY_WAY_X32:
		return lists(filter, "SCMP_ARCH_X32");
	case POLICY_WAY_COMPAT32:
	case POLICY_WAY_SOCKETCALL:
		return lists(filter, "SCMP_ARCH_X86");
#elif defined(__aarch64__)
	case POLICY_WAY_COMPAT32:
		return lists(filter, "SCMP_ARCH_ARM");
	case POLICY_WAY_X32:
	case POLICY_WAY_SOCKETCALL:
		return false;
#else
	case POLICY_WAY_X32:
	case POLICY_WAY_COMPAT32:
	case POLICY_WAY_SOCKETCALL:
		return lists(filter, "");
#endif
	case POLICY_WAYS:
		break;
	}
	return false;
}

/* --- rules that name the call -------------------------------------------------------------------- */

static void add_entry(struct search *s, const struct entry *entry)
{
	if (s->n == ENTRIES_MAX)
		s->is_full = true;
	else
		s->entries[s->n++] = *entry;
}

static bool repeats_an_argument(const struct config_seccomp_rule *rule)
{
	unsigned seen = 0;

	for (size_t i = 0; i < rule->n_args; i++) {
		if ((seen & 1U << rule->args[i].index) != 0)
			return true;
		seen |= 1U << rule->args[i].index;
	}
	return false;
}

static void add_rule(
	struct search *s, const struct config_seccomp_rule *rule, int number, bool skips_first)
{
	struct entry entry = {
		.args = rule->args,
		.n_args = rule->n_args,
		.lets_through = lets_through(rule->action),
		.skips_first = skips_first,
		.rule = number,
	};

	if (!repeats_an_argument(rule)) {
		add_entry(s, &entry);
		return;
	}
	for (size_t i = 0; i < rule->n_args; i++) {
		entry.args = &rule->args[i];
		entry.n_args = 1;
		add_entry(s, &entry);
	}
}

static bool names(const struct config_seccomp_rule *rule, const char *name)
{
	for (size_t i = 0; i < rule->names.n; i++) {
		if (str_eq(rule->names.items[i], name))
			return true;
	}
	return false;
}

static void add_rules(struct search *s, const struct config_seccomp *filter,
	const struct policy_call *call, enum policy_way way, const uint32_t *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct config_seccomp_rule *rule = &filter->rules[rules[i]];
		/* by what @rules promise, but socket and socketcall share them */
		bool is_by_name = call->socketcall == 0 || names(rule, call->name);

		if (is_default(filter, rule))
			continue;
		if (way != POLICY_WAY_SOCKETCALL) {
			if (is_by_name)
				add_rule(s, rule, (int)rules[i], false);
			continue;
		}
		if (names(rule, "socketcall"))
			add_rule(s, rule, (int)rules[i], false);
		if (is_by_name)
			add_rule(s, rule, (int)rules[i], true);
	}
}

/* A mask of 0 is no condition at all; socketcall's function is one. */
static bool has_conditions(const struct entry *entry, bool is_64)
{
	if (entry->skips_first)
		return true;
	for (size_t i = 0; i < entry->n_args; i++) {
		const struct config_seccomp_arg *arg = &entry->args[i];

		if (arg->op != CONFIG_CMP_MASKED_EQ ||
			(is_64 ? arg->value : (uint32_t)arg->value) != 0)
			return true;
	}
	return false;
}

/* --- the search -------------------------------------------------------------------------------- */

static void push(struct search *s, const struct config_seccomp_arg *arg, bool holds)
{
	if (s->n_literals == LITERALS_MAX)
		s->is_full = true;
	else
		s->literals[s->n_literals++] = (struct policy_literal){ arg, holds };
}

/* Missing each entry before @end that denies: by any one of its conditions. The recursion is as deep
 * as there are entries. */
static enum policy_answer miss_all(struct search *s, size_t at, size_t end)
{
	enum policy_answer all = POLICY_NO;
	const struct entry *entry;

	while (at < end && s->entries[at].lets_through)
		at++;
	if (s->is_full || s->leaves >= LEAVES_MAX)
		return POLICY_UNDECIDED;
	if (at == end) {
		s->leaves++;
		return policy_reach_solve(s->literals, s->n_literals, s->is_64, s->out->args);
	}
	entry = &s->entries[at];
	for (size_t i = 0; i < entry->n_args && all == POLICY_NO; i++) {
		size_t before = s->n_literals;

		if (entry->skips_first && entry->args[i].index == 0)
			continue;
		push(s, &entry->args[i], false);
		all = miss_all(s, at + 1, end);
		s->n_literals = before;
	}
	return all;
}

/* By the entry @k, or by the default action if it is the end. */
static enum policy_answer try_entry(struct search *s, size_t k)
{
	size_t before = s->n_literals;
	enum policy_answer answer;

	for (size_t i = 0; k < s->n && i < s->entries[k].n_args; i++) {
		if (!s->entries[k].skips_first || s->entries[k].args[i].index != 0)
			push(s, &s->entries[k].args[i], true);
	}
	answer = miss_all(s, 0, k);
	s->n_literals = before;
	return answer;
}

/* The first that has no conditions decides alone. */
static bool decide_alone(struct search *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (has_conditions(&s->entries[i], s->is_64))
			continue;
		s->entries[0] = s->entries[i];
		s->entries[0].n_args = 0;
		s->n = 1;
		return true;
	}
	return false;
}

static void run(struct search *s, bool default_lets_through)
{
	bool is_alone = decide_alone(s);

	for (size_t k = 0; k <= s->n && s->out->answer == POLICY_NO; k++) {
		if (k == s->n ? is_alone || !default_lets_through : !s->entries[k].lets_through)
			continue;
		s->out->answer = try_entry(s, k);
		if (s->out->answer != POLICY_NO && k < s->n)
			s->out->rule = s->entries[k].rule;
	}
}

/* By member: there is room for many entries and few are there. */
static void start(struct search *s, bool is_64, struct policy_reach *out)
{
	s->n = 0;
	s->n_literals = 0;
	s->is_64 = is_64;
	s->is_full = false;
	s->leaves = 0;
	s->out = out;
}

void policy_reach(const struct config_seccomp *filter, const struct policy_call *call,
	enum policy_way way, const uint32_t *rules, size_t n, struct policy_reach *out)
{
	const struct config_seccomp_arg function = { .op = CONFIG_CMP_EQ,
		.value = call->socketcall };
	struct search s;

	*out = (struct policy_reach){ .rule = -1 };
	if (!policy_reach_has_way(filter, way) ||
		(way == POLICY_WAY_SOCKETCALL && call->socketcall == 0))
		return;
	start(&s, way == POLICY_WAY_NATIVE, out);
	add_rules(&s, filter, call, way, rules, n);
	if (way == POLICY_WAY_SOCKETCALL) /* the arguments of the call can't be seen */
		push(&s, &function, true);
	else if (call->has_arg)
		push(&s, &call->arg, !call->is_not);
	run(&s, lets_through(filter->default_action));
	if (s.is_full)
		out->answer = POLICY_UNDECIDED;
}
