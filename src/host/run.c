#include <errno.h>
#include <signal.h>

#include "base/fd.h"
#include "base/log.h"
#include "sys/call.h"

#include "hooks.h"
#include "launch.h"
#include "notify.h"
#include "process.h"
#include "terminal.h"

#include "base/banned.h"

/* From COMMIT to execve: only log lines, or the reason why it failed. End of file is success, or
 * the death of caisson-init, which waiting for it will show. */
int host_wait_exec(const struct host_init *init, struct err *err)
{
	for (;;) {
		_fd_ int fd = -1;
		struct wire_msg msg;
		int r = wire_recv(init->wire, -1, &msg, &fd, err);

		if (r == WIRE_EOF)
			return 0;
		if (r < 0)
			return r;
		if (msg.type == WIRE_ERROR)
			return host_init_error(&msg, err);
		if (msg.type != WIRE_LOG)
			return err_new(
				err, -EPROTO, "caisson-init sent message %u out of turn", msg.type);
	}
}

static int start(struct host_launch *launch, struct err *err)
{
	struct host_state state;
	int r;

	r = host_wait_exec(&launch->init, err);
	if (r < 0)
		return err_ctx(err, "unable to start container process");
	host_status_of(&launch->record, HOST_RUNNING, &state);
	state.pid = launch->record.pid;
	return host_hooks_run_list("poststart", launch->record.poststart,
		launch->record.n_poststart, &state, false, err);
}

static int remove_container(
	const struct host_context *ctx, struct host_launch *launch, struct err *err)
{
	struct host_state state;
	int r;

	host_init_rollback(&launch->init);
	r = host_remove(ctx, launch->entry.root_fd, launch->record.id, &launch->record, err);
	if (r < 0)
		return r;
	host_status_of(&launch->record, HOST_STOPPED, &state);
	return host_hooks_run_list(
		"poststop", launch->record.poststop, launch->record.n_poststop, &state, true, err);
}

/* Signals wait in a signalfd from before there is a container to forward them to. */
int host_block_signals(struct err *err)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t all;

	/* What a caller ignores stays ignored, as with nohup; but SIGTERM is how run is ended. */
	(void)!sigaction(SIGTERM, &action, NULL);
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		return err_sys(err, "block signals");
	return 0;
}

static int prepare_foreground(const struct host_create_request *request, struct err *err)
{
	int r = host_block_signals(err);

	if (r < 0 || request->no_subreaper)
		return r;
	if (sys_set_child_subreaper() < 0)
		return err_sys(err, "become child subreaper");
	return 0;
}

/* ORDER: before the workload runs, which may ask for the size only once. */
int host_size_console(const struct host_init *init, struct err *err)
{
	_host_terminal_ struct host_terminal terminal = HOST_TERMINAL_NONE;
	int r;

	if (init->console < 0)
		return 0;
	r = host_terminal_open(&terminal, err);
	if (r < 0)
		return r;
	host_terminal_copy_size(&terminal, init->console);
	return 0;
}

static void trail_exit(
	const struct host_context *ctx, const struct host_launch *launch, const int *exit_code)
{
	struct host_trail_event event;

	if (ctx->trail == NULL)
		return;
	event = host_trail_of(&launch->record, "exit");
	event.exit_code = exit_code;
	host_trail_note(ctx, &event);
}

int host_run(const struct host_context *ctx, const struct host_create_request *request,
	int *exit_code, struct err *err)
{
	_host_launch_ struct host_launch launch = HOST_LAUNCH_NONE;
	_host_notify_ struct host_notify notify = HOST_NOTIFY_NONE;
	struct err remove_err;
	int r = 0;

	if (!request->detach)
		r = prepare_foreground(request, err);
	if (r < 0)
		return r;
	r = host_launch(ctx, request, false, &launch, err);
	if (r < 0)
		return r;
	r = host_size_console(&launch.init, err);
	if (r < 0)
		return r;
	r = host_notify_listen(launch.entry.entry_fd, launch.record.selinux_label, &notify, err);
	if (r == 0)
		r = host_launch_commit(&launch, err);
	if (r < 0)
		return r;
	/* the lock is for create; state, kill and exec must get in while the workload runs */
	fd_cleanup(&launch.entry.entry_fd);
	r = host_trail_step(ctx, &launch.record, "start", start(&launch, err), err);
	if (r == 0 && request->detach) {
		*exit_code = 0;
		r = host_notify_wait(&notify, launch.init.pidfd, launch.init.pid, err);
		if (r == 0) {
			launch.init.pid = -1;
			return 0;
		}
	}
	if (r == 0)
		r = host_notify_fork(&notify, &launch.init, err);
	if (r == 0)
		r = host_wait_foreground(&launch.init, exit_code, err);
	if (r == 0)
		trail_exit(ctx, &launch, exit_code);
	if (r == 0 && request->keep)
		return 0;
	if (remove_container(ctx, &launch, r < 0 ? &remove_err : err) < 0)
		return r < 0 ? r : err->code;
	return r;
}
