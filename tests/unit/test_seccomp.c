/*
 * The seccomp compiler. Programs are run by a small interpreter and compared with what libseccomp
 * makes of the same profile, call number by call number.
 */
#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"

#include "seccomp_vm.h"

#include "base/banned.h"

#define X32_BIT   0x40000000U
#define INSNS_MAX 8192

/* --- the same profile through libseccomp, fed as runc feeds it ------------------------------ */

static uint32_t scmp_action(enum config_seccomp_action action, bool has_errno, uint32_t errno_ret)
{
	uint32_t data = has_errno ? errno_ret : EPERM;

	switch (action) {
	case CONFIG_ACT_KILL_PROCESS:
		return SCMP_ACT_KILL_PROCESS;
	case CONFIG_ACT_TRAP:
		return SCMP_ACT_TRAP;
	case CONFIG_ACT_ERRNO:
		return SCMP_ACT_ERRNO(data);
	case CONFIG_ACT_TRACE:
		return SCMP_ACT_TRACE(data);
	case CONFIG_ACT_LOG:
		return SCMP_ACT_LOG;
	case CONFIG_ACT_ALLOW:
		return SCMP_ACT_ALLOW;
	case CONFIG_ACT_NOTIFY:
		return SCMP_ACT_NOTIFY;
	case CONFIG_ACT_KILL_THREAD:
	case CONFIG_ACT_N:
		break;
	}
	return SCMP_ACT_KILL_THREAD;
}

static enum scmp_compare scmp_op(enum config_seccomp_op op)
{
	static const enum scmp_compare ops[CONFIG_CMP_N] = { SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE,
		SCMP_CMP_EQ, SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_MASKED_EQ };

	return ops[op];
}

/* 0, or libseccomp's error (it refuses some contradictions with -EEXIST) */
static int reference_name(scmp_filter_ctx ctx, const struct config_seccomp_rule *rule,
	uint32_t action, const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);
	struct scmp_arg_cmp cmp[6];
	unsigned seen = 0;
	bool split = false;
	int r = 0;

	if (nr == __NR_SCMP_ERROR)
		return 0;
	for (size_t i = 0; i < rule->n_args; i++) {
		split = split || (seen & (1U << rule->args[i].index)) != 0;
		seen |= 1U << rule->args[i].index;
	}
	for (size_t i = 0; i < rule->n_args; i++) {
		struct scmp_arg_cmp one = SCMP_CMP64(rule->args[i].index, scmp_op(rule->args[i].op),
			rule->args[i].value, rule->args[i].value_two);

		if (!split)
			cmp[i] = one;
		else if (r == 0)
			r = seccomp_rule_add_array(ctx, action, nr, 1, &one);
	}
	if (split)
		return r;
	return seccomp_rule_add_array(ctx, action, nr, (unsigned)rule->n_args, cmp);
}

static int reference_rules(scmp_filter_ctx ctx, const struct config_seccomp *profile)
{
	uint32_t wanted = scmp_action(
		profile->default_action, profile->has_default_errno, profile->default_errno);
	int r = 0;

	for (size_t i = 0; i < profile->n_rules && r == 0; i++) {
		const struct config_seccomp_rule *rule = &profile->rules[i];
		uint32_t action = scmp_action(rule->action, rule->has_errno, rule->errno_ret);

		for (size_t j = 0; j < rule->names.n && r == 0 && action != wanted; j++)
			r = reference_name(ctx, rule, action, rule->names.items[j]);
	}
	return r;
}

static void reference_archs(scmp_filter_ctx ctx, const struct config_seccomp *profile)
{
	static const struct {
		const char *name;
		uint32_t token;
	} known[] = { { "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64 }, { "SCMP_ARCH_X86", SCMP_ARCH_X86 },
		{ "SCMP_ARCH_X32", SCMP_ARCH_X32 } };

	for (size_t i = 0; i < profile->architectures.n; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(known); j++) {
			if (strcmp(profile->architectures.items[i], known[j].name) == 0) {
				int r = seccomp_arch_add(ctx, known[j].token);

				assert_true(r == 0 || r == -EEXIST);
			}
		}
	}
}

/* false: libseccomp does not take this profile */
static bool reference(
	struct arena *arena, const struct config_seccomp *profile, struct program *out)
{
	_fd_ int fd = memfd_create("bpf", MFD_CLOEXEC);
	scmp_filter_ctx ctx = seccomp_init(scmp_action(
		profile->default_action, profile->has_default_errno, profile->default_errno));
	struct sys_bpf_insn *insns = arena_array(arena, INSNS_MAX, sizeof(*insns));
	ssize_t size = -1;
	int r;

	assert_true(fd >= 0 && ctx != NULL && insns != NULL);
	reference_archs(ctx, profile);
	r = reference_rules(ctx, profile);
	if (r == 0)
		r = seccomp_export_bpf(ctx, fd);
	seccomp_release(ctx);
	if (r != 0)
		return false;
	size = pread(fd, insns, INSNS_MAX * sizeof(*insns), 0);
	assert_true(size > 0 && (size_t)size < INSNS_MAX * sizeof(*insns));
	*out = (struct program){ insns, (size_t)size / sizeof(*insns) };
	return true;
}

/* --- comparing ------------------------------------------------------------------------------ */

struct comparison {
	const struct config_seccomp *profile;
	struct program ours;
	struct program theirs;
	uint64_t seed;
};

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

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

/* runc's addition, which libseccomp does not have: ENOSYS above the highest number named */
static uint32_t highest_named(const struct config_seccomp *profile, uint32_t scmp, uint32_t base)
{
	for (uint32_t nr = base + 600; nr > base; nr--) {
		char *name = seccomp_syscall_resolve_num_arch(scmp, (int)nr);
		bool named = name != NULL && names(profile, name);

		free(name);
		if (named)
			return nr;
	}
	return base;
}

static void compare_call(struct comparison *c, uint32_t arch, uint32_t nr)
{
	struct seccomp_data data = { .arch = arch, .nr = (int)nr };

	for (unsigned i = 0; i < 40; i++) {
		uint32_t ours, theirs;

		ours = run(&c->ours, &data, NULL);
		theirs = run(&c->theirs, &data, NULL);
		if (ours != theirs)
			fail_msg("arch %x nr %x args %llx %llx %llx: 0x%x, libseccomp 0x%x", arch,
				nr, (unsigned long long)data.args[0],
				(unsigned long long)data.args[1], (unsigned long long)data.args[2],
				ours, theirs);
		for (size_t j = 0; j < 6; j++)
			data.args[j] = next_arg(c);
	}
}

static void compare_numbers(struct comparison *c, uint32_t scmp, uint32_t audit, uint32_t base)
{
	uint32_t highest = highest_named(c->profile, scmp, base);

	for (uint32_t nr = base; nr <= base + 600; nr++) {
		if (highest == base || nr <= highest)
			compare_call(c, audit, nr);
		else if (c->profile->default_action != CONFIG_ACT_ALLOW)
			assert_int_equal(run_args(&c->ours, audit, nr, 0, 0, 0), ERRNO_RET(ENOSYS));
	}
}

static bool lists(const struct config_seccomp *profile, const char *arch)
{
	for (size_t i = 0; i < profile->architectures.n; i++) {
		if (strcmp(profile->architectures.items[i], arch) == 0)
			return true;
	}
	return false;
}

static bool compare_all(struct arena *arena, const struct config_seccomp *profile)
{
	struct comparison c = { .profile = profile, .seed = 88172645463325252ULL };

	if (!reference(arena, profile, &c.theirs))
		return false;
	c.ours = compile_for(arena, profile, false);
	compare_numbers(&c, SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, 0);
	if (lists(profile, "SCMP_ARCH_X32"))
		compare_numbers(&c, SCMP_ARCH_X32, AUDIT_ARCH_X86_64, X32_BIT);
	else
		compare_call(&c, AUDIT_ARCH_X86_64, X32_BIT);
	if (lists(profile, "SCMP_ARCH_X86"))
		compare_numbers(&c, SCMP_ARCH_X86, AUDIT_ARCH_I386, 0);
	else
		compare_call(&c, AUDIT_ARCH_I386, 4);
	compare_call(&c, AUDIT_ARCH_AARCH64, 4);
	return true;
}

static void test_compile__equals_libseccomp_docker(void **state)
{
	_arena_ struct arena arena = { 0 };

	(void)state;
	assert_true(compare_all(&arena, load(&arena, "tests/unit/data/seccomp-docker.json")));
}

static void test_compile__equals_libseccomp_podman(void **state)
{
	_arena_ struct arena arena = { 0 };

	(void)state;
	assert_true(compare_all(&arena, load(&arena, "tests/unit/data/seccomp-podman.json")));
}

/* --- random profiles ------------------------------------------------------------------------ */

static const uint64_t values[] = { 0, 1, 2, 0xffffffff, 0x100000000, 0x100000001,
	0x7fffffff00000002, UINT64_MAX };
static const char *const all_archs[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" };

static void random_args(
	struct arena *arena, uint64_t *seed, bool repeat, struct config_seccomp_rule *rule)
{
	struct config_seccomp_arg *args = arena_array(arena, 4, sizeof(*args));

	assert_non_null(args);
	rule->args = args;
	rule->n_args = next_random(seed) % 4;
	for (size_t i = 0; i < rule->n_args; i++) {
		args[i].index = repeat ? (uint32_t)(next_random(seed) % 4) : (uint32_t)i;
		args[i].op = (enum config_seccomp_op)(next_random(seed) % CONFIG_CMP_N);
		args[i].value = values[next_random(seed) % ARRAY_SIZE(values)];
		args[i].value_two = values[next_random(seed) % ARRAY_SIZE(values)];
	}
}

/* Rules for a few calls; @spread: no two for the same one, and no argument twice. */
static const struct config_seccomp *random_profile(struct arena *arena, uint64_t *seed, bool spread)
{
	static const char *const calls[] = { "read", "ioctl", "no_such", "clone", "statx", "socket",
		"semget", "mmap" };
	struct config_seccomp *profile = arena_alloc(arena, sizeof(*profile));
	struct config_seccomp_rule *rules = arena_array(arena, 8, sizeof(*rules));

	assert_true(profile != NULL && rules != NULL);
	profile->default_action = CONFIG_ACT_ERRNO;
	profile->architectures = (struct json_strings){ all_archs, 1 + next_random(seed) % 3 };
	profile->rules = rules;
	profile->n_rules = 8;
	for (size_t i = 0; i < profile->n_rules; i++) {
		rules[i].action = CONFIG_ACT_ALLOW;
		if (!spread && next_random(seed) % 2 == 0)
			rules[i].action = CONFIG_ACT_KILL_PROCESS;
		rules[i].names.n = 1;
		rules[i].names.items = &calls[spread ? i : next_random(seed) % 5];
		random_args(arena, seed, !spread, &rules[i]);
	}
	return profile;
}

static void test_compile__equals_libseccomp_random(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		_arena_ struct arena arena = { 0 };

		assert_true(compare_all(&arena, random_profile(&arena, &seed, true)));
	}
}

static bool holds(const struct config_seccomp_arg *arg, uint64_t value, uint64_t width)
{
	uint64_t wanted = arg->value & width;

	value &= width;
	switch (arg->op) {
	case CONFIG_CMP_NE:
		return value != wanted;
	case CONFIG_CMP_LT:
		return value < wanted;
	case CONFIG_CMP_LE:
		return value <= wanted;
	case CONFIG_CMP_EQ:
		return value == wanted;
	case CONFIG_CMP_GE:
		return value >= wanted;
	case CONFIG_CMP_GT:
		return value > wanted;
	case CONFIG_CMP_MASKED_EQ:
	case CONFIG_CMP_N:
		break;
	}
	return (value & wanted) == (arg->value_two & wanted);
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

		c.profile = random_profile(&arena, &c.seed, false);
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
		cmocka_unit_test(test_compile__equals_libseccomp_docker),
		cmocka_unit_test(test_compile__equals_libseccomp_podman),
		cmocka_unit_test(test_compile__equals_libseccomp_random),
		cmocka_unit_test(test_compile__order_of_rules_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
