/*
 * A running container against the rule table: what the kernel says of a process, whoever started
 * it. The text is gathered by host_audit(); judging it takes nothing but that text.
 *
 * Runs in: host. Pure.
 */
#ifndef POLICY_AUDIT_H
#define POLICY_AUDIT_H

#include "policy/policy.h"

enum {
	POLICY_LIVE_TEXT_MAX = 1 << 20, /* bytes of one file of /proc */
	POLICY_LIVE_DEVICES_MAX = 512,  /* device nodes looked at */
};

/* Of a process and its container. Texts are files of /proc/PID; what is not known is NULL. */
struct policy_live {
	const char *status;
	const char *uid_map;
	const char *gid_map;
	const char *mountinfo;
	bool ns_is_host[CONFIG_NS_N];
	bool initial_userns;         /* of the one who reads: 0 in a map is root of the machine */
	struct json_strings devices; /* beyond those every program needs: "/dev/sda (b 8:0)" */
	const char *pids_max;        /* of its cgroup: "max", a number */
	const char *memory_max;
};

struct policy_report {
	const struct policy_finding *findings;
	size_t n_findings;
	size_t n_checks; /* rules that could be decided */
};

/**
 * policy_audit_live() - which rules the running container breaks
 * @profile: its ceiling, switches and "rules" say what is looked at
 *
 * The verdict of each finding is POLICY_WARN: nothing is changed any more.
 * Return: 0; -EINVAL when @live is no text of the kernel's; -ENOMEM.
 */
int policy_audit_live(struct arena *arena, const struct policy_profile *profile,
	const struct policy_live *live, struct policy_report *out, struct err *err) _must_check_;

/** policy_severity_find() - by name; -1 = none */
int policy_severity_find(const char *name);

#endif
