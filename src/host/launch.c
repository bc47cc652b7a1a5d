#include "launch.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "sys/call.h"

#include "clock.h"
#include "hooks.h"
#include "notify.h"
#include "overlay.h"
#include "process.h"
#include "relabel.h"
#include "shift.h"
#include "terminal.h"

#include "base/banned.h"

/* --- undo ------------------------------------------------------------------------------------- */

void host_init_rollback(struct host_init *init)
{
	if (init->pid > 0) {
		(void)!sys_pidfd_send_signal(init->pidfd, SIGKILL);
		(void)waitpid(init->pid, NULL, __WALL);
	}
	init->pid = -1;
	fd_cleanup(&init->pidfd);
	fd_cleanup(&init->wire);
	fd_cleanup(&init->console);
}

void host_entry_rollback(struct host_entry *entry)
{
	struct err ignored;

	if (entry->created && store_remove_entry(entry->root_fd, entry->id, &ignored) < 0)
		log_warn("%s; the state directory stays", ignored.msg);
	entry->created = false;
	fd_cleanup(&entry->entry_fd);
	fd_cleanup(&entry->root_fd);
}

static void run_poststop(struct host_launch *launch)
{
	struct host_state state;
	struct err ignored;

	host_status_of(&launch->record, HOST_STOPPED, &state);
	(void)!host_hooks_run_list("poststop", launch->record.poststop, launch->record.n_poststop,
		&state, true, &ignored);
}

void host_launch_rollback(struct host_launch *launch)
{
	struct err ignored;

	host_init_rollback(&launch->init);
	fd_cleanup(&launch->confine_fd);
	host_slots_done(&launch->slots);
	if (launch->made_work && host_overlay_remove(&launch->record, &ignored) < 0)
		log_warn("%s; it stays", ignored.msg);
	cgroup_set_rollback(&launch->cgroups);
	ids_claim_rollback(&launch->ids);
	host_entry_rollback(&launch->entry);
	if (launch->hooks_ran) /* oci-checklist 2.4: a failed create ends with steps 12 and 13 */
		run_poststop(launch);
	arena_done(&launch->arena);
}

/* --- state record ------------------------------------------------------------------------------ */

static void fill_record(struct host_launch *launch, const struct host_context *ctx, const char *id,
	const char *bundle)
{
	const struct policy_decisions *d = &launch->preview.decisions;
	const struct config *config = &d->config;

	launch->record = (struct store_record){
		.id = id,
		.creator_pid = getpid(),
		.has_pid_ns = config->namespaces[CONFIG_NS_PID].present &&
			      config->namespaces[CONFIG_NS_PID].path == NULL,
		.check_memory = config->resources.memory_check_before_update,
		.memory_required = d->profile->memory_required,
		.pids_required = d->profile->pids_required,
		.devices_limited = d->profile->devices_limited,
		.rootless = ctx->rootless,
		.bundle = bundle,
		.rootfs = policy_absolute(&launch->arena, bundle, config->root_path),
		.created = host_clock_now(&launch->arena),
		.profile = d->profile->name,
		.rung = policy_rung_name(d),
		.overlay_work = host_overlay_work(&launch->preview.plan),
		.ids_base = launch->ids.base,
		.selinux_label = plan_selinux_label(&launch->preview.plan),
		.annotation_keys = config->annotation_keys,
		.annotation_values = config->annotation_values,
		.poststart = config->hooks[CONFIG_HOOK_POSTSTART].items,
		.n_poststart = config->hooks[CONFIG_HOOK_POSTSTART].n,
		.poststop = config->hooks[CONFIG_HOOK_POSTSTOP].items,
		.n_poststop = config->hooks[CONFIG_HOOK_POSTSTOP].n,
	};
	(void)!host_process_start(getpid(), &launch->record.creator_start_time);
}

/* --- steps -------------------------------------------------------------------------------------- */

/* A directory whose create was killed: nobody holds its lock, and its record is not complete. */
static int clear_interrupted(
	const struct host_context *ctx, int root_fd, const char *id, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	_fd_ int entry = -1;
	struct store_record record = { .id = id };
	int r;

	r = store_open_entry(root_fd, id, &entry, err);
	if (r != 0)
		return r < 0 ? r : 0;
	if (sys_flock(entry, true, false) < 0)
		return -EEXIST;
	r = store_load(&arena, entry, id, &record, err);
	if (r < 0 || (r == 0 && record.complete))
		return -EEXIST;
	log_debug("container '%s': removing what an interrupted create left", id);
	return host_remove(ctx, root_fd, id, &record, err);
}

static int enter_state_dir(
	const struct host_context *ctx, const char *id, struct host_entry *out, struct err *err)
{
	struct err exists;
	int r;

	r = store_open_root(ctx->root, true, &out->root_fd, err);
	if (r < 0)
		return r;
	out->id = id;
	/* ORDER: the root is locked while an entry is made and locked, so that nobody takes a
	 * directory that is a moment old for one whose create was killed. */
	if (sys_flock(out->root_fd, true, true) < 0)
		return err_sys(err, "lock state directory '%s'", ctx->root);
	r = store_create_entry(out->root_fd, id, &out->entry_fd, &exists);
	if (r == -EEXIST && clear_interrupted(ctx, out->root_fd, id, err) == 0)
		r = store_create_entry(out->root_fd, id, &out->entry_fd, &exists);
	if (r < 0) {
		*err = exists;
		return r;
	}
	out->created = true;
	/* the lock of the root goes with this: others may come in now */
	return r;
}

static int unlock_root(struct host_entry *entry, struct err *err)
{
	if (sys_flock_unlock(entry->root_fd) < 0)
		return err_sys(err, "unlock state directory");
	return 0;
}

static int claim_ids(
	const struct host_context *ctx, struct host_launch *launch, const char *id, struct err *err)
{
	const struct policy_decisions *d = &launch->preview.decisions;
	struct ids_share share;
	struct ids_pool pool;
	int r;

	if (!d->claims_ids)
		return 0;
	if (d->ids_shared != 0) {
		share = (struct ids_share){ d->ids_shared, d->ids_shared_with, ctx->root, id };
		return ids_share(HOST_IDS_REGISTRY, &share, &launch->ids, err);
	}
	r = ids_load_pool(ctx->id_user, "/etc/subuid", "/etc/subgid", &pool, err);
	if (r < 0)
		return r;
	return ids_claim(&pool, HOST_IDS_REGISTRY, ctx->root, id, &launch->ids, err);
}

static int make_plan(const struct host_context *ctx, const struct host_create_request *request,
	bool wait_start, const char *bundle, struct host_launch *launch, struct err *err)
{
	struct plan_request plan;
	int r = host_plan_request(ctx, request, &launch->preview, &launch->arena, &plan, err);

	if (r < 0)
		return r;
	plan.bundle = bundle;
	plan.ids_base = launch->ids.base;
	plan.wait_start = wait_start;
	plan.foreground = !wait_start && !request->detach;
	return plan_build(&launch->arena, &launch->preview.decisions, launch->preview.facts, &plan,
		&launch->preview.plan, err);
}

static bool has_late_cgroups(const struct plan *plan)
{
	return (plan->header->flags & PLAN_FLAG_LATE_CGROUPS) != 0;
}

static int enter_cgroups_by_slot(struct host_launch *launch, struct err *err)
{
	int r = cgroup_create_rest(&launch->arena, &launch->preview.plan, &launch->cgroups, err);

	for (size_t i = 0; r == 0 && i < launch->cgroups.n_dirs; i++) {
		struct cgroup_dir *dir = &launch->cgroups.dirs[i];

		if (dir->tasks_fd >= 0)
			launch->slots.fds[dir->slot] = fd_take(&dir->tasks_fd);
	}
	return r;
}

/* caisson-init is at work on another processor, and takes them when it gets there. */
static int enter_cgroups_by_wire(struct host_launch *launch, struct err *err)
{
	int r = cgroup_create_rest(&launch->arena, &launch->preview.plan, &launch->cgroups, err);
	int fds[STORE_CGROUPS_MAX];
	size_t n = 0;

	if (r < 0)
		return r;
	for (size_t i = 0; i < launch->cgroups.n_dirs; i++) {
		if (launch->cgroups.dirs[i].tasks_fd >= 0)
			fds[n++] = launch->cgroups.dirs[i].tasks_fd;
	}
	if (n == 0) /* it waits for none: it was born in a unit whose limits came late */
		return 0;
	r = wire_send_fds(launch->init.wire, WIRE_CGROUPS, fds, n, err);
	/* what became of a caisson-init that is gone is the next thing we hear of it */
	return r == -EPIPE ? 0 : r;
}

static int collect_slots(struct host_launch *launch, bool wait_start, struct err *err)
{
	const struct plan *plan = &launch->preview.plan;
	struct host_slots *slots = &launch->slots;
	int pair[2], r;

	r = host_slots_init(&launch->arena, plan, slots, err);
	if (r < 0)
		return r;
	r = host_open_userns(plan, !launch->preview.facts->initial_userns, slots, err);
	if (r < 0)
		return r;
	r = cgroup_create_v2(&launch->arena, plan, &launch->cgroups, err);
	if (r < 0)
		return r;
	if (!has_late_cgroups(plan)) {
		r = enter_cgroups_by_slot(launch, err);
		if (r < 0)
			return r;
	}
	r = host_open_sources(plan, slots, err);
	if (r < 0)
		return r;
	r = host_open_overlay(plan, slots, &launch->made_work, err);
	if (r < 0)
		return r;
	r = host_open_plan(plan, &slots->fds[PLAN_SLOT_PLAN], err);
	if (r < 0)
		return r;
	if (wait_start) {
		r = store_gate_create(launch->entry.entry_fd, &slots->fds[PLAN_SLOT_GATE], err);
		if (r < 0)
			return r;
	}
	r = wire_pair(pair, err);
	if (r < 0)
		return r;
	launch->init.wire = pair[0];
	slots->fds[PLAN_SLOT_WIRE] = pair[1];
	return 0;
}

static int shift_tree(
	const struct host_context *ctx, const struct host_launch *launch, struct err *err)
{
	struct ids_pool pool;
	int r;

	if (launch->preview.decisions.rung != POLICY_RUNG_CHOWN)
		return 0;
	r = ids_load_pool(ctx->id_user, "/etc/subuid", "/etc/subgid", &pool, err);
	return r < 0 ? r : host_shift_tree(&launch->preview.plan, &pool.blocks, err);
}

static int spawn(struct host_launch *launch, struct err *err)
{
	const struct plan *plan = &launch->preview.plan;
	const struct cgroup_dir *birthplace = cgroup_birthplace(&launch->cgroups);
	int r;

	r = host_spawn(plan, &launch->slots, birthplace != NULL ? birthplace->dir_fd : -1,
		&launch->init, err);
	if (r < 0)
		return r;
	launch->record.pid = launch->init.pid;
	r = cgroup_enter_unit(&launch->cgroups, launch->init.pid, err);
	if (r < 0)
		return r;
	if (!host_process_start(launch->init.pid, &launch->record.pid_start_time))
		launch->record.pid_start_time = 0; /* it is dead already; the wire will say why */
	/* ORDER: our copies of its descriptors go before we wait: end of file must mean that
	 * caisson-init itself is gone. Detached mounts are attached by now or soon (design 8.5). */
	fd_cleanup(&launch->slots.fds[PLAN_SLOT_WIRE]);
	return has_late_cgroups(plan) ? enter_cgroups_by_wire(launch, err) : 0;
}

/* --- the line ------------------------------------------------------------------------------------ */

int host_check_terminal(const struct host_terminal_wish *wish, struct err *err)
{
	if (wish->terminal && !wish->foreground && !wish->by_socket)
		return err_new(err, -EINVAL,
			"cannot allocate tty if runc will detach without setting console socket");
	if (wish->by_socket && (!wish->terminal || wish->foreground))
		return err_new(err, -EINVAL,
			"cannot use console socket if runc will not detach or allocate tty");
	if (wish->terminal && wish->foreground) {
		_host_terminal_ struct host_terminal probe = HOST_TERMINAL_NONE;

		return host_terminal_open(&probe, err);
	}
	return 0;
}

/* CAP-02: not an error; the words are runc's, which conformance tests look for */
static void warn_of_unknown_caps(const struct config_caps *caps)
{
	_str_buf_ struct str_buf list = { 0 };
	char name[64];

	for (size_t i = 0; i < caps->unknown.n; i++)
		str_buf_fmt(&list, "%s%s", i > 0 ? " " : "",
			str_escape(name, sizeof(name), caps->unknown.items[i]));
	if (list.len > 0 && !list.failed)
		log_warn("ignoring unknown or unavailable capabilities: [%s]", list.data);
}

static int decide(const struct host_context *ctx, const struct host_create_request *request,
	bool foreground, struct host_launch *launch, const char **bundle, struct err *err)
{
	const struct policy_decisions *d = &launch->preview.decisions;
	struct host_terminal_wish wish = {
		.by_socket = request->console_socket != NULL,
		.foreground = foreground,
	};
	int r;

	r = host_decide(ctx, request, NULL, &launch->arena, &launch->preview, bundle, err);
	if (r < 0)
		return r;
	r = host_trail_decided(ctx, request->id, *bundle, d, err);
	if (r < 0)
		return r;
	if (d->n_refused > 0)
		return host_refuse(d, *bundle, err);
	for (size_t i = 0; i < d->n_findings; i++)
		log_debug("%s: %s: %s: %s, %s", policy_verdict_name(d->findings[i].verdict),
			d->findings[i].rule, d->findings[i].pointer, d->findings[i].found,
			d->findings[i].decided);
	warn_of_unknown_caps(&d->config.process.caps);
	wish.terminal = d->config.process.terminal;
	return host_check_terminal(&wish, err);
}

static int launch(const struct host_context *ctx, const struct host_create_request *request,
	bool wait_start, struct host_launch *out, struct err *err)
{
	bool foreground = !wait_start && !request->detach;
	const char *bundle;
	int r;

	r = store_id_check(request->id, err);
	if (r < 0)
		return r;
	r = decide(ctx, request, foreground, out, &bundle, err);
	if (r < 0)
		return r;
	r = enter_state_dir(ctx, request->id, &out->entry, err);
	if (r < 0)
		return r;
	r = unlock_root(&out->entry, err);
	if (r < 0)
		return r;
	r = claim_ids(ctx, out, request->id, err);
	if (r < 0)
		return r;
	r = make_plan(ctx, request, wait_start, bundle, out, err);
	if (r < 0)
		return r;
	fill_record(out, ctx, request->id, bundle);
	out->record.transient = foreground && !request->keep;
	r = cgroup_list(&out->arena, &out->preview.plan, &out->record, err);
	if (r < 0)
		return r;
	/* ORDER: what is about to be made is written down first, for delete --force after a crash */
	r = store_save(out->entry.entry_fd, &out->record, err);
	if (r < 0)
		return r;
	if (host_notify_wanted()) {
		r = host_notify_create(out->entry.entry_fd, err);
		if (r < 0)
			return r;
	}
	r = shift_tree(ctx, out, err);
	if (r == 0 && out->preview.decisions.config.mount_label != NULL)
		r = host_relabel(&out->preview.plan, err);
	if (r == 0)
		r = collect_slots(out, wait_start, err);
	if (r < 0)
		return err_ctx(err, "unable to start container process");
	r = spawn(out, err);
	if (r < 0)
		return err_ctx(err, "unable to start container process");
	r = host_keep_begin(out, err);
	if (r < 0)
		return r;
	r = host_converse(out, request->console_socket, err);
	if (r < 0)
		return err_ctx(err, "unable to start container process");
	r = host_keep_finish(out, err);
	if (r < 0)
		return r;
	/* without it nobody would know the process again: not to signal it, not to end it */
	if (out->record.pid_start_time == 0)
		return err_new(err, -ESRCH,
			"unable to start container process: read '/proc/%d/stat'",
			(int)out->record.pid);
	out->record.complete = true;
	r = store_save(out->entry.entry_fd, &out->record, err);
	if (r < 0)
		return r;
	r = host_trail_created(ctx, out, err);
	if (r < 0)
		return r;
	if (request->pidfd_socket != NULL)
		r = host_pidfd_send(request->pidfd_socket, false, out->init.pidfd, err);
	if (r == 0 && request->pid_file != NULL)
		r = host_pidfile_write(request->pid_file, out->init.pid, err);
	return r;
}

int host_launch(const struct host_context *ctx, const struct host_create_request *request,
	bool wait_start, struct host_launch *out, struct err *err)
{
	int r = launch(ctx, request, wait_start, out, err);

	return ctx->trail == NULL ? r : host_trail_launched(ctx, request, out, r, err);
}

int host_launch_commit(struct host_launch *launch, struct err *err)
{
	int r = wire_send(launch->init.wire, WIRE_COMMIT, 0, NULL, -1, err);

	if (r < 0)
		return r;
	launch->hooks_ran = false;
	launch->made_work = false;
	launch->entry.created = false;
	ids_keep(&launch->ids);
	cgroup_keep(&launch->cgroups);
	return 0;
}
