/*
 * profiles/seccomp/floor.json as a filter, and one for every set of what a profile can open in it,
 * compiled when caisson was: to parse and to compile takes a tenth of the time of a launch.
 *
 * The file floor.bpf is the end of each program, counted in instructions, as POLICY_FLOOR_VARIANTS
 * numbers of 32 bits; and the programs, one after the other.
 *
 * Runs in: host.
 */
#ifndef PLAN_FLOOR_H
#define PLAN_FLOOR_H

#include <stddef.h>

#include "base/abi.h"
#include "base/arena.h"
#include "base/err.h"
#include "policy/policy.h"

/**
 * plan_floor_built() - the program and its length in instructions
 * @options: POLICY_FLOOR_*
 * @n:       0: no filters for this machine's architecture
 */
const struct sys_bpf_insn *plan_floor_built(unsigned options, size_t *n);

/** plan_floor() - that of a profile: one of these, or what its file says */
int plan_floor(struct arena *arena, const struct policy_profile *profile,
	const struct sys_bpf_insn **out, size_t *n, struct err *err) _must_check_;

#endif
