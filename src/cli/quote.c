#include "quote.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/banned.h"

enum {
	TEXT_WIDTH = 100
};

/* Printing these would let foreign text move, hide or reorder what a reader of the log sees. */
static const struct {
	uint32_t first;
	uint32_t last;
} unprintable[] = {
	{ 0x00, 0x1f },     /* control */
	{ 0x7f, 0xa0 },     /* delete, C1 control, no-break space */
	{ 0xad, 0xad },     /* soft hyphen */
	{ 0x200b, 0x200f }, /* zero width, direction marks */
	{ 0x2028, 0x202f }, /* separators, direction overrides */
	{ 0x2060, 0x206f }, /* invisible operators, direction isolates */
	{ 0xe000, 0xf8ff }, /* private use */
	{ 0xfeff, 0xfeff }, /* byte order mark */
	{ 0xfff0, 0xfffb }, { 0xfffe, 0xffff }, { 0xe0000, 0x10ffff }, /* tags and private use */
};

static bool is_printable(uint32_t rune)
{
	for (size_t i = 0; i < ARRAY_SIZE(unprintable); i++) {
		if (rune >= unprintable[i].first && rune <= unprintable[i].last)
			return false;
	}
	return true;
}

/* The two-character escape of @rune, 0 if it has none. */
static char short_escape(uint32_t rune, const char *from, const char *to)
{
	for (size_t i = 0; from[i] != '\0'; i++) {
		if (rune == (unsigned char)from[i])
			return to[i];
	}
	return 0;
}

static void go_rune(struct str_buf *out, uint32_t rune, const char *s, size_t len)
{
	char letter = short_escape(rune, "\a\b\f\n\r\t\v\\\"", "abfnrtv\\\"");

	if (letter != 0)
		str_buf_fmt(out, "\\%c", letter);
	else if (is_printable(rune))
		str_buf_add(out, s, len);
	else if (rune < 0x80)
		str_buf_fmt(out, "\\x%02x", rune);
	else
		str_buf_fmt(out, rune > 0xffff ? "\\U%08x" : "\\u%04x", rune);
}

void cli_quote_go(struct str_buf *out, const char *s)
{
	str_buf_puts(out, "\"");
	while (*s != '\0') {
		uint32_t rune = 0;
		size_t len = str_rune(s, &rune);

		if (len == 0)
			str_buf_fmt(out, "\\x%02x", (unsigned)(unsigned char)*s);
		else
			go_rune(out, rune, s, len);
		s += len != 0 ? len : 1;
	}
	str_buf_puts(out, "\"");
}

static void json_rune(struct str_buf *out, uint32_t rune, const char *s, size_t len)
{
	char letter = short_escape(rune, "\b\f\n\r\t\\\"", "bfnrt\\\"");

	if (letter != 0)
		str_buf_fmt(out, "\\%c", letter);
	else if (rune <= 0xffff && !is_printable(rune))
		str_buf_fmt(out, "\\u%04x", rune);
	else
		str_buf_add(out, s, len);
}

void cli_quote_json(struct str_buf *out, const char *s)
{
	str_buf_puts(out, "\"");
	while (*s != '\0') {
		uint32_t rune = 0;
		size_t len = str_rune(s, &rune);

		/* One undecodable byte and containerd reads no record at all. */
		if (len == 0)
			str_buf_puts(out, "\\ufffd");
		else
			json_rune(out, rune, s, len);
		s += len != 0 ? len : 1;
	}
	str_buf_puts(out, "\"");
}

void cli_quote_plain(struct str_buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			str_buf_fmt(out, "\\x%02x", (unsigned)c);
		else
			str_buf_add(out, s, 1);
	}
}

void cli_quote_word(struct str_buf *out, const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)word[i];

		if (c < 0x20 || c == 0x7f)
			str_buf_fmt(out, "\\x%02x", (unsigned)c);
		else
			str_buf_add(out, word + i, 1);
	}
}

void cli_quote_lines(struct str_buf *out, const char *label, const char *value)
{
	size_t indent = strlen(label), column = indent;

	str_buf_puts(out, label);
	while (value != NULL && *value != '\0') {
		size_t len = strcspn(value, " ");

		if (column > indent && column + 1 + len > TEXT_WIDTH) {
			str_buf_puts(out, "\n");
			for (column = 0; column < indent; column++)
				str_buf_puts(out, " ");
		} else if (column > indent) {
			str_buf_puts(out, " ");
			column++;
		}
		cli_quote_word(out, value, len);
		column += len;
		value += len + (value[len] == ' ' ? 1 : 0);
	}
	str_buf_puts(out, "\n");
}
/* What a browser would take for markup, or what would move or hide text. */
void cli_quote_html(struct str_buf *out, const char *s)
{
	while (*s != '\0') {
		uint32_t rune = 0;
		size_t len = str_rune(s, &rune);

		if (len == 0)
			str_buf_fmt(out, "\\x%02x", (unsigned)(unsigned char)*s);
		else if (rune == '&' || rune == '<' || rune == '>' || rune == '"' || rune == '\'')
			str_buf_fmt(out, "&#%u;", rune);
		else if (is_printable(rune))
			str_buf_add(out, s, len);
		else if (rune < 0x80)
			str_buf_fmt(out, "\\x%02x", rune);
		else
			str_buf_fmt(out, "\\u%04x", rune);
		s += len != 0 ? len : 1;
	}
}
