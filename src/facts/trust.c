/*
 * Who could change what a path leads to? Root will execute it (hooks), so every name on the way is
 * checked: an attacker who can write a directory, or owns it, can put another file there.
 *
 * SECURITY: a sticky directory is not trusted either: the name may not exist yet, or no longer.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/abi.h"
#include "base/fd.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

enum {
	LINKS_MAX = 40
}; /* the kernel's own limit, ELOOP */

struct walk {
	int dir;             /* where the rest is looked up; owned */
	char rest[PATH_MAX]; /* components not walked yet */
	unsigned n_links;
	bool may_jump; /* one step through a link of procfs is allowed */
};

/* SECURITY: an owner without an id here looks like 65534, and so does an owner who is 65534, who
 * may be somebody in a container. O_NOATIME tells them apart: it is for the owner and for who has
 * CAP_FOWNER over the owner's id, which root of this namespace has over every id that is mapped. */
bool facts_is_above(int fd, const struct stat *st)
{
	char link[FACTS_LINK_MAX];
	_fd_ int again = -1;

	if (st->st_uid != FACTS_OVERFLOW_ID || (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode)))
		return false;
	facts_fd_link(link, fd);
	again = open(link, O_RDONLY | O_NOATIME | O_CLOEXEC | O_NOCTTY);
	return again < 0 && errno == EPERM;
}

static bool is_roots_alone(int fd, const struct stat *st)
{
	return (st->st_uid == 0 || facts_is_above(fd, st)) &&
	       (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Cuts the next component off walk->rest; false at the end, or when it is too long. */
static bool next_component(struct walk *walk, char *name)
{
	char *at = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(at, "/");

	if (len == 0 || len > NAME_MAX)
		return false;
	memcpy(name, at, len);
	name[len] = '\0';
	memmove(walk->rest, at + len, strlen(at + len) + 1);
	return true;
}

static bool is_on_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (uint32_t)fs.f_type == SYS_MAGIC_PROC;
}

/*
 * Puts the target of the symlink @fd in front of the rest. The target that procfs shows of
 * /proc/N/exe is only a name for what that link really leads to; following it is right as long as
 * the end of the walk is the object that was opened, which the caller compares. Once is enough:
 * names that lead from there into procfs again are not what hooks are made of.
 */
static bool follow(struct walk *walk, int fd)
{
	char target[PATH_MAX / 2];
	ssize_t n = readlinkat(fd, "", target, sizeof(target));
	size_t rest = strlen(walk->rest);

	if (n <= 0 || n == sizeof(target) || (size_t)n + rest + 2 > sizeof(walk->rest))
		return false;
	if (++walk->n_links > LINKS_MAX)
		return false;
	if (is_on_procfs(fd) && target[0] == '/') {
		if (!walk->may_jump)
			return false;
		walk->may_jump = false;
	}
	memmove(walk->rest + n + 1, walk->rest, rest + 1);
	memcpy(walk->rest, target, (size_t)n);
	walk->rest[n] = '/';
	if (target[0] == '/')
		fd_replace(&walk->dir, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
	return walk->dir >= 0;
}

/* 1: go on; 0: arrived, @st is what is there; -1: not trusted or not there */
static int step(struct walk *walk, struct stat *st)
{
	char name[NAME_MAX + 1];
	_fd_ int fd = -1;

	if (fstat(walk->dir, st) < 0 || !is_roots_alone(walk->dir, st))
		return -1;
	if (!next_component(walk, name))
		return walk->rest[strspn(walk->rest, "/")] == '\0' ? 0 : -1;
	fd = openat(walk->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, st) < 0)
		return -1;
	if (S_ISLNK(st->st_mode))
		return follow(walk, fd) ? 1 : -1;
	fd_replace(&walk->dir, fd_take(&fd));
	return 1;
}

bool facts_is_trusted(const char *path, const struct stat *object)
{
	struct walk walk = { .dir = -1, .may_jump = true };
	_fd_ int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int more = 1;

	if (path[0] != '/' || dir < 0 || strlen(path) >= sizeof(walk.rest))
		return false;
	str_fmt(walk.rest, sizeof(walk.rest), "%s", path);
	walk.dir = fd_take(&dir);
	while (more > 0)
		more = step(&walk, &st);
	fd_cleanup(&walk.dir);
	return more == 0 && st.st_dev == object->st_dev && st.st_ino == object->st_ino;
}
