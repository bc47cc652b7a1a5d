/*
 * Directories of the store: the state root and one directory per container.
 *
 * SECURITY: root trusts what it reads here (pids to kill, cgroups to remove, hooks to run), so
 * nobody else may have made, own, or be able to write any part of it (T-31).
 */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"

#include "base/banned.h"

int store_id_check(const char *id, struct err *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_+.-";
	char shown[STORE_ID_MAX + 1];
	size_t len = strlen(id);

	if (len == 0)
		return err_new(err, -EINVAL, "container id cannot be empty");
	if (len <= STORE_ID_MAX && strspn(id, allowed) == len && !str_eq(id, ".") &&
		!str_eq(id, ".."))
		return 0;
	return err_new(err, -EINVAL, "invalid container ID format: '%s'",
		str_escape(shown, sizeof(shown), id));
}

/* --- the root ----------------------------------------------------------------------------------- */

static int make_dirs(const char *path, struct err *err)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof(part))
		return err_new(
			err, -ENAMETOOLONG, "state directory '%s' has too long a name", path);
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return err_sys(err, "make state directory '%s'", part);
	}
	return 0;
}

static int check_owned(int fd, const char *what, const char *name, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "look at %s '%s'", what, name);
	if (st.st_uid != geteuid())
		return err_new(err, -EPERM,
			"%s '%s' belongs to user %u, not to the caller, user %u", what, name,
			st.st_uid, geteuid());
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_new(err, -EPERM, "%s '%s' can be written by others: its mode is %04o",
			what, name, st.st_mode & 07777);
	return 0;
}

int store_open_root(const char *path, bool create, int *root_fd, struct err *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	_fd_ int fd = open(path, flags);
	int r;

	if (fd < 0 && errno == ENOENT && create) {
		r = make_dirs(path, err);
		if (r < 0)
			return r;
		fd = open(path, flags);
	}
	if (fd < 0 && errno == ENOENT && !create)
		return STORE_ABSENT;
	if (fd < 0 && errno == ENOTDIR)
		return err_new(err, -ENOTDIR,
			"state directory '%s' is not a directory; symlinks are not followed", path);
	if (fd < 0)
		return err_sys(err, "open state directory '%s'", path);
	r = check_owned(fd, "state directory", path, err);
	if (r < 0)
		return r;
	*root_fd = fd_take(&fd);
	return 0;
}

/* --- one container ------------------------------------------------------------------------------ */

int store_open_entry(int root_fd, const char *id, int *entry_fd, struct err *err)
{
	_fd_ int fd = -1;
	int r = store_id_check(id, err);

	if (r < 0)
		return r;
	fd = openat(root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return STORE_ABSENT;
	if (fd < 0)
		return err_sys(err, "open state of container '%s'", id);
	r = check_owned(fd, "state of container", id, err);
	if (r < 0)
		return r;
	*entry_fd = fd_take(&fd);
	return 0;
}

int store_lock_entry(int entry_fd, struct err *err)
{
	int r;

	do {
		r = sys_flock(entry_fd, true, true);
	} while (r < 0 && errno == EINTR);
	return r == 0 ? 0 : err_sys(err, "lock state of the container");
}

int store_create_entry(int root_fd, const char *id, int *entry_fd, struct err *err)
{
	_fd_ int fd = -1;
	int r = store_id_check(id, err);

	if (r < 0)
		return r;
	if (mkdirat(root_fd, id, 0700) < 0) {
		if (errno == EEXIST)
			return err_new(err, -EEXIST, "container with given ID already exists");
		return err_sys(err, "make state of container '%s'", id);
	}
	r = store_open_entry(root_fd, id, &fd, err);
	if (r == STORE_ABSENT)
		return err_new(err, -ENOENT, "state of container '%s' was removed at once", id);
	if (r == 0)
		r = store_lock_entry(fd, err);
	if (r < 0) {
		(void)!unlinkat(root_fd, id, AT_REMOVEDIR);
		return r;
	}
	*entry_fd = fd_take(&fd);
	return 0;
}

static bool is_dot(const char *name)
{
	return str_eq(name, ".") || str_eq(name, "..");
}

static void dir_cleanup(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

/* A stream of its own, so that the caller's descriptor keeps its offset; NULL with errno. */
static DIR *open_stream(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir == NULL)
		fd_cleanup(&fd);
	return dir;
}

bool store_is_started(int entry_fd)
{
	_cleanup_(dir_cleanup) DIR *dir = open_stream(entry_fd);
	const struct dirent *entry;
	struct stat st;

	if (dir == NULL || fstat(entry_fd, &st) < 0 || (st.st_mode & 07777) != 0700)
		return false;
	while ((entry = readdir(dir)) != NULL) {
		if (!is_dot(entry->d_name) && !str_eq(entry->d_name, "state.new"))
			return false;
	}
	return true;
}

/* A directory has the notify socket in it, if a start was killed. */
static int remove_dir(int entry_fd, const char *name)
{
	_fd_ int fd = openat(entry_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		(void)unlinkat(fd, "notify.sock", 0);
	return unlinkat(entry_fd, name, AT_REMOVEDIR);
}

static int remove_files(int entry_fd, const char *id, struct err *err)
{
	_cleanup_(dir_cleanup) DIR *dir = open_stream(entry_fd);
	struct dirent *entry;

	if (dir == NULL)
		return err_sys(err, "list state of container '%s'", id);
	while ((entry = readdir(dir)) != NULL) {
		if (is_dot(entry->d_name))
			continue;
		if (unlinkat(entry_fd, entry->d_name, 0) < 0 && errno != ENOENT &&
			(errno != EISDIR || remove_dir(entry_fd, entry->d_name) < 0))
			return err_sys(err, "remove '%s' of container '%s'", entry->d_name, id);
	}
	return 0;
}

int store_remove_entry(int root_fd, const char *id, struct err *err)
{
	_fd_ int fd = -1;
	int r = store_open_entry(root_fd, id, &fd, err);

	if (r != 0)
		return r < 0 ? r : 0;
	/* ORDER: the record goes last, it is what a later delete --force would clean up from */
	if ((unlinkat(fd, "start", 0) < 0 && errno != ENOENT && errno != EISDIR) ||
		(unlinkat(fd, "confine", 0) < 0 && errno != ENOENT && errno != EISDIR) ||
		(unlinkat(fd, "state", 0) < 0 && errno != ENOENT && errno != EISDIR))
		return err_sys(err, "remove state of container '%s'", id);
	if (unlinkat(root_fd, id, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0; /* nothing but those, nearly always */
	if (errno != ENOTEMPTY && errno != EEXIST)
		return err_sys(err, "remove state of container '%s'", id);
	r = remove_files(fd, id, err);
	if (r < 0)
		return r;
	if (unlinkat(root_fd, id, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_sys(err, "remove state of container '%s'", id);
	return 0;
}

/* --- all containers ----------------------------------------------------------------------------- */

struct names {
	const char **items;
	size_t n;
	size_t room;
};

static bool names_add(struct arena *arena, struct names *names, const char *name)
{
	const char *copy = arena_strdup(arena, name);

	if (copy == NULL)
		return false;
	if (names->n + 1 >= names->room) { /* one more for the NULL at the end */
		size_t room = names->room == 0 ? 64 : 2 * names->room;
		const char **items = arena_array(arena, room, sizeof(*items));

		if (items == NULL)
			return false;
		if (names->n > 0)
			memcpy(items, names->items, names->n * sizeof(*items));
		names->items = items;
		names->room = room;
	}
	names->items[names->n++] = copy;
	return true;
}

static int compare_names(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

int store_each(struct arena *arena, int root_fd, struct json_strings *ids, struct err *err)
{
	_cleanup_(dir_cleanup) DIR *dir = open_stream(root_fd);
	struct names names = { 0 };
	struct dirent *entry;
	struct err ignored;

	if (dir == NULL)
		return err_sys(err, "list the state directory");
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
			continue;
		if (store_id_check(entry->d_name, &ignored) == 0 &&
			!names_add(arena, &names, entry->d_name))
			return err_new(err, -ENOMEM, "list the state directory: out of memory");
	}
	if (names.n > 0)
		qsort(names.items, names.n, sizeof(*names.items), compare_names);
	*ids = (struct json_strings){ .items = names.items, .n = names.n };
	return 0;
}
