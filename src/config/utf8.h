/*
 * Strict UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF.
 *
 * Runs in: host. Local to src/config.
 */
#ifndef CONFIG_UTF8_H
#define CONFIG_UTF8_H

#include <stdbool.h>
#include <stddef.h>

static inline bool utf8_is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Length of the character at @s, of which @avail > 0 bytes exist; 0 if it is none. */
static inline size_t utf8_length(const unsigned char *s, size_t avail)
{
	unsigned char low = 0x80, high = 0xbf;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4 || avail < 2)
		return 0;
	if (s[0] < 0xe0)
		return utf8_is_tail(s[1]) ? 2 : 0;
	/* The second byte decides about overlong forms, surrogates and the upper end. */
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high || avail < 3 || !utf8_is_tail(s[2]))
		return 0;
	if (s[0] < 0xf0)
		return 3;
	return avail >= 4 && utf8_is_tail(s[3]) ? 4 : 0;
}

#endif
