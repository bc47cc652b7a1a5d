/*
 * The builder behind plan_build(): steps are appended in order, strings and blobs go to the data
 * area, slots are handed out. An error (out of memory, a limit) is remembered and returned once,
 * by plan_builder_finish().
 *
 * Runs in: host. Local to src/plan.
 */
#ifndef PLAN_BUILD_H
#define PLAN_BUILD_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "config/config.h"
#include "facts/facts.h"
#include "plan/plan.h"

struct plan_builder {
	struct arena *arena;
	const struct policy_decisions *decisions;
	const struct config *config;        /* &decisions->config */
	const struct facts *facts;
	const struct plan_request *request;
	struct plan_step *steps;
	size_t n_steps;
	size_t cap_steps;
	struct str_buf data;
	enum plan_stage stage;
	int n_slots;
	bool failed;                        /* out of memory or too many steps */
};

/** plan_add() - a new step of the current stage; never NULL (a scratch step after a failure) */
struct plan_step *plan_add(struct plan_builder *b, enum plan_kind kind, int slot);

/** plan_new_slot() - the next descriptor number */
int plan_new_slot(struct plan_builder *b);

struct plan_ref plan_add_string(struct plan_builder *b, const char *s); /* NULL = none */
struct plan_ref plan_add_strings(struct plan_builder *b, const struct json_strings *list);
struct plan_ref plan_add_blob(struct plan_builder *b, const void *data, size_t size);

/** plan_host_uid() - container id as the build stage sees it; UINT32_MAX when not mapped */
uint32_t plan_host_uid(const struct plan_builder *b, uint32_t id);
uint32_t plan_host_gid(const struct plan_builder *b, uint32_t id);

/* The parts of a plan, in the order plan_build() calls them. Each is one file. */
int plan_build_cgroups(struct plan_builder *b, struct err *err) _must_check_;    /* cgroup.c */
int plan_build_namespaces(struct plan_builder *b, struct err *err) _must_check_; /* namespaces.c */
int plan_build_mounts(struct plan_builder *b, struct err *err) _must_check_;     /* mounts.c */
int plan_build_confine(struct plan_builder *b, struct err *err) _must_check_;    /* confine.c */

#endif
