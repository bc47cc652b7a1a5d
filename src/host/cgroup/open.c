/*
 * The cgroups of a container that is there: for a process that joins it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
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
		.owner = (uid_t)-1,
	};
	dir->dir_fd =
		sys_openat2(AT_FDCWD, dir->path, O_PATH | O_DIRECTORY, 0, SYS_RESOLVE_NO_SYMLINKS);
	if (dir->dir_fd < 0 && step->num[1] != 0 && errno == ENOENT)
		return 0;
	if (dir->dir_fd < 0)
		return err_sys(err, "open the container's cgroup '%s'", dir->path);
	set->n_dirs++;
	if (dir->driver->freezer == NULL || cgroup_carries(dir->controllers, dir->driver->freezer))
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

/* Where @own, the path of a cgroup with that of its mount, ends in @path, a cgroup below it as
 * /proc/PID/cgroup has it; NULL: it is not below it. */
static const char *path_below(const char *own, const char *path)
{
	for (; own != NULL; own = strchr(own + 1, '/')) {
		size_t len = strlen(own);

		if (strncmp(path, own, len) == 0 && path[len] == '/')
			return path + len;
	}
	return NULL;
}

/* "0::PATH" among the lines; changes the text */
static const char *unified_path(char *text)
{
	char *line = str_starts(text, "0::") ? text : strstr(text, "\n0::");

	if (line == NULL)
		return NULL;
	line = strchr(line, '/');
	if (line != NULL)
		line[strcspn(line, "\n")] = '\0';
	return line;
}

static bool is_chosen(const struct plan *plan, const struct cgroup_dir *dir)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->kind == PLAN_CGROUP_DIR && step->slot == dir->slot)
			return !str_eq(plan_string(plan, &step->ref[1]), "/");
	}
	return false;
}

int cgroup_open_inner(
	const struct plan *plan, const struct cgroup_dir *dir, pid_t pid, struct err *err)
{
	char name[64], text[CONFIG_PATH_MAX];
	const char *path, *below;
	int fd;

	if (is_chosen(plan, dir))
		return err_new(err, -EBUSY,
			"the cgroup below '%s' has cgroups of its own that are handed controllers, and "
			"takes no process",
			dir->path);
	str_fmt(name, sizeof(name), "/proc/%d/cgroup", (int)pid);
	if (fd_read_at(AT_FDCWD, name, text, sizeof(text)) < 0)
		return err_sys(err, "read '%s'", name);
	path = unified_path(text);
	below = path != NULL ? path_below(dir->path, path) : NULL;
	if (below == NULL)
		return err_new(err, -EBUSY,
			"cgroup '%s' takes no process, and the container's first one is not below it",
			dir->path);
	/* SECURITY: never outside of the container's own, whatever is said here (T-24) */
	fd = sys_openat2(dir->dir_fd, below + 1, O_PATH | O_DIRECTORY, 0, CGROUP_RESOLVE);
	return fd >= 0 ? fd : err_sys(err, "open cgroup '%s' below '%s'", below, dir->path);
}
