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

/* --- choice ------------------------------------------------------------------------------------ */

static int pick(
	struct ids_survey *survey, struct ids_set *used, struct ids_slot *out, struct err *err)
{
	int r = ids_survey_run(survey, err);
	size_t n;

	if (r < 0)
		return r;
	n = ids_survey_givable(survey);
	if (n == 0) {
		r = ids_survey_look(survey, used, err);
		if (r < 0)
			return r;
		n = ids_survey_givable(survey);
	}
	if (n == 0)
		return ids_pick_stale(survey, out, err);
	*out = survey->slots[0];
	if (!survey->pool->shared)
		ids_queue_fill(survey->registry_fd, survey->slots + 1, n - 1);
	return 0;
}

/* 0: claimed; STORE_ABSENT: the queue has nothing for us */
static int claim_queued(const struct ids_pool *pool, int registry_fd, const char *root,
	const char *id, uint32_t *base, struct err *err)
{
	struct ids_slot slot;

	while (!pool->shared && ids_queue_pop(registry_fd, &slot)) {
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
	_cleanup_(ids_survey_done) struct ids_survey survey = {
		.pool = pool,
		.registry_fd = registry_fd,
		.now = ids_now(),
		.known = known,
	};
	struct ids_slot slot;
	int r;

	if (known == NULL || used == NULL)
		return -ENOMEM;
	while ((r = pick(&survey, used, &slot, err)) == 0) {
		r = ids_claim_write(registry_fd, &slot, root, id, err);
		if (r != -EEXIST)
			break;
		/* free and claimed at once was none of our doing: the claim counts */
		r = ids_forget(registry_fd, &slot, err);
		if (r < 0)
			break;
	}
	if (r == 0)
		*base = slot.base;
	return r;
}

/* The same root must read the same at claim and at release. */
int ids_clean_root(const char *path, char buf[PATH_MAX], struct err *err)
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

	r = ids_clean_root(owner_root, root, err);
	if (r == 0)
		r = ids_open_registry(registry, true, &fd, err);
	if (r == 0)
		r = claim_queued(pool, fd, root, id, &base, err);
	if (r == STORE_ABSENT)
		r = claim_surveyed(pool, fd, root, id, &base, err);
	if (r == -EUSERS)
		return r; /* long enough as it is */
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

int ids_free_block(int registry_fd, uint32_t base, struct err *err)
{
	const struct ids_slot from = { .base = base, .state = IDS_CLAIMED };
	const struct ids_slot to = { .base = base, .state = IDS_FREE, .since = ids_now() };
	int r;

	if (ids_is_shared(registry_fd, base)) {
		r = ids_promote_share(registry_fd, base, err);
		if (r != STORE_ABSENT)
			return r;
	}
	return ids_move(registry_fd, &from, &to, err);
}

void ids_claim_rollback(struct ids_claim *claim)
{
	struct err err;

	if (claim->registry_fd < 0)
		return;
	if (claim->also[0] != '\0') {
		if (ids_drop_share(claim->registry_fd, claim->base, claim->also, &err) < 0)
			log_warn("%s; it stays shared", err.msg);
		fd_cleanup(&claim->registry_fd);
		return;
	}
	/* no lock: a claim of a living claimer is nobody else's to touch */
	if (ids_free_block(claim->registry_fd, claim->base, &err) < 0)
		log_warn("%s; it stays claimed until no other block is left", err.msg);
	fd_cleanup(&claim->registry_fd);
}

void ids_keep(struct ids_claim *claim)
{
	fd_cleanup(&claim->registry_fd);
}

struct claims {
	int registry_fd;
	const char *root;
	const char *id;
	uint32_t *bases;
	size_t n;
};

static int add_claim(void *arg, const struct ids_slot *slot, struct err *err)
{
	struct claims *claims = arg;
	struct ids_holder holder;

	(void)err;
	if (slot->state == IDS_CLAIMED && claims->n < IDS_CLAIMS_MAX &&
		ids_holder_read(claims->registry_fd, slot->base, &holder) &&
		str_eq(holder.root, claims->root) && str_eq(holder.id, claims->id))
		claims->bases[claims->n++] = slot->base;
	return 0;
}

int ids_claims_of(const char *registry, const char *owner_root, const char *id,
	uint32_t bases[IDS_CLAIMS_MAX], size_t *n, struct err *err)
{
	struct claims claims = { .id = id, .bases = bases };
	char root[PATH_MAX];
	_fd_ int fd = -1;
	int r;

	*n = 0;
	if (!ids_have_registry())
		return 0;
	r = ids_clean_root(owner_root, root, err);
	if (r == 0)
		r = ids_open_registry(registry, false, &fd, err);
	if (r != 0)
		return r == STORE_ABSENT ? 0 : r;
	claims.registry_fd = fd;
	claims.root = root;
	r = ids_each(fd, add_claim, &claims, err);
	*n = claims.n;
	return r;
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

	int r;

	if (slot->state != IDS_CLAIMED)
		return 0;
	if (!ids_holder_read(release->registry_fd, slot->base, &holder) ||
		!str_eq(holder.root, release->root) || !str_eq(holder.id, release->id)) {
		r = ids_drop_share_of(
			release->registry_fd, slot->base, release->root, release->id, err);
		return r < 0 ? r : 0;
	}
	return ids_free_block(release->registry_fd, slot->base, err);
}

int ids_release(const char *registry, uint32_t base, const char *owner_root, const char *id,
	struct err *err)
{
	const struct ids_slot slot = { .base = base, .state = IDS_CLAIMED };
	struct release release = { .id = id };
	char root[PATH_MAX];
	_fd_ int fd = -1;
	int r;

	if (base == 0 && !ids_have_registry())
		return 0;
	r = ids_clean_root(owner_root, root, err);
	if (r == 0)
		r = ids_open_registry(registry, false, &fd, err);
	if (r != 0)
		return r == STORE_ABSENT ? 0 : r;
	release.root = root;
	release.registry_fd = fd;
	if (base != 0)
		return release_slot(&release, &slot, err);
	return ids_each(fd, release_slot, &release, err);
}
