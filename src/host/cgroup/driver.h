/*
 * What the kinds of cgroups differ in: one struct of functions for each of the three, cgroupfs on v1
 * (also the v1 hierarchies of a hybrid machine), cgroupfs on v2, and systemd on v2. The rest of this
 * folder knows no kind. Which one a directory has, is said by the plan or by the record.
 *
 * Runs in: host. Local to src/host/cgroup.
 */
#ifndef HOST_CGROUP_DRIVER_H
#define HOST_CGROUP_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "host/store.h"
#include "plan/plan.h"
#include "plan/read.h"

#include "cgroup.h"
#include "stats.h"
#include "unit.h"

struct cgroup_driver {
	const char *name;
	unsigned long magic; /* of its file system */

	/* Who makes it: NULL where a directory is all there is to make. */
	int (*start)(struct arena *arena, const struct plan *plan, struct cgroup_unit **out,
		struct err *err);
	int (*enter)(struct cgroup_unit *unit, pid_t pid, struct err *err); /* caisson-init */
	int (*update)(const struct plan *plan, struct err *err);            /* after the files */
	void (*keep)(struct cgroup_unit *unit);
	void (*rollback)(struct cgroup_unit *unit);
	int (*stop)(const struct store_record *record, struct err *err);

	/* A new container's directory: made (NULL: start did), and opened, so that it can be entered. */
	int (*make)(int mount_fd, const char *path, bool *created);
	int (*prepare)(int mount_fd, const char *path, struct cgroup_dir *dir,
		struct err *err);                                       /* or NULL */
	int (*delegate)(const struct cgroup_dir *dir, struct err *err); /* to its owner; v2 alone */
	void (*hand_down)(int mount_fd, const char *path,
		const char *controllers); /* to a directory that is there; or NULL */

	/* The directory of one that runs. */
	int (*join)(struct cgroup_dir *dir, struct err *err); /* exec; NULL: it is born there */
	int (*set_devices)(struct arena *arena, const struct plan *plan,
		const struct cgroup_dir *dir, bool replace, struct err *err);
	const char *freezer;     /* the controller; NULL: every directory is one */
	const char *freeze_file; /* begins with this letter while they are stopped */
	char frozen_letter;
	bool (*is_frozen)(int dir_fd);
	int (*freeze)(int dir_fd, uint64_t deadline_ms, struct err *err);
	int (*thaw)(int dir_fd, uint64_t deadline_ms, struct err *err);
	void (*read_memory)(int dir_fd, struct plan_cgroup_now *out);
	void (*read_cpu)(int dir_fd, struct plan_cgroup_now *out);
	void (*stats_cpu)(const struct cgroup_stats *stats);
	void (*stats_memory)(const struct cgroup_stats *stats);
	void (*stats_block)(const struct cgroup_stats *stats);
	void (*stats_pages)(const struct cgroup_stats *stats, const char *size); /* "2MB" */
	const char *oom_file; /* with a line "oom_kill N" */
	int (*oom_open)(struct cgroup_oom *oom, const char *path, struct err *err);
	uint64_t (*oom_take)(struct cgroup_oom *oom);

	/* Its end: SIGKILL for those who are in it, @left is increased by how many, @dying: the kernel
	 * has killed all, and none can fork any more; waiting, before the removal is tried again. */
	int (*kill)(int dir_fd, bool *dying, size_t *left);
	void (*wait_empty)(int dir_fd, uint64_t deadline_ms, unsigned *delay_ms);
};

extern const struct cgroup_driver cgroup_driver_v1, cgroup_driver_v2, cgroup_driver_systemd;

/** cgroup_driver_of_step() - of a PLAN_CGROUP_DIR */
const struct cgroup_driver *cgroup_driver_of_step(const struct plan_step *step);

/** cgroup_driver_of_plan() - of a container: of its unit, or else of its first directory */
const struct cgroup_driver *cgroup_driver_of_plan(const struct plan *plan);

/** cgroup_driver_of() - of a recorded directory */
const struct cgroup_driver *cgroup_driver_of(
	const struct store_record *record, const struct store_cgroup *cgroup);

/* --- v1.c, v2.c: what the tables are made of ------------------------------------------------------- */

int cgroup_v1_prepare(int mount_fd, const char *path, struct cgroup_dir *dir, struct err *err)
	_must_check_;
int cgroup_v1_open_tasks(struct cgroup_dir *dir, struct err *err) _must_check_;
bool cgroup_v1_is_frozen(int dir_fd);
int cgroup_v1_freeze(int dir_fd, uint64_t deadline_ms, struct err *err) _must_check_;
int cgroup_v1_thaw(int dir_fd, uint64_t deadline_ms, struct err *err) _must_check_;
int cgroup_v1_kill(int dir_fd, bool *dying, size_t *left) _must_check_;
void cgroup_v1_wait_empty(int dir_fd, uint64_t deadline_ms, unsigned *delay_ms);

int cgroup_v2_prepare(int mount_fd, const char *path, struct cgroup_dir *dir, struct err *err)
	_must_check_;
bool cgroup_v2_is_frozen(int dir_fd);
int cgroup_v2_freeze(int dir_fd, uint64_t deadline_ms, struct err *err) _must_check_;
int cgroup_v2_thaw(int dir_fd, uint64_t deadline_ms, struct err *err) _must_check_;
int cgroup_v2_kill(int dir_fd, bool *dying, size_t *left) _must_check_;
void cgroup_v2_wait_empty(int dir_fd, uint64_t deadline_ms, unsigned *delay_ms);

/* --- create.c, delegate.c, devices.c, update.c, oom.c: the same for what they are about ------------------------- */

int cgroup_make_dirs(int mount_fd, const char *path, bool *created) _must_check_;
int cgroup_v2_delegate(const struct cgroup_dir *dir, struct err *err) _must_check_;
int cgroup_devices_v1(struct arena *arena, const struct plan *plan, const struct cgroup_dir *dir,
	bool replace, struct err *err) _must_check_;
int cgroup_devices_v2(struct arena *arena, const struct plan *plan, const struct cgroup_dir *dir,
	bool replace, struct err *err) _must_check_;
void cgroup_memory_v1(int dir_fd, struct plan_cgroup_now *out);
void cgroup_memory_v2(int dir_fd, struct plan_cgroup_now *out);
void cgroup_cpu_v1(int dir_fd, struct plan_cgroup_now *out);
void cgroup_cpu_v2(int dir_fd, struct plan_cgroup_now *out);
int cgroup_oom_open_v1(struct cgroup_oom *oom, const char *path, struct err *err) _must_check_;
uint64_t cgroup_oom_take_v1(struct cgroup_oom *oom);
int cgroup_oom_open_v2(struct cgroup_oom *oom, const char *path, struct err *err) _must_check_;
uint64_t cgroup_oom_take_v2(struct cgroup_oom *oom);

#endif
