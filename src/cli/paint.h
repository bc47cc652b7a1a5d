/*
 * Colours of a terminal in text for people. Whoever builds a text always puts them in; printing
 * takes them out again unless standard output is a terminal that wants them.
 *
 * Runs in: host.
 */
#ifndef CLI_PAINT_H
#define CLI_PAINT_H

#include "base/str.h"
#include "policy/check.h"
#include "policy/policy.h"

enum cli_colour {
	CLI_STRONG,
	CLI_FAINT,
	CLI_RED,
	CLI_STRONG_RED,
	CLI_YELLOW,
	CLI_GREEN,
	CLI_CYAN,
	CLI_COLOURS
};

/** cli_paint() - a word of ours in a colour */
void cli_paint(struct str_buf *out, enum cli_colour colour, const char *word);

/** cli_paint_start(), cli_paint_end() - what is added between them has the colour */
void cli_paint_start(struct str_buf *out, enum cli_colour colour);
void cli_paint_end(struct str_buf *out);

/** cli_paint_remove() - append @text to @out, without the colours */
void cli_paint_remove(const struct str_buf *text, struct str_buf *out);

/* Which colour says how bad it is. */
enum cli_colour cli_colour_of_severity(enum policy_severity severity);
enum cli_colour cli_colour_of_verdict(enum policy_verdict verdict);
enum cli_colour cli_colour_of_mark(enum policy_mark mark);

/**
 * cli_print_painted() - cli_print_text(), in colour or without
 *
 * Without, if standard output is no terminal, if NO_COLOR is set and not empty (no-color.org), or if
 * TERM says that the terminal has none.
 */
int cli_print_painted(const struct str_buf *text, struct err *err) _must_check_;

#endif
