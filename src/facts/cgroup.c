/*
 * Where the cgroup hierarchies are mounted and where in them this process is.
 *
 * mountinfo grows with every container of the machine and costs the kernel about a microsecond a
 * line, so it is read piece by piece and no further than the last hierarchy that
 * /proc/self/cgroup names. Mounts are listed in the order they were made: that is page one.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/abi.h"
#include "base/fd.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

enum {
	OWN_MAX = 8 << 10, /* /proc/self/cgroup, a line per hierarchy */
	CHUNK = 4096,      /* of mountinfo; a longer line (overlay with many layers) is skipped */
	CONTROLLERS_MAX = 1024,
};

/* One line of /proc/self/cgroup, "4:memory:/user/x", and where that hierarchy is mounted. */
struct own {
	const char *controllers; /* "" for v2 */
	const char *path;
	const char *mountpoint; /* NULL = not found yet */
	const char *own_path;   /* @path as seen below the mountpoint */
};

struct search {
	struct arena *arena;
	struct own own[FACTS_HIERARCHIES_MAX];
	size_t n_own;
	size_t n_v1_missing;
	bool v2_missing;
	bool failed; /* out of memory */
};

struct mount {
	const char *device; /* "0:32" */
	char *root;
	char *mountpoint;
	const char *fstype;
	const char *super_options;
};

/* mountinfo writes blank, tab, newline and backslash as \ooo */
static void unescape_octal(char *s)
{
	char *out = s;

	while (*s != '\0') {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
			s[3] >= '0' && s[3] <= '7') {
			*out++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
			continue;
		}
		*out++ = *s++;
	}
	*out = '\0';
}

/* "36 35 98:0 /root /mountpoint options optional... - fstype source super-options" */
static bool parse_mount(char *line, struct mount *out)
{
	char *rest = line, *fields[6];

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		fields[i] = strsep(&rest, " ");
		if (rest == NULL)
			return false;
	}
	while (!str_starts(rest, "- ")) {
		strsep(&rest, " ");
		if (rest == NULL)
			return false;
	}
	rest += 2;
	out->fstype = strsep(&rest, " ");
	if (rest == NULL || strsep(&rest, " ") == NULL || rest == NULL)
		return false;
	out->super_options = rest;
	out->device = fields[2];
	out->root = fields[3];
	out->mountpoint = fields[4];
	unescape_octal(out->root);
	unescape_octal(out->mountpoint);
	return true;
}

/* Are the first @len bytes of @word one of the words of @list, which @separator divides? */
static bool has_word(const char *list, const char *separator, const char *word, size_t len)
{
	while (*list != '\0') {
		size_t n = strcspn(list, separator);

		if (n == len && memcmp(list, word, n) == 0)
			return true;
		list += n;
		list += *list != '\0' ? 1 : 0;
	}
	return false;
}

/* No controller is in two hierarchies, so the first of "cpu,cpuacct" stands for all. */
static bool carries(const char *options, const char *controllers)
{
	return has_word(options, ",", controllers, strcspn(controllers, ","));
}

/* @path below the directory @root of the hierarchy, or NULL if it is not below it. */
static const char *path_below(const char *path, const char *root)
{
	size_t len = strlen(root);

	if (str_eq(root, "/"))
		return path;
	if (!str_starts(path, root) || (path[len] != '/' && path[len] != '\0'))
		return NULL;
	return path[len] == '\0' ? "/" : path + len;
}

/* mountinfo also lists what other mounts have covered since. */
static bool is_visible(const struct mount *mount)
{
	char device[32];
	struct stat st;

	if (stat(mount->mountpoint, &st) < 0)
		return false;
	str_fmt(device, sizeof(device), "%u:%u", major(st.st_dev), minor(st.st_dev));
	return str_eq(device, mount->device);
}

/* The first mount that shows our own cgroup counts: a bind mount of some other part does not, nor
 * one of a part above our cgroup namespace, where nothing tells which directory is ours. */
static void use_mount(struct search *search, const struct mount *mount)
{
	bool is_v2 = str_eq(mount->fstype, "cgroup2");

	for (size_t i = 0; i < search->n_own; i++) {
		struct own *own = &search->own[i];
		const char *below;

		if (own->mountpoint != NULL || is_v2 != (*own->controllers == '\0'))
			continue;
		if (!is_v2 && !carries(mount->super_options, own->controllers))
			continue;
		below = path_below(own->path, mount->root);
		if (below == NULL || !is_visible(mount))
			continue;
		own->own_path = below;
		own->mountpoint = arena_strdup(search->arena, mount->mountpoint);
		search->failed |= own->mountpoint == NULL;
		search->n_v1_missing -= is_v2 ? 0 : 1;
		search->v2_missing = search->v2_missing && !is_v2;
	}
}

/*
 * The kernel names the v2 hierarchy in /proc/self/cgroup also where nobody mounted it. Once all of
 * v1 is found, it is worth more reading only if it is at its usual place.
 */
static bool is_settled(const struct search *search)
{
	struct statfs fs;

	if (search->n_v1_missing > 0)
		return false;
	if (!search->v2_missing)
		return true;
	return search->n_own > 1 && (statfs("/sys/fs/cgroup/unified", &fs) < 0 ||
					    (uint32_t)fs.f_type != SYS_MAGIC_CGROUP2);
}

/* Returns what is left of @buf behind its last whole line, moved to the front. */
static size_t use_lines(struct search *search, char *buf, size_t len)
{
	char *line = buf, *end;

	while ((end = memchr(line, '\n', len - (size_t)(line - buf))) != NULL) {
		struct mount mount;

		*end = '\0';
		/* cheap test first: few lines of a big mountinfo are ours */
		if (strstr(line, " - cgroup") != NULL && parse_mount(line, &mount) &&
			(str_eq(mount.fstype, "cgroup") || str_eq(mount.fstype, "cgroup2")))
			use_mount(search, &mount);
		line = end + 1;
	}
	len -= (size_t)(line - buf);
	memmove(buf, line, len);
	return len;
}

static int search_mounts(struct search *search, struct err *err)
{
	_fd_ int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	char buf[CHUNK];
	size_t len = 0;

	if (fd < 0)
		return err_sys(err, "open '/proc/self/mountinfo'");
	while (!is_settled(search) && !search->failed) {
		ssize_t n = read(fd, buf + len, sizeof(buf) - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "read '/proc/self/mountinfo'");
		if (n == 0)
			break;
		len = use_lines(search, buf, len + (size_t)n);
		/* Of a line that does not fit only the end comes through, which is no mount:
		 * cgroup mounts are short, their paths are the administrator's. */
		if (len == sizeof(buf))
			len = 0;
	}
	return search->failed ? err_new(err, -ENOMEM, "read '/proc/self/mountinfo': out of memory")
			      : 0;
}

/* Fills search->own; its strings are @text. A hierarchy beyond the limits is left out. */
static void parse_own(struct search *search, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL && search->n_own < FACTS_HIERARCHIES_MAX) {
		struct own own = { 0 };
		char *controllers;

		strsep(&line, ":");
		controllers = strsep(&line, ":");
		if (controllers == NULL || line == NULL ||
			strlen(controllers) >= sizeof((struct facts_hierarchy){ 0 }.controllers))
			continue;
		own.controllers = controllers;
		own.path = line;
		search->n_v1_missing += *controllers == '\0' ? 0 : 1;
		search->v2_missing |= *controllers == '\0';
		search->own[search->n_own++] = own;
	}
}

static int read_available(
	struct arena *arena, const char *mountpoint, const char **out, struct err *err)
{
	_fd_ int dir = open(mountpoint, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[CONTROLLERS_MAX];

	if (dir < 0 || fd_read_at(dir, "cgroup.controllers", text, sizeof(text)) < 0)
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	*out = arena_strdup(arena, text);
	return *out != NULL ? 0 : err_new(err, -ENOMEM, "list cgroup controllers: out of memory");
}

static int add_hierarchy(
	struct arena *arena, const struct own *own, struct facts *out, struct err *err)
{
	struct facts_hierarchy *hierarchy = &out->hierarchies[out->n_hierarchies];

	*hierarchy = (struct facts_hierarchy){
		.is_v2 = *own->controllers == '\0',
		.mountpoint = own->mountpoint,
		.own_path = own->own_path,
	};
	str_fmt(hierarchy->controllers, sizeof(hierarchy->controllers), "%s", own->controllers);
	if (hierarchy->is_v2 &&
		read_available(arena, own->mountpoint, &hierarchy->available, err) != 0)
		return err->code;
	if (!hierarchy->is_v2)
		out->cgroup_mode = FACTS_CGROUP_V1;
	else if (out->cgroup_mode == FACTS_CGROUP_NONE)
		out->cgroup_mode = FACTS_CGROUP_V2;
	out->n_hierarchies++;
	return 0;
}

static bool is_writable(struct arena *arena, const struct facts_hierarchy *hierarchy)
{
	const char *path = arena_fmt(arena, "%s%s", hierarchy->mountpoint, hierarchy->own_path);

	return path != NULL && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

int facts_gather_cgroups(struct arena *arena, struct facts *out, struct err *err)
{
	struct search search = { .arena = arena };
	char *text = arena_alloc(arena, OWN_MAX);
	int r;

	if (text == NULL)
		return err_new(err, -ENOMEM, "read '/proc/self/cgroup': out of memory");
	if (fd_read_at(AT_FDCWD, "/proc/self/cgroup", text, OWN_MAX) < 0)
		return errno == ENOENT ? 0 : err_sys(err, "read '/proc/self/cgroup'");
	parse_own(&search, text);
	r = search.n_own > 0 ? search_mounts(&search, err) : 0;
	for (size_t i = 0; i < search.n_own && r == 0; i++) {
		if (search.own[i].mountpoint != NULL)
			r = add_hierarchy(arena, &search.own[i], out, err);
	}
	if (r == 0 && out->n_hierarchies > 0)
		out->cgroup_writable = is_writable(arena, &out->hierarchies[0]);
	return r;
}

const struct facts_hierarchy *facts_find_controller(
	const struct facts *facts, const char *controller)
{
	size_t len = strlen(controller);

	for (size_t i = 0; i < facts->n_hierarchies; i++) {
		const struct facts_hierarchy *hierarchy = &facts->hierarchies[i];

		if (hierarchy->is_v2 ? has_word(hierarchy->available, " ", controller, len)
				     : has_word(hierarchy->controllers, ",", controller, len))
			return hierarchy;
	}
	return NULL;
}
