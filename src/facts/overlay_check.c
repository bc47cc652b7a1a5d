/*
 * Are the directories that go by the names of an overlay's layers its layers? Names in mountinfo
 * are those of whoever mounted it: in another mount namespace, or from another working directory,
 * they can lead to something else, and the container would get files that are not its own.
 *
 * The overlay passes on what it finds: a file that no layer above hides shows the times, the size
 * and (nearly always) the inode number it has in its layer, to the nanosecond. So the top layer
 * must look like the top of the mount, and in every other layer one object is searched that the
 * mount shows as it is: a witness. A layer with none (all of it is hidden by now) must at least
 * not hold a name that the mount lacks without any layer above to explain it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

enum {
	DEPTH_MAX = 12,
	LOOKS_MAX = 2048, /* objects looked at in one layer */
	TRIES = 3,        /* somebody may be changing the top of it just now */
};

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

/* Directories have numbers of their own where layers lie on several file systems; with "xino" the
 * upper bits of a number tell the layer. */
static bool looks_the_same(const struct stat *shown, const struct stat *held)
{
	return shown->st_mode == held->st_mode && shown->st_uid == held->st_uid &&
	       shown->st_gid == held->st_gid && same_time(&shown->st_mtim, &held->st_mtim) &&
	       same_time(&shown->st_ctim, &held->st_ctim) &&
	       (S_ISDIR(held->st_mode) ||
		       (shown->st_size == held->st_size && shown->st_rdev == held->st_rdev &&
			       (uint32_t)shown->st_ino == (uint32_t)held->st_ino));
}

static bool top_is_shown(int merged, int top)
{
	struct stat shown, held;

	for (int i = 0; i < TRIES; i++) {
		if (fstat(merged, &shown) == 0 && fstat(top, &held) == 0 &&
			looks_the_same(&shown, &held))
			return true;
	}
	return false;
}

/* --- a witness ---------------------------------------------------------------------------------- */

/* A directory is read a page at a time: most layers are proved by their first name, and the C
 * library's streams would take a large buffer and three more calls for each. */
struct names {
	int fd; /* borrowed; read from its start */
	ssize_t n, at;
	_Alignas(struct dirent64) char buf[2048];
};

static void names_open(struct names *names, int fd)
{
	names->fd = fd;
	names->n = 0;
	names->at = 0;
	(void)!lseek(fd, 0, SEEK_SET);
}

static const char *next_name(struct names *names)
{
	for (;;) {
		const struct dirent64 *entry;

		if (names->at == names->n) {
			names->n = getdents64(names->fd, names->buf, sizeof(names->buf));
			names->at = 0;
			if (names->n <= 0)
				return NULL;
		}
		entry = (const struct dirent64 *)(const void *)(names->buf + names->at);
		names->at += entry->d_reclen;
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			return entry->d_name;
	}
}

struct search {
	unsigned looks_left;
	unsigned depth;
};

static bool has_witness(struct search *search, int merged, int layer);

/* Directories are searched after everything that is beside them. */
static bool search_below(struct search *search, int merged, int layer)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct names names;
	const char *name;
	bool found = false;

	if (search->depth == DEPTH_MAX)
		return false;
	search->depth++;
	names_open(&names, layer);
	while (!found && search->looks_left > 0 && (name = next_name(&names)) != NULL) {
		_fd_ int below = openat(layer, name, flags);
		_fd_ int shown = below < 0 ? -1 : openat(merged, name, flags);

		found = shown >= 0 && has_witness(search, shown, below);
	}
	search->depth--;
	return found;
}

static bool has_witness(struct search *search, int merged, int layer)
{
	struct names names;
	bool has_dirs = false;
	const char *name;

	names_open(&names, layer);
	while (search->looks_left > 0 && (name = next_name(&names)) != NULL) {
		struct stat shown, held;

		search->looks_left--;
		if (fstatat(layer, name, &held, AT_SYMLINK_NOFOLLOW) < 0 || is_whiteout(&held) ||
			fstatat(merged, name, &shown, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (looks_the_same(&shown, &held))
			return true;
		has_dirs |= S_ISDIR(held.st_mode) && S_ISDIR(shown.st_mode);
	}
	return has_dirs && search_below(search, merged, layer);
}

/* --- no witness --------------------------------------------------------------------------------- */

static bool is_above(const struct facts_layer_fd *fds, size_t layer, const char *name)
{
	struct stat st;

	for (size_t i = 0; i < layer; i++) {
		if (fstatat(fds[i].fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	}
	return false;
}

/* What lies at the top of this layer and in none above must be seen. */
static bool is_explained(const struct facts_layer_fd *fds, size_t layer, int merged)
{
	struct names names;
	const char *name;
	struct stat held, shown;

	names_open(&names, fds[layer].fd);
	while ((name = next_name(&names)) != NULL) {
		if (fstatat(fds[layer].fd, name, &held, AT_SYMLINK_NOFOLLOW) < 0 ||
			is_whiteout(&held) || is_above(fds, layer, name))
			continue;
		if (fstatat(merged, name, &shown, AT_SYMLINK_NOFOLLOW) < 0 ||
			(shown.st_mode & S_IFMT) != (held.st_mode & S_IFMT))
			return false;
	}
	return true;
}

/* And whatever is seen at the top must be in some layer. */
static bool is_covered(
	const struct facts_overlay *overlay, const struct facts_layer_fd *fds, int merged)
{
	struct names names;
	const char *name;

	names_open(&names, merged);
	while ((name = next_name(&names)) != NULL) {
		if (!is_above(fds, overlay->n_layers, name))
			return false;
	}
	return true;
}

static const char *does_not_fit(struct arena *arena, const struct facts_layer *layer)
{
	const char *text = arena_fmt(
		arena, "the mount does not show what is in layer '%.*s'", 200, layer->path);

	return text != NULL ? text : "the mount does not show what is in one of its layers";
}

const char *facts_check_layers(struct arena *arena, int merged, const struct facts_overlay *overlay,
	const struct facts_layer_fd *fds)
{
	bool has_relative = fds[0].is_relative, is_base_proved = fds[0].is_relative;
	bool is_silent = false;

	if (!top_is_shown(merged, fds[0].fd))
		return does_not_fit(arena, &overlay->layers[0]);
	for (size_t i = 1; i < overlay->n_layers; i++) {
		struct search search = { .looks_left = LOOKS_MAX };

		has_relative |= fds[i].is_relative;
		/* the mount shows nothing of these but by way of others */
		if (overlay->layers[i].kind == FACTS_LAYER_DATA)
			continue;
		if (has_witness(&search, merged, fds[i].fd)) {
			is_base_proved |= fds[i].is_relative;
			continue;
		}
		is_silent = true;
		if (!is_explained(fds, i, merged))
			return does_not_fit(arena, &overlay->layers[i]);
	}
	if (has_relative && !is_base_proved)
		return "nothing in its layers proves from where their relative names start";
	if (is_silent && !is_covered(overlay, fds, merged))
		return "the mount shows files that none of its layers has";
	return NULL;
}
