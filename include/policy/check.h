/*
 * Is this host ready? What host_check() has gathered, judged: a line for each thing caisson needs.
 *
 * Runs in: host. Pure.
 */
#ifndef POLICY_CHECK_H
#define POLICY_CHECK_H

#include "base/arena.h"
#include "base/err.h"
#include "facts/facts.h"
#include "facts/ready.h"

enum policy_mark {
	POLICY_MARK_OK,
	POLICY_MARK_DEGRADED, /* containers run, with something less */
	POLICY_MARK_MISSING,  /* they don't, or not all that was asked for */
	POLICY_MARK_N,
};

struct policy_check_line {
	enum policy_mark mark;
	const char *name;
	const char *found;
	const char *means; /* for containers */
	const char *fix;   /* NULL where nothing is to be fixed */
};

struct policy_check {
	const struct policy_check_line *lines;
	size_t n_lines;
	size_t counts[POLICY_MARK_N];
};

/** policy_check() - judge; returns 0, or -ENOMEM */
int policy_check(struct arena *arena, const struct facts *facts, const struct facts_ready *ready,
	struct policy_check *out, struct err *err) _must_check_;

/** policy_settings_open() - those of FACTS_SETTING_N that leave the kernel open, as text; "" = none;
 *  NULL: out of memory */
const char *policy_settings_open(struct arena *arena, const char *const *settings);

const char *policy_mark_name(enum policy_mark mark); /* "ok" */

#endif
