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

/* What was found so far, and how far it is from the word. */
struct search {
	const char *word;
	size_t len;
	size_t best;
	const char *found;
};

static struct search begin(const char *word)
{
	struct search search = { .word = word, .len = strlen(word), .best = NEAR_MAX + 1 };

	/* of a short word that many letters are most of it */
	if (search.best > search.len / 2 + 1)
		search.best = search.len / 2 + 1;
	return search;
}

static void compare(struct search *search, const char *name)
{
	size_t far = search->best;

	if (search->len <= WORD_MAX && strlen(name) <= WORD_MAX)
		far = distance(search->word, name);
	if (far >= search->best)
		return;
	search->best = far;
	search->found = name;
}

const char *str_nearest(const char *word, const char *(*name_at)(size_t i))
{
	struct search search = begin(word);
	const char *name;

	for (size_t i = 0; (name = name_at(i)) != NULL; i++)
		compare(&search, name);
	return search.found;
}

const char *str_nearest_in(const char *word, const char *const *names, size_t n)
{
	struct search search = begin(word);

	for (size_t i = 0; i < n; i++)
		compare(&search, names[i]);
	return search.found;
}
