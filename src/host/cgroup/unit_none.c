/*
 * In the place of unit.c: configured without systemd.
 */
#include <errno.h>

#include "host/host.h"

#include "unit.h"

#include "base/banned.h"

static int refuse(struct err *err)
{
	return err_new(err, -ENOTSUP,
		"--systemd-cgroup: this caisson was configured without systemd's headers "
		"(libsystemd-dev)");
}

int cgroup_unit_start(
	struct arena *arena, const struct plan *plan, struct cgroup_unit **out, struct err *err)
{
	(void)arena;
	*out = NULL;
	return cgroup_unit_find(plan) == NULL ? 0 : refuse(err);
}

int cgroup_unit_enter(struct cgroup_unit *unit, pid_t pid, struct err *err)
{
	(void)pid;
	return unit == NULL ? 0 : refuse(err);
}

int cgroup_unit_update(const struct plan *plan, struct err *err)
{
	(void)plan;
	return refuse(err);
}

int cgroup_unit_attach(const struct plan *plan, pid_t pid, const char *below, struct err *err)
{
	(void)plan;
	(void)pid;
	(void)below;
	return refuse(err);
}

void cgroup_unit_keep(struct cgroup_unit *unit)
{
	(void)unit;
}

void cgroup_unit_rollback(struct cgroup_unit *unit)
{
	(void)unit;
}

int cgroup_unit_stop(const struct store_record *record, struct err *err)
{
	return record->unit == NULL ? 0 : refuse(err);
}

bool host_has_systemd(void)
{
	return false;
}
