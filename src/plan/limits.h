/*
 * linux.resources while it is turned into values of files: what the files about memory and cpu,
 * and about everything else, share.
 *
 * Runs in: host. Pure. Local to src/plan.
 */
#ifndef PLAN_LIMITS_H
#define PLAN_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "facts/facts.h"
#include "plan/plan.h"

#define PLAN_POINTER_MEMORY "/linux/resources/memory/limit"
#define PLAN_POINTER_SWAP   "/linux/resources/memory/swap"
#define PLAN_POINTER_PIDS   "/linux/resources/pids/limit"

enum {                          /* of a limit; see PLAN_CGROUP_SET */
	PLAN_SET_OPTIONAL = 1,  /* without the file it holds anyway */
	PLAN_SET_ELSE_NEXT = 2, /* the next one says the same in another file: one of them counts */
	PLAN_SET_ANCESTORS = 4, /* no cgroup above may have less */
};

struct plan_limit {
	const char *pointer; /* of the field in config.json */
	const char *controller;
	const struct facts_hierarchy *hierarchy; /* NULL: no such controller here */
	const char *file;
	const char *value;
	unsigned flags;
};

struct plan_limits {
	struct arena *arena;
	const struct config_resources *resources;
	const struct facts *facts;
	const struct plan_cgroup_now *now;
	struct err *err;
	int result; /* first error; nothing is added after it */

	const char *controller; /* of the subject at hand, its place, and version there */
	const struct facts_hierarchy *hierarchy;
	bool is_v2;

	struct plan_limit *items;
	size_t n;
	size_t capacity;
};

/**
 * plan_limits_collect() - every limit of @resources
 * @now: of a container that exists, for values that are made of several fields; NULL for a new one
 *
 * Return: 0; -ENOTSUP or -EINVAL with field and file for what can't be had or means nothing.
 */
int plan_limits_collect(struct arena *arena, const struct config_resources *resources,
	const struct facts *facts, const struct plan_cgroup_now *now, struct plan_limits *out,
	struct err *err) _must_check_;

/** plan_limit_put() - one more value; a text of NULL is out of memory */
void plan_limit_put(struct plan_limits *l, const char *pointer, const char *file, unsigned flags,
	const char *value);

/** plan_limit_refuse() - a field of v1 that v2 has no file for */
void plan_limit_refuse(struct plan_limits *l, const char *pointer, const char *file_v1);

const char *plan_limit_number(struct plan_limits *l, int64_t n);
const char *plan_limit_u64(struct plan_limits *l, uint64_t n);

/* The subjects of cgroup_io.c. */
void plan_collect_block_io(struct plan_limits *l);
void plan_collect_huge_pages(struct plan_limits *l);
void plan_collect_net_class(struct plan_limits *l);
void plan_collect_net_priorities(struct plan_limits *l);
void plan_collect_rdma(struct plan_limits *l);
void plan_collect_unified(struct plan_limits *l);

#endif
