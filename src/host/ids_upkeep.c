/*
 * The registry as an administrator sees it, and what gc does to it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/str.h"

#include "clock.h"
#include "ids_local.h"
#include "store.h"

#include "base/banned.h"

/* --- roots --------------------------------------------------------------------------------------- */

struct roots {
	struct arena *arena;
	int registry_fd;
	const char **items;
	size_t n;
};

static int add_root(void *arg, const struct ids_slot *slot, struct err *err)
{
	struct roots *roots = arg;
	struct ids_holder holder;

	if (slot->state != IDS_CLAIMED || roots->n == IDS_ROOTS_MAX ||
		!ids_holder_read(roots->registry_fd, slot->base, &holder))
		return 0;
	for (size_t i = 0; i < roots->n; i++) {
		if (str_eq(roots->items[i], holder.root))
			return 0;
	}
	roots->items[roots->n] = arena_strdup(roots->arena, holder.root);
	return roots->items[roots->n++] != NULL ? 0 : err_new(err, -ENOMEM, "out of memory");
}

int ids_roots(struct arena *arena, const char *registry, struct json_strings *out, struct err *err)
{
	struct roots roots = { .arena = arena };
	_fd_ int fd = -1;
	int r;

	*out = (struct json_strings){ 0 };
	roots.items = arena_array(arena, IDS_ROOTS_MAX + 1, sizeof(*roots.items));
	if (roots.items == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = ids_open_registry(registry, false, &fd, err);
	if (r != 0)
		return r == STORE_ABSENT ? 0 : r;
	roots.registry_fd = fd;
	r = ids_each(fd, add_root, &roots, err);
	*out = (struct json_strings){ .items = roots.items, .n = roots.n };
	return r;
}

/* --- the list ------------------------------------------------------------------------------------ */

struct list {
	struct arena *arena;
	const struct ids_pool *pool;
	int registry_fd;
	uint64_t now;
	struct host_ids_block *blocks;
	size_t n;
	size_t room;
};

/* Seconds of CLOCK_BOOTTIME as a date; a time of an earlier boot says nothing. */
static const char *since_text(const struct list *list, uint64_t since)
{
	char text[HOST_CLOCK_MAX];
	struct timespec when;

	if (since > list->now)
		return NULL;
	(void)clock_gettime(CLOCK_REALTIME, &when);
	when.tv_sec -= (time_t)(list->now - since);
	when.tv_nsec = 0;
	return arena_strdup(list->arena, host_clock_text(&when, text));
}

static int describe_claim(const struct list *list, struct host_ids_block *out, struct err *err)
{
	char text[HOST_CLOCK_MAX];
	struct ids_holder holder;
	struct timespec since;

	out->use = HOST_IDS_BROKEN;
	if (ids_claimed_at(list->registry_fd, out->first, &since))
		out->since = arena_strdup(list->arena, host_clock_text(&since, text));
	if (!ids_holder_read(list->registry_fd, out->first, &holder))
		return 0;
	out->use = ids_holder_is_stale(&holder, out->first) ? HOST_IDS_STALE : HOST_IDS_HELD;
	out->id = arena_strdup(list->arena, holder.id);
	out->root = arena_strdup(list->arena, holder.root);
	return out->id != NULL && out->root != NULL ? 0 : err_new(err, -ENOMEM, "out of memory");
}

static struct host_ids_block *new_block(struct list *list)
{
	if (list->n == list->room) {
		size_t room = list->room == 0 ? 64 : 2 * list->room;
		struct host_ids_block *blocks = arena_array(list->arena, room, sizeof(*blocks));

		if (blocks == NULL)
			return NULL;
		if (list->n > 0)
			memcpy(blocks, list->blocks, list->n * sizeof(*blocks));
		list->blocks = blocks;
		list->room = room;
	}
	return &list->blocks[list->n++];
}

static int list_slot(void *arg, const struct ids_slot *slot, struct err *err)
{
	struct list *list = arg;
	struct host_ids_block *block;
	bool rests = slot->state == IDS_FREE && slot->since != 0 && slot->since <= list->now &&
		     list->now - slot->since < IDS_QUARANTINE_S;

	if (slot->state == IDS_FREE && !rests)
		return 0;
	block = new_block(list);
	if (block == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	*block = (struct host_ids_block){
		.first = slot->base,
		.use = rests ? HOST_IDS_RESTING : HOST_IDS_FOREIGN,
		.in_pool = ids_pool_has(list->pool, slot->base),
	};
	if (slot->state == IDS_CLAIMED)
		return describe_claim(list, block, err);
	block->since = since_text(list, slot->since);
	return 0;
}

static int compare_blocks(const void *a, const void *b)
{
	const struct host_ids_block *left = a, *right = b;

	return left->first < right->first ? -1 : left->first > right->first;
}

static void count_blocks(struct host_ids *out)
{
	for (size_t i = 0; i < out->n_blocks; i++) {
		const struct host_ids_block *block = &out->blocks[i];

		if (!block->in_pool)
			continue;
		if (block->use == HOST_IDS_RESTING)
			out->n_resting++;
		else if (block->use == HOST_IDS_FOREIGN)
			out->n_foreign++;
		else
			out->n_held++;
	}
	out->n_free = out->n_total - out->n_held - out->n_resting - out->n_foreign;
}

int ids_list(struct arena *arena, const struct ids_pool *pool, const char *registry,
	struct host_ids *out, struct err *err)
{
	struct list list = { .arena = arena, .pool = pool, .now = ids_now() };
	_fd_ int fd = -1;
	int r = ids_open_registry(registry, false, &fd, err);

	*out = (struct host_ids){
		.user = pool->user,
		.shared = pool->shared,
		.ranges = pool->blocks.ranges,
		.n_ranges = pool->blocks.n_ranges,
		.n_total = ids_pool_count(pool),
	};
	if (r < 0)
		return r;
	list.registry_fd = fd;
	r = r == STORE_ABSENT ? 0 : ids_each(fd, list_slot, &list, err);
	if (list.n > 1)
		qsort(list.blocks, list.n, sizeof(*list.blocks), compare_blocks);
	out->blocks = list.blocks;
	out->n_blocks = list.n;
	count_blocks(out);
	return r;
}

/* --- the sweep ----------------------------------------------------------------------------------- */

struct sweeping {
	const struct ids_sweep *request;
	int registry_fd;
	uint64_t now;
	struct ids_set *used;
	bool looked; /* ->used is filled */
};

static int look(struct sweeping *sweeping, struct err *err)
{
	if (sweeping->looked)
		return 0;
	sweeping->looked = true;
	return ids_find_users(sweeping->used, err);
}

static bool is_recorded(const struct ids_sweep *request, uint32_t base)
{
	for (size_t i = 0; i < request->n_recorded; i++) {
		if (request->recorded[i] == base)
			return true;
	}
	return false;
}

static void report(const struct sweeping *sweeping, const struct ids_slot *slot,
	const struct ids_holder *holder, enum host_gc_action action, const char *reason)
{
	char base[16];
	const struct host_gc_item item = {
		.action = action,
		.kind = HOST_GC_IDS,
		.object = base,
		.id = holder != NULL ? holder->id : NULL,
		.root = holder != NULL ? holder->root : NULL,
		.reason = reason,
	};

	str_fmt(base, sizeof(base), "%u", slot->base);
	sweeping->request->each(sweeping->request->arg, &item);
}

/* One block from @slot's state to free, and a word about it. */
static void set_free(const struct sweeping *sweeping, const struct ids_slot *slot,
	const struct ids_holder *holder, const char *reason)
{
	const struct ids_slot to = {
		.base = slot->base,
		.state = IDS_FREE,
		.since = sweeping->now,
	};
	struct err err;

	if (sweeping->request->dry_run)
		report(sweeping, slot, holder, HOST_GC_PLANNED, reason);
	else if (ids_move(sweeping->registry_fd, slot, &to, &err) < 0)
		report(sweeping, slot, holder, HOST_GC_FAILED, err.msg);
	else
		report(sweeping, slot, holder, HOST_GC_DONE, reason);
}

static int sweep_claim(struct sweeping *sweeping, const struct ids_slot *slot, struct err *err)
{
	const struct ids_sweep *request = sweeping->request;
	struct ids_holder holder;
	bool known = ids_holder_read(sweeping->registry_fd, slot->base, &holder);
	const struct ids_holder *who = known ? &holder : NULL;

	if (known && !ids_holder_is_stale(&holder, slot->base))
		return 0;
	if (look(sweeping, err) < 0)
		return err->code;
	if (ids_set_has(sweeping->used, slot->base))
		report(sweeping, slot, who, HOST_GC_LEFT,
			known ? "its container is gone, but a process or an account uses the ids"
			      : "its claim cannot be read, and a process or an account uses the ids");
	else if (known)
		set_free(sweeping, slot, who, "its container is gone");
	else if (is_recorded(request, slot->base))
		report(sweeping, slot, who, HOST_GC_LEFT,
			"its claim cannot be read, but a container has it");
	else if (!request->all_read)
		report(sweeping, slot, who, HOST_GC_LEFT,
			"its claim cannot be read; it may be that of a container with a damaged state");
	else
		set_free(sweeping, slot, who, "its claim cannot be read, and nobody uses the ids");
	return 0;
}

static int sweep_slot(void *arg, const struct ids_slot *slot, struct err *err)
{
	struct sweeping *sweeping = arg;

	if (slot->state == IDS_FREE)
		return 0;
	if (slot->state == IDS_CLAIMED)
		return sweep_claim(sweeping, slot, err);
	if (look(sweeping, err) < 0)
		return err->code;
	if (!ids_set_has(sweeping->used, slot->base))
		set_free(sweeping, slot, NULL, "nobody outside caisson uses the ids any more");
	return 0;
}

int ids_sweep(const char *registry, const struct ids_sweep *sweep, struct err *err)
{
	_ids_set_ struct ids_set *used = ids_set_new(err);
	struct sweeping sweeping = { .request = sweep, .now = ids_now(), .used = used };
	_fd_ int fd = -1;
	int r;

	if (used == NULL)
		return -ENOMEM;
	r = ids_open_registry(registry, false, &fd, err);
	if (r != 0)
		return r == STORE_ABSENT ? 0 : r;
	sweeping.registry_fd = fd;
	return ids_each(fd, sweep_slot, &sweeping, err);
}
