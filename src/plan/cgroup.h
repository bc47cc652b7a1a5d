/*
 * The parts of plan_build_cgroups() that are about one subject each.
 *
 * Runs in: host. Pure. Local to src/plan.
 */
#ifndef PLAN_CGROUP_H
#define PLAN_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

#include "build.h"

enum {
	PLAN_DEVICE_RULES_MAX = 1024, /* of one container, the defaults included */
	PLAN_CPU_SHARES_MIN = 2,      /* the kernel's bounds of cpu.shares and cpu.weight */
	PLAN_CPU_SHARES_MAX = 262144,
	PLAN_CPU_WEIGHT_MAX = 10000,
};

/* The systemd unit that is the container's cgroup. */
struct plan_cgroup_unit {
	const char *name; /* NULL: cgroups are made without systemd */
	const char *slice;
	const char *path; /* its cgroup, below the hierarchy's mountpoint */
	bool is_user;     /* of the caller's own systemd */
};

/* Where the files of a hierarchy go: slots[i] is that of facts->hierarchies[i]. */
struct plan_cgroup_slots {
	int slots[FACTS_HIERARCHIES_MAX];
	bool usable; /* false: no cgroup is made, so nothing can be limited */
	struct plan_cgroup_unit unit;
};

/** plan_cgroup_slot() - slot of a hierarchy of the facts */
int plan_cgroup_slot(const struct plan_builder *b, const struct plan_cgroup_slots *slots,
	const struct facts_hierarchy *hierarchy);

/** plan_cpu_weight() - cpu.weight of v2 that means the same as @shares of v1; 0 = unset */
uint64_t plan_cpu_weight(uint64_t shares);

/** plan_io_weight() - io.weight of v2 for a weight of v1, 10 .. 1000 */
uint64_t plan_io_weight(uint64_t weight);

struct plan_limits; /* limits.h */

/**
 * plan_build_cgroup_limits() - PLAN_CGROUP_SET for each of @limits
 *
 * Return: 0; -ENOTSUP with field, file and controller where the host lacks the controller or the
 * caller the right.
 */
int plan_build_cgroup_limits(struct plan_builder *b, const struct plan_cgroup_slots *slots,
	const struct plan_limits *limits, struct err *err) _must_check_;

/**
 * plan_build_cgroup_needs() - controllers that the limits need of hierarchy @h, as in ref2
 * Return: "cpu memory", "" for none; NULL = out of memory.
 */
const char *plan_build_cgroup_needs(
	struct plan_builder *b, const struct plan_limits *limits, const struct facts_hierarchy *h);

/**
 * plan_unit_choose() - name, slice and cgroup of the unit, from a cgroupsPath of the form
 * "slice:prefix:name"
 *
 * Return: 0; -ENOTSUP without systemd or without cgroup v2; -EINVAL for another form, or names that
 * systemd does not know.
 */
int plan_unit_choose(struct plan_builder *b, struct plan_cgroup_unit *out, struct err *err)
	_must_check_;

/**
 * plan_build_unit() - PLAN_UNIT and its properties: what makes it a container's, limits, and what
 * annotations may ask for
 *
 * Limits are both: systemd writes those it knows again whenever it reloads.
 */
int plan_build_unit(struct plan_builder *b, const struct plan_cgroup_slots *slots,
	const struct plan_limits *limits, struct err *err) _must_check_;

/** plan_build_unit_limits() - PLAN_UNIT as it is, and its limits: for an update */
void plan_build_unit_limits(struct plan_builder *b, const struct plan_cgroup_slots *slots,
	const struct plan_limits *limits);

/**
 * plan_build_cgroup_devices() - PLAN_DEVICE_RULE: nothing, then linux.resources.devices, then
 * what every container has
 */
int plan_build_cgroup_devices(struct plan_builder *b, const struct plan_cgroup_slots *slots,
	struct err *err) _must_check_;

#endif
