/*
 * A process joins a container: the saved plan of the container as its ceiling, the namespaces that
 * create recorded, its cgroups from birth, and then the confine stage of any container.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "host/cgroup/cgroup.h"
#include "sys/call.h"

#include "launch.h"
#include "overlay.h"
#include "process.h"
#include "terminal.h"

#include "base/banned.h"

enum {
	AFFINITY_WORDS = 128, /* 8192 processors: the most that kernels are built for */
	INNER_TRIES = 8,
};

/* What is known of the container that is joined. */
struct target {
	struct store_record record;
	struct store_confine confine;
	struct plan plan; /* of its create */
	struct policy_ceiling ceiling;
	int pidfd; /* of its first process */
};

static void target_done(struct target *target)
{
	fd_cleanup(&target->pidfd);
}

static int stopped(struct err *err)
{
	return err_new(err, -ESRCH, "cannot exec in a stopped container");
}

static int load_target(const struct host_context *ctx, const char *id, struct host_launch *launch,
	struct target *out, struct err *err)
{
	struct host_open_request request = { .id = id };
	struct err why;
	int r;

	r = host_open(ctx, &request, &launch->arena, &launch->entry, &out->record, err);
	if (r < 0)
		return r;
	r = host_process_pin(&out->record, &out->pidfd, err);
	if (r != 0)
		return r < 0 ? r : stopped(err);
	r = store_confine_load(&launch->arena, launch->entry.entry_fd, id, &out->confine, err);
	if (r < 0)
		return r;
	r = plan_open(out->confine.plan, out->confine.plan_size, &out->plan, &why);
	if (r == 0 && !str_eq(plan_string(&out->plan, &out->plan.header->id), id))
		r = err_new(&why, -EINVAL, "its part for exec is another container's");
	if (r == 0)
		r = plan_read_ceiling(&launch->arena, &out->plan, &out->ceiling, &why);
	if (r < 0)
		return store_damaged(id, why.msg, err);
	out->ceiling.profile = out->record.profile;
	out->ceiling.is_limited = out->confine.is_limited;
	out->ceiling.as_root = out->confine.as_root;
	out->ceiling.caps_droppable = out->confine.caps_droppable;
	return 0;
}

/* --- thinking --------------------------------------------------------------------------------- */

static int read_asked(struct arena *arena, const struct host_exec_request *request,
	const struct policy_ceiling *ceiling, struct config *out, struct err *err)
{
	if (request->process_file != NULL)
		return config_load_process(arena, AT_FDCWD, request->process_file, out, err);
	*out = (struct config){ .has_process = true };
	return policy_exec_process(
		arena, &ceiling->config->process, &request->flags, &out->process, err);
}

static int decide(const struct host_context *ctx, struct arena *arena,
	const struct host_exec_request *request, const struct policy_ceiling *ceiling,
	struct policy_decisions *out, struct err *err)
{
	struct config *asked = arena_alloc(arena, sizeof(*asked));
	struct facts *facts = arena_alloc(arena, sizeof(*facts));
	struct sys_caps caps;
	int r;

	if (asked == NULL || facts == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = read_asked(arena, request, ceiling, asked, err);
	if (r < 0)
		return r;
	if (sys_capget(&caps) < 0)
		return err_sys(err, "read own capabilities");
	/* an ordinary user is about to be root of the namespace that the container was made in */
	facts->caps = geteuid() == 0 ? caps.permitted : UINT64_MAX;
	r = policy_decide_exec(arena, ceiling, asked, facts, out, err);
	if (r < 0)
		return r;
	r = host_trail_decided(ctx, request->id, NULL, out, err);
	if (r < 0)
		return r;
	if (out->n_refused > 0)
		return host_refuse(out, NULL, err);
	for (size_t i = 0; i < out->n_findings; i++)
		log_debug("%s: %s: %s: %s, %s", policy_verdict_name(out->findings[i].verdict),
			out->findings[i].rule, out->findings[i].pointer, out->findings[i].found,
			out->findings[i].decided);
	return 0;
}

static int list_namespaces(const struct store_confine *confine,
	struct plan_exec_namespace out[STORE_NAMESPACES_MAX], size_t *n, struct err *err)
{
	bool has_mounts = false;

	*n = 0;
	for (size_t i = 0; i < STORE_NAMESPACES_MAX && confine->namespaces[i].type != 0; i++) {
		const struct store_namespace *ns = &confine->namespaces[i];

		if (ns->ino == 0)
			return err_new(err, -EPERM,
				"the container's namespaces were not recorded: caisson had no "
				"CAP_SYS_PTRACE when it was created");
		out[(*n)++] = (struct plan_exec_namespace){ ns->type, ns->ino };
		has_mounts = has_mounts || ns->type == SYS_NEWNS;
	}
	/* SECURITY: without one the process would have the host's files for its own */
	return has_mounts ? 0 : err_new(err, -EINVAL, "the container has no mount namespace");
}

static int make_plan(const struct host_exec_request *request, const struct target *target,
	const struct policy_decisions *decisions, struct host_launch *launch, struct err *err)
{
	struct plan_exec_namespace namespaces[STORE_NAMESPACES_MAX];
	struct host_exec_cgroups cgroups;
	struct plan_exec_request plan = {
		.id = request->id,
		.pid = target->record.pid,
		.namespaces = namespaces,
		.cgroups = cgroups.items,
		.foreground = !request->detach,
		.n_preserved_fds = request->preserve_fds,
	};
	int r;

	r = list_namespaces(&target->confine, namespaces, &plan.n_namespaces, err);
	if (r == 0)
		r = host_exec_cgroups(&launch->arena, &target->record, &target->plan,
			&request->cgroups, &cgroups, err);
	if (r < 0)
		return r;
	plan.n_cgroups = cgroups.n;
	return plan_build_exec(
		&launch->arena, &target->plan, decisions, &plan, &launch->preview.plan, err);
}

/* --- doing ------------------------------------------------------------------------------------ */

static int open_cgroups(
	const struct host_exec_request *request, struct host_launch *launch, struct err *err)
{
	bool is_frozen;
	int r = cgroup_open(&launch->preview.plan, &launch->cgroups, &is_frozen, err);

	if (r < 0)
		return r;
	if (is_frozen && !request->ignore_paused)
		return err_new(err, -EBUSY,
			"cannot exec in a paused container (use --ignore-paused to override)");
	for (size_t i = 0; i < launch->cgroups.n_dirs; i++) {
		struct cgroup_dir *dir = &launch->cgroups.dirs[i];

		if (dir->tasks_fd >= 0)
			launch->slots.fds[dir->slot] = fd_take(&dir->tasks_fd);
	}
	return 0;
}

static int collect_slots(
	const struct host_exec_request *request, struct host_launch *launch, struct err *err)
{
	const struct plan *plan = &launch->preview.plan;
	struct host_slots *slots = &launch->slots;
	int pair[2], r;

	r = host_slots_init(&launch->arena, plan, slots, err);
	if (r == 0)
		r = open_cgroups(request, launch, err);
	if (r == 0)
		r = host_open_sources(plan, slots, err);
	if (r == 0)
		r = host_open_plan(plan, &slots->fds[PLAN_SLOT_PLAN], err);
	if (r == 0)
		r = wire_pair(pair, err);
	if (r < 0)
		return r;
	launch->init.wire = pair[0];
	slots->fds[PLAN_SLOT_WIRE] = pair[1];
	return 0;
}

/* With systemd as the driver of a user: caisson-init waits until it is where it belongs. */
static int attach(struct host_launch *launch, struct err *err)
{
	_fd_ int fd = -1;
	int r = cgroup_attach(&launch->preview.plan, launch->init.pid, &fd, err);

	if (r < 0 || fd < 0)
		return r;
	return wire_send_fds(launch->init.wire, WIRE_CGROUPS, &fd, 1, err);
}

/* Processors that the process is to begin on, and afterwards our own again. */
struct affinity {
	uint64_t *own;
	int n; /* words of @own; 0 = nothing was changed */
};

static int affinity_set(struct arena *arena, const struct config_cpus *cpus,
	struct affinity *affinity, struct err *err)
{
	if (cpus == NULL)
		return 0;
	affinity->own = arena_array(arena, AFFINITY_WORDS, sizeof(*affinity->own));
	if (affinity->own == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	affinity->n = sys_get_affinity(0, affinity->own, AFFINITY_WORDS);
	if (affinity->n < 0) {
		affinity->n = 0;
		return err_sys(err, "read own cpu affinity");
	}
	if (sys_set_affinity(0, cpus->words, ARRAY_SIZE(cpus->words)) < 0)
		return err_sys(err, "set initial cpu affinity");
	return 0;
}

static void affinity_restore(struct affinity *affinity)
{
	if (affinity->n > 0)
		(void)!sys_set_affinity(0, affinity->own, (size_t)affinity->n);
}

/* ORDER: joining a cpuset has set it to the whole of that. */
static int set_final_affinity(
	const struct config_cpus *cpus, const struct host_init *init, struct err *err)
{
	if (cpus != NULL && sys_set_affinity(init->pid, cpus->words, ARRAY_SIZE(cpus->words)) < 0)
		return err_sys(err, "set final cpu affinity");
	return 0;
}

/* What process.json does not say is config.json's, each as a whole, as in runc. */
static void choose_cpus(const struct target *target, struct config_process *process)
{
	if (process->exec_cpus_initial != NULL || process->exec_cpus_final != NULL)
		return;
	process->exec_cpus_initial = target->confine.cpus_initial;
	process->exec_cpus_final = target->confine.cpus_final;
}

/* A container that manages cgroups of its own has its first process further down, and may move it
 * while we look. */
static int spawn_below(const struct store_record *record, const struct cgroup_dir *own,
	struct host_launch *launch, struct err *err)
{
	const struct plan *plan = &launch->preview.plan;
	int r = -EBUSY;

	for (unsigned i = 0; i < INNER_TRIES && r == -EBUSY; i++) {
		_fd_ int inner = cgroup_open_inner(plan, own, record->pid, err);

		if (inner < 0)
			return inner;
		r = host_spawn(plan, &launch->slots, inner, &launch->init, err);
	}
	return r;
}

static int spawn(const struct store_record *record, struct host_launch *launch, struct err *err)
{
	const struct cgroup_dir *own = cgroup_birthplace(&launch->cgroups);
	int r;

	launch->init.joined = true;
	r = host_spawn(&launch->preview.plan, &launch->slots, own != NULL ? own->dir_fd : -1,
		&launch->init, err);
	if (r == -EBUSY && own != NULL)
		r = spawn_below(record, own, launch, err);
	if (r < 0)
		return r;
	/* ORDER: end of file on the wire must mean that caisson-init itself is gone */
	fd_cleanup(&launch->slots.fds[PLAN_SLOT_WIRE]);
	return attach(launch, err);
}

static int start(const struct host_exec_request *request, const struct target *target,
	struct host_launch *launch, struct err *err)
{
	const struct config_process *process = &launch->preview.decisions.config.process;
	_cleanup_(affinity_restore) struct affinity affinity = { .n = 0 };
	int r;

	r = collect_slots(request, launch, err);
	/* ORDER: what was opened by its number belonged to the process we hold */
	if (sys_pidfd_send_signal(target->pidfd, 0) < 0)
		return stopped(err);
	if (r == 0)
		r = affinity_set(&launch->arena, process->exec_cpus_initial, &affinity, err);
	if (r == 0)
		r = spawn(&target->record, launch, err);
	if (r == 0)
		r = host_converse(launch, request->console_socket, err);
	if (r == 0)
		r = set_final_affinity(process->exec_cpus_final, &launch->init, err);
	if (r == 0)
		r = host_size_console(&launch->init, err);
	if (r == 0 && request->pidfd_socket != NULL)
		r = host_pidfd_send(request->pidfd_socket, true, launch->init.pidfd, err);
	if (r == 0)
		r = wire_send(launch->init.wire, WIRE_COMMIT, 0, NULL, -1, err);
	if (r == 0)
		r = host_wait_exec(&launch->init, err);
	return r;
}

static void trail_exec(const struct host_context *ctx, const struct store_record *record,
	const struct host_init *init, int r, const struct err *err)
{
	struct host_trail_event event = host_trail_of(record, "exec");

	event.pid = init->pid;
	(void)host_trail_result(ctx, &event, r, err);
}

static void trail_exit(const struct host_context *ctx, const struct store_record *record, pid_t pid,
	const int *exit_code)
{
	struct host_trail_event event = host_trail_of(record, "exit");

	event.pid = pid;
	event.exit_code = exit_code;
	host_trail_note(ctx, &event);
}

int host_exec(const struct host_context *ctx, const struct host_exec_request *request,
	int *exit_code, struct err *err)
{
	_host_launch_ struct host_launch launch = HOST_LAUNCH_NONE;
	struct policy_decisions *decisions = &launch.preview.decisions;
	_cleanup_(target_done) struct target target = { .pidfd = -1 };
	struct host_terminal_wish wish = {
		.by_socket = request->console_socket != NULL,
		.foreground = !request->detach,
	};
	int r;

	r = load_target(ctx, request->id, &launch, &target, err);
	if (r == 0)
		r = decide(ctx, &launch.arena, request, &target.ceiling, decisions, err);
	if (r < 0)
		return r;
	choose_cpus(&target, &decisions->config.process);
	wish.terminal = decisions->config.process.terminal;
	r = host_check_terminal(&wish, err);
	if (r == 0 && !request->detach)
		r = host_block_signals(err);
	if (r == 0)
		r = make_plan(request, &target, decisions, &launch, err);
	if (r == 0)
		host_overlay_refresh(&target.record);
	if (r == 0)
		r = host_join_rootless(target.record.pid, err);
	if (r < 0)
		return r;
	r = start(request, &target, &launch, err);
	if (ctx->trail != NULL)
		trail_exec(ctx, &target.record, &launch.init, r, err);
	if (r == -ESRCH)
		return r;
	if (r < 0)
		return err_ctx(err, "unable to start container process");
	if (request->pid_file != NULL)
		r = host_pidfile_write(request->pid_file, launch.init.pid, err);
	if (r < 0)
		return r;
	*exit_code = 0;
	if (!request->detach) {
		pid_t pid = launch.init.pid;

		r = host_wait_foreground(&launch.init, exit_code, err);
		if (r == 0 && ctx->trail != NULL)
			trail_exit(ctx, &target.record, pid, exit_code);
		return r;
	}
	launch.init.pid = -1; /* a child of whoever adopts it when we are gone */
	return 0;
}
