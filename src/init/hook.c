/*
 * Hooks of the container's namespaces: createContainer, which still sees the host's files, and
 * startContainer, which is one of the container's own programs.
 */
#include "wire/hook.h"

#include <errno.h>
#include <unistd.h>

#include "base/str.h"

#include "init.h"

#include "base/banned.h"

int init_hook(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const struct plan_header *header = ctx->plan->header;
	/* the stage, not what the hook is called: it decides with whose rights it runs */
	bool creating = step->stage == PLAN_STAGE_BUILD;
	char pid_and_status[64];
	struct wire_hook hook = {
		.kind = creating ? "createContainer" : "startContainer",
		.index = (unsigned)step->num[2],
		.path = init_string(ctx, step, 0),
		.argv = init_vector(ctx->plan, &step->ref[1]),
		.timeout_s = step->num[1],
		.cwd_fd = creating ? ctx->root : -1,
		.peer_fd = ctx->wire,
		.state = { plan_string(ctx->plan, &header->state_head), pid_and_status,
			plan_string(ctx->plan, &header->state_tail) },
	};

	str_fmt(pid_and_status, sizeof(pid_and_status), "\"pid\":%d,\"status\":\"%s\"",
		(int)getpid(), creating ? "creating" : "created");
	/* HOOK-04, T-11: without env, a hook in the container gets the workload's environment, one
	 * with host credentials gets none: never what an image can choose (T-13). */
	hook.envp =
		step->num[3] != 0 || creating ? init_vector(ctx->plan, &step->ref[2]) : ctx->env;
	if (hook.argv == NULL || hook.envp == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	return wire_hook_run(&hook, err);
}
