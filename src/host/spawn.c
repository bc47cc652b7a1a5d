#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"
#include "wire/wire.h"

#include "launch.h"

#include "base/banned.h"

/* Namespaces that take effect on children only are entered by caisson itself around the clone,
 * and left again, so that its other children (hooks) stay outside. */
struct detour {
	int pid_fd; /* our own, to come back; -1 = not away */
	int time_fd;
};

static void detour_back(struct detour *d)
{
	if (d->pid_fd >= 0 && sys_setns(d->pid_fd, SYS_NEWPID) < 0)
		_exit(1); /* nothing of ours may run in the container's pid namespace */
	if (d->time_fd >= 0 && sys_setns(d->time_fd, SYS_NEWTIME) < 0)
		_exit(1);
	fd_cleanup(&d->pid_fd);
	fd_cleanup(&d->time_fd);
}

static int open_own(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 ? fd : err_sys(err, "open '%s'", path);
}

static int enter_pid_ns(int target, bool for_good, struct detour *d, struct err *err)
{
	int own;

	/* exec has no other children: it need not come back, and as an ordinary user could not */
	if (for_good)
		return sys_setns(target, SYS_NEWPID) == 0 ? 0 : err_sys(err, "join pid namespace");
	own = open_own("/proc/self/ns/pid", err);
	if (own < 0)
		return own;
	if (sys_setns(target, SYS_NEWPID) < 0) {
		err_sys(err, "join pid namespace");
		close(own);
		return err->code;
	}
	d->pid_fd = own;
	return 0;
}

static int enter_new_time_ns(struct detour *d, struct err *err)
{
	int own = open_own("/proc/self/ns/time", err);

	if (own < 0)
		return own;
	if (sys_unshare(SYS_NEWTIME) < 0) {
		err_sys(err, "create time namespace");
		close(own);
		return err->code;
	}
	d->time_fd = own;
	return 0;
}

static int detour_enter(
	const struct plan *plan, const struct host_slots *slots, struct detour *d, struct err *err)
{
	bool for_good = (plan->header->flags & PLAN_FLAG_JOIN) != 0;

	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->kind == PLAN_OPEN_NS && step->num[0] == SYS_NEWPID) {
			int r = enter_pid_ns(slots->fds[step->slot], for_good, d, err);

			if (r < 0)
				return r;
		}
	}
	if ((plan->header->flags & PLAN_FLAG_CREATE_TIMENS) != 0)
		return enter_new_time_ns(d, err);
	return 0;
}

/* Move every descriptor above the numbers it will be given, so that putting one in its place
 * never covers another. */
static int lift_slots(const struct plan *plan, struct host_slots *slots, struct err *err)
{
	int above = (int)(plan->header->first_slot_fd + plan->header->n_slots);

	for (size_t i = 0; i < slots->n; i++) {
		int fd;

		if (slots->fds[i] < 0 || slots->fds[i] >= above)
			continue;
		fd = fcntl(slots->fds[i], F_DUPFD_CLOEXEC, above);
		if (fd < 0)
			return err_sys(err, "move descriptor");
		fd_replace(&slots->fds[i], fd);
	}
	return 0;
}

struct becoming {
	const struct plan *plan;
	const struct host_slots *slots;
	int program_fd;
};

/* Child: put the descriptors in their places and become caisson-init. It works on our memory, with
 * a table of descriptors of its own; the sealed program is the first and last thing it runs. */
static void become_init(void *arg)
{
	const struct becoming *becoming = arg;
	const struct plan *plan = becoming->plan;
	const struct host_slots *slots = becoming->slots;
	char number[16];
	char name[] = "caisson-init";
	char *argv[] = { name, number, NULL };
	char *envp[] = { NULL };
	struct err err;

	str_fmt(number, sizeof(number), "%d", plan_slot_fd(plan, PLAN_SLOT_PLAN));
	/* SECURITY: what our caller left open at a number we don't use (T-01) */
	if (slots->n > 0 && sys_close_range((unsigned)plan_slot_fd(plan, 0),
				    (unsigned)plan_slot_fd(plan, (int)slots->n - 1)) < 0)
		_exit(126);
	for (size_t i = 0; i < slots->n; i++) {
		if (slots->fds[i] >= 0 && dup2(slots->fds[i], plan_slot_fd(plan, (int)i)) < 0)
			_exit(126);
	}
	if (sys_execveat(becoming->program_fd, "", argv, envp) < 0)
		err_sys(&err, "start caisson-init");
	wire_send_err(plan_slot_fd(plan, PLAN_SLOT_WIRE), &err);
	_exit(127);
}

int host_spawn(const struct plan *plan, struct host_slots *slots, int cgroup_fd,
	struct host_init *out, struct err *err)
{
	_cleanup_(detour_back) struct detour detour = { .pid_fd = -1, .time_fd = -1 };
	_fd_ int program = -1;
	int pidfd = -1, r;
	struct sys_clone_args args = {
		.flags = plan->header->clone_flags | SYS_CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};

	r = lift_slots(plan, slots, err);
	if (r < 0)
		return r;
	r = host_open_init(&program, err);
	if (r < 0)
		return r;
	fd_replace(&program, fcntl(program, F_DUPFD_CLOEXEC,
				     (int)(plan->header->first_slot_fd + plan->header->n_slots)));
	if (program < 0)
		return err_sys(err, "move descriptor");
	if (cgroup_fd >= 0) {
		args.flags |= SYS_CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup_fd;
	}
	r = detour_enter(plan, slots, &detour, err);
	if (r < 0)
		return r;
	out->pid = sys_spawn(&args, (plan->header->flags & PLAN_FLAG_CREATE_TIMENS) == 0,
		become_init, &(struct becoming){ plan, slots, program });
	if (out->pid < 0)
		return err_sys(err, "create the container's namespaces");
	out->pidfd = pidfd;
	return 0;
}
