/*
 * Profiles: JSON, shipped inside the program or a file of the administrator, each on top of the one
 * it extends.
 */
#include "profile.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "config/json.h"
#include "policy/policy.h"

#include "embedded.h"
#include "rules.h"
#include "trusted.h"

#include "base/banned.h"

enum {
	EXTENDS_MAX = 8
};

static const char *const shipped[] = { "hardened", "oci", "restricted" };
static const char default_name[] = "hardened";

const char *policy_profile_name(size_t i)
{
	return i < ARRAY_SIZE(shipped) ? shipped[i] : NULL;
}

static bool is_shipped(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(shipped); i++) {
		if (str_eq(shipped[i], name))
			return true;
	}
	return false;
}

static int load(struct arena *arena, const char *name, unsigned depth,
	struct policy_profile *profile, struct err *err);

/* What @root extends, then its own keys. */
static int apply(struct arena *arena, const struct json *root, unsigned depth,
	struct policy_profile *profile, struct err *err)
{
	const struct json *node = json_get(root, policy_profile_extends);
	const char *name = NULL;
	int r = json_read_string(node, &name, err);

	if (r < 0)
		return r;
	if (name != NULL && depth >= EXTENDS_MAX)
		return json_err(
			err, node, "more than %d profiles extend each other", (int)EXTENDS_MAX);
	/* a path that starts anywhere but at the root means another file for another caller */
	if (name != NULL && name[0] != '/' && strchr(name, '/') != NULL)
		return json_err(err, node, "'%s' is not an absolute path", name);
	if (name != NULL)
		r = load(arena, name, depth + 1, profile, err);
	if (r < 0)
		return r;
	profile->name = NULL;
	profile->description = "";
	return policy_profile_read_keys(arena, root, profile, err);
}

static int unknown_profile(const char *name, struct err *err)
{
	const char *near = str_nearest(name, policy_profile_name);

	if (near != NULL)
		return err_new(
			err, -ENOENT, "unknown profile '%s'; did you mean '%s'?", name, near);
	return err_new(err, -ENOENT,
		"unknown profile '%s': hardened, oci, restricted, or the path of a file", name);
}

static int load_shipped(struct arena *arena, const char *name, unsigned depth,
	struct policy_profile *profile, struct err *err)
{
	struct policy_embedded file;
	const struct json *root;
	int r;

	if (!is_shipped(name) || policy_embedded_find(name, &file) < 0)
		return unknown_profile(name, err);
	r = policy_parse_object(arena, file.text, file.len, &root, err);
	if (r >= 0)
		r = apply(arena, root, depth, profile, err);
	return r < 0 ? err_ctx(err, "profile '%s'", name) : 0;
}

/* --- files ----------------------------------------------------------------------------------- */

static int check_file(
	const struct json *root, const struct policy_profile *profile, struct err *err)
{
	/* Without what it extends a forgotten key would be a forgotten protection. */
	if (json_get(root, policy_profile_extends) == NULL)
		return json_err(err, root,
			"\"extends\" is missing: \"hardened\", \"oci\", \"restricted\", or a path");
	if (profile->name != NULL && is_shipped(profile->name))
		return json_err(
			err, json_get(root, "name"), "'%s' is a shipped profile", profile->name);
	return 0;
}

static int load_file(struct arena *arena, const char *path, unsigned depth,
	struct policy_profile *profile, struct err *err)
{
	const struct json *root;
	int r;

	r = policy_read_trusted(arena, path, POLICY_AUTHOR_CALLER, &root, err);
	if (r >= 0)
		r = apply(arena, root, depth, profile, err);
	if (r >= 0)
		r = check_file(root, profile, err);
	if (r < 0)
		return err_ctx(err, "profile '%s'", path);
	if (profile->name == NULL)
		profile->name = arena_strdup(arena, path);
	return profile->name != NULL ? 0 : err_new(err, -ENOMEM, "out of memory");
}

static int load(struct arena *arena, const char *name, unsigned depth,
	struct policy_profile *profile, struct err *err)
{
	if (strchr(name, '/') != NULL)
		return load_file(arena, name, depth, profile, err);
	return load_shipped(arena, name, depth, profile, err);
}

int policy_profile_load(
	struct arena *arena, const char *name, const struct policy_profile **out, struct err *err)
{
	struct policy_profile *profile = arena_alloc(arena, sizeof(*profile));
	int r;

	if (profile == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = load(arena, name != NULL ? name : default_name, 0, profile, err);
	if (r < 0)
		return r;
	*out = profile;
	return 0;
}
