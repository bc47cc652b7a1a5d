#include "base/num.h"

#include "base/banned.h"

bool num_u64(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (*s == '\0' || (s[0] == '0' && s[1] != '\0'))
		return false;
	for (; *s != '\0'; s++) {
		uint64_t digit = (uint64_t)(unsigned char)*s - '0';

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}

bool num_i64(const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = *s == '-';
	uint64_t magnitude;
	int64_t value;

	if (!num_u64(negative ? s + 1 : s, negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX,
		    &magnitude))
		return false;
	/* -(m - 1) - 1 reaches INT64_MIN without overflowing on the way */
	if (negative && magnitude != 0)
		value = -(int64_t)(magnitude - 1) - 1;
	else
		value = (int64_t)magnitude;
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool num_u32(const char *s, uint32_t *out)
{
	uint64_t value;

	if (!num_u64(s, UINT32_MAX, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}
