/* The command line: Go's flag rules, runc's error texts, and that the tables are sane. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "cli/help.h"
#include "cli/options.h"

#include "base/banned.h"

enum {
	ARGV_MAX = 16
};

struct line {
	struct arena arena;
	struct cli_args args;
	struct err err;
	char words[ARGV_MAX][256];
	char *argv[ARGV_MAX + 1];
	int rc;
};

static void line_done(struct line *line)
{
	arena_done(&line->arena);
}
#define _line_ _cleanup_(line_done)

/* Parses "caisson" and the words of @text, which are separated by single blanks. */
static void parse(struct line *line, const char *text)
{
	int argc = 1;

	arena_done(&line->arena);
	memset(line, 0, sizeof(*line));
	str_fmt(line->words[0], sizeof(line->words[0]), "/usr/sbin/caisson");
	while (*text != '\0' && argc < ARGV_MAX) {
		size_t len = strcspn(text, " ");

		str_fmt(line->words[argc++], sizeof(line->words[0]), "%.*s", (int)len, text);
		text += len + (text[len] == ' ' ? 1 : 0);
	}
	for (int i = 0; i < argc; i++)
		line->argv[i] = line->words[i];
	line->rc = cli_parse(&line->arena, argc, line->argv, &line->args, &line->err);
}

static void expect_error(
	struct line *line, const char *text, enum cli_mistake mistake, const char *msg)
{
	parse(line, text);
	assert_int_equal(line->rc, -EINVAL);
	assert_int_equal(line->args.mistake, mistake);
	assert_string_equal(line->err.msg, msg);
}

static void test_parse__containerd_create(void **state)
{
	_line_ struct line line = { 0 };

	(void)state;
	parse(&line, "--root /run/docker/runtime-runc/moby --log /b/log.json --log-format json "
		     "create --bundle /b --pid-file /b/init.pid --no-pivot 0123abc");
	assert_int_equal(line.rc, 0);
	assert_string_equal(line.args.program, "caisson");
	assert_ptr_equal(line.args.command, cli_command(CLI_CREATE));
	assert_string_equal(cli_text(&line.args, "root"), "/run/docker/runtime-runc/moby");
	assert_string_equal(cli_text(&line.args, "log"), "/b/log.json");
	assert_string_equal(cli_text(&line.args, "log-format"), "json");
	assert_string_equal(cli_text(&line.args, "bundle"), "/b");
	assert_string_equal(cli_text(&line.args, "pid-file"), "/b/init.pid");
	assert_true(cli_on(&line.args, "no-pivot"));
	assert_false(cli_on(&line.args, "no-new-keyring"));
	assert_null(cli_text(&line.args, "console-socket"));
	assert_int_equal(line.args.n_positionals, 1);
	assert_string_equal(line.args.positionals[0], "0123abc");
	assert_null(line.args.positionals[1]);
}

static void test_parse__fallbacks(void **state)
{
	_line_ struct line line = { 0 };

	(void)state;
	parse(&line, "create c");
	assert_int_equal(line.rc, 0);
	assert_string_equal(cli_text(&line.args, "bundle"), ".");
	assert_string_equal(cli_text(&line.args, "config"), "config.json");
	assert_string_equal(cli_text(&line.args, "log-format"), "text");
	assert_string_equal(cli_text(&line.args, "cgroup-manager"), "cgroupfs");
	assert_false(cli_given(&line.args, "bundle"));
	assert_int_equal(cli_number(&line.args, "preserve-fds"), 0);
}

static void test_parse__spellings(void **state)
{
	static const char *const same[] = {
		"list --format json", "list --format=json", "list -format json",
		"list -format=json", "list -f json", "list -f=json", "list --f=json",
		"list --format table -f json", /* the last one counts */
	};
	_line_ struct line line = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		parse(&line, same[i]);
		assert_int_equal(line.rc, 0);
		assert_string_equal(cli_text(&line.args, "format"), "json");
	}
}

static void test_parse__booleans(void **state)
{
	_line_ struct line line = { 0 };

	(void)state;
	parse(&line, "run -d=false --keep=1 -no-subreaper c");
	assert_int_equal(line.rc, 0);
	assert_false(cli_on(&line.args, "detach"));
	assert_true(cli_given(&line.args, "detach"));
	assert_true(cli_on(&line.args, "keep"));
	assert_true(cli_on(&line.args, "no-subreaper"));
	/* a boolean never takes the next word */
	parse(&line, "run --detach false");
	assert_int_equal(line.rc, 0);
	assert_true(cli_on(&line.args, "detach"));
	assert_string_equal(line.args.positionals[0], "false");
}

static void test_parse__options_after_positionals(void **state)
{
	_line_ struct line line = { 0 };

	(void)state;
	parse(&line, "delete c --force --debug");
	assert_int_equal(line.rc, 0);
	assert_true(cli_on(&line.args, "force"));
	assert_true(cli_on(&line.args, "debug"));
	assert_int_equal(line.args.n_positionals, 1);
}

static void test_parse__global_before_and_after(void **state)
{
	_line_ struct line line = { 0 };

	(void)state;
	parse(&line, "--rootless=true --criu /x state --root /r c");
	assert_int_equal(line.rc, 0);
	assert_string_equal(cli_text(&line.args, "rootless"), "true");
	assert_string_equal(cli_text(&line.args, "root"), "/r");
	/* spec has a --rootless of its own, a boolean; which one it is depends on the place */
	parse(&line, "--rootless false spec --rootless");
	assert_int_equal(line.rc, 0);
	assert_true(cli_on(&line.args, "rootless"));
	assert_string_equal(cli_global_text(&line.args, "rootless"), "false");
	parse(&line, "spec");
	assert_int_equal(line.rc, 0);
	assert_string_equal(cli_global_text(&line.args, "rootless"), "auto");
}

static void test_parse__kill_stops_at_the_id(void **state)
{
	_line_ struct line line = { 0 };

	(void)state;
	parse(&line, "kill --all c -9");
	assert_int_equal(line.rc, 0);
	assert_true(cli_on(&line.args, "all"));
	assert_int_equal(line.args.n_positionals, 2);
	assert_string_equal(line.args.positionals[1], "-9");
}

static void test_parse__double_dash(void **state)
{
	_line_ struct line line = { 0 };

	(void)state;
	parse(&line, "delete -- --force");
	assert_int_equal(line.rc, 0);
	assert_false(cli_on(&line.args, "force"));
	assert_string_equal(line.args.positionals[0], "--force");
	/* before the command it only ends the global options */
	parse(&line, "-- delete --force c");
	assert_int_equal(line.rc, 0);
	assert_true(cli_on(&line.args, "force"));
	/* one dash alone is an ordinary word */
	parse(&line, "delete -");
	assert_int_equal(line.rc, 0);
	assert_string_equal(line.args.positionals[0], "-");
}

static void test_parse__bad_options(void **state)
{
	_line_ struct line line = { 0 };

	(void)state;
	expect_error(&line, "--foo", CLI_MISTAKE_OPTION, "flag provided but not defined: -foo");
	expect_error(&line, "create --foo=1 c", CLI_MISTAKE_OPTION,
		"flag provided but not defined: -foo");
	expect_error(
		&line, "list -fjson", CLI_MISTAKE_OPTION, "flag provided but not defined: -fjson");
	expect_error(&line, "--bundle /b create c", CLI_MISTAKE_OPTION,
		"flag provided but not defined: -bundle");
	expect_error(&line, "list ---q", CLI_MISTAKE_OPTION, "bad flag syntax: ---q");
	expect_error(&line, "list -=x", CLI_MISTAKE_OPTION, "bad flag syntax: -=x");
	expect_error(&line, "list --=x", CLI_MISTAKE_OPTION, "bad flag syntax: --=x");
	expect_error(&line, "--log", CLI_MISTAKE_OPTION, "flag needs an argument: -log");
	expect_error(&line, "list -f", CLI_MISTAKE_OPTION, "flag needs an argument: -f");
	expect_error(&line, "--debug=maybe list", CLI_MISTAKE_OPTION,
		"invalid boolean value \"maybe\" for -debug: parse error");
	expect_error(&line, "create --preserve-fds x c", CLI_MISTAKE_OPTION,
		"invalid value \"x\" for flag -preserve-fds: parse error");
	expect_error(&line, "create --preserve-fds=-1 c", CLI_MISTAKE_OPTION,
		"invalid value \"-1\" for flag -preserve-fds: parse error");
	expect_error(&line, "create --preserve-fds=65537 c", CLI_MISTAKE_OPTION,
		"invalid value \"65537\" for flag -preserve-fds: parse error");
	/* what was read before still says where to log */
	parse(&line, "--log /l create --foo");
	assert_int_equal(line.rc, -EINVAL);
	assert_string_equal(cli_text(&line.args, "log"), "/l");
}

static void test_parse__counts(void **state)
{
	_line_ struct line line = { 0 };

	(void)state;
	expect_error(&line, "create", CLI_MISTAKE_COUNT,
		"caisson: \"create\" requires exactly 1 argument(s)");
	expect_error(&line, "create a b", CLI_MISTAKE_COUNT,
		"caisson: \"create\" requires exactly 1 argument(s)");
	expect_error(&line, "list extra", CLI_MISTAKE_COUNT,
		"caisson: \"list\" requires exactly 0 argument(s)");
	expect_error(&line, "kill", CLI_MISTAKE_COUNT,
		"caisson: \"kill\" requires a minimum of 1 argument(s)");
	expect_error(&line, "kill a b c", CLI_MISTAKE_COUNT,
		"caisson: \"kill\" requires a maximum of 2 argument(s)");
	/* an empty id is one argument; what it is worth is for host to say */
	parse(&line, "state  ");
	assert_int_equal(line.rc, 0);
	assert_string_equal(line.args.positionals[0], "");
}

static void test_parse__topics(void **state)
{
	_line_ struct line line = { 0 };

	(void)state;
	expect_error(&line, "foo", CLI_MISTAKE_NO_TOPIC,
		"No help topic for 'foo'; caisson --help lists the commands");
	expect_error(&line, "craete", CLI_MISTAKE_NO_TOPIC,
		"No help topic for 'craete'; did you mean 'create'?");
	expect_error(&line, "rnu web", CLI_MISTAKE_NO_TOPIC,
		"No help topic for 'rnu'; did you mean 'run'?");
	expect_error(
		&line, "ru", CLI_MISTAKE_NO_TOPIC, "No help topic for 'ru'; did you mean 'run'?");
	expect_error(&line, "runn", CLI_MISTAKE_NO_TOPIC,
		"No help topic for 'runn'; did you mean 'run'?");
	expect_error(
		&line, "sp", CLI_MISTAKE_NO_TOPIC, "No help topic for 'sp'; did you mean 'ps'?");
	expect_error(&line, "create --budnle x", CLI_MISTAKE_OPTION,
		"flag provided but not defined: -budnle; did you mean --bundle?");
	expect_error(&line, "create --profil=x", CLI_MISTAKE_OPTION,
		"flag provided but not defined: -profil; did you mean --profile?");
	expect_error(&line, "checkpoint --help", CLI_MISTAKE_NO_TOPIC,
		"No help topic for 'checkpoint'; caisson --help lists the commands");
	expect_error(&line, "help foo", CLI_MISTAKE_NO_TOPIC,
		"No help topic for 'foo'; caisson --help lists the commands");
	parse(&line, "help kill");
	assert_int_equal(line.rc, 0);
	parse(&line, "h");
	assert_int_equal(line.rc, 0);
	assert_ptr_equal(line.args.command, cli_command(CLI_HELP));
	parse(&line, "create --help");
	assert_int_equal(line.rc, 0);
	assert_true(cli_on(&line.args, "help"));
	parse(&line, "");
	assert_int_equal(line.rc, 0);
	assert_null(line.args.command);
}

static void test_parse__no_program_name(void **state)
{
	_arena_ struct arena arena = { 0 };
	char *argv[] = { NULL };
	struct cli_args args;
	struct err err;

	(void)state;
	assert_int_equal(cli_parse(&arena, 0, argv, &args, &err), 0);
	assert_string_equal(args.program, "caisson");
}

static void check_table(const struct cli_option *options, size_t n)
{
	assert_true(n <= CLI_OPTIONS_MAX);
	for (size_t i = 0; i < n; i++) {
		assert_true(strlen(options[i].name) > 1);
		assert_non_null(options[i].help);
		assert_int_equal(options[i].kind == CLI_BOOL, options[i].metavar == NULL);
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(options[i].name, options[k].name);
			assert_true(
				options[i].letter == 0 || options[i].letter != options[k].letter);
		}
	}
}

static void test_tables__are_consistent(void **state)
{
	const struct cli_option *globals;
	size_t n;

	(void)state;
	globals = cli_globals(&n);
	check_table(globals, n);
	for (unsigned id = 0; id < CLI_COMMAND_N; id++) {
		const struct cli_command *command = cli_command((enum cli_command_id)id);

		check_table(command->options, command->n_options);
		assert_int_equal(cli_command_id(command), id);
		assert_ptr_equal(cli_command_find(command->name), command);
		assert_true(command->min_args <= command->max_args);
		/* the column of the help; that one is not in it */
		assert_true(strlen(command->name) < 10 || id == CLI_COMPLETION);
	}
}

static void test_help__names_every_option(void **state)
{
	(void)state;
	for (unsigned id = 0; id < CLI_COMMAND_N; id++) {
		const struct cli_command *command = cli_command((enum cli_command_id)id);
		_str_buf_ struct str_buf text = { 0 };

		cli_help(&text, "caisson", command);
		assert_false(text.failed);
		for (size_t i = 0; i < command->n_options; i++) {
			char name[64];

			str_fmt(name, sizeof(name), "--%s", command->options[i].name);
			assert_int_equal(
				strstr(text.data, name) == NULL, command->options[i].hidden);
		}
	}
}

/* One screen, whatever is added to a table. */
static void test_help__fits_a_screen(void **state)
{
	(void)state;
	for (unsigned id = 0; id < CLI_COMMAND_N; id++) {
		const struct cli_command *command = cli_command((enum cli_command_id)id);
		_str_buf_ struct str_buf text = { 0 };
		size_t n_lines = 0;

		cli_help(&text, "caisson", command);
		assert_non_null(strstr(text.data, "\nEXAMPLE: caisson "));
		assert_null(strstr(text.data, "(null)"));
		for (const char *line = text.data; *line != '\0'; line += strcspn(line, "\n") + 1) {
			if (strcspn(line, "\n") > CLI_HELP_COLUMNS)
				fail_msg("%s: too wide: %.*s", command->name,
					(int)strcspn(line, "\n"), line);
			n_lines++;
		}
		if (n_lines > CLI_HELP_LINES)
			fail_msg("%s: %d lines", command->name, (int)n_lines);
	}
}

static void test_help__of_kill(void **state)
{
	_str_buf_ struct str_buf text = { 0 };

	(void)state;
	cli_help(&text, "caisson", cli_command(CLI_KILL));
	assert_string_equal(text.data,
		"NAME:\n"
		"   caisson kill - send a signal to a container's first process\n"
		"\n"
		"USAGE:\n"
		"   caisson kill [command options] <container-id> [signal]\n"
		"\n"
		"   The signal is a number or a name, with or without \"SIG\", in any case; TERM by\n"
		"   default. KILL reaches every process of the container.\n"
		"\n"
		"OPTIONS:\n"
		"   -a, --all  a stopped container is no error\n"
		"\n"
		"EXAMPLE: caisson kill web SIGHUP\n");
}

static void test_version__one_line_has_the_word(void **state)
{
	_str_buf_ struct str_buf text = { 0 };
	const char *second;

	(void)state;
	cli_version(&text);
	assert_false(text.failed);
	assert_int_equal(strncmp(text.data, "caisson version ", 16), 0);
	second = strchr(text.data, '\n');
	assert_non_null(second);
	assert_null(strstr(second, "version"));
	assert_non_null(strstr(second, "\nspec: 1.3.0\n"));
	assert_non_null(strstr(second, "\nlibseccomp: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse__containerd_create),
		cmocka_unit_test(test_parse__fallbacks),
		cmocka_unit_test(test_parse__spellings),
		cmocka_unit_test(test_parse__booleans),
		cmocka_unit_test(test_parse__options_after_positionals),
		cmocka_unit_test(test_parse__global_before_and_after),
		cmocka_unit_test(test_parse__kill_stops_at_the_id),
		cmocka_unit_test(test_parse__double_dash),
		cmocka_unit_test(test_parse__bad_options),
		cmocka_unit_test(test_parse__counts),
		cmocka_unit_test(test_parse__topics),
		cmocka_unit_test(test_parse__no_program_name),
		cmocka_unit_test(test_tables__are_consistent),
		cmocka_unit_test(test_help__names_every_option),
		cmocka_unit_test(test_help__fits_a_screen),
		cmocka_unit_test(test_help__of_kill),
		cmocka_unit_test(test_version__one_line_has_the_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
