/*
 * The workload's environment: process.env with one entry a name, and what socket activation and sd_notify(3) add.
 */
#include <errno.h>
#include <string.h>

#include "build.h"

#include "base/banned.h"

/* Names seen so far, by open addressing: an environment may have tens of thousands of entries. */
struct names {
	size_t *slots; /* index in the list + 1; 0 = free */
	size_t mask;
};

static int names_init(struct names *names, struct arena *arena, size_t n)
{
	size_t size = 16;

	while (size < 2 * n)
		size *= 2;
	names->slots = arena_array(arena, size, sizeof(*names->slots));
	names->mask = size - 1;
	return names->slots != NULL ? 0 : -1;
}

static size_t hash_name(const char *item, size_t len)
{
	uint32_t hash = 2166136261U; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)item[i]) * 16777619U;
	return hash;
}

/* Where the entry of the same name is, or is to be */
static size_t *find_name(const struct names *names, const char *const *items, const char *item)
{
	size_t len = strcspn(item, "="), at = hash_name(item, len) & names->mask;

	while (names->slots[at] != 0) {
		const char *other = items[names->slots[at] - 1];

		if (strncmp(other, item, len) == 0 && other[len] == '=')
			break;
		at = (at + 1) & names->mask;
	}
	return &names->slots[at];
}

int plan_build_env(struct plan_builder *b, struct json_strings *out, struct err *err)
{
	const struct json_strings *env = &b->config->process.env;
	const char **items = arena_array(b->arena, env->n + 4, sizeof(*items));
	struct names names;
	size_t n = 0;

	if (items == NULL || names_init(&names, b->arena, env->n) < 0)
		return err_new(err, -ENOMEM, "out of memory");
	/* The last of several counts (PROC-04); getenv(3) of the workload would find the first. */
	for (size_t i = 0; i < env->n; i++) {
		size_t *slot;

		if (b->request->notify_dir != NULL && str_starts(env->items[i], "NOTIFY_SOCKET="))
			continue; /* another one comes below */
		slot = find_name(&names, items, env->items[i]);
		if (*slot == 0)
			*slot = ++n;
		items[*slot - 1] = env->items[i];
	}
	if (b->request->notify_dir != NULL)
		items[n++] = PLAN_NOTIFY_ENV;
	if (b->request->n_listen_fds > 0) {
		items[n++] = arena_fmt(b->arena, "LISTEN_FDS=%u", b->request->n_listen_fds);
		items[n++] = "LISTEN_PID=1";
		if (items[n - 2] == NULL)
			return err_new(err, -ENOMEM, "out of memory");
	}
	*out = (struct json_strings){ .items = items, .n = n };
	return 0;
}
