#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"

#include "descriptors.h"
#include "idmaps.h"

#include "base/banned.h"

/* What is opened for one PLAN_OPEN_TREE. */
struct source {
	const struct plan_step *step;
	const char *path;
	int fd;   /* where it is on the host */
	int tree; /* its copy, detached */
};

static void source_done(struct source *source)
{
	fd_cleanup(&source->fd);
	fd_cleanup(&source->tree);
}

/* What of a step holds for the whole tree, or for its top alone. */
static bool is_part(const struct plan_step *step, uint64_t recursive_flag, bool whole)
{
	bool single = (step->num[2] & PLAN_TREE_RECURSIVE) == 0; /* one mount: there is no rest */

	return whole == (single || (step->num[2] & recursive_flag) != 0);
}

static struct sys_mount_attr attrs_of(const struct plan_step *step, bool whole)
{
	struct sys_mount_attr attr = { .propagation = whole ? step->num[3] : 0 };

	if (is_part(step, PLAN_TREE_ATTR_RECURSIVE, whole)) {
		attr.attr_set = step->num[0];
		attr.attr_clr = step->num[1];
	}
	/* RELATIME is 0, so any change of the mode clears the field first (MNT-15) */
	if (((attr.attr_set | attr.attr_clr) & SYS_ATTR_ATIME) != 0)
		attr.attr_clr |= SYS_ATTR_ATIME;
	return attr;
}

static bool is_empty(const struct sys_mount_attr *attr)
{
	return (attr->attr_set | attr->attr_clr | attr->propagation) == 0;
}

/* The call with the map in it failed: it is the map, or it would fail without. */
static int explain(
	struct source *source, const struct sys_mount_attr *attr, bool whole, struct err *err)
{
	struct sys_mount_attr rest = *attr;
	int cause = errno;

	rest.attr_set &= ~SYS_ATTR_IDMAP;
	rest.userns_fd = 0;
	if (!is_empty(&rest) && sys_mount_setattr(source->tree, whole, &rest) < 0)
		return err_sys(err, "set mount flags of '%s'", source->path);
	if (whole && (source->step->num[2] & PLAN_TREE_RECURSIVE) != 0)
		return host_idmap_each(source->fd, source->path, attr, &source->tree, err);
	errno = cause;
	return host_idmap_error(source->path, err);
}

/* What is to hold for the whole tree is set by one call, the rest by another for its top alone. */
static int set_tree(struct host_idmaps *maps, struct source *source, bool whole, struct err *err)
{
	const struct plan_step *step = source->step;
	struct sys_mount_attr attr = attrs_of(step, whole);
	bool idmap = (step->num[2] & PLAN_TREE_IDMAP) != 0 &&
		     is_part(step, PLAN_TREE_IDMAP_RECURSIVE, whole);
	int userns, r;

	if (idmap) {
		r = host_idmaps_find(maps, step, &userns, err);
		if (r < 0)
			return r;
		attr.attr_set |= SYS_ATTR_IDMAP;
		attr.userns_fd = (uint64_t)userns;
	}
	if (is_empty(&attr) || sys_mount_setattr(source->tree, whole, &attr) == 0)
		return 0;
	if (idmap)
		return explain(source, &attr, whole, err);
	return err_sys(err, "set mount flags of '%s'", source->path);
}

static int check_device(int tree, const char *source, struct err *err)
{
	struct stat st;

	if (fstat(tree, &st) < 0)
		return err_sys(err, "stat '%s'", source);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_new(err, -ENODEV, "'%s' is not a device on this host", source);
	return 0;
}

/* The source as the caller's path names it, symlinks followed here and now; what is cloned is the
 * object that was found, by descriptor. SECURITY: where its ids are mapped, it was judged by this
 * path: a symlink that has got in since then would lead elsewhere (I6). */
static int open_source(const struct plan_step *step, const char *source)
{
	if ((step->num[2] & PLAN_TREE_EXACT) != 0)
		return sys_openat2(AT_FDCWD, source, O_PATH, 0, SYS_RESOLVE_NO_SYMLINKS);
	return open(source, O_PATH | O_CLOEXEC);
}

static int open_tree(
	struct host_idmaps *maps, const struct plan_step *step, int *out, struct err *err)
{
	const char *path = plan_string(maps->plan, &step->ref[0]);
	_cleanup_(source_done) struct source source = {
		.step = step,
		.path = path,
		.fd = open_source(step, path),
		.tree = -1,
	};
	int r;

	if (source.fd < 0)
		return err_sys(err, "open mount source '%s'", path);
	source.tree = sys_open_tree(source.fd, "", (step->num[2] & PLAN_TREE_RECURSIVE) != 0);
	if (source.tree < 0)
		return err_sys(err, "clone mount source '%s'", path);
	if ((step->num[2] & PLAN_TREE_DEVICE) != 0) {
		r = check_device(source.tree, path, err);
		if (r < 0)
			return r;
	}
	r = set_tree(maps, &source, true, err);
	if (r >= 0 && (step->num[2] & PLAN_TREE_RECURSIVE) != 0)
		r = set_tree(maps, &source, false, err);
	if (r < 0)
		return r;
	*out = fd_take(&source.tree);
	return 0;
}

/* SECURITY: the type is checked on the descriptor that will be joined, so that neither a wrong
 * file nor a swapped one can get in (NS-03, T-19). */
int host_open_ns(const struct plan *plan, const struct plan_step *step, int *out, struct err *err)
{
	const char *path = plan_string(plan, &step->ref[0]);
	_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int type;

	if (fd < 0)
		return err_sys(err, "open namespace '%s'", path);
	type = sys_ns_type(fd);
	if (type < 0)
		return err_new(err, -EINVAL, "'%s' is not a namespace", path);
	if ((uint64_t)(unsigned)type != step->num[0])
		return err_new(err, -EINVAL, "'%s' is a namespace of another type", path);
	/* SECURITY: exec joins what create saw, never what a process of the container shows now
	 * (T-16). There is one nsfs, so the number says it all. */
	if (step->num[1] != 0 && (fstat(fd, &st) < 0 || st.st_ino != step->num[1]))
		return err_new(err, -EPERM,
			"the container's first process has left the namespaces it was created in: "
			"'%s' is another one",
			path);
	*out = fd_take(&fd);
	return 0;
}

int host_open_sources(const struct plan *plan, struct host_slots *slots, struct err *err)
{
	_host_idmaps_ struct host_idmaps maps = {
		.plan = plan,
		.container_fd = slots->fds[PLAN_SLOT_USERNS],
	};

	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];
		int r = 0;

		if (step->kind == PLAN_OPEN_TREE)
			r = open_tree(&maps, step, &slots->fds[step->slot], err);
		else if (step->kind == PLAN_OPEN_NS && slots->fds[step->slot] < 0)
			r = host_open_ns(plan, step, &slots->fds[step->slot], err);
		if (r < 0)
			return r;
	}
	return 0;
}
