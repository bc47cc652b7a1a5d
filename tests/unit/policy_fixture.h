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
	const char *root;                    /* root.path */
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
	struct err err;
};

/* Which rules have been seen to find something, and to find nothing, in this program. */
enum {
	TEST_RULES_MAX = 128
};
static bool test_bit[TEST_RULES_MAX];
static bool test_let_pass[TEST_RULES_MAX];

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

static void test_record_rules(const struct test_result *t)
{
	for (size_t i = 0; policy_rule_at(i) != NULL; i++) {
		bool found = test_find(t, policy_rule_at(i)->id, 0) != NULL;

		test_bit[i] = test_bit[i] || found;
		test_let_pass[i] = test_let_pass[i] || !found;
	}
}

static void test_decide(struct test_result *t, const struct test_config *c)
{
	struct policy_request request = {
		.bundle = "/b",
		.no_new_keyring = c->no_new_keyring,
	};
	const struct policy_profile *profile = c->custom;

	memset(t, 0, sizeof(*t));
	test_make_facts(t, c->facts);
	test_make_config(t, c);
	if (profile == NULL && policy_profile_load(&t->arena, c->profile, &profile, &t->err) < 0)
		fail_msg("%s", t->err.msg);
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

/**
 * test_check_rules() - every rule of @themes was seen to find something and to find nothing
 *
 * "caps" is the theme of "caps.ceiling". Rules of a theme that no program knows are an error.
 */
static void test_check_rules(const char *const *themes, size_t n_themes)
{
	static const char known[] =
		" caps device hook identity limit mount namespace paths process rlimit "
		"root seccomp sysctl unsupported userns volume ";
	char theme[32];

	for (size_t i = 0; policy_rule_at(i) != NULL; i++) {
		const char *id = policy_rule_at(i)->id;
		bool is_ours = false;

		str_fmt(theme, sizeof(theme), " %.*s ", (int)strcspn(id, "."), id);
		assert_non_null(strstr(known, theme));
		for (size_t k = 0; k < n_themes; k++)
			is_ours = is_ours || strstr(theme, themes[k]) != NULL;
		if (is_ours && (!test_bit[i] || !test_let_pass[i]))
			fail_msg("%s never %s", id,
				test_bit[i] ? "let anything pass" : "found anything");
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
