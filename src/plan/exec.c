/*
 * Joining a container: what the plan that create saved gave to its first process, and the plan of
 * a process that comes later. Its second half is that of create, line by line (confine.c).
 */
#include <errno.h>
#include <string.h>

#include "build.h"

#include "base/banned.h"

/* --- the ceiling ------------------------------------------------------------------------------ */

static const struct plan_step *find_step(const struct plan *plan, enum plan_kind kind)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		if (plan->steps[i].kind == kind)
			return &plan->steps[i];
	}
	return NULL;
}

static size_t count_steps(const struct plan *plan, enum plan_kind kind)
{
	size_t n = 0;

	for (uint32_t i = 0; i < plan->header->n_steps; i++)
		n += plan->steps[i].kind == kind ? 1 : 0;
	return n;
}

static bool read_strings(struct arena *arena, const struct plan *plan, const struct plan_ref *ref,
	struct json_strings *out)
{
	const char **items = arena_array(arena, plan_strings_count(plan, ref) + 1, sizeof(*items));
	size_t n = 0;

	if (items == NULL)
		return false;
	for (const char *item = plan_strings(plan, ref, NULL); item != NULL;
		item = plan_strings(plan, ref, item))
		items[n++] = item;
	*out = (struct json_strings){ .items = items, .n = n };
	return true;
}

/* LISTEN_FDS and NOTIFY_SOCKET are for the first process only; plan_build_env() added them at the
 * end. */
static void drop_own_env(struct json_strings *env)
{
	if (env->n >= 2 && str_eq(env->items[env->n - 1], "LISTEN_PID=1") &&
		str_starts(env->items[env->n - 2], "LISTEN_FDS="))
		env->n -= 2;
	if (env->n >= 1 && str_eq(env->items[env->n - 1], PLAN_NOTIFY_ENV))
		env->n--;
}

static bool read_rlimits(
	struct arena *arena, const struct plan *plan, struct config_process *process)
{
	size_t n = count_steps(plan, PLAN_RLIMIT), at = 0;
	struct config_rlimit *rlimits = arena_array(arena, n + 1, sizeof(*rlimits));

	if (rlimits == NULL)
		return false;
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->kind != PLAN_RLIMIT || step->num[0] >= CONFIG_RLIMIT_N)
			continue;
		rlimits[at].type = (enum config_rlimit_type)step->num[0];
		rlimits[at].soft = step->num[1];
		rlimits[at++].hard = step->num[2];
	}
	process->rlimits = rlimits;
	process->n_rlimits = at;
	return true;
}

static bool read_map(struct arena *arena, const struct plan *plan, const struct plan_ref *ref,
	struct config_id_mappings *out)
{
	struct config_id_mapping *items;
	const uint32_t *triplets;
	size_t n;

	triplets = plan_u32s(plan, ref, &n);
	items = arena_array(arena, n / 3 + 1, sizeof(*items));
	if (items == NULL)
		return false;
	for (size_t i = 0; i < n / 3; i++)
		items[i] = (struct config_id_mapping){
			.container_id = triplets[3 * i],
			.host_id = triplets[3 * i + 1],
			.size = triplets[3 * i + 2],
		};
	*out = (struct config_id_mappings){ .items = items, .n = n / 3 };
	return true;
}

static bool read_maps(struct arena *arena, const struct plan *plan, struct config *out)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];
		unsigned first = step->kind == PLAN_IDS ? 0 : 1;

		if (step->kind == PLAN_IDS ||
			(step->kind == PLAN_OPEN_NS && step->num[0] == SYS_NEWUSER))
			return read_map(arena, plan, &step->ref[first], &out->uid_mappings) &&
			       read_map(arena, plan, &step->ref[first + 1], &out->gid_mappings);
	}
	return true;
}

const char *plan_selinux_label(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->kind == PLAN_SELINUX && step->num[0] == PLAN_SELINUX_EXEC)
			return plan_string(plan, &step->ref[0]);
	}
	return NULL;
}

static void read_labels(const struct plan *plan, struct config_process *process)
{
	const struct plan_step *step = find_step(plan, PLAN_APPARMOR);

	if (step != NULL)
		process->apparmor_profile = plan_string(plan, &step->ref[0]);
	process->selinux_label = plan_selinux_label(plan);
}

static void read_user(const struct plan *plan, const struct plan_step *step,
	const struct plan_step *umask, struct config_user *out)
{
	out->uid = (uint32_t)step->num[0];
	out->gid = (uint32_t)step->num[1];
	out->groups = plan_u32s(plan, &step->ref[0], &out->n_groups);
	if (umask == NULL)
		return;
	out->has_umask = true;
	out->umask = (uint32_t)umask->num[0];
}

static bool read_process(struct arena *arena, const struct plan *plan, struct config_process *out)
{
	const struct plan_step *user = find_step(plan, PLAN_USER), *exec, *step;

	exec = find_step(plan, PLAN_EXEC);
	if (!read_strings(arena, plan, &exec->ref[0], &out->args) ||
		!read_strings(arena, plan, &exec->ref[1], &out->env) ||
		!read_rlimits(arena, plan, out))
		return false;
	drop_own_env(&out->env);
	read_user(plan, user, find_step(plan, PLAN_UMASK), &out->user);
	out->cwd = plan_string(plan, &find_step(plan, PLAN_CWD)->ref[0]);
	step = find_step(plan, PLAN_CAPS);
	out->has_caps = true;
	out->caps = (struct config_caps){
		.bounding = find_step(plan, PLAN_BOUNDING)->num[0],
		.effective = step->num[0],
		.permitted = step->num[1],
		.inheritable = step->num[2],
		.ambient = step->num[3],
	};
	out->no_new_privileges = find_step(plan, PLAN_NO_NEW_PRIVS) != NULL;
	step = find_step(plan, PLAN_OOM_SCORE);
	out->has_oom_score_adj = step != NULL;
	out->oom_score_adj = step != NULL ? (int32_t)(int64_t)step->num[0] : 0;
	read_labels(plan, out);
	return true;
}

static enum policy_layout read_layout(const struct plan *plan)
{
	if (find_step(plan, PLAN_USERNS_JOIN) == NULL)
		return POLICY_LAYOUT_HOST;
	return find_step(plan, PLAN_LOCK_MOUNTS) != NULL ? POLICY_LAYOUT_OWNING
							 : POLICY_LAYOUT_NOTHING;
}

int plan_read_ceiling(
	struct arena *arena, const struct plan *saved, struct policy_ceiling *out, struct err *err)
{
	static const enum plan_kind needed[] = { PLAN_USER, PLAN_CAPS, PLAN_BOUNDING, PLAN_CWD,
		PLAN_EXEC };
	struct config *config = arena_alloc(arena, sizeof(*config));
	const struct plan_step *personality = find_step(saved, PLAN_PERSONALITY);

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (find_step(saved, needed[i]) == NULL)
			return err_new(err, -EINVAL, "it has no step '%s'",
				plan_kind_info(needed[i])->name);
	}
	if (config == NULL || !read_process(arena, saved, &config->process) ||
		!read_maps(arena, saved, config))
		return err_new(err, -ENOMEM, "out of memory");
	config->has_process = true;
	config->has_personality = personality != NULL;
	config->personality_linux32 = personality != NULL && personality->num[0] != 0;
	*out = (struct policy_ceiling){
		.layout = read_layout(saved),
		.lock_ambient = find_step(saved, PLAN_SECUREBITS) != NULL,
		.setgroups_denied = find_step(saved, PLAN_USER)->num[2] == 0,
		.config = config,
	};
	return 0;
}

/* --- the plan --------------------------------------------------------------------------------- */

static const char *ns_file(uint64_t type)
{
	static const struct {
		uint64_t type;
		const char *name;
	} files[] = {
		{ SYS_NEWUSER, "user" },
		{ SYS_NEWPID, "pid" },
		{ SYS_NEWNET, "net" },
		{ SYS_NEWNS, "mnt" },
		{ SYS_NEWIPC, "ipc" },
		{ SYS_NEWUTS, "uts" },
		{ SYS_NEWCGROUP, "cgroup" },
		{ SYS_NEWTIME, "time" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (files[i].type == type)
			return files[i].name;
	}
	return "";
}

static const struct plan_exec_namespace *find_namespace(
	const struct plan_exec_request *request, uint64_t type)
{
	for (size_t i = 0; i < request->n_namespaces; i++) {
		if (request->namespaces[i].type == type)
			return &request->namespaces[i];
	}
	return NULL;
}

/* SECURITY: found through the first process, which may have gone elsewhere since: the inode number
 * says whether it is the one that create saw (T-16). */
static bool open_namespace(
	struct plan_builder *b, const struct plan_exec_request *request, uint64_t type, int slot)
{
	const struct plan_exec_namespace *ns = find_namespace(request, type);
	struct plan_step *step;
	const char *path;

	if (ns == NULL)
		return false;
	path = arena_fmt(b->arena, "/proc/%d/ns/%s", request->pid, ns_file(type));
	step = plan_add(b, PLAN_OPEN_NS, slot);
	step->ref[0] = plan_add_string(b, path);
	step->num[0] = type;
	step->num[1] = ns->ino;
	b->failed = b->failed || path == NULL;
	return true;
}

static void join_namespace(
	struct plan_builder *b, const struct plan_exec_request *request, uint64_t type)
{
	int slot;

	if (find_namespace(request, type) == NULL)
		return;
	slot = plan_new_slot(b);
	(void)!open_namespace(b, request, type, slot);
	/* ORDER: a pid namespace takes effect for children only: caisson enters it before it
	 * spawns caisson-init */
	if (type != SYS_NEWPID)
		plan_add(b, PLAN_NS_JOIN, slot)->num[0] = type;
}

static void open_cgroups(struct plan_builder *b, const struct plan_exec_request *request)
{
	for (size_t i = 0; i < request->n_cgroups; i++) {
		const struct plan_exec_cgroup *cgroup = &request->cgroups[i];
		struct plan_step *step = plan_add(b, PLAN_CGROUP_DIR, plan_new_slot(b));

		step->ref[0] = plan_add_string(b, cgroup->path);
		step->ref[1] = plan_add_string(b, cgroup->below);
		step->ref[2] = plan_add_string(b, cgroup->controllers);
		step->num[0] = cgroup->is_v2;
		step->num[1] = cgroup->is_optional;
	}
}

/* A unit of the user's own systemd, which alone can move a process into it. */
static void enter_unit(struct plan_builder *b)
{
	const struct plan_step *unit = find_step(b->saved, PLAN_UNIT);
	const struct plan_steps *prepare = &b->stages[PLAN_STAGE_PREPARE];
	struct plan_step *step;
	int slot = PLAN_SLOT_NONE;

	if (unit == NULL || unit->num[0] == 0)
		return;
	for (size_t i = 0; i < prepare->n; i++)
		if (prepare->items[i].kind == PLAN_CGROUP_DIR)
			slot = prepare->items[i].slot;
	if (slot == PLAN_SLOT_NONE)
		return;
	step = plan_add(b, PLAN_UNIT, slot);
	for (size_t i = 0; i < PLAN_REFS; i++)
		step->ref[i] = plan_add_string(b, plan_string(b->saved, &unit->ref[i]));
	step->num[0] = unit->num[0];
}

static void copy_step(struct plan_builder *b, enum plan_kind kind)
{
	const struct plan_step *from = find_step(b->saved, kind);
	struct plan_step *step;

	if (from == NULL)
		return;
	step = plan_add(b, kind, PLAN_SLOT_NONE);
	if (from->ref[0].len != 0)
		step->ref[0] = plan_add_string(b, plan_string(b->saved, &from->ref[0]));
	memcpy(step->num, from->num, sizeof(step->num));
}

static bool needs_proc(const struct config_process *process)
{
	return process->has_oom_score_adj || process->apparmor_profile != NULL ||
	       process->selinux_label != NULL;
}

/* As the container's own plan has it. */
static void build_proc(struct plan_builder *b)
{
	const struct plan_step *own = find_step(b->saved, PLAN_PROC);

	if (own != NULL && own->slot != PLAN_SLOT_NONE)
		plan_build_foreign_proc(b);
	else
		plan_add(b, PLAN_PROC, PLAN_SLOT_NONE);
}

static int build_join(
	struct plan_builder *b, const struct plan_exec_request *request, struct err *err)
{
	static const uint64_t types[] = { SYS_NEWPID, SYS_NEWNET, SYS_NEWIPC, SYS_NEWUTS,
		SYS_NEWCGROUP, SYS_NEWTIME };

	if (b->decisions->layout != POLICY_LAYOUT_HOST &&
		!open_namespace(b, request, SYS_NEWUSER, PLAN_SLOT_USERNS))
		return err_new(err, -EINVAL, "the container's user namespace was not recorded");
	open_cgroups(b, request);
	enter_unit(b);
	(void)plan_join_cgroups(b);
	if (plan_process_label(b) == NULL)
		copy_step(b, PLAN_KEYRING);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		join_namespace(b, request, types[i]);
	/* ORDER: the pid namespace's procfs, made where no mount of the container's can forbid it */
	if (needs_proc(&b->config->process))
		build_proc(b);
	/* ORDER: a keyring is labelled when it is made, by way of procfs */
	if (plan_process_label(b) != NULL && find_step(b->saved, PLAN_KEYRING) != NULL) {
		plan_build_key_label(b);
		copy_step(b, PLAN_KEYRING);
	}
	join_namespace(b, request, SYS_NEWNS);
	/* a terminal belongs to the container's root, as those that the container makes itself */
	if (b->request->has_console)
		copy_step(b, PLAN_FS_IDS);
	return plan_build_console(b, err);
}

int plan_build_exec(struct arena *arena, const struct plan *saved,
	const struct policy_decisions *decisions, const struct plan_exec_request *request,
	struct plan *out, struct err *err)
{
	const struct plan_request common = {
		.id = request->id,
		.has_console = decisions->config.process.terminal,
		.foreground = request->foreground,
		.n_preserved_fds = request->n_preserved_fds,
	};
	const struct plan_step *apparmor = find_step(saved, PLAN_APPARMOR);
	const struct facts facts = {
		.setgroups_denied = find_step(saved, PLAN_USER)->num[2] == 0,
		/* in a stack as its first process; the name does not matter */
		.apparmor_label = apparmor != NULL && apparmor->num[0] != 0 ? "" : NULL,
	};
	_cleanup_(plan_builder_done) struct plan_builder b = {
		.arena = arena,
		.decisions = decisions,
		.config = &decisions->config,
		.facts = &facts,
		.request = &common,
		.saved = saved,
		.uid_map = decisions->config.uid_mappings,
		.gid_map = decisions->config.gid_mappings,
		.flags = PLAN_FLAG_JOIN,
		.n_slots = PLAN_SLOT_FIRST,
	};
	struct plan_header header = { 0 };
	int r;

	/* offset 0 of the data area stays unused: {0, 0} means none */
	plan_add_blob(&b, "caisson", 8);
	header.id = plan_add_string(&b, request->id);
	r = build_join(&b, request, err);
	if (r == 0)
		r = plan_build_limits(&b, err);
	if (r == 0)
		r = plan_build_confine(&b, err);
	return r < 0 ? r : plan_builder_finish(&b, &header, out, err);
}
