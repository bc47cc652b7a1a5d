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

static int check_directory(const struct json *node, const char *value, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	const char *clean = policy_absolute(&arena, "/", value);

	if (clean == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (value[0] != '/' || !str_eq(clean, value) || value[1] == '\0')
		return json_err(err, node, "must be an absolute path without '.', '..' and '//'");
	return 0;
}

static const struct setting {
	const char *name;
	size_t offset;
	int (*check)(const struct json *node, const char *value, struct err *err);
} settings[] = {
	{ "profile", offsetof(struct policy_settings, profile), check_profile },
	{ "id_user", offsetof(struct policy_settings, id_user), check_user },
	{ "state_root", offsetof(struct policy_settings, state_root), check_directory },
};

static const struct setting *find_setting(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		if (str_eq(settings[i].name, name))
			return &settings[i];
	}
	return NULL;
}

static const char *setting_name(size_t i)
{
	return i < ARRAY_SIZE(settings) ? settings[i].name : NULL;
}

static int unknown_key(const struct json *node, struct err *err)
{
	const char *near = str_nearest(node->key, setting_name);
	_str_buf_ struct str_buf names = { 0 };

	if (near != NULL)
		return json_err(err, node, "unknown setting; did you mean \"%s\"?", near);
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		str_buf_fmt(&names, "%s\"%s\"", i > 0 ? ", " : "", settings[i].name);
	return json_err(
		err, node, "unknown setting; there are %s", names.failed ? "others" : names.data);
}

static int read_settings(const struct json *root, struct policy_settings *out, struct err *err)
{
	for (const struct json *node = root->first; node != NULL; node = node->next) {
		const struct setting *setting = find_setting(node->key);
		const char *value = NULL;
		int r;

		if (setting == NULL)
			return unknown_key(node, err);
		if (node->type != JSON_STRING)
			return json_err(err, node, "must be a string");
		r = json_read_string(node, &value, err);
		if (r == 0)
			r = setting->check(node, value, err);
		if (r < 0)
			return r;
		memcpy((char *)out + setting->offset, &value, sizeof(value));
	}
	return 0;
}

int policy_settings_load(
	struct arena *arena, const char *path, struct policy_settings *out, struct err *err)
{
	const struct json *root;
	int r = policy_read_trusted(arena, path, &root, err);

	*out = (struct policy_settings){ 0 };
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = read_settings(root, out, err);
	return r < 0 ? err_ctx(err, "'%s'", path) : 0;
}
