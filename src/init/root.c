/*
 * The root: attached in a private copy of the host's mounts, made "/", and the host's tree let go.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"

#include "init.h"

#include "base/banned.h"

int init_set_propagation(int mnt, uint64_t propagation, bool recursive)
{
	struct sys_mount_attr attr = { .propagation = propagation };

	if (propagation == 0)
		return 0;
	return sys_mount_setattr(mnt, recursive, &attr);
}

/* SECURITY: one wrong plan must not be able to rearrange the host's own mounts. */
static int check_own_mounts(const struct init_ctx *ctx, struct err *err)
{
	if (!ctx->own_mounts)
		return err_new(err, -EINVAL,
			"the plan changes mounts, but the mount namespace is the host's");
	return 0;
}

static int open_old_root(struct init_ctx *ctx, struct err *err)
{
	if (ctx->old_root < 0)
		ctx->old_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ctx->old_root < 0)
		return err_sys(err, "open the host's root");
	return 0;
}

int init_private_root(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	int r;

	r = check_own_mounts(ctx, err);
	if (r < 0)
		return r;
	r = open_old_root(ctx, err);
	if (r < 0)
		return r;
	/* ORDER: before the first mount, or the host would get a copy of it; and pivot_root()
	 * refuses a shared parent */
	if (init_set_propagation(ctx->old_root, step->num[0], true) < 0)
		return err_sys(err, "separate the mounts from the host's");
	return 0;
}

static bool has_early_hook(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		if (plan->steps[i].kind == PLAN_HOOK_INIT &&
			plan->steps[i].stage == PLAN_STAGE_BUILD)
			return true;
	}
	return false;
}

/*
 * Where the tree goes. Its host path is looked up in our copy of the host's mounts: whoever could
 * redirect it decides where the tree shows until the pivot, not what it is.
 *
 * Without a path it goes over "/": that needs no lookup, but from then on ".." at the top leads
 * into the container. SECURITY: a hook with host credentials must not run in that state.
 */
static int open_attach_point(const struct init_ctx *ctx, const char *path, struct err *err)
{
	int fd;

	if (*path == '\0') {
		if (has_early_hook(ctx->plan))
			return err_new(err, -EINVAL, "plan has hooks but no path for the root");
		fd = fcntl(ctx->old_root, F_DUPFD_CLOEXEC, 0);
	} else {
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return err_sys(err, "open the root file system '%s'", path);
	return fd;
}

int init_attach_root(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	_fd_ int target = -1;
	int tree = plan_slot_fd(ctx->plan, step->slot);
	int r;

	r = check_own_mounts(ctx, err);
	if (r < 0)
		return r;
	r = open_old_root(ctx, err);
	if (r < 0)
		return r;
	target = open_attach_point(ctx, init_string(ctx, step, 0), err);
	if (target < 0)
		return target;
	if (sys_move_mount(tree, target) < 0)
		return err_sys(err, "attach the root file system");
	ctx->root = tree;
	ctx->root_attached = true;
	ctx->root_has_path = *init_string(ctx, step, 0) != '\0';
	return 0;
}

int init_park_mount(const struct init_ctx *ctx, int mnt)
{
	_fd_ int target = -1;

	/* Any directory that every host has. It is the copy that gets covered, and it goes away
	 * with that copy: closing a mount that is attached nowhere costs a grace period of its own,
	 * and kernels < 6.15 can't clone it (design 8.5). */
	target = openat(ctx->old_root, "proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return -1;
	return sys_move_mount(mnt, target);
}

static int move_and_chroot(struct init_ctx *ctx, struct err *err)
{
	/* --no-pivot: the host's tree stays below, out of reach by path, as with runc's move */
	if (ctx->root_has_path && sys_move_mount(ctx->root, ctx->old_root) < 0)
		return err_sys(err, "move the root file system to '/'");
	if (fchdir(ctx->root) < 0 || sys_chroot_here() < 0 || chdir("/") < 0)
		return err_sys(err, "chroot into the root file system");
	return 0;
}

int init_pivot(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	if (!ctx->root_attached || ctx->old_root < 0)
		return err_new(err, -EINVAL, "step 'pivot' comes before step 'root'");
	if (step->num[0] != 0)
		return move_and_chroot(ctx, err);
	/* ORDER: after the hooks, which may need the host's /proc */
	if (ctx->proc >= 0)
		(void)!init_park_mount(ctx, ctx->proc);
	if (fchdir(ctx->root) < 0 || sys_pivot_root_here() < 0)
		return err_sys(err, "pivot_root into the root file system");
	/* The host's tree now lies on top of "/", where only our descriptor reaches it. */
	ctx->pivoted = true;
	if (chdir("/") < 0)
		return err_sys(err, "enter the new root");
	return 0;
}

int init_drop_old_root(struct init_ctx *ctx, struct err *err)
{
	/* SECURITY: nothing is made in it any more, so it does not stay open at the gate (T-01) */
	init_forget_dir(ctx);
	if (ctx->old_root < 0)
		return 0;
	/* after a chroot it stays, below the root and without a name */
	if (ctx->pivoted && (fchdir(ctx->old_root) < 0 || sys_umount_here() < 0 || chdir("/") < 0))
		return err_sys(err, "unmount the host's tree");
	fd_replace(&ctx->old_root, -1);
	fd_replace(&ctx->masks, -1);
	for (size_t i = 0; i < PLAN_KEPT_MAX && ctx->kept[i] != 0; i++)
		(void)!close(ctx->kept[i] - 1);
	return 0;
}

int init_root_flags(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	struct sys_mount_attr attr = {
		.attr_set = step->num[0],
		.attr_clr = (step->num[0] & SYS_ATTR_ATIME) != 0 ? SYS_ATTR_ATIME : 0,
		.propagation = step->num[1],
	};

	if (!ctx->root_attached)
		return err_new(err, -EINVAL, "step 'root-flags' comes before step 'root'");
	if (sys_mount_setattr(ctx->root, false, &attr) < 0)
		return err_sys(err, "set the flags of the root mount");
	return 0;
}
