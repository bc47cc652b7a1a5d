/*
 * Which block of ids a container gets, and how it gives it back.
 */
#include "ids.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "sys/call.h"

#include "ids_local.h"
#include "store.h"

#include "base/banned.h"

enum {
	BATCH = 32,              /* blocks that one look at the machine declares unused */
	HOLDERS_SHOWN = 4,       /* in the message, which has 480 bytes */
	POOL_FIRST = 0x70000000, /* what we propose: above systemd's and sssd's usual ranges */
	POOL_COUNT = 0x04000000, /* 1024 blocks */
};

int ids_load_pool(const char *user, const char *subuid, const char *subgid, struct ids_pool *out,
	struct err *err)
{
	int r;

	*out = (struct ids_pool){ .user = user };
	r = facts_read_blocks(user, subuid, subgid, &out->blocks, err);
	if (r < 0)
		return r;
	if (out->blocks.n_ranges == 0)
		return err_new(err, -ENOENT,
			"no subordinate ids for containers: '%s' and '%s' must both give user '%s' "
			"aligned blocks of %d ids that no other user has; "
			"run: echo %s:%u:%u | tee -a %s %s",
			subuid, subgid, user, IDS_BLOCK, user, POOL_FIRST, POOL_COUNT, subuid,
			subgid);
	return 0;
}

/* --- the state of the pool ---------------------------------------------------------------------- */

struct survey {
	const struct ids_pool *pool;
	int registry_fd;
	uint64_t now;
	struct ids_set *known;      /* blocks that have a file */
	const struct ids_set *used; /* NULL: not looked yet */
	bool has_fresh, has_rested, has_resting;
	struct ids_slot fresh;   /* found unused before, never given: the lowest */
	struct ids_slot rested;  /* given back longest ago, out of quarantine */
	struct ids_slot resting; /* given back longest ago, still in quarantine */
	unsigned n_claimed;
};

static bool in_pool(const struct ids_pool *pool, uint32_t base)
{
	for (size_t i = 0; i < pool->blocks.n_ranges; i++) {
		const struct facts_id_range *range = &pool->blocks.ranges[i];

		if (base >= range->first && base - range->first < range->count)
			return true;
	}
	return false;
}

static unsigned count_blocks(const struct ids_pool *pool)
{
	unsigned n = 0;

	for (size_t i = 0; i < pool->blocks.n_ranges; i++)
		n += pool->blocks.ranges[i].count / IDS_BLOCK;
	return n;
}

static void keep_older(bool *has, struct ids_slot *kept, const struct ids_slot *slot)
{
	if (*has && (kept->since < slot->since ||
			    (kept->since == slot->since && kept->base < slot->base)))
		return;
	*has = true;
	*kept = *slot;
}

static int survey_slot(void *arg, const struct ids_slot *slot, struct err *err)
{
	struct survey *survey = arg;
	struct ids_slot later = { .base = slot->base, .state = IDS_BUSY, .since = survey->now };
	uint64_t age;

	if (!in_pool(survey->pool, slot->base))
		return 0;
	ids_set_add(survey->known, slot->base);
	if (slot->state == IDS_CLAIMED) {
		survey->n_claimed++;
		return 0;
	}
	if (survey->used != NULL && ids_set_has(survey->used, slot->base)) {
		if (slot->state == IDS_BUSY && slot->since != survey->now)
			return ids_move(survey->registry_fd, slot, &later, err);
		return 0;
	}
	/* A time in the future is one of before the last boot. */
	age = slot->since > survey->now ? UINT64_MAX : survey->now - slot->since;
	if (slot->state == IDS_FREE && slot->since == 0)
		keep_older(&survey->has_fresh, &survey->fresh, slot);
	else if (age >= IDS_QUARANTINE_S)
		keep_older(&survey->has_rested, &survey->rested, slot);
	else
		keep_older(&survey->has_resting, &survey->resting, slot);
	return 0;
}

static int survey_pool(struct survey *survey, struct err *err)
{
	survey->has_fresh = survey->has_rested = survey->has_resting = false;
	survey->n_claimed = 0;
	*survey->known = (struct ids_set){ 0 };
	return ids_each(survey->registry_fd, survey_slot, survey, err);
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
	if (slot->state != IDS_CLAIMED || !in_pool(search->survey->pool, slot->base) ||
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

/* Right behind the pool, or in front of it where there is no room behind. */
static struct facts_id_range propose_range(const struct ids_pool *pool)
{
	const struct facts_id_range *last = &pool->blocks.ranges[pool->blocks.n_ranges - 1];
	uint64_t end = (uint64_t)last->first + last->count;
	uint32_t first = pool->blocks.ranges[0].first;

	if (end + POOL_COUNT <= 0xffff0000)
		return (struct facts_id_range){ .first = (uint32_t)end, .count = POOL_COUNT };
	if (first > POOL_COUNT)
		return (struct facts_id_range){ .first = first - POOL_COUNT, .count = POOL_COUNT };
	return (struct facts_id_range){ .first = POOL_FIRST, .count = POOL_COUNT };
}

static int exhausted(const struct survey *survey, const struct search *search, struct err *err)
{
	const struct ids_pool *pool = survey->pool;
	struct facts_id_range more = propose_range(pool);
	unsigned n_blocks = count_blocks(pool);
	char rest[32] = "";

	if (search->n_shown > HOLDERS_SHOWN)
		str_fmt(rest, sizeof(rest), " and %u more", search->n_shown - HOLDERS_SHOWN);
	return err_new(err, -EUSERS,
		"no free block of %d ids: user '%s' has %u from %u on, %u held by containers, "
		"%u used outside caisson; delete containers or run: "
		"usermod --add-subuids %u-%u --add-subgids %u-%u %s; held: %s%s",
		IDS_BLOCK, pool->user, n_blocks, pool->blocks.ranges[0].first, survey->n_claimed,
		n_blocks - survey->n_claimed, more.first, more.first + more.count - 1, more.first,
		more.first + more.count - 1, pool->user,
		search->holders.data != NULL ? search->holders.data : "none", rest);
}

/* --- choice ------------------------------------------------------------------------------------- */

/* Nothing rested is left: a claim that nobody holds any more, then the quarantine. */
static int pick_hard(const struct survey *survey, struct ids_slot *out, struct err *err)
{
	_cleanup_(search_done) struct search search = { .survey = survey };
	int r = ids_each(survey->registry_fd, search_slot, &search, err);

	if (r < 0)
		return r;
	if (search.found) {
		log_info("id block %u: taken back from a claim that nobody holds",
			search.stale.base);
		*out = search.stale;
		return 0;
	}
	if (!survey->has_resting)
		return exhausted(survey, &search, err);
	*out = survey->resting;
	return 0;
}

static int pick(struct survey *survey, struct ids_set *used, struct ids_slot *out, struct err *err)
{
	int r = survey_pool(survey, err);

	if (r < 0)
		return r;
	/* Blocks that we found unused, or gave out and got back, need no look at the machine. */
	if (survey->has_fresh) {
		*out = survey->fresh;
		return 0;
	}
	if (!has_unknown(survey) && survey->has_rested && survey->rested.state == IDS_FREE) {
		*out = survey->rested;
		return 0;
	}
	r = ids_find_users(used, err);
	if (r < 0)
		return r;
	survey->used = used;
	r = note_unknown(survey, err);
	if (r == 0)
		r = survey_pool(survey, err);
	if (r < 0)
		return r;
	if (!survey->has_fresh && !survey->has_rested)
		return pick_hard(survey, out, err);
	*out = survey->has_fresh ? survey->fresh : survey->rested;
	return 0;
}

static int take(int registry_fd, const struct ids_slot *slot, const char *root, const char *id,
	struct err *err)
{
	char name[IDS_NAME_MAX];

	/* ORDER: the old name goes first. Killed in between, the block is one nobody has looked at;
	 * the other way round it would be free and claimed at once. */
	if (unlinkat(registry_fd, ids_slot_name(slot, name), 0) < 0)
		return err_sys(err, "take id block '%s'", name);
	return ids_claim_write(registry_fd, slot->base, root, id, err);
}

static int claim_locked(const struct ids_pool *pool, int registry_fd, const char *root,
	const char *id, uint32_t *base, struct err *err)
{
	_ids_set_ struct ids_set *known = ids_set_new(err), *used = ids_set_new(err);
	struct survey survey = {
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
		r = take(registry_fd, &slot, root, id, err);
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
		r = claim_locked(pool, fd, root, id, &base, err);
	if (r < 0)
		return err_ctx(err, "claim ids for container '%s'", id);
	if (sys_flock_unlock(fd) < 0)
		return err_sys(err, "unlock the registry of id blocks");
	*out = (struct ids_claim){ .registry_fd = fd_take(&fd), .base = base };
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
