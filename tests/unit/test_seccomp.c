/*
 * The seccomp compiler, several rules for one call: which of them decides.
 */
#include "seccomp_reference.h"

#include "base/banned.h"

/* --- comparing ------------------------------------------------------------------------------ */

struct comparison {
	const struct config_seccomp *profile;
	struct program ours;
	uint64_t seed;
};

/* A value near one that some rule compares with, in either word, or anything. */
static uint64_t next_arg(struct comparison *c)
{
	uint64_t dice = next_random(&c->seed), value = 0;
	const struct config_seccomp_rule *rule;

	if (c->profile->n_rules == 0 || dice % 8 == 0)
		return next_random(&c->seed) >> (dice >> 8) % 64;
	rule = &c->profile->rules[(dice >> 16) % c->profile->n_rules];
	if (rule->n_args > 0) {
		const struct config_seccomp_arg *arg = &rule->args[(dice >> 32) % rule->n_args];

		value = arg->op == CONFIG_CMP_MASKED_EQ && (dice & 256) != 0 ? arg->value_two
									     : arg->value;
	}
	if ((dice & 512) != 0)
		value += (dice >> 10) % 3 - 1;
	if ((dice & 0x7000) == 0)
		value ^= 1ULL << (dice >> 40) % 64;
	return value;
}

static bool names(const struct config_seccomp *profile, const char *name)
{
	for (size_t i = 0; i < profile->n_rules; i++) {
		for (size_t j = 0; j < profile->rules[i].names.n; j++) {
			if (strcmp(profile->rules[i].names.items[j], name) == 0)
				return true;
		}
	}
	return false;
}

/* --- random profiles ------------------------------------------------------------------------ */

static const uint64_t values[] = { 0, 1, 2, 0xffffffff, 0x100000000, 0x100000001,
	0x7fffffff00000002, UINT64_MAX };
static const char *const all_archs[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" };

static void random_args(struct arena *arena, uint64_t *seed, struct config_seccomp_rule *rule)
{
	struct config_seccomp_arg *args = arena_array(arena, 4, sizeof(*args));

	assert_non_null(args);
	rule->args = args;
	rule->n_args = next_random(seed) % 4;
	for (size_t i = 0; i < rule->n_args; i++) {
		args[i].index = (uint32_t)(next_random(seed) % 4);
		args[i].op = (enum config_seccomp_op)(next_random(seed) % CONFIG_CMP_N);
		args[i].value = values[next_random(seed) % ARRAY_SIZE(values)];
		args[i].value_two = values[next_random(seed) % ARRAY_SIZE(values)];
	}
}

/* Rules for a few calls, several for each, and arguments twice. */
static const struct config_seccomp *random_profile(struct arena *arena, uint64_t *seed)
{
	static const char *const calls[] = { "read", "ioctl", "no_such", "clone", "statx" };
	struct config_seccomp *profile = arena_alloc(arena, sizeof(*profile));
	struct config_seccomp_rule *rules = arena_array(arena, 8, sizeof(*rules));

	assert_true(profile != NULL && rules != NULL);
	profile->default_action = CONFIG_ACT_ERRNO;
	profile->architectures = (struct json_strings){ all_archs, 1 + next_random(seed) % 3 };
	profile->rules = rules;
	profile->n_rules = 8;
	for (size_t i = 0; i < profile->n_rules; i++) {
		rules[i].action = CONFIG_ACT_ALLOW;
		if (next_random(seed) % 2 == 0)
			rules[i].action = CONFIG_ACT_KILL_PROCESS;
		rules[i].names.n = 1;
		rules[i].names.items = &calls[next_random(seed) % ARRAY_SIZE(calls)];
		random_args(arena, seed, &rules[i]);
	}
	return profile;
}

/* 0: no match; 1: match; 2: match whatever the arguments are */
static int rule_matches(
	const struct config_seccomp_rule *rule, const struct seccomp_data *data, uint64_t width)
{
	bool all = true, any = false, split = false, no_args = true;
	unsigned seen = 0;

	for (size_t i = 0; i < rule->n_args; i++) {
		const struct config_seccomp_arg *arg = &rule->args[i];
		bool noop = arg->op == CONFIG_CMP_MASKED_EQ && (arg->value & width) == 0;
		bool match = holds(arg, data->args[arg->index], width);

		split = split || (seen & (1U << arg->index)) != 0;
		seen |= 1U << arg->index;
		all = all && match;
		any = any || match;
		no_args = no_args && noop;
	}
	for (size_t i = 0; split && i < rule->n_args; i++) {
		if (rule->args[i].op == CONFIG_CMP_MASKED_EQ && (rule->args[i].value & width) == 0)
			return 2;
	}
	if (split)
		return any ? 1 : 0;
	return no_args ? 2 : all;
}

/* The comment of seccomp.c as code: first rule without arguments, else first that matches. */
static uint32_t model(const struct config_seccomp *profile, const char *name,
	const struct seccomp_data *data, uint64_t width)
{
	for (int wanted = 2; wanted > 0; wanted--) {
		for (size_t i = 0; i < profile->n_rules; i++) {
			const struct config_seccomp_rule *rule = &profile->rules[i];

			if (strcmp(rule->names.items[0], name) == 0 &&
				rule_matches(rule, data, width) >= wanted)
				return rule->action == CONFIG_ACT_ALLOW ? SECCOMP_RET_ALLOW
									: SECCOMP_RET_KILL_PROCESS;
		}
	}
	return ERRNO_RET(EPERM);
}

static void compare_model(struct comparison *c, const char *name, uint32_t scmp, uint32_t audit)
{
	uint64_t width = scmp == SCMP_ARCH_X86_64 ? UINT64_MAX : UINT32_MAX;
	struct seccomp_data data = { .arch = audit };

	data.nr = seccomp_syscall_resolve_name_arch(scmp, name);
	for (unsigned i = 0; i < 60 && names(c->profile, name); i++) {
		for (size_t j = 0; j < 6; j++)
			data.args[j] = next_arg(c);
		assert_int_equal(run(&c->ours, &data, NULL), model(c->profile, name, &data, width));
	}
}

/*
 * With several overlapping rules for one call libseccomp 2.5 loses matches (rules of different
 * length) and invents some ("less" beside "greater or equal"): here the definition is compared.
 */
static void test_compile__order_of_rules_random(void **state)
{
	static const char *const calls[] = { "read", "ioctl", "clone", "statx" };
	struct comparison c = { .seed = 7 };

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		_arena_ struct arena arena = { 0 };

		c.profile = random_profile(&arena, &c.seed);
		c.ours = compile_for(&arena, c.profile, false);
		for (size_t j = 0; j < ARRAY_SIZE(calls); j++) {
			compare_model(&c, calls[j], SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64);
			if (c.profile->architectures.n > 1)
				compare_model(&c, calls[j], SCMP_ARCH_X86, AUDIT_ARCH_I386);
			if (c.profile->architectures.n > 2)
				compare_model(&c, calls[j], SCMP_ARCH_X32, AUDIT_ARCH_X86_64);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compile__order_of_rules_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
