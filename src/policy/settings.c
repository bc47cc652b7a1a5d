/*
 * The administrator's file: one row of a table for each key.
 */
#include "policy/settings.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/str.h"
#include "config/json.h"
#include "policy/policy.h"

#include "trusted.h"

#include "base/banned.h"

enum {
	USER_MAX = 32, /* of useradd(8) */
};

static int check_profile(const struct json *node, const char *value, struct err *err)
{
	return *value != '\0' ? 0 : json_err(err, node, "must not be empty");
}

/* It is looked for in the first field of /etc/subuid, and printed in commands to copy. */
static int check_user(const struct json *node, const char *value, struct err *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";
	size_t len = strlen(value);

	if (len > 0 && len <= USER_MAX && strspn(value, allowed) == len && value[0] != '-')
		return 0;
	return json_err(
		err, node, "must be the name of a user, at most %d of [A-Za-z0-9_.-]", USER_MAX);
}

static int check_path(const struct json *node, const char *value, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	const char *clean = policy_absolute(&arena, "/", value);

	if (clean == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (value[0] != '/' || !str_eq(clean, value) || value[1] == '\0')
		return json_err(err, node, "must be an absolute path without '.', '..' and '//'");
	return 0;
}

/* A name in the list that no command line can ever give would be a typing mistake. */
static int check_choice(const struct json *node, const char *value, struct err *err)
{
	const char *near;

	if (strchr(value, '/') != NULL)
		return check_path(node, value, err);
	for (size_t i = 0; policy_profile_name(i) != NULL; i++) {
		if (str_eq(policy_profile_name(i), value))
			return 0;
	}
	near = str_nearest(value, policy_profile_name);
	if (near != NULL)
		return json_err(
			err, node, "unknown profile '%s'; did you mean \"%s\"?", value, near);
	return json_err(err, node,
		"unknown profile '%s': hardened, oci, restricted, or the path of a file", value);
}

static const char *sink_name(size_t i)
{
	static const char *const names[] = { "syslog", "journald" };

	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

static int check_sink(const struct json *node, const char *value, struct err *err)
{
	const char *near;

	if (value[0] == '/')
		return check_path(node, value, err);
	for (size_t i = 0; sink_name(i) != NULL; i++) {
		if (str_eq(sink_name(i), value))
			return 0;
	}
	near = str_nearest(value, sink_name);
	if (near != NULL)
		return json_err(err, node, "'%s' is no sink; did you mean \"%s\"?", value, near);
	return json_err(err, node,
		"'%s' is none of \"syslog\", \"journald\" and the absolute path of a file", value);
}

enum setting_kind {
	SETTING_STRING,
	SETTING_LIST,        /* of strings */
	SETTING_ONE_OR_MORE, /* a string, or a list */
};

static const struct setting {
	const char *name;
	enum setting_kind kind;
	size_t offset;
	size_t max; /* of a list */
	int (*check)(const struct json *node, const char *value, struct err *err);
} table[] = {
	{ "profile", SETTING_STRING, offsetof(struct policy_settings, profile), 0, check_profile },
	{ "profiles", SETTING_LIST, offsetof(struct policy_settings, profiles), 64, check_choice },
	{ "id_user", SETTING_STRING, offsetof(struct policy_settings, id_user), 0, check_user },
	{ "state_root", SETTING_STRING, offsetof(struct policy_settings, state_root), 0,
		check_path },
	{ "audit", SETTING_ONE_OR_MORE, offsetof(struct policy_settings, audit), POLICY_SINKS_MAX,
		check_sink },
};

static const struct setting *find_setting(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (str_eq(table[i].name, name))
			return &table[i];
	}
	return NULL;
}

static const char *setting_name(size_t i)
{
	return i < ARRAY_SIZE(table) ? table[i].name : NULL;
}

static int unknown_key(const struct json *node, struct err *err)
{
	const char *near = str_nearest(node->key, setting_name);
	_str_buf_ struct str_buf names = { 0 };

	if (near != NULL)
		return json_err(err, node, "unknown setting; did you mean \"%s\"?", near);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		str_buf_fmt(&names, "%s\"%s\"", i > 0 ? ", " : "", table[i].name);
	return json_err(
		err, node, "unknown setting; there are %s", names.failed ? "others" : names.data);
}

static int read_string(const struct json *node, const struct setting *setting,
	struct policy_settings *out, struct err *err)
{
	const char *value = node->text;
	int r;

	if (node->type != JSON_STRING)
		return json_err(err, node, "must be a string");
	r = setting->check(node, value, err);
	if (r == 0)
		memcpy((char *)out + setting->offset, &value, sizeof(value));
	return r;
}

static int read_list(struct arena *arena, const struct json *node, const struct setting *setting,
	struct policy_settings *out, struct err *err)
{
	bool is_one = node->type == JSON_STRING && setting->kind == SETTING_ONE_OR_MORE;
	const char **items = arena_array(arena, (size_t)node->n_children + 2, sizeof(*items));
	struct json_strings list = { .items = items };

	if (items == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (!is_one && node->type != JSON_ARRAY)
		return json_err(err, node, "must be a list of strings");
	if (node->n_children > setting->max)
		return json_err(err, node, "more than %zu of them", setting->max);
	for (const struct json *child = is_one ? node : node->first; child != NULL;
		child = is_one ? NULL : child->next) {
		int r;

		if (child->type != JSON_STRING)
			return json_err(err, child, "must be a string");
		r = setting->check(child, child->text, err);
		if (r < 0)
			return r;
		items[list.n++] = child->text;
	}
	memcpy((char *)out + setting->offset, &list, sizeof(list));
	return 0;
}

static int read_settings(
	struct arena *arena, const struct json *root, struct policy_settings *out, struct err *err)
{
	for (const struct json *node = root->first; node != NULL; node = node->next) {
		const struct setting *setting = find_setting(node->key);
		int r;

		if (setting == NULL)
			return unknown_key(node, err);
		r = setting->kind == SETTING_STRING ? read_string(node, setting, out, err)
						    : read_list(arena, node, setting, out, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int policy_settings_load(
	struct arena *arena, const char *path, struct policy_settings *out, struct err *err)
{
	const struct json *root;
	int r = policy_read_trusted(arena, path, POLICY_AUTHOR_ROOT, &root, err);

	*out = (struct policy_settings){ 0 };
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = read_settings(arena, root, out, err);
	return r < 0 ? err_ctx(err, "'%s'", path) : 0;
}

int policy_settings_permit(
	const struct policy_settings *settings, const char *profile, struct err *err)
{
	const char *standard = settings->profile != NULL ? settings->profile : "hardened";
	_str_buf_ struct str_buf names = { 0 };

	if (settings->profiles.items == NULL || str_eq(profile, standard))
		return 0;
	str_buf_puts(&names, standard);
	for (size_t i = 0; i < settings->profiles.n; i++) {
		if (str_eq(settings->profiles.items[i], profile))
			return 0;
		if (!str_eq(settings->profiles.items[i], standard))
			str_buf_fmt(&names, ", %s", settings->profiles.items[i]);
	}
	return err_new(err, -POLICY_REFUSED,
		"profile '%s' may not be chosen here: '" POLICY_SETTINGS_FILE
		"' allows %s; to allow it: add it to \"profiles\" there",
		profile, names.failed ? "others" : names.data);
}
