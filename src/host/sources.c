#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"

#include "descriptors.h"
#include "mountinfo.h"

#include "base/banned.h"

/* What to do about a file system that refuses to be idmapped (ladder rung 6, design 4). */
static int explain_idmap(const char *source, struct err *err)
{
	char fs[256];

	if (errno != EINVAL)
		return err_sys(err, "shift the ids of root file system '%s'", source);
	return err_new(err, -EINVAL,
		"shift the ids of root file system '%s': %s can't be idmapped; use a directory on "
		"ext4, xfs, btrfs or tmpfs, or --profile oci",
		source, host_mountinfo_describe(source, fs, sizeof(fs)));
}

static int prepare_tree(
	const struct plan_step *step, const char *source, int tree, int userns, struct err *err)
{
	struct sys_mount_attr attr = { .attr_set = step->num[0], .attr_clr = step->num[1] };
	bool idmap = (step->num[2] & PLAN_TREE_IDMAP) != 0;

	/* RELATIME is 0, so any change of the mode clears the field first (MNT-15) */
	if (((attr.attr_set | attr.attr_clr) & SYS_ATTR_ATIME) != 0)
		attr.attr_clr |= SYS_ATTR_ATIME;
	if (idmap) {
		attr.attr_set |= SYS_ATTR_IDMAP;
		attr.userns_fd = (uint64_t)userns;
	}
	if ((attr.attr_set | attr.attr_clr) == 0)
		return 0;
	if (sys_mount_setattr(tree, (step->num[2] & PLAN_TREE_ATTR_RECURSIVE) != 0, &attr) == 0)
		return 0;
	if (idmap)
		return explain_idmap(source, err);
	return err_sys(err, "set mount flags of '%s'", source);
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

static int separate_tree(
	const struct plan_step *step, const char *source, int tree, struct err *err)
{
	struct sys_mount_attr attr = { .propagation = step->num[3] };

	if (attr.propagation == 0)
		return 0;
	if (sys_mount_setattr(tree, true, &attr) < 0)
		return err_sys(err, "separate '%s' from the host's mounts", source);
	return 0;
}

/* The source as the caller's path names it, symlinks followed here and now; what is cloned is the
 * object that was found, by descriptor. */
static int open_tree(const struct plan *plan, const struct plan_step *step, int userns, int *out,
	struct err *err)
{
	const char *source = plan_string(plan, &step->ref[0]);
	_fd_ int path = open(source, O_PATH | O_CLOEXEC);
	_fd_ int tree = -1;
	int r;

	if (path < 0)
		return err_sys(err, "open mount source '%s'", source);
	tree = sys_open_tree(path, "", (step->num[2] & PLAN_TREE_RECURSIVE) != 0);
	if (tree < 0)
		return err_sys(err, "clone mount source '%s'", source);
	if ((step->num[2] & PLAN_TREE_DEVICE) != 0) {
		r = check_device(tree, source, err);
		if (r < 0)
			return r;
	}
	r = separate_tree(step, source, tree, err);
	if (r < 0)
		return r;
	r = prepare_tree(step, source, tree, userns, err);
	if (r < 0)
		return r;
	*out = fd_take(&tree);
	return 0;
}

/* SECURITY: the type is checked on the descriptor that will be joined, so that neither a wrong
 * file nor a swapped one can get in (NS-03, T-19). */
int host_open_ns(const struct plan *plan, const struct plan_step *step, int *out, struct err *err)
{
	const char *path = plan_string(plan, &step->ref[0]);
	_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int type;

	if (fd < 0)
		return err_sys(err, "open namespace '%s'", path);
	type = sys_ns_type(fd);
	if (type < 0)
		return err_new(err, -EINVAL, "'%s' is not a namespace", path);
	if ((uint64_t)(unsigned)type != step->num[0])
		return err_new(err, -EINVAL, "'%s' is a namespace of another type", path);
	*out = fd_take(&fd);
	return 0;
}

int host_open_sources(const struct plan *plan, struct host_slots *slots, struct err *err)
{
	int userns = slots->fds[PLAN_SLOT_USERNS];

	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];
		int r = 0;

		if (step->kind == PLAN_OPEN_TREE)
			r = open_tree(plan, step, userns, &slots->fds[step->slot], err);
		else if (step->kind == PLAN_OPEN_NS && slots->fds[step->slot] < 0)
			r = host_open_ns(plan, step, &slots->fds[step->slot], err);
		if (r < 0)
			return r;
	}
	return 0;
}
