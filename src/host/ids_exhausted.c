/*
 * Nothing is free: a claim that nobody holds, or a message that says who holds what.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/str.h"

#include "clock.h"
#include "ids_local.h"

#include "base/banned.h"

enum {
	HOLDERS_SHOWN = 2, /* in the message, which has 480 bytes */
	ID_SHOWN = 20,
};

struct shown {
	uint32_t base;
	struct timespec since;
	char id[ID_SHOWN + 1];
};

struct search {
	const struct ids_survey *survey;
	struct shown oldest[HOLDERS_SHOWN]; /* claims, the first made first */
	unsigned n_held;
	bool found;
	struct ids_slot stale;
};

/* A file system's clock ticks every few milliseconds: many claims have the same time. */
static bool is_older(const struct shown *a, const struct shown *b)
{
	if (a->since.tv_sec != b->since.tv_sec)
		return a->since.tv_sec < b->since.tv_sec;
	if (a->since.tv_nsec != b->since.tv_nsec)
		return a->since.tv_nsec < b->since.tv_nsec;
	return a->base < b->base;
}

static void show_holder(struct search *search, const struct shown *one)
{
	unsigned at = search->n_held < HOLDERS_SHOWN ? search->n_held : HOLDERS_SHOWN;

	search->n_held++;
	while (at > 0 && is_older(one, &search->oldest[at - 1])) {
		if (at < HOLDERS_SHOWN)
			search->oldest[at] = search->oldest[at - 1];
		at--;
	}
	if (at < HOLDERS_SHOWN)
		search->oldest[at] = *one;
}

static int search_slot(void *arg, const struct ids_slot *slot, struct err *err)
{
	struct search *search = arg;
	struct shown one = { .base = slot->base };
	struct ids_holder holder;
	bool known;

	(void)err;
	if (slot->state != IDS_CLAIMED || !ids_pool_has(search->survey->pool, slot->base) ||
		!ids_claimed_at(search->survey->registry_fd, slot->base, &one.since))
		return 0;
	known = ids_holder_read(search->survey->registry_fd, slot->base, &holder);
	if (known && ids_holder_is_stale(&holder, slot->base) &&
		!ids_set_has(search->survey->used, slot->base) &&
		!ids_is_shared(search->survey->registry_fd, slot->base)) {
		search->found = true;
		search->stale = *slot;
		return 1;
	}
	str_fmt(one.id, sizeof(one.id), "%s", known ? holder.id : "?");
	show_holder(search, &one);
	return 0;
}

/* The command that gives the pool more. */
static const char *more_command(const struct ids_pool *pool, char *buf, size_t size)
{
	struct facts_id_range more =
		ids_propose(NULL, "/etc/subuid", "/etc/subgid", ids_pool_end(pool));
	uint32_t last = more.first + more.count - 1;

	if (ids_has_account(pool->user))
		str_fmt(buf, size, "usermod --add-subuids %u-%u --add-subgids %u-%u %s", more.first,
			last, more.first, last, pool->user);
	else
		str_fmt(buf, size, "echo %s:%u:%u | tee -a /etc/subuid /etc/subgid", pool->user,
			more.first, more.count);
	return buf;
}

static void list_holders(const struct search *search, struct str_buf *out)
{
	char when[HOST_CLOCK_MAX];

	for (unsigned i = 0; i < search->n_held && i < HOLDERS_SHOWN; i++) {
		const struct shown *one = &search->oldest[i];
		const struct timespec since = { .tv_sec = one->since.tv_sec };

		str_buf_fmt(out, "%s%u by '%s%s' since %s", i > 0 ? ", " : "", one->base, one->id,
			strlen(one->id) == ID_SHOWN ? "..." : "", host_clock_text(&since, when));
	}
	if (search->n_held > HOLDERS_SHOWN)
		str_buf_fmt(out, " and %u more", search->n_held - HOLDERS_SHOWN);
	if (search->n_held == 0)
		str_buf_puts(out, "none");
}

static int exhausted(const struct ids_survey *survey, const struct search *search, struct err *err)
{
	const struct ids_pool *pool = survey->pool;
	unsigned n_blocks = ids_pool_count(pool);
	_str_buf_ struct str_buf holders = { 0 };
	char command[160];

	list_holders(search, &holders);
	return err_new(err, -EUSERS,
		"no free block of %d ids: user '%s' has %u from %u on, %u held by containers, "
		"%u used outside caisson; 'caisson ids' shows all; delete containers or run: %s; "
		"held: %s",
		IDS_BLOCK, pool->user, n_blocks, pool->blocks.ranges[0].first, survey->n_claimed,
		n_blocks - survey->n_claimed, more_command(pool, command, sizeof(command)),
		holders.failed ? "?" : holders.data);
}

/* Nothing is free: is there a claim that nobody holds any more? */
int ids_pick_stale(const struct ids_survey *survey, struct ids_slot *out, struct err *err)
{
	struct search search = { .survey = survey };
	int r = ids_each(survey->registry_fd, search_slot, &search, err);

	if (r < 0)
		return r;
	if (!search.found)
		return exhausted(survey, &search, err);
	log_info("id block %u: taken back from a claim that nobody holds", search.stale.base);
	*out = (struct ids_slot){
		.base = search.stale.base,
		.state = IDS_FREE,
		.since = survey->now,
	};
	return ids_move(survey->registry_fd, &search.stale, out, err);
}
