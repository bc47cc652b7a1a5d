/*
 * What a filter can be made to let through, against what its compiled program answers: with the
 * arguments that were found, and with many others where none were.
 */
#include <errno.h>
#include <linux/audit.h>
#include <sched.h>
#include <seccomp.h>

#include "policy/reach.h"

#include "seccomp_vm.h"

#include "base/banned.h"

#define TIOCSTI_ 0x5412U
#define MASKED(index_, mask, bits)                                              \
	{                                                                       \
		.index = (index_), .op = CONFIG_CMP_MASKED_EQ, .value = (mask), \
		.value_two = (bits)                                             \
	}

static const struct policy_call any_chmod = { .name = "chmod" };
static const struct policy_call tiocsti = {
	.name = "ioctl", .has_arg = true, .arg = MASKED(1, 0xffffffff, TIOCSTI_)
};
static const struct policy_call new_namespace = {
	.name = "clone", .has_arg = true, .arg = MASKED(0, 0x7e020000, 0), .is_not = true
};
static const struct policy_call af_alg = {
	.name = "socket", .has_arg = true, .arg = MASKED(0, 0xffffffff, 38), .socketcall = 1
};

/* --- the program ---------------------------------------------------------------------------------- */

static uint32_t number(const struct policy_call *call, enum policy_way way, uint32_t *arch)
{
	static const uint32_t scmp[POLICY_WAYS] = { SCMP_ARCH_X86_64, SCMP_ARCH_X32, SCMP_ARCH_X86,
		SCMP_ARCH_X86 };
	const char *name = way == POLICY_WAY_SOCKETCALL ? "socketcall" : call->name;
	int nr = seccomp_syscall_resolve_name_arch(scmp[way], name);

	*arch = way >= POLICY_WAY_COMPAT32 ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64;
	if (way == POLICY_WAY_COMPAT32 && strcmp(call->name, "socket") == 0)
		return 359;
	assert_true(nr >= 0);
	return (uint32_t)nr;
}

static bool is_let_through(const struct program *program, const struct policy_call *call,
	enum policy_way way, const uint64_t *args)
{
	struct seccomp_data data = { 0 };
	uint32_t action;

	data.nr = (int)number(call, way, &data.arch);
	for (size_t i = 0; i < 6; i++)
		data.args[i] = args[i];
	action = run(program, &data, NULL) & SECCOMP_RET_ACTION_FULL;
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG ||
	       action == SECCOMP_RET_TRACE;
}

static bool is_the_call(const struct policy_call *call, enum policy_way way, const uint64_t *args)
{
	if (way == POLICY_WAY_SOCKETCALL)
		return call->socketcall != 0 && (uint32_t)args[0] == call->socketcall;
	if (!call->has_arg)
		return true;
	return ((args[call->arg.index] & call->arg.value) == call->arg.value_two) != call->is_not;
}

/* --- every filter, every call, every way ------------------------------------------------------------ */

struct values {
	uint64_t items[200];
	size_t n;
};

static void add_value(struct values *values, uint64_t value)
{
	const uint64_t around[] = { value - 1, value, value + 1, value | 0x100000000,
		value & 0xffffffff, ~value };

	for (size_t i = 0; i < ARRAY_SIZE(around) && values->n < ARRAY_SIZE(values->items); i++)
		values->items[values->n++] = around[i];
}

/* The numbers that the rules of the call speak of, their neighbours and their mixtures. */
static void collect(struct values *values, const struct config_seccomp *filter,
	const struct policy_call *call, uint32_t index)
{
	add_value(values, 0);
	if (call->has_arg && call->arg.index == index) {
		add_value(values, call->arg.value_two);
		add_value(values, call->arg.value_two | CLONE_NEWUSER);
	}
	for (size_t i = 0; i < filter->n_rules; i++) {
		const struct config_seccomp_rule *rule = &filter->rules[i];
		bool is_named = false;

		for (size_t k = 0; k < rule->names.n; k++)
			is_named = is_named || strcmp(rule->names.items[k], call->name) == 0;
		for (size_t k = 0; k < rule->n_args && is_named; k++) {
			if (rule->args[k].index != index)
				continue;
			add_value(values, rule->args[k].value);
			add_value(values, rule->args[k].value_two);
			add_value(values, rule->args[k].value | rule->args[k].value_two);
		}
	}
}

static void nothing_gets_through(const struct config_seccomp *filter, const struct program *program,
	const struct policy_call *call, enum policy_way way)
{
	struct values values[3] = { 0 };
	uint64_t args[6] = { 0 };

	for (uint32_t i = 0; i < 3; i++)
		collect(&values[i], filter, call, i);
	for (size_t a = 0; a < values[0].n; a++) {
		for (size_t b = 0; b < values[1].n; b++) {
			for (size_t c = 0; c < values[2].n; c++) {
				args[0] = values[0].items[a];
				args[1] = values[1].items[b];
				args[2] = values[2].items[c];
				if (!is_the_call(call, way, args) ||
					!is_let_through(program, call, way, args))
					continue;
				fail_msg("%s, way %d: 0x%lx 0x%lx 0x%lx gets through", call->name,
					way, (long)args[0], (long)args[1], (long)args[2]);
			}
		}
	}
}

static size_t find_rules(const struct config_seccomp *filter, const struct policy_call *call,
	uint32_t *rules, size_t max)
{
	size_t n = 0;

	for (uint32_t i = 0; i < filter->n_rules; i++) {
		bool is_named = false;

		for (size_t k = 0; k < filter->rules[i].names.n; k++)
			is_named = is_named ||
				   strcmp(filter->rules[i].names.items[k], call->name) == 0 ||
				   (call->socketcall != 0 && strcmp(filter->rules[i].names.items[k],
								     "socketcall") == 0);
		if (is_named && n < max)
			rules[n++] = i;
	}
	return n;
}

/* The answer, after the program has said the same. */
static struct policy_reach reach(
	const struct config_seccomp *filter, const struct policy_call *call, enum policy_way way)
{
	_arena_ struct arena arena = { 0 };
	struct program program = compile_for(&arena, filter, false);
	struct policy_reach out;
	uint32_t rules[256];
	size_t n = find_rules(filter, call, rules, ARRAY_SIZE(rules));

	policy_reach(filter, call, way, rules, n, &out);
	if (out.answer == POLICY_YES) {
		assert_true(is_the_call(call, way, out.args));
		if (!is_let_through(&program, call, way, out.args))
			fail_msg("%s, way %d: 0x%lx 0x%lx does not get through", call->name, way,
				(long)out.args[0], (long)out.args[1]);
	} else if (out.answer == POLICY_NO) {
		nothing_gets_through(filter, &program, call, way);
	}
	return out;
}

static const struct config_seccomp *parse(struct arena *arena, const char *text)
{
	const struct config_seccomp *out = NULL;
	const struct json *root = NULL;
	struct err err = { 0 };
	char *quoted = arena_strdup(arena, text);

	for (char *p = quoted; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	if (json_parse(arena, quoted, strlen(quoted), &root, &err) < 0 ||
		config_seccomp_parse(arena, root, &out, &err) < 0)
		fail_msg("%s", err.msg);
	return out;
}

/* --- filters that mean something else than they seem to --------------------------------------------- */

#define DENY       "'defaultAction':'SCMP_ACT_ERRNO'"
#define ALLOW      "'defaultAction':'SCMP_ACT_ALLOW'"
#define ARCHS      "'architectures':['SCMP_ARCH_X86_64','SCMP_ARCH_X86','SCMP_ARCH_X32'],"
#define RULES(...) ",'syscalls':[" __VA_ARGS__ "]"
#define RULE(name, action, args) \
	"{'names':['" name "'],'action':'SCMP_ACT_" action "','args':[" args "]}"
#define ARG(index, op, value) "{'index':" index ",'value':" value ",'op':'SCMP_CMP_" op "'}"
#define MASK(index, mask, bits) \
	"{'index':" index ",'value':" mask ",'valueTwo':" bits ",'op':'SCMP_CMP_MASKED_EQ'}"

struct reach_case {
	const char *filter;
	enum policy_answer answer;
	int rule; /* that lets it through */
};

static void check(const struct policy_call *call, enum policy_way way,
	const struct reach_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_arena_ struct arena arena = { 0 };
		const char *text = arena_fmt(&arena, "{%s}", cases[i].filter);
		struct policy_reach found = reach(parse(&arena, text), call, way);

		if (found.answer != cases[i].answer || found.rule != cases[i].rule)
			fail_msg("%s: %d by rule %d", cases[i].filter, found.answer, found.rule);
	}
}
#define CHECK(call, way, cases) check(call, way, cases, ARRAY_SIZE(cases))

static void test_reach__default_action(void **state)
{
	static const struct reach_case cases[] = {
		{ DENY, POLICY_NO, -1 },
		{ "'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38", POLICY_NO, -1 },
		{ "'defaultAction':'SCMP_ACT_KILL'", POLICY_NO, -1 },
		{ ALLOW, POLICY_YES, -1 },
		{ "'defaultAction':'SCMP_ACT_LOG'", POLICY_YES, -1 },
		{ "'defaultAction':'SCMP_ACT_TRACE'", POLICY_YES, -1 },
		{ DENY RULES(RULE("chmod", "ALLOW", "")), POLICY_YES, 0 },
		{ DENY RULES(RULE("chown", "ALLOW", "")), POLICY_NO, -1 },
		{ ALLOW RULES(RULE("chmod", "KILL", "")), POLICY_NO, -1 },
		{ ALLOW RULES(RULE("chmod", "LOG", "")), POLICY_YES, 0 },
		{ ALLOW RULES(RULE("chmod", "ERRNO", "")), POLICY_NO, -1 },
		/* what repeats the default says nothing, so the other rule decides alone */
		{ "'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':1" RULES(
			  RULE("chmod", "ERRNO", "") "," RULE("chmod", "ALLOW", "")),
			POLICY_YES, 1 },
		{ "'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38" RULES(
			  RULE("chmod", "ERRNO", "") "," RULE("chmod", "ALLOW", "")),
			POLICY_NO, -1 },
	};

	(void)state;
	CHECK(&any_chmod, POLICY_WAY_NATIVE, cases);
}

/* Whether several rules together leave a gap. */
static void test_reach__rules_that_complete_each_other(void **state)
{
	static const struct reach_case cases[] = {
		{ ALLOW RULES(RULE("chmod", "ERRNO", ARG("1", "LT", "64")) "," RULE(
			  "chmod", "ERRNO", ARG("1", "GE", "64"))),
			POLICY_NO, -1 },
		{ ALLOW RULES(RULE("chmod", "ERRNO", ARG("1", "LT", "64")) "," RULE(
			  "chmod", "ERRNO", ARG("1", "GT", "64"))),
			POLICY_YES, -1 },
		{ ALLOW RULES(RULE("chmod", "ERRNO", ARG("1", "EQ", "5")) "," RULE(
			  "chmod", "KILL", ARG("1", "NE", "5"))),
			POLICY_NO, -1 },
		{ ALLOW RULES(RULE("chmod", "ERRNO", ARG("1", "EQ", "5")) "," RULE(
			  "chmod", "ERRNO", ARG("2", "NE", "5"))),
			POLICY_YES, -1 },
		/* no number is below 0 or above all */
		{ DENY RULES(RULE("chmod", "ALLOW", ARG("1", "LT", "0"))), POLICY_NO, -1 },
		{ DENY RULES(RULE("chmod", "ALLOW", ARG("1", "GT", "18446744073709551615"))),
			POLICY_NO, -1 },
		{ DENY RULES(RULE("chmod", "ALLOW", ARG("1", "GE", "18446744073709551615"))),
			POLICY_YES, 0 },
		/* all of a range is used up by single values */
		{ DENY RULES(RULE("chmod", "KILL", ARG("1", "EQ", "3")) "," RULE(
			  "chmod", "KILL", ARG("1", "EQ", "4")) "," RULE("chmod", "KILL",
			  ARG("1", "EQ", "5")) "," RULE("chmod", "KILL",
			  ARG("1", "LT", "3")) "," RULE("chmod", "ALLOW", ARG("1", "LE", "5"))),
			POLICY_NO, -1 },
		{ DENY RULES(RULE("chmod", "KILL", ARG("1", "EQ", "3")) "," RULE(
			  "chmod", "KILL", ARG("1", "EQ", "5")) "," RULE("chmod", "KILL",
			  ARG("1", "LT", "3")) "," RULE("chmod", "ALLOW", ARG("1", "LE", "5"))),
			POLICY_YES, 3 },
		/* the first that matches decides: what comes later changes nothing */
		{ DENY RULES(RULE("chmod", "ALLOW", ARG("1", "EQ", "5")) "," RULE(
			  "chmod", "KILL", ARG("1", "GE", "0"))),
			POLICY_YES, 0 },
		{ DENY RULES(RULE("chmod", "KILL", ARG("1", "GE", "0")) "," RULE(
			  "chmod", "ALLOW", ARG("1", "EQ", "5"))),
			POLICY_NO, -1 },
		/* but one without conditions goes before all */
		{ DENY RULES(RULE("chmod", "ALLOW", ARG("1", "EQ", "5")) "," RULE(
			  "chmod", "KILL", "")),
			POLICY_NO, -1 },
		{ DENY RULES(RULE("chmod", "KILL", ARG("1", "GE", "0")) "," RULE(
			  "chmod", "ALLOW", MASK("1", "0", "7"))),
			POLICY_YES, 1 },
		/* two conditions: both have to hold; of one argument: either */
		{ ALLOW RULES(RULE("chmod", "KILL", ARG("1", "LT", "9") "," ARG("2", "LT", "9"))),
			POLICY_YES, -1 },
		{ ALLOW RULES(RULE("chmod", "KILL", ARG("1", "LT", "9") "," ARG("1", "GE", "9"))),
			POLICY_NO, -1 },
		{ ALLOW RULES(RULE("chmod", "KILL",
			  ARG("1", "LT", "9") "," ARG("2", "LT", "9")) "," RULE("chmod", "KILL",
			  ARG("1", "GE", "9")) "," RULE("chmod", "KILL", ARG("2", "GE", "9"))),
			POLICY_NO, -1 },
	};

	(void)state;
	CHECK(&any_chmod, POLICY_WAY_NATIVE, cases);
}

static void test_reach__masks(void **state)
{
	static const struct reach_case cases[] = {
		{ ALLOW RULES(RULE("chmod", "KILL", MASK("1", "1", "0")) "," RULE(
			  "chmod", "KILL", MASK("1", "1", "1"))),
			POLICY_NO, -1 },
		{ ALLOW RULES(RULE("chmod", "KILL", MASK("1", "3", "0")) "," RULE(
			  "chmod", "KILL", MASK("1", "1", "1"))),
			POLICY_YES, -1 },
		{ ALLOW RULES(RULE("chmod", "KILL", MASK("1", "3", "0")) "," RULE(
			  "chmod", "KILL", MASK("1", "3", "1")) "," RULE("chmod", "KILL",
			  MASK("1", "3", "2")) "," RULE("chmod", "KILL", MASK("1", "3", "3"))),
			POLICY_NO, -1 },
		/* bits of the value outside of the mask do not count */
		{ ALLOW RULES(RULE("chmod", "KILL", MASK("1", "1", "6")) "," RULE(
			  "chmod", "KILL", MASK("1", "1", "7"))),
			POLICY_NO, -1 },
		/* a mask and a range: 16..31 all have bit 4 */
		{ DENY RULES(RULE("chmod", "KILL", MASK("1", "16", "16")) "," RULE("chmod", "KILL",
			  ARG("1", "LT", "16")) "," RULE("chmod", "ALLOW", ARG("1", "LT", "32"))),
			POLICY_NO, -1 },
		{ DENY RULES(RULE("chmod", "KILL", MASK("1", "16", "16")) "," RULE("chmod", "KILL",
			  ARG("1", "LT", "16")) "," RULE("chmod", "ALLOW", ARG("1", "LE", "32"))),
			POLICY_YES, 2 },
		{ DENY RULES(RULE("chmod", "KILL", ARG("1", "LE", "4294967311")) "," RULE(
			  "chmod", "KILL", ARG("1", "GE", "4294967328")) "," RULE("chmod", "ALLOW",
			  MASK("1", "4294967295", "24"))),
			POLICY_YES, 2 },
		{ DENY RULES(RULE("chmod", "KILL", ARG("1", "LE", "4294967311")) "," RULE(
			  "chmod", "KILL", ARG("1", "GE", "4294967328")) "," RULE("chmod", "ALLOW",
			  MASK("1", "4294967295", "33"))),
			POLICY_NO, -1 },
	};

	(void)state;
	CHECK(&any_chmod, POLICY_WAY_NATIVE, cases);
}

/* The kernel ignores the upper half of some arguments: a comparison of the whole is no protection. */
static void test_reach__upper_half(void **state)
{
	static const struct reach_case requests[] = {
		{ ALLOW RULES(RULE("ioctl", "ERRNO", ARG("1", "EQ", "21522"))), POLICY_YES, -1 },
		{ DENY RULES(RULE("ioctl", "ALLOW", ARG("1", "NE", "21522"))), POLICY_YES, 0 },
		{ ALLOW RULES(RULE("ioctl", "ERRNO", MASK("1", "4294967295", "21522"))), POLICY_NO,
			-1 },
		{ ALLOW RULES(RULE("ioctl", "ERRNO", ARG("1", "EQ", "21522")) "," RULE(
			  "ioctl", "ERRNO", ARG("1", "GT", "4294967295"))),
			POLICY_NO, -1 },
		{ DENY RULES(RULE("ioctl", "ALLOW", ARG("1", "LT", "21522")) "," RULE(
			  "ioctl", "ALLOW", ARG("1", "EQ", "21523"))),
			POLICY_NO, -1 },
	};
	static const struct reach_case requests_32[] = {
		{ ARCHS ALLOW RULES(RULE("ioctl", "ERRNO", ARG("1", "EQ", "21522"))), POLICY_NO,
			-1 },
		{ ARCHS DENY RULES(RULE("ioctl", "ALLOW", ARG("1", "NE", "21522"))), POLICY_NO,
			-1 },
		{ ALLOW, POLICY_NO, -1 }, /* not listed */
		{ ARCHS ALLOW, POLICY_YES, -1 },
	};
	static const struct reach_case flags[] = {
		{ DENY RULES(RULE("clone", "ALLOW", MASK("0", "2114060288", "0"))), POLICY_NO, -1 },
		{ DENY RULES(RULE("clone", "ALLOW", MASK("0", "2113929216", "0"))), POLICY_YES, 0 },
		{ DENY RULES(RULE("clone", "ALLOW", "")), POLICY_YES, 0 },
	};

	(void)state;
	CHECK(&tiocsti, POLICY_WAY_NATIVE, requests);
	CHECK(&tiocsti, POLICY_WAY_X32, requests_32);
	CHECK(&tiocsti, POLICY_WAY_COMPAT32, requests_32);
	CHECK(&new_namespace, POLICY_WAY_NATIVE, flags);
}

/* socketcall has its arguments in memory. */
static void test_reach__socketcall(void **state)
{
	static const struct reach_case direct[] = {
		{ ARCHS DENY RULES(RULE("socket", "ALLOW", MASK("0", "4294967295", "1"))),
			POLICY_NO, -1 },
		{ ARCHS DENY RULES(RULE("socket", "ALLOW", ARG("0", "NE", "38"))), POLICY_NO, -1 },
		{ ARCHS DENY RULES(RULE("socketcall", "ALLOW", "")), POLICY_NO, -1 },
	};
	static const struct reach_case by_pointer[] = {
		{ ARCHS DENY RULES(RULE("socket", "ALLOW", MASK("0", "4294967295", "1"))),
			POLICY_YES, 0 },
		{ ARCHS DENY RULES(RULE("socketcall", "ALLOW", "")), POLICY_YES, 0 },
		{ ARCHS DENY RULES(RULE("socketcall", "ALLOW", ARG("0", "EQ", "2"))), POLICY_NO,
			-1 },
		{ ARCHS DENY RULES(RULE("socketcall", "ALLOW", ARG("0", "LE", "2"))), POLICY_YES,
			0 },
		{ ARCHS DENY RULES(RULE("socket", "ALLOW", "") "," RULE("socketcall", "KILL", "")),
			POLICY_NO, -1 },
		{ DENY RULES(RULE("socketcall", "ALLOW", "")), POLICY_NO, -1 },
	};

	(void)state;
	CHECK(&af_alg, POLICY_WAY_COMPAT32, direct);
	CHECK(&af_alg, POLICY_WAY_SOCKETCALL, by_pointer);
	CHECK(&any_chmod, POLICY_WAY_SOCKETCALL, direct);
}

/* --- filters of engines, and the floor ---------------------------------------------------------------- */

static void test_reach__engines(void **state)
{
	static const char *const files[] = { "tests/unit/data/seccomp-docker.json",
		"tests/unit/data/seccomp-podman.json", "profiles/seccomp/floor.json" };
	static const char *const names[] = { "bpf", "clone", "clone3", "io_uring_setup", "ioctl",
		"keyctl", "mount", "openat", "personality", "ptrace", "read", "setns", "unshare" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_arena_ struct arena arena = { 0 };
		const struct config_seccomp *filter = load(&arena, files[i]);

		for (enum policy_way way = POLICY_WAY_NATIVE; way < POLICY_WAYS; way++) {
			for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
				const struct policy_call call = { .name = names[k] };

				assert_int_not_equal(
					reach(filter, &call, way).answer, POLICY_UNDECIDED);
			}
			reach(filter, &tiocsti, way);
			reach(filter, &new_namespace, way);
			reach(filter, &af_alg, way);
		}
	}
}

/* --- what does not fit is no "no" ---------------------------------------------------------------------- */

enum {
	TOO_MANY = 300
};

static void test_reach__too_much(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct config_seccomp_rule *rules = arena_array(&arena, TOO_MANY, sizeof(*rules));
	struct config_seccomp_arg *args = arena_array(&arena, TOO_MANY, sizeof(*args));
	uint32_t *numbers = arena_array(&arena, TOO_MANY, sizeof(*numbers));
	struct config_seccomp filter = { .default_action = CONFIG_ACT_ERRNO, .rules = rules };
	const char *name = "chmod";
	struct policy_reach out;

	(void)state;
	filter.n_rules = TOO_MANY;
	for (uint32_t i = 0; i < TOO_MANY; i++) {
		numbers[i] = i;
		args[i] =
			(struct config_seccomp_arg){ .index = 1, .op = CONFIG_CMP_EQ, .value = i };
		rules[i] = (struct config_seccomp_rule){ .names = { &name, 1 },
			.action = CONFIG_ACT_KILL_THREAD,
			.args = &args[i],
			.n_args = 1 };
	}
	policy_reach(&filter, &any_chmod, POLICY_WAY_NATIVE, numbers, TOO_MANY, &out);
	assert_int_equal(out.answer, POLICY_UNDECIDED);
	policy_reach(&filter, &any_chmod, POLICY_WAY_NATIVE, numbers, 40, &out);
	assert_int_equal(out.answer, POLICY_NO);
	filter.default_action = CONFIG_ACT_ALLOW;
	policy_reach(&filter, &any_chmod, POLICY_WAY_NATIVE, numbers, 40, &out);
	assert_int_equal(out.answer, POLICY_YES);
	assert_true(out.args[1] >= 40);
}

/* Rules that can each be missed in two ways, and never all of them: 2 to the power of 40 tries. */
static void test_reach__too_long(void **state)
{
	static const char *const names[] = { "chmod" };
	static const struct config_seccomp_arg wanted = { 2, CONFIG_CMP_EQ, 1, 0 };
	_arena_ struct arena arena = { 0 };
	struct config_seccomp_rule *rules = arena_array(&arena, 42, sizeof(*rules));
	struct config_seccomp_arg *args = arena_array(&arena, 80, sizeof(*args));
	struct config_seccomp filter = {
		.rules = rules, .n_rules = 42, .default_action = CONFIG_ACT_ERRNO
	};
	uint32_t numbers[42];
	struct policy_reach out;

	(void)state;
	for (uint32_t i = 0; i < 42; i++) {
		numbers[i] = i;
		rules[i] = (struct config_seccomp_rule){ .names = { names, 1 },
			.action = CONFIG_ACT_KILL_THREAD,
			.args = i < 40 ? &args[2 * i] : &wanted,
			.n_args = i < 40 ? 2 : 1 };
		if (i < 40) {
			args[2 * i] = (struct config_seccomp_arg){ 0, CONFIG_CMP_EQ, i, 0 };
			args[2 * i + 1] = (struct config_seccomp_arg){ 1, CONFIG_CMP_EQ, i, 0 };
		}
	}
	rules[41].action = CONFIG_ACT_ALLOW;
	policy_reach(&filter, &any_chmod, POLICY_WAY_NATIVE, numbers, 42, &out);
	assert_int_equal(out.answer, POLICY_UNDECIDED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reach__default_action),
		cmocka_unit_test(test_reach__rules_that_complete_each_other),
		cmocka_unit_test(test_reach__masks),
		cmocka_unit_test(test_reach__upper_half),
		cmocka_unit_test(test_reach__socketcall),
		cmocka_unit_test(test_reach__engines),
		cmocka_unit_test(test_reach__too_much),
		cmocka_unit_test(test_reach__too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
