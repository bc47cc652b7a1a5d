#include "help.h"

#include <string.h>

#include "base/banned.h"

enum {
	HELP_COLUMN_MAX = 32
};

static void spaces(struct str_buf *out, size_t n)
{
	for (; n > 0; n--)
		str_buf_puts(out, " ");
}

/* Lines of @text, each behind @indent spaces. */
static void indented(struct str_buf *out, const char *text, size_t indent)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		spaces(out, indent);
		str_buf_add(out, text, len);
		str_buf_puts(out, "\n");
		text += len + (text[len] == '\n' ? 1 : 0);
	}
}

/* "--bundle DIR, -b DIR" */
static void option_left(struct str_buf *out, const struct cli_option *option)
{
	const char *gap = option->metavar != NULL ? " " : "";
	const char *metavar = option->metavar != NULL ? option->metavar : "";

	str_buf_fmt(out, "--%s%s%s", option->name, gap, metavar);
	if (option->letter != 0)
		str_buf_fmt(out, ", -%c%s%s", option->letter, gap, metavar);
}

static void option_line(struct str_buf *out, const struct cli_option *option)
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
	if (left.len >= HELP_COLUMN_MAX) {
		str_buf_puts(out, "\n   ");
		left.len = 0;
	}
	spaces(out, HELP_COLUMN_MAX - left.len);
	str_buf_puts(out, option->help);
	if (option->fallback != NULL)
		str_buf_fmt(out, " (default: \"%s\")", option->fallback);
	str_buf_puts(out, "\n");
}

static void option_lines(
	struct str_buf *out, const char *title, const struct cli_option *options, size_t n)
{
	str_buf_fmt(out, "\n%s:\n", title);
	for (size_t i = 0; i < n; i++)
		option_line(out, &options[i]);
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

		str_buf_fmt(out, "   %s", command->name);
		spaces(out, 10 - strlen(command->name));
		str_buf_fmt(out, "%s\n", command->summary);
	}
	globals = cli_globals(&n);
	option_lines(out, "GLOBAL OPTIONS", globals, n);
}

void cli_help(struct str_buf *out, const char *program, const struct cli_command *command)
{
	if (command == NULL) {
		program_help(out, program);
		return;
	}
	str_buf_fmt(out, "NAME:\n   %s %s - %s\n\n", program, command->name, command->summary);
	str_buf_fmt(out, "USAGE:\n   %s %s%s%s%s\n", program, command->name,
		command->n_options > 0 ? " [command options]" : "",
		command->usage[0] != '\0' ? " " : "", command->usage);
	if (command->text != NULL) {
		str_buf_puts(out, "\nDESCRIPTION:\n");
		indented(out, command->text, 3);
	}
	if (command->n_options > 0)
		option_lines(out, "OPTIONS", command->options, command->n_options);
	str_buf_fmt(
		out, "\nGlobal options may stand here too; \"%s --help\" lists them.\n", program);
}
