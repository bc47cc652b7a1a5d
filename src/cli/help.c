#include "help.h"

#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

static void spaces(struct str_buf *out, size_t n)
{
	for (; n > 0; n--)
		str_buf_puts(out, " ");
}

/* The words of @text in lines of a screen, each behind @indent spaces. */
static void indented(struct str_buf *out, const char *text, size_t indent)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, " \n");

		if (column > 0 && column + 1 + len > CLI_HELP_COLUMNS) {
			str_buf_puts(out, "\n");
			column = 0;
		}
		spaces(out, column == 0 ? indent : 1);
		str_buf_add(out, text, len);
		column += (column == 0 ? indent : 1) + len;
		text += len + strspn(text + len, " \n");
	}
	str_buf_puts(out, "\n");
}

/* "-b, --bundle DIR" */
static void option_left(struct str_buf *out, const struct cli_option *option)
{
	if (option->letter != 0)
		str_buf_fmt(out, "-%c, ", option->letter);
	str_buf_fmt(out, "--%s", option->name);
	if (option->metavar != NULL)
		str_buf_fmt(out, " %s", option->metavar);
}

static size_t left_width(const struct cli_option *options, size_t n)
{
	size_t widest = 0;

	for (size_t i = 0; i < n; i++) {
		_str_buf_ struct str_buf left = { 0 };

		option_left(&left, &options[i]);
		if (!options[i].hidden && left.len > widest)
			widest = left.len;
	}
	return widest;
}

static void option_line(struct str_buf *out, const struct cli_option *option, size_t column)
{
	_str_buf_ struct str_buf left = { 0 };

	if (option->hidden)
		return;
	option_left(&left, option);
	if (left.failed) {
		out->failed = true;
		return;
	}
	str_buf_fmt(out, "   %s", left.data);
	spaces(out, column - left.len);
	str_buf_puts(out, option->help);
	if (option->fallback != NULL)
		str_buf_fmt(out, " (%s)", option->fallback);
	str_buf_puts(out, "\n");
}

static void option_lines(
	struct str_buf *out, const char *title, const struct cli_option *options, size_t n)
{
	size_t column = left_width(options, n) + 2;

	str_buf_fmt(out, "%s:\n", title);
	for (size_t i = 0; i < n; i++)
		option_line(out, &options[i], column);
}

static void program_help(struct str_buf *out, const char *program)
{
	const struct cli_option *globals;
	size_t n;

	str_buf_fmt(out, "NAME:\n   %s - launch OCI containers that are never root on the host\n\n",
		program);
	str_buf_fmt(out,
		"USAGE:\n   %s [global options] command [command options] [arguments...]\n",
		program);
	str_buf_puts(out, "\nCOMMANDS:\n");
	for (unsigned id = 0; id < CLI_COMMAND_N; id++) {
		const struct cli_command *command = cli_command((enum cli_command_id)id);

		if (id == CLI_COMPLETION)
			continue;
		str_buf_fmt(out, "   %s", command->name);
		spaces(out, 10 - strlen(command->name));
		str_buf_fmt(out, "%s\n", command->summary);
	}
	globals = cli_globals(&n);
	str_buf_puts(out, "\n");
	option_lines(out, "GLOBAL OPTIONS", globals, n);
}

/* One line each, below the name of the program. */
static const char *const examples[CLI_COMMAND_N] = {
	[CLI_AUDIT] = "audit --pid $(pidof nginx) --fail-on critical",
	[CLI_CHECK] = "check /var/lib/docker",
	[CLI_COMPLETION] = "completion bash",
	[CLI_CREATE] = "create --bundle /srv/web --pid-file /run/web.pid web",
	[CLI_DELETE] = "delete --force web",
	[CLI_EVENTS] = "events --audit --follow web",
	[CLI_EXEC] = "exec -t -e TERM=$TERM web /bin/sh",
	[CLI_FEATURES] = "features | jq .annotations",
	[CLI_GC] = "gc --dry-run",
	[CLI_HELP] = "help run",
	[CLI_IDS] = "ids --format json | jq '.blocks[].state'",
	[CLI_KILL] = "kill web SIGHUP",
	[CLI_LIST] = "list --format json | jq -r '.[].id'",
	[CLI_PAUSE] = "pause web",
	[CLI_PLAN] = "--profile restricted plan /srv/web",
	[CLI_PS] = "ps web -o pid,user,args",
	[CLI_RESUME] = "resume web",
	[CLI_RUN] = "run --bundle /srv/web web",
	[CLI_SPEC] = "spec --bundle /srv/web",
	[CLI_START] = "start web",
	[CLI_STATE] = "state web | jq -r .status",
	[CLI_UPDATE] = "update --memory 512m --pids-limit 100 web",
};

static void gap(struct str_buf *out, bool is_airy)
{
	if (is_airy)
		str_buf_puts(out, "\n");
}

static void command_help(
	struct str_buf *out, const char *program, const struct cli_command *command, bool is_airy)
{
	str_buf_fmt(out, "NAME:\n   %s %s - %s\n", program, command->name, command->summary);
	gap(out, is_airy);
	str_buf_fmt(out, "USAGE:\n   %s %s%s%s%s\n", program, command->name,
		command->n_options > 0 ? " [command options]" : "",
		command->usage[0] != '\0' ? " " : "", command->usage);
	gap(out, is_airy);
	if (command->text != NULL) {
		indented(out, command->text, 3);
		gap(out, is_airy);
	}
	if (command->n_options > 0) {
		option_lines(out, "OPTIONS", command->options, command->n_options);
		gap(out, is_airy);
	}
	str_buf_fmt(out, "EXAMPLE: %s %s\n", program, examples[cli_command_id(command)]);
}

static size_t count_lines(const struct str_buf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++)
		n += text->data[i] == '\n';
	return n;
}

void cli_help(struct str_buf *out, const char *program, const struct cli_command *command)
{
	_str_buf_ struct str_buf airy = { 0 };

	if (command == NULL) {
		program_help(out, program);
		return;
	}
	command_help(&airy, program, command, true);
	command_help(out, program, command, count_lines(&airy) <= CLI_HELP_LINES);
}
