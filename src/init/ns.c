/*
 * Cgroups and namespaces: the ones caisson-init was not born in.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"

#include "init.h"

#include "base/banned.h"

static int slot_fd(const struct init_ctx *ctx, const struct plan_step *step)
{
	return plan_slot_fd(ctx->plan, step->slot);
}

static int take_late_cgroup(struct init_ctx *ctx, int *tasks, struct err *err)
{
	if (ctx->n_cgroups == 0) {
		int r = init_receive(ctx, WIRE_CGROUPS, ctx->cgroups, &ctx->n_cgroups, err);

		if (r < 0)
			return r;
	}
	if (ctx->next_cgroup >= ctx->n_cgroups)
		return err_new(err, -EPROTO,
			"caisson sent %zu cgroups, and one more is to be joined", ctx->n_cgroups);
	*tasks = ctx->cgroups[ctx->next_cgroup++];
	return 0;
}

int init_cgroup_join(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	_fd_ int tasks = -1;

	if ((ctx->plan->header->flags & PLAN_FLAG_LATE_CGROUPS) == 0) {
		tasks = slot_fd(ctx, step);
	} else {
		int r = take_late_cgroup(ctx, &tasks, err);

		if (r < 0)
			return r;
	}
	/* "0" into v1's tasks: the caller itself, without the lock that makes cgroup.procs wait
	 * for an RCU grace period (design 8.1). We have one thread, so that is all of us. */
	if (write(tasks, "0", 1) != 1)
		return err_sys(err, "join the container's cgroup");
	/* SECURITY: not kept while we wait: a descriptor of the host's cgroups in a container was
	 * CVE-2024-21626 (T-01). */
	return 0;
}

static const char *ns_name(uint64_t type)
{
	static const struct {
		uint64_t type;
		const char *name;
	} names[] = {
		{ SYS_NEWTIME, "time" },
		{ SYS_NEWNS, "mount" },
		{ SYS_NEWCGROUP, "cgroup" },
		{ SYS_NEWUTS, "uts" },
		{ SYS_NEWIPC, "ipc" },
		{ SYS_NEWUSER, "user" },
		{ SYS_NEWPID, "pid" },
		{ SYS_NEWNET, "network" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].type == type)
			return names[i].name;
	}
	return "several";
}

int init_ns_join(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	/* the kernel refuses a descriptor of another type than the plan's (T-19) */
	if (step->num[0] == 0 || sys_setns(slot_fd(ctx, step), (int)step->num[0]) < 0)
		return err_sys(err, "join the %s namespace", ns_name(step->num[0]));
	if (step->num[0] != SYS_NEWNS)
		return 0;
	ctx->own_mounts = true;
	fd_replace(&ctx->root, -1);
	init_forget_dir(ctx);
	return 0;
}

int init_ns_new(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	if (sys_unshare((int)step->num[0]) < 0)
		return err_sys(err, "make a new %s namespace", ns_name(step->num[0]));
	if ((step->num[0] & SYS_NEWNS) != 0)
		ctx->own_mounts = true;
	return 0;
}

int init_userns_join(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	if (sys_setns(slot_fd(ctx, step), SYS_NEWUSER) < 0)
		return err_sys(err, "join the container's user namespace");
	/* SECURITY: new credentials may have made us dumpable again (fs.suid_dumpable), and from
	 * here on the container's root has CAP_SYS_PTRACE over us (T-02). */
	if (sys_set_dumpable(false) < 0)
		return err_sys(err, "become unreadable for other processes");
	return 0;
}

int init_lock_mounts(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	int root;

	(void)step;
	/* SECURITY: a mount namespace copied into a less privileged user namespace has every mount
	 * and every flag locked by the kernel (I9, hardening.md d.5: T-39). */
	if (sys_unshare(SYS_NEWNS) < 0)
		return err_sys(err, "make the mount namespace that the workload sees");
	/* root and working directory have moved to the copies, the descriptor has not */
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || chdir("/") < 0)
		return err_sys(err, "open the root of the new mount namespace");
	fd_replace(&ctx->root, root);
	init_forget_dir(ctx);
	return 0;
}
