/*
 * Settings that live in the kernel: limits, names, sysctls, keyring. Files of procfs are written
 * through an instance of our own.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"

#include "init.h"

#include "base/banned.h"

int init_proc(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	_fd_ int fs = -1;

	if (step->slot != PLAN_SLOT_NONE) {
		fd_replace(&ctx->proc, plan_slot_fd(ctx->plan, step->slot));
		return 0;
	}
	fs = sys_fsopen("proc");
	/* SECURITY: nobody else can mount over a part of it or put a link into its place, which is
	 * what redirects the writes of a runtime (CVE-2019-16884, CVE-2025-52881: T-04). It is
	 * never attached where the container sees it, and kept until exec (design 8.5). */
	if (fs < 0 || sys_fsconfig_create(fs) < 0)
		return err_sys(err, "make a procfs instance");
	fd_replace(&ctx->proc, sys_fsmount(fs, SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC));
	if (ctx->proc < 0)
		return err_sys(err, "make a mount of a procfs instance");
	return 0;
}

int init_write_proc(
	const struct init_ctx *ctx, const char *path, const char *text, size_t len, struct err *err)
{
	_fd_ int fd = -1;
	ssize_t n;

	if (ctx->proc < 0)
		return err_new(err, -EINVAL, "write '/proc/%s': the plan has no step 'proc'", path);
	fd = sys_open_proc(ctx->proc, path, O_WRONLY);
	if (fd < 0)
		return err_sys(err, "open '/proc/%s'", path);
	n = write(fd, text, len); /* one write is one value */
	if (n < 0)
		return err_sys(err, "write '/proc/%s'", path);
	if ((size_t)n != len)
		return err_new(err, -EIO, "write '/proc/%s': only %zd of %zu bytes", path, n, len);
	return 0;
}

int init_keyring(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	(void)ctx;
	if (sys_keyring_join(init_string(ctx, step, 0)) == 0)
		return 0;
	if (errno != ENOSYS)
		return err_sys(err, "make a session keyring");
	log_warn("the kernel has no keyrings; continuing without one");
	return 0;
}

int init_oom_score(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	char path[48], value[24];
	size_t len;

	str_fmt(path, sizeof(path), "%d/oom_score_adj", (int)getpid());
	len = str_fmt(value, sizeof(value), "%lld", (long long)(int64_t)step->num[0]);
	return init_write_proc(ctx, path, value, len, err);
}

int init_rlimit(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	struct rlimit limit = {
		.rlim_cur = (rlim_t)step->num[1],
		.rlim_max = (rlim_t)step->num[2],
	};

	(void)ctx;
	if (sys_prlimit(0, (int)step->num[0], &limit) < 0)
		return err_sys(err, "set resource limit %d to %llu:%llu", (int)step->num[0],
			(unsigned long long)step->num[1], (unsigned long long)step->num[2]);
	return 0;
}

int init_link_up(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *name = init_string(ctx, step, 0);

	if (sys_set_link_up(name) < 0)
		return err_sys(err, "bring up the network interface '%s'", name);
	return 0;
}

int init_hostname(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *name = init_string(ctx, step, 0);

	if (sys_set_hostname(name, strlen(name)) < 0)
		return err_sys(err, "set the host name '%s'", name);
	return 0;
}

int init_domainname(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *name = init_string(ctx, step, 0);

	if (sys_set_domainname(name, strlen(name)) < 0)
		return err_sys(err, "set the domain name '%s'", name);
	return 0;
}

int init_sysctl(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *value = init_string(ctx, step, 1);
	char path[PATH_MAX];

	if (str_fmt(path, sizeof(path), "sys/%s", init_string(ctx, step, 0)) >= sizeof(path))
		return err_new(err, -ENAMETOOLONG, "name of a sysctl is too long");
	return init_write_proc(ctx, path, value, strlen(value), err);
}

int init_personality(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	(void)ctx;
	if (sys_set_personality((unsigned long)step->num[0]) < 0)
		return err_sys(
			err, "set the execution domain 0x%llx", (unsigned long long)step->num[0]);
	return 0;
}

int init_pdeathsig(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	struct pollfd caller = { .fd = ctx->wire };

	if (sys_set_pdeathsig((int)step->num[0]) < 0)
		return err_sys(err, "tie the workload to its caller");
	/* one that ended before this was set sends no signal */
	if (!ctx->filtered && poll(&caller, 1, 0) > 0)
		return err_new(err, -EPIPE, "caisson went away");
	return 0;
}
