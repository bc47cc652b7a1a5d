/*
 * profiles/seccomp/floor.json as a filter, compiled when caisson was: the same for every container,
 * and a tenth of the time of a launch to parse and to compile.
 *
 * Runs in: host.
 */
#ifndef PLAN_FLOOR_H
#define PLAN_FLOOR_H

#include <stddef.h>

#include "base/abi.h"

/** plan_floor() - the program and its length in instructions */
const struct sys_bpf_insn *plan_floor(size_t *n);

#endif
