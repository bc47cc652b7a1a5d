/*
 * Two texts line by line: what one has and the other has not.
 *
 * Runs in: host. Pure.
 */
#ifndef CLI_LINEDIFF_H
#define CLI_LINEDIFF_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct cli_edit {
	char op; /* '-' only in the first, '+' only in the second, ' ' in both */
	const char *text;
	size_t len; /* without its newline */
};

/**
 * cli_line_diff() - the fewest lines that turn @a into @b, in their order
 * @out, @n: lines of both texts, in @arena; they point into @a and @b
 *
 * Numbers of descriptors, " fd=3", are no difference: they follow from the lines before. Texts that
 * differ in too many lines for that are one block removed and one added.
 */
int cli_line_diff(struct arena *arena, const char *a, const char *b, struct cli_edit **out,
	size_t *n, struct err *err) _must_check_;

#endif
