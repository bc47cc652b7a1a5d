/*
 * Shared by the files of policy_check().
 *
 * Runs in: host. Pure.
 */
#ifndef POLICY_CHECK_LOCAL_H
#define POLICY_CHECK_LOCAL_H

#include "policy/check.h"

enum {
	CHECK_LINES_MAX = 64 + FACTS_READY_PATHS_MAX
};

struct check {
	struct arena *arena;
	const struct facts *facts;
	const struct facts_ready *ready;
	struct policy_check_line *lines;
	size_t n;
	bool failed; /* out of memory */
};

/** policy_check_ok() - one line; text may be NULL, for out of memory */
void policy_check_ok(struct check *c, const char *name, const char *found, const char *means);

/** policy_check_bad() - the same of what is not as it should be, with what to do about it */
void policy_check_bad(struct check *c, enum policy_mark mark, const struct policy_check_line *line);

bool policy_check_kernel_is(const struct check *c, unsigned major, unsigned minor);

/* The lines, by what they are about. */
void policy_check_kernel(struct check *c);
void policy_check_paths(struct check *c);
void policy_check_cgroups(struct check *c);
void policy_check_ids(struct check *c);
void policy_check_settings(struct check *c);

#endif
