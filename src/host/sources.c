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

/*
 * The user namespaces that stand for maps, while sources are opened: volumes of one owner share
 * one. Few configs have more owners than fit; the oldest makes room then.
 */
enum {
	MAPS_MAX = 16
};

struct idmaps {
	const struct plan *plan;
	int container_fd; /* the container's own; borrowed */
	const struct plan_step *steps[MAPS_MAX];
	int fds[MAPS_MAX];
	size_t n;
};

static void idmaps_done(struct idmaps *maps)
{
	for (size_t i = 0; i < maps->n && i < MAPS_MAX; i++)
		fd_cleanup(&maps->fds[i]);
}

static bool same_blob(const struct plan *plan, const struct plan_ref *a, const struct plan_ref *b)
{
	return a->len == b->len &&
	       memcmp(plan->base + a->offset, plan->base + b->offset, a->len) == 0;
}

/* The descriptor stays with @maps. */
static int find_idmap(struct idmaps *maps, const struct plan_step *step, int *out, struct err *err)
{
	size_t at = maps->n % MAPS_MAX;
	_fd_ int fd = -1;
	int r;

	*out = maps->container_fd;
	if (step->ref[1].len == 0)
		return 0;
	for (size_t i = 0; i < maps->n && i < MAPS_MAX; i++) {
		*out = maps->fds[i];
		if (same_blob(maps->plan, &step->ref[1], &maps->steps[i]->ref[1]) &&
			same_blob(maps->plan, &step->ref[2], &maps->steps[i]->ref[2]))
			return 0;
	}
	r = host_make_idmap(maps->plan, step, &fd, err);
	if (r < 0)
		return r;
	if (maps->n >= MAPS_MAX)
		fd_cleanup(&maps->fds[at]);
	*out = maps->fds[at] = fd_take(&fd);
	maps->steps[at] = step;
	maps->n++;
	return 0;
}

/* What to do about a file system that refuses to be idmapped (ladder rung 6, design 4). */
static int explain_idmap(const char *source, struct err *err)
{
	char fs[256];

	if (errno != EINVAL)
		return err_sys(err, "map the ids of '%s'", source);
	return err_new(err, -EINVAL,
		"map the ids of '%s': %s can't be idmapped; use a directory on ext4, xfs, btrfs or "
		"tmpfs, or --profile oci",
		source, host_mountinfo_describe(source, fs, sizeof(fs)));
}

static int prepare_tree(struct idmaps *maps, const struct plan_step *step, const char *source,
	int tree, struct err *err)
{
	struct sys_mount_attr attr = { .attr_set = step->num[0], .attr_clr = step->num[1] };
	bool idmap = (step->num[2] & PLAN_TREE_IDMAP) != 0;
	bool all_attrs = (step->num[2] & PLAN_TREE_ATTR_RECURSIVE) != 0;
	bool all_ids = (step->num[2] & PLAN_TREE_IDMAP_RECURSIVE) != 0;
	int userns, r;

	/* RELATIME is 0, so any change of the mode clears the field first (MNT-15) */
	if (((attr.attr_set | attr.attr_clr) & SYS_ATTR_ATIME) != 0)
		attr.attr_clr |= SYS_ATTR_ATIME;
	if ((attr.attr_set | attr.attr_clr) != 0 && (!idmap || all_attrs != all_ids)) {
		if (sys_mount_setattr(tree, all_attrs, &attr) < 0)
			return err_sys(err, "set mount flags of '%s'", source);
		attr = (struct sys_mount_attr){ 0 };
	}
	if (!idmap)
		return 0;
	r = find_idmap(maps, step, &userns, err);
	if (r < 0)
		return r;
	attr.attr_set |= SYS_ATTR_IDMAP;
	attr.userns_fd = (uint64_t)userns;
	if (sys_mount_setattr(tree, all_ids, &attr) < 0)
		return explain_idmap(source, err);
	return 0;
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
 * object that was found, by descriptor. SECURITY: where its ids are mapped, it was judged by this
 * path: a symlink that has got in since then would lead elsewhere (I6). */
static int open_source(const struct plan_step *step, const char *source)
{
	if ((step->num[2] & PLAN_TREE_EXACT) != 0)
		return sys_openat2(AT_FDCWD, source, O_PATH, 0, SYS_RESOLVE_NO_SYMLINKS);
	return open(source, O_PATH | O_CLOEXEC);
}

static int open_tree(struct idmaps *maps, const struct plan_step *step, int *out, struct err *err)
{
	const char *source = plan_string(maps->plan, &step->ref[0]);
	_fd_ int path = open_source(step, source);
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
	r = prepare_tree(maps, step, source, tree, err);
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
	_cleanup_(idmaps_done) struct idmaps maps = {
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
