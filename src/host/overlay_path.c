/*
 * The way to an overlay of idmapped layers on kernels < 6.15, which take no detached ones: a child
 * in a mount namespace of its own attaches them to a tmpfs that nobody else sees, mounts the overlay
 * from there by short relative names (mount(2) takes one page of options, enough for 500 layers),
 * and leaves a detached copy of it. The namespace and all in it go with the child.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"

#include "overlay.h"

#include "base/banned.h"

enum {
	NAME_MAX_ = 16,
	OPTIONS_MAX = 4095, /* with the NUL, a page */
};

/* What the child says; its descriptor is ours too, since it shares our table of them. */
struct answer {
	int mnt;
	struct err err;
};

struct helper {
	struct host_overlay *overlay;
	int answer_fd;
};

/* Both namespaces' "/" look alike from here on, but nothing passes between them. */
static int separate(struct err *err)
{
	struct sys_mount_attr attr = { .propagation = SYS_MS_PRIVATE };
	_fd_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0 || sys_mount_setattr(root, true, &attr) < 0)
		return err_sys(err, "separate the helper's mounts from the host's");
	return 0;
}

/* A tmpfs, over a directory that every host has; it becomes the working directory. */
static int enter_tmpfs(struct err *err)
{
	_fd_ int fs = sys_fsopen("tmpfs"), mnt = -1, target = -1;

	if (fs < 0 || sys_fsconfig_create(fs) < 0)
		return err_sys(err, "create a tmpfs");
	mnt = sys_fsmount(fs, SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC);
	target = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (mnt < 0 || target < 0 || sys_move_mount(mnt, target) < 0 || fchdir(mnt) < 0)
		return err_sys(err, "mount a tmpfs for the layers");
	return 0;
}

static int attach(int tree, const char *name, struct err *err)
{
	_fd_ int target = -1;

	if (mkdirat(AT_FDCWD, name, 0700) == 0)
		target = openat(AT_FDCWD, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0 || sys_move_mount(tree, target) < 0)
		return err_sys(err, "attach layer '%s' of the overlay", name);
	return 0;
}

/* The names of directories are the engine's: they may hold anything, these stay short. */
static int link_to(const char *name, const char *from, const char *below, struct err *err)
{
	_str_buf_ struct str_buf target = { 0 };

	str_buf_fmt(&target, "%s/%s", from, below);
	if (target.failed)
		return err_new(err, -ENOMEM, "out of memory");
	return symlinkat(target.data, AT_FDCWD, name) == 0
		       ? 0
		       : err_sys(err, "link to '%s'", target.data);
}

/* "lowerdir=0:1:2::3" */
static int attach_lowers(const struct host_overlay *o, struct str_buf *options, struct err *err)
{
	bool has_data = false;
	size_t n = 0;

	str_buf_puts(options, "lowerdir=");
	for (size_t i = 0; i < o->n_layers; i++) {
		const struct host_layer *layer = &o->layers[i];
		bool is_data = layer->step->num[0] == PLAN_LAYER_DATA;
		char name[NAME_MAX_];
		int r;

		if (layer->fd < 0)
			continue;
		str_fmt(name, sizeof(name), "%zu", n);
		r = layer->below != NULL ? link_to(name, "common", layer->below, err)
					 : attach(layer->fd, name, err);
		if (r < 0)
			return r;
		str_buf_fmt(
			options, "%s%s%s", n > 0 ? ":" : "", is_data && !has_data ? ":" : "", name);
		has_data |= is_data;
		n++;
	}
	return 0;
}

static int attach_upper(const struct host_overlay *o, struct str_buf *options, struct err *err)
{
	const char *from = o->place >= 0 ? "place" : "common";
	int r = 0;

	if (o->upper < 0)
		return 0;
	if (o->place >= 0)
		r = attach(o->place, "place", err);
	if (r == 0)
		r = link_to("upper", from, o->upper_name, err);
	if (r == 0)
		r = link_to("work", from, o->work_name, err);
	str_buf_puts(options, ",upperdir=upper,workdir=work");
	return r;
}

static void put_option(struct str_buf *out, const char *option)
{
	const char *equals = strchr(option, '=');

	/* a label with commas (context=) is quoted, as the kernel shows it */
	if (equals != NULL && strchr(equals, ',') != NULL)
		str_buf_fmt(out, ",%.*s=\"%s\"", (int)(equals - option), option, equals + 1);
	else
		str_buf_fmt(out, ",%s", option);
}

static int mount_there(const struct host_overlay *o, struct err *err)
{
	_str_buf_ struct str_buf options = { 0 };
	const char *option = NULL;
	int r = 0;

	if (o->common >= 0)
		r = attach(o->common, "common", err);
	if (r == 0)
		r = attach_lowers(o, &options, err);
	if (r == 0)
		r = attach_upper(o, &options, err);
	while ((option = plan_strings(o->plan, &o->step->ref[0], option)) != NULL)
		put_option(&options, option);
	if (r < 0)
		return r;
	if (options.failed || options.len > OPTIONS_MAX)
		return err_new(err, -E2BIG, "the overlay has more layers than mount(2) takes");
	if (mkdirat(AT_FDCWD, "mnt", 0700) < 0)
		return err_sys(err, "create a mount point");
	r = host_overlay_take_ids(o, err);
	if (r < 0)
		return r;
	if (sys_mount("caisson", "mnt", "overlay", options.data) < 0)
		return err_sys(err, "mount the overlay");
	return 0;
}

static int build(struct host_overlay *o, struct err *err)
{
	struct sys_mount_attr attr = { .attr_set = o->step->num[0] };
	_fd_ int mnt = -1;
	int r = separate(err);

	if (r == 0)
		r = enter_tmpfs(err);
	if (r == 0)
		r = mount_there(o, err);
	if (r < 0)
		return r;
	mnt = sys_open_tree(AT_FDCWD, "mnt", false);
	if (mnt < 0 || sys_mount_setattr(mnt, false, &attr) < 0)
		return err_sys(err, "detach the overlay");
	return fd_take(&mnt);
}

static void be_helper(void *arg)
{
	const struct helper *helper = arg;
	struct answer answer = { .mnt = -1 };

	answer.mnt = build(helper->overlay, &answer.err);
	if (fd_write_all(helper->answer_fd, &answer, sizeof(answer)) < 0)
		_exit(1);
	_exit(0);
}

int host_overlay_by_path(struct host_overlay *o, struct err *err)
{
	/* No signal at its end: run waits for the container's. */
	const struct sys_clone_args args = { .flags = SYS_NEWNS | SYS_CLONE_FILES };
	_fd_ int in = -1, out = -1;
	struct answer answer;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(err, "create pipe");
	in = fds[0];
	out = fds[1];
	pid = sys_spawn(&args, true, be_helper, &(struct helper){ o, out });
	if (pid < 0)
		return err_sys(err, "create the helper that mounts the overlay");
	if (waitpid(pid, NULL, __WALL) < 0)
		return err_sys(err, "wait for the helper that mounts the overlay");
	fd_replace(&out, -1);
	if (read(in, &answer, sizeof(answer)) != (ssize_t)sizeof(answer))
		return err_new(err, -EPROTO, "the helper that mounts the overlay was killed");
	if (answer.mnt < 0) {
		*err = answer.err;
		return err->code;
	}
	o->mnt = answer.mnt;
	return 0;
}
