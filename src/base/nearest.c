#include <string.h>

#include "base/str.h"

#include "base/banned.h"

enum {
	WORD_MAX = 48, /* of a word that may be a misspelt one */
	NEAR_MAX = 3,  /* changed letters that still make it likely */
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to insert, remove or replace to make one word of the other; two neighbours in the wrong
 * order are one mistake. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1], len = strlen(b), i;

	for (size_t k = 0; k <= len; k++)
		rows[0][k] = k;
	for (i = 1; a[i - 1] != '\0'; i++) {
		const size_t *before = rows[(i + 1) % 3], *last = rows[(i + 2) % 3];
		size_t *row = rows[i % 3];

		row[0] = i;
		for (size_t k = 1; k <= len; k++) {
			row[k] = last[k - 1] + (a[i - 1] == b[k - 1] ? 0 : 1);
			row[k] = least(row[k], least(last[k], row[k - 1]) + 1);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				row[k] = least(row[k], before[k - 2] + 1);
		}
	}
	return rows[(i - 1) % 3][len];
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
