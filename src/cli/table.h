/*
 * A table in the layout of Go's tabwriter as runc's list uses it: columns at least 12 wide, three
 * blanks between them, nothing after the last.
 *
 * Runs in: host. Pure.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>

#include "base/str.h"

enum {
	CLI_TABLE_COLUMNS = 6
};

/* Zero-initialise. Cells are kept one after the other, each with its final NUL. */
struct cli_table {
	struct str_buf cells;
	size_t widths[CLI_TABLE_COLUMNS];
	size_t n_rows;
};

#define _cli_table_ _cleanup_(cli_table_done)
void cli_table_done(struct cli_table *table);

/** cli_table_add() - one row; control characters of a cell are made visible */
void cli_table_add(struct cli_table *table, const char *const cells[CLI_TABLE_COLUMNS]);

/** cli_table_print() - the rows; @out fails if adding one did */
void cli_table_print(const struct cli_table *table, struct str_buf *out);

#endif
