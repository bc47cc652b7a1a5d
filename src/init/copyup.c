/*
 * tmpcopyup: a new tmpfs starts with the content of the directory it covers. Files, directories
 * and symlinks with their owners and modes; nothing is followed, devices and sockets are left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "init.h"

#include "base/banned.h"

enum {
	DEPTH_MAX = 32,
	ENTRIES_MAX = 65536,
	NAMES_BUF = 2048,
	CHUNK = 1 << 20,
};

struct copy {
	unsigned n_entries;
	unsigned depth;
	struct err *err;
};

static int copy_dir(struct copy *copy, int from, int to);

static int copy_bytes(struct copy *copy, int from, int to, const char *name)
{
	ssize_t n;

	do {
		n = sendfile(to, from, NULL, CHUNK);
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return err_sys(copy->err, "copy '%s'", name);
	return 0;
}

static int set_owner_and_mode(struct copy *copy, int fd, const struct stat *st, const char *name)
{
	/* ORDER: chown clears setuid bits, so the mode comes second */
	if (fchown(fd, st->st_uid, st->st_gid) < 0 || fchmod(fd, st->st_mode & 07777) < 0)
		return err_sys(copy->err, "set owner and mode of '%s'", name);
	return 0;
}

static int copy_file(struct copy *copy, int from, int to, const char *name)
{
	/* O_NONBLOCK: a FIFO that took the file's place must not stop us */
	_fd_ int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_fd_ int out = -1;
	struct stat st;
	int r;

	if (in < 0 || fstat(in, &st) < 0)
		return err_sys(copy->err, "open '%s'", name);
	if (!S_ISREG(st.st_mode))
		return 0;
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return err_sys(copy->err, "create '%s'", name);
	r = copy_bytes(copy, in, out, name);
	if (r < 0)
		return r;
	return set_owner_and_mode(copy, out, &st, name);
}

static int copy_link(struct copy *copy, int from, int to, const char *name, const struct stat *st)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(from, name, text, sizeof(text) - 1);

	if (n < 0)
		return err_sys(copy->err, "read the symlink '%s'", name);
	text[n] = '\0';
	if (symlinkat(text, to, name) < 0 ||
		fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(copy->err, "make the symlink '%s'", name);
	return 0;
}

static int copy_subdir(struct copy *copy, int from, int to, const char *name)
{
	_fd_ int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_fd_ int out = -1;
	struct stat st;
	int r;

	if (in < 0 || fstat(in, &st) < 0)
		return err_sys(copy->err, "open directory '%s'", name);
	if (copy->depth >= DEPTH_MAX)
		return err_new(copy->err, -ELOOP, "directories deeper than %d", DEPTH_MAX);
	if (mkdirat(to, name, 0700) < 0)
		return err_sys(copy->err, "make directory '%s'", name);
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out < 0)
		return err_sys(copy->err, "open directory '%s'", name);
	copy->depth++;
	r = copy_dir(copy, in, out);
	copy->depth--;
	if (r < 0)
		return r;
	return set_owner_and_mode(copy, out, &st, name);
}

static int copy_entry(struct copy *copy, int from, int to, const char *name)
{
	struct stat st;

	if (str_eq(name, ".") || str_eq(name, ".."))
		return 0;
	if (++copy->n_entries > ENTRIES_MAX)
		return err_new(copy->err, -E2BIG, "more than %d files", ENTRIES_MAX);
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(copy->err, "inspect '%s'", name);
	if (S_ISDIR(st.st_mode))
		return copy_subdir(copy, from, to, name);
	if (S_ISREG(st.st_mode))
		return copy_file(copy, from, to, name);
	if (S_ISLNK(st.st_mode))
		return copy_link(copy, from, to, name, &st);
	return 0;
}

static int copy_dir(struct copy *copy, int from, int to)
{
	_Alignas(struct sys_dirent) char names[NAMES_BUF];
	ssize_t n;

	while ((n = sys_getdents(from, names, sizeof(names))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct sys_dirent *entry =
				(const struct sys_dirent *)(const void *)(names + at);
			int r = copy_entry(copy, from, to, entry->name);

			if (r < 0)
				return r;
			at += entry->reclen;
		}
	}
	if (n < 0)
		return err_sys(copy->err, "read a directory");
	return 0;
}

int init_copy_up(const struct init_ctx *ctx, const char *path, int to, struct err *err)
{
	struct copy copy = { .err = err };
	_fd_ int from = init_open(ctx, path, O_RDONLY | O_DIRECTORY);

	if (from < 0)
		return err_sys(err, "open '%s' in the container", path);
	if (copy_dir(&copy, from, to) < 0)
		return err_ctx(err, "copy up '%s'", path);
	return 0;
}
