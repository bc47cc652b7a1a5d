/* Programs that caisson runs as root on the host because a config says so. */
#include "rules.h"

#include "base/banned.h"

static const char *hook_problem(const struct policy_path *path, const struct policy_path *root)
{
	if (!path->is_known)
		return NULL;
	if (path->facts->kind == FACTS_PATH_ABSENT)
		return "no such file or directory";
	if (path->facts->kind != FACTS_PATH_FILE || !path->facts->is_executable)
		return "not an executable file";
	if (policy_below(path->path, root->path) || policy_below(path->real, root->real))
		return "inside the root file system";
	if (!path->facts->is_trusted)
		return "others than root can change it or a directory above it";
	return NULL;
}

static void check_hook(struct policy_walk *w, const struct config_hook *hook)
{
	struct policy_path path, root;
	const char *problem;

	/* SECURITY: docker's network hook is /proc/N/exe of the daemon; the facts describe the
	 * program that link leads to, so the same questions are asked of it (T-13). */
	if (!policy_look(w, hook->path, &path) || !policy_look(w, w->asked->root_path, &root))
		return;
	problem = hook_problem(&path, &root);
	if (problem != NULL)
		policy_refuse(w, arena_fmt(w->arena, "%s/path", hook->pointer),
			arena_fmt(w->arena, "%s: %s", policy_quote(w, hook->path), problem),
			"an executable of root that nobody else can change");
}

void policy_rule_hook_trusted(struct policy_walk *w)
{
	for (int kind = 0; kind < CONFIG_HOOK_N; kind++) {
		if (kind == CONFIG_HOOK_START_CONTAINER) /* a program of the container, as itself */
			continue;
		for (size_t i = 0; i < w->asked->hooks[kind].n && !w->failed; i++)
			check_hook(w, &w->asked->hooks[kind].items[i]);
	}
}

void policy_rule_hook_environment(struct policy_walk *w)
{
	_str_buf_ struct str_buf list = { 0 };

	/* SECURITY: CVE-2025-23266, LD_PRELOAD of an image in a hook of the host (T-13) */
	for (int kind = 0; kind < CONFIG_HOOK_N; kind++) {
		struct config_hooks *hooks = &w->out->config.hooks[kind];
		struct config_hook *items;

		items = policy_copy(w, hooks->items, hooks->n, 0, sizeof(*items));
		if (items == NULL)
			return;
		for (size_t i = 0; i < hooks->n; i++) {
			if (items[i].has_env)
				continue;
			items[i].has_env = true;
			policy_list_add(&list, items[i].pointer);
		}
		hooks->items = items;
	}
	if (list.len > 0)
		policy_tighten(w, "/hooks", policy_list(w, &list), "an empty environment");
}
