/*
 * What the administrator of the machine settled for every container, in one file. Nothing that
 * comes from a bundle, an image or the environment is a setting.
 *
 * Runs in: host.
 */
#ifndef POLICY_SETTINGS_H
#define POLICY_SETTINGS_H

#include "base/arena.h"
#include "base/err.h"
#include "config/json.h"

#define POLICY_SETTINGS_FILE "/etc/caisson/caisson.json"

enum {
	POLICY_SINKS_MAX = 4 /* of the audit log */
};

/* NULL = not said. */
struct policy_settings {
	const char *profile;    /* for callers that give no --profile: a name, or a path */
	const char *id_user;    /* whose ranges in /etc/subuid and /etc/subgid containers get */
	const char *state_root; /* root's state directory, for callers that give no --root */
	struct json_strings profiles; /* that --profile may choose; items NULL: any */
	struct json_strings audit;    /* "syslog", "journald", or the path of a file */
};

/**
 * policy_settings_load() - read the administrator's file
 * @path: POLICY_SETTINGS_FILE; a missing file settles nothing
 *
 * SECURITY: the file and its directory must be root's, and writable by nobody else. A key that it
 * does not know is an error with the nearest one that it does: a typo must not leave a machine
 * open.
 */
int policy_settings_load(struct arena *arena, const char *path, struct policy_settings *out,
	struct err *err) _must_check_;

/**
 * policy_settings_permit() - may a caller choose @profile? The default always may be
 *
 * Return: 0; -EPERM, with those it may choose and the file that says so.
 */
int policy_settings_permit(
	const struct policy_settings *settings, const char *profile, struct err *err) _must_check_;

#endif
