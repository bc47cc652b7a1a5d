/* Runs in: host. Local to src/plan: the parts of plan_audit_drift(). */
#ifndef PLAN_DRIFT_LOCAL_H
#define PLAN_DRIFT_LOCAL_H

#include "plan/drift.h"

enum {
	DRIFT_RULES = 10
};

struct drift {
	struct arena *arena;
	const struct plan_drift_request *request;
	struct policy_mounts mounts, host_mounts;
	struct policy_finding findings[DRIFT_RULES];
	size_t n, n_checks;
	bool failed;
};

/** plan_drift_add() - to a list of what is wrong: "WHAT 'QUOTED'" */
void plan_drift_add(struct str_buf *list, const char *quoted, const char *what);

/** plan_drift_close() - the finding of rule @id, unless the list is empty */
void plan_drift_close(
	struct drift *d, const char *id, const struct str_buf *list, const char *accepted);

void plan_drift_mounts(struct drift *d);

#endif
