#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

void str_buf_done(struct str_buf *b)
{
	free(b->data);
	*b = (struct str_buf){ 0 };
}

static bool str_buf_reserve(struct str_buf *b, size_t more)
{
	size_t cap = b->cap != 0 ? b->cap : 256;
	char *data;

	if (b->failed)
		return false;
	if (b->cap - b->len > more)
		return true;
	while (cap - b->len <= more)
		cap *= 2;
	data = realloc(b->data, cap);
	if (data == NULL) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void str_buf_add(struct str_buf *b, const char *data, size_t len)
{
	if (!str_buf_reserve(b, len))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void str_buf_puts(struct str_buf *b, const char *s)
{
	str_buf_add(b, s, strlen(s));
}

void str_buf_fmt(struct str_buf *b, const char *fmt, ...)
{
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	len = str_vfmt(NULL, 0, fmt, ap);
	va_end(ap);
	if (!str_buf_reserve(b, len))
		return;
	va_start(ap, fmt);
	str_vfmt(b->data + b->len, b->cap - b->len, fmt, ap);
	va_end(ap);
	b->len += len;
}
