/*
 * The last resort for a root file system whose mounts can't be idmapped: its files are given to the
 * container's ids one by one (design 4, rung 5; only where the profile says so).
 *
 * Runs in: host, before the container's processes exist.
 */
#ifndef HOST_SHIFT_H
#define HOST_SHIFT_H

#include "base/err.h"
#include "facts/facts.h"
#include "plan/read.h"

/**
 * host_shift_tree() - carry out PLAN_CHOWN; a plan without it is success
 * @blocks: ids that containers have had: who owns a file by one of these is who has the same
 *          number in the first block
 *
 * Can be interrupted anywhere and done again, with another block too: what an object is to become
 * follows from what it is, and what a change of owner takes away (set-user-id, file capabilities)
 * is written down in an attribute of the file before.
 */
int host_shift_tree(const struct plan *plan, const struct facts_subids *blocks, struct err *err)
	_must_check_;

/* --- shared by shift*.c only --------------------------------------------------------------------- */

struct host_shift {
	uint32_t base;
	const struct facts_subids *blocks;
};

/** host_shift_id() - what @id is to become; ids that no container can have stay as they are */
uint32_t host_shift_id(const struct host_shift *s, uint32_t id);

/** host_shift_object() - one object, by an O_PATH descriptor; -1 with errno */
int host_shift_object(const struct host_shift *s, int fd) _must_check_;

#endif
