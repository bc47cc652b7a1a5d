/*
 * Mounts below the root. Every one is made or handed over detached, and attached once, to a
 * descriptor of its target (T-10).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "init.h"

#include "base/banned.h"

enum {
	KEY_MAX = 64,    /* longest name of a mount option */
	VALUE_MAX = 255, /* what fsconfig(2) takes */
	LOG_LINE_MAX = 256,
	DIR_MODE = 0755,
};

/* The kernel's own words about a refused option or mount: lines "e text"; the last error counts. */
static void add_fs_log(int fs, struct err *err)
{
	char line[LOG_LINE_MAX], text[LOG_LINE_MAX] = "", escaped[LOG_LINE_MAX];
	size_t len = strlen(err->msg);
	ssize_t n;

	while ((n = read(fs, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		line[strcspn(line, "\n")] = '\0';
		if (str_starts(line, "e "))
			str_fmt(text, sizeof(text), "%s", line + 2);
	}
	if (text[0] != '\0')
		str_fmt(err->msg + len, sizeof(err->msg) - len, " (%s)",
			str_escape(escaped, sizeof(escaped), text));
}

static int set_option(int fs, const char *option, struct err *err)
{
	const char *value = strchr(option, '=');
	char key[KEY_MAX];
	int r;

	if (value == NULL) {
		r = sys_fsconfig_flag(fs, option);
	} else {
		size_t len = (size_t)(value - option);

		if (len >= sizeof(key) || strlen(value + 1) > VALUE_MAX)
			return err_new(err, -E2BIG, "option '%s' is longer than %d bytes", option,
				VALUE_MAX);
		memcpy(key, option, len);
		key[len] = '\0';
		r = sys_fsconfig_string(fs, key, value + 1);
	}
	/* a flag of mount(2) that file systems keep for themselves, where they know it at all */
	if (r < 0 && errno == EINVAL && str_eq(option, "iversion"))
		return 0;
	if (r < 0) {
		err_sys(err, "option '%s'", option);
		add_fs_log(fs, err);
		return err->code;
	}
	return 0;
}

static int set_mode(int fs, mode_t mode, struct err *err)
{
	char text[16];

	str_fmt(text, sizeof(text), "%o", (unsigned)mode & 07777);
	if (sys_fsconfig_string(fs, "mode", text) < 0)
		return err_sys(err, "option 'mode=%s'", text);
	return 0;
}

/* A new file system as a detached mount. @mode: of its root, 0 = leave it. */
static int new_mount(const struct init_ctx *ctx, const struct plan_step *step, mode_t mode,
	uint64_t attr, struct err *err)
{
	const char *type = init_string(ctx, step, 1), *option = NULL;
	_fd_ int fs = -1;
	int mnt, r;

	fs = sys_fsopen(type);
	if (fs < 0)
		return err_sys(err, "file system type '%s'", type);
	while ((option = plan_strings(ctx->plan, &step->ref[2], option)) != NULL) {
		r = set_option(fs, option, err);
		if (r < 0)
			return r;
	}
	if (mode != 0) {
		r = set_mode(fs, mode, err);
		if (r < 0)
			return r;
	}
	if (sys_fsconfig_create(fs) < 0) {
		err_sys(err, "create a '%s' file system", type);
		add_fs_log(fs, err);
		return err->code;
	}
	mnt = sys_fsmount(fs, attr);
	if (mnt < 0) {
		err_sys(err, "make a '%s' mount", type);
		add_fs_log(fs, err);
		return err->code;
	}
	return mnt;
}

/* Where a mount goes. What was just made is a directory or file, empty and nobody's way to the
 * root; of anything else the container decides what it is. */
struct target {
	int fd;
	bool fresh;
	struct stat st; /* unless it is fresh */
};

static void target_done(struct target *target)
{
	fd_cleanup(&target->fd);
}
#define _target_ _cleanup_(target_done)

static int make_target(struct init_ctx *ctx, const char *path, enum init_make kind,
	struct target *out, struct err *err)
{
	out->fd = init_make(ctx, path, kind, DIR_MODE, &out->fresh, err);
	if (out->fd < 0)
		return out->fd;
	if (!out->fresh && fstat(out->fd, &out->st) < 0)
		return err_sys(err, "inspect the mount point");
	return 0;
}

/* SECURITY: proc and sysfs only go onto directories that are what they seem: a link would decide
 * which /proc the container's programs, and later our checks, see (MNT-07, CVE-2019-19921: T-05). */
static int open_plain_target(
	struct init_ctx *ctx, const struct plan_step *step, struct target *out, struct err *err)
{
	const char *path = init_string(ctx, step, 0);

	out->fd = init_open(ctx, path, O_PATH | O_NOFOLLOW);
	if (out->fd < 0 && errno == ENOENT)
		return make_target(ctx, path, INIT_MAKE_DIR, out, err);
	if (out->fd < 0 || fstat(out->fd, &out->st) < 0)
		return err_sys(err, "open '%s' in the container", path);
	if (!S_ISDIR(out->st.st_mode))
		return err_new(err, -ENOTDIR,
			"filesystem \"%s\" must be mounted on ordinary directory '%s'",
			init_string(ctx, step, 1), path);
	return 0;
}

static int check_not_root(const char *path, struct err *err)
{
	if (path[strspn(path, "/.")] == '\0')
		return err_new(err, -EINVAL, "cannot mount over the container's root");
	return 0;
}

static int open_target(struct init_ctx *ctx, const struct plan_step *step, enum init_make kind,
	struct target *out, struct err *err)
{
	if ((step->num[2] & PLAN_MOUNT_PLAIN_TARGET) != 0)
		return open_plain_target(ctx, step, out, err);
	return make_target(ctx, init_string(ctx, step, 0), kind, out, err);
}

/* SECURITY: what a path looks like was judged before; where the image's links lead is seen here.
 * A mount inside /proc could stand for what programs and we read there (CVE-2019-16884: T-05). */
static int check_target(const struct init_ctx *ctx, const struct plan_step *step,
	const struct target *target, struct err *err)
{
	const char *path = init_string(ctx, step, 0);
	struct stat root;
	struct statfs fs;

	if (target->fresh)
		return 0;
	if (fstat(ctx->root, &root) < 0 || fstatfs(target->fd, &fs) < 0)
		return err_sys(err, "inspect the mount point");
	if (target->st.st_dev == root.st_dev && target->st.st_ino == root.st_ino)
		return err_new(err, -EINVAL, "it leads to the container's root");
	if (fs.f_type == SYS_MAGIC_PROC && !str_eq(path, "/proc") && !str_starts(path, "/proc/"))
		return err_new(err, -EINVAL, "it leads into /proc");
	return 0;
}

static int attach(struct init_ctx *ctx, int mnt, const struct target *target,
	const struct plan_step *step, struct err *err)
{
	if (check_target(ctx, step, target, err) < 0)
		return err->code;
	if (sys_move_mount(mnt, target->fd) < 0)
		return err_sys(err, "attach");
	/* no path went through what was not there */
	if (!target->fresh)
		init_forget_dir(ctx);
	/* ORDER: after attaching: a detached mount belongs to no peer group yet */
	if (init_set_propagation(
		    mnt, step->num[1], (step->num[2] & PLAN_MOUNT_PROPAGATION_REC) != 0) < 0)
		return err_sys(err, "set propagation");
	return 0;
}

static int fill_from_below(
	const struct init_ctx *ctx, const struct plan_step *step, int mnt, struct err *err)
{
	struct sys_mount_attr readonly = { .attr_set = SYS_ATTR_RDONLY };
	int r;

	if ((step->num[2] & PLAN_MOUNT_COPY_UP) == 0)
		return 0;
	r = init_copy_up(ctx, init_string(ctx, step, 0), mnt, err);
	if (r < 0)
		return r;
	if ((step->num[0] & SYS_ATTR_RDONLY) != 0 && sys_mount_setattr(mnt, false, &readonly) < 0)
		return err_sys(err, "make the copy read-only");
	return 0;
}

/* These two make their root directory as the host's, the others go by our file system ids. */
static void own_root(const struct init_ctx *ctx, const struct plan_step *step, int mnt)
{
	const char *type = init_string(ctx, step, 1);
	bool new_ipc = (ctx->plan->header->clone_flags & SYS_NEWIPC) != 0;

	if (ctx->fs_uid == 0)
		return;
	/* SECURITY: the message queues of an ipc namespace that is joined are somebody else's. On a
	 * read-only mount it fails, and the owner then makes no difference. */
	if (str_eq(type, "devpts") || (str_eq(type, "mqueue") && new_ipc))
		(void)!fchownat(mnt, "", ctx->fs_uid, ctx->fs_gid, AT_EMPTY_PATH);
}

static int mount_new(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	bool copy_up = (step->num[2] & PLAN_MOUNT_COPY_UP) != 0;
	_target_ struct target target = { .fd = -1 };
	_fd_ int mnt = -1;
	mode_t mode = 0;
	int r;

	r = open_target(ctx, step, INIT_MAKE_DIR, &target, err);
	if (r < 0)
		return r;
	if (!target.fresh && !S_ISDIR(target.st.st_mode))
		return err_new(err, -ENOTDIR, "not a directory");
	if ((step->num[2] & PLAN_MOUNT_KEEP_MODE) != 0 && !target.fresh)
		mode = target.st.st_mode;
	mnt = new_mount(ctx, step, mode, step->num[0] & ~(copy_up ? SYS_ATTR_RDONLY : 0), err);
	if (mnt < 0)
		return mnt;
	own_root(ctx, step, mnt);
	r = fill_from_below(ctx, step, mnt, err);
	if (r < 0)
		return r;
	r = attach(ctx, mnt, &target, step, err);
	if (r == 0 && step->num[3] != 0)
		ctx->kept[step->num[3] - 1] = fd_take(&mnt) + 1;
	return r;
}

int init_mount_new(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *path = init_string(ctx, step, 0);

	if (check_not_root(path, err) < 0 || mount_new(ctx, step, err) < 0)
		return err_ctx(err, "error mounting \"%s\" to rootfs at \"%s\"",
			init_string(ctx, step, 1), path);
	return 0;
}

static int mount_tree(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	int tree = plan_slot_fd(ctx->plan, step->slot);
	_target_ struct target target = { .fd = -1 };
	struct stat from;
	int r;

	if (fstat(tree, &from) < 0)
		return err_sys(err, "inspect the source");
	r = open_target(
		ctx, step, S_ISDIR(from.st_mode) ? INIT_MAKE_DIR : INIT_MAKE_FILE, &target, err);
	if (r < 0)
		return r;
	/* the kernel would say "invalid argument"; engines look for these words */
	if (!target.fresh && S_ISDIR(from.st_mode) != S_ISDIR(target.st.st_mode))
		return err_new(err, -ENOTDIR, "%s: not a directory",
			S_ISDIR(from.st_mode) ? "mount a directory onto a file"
					      : "mount a file onto a directory");
	return attach(ctx, tree, &target, step, err);
}

int init_mount_tree(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *path = init_string(ctx, step, 0);

	if (check_not_root(path, err) < 0 || mount_tree(ctx, step, err) < 0)
		return err_ctx(err, "error mounting to rootfs at \"%s\"", path);
	return 0;
}

/* SECURITY: what is mounted over it, or changed in its path, since then makes no difference. */
static int mount_of(const struct init_ctx *ctx, const struct plan_step *step, uint64_t kept)
{
	if (step->slot != PLAN_SLOT_NONE)
		return plan_slot_fd(ctx->plan, step->slot);
	return kept != 0 ? ctx->kept[kept - 1] - 1 : -1;
}

int init_remount(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *path = init_string(ctx, step, 0);
	struct sys_mount_attr attr = { .attr_set = step->num[0], .attr_clr = step->num[1] };
	int target = mount_of(ctx, step, step->num[3]);
	_fd_ int opened = -1;

	if (target < 0)
		target = opened = init_open(ctx, path, O_PATH);
	if (target < 0)
		return err_sys(err, "open '%s' in the container", path);
	/* the three atime modes are one field: it is cleared before it is set */
	if ((attr.attr_set & SYS_ATTR_ATIME) != 0)
		attr.attr_clr |= SYS_ATTR_ATIME;
	if (sys_mount_setattr(target, (step->num[2] & PLAN_TREE_ATTR_RECURSIVE) != 0, &attr) < 0)
		return err_sys(err, "change the flags of the mount at '%s'", path);
	return 0;
}

int init_propagation(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	if (init_set_propagation(
		    mount_of(ctx, step, step->num[2]), step->num[0], step->num[1] != 0) < 0)
		return err_sys(err, "set propagation");
	return 0;
}

int init_cwd_make(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *path = init_string(ctx, step, 0);
	_fd_ int fd = init_make(ctx, path, INIT_MAKE_DIR, DIR_MODE, NULL, err);

	return fd < 0 ? err_ctx(err, "mkdir %s", path) : 0;
}
