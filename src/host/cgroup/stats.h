/*
 * Reading the figures of a cgroup and writing them as members of runc's event document.
 *
 * Runs in: host. Local to src/host/cgroup (and its unit test).
 */
#ifndef HOST_CGROUP_STATS_H
#define HOST_CGROUP_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "config/json.h"

enum {
	CGROUP_STATS_FILE_MAX = 256 << 10, /* memory.stat, io.stat, a line per device */
	CGROUP_STATS_NAMES_MAX = 512,      /* of memory.stat */
};

/* Directories of one container, by what is read there; -1: none. On v2 all are the same one. */
struct cgroup_stats {
	struct arena *arena;
	struct json_out *out;
	int cpu, cpuacct, cpuset, memory, pids, blkio, hugetlb;
};

/* A name with a number: one line of memory.stat. */
struct cgroup_figure {
	const char *name;
	uint64_t value;
};

/** cgroup_stats_text() - a file as text; NULL when there is none */
char *cgroup_stats_text(const struct cgroup_stats *s, int dir_fd, const char *file);

/** cgroup_stats_u64() - the number in a file; "max" is the largest there is; 0 without the file */
uint64_t cgroup_stats_u64(int dir_fd, const char *file);

/** cgroup_stats_key() - the number behind @key in a file of "key number" lines; 0 without it */
uint64_t cgroup_stats_key(
	const struct cgroup_stats *s, int dir_fd, const char *file, const char *key);

/** cgroup_stats_figures() - all of such a file, sorted by name */
struct cgroup_figure *cgroup_stats_figures(
	const struct cgroup_stats *s, int dir_fd, const char *file, size_t *n);

/** cgroup_stats_has_pages() - is there a file about pages of that size, "2MB" ".rsvd.current"? */
bool cgroup_stats_has_pages(const struct cgroup_stats *s, const char *size, const char *suffix);

/* Members that are left out when they are 0, as runc does, and some that are not. */
void cgroup_stats_put(const struct cgroup_stats *s, const char *key, uint64_t value);

struct cgroup_usage {
	uint64_t limit, usage, max, failcnt;
};
void cgroup_stats_put_usage(
	const struct cgroup_stats *s, const char *key, const struct cgroup_usage *usage);

/** cgroup_stats_put_raw() - an object of all figures */
void cgroup_stats_put_raw(
	const struct cgroup_stats *s, const char *key, const struct cgroup_figure *items, size_t n);

/** cgroup_stats_put_pressure() - "psi" from a pressure file; nothing when there is none */
void cgroup_stats_put_pressure(const struct cgroup_stats *s, int dir_fd, const char *file);

/* blkio: a list that is opened by its first entry. */
struct cgroup_stats_list {
	const char *key;
	bool is_open;
};
void cgroup_stats_put_block(const struct cgroup_stats *s, struct cgroup_stats_list *list,
	const char *device, const char *op, uint64_t value);
void cgroup_stats_end_list(const struct cgroup_stats *s, struct cgroup_stats_list *list);

/* The subjects whose files differ: members of the objects of that name. */
void cgroup_stats_cpu_v1(const struct cgroup_stats *s);
void cgroup_stats_cpuset_v1(const struct cgroup_stats *s);
void cgroup_stats_memory_v1(const struct cgroup_stats *s);
void cgroup_stats_block_v1(const struct cgroup_stats *s);
void cgroup_stats_pages_v1(const struct cgroup_stats *s, const char *size);
void cgroup_stats_cpu_v2(const struct cgroup_stats *s);
void cgroup_stats_memory_v2(const struct cgroup_stats *s);
void cgroup_stats_block_v2(const struct cgroup_stats *s);
void cgroup_stats_pages_v2(const struct cgroup_stats *s, const char *size);

#endif
