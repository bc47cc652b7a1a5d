/*
 * The freezer: of v1 where there is one, else of v2. It stops every process of the container, also
 * those in cgroups below its own, and what the kernel says is the only state there is of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"

#include "driver.h"
#include "local.h"

#include "base/banned.h"

const struct store_cgroup *cgroup_recorded(
	const struct store_record *record, const char *controller)
{
	const struct store_cgroup *unified = NULL;

	for (size_t i = 0; i < record->n_cgroups; i++) {
		const struct store_cgroup *cgroup = &record->cgroups[i];

		if (cgroup->is_v2)
			unified = cgroup;
		else if (cgroup_carries(cgroup->controllers, controller))
			return cgroup;
	}
	return unified;
}

bool cgroup_is_frozen(const struct store_record *record)
{
	const struct store_cgroup *cgroup = cgroup_recorded(record, "freezer");
	const struct cgroup_driver *driver;
	char path[CONFIG_PATH_MAX], text[32];

	if (cgroup == NULL)
		return false;
	driver = cgroup_driver_of(record, cgroup);
	if (str_fmt(path, sizeof(path), "%s/%s", cgroup->path, driver->freeze_file) >=
			sizeof(path) ||
		fd_read_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return false;
	return text[0] == driver->frozen_letter;
}

static int open_freezer(const struct store_record *record, const struct cgroup_driver **driver,
	int *fd, struct err *err)
{
	const struct store_cgroup *cgroup = cgroup_recorded(record, "freezer");

	if (cgroup == NULL)
		return err_new(err, -ENOTSUP,
			"container '%s' has no cgroup of its own whose processes could be frozen",
			record->id);
	*driver = cgroup_driver_of(record, cgroup);
	*fd = cgroup_open_recorded(record, cgroup);
	if (*fd < 0)
		return err_sys(err, "open cgroup '%s'", cgroup->path);
	return 0;
}

int cgroup_freeze(const struct store_record *record, struct err *err)
{
	uint64_t deadline = cgroup_now_ms() + CGROUP_WAIT_MS;
	struct err ignored;
	_fd_ int fd = -1;
	const struct cgroup_driver *driver;
	int r = open_freezer(record, &driver, &fd, err);

	if (r < 0)
		return r;
	r = driver->freeze(fd, deadline, err);
	if (r == 0)
		return 0;
	/* half frozen is the worst of both */
	(void)!driver->thaw(fd, 0, &ignored);
	return err_ctx(err, "freeze container '%s'", record->id);
}

int cgroup_unfreeze(const struct store_record *record, struct err *err)
{
	uint64_t deadline = cgroup_now_ms() + CGROUP_WAIT_MS;
	_fd_ int fd = -1;
	const struct cgroup_driver *driver;
	int r = open_freezer(record, &driver, &fd, err);

	if (r < 0)
		return r;
	r = driver->thaw(fd, deadline, err);
	return r < 0 ? err_ctx(err, "thaw container '%s'", record->id) : 0;
}
