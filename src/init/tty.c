/*
 * The workload's terminal, and its standard descriptors when it has none.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "wire/wire.h"

#include "init.h"

#include "base/banned.h"

enum {
	MAGIC_DEVPTS = 0x1cd1, /* linux/magic.h */
	N_STDIO = 3,
};

static bool is_on_devpts(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == MAGIC_DEVPTS;
}

static bool is_device(const struct stat *st, unsigned major, unsigned minor)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(major, minor);
}

/* SECURITY: the directory is known to be devpts before anything in it is opened, and ptmx is one
 * component of it: no device or FIFO of the image is ever opened here (T-08). */
static int open_master(const struct init_ctx *ctx, struct err *err)
{
	_fd_ int pts = init_open(ctx, "/dev/pts", O_PATH | O_DIRECTORY), master = -1;
	struct stat st;

	if (pts < 0)
		return err_sys(err, "open '/dev/pts' in the container");
	if (!is_on_devpts(pts))
		return err_new(err, -ENOTTY,
			"a terminal needs devpts at '/dev/pts', something else is mounted there");
	master = sys_openat2(pts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW, 0,
		SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_XDEV);
	if (master < 0)
		return err_sys(err, "open '/dev/pts/ptmx' in the container");
	if (fstat(master, &st) < 0 || !is_device(&st, 5, 2))
		return err_new(err, -ENOTTY, "'/dev/pts/ptmx' is not a pseudoterminal multiplexer");
	return fd_take(&master);
}

static int open_peer(int master, const struct plan_step *step, struct err *err)
{
	_fd_ int peer = -1;

	if (sys_pty_unlock(master) < 0)
		return err_sys(err, "unlock the terminal");
	peer = sys_pty_peer(master);
	if (peer < 0)
		return err_sys(err, "open the workload's side of the terminal");
	if (fchown(peer, (uid_t)step->num[2], (gid_t)-1) < 0)
		return err_sys(err, "hand the terminal to the workload's user");
	if (step->num[0] == 0 && step->num[1] == 0)
		return fd_take(&peer);
	if (sys_set_window(peer, (unsigned short)step->num[0], (unsigned short)step->num[1]) < 0)
		return err_sys(err, "set the window size");
	return fd_take(&peer);
}

/* /dev/console: a bind of the terminal. The name is never followed and never opened as a device:
 * the image decides what lies there (CVE-2025-52565, CVE-2026-88264: T-08). */
static int bind_console(struct init_ctx *ctx, int peer, struct err *err)
{
	char name[NAME_MAX + 1];
	int dir = init_open_parent(ctx, "/dev/console", name, err);
	_fd_ int target = -1, tree = -1;
	struct stat st;

	if (dir < 0)
		return dir;
	target = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0 && errno == ENOENT)
		target = openat(dir, name,
			O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
	if (target < 0 || fstat(target, &st) < 0)
		return err_sys(err, "open '/dev/console' in the container");
	if (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode))
		return err_new(err, -ELOOP, "'/dev/console' in the container is a %s",
			S_ISLNK(st.st_mode) ? "symlink" : "directory");
	tree = sys_open_tree(peer, "", false);
	if (tree < 0 || sys_move_mount(tree, target) < 0)
		return err_sys(err, "bind the terminal to '/dev/console'");
	return 0;
}

static int become_terminal_session(int peer, struct err *err)
{
	if (sys_set_controlling_tty(peer) < 0)
		return err_sys(err, "make the terminal the controlling one");
	for (int fd = 0; fd < N_STDIO; fd++) {
		if (dup2(peer, fd) < 0)
			return err_sys(err, "put the terminal at descriptor %d", fd);
	}
	return 0;
}

int init_console(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	_fd_ int master = -1, peer = -1;
	int r;

	r = init_root(ctx, err);
	if (r < 0)
		return r;
	master = open_master(ctx, err);
	if (master < 0)
		return master;
	peer = open_peer(master, step, err);
	if (peer < 0)
		return peer;
	if (ctx->root_attached) { /* not for exec: the container has its console already */
		r = bind_console(ctx, peer, err);
		if (r < 0)
			return r;
	}
	r = become_terminal_session(peer, err);
	if (r < 0)
		return r;
	return wire_send(ctx->wire, WIRE_CONSOLE, 0, NULL, master, err);
}

/* SECURITY: the caller's /dev/null is an inode of the host; the workload gets the container's
 * (FD-02). What is there is checked, and opened without waiting: T-07's FIFO must not stop us. */
static int replace_null(struct init_ctx *ctx, int fd, struct err *err)
{
	_fd_ int null = init_open(ctx, "/dev/null", O_PATH | O_NOFOLLOW);
	struct stat st;

	if (null < 0 || fstat(null, &st) < 0 || !is_device(&st, 1, 3))
		return 0; /* none in the container: it keeps the caller's */
	fd_replace(&null, init_open(ctx, "/dev/null", O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
	if (null < 0)
		return 0;
	if (fstat(null, &st) < 0 || !is_device(&st, 1, 3))
		return err_new(err, -EINVAL, "'/dev/null' in the container changed under us");
	if (fcntl(null, F_SETFL, 0) < 0 || dup2(null, fd) < 0)
		return err_sys(err, "put the container's /dev/null at descriptor %d", fd);
	return 0;
}

static int own_stdio(struct init_ctx *ctx, int fd, uid_t uid, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return 0; /* not open: nothing to own */
	if (is_device(&st, 1, 3))
		return replace_null(ctx, fd, err);
	/* Pipes and terminals only: a regular file or a device is not ours to give away. */
	if (!S_ISFIFO(st.st_mode) && !(S_ISCHR(st.st_mode) && is_on_devpts(fd)))
		return 0;
	if (st.st_uid == uid || fchown(fd, uid, (gid_t)-1) == 0)
		return 0;
	if (errno == EPERM || errno == EROFS || errno == EINVAL)
		return 0; /* somebody else's, rootless: it stays usable through the descriptor */
	return err_sys(err, "hand descriptor %d to the workload's user", fd);
}

int init_stdio_owner(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	int r;

	r = init_root(ctx, err);
	if (r < 0)
		return r;
	for (int fd = 0; fd < N_STDIO; fd++) {
		r = own_stdio(ctx, fd, (uid_t)step->num[0], err);
		if (r < 0)
			return r;
	}
	return 0;
}
