#include <errno.h>
#include <signal.h>

#include "base/fd.h"
#include "base/log.h"
#include "sys/call.h"

#include "hooks.h"
#include "launch.h"
#include "overlay.h"
#include "process.h"
#include "recover.h"

#include "base/banned.h"

enum {
	KILL_WAIT_MS = 10000
};

/* End every process of the container. Its cgroups are swept too: a frozen container has to be
 * thawed to die, and without a pid namespace of its own the others outlive the first process. */
static int kill_processes(const struct store_record *record, struct err *err)
{
	_fd_ int pidfd = -1;
	int r = host_process_pin(record, &pidfd, err);

	/* an interrupted create may not have written down which process it is */
	if (r == HOST_PROCESS_GONE)
		return record->has_pid_ns && record->complete ? 0 : cgroup_kill(record, err);
	if (r < 0)
		return r;
	if (sys_pidfd_send_signal(pidfd, SIGKILL) < 0 && errno != ESRCH)
		return err_sys(err, "unable to signal init");
	r = cgroup_kill(record, err);
	if (r < 0)
		return r;
	return host_process_wait(pidfd, KILL_WAIT_MS, err);
}

/* Killed between its claim and its first record, a create has ids that no record names. */
static bool may_hold_ids(const struct host_context *ctx, const struct store_record *record)
{
	return record->ids_base != 0 || (!record->complete && !ctx->rootless);
}

static int remove_all(const struct host_context *ctx, int root_fd, const char *id,
	const struct store_record *record, struct err *err)
{
	int r;

	r = kill_processes(record, err);
	if (r < 0)
		return r;
	r = cgroup_remove(record, err);
	if (r < 0)
		return r;
	r = host_overlay_remove(record, err);
	if (r < 0)
		return r;
	if (may_hold_ids(ctx, record)) {
		r = ids_release(HOST_IDS_REGISTRY, record->ids_base, ctx->root, id, err);
		if (r < 0)
			return r;
	}
	return store_remove_entry(root_fd, id, err);
}

/* The cgroup is about to go, and what it has counted with it. */
static void trail_oom(const struct host_context *ctx, const struct store_record *record)
{
	struct host_trail_event event = host_trail_of(record, "oom");

	event.n_killed = cgroup_oom_count(record);
	if (event.n_killed > 0)
		host_trail_note(ctx, &event);
}

int host_remove(const struct host_context *ctx, int root_fd, const char *id,
	const struct store_record *record, struct err *err)
{
	struct host_trail_event event;
	int r;

	if (ctx->trail == NULL)
		return remove_all(ctx, root_fd, id, record, err);
	event = host_trail_of(record, "delete");
	event.id = id;
	trail_oom(ctx, record);
	r = remove_all(ctx, root_fd, id, record, err);
	return host_trail_result(ctx, &event, r, err);
}

int host_remove_stopped(const struct host_context *ctx, int root_fd,
	const struct store_record *record, struct err *err)
{
	struct host_state state;
	int r;

	r = host_remove(ctx, root_fd, record->id, record, err);
	if (r < 0)
		return r;
	host_status_of(record, HOST_STOPPED, &state);
	return host_hooks_run_list(
		"poststop", record->poststop, record->n_poststop, &state, true, err);
}

static int check_status(const char *id, enum host_status_kind status, bool force, struct err *err)
{
	/* a created container may be deleted as it is: containerd relies on it (T-01) */
	if (force || status == HOST_STOPPED || status == HOST_CREATED)
		return 0;
	return err_new(err, -EBUSY, "cannot delete container %s that is not stopped: %s", id,
		host_status_name(status));
}

/* The record is not there, not complete or not readable: what is left is removed, and all that is
 * known of it with it. */
static int delete_damaged(const struct host_context *ctx, const char *id, struct err *err)
{
	_host_entry_ struct host_entry entry = HOST_ENTRY_NONE;
	_arena_ struct arena arena = { 0 };
	struct store_record record = { .id = id };
	struct err damage;
	int r;

	r = store_open_root(ctx->root, false, &entry.root_fd, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = store_open_entry(entry.root_fd, id, &entry.entry_fd, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = store_lock_entry(entry.entry_fd, err);
	if (r < 0)
		return r;
	if (store_load(&arena, entry.entry_fd, id, &record, &damage) < 0) {
		log_warn("%s; removing what can be found of the container", damage.msg);
		r = host_recover(ctx, &arena, id, &record, err);
		if (r < 0)
			return r;
	}
	return host_remove(ctx, entry.root_fd, id, &record, err);
}

static int delete_container(const struct host_context *ctx, struct host_entry *entry,
	const struct store_record *record, bool force, struct err *err)
{
	int r = check_status(record->id, host_record_status(entry->entry_fd, record), force, err);

	return r < 0 ? r : host_remove_stopped(ctx, entry->root_fd, record, err);
}

int host_delete(const struct host_context *ctx, const char *id, bool force, struct err *err)
{
	_host_entry_ struct host_entry entry = HOST_ENTRY_NONE;
	_arena_ struct arena arena = { 0 };
	struct host_open_request request = { .id = id, .lock = true };
	struct store_record record;
	int r;

	r = store_id_check(id, err);
	if (r < 0)
		return r;
	r = host_open(ctx, &request, &arena, &entry, &record, err);
	if (r == 0)
		return delete_container(ctx, &entry, &record, force, err);
	if (!force)
		return r;
	host_entry_rollback(&entry); /* lets go of the lock that delete_damaged() takes */
	return delete_damaged(ctx, id, err);
}
