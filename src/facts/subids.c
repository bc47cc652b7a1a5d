/*
 * /etc/subuid and /etc/subgid: lines "user:first:count". Whole blocks are counted in units of
 * 65536 ids, so that the numbers of an entry and of its neighbours cannot overflow.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"
#include "facts/facts.h"

#include "base/banned.h"

enum {
	BLOCK_FIRST = 1,    /* block 0 is the machine's own ids, with 65534 and 65535 */
	BLOCK_END = 0xffff, /* the last block holds 4294967295, "no id" */
	READ_FIRST = 4096,  /* most files are smaller: one read */
};

struct text {
	char *data;
};

static void text_done(struct text *text)
{
	free(text->data);
}

struct entry {
	const char *user; /* not terminated */
	size_t user_len;
	uint64_t first;
	uint64_t count;
	bool is_valid;
};

static int read_sized(int fd, const char *path, size_t size, struct text *out, struct err *err)
{
	free(out->data);
	out->data = malloc(size);
	if (out->data == NULL)
		return err_new(err, -ENOMEM, "read '%s': out of memory", path);
	if (lseek(fd, 0, SEEK_SET) < 0 || fd_read_all(fd, out->data, size) < 0)
		return err_sys(err, "read '%s'", path);
	return 0;
}

/* A missing file is an empty one: NULL. */
static int read_text(const char *path, struct text *out, struct err *err)
{
	_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(err, "open '%s'", path);
	r = read_sized(fd, path, READ_FIRST, out, err);
	return r == -EFBIG ? read_sized(fd, path, FACTS_TEXT_MAX, out, err) : r;
}

/* Copies the field up to @end into @buf and parses it. */
static bool parse_number(const char *at, const char *end, uint64_t max, uint64_t *out)
{
	char number[11];
	size_t len = (size_t)(end - at);

	if (len >= sizeof(number))
		return false;
	memcpy(number, at, len);
	number[len] = '\0';
	return num_u64(number, max, out);
}

static struct entry parse_entry(const char *line, size_t len)
{
	struct entry entry = { .user = line, .user_len = len };
	const char *end = line + len, *first, *count;

	first = memchr(line, ':', len);
	if (first == NULL)
		return entry;
	entry.user_len = (size_t)(first++ - line);
	count = memchr(first, ':', (size_t)(end - first));
	if (count == NULL)
		return entry;
	entry.is_valid = parse_number(first, count, UINT32_MAX, &entry.first) &&
			 parse_number(count + 1, end, UINT32_MAX, &entry.count) &&
			 entry.first + entry.count <= (uint64_t)UINT32_MAX + 1;
	return entry;
}

/* The next line with something on it; false at the end. */
static bool next_entry(const char **at, unsigned *line_number, struct entry *out)
{
	while (*at != NULL && **at != '\0') {
		const char *line = *at;
		size_t len = strcspn(line, "\n");

		*at += len + (line[len] == '\n' ? 1 : 0);
		++*line_number;
		if (len == 0 || line[0] == '#')
			continue;
		*out = parse_entry(line, len);
		return true;
	}
	return false;
}

static bool is_user(const struct entry *entry, const char *user)
{
	return user != NULL && strlen(user) == entry->user_len &&
	       memcmp(entry->user, user, entry->user_len) == 0;
}

static int collect(const char *path, const char *text, const char *name, const char *number,
	struct facts_subids *out, struct err *err)
{
	unsigned line_number = 0;
	struct entry entry = { 0 };

	while (next_entry(&text, &line_number, &entry)) {
		if (!is_user(&entry, name) && !is_user(&entry, number))
			continue;
		if (!entry.is_valid)
			return err_new(err, -EINVAL, "'%s' line %u is not 'user:first:count'", path,
				line_number);
		if (entry.count == 0)
			continue;
		if (out->n_ranges == FACTS_SUBIDS_MAX)
			return err_new(err, -E2BIG, "'%s' has more than %d ranges of '%s'", path,
				FACTS_SUBIDS_MAX, name != NULL ? name : number);
		out->ranges[out->n_ranges++] = (struct facts_id_range){
			.first = (uint32_t)entry.first,
			.count = (uint32_t)entry.count,
		};
	}
	return 0;
}

int facts_read_subids(const char *path, const char *name, const char *number,
	struct facts_subids *out, struct err *err)
{
	_cleanup_(text_done) struct text text = { 0 };
	int r = read_text(path, &text, err);

	*out = (struct facts_subids){ 0 };
	return r == 0 ? collect(path, text.data, name, number, out, err) : r;
}

/* --- sets of blocks ----------------------------------------------------------------------------- */

enum {
	SET_WORDS = (BLOCK_END + 1) / 64
};

/* One bit per block of the 32-bit id space: 8 KiB, on the heap. */
struct set {
	uint64_t words[SET_WORDS];
};

static bool set_has(const struct set *set, unsigned block)
{
	return (set->words[block / 64] >> block % 64 & 1) != 0;
}

static void set_put(struct set *set, unsigned block, bool value)
{
	uint64_t bit = UINT64_C(1) << block % 64;

	if (value)
		set->words[block / 64] |= bit;
	else
		set->words[block / 64] &= ~bit;
}

static void set_add_whole(struct set *set, const struct facts_id_range *range)
{
	uint64_t end = (uint64_t)range->first + range->count;
	uint64_t first = ((uint64_t)range->first + FACTS_ID_BLOCK - 1) / FACTS_ID_BLOCK;

	for (uint64_t block = first; (block + 1) * FACTS_ID_BLOCK <= end; block++) {
		if (block >= BLOCK_FIRST && block < BLOCK_END)
			set_put(set, (unsigned)block, true);
	}
}

/* Takes out whatever blocks another user's entries touch. */
static void set_remove_others(struct set *set, const char *text, const char *name)
{
	unsigned line_number = 0;
	struct entry entry = { 0 };

	while (next_entry(&text, &line_number, &entry)) {
		uint64_t last;

		if (!entry.is_valid || entry.count == 0 || is_user(&entry, name))
			continue;
		last = (entry.first + entry.count - 1) / FACTS_ID_BLOCK;
		for (uint64_t block = entry.first / FACTS_ID_BLOCK; block <= last; block++)
			set_put(set, (unsigned)block, false);
	}
}

/* The next block from @block on that is in the set (or is not); BLOCK_END if there is none. */
static unsigned set_next(const struct set *set, unsigned block, bool wanted)
{
	uint64_t boring = wanted ? 0 : UINT64_MAX;

	while (block < BLOCK_END) {
		if (block % 64 == 0 && set->words[block / 64] == boring)
			block += 64;
		else if (set_has(set, block) != wanted)
			block++;
		else
			return block;
	}
	return BLOCK_END;
}

/* More runs than fit are left out: fewer blocks, never a wrong one. */
static void set_to_ranges(const struct set *set, struct facts_subids *out)
{
	unsigned end = BLOCK_FIRST;

	while (out->n_ranges < FACTS_SUBIDS_MAX) {
		unsigned first = set_next(set, end, true);

		if (first == BLOCK_END)
			return;
		end = set_next(set, first, false);
		out->ranges[out->n_ranges++] = (struct facts_id_range){
			.first = first * FACTS_ID_BLOCK,
			.count = (end - first) * FACTS_ID_BLOCK,
		};
	}
}

static int load_blocks(
	const char *name, const char *path, const char *text, struct set *set, struct err *err)
{
	struct facts_subids ranges = { 0 };
	int r = collect(path, text, name, NULL, &ranges, err);

	for (size_t i = 0; i < ranges.n_ranges && r == 0; i++)
		set_add_whole(set, &ranges.ranges[i]);
	return r;
}

struct sets {
	struct set uids, gids;
};

static void sets_free(struct sets **sets)
{
	free(*sets);
}

int facts_read_blocks(const char *name, const char *subuid, const char *subgid,
	struct facts_subids *out, struct err *err)
{
	_cleanup_(text_done) struct text uids = { 0 };
	_cleanup_(text_done) struct text gids = { 0 };
	_cleanup_(sets_free) struct sets *sets = calloc(1, sizeof(*sets));
	int r;

	*out = (struct facts_subids){ 0 };
	if (sets == NULL)
		return err_new(err, -ENOMEM, "read '%s': out of memory", subuid);
	r = read_text(subuid, &uids, err);
	if (r == 0)
		r = read_text(subgid, &gids, err);
	if (r == 0)
		r = load_blocks(name, subuid, uids.data, &sets->uids, err);
	if (r == 0)
		r = load_blocks(name, subgid, gids.data, &sets->gids, err);
	if (r != 0)
		return r;
	for (size_t i = 0; i < SET_WORDS; i++)
		sets->uids.words[i] &= sets->gids.words[i];
	set_remove_others(&sets->uids, uids.data, name);
	set_remove_others(&sets->uids, gids.data, name);
	set_to_ranges(&sets->uids, out);
	return 0;
}

int facts_find_gap(const char *name, const char *subuid, const char *subgid, uint32_t from,
	uint32_t count, struct facts_id_range *out, struct err *err)
{
	_cleanup_(text_done) struct text uids = { 0 };
	_cleanup_(text_done) struct text gids = { 0 };
	_cleanup_(sets_free) struct sets *sets = calloc(1, sizeof(*sets));
	unsigned first, end = from / FACTS_ID_BLOCK;
	int r;

	if (sets == NULL)
		return err_new(err, -ENOMEM, "read '%s': out of memory", subuid);
	memset(&sets->uids, 0xff, sizeof(sets->uids));
	r = read_text(subuid, &uids, err);
	if (r == 0)
		r = read_text(subgid, &gids, err);
	if (r != 0)
		return r;
	set_remove_others(&sets->uids, uids.data, name);
	set_remove_others(&sets->uids, gids.data, name);
	do {
		first = set_next(&sets->uids, end < BLOCK_FIRST ? BLOCK_FIRST : end, true);
		end = set_next(&sets->uids, first, false);
	} while (first < BLOCK_END && end - first < count / FACTS_ID_BLOCK);
	if (first == BLOCK_END)
		return err_new(err, -ENOENT, "no %u ids in a row are free in '%s' and '%s'", count,
			subuid, subgid);
	*out = (struct facts_id_range){ .first = first * FACTS_ID_BLOCK, .count = count };
	return 0;
}
