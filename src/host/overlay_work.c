/*
 * The work directory of a container's own overlay. It lies beside the upper layer, in a directory
 * that only root can write to, and is reached by descriptors only.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"

#include "overlay.h"

#include "base/banned.h"

enum {
	DEPTH_MAX = 32, /* the kernel leaves whiteouts and copies there, no trees */
};

static const uint64_t resolve = SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_MAGICLINKS;

static void dir_cleanup(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

/* SECURITY: no symlink, no mount point, whatever the container left behind in there. */
static int open_below(int dir, const char *name)
{
	return sys_openat2(dir, name, O_RDONLY | O_DIRECTORY, 0, resolve | SYS_RESOLVE_NO_XDEV);
}

static int remove_content(int fd, unsigned depth);

static int remove_entry(int dir, const char *name, unsigned depth)
{
	_fd_ int below = -1;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	below = open_below(dir, name);
	if (below < 0)
		return errno == ENOENT ? 0 : -1;
	if (depth == DEPTH_MAX) {
		errno = ELOOP;
		return -1;
	}
	if (remove_content(below, depth + 1) < 0)
		return -1;
	return unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

/* -1 with errno */
static int remove_content(int fd, unsigned depth)
{
	_fd_ int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	_cleanup_(dir_cleanup) DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;

	if (dir == NULL)
		return -1;
	copy = -1;
	while ((entry = readdir(dir)) != NULL) {
		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		if (remove_entry(fd, entry->d_name, depth) < 0)
			return -1;
	}
	return 0;
}

/* The directory that @path is in; @name: the last component; @guarded: only root may write there */
static int open_place(const char *path, const char **name, bool guarded, struct err *err)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	_fd_ int fd = -1;
	struct stat st;

	if (slash == NULL || (size_t)(slash - path) >= sizeof(parent))
		return err_new(err, -ENAMETOOLONG, "work directory '%s'", path);
	str_fmt(parent, sizeof(parent), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	fd = sys_openat2(AT_FDCWD, parent, O_RDONLY | O_DIRECTORY, 0, resolve);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "open '%s'", parent);
	if (guarded && (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0))
		return err_new(err, -EPERM,
			"work directory '%s': others than root can write to where it lies", path);
	*name = slash + 1;
	return fd_take(&fd);
}

static int remove_tree(int place, const char *name, const char *path, struct err *err)
{
	_fd_ int fd = open_below(place, name);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || remove_content(fd, 0) < 0 ||
		(unlinkat(place, name, AT_REMOVEDIR) < 0 && errno != ENOENT))
		return err_sys(err, "remove work directory '%s'", path);
	return 0;
}

int host_overlay_make_work(const char *path, int *place, struct err *err)
{
	const char *name;
	_fd_ int fd = open_place(path, &name, true, err);
	int r;

	if (fd < 0)
		return fd;
	if (mkdirat(fd, name, 0700) < 0) {
		if (errno != EEXIST)
			return err_sys(err, "create work directory '%s'", path);
		/* ours: a create or a container of this id that nothing is known of any more */
		r = remove_tree(fd, name, path, err);
		if (r < 0)
			return r;
		if (mkdirat(fd, name, 0700) < 0)
			return err_sys(err, "create work directory '%s'", path);
	}
	*place = fd_take(&fd);
	return 0;
}

int host_overlay_remove(const struct store_record *record, struct err *err)
{
	const char *path = record->overlay_work, *name;
	_fd_ int place = -1;

	if (path == NULL)
		return 0;
	place = open_place(path, &name, false, err);
	if (place == -ENOENT || place == -ENOTDIR) /* the engine has removed all of it */
		return 0;
	return place < 0 ? place : remove_tree(place, name, path, err);
}
