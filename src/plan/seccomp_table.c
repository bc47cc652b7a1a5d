#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"

#include "seccomp_parts.h"

#include "base/banned.h"

enum {
	ARGS_N = 6
};

/* --- rules ---------------------------------------------------------------------------------- */

static uint32_t action_value(enum config_seccomp_action action, bool has_errno, uint32_t errno_ret)
{
	/* EPERM also for TRACE without a value, as runc and crun have it */
	uint32_t data = (has_errno ? errno_ret : EPERM) & SECCOMP_RET_DATA;

	switch (action) {
	case CONFIG_ACT_KILL_PROCESS:
		return SECCOMP_RET_KILL_PROCESS;
	case CONFIG_ACT_TRAP:
		return SECCOMP_RET_TRAP;
	case CONFIG_ACT_ERRNO:
		return SECCOMP_RET_ERRNO | data;
	case CONFIG_ACT_NOTIFY:
		return SECCOMP_RET_USER_NOTIF;
	case CONFIG_ACT_TRACE:
		return SECCOMP_RET_TRACE | data;
	case CONFIG_ACT_LOG:
		return SECCOMP_RET_LOG;
	case CONFIG_ACT_ALLOW:
		return SECCOMP_RET_ALLOW;
	case CONFIG_ACT_KILL_THREAD:
	case CONFIG_ACT_N:
		break;
	}
	return SECCOMP_RET_KILL_THREAD;
}

/* runc's list: these say "let it happen", so that newer calls need no special answer. */
static bool is_lenient(uint32_t action)
{
	uint32_t kind = action & SECCOMP_RET_ACTION_FULL;

	return kind == SECCOMP_RET_ALLOW || kind == SECCOMP_RET_LOG || kind == SECCOMP_RET_TRACE;
}

/* How many rules a rule of the profile is: one, or one a condition if two name one argument. */
static int count_rules(const struct config_seccomp_rule *rule, size_t *n, struct err *err)
{
	unsigned seen = 0;

	*n = 1;
	for (size_t i = 0; i < rule->n_args; i++) {
		unsigned bit = 1U << (rule->args[i].index & 31);

		if (rule->args[i].index >= ARGS_N)
			return err_new(err, -EINVAL, "no such argument: %u", rule->args[i].index);
		if ((seen & bit) != 0)
			*n = rule->n_args;
		seen |= bit;
	}
	return 0;
}

static void split_rule(
	struct plan_seccomp_rule *out, const struct config_seccomp_rule *rule, size_t n)
{
	uint32_t action = action_value(rule->action, rule->has_errno, rule->errno_ret);

	for (size_t i = 0; i < n; i++) {
		out[i].action = action;
		out[i].args = n == 1 ? rule->args : &rule->args[i];
		out[i].n_args = n == 1 ? rule->n_args : 1;
	}
}

int plan_seccomp_table_rules(
	struct plan_seccomp_table *table, const struct config_seccomp *seccomp, struct err *err)
{
	struct plan_seccomp_rule *rules;
	size_t n, total = 0;
	int r;

	for (size_t i = 0; i < seccomp->n_rules; i++) {
		r = count_rules(&seccomp->rules[i], &n, err);
		if (r < 0)
			return r;
		total += n;
	}
	if (total > PLAN_SECCOMP_RULES_MAX)
		return err_new(err, -E2BIG, "more than %d rules", PLAN_SECCOMP_RULES_MAX);
	rules = arena_array(table->arena, total + 1, sizeof(*rules));
	if (rules == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	table->rules = rules;
	for (size_t i = 0; i < seccomp->n_rules; i++) {
		r = count_rules(&seccomp->rules[i], &n, err);
		if (r < 0)
			return r;
		split_rule(&rules[table->n_rules], &seccomp->rules[i], n);
		table->n_rules += n;
	}
	table->default_action = action_value(
		seccomp->default_action, seccomp->has_default_errno, seccomp->default_errno);
	table->tail_action = is_lenient(table->default_action) ? table->default_action
							       : SECCOMP_RET_ERRNO | ENOSYS;
	return 0;
}

/* --- intervals ------------------------------------------------------------------------------ */

void plan_seccomp_table_start(struct plan_seccomp_table *table)
{
	table->n_intervals = 0;
}

/* The array always has one zeroed element behind the last: readers ask for the next start. */
static int grow_intervals(struct plan_seccomp_table *table)
{
	size_t cap = table->cap_intervals == 0 ? 512 : 2 * table->cap_intervals;
	struct plan_seccomp_interval *bigger;

	if (table->n_intervals + 1 < table->cap_intervals)
		return 0;
	bigger = arena_array(table->arena, cap, sizeof(*bigger));
	if (bigger == NULL)
		return -1;
	if (table->n_intervals > 0)
		memcpy(bigger, table->intervals, table->n_intervals * sizeof(*bigger));
	table->intervals = bigger;
	table->cap_intervals = cap;
	return 0;
}

static int add_interval(
	struct plan_seccomp_table *table, uint32_t start, uint32_t tests, uint32_t action)
{
	struct plan_seccomp_interval *last;

	if (grow_intervals(table) < 0)
		return -1;
	last = &table->intervals[table->n_intervals];
	if (table->n_intervals > 0 && last[-1].start == start) {
		last--; /* the rest that was assumed after the previous number */
		table->n_intervals--;
	}
	if (table->n_intervals > 0 && last[-1].tests == tests && last[-1].action == action)
		return 0;
	*last = (struct plan_seccomp_interval){ .start = start, .tests = tests, .action = action };
	table->n_intervals++;
	return 0;
}

int plan_seccomp_table_rest(struct plan_seccomp_table *table, uint32_t start, uint32_t action)
{
	return add_interval(table, start, 0, action);
}

/* --- one architecture ----------------------------------------------------------------------- */

/* All uses of one architecture, while they are collected. */
struct uses {
	struct plan_seccomp_use *items;
	size_t n, cap;
	uint32_t highest; /* number that any rule names, even one that repeats the default */
	bool any;
};

static int push_use(struct plan_seccomp_table *table, struct uses *uses,
	const struct plan_seccomp_use *use, struct err *err)
{
	size_t cap = uses->cap == 0 ? 1024 : 2 * uses->cap;
	struct plan_seccomp_use *bigger;

	if (uses->n == PLAN_SECCOMP_USES_MAX)
		return err_new(err, -E2BIG, "more than %d system calls named in rules",
			PLAN_SECCOMP_USES_MAX);
	if (uses->n == uses->cap) {
		bigger = arena_array(table->arena, cap, sizeof(*bigger));
		if (bigger == NULL)
			return err_new(err, -ENOMEM, "out of memory");
		if (uses->n > 0)
			memcpy(bigger, uses->items, uses->n * sizeof(*bigger));
		uses->items = bigger;
		uses->cap = cap;
	}
	uses->items[uses->n++] = *use;
	return 0;
}

/* One name of the rules [first, first + n) */
static int collect_name(struct plan_seccomp_table *table, struct uses *uses,
	const struct plan_seccomp_call *call, size_t first, struct err *err)
{
	struct plan_seccomp_use use = { .nr = call->nr, .rule = (uint32_t)first };
	int r = 0;

	if (call->has_nr)
		r = push_use(table, uses, &use, err);
	if (r < 0 || !call->has_mux)
		return r;
	use.nr = call->mux_nr;
	use.mux_call = call->mux_call;
	return push_use(table, uses, &use, err);
}

static void note_highest(struct uses *uses, const struct plan_seccomp_call *call)
{
	uint32_t nr = call->has_nr ? call->nr : call->mux_nr;

	if (!uses->any || nr > uses->highest)
		uses->highest = nr;
	uses->any = true;
}

static int collect_rule(struct plan_seccomp_table *table, const struct plan_seccomp_arch *arch,
	const struct json_strings *names, const size_t range[2], struct uses *uses, struct err *err)
{
	struct plan_seccomp_call call;
	char text[64];
	int r;

	for (size_t i = 0; i < names->n; i++) {
		if (!plan_seccomp_resolve(arch, names->items[i], &call)) {
			if (log_enabled(LOG_DEBUG))
				log_debug("seccomp: %s has no system call '%s'", arch->name,
					str_escape(text, sizeof(text), names->items[i]));
			continue;
		}
		note_highest(uses, &call);
		if (table->rules[range[0]].action == table->default_action)
			continue; /* says nothing new: runc and crun leave it out too */
		for (size_t rule = range[0]; rule < range[1]; rule++) {
			r = collect_name(table, uses, &call, rule, err);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int collect(struct plan_seccomp_table *table, const struct plan_seccomp_arch *arch,
	const struct config_seccomp *seccomp, struct uses *uses, struct err *err)
{
	size_t range[2] = { 0, 0 };
	size_t n;
	int r;

	for (size_t i = 0; i < seccomp->n_rules; i++) {
		r = count_rules(&seccomp->rules[i], &n, err);
		if (r < 0)
			return r;
		range[0] = range[1];
		range[1] += n;
		r = collect_rule(table, arch, &seccomp->rules[i].names, range, uses, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* By number, then by their order in the profile: no two uses are equal, so the sort is stable. */
static int compare_uses(const void *a, const void *b)
{
	const struct plan_seccomp_use *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	return (x->mux_call > y->mux_call) - (x->mux_call < y->mux_call);
}

bool plan_seccomp_always(const struct config_seccomp_arg *arg, bool is_64)
{
	uint64_t value = is_64 ? arg->value : (uint32_t)arg->value;
	uint64_t max = is_64 ? UINT64_MAX : UINT32_MAX;

	switch (arg->op) {
	case CONFIG_CMP_GE:
	case CONFIG_CMP_MASKED_EQ:
		return value == 0;
	case CONFIG_CMP_LE:
		return value == max;
	case CONFIG_CMP_NE:
	case CONFIG_CMP_LT:
	case CONFIG_CMP_EQ:
	case CONFIG_CMP_GT:
	case CONFIG_CMP_N:
		break;
	}
	return false;
}

/* A mask of 0 is no condition at all for libseccomp: what is left is a rule without arguments. */
static bool has_args(
	const struct plan_seccomp_table *table, const struct plan_seccomp_use *use, bool is_64)
{
	const struct plan_seccomp_rule *rule = &table->rules[use->rule];

	if (use->mux_call != 0)
		return true;
	for (size_t i = 0; i < rule->n_args; i++) {
		if (rule->args[i].op != CONFIG_CMP_MASKED_EQ ||
			!plan_seccomp_always(&rule->args[i], is_64))
			return true;
	}
	return false;
}

static bool matches_always(
	const struct plan_seccomp_table *table, const struct plan_seccomp_use *use, bool is_64)
{
	const struct plan_seccomp_rule *rule = &table->rules[use->rule];

	if (use->mux_call != 0)
		return false;
	for (size_t i = 0; i < rule->n_args; i++) {
		if (!plan_seccomp_always(&rule->args[i], is_64))
			return false;
	}
	return true;
}

static bool same_tests(const struct plan_seccomp_tests *a, const struct plan_seccomp_tests *b)
{
	if (a->n != b->n || a->is_64 != b->is_64)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (a->uses[i].rule != b->uses[i].rule ||
			a->uses[i].mux_call != b->uses[i].mux_call)
			return false;
	}
	return true;
}

/* 1 + the index of these tests, shared by all numbers that have the same; 0 = out of memory */
static uint32_t intern_tests(
	struct plan_seccomp_table *table, const struct plan_seccomp_tests *tests)
{
	size_t cap = table->cap_tests == 0 ? 64 : 2 * table->cap_tests;
	struct plan_seccomp_tests *bigger;

	for (size_t i = 0; i < table->n_tests; i++) {
		if (same_tests(&table->tests[i], tests))
			return (uint32_t)i + 1;
	}
	if (table->n_tests == table->cap_tests) {
		bigger = arena_array(table->arena, cap, sizeof(*bigger));
		if (bigger == NULL)
			return 0;
		if (table->n_tests > 0)
			memcpy(bigger, table->tests, table->n_tests * sizeof(*bigger));
		table->tests = bigger;
		table->cap_tests = cap;
	}
	table->tests[table->n_tests++] = *tests;
	return (uint32_t)table->n_tests;
}

/* What @n rules say about one number */
static int add_number(
	struct plan_seccomp_table *table, const struct plan_seccomp_use *uses, size_t n, bool is_64)
{
	struct plan_seccomp_tests tests = { .uses = uses, .is_64 = is_64 };
	uint32_t index;

	for (size_t i = 0; i < n; i++) {
		if (!has_args(table, &uses[i], is_64)) /* it overrides all with arguments */
			return add_interval(
				table, uses[0].nr, 0, table->rules[uses[i].rule].action);
	}
	while (tests.n < n && !matches_always(table, &uses[tests.n], is_64))
		tests.n++;
	if (tests.n < n) /* the first that always matches is the last to be asked */
		tests.n++;
	index = intern_tests(table, &tests);
	if (index == 0)
		return -1;
	return add_interval(table, uses[0].nr, index, table->default_action);
}

static int add_numbers(struct plan_seccomp_table *table, const struct plan_seccomp_arch *arch,
	const struct uses *uses)
{
	size_t first = 0, i;

	if (add_interval(table, arch->base, 0, table->default_action) < 0)
		return -1;
	for (i = 0; i < uses->n; i++) {
		uint32_t nr = uses->items[i].nr;

		if (i + 1 < uses->n && uses->items[i + 1].nr == nr)
			continue;
		if (add_number(table, &uses->items[first], i + 1 - first, arch->is_64) < 0)
			return -1;
		if (add_interval(table, nr + 1, 0, table->default_action) < 0)
			return -1;
		first = i + 1;
	}
	if (!uses->any)
		return 0;
	return add_interval(table, uses->highest + 1, 0, table->tail_action);
}

int plan_seccomp_table_fill(struct plan_seccomp_table *table, const struct plan_seccomp_arch *arch,
	const struct config_seccomp *seccomp, struct err *err)
{
	struct uses uses = { 0 };
	int r;

	r = collect(table, arch, seccomp, &uses, err);
	if (r < 0)
		return r;
	if (uses.n > 0)
		qsort(uses.items, uses.n, sizeof(uses.items[0]), compare_uses);
	if (add_numbers(table, arch, &uses) < 0)
		return err_new(err, -ENOMEM, "out of memory");
	return 0;
}
