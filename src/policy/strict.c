/*
 * Is one profile at least as strict as another? Decided key by key and rule by rule, without
 * weighing one against the other: a profile that is stricter here and looser there is looser. Where
 * two values can't be compared, only the same one is as strict.
 *
 * SECURITY: every key of a profile needs a row here (tests/lint/profile-keys.sh): one that is not
 * compared could be loosened by whoever writes an annotation.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "policy/policy.h"

#include "rules.h"

#include "base/banned.h"

/* Is @asked looser than @base in the key at @offset? */
typedef bool (*looser_fn)(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset);

static bool flag(const struct policy_profile *profile, size_t offset)
{
	return *(const bool *)((const char *)profile + offset);
}

static const struct json_strings *list(const struct policy_profile *profile, size_t offset)
{
	return (const void *)((const char *)profile + offset);
}

static bool needs_on(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	return flag(base, offset) && !flag(asked, offset);
}

static bool needs_off(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	return !flag(base, offset) && flag(asked, offset);
}

static bool userns(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	(void)offset;
	return base->userns == POLICY_USERNS_ALWAYS && asked->userns != POLICY_USERNS_ALWAYS;
}

/* By path or not is the same to the container; chown changes files that are not its own. */
static bool rootfs_shift(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	(void)offset;
	return base->rootfs_shift != POLICY_SHIFT_CHOWN &&
	       asked->rootfs_shift == POLICY_SHIFT_CHOWN;
}

static bool caps_ceiling(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	(void)offset;
	return base->caps_limited && (asked->caps_ceiling & ~base->caps_ceiling) != 0;
}

/* What is beyond the ceiling is the ceiling's matter. */
static bool caps_default(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	(void)offset;
	return base->caps_limited && (asked->caps_default & asked->caps_ceiling &
					     base->caps_ceiling & ~base->caps_default) != 0;
}

/* What the ceiling has not is not to be had either way. */
static bool caps_floor(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	(void)offset;
	return base->caps_limited &&
	       (base->caps_floor & asked->caps_ceiling & ~asked->caps_floor) != 0;
}

/* What is refused there must not be merely dropped here. */
static bool caps_droppable(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	(void)offset;
	return base->caps_limited &&
	       (asked->caps_droppable & ~(base->caps_droppable | base->caps_ceiling)) != 0;
}

/* A container without ids of its own is root of the host in every volume: anything is less. */
static bool maps_nothing(const struct policy_profile *base)
{
	return base->userns == POLICY_USERNS_CONFIG;
}

static bool volume_map(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	(void)offset;
	return !maps_nothing(base) && base->volume_map != POLICY_VOLUME_IDENTITY &&
	       asked->volume_map != base->volume_map;
}

static bool is_same_path(const struct policy_volume_path *a, const struct policy_volume_path *b)
{
	return a->map == b->map && str_eq(a->pattern, b->pattern);
}

/* The first that matches counts, so the order does: rows may be missing that give away a tree, as
 * long as what is then in force for it gives away less. */
static bool volume_paths(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	size_t k = 0;

	(void)offset;
	if (maps_nothing(base))
		return false;
	for (size_t i = 0; i < base->n_volume_paths; i++) {
		const struct policy_volume_path *path = &base->volume_paths[i];

		if (k < asked->n_volume_paths && is_same_path(path, &asked->volume_paths[k]))
			k++;
		else if (path->map != POLICY_VOLUME_IDENTITY ||
			 asked->volume_map == POLICY_VOLUME_IDENTITY)
			return true;
	}
	return k < asked->n_volume_paths;
}

static bool has(const struct json_strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->n; i++) {
		if (str_eq(strings->items[i], text))
			return true;
	}
	return false;
}

static bool more_paths(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	const struct json_strings *allowed = list(base, offset), *wanted = list(asked, offset);

	for (size_t i = 0; i < wanted->n; i++) {
		if (!has(allowed, wanted->items[i]))
			return true;
	}
	return false;
}

static bool volume_sockets(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	return base->mounts_limited && more_paths(base, asked, offset);
}

/* A pattern is covered by the same one, or by a prefix of it with a star. */
static bool is_covered(const struct json_strings *allowed, const char *pattern)
{
	for (size_t i = 0; i < allowed->n; i++) {
		size_t len = strlen(allowed->items[i]);

		if (str_eq(allowed->items[i], pattern))
			return true;
		if (len > 0 && allowed->items[i][len - 1] == '*' &&
			strncmp(allowed->items[i], pattern, len - 1) == 0)
			return true;
	}
	return false;
}

static bool sysctls(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	const struct json_strings *wanted = list(asked, offset);

	for (size_t i = 0; base->sysctls_limited && i < wanted->n; i++) {
		if (!is_covered(list(base, offset), wanted->items[i]))
			return true;
	}
	return false;
}

static bool masked_paths(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	for (size_t i = 0; i < list(base, offset)->n; i++) {
		if (!has(list(asked, offset), list(base, offset)->items[i]))
			return true;
	}
	return false;
}

/* What can't even be seen can't be written. */
static bool readonly_paths(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	for (size_t i = 0; i < list(base, offset)->n; i++) {
		const char *path = list(base, offset)->items[i];

		if (!has(list(asked, offset), path) && !has(&asked->masked_paths, path))
			return true;
	}
	return false;
}

static bool rlimits(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	(void)offset;
	for (size_t i = 0; i < base->n_rlimits; i++) {
		const struct config_rlimit *limit = &base->rlimits[i];
		bool is_kept = false;

		for (size_t k = 0; k < asked->n_rlimits; k++)
			is_kept = is_kept || (asked->rlimits[k].type == limit->type &&
						     asked->rlimits[k].hard <= limit->hard);
		if (!is_kept)
			return true;
	}
	return false;
}

static bool pids_limit(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	(void)offset;
	return base->pids_limit_default != 0 &&
	       (asked->pids_limit_default == 0 ||
		       asked->pids_limit_default > base->pids_limit_default);
}

static bool limits_required(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	(void)offset;
	return (base->memory_required && !asked->memory_required) ||
	       (base->pids_required && !asked->pids_required);
}

/* What another profile of AppArmor allows is not known here. */
static bool apparmor_default(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	(void)offset;
	return base->apparmor_default != NULL && *base->apparmor_default != '\0' &&
	       (asked->apparmor_default == NULL ||
		       !str_eq(asked->apparmor_default, base->apparmor_default));
}

static bool floor_filter(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	(void)offset;
	return policy_floor_looser(base, asked);
}

/* Without caisson's own filter below there is nothing that could be opened. */
static bool floor_abi(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	(void)offset;
	return base->floor && (asked->floor_abi & ~base->floor_abi) != 0;
}

static bool floor_option(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	return base->floor && needs_off(base, asked, offset);
}

/* No list: any parent will do. */
static bool cgroup_parents(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	const struct json_strings *allowed = list(base, offset), *wanted = list(asked, offset);

	for (size_t i = 0; allowed->n > 0 && i < wanted->n; i++) {
		if (!has(allowed, wanted->items[i]))
			return true;
	}
	return allowed->n > 0 && wanted->n == 0;
}

/* Nor what another type may do; and the first that there is counts. */
static bool selinux_default(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	const struct json_strings *ours = &base->selinux_default, *theirs = &asked->selinux_default;

	(void)offset;
	if (ours->n > 0 && ours->n != theirs->n)
		return true;
	for (size_t i = 0; i < ours->n; i++) {
		if (!str_eq(ours->items[i], theirs->items[i]))
			return true;
	}
	return false;
}

static bool landlock(
	const struct policy_profile *base, const struct policy_profile *asked, size_t offset)
{
	(void)offset;
	return policy_landlock_looser(&base->landlock, &asked->landlock);
}

#define ROW(name, is_looser, member)                                     \
	{                                                                \
		name, is_looser, offsetof(struct policy_profile, member) \
	}

static const struct {
	const char *name;
	looser_fn is_looser;
	size_t offset;
} rows[] = {
	ROW("userns", userns, userns),
	ROW("rootfs_shift", rootfs_shift, rootfs_shift),
	ROW("layout_owning_on_grant", needs_off, layout_owning_on_grant),
	ROW("layout_owning_on_config", needs_off, layout_owning_on_config),
	ROW("capabilities_limited", needs_on, caps_limited),
	ROW("capabilities_ceiling", caps_ceiling, caps_ceiling),
	ROW("capabilities_default", caps_default, caps_default),
	ROW("capabilities_floor", caps_floor, caps_floor),
	ROW("capabilities_droppable", caps_droppable, caps_droppable),
	ROW("ambient_allowed", needs_off, ambient_allowed),
	ROW("seccomp_floor", floor_filter, floor),
	ROW("seccomp_abi", floor_abi, floor_abi),
	ROW("seccomp_io_uring", floor_option, floor_io_uring),
	ROW("seccomp_debug", floor_option, floor_debug),
	ROW("seccomp_nested", floor_option, floor_nested),
	ROW("no_new_privileges", needs_on, no_new_privileges),
	ROW("wx", needs_on, wx_denied),
	ROW("apparmor_default", apparmor_default, apparmor_default),
	ROW("selinux_default", selinux_default, selinux_default),
	ROW("landlock", landlock, landlock),
	ROW("keyring_always", needs_on, keyring_always),
	ROW("host_namespaces_refused", needs_on, host_namespaces_refused),
	ROW("own_dev", needs_on, own_dev),
	ROW("mounts_limited", needs_on, mounts_limited),
	ROW("devices_limited", needs_on, devices_limited),
	ROW("hooks_trusted_only", needs_on, hooks_trusted_only),
	ROW("volumes_nosuid_nodev", needs_on, volumes_nosuid_nodev),
	ROW("volume_map", volume_map, volume_map),
	ROW("volume_map_paths", volume_paths, volume_paths),
	ROW("volume_sockets", volume_sockets, volume_sockets),
	ROW("volumes_relabel", more_paths, volumes_relabel),
	ROW("volumes_relabel_shared", more_paths, volumes_relabel_shared),
	ROW("volumes_refused", masked_paths, volumes_refused),
	ROW("sysctls_limited", needs_on, sysctls_limited),
	ROW("sysctls", sysctls, sysctls),
	ROW("masked_paths", masked_paths, masked_paths),
	ROW("readonly_paths", readonly_paths, readonly_paths),
	ROW("rlimits", rlimits, rlimits),
	ROW("pids_limit_default", pids_limit, pids_limit_default),
	ROW("oom_group_default", needs_on, oom_group_default),
	ROW("limits_required", limits_required, memory_required),
	ROW("cgroup_delegation", needs_off, cgroup_delegation),
	ROW("cgroup_parents", cgroup_parents, cgroup_parents),
	ROW("cgroup_namespace_always", needs_on, cgroup_ns_always),
	ROW("time_namespace_always", needs_on, time_ns_always),
	ROW("audit_required", needs_on, audit_required),
};

/* How much a rule insists, by what the profile says of it. What it does by itself is between being
 * made to cut and being made to refuse: where a profile may have it cut, it refuses some things. */
static int insistence(const struct policy_profile *profile, size_t row)
{
	const struct policy_rule *rule = policy_rule_at(row);
	bool is_on = rule->switched_by == 0 || flag(profile, rule->switched_by);

	switch ((enum policy_wish)profile->wishes[row]) {
	case POLICY_WISH_ALLOW:
		return 0;
	case POLICY_WISH_WARN:
		return 1;
	case POLICY_WISH_TIGHTEN:
		return rule->cuts ? 2 : 3;
	case POLICY_WISH_REFUSE:
		return 4;
	case POLICY_BY_KEYS:
		break;
	}
	return rule->is_optional || !is_on ? 0 : 3;
}

int policy_profile_looser(struct arena *arena, const struct policy_profile *base,
	const struct policy_profile *asked, const char **where, struct err *err)
{
	_str_buf_ struct str_buf names = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].is_looser(base, asked, rows[i].offset))
			policy_list_add(&names, rows[i].name);
	}
	for (size_t i = 0; policy_rule_at(i) != NULL; i++) {
		if (insistence(asked, i) < insistence(base, i))
			policy_list_add(&names, policy_rule_id(i));
	}
	*where = NULL;
	if (names.len > 0)
		*where = arena_strdup(arena, names.data);
	if (names.failed || (names.len > 0 && *where == NULL))
		return err_new(err, -ENOMEM, "out of memory");
	return 0;
}

/* --- annotations ------------------------------------------------------------------------------- */

static const char *find_annotation(const struct config *config)
{
	for (size_t i = 0; i < config->annotation_keys.n; i++) {
		if (str_eq(config->annotation_keys.items[i], POLICY_PROFILE_ANNOTATION))
			return config->annotation_values.items[i];
	}
	return NULL;
}

/* SECURITY: an image's annotation must not make a privileged caisson open what it likes. */
static bool may_be_named(const struct json_strings *listed, const char *name)
{
	for (size_t i = 0; policy_profile_name(i) != NULL; i++) {
		if (str_eq(policy_profile_name(i), name))
			return true;
	}
	return has(listed, name);
}

int policy_profile_annotated(struct arena *arena, const struct config *config,
	const struct json_strings *listed, struct policy_annotation *out,
	const struct policy_profile **profile, struct err *err)
{
	const struct policy_profile *asked;
	int r;

	*out = (struct policy_annotation){ .base = *profile, .name = find_annotation(config) };
	if (out->name == NULL || !may_be_named(listed, out->name))
		return 0;
	r = policy_profile_load(arena, out->name, &asked, err);
	if (r == 0)
		r = policy_profile_looser(arena, *profile, asked, &out->looser, err);
	if (r < 0)
		return r;
	out->is_known = true;
	if (out->looser == NULL)
		*profile = asked;
	return 0;
}

/* Only a refusal or a stricter profile; the one that is in force anyway is no finding. */
void policy_rule_annotated_profile(struct policy_walk *w)
{
	static const char pointer[] = "/annotations/" POLICY_PROFILE_ANNOTATION;
	const struct policy_annotation *annotation = w->request->annotation;

	if (annotation == NULL || annotation->name == NULL)
		return;
	if (!annotation->is_known)
		policy_refuse(w, pointer, policy_quote(w, annotation->name),
			"oci, hardened, restricted, or a file that \"profiles\" of the "
			"administrator's file lists");
	else if (annotation->looser != NULL)
		policy_refuse(w, pointer, policy_quote(w, annotation->name),
			arena_fmt(w->arena,
				"a profile at least as strict as '%s'; this one is looser in %s",
				annotation->base->name, annotation->looser));
	else if (!str_eq(w->profile->name, annotation->base->name))
		policy_tighten(w, pointer, policy_quote(w, annotation->name),
			arena_fmt(w->arena, "profile '%s' instead of '%s'", w->profile->name,
				annotation->base->name));
}
