#include "relabel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
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
	LABEL_MAX = 1024,
	LINKS_MAX = 65536, /* files with several names in one tree */
	BUCKETS = 512,
};

static const char attribute[] = "security.selinux";

/* A file with several names, and how many of them are in the tree. */
struct linked {
	struct linked *next;
	uint64_t dev, ino, wanted, seen;
	const char *path; /* of the first, below the top */
};

struct walk {
	const char *tree;
	const char *label;
	struct arena arena;
	struct linked *buckets[BUCKETS];
	size_t n_linked;
	bool is_looking; /* the first of two walks changes nothing */
	unsigned depth;
	struct err *err;
};

static void walk_done(struct walk *walk)
{
	arena_done(&walk->arena);
}

static void dir_cleanup(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

static int fail(const struct walk *walk, const char *path)
{
	if (walk->err->code == 0)
		(void)!err_sys(walk->err, "relabel '%s%s%.*s'", walk->tree,
			*path != '\0' ? "/" : "", PATH_SHOWN, path);
	return -1;
}

/* --- files with several names ------------------------------------------------------------------- */

static struct linked **find_linked(struct walk *walk, const struct stat *st)
{
	struct linked **at = &walk->buckets[st->st_ino % BUCKETS];

	while (*at != NULL && ((*at)->ino != st->st_ino || (*at)->dev != st->st_dev))
		at = &(*at)->next;
	return at;
}

static int count_name(struct walk *walk, const struct stat *st, const char *path)
{
	struct linked **at = find_linked(walk, st);

	if (*at == NULL) {
		struct linked *linked = walk->n_linked < LINKS_MAX
						? arena_alloc(&walk->arena, sizeof(*linked))
						: NULL;

		errno = ENOMEM;
		if (linked == NULL)
			return fail(walk, path);
		*linked = (struct linked){ .dev = st->st_dev, .ino = st->st_ino };
		linked->wanted = st->st_nlink;
		linked->path = arena_strdup(&walk->arena, path);
		if (linked->path == NULL)
			return fail(walk, path);
		*at = linked;
		walk->n_linked++;
	}
	(*at)->seen++;
	return 0;
}

static int refuse_link(const struct walk *walk, const char *path)
{
	(void)!err_new(walk->err, -EPERM,
		"relabel '%s/%.*s': a file with another name outside of the tree (a hard link)",
		walk->tree, PATH_SHOWN, path);
	return -1;
}

/* SECURITY: T-06: the other name may be the host's own file. */
static int check_links(const struct walk *walk)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		for (const struct linked *at = walk->buckets[i]; at != NULL; at = at->next) {
			if (at->seen < at->wanted)
				return refuse_link(walk, at->path);
		}
	}
	return 0;
}

/* Whoever has the tree too may have made another link since the first walk. */
static bool is_as_counted(struct walk *walk, const struct stat *st)
{
	struct linked *const *at;

	if (st->st_nlink < 2)
		return true;
	at = find_linked(walk, st);
	return *at != NULL && st->st_nlink <= (*at)->seen;
}

/* --- the tree ------------------------------------------------------------------------------------ */

static int set_label(const struct walk *walk, int fd)
{
	char name[32], label[LABEL_MAX];
	size_t len = strlen(walk->label) + 1;
	ssize_t n;

	/* the descriptor's own name leads to the object and nowhere else, a symlink included */
	str_fmt(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = getxattr(name, attribute, label, sizeof(label));
	if (n == (ssize_t)len && memcmp(label, walk->label, len) == 0)
		return 0;
	return setxattr(name, attribute, walk->label, len, 0);
}

static int visit_below(struct walk *walk, int dir, const char *path);

static int visit(struct walk *walk, int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(walk, path);
	if (S_ISDIR(st.st_mode)) {
		if (visit_below(walk, fd, path) < 0)
			return -1;
	} else if (walk->is_looking) {
		return st.st_nlink > 1 ? count_name(walk, &st, path) : 0;
	} else if (!is_as_counted(walk, &st)) {
		return refuse_link(walk, path);
	}
	if (!walk->is_looking && set_label(walk, fd) < 0)
		return fail(walk, path);
	return 0;
}

static int visit_entry(struct walk *walk, int dir, const char *name, const char *path)
{
	_fd_ int fd = sys_openat2(
		dir, name, O_PATH | O_NOFOLLOW, 0, SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_XDEV);

	if (fd < 0 && (errno == EXDEV || errno == ENOENT)) /* a mount on it; gone since */
		return 0;
	return fd < 0 ? fail(walk, path) : visit(walk, fd, path);
}

static int visit_below(struct walk *walk, int at, const char *path)
{
	_fd_ int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(dir_cleanup) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (dir == NULL)
		return fail(walk, path);
	fd = -1;
	errno = ELOOP;
	if (walk->depth == DEPTH_MAX)
		return fail(walk, path);
	walk->depth++;
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		_str_buf_ struct str_buf below = { 0 };

		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		str_buf_fmt(&below, "%s%s%s", path, *path != '\0' ? "/" : "", entry->d_name);
		errno = ENOMEM;
		r = below.failed ? fail(walk, path)
				 : visit_entry(walk, dirfd(dir), entry->d_name, below.data);
	}
	walk->depth--;
	return r;
}

static int relabel_tree(struct walk *walk)
{
	_fd_ int top = sys_openat2(AT_FDCWD, walk->tree, O_PATH, 0, SYS_RESOLVE_NO_SYMLINKS);

	if (top < 0)
		return fail(walk, "");
	walk->is_looking = true;
	if (visit(walk, top, "") < 0 || check_links(walk) < 0)
		return -1;
	walk->is_looking = false;
	return visit(walk, top, "");
}

int host_relabel(const struct plan *plan, struct err *err)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];
		_cleanup_(walk_done) struct walk walk = { .err = err };

		if (step->kind != PLAN_RELABEL)
			continue;
		walk.tree = plan_string(plan, &step->ref[0]);
		walk.label = plan_string(plan, &step->ref[1]);
		err->code = 0;
		log_debug("relabelling '%s': %s", walk.tree, walk.label);
		if (relabel_tree(&walk) < 0)
			return err->code;
	}
	return 0;
}
