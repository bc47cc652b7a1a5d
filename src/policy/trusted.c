#include "trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "facts/facts.h"

#include "base/banned.h"

enum {
	TEXT_MAX = 1 << 20
};

int policy_parse_object(struct arena *arena, const char *text, size_t len, const struct json **root,
	struct err *err)
{
	int r = json_parse_commented(arena, text, len, root, err);

	if (r < 0)
		return r;
	return (*root)->type == JSON_OBJECT ? 0 : json_err(err, *root, "must be an object");
}

/* SECURITY: whoever can write the file decides what containers may do (T-37: never the image). */
static int check_owner(int fd, const struct stat *st, enum policy_author author, struct err *err)
{
	bool is_roots = st->st_uid == 0 || facts_is_above(fd, st);

	if (!S_ISREG(st->st_mode))
		return err_new(err, -EINVAL, "not a regular file");
	if (author == POLICY_AUTHOR_ROOT && !is_roots)
		return err_new(err, -EPERM,
			"owned by user %u; give it to root: chown root:root, chmod 0644",
			(unsigned)st->st_uid);
	if (!is_roots && st->st_uid != geteuid())
		return err_new(err, -EPERM, "owned by user %u, neither root nor the caller",
			(unsigned)st->st_uid);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_new(err, -EPERM, "writable by others than its owner");
	if (st->st_size > TEXT_MAX)
		return err_new(err, -EFBIG, "larger than %d bytes", (int)TEXT_MAX);
	return 0;
}

/* SECURITY: who can write the directory can put another file of root's in its place, an older one
 * for example. In a directory like /tmp nobody can touch what is root's. */
static int check_directory(const char *path, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	const char *slash = strrchr(path, '/');
	const char *dir = arena_strndup(&arena, path, slash != NULL ? (size_t)(slash - path) : 0);
	_fd_ int fd = -1;
	struct stat st;

	if (dir == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	fd = open(dir[0] != '\0' ? dir : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "open directory");
	if (st.st_uid != 0 && !facts_is_above(fd, &st))
		return err_new(err, -EPERM, "in a directory of user %u; give it to root",
			(unsigned)st.st_uid);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st.st_mode & S_ISVTX) == 0)
		return err_new(err, -EPERM, "in a directory that others than root can write");
	return 0;
}

int policy_read_trusted(struct arena *arena, const char *path, enum policy_author author,
	const struct json **root, struct err *err)
{
	/* O_NONBLOCK: opening a fifo must not wait for a writer */
	_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	char *text;
	ssize_t len;
	int r;

	if (fd < 0)
		return err_sys(err, "open");
	if (fstat(fd, &st) < 0)
		return err_sys(err, "stat");
	r = check_owner(fd, &st, author, err);
	if (r == 0 && author == POLICY_AUTHOR_ROOT)
		r = check_directory(path, err);
	if (r < 0)
		return r;
	text = arena_alloc(arena, (size_t)st.st_size + 2);
	if (text == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	len = fd_read_all(fd, text, (size_t)st.st_size + 2);
	if (len < 0)
		return err_sys(err, "read");
	return policy_parse_object(arena, text, (size_t)len, root, err);
}
