/*
 * Ids and capabilities: the only direction is down.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"

#include "init.h"

#include "base/banned.h"

enum {
	CAPS_MAX = 64
};

int init_fs_ids(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	/* Leaving fsuid 0 would drop the capabilities that file work needs; the bit is only looked
	 * at by the call itself, so it is not left behind for the workload. */
	if (sys_set_securebits(SYS_SECBIT_NO_SETUID_FIXUP) < 0)
		return err_sys(err, "keep capabilities with another file system id");
	(void)sys_setfsgid((gid_t)step->num[1]);
	(void)sys_setfsuid((uid_t)step->num[0]);
	/* SECURITY: unchanged, files in the container would belong to root of the host (I1) */
	if (sys_setfsgid((gid_t)-1) != (gid_t)step->num[1] ||
		sys_setfsuid((uid_t)-1) != (uid_t)step->num[0])
		return err_new(err, -EPERM, "take file system ids %u:%u", (unsigned)step->num[0],
			(unsigned)step->num[1]);
	if (sys_set_securebits(0) < 0)
		return err_sys(err, "set the secure bits back");
	ctx->fs_uid = (uint32_t)step->num[0];
	ctx->fs_gid = (uint32_t)step->num[1];
	return 0;
}

int init_bounding(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	(void)ctx;
	for (int cap = 0; cap < CAPS_MAX; cap++) {
		if ((step->num[0] & (1ULL << cap)) != 0 || sys_bounding_drop(cap) == 0)
			continue;
		if (errno == EINVAL) /* the kernel knows no capability of this number or above */
			return 0;
		if (sys_bounding_has(cap) != 0)
			return err_sys(err, "drop capability %d from the bounding set", cap);
	}
	return 0;
}

int init_securebits(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	(void)ctx;
	if (sys_set_securebits((unsigned long)step->num[0]) < 0)
		return err_sys(err, "set secure bits 0x%llx", (unsigned long long)step->num[0]);
	return 0;
}

/* A directory that only root may enter can be the working directory of somebody else: runc enters
 * it before it changes the uid, and images rely on that. PLAN_CWD judges the result. */
static void enter_cwd_early(struct init_ctx *ctx)
{
	const struct plan *plan = ctx->plan;
	struct err ignored;

	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		if (plan->steps[i].kind == PLAN_CWD)
			ctx->cwd_early = init_enter_cwd(ctx, init_string(ctx, &plan->steps[i], 0),
						 &ignored) == 0;
	}
}

int init_user(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const uint32_t *groups;
	size_t n_groups;

	if (step->num[0] != 0)
		enter_cwd_early(ctx);
	/* until PLAN_CAPS has said what is left; execve() clears it */
	if (sys_set_keepcaps(true) < 0)
		return err_sys(err, "keep capabilities over the change of user");
	groups = plan_u32s(ctx->plan, &step->ref[0], &n_groups);
	/* ORDER: groups, gid, uid: each needs what the next one gives up */
	if (step->num[2] != 0 && sys_setgroups(n_groups, groups) < 0)
		return err_sys(err, "set %zu supplementary groups", n_groups);
	if (sys_setresgid((gid_t)step->num[1]) < 0)
		return err_sys(err, "become group %u", (unsigned)step->num[1]);
	if (sys_setresuid((uid_t)step->num[0]) < 0)
		return err_sys(err, "become user %u", (unsigned)step->num[0]);
	if (sys_set_dumpable(false) < 0)
		return err_sys(err, "become unreadable for other processes");
	ctx->uid = (uint32_t)step->num[0];
	return 0;
}

/* CAP-04: what is not inheritable as well can't be ambient, which `runc spec` asks for, and which
 * is no mistake worth a word on every start. */
static void raise_ambient(uint64_t asked, const struct sys_caps *caps)
{
	asked &= caps->permitted & caps->inheritable;
	for (int cap = 0; cap < CAPS_MAX; cap++) {
		if ((asked & (1ULL << cap)) != 0 && sys_ambient_raise(cap) < 0)
			log_warn("can't raise ambient capability %d: %s; continuing without it",
				cap, err_text(errno));
	}
}

int init_caps(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	struct sys_caps caps = {
		.effective = step->num[0],
		.permitted = step->num[1],
		.inheritable = step->num[2],
	};

	if (sys_ambient_clear() < 0)
		return err_sys(err, "clear the ambient capabilities");
	if (sys_capset(&caps) < 0)
		return err_sys(err, "unable to apply caps");
	raise_ambient(step->num[3], &caps);
	ctx->caps = caps;
	ctx->has_caps = true;
	return 0;
}

int init_umask(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	(void)ctx;
	(void)err;
	umask((mode_t)step->num[0] & 0777);
	return 0;
}

int init_enter_cwd(struct init_ctx *ctx, const char *path, struct err *err)
{
	char where[PATH_MAX];
	_fd_ int dir = -1;
	int r;

	r = init_root(ctx, err);
	if (r < 0)
		return r;
	/* SECURITY: magic links are refused by the open; a directory that can't be named from our
	 * root is outside it (CVE-2024-21626: T-01). */
	dir = init_open(ctx, path, O_PATH | O_DIRECTORY);
	if (dir < 0 || fchdir(dir) < 0)
		return err_sys(err, "chdir to cwd (\"%s\") set in config.json failed", path);
	if (sys_getcwd(where, sizeof(where)) < 0)
		return err_sys(err, "find out where cwd (\"%s\") leads", path);
	if (where[0] != '/')
		return err_new(err, -EPERM,
			"current working directory is outside of container mount namespace root");
	return 0;
}

int init_cwd(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	int r = init_enter_cwd(ctx, init_string(ctx, step, 0), err);

	if (r == -EACCES && ctx->cwd_early)
		return 0;
	return r;
}

/* For the rest of us, too: the workload inherits it through execve. */
int init_no_wx(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	(void)ctx;
	(void)step;
	return sys_deny_wx() < 0 ? err_sys(err, "set MDWE") : 0;
}

int init_no_new_privs(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	(void)ctx;
	(void)step;
	if (sys_set_no_new_privs() < 0)
		return err_sys(err, "set no_new_privs");
	return 0;
}
