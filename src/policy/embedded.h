/*
 * The profiles as they were when caisson was built, so that an installed
 * caisson does not depend on files that somebody could change.
 *
 * Runs in: host. Local to src/policy.
 */
#ifndef POLICY_EMBEDDED_H
#define POLICY_EMBEDDED_H

#include <stddef.h>

struct policy_embedded {
	const char *name; /* "hardened" */
	const char *text;
	size_t len;
};

/** policy_embedded_find() - by name; @out written when found. Return: 0, or -1. */
int policy_embedded_find(const char *name, struct policy_embedded *out);

#endif
