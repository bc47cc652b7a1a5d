/*
 * The descriptors that a plan's slots stand for, while caisson collects them for caisson-init.
 *
 * Runs in: host.
 */
#ifndef HOST_DESCRIPTORS_H
#define HOST_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "plan/read.h"

struct host_slots {
	int *fds; /* by slot, -1 = not there */
	size_t n;
};

void host_slots_done(struct host_slots *slots); /* closes all */
#define _host_slots_ _cleanup_(host_slots_done)

int host_slots_init(struct arena *arena, const struct plan *plan, struct host_slots *out,
	struct err *err) _must_check_;

/**
 * host_open_userns() - carry out PLAN_IDS: a user namespace, its maps written and read back, and
 * the namespaces it owns; or join one, its maps compared, and make them in it
 *
 * @is_nested: caisson is not in the initial user namespace, whose map bounds the new one then
 *
 * A short-lived process makes them; only descriptors remain. No one ever waits for a map.
 */
int host_open_userns(const struct plan *plan, bool is_nested, struct host_slots *slots,
	struct err *err) _must_check_;

/**
 * host_make_idmap() - a user namespace that only stands for the maps of a PLAN_OPEN_TREE
 * @step: its ref1 and ref2
 */
int host_make_idmap(const struct plan *plan, const struct plan_step *step, int *out,
	struct err *err) _must_check_;

/**
 * host_open_sources() - carry out PLAN_OPEN_TREE and PLAN_OPEN_NS
 *
 * SECURITY: opened while the host's paths are the host's; prepared (flags, idmap) while still
 * detached; a symlink as the last component of a source is followed by the kernel only outside
 * the container (hardening.md d.6).
 */
int host_open_sources(const struct plan *plan, struct host_slots *slots, struct err *err)
	_must_check_;

/** host_open_ns() - the namespace of one PLAN_OPEN_NS, its type checked; also a source */
int host_open_ns(const struct plan *plan, const struct plan_step *step, int *out, struct err *err)
	_must_check_;

/** host_open_init() - caisson-init's bytes in a sealed memfd (CVE-2019-5736: T-03) */
int host_open_init(int *fd, struct err *err) _must_check_;

/** host_open_plan() - the plan in a sealed memfd */
int host_open_plan(const struct plan *plan, int *fd, struct err *err) _must_check_;

#endif
