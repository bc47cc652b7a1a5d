#include "base/str.h"

#include "base/banned.h"

size_t str_rune(const char *s, uint32_t *rune)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c = (unsigned char)s[0];
	size_t len;

	if (c < 0x80) {
		*rune = c;
		return 1;
	}
	if (c >= 0xf8 || c < 0xc0)
		return 0;
	len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	*rune = c & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		c = (unsigned char)s[i];
		if ((c & 0xc0) != 0x80)
			return 0;
		*rune = *rune << 6 | (c & 0x3f);
	}
	if (*rune < least[len] || *rune > 0x10ffff || (*rune >= 0xd800 && *rune <= 0xdfff))
		return 0;
	return len;
}
