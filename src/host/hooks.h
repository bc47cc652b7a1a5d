/*
 * Hooks that run in the runtime's namespaces: prestart, createRuntime, poststart, poststop.
 *
 * Runs in: host. wire/hook.h says what a hook gets.
 */
#ifndef HOST_HOOKS_H
#define HOST_HOOKS_H

#include <stdint.h>

#include "base/err.h"
#include "host/host.h"

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
