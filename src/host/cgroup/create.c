/*
 * Carrying out the cgroup steps of a plan, and the way back.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "sys/call.h"

#include "cgroup.h"
#include "driver.h"
#include "local.h"
#include "unit.h"

#include "base/banned.h"

/* The part of the set that is not directories. */
static void release(struct cgroup_set *set, bool keep)
{
	const struct cgroup_driver *driver = set->driver;

	set->driver = NULL;
	if (driver == NULL || driver->rollback == NULL)
		return;
	(keep ? driver->keep : driver->rollback)(set->unit);
	set->unit = NULL;
}

void cgroup_keep(struct cgroup_set *set)
{
	for (size_t i = 0; i < set->n_dirs; i++) {
		fd_cleanup(&set->dirs[i].tasks_fd);
		fd_cleanup(&set->dirs[i].dir_fd);
	}
	set->n_dirs = 0;
	release(set, true);
}

void cgroup_set_rollback(struct cgroup_set *set)
{
	uint64_t deadline = cgroup_now_ms() + CGROUP_WAIT_MS;
	struct err err;

	while (set->n_dirs > 0) {
		struct cgroup_dir *dir = &set->dirs[--set->n_dirs];

		fd_cleanup(&dir->tasks_fd);
		fd_cleanup(&dir->dir_fd);
		if (dir->created && cgroup_path_remove(dir->path, dir->driver, deadline, &err) < 0)
			log_warn("%s; it stays behind", err.msg);
	}
	release(set, false);
}

struct cgroup_dir *cgroup_birthplace(struct cgroup_set *set)
{
	for (size_t i = 0; i < set->n_dirs && !set->enters_by_unit; i++)
		if (set->dirs[i].driver->join == NULL)
			return &set->dirs[i];
	return NULL;
}

static const char *absolute_path(
	struct arena *arena, const struct plan *plan, const struct plan_step *step)
{
	return arena_fmt(
		arena, "%s%s", plan_string(plan, &step->ref[0]), plan_string(plan, &step->ref[1]));
}

const struct plan_step *cgroup_unit_find(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++)
		if (plan->steps[i].kind == PLAN_UNIT)
			return &plan->steps[i];
	return NULL;
}

/* A unit whose cgroup is there already is somebody else's. */
static void list_unit(const struct plan *plan, struct store_record *record)
{
	const struct plan_step *step = cgroup_unit_find(plan);

	if (step == NULL || record->n_cgroups == 0 || !record->cgroups[0].created)
		return;
	record->unit = plan_string(plan, &step->ref[0]);
	record->unit_is_user = step->num[0] != 0;
}

int cgroup_list(
	struct arena *arena, const struct plan *plan, struct store_record *record, struct err *err)
{
	struct store_cgroup *list = arena_array(arena, STORE_CGROUPS_MAX, sizeof(*list));
	struct stat st;
	size_t n = 0;

	if (list == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->kind != PLAN_CGROUP_DIR)
			continue;
		if (n == STORE_CGROUPS_MAX)
			return err_new(
				err, -E2BIG, "more than %d cgroup hierarchies", STORE_CGROUPS_MAX);
		list[n].path = absolute_path(arena, plan, step);
		if (list[n].path == NULL)
			return err_new(err, -ENOMEM, "out of memory");
		/* What is not there now will be ours; what is there stays when we go. */
		list[n].created = step->num[1] == 0 && lstat(list[n].path, &st) < 0;
		list[n].is_v2 = step->num[0] != 0;
		list[n].controllers = plan_string(plan, &step->ref[2]);
		n++;
	}
	record->cgroups = list;
	record->n_cgroups = n;
	list_unit(plan, record);
	return 0;
}

/* mkdir -p; parents that we make stay, as other containers may be put below them at any moment */
int cgroup_make_dirs(int mount_fd, const char *path, bool *created)
{
	char prefix[CONFIG_PATH_MAX];
	size_t len = strlen(path);

	*created = mkdirat(mount_fd, path, 0755) == 0;
	if (*created || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return -1;
	if (len >= sizeof(prefix)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (size_t i = 1; i < len; i++) {
		if (path[i] != '/')
			continue;
		memcpy(prefix, path, i);
		prefix[i] = '\0';
		if (mkdirat(mount_fd, prefix, 0755) < 0 && errno != EEXIST)
			return -1;
	}
	*created = mkdirat(mount_fd, path, 0755) == 0;
	return *created || errno == EEXIST ? 0 : -1;
}

/* CG-03: somebody else's processes would get our limits, and our SIGKILL at the end; in a frozen
 * cgroup our own child would never run. */
static int check_reused(const struct cgroup_dir *dir, struct err *err)
{
	size_t n;

	if (cgroup_tree_count(dir->dir_fd, &n) < 0)
		return err_sys(err, "list the processes of cgroup '%s'", dir->path);
	if (n > 0)
		return err_new(err, -EBUSY,
			"container's cgroup is not empty: %zu process(es) found in '%s'", n,
			dir->path);
	if (dir->driver->is_frozen(dir->dir_fd))
		return err_new(
			err, -EBUSY, "container's cgroup unexpectedly frozen: '%s'", dir->path);
	return 0;
}

bool cgroup_carries(const char *controllers, const char *name)
{
	size_t len = strlen(name);

	while (*controllers != '\0') {
		size_t n = strcspn(controllers, ",");

		if (n == len && memcmp(controllers, name, n) == 0)
			return true;
		controllers += n;
		controllers += *controllers == ',' ? 1 : 0;
	}
	return false;
}

static int open_dir(struct cgroup_set *set, struct cgroup_dir *dir, int mount_fd, const char *path,
	struct err *err)
{
	const struct cgroup_driver *driver = dir->driver;
	const bool is_ours = driver->make != NULL && !dir->joined;
	int r = 0;

	if (is_ours && driver->make(mount_fd, path, &dir->created) < 0)
		return err_sys(err, "create cgroup '%s'", dir->path);
	dir->dir_fd = sys_openat2(mount_fd, path, O_PATH | O_DIRECTORY, 0, CGROUP_RESOLVE);
	if (dir->dir_fd < 0 && dir->joined && errno == ENOENT) {
		set->n_dirs--;
		return 0;
	}
	if (dir->dir_fd < 0)
		return err_sys(err, "open cgroup '%s'", dir->path);
	if (is_ours && !dir->created)
		r = check_reused(dir, err);
	if (r < 0 || driver->prepare == NULL)
		return r;
	return driver->prepare(mount_fd, path, dir, err);
}

/* of a clean absolute path */
static uint16_t count_components(const char *path)
{
	uint16_t n = 0;

	for (; *path != '\0'; path++)
		if (*path == '/')
			n++;
	return n;
}

static int add_dir(struct arena *arena, const struct plan *plan, const struct plan_step *step,
	struct cgroup_set *set, struct err *err)
{
	const char *path = plan_string(plan, &step->ref[1]);
	struct cgroup_dir *dir = &set->dirs[set->n_dirs];
	_fd_ int mount_fd = -1;

	if (set->n_dirs == STORE_CGROUPS_MAX)
		return err_new(err, -E2BIG, "more than %d cgroup hierarchies", STORE_CGROUPS_MAX);
	if (path[0] != '/' || path[1] == '\0')
		return err_new(err, -EINVAL, "cgroup path '%s' is not below its hierarchy", path);
	*dir = (struct cgroup_dir){
		.driver = cgroup_driver_of_step(step),
		.slot = step->slot,
		.dir_fd = -1,
		.tasks_fd = -1,
		.path = absolute_path(arena, plan, step),
		.controllers = plan_string(plan, &step->ref[2]),
		.joined = step->num[1] != 0,
		.owner = (uid_t)step->num[3] - 1,
		.depth = count_components(path),
	};
	if (dir->path == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	mount_fd = sys_openat2(AT_FDCWD, plan_string(plan, &step->ref[0]), O_PATH | O_DIRECTORY, 0,
		SYS_RESOLVE_NO_SYMLINKS);
	if (mount_fd < 0)
		return err_sys(err, "open cgroup hierarchy '%s'", plan_string(plan, &step->ref[0]));
	set->n_dirs++; /* from here on the rollback takes care of it */
	return open_dir(set, dir, mount_fd, path + 1, err);
}

static int add_dirs(struct arena *arena, const struct plan *plan, bool is_v2,
	struct cgroup_set *set, struct err *err)
{
	for (size_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];
		int r;

		if (step->kind != PLAN_CGROUP_DIR || (step->num[0] != 0) != is_v2)
			continue;
		r = add_dir(arena, plan, step, set, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int cgroup_create_v2(
	struct arena *arena, const struct plan *plan, struct cgroup_set *set, struct err *err)
{
	int r;

	assert(set->n_dirs == 0);
	set->driver = cgroup_driver_of_plan(plan);
	log_debug("cgroups: %s", set->driver->name);
	r = set->driver->start != NULL ? set->driver->start(arena, plan, &set->unit, err) : 0;
	if (r < 0)
		return r;
	set->enters_by_unit = set->unit != NULL && cgroup_unit_find(plan)->num[0] != 0;
	return add_dirs(arena, plan, true, set, err);
}

/* A user's caisson-init is moved by systemd. It waits for that with the step it has for v1: where
 * it writes its "0" does not matter then. */
static int open_nowhere(int *fd, struct err *err)
{
	*fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return *fd < 0 ? err_sys(err, "open '/dev/null'") : 0;
}

int cgroup_enter_unit(struct cgroup_set *set, pid_t pid, struct err *err)
{
	int r = 0;

	if (set->driver != NULL && set->driver->enter != NULL)
		r = set->driver->enter(set->unit, pid, err);
	if (r < 0 || set->unit == NULL || !set->enters_by_unit)
		return r;
	return open_nowhere(&set->dirs[0].tasks_fd, err);
}

int cgroup_attach(const struct plan *plan, pid_t pid, int *fd, struct err *err)
{
	const char *below = "/";
	int r;

	*fd = -1;
	if (cgroup_unit_find(plan) == NULL)
		return 0;
	for (uint32_t i = 0; i < plan->header->n_steps; i++)
		if (plan->steps[i].kind == PLAN_CGROUP_DIR)
			below = plan_string(plan, &plan->steps[i].ref[1]);
	r = cgroup_unit_attach(plan, pid, below, err);
	return r < 0 ? r : open_nowhere(fd, err);
}

int cgroup_create_rest(
	struct arena *arena, const struct plan *plan, struct cgroup_set *set, struct err *err)
{
	int r = add_dirs(arena, plan, false, set, err);

	if (r < 0)
		return r;
	r = cgroup_values_write(plan, set, NULL, err);
	for (size_t i = 0; r == 0 && i < set->n_dirs; i++) {
		const struct cgroup_dir *dir = &set->dirs[i];

		r = dir->driver->set_devices(arena, plan, dir, false, err);
		if (r == 0 && dir->owner != (uid_t)-1)
			r = dir->driver->delegate(dir, err);
	}
	return r;
}
