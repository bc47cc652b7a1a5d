/*
 * What only some rules ask of a running container: who else has its ids, whose terminal it reads, what
 * its image holds, how its host is set up.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"
#include "facts/ready.h"
#include "sys/call.h"

#include "audit_local.h"

#include "base/banned.h"

enum {
	MAP_MAX = 16 << 10,
	MAP_WHOLE = 0xffff0000, /* a map this long gives away nothing */
	ANCESTORS_MAX = 33,     /* the kernel has 32 levels of user namespaces */
	SEEN_MAX = 4096,
	LINK_MAX_SHOWN = 64,
	TTY_MAJOR_PTS_FIRST = 136,
	TTY_MAJOR_PTS_LAST = 143,
};

static void dir_cleanup(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

/* --- other user namespaces -------------------------------------------------------------------- */

struct inodes {
	uint64_t *items;
	size_t n, max;
};

static bool has(const struct inodes *list, uint64_t ino)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i] == ino)
			return true;
	}
	return false;
}

static void add(struct inodes *list, uint64_t ino)
{
	if (list->n < list->max)
		list->items[list->n++] = ino;
}

/* The user namespace of a process and those it is in, as far as they are in ours. */
static void list_ancestors(int proc_fd, const char *pid, struct inodes *out)
{
	char path[48];
	_fd_ int fd = -1;
	struct stat st;

	str_fmt(path, sizeof(path), "%s/ns/user", pid);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && out->n < out->max && fstat(fd, &st) == 0) {
		add(out, st.st_ino);
		fd_replace(&fd, sys_ns_owner(fd));
	}
}

static int add_map(
	struct arena *arena, const char *pid, const char *map, struct facts *facts, struct err *err)
{
	uint64_t inside, outside, count;
	int r = 0;

	while (r == 0 && policy_next_number(&map, &inside) && policy_next_number(&map, &outside) &&
		policy_next_number(&map, &count)) {
		struct facts_id_user user = { .first = (uint32_t)outside,
			.count = (uint32_t)count };

		map += strspn(map, "\n");
		if (count >= MAP_WHOLE)
			continue;
		user.who = arena_fmt(arena, "process %s in another user namespace", pid);
		if (user.who == NULL)
			return err_new(err, -ENOMEM, "out of memory");
		r = facts_add_id_user(arena, facts, &user, err);
	}
	return r;
}

struct maps {
	struct arena *arena;
	struct inodes own;  /* of the container and those it is in */
	struct inodes seen; /* one process of each is enough */
	struct facts *facts;
	char *text;
};

/* A namespace below the container's has ids of its own; one that the container is in has them, too, of
 * course. */
static int add_process(struct maps *maps, int proc_fd, const char *pid, struct err *err)
{
	uint64_t items[ANCESTORS_MAX];
	struct inodes theirs = { .items = items, .max = ANCESTORS_MAX };
	char path[48];
	struct stat st;

	str_fmt(path, sizeof(path), "%s/ns/user", pid);
	if (fstatat(proc_fd, path, &st, 0) < 0 || has(&maps->own, st.st_ino) ||
		has(&maps->seen, st.st_ino))
		return 0;
	add(&maps->seen, st.st_ino);
	list_ancestors(proc_fd, pid, &theirs);
	if (maps->own.n > 0 && has(&theirs, maps->own.items[0]))
		return 0;
	str_fmt(path, sizeof(path), "%s/uid_map", pid);
	if (fd_read_at(proc_fd, path, maps->text, MAP_MAX) < 0)
		return 0;
	return add_map(maps->arena, pid, maps->text, maps->facts, err);
}

static int find_id_users(
	const struct host_subject *subject, struct policy_live *out, struct err *err)
{
	struct maps maps = {
		.arena = subject->arena,
		.own = { .max = ANCESTORS_MAX },
		.seen = { .max = SEEN_MAX },
		.facts = arena_alloc(subject->arena, sizeof(struct facts)),
		.text = arena_alloc(subject->arena, MAP_MAX),
	};
	_cleanup_(dir_cleanup) DIR *dir = opendir("/proc");
	const struct dirent *entry;
	char pid[24];
	int r;

	maps.own.items = arena_array(subject->arena, ANCESTORS_MAX, sizeof(uint64_t));
	maps.seen.items = arena_array(subject->arena, SEEN_MAX, sizeof(uint64_t));
	if (dir == NULL || maps.facts == NULL || maps.text == NULL || maps.own.items == NULL ||
		maps.seen.items == NULL)
		return err_sys(err, "list processes");
	str_fmt(pid, sizeof(pid), "%d", (int)subject->pid);
	list_ancestors(dirfd(dir), pid, &maps.own);
	r = facts_probe_id_users(subject->arena, maps.facts, "/etc/passwd", "/etc/subuid", err);
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			r = add_process(&maps, dirfd(dir), entry->d_name, err);
	}
	out->id_users = maps.facts->id_users;
	out->n_id_users = maps.facts->n_id_users;
	return r;
}

/* --- terminals -------------------------------------------------------------------------------- */

/* One of a devpts that the container has mounted is its own. */
static bool is_own_terminal(const struct policy_mounts *mounts, const struct stat *st)
{
	for (size_t i = 0; i < mounts->n; i++) {
		const struct policy_mount *m = &mounts->items[i];

		if (str_eq(m->fs, "devpts") && m->dev_major == major(st->st_dev) &&
			m->dev_minor == minor(st->st_dev))
			return true;
	}
	return false;
}

static bool is_terminal(const struct stat *st)
{
	unsigned number = major(st->st_rdev);

	return S_ISCHR(st->st_mode) &&
	       ((number >= TTY_MAJOR_PTS_FIRST && number <= TTY_MAJOR_PTS_LAST) || number == 4 ||
		       (number == 5 && minor(st->st_rdev) <= 1));
}

static int find_terminals(
	const struct host_subject *subject, struct policy_live *out, struct err *err)
{
	const char **items = arena_array(subject->arena, (size_t)STDERR_FILENO + 1, sizeof(*items));
	struct policy_mounts mounts;
	int r = policy_read_mounts(subject->arena, out->mountinfo, &mounts, err);

	if (r < 0 || items == NULL)
		return r < 0 ? r : err_new(err, -ENOMEM, "out of memory");
	out->terminals.items = items;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		char path[16], name[LINK_MAX_SHOWN], shown[LINK_MAX_SHOWN];
		struct stat st;
		ssize_t n;

		str_fmt(path, sizeof(path), "fd/%d", fd);
		n = readlinkat(subject->proc_fd, path, name, sizeof(name) - 1);
		if (n <= 0 || fstatat(subject->proc_fd, path, &st, 0) < 0 || !is_terminal(&st) ||
			is_own_terminal(&mounts, &st))
			continue;
		name[n] = '\0';
		items[out->terminals.n] = arena_fmt(
			subject->arena, "%d ('%s')", fd, str_escape(shown, sizeof(shown), name));
		if (items[out->terminals.n++] == NULL)
			return err_new(err, -ENOMEM, "out of memory");
	}
	return 0;
}

/* --- the host --------------------------------------------------------------------------------- */

static int read_caller(struct arena *arena, struct policy_live *out, struct err *err)
{
	struct facts *facts = arena_alloc(arena, sizeof(*facts));
	const char **settings = arena_array(arena, FACTS_SETTING_N, sizeof(*settings));
	char *cgroup = arena_alloc(arena, POLICY_LIVE_TEXT_MAX), text[8];
	int r;

	if (facts == NULL || settings == NULL || cgroup == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = facts_probe_core_pattern(arena, facts, err);
	if (r == 0)
		r = facts_gather_settings(arena, settings, err);
	if (r < 0)
		return r;
	out->core_pattern = facts->core_pattern;
	out->settings = settings;
	if (fd_read_at(AT_FDCWD, "/proc/self/cgroup", cgroup, POLICY_LIVE_TEXT_MAX) >= 0)
		out->host_cgroup = cgroup;
	out->legacy_tiocsti =
		fd_read_at(AT_FDCWD, "/proc/sys/dev/tty/legacy_tiocsti", text, sizeof(text)) < 0 ||
		text[0] != '0';
	return 0;
}

int host_audit_asked(const struct host_subject *subject, const struct policy_profile *profile,
	struct policy_live *out, struct err *err)
{
	int r = read_caller(subject->arena, out, err);

	if (r == 0 && out->initial_userns && !out->ns_is_host[CONFIG_NS_USER] &&
		policy_live_is_asked(profile, "CS-MAP-1"))
		r = find_id_users(subject, out, err);
	/* in the host's mount namespace it is the host's own terminal and image */
	if (r < 0 || subject->root_fd < 0)
		return r;
	if (policy_live_is_asked(profile, "CS-TTY-1"))
		r = find_terminals(subject, out, err);
	if (r == 0 && policy_live_is_asked(profile, "CS-MNT-5"))
		r = facts_scan_image(subject->arena, subject->root_fd, &out->image, err);
	return r;
}
