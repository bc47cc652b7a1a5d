/*
 * What the parts of the audit of a running container share.
 *
 * Runs in: host. Local to src/policy.
 */
#ifndef POLICY_LIVE_H
#define POLICY_LIVE_H

#include "policy/audit.h"

#include "rules.h"

struct live_audit {
	struct arena *arena;
	const struct policy_profile *profile;
	const struct policy_live *live;
	struct policy_mounts mounts, host_mounts;
	uint64_t caps; /* in any set of the process */
	struct policy_finding *findings;
	size_t n, n_checks;
	bool failed;
};

/**
 * policy_live_check() - one rule: counted, and a finding of it if @is_wrong
 * @found, @accepted: live as long as the arena; looked at only if it is wrong
 */
void policy_live_check(struct live_audit *a, const char *id, bool is_wrong, const char *found,
	const char *accepted);

/** policy_live_list() - the same, wrong if there is anything in the list */
void policy_live_list(
	struct live_audit *a, const char *id, const struct str_buf *list, const char *accepted);

/** policy_live_quote() - foreign text for a finding; never NULL */
const char *policy_live_quote(struct live_audit *a, const char *text);

/** policy_live_has_root() - is one of the ids on the line @name of status root's inside? */
bool policy_live_has_root(const char *status, const char *name, const char *map);

/** policy_live_rlimit() - a line of /proc/PID/limits, "Max open files  1024  524288  files" */
bool policy_live_rlimit(const char *limits, const char *name, uint64_t *soft, uint64_t *hard);

/** policy_live_mounts() - signs of a privileged container that mounts are */
int policy_live_mounts(struct live_audit *a);
void policy_live_processes(struct live_audit *a);
void policy_live_labels(struct live_audit *a);
void policy_live_resources(struct live_audit *a);
void policy_live_host(struct live_audit *a);

#endif
