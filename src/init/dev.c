/*
 * Device nodes and links. The directory is opened below the root, the node made in it by its last
 * component: a /dev that is a symlink to the host leads nowhere (CVE-2026-41579: T-09).
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "init.h"

#include "base/banned.h"

static mode_t node_type(uint64_t type)
{
	if (type == 'c')
		return S_IFCHR;
	if (type == 'b')
		return S_IFBLK;
	return type == 'p' ? S_IFIFO : 0;
}

/* DEV-03: an identical node is fine, anything else is in the way. */
static int check_existing(int dir, const char *name, mode_t type, dev_t device, struct err *err)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "inspect the existing file");
	if ((st.st_mode & S_IFMT) != type || (type != S_IFIFO && st.st_rdev != device))
		return err_new(err, -EEXIST, "something else is there");
	return 0;
}

static int make_node(const struct init_ctx *ctx, const struct plan_step *step, int dir,
	const char *name, struct err *err)
{
	unsigned major = (unsigned)(step->num[1] >> 32), minor = (unsigned)step->num[1];
	uid_t uid = (uid_t)(step->num[3] >> 32);
	gid_t gid = (gid_t)step->num[3];
	mode_t type = node_type(step->num[0]);

	if (type == 0)
		return err_new(err, -EINVAL, "unknown type %llu", (unsigned long long)step->num[0]);
	/* our umask is 0: the mode is exact, and the file need not be touched by name again */
	if (sys_mknodat(dir, name, type | (mode_t)(step->num[2] & 07777), major, minor) < 0) {
		if (errno == EEXIST)
			return check_existing(dir, name, type, makedev(major, minor), err);
		return err_sys(err, "mknod");
	}
	if (uid == ctx->fs_uid && gid == ctx->fs_gid)
		return 0;
	if (fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "chown");
	return 0;
}

int init_device(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *path = init_string(ctx, step, 0);
	char name[NAME_MAX + 1];
	int dir = init_open_parent(ctx, path, name, err);

	if (dir < 0 || make_node(ctx, step, dir, name, err) < 0)
		return err_ctx(err, "device '%s'", path);
	return 0;
}

static bool is_missing(const struct init_ctx *ctx, const char *target)
{
	_fd_ int fd = init_open(ctx, target, O_PATH | O_NOFOLLOW);

	return fd < 0 && (errno == ENOENT || errno == ENOTDIR);
}

int init_symlink(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *path = init_string(ctx, step, 0), *target = init_string(ctx, step, 1);
	char name[NAME_MAX + 1];
	int dir;

	/* DEV-09: only to what is there: not every kernel has a /proc/kcore. A process's own
	 * directory is wherever procfs is. */
	if (target[0] == '/' && !str_starts(target, "/proc/self/") && is_missing(ctx, target))
		return 0;
	dir = init_open_parent(ctx, path, name, err);
	if (dir < 0)
		return err_ctx(err, "symlink '%s'", path);
	if (symlinkat(target, dir, name) < 0 && errno != EEXIST)
		return err_sys(err, "symlink '%s'", path);
	return 0;
}
