/*
 * Which block of ids a container gets, and how it gives it back.
 */
#include "ids.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "sys/call.h"

#include "ids_local.h"
#include "store.h"

#include "base/banned.h"

enum {
	BATCH = IDS_QUEUE_MAX, /* blocks that one look at the machine declares unused */
	HOLDERS_SHOWN = 4,     /* in the message, which has 480 bytes */
};

/* --- the state of the pool ---------------------------------------------------------------------- */

struct survey {
	const struct ids_pool *pool;
	int registry_fd;
	uint64_t now;
	struct ids_set *known;      /* blocks that have a file */
	const struct ids_set *used; /* NULL: not looked yet */
	struct ids_slot *slots;     /* that could be given; the one to give next first */
	size_t n_slots;
	size_t room;
	unsigned n_claimed;
};

static void survey_done(struct survey *survey)
{
	free(survey->slots);
}

static int add_slot(struct survey *survey, const struct ids_slot *slot, struct err *err)
{
	if (survey->n_slots == survey->room) {
		size_t room = survey->room == 0 ? 256 : 2 * survey->room;
		struct ids_slot *slots = reallocarray(survey->slots, room, sizeof(*slots));

		if (slots == NULL)
			return err_new(err, -ENOMEM, "look for a free id block: out of memory");
		survey->slots = slots;
		survey->room = room;
	}
	survey->slots[survey->n_slots++] = *slot;
	return 0;
}

static int survey_slot(void *arg, const struct ids_slot *slot, struct err *err)
{
	struct survey *survey = arg;
	const struct ids_slot later = {
		.base = slot->base,
		.state = IDS_BUSY,
		.since = survey->now,
	};

	if (!ids_pool_has(survey->pool, slot->base))
		return 0;
	ids_set_add(survey->known, slot->base);
	if (slot->state == IDS_CLAIMED)
		survey->n_claimed++;
	if (slot->state == IDS_CLAIMED || (slot->state == IDS_BUSY && survey->used == NULL))
		return 0;
	if (survey->used == NULL || !ids_set_has(survey->used, slot->base))
		return add_slot(survey, slot, err);
	if (slot->state == IDS_BUSY && slot->since != survey->now)
		return ids_move(survey->registry_fd, slot, &later, err);
	return 0;
}

/* Seconds that a block has rested; one never given has for ever, and one with a time in the future
 * since before the last boot. */
static uint64_t age_of(const struct survey *survey, const struct ids_slot *slot)
{
	return slot->since == 0 || slot->since > survey->now ? UINT64_MAX
							     : survey->now - slot->since;
}

static int compare_slots(const void *a, const void *b, void *arg)
{
	const struct ids_slot *left = a, *right = b;
	uint64_t left_age = age_of(arg, left), right_age = age_of(arg, right);

	if ((left->since == 0) != (right->since == 0))
		return left->since == 0 ? -1 : 1;
	if (left_age != right_age)
		return left_age > right_age ? -1 : 1;
	return left->base < right->base ? -1 : 1;
}

static int survey_pool(struct survey *survey, struct err *err)
{
	int r;

	survey->n_slots = 0;
	survey->n_claimed = 0;
	*survey->known = (struct ids_set){ 0 };
	r = ids_each(survey->registry_fd, survey_slot, survey, err);
	if (r == 0 && survey->n_slots > 1)
		qsort_r(survey->slots, survey->n_slots, sizeof(*survey->slots), compare_slots,
			survey);
	return r;
}

static bool has_unknown(const struct survey *survey)
{
	for (size_t i = 0; i < survey->pool->blocks.n_ranges; i++) {
		const struct facts_id_range *range = &survey->pool->blocks.ranges[i];

		for (uint32_t at = 0; at < range->count; at += IDS_BLOCK) {
			if (!ids_set_has(survey->known, range->first + at))
				return true;
		}
	}
	return false;
}

static int make_slot(const struct survey *survey, uint32_t base, struct err *err)
{
	bool is_used = ids_set_has(survey->used, base);
	struct ids_slot slot = {
		.base = base,
		.state = is_used ? IDS_BUSY : IDS_FREE,
		.since = is_used ? survey->now : 0,
	};
	char name[IDS_NAME_MAX];
	_fd_ int fd = openat(survey->registry_fd, ids_slot_name(&slot, name),
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST)
		return err_sys(err, "note id block '%s'", name);
	return 0;
}

/* One look at the machine answers for all blocks, so the next few are noted at once. */
static int note_unknown(const struct survey *survey, struct err *err)
{
	unsigned n_free = 0;

	for (size_t i = 0; i < survey->pool->blocks.n_ranges; i++) {
		const struct facts_id_range *range = &survey->pool->blocks.ranges[i];

		for (uint32_t at = 0; at < range->count && n_free < BATCH; at += IDS_BLOCK) {
			uint32_t base = range->first + at;

			if (ids_set_has(survey->known, base))
				continue;
			if (make_slot(survey, base, err) < 0)
				return err->code;
			n_free += ids_set_has(survey->used, base) ? 0 : 1;
		}
	}
	return 0;
}

/* --- exhaustion --------------------------------------------------------------------------------- */

struct search {
	const struct survey *survey;
	struct str_buf holders;
	unsigned n_shown;
	bool found;
	struct ids_slot stale;
};

static void search_done(struct search *search)
{
	str_buf_done(&search->holders);
}

static int search_slot(void *arg, const struct ids_slot *slot, struct err *err)
{
	struct search *search = arg;
	struct ids_holder holder;

	(void)err;
	if (slot->state != IDS_CLAIMED || !ids_pool_has(search->survey->pool, slot->base) ||
		!ids_holder_read(search->survey->registry_fd, slot->base, &holder))
		return 0;
	if (ids_holder_is_stale(&holder, slot->base) &&
		!ids_set_has(search->survey->used, slot->base)) {
		search->found = true;
		search->stale = *slot;
		return 1;
	}
	if (search->n_shown++ < HOLDERS_SHOWN)
		str_buf_fmt(&search->holders, "%s%u by '%s'", search->n_shown > 1 ? ", " : "",
			slot->base, holder.id);
	return 0;
}

/* The command that gives the pool more. */
static const char *more_command(const struct ids_pool *pool, char *buf, size_t size)
{
	struct facts_id_range more = ids_pool_propose(pool);
	uint32_t last = more.first + more.count - 1;

	if (ids_has_account(pool->user))
		str_fmt(buf, size, "usermod --add-subuids %u-%u --add-subgids %u-%u %s", more.first,
			last, more.first, last, pool->user);
	else
		str_fmt(buf, size, "echo %s:%u:%u | tee -a /etc/subuid /etc/subgid", pool->user,
			more.first, more.count);
	return buf;
}

static int exhausted(const struct survey *survey, const struct search *search, struct err *err)
{
	const struct ids_pool *pool = survey->pool;
	unsigned n_blocks = ids_pool_count(pool);
	char rest[32] = "", command[160];

	if (search->n_shown > HOLDERS_SHOWN)
		str_fmt(rest, sizeof(rest), " and %u more", search->n_shown - HOLDERS_SHOWN);
	return err_new(err, -EUSERS,
		"no free block of %d ids: user '%s' has %u from %u on, %u held by containers, "
		"%u used outside caisson; delete containers or run: %s; held: %s%s",
		IDS_BLOCK, pool->user, n_blocks, pool->blocks.ranges[0].first, survey->n_claimed,
		n_blocks - survey->n_claimed, more_command(pool, command, sizeof(command)),
		search->holders.data != NULL ? search->holders.data : "none", rest);
}

/* --- choice ------------------------------------------------------------------------------------- */

/* Nothing is free: is there a claim that nobody holds any more? */
static int pick_stale(const struct survey *survey, struct ids_slot *out, struct err *err)
{
	_cleanup_(search_done) struct search search = { .survey = survey };
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

/*
 * How many of the slots may be given as they are. Blocks that nobody has looked at come before
 * blocks that were given before. No look at the machine is needed for blocks found unused, and for
 * those that we gave out and got back: whoever gave one back has seen its last process end. Within
 * the quarantine even those are checked again.
 */
static size_t count_givable(const struct survey *survey)
{
	bool only_new = has_unknown(survey);
	size_t n = 0;

	while (n < survey->n_slots) {
		const struct ids_slot *slot = &survey->slots[n];

		if (only_new && slot->since != 0)
			break;
		if (survey->used == NULL && age_of(survey, slot) < IDS_QUARANTINE_S)
			break;
		n++;
	}
	return n;
}

static int look_around(struct survey *survey, struct ids_set *used, struct err *err)
{
	int r = ids_find_users(used, err);

	if (r < 0)
		return r;
	survey->used = used;
	r = note_unknown(survey, err);
	return r < 0 ? r : survey_pool(survey, err);
}

static int pick(struct survey *survey, struct ids_set *used, struct ids_slot *out, struct err *err)
{
	int r = survey_pool(survey, err);
	size_t n;

	if (r < 0)
		return r;
	n = count_givable(survey);
	if (n == 0) {
		r = look_around(survey, used, err);
		if (r < 0)
			return r;
		n = count_givable(survey);
	}
	if (n == 0)
		return pick_stale(survey, out, err);
	*out = survey->slots[0];
	ids_queue_fill(survey->registry_fd, survey->slots + 1, n - 1);
	return 0;
}

/* 0: claimed; STORE_ABSENT: the queue has nothing for us */
static int claim_queued(const struct ids_pool *pool, int registry_fd, const char *root,
	const char *id, uint32_t *base, struct err *err)
{
	struct ids_slot slot;

	while (ids_queue_pop(registry_fd, &slot)) {
		int r;

		if (!ids_pool_has(pool, slot.base))
			continue;
		r = ids_claim_write(registry_fd, &slot, root, id, err);
		if (r == -ENOENT || r == -EEXIST)
			continue;
		*base = slot.base;
		return r;
	}
	return STORE_ABSENT;
}

static int claim_surveyed(const struct ids_pool *pool, int registry_fd, const char *root,
	const char *id, uint32_t *base, struct err *err)
{
	_ids_set_ struct ids_set *known = ids_set_new(err), *used = ids_set_new(err);
	_cleanup_(survey_done) struct survey survey = {
		.pool = pool,
		.registry_fd = registry_fd,
		.now = ids_now(),
		.known = known,
	};
	struct ids_slot slot;
	int r;

	if (known == NULL || used == NULL)
		return -ENOMEM;
	r = pick(&survey, used, &slot, err);
	if (r == 0)
		r = ids_claim_write(registry_fd, &slot, root, id, err);
	if (r == 0)
		*base = slot.base;
	return r;
}

static int open_locked(const char *registry, bool create, int *registry_fd, struct err *err)
{
	_fd_ int fd = -1;
	int r = store_open_root(registry, create, &fd, err);

	if (r != 0)
		return r;
	do {
		r = sys_flock(fd, true, true);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_sys(err, "lock the registry of id blocks");
	*registry_fd = fd_take(&fd);
	return 0;
}

/* The same root must read the same at claim and at release. */
static int clean_root(const char *path, char buf[PATH_MAX], struct err *err)
{
	if (str_fmt(buf, PATH_MAX, "%s", path) >= PATH_MAX)
		return err_new(
			err, -ENAMETOOLONG, "state directory '%s' has too long a name", path);
	str_path_clean(buf);
	return 0;
}

int ids_claim(const struct ids_pool *pool, const char *registry, const char *owner_root,
	const char *id, struct ids_claim *out, struct err *err)
{
	char root[PATH_MAX];
	_fd_ int fd = -1;
	uint32_t base = 0;
	int r;

	r = clean_root(owner_root, root, err);
	if (r == 0)
		r = open_locked(registry, true, &fd, err);
	if (r == 0)
		r = claim_queued(pool, fd, root, id, &base, err);
	if (r == STORE_ABSENT)
		r = claim_surveyed(pool, fd, root, id, &base, err);
	if (r < 0)
		return err_ctx(err, "claim ids for container '%s'", id);
	*out = (struct ids_claim){ .registry_fd = fd_take(&fd), .base = base };
	if (sys_flock_unlock(out->registry_fd) < 0) {
		err_sys(err, "unlock the registry of id blocks");
		ids_claim_rollback(out);
		return err->code;
	}
	return 0;
}

/* --- giving back -------------------------------------------------------------------------------- */

static int free_block(int registry_fd, uint32_t base, struct err *err)
{
	const struct ids_slot from = { .base = base, .state = IDS_CLAIMED };
	const struct ids_slot to = { .base = base, .state = IDS_FREE, .since = ids_now() };

	return ids_move(registry_fd, &from, &to, err);
}

void ids_claim_rollback(struct ids_claim *claim)
{
	struct err err;

	if (claim->registry_fd < 0)
		return;
	/* no lock: a claim of a living claimer is nobody else's to touch */
	if (free_block(claim->registry_fd, claim->base, &err) < 0)
		log_warn("%s; it stays claimed until no other block is left", err.msg);
	fd_cleanup(&claim->registry_fd);
}

void ids_keep(struct ids_claim *claim)
{
	fd_cleanup(&claim->registry_fd);
}

struct release {
	int registry_fd;
	const char *root;
	const char *id;
};

static int release_slot(void *arg, const struct ids_slot *slot, struct err *err)
{
	const struct release *release = arg;
	struct ids_holder holder;

	if (slot->state != IDS_CLAIMED ||
		!ids_holder_read(release->registry_fd, slot->base, &holder) ||
		!str_eq(holder.root, release->root) || !str_eq(holder.id, release->id))
		return 0;
	return free_block(release->registry_fd, slot->base, err);
}

int ids_release(const char *registry, uint32_t base, const char *owner_root, const char *id,
	struct err *err)
{
	const struct ids_slot slot = { .base = base, .state = IDS_CLAIMED };
	struct release release = { .id = id };
	char root[PATH_MAX];
	_fd_ int fd = -1;
	int r;

	r = clean_root(owner_root, root, err);
	if (r == 0)
		r = open_locked(registry, false, &fd, err);
	if (r != 0)
		return r == STORE_ABSENT ? 0 : r;
	release.root = root;
	release.registry_fd = fd;
	if (base != 0)
		return release_slot(&release, &slot, err);
	return ids_each(fd, release_slot, &release, err);
}
