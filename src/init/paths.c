/*
 * Paths of the container. SECURITY: each is resolved by the kernel with the root as "/", and what
 * is made is made as one component below a descriptor, so that no symlink, "..", or exchange of
 * directories by another container on a shared volume leads outside (I6; CVE-2021-30465,
 * CVE-2024-45310: T-09, T-10).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "init.h"

#include "base/banned.h"

enum {
	LINKS_MAX = 10, /* symlinks to something missing, followed by hand */
	LINK_TEXT_MAX = 1024,
	PARENT_MODE = 0755,
	FILE_MODE = 0644,
	AGAIN = 1,
};

int init_root(struct init_ctx *ctx, struct err *err)
{
	if (ctx->root < 0)
		ctx->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ctx->root < 0)
		return err_sys(err, "open the container's root");
	return 0;
}

int init_open(const struct init_ctx *ctx, const char *path, int flags)
{
	int fd = sys_open_in_root(ctx->root, path, flags, 0);

	/* A workload's filter that is older than openat2(2) and in force already, as it is without
	 * no_new_privs. All that is left to open then is its own working directory and passwd, with
	 * its own rights, and the root is "/" by now; init_enter_cwd() judges where that leads. */
	if (fd < 0 && ctx->filtered && (errno == ENOSYS || errno == EPERM))
		fd = open(path, flags | O_CLOEXEC);
	return fd;
}

static int make_component(int dir, const char *name, enum init_make kind, mode_t mode)
{
	if (kind == INIT_MAKE_FILE)
		return openat(dir, name,
			O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC | O_NOCTTY, FILE_MODE);
	if (mkdirat(dir, name, mode) < 0)
		return -1;
	return sys_openat2(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0,
		SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS);
}

/*
 * The component at @name is a symlink to something that is not there (images have
 * /etc/resolv.conf -> ../run/systemd/resolve/stub-resolv.conf): put its text in its place, so that
 * the target is made. Resolving the new path is the kernel's task again.
 */
static int follow_dangling(int dir, char *path, size_t start, size_t end)
{
	char name[NAME_MAX + 1], text[LINK_TEXT_MAX];
	size_t rest = strlen(path + end) + 1;
	ssize_t n;

	if (end - start > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, path + start, end - start);
	name[end - start] = '\0';
	n = readlinkat(dir, name, text, sizeof(text));
	if (n <= 0) {
		errno = ENOTDIR; /* there, but neither a directory nor a link to one */
		return -1;
	}
	if (text[0] == '/')
		start = 0;
	if (n == LINK_TEXT_MAX || start + (size_t)n + rest > PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memmove(path + start + n, path + end, rest);
	memcpy(path + start, text, (size_t)n);
	return AGAIN;
}

/* One walk along @path, making what is missing. Return: 0 with *@out, AGAIN with a new @path. */
static int walk(const struct init_ctx *ctx, char *path, enum init_make kind, mode_t mode, int *out)
{
	size_t start, end = 0;
	_fd_ int dir = init_open(ctx, "/", O_PATH | O_DIRECTORY);

	while (dir >= 0) {
		bool last;
		char after;
		int next;

		start = end + strspn(path + end, "/");
		end = start + strcspn(path + start, "/");
		last = path[end + strspn(path + end, "/")] == '\0';
		after = path[end];
		path[end] = '\0';
		next = init_open(ctx, path, last ? O_PATH : O_PATH | O_DIRECTORY);
		if (next < 0 && errno == ENOENT)
			next = make_component(dir, path + start, last ? kind : INIT_MAKE_DIR,
				last ? mode : PARENT_MODE);
		path[end] = after;
		if (next < 0 && errno == EEXIST)
			return follow_dangling(dir, path, start, end);
		if (next < 0 || last) {
			*out = next;
			return next < 0 ? -1 : 0;
		}
		fd_replace(&dir, next);
	}
	return -1;
}

/* Where the directory part of a path ends: "/a/b/" gives 3, "/" 0, "a" 0. @end: of the last name. */
static size_t split(const char *path, size_t *end)
{
	size_t start;

	*end = strlen(path);
	while (*end > 0 && path[*end - 1] == '/')
		(*end)--;
	start = *end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	return start;
}

static bool is_at_dir(const struct init_ctx *ctx, const char *path, size_t len)
{
	return ctx->dir >= 0 && ctx->dir_len == len && memcmp(ctx->dir_path, path, len) == 0;
}

static void remember_dir(struct init_ctx *ctx, const char *path, size_t len, int fd)
{
	fd_replace(&ctx->dir, fd);
	ctx->dir_path = path;
	ctx->dir_len = len;
}

void init_forget_dir(struct init_ctx *ctx)
{
	fd_replace(&ctx->dir, -1);
}

/* Make @path's last component in the directory that is remembered; -1 with errno. */
static int make_here(const struct init_ctx *ctx, const char *path, enum init_make kind, mode_t mode)
{
	char name[NAME_MAX + 1];
	size_t end, start = split(path, &end);

	if (end == start || end - start > NAME_MAX) {
		errno = EEXIST; /* the walk finds the words for it */
		return -1;
	}
	memcpy(name, path + start, end - start);
	name[end - start] = '\0';
	return make_component(ctx->dir, name, kind, mode);
}

/* Open the directory that @path stands in, if it is there, and remember it. */
static bool open_dir_of(struct init_ctx *ctx, const char *path)
{
	char dir[PATH_MAX];
	size_t end, len = split(path, &end);
	int fd;

	if (len == 0 || len >= sizeof(dir))
		return false;
	memcpy(dir, path, len);
	dir[len] = '\0';
	fd = init_open(ctx, dir, O_PATH | O_DIRECTORY);
	if (fd >= 0)
		remember_dir(ctx, path, len, fd);
	return fd >= 0;
}

static int make_by_walk(const struct init_ctx *ctx, const char *path, enum init_make kind,
	mode_t mode, struct err *err)
{
	char buf[PATH_MAX];
	int fd = -1, r = AGAIN;

	if (str_fmt(buf, sizeof(buf), "%s", path) >= sizeof(buf))
		return err_new(err, -ENAMETOOLONG, "path of %zu bytes", strlen(path));
	for (unsigned links = 0; r == AGAIN && links < LINKS_MAX; links++)
		r = walk(ctx, buf, kind, mode, &fd);
	if (r == AGAIN)
		errno = ELOOP;
	if (r != 0)
		return err_sys(err, "make '%s' in the container", path);
	return fd;
}

/* Mostly what is missing is a neighbour of what was made last, or stands in a directory that is
 * there. "." and ".." exist everywhere, so they never get as far as being made. */
int init_make(struct init_ctx *ctx, const char *path, enum init_make kind, mode_t mode,
	bool *created, struct err *err)
{
	size_t end, len = split(path, &end);
	bool made_ignored, here = is_at_dir(ctx, path, len);
	int fd;

	if (created == NULL)
		created = &made_ignored;
	*created = true;
	if (here) {
		fd = make_here(ctx, path, kind, mode);
		if (fd >= 0)
			return fd;
	}
	fd = init_open(ctx, path, O_PATH);
	if (fd >= 0) {
		*created = false;
		return fd;
	}
	if (errno != ENOENT)
		return err_sys(err, "open '%s' in the container", path);
	if (!here && open_dir_of(ctx, path)) {
		fd = make_here(ctx, path, kind, mode);
		if (fd >= 0)
			return fd;
	}
	return make_by_walk(ctx, path, kind, mode, err);
}

static int open_or_make_dir(const struct init_ctx *ctx, const char *path, struct err *err)
{
	int fd = init_open(ctx, path, O_PATH);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return err_sys(err, "open '%s' in the container", path);
	return make_by_walk(ctx, path, INIT_MAKE_DIR, PARENT_MODE, err);
}

int init_open_parent(struct init_ctx *ctx, const char *path, char *name, struct err *err)
{
	char dir[PATH_MAX];
	size_t end, start = split(path, &end);
	int fd;

	if (end == start || end - start > NAME_MAX || start >= sizeof(dir))
		return err_new(err, -EINVAL, "path '%s' names nothing that could be made", path);
	memcpy(name, path + start, end - start);
	name[end - start] = '\0';
	if (str_eq(name, ".") || str_eq(name, ".."))
		return err_new(err, -EINVAL, "path '%s' ends in '%s'", path, name);
	if (is_at_dir(ctx, path, start))
		return ctx->dir;
	memcpy(dir, path, start);
	dir[start] = '\0';
	fd = open_or_make_dir(ctx, start > 0 ? dir : "/", err);
	if (fd >= 0)
		remember_dir(ctx, path, start, fd);
	return fd;
}
