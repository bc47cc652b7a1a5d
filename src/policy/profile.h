/*
 * What a profile file can say.
 *
 * Runs in: host. Local to src/policy.
 */
#ifndef POLICY_PROFILE_LOCAL_H
#define POLICY_PROFILE_LOCAL_H

#include "config/json.h"
#include "policy/policy.h"

/* The key that names the profile below; not one of policy_profile_read_keys(). */
static const char policy_profile_extends[] = "extends";

/**
 * policy_profile_read_keys() - what @root says, over what @profile has already
 *
 * Return: 0; -EINVAL: an unknown key, or a value that is none of its; -ENOMEM.
 */
int policy_profile_read_keys(struct arena *arena, const struct json *root,
	struct policy_profile *profile, struct err *err) _must_check_;

/* floor.c: the keys about caisson's own filter */
int policy_floor_read(struct arena *arena, const struct json *node, struct policy_profile *profile,
	struct err *err) _must_check_;
int policy_floor_read_abi(
	struct arena *arena, const struct json *node, unsigned *out, struct err *err) _must_check_;

#endif
