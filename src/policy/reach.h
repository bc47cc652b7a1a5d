/*
 * What a seccomp filter can be made to let through: for one call, over all values of its arguments.
 * The filter means what src/plan makes of it: rules in their order, the first that matches decides,
 * one without conditions goes before all that have some.
 *
 * More rules or conditions than fit here are left undecided, and taken for a yes.
 *
 * Runs in: host. Local to src/policy.
 */
#ifndef POLICY_REACH_H
#define POLICY_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

enum {
	POLICY_REACH_ARGS = 6
};

/* The doors of one kernel. */
enum policy_way {
	POLICY_WAY_NATIVE,
	POLICY_WAY_X32,
	POLICY_WAY_COMPAT32,   /* i386, arm: arguments of 32 bits */
	POLICY_WAY_SOCKETCALL, /* i386: arguments behind a pointer */
	POLICY_WAYS
};

/* A call, and what makes it the one that is meant. */
struct policy_call {
	const char *name;
	bool has_arg;
	struct config_seccomp_arg arg;
	bool is_not;         /* it is the one where the condition does not hold */
	unsigned socketcall; /* its number there; 0 = none */
};

enum policy_answer {
	POLICY_NO,
	POLICY_YES,
	POLICY_UNDECIDED, /* too many conditions: to be taken for yes */
};

struct policy_reach {
	enum policy_answer answer;
	int rule; /* that lets it through, by its number in the filter; -1 = the default action */
	uint64_t args[POLICY_REACH_ARGS]; /* with which it does */
};

/** policy_reach_has_way() - does the filter, on this machine, let anything through there? */
bool policy_reach_has_way(const struct config_seccomp *filter, enum policy_way way);

/**
 * policy_reach() - can @call be made by this way?
 * @rules: numbers of the filter's rules that name @call, or socketcall for that way; ascending
 */
void policy_reach(const struct config_seccomp *filter, const struct policy_call *call,
	enum policy_way way, const uint32_t *rules, size_t n, struct policy_reach *out);

/* --- reach_solve.c ----------------------------------------------------------------------------- */

/* A condition that has to hold, or has not to. */
struct policy_literal {
	const struct config_seccomp_arg *arg;
	bool holds;
};

/** policy_reach_solve() - values for which all literals are true; each compares 64 bits, or 32 */
enum policy_answer policy_reach_solve(
	const struct policy_literal *literals, size_t n, bool is_64, uint64_t *args);

#endif
