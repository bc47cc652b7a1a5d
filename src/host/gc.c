/*
 * gc: state directories first, with all that their records name, then the registry of ids.
 *
 * Beside other commands: an entry is taken as create takes one that was interrupted, by its lock
 * and that of its root; whoever holds a lock is alive, and what it works on is left alone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/str.h"
#include "host/upkeep.h"
#include "sys/call.h"

#include "launch.h"
#include "process.h"

#include "base/banned.h"

enum {
	/* An engine that made a container gets this long to delete it itself. */
	GRACE_S = 60
};

struct gc {
	const struct host_context *ctx;
	const struct host_gc_request *request;
	uint32_t *recorded; /* blocks that the records that stay name */
	size_t n_recorded;
	size_t room;
	bool all_read;
};

static void gc_done(struct gc *gc)
{
	free(gc->recorded);
}

/* What a record that stays names, belongs to somebody. */
static int keep_base(struct gc *gc, uint32_t base, struct err *err)
{
	if (base == 0)
		return 0;
	if (gc->n_recorded == gc->room) {
		size_t room = gc->room == 0 ? 64 : 2 * gc->room;
		uint32_t *recorded = reallocarray(gc->recorded, room, sizeof(*recorded));

		if (recorded == NULL)
			return err_new(err, -ENOMEM, "out of memory");
		gc->recorded = recorded;
		gc->room = room;
	}
	gc->recorded[gc->n_recorded++] = base;
	return 0;
}

/* --- one container -------------------------------------------------------------------------------- */

struct garbage {
	struct gc *gc;
	const char *root;
	const char *id;
	const struct store_record *record;
	const char *reason;
	uint32_t bases[IDS_CLAIMS_MAX];
	size_t n_bases;
	bool has_cgroup[STORE_CGROUPS_MAX];
	bool has_work;
	int entry_root_fd;
};

static void report(const struct garbage *garbage, enum host_gc_action action,
	enum host_gc_kind kind, const char *object, const char *reason)
{
	const struct host_gc_request *request = garbage->gc->request;
	const struct host_gc_item item = {
		.action = action,
		.kind = kind,
		.object = object,
		.id = garbage->id,
		.root = garbage->root,
		.reason = reason,
	};

	request->each(request->arg, &item);
}

static void report_state(
	const struct garbage *garbage, enum host_gc_action action, const char *reason)
{
	_arena_ struct arena arena = { 0 };
	const char *path = arena_fmt(&arena, "%s/%s", garbage->root, garbage->id);

	report(garbage, action, HOST_GC_STATE, path != NULL ? path : garbage->id, reason);
}

/* Everything that goes with the container, the state directory last, as it is removed. */
static void report_all(const struct garbage *garbage, enum host_gc_action action)
{
	const struct store_record *record = garbage->record;

	for (size_t i = 0; i < record->n_cgroups; i++) {
		if (garbage->has_cgroup[i])
			report(garbage, action, HOST_GC_CGROUP, record->cgroups[i].path,
				garbage->reason);
	}
	if (garbage->has_work)
		report(garbage, action, HOST_GC_WORK, record->overlay_work, garbage->reason);
	for (size_t i = 0; i < garbage->n_bases; i++) {
		char base[16];

		str_fmt(base, sizeof(base), "%u", garbage->bases[i]);
		report(garbage, action, HOST_GC_IDS, base, garbage->reason);
	}
	report_state(garbage, action, garbage->reason);
}

static void remove_garbage(struct garbage *garbage)
{
	const struct store_record *record = garbage->record;
	struct host_context ctx = *garbage->gc->ctx;
	struct stat st;
	struct err err;
	int r;

	ctx.root = garbage->root;
	for (size_t i = 0; i < record->n_cgroups; i++)
		garbage->has_cgroup[i] =
			record->cgroups[i].created && lstat(record->cgroups[i].path, &st) == 0;
	r = ids_claims_of(
		HOST_IDS_REGISTRY, ctx.root, garbage->id, garbage->bases, &garbage->n_bases, &err);
	if (r == 0 && garbage->gc->request->dry_run) {
		report_all(garbage, HOST_GC_PLANNED);
		return;
	}
	if (r == 0 && record->complete)
		r = host_remove_stopped(&ctx, garbage->entry_root_fd, record, &err);
	else if (r == 0)
		r = host_remove(&ctx, garbage->entry_root_fd, garbage->id, record, &err);
	if (r < 0)
		report_state(garbage, HOST_GC_FAILED, err.msg);
	else
		report_all(garbage, HOST_GC_DONE);
}

/* NULL: it is none */
static const char *why_garbage(int entry_fd, const struct store_record *record)
{
	if (host_process_is(record->creator_pid, record->creator_start_time))
		return NULL;
	if (!record->complete)
		return "its create was interrupted";
	if (host_process_is(record->pid, record->pid_start_time) || store_age(entry_fd) < GRACE_S)
		return NULL;
	if (store_gate_is_there(entry_fd))
		return "its process ended before it was started";
	return record->transient ? "its 'caisson run' was killed" : NULL;
}

/* STORE_ABSENT: gone, or some other command is at work on it */
static int take_entry(int root_fd, const char *id, int *entry_fd, bool *busy, struct err *err)
{
	_fd_ int fd = -1;
	int r;

	/* ORDER: as in create: an entry is not locked yet for a moment, but its root is then */
	if (sys_flock(root_fd, true, true) < 0)
		return err_sys(err, "lock the state directory");
	r = store_open_entry(root_fd, id, &fd, err);
	if (r == 0)
		*busy = sys_flock(fd, true, false) < 0;
	if (sys_flock_unlock(root_fd) < 0)
		return err_sys(err, "unlock the state directory");
	if (r == 0)
		*entry_fd = fd_take(&fd);
	return r;
}

static int collect_entry(
	struct gc *gc, const char *root, int root_fd, const char *id, struct err *err)
{
	struct store_record record = { .id = id };
	struct garbage garbage = {
		.gc = gc,
		.root = root,
		.id = id,
		.record = &record,
		.entry_root_fd = root_fd,
	};
	_arena_ struct arena arena = { 0 };
	_fd_ int entry = -1;
	struct err damage;
	bool busy = false;
	int r;

	r = take_entry(root_fd, id, &entry, &busy, &damage);
	if (r == STORE_ABSENT)
		return 0;
	if (r == 0)
		r = store_load(&arena, entry, id, &record, &damage);
	if (r < 0) {
		gc->all_read = false;
		report_state(&garbage, HOST_GC_LEFT, damage.msg);
		return 0;
	}
	if (r == STORE_ABSENT && !busy && !store_is_started(entry)) {
		report_state(&garbage, HOST_GC_LEFT, "it holds files that caisson did not make");
		return 0;
	}
	if (r == STORE_ABSENT)
		record = (struct store_record){ .id = id };
	garbage.reason = busy ? NULL : why_garbage(entry, &record);
	if (garbage.reason == NULL)
		return keep_base(gc, record.ids_base, err);
	remove_garbage(&garbage);
	return 0;
}

static int collect_root(struct gc *gc, const char *root, struct err *err)
{
	const struct host_gc_item unreadable = {
		.action = HOST_GC_LEFT,
		.kind = HOST_GC_STATE,
		.object = root,
		.root = root,
		.reason = err->msg,
	};
	_arena_ struct arena arena = { 0 };
	struct json_strings ids = { 0 };
	_fd_ int root_fd = -1;
	int r;

	r = store_open_root(root, false, &root_fd, err);
	if (r == STORE_ABSENT)
		return 0;
	if (r == 0)
		r = store_each(&arena, root_fd, &ids, err);
	if (r < 0) {
		gc->all_read = false;
		gc->request->each(gc->request->arg, &unreadable);
		return 0;
	}
	for (size_t i = 0; i < ids.n; i++) {
		r = collect_entry(gc, root, root_fd, ids.items[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- all ------------------------------------------------------------------------------------------ */

static int collect_other_roots(struct gc *gc, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	struct json_strings roots = { 0 };
	int r = ids_roots(&arena, HOST_IDS_REGISTRY, &roots, err);

	for (size_t i = 0; r == 0 && i < roots.n; i++) {
		if (!str_eq(roots.items[i], gc->ctx->root))
			r = collect_root(gc, roots.items[i], err);
	}
	return r;
}

int host_gc(const struct host_context *ctx, const struct host_gc_request *request, struct err *err)
{
	_cleanup_(gc_done) struct gc gc = { .ctx = ctx, .request = request, .all_read = true };
	struct ids_sweep sweep = {
		.dry_run = request->dry_run,
		.each = request->each,
		.arg = request->arg,
	};
	int r = collect_root(&gc, ctx->root, err);

	if (r < 0 || !ids_have_registry())
		return r;
	if (!ctx->root_given)
		r = collect_other_roots(&gc, err);
	if (r < 0)
		return r;
	sweep.recorded = gc.recorded;
	sweep.n_recorded = gc.n_recorded;
	/* with one root alone nothing is known of the records of the others */
	sweep.all_read = gc.all_read && !ctx->root_given;
	return ids_sweep(HOST_IDS_REGISTRY, &sweep, err);
}

const char *host_gc_action_name(enum host_gc_action action)
{
	static const char *const names[] = {
		[HOST_GC_DONE] = "removed",
		[HOST_GC_PLANNED] = "found",
		[HOST_GC_LEFT] = "left",
		[HOST_GC_FAILED] = "failed",
	};

	return names[action];
}

const char *host_gc_kind_name(enum host_gc_kind kind)
{
	static const char *const names[] = {
		[HOST_GC_STATE] = "state",
		[HOST_GC_CGROUP] = "cgroup",
		[HOST_GC_IDS] = "ids",
		[HOST_GC_WORK] = "work directory",
	};

	return names[kind];
}
