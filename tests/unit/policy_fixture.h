/*
 * A container to put before the rules: a small config with slots for what a test is about, fixed
 * facts, and questions about the findings. Quotes are written ' in JSON fragments.
 */
#ifndef TESTS_POLICY_FIXTURE_H
#define TESTS_POLICY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/abi.h"
#include "cli/report.h"
#include "policy/policy.h"
#include "policy/rules.h"

#define NAMESPACES_BUT(last)                                                            \
	"'namespaces':[{'type':'pid'},{'type':'network'},{'type':'ipc'},{'type':'uts'}" \
	"," last "]"
#define ALL_NAMESPACES NAMESPACES_BUT("{'type':'mount'}")
#define OWN_USERNS     NAMESPACES_BUT("{'type':'mount'},{'type':'user'}")
#define PROCESS        "'args':['sh'],'cwd':'/','user':{'uid':0,'gid':0}"
#define PROC_MOUNT     "{'destination':'/proc','type':'proc','source':'proc'}"
#define DEV_MOUNT      "{'destination':'/dev','type':'tmpfs','source':'tmpfs'}"

/* Slots that are NULL take the usual value: a container that every profile accepts. */
struct test_config {
	const char *profile;                 /* "hardened" */
	const struct policy_profile *custom; /* instead of one by name */
	const char *process;                 /* members of process; "none": no process */
	const char *root;                    /* CS-ROOT-1 */
	const char *mounts;
	const char *linux_; /* members of linux */
	const char *top;    /* more members of the document, each with a comma before it */
	const char *facts;  /* lines; a scalar replaces the usual one */
	bool no_new_keyring;
};

struct test_result {
	struct arena arena;
	struct config config;
	struct facts facts;
	struct policy_decisions d;
	int annotated; /* what policy_profile_annotated() returned; < 0: nothing was decided */
	struct err err;
};

/* Which rules have been seen to find something, and to find nothing, in this program. */
enum {
	TEST_RULES_MAX = POLICY_RULES_MAX
};
static bool test_bit[TEST_RULES_MAX], test_let_pass[TEST_RULES_MAX];
static bool test_reported[TEST_RULES_MAX], test_not_reported[TEST_RULES_MAX]; /* by audit */

static const char *const test_facts[] = {
	"kernel 6.18",
	"euid 0",
	"initial-userns yes",
	"caps 0x1ffffffffff",
	"cap-last 40",
	"seccomp-flags 0x27",
	"apparmor no",
	"selinux no",
	"cgroup-ns yes",
	"time-ns yes",
	"idmap yes",
	"overlay-idmap yes",
	"overlay-fds yes",
	"cgroup-mode v2",
	"cgroup-writable yes",
	"ids-available 0",
	"path /b/rootfs dir ext4 0 0 0755 -",
	"path /b/data dir ext4 0 0 0755 -",
};

static bool test_has_key(const char *lines, const char *line)
{
	size_t len = strcspn(line, " ") + 1;

	if (lines == NULL || str_starts(line, "path "))
		return false;
	for (const char *at = lines; at != NULL; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, line, len) == 0)
			return true;
	}
	return false;
}

static void test_make_facts(struct test_result *t, const char *lines)
{
	_str_buf_ struct str_buf text = { 0 };

	/* first match counts: a test may say something else of a usual path */
	str_buf_fmt(&text, "%s\n", lines != NULL ? lines : "");
	for (size_t i = 0; i < ARRAY_SIZE(test_facts); i++) {
		if (!test_has_key(lines, test_facts[i]) &&
			(lines == NULL || strstr(lines, "/b/rootfs ") == NULL ||
				!str_starts(test_facts[i], "path /b/rootfs ")))
			str_buf_fmt(&text, "%s\n", test_facts[i]);
	}
	if (facts_parse(&t->arena, text.data, &t->facts, &t->err) < 0)
		fail_msg("%s", t->err.msg);
}

static const char *test_or(const char *given, const char *usual)
{
	return given != NULL ? given : usual;
}

static void test_make_config(struct test_result *t, const struct test_config *c)
{
	_str_buf_ struct str_buf text = { 0 };
	const struct json *root;

	str_buf_puts(&text, "{'ociVersion':'1.0.2'");
	if (c->process == NULL || !str_eq(c->process, "none"))
		str_buf_fmt(&text, ",'process':{%s}", test_or(c->process, PROCESS));
	str_buf_fmt(&text, ",'root':{'path':'%s'},'mounts':[%s],'linux':{%s}%s}",
		test_or(c->root, "rootfs"), test_or(c->mounts, PROC_MOUNT "," DEV_MOUNT),
		test_or(c->linux_, ALL_NAMESPACES), test_or(c->top, ""));
	for (char *p = text.data; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	if (json_parse(&t->arena, text.data, text.len, &root, &t->err) < 0 ||
		config_parse(&t->arena, root, &t->config, &t->err) < 0)
		fail_msg("%s", t->err.msg);
}

/** test_find() - the @nth finding of a rule, NULL if there is none */
static const struct policy_finding *test_find(
	const struct test_result *t, const char *rule, size_t nth)
{
	for (size_t i = 0; i < t->d.n_findings; i++) {
		if (str_eq(t->d.findings[i].rule, rule) && nth-- == 0)
			return &t->d.findings[i];
	}
	return NULL;
}

/* What `audit BUNDLE` says of the same: a rule is in the report if it has found something. */
static void test_record_report(struct test_result *t)
{
	struct cli_target target = {
		.kind = "bundle",
		.name = "b",
		.uri = "config.json",
		.report = { t->d.findings, t->d.n_findings, 1 },
	};
	_str_buf_ struct str_buf text = { 0 };

	cli_report_text("p", &target, 1, &text);
	for (size_t i = 0; policy_rule_at(i) != NULL; i++) {
		const char *id = policy_rule_at(i)->info.id;
		char word[32];
		bool is_there;

		str_fmt(word, sizeof(word), "[%s]", id);
		is_there = strstr(text.data, word) != NULL;
		if (is_there != (test_find(t, id, 0) != NULL))
			fail_msg("the report of audit and the findings differ in %s", id);
		test_reported[i] = test_reported[i] || is_there;
		test_not_reported[i] = test_not_reported[i] || !is_there;
	}
}

static void test_record_rules(struct test_result *t)
{
	test_record_report(t);
	for (size_t i = 0; policy_rule_at(i) != NULL; i++) {
		bool found = test_find(t, policy_rule_at(i)->info.id, 0) != NULL;

		test_bit[i] = test_bit[i] || found;
		test_let_pass[i] = test_let_pass[i] || !found;
	}
}

static void test_decide(struct test_result *t, const struct test_config *c)
{
	static const char *const listed[] = { "/listed/profile.json" };
	const struct json_strings files = { .items = listed, .n = 1 };
	struct policy_annotation annotation = { 0 };
	struct policy_request request = {
		.bundle = "/b",
		.no_new_keyring = c->no_new_keyring,
		.annotation = &annotation,
	};
	const struct policy_profile *profile = c->custom;

	memset(t, 0, sizeof(*t));
	test_make_facts(t, c->facts);
	test_make_config(t, c);
	if (profile == NULL && policy_profile_load(&t->arena, c->profile, &profile, &t->err) < 0)
		fail_msg("%s", t->err.msg);
	t->annotated = policy_profile_annotated(
		&t->arena, &t->config, &files, &annotation, &profile, &t->err);
	if (t->annotated < 0)
		return;
	if (policy_decide(&t->arena, profile, &t->config, &t->facts, &request, &t->d, &t->err) < 0)
		fail_msg("%s", t->err.msg);
	test_record_rules(t);
}

/** test_finding() - the first finding of a rule, an empty one if there is none */
static struct policy_finding test_finding(const struct test_result *t, const char *rule)
{
	const struct policy_finding *f = test_find(t, rule, 0);

	if (f == NULL)
		return (struct policy_finding){ .pointer = "", .found = "", .decided = "" };
	return *f;
}

/** test_expect() - a finding of @rule with @verdict says @text somewhere */
static void test_expect(const struct test_result *t, const char *rule, enum policy_verdict verdict,
	const char *text)
{
	const struct policy_finding *f;

	for (size_t i = 0; (f = test_find(t, rule, i)) != NULL; i++) {
		if (f->verdict == verdict &&
			(strstr(f->found, text) != NULL || strstr(f->decided, text) != NULL))
			return;
	}
	f = test_find(t, rule, 0);
	fail_msg("no finding '%s' of %s; the first: %s -> %s", text, rule,
		f != NULL ? f->found : "none", f != NULL ? f->decided : "");
}

static void test_expect_none(const struct test_result *t, const char *rule)
{
	const struct policy_finding *f = test_find(t, rule, 0);

	if (f != NULL)
		fail_msg("%s found %s: %s -> %s", rule, f->pointer, f->found, f->decided);
}

/** bites() - the config, once with a finding; passes() - once without */
static __attribute__((noinline)) void bites(const struct test_config *c, const char *rule,
	enum policy_verdict verdict, const char *text)
{
	struct test_result t;

	test_decide(&t, c);
	test_expect(&t, rule, verdict, text);
	arena_done(&t.arena);
}

static __attribute__((noinline)) void passes(const struct test_config *c, const char *rule)
{
	struct test_result t;

	test_decide(&t, c);
	test_expect_none(&t, rule);
	arena_done(&t.arena);
}

/* Which program tests which rules. */
enum test_program {
	TEST_POLICY,
	TEST_POLICY_HOST,
	TEST_POLICY_VOLUMES,
	TEST_POLICY_CGROUP,
	TEST_POLICY_RULES,
	TEST_POLICY_SECCOMP,
	TEST_PROGRAMS,
};
static const char *const test_programs[TEST_PROGRAMS] = {
	[TEST_POLICY] =
		" CS-PROC-1 CS-SPEC-1 CS-LSM-1 CS-LSM-2 CS-LSM-3 CS-LSM-4 CS-MAP-3 CS-NS-2 CIS-5.31 CS-MAP-2 CS-ID-1 "
		"CS-NS-3 CS-NS-4 CS-NS-5 CIS-5.10 CIS-5.16 CS-NS-6 CS-NS-8 CS-ROOT-1 CS-ROOT-2 "
		"CS-ROOT-3 CS-ROOT-4 CS-ROOT-5 CS-CAP-2 CS-CAP-3 CS-CAP-4 CIS-5.4 PSS-R-1 "
		"CS-CAP-1 CS-CAP-5 CS-CAP-6 CS-NS-7 CS-SEC-1 CIS-5.22 CS-SEC-2 CIS-5.26 "
		"CS-KEY-1 CS-OOM-1 CIS-5.19 CS-LIM-1 ",
	[TEST_POLICY_HOST] = " CS-MNT-10 CS-MNT-7 CS-MNT-2 CS-MNT-8 CS-MNT-9 CIS-5.6 CIS-5.32 "
			     "CIS-5.20 CS-MNT-11 CS-MNT-3 PSS-B-10 CS-PATH-1 CIS-5.18 CS-DEV-1 "
			     "CIS-5.29 CIS-5.11 CS-OOM-2 CS-HOOK-1 CS-HOOK-2 CS-SYS-1 CS-SYS-2 "
			     "PSS-B-12 CS-SYS-3 ",
	[TEST_POLICY_VOLUMES] = " CS-MNT-1 CS-VOL-1 CS-VOL-2 CS-VOL-3 CS-VOL-4 CS-VOL-5 ",
	[TEST_POLICY_CGROUP] = " CS-CG-1 ",
	[TEST_POLICY_RULES] =
		" CS-WX-1 CS-VOL-6 CS-LSM-5 CIS-5.5 PSS-R-5 CS-ID-2 CIS-5.17 CIS-5.21 CS-NS-1 CIS-5.13 PSS-R-2 "
		"CIS-5.12 CIS-5.2 CIS-5.3 CIS-5.7 CS-ENV-1 CS-ANN-1 CS-ANN-2 CIS-5.25 CS-MAP-1 "
		"CS-MNT-4 CS-MNT-5 CS-MNT-12 CS-CORE-1 CS-TTY-1 ",
	[TEST_POLICY_SECCOMP] = " CS-SEC-3 CS-SEC-4 CS-SEC-5 CS-SEC-6 CS-SEC-7 CS-SEC-8 CS-SEC-9 "
				"CS-SEC-10 CS-SEC-11 ",
};

/**
 * test_check_rules() - every rule of @program was seen to find something and to find nothing
 *
 * A rule that no program knows is an error.
 */
static void test_check_rules(enum test_program program)
{
	char word[32];

	for (size_t i = 0; policy_rule_at(i) != NULL; i++) {
		const char *id = policy_rule_at(i)->info.id;
		size_t n = 0;

		if (policy_rule_at(i)->apply == NULL) /* test_audit */
			continue;
		str_fmt(word, sizeof(word), " %s ", id);
		for (size_t k = 0; k < TEST_PROGRAMS; k++)
			n += strstr(test_programs[k], word) != NULL;
		if (n != 1)
			fail_msg("%s is tested by %d programs", id, (int)n);
		if (strstr(test_programs[program], word) != NULL &&
			(!test_bit[i] || !test_let_pass[i]))
			fail_msg("%s never %s", id,
				test_bit[i] ? "let anything pass" : "found anything");
		/* tests/lint/matrix.sh makes one table of all programs */
		if (strstr(test_programs[program], word) != NULL)
			print_message("# matrix enforce %s %d %d\n# matrix bundle %s %d %d\n", id,
				test_bit[i], test_let_pass[i], id, test_reported[i],
				test_not_reported[i]);
	}
}

#define BITES(rule, verdict, text, ...) \
	bites(&(struct test_config){ __VA_ARGS__ }, rule, verdict, text)
#define PASSES(rule, ...) passes(&(struct test_config){ __VA_ARGS__ }, rule)
#define DECIDE(t, ...)    test_decide(t, &(struct test_config){ __VA_ARGS__ })

#define OCI      .profile = "oci"
#define ROOTLESS .facts = "euid 0\ninitial-userns no\nids-available 65537\ncaps 0x1ffffffffff"
#define BIND(source, destination) \
	"{'destination':'" destination "','type':'bind','source':'" source "','options':['bind']}"
#define MAPS                                                              \
	"'uidMappings':[{'containerID':0,'hostID':100000,'size':65536}]," \
	"'gidMappings':[{'containerID':0,'hostID':100000,'size':65536}]"
#define CAPS(list)                                                               \
	PROCESS ",'capabilities':{'bounding':[" list "],'effective':[" list "]," \
		"'permitted':[" list "]}"

#endif
