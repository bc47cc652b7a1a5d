/*
 * What the rules CS-SEC-3 to CS-SEC-11 say of a config's filter, and that what they say of the floor
 * is what the floor answers.
 */
#include <linux/audit.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>

#include "plan/floor.h"

#include "policy_fixture.h"
#include "seccomp_vm.h"

#include "base/banned.h"

#define ARCHS ",'architectures':['SCMP_ARCH_X86_64','SCMP_ARCH_X86','SCMP_ARCH_X32']"
#define FILTER(action, rules)                                                    \
	.linux_ = ALL_NAMESPACES ",'seccomp':{'defaultAction':'SCMP_ACT_" action \
				 "','syscalls':[" rules "]}"
#define RULE(names, action) "{'names':[" names "],'action':'SCMP_ACT_" action "'}"
#define ONE(name, action, index, op, value)                                            \
	"{'names':['" name "'],'action':'SCMP_ACT_" action "','args':[{'index':" index \
	",'op':'SCMP_CMP_" op "','value':" value "}]}"
#define OPENED .custom = &profile

/* hardened, with what a test says about the floor */
static struct policy_profile hardened(struct arena *arena)
{
	const struct policy_profile *profile = NULL;
	struct err err;

	assert_int_equal(policy_profile_load(arena, "hardened", &profile, &err), 0);
	return *profile;
}

static int row(const char *id)
{
	int i = policy_rule_index(id);

	assert_true(i >= 0);
	return i;
}

static void test_groups(void **state)
{
	(void)state;
	BITES("CS-SEC-3", POLICY_TIGHTEN, "setns, unshare",
		FILTER("ERRNO", RULE("'unshare','setns'", "ALLOW")));
	BITES("CS-SEC-3", POLICY_TIGHTEN, "clone of namespaces, clone3, setns, unshare",
		FILTER("ALLOW", ""));
	PASSES("CS-SEC-3", FILTER("ERRNO", RULE("'clone3'", "ERRNO")));
	PASSES("CS-SEC-3",
		FILTER("ERRNO", "{'names':['clone'],'action':'SCMP_ACT_ALLOW','args':["
				"{'index':0,'op':'SCMP_CMP_MASKED_EQ','value':2114060288,"
				"'valueTwo':0}]}"));
	BITES("CS-SEC-4", POLICY_TIGHTEN, "mount, umount2",
		FILTER("ERRNO", RULE("'mount','umount2'", "LOG")));
	PASSES("CS-SEC-4", FILTER("ERRNO", RULE("'read'", "ALLOW")));
	BITES("CS-SEC-5", POLICY_TIGHTEN, "ptrace", FILTER("ERRNO", RULE("'ptrace'", "ALLOW")));
	PASSES("CS-SEC-5", FILTER("ERRNO", RULE("'ptrace'", "KILL")));
	BITES("CS-SEC-6", POLICY_TIGHTEN, "bpf, perf_event_open",
		FILTER("ERRNO", RULE("'perf_event_open','bpf'", "ALLOW")));
	PASSES("CS-SEC-6", FILTER("ERRNO", ""));
	BITES("CS-SEC-7", POLICY_TIGHTEN, "io_uring_setup",
		FILTER("ERRNO", RULE("'io_uring_setup'", "ALLOW")));
	PASSES("CS-SEC-7", FILTER("ERRNO", ""));
	BITES("CS-SEC-8", POLICY_TIGHTEN, "keyctl", FILTER("ERRNO", RULE("'keyctl'", "ALLOW")));
	PASSES("CS-SEC-8", FILTER("ERRNO", RULE("'add_key'", "TRAP")));
	PASSES("CS-SEC-3", );
	PASSES("CS-SEC-3", OCI, FILTER("ALLOW", ""));
}

static void test_arguments(void **state)
{
	(void)state;
	BITES("CS-SEC-9", POLICY_TIGHTEN, "socket AF_ALG, socket AF_VSOCK",
		FILTER("ERRNO", RULE("'socket'", "ALLOW")));
	BITES("CS-SEC-9", POLICY_TIGHTEN, "socket AF_ALG, socket AF_VSOCK as 0x100000028",
		FILTER("ERRNO", ONE("socket", "ALLOW", "0", "NE", "40")));
	BITES("CS-SEC-9", POLICY_TIGHTEN, "socket AF_VSOCK",
		FILTER("ERRNO", ONE("socket", "ALLOW", "0", "GT", "38")));
	PASSES("CS-SEC-9", FILTER("ERRNO", ONE("socket", "ALLOW", "0", "LE", "16")));
	BITES("CS-SEC-10", POLICY_TIGHTEN, "TIOCLINUX, ioctl TIOCSTI as 0x100005412",
		FILTER("ALLOW", ONE("ioctl", "ERRNO", "1", "EQ", "21522")));
	PASSES("CS-SEC-10", FILTER("ERRNO", ONE("ioctl", "ALLOW", "1", "LE", "21521")));
}

static void test_architectures(void **state)
{
	struct arena arena = { 0 };
	struct policy_profile profile = hardened(&arena);

	(void)state;
	BITES("CS-SEC-11", POLICY_TIGHTEN, "programs of 32 bits",
		FILTER("ERRNO", "]" ARCHS ",'x':["));
	BITES("CS-SEC-11", POLICY_TIGHTEN, "x32", FILTER("ERRNO", "]" ARCHS ",'x':["));
	PASSES("CS-SEC-11", FILTER("ERRNO", "],'architectures':['SCMP_ARCH_X86_64'],'x':["));
	/* numbers of 64 bits deny every value of a native call, but none of 32 bits */
	BITES("CS-SEC-10", POLICY_TIGHTEN, "ioctl TIOCSTI of x32",
		FILTER("ALLOW", ONE("ioctl", "KILL", "0", "GT", "8589934591") "," ONE("ioctl",
					"KILL", "0", "LT", "8589934592") "]" ARCHS ",'x':["));
	profile.floor_abi = POLICY_FLOOR_COMPAT32;
	BITES("CS-SEC-11", POLICY_NOTE, "programs of 32 bits", OPENED,
		FILTER("ERRNO", "]" ARCHS ",'x':["));
	BITES("CS-SEC-11", POLICY_TIGHTEN, "x32", OPENED, FILTER("ERRNO", "]" ARCHS ",'x':["));
	/* what socketcall is given is out of sight */
	BITES("CS-SEC-9", POLICY_NOTE, "socket AF_ALG of 32 bits", OPENED,
		FILTER("ERRNO", RULE("'socket'", "ALLOW") "]" ARCHS ",'x':["));
	arena_done(&arena);
}

static void test_profile(void **state)
{
	static const struct config_seccomp lenient = { .default_action = CONFIG_ACT_ALLOW };
	static const struct config_seccomp strict = { .default_action = CONFIG_ACT_ERRNO };
	struct arena arena = { 0 };
	struct policy_profile profile = hardened(&arena);

	(void)state;
	profile.wishes[row("CS-SEC-5")] = POLICY_WISH_REFUSE;
	BITES("CS-SEC-5", POLICY_REFUSE, "ptrace", OPENED,
		FILTER("ERRNO", RULE("'ptrace'", "ALLOW")));
	profile.wishes[row("CS-SEC-5")] = POLICY_WISH_WARN;
	BITES("CS-SEC-5", POLICY_WARN, "ptrace", OPENED,
		FILTER("ERRNO", RULE("'ptrace'", "ALLOW")));
	/* without a floor nothing can be tightened */
	profile.floor = false;
	profile.wishes[row("CS-SEC-5")] = POLICY_WISH_TIGHTEN;
	BITES("CS-SEC-5", POLICY_REFUSE, "a filter that denies it", OPENED,
		FILTER("ERRNO", RULE("'ptrace'", "ALLOW")));
	/* another floor is looked into */
	profile = hardened(&arena);
	profile.floor_path = "/x";
	profile.floor_file = &lenient;
	BITES("CS-SEC-5", POLICY_NOTE, "ptrace", OPENED,
		FILTER("ERRNO", RULE("'ptrace'", "ALLOW")));
	profile.floor_file = &strict;
	BITES("CS-SEC-5", POLICY_TIGHTEN, "ptrace", OPENED,
		FILTER("ERRNO", RULE("'ptrace'", "ALLOW")));
	arena_done(&arena);
}

static void test_pointers(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, FILTER("ERRNO", RULE("'read'", "ALLOW") "," RULE("'ptrace'", "ALLOW")));
	assert_string_equal(test_finding(&t, "CS-SEC-5").pointer, "/linux/seccomp/syscalls/1");
	arena_done(&t.arena);
	DECIDE(&t, FILTER("ALLOW", RULE("'read'", "ERRNO")));
	assert_string_equal(test_finding(&t, "CS-SEC-5").pointer, "/linux/seccomp/defaultAction");
	arena_done(&t.arena);
}

/* --- what is said of the floor is so ------------------------------------------------------------------ */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len > n && strcmp(text + len - n, end) == 0;
}

/* A name of a list in a finding, "socket AF_ALG of 32 bits", as the call that is meant. */
static struct seccomp_data meant(const char *label)
{
	static const struct {
		const char *name;
		uint64_t args[2];
	} special[] = {
		{ "clone of namespaces", { CLONE_NEWNS, 0 } },
		{ "ioctl TIOCLINUX", { 0, 0x541c } },
		{ "ioctl TIOCSTI", { 0, 0x5412 } },
		{ "socket AF_ALG", { 38, 0 } },
		{ "socket AF_VSOCK", { 40, 0 } },
	};
	bool is_32 = ends_with(label, " of 32 bits"), is_x32 = ends_with(label, " of x32");
	struct seccomp_data data = { .arch = is_32 ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64 };
	char name[64];

	str_fmt(name, sizeof(name), "%.*s", (int)strcspn(label, " "), label);
	for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
		if (!str_starts(label, special[i].name))
			continue;
		data.args[0] = special[i].args[0];
		data.args[1] = special[i].args[1];
	}
	data.nr = seccomp_syscall_resolve_name_arch(is_32    ? SCMP_ARCH_X86
						    : is_x32 ? SCMP_ARCH_X32
							     : SCMP_ARCH_X86_64,
		name);
	if (is_32 && strcmp(name, "socket") == 0) {
		data.nr = 102; /* socketcall, as the domain is open to nothing else */
		data.args[0] = 1;
	}
	assert_true(data.nr >= 0);
	return data;
}

/* The labels of one finding; how many. */
static size_t check_labels(const struct program *floor, const struct policy_finding *f)
{
	bool is_open = f->verdict == POLICY_NOTE;
	size_t n = 0;

	for (const char *at = f->found; *at != '\0'; n++) {
		char label[64];
		struct seccomp_data data;
		uint32_t answer;

		str_fmt(label, sizeof(label), "%.*s", (int)strcspn(at, ","), at);
		at += strlen(label);
		at += str_starts(at, ", ") ? 2 : 0;
		data = meant(label);
		answer = run(floor, &data, NULL);
		if ((answer == SECCOMP_RET_ALLOW) != is_open)
			fail_msg("%s: 0x%x, but %s", label, answer, f->decided);
	}
	return n;
}

/* A filter that lets everything through, above each floor there is. */
static void test_floor__is_as_the_findings_say(void **state)
{
	struct arena arena = { 0 };
	struct policy_profile profile = hardened(&arena);

	(void)state;
	for (unsigned options = 0; options < POLICY_FLOOR_VARIANTS; options++) {
		struct program floor = { 0 };
		struct test_result t;
		size_t n = 0;

		floor.insns = plan_floor_built(options, &floor.n);
		profile.floor_abi = options & (POLICY_FLOOR_COMPAT32 | POLICY_FLOOR_X32);
		profile.floor_io_uring = (options & POLICY_FLOOR_IO_URING) != 0;
		profile.floor_debug = (options & POLICY_FLOOR_DEBUG) != 0;
		profile.floor_nested = (options & POLICY_FLOOR_NESTED) != 0;
		DECIDE(&t, OPENED, FILTER("ALLOW", "]" ARCHS ",'x':["));
		for (size_t i = 0; i < t.d.n_findings; i++) {
			const struct policy_finding *f = &t.d.findings[i];

			if (str_starts(f->rule, "CS-SEC-") && !str_eq(f->rule, "CS-SEC-2") &&
				!str_eq(f->rule, "CS-SEC-11"))
				n += check_labels(&floor, f);
		}
		assert_true(n >= 35);
		arena_done(&t.arena);
	}
	arena_done(&arena);
}

static const char *findings(struct arena *arena, const struct policy_profile *profile)
{
	_str_buf_ struct str_buf text = { 0 };
	struct test_result t;

	DECIDE(&t, .custom = profile, FILTER("ALLOW", "]" ARCHS ",'x':["));
	for (size_t i = 0; i < t.d.n_findings; i++) {
		if (str_starts(t.d.findings[i].rule, "CS-SEC-"))
			str_buf_fmt(&text, "%s %s %s\n", t.d.findings[i].rule,
				policy_verdict_name(t.d.findings[i].verdict),
				t.d.findings[i].found);
	}
	arena_done(&t.arena);
	return arena_strdup(arena, text.data);
}

/* The floor itself, taken for a file of the administrator's: the same is said of it. */
static void test_floor__as_a_file(void **state)
{
	struct arena arena = { 0 };
	struct policy_profile profile = hardened(&arena);
	const char *own = findings(&arena, &profile);

	(void)state;
	profile.floor_path = "/x";
	profile.floor_file = load(&arena, "profiles/seccomp/floor.json");
	assert_string_equal(findings(&arena, &profile), own);
	arena_done(&arena);
}

static void test_rules__each_bites_and_lets_pass(void **state)
{
	(void)state;
	test_check_rules(TEST_POLICY_SECCOMP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_architectures),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_floor__is_as_the_findings_say),
		cmocka_unit_test(test_floor__as_a_file),
		cmocka_unit_test(test_rules__each_bites_and_lets_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
