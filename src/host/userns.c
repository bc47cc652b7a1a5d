#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"
#include "config/config.h"
#include "sys/call.h"

#include "descriptors.h"

#include "base/banned.h"

/* The kernel takes less than a page in one write (hardening.md d.2). */
enum {
	MAP_TEXT_MAX = 4096,
	MAP_LINES_MAX = CONFIG_ID_MAPPINGS_MAX,
	MAP_SHOWN_MAX = MAP_LINES_MAX * 33 + 2,
};

/* Lines as the kernel is given them: inside, outside, count. */
struct map {
	uint32_t lines[MAP_LINES_MAX][3];
	size_t n;
};

/* The process that makes the namespaces and holds them until descriptors do. */
struct maker {
	pid_t pid;
	int hold_fd;    /* closing it lets the process end */
	bool is_nested; /* we are in a user namespace that has a map of its own */
};

static void maker_done(struct maker *maker)
{
	fd_cleanup(&maker->hold_fd);
	if (maker->pid > 0)
		(void)waitpid(maker->pid, NULL, __WALL);
}

static int maker_start(uint64_t namespaces, struct maker *out, struct err *err)
{
	struct sys_clone_args args = {
		.flags = SYS_NEWUSER | namespaces,
		.exit_signal = SIGCHLD,
	};
	int ends[2];
	pid_t pid;
	char byte;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, "create pipe");
	pid = sys_clone3(&args);
	if (pid == 0) {
		close(ends[1]);
		/* end of file: the launcher is done with us, or dead */
		_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(ends[0]);
	if (pid < 0) {
		err_sys(err, "create user namespace");
		close(ends[1]);
		return err->code;
	}
	out->pid = pid;
	out->hold_fd = ends[1];
	return 0;
}

static int open_proc_file(const struct maker *maker, const char *name, int flags, struct err *err)
{
	char path[64];
	int fd;

	str_fmt(path, sizeof(path), "/proc/%d/%s", (int)maker->pid, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "open '%s'", path);
	return fd;
}

static bool map_add(struct map *map, uint32_t inside, uint32_t outside, uint32_t count)
{
	size_t at = map->n;

	if (at == MAP_LINES_MAX)
		return false;
	/* Sorted, as the kernel shows every map of more than five lines. */
	for (; at > 0 && map->lines[at - 1][0] > inside; at--)
		memcpy(map->lines[at], map->lines[at - 1], sizeof(map->lines[0]));
	map->lines[at][0] = inside;
	map->lines[at][1] = outside;
	map->lines[at][2] = count;
	map->n++;
	return true;
}

static size_t map_text(const struct map *map, char *buf, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < map->n && len < size; i++)
		len += str_fmt(buf + len, size - len, "%u %u %u\n", map->lines[i][0],
			map->lines[i][1], map->lines[i][2]);
	return len;
}

static bool read_map(int fd, char *buf, size_t size, struct map *out)
{
	char *save = NULL;
	size_t n = 0;

	*out = (struct map){ 0 };
	if (fd_read_all(fd, buf, size) < 0)
		return false;
	for (char *word = strtok_r(buf, " \n", &save); word != NULL;
		word = strtok_r(NULL, " \n", &save), n++) {
		if (n / 3 == MAP_LINES_MAX || !num_u32(word, &out->lines[n / 3][n % 3]))
			return false;
	}
	out->n = n / 3;
	return n % 3 == 0;
}

/* SECURITY: the kernel cuts numbers to 32 bits without a word, so what it took is read back
 * (hardening.md d.2, T-20). */
static int check_map(const struct maker *maker, const char *name, const struct map *map,
	struct arena *arena, struct err *err)
{
	struct map *shown = arena_alloc(arena, sizeof(*shown));
	char *buf = arena_alloc(arena, MAP_SHOWN_MAX);
	_fd_ int fd = open_proc_file(maker, name, O_RDONLY, err);

	if (fd < 0)
		return fd;
	if (buf == NULL || shown == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (!read_map(fd, buf, MAP_SHOWN_MAX, shown))
		return err_sys(err, "read back %s", name);
	if (shown->n != map->n || memcmp(shown->lines, map->lines, map->n * sizeof(map->lines[0])))
		return err_new(err, -EIO, "%s does not hold what was written to it", name);
	return 0;
}

/* The line of @map that holds @id as an id inside. */
static const uint32_t *find_line(const struct map *map, uint32_t id)
{
	for (size_t i = 0; i < map->n; i++) {
		if (id >= map->lines[i][0] && id - map->lines[i][0] < map->lines[i][2])
			return map->lines[i];
	}
	return NULL;
}

/* A line must lie within one line of the map we live in ourselves, user_namespaces(7): rootless
 * that is "0 caller 1, 1 first count", so the container's one line is cut where those end. */
static int cut_lines(const struct map *own, const struct map *whole, const char *name,
	struct map *out, struct err *err)
{
	for (size_t i = 0; i < whole->n; i++) {
		uint32_t inside = whole->lines[i][0], outside = whole->lines[i][1];
		uint32_t left = whole->lines[i][2];

		while (left > 0) {
			const uint32_t *line = find_line(own, outside);
			uint32_t room, n;

			if (line == NULL)
				return err_new(err, -EPERM,
					"%s: id %u is not mapped in the user namespace that caisson "
					"runs in",
					name, outside);
			room = line[2] - (outside - line[0]);
			n = left < room ? left : room;
			if (!map_add(out, inside, outside, n))
				return err_new(err, -E2BIG, "%s needs more than %d ranges", name,
					MAP_LINES_MAX);
			inside += n;
			outside += n;
			left -= n;
		}
	}
	return 0;
}

static int cut_map(const char *name, struct map *map, struct arena *arena, struct err *err)
{
	struct map *own = arena_alloc(arena, sizeof(*own)),
		   *whole = arena_alloc(arena, sizeof(*own));
	char *buf = arena_alloc(arena, MAP_SHOWN_MAX), path[32];
	_fd_ int fd = -1;

	if (own == NULL || whole == NULL || buf == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	str_fmt(path, sizeof(path), "/proc/self/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !read_map(fd, buf, MAP_SHOWN_MAX, own))
		return err_sys(err, "read '%s'", path);
	*whole = *map;
	*map = (struct map){ 0 };
	return cut_lines(own, whole, name, map, err);
}

static int write_map(const struct maker *maker, const char *name, const struct plan *plan,
	const struct plan_ref *ref, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	struct map *map = arena_alloc(&arena, sizeof(*map));
	char *buf = arena_alloc(&arena, MAP_TEXT_MAX);
	size_t n, len;
	const uint32_t *triplets = plan_u32s(plan, ref, &n);
	_fd_ int fd = -1;
	int r = 0;

	if (map == NULL || buf == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	*map = (struct map){ 0 };
	for (size_t i = 0; i + 2 < n; i += 3) {
		if (!map_add(map, triplets[i], triplets[i + 1], triplets[i + 2]))
			return err_new(
				err, -E2BIG, "%s has more than %d ranges", name, MAP_LINES_MAX);
	}
	if (maker->is_nested)
		r = cut_map(name, map, &arena, err);
	if (r < 0)
		return r;
	len = map_text(map, buf, MAP_TEXT_MAX);
	if (len >= MAP_TEXT_MAX)
		return err_new(err, -E2BIG, "%s of %zu ranges is longer than the kernel takes",
			name, map->n);
	fd = open_proc_file(maker, name, O_WRONLY, err);
	if (fd < 0)
		return fd;
	if (write(fd, buf, len) != (ssize_t)len)
		return err_sys(err, "write %s", name);
	return check_map(maker, name, map, &arena, err);
}

static const char *ns_file(uint64_t type)
{
	switch (type) {
	case SYS_NEWUSER:
		return "ns/user";
	case SYS_NEWNET:
		return "ns/net";
	case SYS_NEWIPC:
		return "ns/ipc";
	default:
		return "ns/uts";
	}
}

/* The namespaces that the plan wants made together with the user namespace. */
static int open_owned(const struct maker *maker, const struct plan *plan, struct host_slots *slots,
	struct err *err)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];
		int fd;

		if (step->kind != PLAN_OPEN_NS ||
			!str_eq(plan_string(plan, &step->ref[0]), PLAN_NS_NEW_PATH))
			continue;
		fd = open_proc_file(maker, ns_file(step->num[0]), O_RDONLY, err);
		if (fd < 0)
			return fd;
		fd_replace(&slots->fds[step->slot], fd);
	}
	return 0;
}

static int make_userns(const struct plan *plan, const struct plan_step *step, bool is_nested,
	struct host_slots *slots, struct err *err)
{
	_cleanup_(maker_done) struct maker maker = { .hold_fd = -1, .is_nested = is_nested };
	int r, fd;

	r = maker_start(step->num[0], &maker, err);
	if (r < 0)
		return r;
	r = write_map(&maker, "uid_map", plan, &step->ref[0], err);
	if (r < 0)
		return r;
	r = write_map(&maker, "gid_map", plan, &step->ref[1], err);
	if (r < 0)
		return r;
	fd = open_proc_file(&maker, ns_file(SYS_NEWUSER), O_RDONLY, err);
	if (fd < 0)
		return fd;
	fd_replace(&slots->fds[step->slot], fd);
	return open_owned(&maker, plan, slots, err);
}

int host_open_userns(
	const struct plan *plan, bool is_nested, struct host_slots *slots, struct err *err)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		if (plan->steps[i].kind == PLAN_IDS)
			return make_userns(plan, &plan->steps[i], is_nested, slots, err);
	}
	return 0;
}
