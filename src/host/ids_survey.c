/*
 * The state of the pool: which blocks could be given, and in what order.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"

#include "ids_local.h"

#include "base/banned.h"

enum {
	BATCH = IDS_QUEUE_MAX, /* blocks that one look at the machine declares unused */
};

void ids_survey_done(struct ids_survey *survey)
{
	free(survey->slots);
}

static int add_slot(struct ids_survey *survey, const struct ids_slot *slot, struct err *err)
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
	struct ids_survey *survey = arg;
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
uint64_t ids_survey_age(const struct ids_survey *survey, const struct ids_slot *slot)
{
	return slot->since == 0 || slot->since > survey->now ? UINT64_MAX
							     : survey->now - slot->since;
}

static int compare_slots(const void *a, const void *b, void *arg)
{
	const struct ids_slot *left = a, *right = b;
	const struct ids_survey *survey = arg;
	uint64_t left_age = ids_survey_age(survey, left), right_age = ids_survey_age(survey, right);

	if ((left->since == 0) != (right->since == 0))
		return left->since == 0 ? -1 : 1;
	if (left_age != right_age)
		return left_age > right_age ? -1 : 1;
	/* podman takes from the start of what we share with it */
	return (left->base < right->base) != survey->pool->shared ? -1 : 1;
}

int ids_survey_run(struct ids_survey *survey, struct err *err)
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

static bool has_unknown(const struct ids_survey *survey)
{
	unsigned n_blocks = ids_pool_count(survey->pool);

	for (unsigned i = 0; i < n_blocks; i++) {
		if (!ids_set_has(survey->known, ids_pool_base(survey->pool, i)))
			return true;
	}
	return false;
}

static int make_slot(const struct ids_survey *survey, uint32_t base, struct err *err)
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
static int note_unknown(const struct ids_survey *survey, struct err *err)
{
	unsigned n_blocks = ids_pool_count(survey->pool), n_free = 0;

	for (unsigned i = 0; i < n_blocks && n_free < BATCH; i++) {
		uint32_t base =
			ids_pool_base(survey->pool, survey->pool->shared ? n_blocks - 1 - i : i);

		if (ids_set_has(survey->known, base))
			continue;
		if (make_slot(survey, base, err) < 0)
			return err->code;
		n_free += ids_set_has(survey->used, base) ? 0 : 1;
	}
	return 0;
}

/*
 * How many of the slots may be given as they are. Blocks that nobody has looked at come before
 * blocks that were given before. No look at the machine is needed for blocks found unused, and for
 * those that we gave out and got back: whoever gave one back has seen its last process end. Within
 * the quarantine even those are checked again.
 */
size_t ids_survey_givable(const struct ids_survey *survey)
{
	bool only_new = has_unknown(survey);
	size_t n = 0;

	/* what was free a moment ago may be podman's now */
	if (survey->pool->shared && survey->used == NULL)
		return 0;
	while (n < survey->n_slots) {
		const struct ids_slot *slot = &survey->slots[n];

		if (only_new && slot->since != 0)
			break;
		if (survey->used == NULL && ids_survey_age(survey, slot) < IDS_QUARANTINE_S)
			break;
		n++;
	}
	return n;
}

int ids_survey_look(struct ids_survey *survey, struct ids_set *used, struct err *err)
{
	int r = ids_find_users(used, err);

	if (r < 0)
		return r;
	survey->used = used;
	r = note_unknown(survey, err);
	return r < 0 ? r : ids_survey_run(survey, err);
}
