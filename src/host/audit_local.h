/*
 * The parts of looking at a running container. Each fills what it knows of struct policy_live.
 *
 * Runs in: host. Reads only. SECURITY: below the container's root nothing is opened but by O_PATH,
 * so that no device, pipe or file system of the container's is asked for anything.
 */
#ifndef HOST_AUDIT_LOCAL_H
#define HOST_AUDIT_LOCAL_H

#include "host/audit.h"

/* The process whose container is looked at. */
struct host_subject {
	struct arena *arena;
	pid_t pid;
	int proc_fd; /* /proc/PID */
	int root_fd; /* its root, O_PATH; -1 in the host's mount namespace */
};

/** host_audit_place() - what is at a path of the container */
void host_audit_place(
	const struct host_subject *subject, const char *path, struct policy_place *out);

/** host_audit_devices() - nodes in its /dev; host_audit_sockets() - in its mounts */
int host_audit_devices(const struct host_subject *subject, struct policy_live *out, struct err *err)
	_must_check_;
int host_audit_sockets(const struct host_subject *subject, struct policy_live *out, struct err *err)
	_must_check_;

/** host_audit_files() - what it has open that no mount of its own holds */
int host_audit_files(const struct host_subject *subject, struct policy_live *out, struct err *err)
	_must_check_;

/** host_audit_processes() - all that share its pid and mount namespaces */
int host_audit_processes(
	const struct host_subject *subject, struct policy_live *out, struct err *err) _must_check_;

/** host_audit_asked() - what is looked at only where @profile asks for the rule */
int host_audit_asked(const struct host_subject *subject, const struct policy_profile *profile,
	struct policy_live *out, struct err *err) _must_check_;

/** host_audit_cgroup() - limits of the cgroups that it is in */
void host_audit_cgroup(const struct host_subject *subject, struct policy_live *out);

#endif
