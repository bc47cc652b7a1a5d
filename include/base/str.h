/*
 * Strings: a small formatter that needs neither stdio nor a locale, a growing buffer, and a few
 * tests. caisson-init links the formatter only.
 *
 * Runs in: host and init (the str_buf functions allocate: host only).
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/**
 * str_vfmt() - format into @buf, always NUL-terminated when @size > 0
 *
 * Knows %s %.*s %c %d %i %u %x %o %% with the lengths l, ll and z, a field width and 0-padding.
 * Anything else is a bug of the caller and asserts.
 * Return: length the whole text has; >= @size means it was cut.
 */
size_t str_vfmt(char *buf, size_t size, const char *fmt, va_list ap);
size_t str_fmt(char *buf, size_t size, const char *fmt, ...) _printf_(3, 4);

bool str_eq(const char *a, const char *b);
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/**
 * str_escape() - make text from a container safe to print: control bytes become \xNN
 *
 * Return: @buf, cut to @size.
 */
const char *str_escape(char *buf, size_t size, const char *s);

/**
 * str_nearest() - which name was meant by a word that is none of them
 * @name_at: the i-th name; NULL at the end
 *
 * Return: the name that takes the fewest changed letters; NULL when none is near.
 */
const char *str_nearest(const char *word, const char *(*name_at)(size_t i));

/** str_rune() - the UTF-8 character at @s; its length, 0 if it is not well-formed */
size_t str_rune(const char *s, uint32_t *rune);

/** str_nearest_in() - the same among @n names in an array */
const char *str_nearest_in(const char *word, const char *const *names, size_t n);

/**
 * str_path_clean() - lexically normalise an absolute path in place: //, . and .. are folded,
 * never above /. Only for comparing and printing: the kernel resolves the real path.
 */
void str_path_clean(char *path);

/* A growing text buffer on the heap. Zero-initialise; a failed allocation is remembered. */
struct str_buf {
	char *data; /* NUL-terminated once anything was added */
	size_t len;
	size_t cap;
	bool failed;
};

#define _str_buf_ _cleanup_(str_buf_done)
void str_buf_done(struct str_buf *b);
void str_buf_add(struct str_buf *b, const char *data, size_t len);
void str_buf_puts(struct str_buf *b, const char *s);
void str_buf_fmt(struct str_buf *b, const char *fmt, ...) _printf_(2, 3);

/*
 * Lines of fields separated by single spaces, the form of our own text files. Bytes that would
 * end a field are written as %xx; an empty field is "-", and the text "-" is "%2d".
 */

/** str_buf_field() - append @s as one field; NULL is written as an empty one */
void str_buf_field(struct str_buf *b, const char *s);

/**
 * str_field() - cut the next field off a line, in place, decoded
 * @line: moved behind the field; NULL after the last one
 *
 * Return: the field, or NULL when there is none left or its escapes are malformed.
 */
char *str_field(char **line);

#endif
