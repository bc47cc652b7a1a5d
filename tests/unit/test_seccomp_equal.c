/*
 * The seccomp compiler beside libseccomp: every call number of every architecture, with arguments at
 * the borders of what the rules compare them with. Both programs are run by a small interpreter and
 * must give the same answer: for docker's, podman's and caisson's own profile, and for a thousand
 * random ones, which are the same in every run.
 */
#include "base/str.h"

#include "seccomp_reference.h"

#include "base/banned.h"

#define FLOOR "profiles/seccomp/floor.json"

enum {
	NUMBERS = 601, /* of each architecture; the newest of Linux 6.18 is below 475 */
	ARCHS = 3,
	USES_MAX = 4096,
	VALUES_MAX = 32,
	TUPLES_OF_FILES = 3000,
	TUPLES_OF_RANDOM = 100,
	RANDOM_PROFILES = 1000,
	SOCKETCALL = 102,
	IPC = 117
};

static const struct arch {
	const char *name;
	uint32_t scmp;
	uint32_t audit;
	uint32_t base;
} archs[ARCHS] = {
	{ "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, 0 },
	{ "SCMP_ARCH_X32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64, X32_BIT },
	{ "SCMP_ARCH_X86", SCMP_ARCH_X86, AUDIT_ARCH_I386, 0 },
};

/* Names of all numbers, as libseccomp has them; NULL: it knows none. */
struct names {
	char *of[ARCHS][NUMBERS];
};

/* A rule of the profile that names a number of one architecture. */
struct use {
	uint32_t nr; /* without the base */
	uint32_t mux_call;
	const struct config_seccomp_rule *rule;
};

struct comparison {
	const struct names *names;
	const struct config_seccomp *profile;
	struct program ours;
	struct program theirs;
	uint64_t seed;
	unsigned max_tuples;
	bool foreign_enosys;
	unsigned long n_calls;
	unsigned long n_disputes;
	const struct arch *arch;
	struct use uses[USES_MAX];
	size_t n_uses;
	uint64_t values[6][VALUES_MAX]; /* worth a try, by argument */
	size_t n_values[6];
};

/* --- who names what ------------------------------------------------------------------------- */

static void add_use(
	struct comparison *c, uint32_t nr, uint32_t mux, const struct config_seccomp_rule *rule)
{
	assert_true(c->n_uses < USES_MAX && nr < NUMBERS);
	c->uses[c->n_uses++] = (struct use){ nr, mux, rule };
}

/* i386: the number that is the call's own, beside its function of socketcall(2) or ipc(2) */
static void add_direct(
	struct comparison *c, const char *name, const struct config_seccomp_rule *rule)
{
	for (uint32_t nr = 0; nr < NUMBERS; nr++) {
		const char *known = c->names->of[c->arch - archs][nr];

		if (known != NULL && strcmp(known, name) == 0)
			add_use(c, nr, 0, rule);
	}
}

static void find_uses(struct comparison *c)
{
	c->n_uses = 0;
	for (size_t i = 0; i < c->profile->n_rules; i++) {
		const struct config_seccomp_rule *rule = &c->profile->rules[i];

		for (size_t j = 0; j < rule->names.n; j++) {
			const char *name = rule->names.items[j];
			int nr = seccomp_syscall_resolve_name_arch(c->arch->scmp, name);

			if (nr >= 0)
				add_use(c, (uint32_t)nr - c->arch->base, 0, rule);
			else if (c->arch->scmp == SCMP_ARCH_X86)
				add_direct(c, name, rule);
			if (nr <= -101 && nr >= -120)
				add_use(c, SOCKETCALL, (uint32_t)(-nr - 100), rule);
			if (nr <= -201 && nr >= -224)
				add_use(c, IPC, (uint32_t)(-nr - 200), rule);
		}
	}
}

/* --- arguments ------------------------------------------------------------------------------ */

static void add_value(struct comparison *c, uint32_t arg, uint64_t value)
{
	for (size_t i = 0; i < c->n_values[arg]; i++) {
		if (c->values[arg][i] == value)
			return;
	}
	if (c->n_values[arg] < VALUES_MAX)
		c->values[arg][c->n_values[arg]++] = value;
}

/* On, below and above the border, and the same with another upper half. */
static void add_border(struct comparison *c, uint32_t arg, uint64_t value)
{
	add_value(c, arg, value);
	add_value(c, arg, value - 1);
	add_value(c, arg, value + 1);
	add_value(c, arg, value ^ (1ULL << 32));
	add_value(c, arg, value ^ (1ULL << 63));
}

static void add_arg(struct comparison *c, const struct config_seccomp_arg *arg)
{
	if (arg->op != CONFIG_CMP_MASKED_EQ) {
		add_border(c, arg->index, arg->value);
		return;
	}
	add_border(c, arg->index, arg->value & arg->value_two);
	add_value(c, arg->index, arg->value_two | ~arg->value);
	add_value(c, arg->index, arg->value_two ^ (arg->value & -arg->value)); /* its lowest bit */
	add_value(c, arg->index, arg->value);
}

/* false: no rule looks at the arguments of this call */
static bool find_values(struct comparison *c, uint32_t nr)
{
	bool any = false;

	memset(c->n_values, 0, sizeof(c->n_values));
	for (size_t i = 0; i < c->n_uses; i++) {
		const struct use *use = &c->uses[i];

		if (use->nr != nr)
			continue;
		any = any || use->mux_call != 0 || use->rule->n_args > 0;
		if (use->mux_call != 0)
			add_border(c, 0, use->mux_call);
		for (size_t j = 0; j < use->rule->n_args; j++)
			add_arg(c, &use->rule->args[j]);
	}
	for (uint32_t i = 0; any && i < 6; i++) {
		add_value(c, i, 0);
		add_value(c, i, UINT32_MAX);
		add_value(c, i, UINT64_MAX);
	}
	return any;
}

/* The meaning of @rule's conditions, as seccomp_rule_add(3) has them. */
static bool matches(
	const struct comparison *c, const struct use *use, const struct seccomp_data *data)
{
	uint64_t width = c->arch->scmp == SCMP_ARCH_X86_64 ? UINT64_MAX : UINT32_MAX;

	if (use->mux_call != 0 && (uint32_t)data->args[0] != use->mux_call)
		return false;
	for (size_t i = 0; i < use->rule->n_args; i++) {
		const struct config_seccomp_arg *arg = &use->rule->args[i];

		if (use->mux_call != 0 && arg->index == 0)
			continue;
		if (!holds(arg, data->args[arg->index], width))
			return false;
	}
	return true;
}

/* Neither compiler: no two rules of a random profile match the same call. */
static uint32_t ask_definition(const struct comparison *c, const struct seccomp_data *data)
{
	for (size_t i = 0; i < c->n_uses; i++) {
		const struct config_seccomp_rule *rule = c->uses[i].rule;

		if (c->uses[i].nr + c->arch->base == (uint32_t)data->nr &&
			matches(c, &c->uses[i], data))
			return scmp_action(rule->action, rule->has_errno, rule->errno_ret);
	}
	return scmp_action(c->profile->default_action, c->profile->has_default_errno,
		c->profile->default_errno);
}

/*
 * libseccomp 2.5.4 is wrong at times: where a rule has several arguments and one of the comparisons
 * is of less and greater, the upper half of a value may count too much, and programs of some rules
 * share code that they should not. There the definition decides, which is neither compiler's.
 */
static void compare_call(struct comparison *c, const struct seccomp_data *data)
{
	uint32_t ours = run(&c->ours, data, NULL), theirs = run(&c->theirs, data, NULL);

	c->n_calls++;
	if (ours != theirs) {
		c->n_disputes++;
		theirs = ask_definition(c, data);
	}
	if (ours != theirs)
		fail_msg("arch %x nr %x args %llx %llx %llx %llx %llx %llx: 0x%x, libseccomp 0x%x",
			data->arch, (unsigned)data->nr, (unsigned long long)data->args[0],
			(unsigned long long)data->args[1], (unsigned long long)data->args[2],
			(unsigned long long)data->args[3], (unsigned long long)data->args[4],
			(unsigned long long)data->args[5], ours, theirs);
}

/* The @i-th of all combinations, as digits of a number. */
static void combination(const struct comparison *c, unsigned long i, struct seccomp_data *data)
{
	for (size_t j = 0; j < 6; j++) {
		data->args[j] = c->values[j][i % c->n_values[j]];
		i /= c->n_values[j];
	}
}

/* All combinations of values worth a try, or as many random ones of them as are allowed. */
static void compare_number(struct comparison *c, uint32_t nr)
{
	struct seccomp_data data = { .arch = c->arch->audit, .nr = (int)(nr + c->arch->base) };
	unsigned long n = 1;

	compare_call(c, &data);
	if (!find_values(c, nr)) {
		memset(data.args, 0xff, sizeof(data.args));
		compare_call(c, &data);
		return;
	}
	for (size_t i = 0; i < 6; i++)
		n *= c->n_values[i];
	for (unsigned long i = 0; i < n && i < c->max_tuples; i++) {
		combination(c, n <= c->max_tuples ? i : next_random(&c->seed) % n, &data);
		compare_call(c, &data);
	}
}

/* --- profiles ------------------------------------------------------------------------------- */

/* runc's addition, which libseccomp does not have: ENOSYS above the highest number named */
static bool is_tail(const struct comparison *c, uint32_t nr)
{
	enum config_seccomp_action action = c->profile->default_action;
	bool any = false;

	if (action == CONFIG_ACT_ALLOW || action == CONFIG_ACT_LOG || action == CONFIG_ACT_TRACE)
		return false;
	for (size_t i = 0; i < c->n_uses; i++) {
		any = true;
		if (c->uses[i].nr >= nr)
			return false;
	}
	return any;
}

static bool is_listed(const struct config_seccomp *profile, const struct arch *arch)
{
	for (size_t i = 0; i < profile->architectures.n; i++) {
		if (str_eq(profile->architectures.items[i], arch->name))
			return true;
	}
	return arch->scmp == SCMP_ARCH_X86_64;
}

static void compare_arch(struct comparison *c, const struct arch *arch)
{
	c->arch = arch;
	find_uses(c);
	if (!is_listed(c->profile, arch))
		c->n_uses = 0;
	for (uint32_t nr = 0; nr < NUMBERS; nr++) {
		if (is_tail(c, nr))
			assert_int_equal(run_args(&c->ours, arch->audit, arch->base + nr, 0, 0, 0),
				ERRNO_RET(ENOSYS));
		else
			compare_number(c, nr);
	}
}

static void compare_rest(struct comparison *c)
{
	struct seccomp_data foreign = { .arch = AUDIT_ARCH_AARCH64, .nr = 4 };
	struct seccomp_data canceled = { .arch = AUDIT_ARCH_X86_64, .nr = -1 };

	c->arch = &archs[0];
	find_uses(c);
	compare_call(c, &foreign);
	if (!is_tail(c, NUMBERS))
		compare_call(c, &canceled);
}

/* false: libseccomp does not take this profile */
static bool compare_all(struct comparison *c, struct arena *arena)
{
	if (!reference(arena, c->profile, c->foreign_enosys, &c->theirs))
		return false;
	c->ours = compile_for(arena, c->profile, c->foreign_enosys);
	for (size_t i = 0; i < ARCHS; i++)
		compare_arch(c, &archs[i]);
	compare_rest(c);
	return true;
}

static int set_up(void **state)
{
	struct names *names = calloc(1, sizeof(*names));

	assert_non_null(names);
	for (size_t i = 0; i < ARCHS; i++) {
		for (uint32_t nr = 0; nr < NUMBERS; nr++)
			names->of[i][nr] = seccomp_syscall_resolve_num_arch(
				archs[i].scmp, (int)(nr + archs[i].base));
	}
	*state = names;
	return 0;
}

static int tear_down(void **state)
{
	struct names *names = *state;

	for (size_t i = 0; i < ARCHS; i++) {
		for (uint32_t nr = 0; nr < NUMBERS; nr++)
			free(names->of[i][nr]);
	}
	free(names);
	return 0;
}

static void compare_file(const struct names *names, const char *file, bool foreign_enosys)
{
	_arena_ struct arena arena = { 0 };
	struct comparison *c = arena_alloc(&arena, sizeof(*c));

	assert_non_null(c);
	c->names = names;
	c->seed = 88172645463325252ULL;
	c->max_tuples = TUPLES_OF_FILES;
	c->foreign_enosys = foreign_enosys;
	c->profile = load(&arena, file);
	assert_true(compare_all(c, &arena));
	assert_int_equal(c->n_disputes, 0);
}

static void test_compile__equals_libseccomp_docker(void **state)
{
	compare_file(*state, "tests/unit/data/seccomp-docker.json", false);
}

static void test_compile__equals_libseccomp_podman(void **state)
{
	compare_file(*state, "tests/unit/data/seccomp-podman.json", false);
}

static void test_compile__equals_libseccomp_floor(void **state)
{
	compare_file(*state, FLOOR, true);
}

/* --- random profiles ------------------------------------------------------------------------ */

static uint64_t random_value(uint64_t *seed)
{
	static const uint64_t values[] = { 0, 1, 2, 0xffffffff, 0x100000000, 0x100000001,
		0x7fffffff00000002, UINT64_MAX };
	uint64_t dice = next_random(seed);

	if (dice % 4 == 0)
		return next_random(seed) >> (dice >> 8) % 64;
	return values[(dice >> 8) % ARRAY_SIZE(values)];
}

static void random_args(struct arena *arena, uint64_t *seed, struct config_seccomp_rule *rule)
{
	struct config_seccomp_arg *args = arena_array(arena, 4, sizeof(*args));
	uint32_t first = (uint32_t)(next_random(seed) % 3);

	assert_non_null(args);
	rule->args = args;
	rule->n_args = next_random(seed) % 5;
	for (size_t i = 0; i < rule->n_args; i++) {
		args[i].index = first + (i >= 3 ? 3 : (uint32_t)i);
		args[i].op = (enum config_seccomp_op)(next_random(seed) % CONFIG_CMP_N);
		args[i].value = random_value(seed);
		args[i].value_two = random_value(seed);
	}
}

/* A name that no rule has yet: with two rules for one call libseccomp has ideas of its own, and of
 * those that share a number of i386, socketcall(2) and ipc(2), there may be one each. */
static bool is_taken(const struct config_seccomp_rule *rules, size_t n_rules, const char *name)
{
	int mux = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, name) / 100;

	for (size_t i = 0; i < n_rules; i++) {
		for (size_t j = 0; j < rules[i].names.n; j++) {
			const char *other = rules[i].names.items[j];
			int nr = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, other);

			if (str_eq(other, name) || (mux < 0 && nr / 100 == mux) ||
				(mux == -1 && nr == SOCKETCALL) || (mux == -2 && nr == IPC))
				return true;
		}
	}
	return false;
}

static void random_names(struct arena *arena, const struct names *names, uint64_t *seed,
	struct config_seccomp_rule *rules, size_t n_rules)
{
	const char **items = arena_array(arena, 3, sizeof(*items));
	size_t wanted = 1 + next_random(seed) % 3;
	struct config_seccomp_rule *rule = &rules[n_rules];

	assert_non_null(items);
	rule->names.items = items;
	while (rule->names.n < wanted) {
		uint64_t dice = next_random(seed);
		const char *name = names->of[dice % ARCHS][(dice >> 8) % 460];

		if (name == NULL || is_taken(rules, n_rules + 1, name))
			continue;
		items[rule->names.n++] = name;
	}
}

/* Every action, every set of architectures, calls of all of them. */
static const struct config_seccomp *random_profile(
	struct arena *arena, const struct names *names, uint64_t *seed)
{
	static const char *const sets[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32",
		"SCMP_ARCH_X86_64" };
	struct config_seccomp *profile = arena_alloc(arena, sizeof(*profile));
	size_t n = 1 + next_random(seed) % 12, first = next_random(seed) % 4;
	struct config_seccomp_rule *rules = arena_array(arena, n, sizeof(*rules));

	assert_true(profile != NULL && rules != NULL);
	do
		profile->default_action =
			(enum config_seccomp_action)(next_random(seed) % CONFIG_ACT_N);
	while (profile->default_action == CONFIG_ACT_NOTIFY);
	profile->has_default_errno = profile->default_action == CONFIG_ACT_ERRNO;
	profile->default_errno = (uint32_t)(next_random(seed) % 133);
	profile->architectures =
		(struct json_strings){ &sets[first], next_random(seed) % (5 - first) };
	profile->rules = rules;
	profile->n_rules = n;
	for (size_t i = 0; i < n; i++) {
		rules[i].action = (enum config_seccomp_action)(next_random(seed) % CONFIG_ACT_N);
		rules[i].has_errno = next_random(seed) % 2 == 0;
		rules[i].errno_ret = (uint32_t)(next_random(seed) % 4096);
		random_names(arena, names, seed, rules, i);
		random_args(arena, seed, &rules[i]);
	}
	return profile;
}

static void test_compile__equals_libseccomp_random(void **state)
{
	struct comparison *c = calloc(1, sizeof(*c));
	uint64_t seed = 1;

	assert_non_null(c);
	c->names = *state;
	c->seed = 7;
	c->max_tuples = TUPLES_OF_RANDOM;
	for (unsigned i = 0; i < RANDOM_PROFILES; i++) {
		_arena_ struct arena arena = { 0 };

		c->profile = random_profile(&arena, *state, &seed);
		c->foreign_enosys = i % 2 == 1;
		if (!compare_all(c, &arena))
			fail_msg("libseccomp takes not random profile %u", i);
	}
	print_message("# %lu calls, libseccomp wrong in %lu\n", c->n_calls, c->n_disputes);
	assert_true(c->n_disputes < c->n_calls / 500);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compile__equals_libseccomp_docker),
		cmocka_unit_test(test_compile__equals_libseccomp_podman),
		cmocka_unit_test(test_compile__equals_libseccomp_floor),
		cmocka_unit_test(test_compile__equals_libseccomp_random),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
