/*
 * Fields of our own line-based text files (facts, state records): written by us, read back by us,
 * but perhaps edited by hand or torn in between, so decoding fails on anything it does not know.
 */
#include <stddef.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

static bool is_plain(unsigned char c)
{
	return c > ' ' && c != 0x7f && c != '%';
}

void str_buf_field(struct str_buf *b, const char *s)
{
	if (s == NULL || *s == '\0') {
		str_buf_puts(b, "-");
		return;
	}
	if (str_eq(s, "-")) {
		str_buf_puts(b, "%2d");
		return;
	}
	while (*s != '\0') {
		size_t n = 0;

		while (is_plain((unsigned char)s[n]))
			n++;
		str_buf_add(b, s, n);
		s += n;
		if (*s != '\0')
			str_buf_fmt(b, "%%%02x", (unsigned)(unsigned char)*s++);
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Decodes in place; false for a malformed escape and for %00, which no C string can hold. */
static bool decode(char *s)
{
	char *out = strchr(s, '%');

	if (out == NULL)
		return true;
	for (const char *in = out; *in != '\0'; in++) {
		int high, low;

		if (*in != '%') {
			*out++ = *in;
			continue;
		}
		high = hex_digit(in[1]);
		low = high < 0 ? -1 : hex_digit(in[2]);
		if (low < 0 || (high == 0 && low == 0))
			return false;
		*out++ = (char)(high << 4 | low);
		in += 2;
	}
	*out = '\0';
	return true;
}

char *str_field(char **line)
{
	char *field = *line, *end;

	if (field == NULL)
		return NULL;
	end = strchr(field, ' ');
	*line = NULL;
	if (end != NULL) {
		*end = '\0';
		*line = end + 1;
	}
	if (str_eq(field, "-"))
		*field = '\0';
	return decode(field) ? field : NULL;
}
