/*
 * linux.resources as files and values. One table: a row is a field of the configuration, the
 * controller that carries it and its file on either version. A row without a value writes nothing.
 */
#include <errno.h>

#include "base/str.h"

#include "cgroup.h"

#include "base/banned.h"

struct value {
	const char *text; /* NULL: not set */
	char buf[PLAN_LIMIT_TEXT_MAX];
};

struct limit {
	const char *pointer;
	const char *controller;
	const char *file_v1;
	const char *file_v2;
	void (*value)(const struct config_resources *r, bool is_v2, struct value *out);
};

static void set_number(struct value *out, int64_t n)
{
	str_fmt(out->buf, sizeof(out->buf), "%lld", (long long)n);
	out->text = out->buf;
}

/* bytes: negative is unlimited, 0 is not set (as every engine sends it) */
static void set_bytes(struct value *out, bool has, int64_t n, bool is_v2)
{
	if (!has || n == 0)
		return;
	if (n > 0)
		set_number(out, n);
	else
		out->text = is_v2 ? "max" : "-1";
}

static void memory_limit(const struct config_resources *r, bool is_v2, struct value *out)
{
	set_bytes(out, r->has_memory_limit, r->memory_limit, is_v2);
}

/* v1 counts memory and swap together, v2 swap alone. check_swap() has seen the pair. */
static void memory_swap(const struct config_resources *r, bool is_v2, struct value *out)
{
	if (!is_v2 || !r->has_memory_swap || r->memory_swap <= 0)
		set_bytes(out, r->has_memory_swap, r->memory_swap, is_v2);
	else
		set_number(out, r->memory_swap - r->memory_limit);
	if (is_v2 && out->text == NULL && r->has_memory_limit && r->memory_limit < 0)
		out->text = "max";
}

static void memory_reservation(const struct config_resources *r, bool is_v2, struct value *out)
{
	set_bytes(out, r->has_memory_reservation, r->memory_reservation, is_v2);
}

static void cpu_period(const struct config_resources *r, bool is_v2, struct value *out)
{
	if (is_v2 || r->cpu_period == 0)
		return;
	str_fmt(out->buf, sizeof(out->buf), "%llu", (unsigned long long)r->cpu_period);
	out->text = out->buf;
}

/* v2 has one file for both: "QUOTA PERIOD". A quota alone leaves the period as it is. */
static void cpu_max(const struct config_resources *r, struct value *out)
{
	char quota[24] = "max";

	if (r->has_cpu_quota && r->cpu_quota > 0)
		str_fmt(quota, sizeof(quota), "%lld", (long long)r->cpu_quota);
	if (r->cpu_period != 0)
		str_fmt(out->buf, sizeof(out->buf), "%s %llu", quota,
			(unsigned long long)r->cpu_period);
	else
		str_fmt(out->buf, sizeof(out->buf), "%s", quota);
	out->text = out->buf;
}

static void cpu_quota(const struct config_resources *r, bool is_v2, struct value *out)
{
	bool has_quota = r->has_cpu_quota && r->cpu_quota != 0;

	if (is_v2 && (has_quota || r->cpu_period != 0))
		cpu_max(r, out);
	else if (has_quota)
		set_number(out, r->cpu_quota > 0 ? r->cpu_quota : -1);
}

static void cpu_shares(const struct config_resources *r, bool is_v2, struct value *out)
{
	uint64_t n = is_v2 ? plan_cpu_weight(r->cpu_shares) : r->cpu_shares;

	if (n == 0)
		return;
	str_fmt(out->buf, sizeof(out->buf), "%llu", (unsigned long long)n);
	out->text = out->buf;
}

static void cpuset_cpus(const struct config_resources *r, bool is_v2, struct value *out)
{
	(void)is_v2;
	if (r->cpuset_cpus != NULL && *r->cpuset_cpus != '\0')
		out->text = r->cpuset_cpus;
}

static void cpuset_mems(const struct config_resources *r, bool is_v2, struct value *out)
{
	(void)is_v2;
	if (r->cpuset_mems != NULL && *r->cpuset_mems != '\0')
		out->text = r->cpuset_mems;
}

/* 0 is a limit: no process may be made (T-22). v2: the first process is born inside, which 0 would
 * forbid; 1 says the same of every one after it. */
static void pids_limit(const struct config_resources *r, bool is_v2, struct value *out)
{
	if (!r->has_pids_limit)
		return;
	if (r->pids_limit < 0)
		out->text = "max";
	else
		set_number(out, is_v2 && r->pids_limit == 0 ? 1 : r->pids_limit);
}

/* ORDER: memory before memory + swap, the kernel wants the second never below the first; period
 * before quota, the pair is checked at the second write. */
static const struct limit limits[] = {
	{ "/linux/resources/memory/limit", "memory", "memory.limit_in_bytes", "memory.max",
		memory_limit },
	{ "/linux/resources/memory/swap", "memory", "memory.memsw.limit_in_bytes",
		"memory.swap.max", memory_swap },
	{ "/linux/resources/memory/reservation", "memory", "memory.soft_limit_in_bytes",
		"memory.low", memory_reservation },
	{ "/linux/resources/cpu/period", "cpu", "cpu.cfs_period_us", "cpu.max", cpu_period },
	{ "/linux/resources/cpu/quota", "cpu", "cpu.cfs_quota_us", "cpu.max", cpu_quota },
	{ "/linux/resources/cpu/shares", "cpu", "cpu.shares", "cpu.weight", cpu_shares },
	{ "/linux/resources/cpu/cpus", "cpuset", "cpuset.cpus", "cpuset.cpus", cpuset_cpus },
	{ "/linux/resources/cpu/mems", "cpuset", "cpuset.mems", "cpuset.mems", cpuset_mems },
	{ "/linux/resources/pids/limit", "pids", "pids.max", "pids.max", pids_limit },
};

static int check_swap(const struct config_resources *r, struct err *err)
{
	if (!r->has_memory_swap || r->memory_swap <= 0)
		return 0;
	if (!r->has_memory_limit || r->memory_limit <= 0)
		return err_new(err, -EINVAL,
			"/linux/resources/memory/swap: counts memory and swap together, so it needs a "
			"memory limit");
	if (r->memory_swap < r->memory_limit)
		return err_new(err, -EINVAL,
			"/linux/resources/memory/swap: %lld is below the memory limit %lld, which it includes",
			(long long)r->memory_swap, (long long)r->memory_limit);
	return 0;
}

static int err_missing(const struct plan_builder *b, const struct limit *limit, struct err *err)
{
	bool is_v2 = b->facts->cgroup_mode == FACTS_CGROUP_V2;

	return err_new(err, -ENOTSUP, "%s: needs the %s controller (file %s), which is not %s",
		limit->pointer, limit->controller, is_v2 ? limit->file_v2 : limit->file_v1,
		is_v2 ? "available on this host" : "mounted on this host");
}

static int add_limit(struct plan_builder *b, const struct plan_cgroup_slots *slots,
	const struct limit *limit, struct err *err)
{
	const struct facts_hierarchy *h = facts_find_controller(b->facts, limit->controller);
	struct value value = { 0 };
	struct plan_step *step;

	limit->value(&b->config->resources, h != NULL && h->is_v2, &value);
	if (value.text == NULL)
		return 0;
	if (h == NULL)
		return err_missing(b, limit, err);
	if (!slots->usable)
		return err_new(err, -ENOTSUP,
			"%s: needs a cgroup of the container's own, and this caller can't make one here",
			limit->pointer);
	step = plan_add(b, PLAN_CGROUP_SET, plan_cgroup_slot(b, slots, h));
	step->ref[0] = plan_add_string(b, h->is_v2 ? limit->file_v2 : limit->file_v1);
	step->ref[1] = plan_add_string(b, value.text);
	return 0;
}

int plan_build_cgroup_limits(
	struct plan_builder *b, const struct plan_cgroup_slots *slots, struct err *err)
{
	int r = check_swap(&b->config->resources, err);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(limits); i++)
		r = add_limit(b, slots, &limits[i], err);
	return r;
}

const char *plan_build_cgroup_needs(struct plan_builder *b, const struct facts_hierarchy *h)
{
	const char *needs = "", *last = "";

	for (size_t i = 0; needs != NULL && i < ARRAY_SIZE(limits); i++) {
		struct value value = { 0 };

		limits[i].value(&b->config->resources, h->is_v2, &value);
		if (value.text == NULL || str_eq(limits[i].controller, last) ||
			facts_find_controller(b->facts, limits[i].controller) != h)
			continue;
		last = limits[i].controller;
		needs = arena_fmt(b->arena, "%s%s%s", needs, *needs != '\0' ? " " : "", last);
	}
	return needs;
}
