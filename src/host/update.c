#include <errno.h>

#include "base/fd.h"
#include "facts/facts.h"
#include "host/cgroup/cgroup.h"

#include "launch.h"
#include "process.h"

#include "base/banned.h"

static int make_request(struct arena *arena, const struct store_record *record,
	const struct config_resources *resources, struct plan_update_request *out, struct err *err)
{
	struct plan_cgroup_place *places =
		arena_array(arena, record->n_cgroups + 1, sizeof(*places));

	if (places == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < record->n_cgroups; i++)
		places[i] = (struct plan_cgroup_place){
			.path = record->cgroups[i].path,
			.is_v2 = record->cgroups[i].is_v2,
		};
	*out = (struct plan_update_request){
		.id = record->id,
		.resources = resources,
		.places = places,
		.n_places = record->n_cgroups,
		.unit = record->unit,
		.unit_is_user = record->unit_is_user,
		.devices_limited = record->devices_limited,
		.check_memory = record->check_memory,
		.rootless = record->rootless,
	};
	cgroup_now(record, &out->now);
	return 0;
}

/* v1 has no way to put another device list in force in one step: nobody runs meanwhile. */
static int change(struct arena *arena, const struct store_record *record, const struct plan *plan,
	bool freeze, struct err *err)
{
	struct err later;
	int r;

	if (freeze && !cgroup_is_frozen(record)) {
		r = cgroup_freeze(record, err);
		if (r < 0)
			return r;
		r = cgroup_update(arena, plan, err);
		if (cgroup_unfreeze(record, r == 0 ? err : &later) < 0 && r == 0)
			r = err->code;
		return r;
	}
	return cgroup_update(arena, plan, err);
}

static bool has_device_rules(const struct plan *plan)
{
	for (size_t i = 0; i < plan->header->n_steps; i++)
		if (plan->steps[i].kind == PLAN_DEVICE_RULE)
			return true;
	return false;
}

/* What audit is to expect from now on. A device list is no value of a file. */
static int remember(
	int entry_fd, const char *id, struct arena *arena, const struct plan *plan, struct err *err)
{
	size_t room = (size_t)plan->header->n_steps + 1;
	const char **files = arena_array(arena, room, sizeof(*files));
	const char **values = arena_array(arena, room, sizeof(*values));
	const struct plan_step *dir = NULL;
	size_t n = 0;

	if (files == NULL || values == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		for (uint32_t k = 0; k < i && step->kind == PLAN_CGROUP_SET; k++) {
			if (plan->steps[k].kind == PLAN_CGROUP_DIR &&
				plan->steps[k].slot == step->slot)
				dir = &plan->steps[k];
		}
		if (step->kind != PLAN_CGROUP_SET || dir == NULL)
			continue;
		files[n] = arena_fmt(arena, "%s%s/%s", plan_string(plan, &dir->ref[0]),
			plan_string(plan, &dir->ref[1]), plan_string(plan, &step->ref[0]));
		values[n] = plan_string(plan, &step->ref[1]);
		if (files[n++] == NULL)
			return err_new(err, -ENOMEM, "out of memory");
	}
	return store_limits_add(entry_fd, id, &(struct json_strings){ .items = files, .n = n },
		&(struct json_strings){ .items = values, .n = n }, err);
}

static int decide(const struct host_context *ctx, struct arena *arena,
	const struct store_record *record, const struct config_resources *resources,
	struct err *err)
{
	const struct policy_demands demands = {
		.profile = record->profile,
		.memory_required = record->memory_required,
		.pids_required = record->pids_required,
	};
	struct policy_decisions decisions;
	int r = policy_decide_update(arena, &demands, resources, &decisions, err);

	if (r == 0)
		r = host_trail_decided(ctx, record->id, record->bundle, &decisions, err);
	return r < 0 || decisions.n_refused == 0 ? r : host_refuse(&decisions, NULL, err);
}

int host_update(const struct host_context *ctx, const char *id,
	const struct config_resources *resources, struct err *err)
{
	_host_entry_ struct host_entry entry = HOST_ENTRY_NONE;
	_arena_ struct arena arena = { 0 };
	struct host_open_request request = { .id = id, .lock = true };
	struct plan_update_request update;
	struct store_record record;
	struct facts facts = { 0 };
	struct plan plan;
	int r;

	r = host_open(ctx, &request, &arena, &entry, &record, err);
	if (r < 0)
		return r;
	if (host_record_status(entry.entry_fd, &record) == HOST_STOPPED)
		return err_new(err, -ESRCH, "container not running");
	r = decide(ctx, &arena, &record, resources, err);
	if (r == -POLICY_REFUSED) /* the audit log has it */
		return r;
	if (r == 0)
		r = facts_gather(&arena, &facts, err);
	if (r == 0)
		r = make_request(&arena, &record, resources, &update, err);
	if (r == 0)
		r = plan_build_update(&arena, &facts, &update, &plan, err);
	if (r == 0)
		r = change(&arena, &record, &plan, has_device_rules(&plan), err);
	if (r == 0)
		r = remember(entry.entry_fd, id, &arena, &plan, err);
	(void)host_trail_step(ctx, &record, "update", r, err);
	if (r < 0 || !resources->memory_check_before_update || record.check_memory)
		return r;
	record.check_memory = true;
	return store_save(entry.entry_fd, &record, err);
}
