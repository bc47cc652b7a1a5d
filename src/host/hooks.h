/*
 * Hooks that run in the runtime's namespaces: prestart, createRuntime, poststart, poststop.
 *
 * Runs in: host. SECURITY: a hook gets exactly the environment the config gives it, descriptors
 * 0-2 and nothing else (CVE-2025-23266: T-13).
 */
#ifndef HOST_HOOKS_H
#define HOST_HOOKS_H

#include <stdint.h>

#include "base/err.h"
#include "host/host.h"

struct host_hook_call {
	const char *kind; /* "createRuntime", for the message */
	uint64_t index;   /* in its list, for the message */
	const char *path; /* executed as it is: docker passes /proc/N/exe (T-07) */
	char *const *argv;
	char *const *envp;  /* NULL = the caller's environment (T-11) */
	uint64_t timeout_s; /* 0 = none */
	const char *cwd;    /* NULL = the caller's */
	const char *state;  /* JSON for its stdin */
};

/**
 * host_hook_run() - run one hook to its end
 *
 * Return: 0; -EIO "error running createRuntime hook #0: exit status 1, stdout: ..., stderr: ...";
 * -ETIMEDOUT after killing it.
 */
int host_hook_run(const struct host_hook_call *call, struct err *err) _must_check_;

/**
 * host_hooks_run_list() - run the hooks of one kind from the state record, in order
 * @state: what they get on stdin
 * @keep_going: poststop: a failure is logged and the next hook runs (oci-checklist T-02)
 */
int host_hooks_run_list(const char *kind, const struct config_hook *hooks, size_t n,
	const struct host_state *state, bool keep_going, struct err *err) _must_check_;

/** host_hook_state_text() - the state JSON that a hook gets; NULL = out of memory */
const char *host_hook_state_text(struct arena *arena, const struct host_state *state);

#endif
