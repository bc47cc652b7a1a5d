/*
 * What an image has that serves an attacker: a walk over its directories. No link is followed, no
 * other file system entered, and nothing but directories is opened.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

struct walk {
	struct arena *arena;
	struct facts_image *image;
	dev_t dev;
	size_t n_files;
	char path[PATH_MAX]; /* of the directory that is walked, below the root: "" for that */
	bool failed;         /* out of memory */
};

static void dir_cleanup(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

static void add(struct walk *walk, enum facts_image_kind kind, const char *name)
{
	struct facts_image *image = walk->image;

	if (image->found[kind].n++ > 0)
		return;
	image->found[kind].first = arena_fmt(walk->arena, "%s/%s", walk->path, name);
	walk->failed = walk->failed || image->found[kind].first == NULL;
}

static bool has_caps(int dir_fd, const char *name)
{
	char path[FACTS_LINK_MAX + NAME_MAX + 2], link[FACTS_LINK_MAX];

	facts_fd_link(link, dir_fd);
	str_fmt(path, sizeof(path), "%s/%s", link, name);
	return lgetxattr(path, "security.capability", NULL, 0) > 0;
}

static void look(struct walk *walk, int dir_fd, const char *name, const struct stat *st)
{
	bool is_whiteout = S_ISCHR(st->st_mode) && st->st_rdev == 0;
	bool is_program = S_ISREG(st->st_mode) && (st->st_mode & 0111) != 0;

	if ((S_ISCHR(st->st_mode) && !is_whiteout) || S_ISBLK(st->st_mode))
		add(walk, FACTS_IMAGE_DEVICE, name);
	if (is_program && (st->st_mode & (S_ISUID | S_ISGID)) != 0)
		add(walk, FACTS_IMAGE_SETUID, name);
	if (is_program && has_caps(dir_fd, name))
		add(walk, FACTS_IMAGE_CAPS, name);
	if (S_ISDIR(st->st_mode) && (st->st_mode & S_IWOTH) != 0 && (st->st_mode & S_ISVTX) == 0)
		add(walk, FACTS_IMAGE_OPEN, name);
}

/* The bound of the depth is that of the recursion. */
static void walk_dir(struct walk *walk, int dir_fd, int depth);

static void enter(struct walk *walk, int dir_fd, const char *name, int depth)
{
	size_t len = strlen(walk->path);
	_fd_ int fd = -1;

	if (depth == FACTS_IMAGE_DEPTH_MAX || len + strlen(name) + 2 > sizeof(walk->path)) {
		walk->image->is_cut = true;
		return;
	}
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	str_fmt(walk->path + len, sizeof(walk->path) - len, "/%s", name);
	walk_dir(walk, fd_take(&fd), depth + 1);
	walk->path[len] = '\0';
}

static void walk_dir(struct walk *walk, int dir_fd, int depth)
{
	_cleanup_(dir_cleanup) DIR *dir = fdopendir(dir_fd);
	const struct dirent *entry;

	if (dir == NULL) {
		fd_cleanup(&dir_fd);
		return;
	}
	while (!walk->failed && (entry = readdir(dir)) != NULL) {
		struct stat st;

		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		if (walk->n_files++ == FACTS_IMAGE_FILES_MAX) {
			walk->image->is_cut = true;
			return;
		}
		if (fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
			continue;
		/* what is mounted there is not of the image */
		if (S_ISDIR(st.st_mode) && st.st_dev != walk->dev)
			continue;
		look(walk, dir_fd, entry->d_name, &st);
		if (S_ISDIR(st.st_mode))
			enter(walk, dir_fd, entry->d_name, depth);
	}
}

int facts_scan_image(struct arena *arena, int root_fd, struct facts_image *out, struct err *err)
{
	struct walk *walk = arena_alloc(arena, sizeof(*walk));
	_fd_ int fd = -1;
	struct stat st;

	*out = (struct facts_image){ 0 };
	if (walk == NULL)
		return err_new(err, -ENOMEM, "look through the image: out of memory");
	fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	walk->arena = arena;
	walk->image = out;
	walk->dev = st.st_dev;
	out->is_known = true;
	walk_dir(walk, fd_take(&fd), 0);
	return walk->failed ? err_new(err, -ENOMEM, "look through the image: out of memory") : 0;
}

int facts_probe_image(struct arena *arena, struct facts *facts, const char *path, struct err *err)
{
	_fd_ int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? 0 : facts_scan_image(arena, fd, &facts->image, err);
}
