/*
 * caisson-init: carries out a plan inside, gives up privilege, becomes the workload.
 *
 * PROCESS CARD
 * started by:  caisson, from a sealed memfd, as "caisson-init PLAN_FD"; descriptors as in
 *              plan/format.h, stdio that will be the workload's
 * namespaces:  stage build: new or joined mount, pid, net, ipc, uts, cgroup, time namespaces; still
 *              the user namespace of caisson. Stage confine: the container's user namespace as well
 * credentials: build: those of caisson (root of its user namespace), files made as the container's
 *              root. confine and start: what the plan gives the workload, nothing else
 * may:         what the steps of the plan say, in their order, through the descriptors it was given
 * must not:    parse, decide, allocate, look anything up on the host, follow a path of the container
 *              outside its root, trust a procfs that is not its own, leave a descriptor behind
 * ends:        by execve() of the workload, or sys_exit() after WIRE_ERROR
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "base/str.h"
#include "wire/wire.h"

#include "init.h"

#include "base/banned.h"

enum {
	EXIT_REFUSED = 1,
	EXIT_AFTER_START = 255, /* what runc's init ends with, and docker shows */
};

/* Where log messages go. The one mutable file-scope variable of caisson-init: a log sink has no
 * argument that could carry it. */
static int log_wire = -1;

static void send_log(enum log_level level, const char *msg)
{
	struct err ignored;

	if (log_wire >= 0)
		(void)!wire_send(log_wire, WIRE_LOG, (int)level, msg, -1, &ignored);
}

void init_stop_logging(void)
{
	log_set_sink(NULL, LOG_WARN);
	log_wire = -1;
}

static int map_plan(int fd, struct plan *plan, struct err *err)
{
	struct stat st;
	void *data;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "read the plan");
	if (st.st_size <= 0 || st.st_size > PLAN_SIZE_MAX)
		return err_new(err, -EFBIG, "plan of %lld bytes", (long long)st.st_size);
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return err_sys(err, "map the plan");
	return plan_open(data, (size_t)st.st_size, plan, err);
}

static void ignore_sigpipe(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	/* a hook that does not read its input is no error (HOOK-07) */
	sigaction(SIGPIPE, &ignore, NULL);
}

/* What holds for the whole life of this process, whatever the plan says. */
static int prepare_process(int wire, struct err *err)
{
	/* SECURITY: no descriptor of ours reaches a hook or the workload (T-01, T-02) */
	if (sys_close_range_cloexec((unsigned)wire, ~0U) < 0)
		return err_sys(err, "mark descriptors close-on-exec");
	/* SECURITY: processes already in the container can't ptrace or read us (CVE-2016-9962) */
	if (sys_set_dumpable(false) < 0)
		return err_sys(err, "become unreadable for other processes");
	if (sys_set_name("caisson-init") < 0)
		return err_sys(err, "set the process name");
	/* Only a session's leader can take a controlling terminal, and one's own session is what
	 * keeps the workload from its caller's (T-25). EPERM: we lead one already. */
	(void)setsid();
	umask(0); /* modes in the plan are exact; PLAN_UMASK sets the workload's */
	ignore_sigpipe();
	return 0;
}

static int start(struct init_ctx *ctx, struct plan *plan, int plan_fd, struct err *err)
{
	int r;

	r = prepare_process(ctx->wire, err);
	if (r < 0)
		return r;
	r = map_plan(plan_fd, plan, err);
	if (r < 0)
		return r;
	if (plan_slot_fd(plan, PLAN_SLOT_PLAN) != plan_fd)
		return err_new(err, -EINVAL, "plan expects itself at descriptor %d, not %d",
			plan_slot_fd(plan, PLAN_SLOT_PLAN), plan_fd);
	/* SECURITY: nor does one that caisson's caller left open stay while we wait (T-01) */
	if (sys_close_range(plan->header->first_slot_fd + plan->header->n_slots, ~0U) < 0)
		return err_sys(err, "close descriptors");
	ctx->plan = plan;
	return init_run(ctx, err);
}

/* The C library's would pull in all of stdio. A bug of ours ends the container, not the host. */
_noreturn_ void init_assert_failed(const char *expression, const char *file, int line,
	const char *function) __asm__("__assert_fail");

void init_assert_failed(const char *expression, const char *file, int line, const char *function)
{
	struct err err;

	err_new(&err, -ENOTRECOVERABLE, "bug in caisson-init: %s:%d: %s: '%s' is not true", file,
		line, function, expression);
	if (log_wire >= 0)
		wire_send_err(log_wire, &err);
	sys_exit(EXIT_AFTER_START);
}

/* After the gate of create nobody listens any more: say it on stderr, as runc does. */
static _noreturn_ void fail_after_start(const struct err *err)
{
	(void)!write(STDERR_FILENO, err->msg, strlen(err->msg));
	(void)!write(STDERR_FILENO, "\n", 1);
	sys_exit(EXIT_AFTER_START);
}

int main(int argc, char **argv)
{
	struct init_ctx ctx = { .wire = -1,
		.root = -1,
		.dir = -1,
		.old_root = -1,
		.proc = -1,
		.landlock = -1,
		.masks = -1 };
	struct plan plan;
	struct err err = { 0 };
	uint64_t plan_fd;

	if (argc != 2 || !num_u64(argv[1], INT_MAX, &plan_fd) || plan_fd <= STDERR_FILENO) {
		static const char text[] = "caisson-init is started by caisson only\n";

		(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
		sys_exit(EXIT_REFUSED);
	}
	/* the slots are consecutive, so the wire is known before the plan is read */
	ctx.wire = (int)plan_fd - PLAN_SLOT_PLAN + PLAN_SLOT_WIRE;
	log_wire = ctx.wire;
	log_set_sink(send_log, LOG_INFO);
	(void)start(&ctx, &plan, (int)plan_fd, &err);
	if (ctx.wire < 0)
		fail_after_start(&err);
	wire_send_err(ctx.wire, &err);
	sys_exit(EXIT_REFUSED);
}
