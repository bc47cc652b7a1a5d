#include "paint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#include "base/banned.h"

static const char end[] = "\x1b[0m";

static const char *const starts[CLI_COLOURS] = {
	[CLI_STRONG] = "\x1b[1m",
	[CLI_FAINT] = "\x1b[2m",
	[CLI_RED] = "\x1b[31m",
	[CLI_STRONG_RED] = "\x1b[1;31m",
	[CLI_YELLOW] = "\x1b[33m",
	[CLI_GREEN] = "\x1b[32m",
	[CLI_CYAN] = "\x1b[36m",
};

void cli_paint_start(struct str_buf *out, enum cli_colour colour)
{
	str_buf_puts(out, starts[colour]);
}

void cli_paint_end(struct str_buf *out)
{
	str_buf_puts(out, end);
}

void cli_paint(struct str_buf *out, enum cli_colour colour, const char *word)
{
	cli_paint_start(out, colour);
	str_buf_puts(out, word);
	cli_paint_end(out);
}

enum cli_colour cli_colour_of_severity(enum policy_severity severity)
{
	switch (severity) {
	case POLICY_CRITICAL:
		return CLI_STRONG_RED;
	case POLICY_HIGH:
		return CLI_RED;
	case POLICY_MEDIUM:
		return CLI_YELLOW;
	case POLICY_LOW:
		return CLI_CYAN;
	case POLICY_INFO:
		break;
	}
	return CLI_FAINT;
}

enum cli_colour cli_colour_of_verdict(enum policy_verdict verdict)
{
	switch (verdict) {
	case POLICY_REFUSE:
		return CLI_STRONG_RED;
	case POLICY_WARN:
		return CLI_YELLOW;
	case POLICY_TIGHTEN:
		return CLI_GREEN;
	case POLICY_NOTE:
		break;
	}
	return CLI_FAINT;
}

enum cli_colour cli_colour_of_mark(enum policy_mark mark)
{
	switch (mark) {
	case POLICY_MARK_MISSING:
		return CLI_STRONG_RED;
	case POLICY_MARK_DEGRADED:
		return CLI_YELLOW;
	case POLICY_MARK_OK:
	case POLICY_MARK_N:
		break;
	}
	return CLI_GREEN;
}

/* --- printing ---------------------------------------------------------------------------------- */

static bool is_wanted(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (no_color != NULL && *no_color != '\0')
		return false;
	if (term == NULL || *term == '\0' || str_eq(term, "dumb"))
		return false;
	return isatty(STDOUT_FILENO) == 1;
}

/* Foreign text has no escape in it (quote.h), so that each one here is of cli_paint_start(). */
void cli_paint_remove(const struct str_buf *text, struct str_buf *out)
{
	const char *at = text->data;

	while (at != NULL && *at != '\0') {
		size_t len = strcspn(at, "\x1b");

		str_buf_add(out, at, len);
		at += len;
		if (*at != '\0')
			at += strcspn(at, "m");
		if (*at != '\0')
			at++;
	}
	out->failed = out->failed || text->failed;
}

int cli_print_painted(const struct str_buf *text, struct err *err)
{
	_str_buf_ struct str_buf plain = { 0 };

	if (is_wanted())
		return cli_print_text(text, err);
	cli_paint_remove(text, &plain);
	return cli_print_text(&plain, err);
}
