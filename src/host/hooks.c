#include "hooks.h"

#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "wire/hook.h"

#include "base/banned.h"

const char *host_hook_state_text(struct arena *arena, const struct host_state *state)
{
	_json_out_ struct json_out *out = json_out_new("");
	const char *text;
	size_t len;

	json_out_object(out, NULL);
	host_state_json(state, NULL, out);
	json_out_end(out);
	text = json_out_text(out, &len);
	return text != NULL ? arena_strdup(arena, text) : NULL;
}

/* execve wants pointers to char it will not write to. */
static char *const *vector(struct arena *arena, const char *first, const struct json_strings *list)
{
	size_t n = 0;
	char **items = arena_array(arena, list->n + 2, sizeof(*items));

	if (items == NULL)
		return NULL;
	if (first != NULL && list->n == 0)
		items[n++] = arena_strdup(arena, first);
	for (size_t i = 0; i < list->n; i++)
		items[n++] = arena_strdup(arena, list->items[i]);
	return items;
}

static int run_recorded(const char *kind, const struct config_hook *hook, size_t index,
	const char *state, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	struct wire_hook call = {
		.kind = kind,
		.index = (unsigned)index,
		.path = hook->path,
		.argv = vector(&arena, hook->path, &hook->args),
		/* T-11: without env a hook inherits the caller's, as under runc; hardened gives it one */
		.envp = hook->has_env ? vector(&arena, NULL, &hook->env) : environ,
		.timeout_s = hook->timeout_s,
		.cwd_fd = -1,
		.peer_fd = -1,
		.state = { state },
	};

	if (call.argv == NULL || call.envp == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	return wire_hook_run(&call, err);
}

int host_hooks_run_list(const char *kind, const struct config_hook *hooks, size_t n,
	const struct host_state *state, bool keep_going, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	const char *text;

	if (n == 0)
		return 0;
	text = host_hook_state_text(&arena, state);
	if (text == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		struct err failed;
		int r = run_recorded(kind, &hooks[i], i, text, &failed);

		if (r < 0 && !keep_going) {
			*err = failed;
			return r;
		}
		if (r < 0)
			log_warn("%s; continuing with the next hook", failed.msg);
	}
	return 0;
}
