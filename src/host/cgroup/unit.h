/*
 * A systemd scope as the container's cgroup (PLAN_UNIT). systemd makes a scope around a process
 * that exists, so a process of ours that does nothing holds it until caisson-init is in it.
 *
 * Runs in: host. Local to src/host/cgroup. unit.c through libsystemd, loaded when it is needed;
 * unit_none.c where caisson was configured without.
 */
#ifndef HOST_CGROUP_UNIT_H
#define HOST_CGROUP_UNIT_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "host/store.h"
#include "plan/read.h"

struct cgroup_unit;

/** cgroup_unit_find() - the PLAN_UNIT of a plan, or NULL */
const struct plan_step *cgroup_unit_find(const struct plan *plan);

/**
 * cgroup_unit_start() - start the scope and wait until it is there, empty but for its holder
 * @out: NULL if the plan has none
 *
 * A failed unit of the same name is reset first. Errors name the unit and say what systemd said.
 */
int cgroup_unit_start(struct arena *arena, const struct plan *plan, struct cgroup_unit **out,
	struct err *err) _must_check_;

/**
 * cgroup_unit_enter() - caisson-init exists: move it into a unit of the user's systemd, let the
 * holder go, tell systemd the limits
 */
int cgroup_unit_enter(struct cgroup_unit *unit, pid_t pid, struct err *err) _must_check_;

/** cgroup_unit_attach() - move a process into a unit that runs, or into a cgroup below it */
int cgroup_unit_attach(const struct plan *plan, pid_t pid, const char *below, struct err *err)
	_must_check_;

/** cgroup_unit_update() - tell systemd the limits of an update */
int cgroup_unit_update(const struct plan *plan, struct err *err) _must_check_;

void cgroup_unit_keep(struct cgroup_unit *unit);     /* closes the connection; NULL is fine */
void cgroup_unit_rollback(struct cgroup_unit *unit); /* stops the unit as well */

/** cgroup_unit_stop() - stop the recorded unit and wait until it is gone; missing is success */
int cgroup_unit_stop(const struct store_record *record, struct err *err) _must_check_;

#endif
