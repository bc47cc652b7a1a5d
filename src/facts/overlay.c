/*
 * The layers of the overlay that an engine has mounted as a root file system: their names from
 * mountinfo, the directories that go by these names, and whether those are what the mount shows.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/abi.h"
#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

enum {
	FDINFO_MAX = 1024,
	BASE_LOOKS = 4,
	CHUNK = 64 << 10,    /* of mountinfo: few calls on a host with a thousand mounts */
	LINE_MAX_ = 1 << 20, /* 500 layers with names of 2 KiB */
};

/* --- the mount ------------------------------------------------------------------------------- */

/* "mnt_id:\t30": which of the mounts at this place the descriptor is on */
static const char *mount_id(int fd, char buf[FDINFO_MAX])
{
	char path[FACTS_LINK_MAX + 8], *id;

	str_fmt(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (fd_read_at(AT_FDCWD, path, buf, FDINFO_MAX) < 0)
		return NULL;
	id = strstr(buf, "mnt_id:\t");
	if (id == NULL)
		return NULL;
	id += strlen("mnt_id:\t");
	id[strspn(id, "0123456789")] = '\0';
	return id;
}

/* One directory up is another mount, unless this is below the top of one. */
static bool is_top(int fd, const char *id)
{
	_fd_ int above = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char buf[FDINFO_MAX];
	const char *id_above = above < 0 ? NULL : mount_id(above, buf);

	return id_above == NULL || !str_eq(id, id_above);
}

static bool is_line_of(const char *line, const char *id)
{
	size_t len = strlen(id);

	return strncmp(line, id, len) == 0 && line[len] == ' ';
}

/* Collects what @data has of a line; true when @line is the one looked for, and complete. */
static bool scan(const char **data, size_t *size, const char *id, struct str_buf *line)
{
	while (*size > 0) {
		const char *newline = memchr(*data, '\n', *size);
		size_t n = newline == NULL ? *size : (size_t)(newline - *data);

		if (line->len + n <= LINE_MAX_)
			str_buf_add(line, *data, n);
		*data += newline == NULL ? n : n + 1;
		*size -= newline == NULL ? n : n + 1;
		if (newline == NULL)
			return false;
		if (line->len > 0 && is_line_of(line->data, id))
			return true;
		line->len = 0;
	}
	return false;
}

static bool find_line(struct arena *arena, const char *id, struct str_buf *line)
{
	_fd_ int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	char *chunk = arena_alloc(arena, CHUNK);
	ssize_t n;

	if (fd < 0 || chunk == NULL)
		return false;
	while ((n = read(fd, chunk, CHUNK)) > 0) {
		const char *data = chunk;
		size_t size = (size_t)n;

		if (scan(&data, &size, id, line))
			return !line->failed;
	}
	return false;
}

/* --- its layers -------------------------------------------------------------------------------- */

struct probe {
	struct arena *arena;
	struct facts_overlay *out;
	struct facts_overlay_names names;
	struct facts_layer *layers;
	struct facts_layer_fd *fds;
	int merged;
};

static void close_layers(struct probe *probe)
{
	for (size_t i = 0; probe->fds != NULL && i < probe->out->n_layers; i++)
		fd_cleanup(&probe->fds[i].fd);
}

/* Of what to start relative names from, the next: a directory up. */
static bool cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || slash[1] == '\0')
		return false;
	slash[slash == path ? 1 : 0] = '\0';
	return true;
}

/* Are relative names directories when they start at @base? A few of them tell; each is opened, and
 * compared with the mount, later. */
static bool fits_base(const struct facts_overlay_names *names, const char *base)
{
	_fd_ int dir = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	for (size_t i = 0; dir >= 0 && i < names->n_layers && i < BASE_LOOKS; i++) {
		const char *name = names->layers[i].name;

		if (*name != '/' && (fstatat(dir, name, &st, 0) < 0 || !S_ISDIR(st.st_mode)))
			return false;
	}
	return dir >= 0;
}

/* Up from @path (cut in the process) until the relative names fit. */
static bool search_base(const struct facts_overlay_names *names, char *path)
{
	while (cut_last(path)) {
		if (fits_base(names, path))
			return true;
	}
	return false;
}

static bool has_relative(const struct facts_overlay_names *names)
{
	for (size_t i = 0; i < names->n_layers; i++) {
		if (names->layers[i].name[0] != '/')
			return true;
	}
	return false;
}

/* Docker's names start at its store, "l/XXXX" and "ID/diff", where the mount itself lies too;
 * containerd's at the directory of all snapshots, above the upper layer. Whichever directory it
 * is, the layers found from there are compared with the mount. */
static bool find_base(const struct facts_overlay_names *names, const char *mounted_at, char *base)
{
	str_fmt(base, PATH_MAX, "/");
	if (!has_relative(names))
		return true;
	if (names->layers[0].kind == FACTS_LAYER_UPPER && names->layers[0].name[0] == '/') {
		str_fmt(base, PATH_MAX, "%s", names->layers[0].name);
		if (search_base(names, base))
			return true;
	}
	str_fmt(base, PATH_MAX, "%s", mounted_at);
	return search_base(names, base);
}

/* What the descriptor is of: its path without symlinks, its file system, its identity. */
static bool describe(struct arena *arena, int fd, struct facts_layer *out)
{
	char link[FACTS_LINK_MAX], real[PATH_MAX];
	struct statfs fs;
	struct stat st;
	ssize_t n;

	facts_fd_link(link, fd);
	n = readlink(link, real, sizeof(real) - 1);
	if (n <= 0 || n == sizeof(real) - 1 || real[0] != '/' || fstat(fd, &st) < 0 ||
		fstatfs(fd, &fs) < 0)
		return false;
	real[n] = '\0';
	facts_fs_name((uint32_t)fs.f_type, out->fs, sizeof(out->fs));
	out->path = arena_strdup(arena, real);
	out->dev = st.st_dev;
	out->ino = st.st_ino;
	return out->path != NULL;
}

static const char *open_layer(struct probe *probe, int base, size_t i)
{
	const struct facts_layer_name *name = &probe->names.layers[i];
	struct facts_layer_fd *fd = &probe->fds[i];

	fd->is_relative = name->name[0] != '/';
	probe->layers[i].kind = name->kind;
	fd->fd = openat(base, name->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd->fd < 0)
		return arena_fmt(
			probe->arena, "%s: layer '%.*s'", strerrordesc_np(errno), 200, name->name);
	if (!describe(probe->arena, fd->fd, &probe->layers[i]))
		return arena_fmt(probe->arena, "no path leads to layer '%.*s'", 200, name->name);
	return NULL;
}

static const char *open_layers(struct probe *probe, const char *base_path)
{
	_fd_ int base = open(base_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t n = probe->names.n_layers;
	const char *problem;

	if (base < 0)
		return "the directory its layers' names start from cannot be opened";
	for (size_t i = 0; i < n; i++)
		probe->fds[i].fd = -1;
	probe->out->n_layers = n;
	for (size_t i = 0; i < n; i++) {
		problem = open_layer(probe, base, i);
		if (problem != NULL)
			return problem;
	}
	return NULL;
}

/* Nobody but root may decide what lies beside the upper layer: that is where ours works. */
static bool is_guarded(const struct facts_layer *upper)
{
	char parent[PATH_MAX];
	struct stat st;

	str_fmt(parent, sizeof(parent), "%s", upper->path);
	return cut_last(parent) && lstat(parent, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Return: what is wrong; NULL = nothing, or out of memory (probe->out->layers tells) */
static const char *find_layers(struct probe *probe, const char *mounted_at)
{
	size_t n = probe->names.n_layers;
	char *base = arena_alloc(probe->arena, PATH_MAX);
	const char *problem;

	if (probe->names.problem != NULL)
		return probe->names.problem;
	if (!probe->names.is_whole)
		return "it is a directory of the overlay, not its top";
	for (size_t i = 0; i < n; i++) {
		/* a descriptor of another mount is shown as "/" */
		if (str_eq(probe->names.layers[i].name, "/"))
			return "its layers were given as descriptors, which have no names";
	}
	if (base != NULL && !find_base(&probe->names, mounted_at, base))
		return "its layers have relative names, and nothing tells from where";
	probe->layers = arena_array(probe->arena, n, sizeof(*probe->layers));
	probe->fds = arena_array(probe->arena, n, sizeof(*probe->fds));
	if (base == NULL || probe->layers == NULL || probe->fds == NULL)
		return NULL;
	problem = open_layers(probe, base);
	if (problem != NULL)
		return problem;
	probe->out->layers = probe->layers;
	probe->out->is_guarded =
		probe->names.layers[0].kind == FACTS_LAYER_UPPER && is_guarded(&probe->layers[0]);
	return facts_check_layers(probe->arena, probe->merged, probe->out, probe->fds);
}

static int read_mount(struct probe *probe, char *line)
{
	int r = facts_parse_overlay(probe->arena, line, &probe->names);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		probe->names.problem = "what mountinfo says of it is not understood";
	if (r == 0 && probe->names.n_layers == 0)
		probe->names.problem = "mountinfo shows no layers of it";
	probe->out->is_readonly = probe->names.is_readonly;
	memcpy(probe->out->options, probe->names.options, sizeof(probe->out->options));
	probe->out->n_options = probe->names.n_options;
	return 0;
}

static int probe_overlay(struct probe *probe, const char *mounted_at)
{
	_str_buf_ struct str_buf line = { 0 };
	char buf[FDINFO_MAX];
	const char *id = mount_id(probe->merged, buf);

	if (id == NULL || !find_line(probe->arena, id, &line)) {
		probe->out->problem = "mountinfo does not show it";
		return 0;
	}
	if (read_mount(probe, line.data) < 0)
		return -ENOMEM;
	if (!is_top(probe->merged, id))
		probe->names.is_whole = false;
	/* names are pieces of the line; all that stays is copied */
	for (size_t i = 0; i < probe->out->n_options; i++) {
		probe->out->options[i] = arena_strdup(probe->arena, probe->out->options[i]);
		if (probe->out->options[i] == NULL)
			return -ENOMEM;
	}
	probe->out->problem = find_layers(probe, mounted_at);
	close_layers(probe);
	if (probe->out->problem != NULL) {
		probe->out->n_layers = 0;
		probe->out->layers = NULL;
	}
	return probe->out->problem == NULL && probe->out->layers == NULL ? -ENOMEM : 0;
}

int facts_probe_overlay(struct arena *arena, struct facts *facts, const char *path, struct err *err)
{
	const struct facts_path *probed = facts_find_path(facts, path);
	_fd_ int merged = -1;
	struct probe probe = { .arena = arena, .out = &facts->overlay };

	if (probed->kind != FACTS_PATH_DIR || !str_eq(probed->fs, "overlay"))
		return 0;
	merged = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	facts->overlay = (struct facts_overlay){ .path = arena_strdup(arena, path) };
	if (merged < 0)
		facts->overlay.problem = "it cannot be opened";
	probe.merged = merged;
	if (facts->overlay.path == NULL ||
		(merged >= 0 &&
			probe_overlay(&probe, probed->real != NULL ? probed->real : path) < 0))
		return err_new(err, -ENOMEM, "look at the layers of '%s': out of memory", path);
	return 0;
}
