/*
 * The three drivers, beside each other.
 */
#include "driver.h"

#include "base/abi.h"

#include "local.h"

#include "base/banned.h"

const struct cgroup_driver cgroup_driver_v1 = {
	.name = "cgroupfs on v1",
	.magic = SYS_MAGIC_CGROUP,
	.make = cgroup_make_dirs,
	.prepare = cgroup_v1_prepare,
	.join = cgroup_v1_open_tasks,
	.set_devices = cgroup_devices_v1,
	.freezer = "freezer",
	.freeze_file = "freezer.state",
	.frozen_letter = 'F', /* FROZEN, FREEZING */
	.is_frozen = cgroup_v1_is_frozen,
	.freeze = cgroup_v1_freeze,
	.thaw = cgroup_v1_thaw,
	.read_memory = cgroup_memory_v1,
	.read_cpu = cgroup_cpu_v1,
	.stats_cpu = cgroup_stats_cpu_v1,
	.stats_memory = cgroup_stats_memory_v1,
	.stats_block = cgroup_stats_block_v1,
	.stats_pages = cgroup_stats_pages_v1,
	.oom_file = "memory.oom_control",
	.oom_open = cgroup_oom_open_v1,
	.oom_take = cgroup_oom_take_v1,
	.kill = cgroup_v1_kill,
	.wait_empty = cgroup_v1_wait_empty,
};

/* What a directory of v2 is, whoever has made it. */
#define V2_FILES                                                                              \
	.magic = SYS_MAGIC_CGROUP2, .prepare = cgroup_v2_prepare,                             \
	.set_devices = cgroup_devices_v2, .delegate = cgroup_v2_delegate,                     \
	.hand_down = cgroup_v2_enable, .freeze_file = "cgroup.freeze", .frozen_letter = '1',  \
	.is_frozen = cgroup_v2_is_frozen, .freeze = cgroup_v2_freeze, .thaw = cgroup_v2_thaw, \
	.read_memory = cgroup_memory_v2, .read_cpu = cgroup_cpu_v2,                           \
	.stats_cpu = cgroup_stats_cpu_v2, .stats_memory = cgroup_stats_memory_v2,             \
	.stats_block = cgroup_stats_block_v2, .stats_pages = cgroup_stats_pages_v2,           \
	.oom_file = "memory.events", .oom_open = cgroup_oom_open_v2,                          \
	.oom_take = cgroup_oom_take_v2, .kill = cgroup_v2_kill, .wait_empty = cgroup_v2_wait_empty

const struct cgroup_driver cgroup_driver_v2 = {
	.name = "cgroupfs on v2",
	.make = cgroup_make_dirs,
	V2_FILES,
};

/* The same files, of a directory that comes with a unit. systemd hands down the controllers it knows;
 * prepare does so for the others: hugetlb, rdma. */
const struct cgroup_driver cgroup_driver_systemd = {
	.name = "systemd on v2",
	.start = cgroup_unit_start,
	.enter = cgroup_unit_enter,
	.update = cgroup_unit_update,
	.keep = cgroup_unit_keep,
	.rollback = cgroup_unit_rollback,
	.stop = cgroup_unit_stop,
	V2_FILES,
};

const struct cgroup_driver *cgroup_driver_of_step(const struct plan_step *step)
{
	if (step->num[0] == 0)
		return &cgroup_driver_v1;
	return step->num[2] != 0 ? &cgroup_driver_systemd : &cgroup_driver_v2;
}

const struct cgroup_driver *cgroup_driver_of_plan(const struct plan *plan)
{
	if (cgroup_unit_find(plan) != NULL)
		return &cgroup_driver_systemd;
	for (uint32_t i = 0; i < plan->header->n_steps; i++)
		if (plan->steps[i].kind == PLAN_CGROUP_DIR)
			return cgroup_driver_of_step(&plan->steps[i]);
	return &cgroup_driver_v2;
}

const struct cgroup_driver *cgroup_driver_of(
	const struct store_record *record, const struct store_cgroup *cgroup)
{
	if (!cgroup->is_v2)
		return &cgroup_driver_v1;
	return record->unit != NULL ? &cgroup_driver_systemd : &cgroup_driver_v2;
}
