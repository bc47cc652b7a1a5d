#include <errno.h>
#include <signal.h>

#include "base/fd.h"
#include "sys/call.h"

#include "launch.h"
#include "overlay.h"
#include "process.h"

#include "base/banned.h"

static int signal_stopped(const struct store_record *record, int signo, bool all, struct err *err)
{
	if (!all)
		return err_new(err, -ESRCH, "container not running");
	/* without a pid namespace of its own, its processes outlive the first one */
	if (!record->has_pid_ns)
		return cgroup_signal(record, signo, err);
	return 0;
}

/* A program that is to go on may be asked to read what was put into its files for it. */
static bool ends_process(int signo)
{
	return signo == 0 || signo == SIGKILL || signo == SIGTERM || signo == SIGINT ||
	       signo == SIGQUIT || signo == SIGSTOP;
}

static int kill_container(const struct store_record *record, int signo, bool all, struct err *err)
{
	_fd_ int pidfd = -1;
	int r = host_process_pin(record, &pidfd, err);

	if (r == HOST_PROCESS_GONE)
		return signal_stopped(record, signo, all, err);
	if (r < 0)
		return r;
	/* without a pid namespace of its own, its processes would outlive the first one */
	if (signo == SIGKILL && record->n_cgroups > 0 && !record->has_pid_ns)
		return cgroup_kill(record, err);
	if (all && !record->has_pid_ns)
		return cgroup_signal(record, signo, err);
	if (!ends_process(signo))
		host_overlay_refresh(record);
	/* SECURITY: through the pidfd that was compared with the record, never by number (T-41) */
	if (sys_pidfd_send_signal(pidfd, signo) < 0) {
		if (errno == ESRCH)
			return signal_stopped(record, signo, all, err);
		return err_sys(err, "unable to signal init");
	}
	if (signo == SIGKILL)
		cgroup_thaw(record);
	return 0;
}

int host_kill(const struct host_context *ctx, const char *id, int signo, bool all, struct err *err)
{
	_host_entry_ struct host_entry entry = HOST_ENTRY_NONE;
	_arena_ struct arena arena = { 0 };
	struct host_open_request request = { .id = id };
	struct host_trail_event event;
	struct store_record record;
	int r;

	r = host_open(ctx, &request, &arena, &entry, &record, err);
	if (r < 0)
		return r;
	r = kill_container(&record, signo, all, err);
	if (ctx->trail == NULL || signo == 0)
		return r;
	event = host_trail_of(&record, "kill");
	event.signo = signo;
	return host_trail_result(ctx, &event, r, err);
}
