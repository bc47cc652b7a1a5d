/* Lines of the audit log: always one line of printable JSON, whatever is put into it, and bounded. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/num.h"
#include "base/str.h"
#include "config/json.h"
#include "host/trail.h"

#include "base/banned.h"

enum {
	FINDINGS = 200
};

struct made {
	struct arena arena;
	char *text;
	size_t len;
	const struct json *root;
};

static void make(struct made *made, const struct host_trail_event *event)
{
	const struct host_trail trail = {
		.uid = 1000,
		.login_uid = UINT32_MAX,
		.pid = 42,
		.comm = "engine",
		.command = "create",
	};
	struct err err;

	*made = (struct made){ .text = malloc(HOST_TRAIL_LINE_MAX) };
	assert_non_null(made->text);
	made->len = host_trail_line(&trail, "/run/caisson", event, made->text);
	assert_true(made->len < HOST_TRAIL_LINE_MAX);
	assert_int_equal(made->text[made->len - 1], '\n');
	for (size_t i = 0; i + 1 < made->len; i++)
		assert_in_range(made->text[i], 0x20, 0x7e);
	if (json_parse(&made->arena, made->text, made->len, &made->root, &err) < 0)
		fail_msg("%s: %.*s", err.msg, (int)made->len, made->text);
}

static void made_done(struct made *made)
{
	free(made->text);
	arena_done(&made->arena);
}

static const char *text_of(const struct made *made, const char *key)
{
	const struct json *node = json_get(made->root, key);

	return node != NULL ? node->text : NULL;
}

static void test_line__what_is_known(void **state)
{
	const int status = 0;
	struct host_trail_event event = {
		.event = "exit",
		.id = "box",
		.ids_base = 65536,
		.pid = 7,
		.exit_code = &status,
	};
	struct made made;

	(void)state;
	make(&made, &event);
	assert_string_equal(text_of(&made, "event"), "exit");
	assert_string_equal(text_of(&made, "result"), "ok");
	assert_string_equal(text_of(&made, "status"), "0");
	assert_string_equal(
		json_get(json_get(json_get(made.root, "ids"), "gid"), "first")->text, "65536");
	assert_string_equal(json_get(json_get(made.root, "caller"), "comm")->text, "engine");
	assert_null(json_get(json_get(made.root, "caller"), "login_uid"));
	assert_null(text_of(&made, "bundle"));
	assert_null(text_of(&made, "signal"));
	made_done(&made);
}

static void test_line__hostile_text(void **state)
{
	static const struct {
		const char *text;
		const char *read;
	} cases[] = {
		{ "a\nb\r\t\"\\", "a\nb\r\t\"\\" },
		{ "\x1b[31m\x7f", "\x1b[31m\x7f" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd" },                 /* an overlong NUL */
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* half a pair */
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct host_trail_event event = { .event = "kill", .id = cases[i].text };
		struct made made;

		make(&made, &event);
		assert_string_equal(text_of(&made, "container"), cases[i].read);
		made_done(&made);
	}
}

/* @n bytes that take six each in the line. */
static char *worst(size_t n)
{
	char *text = malloc(n + 1);

	assert_non_null(text);
	memset(text, 1, n);
	text[n] = '\0';
	return text;
}

static void test_line__is_bounded(void **state)
{
	const struct policy_rule_info info = { .severity = POLICY_HIGH };
	struct policy_finding *findings = calloc(FINDINGS, sizeof(*findings));
	struct policy_decisions decisions = { .findings = findings, .n_findings = FINDINGS };
	char *text = worst(100000);
	struct host_trail_event event = {
		.event = "refuse",
		.id = text,
		.bundle = text,
		.profile = text,
		.rung = text,
		.error = text,
		.decisions = &decisions,
		.lists_findings = true,
		.verdict = POLICY_REFUSE,
	};
	uint64_t n_listed, n_more;
	struct made made;

	(void)state;
	assert_non_null(findings);
	for (size_t i = 0; i < FINDINGS; i++)
		findings[i] = (struct policy_finding){ .rule = "CS-1",
			.info = &info,
			.verdict = i % 2 == 0 ? POLICY_REFUSE : POLICY_TIGHTEN,
			.pointer = text,
			.found = text,
			.decided = text };
	make(&made, &event);
	assert_string_equal(text_of(&made, "result"), "refused");
	n_listed = json_get(made.root, "rules")->n_children;
	assert_true(num_u64(text_of(&made, "more"), FINDINGS, &n_more));
	assert_int_equal(n_more + n_listed, FINDINGS / 2);
	made_done(&made);
	/* short ones leave room for more */
	event = (struct host_trail_event){ .event = "refuse",
		.decisions = &decisions,
		.lists_findings = true,
		.verdict = POLICY_REFUSE };
	for (size_t i = 0; i < FINDINGS; i++)
		findings[i].pointer = findings[i].found = findings[i].decided = "x";
	make(&made, &event);
	assert_true(json_get(made.root, "rules")->n_children > 50);
	made_done(&made);
	free(findings);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line__what_is_known),
		cmocka_unit_test(test_line__hostile_text),
		cmocka_unit_test(test_line__is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
