#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "host/host.h"
#include "sys/call.h"

#include "bus.h"

#include "base/banned.h"

struct cgroup_unit {
	struct bus bus;
	const struct plan *plan;
	const char *name;
	bool is_user;
	bool started; /* by us: the rollback stops it */
	pid_t holder; /* 0 = none any more */
	int holder_pidfd;
};

/* --- holder ----------------------------------------------------------------------------------- */

static void hold(void *arg)
{
	(void)arg;
	/* nobody is left to end it when caisson is killed */
	if (sys_set_pdeathsig(SIGKILL) < 0 || getppid() == 1)
		_exit(1);
	for (;;)
		pause();
}

static int start_holder(struct cgroup_unit *unit, struct err *err)
{
	int pidfd = -1;
	struct sys_clone_args args = {
		.flags = SYS_CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t pid = sys_spawn(&args, false, hold, NULL);

	if (pid < 0)
		return err_sys(err, "start the first process of unit '%s'", unit->name);
	unit->holder = pid;
	unit->holder_pidfd = pidfd;
	return 0;
}

static void end_holder(struct cgroup_unit *unit)
{
	if (unit->holder > 0) {
		(void)!sys_pidfd_send_signal(unit->holder_pidfd, SIGKILL);
		(void)waitpid(unit->holder, NULL, 0);
	}
	unit->holder = 0;
	fd_cleanup(&unit->holder_pidfd);
}

/* --- start ------------------------------------------------------------------------------------ */

/* The properties of the plan that are set now: with the unit, or once caisson-init is in it. */
static int append_properties(
	struct cgroup_unit *unit, sd_bus_message *message, bool late, size_t *n)
{
	const struct plan *plan = unit->plan;
	int r = 0;

	for (uint32_t i = 0; r >= 0 && i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->kind != PLAN_UNIT_SET || (step->num[0] != 0) != late)
			continue;
		r = cgroup_bus_append_property(&unit->bus, message,
			plan_string(plan, &step->ref[0]), plan_string(plan, &step->ref[1]),
			plan_string(plan, &step->ref[2]));
		*n += 1;
	}
	return r;
}

/* name, mode, properties, auxiliary units */
static int fill_start(
	struct cgroup_unit *unit, sd_bus_message *message, const struct plan_step *step)
{
	const struct bus_library *lib = &unit->bus.lib;
	const struct plan *plan = unit->plan;
	size_t n = 0;
	int r;

	r = lib->append(message, "ss", unit->name, "fail");
	if (r >= 0)
		r = lib->open_container(message, SD_BUS_TYPE_ARRAY, "(sv)");
	if (r >= 0)
		r = lib->append(message, "(sv)(sv)(sv)", "Description", "s",
			plan_string(plan, &step->ref[2]), "Slice", "s",
			plan_string(plan, &step->ref[1]), "PIDs", "au", 1, (uint32_t)unit->holder);
	if (r >= 0)
		r = append_properties(unit, message, false, &n);
	if (r >= 0)
		r = lib->close_container(message);
	return r < 0 ? r : lib->append(message, "a(sa(sv))", 0);
}

static int request_start(struct cgroup_unit *unit, const struct plan_step *step,
	struct bus_failure *failure, struct err *err)
{
	sd_bus_message *message = cgroup_bus_new_call(&unit->bus, "StartTransientUnit");
	int r = message == NULL ? -ENOMEM : fill_start(unit, message, step);

	if (r >= 0)
		return cgroup_bus_call(&unit->bus, message, true, failure, err);
	unit->bus.lib.unref(message);
	return err_new(err, r, "%s", err_text(-r));
}

static int call_with_name(struct bus *bus, const char *member, const char *name, struct err *err)
{
	sd_bus_message *message = cgroup_bus_new_call(bus, member);

	if (message == NULL || bus->lib.append(message, "s", name) < 0) {
		bus->lib.unref(message);
		return err_new(err, -ENOMEM, "out of memory");
	}
	return cgroup_bus_call(bus, message, false, NULL, err);
}

static int start(struct cgroup_unit *unit, const struct plan_step *step, struct err *err)
{
	struct bus_failure failure = { "" };
	struct err ignored;
	int r = request_start(unit, step, &failure, err);

	/* one that failed keeps its name until somebody has looked at it; nobody will */
	if (r < 0 && str_eq(failure.name, "org.freedesktop.systemd1.UnitExists") &&
		call_with_name(&unit->bus, "ResetFailedUnit", unit->name, &ignored) == 0)
		r = request_start(unit, step, &failure, err);
	if (r < 0)
		return r;
	unit->started = true;
	return cgroup_bus_wait_job(&unit->bus, err);
}

/* SECURITY: where we are going to write limits and put the container must be what systemd made,
 * not a directory that happens to have the name. */
static int check_place(struct arena *arena, struct cgroup_unit *unit, const struct plan_step *step,
	struct err *err)
{
	const struct plan *plan = unit->plan;
	const char *wanted = NULL, *is;
	int r = cgroup_bus_control_group(&unit->bus, arena, unit->name, &is, err);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < plan->header->n_steps; i++)
		if (plan->steps[i].kind == PLAN_CGROUP_DIR && plan->steps[i].slot == step->slot)
			wanted = plan_string(plan, &plan->steps[i].ref[1]);
	if (wanted == NULL || !str_eq(is, wanted))
		return err_new(err, -EINVAL, "its cgroup is '%s', and not '%s'", is,
			wanted != NULL ? wanted : "");
	return 0;
}

int cgroup_unit_start(
	struct arena *arena, const struct plan *plan, struct cgroup_unit **out, struct err *err)
{
	const struct plan_step *step = cgroup_unit_find(plan);
	struct cgroup_unit *unit;
	int r;

	*out = NULL;
	if (step == NULL)
		return 0;
	unit = arena_alloc(arena, sizeof(*unit));
	if (unit == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	unit->plan = plan;
	unit->name = plan_string(plan, &step->ref[0]);
	unit->is_user = step->num[0] != 0;
	unit->holder_pidfd = -1;
	*out = unit; /* from here on the rollback takes care of it */
	r = cgroup_bus_open(&unit->bus, unit->is_user, err);
	if (r < 0)
		return r;
	r = start_holder(unit, err);
	if (r < 0)
		return r;
	r = start(unit, step, err);
	if (r == 0)
		r = check_place(arena, unit, step, err);
	return r < 0 ? err_ctx(err, "start unit '%s' in '%s'", unit->name,
			       plan_string(plan, &step->ref[1]))
		     : 0;
}

/* --- caisson-init is there ---------------------------------------------------------------------- */

static int attach(struct cgroup_unit *unit, pid_t pid, const char *below, struct err *err)
{
	const struct bus_library *lib = &unit->bus.lib;
	sd_bus_message *message = cgroup_bus_new_call(&unit->bus, "AttachProcessesToUnit");
	int r = message == NULL ? -ENOMEM
				: lib->append(message, "ssau", unit->name, below, 1, (uint32_t)pid);

	if (r >= 0)
		return cgroup_bus_call(&unit->bus, message, false, NULL, err);
	lib->unref(message);
	return err_new(err, r, "%s", err_text(-r));
}

static int set_limits(struct cgroup_unit *unit, struct err *err)
{
	const struct bus_library *lib = &unit->bus.lib;
	sd_bus_message *message = cgroup_bus_new_call(&unit->bus, "SetUnitProperties");
	size_t n = 0;
	int r = message == NULL ? -ENOMEM : lib->append(message, "sb", unit->name, 1);

	if (r >= 0)
		r = lib->open_container(message, SD_BUS_TYPE_ARRAY, "(sv)");
	if (r >= 0)
		r = append_properties(unit, message, true, &n);
	if (r >= 0)
		r = lib->close_container(message);
	if (r >= 0 && n > 0)
		return cgroup_bus_call(&unit->bus, message, false, NULL, err);
	lib->unref(message);
	return r < 0 ? err_new(err, r, "%s", err_text(-r)) : 0;
}

/* ORDER: systemd writes cgroup files before it looks at its next message, so one more answer means
 * that what we write ourselves comes last. */
static int wait_for_files(struct cgroup_unit *unit, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	const char *ignored;

	return cgroup_bus_control_group(&unit->bus, &arena, unit->name, &ignored, err);
}

static int set_all_limits(struct cgroup_unit *unit, struct err *err)
{
	int r = set_limits(unit, err);

	if (r == 0)
		r = wait_for_files(unit, err);
	return r < 0 ? err_ctx(err, "set the limits of unit '%s'", unit->name) : 0;
}

/* A unit that is there already: only to be talked about. */
static int open_running(const struct plan *plan, struct cgroup_unit *unit, struct err *err)
{
	const struct plan_step *step = cgroup_unit_find(plan);

	*unit = (struct cgroup_unit){
		.plan = plan,
		.name = plan_string(plan, &step->ref[0]),
		.is_user = step->num[0] != 0,
		.holder_pidfd = -1,
	};
	return cgroup_bus_open(&unit->bus, unit->is_user, err);
}

int cgroup_unit_update(const struct plan *plan, struct err *err)
{
	struct cgroup_unit unit;
	int r = open_running(plan, &unit, err);

	if (r == 0)
		r = set_all_limits(&unit, err);
	cgroup_unit_keep(&unit);
	return r;
}

int cgroup_unit_attach(const struct plan *plan, pid_t pid, const char *below, struct err *err)
{
	struct cgroup_unit unit;
	int r = open_running(plan, &unit, err);

	if (r == 0)
		r = attach(&unit, pid, str_eq(below, "/") ? "" : below, err);
	cgroup_unit_keep(&unit);
	return r < 0 ? err_ctx(err, "move a process into unit '%s'", unit.name) : 0;
}

int cgroup_unit_enter(struct cgroup_unit *unit, pid_t pid, struct err *err)
{
	int r = 0;

	if (unit == NULL)
		return 0;
	if (unit->is_user)
		r = attach(unit, pid, "", err);
	if (r < 0)
		return err_ctx(err, "move caisson-init into unit '%s'", unit->name);
	/* ORDER: before the limits: it would count as one of the container's processes */
	end_holder(unit);
	return set_all_limits(unit, err);
}

/* --- end -------------------------------------------------------------------------------------- */

static int stop(struct bus *bus, const char *name, struct err *err)
{
	sd_bus_message *message = cgroup_bus_new_call(bus, "StopUnit");
	struct bus_failure failure = { "" };
	int r = message == NULL ? -ENOMEM : bus->lib.append(message, "ss", name, "replace");

	if (r < 0) {
		bus->lib.unref(message);
		return err_new(err, r, "%s", err_text(-r));
	}
	r = cgroup_bus_call(bus, message, true, &failure, err);
	if (r < 0)
		return str_eq(failure.name, "org.freedesktop.systemd1.NoSuchUnit") ? 0 : r;
	return cgroup_bus_wait_job(bus, err);
}

void cgroup_unit_keep(struct cgroup_unit *unit)
{
	if (unit == NULL)
		return;
	end_holder(unit);
	cgroup_bus_close(&unit->bus);
}

void cgroup_unit_rollback(struct cgroup_unit *unit)
{
	struct err err;

	if (unit == NULL)
		return;
	end_holder(unit);
	if (unit->started && stop(&unit->bus, unit->name, &err) < 0)
		log_warn("stop unit '%s': %s; it stays behind", unit->name, err.msg);
	cgroup_bus_close(&unit->bus);
}

int cgroup_unit_stop(const struct store_record *record, struct err *err)
{
	_bus_ struct bus bus = { .connection = NULL };
	struct err ignored;
	int r;

	if (record->unit == NULL)
		return 0;
	r = cgroup_bus_open(&bus, record->unit_is_user, err);
	if (r == 0)
		r = stop(&bus, record->unit, err);
	if (r < 0)
		return err_ctx(err, "stop unit '%s'", record->unit);
	/* where an annotation said that a failed unit is to stay: it has no container any more */
	(void)!call_with_name(&bus, "ResetFailedUnit", record->unit, &ignored);
	return 0;
}

bool host_has_systemd(void)
{
	return true;
}
