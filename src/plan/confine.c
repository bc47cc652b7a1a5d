/*
 * Giving up privilege, in the one order that works: what needs the host first, the user namespace,
 * then ids and capabilities, then what needs no right at all; the filters last.
 */
#include <errno.h>
#include <signal.h>

#include "build.h"
#include "floor.h"

#include "base/banned.h"

enum {
	UMASK_DEFAULT = 022
}; /* runc's, PROC-09 */

int plan_build_limits(struct plan_builder *b, struct err *err)
{
	const struct config_process *process = &b->config->process;

	(void)err;
	if (process->has_oom_score_adj)
		plan_add(b, PLAN_OOM_SCORE, PLAN_SLOT_NONE)->num[0] =
			(uint64_t)(int64_t)process->oom_score_adj;
	/* ORDER: last of the build stage: a small limit must not hit caisson-init's own work, but
	 * raising one needs the host's CAP_SYS_RESOURCE (PROC-11). */
	for (size_t i = 0; i < process->n_rlimits; i++) {
		struct plan_step *step = plan_add(b, PLAN_RLIMIT, PLAN_SLOT_NONE);

		step->num[0] = (uint64_t)process->rlimits[i].type;
		step->num[1] = process->rlimits[i].soft;
		step->num[2] = process->rlimits[i].hard;
	}
	return 0;
}

struct filter {
	const char *name; /* NULL = none */
	const struct sys_bpf_insn *insns;
	size_t n;
	uint64_t flags;
};

static void add_filter(struct plan_builder *b, enum plan_stage stage, const struct filter *filter)
{
	struct plan_step *step = plan_add_at(b, stage, PLAN_SECCOMP, PLAN_SLOT_NONE);

	step->ref[0] = plan_add_blob(b, filter->insns, filter->n * sizeof(*filter->insns));
	step->ref[1] = plan_add_string(b, filter->name);
	step->num[0] = filter->flags;
}

/* exec: the very programs that the container's first process runs under */
static void copy_filters(struct plan_builder *b, enum plan_stage stage)
{
	for (uint32_t i = 0; i < b->saved->header->n_steps; i++) {
		const struct plan_step *from = &b->saved->steps[i];
		struct filter filter = { .flags = from->num[0] };
		size_t size;

		if (from->kind != PLAN_SECCOMP)
			continue;
		filter.name = plan_string(b->saved, &from->ref[1]);
		filter.insns = plan_blob(b->saved, &from->ref[0], &size);
		filter.n = size / sizeof(*filter.insns);
		add_filter(b, stage, &filter);
	}
}

static int compile_floor(struct plan_builder *b, struct filter *out, struct err *err)
{
	const struct policy_profile *profile = b->decisions->profile;
	int r;

	if (!profile->floor)
		return 0;
	out->name = policy_floor_name(b->arena, profile);
	if (out->name == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = plan_floor(b->arena, profile, &out->insns, &out->n, err);
	return r < 0 ? err_ctx(err, "seccomp filter '%s'", out->name) : 0;
}

static int compile_config(struct plan_builder *b, struct filter *out, struct err *err)
{
	const struct config_seccomp *seccomp = b->config->seccomp;
	int r;

	if (seccomp == NULL)
		return 0;
	out->name = "config";
	/* SEC-05: runc's default where the config has no flags */
	out->flags = seccomp->has_flags ? seccomp->flags : SYS_SECCOMP_FLAG_SPEC_ALLOW;
	r = plan_seccomp_compile(b->arena, seccomp, false, &out->insns, &out->n, err);
	return r < 0 ? err_ctx(err, "seccomp filter 'config'") : 0;
}

/* Both as one program, where that is the same: half the work for the kernel. The floor never asks
 * for SPEC_ALLOW, so what becomes one with it keeps the speculation mitigations on. */
static bool chain(struct plan_builder *b, struct filter *floor, struct filter *config)
{
	const struct sys_bpf_insn *both;

	if (floor->name == NULL || config->name == NULL ||
		(config->flags & ~(uint64_t)SYS_SECCOMP_FLAG_SPEC_ALLOW) != 0)
		return false;
	both = plan_seccomp_chain(b->arena, config->insns, config->n, floor->insns, floor->n);
	if (both == NULL)
		return false;
	floor->name = arena_fmt(b->arena, "config, %s", floor->name);
	floor->insns = both;
	floor->n += config->n;
	return floor->name != NULL;
}

static int add_filters(struct plan_builder *b, enum plan_stage stage, struct err *err)
{
	struct filter floor = { 0 }, config = { 0 };
	int r;

	if (b->saved != NULL) {
		copy_filters(b, stage);
		return 0;
	}
	r = compile_floor(b, &floor, err);
	if (r == 0)
		r = compile_config(b, &config, err);
	if (r < 0)
		return r;
	if (chain(b, &floor, &config))
		config.name = NULL;
	/* ORDER: the floor first; the kernel takes the stricter result of all (I2) */
	if (floor.name != NULL)
		add_filter(b, stage, &floor);
	if (config.name != NULL)
		add_filter(b, stage, &config);
	return 0;
}

static void add_user(struct plan_builder *b)
{
	const struct config_user *user = &b->config->process.user;
	struct plan_step *step = plan_add(b, PLAN_USER, PLAN_SLOT_NONE);

	step->num[0] = user->uid;
	step->num[1] = user->gid;
	/* Where it is forbidden the caller keeps its groups: one of them may be what keeps it out of
	 * a file, user_namespaces(7). */
	step->num[2] = b->facts->setgroups_denied ? 0 : 1;
	step->ref[0] = plan_add_blob(b, user->groups, user->n_groups * sizeof(*user->groups));
}

static void add_caps(struct plan_builder *b)
{
	const struct config_caps *caps = &b->config->process.caps;
	struct plan_step *step;

	step = plan_add(b, PLAN_CAPS, PLAN_SLOT_NONE);
	step->num[0] = caps->effective;
	step->num[1] = caps->permitted;
	step->num[2] = caps->inheritable;
	step->num[3] = caps->ambient;
}

static void add_labels(struct plan_builder *b)
{
	const struct config_process *process = &b->config->process;
	const char *label = plan_process_label(b);

	if (process->apparmor_profile != NULL && *process->apparmor_profile != '\0') {
		struct plan_step *step = plan_add(b, PLAN_APPARMOR, PLAN_SLOT_NONE);

		step->ref[0] = plan_add_string(b, plan_apparmor_name(b, process->apparmor_profile));
		/* SECURITY: what confines us must confine the container, too */
		step->num[0] = b->facts->apparmor_label != NULL ? 1 : 0;
	}
	if (label != NULL)
		plan_add_at(b, PLAN_STAGE_CONFINE, PLAN_SELINUX, PLAN_SLOT_NONE)->ref[0] =
			plan_add_string(b, label);
}

static int add_start(
	struct plan_builder *b, struct plan_ref args, struct plan_ref env, struct err *err)
{
	struct plan_step *step;
	int r;

	plan_build_init_hooks(b, PLAN_STAGE_START, CONFIG_HOOK_START_CONTAINER);
	if (b->request->foreground)
		plan_add(b, PLAN_PDEATHSIG, PLAN_SLOT_NONE)->num[0] = SIGKILL;
	/* SECURITY: only stdio and what the caller asked to keep reaches the workload (FD-01,
	 * CVE-2024-21626: T-01) */
	plan_add(b, PLAN_CLOSE_FDS, PLAN_SLOT_NONE)->num[0] = 3 + b->request->n_preserved_fds;
	if (b->config->process.no_new_privileges) {
		r = add_filters(b, PLAN_STAGE_START, err);
		if (r < 0)
			return r;
	}
	step = plan_add(b, PLAN_EXEC, PLAN_SLOT_NONE);
	step->ref[0] = args;
	step->ref[1] = env;
	return 0;
}

/* exec: as the container's first process */
static bool is_wx_denied(const struct plan_builder *b)
{
	if (b->saved == NULL)
		return b->decisions->wx_denied;
	for (uint32_t i = 0; i < b->saved->header->n_steps; i++) {
		if (b->saved->steps[i].kind == PLAN_NO_WX)
			return true;
	}
	return false;
}

int plan_build_confine(struct plan_builder *b, struct err *err)
{
	const struct config *config = b->config;
	const struct config_process *process = &config->process;
	struct json_strings env;
	struct plan_ref args_ref, env_ref;
	struct plan_step *step;
	int r;

	if (b->decisions->layout != POLICY_LAYOUT_HOST)
		plan_add(b, PLAN_USERNS_JOIN, PLAN_SLOT_USERNS);
	/* exec joins the second mount namespace as it is */
	if (b->decisions->layout == POLICY_LAYOUT_OWNING && b->saved == NULL)
		plan_add(b, PLAN_LOCK_MOUNTS, PLAN_SLOT_NONE);
	/* SEC-08: without no_new_privs loading needs CAP_SYS_ADMIN, so it comes before the drop */
	if (!process->no_new_privileges) {
		r = add_filters(b, PLAN_STAGE_CONFINE, err);
		if (r < 0)
			return r;
	}
	/* CAP-01: a set that is not listed is empty, and so are all without the object (T-20), as
	 * under runc and crun */
	plan_add(b, PLAN_BOUNDING, PLAN_SLOT_NONE)->num[0] = process->caps.bounding;
	if (b->decisions->lock_ambient)
		plan_add(b, PLAN_SECUREBITS, PLAN_SLOT_NONE)->num[0] =
			SYS_SECBIT_NO_CAP_AMBIENT_RAISE | SYS_SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
	add_user(b);
	add_caps(b);
	plan_add(b, PLAN_UMASK, PLAN_SLOT_NONE)->num[0] =
		process->user.has_umask ? process->user.umask : UMASK_DEFAULT;
	plan_add(b, PLAN_CWD, PLAN_SLOT_NONE)->ref[0] = plan_add_string(b, process->cwd);
	if (config->has_personality)
		plan_add(b, PLAN_PERSONALITY, PLAN_SLOT_NONE)->num[0] =
			config->personality_linux32 ? 8 : 0;
	if (process->no_new_privileges)
		plan_add(b, PLAN_NO_NEW_PRIVS, PLAN_SLOT_NONE);
	if (is_wx_denied(b))
		plan_add(b, PLAN_NO_WX, PLAN_SLOT_NONE);
	add_labels(b);
	/* ORDER: procfs of our own is beyond its rules, so labels are written before */
	if (b->saved != NULL)
		plan_copy_landlock(b);
	else
		plan_build_landlock(b);
	r = plan_build_env(b, &env, err);
	if (r < 0)
		return r;
	args_ref = plan_add_strings(b, &process->args);
	env_ref = plan_add_strings(b, &env);
	step = plan_add(b, PLAN_FIND_EXEC, PLAN_SLOT_NONE);
	step->ref[0] = args_ref;
	step->ref[1] = env_ref;
	if (b->request->wait_start)
		b->flags |= PLAN_FLAG_WAIT_START;
	plan_add(b, PLAN_GATE, b->request->wait_start ? PLAN_SLOT_GATE : PLAN_SLOT_NONE);
	return add_start(b, args_ref, env_ref, err);
}
