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
#include "host/host.h"
#include "plan/drift.h"
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

/* What the kernel says of a container of ours, and what create had planned. */
struct host_audited {
	struct policy_live live;
	struct plan_drift_request drift; /* refers to @live */
};

/**
 * host_audit_container() - the same of the container @id, for plan_audit_drift() as well
 *
 * Return: as host_audit(); -ENOENT when there is no such container, -ESRCH when it does not run.
 */
int host_audit_container(const struct host_context *ctx, struct arena *arena, const char *id,
	const struct policy_profile *profile, struct host_audited *out, struct err *err)
	_must_check_;

#endif
