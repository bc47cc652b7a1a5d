/* The small texts of the commands: signal names, the list's table, the example, the preview. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "cli/example.h"
#include "cli/paint.h"
#include "cli/preview.h"
#include "cli/signals.h"
#include "cli/table.h"
#include "config/config.h"
#include "config/json.h"

#include "base/banned.h"

/* --- signals -------------------------------------------------------------------------------- */

static void test_signal_parse__spellings(void **state)
{
	static const struct {
		const char *text;
		int number;
	} good[] = {
		{ "9", SIGKILL },
		{ "KILL", SIGKILL },
		{ "SIGKILL", SIGKILL },
		{ "sigkill", SIGKILL },
		{ "kill", SIGKILL },
		{ "SigTerm", SIGTERM },
		{ "15", SIGTERM },
		{ "0", 0 },
		{ "WINCH", SIGWINCH },
		{ "CLD", SIGCHLD },
		{ "IO", SIGIO },
		{ "64", 64 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct err err;
		int number = -1;

		assert_int_equal(cli_signal_parse(good[i].text, &number, &err), 0);
		assert_int_equal(number, good[i].number);
	}
}

static void test_signal_parse__realtime(void **state)
{
	struct err err;
	int number = -1;

	(void)state;
	assert_int_equal(cli_signal_parse("RTMIN", &number, &err), 0);
	assert_int_equal(number, SIGRTMIN);
	assert_int_equal(cli_signal_parse("SIGRTMIN+3", &number, &err), 0);
	assert_int_equal(number, SIGRTMIN + 3);
	assert_int_equal(cli_signal_parse("rtmax-1", &number, &err), 0);
	assert_int_equal(number, SIGRTMAX - 1);
	assert_int_equal(cli_signal_parse("RTMAX", &number, &err), 0);
	assert_int_equal(number, SIGRTMAX);
}

static void test_signal_parse__unknown(void **state)
{
	static const char *const bad[] = { "", "SIG", "SIGFOO", "-9", "+9", " 9", "9 ", "0x9",
		"SIG9", "RTMIN-1", "RTMAX+1", "RTMIN+31", "RTMIN+", "4294967305", "KILLS" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char expected[64];
		struct err err;
		int number = -1;

		assert_int_equal(cli_signal_parse(bad[i], &number, &err), -EINVAL);
		str_fmt(expected, sizeof(expected), "unknown signal \"%s\"", bad[i]);
		assert_string_equal(err.msg, expected);
		assert_int_equal(number, -1);
	}
}

/* --- table ---------------------------------------------------------------------------------- */

static void test_table__layout(void **state)
{
	static const char *const header[CLI_TABLE_COLUMNS] = { "ID", "PID", "STATUS", "BUNDLE",
		"CREATED", "OWNER" };
	static const char *const row[CLI_TABLE_COLUMNS] = { "o1", "17947", "running", "/srv/bundle",
		"2026-11-22T03:32:27.014750937Z", "root" };
	_cli_table_ struct cli_table table = { 0 };
	_str_buf_ struct str_buf out = { 0 };

	(void)state;
	cli_table_add(&table, header);
	cli_table_add(&table, row);
	cli_table_print(&table, &out);
	assert_string_equal(out.data,
		"ID          PID         STATUS      BUNDLE        CREATED                          OWNER\n"
		"o1          17947       running     /srv/bundle   2026-11-22T03:32:27.014750937Z   root\n");
}

static void test_table__header_only(void **state)
{
	static const char *const header[CLI_TABLE_COLUMNS] = { "ID", "PID", "STATUS", "BUNDLE",
		"CREATED", "OWNER" };
	_cli_table_ struct cli_table table = { 0 };
	_str_buf_ struct str_buf out = { 0 };

	(void)state;
	cli_table_add(&table, header);
	cli_table_print(&table, &out);
	assert_string_equal(
		out.data, "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
}

static void test_table__foreign_text(void **state)
{
	static const char *const row[CLI_TABLE_COLUMNS] = { "a\tb\x1b", "", "123456789012",
		"gr\xc3\xbcn", NULL, "x" };
	_cli_table_ struct cli_table table = { 0 };
	_str_buf_ struct str_buf out = { 0 };

	(void)state;
	cli_table_add(&table, row);
	cli_table_print(&table, &out);
	assert_string_equal(out.data, "a\\x09b\\x1b               123456789012   "
				      "gr\xc3\xbcn                    x\n");
}

/* --- example -------------------------------------------------------------------------------- */

struct parsed {
	struct arena arena;
	struct config config;
	const struct json *root;
};

static void parsed_done(struct parsed *parsed)
{
	arena_done(&parsed->arena);
}
#define _parsed_ _cleanup_(parsed_done)

static void example(const struct cli_example *what, struct parsed *parsed)
{
	_json_out_ struct json_out *out = json_out_new("\t");
	struct err err = { 0 };
	const char *text;
	size_t len = 0;

	cli_example_json(what, out);
	text = json_out_text(out, &len);
	assert_non_null(text);
	if (json_parse(&parsed->arena, text, len, &parsed->root, &err) < 0 ||
		config_parse(&parsed->arena, parsed->root, &parsed->config, &err) < 0)
		fail_msg("%s", err.msg);
}

static void test_example__is_a_valid_config(void **state)
{
	const struct cli_example what = { .rootless = false };
	_parsed_ struct parsed parsed = { 0 };
	const struct config *config = &parsed.config;

	(void)state;
	example(&what, &parsed);
	assert_string_equal(config->oci_version, "1.3.0");
	assert_true(config->process.terminal);
	assert_true(config->process.no_new_privileges);
	assert_string_equal(config->process.args.items[0], "sh");
	assert_true(config->root_readonly);
	assert_int_equal(config->n_mounts, 7);
	assert_int_equal(config->n_unsupported, 0);
	assert_true(config->process.caps.bounding == (1ULL << 29 | 1ULL << 5 | 1ULL << 10));
	assert_true(config->process.caps.ambient == 0);
	assert_int_equal(config->uid_mappings.n, 0);
	assert_int_equal(config->resources.n_devices, 1);
}

static void test_example__rootless(void **state)
{
	const struct cli_example what = { .rootless = true, .uid = 1000, .gid = 100 };
	_parsed_ struct parsed parsed = { 0 };
	const struct config *config = &parsed.config;

	(void)state;
	example(&what, &parsed);
	assert_int_equal(config->uid_mappings.n, 1);
	assert_int_equal(config->uid_mappings.items[0].host_id, 1000);
	assert_int_equal(config->gid_mappings.items[0].host_id, 100);
	assert_false(config->resources.present);
	assert_true(config->namespaces[CONFIG_NS_NETWORK].present);
	assert_string_equal(
		json_get(json_get(parsed.root, "linux"), "namespaces")->first->first->text, "pid");
	for (const struct json *mount = json_get(parsed.root, "mounts")->first; mount != NULL;
		mount = mount->next) {
		const struct json *options = json_get(mount, "options");

		if (options == NULL)
			continue;
		for (const struct json *o = options->first; o != NULL; o = o->next)
			assert_int_not_equal(strncmp(o->text, "gid=", 4), 0);
	}
}

/* --- preview -------------------------------------------------------------------------------- */

static const struct policy_profile profile = { .name = "hardened" };

static const struct policy_finding findings[] = {
	{ .rule = "CIS-5.4",
		.verdict = POLICY_TIGHTEN,
		.pointer = "/process/capabilities/bounding",
		.found = "CAP_NET_RAW",
		.decided = "dropped",
		.reason = "raw sockets reach other containers" },
	{ .rule = "hooks.trusted",
		.verdict = POLICY_REFUSE,
		.pointer = "/hooks/prestart/0/path",
		.found = "/tmp/\x1b[2Jx\nrefused",
		.decided = "a file of root",
		.reason = "others could replace it",
		.allow = "profile: \"hooks\"" },
};

static const struct facts facts = { .ids_next_base = 1000013824 };

static void fill(struct host_preview *found, size_t n_findings)
{
	*found = (struct host_preview){ .facts = &facts };
	found->decisions.profile = &profile;
	found->decisions.layout = POLICY_LAYOUT_NOTHING;
	found->decisions.claims_ids = true;
	found->decisions.shift_root = true;
	found->decisions.rung = POLICY_RUNG_DIRECTORY;
	found->decisions.ids_size = 65536;
	found->decisions.findings = findings;
	found->decisions.n_findings = n_findings;
	found->decisions.n_refused = n_findings > 1 ? 1 : 0;
}

/* What is printed where there are no colours. */
static void preview_words(const struct cli_preview *preview, struct str_buf *out)
{
	_str_buf_ struct str_buf painted = { 0 };

	cli_preview_text(preview, &painted);
	cli_paint_remove(&painted, out);
	assert_null(strchr(out->data, '\x1b'));
}

static void test_preview__text(void **state)
{
	struct host_preview found;
	const struct cli_preview preview = { .bundle = "/b", .found = &found };
	_str_buf_ struct str_buf out = { 0 };

	(void)state;
	fill(&found, ARRAY_SIZE(findings));
	preview_words(&preview, &out);
	assert_string_equal(out.data,
		"bundle    /b\n"
		"profile   hardened\n"
		"layout    owns-nothing\n"
		"ids       claimed block, 65536 ids, for example from 1000013824\n"
		"rung      idmapped-directory\n"
		"\n"
		"differences from the configuration: 2, of which refused: 1\n"
		"\n"
		"  tightened  [CIS-5.4] /process/capabilities/bounding\n"
		"    found    CAP_NET_RAW\n"
		"    decided  dropped\n"
		"    reason   raw sockets reach other containers\n"
		"\n"
		"  refused  [hooks.trusted] /hooks/prestart/0/path\n"
		"    found    /tmp/\\x1b[2Jx\\x0arefused\n"
		"    accepts  a file of root\n"
		"    reason   others could replace it\n"
		"    allow    profile: \"hooks\"\n");
}

static void test_preview__folds_long_lists(void **state)
{
	static const struct policy_finding list = { .rule = "PSS-B-10",
		.verdict = POLICY_NOTE,
		.found = "0123456789012345678901234567890123456789, "
			 "0123456789012345678901234567890123456789, "
			 "0123456789012345678901234567890123456789" };
	struct host_preview found;
	const struct cli_preview preview = { .bundle = ".", .found = &found };
	_str_buf_ struct str_buf out = { 0 };

	(void)state;
	fill(&found, 0);
	found.decisions.findings = &list;
	found.decisions.n_findings = 1;
	preview_words(&preview, &out);
	assert_non_null(
		strstr(out.data, "\n  noted  [PSS-B-10] /\n"
				 "    found    0123456789012345678901234567890123456789, "
				 "0123456789012345678901234567890123456789,\n"
				 "             0123456789012345678901234567890123456789\n"));
}

static void test_preview__no_ids_on_this_host(void **state)
{
	static const struct facts none = { .ids_next_base = 0 };
	struct host_preview found;
	const struct cli_preview preview = { .bundle = ".", .found = &found };
	_str_buf_ struct str_buf out = { 0 };

	(void)state;
	fill(&found, 0);
	found.facts = &none;
	preview_words(&preview, &out);
	assert_non_null(
		strstr(out.data, "\nids       claimed block, 65536 ids; user caisson has none"));
}

static void test_preview__no_findings(void **state)
{
	struct host_preview found;
	const struct cli_preview preview = { .bundle = ".", .found = &found };
	_str_buf_ struct str_buf out = { 0 };

	(void)state;
	fill(&found, 0);
	preview_words(&preview, &out);
	assert_non_null(strstr(out.data, "\ndifferences from the configuration: none\n"));
}

static void test_preview__json(void **state)
{
	struct host_preview found;
	const struct cli_preview preview = { .bundle = "/b", .found = &found };
	_json_out_ struct json_out *out = json_out_new("");
	_arena_ struct arena arena = { 0 };
	const struct json *root, *finding;
	const char *text;
	size_t len = 0;
	struct err err;

	(void)state;
	fill(&found, ARRAY_SIZE(findings));
	cli_preview_json(&preview, out);
	text = json_out_text(out, &len);
	assert_non_null(text);
	assert_int_equal(json_parse(&arena, text, len, &root, &err), 0);
	assert_string_equal(json_get(root, "profile")->text, "hardened");
	assert_string_equal(json_get(root, "refused")->text, "1");
	assert_string_equal(json_get(json_get(root, "ids"), "exampleFirst")->text, "1000013824");
	finding = json_get(root, "findings")->first;
	assert_string_equal(json_get(finding, "verdict")->text, "tightened");
	assert_null(json_get(finding, "allow"));
	assert_string_equal(json_get(finding->next, "found")->text, "/tmp/\x1b[2Jx\nrefused");
	assert_string_equal(json_get(finding->next, "allow")->text, "profile: \"hooks\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signal_parse__spellings),
		cmocka_unit_test(test_signal_parse__realtime),
		cmocka_unit_test(test_signal_parse__unknown),
		cmocka_unit_test(test_table__layout),
		cmocka_unit_test(test_table__header_only),
		cmocka_unit_test(test_table__foreign_text),
		cmocka_unit_test(test_example__is_a_valid_config),
		cmocka_unit_test(test_example__rootless),
		cmocka_unit_test(test_preview__text),
		cmocka_unit_test(test_preview__folds_long_lists),
		cmocka_unit_test(test_preview__no_ids_on_this_host),
		cmocka_unit_test(test_preview__no_findings),
		cmocka_unit_test(test_preview__json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
