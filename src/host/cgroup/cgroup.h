/*
 * cgroups of one container, by one of three drivers (driver.h): cgroupfs on v1 hierarchies and on
 * unified v2, and systemd on v2. What to create and write is in the plan (PLAN_CGROUP_*, PLAN_UNIT_*,
 * PLAN_DEVICE_RULE); this carries it out and undoes it.
 *
 * Runs in: host. Never writes cgroup.procs to place a process (design 8.1): v2 by clone3, v1 by
 * caisson-init writing "0" to each tasks file through a descriptor opened here.
 */
#ifndef HOST_CGROUP_H
#define HOST_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "host/store.h"
#include "plan/plan.h"
#include "plan/read.h"

struct cgroup_driver;
struct cgroup_unit;

struct cgroup_dir {
	const struct cgroup_driver *driver;
	int slot;     /* of the plan */
	int dir_fd;   /* the directory, O_PATH or O_RDONLY */
	int tasks_fd; /* v1: "tasks", open for writing; v2: -1 */
	const char *path;
	const char *controllers;
	bool created;   /* the last component, by us */
	bool joined;    /* made by others: only entered */
	uint16_t depth; /* components of its path below the hierarchy's root */
	uid_t owner;    /* whom it is delegated to; -1 = nobody */
};

struct cgroup_set {
	struct cgroup_dir dirs[STORE_CGROUPS_MAX];
	size_t n_dirs;
	const struct cgroup_driver *driver; /* NULL: nothing has been made */
	struct cgroup_unit *unit; /* the systemd scope that is the one directory; else NULL */
	bool enters_by_unit;      /* systemd moves caisson-init, which is not born in it */
};
void cgroup_set_rollback(struct cgroup_set *set); /* removes what was created, closes */
#define _cgroup_set_ _cleanup_(cgroup_set_rollback)

/** cgroup_list() - the directories the plan will use, for the record that is saved first */
int cgroup_list(struct arena *arena, const struct plan *plan, struct store_record *record,
	struct err *err) _must_check_;

/**
 * cgroup_create_v2() - make and open the directory that caisson-init is born in, if there is one
 * cgroup_create_rest() - all others; write every limit, set the device list
 *
 * v1 cpuset: empty cpuset.cpus and cpuset.mems are copied from the parent first. v2: controllers
 * are enabled in the ancestors as needed. A directory that exists already must hold no process
 * ("container's cgroup is not empty: N process(es) found").
 */
int cgroup_create_v2(struct arena *arena, const struct plan *plan, struct cgroup_set *set,
	struct err *err) _must_check_;
int cgroup_create_rest(struct arena *arena, const struct plan *plan, struct cgroup_set *set,
	struct err *err) _must_check_;

/**
 * cgroup_open() - exec: open the directories of a container that is there, and make none
 * @is_frozen: set to whether its processes are frozen, so that a new one would be, too
 *
 * Return: 0; negative errno, also when a directory that create made has gone: a process outside of
 * it would be out of its limits.
 */
int cgroup_open(const struct plan *plan, struct cgroup_set *set, bool *is_frozen, struct err *err)
	_must_check_;

/**
 * cgroup_open_inner() - exec: v2 has no process beside cgroups that are handed controllers, so where
 * the container has such below its own, one goes where its first process is
 * @pid: that
 *
 * Return: a descriptor; -EBUSY when the place was chosen by the caller; another negative errno.
 */
int cgroup_open_inner(const struct plan *plan, const struct cgroup_dir *dir, pid_t pid,
	struct err *err) _must_check_;

/** cgroup_carries() - is controller @name in the list "cpu,cpuacct"? */
bool cgroup_carries(const char *controllers, const char *name);

/**
 * cgroup_freeze() - stop every process of the container, and wait until all are
 * cgroup_unfreeze() - let them go on
 * cgroup_is_frozen() - are they stopped? One look at one file
 *
 * Return: 0; -ENOTSUP without a cgroup of its own; -EBUSY when a process can't be stopped in time,
 * and then none is.
 */
int cgroup_freeze(const struct store_record *record, struct err *err) _must_check_;
int cgroup_unfreeze(const struct store_record *record, struct err *err) _must_check_;
bool cgroup_is_frozen(const struct store_record *record);

/**
 * cgroup_now() - what is in force, for plan_build_update(); what can't be read stays not known
 */
void cgroup_now(const struct store_record *record, struct plan_cgroup_now *out);

/**
 * cgroup_update() - carry out a plan of plan_build_update(); what was written is written back when
 * something later fails
 */
int cgroup_update(struct arena *arena, const struct plan *plan, struct err *err) _must_check_;

/** cgroup_stats_json() - the figures of now, as members of the object "data" of runc's events */
void cgroup_stats_json(
	struct arena *arena, const struct store_record *record, struct json_out *out);

/* Out-of-memory kills of one container, as they happen. */
struct cgroup_oom {
	int fd;     /* to be waited for with @events */
	int dir_fd; /* its memory cgroup */
	short events;
	const struct cgroup_driver *driver;
	uint64_t n_seen;
};
#define CGROUP_OOM_NONE                \
	{                              \
		.fd = -1, .dir_fd = -1 \
	}
void cgroup_oom_close(struct cgroup_oom *oom);
#define _cgroup_oom_ _cleanup_(cgroup_oom_close)

/**
 * cgroup_oom_open() - start to listen; ->fd stays -1 where the container has no memory cgroup
 * cgroup_oom_take() - how many there were since the last call
 */
int cgroup_oom_open(const struct store_record *record, struct cgroup_oom *oom, struct err *err)
	_must_check_;
uint64_t cgroup_oom_take(struct cgroup_oom *oom);

/** cgroup_oom_count() - how many there were in all, as far as the kernel counts them */
uint64_t cgroup_oom_count(const struct store_record *record);

/**
 * cgroup_enter_unit() - caisson-init exists: with systemd as the driver, put it into its unit and
 * set what is not set before
 */
int cgroup_enter_unit(struct cgroup_set *set, pid_t pid, struct err *err) _must_check_;

/**
 * cgroup_attach() - a process of exec, which waits for it: into a unit of the user's systemd
 * @fd: what it is to write its "0" to; -1: the plan has no such unit
 */
int cgroup_attach(const struct plan *plan, pid_t pid, int *fd, struct err *err) _must_check_;

/** cgroup_keep() - the container exists: leave the directories, close the descriptors */
void cgroup_keep(struct cgroup_set *set);

/** cgroup_birthplace() - the directory for CLONE_INTO_CGROUP; NULL = there is none */
struct cgroup_dir *cgroup_birthplace(struct cgroup_set *set);

/**
 * cgroup_kill() - SIGKILL every process of the container's cgroups; cgroup.kill, else each pid of
 * the one hierarchy that holds them until none is left (bounded). While the record is not complete:
 * only of directories that create made
 */
int cgroup_kill(const struct store_record *record, struct err *err) _must_check_;

/** cgroup_pids() - every process of the container's cgroup, ascending; with none: n = 0 */
int cgroup_pids(struct arena *arena, const struct store_record *record, pid_t **pids, size_t *n,
	struct err *err) _must_check_;

/** cgroup_thaw() - let go of frozen processes, so that they can die; v2 needs no such help */
void cgroup_thaw(const struct store_record *record);

/** cgroup_signal() - send @signo to every process of the container's cgroup */
int cgroup_signal(const struct store_record *record, int signo, struct err *err) _must_check_;

/**
 * cgroup_remove() - remove the directories that create made, and empty ones below them
 *
 * EBUSY is waited for, up to 10 s: by poll on cgroup.events (v2), or short bounded retries (v1).
 * Missing is success; directories that create did not make stay.
 */
int cgroup_remove(const struct store_record *record, struct err *err) _must_check_;

#endif
