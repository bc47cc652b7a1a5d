#include "shift.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/abi.h"
#include "base/arena.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "sys/call.h"

#include "base/banned.h"

enum {
	DEPTH_MAX = 256, /* two descriptors each */
	PATH_SHOWN = 200,
	LINKS_MAX = 16384, /* files with several names; those beyond become files of their own */
	BUCKETS = 512,
};

/* A file with several names, already shifted by the first. Copying it up for that broke the link
 * (an overlay keeps it only with "index"), so the others are made anew. */
struct linked {
	struct linked *next;
	uint64_t dev, ino;
	const char *path; /* below the top */
};

struct walk {
	struct host_shift shift;
	struct arena arena;
	struct linked *buckets[BUCKETS];
	size_t n_linked;
	int top;
	unsigned depth;
	struct err *err;
};

static const char link_name[] = ".caisson-shift-link";

static void walk_done(struct walk *walk)
{
	arena_done(&walk->arena);
}

static void dir_cleanup(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

/* --- files with several names --------------------------------------------------------------------- */

static struct linked **find_linked(struct walk *walk, const struct stat *st)
{
	struct linked **at = &walk->buckets[st->st_ino % BUCKETS];

	while (*at != NULL && ((*at)->ino != st->st_ino || (*at)->dev != st->st_dev))
		at = &(*at)->next;
	return at;
}

static int remember(struct walk *walk, struct linked **at, const struct stat *st, const char *path)
{
	struct linked *linked;

	if (walk->n_linked == LINKS_MAX)
		return 0;
	linked = arena_alloc(&walk->arena, sizeof(*linked));
	errno = ENOMEM;
	if (linked == NULL)
		return -1;
	*linked = (struct linked){ .dev = st->st_dev, .ino = st->st_ino };
	linked->path = arena_strdup(&walk->arena, path);
	*at = linked;
	walk->n_linked++;
	return linked->path != NULL ? 0 : -1;
}

/* Another name of the same file, in place of this one: the old one until the very moment. */
static int link_again(
	const struct walk *walk, const struct linked *linked, int dir, const char *name)
{
	_fd_ int file = sys_openat2(walk->top, linked->path, O_PATH | O_NOFOLLOW, 0,
		SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_XDEV);
	char path[32];

	if (file < 0)
		return -1;
	str_fmt(path, sizeof(path), "/proc/self/fd/%d", file);
	if (unlinkat(dir, link_name, 0) < 0 && errno != ENOENT)
		return -1;
	if (linkat(AT_FDCWD, path, dir, link_name, AT_SYMLINK_FOLLOW) < 0)
		return -1;
	return renameat(dir, link_name, dir, name);
}

/* --- the tree --------------------------------------------------------------------------------------- */

static int shift_below(struct walk *walk, int dir, const char *path);

static int fail(const struct walk *walk, const char *path)
{
	if (walk->err->code != 0)
		return -1;
	err_sys(walk->err, "give '/%.*s' of the root file system to the container", PATH_SHOWN,
		path);
	return -1;
}

static int shift_linked(struct walk *walk, int dir, const char *name, const char *path, int fd,
	const struct stat *st)
{
	struct linked **at = find_linked(walk, st);

	if (*at != NULL && host_shift_id(&walk->shift, st->st_uid) != st->st_uid)
		return link_again(walk, *at, dir, name);
	if (*at == NULL && remember(walk, at, st, path) < 0)
		return -1;
	return host_shift_object(&walk->shift, fd);
}

static int shift_entry(struct walk *walk, int dir, const char *name, const char *path)
{
	_fd_ int fd = sys_openat2(
		dir, name, O_PATH | O_NOFOLLOW, 0, SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_XDEV);
	struct stat st;

	if (fd < 0 && errno == EXDEV) /* a mount on it is not part of the container's root */
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (S_ISREG(st.st_mode) && st.st_nlink > 1)
		return shift_linked(walk, dir, name, path, fd, &st);
	if (S_ISDIR(st.st_mode) && shift_below(walk, fd, path) < 0)
		return -1;
	return host_shift_object(&walk->shift, fd);
}

static int shift_below(struct walk *walk, int at, const char *path)
{
	_fd_ int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(dir_cleanup) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (dir == NULL)
		return fail(walk, path);
	fd = -1;
	if (walk->depth == DEPTH_MAX) {
		errno = ELOOP;
		return fail(walk, path);
	}
	walk->depth++;
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		_str_buf_ struct str_buf below = { 0 };

		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, "..") ||
			str_eq(entry->d_name, link_name))
			continue;
		str_buf_fmt(&below, "%s%s%s", path, *path != '\0' ? "/" : "", entry->d_name);
		if (below.failed)
			return -1;
		r = shift_entry(walk, dirfd(dir), entry->d_name, below.data);
		if (r < 0)
			(void)!fail(walk, below.data);
	}
	walk->depth--;
	return r;
}

static int shift_tree(struct walk *walk, const char *path)
{
	_fd_ int top = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (top < 0)
		return err_sys(walk->err, "open root file system '%s'", path);
	walk->top = top;
	if (shift_below(walk, top, "") < 0 || host_shift_object(&walk->shift, top) < 0) {
		(void)!fail(walk, "");
		return walk->err->code;
	}
	return 0;
}

int host_shift_tree(const struct plan *plan, const struct facts_subids *blocks, struct err *err)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];
		_cleanup_(walk_done) struct walk walk = { .err = err };
		const char *path;

		if (step->kind != PLAN_CHOWN)
			continue;
		path = plan_string(plan, &step->ref[0]);
		walk.shift.base = (uint32_t)step->num[0];
		walk.shift.blocks = blocks;
		err->code = 0;
		log_debug("giving the files of '%s' to ids from %u on", path, walk.shift.base);
		return shift_tree(&walk, path);
	}
	return 0;
}
