/*
 * Running one hook: a program with the state on its stdin, a time limit, and its output kept for
 * the message. Both programs run hooks, each in its own namespaces; how is the same.
 *
 * Runs in: host and init. SECURITY: a hook gets the environment it is given, descriptors 0-2 and
 * nothing else (CVE-2025-23266: T-13).
 */
#ifndef WIRE_HOOK_H
#define WIRE_HOOK_H

#include <stdint.h>

#include "base/err.h"

enum {
	WIRE_HOOK_STATE_PARTS = 3
};

struct wire_hook {
	const char *kind; /* "createRuntime", for the message */
	unsigned index;   /* in its list, for the message */
	const char *path; /* executed as it is: docker passes /proc/N/exe (oci-checklist T-07) */
	char *const *argv;
	char *const *envp;
	uint64_t timeout_s; /* 0 = none */
	int cwd_fd;         /* -1 = where we are */
	int peer_fd;        /* the hook is killed when its other end is closed; -1 = none */
	const char *state[WIRE_HOOK_STATE_PARTS]; /* JSON for stdin, in pieces; NULL = no more */
};

/**
 * wire_hook_run() - run a hook to its end
 *
 * Return: 0; -EIO "error running createRuntime hook #0: exit status 1, stdout: ..., stderr: ...";
 * -ETIMEDOUT or -EPIPE after killing it; the errno of a failed execve. Neither allocates nor needs
 * a signal handler; the caller reaps no child meanwhile.
 */
int wire_hook_run(const struct wire_hook *hook, struct err *err) _must_check_;

/** wire_reset_signals() - every disposition the default, nothing blocked; before an execve */
void wire_reset_signals(void);

#endif
