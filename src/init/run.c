/*
 * The plan as a straight line: one function for each kind of step, called in order.
 */
#include <errno.h>

#include "init.h"

#include "base/banned.h"

/* Kinds that are not here are caisson's (stage prepare). */
static const init_step_fn functions[PLAN_KIND_N] = {
	[PLAN_CGROUP_JOIN] = init_cgroup_join,
	[PLAN_NS_JOIN] = init_ns_join,
	[PLAN_NS_NEW] = init_ns_new,
	[PLAN_PRIVATE_ROOT] = init_private_root,
	[PLAN_FS_IDS] = init_fs_ids,
	[PLAN_KEYRING] = init_keyring,
	[PLAN_PROC] = init_proc,
	[PLAN_OOM_SCORE] = init_oom_score,
	[PLAN_RLIMIT] = init_rlimit,
	[PLAN_LINK_UP] = init_link_up,
	[PLAN_ROOT] = init_attach_root,
	[PLAN_MOUNT_NEW] = init_mount_new,
	[PLAN_MOUNT_TREE] = init_mount_tree,
	[PLAN_REMOUNT] = init_remount,
	[PLAN_PROPAGATION] = init_propagation,
	[PLAN_DEVICE] = init_device,
	[PLAN_SYMLINK] = init_symlink,
	[PLAN_CONSOLE] = init_console,
	[PLAN_STDIO_OWNER] = init_stdio_owner,
	[PLAN_SYNC_HOOKS] = init_sync_hooks,
	[PLAN_HOOK_INIT] = init_hook,
	[PLAN_PIVOT] = init_pivot,
	[PLAN_ROOT_FLAGS] = init_root_flags,
	[PLAN_HOSTNAME] = init_hostname,
	[PLAN_DOMAINNAME] = init_domainname,
	[PLAN_SYSCTL] = init_sysctl,
	[PLAN_READONLY] = init_readonly,
	[PLAN_MASK] = init_mask,
	[PLAN_CWD_MAKE] = init_cwd_make,
	[PLAN_USERNS_JOIN] = init_userns_join,
	[PLAN_LOCK_MOUNTS] = init_lock_mounts,
	[PLAN_BOUNDING] = init_bounding,
	[PLAN_SECUREBITS] = init_securebits,
	[PLAN_USER] = init_user,
	[PLAN_CAPS] = init_caps,
	[PLAN_UMASK] = init_umask,
	[PLAN_CWD] = init_cwd,
	[PLAN_NO_NEW_PRIVS] = init_no_new_privs,
	[PLAN_NO_WX] = init_no_wx,
	[PLAN_APPARMOR] = init_apparmor,
	[PLAN_SELINUX] = init_selinux,
	[PLAN_LANDLOCK] = init_landlock,
	[PLAN_PERSONALITY] = init_personality,
	[PLAN_FIND_EXEC] = init_find_exec,
	[PLAN_GATE] = init_gate,
	[PLAN_PDEATHSIG] = init_pdeathsig,
	[PLAN_CLOSE_FDS] = init_close_fds,
	[PLAN_SECCOMP] = init_seccomp,
	[PLAN_EXEC] = init_exec,
};

const char *init_string(const struct init_ctx *ctx, const struct plan_step *step, unsigned ref)
{
	return plan_string(ctx->plan, &step->ref[ref]);
}

/* The workload's argv and environment are laid out first: memory limits and filters of the plan
 * must not be able to make that fail at the very end. */
static int prepare_exec(struct init_ctx *ctx, struct err *err)
{
	const struct plan *plan = ctx->plan;

	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		if (plan->steps[i].kind == PLAN_EXEC)
			ctx->exec_step = &plan->steps[i];
	}
	if (ctx->exec_step == NULL)
		return err_new(err, -EINVAL, "plan has no step 'exec'");
	ctx->argv = init_vector(plan, &ctx->exec_step->ref[0]);
	ctx->env = init_vector(plan, &ctx->exec_step->ref[1]);
	if (ctx->argv == NULL || ctx->env == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	return 0;
}

static int run_step(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	int r;

	/* ORDER: the host's tree goes when everything is attached and before any right is given
	 * up; what lived on it (masks, our procfs) goes in the same grace period. */
	if (step->stage > PLAN_STAGE_BUILD) {
		r = init_drop_old_root(ctx, err);
		if (r < 0)
			return r;
	}
	if (functions[step->kind] == NULL)
		return err_new(err, -EINVAL, "step '%s' is not one of caisson-init",
			plan_kind_info(step->kind)->name);
	return functions[step->kind](ctx, step, err);
}

int init_run(struct init_ctx *ctx, struct err *err)
{
	const struct plan *plan = ctx->plan;
	int r;

	ctx->own_mounts = (plan->header->clone_flags & SYS_NEWNS) != 0;
	r = prepare_exec(ctx, err);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->stage == PLAN_STAGE_PREPARE)
			continue;
		r = run_step(ctx, step, err);
		if (r < 0)
			return r;
	}
	return err_new(err, -EINVAL, "plan ended without running anything");
}
