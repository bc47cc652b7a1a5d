/*
 * linux.resources as files and values, for the version of the hierarchy that has the controller.
 * First all values are collected, because the controllers they need have to be known before the
 * first directory is made; then each becomes a step.
 *
 * ORDER: within a controller as the kernel's own checks want it: memory before memory + swap,
 * period before quota before burst, shares before idle, unified last (it overrides).
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"

#include "cgroup.h"
#include "limits.h"

#include "base/banned.h"

enum {
	LIMITS_FIRST = 32,
};

static void grow(struct plan_limits *l)
{
	size_t capacity = l->capacity != 0 ? 2 * l->capacity : LIMITS_FIRST;
	struct plan_limit *items = arena_array(l->arena, capacity, sizeof(*items));

	if (items == NULL) {
		l->result = err_new(l->err, -ENOMEM, "out of memory");
		return;
	}
	if (l->n > 0)
		memcpy(items, l->items, l->n * sizeof(*items));
	l->items = items;
	l->capacity = capacity;
}

void plan_limit_put(struct plan_limits *l, const char *pointer, const char *file, unsigned flags,
	const char *value)
{
	if (l->result < 0)
		return;
	if (pointer == NULL || file == NULL || value == NULL) {
		l->result = err_new(l->err, -ENOMEM, "out of memory");
		return;
	}
	if (l->n == l->capacity)
		grow(l);
	if (l->result < 0)
		return;
	l->items[l->n++] = (struct plan_limit){
		.pointer = pointer,
		.controller = l->controller,
		.hierarchy = l->hierarchy,
		.file = file,
		.value = value,
		.flags = flags,
	};
}

void plan_limit_refuse(struct plan_limits *l, const char *pointer, const char *file_v1)
{
	if (l->result < 0)
		return;
	l->result = err_new(l->err, -ENOTSUP,
		"%s: cgroup v2 has nothing that corresponds to the v1 file %s", pointer, file_v1);
}

const char *plan_limit_number(struct plan_limits *l, int64_t n)
{
	return arena_fmt(l->arena, "%lld", (long long)n);
}

const char *plan_limit_u64(struct plan_limits *l, uint64_t n)
{
	return arena_fmt(l->arena, "%llu", (unsigned long long)n);
}

/* --- memory -------------------------------------------------------------------------------------- */

/* bytes: negative is unlimited, 0 is not set (as every engine sends it) */
static void put_bytes(
	struct plan_limits *l, bool has, int64_t n, const char *pointer, const char *file)
{
	if (!has || n == 0)
		return;
	if (n > 0)
		plan_limit_put(l, pointer, file, 0, plan_limit_number(l, n));
	else
		plan_limit_put(l, pointer, file, 0, l->is_v2 ? "max" : "-1");
}

static void put_swap_v1(struct plan_limits *l, int64_t swap)
{
	const char *file = "memory.memsw.limit_in_bytes";

	/* A kernel without swap accounting has no such file, and nothing to be unlimited. */
	if (swap < 0)
		plan_limit_put(l, PLAN_POINTER_SWAP, file, PLAN_SET_OPTIONAL, "-1");
	else
		put_bytes(l, true, swap, PLAN_POINTER_SWAP, file);
}

/* v1 counts memory and swap together, v2 swap alone. check_swap() has seen the pair. */
static void put_swap_v2(struct plan_limits *l)
{
	const struct config_resources *r = l->resources;
	const char *file = "memory.swap.max";
	int64_t memory = r->has_memory_limit ? r->memory_limit : l->now->memory_limit;

	if (r->has_memory_swap && r->memory_swap > 0) {
		/* none at all can be had without swap accounting too */
		plan_limit_put(l, PLAN_POINTER_SWAP, file,
			r->memory_swap == memory ? PLAN_SET_OPTIONAL : 0,
			plan_limit_number(l, r->memory_swap - memory));
	} else if ((r->has_memory_swap && r->memory_swap < 0) ||
		   (r->has_memory_limit && r->memory_limit < 0)) {
		plan_limit_put(l, PLAN_POINTER_SWAP, file, PLAN_SET_OPTIONAL, "max");
	}
}

static int check_swap(const struct plan_limits *l)
{
	const struct config_resources *r = l->resources;
	int64_t memory = r->has_memory_limit ? r->memory_limit : l->now->memory_limit;

	if (!r->has_memory_swap || r->memory_swap <= 0)
		return 0;
	if (memory <= 0)
		return err_new(l->err, -EINVAL,
			PLAN_POINTER_SWAP
			": counts memory and swap together, so it needs a memory limit");
	if (r->memory_swap < memory)
		return err_new(l->err, -EINVAL,
			PLAN_POINTER_SWAP
			": %lld is below the memory limit %lld, which it includes",
			(long long)r->memory_swap, (long long)memory);
	return 0;
}

static void collect_memory_v1(struct plan_limits *l)
{
	const struct config_resources *r = l->resources;
	static const char dir[] = "/linux/resources/memory";

	if (r->has_memory_swap)
		put_swap_v1(l, r->memory_swap);
	put_bytes(l, r->has_memory_reservation, r->memory_reservation,
		"/linux/resources/memory/reservation", "memory.soft_limit_in_bytes");
	if (r->has_memory_swappiness)
		plan_limit_put(l, arena_fmt(l->arena, "%s/swappiness", dir), "memory.swappiness", 0,
			plan_limit_u64(l, r->memory_swappiness));
	if (r->memory_oom_disabled)
		plan_limit_put(l, arena_fmt(l->arena, "%s/disableOOMKiller", dir),
			"memory.oom_control", 0, "1");
	if (r->memory_hierarchy)
		plan_limit_put(l, arena_fmt(l->arena, "%s/useHierarchy", dir),
			"memory.use_hierarchy", 0, "1");
}

static void collect_memory(struct plan_limits *l)
{
	const struct config_resources *r = l->resources;
	int check = check_swap(l);

	if (check < 0) {
		l->result = check;
		return;
	}
	put_bytes(l, r->has_memory_limit, r->memory_limit, PLAN_POINTER_MEMORY,
		l->is_v2 ? "memory.max" : "memory.limit_in_bytes");
	if (!l->is_v2) {
		collect_memory_v1(l);
		return;
	}
	put_swap_v2(l);
	put_bytes(l, r->has_memory_reservation, r->memory_reservation,
		"/linux/resources/memory/reservation", "memory.low");
	/* useHierarchy: a v2 tree always is one */
	if (r->has_memory_swappiness)
		plan_limit_refuse(l, "/linux/resources/memory/swappiness", "memory.swappiness");
	if (r->memory_oom_disabled)
		plan_limit_refuse(
			l, "/linux/resources/memory/disableOOMKiller", "memory.oom_control");
}

/* --- cpu ------------------------------------------------------------------------------------------ */

/* v2 has one file for both: "QUOTA PERIOD". A quota alone leaves the period as it is; a period
 * alone has to say the quota again. */
static void put_cpu_max(struct plan_limits *l)
{
	const struct config_resources *r = l->resources;
	bool has_quota = r->has_cpu_quota && r->cpu_quota != 0;
	int64_t quota = has_quota ? r->cpu_quota : l->now->cpu_quota;
	const char *pointer =
		has_quota ? "/linux/resources/cpu/quota" : "/linux/resources/cpu/period";
	const char *text = quota > 0 ? plan_limit_number(l, quota) : "max";
	/* said again, as systemd knows the quota as a share of the period */
	uint64_t period = r->cpu_period != 0 ? r->cpu_period : l->now->cpu_period;

	if (!has_quota && r->cpu_period == 0)
		return;
	if (period != 0 && text != NULL)
		text = arena_fmt(l->arena, "%s %llu", text, (unsigned long long)period);
	plan_limit_put(l, pointer, "cpu.max", 0, text);
}

static void put_cpu_times_v1(struct plan_limits *l)
{
	const struct config_resources *r = l->resources;

	if (r->cpu_period != 0)
		plan_limit_put(l, "/linux/resources/cpu/period", "cpu.cfs_period_us", 0,
			plan_limit_u64(l, r->cpu_period));
	if (r->has_cpu_quota && r->cpu_quota != 0)
		plan_limit_put(l, "/linux/resources/cpu/quota", "cpu.cfs_quota_us", 0,
			plan_limit_number(l, r->cpu_quota > 0 ? r->cpu_quota : -1));
}

/* No cgroup above may have less realtime than one below, and new ones have none. */
static void put_realtime(struct plan_limits *l)
{
	const struct config_resources *r = l->resources;
	const char *period = "/linux/resources/cpu/realtimePeriod";
	const char *runtime = "/linux/resources/cpu/realtimeRuntime";

	if (r->cpu_rt_period != 0 && l->is_v2)
		plan_limit_refuse(l, period, "cpu.rt_period_us");
	else if (r->cpu_rt_period != 0)
		plan_limit_put(l, period, "cpu.rt_period_us", PLAN_SET_ANCESTORS,
			plan_limit_u64(l, r->cpu_rt_period));
	if (r->cpu_rt_runtime != 0 && l->is_v2)
		plan_limit_refuse(l, runtime, "cpu.rt_runtime_us");
	else if (r->cpu_rt_runtime != 0)
		plan_limit_put(l, runtime, "cpu.rt_runtime_us", PLAN_SET_ANCESTORS,
			plan_limit_number(l, r->cpu_rt_runtime));
}

static void collect_cpu(struct plan_limits *l)
{
	const struct config_resources *r = l->resources;
	uint64_t shares = l->is_v2 ? plan_cpu_weight(r->cpu_shares) : r->cpu_shares;

	if (l->is_v2)
		put_cpu_max(l);
	else
		put_cpu_times_v1(l);
	if (r->has_cpu_burst)
		plan_limit_put(l, "/linux/resources/cpu/burst",
			l->is_v2 ? "cpu.max.burst" : "cpu.cfs_burst_us",
			r->cpu_burst == 0 ? PLAN_SET_OPTIONAL : 0, plan_limit_u64(l, r->cpu_burst));
	if (shares != 0)
		plan_limit_put(l, "/linux/resources/cpu/shares",
			l->is_v2 ? "cpu.weight" : "cpu.shares", 0, plan_limit_u64(l, shares));
	if (r->has_cpu_idle)
		plan_limit_put(l, "/linux/resources/cpu/idle", "cpu.idle",
			r->cpu_idle == 0 ? PLAN_SET_OPTIONAL : 0,
			plan_limit_number(l, r->cpu_idle));
	put_realtime(l);
}

static void collect_cpuset(struct plan_limits *l)
{
	const struct config_resources *r = l->resources;

	if (r->cpuset_cpus != NULL && *r->cpuset_cpus != '\0')
		plan_limit_put(l, "/linux/resources/cpu/cpus", "cpuset.cpus", 0, r->cpuset_cpus);
	if (r->cpuset_mems != NULL && *r->cpuset_mems != '\0')
		plan_limit_put(l, "/linux/resources/cpu/mems", "cpuset.mems", 0, r->cpuset_mems);
}

/* --- pids ------------------------------------------------------------------------------------------ */

/* 0 is a limit: no process may be made (T-22). v2: the first process is born inside, which 0 would
 * forbid; 1 says the same of every one after it. */
static void collect_pids(struct plan_limits *l)
{
	const struct config_resources *r = l->resources;
	int64_t limit = l->is_v2 && r->pids_limit == 0 ? 1 : r->pids_limit;

	if (r->has_pids_limit)
		plan_limit_put(l, PLAN_POINTER_PIDS, "pids.max", 0,
			limit < 0 ? "max" : plan_limit_number(l, limit));
}

/* --- all of them ------------------------------------------------------------------------------------ */

static const struct {
	const char *controller;
	const char *controller_v2; /* where its name is another one */
	void (*collect)(struct plan_limits *l);
} subjects[] = {
	{ "memory", NULL, collect_memory },
	{ "cpu", NULL, collect_cpu },
	{ "cpuset", NULL, collect_cpuset },
	{ "pids", NULL, collect_pids },
	{ "blkio", "io", plan_collect_block_io },
	{ "hugetlb", NULL, plan_collect_huge_pages },
	{ "net_cls", NULL, plan_collect_net_class },
	{ "net_prio", NULL, plan_collect_net_priorities },
	{ "rdma", NULL, plan_collect_rdma },
	{ NULL, NULL, plan_collect_unified },
};

static void find_place(struct plan_limits *l, const char *controller, const char *controller_v2)
{
	l->controller = controller;
	l->hierarchy = controller != NULL ? facts_find_controller(l->facts, controller) : NULL;
	if (l->hierarchy == NULL && controller_v2 != NULL) {
		l->hierarchy = facts_find_controller(l->facts, controller_v2);
		if (l->hierarchy != NULL || l->facts->cgroup_mode == FACTS_CGROUP_V2)
			l->controller = controller_v2;
	}
	l->is_v2 = l->hierarchy != NULL ? l->hierarchy->is_v2
					: l->facts->cgroup_mode == FACTS_CGROUP_V2;
}

int plan_limits_collect(struct arena *arena, const struct config_resources *resources,
	const struct facts *facts, const struct plan_cgroup_now *now, struct plan_limits *out,
	struct err *err)
{
	static const struct plan_cgroup_now nothing;

	*out = (struct plan_limits){
		.arena = arena,
		.resources = resources,
		.facts = facts,
		.now = now != NULL ? now : &nothing,
		.err = err,
	};
	for (size_t i = 0; i < ARRAY_SIZE(subjects) && out->result == 0; i++) {
		find_place(out, subjects[i].controller, subjects[i].controller_v2);
		subjects[i].collect(out);
	}
	return out->result;
}

/* --- steps ------------------------------------------------------------------------------------------ */

static int err_missing(
	const struct plan_builder *b, const struct plan_limit *limit, struct err *err)
{
	bool is_v2 = b->facts->cgroup_mode == FACTS_CGROUP_V2;

	return err_new(err, -ENOTSUP, "%s: needs the %s controller (file %s), which is not %s",
		limit->pointer, limit->controller, limit->file,
		is_v2 ? "available on this host" : "mounted on this host");
}

static int add_limit(struct plan_builder *b, const struct plan_cgroup_slots *slots,
	const struct plan_limit *limit, struct err *err)
{
	struct plan_step *step;

	if (limit->hierarchy == NULL)
		return err_missing(b, limit, err);
	if (!slots->usable)
		return err_new(err, -ENOTSUP,
			"%s: needs a cgroup of the container's own, and this caller can't make one here",
			limit->pointer);
	step = plan_add(b, PLAN_CGROUP_SET, plan_cgroup_slot(b, slots, limit->hierarchy));
	step->ref[0] = plan_add_string(b, limit->file);
	step->ref[1] = plan_add_string(b, limit->value);
	step->ref[2] = plan_add_string(b, limit->pointer);
	step->num[0] = (limit->flags & PLAN_SET_OPTIONAL) != 0;
	step->num[1] = (limit->flags & PLAN_SET_ELSE_NEXT) != 0;
	step->num[2] = (limit->flags & PLAN_SET_ANCESTORS) != 0;
	return 0;
}

int plan_build_cgroup_limits(struct plan_builder *b, const struct plan_cgroup_slots *slots,
	const struct plan_limits *limits, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < limits->n; i++)
		r = add_limit(b, slots, &limits->items[i], err);
	return r;
}

static bool has_controller(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = list; (at = strstr(at, name)) != NULL; at += len)
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

const char *plan_build_cgroup_needs(
	struct plan_builder *b, const struct plan_limits *limits, const struct facts_hierarchy *h)
{
	const char *needs = "";

	for (size_t i = 0; needs != NULL && i < limits->n; i++) {
		const struct plan_limit *limit = &limits->items[i];

		if (limit->hierarchy != h || limit->controller == NULL ||
			has_controller(needs, limit->controller))
			continue;
		needs = arena_fmt(
			b->arena, "%s%s%s", needs, *needs != '\0' ? " " : "", limit->controller);
	}
	return needs;
}
