/*
 * What create planned for a container, against what the kernel says of it now.
 *
 * Runs in: host. Pure.
 */
#ifndef PLAN_DRIFT_H
#define PLAN_DRIFT_H

#include "plan/plan.h"
#include "policy/audit.h"

/* A cgroup of the container: below the root of its hierarchy. */
struct plan_drift_cgroup {
	const char *controllers; /* v1: "cpu,cpuacct" */
	const char *path;
	bool is_v2;
};

/* A file of a cgroup: what was written last by caisson, and what is in it. */
struct plan_drift_limit {
	const char *file;
	const char *wanted;
	const char *found;
};

struct plan_drift_request {
	const struct plan *plan;        /* of create */
	const struct policy_live *live; /* of its first process */
	const struct policy_profile *profile;
	const struct plan_exec_namespace *namespaces; /* as create saw them */
	size_t n_namespaces;
	const struct policy_place *places; /* of plan_drift_paths(), in that order */
	size_t n_places;
	const struct plan_drift_cgroup *cgroups;
	size_t n_cgroups;
	const struct plan_drift_limit *limits;
	size_t n_limits;
	bool ids_are_hosts;     /* not rootless: those of the plan are seen from here, too */
	bool config_is_changed; /* config.json is younger than the container */
};

/** plan_drift_paths() - every path of the container at which the plan has something mounted */
int plan_drift_paths(struct arena *arena, const struct plan *plan, struct json_strings *out,
	struct err *err) _must_check_;

/** plan_drift_limit_is_known() - does the file say what was written, and not something else? */
bool plan_drift_limit_is_known(const char *file);

/**
 * plan_audit_drift() - findings of the rules CS-DRIFT-*
 * @arena: takes the findings; nothing of @request is referred to
 *
 * Return: 0; -EINVAL when the kernel's text is none; -ENOMEM.
 */
int plan_audit_drift(struct arena *arena, const struct plan_drift_request *request,
	struct policy_report *out, struct err *err) _must_check_;

#endif
