#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "config/config.h"
#include "sys/call.h"

#include "descriptors.h"
#include "idmap.h"

#include "base/banned.h"

/* The kernel takes less than a page in one write (hardening.md d.2). */
enum {
	MAP_TEXT_MAX = 4096,
};

/* The process that makes the namespaces and holds them until descriptors do. */
struct maker {
	pid_t pid;
	int hold_fd;    /* closing it lets the process end */
	bool is_nested; /* we are in a user namespace that has a map of its own */
};

/* It ends when the descriptor is closed. Nobody waits for that: it would be a turn of the scheduler
 * in every launch, and whoever waits for the container, or inherits us, reaps it. */
static void maker_done(struct maker *maker)
{
	fd_cleanup(&maker->hold_fd);
}

/* What it is to make; @join_fd: in this user namespace, -1 = in a new one */
struct makings {
	int join_fd;
	uint64_t namespaces;
};

static int enter_and_make(const struct makings *makings)
{
	/* SECURITY: processes of the container that share the host's pid namespace can't trace us */
	if (sys_set_dumpable(false) < 0 || sys_setns(makings->join_fd, SYS_NEWUSER) < 0)
		return -1;
	return makings->namespaces != 0 ? sys_unshare((int)makings->namespaces) : 0;
}

/* Child of caisson that joins; @hold_fd: its end of the pipe that keeps it alive */
static _noreturn_ void be_maker(const struct makings *makings, int hold_fd, int ready_fd)
{
	unsigned char code = 0, byte;

	if (enter_and_make(makings) < 0)
		code = (unsigned char)errno;
	if (write(ready_fd, &code, 1) != 1)
		_exit(1);
	/* end of file: the launcher is done with us, or dead */
	_exit(read(hold_fd, &byte, 1) == 0 ? 0 : 1);
}

static int wait_ready(int ready_fd, struct err *err)
{
	unsigned char code = EPIPE;

	if (read(ready_fd, &code, 1) == 1 && code == 0)
		return 0;
	errno = code;
	return err_sys(err, "make namespaces in the user namespace that is joined");
}

/* It joins the user namespace by itself, and tells when that is done. */
static pid_t start_joiner(const struct makings *makings, const int hold[2], struct err *err)
{
	struct sys_clone_args args = { .exit_signal = SIGCHLD };
	_fd_ int ready_in = -1, ready_out = -1;
	int ready[2];
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return err_sys(err, "create pipe");
	ready_in = ready[0];
	ready_out = ready[1];
	pid = sys_clone3(&args);
	if (pid == 0) {
		close(hold[1]);
		be_maker(makings, hold[0], ready_out);
	}
	if (pid < 0)
		return err_sys(err, "start a process");
	fd_replace(&ready_out, -1);
	return wait_ready(ready_in, err) < 0 ? err->code : pid;
}

/* Born in the user namespace, and there as soon as the process is: nothing is left for it to do. */
static pid_t start_holder(
	const struct makings *makings, bool is_nested, const int hold[2], struct err *err)
{
	struct sys_clone_args args = {
		.flags = SYS_NEWUSER | makings->namespaces,
		.exit_signal = SIGCHLD,
	};
	pid_t pid;

	/* SECURITY: on our memory, it must not be traced by the container's root, who may have
	 * CAP_SYS_PTRACE in the host's pid namespace before it has ended. In a user namespace of
	 * ours that would take its files in /proc from us, so there it gets a copy. */
	if (!is_nested && sys_set_dumpable(false) < 0)
		return err_sys(err, "become unreadable for other processes");
	pid = sys_park(&args, !is_nested, hold);
	return pid >= 0 ? pid : err_sys(err, "create user namespace");
}

static int maker_start(const struct makings *makings, struct maker *out, struct err *err)
{
	_fd_ int hold_in = -1;
	int hold[2];

	if (pipe2(hold, O_CLOEXEC) < 0)
		return err_sys(err, "create pipe");
	hold_in = hold[0];
	out->hold_fd = hold[1];
	out->pid = makings->join_fd < 0 ? start_holder(makings, out->is_nested, hold, err)
					: start_joiner(makings, hold, err);
	return out->pid < 0 ? err->code : 0;
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

/* SECURITY: the kernel cuts numbers to 32 bits without a word, so what it took is read back
 * (hardening.md d.2, T-20). */
static int check_map(const struct maker *maker, const char *name, const struct host_idmap *map,
	struct arena *arena, struct err *err)
{
	struct host_idmap *shown = arena_alloc(arena, sizeof(*shown));
	char *buf = arena_alloc(arena, HOST_IDMAP_TEXT_MAX);
	_fd_ int fd = open_proc_file(maker, name, O_RDONLY, err);
	int r;

	if (fd < 0)
		return fd;
	if (buf == NULL || shown == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = host_idmap_read(fd, buf, shown, err);
	if (r < 0)
		return err_ctx(err, "%s", name);
	if (shown->n != map->n ||
		memcmp(shown->lines, map->lines, map->n * sizeof(map->lines[0])) != 0)
		return err_new(err, -EIO, "%s does not hold what was written to it", name);
	return 0;
}

static int plan_map(struct arena *arena, const struct plan *plan, const struct plan_ref *ref,
	const char *name, struct host_idmap **out, struct err *err)
{
	size_t n;
	const uint32_t *triplets = plan_u32s(plan, ref, &n);

	*out = arena_alloc(arena, sizeof(**out));
	if (*out == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	(*out)->n = 0;
	for (size_t i = 0; i + 2 < n; i += 3) {
		struct host_idmap_line line = { triplets[i], triplets[i + 1], triplets[i + 2] };

		if (!host_idmap_add(*out, &line))
			return err_new(err, -E2BIG, "%s has more than %d ranges", name,
				HOST_IDMAP_LINES_MAX);
	}
	return 0;
}

static int cut_map(struct arena *arena, const char *name, struct host_idmap **map, struct err *err)
{
	struct host_idmap *own, *cut = arena_alloc(arena, sizeof(*cut));
	int r = host_idmap_own(arena, name, &own, err);

	if (r < 0)
		return r;
	if (cut == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = host_idmap_cut(own, *map, name, cut, err);
	*map = cut;
	return r;
}

static int write_map(const struct maker *maker, const char *name, const struct plan *plan,
	const struct plan_ref *ref, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	struct host_idmap *map;
	char *buf = arena_alloc(&arena, MAP_TEXT_MAX);
	_fd_ int fd = -1;
	size_t len;
	int r;

	if (buf == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = plan_map(&arena, plan, ref, name, &map, err);
	if (r == 0 && maker->is_nested)
		r = cut_map(&arena, name, &map, err);
	if (r < 0)
		return r;
	len = host_idmap_print(map, buf, MAP_TEXT_MAX);
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

/* @refs: uid map, gid map; @maker is still there afterwards */
static int make_with_maps(const struct makings *makings, const struct plan *plan,
	const struct plan_ref *refs, struct maker *maker, int *out, struct err *err)
{
	int r, fd;

	r = maker_start(makings, maker, err);
	if (r < 0)
		return r;
	r = write_map(maker, "uid_map", plan, &refs[0], err);
	if (r < 0)
		return r;
	r = write_map(maker, "gid_map", plan, &refs[1], err);
	if (r < 0)
		return r;
	fd = open_proc_file(maker, ns_file(SYS_NEWUSER), O_RDONLY, err);
	if (fd < 0)
		return fd;
	fd_replace(out, fd);
	return 0;
}

static int make_userns(const struct plan *plan, const struct plan_step *step, bool is_nested,
	struct host_slots *slots, struct err *err)
{
	_cleanup_(maker_done) struct maker maker = { .hold_fd = -1, .is_nested = is_nested };
	const struct makings makings = { .join_fd = -1, .namespaces = step->num[0] };
	int r = make_with_maps(&makings, plan, &step->ref[0], &maker, &slots->fds[step->slot], err);

	return r < 0 ? r : open_owned(&maker, plan, slots, err);
}

int host_make_idmap(
	const struct plan *plan, const struct plan_step *step, int *out, struct err *err)
{
	_cleanup_(maker_done) struct maker maker = { .hold_fd = -1 };
	const struct makings makings = { .join_fd = -1 };
	int r = make_with_maps(&makings, plan, &step->ref[1], &maker, out, err);

	return r < 0 ? err_ctx(err, "ids of '%s'", plan_string(plan, &step->ref[0])) : 0;
}

/* The config's maps decide whose files are made: they must be those of the namespace (T-25). */
static int compare_map(const struct maker *maker, const char *name, const struct plan *plan,
	const struct plan_ref *ref, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	struct host_idmap *map;
	int r = plan_map(&arena, plan, ref, name, &map, err);

	if (r < 0)
		return r;
	if (check_map(maker, name, map, &arena, err) < 0)
		return err_new(err, -EINVAL,
			"%s of the user namespace that is joined is not what "
			"/linux/%cidMappings says",
			name, name[0]);
	return 0;
}

static uint64_t list_owned(const struct plan *plan)
{
	uint64_t types = 0;

	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->kind == PLAN_OPEN_NS &&
			str_eq(plan_string(plan, &step->ref[0]), PLAN_NS_NEW_PATH))
			types |= step->num[0];
	}
	return types;
}

static int join_userns(const struct plan *plan, const struct plan_step *step,
	struct host_slots *slots, struct err *err)
{
	_cleanup_(maker_done) struct maker maker = { .hold_fd = -1 };
	struct makings makings = { .namespaces = list_owned(plan) };
	int r;

	r = host_open_ns(plan, step, &slots->fds[step->slot], err);
	if (r < 0)
		return r;
	makings.join_fd = slots->fds[step->slot];
	r = maker_start(&makings, &maker, err);
	if (r < 0)
		return r;
	r = compare_map(&maker, "uid_map", plan, &step->ref[1], err);
	if (r < 0)
		return r;
	r = compare_map(&maker, "gid_map", plan, &step->ref[2], err);
	if (r < 0)
		return r;
	return open_owned(&maker, plan, slots, err);
}

int host_open_userns(
	const struct plan *plan, bool is_nested, struct host_slots *slots, struct err *err)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->kind == PLAN_IDS)
			return make_userns(plan, step, is_nested, slots, err);
		if (step->kind == PLAN_OPEN_NS && step->num[0] == SYS_NEWUSER)
			return join_userns(plan, step, slots, err);
	}
	return 0;
}
