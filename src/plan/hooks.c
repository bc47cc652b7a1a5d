/*
 * Hooks of create: the host's run when caisson-init has its namespaces and mounts, those of the
 * container's namespaces are run by caisson-init (oci-checklist 2.4). poststart and poststop are
 * in the state record, for the commands that run them.
 */
#include "build.h"

#include "base/banned.h"

static void add_hook(struct plan_builder *b, struct plan_step *step, enum config_hook_kind kind,
	const struct config_hook *hook, size_t index)
{
	struct json_strings path_only = { .items = &hook->path, .n = 1 };

	step->ref[0] = plan_add_string(b, hook->path);
	step->ref[1] = plan_add_strings(b, hook->args.n > 0 ? &hook->args : &path_only);
	step->ref[2] = plan_add_strings(b, &hook->env);
	step->num[0] = (uint64_t)kind;
	step->num[1] = hook->timeout_s;
	step->num[2] = index;
	step->num[3] = hook->has_env;
}

static void add_kind(struct plan_builder *b, enum config_hook_kind kind)
{
	const struct config_hooks *hooks = &b->config->hooks[kind];

	for (size_t i = 0; i < hooks->n; i++)
		add_hook(b, plan_add(b, PLAN_HOOK_HOST, PLAN_SLOT_NONE), kind, &hooks->items[i], i);
}

void plan_build_host_hooks(struct plan_builder *b)
{
	const struct config_hooks *hooks = b->config->hooks;

	/* createContainer hooks are caisson-init's, but the host has to know that they began: from
	 * then on a failure ends with the poststop hooks (oci-checklist 2.4) */
	if (hooks[CONFIG_HOOK_PRESTART].n + hooks[CONFIG_HOOK_CREATE_RUNTIME].n +
			hooks[CONFIG_HOOK_CREATE_CONTAINER].n ==
		0)
		return;
	add_kind(b, CONFIG_HOOK_PRESTART);
	add_kind(b, CONFIG_HOOK_CREATE_RUNTIME);
	plan_add(b, PLAN_SYNC_HOOKS, PLAN_SLOT_NONE);
}

void plan_build_init_hooks(
	struct plan_builder *b, enum plan_stage stage, enum config_hook_kind kind)
{
	const struct config_hooks *hooks = &b->config->hooks[kind];

	for (size_t i = 0; i < hooks->n; i++)
		add_hook(b, plan_add_at(b, stage, PLAN_HOOK_INIT, PLAN_SLOT_NONE), kind,
			&hooks->items[i], i);
}
