/*
 * Every key of struct policy_profile is one row of a table; a key that is not in it is an error,
 * because a typo must not weaken a container.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "config/json.h"
#include "policy/policy.h"

#include "profile.h"
#include "rules.h"

#include "base/banned.h"

struct profile_key {
	const char *name;
	int (*read)(struct arena *arena, const struct json *node, struct policy_profile *profile,
		size_t offset, struct err *err);
	size_t offset;
};

/* --- one reader for each kind of value --------------------------------------------------------- */

static void *field(struct policy_profile *profile, size_t offset)
{
	return (char *)profile + offset;
}

static int read_bool(struct arena *arena, const struct json *node, struct policy_profile *profile,
	size_t offset, struct err *err)
{
	(void)arena;
	return json_read_bool(node, field(profile, offset), err);
}

static int read_string(struct arena *arena, const struct json *node, struct policy_profile *profile,
	size_t offset, struct err *err)
{
	(void)arena;
	return json_read_string(node, field(profile, offset), err);
}

static int read_strings(struct arena *arena, const struct json *node,
	struct policy_profile *profile, size_t offset, struct err *err)
{
	return json_read_strings(node, arena, field(profile, offset), err);
}

/* Paths are compared with those of a config, which are clean. */
static int read_paths(struct arena *arena, const struct json *node, struct policy_profile *profile,
	size_t offset, struct err *err)
{
	struct json_strings list = { 0 };
	int r = json_read_strings(node, arena, &list, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list.n; i++) {
		const char *clean = policy_absolute(arena, "/", list.items[i]);

		if (clean == NULL)
			return err_new(err, -ENOMEM, "out of memory");
		if (!str_eq(clean, list.items[i]) || str_eq(clean, "/"))
			return json_err(
				err, node, "'%s' is not a clean absolute path", list.items[i]);
	}
	*(struct json_strings *)field(profile, offset) = list;
	return 0;
}

static int read_caps(struct arena *arena, const struct json *node, struct policy_profile *profile,
	size_t offset, struct err *err)
{
	struct json_strings list = { 0 };
	uint64_t caps = 0;
	int r = json_read_strings(node, arena, &list, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list.n; i++) {
		int cap = config_cap_number(list.items[i]);

		if (str_eq(list.items[i], "ALL"))
			caps = UINT64_MAX;
		else if (cap < 0)
			return json_err(err, node, "unknown capability '%s'", list.items[i]);
		else
			caps |= 1ULL << cap;
	}
	*(uint64_t *)field(profile, offset) = caps;
	return 0;
}

static int volume_map_word(const struct json *node, enum policy_volume_map *out, struct err *err)
{
	static const char *const words[] = {
		[POLICY_VOLUME_NONE] = "none",
		[POLICY_VOLUME_OWNER] = "owner",
		[POLICY_VOLUME_IDENTITY] = "identity",
	};
	const char *word = NULL;
	int r = json_read_string(node, &word, err);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(words); i++) {
		*out = (enum policy_volume_map)i;
		if (str_eq(word, words[i]))
			return 0;
	}
	return r < 0 ? r
		     : json_err(err, node, "'%s' is none of \"owner\", \"identity\", \"none\"",
			       word);
}

static int read_volume_map(struct arena *arena, const struct json *node,
	struct policy_profile *profile, size_t offset, struct err *err)
{
	(void)arena;
	(void)offset;
	return volume_map_word(node, &profile->volume_map, err);
}

static int check_pattern(
	struct arena *arena, const struct json *node, const char *pattern, struct err *err)
{
	const char *path = pattern[0] == '@' ? pattern + 1 : pattern, *clean;

	clean = policy_absolute(arena, "/", path);
	if (clean == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (!str_eq(clean, path) || str_eq(clean, "/"))
		return json_err(err, node, "'%s' is not a clean absolute path", pattern);
	return 0;
}

/* Room for a row of @size for each member of an object; NULL: it is none, or out of memory */
static void *object_rows(struct arena *arena, const struct json *node, size_t size, struct err *err)
{
	void *rows = NULL;

	if (node->type != JSON_OBJECT) {
		json_err(err, node, "must be an object");
		return NULL;
	}
	rows = arena_array(arena, (size_t)node->n_children + 1, size);
	if (rows == NULL)
		err_new(err, -ENOMEM, "out of memory");
	return rows;
}

static int read_volume_paths(struct arena *arena, const struct json *node,
	struct policy_profile *profile, size_t offset, struct err *err)
{
	struct policy_volume_path *rows = object_rows(arena, node, sizeof(*rows), err);
	size_t n = 0;

	(void)offset;
	if (rows == NULL)
		return err->code;
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		int r = check_pattern(arena, child, child->key, err);

		if (r >= 0)
			r = volume_map_word(child, &rows[n].map, err);
		if (r < 0)
			return r;
		rows[n++].pattern = child->key;
	}
	profile->volume_paths = rows;
	profile->n_volume_paths = n;
	return 0;
}

static int read_landlock(struct arena *arena, const struct json *node,
	struct policy_profile *profile, size_t offset, struct err *err)
{
	return policy_landlock_read(arena, node, field(profile, offset), err);
}

/* One of @n words; @what: "neither ... nor ...", of one that is none of them */
static int read_choice(const struct json *node, const char *const *words, size_t n,
	const char *what, size_t *out, struct err *err)
{
	const char *word = NULL;
	int r = json_read_string(node, &word, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (str_eq(word, words[i])) {
			*out = i;
			return 0;
		}
	}
	return json_err(err, node, "'%s' is %s", word, what);
}

static int read_userns(struct arena *arena, const struct json *node, struct policy_profile *profile,
	size_t offset, struct err *err)
{
	static const char *const words[] = {
		[POLICY_USERNS_CONFIG] = "config",
		[POLICY_USERNS_ALWAYS] = "always",
	};
	size_t choice = profile->userns;
	int r = read_choice(
		node, words, ARRAY_SIZE(words), "neither \"always\" nor \"config\"", &choice, err);

	(void)arena;
	(void)offset;
	profile->userns = (enum policy_userns)choice;
	return r;
}

static int read_rootfs_shift(struct arena *arena, const struct json *node,
	struct policy_profile *profile, size_t offset, struct err *err)
{
	static const char *const words[] = {
		[POLICY_SHIFT_IDMAP] = "idmap",
		[POLICY_SHIFT_IDMAP_BY_PATH] = "idmap-by-path",
		[POLICY_SHIFT_CHOWN] = "chown",
	};
	size_t choice = profile->rootfs_shift;
	int r = read_choice(node, words, ARRAY_SIZE(words),
		"none of \"idmap\", \"idmap-by-path\", \"chown\"", &choice, err);

	(void)arena;
	(void)offset;
	profile->rootfs_shift = (enum policy_shift)choice;
	return r;
}

static int read_floor(struct arena *arena, const struct json *node, struct policy_profile *profile,
	size_t offset, struct err *err)
{
	(void)offset;
	return policy_floor_read(arena, node, profile, err);
}

static int read_abi(struct arena *arena, const struct json *node, struct policy_profile *profile,
	size_t offset, struct err *err)
{
	return policy_floor_read_abi(arena, node, field(profile, offset), err);
}

static int read_wx(struct arena *arena, const struct json *node, struct policy_profile *profile,
	size_t offset, struct err *err)
{
	static const char *const words[] = { "allow", "deny" };
	size_t choice = profile->wx_denied;
	int r = read_choice(
		node, words, ARRAY_SIZE(words), "neither \"allow\" nor \"deny\"", &choice, err);

	(void)arena;
	(void)offset;
	profile->wx_denied = choice != 0;
	return r;
}

static int rlimit_type(const char *name)
{
	for (int type = 0; type < CONFIG_RLIMIT_N; type++) {
		if (str_eq(name, config_rlimit_name((enum config_rlimit_type)type)))
			return type;
	}
	return -1;
}

static int read_rlimit(const struct json *node, struct config_rlimit *out, struct err *err)
{
	int type = rlimit_type(node->key);
	int r;

	if (type < 0)
		return json_err(err, node, "unknown resource limit");
	if (node->type != JSON_OBJECT || node->n_children != 2 || json_get(node, "soft") == NULL ||
		json_get(node, "hard") == NULL)
		return json_err(err, node, "must be an object of \"soft\" and \"hard\"");
	r = json_read_u64(json_get(node, "soft"), UINT64_MAX, &out->soft, err);
	if (r < 0)
		return r;
	r = json_read_u64(json_get(node, "hard"), UINT64_MAX, &out->hard, err);
	if (r < 0)
		return r;
	if (out->soft > out->hard)
		return json_err(err, node, "soft limit above the hard one");
	out->type = (enum config_rlimit_type)type;
	return 0;
}

static int read_rlimits(struct arena *arena, const struct json *node,
	struct policy_profile *profile, size_t offset, struct err *err)
{
	struct config_rlimit *items = object_rows(arena, node, sizeof(*items), err);
	size_t n = 0;

	(void)offset;
	if (items == NULL)
		return err->code;
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		int r = read_rlimit(child, &items[n++], err);

		if (r < 0)
			return r;
	}
	profile->rlimits = items;
	profile->n_rlimits = n;
	return 0;
}

static int read_count(struct arena *arena, const struct json *node, struct policy_profile *profile,
	size_t offset, struct err *err)
{
	(void)arena;
	return json_read_u64(node, INT32_MAX, field(profile, offset), err);
}

static int read_required(struct arena *arena, const struct json *node,
	struct policy_profile *profile, size_t offset, struct err *err)
{
	struct json_strings list = { 0 };
	int r = json_read_strings(node, arena, &list, err);

	(void)offset;
	profile->memory_required = profile->pids_required = false;
	for (size_t i = 0; i < list.n && r == 0; i++) {
		if (str_eq(list.items[i], "memory"))
			profile->memory_required = true;
		else if (str_eq(list.items[i], "pids"))
			profile->pids_required = true;
		else
			return json_err(err, node, "'%s' is neither \"memory\" nor \"pids\"",
				list.items[i]);
	}
	return r;
}

static int rule_wish(
	const struct json *node, const struct policy_rule *rule, uint8_t *out, struct err *err)
{
	static const char *const words[] = {
		[POLICY_WISH_ALLOW] = "allow",
		[POLICY_WISH_WARN] = "warn",
		[POLICY_WISH_TIGHTEN] = "tighten",
		[POLICY_WISH_REFUSE] = "refuse",
	};
	const char *word = NULL;
	size_t wish = POLICY_WISH_ALLOW;
	int r = json_read_string(node, &word, err);

	if (r < 0)
		return r;
	if (rule->freedom == POLICY_FIXED)
		return json_err(err, node, "this rule is the same in every profile");
	while (wish < ARRAY_SIZE(words) && !str_eq(word, words[wish]))
		wish++;
	if (wish == ARRAY_SIZE(words))
		return json_err(err, node,
			"'%s' is none of \"allow\", \"warn\", \"tighten\", \"refuse\"", word);
	if (rule->freedom == POLICY_KEPT && wish < POLICY_WISH_TIGHTEN)
		return json_err(err, node,
			"this rule can only \"tighten\" or \"refuse\": it follows from other keys");
	*out = (uint8_t)wish;
	return 0;
}

static int unknown_rule(const struct json *node, struct err *err)
{
	const char *near = str_nearest(node->key, policy_rule_id);

	if (near != NULL)
		return json_err(err, node, "unknown rule; did you mean \"%s\"?", near);
	return json_err(err, node, "unknown rule; caisson-profile(5) lists them");
}

static int read_rules(struct arena *arena, const struct json *node, struct policy_profile *profile,
	size_t offset, struct err *err)
{
	(void)arena;
	(void)offset;
	if (node->type != JSON_OBJECT)
		return json_err(err, node, "must be an object");
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		int row = policy_rule_index(child->key), r;

		if (row < 0 || row >= POLICY_RULES_MAX)
			return unknown_rule(child, err);
		r = rule_wish(child, policy_rule_at((size_t)row), &profile->wishes[row], err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- the table ------------------------------------------------------------------------------- */

#define KEY(name, read, member)                                     \
	{                                                           \
		name, read, offsetof(struct policy_profile, member) \
	}

static const struct profile_key keys[] = {
	KEY("name", read_string, name),
	KEY("description", read_string, description),
	KEY("userns", read_userns, userns),
	KEY("rootfs_shift", read_rootfs_shift, rootfs_shift),
	KEY("layout_owning_on_grant", read_bool, layout_owning_on_grant),
	KEY("layout_owning_on_config", read_bool, layout_owning_on_config),
	KEY("capabilities_limited", read_bool, caps_limited),
	KEY("capabilities_ceiling", read_caps, caps_ceiling),
	KEY("capabilities_default", read_caps, caps_default),
	KEY("capabilities_floor", read_caps, caps_floor),
	KEY("capabilities_droppable", read_caps, caps_droppable),
	KEY("ambient_allowed", read_bool, ambient_allowed),
	KEY("seccomp_floor", read_floor, floor),
	KEY("seccomp_abi", read_abi, floor_abi),
	KEY("seccomp_io_uring", read_bool, floor_io_uring),
	KEY("seccomp_debug", read_bool, floor_debug),
	KEY("seccomp_nested", read_bool, floor_nested),
	KEY("no_new_privileges", read_bool, no_new_privileges),
	KEY("wx", read_wx, wx_denied),
	KEY("apparmor_default", read_string, apparmor_default),
	KEY("selinux_default", read_strings, selinux_default),
	KEY("landlock", read_landlock, landlock),
	KEY("keyring_always", read_bool, keyring_always),
	KEY("host_namespaces_refused", read_bool, host_namespaces_refused),
	KEY("own_dev", read_bool, own_dev),
	KEY("mounts_limited", read_bool, mounts_limited),
	KEY("devices_limited", read_bool, devices_limited),
	KEY("hooks_trusted_only", read_bool, hooks_trusted_only),
	KEY("volumes_nosuid_nodev", read_bool, volumes_nosuid_nodev),
	KEY("volume_map", read_volume_map, volume_map),
	KEY("volume_map_paths", read_volume_paths, volume_paths),
	KEY("volume_sockets", read_paths, volume_sockets),
	KEY("volumes_relabel", read_paths, volumes_relabel),
	KEY("volumes_relabel_shared", read_paths, volumes_relabel_shared),
	KEY("volumes_refused", read_paths, volumes_refused),
	KEY("sysctls_limited", read_bool, sysctls_limited),
	KEY("sysctls", read_strings, sysctls),
	KEY("masked_paths", read_paths, masked_paths),
	KEY("readonly_paths", read_paths, readonly_paths),
	KEY("rlimits", read_rlimits, rlimits),
	KEY("pids_limit_default", read_count, pids_limit_default),
	KEY("oom_group_default", read_bool, oom_group_default),
	KEY("limits_required", read_required, memory_required),
	KEY("cgroup_delegation", read_bool, cgroup_delegation),
	KEY("cgroup_parents", read_paths, cgroup_parents),
	KEY("cgroup_namespace_always", read_bool, cgroup_ns_always),
	KEY("time_namespace_always", read_bool, time_ns_always),
	KEY("audit_required", read_bool, audit_required),
	KEY("rules", read_rules, wishes),
};

static const struct profile_key *find_key(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (str_eq(keys[i].name, name))
			return &keys[i];
	}
	return NULL;
}

static const char *key_name(size_t i)
{
	if (i == ARRAY_SIZE(keys))
		return policy_profile_extends;
	return i < ARRAY_SIZE(keys) ? keys[i].name : NULL;
}

static int unknown_key(const struct json *node, struct err *err)
{
	const char *near = str_nearest(node->key, key_name);

	if (near != NULL)
		return json_err(err, node, "unknown key of a profile; did you mean \"%s\"?", near);
	return json_err(err, node, "unknown key of a profile");
}

int policy_profile_read_keys(struct arena *arena, const struct json *root,
	struct policy_profile *profile, struct err *err)
{
	for (const struct json *node = root->first; node != NULL; node = node->next) {
		const struct profile_key *key = find_key(node->key);
		int r;

		if (str_eq(node->key, policy_profile_extends))
			continue;
		if (key == NULL)
			return unknown_key(node, err);
		/* null is no way to say "as in the other": whoever writes it may mean "off" */
		if (node->type == JSON_NULL)
			return json_err(err, node, "must not be null");
		r = key->read(arena, node, profile, key->offset, err);
		if (r < 0)
			return r;
	}
	return 0;
}
