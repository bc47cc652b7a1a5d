/*
 * The formatter behind every message of both programs. caisson-init may not pull in stdio (it
 * would be most of the binary), and one formatter with one meaning is easier to trust than two.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

struct out {
	char *buf;
	size_t size;
	size_t len;
};

struct spec {
	bool zero_pad;
	size_t width;
	size_t precision; /* SIZE_MAX = none */
	int longs;        /* 0, 1 = l or z, 2 = ll */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_text(struct out *o, const char *s, const struct spec *spec)
{
	size_t len = 0;

	if (s == NULL)
		s = "(null)";
	while (len < spec->precision && s[len] != '\0')
		len++;
	for (size_t i = len; i < spec->width; i++)
		put(o, ' ');
	for (size_t i = 0; i < len; i++)
		put(o, s[i]);
}

static void put_number(
	struct out *o, uint64_t value, unsigned base, bool negative, const struct spec *spec)
{
	char digits[24];
	size_t n = 0, width;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	width = n + (negative ? 1 : 0);
	for (; !spec->zero_pad && width < spec->width; width++)
		put(o, ' ');
	if (negative)
		put(o, '-');
	for (; width < spec->width; width++)
		put(o, '0');
	while (n > 0)
		put(o, digits[--n]);
}

static void put_signed(struct out *o, int64_t value, const struct spec *spec)
{
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	put_number(o, magnitude, 10, value < 0, spec);
}

static const char *parse_spec(const char *fmt, struct spec *spec, va_list *ap)
{
	*spec = (struct spec){ .precision = SIZE_MAX };
	if (*fmt == '0') {
		spec->zero_pad = true;
		fmt++;
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		spec->width = spec->width * 10 + (size_t)(*fmt - '0');
	if (fmt[0] == '.' && fmt[1] == '*') {
		int n = va_arg(*ap, int);

		spec->precision = n > 0 ? (size_t)n : 0;
		fmt += 2;
	}
	for (; *fmt == 'l'; fmt++)
		spec->longs++;
	if (*fmt == 'z') {
		spec->longs = 1;
		fmt++;
	}
	return fmt;
}

static uint64_t next_unsigned(const struct spec *spec, va_list *ap)
{
	if (spec->longs == 0)
		return va_arg(*ap, unsigned);
	return spec->longs == 1 ? va_arg(*ap, unsigned long) : va_arg(*ap, unsigned long long);
}

static int64_t next_signed(const struct spec *spec, va_list *ap)
{
	if (spec->longs == 0)
		return va_arg(*ap, int);
	return spec->longs == 1 ? va_arg(*ap, long) : va_arg(*ap, long long);
}

static void put_conversion(struct out *o, char conversion, const struct spec *spec, va_list *ap)
{
	switch (conversion) {
	case 's':
		put_text(o, va_arg(*ap, const char *), spec);
		break;
	case 'c':
		put(o, (char)va_arg(*ap, int));
		break;
	case 'd':
	case 'i':
		put_signed(o, next_signed(spec, ap), spec);
		break;
	case 'u':
		put_number(o, next_unsigned(spec, ap), 10, false, spec);
		break;
	case 'x':
		put_number(o, next_unsigned(spec, ap), 16, false, spec);
		break;
	case 'o':
		put_number(o, next_unsigned(spec, ap), 8, false, spec);
		break;
	case '%':
		put(o, '%');
		break;
	default:
		assert(false && "format not known to str_vfmt");
	}
}

size_t str_vfmt(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { .buf = buf, .size = size };
	struct spec spec;
	va_list args;

	va_copy(args, ap);
	for (; *fmt != '\0'; fmt++) {
		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &spec, &args);
		put_conversion(&o, *fmt, &spec, &args);
	}
	va_end(args);
	if (size > 0)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return o.len;
}

size_t str_fmt(char *buf, size_t size, const char *fmt, ...)
{
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	len = str_vfmt(buf, size, fmt, ap);
	va_end(ap);
	return len;
}
