/*
 * The plan of an update: which files of a container that exists get which values. It has steps of
 * the first stage only, all about cgroups, and goes nowhere but to src/host/cgroup.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"

#include "cgroup.h"
#include "limits.h"

#include "base/banned.h"

static int err_in_use(const char *pointer, uint64_t usage, int64_t limit, struct err *err)
{
	return err_new(err, -EBUSY, "%s: %llu bytes are in use, more than the new limit of %lld",
		pointer, (unsigned long long)usage, (long long)limit);
}

/* memory.checkBeforeUpdate: the kernel would push out pages, or kill, to get below the new limit */
static int check_usage(const struct plan_update_request *request, struct err *err)
{
	const struct config_resources *r = request->resources;
	const struct plan_cgroup_now *now = &request->now;

	if (!request->check_memory && !r->memory_check_before_update)
		return 0;
	if (r->has_memory_limit && r->memory_limit > 0 &&
		now->memory_usage > (uint64_t)r->memory_limit)
		return err_in_use(PLAN_POINTER_MEMORY, now->memory_usage, r->memory_limit, err);
	if (r->has_memory_swap && r->memory_swap > 0 && now->swap_usage > (uint64_t)r->memory_swap)
		return err_in_use(PLAN_POINTER_SWAP, now->swap_usage, r->memory_swap, err);
	return 0;
}

/* The part of @path below the hierarchy @h, or NULL when it is not there */
static const char *path_below(
	const struct facts_hierarchy *h, const struct plan_cgroup_place *place)
{
	size_t len = strlen(h->mountpoint);

	if (h->is_v2 != place->is_v2 || !str_starts(place->path, h->mountpoint) ||
		place->path[len] != '/')
		return NULL;
	return place->path + len;
}

static int add_place(struct plan_builder *b, const struct plan_limits *limits,
	const struct facts_hierarchy *h, const struct plan_cgroup_place *place, int slot,
	struct err *err)
{
	const char *needs = plan_build_cgroup_needs(b, limits, h);
	struct plan_step *step;

	if (needs == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	step = plan_add(b, PLAN_CGROUP_DIR, slot);
	step->ref[0] = plan_add_string(b, h->mountpoint);
	step->ref[1] = plan_add_string(b, path_below(h, place));
	step->ref[2] = plan_add_string(b, needs);
	step->num[0] = h->is_v2 ? 1 : 0;
	step->num[1] = 1;
	return 0;
}

static const struct plan_cgroup_place *find_place(
	const struct plan_update_request *request, const struct facts_hierarchy *h)
{
	for (size_t i = 0; i < request->n_places; i++)
		if (path_below(h, &request->places[i]) != NULL)
			return &request->places[i];
	return NULL;
}

/* A hierarchy that the container has no directory in is none for it. */
static int add_places(struct plan_builder *b, const struct plan_update_request *request,
	const struct plan_limits *limits, struct plan_cgroup_slots *slots, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < b->facts->n_hierarchies && r == 0; i++) {
		const struct facts_hierarchy *h = &b->facts->hierarchies[i];
		const struct plan_cgroup_place *place = find_place(request, h);

		slots->slots[i] = PLAN_SLOT_NONE;
		if (place == NULL)
			continue;
		slots->usable = true;
		slots->slots[i] = plan_new_slot(b);
		r = add_place(b, limits, h, place, slots->slots[i], err);
	}
	return r;
}

static int check_places(const struct plan_builder *b, const struct plan_cgroup_slots *slots,
	const struct plan_limits *limits, struct err *err)
{
	for (size_t i = 0; i < limits->n; i++) {
		const struct plan_limit *limit = &limits->items[i];

		if (limit->hierarchy != NULL &&
			plan_cgroup_slot(b, slots, limit->hierarchy) == PLAN_SLOT_NONE)
			return err_new(err, -ENOTSUP,
				"%s: this container has no cgroup of its own with file %s",
				limit->pointer, limit->file);
	}
	return 0;
}

static int build(struct plan_builder *b, const struct plan_update_request *request, struct err *err)
{
	struct plan_cgroup_slots slots = { 0 };
	struct plan_limits limits;
	int r = plan_limits_collect(
		b->arena, request->resources, b->facts, &request->now, &limits, err);

	if (r == 0)
		r = add_places(b, request, &limits, &slots, err);
	if (r == 0)
		r = check_places(b, &slots, &limits, err);
	if (r == 0)
		r = plan_build_cgroup_limits(b, &slots, &limits, err);
	if (r == 0 && request->unit != NULL) {
		slots.unit = (struct plan_cgroup_unit){ .name = request->unit,
			.is_user = request->unit_is_user };
		plan_build_unit_limits(b, &slots, &limits);
	}
	/* The list of create knows more than that of an update: it is left alone where it is ours. */
	if (r == 0 && request->resources->n_devices > 0 && !request->devices_limited)
		r = plan_build_cgroup_devices(b, &slots, err);
	return r;
}

int plan_build_update(struct arena *arena, const struct facts *facts,
	const struct plan_update_request *request, struct plan *out, struct err *err)
{
	const struct policy_profile profile = { .devices_limited = request->devices_limited };
	const struct policy_decisions decisions = {
		.profile = &profile,
		.config = { .resources = *request->resources },
		.is_rootless = request->rootless,
	};
	const struct plan_request common = { .id = request->id };
	_cleanup_(plan_builder_done) struct plan_builder b = {
		.arena = arena,
		.decisions = &decisions,
		.config = &decisions.config,
		.facts = facts,
		.request = &common,
		.n_slots = PLAN_SLOT_FIRST,
	};
	struct plan_header header = { 0 };
	int r = check_usage(request, err);

	if (r < 0)
		return r;
	/* offset 0 of the data area stays unused: {0, 0} means none */
	plan_add_blob(&b, "caisson", 8);
	header.id = plan_add_string(&b, request->id);
	r = build(&b, request, err);
	return r < 0 ? r : plan_builder_finish(&b, &header, out, err);
}
