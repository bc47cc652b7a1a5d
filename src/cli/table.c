#include "table.h"

#include <string.h>

#include "base/banned.h"

enum {
	WIDTH_MIN = 12,
	GAP = 3
};

void cli_table_done(struct cli_table *table)
{
	str_buf_done(&table->cells);
}

/* Characters, not bytes: a UTF-8 sequence has one byte that is no continuation. */
static size_t width_of(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++) {
		if (((unsigned char)*s & 0xc0) != 0x80)
			n++;
	}
	return n;
}

static void add_cell(struct cli_table *table, size_t column, const char *text)
{
	size_t start = table->cells.len;
	size_t width;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			str_buf_fmt(&table->cells, "\\x%02x", (unsigned)c);
		else
			str_buf_add(&table->cells, text, 1);
	}
	str_buf_add(&table->cells, "", 1);
	if (table->cells.failed)
		return;
	width = width_of(table->cells.data + start) + GAP;
	if (width < WIDTH_MIN)
		width = WIDTH_MIN;
	if (width > table->widths[column])
		table->widths[column] = width;
}

void cli_table_add(struct cli_table *table, const char *const cells[CLI_TABLE_COLUMNS])
{
	for (size_t column = 0; column < CLI_TABLE_COLUMNS; column++)
		add_cell(table, column, cells[column] != NULL ? cells[column] : "");
	table->n_rows++;
}

static void print_row(const struct cli_table *table, const char **at, struct str_buf *out)
{
	for (size_t column = 0; column < CLI_TABLE_COLUMNS; column++) {
		size_t width = width_of(*at);

		str_buf_puts(out, *at);
		*at += strlen(*at) + 1;
		if (column + 1 == CLI_TABLE_COLUMNS)
			break;
		for (; width < table->widths[column]; width++)
			str_buf_puts(out, " ");
	}
	str_buf_puts(out, "\n");
}

void cli_table_print(const struct cli_table *table, struct str_buf *out)
{
	const char *at = table->cells.data;

	if (table->cells.failed) {
		out->failed = true;
		return;
	}
	for (size_t row = 0; row < table->n_rows; row++)
		print_row(table, &at, out);
}
