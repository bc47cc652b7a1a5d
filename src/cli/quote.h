/*
 * Foreign text made safe for a log record, as runc's readers expect to find it.
 *
 * Runs in: host. Pure.
 */
#ifndef CLI_QUOTE_H
#define CLI_QUOTE_H

#include "base/str.h"

/** cli_quote_go() - @s in double quotes with the escapes of a Go string literal */
void cli_quote_go(struct str_buf *out, const char *s);

/** cli_quote_json() - @s as a JSON string; bytes that are not UTF-8 become U+FFFD */
void cli_quote_json(struct str_buf *out, const char *s);

/** cli_quote_plain() - @s without quotes; control bytes but newline and tab become \xNN */
void cli_quote_plain(struct str_buf *out, const char *s);

/** cli_quote_html() - @s as text of HTML or an attribute's value; what is not printable is escaped */
void cli_quote_html(struct str_buf *out, const char *s);

/** cli_quote_word() - without quotes, and no control byte: a newline could forge a line of output */
void cli_quote_word(struct str_buf *out, const char *word, size_t len);

/** cli_quote_lines() - @label and the words of @value, in lines that start below the first word */
void cli_quote_lines(struct str_buf *out, const char *label, const char *value);

#endif
