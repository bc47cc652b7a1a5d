/*
 * The cgroups of a container that is there: for a process that joins it.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"

#include "driver.h"
#include "local.h"

#include "base/banned.h"

/* @below: named by the caller; nothing above the container's own, no link, no other mount */
static int open_below(struct cgroup_dir *dir, const char *below, struct err *err)
{
	int fd;

	if (str_eq(below, "/"))
		return 0;
	fd = sys_openat2(dir->dir_fd, below + 1, O_PATH | O_DIRECTORY, 0, CGROUP_RESOLVE);
	if (fd < 0)
		return err_sys(err, "open cgroup '%s' below '%s'", below, dir->path);
	fd_replace(&dir->dir_fd, fd);
	return 0;
}

static int open_one(const struct plan *plan, const struct plan_step *step, struct cgroup_set *set,
	bool *is_frozen, struct err *err)
{
	struct cgroup_dir *dir = &set->dirs[set->n_dirs];
	int r;

	if (set->n_dirs == STORE_CGROUPS_MAX)
		return err_new(err, -E2BIG, "more than %d cgroup hierarchies", STORE_CGROUPS_MAX);
	*dir = (struct cgroup_dir){
		.driver = cgroup_driver_of_step(step),
		.slot = step->slot,
		.tasks_fd = -1,
		.path = plan_string(plan, &step->ref[0]),
		.controllers = plan_string(plan, &step->ref[2]),
		.is_v2 = step->num[0] != 0,
	};
	dir->dir_fd =
		sys_openat2(AT_FDCWD, dir->path, O_PATH | O_DIRECTORY, 0, SYS_RESOLVE_NO_SYMLINKS);
	if (dir->dir_fd < 0 && step->num[1] != 0 && errno == ENOENT)
		return 0;
	if (dir->dir_fd < 0)
		return err_sys(err, "open the container's cgroup '%s'", dir->path);
	set->n_dirs++;
	if (dir->is_v2 || cgroup_carries(dir->controllers, "freezer"))
		*is_frozen = *is_frozen || dir->driver->is_frozen(dir->dir_fd);
	r = open_below(dir, plan_string(plan, &step->ref[1]), err);
	if (r < 0 || dir->driver->join == NULL)
		return r;
	return dir->driver->join(dir, err);
}

int cgroup_open(const struct plan *plan, struct cgroup_set *set, bool *is_frozen, struct err *err)
{
	*is_frozen = false;
	set->enters_by_unit = cgroup_unit_find(plan) != NULL;
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		int r;

		if (plan->steps[i].kind != PLAN_CGROUP_DIR)
			continue;
		r = open_one(plan, &plan->steps[i], set, is_frozen, err);
		if (r < 0)
			return r;
	}
	return 0;
}
