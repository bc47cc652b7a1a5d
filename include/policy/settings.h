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

#define POLICY_SETTINGS_FILE "/etc/caisson/caisson.json"

/* NULL = not said. */
struct policy_settings {
	const char *profile;    /* for callers that give no --profile: a name, or a path */
	const char *id_user;    /* whose ranges in /etc/subuid and /etc/subgid containers get */
	const char *state_root; /* root's state directory, for callers that give no --root */
};

/**
 * policy_settings_load() - read the administrator's file
 * @path: POLICY_SETTINGS_FILE; a missing file settles nothing
 *
 * The file is held to the same rules as a profile file. A key that it does not know is an error
 * with the nearest one that it does: a typo must not leave a machine open.
 */
int policy_settings_load(struct arena *arena, const char *path, struct policy_settings *out,
	struct err *err) _must_check_;

#endif
