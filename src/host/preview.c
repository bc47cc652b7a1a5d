/*
 * Thinking, before anything is done: the first half of create, all of plan.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "sys/call.h"

#include "launch.h"
#include "notify.h"

#include "base/banned.h"

int host_absolute_bundle(struct arena *arena, const char *bundle, const char **out, struct err *err)
{
	char path[PATH_MAX];

	if (realpath(bundle, path) == NULL)
		return err_sys(err, "bundle '%s'", bundle);
	*out = arena_strdup(arena, path);
	return *out != NULL ? 0 : err_new(err, -ENOMEM, "out of memory");
}

/* Facts of this machine with the paths this config names, or the ones of a test. */
static int load_facts(const char *facts_text, struct arena *arena,
	const struct policy_profile *profile, const struct config *config, const char *bundle,
	struct facts *facts, struct err *err)
{
	int r;

	if (facts_text != NULL)
		return facts_parse(arena, facts_text, facts, err);
	r = facts_gather(arena, facts, err);
	if (r < 0)
		return r;
	if (profile->landlock.is_on)
		facts->landlock_abi = sys_landlock_abi();
	return policy_probe(arena, profile, config, bundle, facts, err);
}

int host_decide(const struct host_context *ctx, const struct host_create_request *request,
	const char *facts_text, struct arena *arena, struct host_preview *out, const char **bundle,
	struct err *err)
{
	struct facts *facts = arena_alloc(arena, sizeof(*facts));
	const struct policy_profile *profile;
	struct policy_annotation annotation = { 0 };
	struct policy_request policy = {
		.no_new_keyring = request->no_new_keyring,
		.annotation = &annotation,
		.no_cgroup = ctx->cgroup_disabled,
		.systemd_cgroup = ctx->systemd_cgroup,
	};
	struct config config;
	_fd_ int bundle_fd = -1;
	int r;

	if (facts == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = host_absolute_bundle(arena, request->bundle, bundle, err);
	if (r < 0)
		return r;
	bundle_fd = open(*bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (bundle_fd < 0)
		return err_sys(err, "open bundle '%s'", *bundle);
	if (facts_text != NULL) /* a test's host: its plan must not depend on where the test lies */
		*bundle = "/bundle";
	r = config_load(arena, bundle_fd, request->config_name, &config, err);
	if (r < 0)
		return r;
	if (ctx->made_userns && facts_text == NULL)
		r = host_rootless_ids(arena, &config, err);
	if (r < 0)
		return r;
	r = policy_profile_load(arena, ctx->profile, &profile, err);
	if (r == 0)
		r = policy_profile_annotated(
			arena, &config, &ctx->profiles, &annotation, &profile, err);
	if (r < 0)
		return r;
	r = load_facts(facts_text, arena, profile, &config, *bundle, facts, err);
	if (r == 0 && facts_text == NULL)
		r = host_find_owners(ctx, arena, &config, facts, err);
	if (r == 0 && facts_text == NULL)
		r = host_find_id_owners(ctx, arena, &config, facts, err);
	if (r == 0 && ctx->systemd_cgroup && facts_text == NULL)
		r = facts_gather_systemd(arena, facts, err);
	if (r < 0)
		return r;
	policy.bundle = *bundle;
	out->facts = facts;
	return policy_decide(arena, profile, &config, facts, &policy, &out->decisions, err);
}

/* LISTEN_FDS counts only when LISTEN_PID is this process, sd_listen_fds(3). */
static unsigned listen_fds(void)
{
	const char *pid_text = secure_getenv("LISTEN_PID"),
		   *count_text = secure_getenv("LISTEN_FDS");
	uint64_t pid, count;

	if (pid_text == NULL || count_text == NULL || !num_u64(pid_text, INT32_MAX, &pid) ||
		!num_u64(count_text, HOST_KEPT_FDS_MAX, &count))
		return 0;
	return pid == (uint64_t)getpid() ? (unsigned)count : 0;
}

int host_plan_request(const struct host_context *ctx, const struct host_create_request *request,
	const struct host_preview *preview, struct arena *arena, struct plan_request *out,
	struct err *err)
{
	unsigned n_listen = listen_fds();

	*out = (struct plan_request){
		.id = request->id,
		.state_root = ctx->root,
		.has_console = preview->decisions.config.process.terminal,
		.no_pivot = request->no_pivot,
		.n_listen_fds = n_listen,
		.n_preserved_fds = n_listen + request->preserve_fds,
		.systemd_cgroup = ctx->systemd_cgroup,
		.cgroup_disabled = ctx->cgroup_disabled,
	};
	if (host_notify_wanted()) {
		out->notify_dir = host_notify_dir(arena, ctx->root, request->id);
		if (out->notify_dir == NULL)
			return err_new(err, -ENOMEM, "out of memory");
	}
	return 0;
}

/* The block that a container would get if it were the first: the plan needs some. A broken pool is
 * an error of the one who claims from it, not of plan. */
static int show_ids(const struct host_context *ctx, struct arena *arena, struct host_preview *out,
	struct err *err)
{
	struct facts *facts = arena_alloc(arena, sizeof(*facts));
	struct ids_pool pool;
	struct err ignored;

	if (facts == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	*facts = *out->facts;
	if (ids_load_pool(ctx->id_user, "/etc/subuid", "/etc/subgid", &pool, &ignored) == 0)
		facts->ids_next_base = pool.blocks.ranges[0].first;
	out->facts = facts;
	return 0;
}

int host_preview(const struct host_context *ctx, const struct host_create_request *request,
	const char *facts_text, struct arena *arena, struct host_preview *out, struct err *err)
{
	struct plan_request plan;
	const char *bundle;
	int r;

	r = host_decide(ctx, request, facts_text, arena, out, &bundle, err);
	if (r == 0 && facts_text == NULL && out->decisions.claims_ids)
		r = show_ids(ctx, arena, out, err);
	if (r < 0 || out->decisions.n_refused > 0)
		return r;
	r = host_plan_request(ctx, request, out, arena, &plan, err);
	if (r < 0)
		return r;
	plan.bundle = bundle;
	plan.wait_start = true;
	plan.ids_base = out->decisions.claims_ids ? out->facts->ids_next_base : 0;
	if (out->decisions.ids_shared != 0)
		plan.ids_base = out->decisions.ids_shared;
	return plan_build(arena, &out->decisions, out->facts, &plan, &out->plan, err);
}
