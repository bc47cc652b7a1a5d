/* Landlock: a ruleset of the plan, put together rule by rule, then in force. */
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"

#include "init.h"

#include "base/banned.h"

/* What can be forbidden for a file; the kernel takes no more for one. */
#define FS_OF_FILES 0xc007ULL

static int allow_path(const struct init_ctx *ctx, const char *path, struct sys_landlock_rule *rule)
{
	_fd_ int fd = init_open(ctx, path, O_PATH);

	rule->fd = fd;
	if (fd < 0)
		return errno == ENOENT ? 0
				       : -1; /* an image need not have all that a profile lists */
	if (sys_landlock_allow(ctx->landlock, SYS_LANDLOCK_PATH, rule) == 0)
		return 0;
	rule->access &= FS_OF_FILES;
	return sys_landlock_allow(ctx->landlock, SYS_LANDLOCK_PATH, rule);
}

int init_landlock(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	struct sys_landlock_rule rule = { step->num[0], { .port = step->num[2] } };
	const char *path = init_string(ctx, step, 0);
	int r;

	if (ctx->landlock < 0)
		r = ctx->landlock = sys_landlock_create(step->num[0], step->num[1]);
	else if (rule.access != 0)
		r = allow_path(ctx, path, &rule);
	else if ((rule.access = step->num[1]) != 0)
		r = sys_landlock_allow(ctx->landlock, SYS_LANDLOCK_PORT, &rule);
	else
		r = sys_landlock_restrict_self(ctx->landlock);
	return r < 0 ? err_sys(err, "landlock '%s'", path) : 0;
}
