/* A container of ours: what was saved of it when it was created, beside what the kernel says. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/str.h"

#include "audit_local.h"
#include "launch.h"
#include "process.h"

#include "base/banned.h"

enum {
	VALUE_MAX = 1024
};

struct saved {
	struct store_record record;
	struct store_confine confine;
	struct plan plan;
	struct json_strings limit_files, limit_values; /* of update */
};

static int load_saved(const struct host_context *ctx, const char *id, struct arena *arena,
	struct host_entry *entry, struct saved *out, struct err *err)
{
	struct host_open_request request = { .id = id };
	struct err why;
	int r;

	r = host_open(ctx, &request, arena, entry, &out->record, err);
	if (r == 0)
		r = store_confine_load(arena, entry->entry_fd, id, &out->confine, err);
	if (r == 0)
		r = store_limits_load(
			arena, entry->entry_fd, id, &out->limit_files, &out->limit_values, err);
	if (r < 0)
		return r;
	if (plan_open(out->confine.plan, out->confine.plan_size, &out->plan, &why) < 0)
		return store_damaged(id, why.msg, err);
	return 0;
}

/* --- cgroups ---------------------------------------------------------------------------------- */

/* The directory of a step PLAN_CGROUP_DIR as it was recorded, which with systemd is not as planned;
 * NULL: there is none. */
static const struct store_cgroup *recorded(
	const struct saved *saved, const struct plan_step *step, size_t *prefix)
{
	const char *hierarchy = plan_string(&saved->plan, &step->ref[0]);
	size_t len = strlen(hierarchy);

	for (size_t i = 0; i < saved->record.n_cgroups; i++) {
		const struct store_cgroup *cgroup = &saved->record.cgroups[i];

		if (cgroup->is_v2 != (step->num[0] != 0) ||
			strncmp(cgroup->path, hierarchy, len) != 0 || cgroup->path[len] != '/')
			continue;
		*prefix = len;
		return cgroup;
	}
	return NULL;
}

static int list_cgroups(struct arena *arena, const struct saved *saved,
	struct plan_drift_request *out, struct err *err)
{
	struct plan_drift_cgroup *list =
		arena_array(arena, (size_t)saved->plan.header->n_steps + 1, sizeof(*list));

	if (list == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < saved->plan.header->n_steps; i++) {
		const struct plan_step *step = &saved->plan.steps[i];
		const struct store_cgroup *cgroup;
		size_t prefix = 0;

		if (step->kind != PLAN_CGROUP_DIR)
			continue;
		cgroup = recorded(saved, step, &prefix);
		if (cgroup == NULL)
			continue;
		list[out->n_cgroups++] = (struct plan_drift_cgroup){
			.controllers = plan_string(&saved->plan, &step->ref[2]),
			.path = cgroup->path + prefix,
			.is_v2 = cgroup->is_v2,
		};
	}
	out->cgroups = list;
	return 0;
}

static const struct plan_step *directory_of(const struct plan *plan, int32_t slot)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		if (plan->steps[i].kind == PLAN_CGROUP_DIR && plan->steps[i].slot == slot)
			return &plan->steps[i];
	}
	return NULL;
}

static const char *read_limit(struct arena *arena, const char *path)
{
	char value[VALUE_MAX];

	if (fd_read_at(AT_FDCWD, path, value, sizeof(value)) < 0)
		return NULL;
	value[strcspn(value, "\n")] = '\0';
	return arena_strdup(arena, value);
}

struct limits {
	struct arena *arena;
	struct plan_drift_limit *items;
	size_t n;
};

/* The last that was written to a file counts. */
static void add_limit(struct limits *limits, const char *path, const char *value)
{
	const char *name = strrchr(path, '/');
	size_t i = 0;

	if (name == NULL || !plan_drift_limit_is_known(name + 1))
		return;
	while (i < limits->n && !str_eq(limits->items[i].file, path))
		i++;
	limits->items[i] = (struct plan_drift_limit){ .file = path, .wanted = value };
	if (i == limits->n)
		limits->n++;
}

static int add_planned(const struct saved *saved, struct limits *limits, struct err *err)
{
	for (uint32_t i = 0; i < saved->plan.header->n_steps; i++) {
		const struct plan_step *step = &saved->plan.steps[i], *dir;
		const struct store_cgroup *cgroup = NULL;
		const char *path;
		size_t prefix;

		if (step->kind != PLAN_CGROUP_SET)
			continue;
		dir = directory_of(&saved->plan, step->slot);
		cgroup = dir != NULL ? recorded(saved, dir, &prefix) : NULL;
		if (cgroup == NULL)
			continue;
		path = arena_fmt(limits->arena, "%s/%s", cgroup->path,
			plan_string(&saved->plan, &step->ref[0]));
		if (path == NULL)
			return err_new(err, -ENOMEM, "out of memory");
		add_limit(limits, path, plan_string(&saved->plan, &step->ref[1]));
	}
	return 0;
}

static int list_limits(struct arena *arena, const struct saved *saved,
	struct plan_drift_request *out, struct err *err)
{
	struct limits limits = { .arena = arena };
	int r;

	limits.items =
		arena_array(arena, (size_t)saved->plan.header->n_steps + saved->limit_files.n + 1,
			sizeof(*limits.items));
	if (limits.items == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = add_planned(saved, &limits, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < saved->limit_files.n; i++)
		add_limit(&limits, saved->limit_files.items[i], saved->limit_values.items[i]);
	for (size_t i = 0; i < limits.n; i++) {
		struct plan_drift_limit *limit = &limits.items[i];

		limit->found = read_limit(arena, limit->file);
		limit->file = strrchr(limit->file, '/') + 1;
	}
	out->limits = limits.items;
	out->n_limits = limits.n;
	return 0;
}

/* --- mounts, namespaces ----------------------------------------------------------------------- */

static int list_places(struct arena *arena, const struct saved *saved,
	struct plan_drift_request *out, struct err *err)
{
	struct host_subject subject = { .arena = arena, .pid = saved->record.pid, .proc_fd = -1 };
	struct policy_place *places;
	struct json_strings paths;
	char path[32];
	_fd_ int root_fd = -1;
	int r = plan_drift_paths(arena, &saved->plan, &paths, err);

	if (r < 0)
		return r;
	places = arena_array(arena, paths.n + 1, sizeof(*places));
	if (places == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	str_fmt(path, sizeof(path), "/proc/%d/root", (int)saved->record.pid);
	root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return err_sys(err, "open the root of the container");
	subject.root_fd = root_fd;
	for (size_t i = 0; i < paths.n; i++)
		host_audit_place(&subject, paths.items[i], &places[i]);
	out->places = places;
	out->n_places = paths.n;
	return 0;
}

static int list_namespaces(struct arena *arena, const struct saved *saved,
	struct plan_drift_request *out, struct err *err)
{
	struct plan_exec_namespace *list = arena_array(arena, STORE_NAMESPACES_MAX, sizeof(*list));

	if (list == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < STORE_NAMESPACES_MAX && saved->confine.namespaces[i].type != 0; i++)
		list[out->n_namespaces++] = (struct plan_exec_namespace){
			.type = saved->confine.namespaces[i].type,
			.ino = saved->confine.namespaces[i].ino,
		};
	out->namespaces = list;
	return 0;
}

/* Changed since the container was created? A bundle that has gone is no config that has changed. */
static bool is_younger(int entry_fd, const struct store_record *record)
{
	struct stat config, confine;
	_fd_ int bundle = open(record->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (bundle < 0 || fstatat(bundle, "config.json", &config, AT_SYMLINK_NOFOLLOW) < 0 ||
		fstatat(entry_fd, "confine", &confine, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (config.st_mtim.tv_sec != confine.st_mtim.tv_sec)
		return config.st_mtim.tv_sec > confine.st_mtim.tv_sec;
	return config.st_mtim.tv_nsec > confine.st_mtim.tv_nsec;
}

static bool has_locked_mounts(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		if (plan->steps[i].kind == PLAN_LOCK_MOUNTS)
			return true;
	}
	return false;
}

int host_audit_container(const struct host_context *ctx, struct arena *arena, const char *id,
	const struct policy_profile *profile, struct host_audited *out, struct err *err)
{
	_host_entry_ struct host_entry entry = HOST_ENTRY_NONE;
	struct saved *saved = arena_alloc(arena, sizeof(*saved));
	struct plan_drift_request *drift = &out->drift;
	int r;

	if (saved == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	*out = (struct host_audited){ 0 };
	r = load_saved(ctx, id, arena, &entry, saved, err);
	if (r < 0)
		return r;
	if (host_record_status(entry.entry_fd, &saved->record) == HOST_STOPPED)
		return err_new(err, -ESRCH, "container not running");
	r = host_audit(arena, saved->record.pid, profile, &out->live, err);
	if (r == 0)
		r = list_cgroups(arena, saved, drift, err);
	if (r == 0)
		r = list_limits(arena, saved, drift, err);
	if (r == 0)
		r = list_places(arena, saved, drift, err);
	if (r == 0)
		r = list_namespaces(arena, saved, drift, err);
	if (r == 0 && !host_process_is(saved->record.pid, saved->record.pid_start_time))
		r = err_new(err, -ESRCH, "container not running");
	if (r < 0)
		return r;
	out->live.is_waiting = host_record_status(entry.entry_fd, &saved->record) == HOST_CREATED;
	out->live.has_locked_mounts = has_locked_mounts(&saved->plan);
	drift->plan = &saved->plan;
	drift->live = &out->live;
	drift->profile = profile;
	drift->ids_are_hosts = !saved->record.rootless;
	drift->config_is_changed = is_younger(entry.entry_fd, &saved->record);
	return 0;
}
