#include "idmaps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"

#include "descriptors.h"
#include "mountinfo.h"

#include "base/banned.h"

enum {
	NAMED_MAX = 3, /* mounts in one error */
};

/* --- the namespaces ---------------------------------------------------------------------------- */

void host_idmaps_done(struct host_idmaps *maps)
{
	for (size_t i = 0; i < maps->n && i < HOST_IDMAPS_MAX; i++)
		fd_cleanup(&maps->fds[i]);
}

static bool same_blob(const struct plan *plan, const struct plan_ref *a, const struct plan_ref *b)
{
	return a->len == b->len &&
	       memcmp(plan->base + a->offset, plan->base + b->offset, a->len) == 0;
}

int host_idmaps_find(
	struct host_idmaps *maps, const struct plan_step *step, int *out, struct err *err)
{
	size_t at = maps->n % HOST_IDMAPS_MAX;
	_fd_ int fd = -1;
	int r;

	*out = maps->container_fd;
	if (step->ref[1].len == 0)
		return 0;
	for (size_t i = 0; i < maps->n && i < HOST_IDMAPS_MAX; i++) {
		*out = maps->fds[i];
		if (same_blob(maps->plan, &step->ref[1], &maps->steps[i]->ref[1]) &&
			same_blob(maps->plan, &step->ref[2], &maps->steps[i]->ref[2]))
			return 0;
	}
	r = host_make_idmap(maps->plan, step, &fd, err);
	if (r < 0)
		return r;
	if (maps->n >= HOST_IDMAPS_MAX)
		fd_cleanup(&maps->fds[at]);
	maps->fds[at] = fd_take(&fd);
	maps->steps[at] = step;
	maps->n++;
	*out = maps->fds[at];
	return 0;
}

/* --- the mounts -------------------------------------------------------------------------------- */

int host_idmap_error(const char *source, struct err *err)
{
	char fs[256];

	if (errno == EPERM)
		return err_new(err, -EPERM,
			"map the ids of '%s': it is an idmapped mount already; use the directory it "
			"shows",
			source);
	if (errno != EINVAL)
		return err_sys(err, "map the ids of '%s'", source);
	return err_new(err, -EINVAL,
		"map the ids of '%s': %s can't be idmapped; use a directory on ext4, xfs, btrfs or "
		"tmpfs, or --profile oci",
		source, host_mountinfo_describe(source, fs, sizeof(fs)));
}

/* A tree that is built anew, mount by mount. */
struct each {
	int source;       /* on the host */
	const char *path; /* of it, without symlinks */
	int tree;         /* its copy, detached; what is below is attached to it */
	const struct sys_mount_attr *attr;
	struct err *err; /* the first failure */
	bool failed;
	char refused[256]; /* "proc mounted at '/x/proc', ..." */
	size_t n_refused;
};

static void note_refused(struct each *each, const char *target, const char *fs)
{
	size_t len = strlen(each->refused);
	char path[128];

	if (each->n_refused++ < NAMED_MAX)
		str_fmt(each->refused + len, sizeof(each->refused) - len, "%s%s mounted at '%s'",
			len > 0 ? ", " : "", fs, str_escape(path, sizeof(path), target));
}

/* A copy of one mount, detached. 1: it keeps the map it has. */
static int copy_mount(int source, const struct sys_mount_attr *attr, int *out)
{
	_fd_ int copy = sys_open_tree(source, "", false);
	struct sys_mount_attr rest = *attr;

	if (copy < 0)
		return -1;
	if (sys_mount_setattr(copy, false, attr) == 0) {
		*out = fd_take(&copy);
		return 0;
	}
	if (errno != EPERM)
		return -1;
	rest.attr_set &= ~SYS_ATTR_IDMAP;
	rest.userns_fd = 0;
	if ((rest.attr_set | rest.attr_clr | rest.propagation) != 0 &&
		sys_mount_setattr(copy, false, &rest) < 0)
		return -1;
	*out = fd_take(&copy);
	return 1;
}

/* What another mount hides is hidden in the copy too, and is left out. */
static int open_below(const struct each *each, int root, const char *target)
{
	const char *below = target + strlen(each->path);

	below += strspn(below, "/");
	return sys_openat2(root, below, O_PATH | O_NOFOLLOW, 0,
		SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_MAGICLINKS);
}

static bool is_mount_root(int fd)
{
	struct statx st;

	return statx(fd, "", AT_EMPTY_PATH, 0, &st) == 0 &&
	       (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static void add_mount(void *arg, const char *target, const char *fs)
{
	struct each *each = arg;
	_fd_ int source = open_below(each, each->source, target);
	_fd_ int copy = -1, place = -1;
	int r;

	if (each->failed || source < 0 || !is_mount_root(source))
		return;
	r = copy_mount(source, each->attr, &copy);
	if (r < 0) {
		note_refused(each, target, fs);
		return;
	}
	/* what it shows has been decided by whoever mapped it */
	if (r > 0)
		log_debug("mount at '%s' keeps the map it has", target);
	place = open_below(each, each->tree, target);
	if (place >= 0 && sys_move_mount(copy, place) == 0)
		return;
	each->failed = true;
	err_sys(each->err, "attach the mapped copy of '%s', which takes linux 6.15", target);
}

int host_idmap_each(
	int source, const char *path, const struct sys_mount_attr *attr, int *tree, struct err *err)
{
	struct each each = { .source = source, .attr = attr, .err = err };
	char real[PATH_MAX];
	_fd_ int top = -1;
	int r = copy_mount(source, attr, &top);

	if (r > 0)
		errno = EPERM;
	if (r != 0)
		return host_idmap_error(path, err);
	if (realpath(path, real) == NULL)
		return err_sys(err, "resolve '%s'", path);
	each.path = real;
	each.tree = top;
	if (!host_mountinfo_below(real, add_mount, &each))
		return err_new(err, -EINVAL,
			"map the ids of '%s': not all that is mounted below can be idmapped", path);
	if (each.failed)
		return err->code;
	if (each.n_refused > 0)
		return err_new(err, -EINVAL,
			"map the ids of '%s': %s%s can't be idmapped; unmount it there, or leave out "
			"what is mounted below (\"bind\" instead of \"rbind\")",
			path, each.refused, each.n_refused > NAMED_MAX ? ", ..." : "");
	fd_replace(tree, fd_take(&top));
	return 0;
}
