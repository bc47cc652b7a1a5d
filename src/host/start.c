#include <errno.h>
#include <signal.h>

#include "base/fd.h"
#include "base/log.h"
#include "sys/call.h"

#include "hooks.h"
#include "launch.h"
#include "notify.h"
#include "process.h"

#include "base/banned.h"

static int check_status(enum host_status_kind status, struct err *err)
{
	switch (status) {
	case HOST_CREATED:
		return 0;
	case HOST_RUNNING:
		return err_new(err, -EBUSY, "cannot start an already running container");
	case HOST_PAUSED:
		return err_new(err, -EBUSY, "cannot start a container in the paused state");
	case HOST_CREATING:
	case HOST_STOPPED:
	default:
		return err_new(err, -ESRCH, "cannot start a container that has stopped");
	}
}

static int open_gate(int entry_fd, struct err *err)
{
	_fd_ int gate = -1;
	int r = store_gate_open(entry_fd, &gate, err);

	if (r == STORE_ABSENT)
		return check_status(HOST_RUNNING, err);
	/* no reader: the first process died between the look at it and now */
	if (r == -ENXIO)
		return check_status(HOST_STOPPED, err);
	if (r < 0)
		return r;
	if (fd_write_all(gate, "0", 1) < 0)
		return err_sys(err, "open the start gate");
	return store_gate_remove(entry_fd, err);
}

int host_start(const struct host_context *ctx, const char *id, struct err *err)
{
	_host_entry_ struct host_entry entry = HOST_ENTRY_NONE;
	_host_notify_ struct host_notify notify = HOST_NOTIFY_NONE;
	_arena_ struct arena arena = { 0 };
	struct host_open_request request = { .id = id, .lock = true };
	struct store_record record;
	struct host_state state;
	struct err ignored;
	_fd_ int pidfd = -1;
	int r;

	r = host_open(ctx, &request, &arena, &entry, &record, err);
	if (r < 0)
		return r;
	r = check_status(host_record_status(entry.entry_fd, &record), err);
	if (r < 0)
		return r;
	r = host_process_pin(&record, &pidfd, err);
	if (r != 0)
		return r < 0 ? r : check_status(HOST_STOPPED, err);
	r = host_notify_listen(entry.entry_fd, record.selinux_label, &notify, err);
	if (r == 0)
		r = open_gate(entry.entry_fd, err);
	if (r < 0)
		return r;
	host_status_of(&record, HOST_RUNNING, &state);
	r = host_hooks_run_list(
		"poststart", record.poststart, record.n_poststart, &state, false, err);
	if (host_trail_step(ctx, &record, "start", r, err) == 0) {
		fd_cleanup(&entry.entry_fd); /* others may get at it while we wait */
		return host_notify_wait(&notify, pidfd, record.pid, err);
	}
	/* a failing poststart hook ends the container (oci-checklist T-03) */
	if (sys_pidfd_send_signal(pidfd, SIGKILL) == 0 &&
		host_process_wait(pidfd, 10000, &ignored) < 0)
		log_warn("%s; leaving it to delete", ignored.msg);
	return r;
}
