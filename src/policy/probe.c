/* The one impure step: looking at what a config names. */
#include <errno.h>
#include <string.h>

#include "policy/audit.h"

#include "rules.h"

#include "base/banned.h"

static int probe(struct arena *arena, const char *bundle, const char *path, struct facts *facts,
	struct err *err)
{
	const char *absolute = policy_absolute(arena, bundle, path);

	if (absolute == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	return facts_probe_path(arena, facts, absolute, err);
}

static int probe_hooks(struct arena *arena, const struct config *config, const char *bundle,
	struct facts *facts, struct err *err)
{
	int r;

	for (int kind = 0; kind < CONFIG_HOOK_N; kind++) {
		if (kind == CONFIG_HOOK_START_CONTAINER) /* a path inside the container */
			continue;
		for (size_t i = 0; i < config->hooks[kind].n; i++) {
			r = probe(arena, bundle, config->hooks[kind].items[i].path, facts, err);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* The data directory of an engine: who may pass through it decides what may be mapped below. */
static int probe_engine(struct arena *arena, const struct config *config, const char *bundle,
	struct facts *facts, struct err *err)
{
	const char *root = policy_absolute(arena, bundle, config->root_path);
	const struct facts_path *known;

	if (root == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	known = facts_find_path(facts, root);
	root = policy_engine_directory(arena, known->real != NULL ? known->real : root);
	return root != NULL ? facts_probe_path(arena, facts, root, err) : 0;
}

/* Only where ids will be shifted: reading mountinfo is not free. */
static int probe_root(struct arena *arena, const struct policy_profile *profile,
	const struct config *config, const char *bundle, struct facts *facts, struct err *err)
{
	const char *path = policy_absolute(arena, bundle, config->root_path);
	int r;

	if (path == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = facts_probe_path(arena, facts, path, err);
	if (r < 0 || profile->userns != POLICY_USERNS_ALWAYS ||
		config->namespaces[CONFIG_NS_USER].present ||
		(!facts->has_overlay_idmap && profile->rootfs_shift != POLICY_SHIFT_CHOWN))
		return r;
	return facts_probe_overlay(arena, facts, path, err);
}

/* What will be asked for; the kernel's list is read for no other. */
static int probe_apparmor(struct arena *arena, const struct policy_profile *profile,
	const struct config *config, struct facts *facts, struct err *err)
{
	const char *name = config->process.apparmor_profile;

	if (name == NULL || *name == '\0')
		name = profile->apparmor_default;
	if (name == NULL || *name == '\0')
		return 0;
	return facts_probe_apparmor(arena, facts, name, err);
}

static void probe_selinux(
	const struct policy_profile *profile, const struct config *config, struct facts *facts)
{
	const char *label = config->process.selinux_label;

	for (size_t i = 0; (label == NULL || *label == '\0') && i < profile->selinux_default.n; i++)
		facts_probe_selinux(facts, profile->selinux_default.items[i]);
}

/* --- what only some profiles ask for ------------------------------------------------------------ */

/* Every directory on the way to @path. */
static int probe_way(struct arena *arena, const char *path, struct facts *facts, struct err *err)
{
	int r = facts_probe_path(arena, facts, "/", err);

	for (const char *at = strchr(path + 1, '/'); r == 0 && at != NULL;
		at = strchr(at + 1, '/')) {
		const char *part = arena_strndup(arena, path, (size_t)(at - path));

		r = part != NULL ? facts_probe_path(arena, facts, part, err)
				 : err_new(err, -ENOMEM, "out of memory");
	}
	return r < 0 ? r : facts_probe_path(arena, facts, path, err);
}

static int probe_ways(struct arena *arena, const char *bundle, const char *root,
	struct facts *facts, struct err *err)
{
	const char *real = facts_find_path(facts, root)->real;
	int r = probe_way(arena, bundle, facts, err);

	if (r == 0)
		r = probe_way(arena, root, facts, err);
	return r == 0 && real != NULL ? probe_way(arena, real, facts, err) : r;
}

/* Does the config bring ids of the host, and is this where they are the host's? */
static bool brings_ids(const struct config *config, const struct facts *facts)
{
	return config->namespaces[CONFIG_NS_USER].present && config->uid_mappings.n > 0 &&
	       facts->initial_userns;
}

static int probe_asked(struct arena *arena, const struct policy_profile *profile,
	const struct config *config, const char *bundle, struct facts *facts, struct err *err)
{
	const char *root = policy_absolute(arena, bundle, config->root_path);
	int r = 0;

	if (root == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (brings_ids(config, facts) && policy_live_is_asked(profile, "CS-MAP-1"))
		r = facts_probe_id_users(arena, facts, "/etc/passwd", "/etc/subuid", err);
	if (r == 0 && (policy_live_is_asked(profile, "CS-MNT-4") ||
			      policy_live_is_asked(profile, "CS-MNT-12")))
		r = probe_ways(arena, bundle, root, facts, err);
	if (r == 0 && policy_live_is_asked(profile, "CS-MNT-5"))
		r = facts_probe_image(arena, facts, root, err);
	if (r == 0 && policy_live_is_asked(profile, "CS-CORE-1"))
		r = facts_probe_core_pattern(arena, facts, err);
	if (r == 0 && !config->process.terminal && policy_live_is_asked(profile, "CS-TTY-1"))
		facts_probe_terminals(facts);
	return r;
}

int policy_probe(struct arena *arena, const struct policy_profile *profile,
	const struct config *config, const char *bundle, struct facts *facts, struct err *err)
{
	int r = probe_root(arena, profile, config, bundle, facts, err);

	if (r >= 0)
		r = probe_engine(arena, config, bundle, facts, err);
	for (size_t i = 0; i < config->n_mounts && r >= 0; i++) {
		if (config->mounts[i].options.is_bind && config->mounts[i].source != NULL)
			r = probe(arena, bundle, config->mounts[i].source, facts, err);
	}
	for (int type = 0; type < CONFIG_NS_N && r >= 0; type++) {
		if (config->namespaces[type].path != NULL)
			r = probe(arena, bundle, config->namespaces[type].path, facts, err);
	}
	if (r >= 0 && facts->apparmor)
		r = probe_apparmor(arena, profile, config, facts, err);
	if (r >= 0 && facts->selinux)
		probe_selinux(profile, config, facts);
	if (r >= 0)
		r = probe_asked(arena, profile, config, bundle, facts, err);
	if (r < 0)
		return r;
	return probe_hooks(arena, config, bundle, facts, err);
}
