#include <string.h>

#include "base/str.h"

#include "base/banned.h"

enum {
	WORD_MAX = 48, /* of a word that may be a misspelt one */
	NEAR_MAX = 3,  /* changed letters that still make it likely */
};

/* Letters to insert, remove or replace to make one word of the other. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], len = strlen(b);

	for (size_t k = 0; k <= len; k++)
		row[k] = k;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t k = 0; k < len; k++) {
			size_t best = corner + (a[i] == b[k] ? 0 : 1);

			corner = row[k + 1];
			if (row[k] + 1 < best)
				best = row[k] + 1;
			if (corner + 1 < best)
				best = corner + 1;
			row[k + 1] = best;
		}
	}
	return row[len];
}

const char *str_nearest(const char *word, const char *(*name_at)(size_t i))
{
	size_t len = strlen(word), best = NEAR_MAX + 1;
	const char *found = NULL, *name;

	/* of a short word that many letters are most of it */
	if (best > len / 2 + 1)
		best = len / 2 + 1;
	for (size_t i = 0; len <= WORD_MAX && (name = name_at(i)) != NULL; i++) {
		size_t far = strlen(name) <= WORD_MAX ? distance(word, name) : best;

		if (far >= best)
			continue;
		best = far;
		found = name;
	}
	return found;
}
