/*
 * The cgroup part of a plan over hand-made facts: a host with v1 hierarchies, one with v2.
 */
#ifndef TESTS_CGROUP_FIXTURE_H
#define TESTS_CGROUP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/cgroup/local.h"
#include "plan/cgroup.h"
#include "plan/limits.h"

/* --- a builder over hand-made facts ---------------------------------------------------------- */

struct fixture {
	struct arena arena;
	struct policy_profile profile;
	struct policy_decisions decisions;
	struct facts facts;
	struct plan_request request;
	struct plan_builder b;
	struct err err;
};

static inline void add_hierarchy(struct fixture *f, const char *controllers, const char *mountpoint,
	const char *own_path, const char *available)
{
	struct facts_hierarchy *h = &f->facts.hierarchies[f->facts.n_hierarchies++];

	str_fmt(h->controllers, sizeof(h->controllers), "%s", controllers);
	h->mountpoint = mountpoint;
	h->own_path = own_path;
	h->is_v2 = available != NULL;
	h->available = available;
}

static inline void start(struct fixture *f, enum facts_cgroup_mode mode)
{
	memset(f, 0, sizeof(*f));
	f->facts.cgroup_mode = mode;
	f->facts.cgroup_writable = true;
	f->facts.initial_userns = true;
	f->decisions.profile = &f->profile;
	f->request.id = "box";
	f->b.arena = &f->arena;
	f->b.decisions = &f->decisions;
	f->b.config = &f->decisions.config;
	f->b.facts = &f->facts;
	f->b.request = &f->request;
	f->b.n_slots = PLAN_SLOT_FIRST;
	plan_add_blob(&f->b, "x", 1);
}

static inline void start_v1(struct fixture *f)
{
	start(f, FACTS_CGROUP_V1);
	add_hierarchy(f, "cpu,cpuacct", "/c/cpu,cpuacct", "/", NULL);
	add_hierarchy(f, "cpuset", "/c/cpuset", "/", NULL);
	add_hierarchy(f, "memory", "/c/memory", "/user/x", NULL);
	add_hierarchy(f, "devices", "/c/devices", "/", NULL);
	add_hierarchy(f, "pids", "/c/pids", "/", NULL);
	add_hierarchy(f, "name=systemd", "/c/systemd", "/", NULL);
	add_hierarchy(f, "", "/c/unified", "/user/y", "hugetlb rdma");
}

static inline void start_v2(struct fixture *f)
{
	start(f, FACTS_CGROUP_V2);
	add_hierarchy(f, "", "/c", "/user/y", "cpuset cpu io memory pids");
}

static inline void finish(struct fixture *f)
{
	for (size_t i = 0; i < PLAN_STAGE_N; i++)
		free(f->b.stages[i].items);
	str_buf_done(&f->b.data);
	arena_done(&f->arena);
}

static inline int build(struct fixture *f)
{
	return plan_build_cgroups(&f->b, &f->err);
}

static inline const struct plan_step *step_at(const struct fixture *f, size_t i)
{
	return i < f->b.stages[PLAN_STAGE_PREPARE].n ? &f->b.stages[PLAN_STAGE_PREPARE].items[i]
						     : NULL;
}

static inline const struct plan_step *must_step(const struct fixture *f, size_t i)
{
	static const struct plan_step none;
	const struct plan_step *step = step_at(f, i);

	if (step == NULL)
		fail_msg("there is no step %zu", i);
	return step != NULL ? step : &none;
}

static inline const char *text(const struct fixture *f, const struct plan_step *step, size_t ref)
{
	return step->ref[ref].len != 0 ? f->b.data.data + step->ref[ref].offset : "";
}

static inline size_t count_kind(const struct fixture *f, enum plan_kind kind)
{
	const struct plan_step *step;
	size_t n = 0;

	for (size_t i = 0; (step = step_at(f, i)) != NULL; i++)
		n += step->kind == kind;
	return n;
}

static inline const char *dir_of(const struct fixture *f, const char *mountpoint)
{
	const struct plan_step *step;

	for (size_t i = 0; (step = step_at(f, i)) != NULL; i++)
		if (step->kind == PLAN_CGROUP_DIR && str_eq(text(f, step, 0), mountpoint))
			return text(f, step, 1);
	return NULL;
}

/* All settings as "file=value ", in order. */
static inline const char *settings(struct fixture *f)
{
	const char *all = "";
	const struct plan_step *step;

	for (size_t i = 0; (step = step_at(f, i)) != NULL; i++)
		if (step->kind == PLAN_CGROUP_SET)
			all = arena_fmt(
				&f->arena, "%s%s=%s ", all, text(f, step, 0), text(f, step, 1));
	return all;
}

static inline struct config_resources *resources(struct fixture *f)
{
	return &f->decisions.config.resources;
}

static inline void assert_message(const struct fixture *f, const char *part)
{
	if (strstr(f->err.msg, part) == NULL)
		fail_msg("'%s' is not in '%s'", part, f->err.msg);
}

#endif
