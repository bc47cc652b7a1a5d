/*
 * The pool: which blocks the administrator gave to containers.
 */
#include <errno.h>

#include "base/str.h"

#include "ids_local.h"

#include "base/banned.h"

enum {
	POOL_FIRST = 0x70000000, /* what we propose: above the ranges systemd takes by itself */
	POOL_COUNT = 0x04000000, /* 1024 blocks */
};

static bool has_line(const char *user, const char *path)
{
	struct facts_subids ranges;
	struct err ignored;

	return facts_read_subids(path, user, NULL, &ranges, &ignored) < 0 || ranges.n_ranges > 0;
}

/* The ids of podman's --userns=auto will do where nobody gave caisson any; but whoever did, and
 * wrote something we can't use, wants to hear of it. */
static int load_shared(
	const char *subuid, const char *subgid, struct ids_pool *out, struct err *err)
{
	struct facts_subids blocks;
	int r;

	if (has_line(IDS_USER, subuid) || has_line(IDS_USER, subgid))
		return 0;
	r = facts_read_blocks(IDS_USER_SHARED, subuid, subgid, &blocks, err);
	if (r == 0 && blocks.n_ranges > 0)
		*out = (struct ids_pool){ .user = IDS_USER_SHARED, .blocks = blocks };
	return r;
}

int ids_load_pool(const char *user, const char *subuid, const char *subgid, struct ids_pool *out,
	struct err *err)
{
	bool chosen = user != NULL;
	struct facts_id_range more;
	int r;

	user = chosen ? user : IDS_USER;
	*out = (struct ids_pool){ .user = user };
	r = facts_read_blocks(user, subuid, subgid, &out->blocks, err);
	if (r == 0 && out->blocks.n_ranges == 0 && !chosen)
		r = load_shared(subuid, subgid, out, err);
	if (r < 0)
		return r;
	out->shared = str_eq(out->user, IDS_USER_SHARED);
	if (out->blocks.n_ranges > 0)
		return 0;
	more = ids_propose(user, subuid, subgid, POOL_FIRST);
	return err_new(err, -ENOENT,
		"no subordinate ids for containers: '%s' and '%s' must both give user '%s' "
		"aligned blocks of %d ids that no other user has; "
		"run: echo %s:%u:%u | tee -a %s %s",
		subuid, subgid, user, IDS_BLOCK, user, more.first, more.count, subuid, subgid);
}

bool ids_pool_has(const struct ids_pool *pool, uint32_t base)
{
	for (size_t i = 0; i < pool->blocks.n_ranges; i++) {
		const struct facts_id_range *range = &pool->blocks.ranges[i];

		if (base >= range->first && base - range->first < range->count)
			return true;
	}
	return false;
}

unsigned ids_pool_count(const struct ids_pool *pool)
{
	unsigned n = 0;

	for (size_t i = 0; i < pool->blocks.n_ranges; i++)
		n += pool->blocks.ranges[i].count / IDS_BLOCK;
	return n;
}

uint32_t ids_pool_base(const struct ids_pool *pool, unsigned i)
{
	const struct facts_id_range *range = pool->blocks.ranges;

	for (; i >= range->count / IDS_BLOCK; range++)
		i -= range->count / IDS_BLOCK;
	return range->first + i * IDS_BLOCK;
}

struct facts_id_range ids_propose(
	const char *user, const char *subuid, const char *subgid, uint32_t from)
{
	struct facts_id_range found = { .first = POOL_FIRST, .count = POOL_COUNT };
	struct err ignored;

	for (uint32_t count = POOL_COUNT; count >= IDS_BLOCK; count /= 2) {
		if (facts_find_gap(user, subuid, subgid, from, count, &found, &ignored) == 0 ||
			facts_find_gap(user, subuid, subgid, POOL_FIRST, count, &found, &ignored) ==
				0)
			break;
	}
	return found;
}

uint32_t ids_pool_end(const struct ids_pool *pool)
{
	const struct facts_id_range *last = &pool->blocks.ranges[pool->blocks.n_ranges - 1];

	return last->first + last->count;
}
