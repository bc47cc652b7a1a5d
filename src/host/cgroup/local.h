/*
 * What the files of the cgroup part share. Directories are descriptors; names are relative.
 *
 * Runs in: host. Local to src/host/cgroup (and its unit test).
 */
#ifndef HOST_CGROUP_LOCAL_H
#define HOST_CGROUP_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/abi.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "plan/read.h"

#include "cgroup.h"

enum {
	CGROUP_WAIT_MS = 10000,     /* for processes to go: kill, and rmdir that says EBUSY */
	CGROUP_DEPTH_MAX = 64,      /* of cgroups that a container made below its own */
	CGROUP_PIDS_MAX = 4 << 20,  /* of one cgroup; the kernel's own limit of pids */
	CGROUP_RULES_MAX = 4096,    /* of one device list */
	CGROUP_VALUE_MAX = 3072,    /* of a file we read whole: cpuset.cpus, cgroup.events */
	CGROUP_PAGE_MAX = 64 << 10, /* bytes; v1 rounds "unlimited" down to whole pages */
};

/* A device number that matches all. Not in the enum: all its constants would become unsigned. */
#define CGROUP_ANY UINT32_MAX

/* Resolution below a hierarchy: nothing above it, no symlink, no other mount. */
#define CGROUP_RESOLVE (SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_XDEV)

/* --- time ------------------------------------------------------------------------------------ */

uint64_t cgroup_now_ms(void); /* monotonic */

/** cgroup_pause() - sleep *@delay_ms, double it (64 ms at most) */
void cgroup_pause(unsigned *delay_ms);

/* --- tree.c: processes of a directory and everything below it -------------------------------- */

/** cgroup_tree_count() - processes listed; 0 or negative errno in errno style (-1) */
int cgroup_tree_count(int dir_fd, size_t *n) _must_check_;

/**
 * cgroup_tree_signal() - send @signo to each
 * @n: how many were listed
 *
 * SECURITY: a process is signalled only if it was in the cgroup while we already held its pidfd,
 * so a number that is reused in between never reaches a stranger (T-41).
 */
int cgroup_tree_signal(int dir_fd, int signo, size_t *n) _must_check_;

/** cgroup_tree_pids() - every process of the tree, ascending; in @arena */
int cgroup_tree_pids(struct arena *arena, int dir_fd, pid_t **pids, size_t *n) _must_check_;

/** cgroup_tree_remove() - rmdir @name and what is below it, waiting for EBUSY until @deadline_ms */
int cgroup_tree_remove(int parent_fd, const char *name, const struct cgroup_driver *driver,
	uint64_t deadline_ms) _must_check_;

/** cgroup_path_remove() - the same by absolute path; missing is success */
int cgroup_path_remove(const char *path, const struct cgroup_driver *driver, uint64_t deadline_ms,
	struct err *err) _must_check_;

/* --- v2.c ------------------------------------------------------------------------------------ */

/** cgroup_v2_enable() - hand @controllers ("cpu memory") down to @path, as far as possible */
void cgroup_v2_enable(int mount_fd, const char *path, const char *controllers);

/* --- end.c ---------------------------------------------------------------------------------- */

/** cgroup_open_recorded() - descriptor, or -1: ENOENT for anything that is no cgroup any more */
int cgroup_open_recorded(const struct store_record *record, const struct store_cgroup *cgroup)
	_must_check_;

/* --- freeze.c -------------------------------------------------------------------------------- */

/** cgroup_recorded() - the directory with @controller, else the one of v2; NULL */
const struct store_cgroup *cgroup_recorded(
	const struct store_record *record, const char *controller);

/* --- values.c ------------------------------------------------------------------------------- */

/* What files held before an update, to be put back if a later one is refused. */
struct cgroup_undo {
	struct arena *arena;
	struct cgroup_old *items;
	size_t n;
	size_t capacity;
};

/**
 * cgroup_values_write() - every PLAN_CGROUP_SET of the plan
 * @undo: filled with what was there before; NULL for a new container
 *
 * Return: 0; negative errno with field, file and value. What was written before stays.
 */
int cgroup_values_write(const struct plan *plan, const struct cgroup_set *set,
	struct cgroup_undo *undo, struct err *err) _must_check_;

/** cgroup_values_undo() - write the old values again, last first; best effort */
void cgroup_values_undo(const struct cgroup_undo *undo);

/**
 * cgroup_old_value() - what has to be written to @file to have again what it said
 * @text:  its content before
 * @value: what is written to it now: a line for one device leaves the other lines alone
 */
const char *cgroup_old_value(
	struct arena *arena, const char *file, const char *text, const char *value) _must_check_;

/* --- program.c ------------------------------------------------------------------------------- */

struct cgroup_device_rule {
	bool allow;
	char type;      /* 'c', 'b'; 'a' resets the list to its verdict */
	uint32_t major; /* CGROUP_ANY */
	uint32_t minor;
	unsigned access; /* as in PLAN_DEVICE_RULE: 4 r, 2 w, 1 m */
};

/**
 * cgroup_program_build() - a device list as a program of type BPF_PROG_TYPE_CGROUP_DEVICE
 * @n_out: 0 when everything is allowed, so that no program is needed
 *
 * Each of r, w and m is decided by the last rule that names it; what no rule names is denied, and
 * an access is allowed if all of its parts are.
 */
int cgroup_program_build(struct arena *arena, const struct cgroup_device_rule *rules, size_t n,
	struct sys_ebpf_insn **out, size_t *n_out) _must_check_;

#endif
