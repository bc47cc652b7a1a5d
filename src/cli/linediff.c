/*
 * The longest common subsequence of lines, by the usual table of lengths. What is alike at both
 * ends is cut off before, so that the table is as small as the difference.
 */
#include "linediff.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

enum {
	CELLS_MAX = 4 << 20
};

struct line {
	const char *text;
	size_t len;
};

struct lines {
	struct line *items;
	size_t n;
};

struct diff {
	struct lines a, b;
	struct cli_edit *edits;
	size_t n;
};

static bool split(struct arena *arena, const char *text, struct lines *out)
{
	size_t n = 1;

	for (const char *p = text; *p != '\0'; p++)
		n += *p == '\n';
	out->items = arena_array(arena, n, sizeof(*out->items));
	out->n = 0;
	while (out->items != NULL && *text != '\0') {
		size_t len = strcspn(text, "\n");

		out->items[out->n++] = (struct line){ text, len };
		text += len + (text[len] == '\n' ? 1 : 0);
	}
	return out->items != NULL;
}

/* How long " fd=12" is at @at; 0: it is something else. */
static size_t descriptor(const struct line *line, size_t at)
{
	static const char label[] = " fd=";
	size_t n = sizeof(label) - 1, digits = 0;

	if (line->len - at < n || strncmp(line->text + at, label, n) != 0)
		return 0;
	while (at + n + digits < line->len && line->text[at + n + digits] >= '0' &&
		line->text[at + n + digits] <= '9')
		digits++;
	return n + digits;
}

static bool is_same(const struct line *a, const struct line *b)
{
	size_t i = 0, k = 0;

	while (i < a->len && k < b->len) {
		size_t fd_a = descriptor(a, i), fd_b = descriptor(b, k);

		if (fd_a > 0 && fd_b > 0) {
			i += fd_a;
			k += fd_b;
		} else if (a->text[i++] != b->text[k++]) {
			return false;
		}
	}
	return i == a->len && k == b->len;
}

static void add(struct diff *d, char op, const struct line *line)
{
	d->edits[d->n++] = (struct cli_edit){ op, line->text, line->len };
}

static void add_all(struct diff *d, char op, const struct lines *lines, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		add(d, op, &lines->items[i]);
}

/* @lengths[i * width + k]: how many lines the rests from @a[i] and @b[k] on have in common. */
static void fill(const struct diff *d, size_t from, size_t n_a, size_t n_b, uint16_t *lengths)
{
	size_t width = n_b + 1;

	for (size_t i = n_a; i-- > 0;) {
		for (size_t k = n_b; k-- > 0;) {
			uint16_t down = lengths[(i + 1) * width + k];
			uint16_t right = lengths[i * width + k + 1];
			uint16_t best = down > right ? down : right;

			if (is_same(&d->a.items[from + i], &d->b.items[from + k]))
				best = (uint16_t)(lengths[(i + 1) * width + k + 1] + 1);
			lengths[i * width + k] = best;
		}
	}
}

static void walk(struct diff *d, size_t from, size_t n_a, size_t n_b, const uint16_t *lengths)
{
	size_t width = n_b + 1, i = 0, k = 0;

	while (i < n_a && k < n_b) {
		const struct line *a = &d->a.items[from + i], *b = &d->b.items[from + k];

		if (is_same(a, b)) {
			add(d, ' ', b);
			i++;
			k++;
		} else if (lengths[(i + 1) * width + k] >= lengths[i * width + k + 1]) {
			add(d, '-', a);
			i++;
		} else {
			add(d, '+', b);
			k++;
		}
	}
	add_all(d, '-', &d->a, from + i, from + n_a);
	add_all(d, '+', &d->b, from + k, from + n_b);
}

static bool compare(struct arena *arena, struct diff *d, size_t from, size_t n_a, size_t n_b)
{
	uint16_t *lengths;

	/* each side is below 2^16 lines where the product of both is below CELLS_MAX, or one is 0 */
	if (n_a == 0 || n_b == 0 || n_a > UINT16_MAX || n_b > UINT16_MAX ||
		(n_a + 1) * (n_b + 1) > CELLS_MAX) {
		add_all(d, '-', &d->a, from, from + n_a);
		add_all(d, '+', &d->b, from, from + n_b);
		return true;
	}
	lengths = arena_array(arena, (n_a + 1) * (n_b + 1), sizeof(*lengths));
	if (lengths == NULL)
		return false;
	fill(d, from, n_a, n_b, lengths);
	walk(d, from, n_a, n_b, lengths);
	return true;
}

int cli_line_diff(struct arena *arena, const char *a, const char *b, struct cli_edit **out,
	size_t *n, struct err *err)
{
	struct diff d = { 0 };
	size_t first = 0, last = 0;

	if (!split(arena, a, &d.a) || !split(arena, b, &d.b))
		return err_new(err, -ENOMEM, "out of memory");
	d.edits = arena_array(arena, d.a.n + d.b.n + 1, sizeof(*d.edits));
	if (d.edits == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	while (first < d.a.n && first < d.b.n && is_same(&d.a.items[first], &d.b.items[first]))
		first++;
	while (last < d.a.n - first && last < d.b.n - first &&
		is_same(&d.a.items[d.a.n - 1 - last], &d.b.items[d.b.n - 1 - last]))
		last++;
	add_all(&d, ' ', &d.b, 0, first);
	if (!compare(arena, &d, first, d.a.n - first - last, d.b.n - first - last))
		return err_new(err, -ENOMEM, "out of memory");
	add_all(&d, ' ', &d.b, d.b.n - last, d.b.n);
	*out = d.edits;
	*n = d.n;
	return 0;
}
