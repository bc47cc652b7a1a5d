/*
 * Paths that are made read-only, and paths that are hidden. SECURITY: what covers a path is never
 * taken from the container (runc used its /dev/null: CVE-2025-31133, T-07): it is a clone out of
 * one tmpfs of ours, which holds an empty directory and an empty file and has no room for more.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#include "init.h"

#include "base/banned.h"

enum {
	EMPTY_DIR_MODE = 0555,
	/* Readable and empty, as the file runtimes mask with: a program gets end of file, not an
	 * error that it would not get elsewhere. */
	EMPTY_FILE_MODE = 0444,
};

/* A path to cover. 1: nothing there (masked and read-only paths may be missing). */
static int open_existing(const struct init_ctx *ctx, const char *path, int *fd, struct err *err)
{
	*fd = init_open(ctx, path, O_PATH);
	if (*fd >= 0)
		return 0;
	if (errno == ENOENT || errno == ENOTDIR)
		return 1;
	return err_sys(err, "open '%s' in the container", path);
}

int init_readonly(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *path = init_string(ctx, step, 0);
	struct sys_mount_attr attr = { .attr_set = SYS_ATTR_RDONLY };
	_fd_ int target = -1, tree = -1;
	int r;

	r = open_existing(ctx, path, &target, err);
	if (r != 0)
		return r < 0 ? r : 0;
	/* a bind of the path onto itself, with the mounts below it; flags it has are kept */
	tree = sys_open_tree(target, "", true);
	if (tree < 0 || sys_mount_setattr(tree, false, &attr) < 0 ||
		sys_move_mount(tree, target) < 0)
		return err_sys(err, "make '%s' read-only", path);
	init_forget_dir(ctx);
	return 0;
}

static int fill_masks(int mnt, struct err *err)
{
	struct sys_mount_attr attr = { .attr_set = SYS_ATTR_RDONLY };

	/* no descriptor for the file: one that is open for writing keeps the mount from becoming
	 * read-only */
	if (mkdirat(mnt, "dir", EMPTY_DIR_MODE) < 0 ||
		sys_mknodat(mnt, "file", S_IFREG | EMPTY_FILE_MODE, 0, 0) < 0 ||
		sys_mount_setattr(mnt, false, &attr) < 0)
		return err_sys(err, "fill the tmpfs for masks");
	return 0;
}

/* The tmpfs all masks come from: one for all of them, and it goes away with the host's tree. */
static int make_masks(struct init_ctx *ctx, struct err *err)
{
	_fd_ int fs = sys_fsopen("tmpfs"), mnt = -1;
	int r;

	if (ctx->old_root < 0)
		return err_new(err, -EINVAL, "step 'mask' comes before step 'root'");
	/* root, directory and file are all the inodes it will ever have */
	if (fs < 0 || sys_fsconfig_string(fs, "source", "masks") < 0 ||
		sys_fsconfig_string(fs, "nr_inodes", "3") < 0 ||
		sys_fsconfig_string(fs, "size", "4k") < 0 || sys_fsconfig_create(fs) < 0)
		return err_sys(err, "make a tmpfs for masks");
	mnt = sys_fsmount(fs, SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC);
	if (mnt < 0)
		return err_sys(err, "make a tmpfs for masks");
	r = fill_masks(mnt, err);
	if (r < 0)
		return r;
	if (init_park_mount(ctx, mnt) < 0)
		return err_sys(err, "attach the tmpfs for masks");
	ctx->masks = fd_take(&mnt);
	return 0;
}

static int cover(struct init_ctx *ctx, int target, struct err *err)
{
	_fd_ int mask = -1;
	struct stat st;
	int r;

	if (ctx->masks < 0) {
		r = make_masks(ctx, err);
		if (r < 0)
			return r;
	}
	if (fstat(target, &st) < 0)
		return err_sys(err, "inspect the path");
	mask = sys_open_tree(ctx->masks, S_ISDIR(st.st_mode) ? "dir" : "file", false);
	if (mask < 0 || sys_move_mount(mask, target) < 0)
		return err_sys(err, "attach");
	init_forget_dir(ctx);
	return 0;
}

int init_mask(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *path = init_string(ctx, step, 0);
	_fd_ int target = -1;
	int r;

	r = open_existing(ctx, path, &target, err);
	if (r != 0)
		return r < 0 ? r : 0;
	if (cover(ctx, target, err) < 0)
		return err_ctx(err, "mask '%s'", path);
	return 0;
}
