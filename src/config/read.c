#include <errno.h>
#include <string.h>

#include "base/str.h"

#include "local.h"

#include "base/banned.h"

int config_err_memory(struct err *err)
{
	return err_new(err, -ENOMEM, "out of memory");
}

int config_check_object(const struct json *node, struct err *err)
{
	if (node != NULL && node->type != JSON_OBJECT)
		return json_err(err, node, "must be an object");
	return 0;
}

int config_check_list(const struct json *node, size_t max, struct err *err)
{
	if (node == NULL)
		return 0;
	if (node->type != JSON_ARRAY)
		return json_err(err, node, "must be an array");
	if (node->n_children > max)
		return json_err(err, node, "has %u elements, at most %zu are accepted",
			node->n_children, max);
	return 0;
}

int config_get_required(
	const struct json *object, const char *key, const struct json **out, struct err *err)
{
	const struct json *node;

	if (object->type != JSON_OBJECT)
		return json_err(err, object, "must be an object");
	node = json_get(object, key);
	if (node == NULL)
		return json_err(err, object, "'%s' is missing", key);
	*out = node;
	return 0;
}

const char *config_pointer(struct arena *arena, const struct json *node)
{
	char pointer[JSON_POINTER_MAX];

	return arena_strdup(arena, json_pointer(node, pointer, sizeof(pointer)));
}

int config_read_text(const struct json *node, const char **out, struct err *err)
{
	const char *text = "";
	int r;

	r = json_read_string(node, &text, err);
	if (r < 0)
		return r;
	if (text[0] != '\0')
		*out = text;
	return 0;
}

static int clean_path(struct arena *arena, const struct json *node, const char *path,
	const char **out, struct err *err)
{
	char *copy;

	if (path[0] != '/')
		return json_err(err, node, "must be an absolute path");
	if (strlen(path) >= CONFIG_PATH_MAX)
		return json_err(err, node, "longer than %d bytes", CONFIG_PATH_MAX - 1);
	copy = arena_strdup(arena, path);
	if (copy == NULL)
		return config_err_memory(err);
	str_path_clean(copy);
	*out = copy;
	return 0;
}

int config_read_path(
	struct arena *arena, const struct json *node, const char **out, struct err *err)
{
	const char *path = NULL;
	int r;

	r = json_read_string(node, &path, err);
	if (r < 0 || path == NULL)
		return r;
	return clean_path(arena, node, path, out, err);
}

int config_read_paths(
	struct arena *arena, const struct json *node, struct json_strings *out, struct err *err)
{
	const char **items;
	size_t n = 0;
	int r;

	r = config_check_list(node, CONFIG_LIST_MAX, err);
	if (r < 0 || node == NULL)
		return r;
	items = arena_array(arena, (size_t)node->n_children + 1, sizeof(*items));
	if (items == NULL)
		return config_err_memory(err);
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		r = config_read_path(arena, child, &items[n++], err);
		if (r < 0)
			return r;
	}
	out->items = items;
	out->n = n;
	return 0;
}

int config_read_id(const struct json *node, uint32_t *out, struct err *err)
{
	uint32_t id = 0;
	int r;

	r = json_read_u32(node, &id, err);
	if (r < 0 || node == NULL)
		return r;
	/* SECURITY: setresuid(-1) means "leave it as it is", which is root (T-20) */
	if (id == UINT32_MAX)
		return json_err(err, node, "%u is not an id", id);
	*out = id;
	return 0;
}

int config_read_env(
	struct arena *arena, const struct json *node, struct json_strings *out, struct err *err)
{
	struct json_strings env = { 0 };
	const struct json *child;
	int r;

	r = json_read_strings(node, arena, &env, err);
	if (r < 0 || node == NULL)
		return r;
	child = node->first;
	for (size_t i = 0; i < env.n; i++, child = child->next) {
		size_t name_len = strcspn(env.items[i], "=");

		if (name_len == 0 || env.items[i][name_len] == '\0')
			return json_err(err, child, "must have the form NAME=value");
		/* SECURITY: a line break in a name has forged passwd lines (CVE-2022-4318: T-28) */
		if (memchr(env.items[i], '\n', name_len) != NULL)
			return json_err(err, child, "line break in the name of a variable");
	}
	*out = env;
	return 0;
}

int config_read_name(const struct json *node, const char *const *names, size_t n, const char *what,
	unsigned *out, struct err *err)
{
	const char *name = NULL;
	char shown[64];
	int r;

	r = json_read_string(node, &name, err);
	if (r < 0 || name == NULL)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (names[i] != NULL && str_eq(names[i], name)) {
			*out = (unsigned)i;
			return 0;
		}
	}
	return json_err(err, node, "unknown %s '%s'", what, str_escape(shown, sizeof(shown), name));
}
