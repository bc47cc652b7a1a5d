#include <string.h>

#include "local.h"

#include "base/banned.h"

enum {
	HOOK_TIMEOUT_MAX = INT32_MAX / 1000
}; /* seconds; poll() takes milliseconds in an int */

static int read_timeout(const struct json *node, struct config_hook *out, struct err *err)
{
	int64_t seconds = 0;
	int r;

	r = json_read_i64(node, 1, HOOK_TIMEOUT_MAX, &seconds, err);
	if (r < 0)
		return r;
	out->timeout_s = (uint32_t)seconds;
	return 0;
}

static int read_hook(const struct config_reader *reader, const struct json *node,
	struct config_hook *out, struct err *err)
{
	const struct json *path, *env;
	int r;

	r = config_get_required(node, "path", &path, err);
	if (r == 0)
		r = json_read_string(path, &out->path, err);
	if (r < 0)
		return r;
	/* kept as written: engines pass links such as /proc/N/exe, which must not be folded */
	if (out->path[0] != '/')
		return json_err(err, path, "must be an absolute path");
	if (strlen(out->path) >= CONFIG_PATH_MAX)
		return json_err(err, path, "longer than %d bytes", CONFIG_PATH_MAX - 1);
	env = json_get(node, "env");
	out->has_env = env != NULL;
	r = config_read_env(reader->arena, env, &out->env, err);
	if (r == 0)
		r = json_read_strings(json_get(node, "args"), reader->arena, &out->args, err);
	if (r == 0)
		r = read_timeout(json_get(node, "timeout"), out, err);
	if (r < 0)
		return r;
	out->pointer = config_pointer(reader->arena, node);
	return out->pointer != NULL ? 0 : config_err_memory(err);
}

static int read_kind(const struct config_reader *reader, const struct json *node,
	struct config_hooks *out, struct err *err)
{
	struct config_hook *hooks;
	size_t n = 0;
	int r;

	r = config_check_list(node, CONFIG_HOOKS_MAX, err);
	if (r < 0 || node == NULL)
		return r;
	hooks = arena_array(reader->arena, node->n_children, sizeof(*hooks));
	if (hooks == NULL)
		return config_err_memory(err);
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		r = read_hook(reader, child, &hooks[n++], err);
		if (r < 0)
			return r;
	}
	out->items = hooks;
	out->n = n;
	return 0;
}

int config_read_hooks(const struct config_reader *reader, const struct json *node,
	struct config_hooks out[CONFIG_HOOK_N], struct err *err)
{
	int r;

	r = config_check_object(node, err);
	for (int kind = 0; r == 0 && kind < CONFIG_HOOK_N; kind++) {
		const char *name = config_hook_name((enum config_hook_kind)kind);

		r = read_kind(reader, json_get(node, name), &out[kind], err);
	}
	return r;
}
