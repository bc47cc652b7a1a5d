/*
 * What the kernel says of a running container, whoever started it.
 *
 * Runs in: host. Reads only.
 */
#ifndef HOST_AUDIT_H
#define HOST_AUDIT_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "policy/audit.h"

/**
 * host_audit() - gather what policy_audit_live() judges
 * @pid:     any process of the container, as seen from here
 * @profile: says which paths are looked at
 * @arena:   takes megabytes: one of its own, which can end with @out
 *
 * Return: 0; -ESRCH when there is no such process, or it ended meanwhile; -EPERM, -EACCES when the
 * caller may not look at it.
 */
int host_audit(struct arena *arena, pid_t pid, const struct policy_profile *profile,
	struct policy_live *out, struct err *err) _must_check_;

#endif
