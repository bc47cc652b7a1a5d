/*
 * Limits of a container that exists.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"
#include "sys/call.h"

#include "driver.h"
#include "local.h"

#include "base/banned.h"

/* --- what is in force ------------------------------------------------------------------------------ */

/* The first word of a file; false when there is none */
static bool read_word(int dir_fd, const char *file, char *text, size_t size)
{
	if (dir_fd < 0 || fd_read_at(dir_fd, file, text, size) < 0)
		return false;
	text[strcspn(text, " \n")] = '\0';
	return *text != '\0';
}

/* v1 says "unlimited" with the largest number of whole pages. */
static int64_t read_limit(int dir_fd, const char *file)
{
	char text[64];
	int64_t n;

	if (!read_word(dir_fd, file, text, sizeof(text)))
		return 0;
	if (str_eq(text, "max") || !num_i64(text, INT64_MIN, INT64_MAX, &n))
		return -1;
	return n >= INT64_MAX - CGROUP_PAGE_MAX ? -1 : n;
}

static uint64_t read_usage(int dir_fd, const char *file)
{
	char text[64];
	uint64_t n = 0;

	if (!read_word(dir_fd, file, text, sizeof(text)) || !num_u64(text, UINT64_MAX, &n))
		return 0;
	return n;
}

void cgroup_memory_v1(int dir_fd, struct plan_cgroup_now *out)
{
	out->memory_limit = read_limit(dir_fd, "memory.limit_in_bytes");
	out->memory_usage = read_usage(dir_fd, "memory.usage_in_bytes");
	out->swap_usage = read_usage(dir_fd, "memory.memsw.usage_in_bytes");
}

void cgroup_memory_v2(int dir_fd, struct plan_cgroup_now *out)
{
	out->memory_limit = read_limit(dir_fd, "memory.max");
	out->memory_usage = read_usage(dir_fd, "memory.current");
	out->swap_usage = out->memory_usage + read_usage(dir_fd, "memory.swap.current");
}

void cgroup_cpu_v1(int dir_fd, struct plan_cgroup_now *out)
{
	out->cpu_quota = read_limit(dir_fd, "cpu.cfs_quota_us");
}

/* "QUOTA PERIOD" */
void cgroup_cpu_v2(int dir_fd, struct plan_cgroup_now *out)
{
	char text[64], *period;

	out->cpu_quota = read_limit(dir_fd, "cpu.max");
	if (dir_fd < 0 || fd_read_at(dir_fd, "cpu.max", text, sizeof(text)) < 0)
		return;
	period = strchr(text, ' ');
	if (period == NULL)
		return;
	period++;
	period[strcspn(period, "\n")] = '\0';
	if (!num_u64(period, UINT32_MAX, &out->cpu_period))
		out->cpu_period = 0;
}

void cgroup_now(const struct store_record *record, struct plan_cgroup_now *out)
{
	const struct store_cgroup *memory = cgroup_recorded(record, "memory");
	const struct store_cgroup *cpu = cgroup_recorded(record, "cpu");
	_fd_ int memory_fd = memory != NULL ? cgroup_open_recorded(record, memory) : -1;
	_fd_ int cpu_fd = cpu != NULL ? cgroup_open_recorded(record, cpu) : -1;

	*out = (struct plan_cgroup_now){ 0 };
	if (memory != NULL)
		cgroup_driver_of(record, memory)->read_memory(memory_fd, out);
	if (cpu != NULL)
		cgroup_driver_of(record, cpu)->read_cpu(cpu_fd, out);
}

/* --- changing it ------------------------------------------------------------------------------------ */

static uint16_t count_components(const char *path)
{
	uint16_t n = 0;

	for (; *path != '\0'; path++)
		if (*path == '/')
			n++;
	return n;
}

static int open_one(struct arena *arena, const struct plan *plan, const struct plan_step *step,
	struct cgroup_set *set, struct err *err)
{
	const char *mountpoint = plan_string(plan, &step->ref[0]);
	const char *path = plan_string(plan, &step->ref[1]);
	struct cgroup_dir *dir = &set->dirs[set->n_dirs];
	_fd_ int mount_fd = -1;

	if (set->n_dirs == STORE_CGROUPS_MAX || path[0] != '/' || path[1] == '\0')
		return err_new(
			err, -EINVAL, "'%s%s' is not a container's cgroup", mountpoint, path);
	*dir = (struct cgroup_dir){
		.driver = cgroup_driver_of_step(step),
		.slot = step->slot,
		.dir_fd = -1,
		.tasks_fd = -1,
		.path = arena_fmt(arena, "%s%s", mountpoint, path),
		.controllers = plan_string(plan, &step->ref[2]),
		.owner = (uid_t)-1,
		.depth = count_components(path),
	};
	if (dir->path == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	mount_fd =
		sys_openat2(AT_FDCWD, mountpoint, O_PATH | O_DIRECTORY, 0, SYS_RESOLVE_NO_SYMLINKS);
	if (mount_fd < 0)
		return err_sys(err, "open cgroup hierarchy '%s'", mountpoint);
	dir->dir_fd = sys_openat2(mount_fd, path + 1, O_PATH | O_DIRECTORY, 0, CGROUP_RESOLVE);
	if (dir->dir_fd < 0)
		return err_sys(err, "open cgroup '%s'", dir->path);
	set->n_dirs++;
	if (dir->driver->hand_down != NULL)
		dir->driver->hand_down(mount_fd, path + 1, dir->controllers);
	return 0;
}

static bool has_rules(const struct plan *plan, const struct cgroup_dir *dir)
{
	for (size_t i = 0; i < plan->header->n_steps; i++)
		if (plan->steps[i].kind == PLAN_DEVICE_RULE && plan->steps[i].slot == dir->slot)
			return true;
	return false;
}

/* Devices last: a list can't be read back as it was written. */
static int change(
	struct arena *arena, const struct plan *plan, const struct cgroup_set *set, struct err *err)
{
	struct cgroup_undo undo = { .arena = arena };
	int r = cgroup_values_write(plan, set, &undo, err);

	for (size_t i = 0; i < set->n_dirs && r == 0; i++)
		if (has_rules(plan, &set->dirs[i]))
			r = set->dirs[i].driver->set_devices(arena, plan, &set->dirs[i], true, err);
	if (r < 0)
		cgroup_values_undo(&undo);
	return r;
}

int cgroup_update(struct arena *arena, const struct plan *plan, struct err *err)
{
	const struct cgroup_driver *driver = cgroup_driver_of_plan(plan);
	struct cgroup_set set = { 0 };
	int r = 0;

	for (size_t i = 0; i < plan->header->n_steps && r == 0; i++)
		if (plan->steps[i].kind == PLAN_CGROUP_DIR)
			r = open_one(arena, plan, &plan->steps[i], &set, err);
	if (r == 0)
		r = change(arena, plan, &set, err);
	/* systemd writes its own idea of the values, so ours come once more */
	if (r == 0 && driver->update != NULL) {
		r = driver->update(plan, err);
		if (r == 0)
			r = cgroup_values_write(plan, &set, NULL, err);
	}
	cgroup_keep(&set); /* closes */
	return r;
}
