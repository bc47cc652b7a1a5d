/*
 * What the audit log says of a launch: the decision before anything exists, and the container
 * before it is committed, so that a profile that insists on the log can still stop it.
 */
#include "base/log.h"
#include "host/trail.h"

#include "launch.h"

#include "base/banned.h"

enum {
	REFUSALS_SHOWN_MAX = 64
};

static int write_decisive(const struct host_context *ctx, const struct host_trail_event *event,
	const struct policy_profile *profile, struct err *err)
{
	int r = host_trail_write(ctx, event, err);

	if (r >= 0)
		return 0;
	if (profile->audit_required)
		return err_ctx(
			err, "profile %s creates nothing without its audit log", profile->name);
	log_warn("%s; going on without this line: '%s'", err->msg, event->event);
	return 0;
}

static bool has_changes(const struct policy_decisions *d)
{
	for (size_t i = 0; i < d->n_findings; i++) {
		if (d->findings[i].verdict == POLICY_TIGHTEN ||
			d->findings[i].verdict == POLICY_WARN)
			return true;
	}
	return false;
}

int host_trail_decided(const struct host_context *ctx, const char *id, const char *bundle,
	const struct policy_decisions *decisions, struct err *err)
{
	bool is_refused = decisions->n_refused > 0;
	const struct host_trail_event event = {
		.event = is_refused ? "refuse" : "tighten",
		.id = id,
		.bundle = bundle,
		.profile = decisions->profile->name,
		.decisions = decisions,
		.lists_findings = true,
		.verdict = is_refused ? POLICY_REFUSE : POLICY_TIGHTEN,
	};

	if (ctx->trail == NULL || (!is_refused && !has_changes(decisions)))
		return 0;
	if (!is_refused)
		return write_decisive(ctx, &event, decisions->profile, err);
	host_trail_note(ctx, &event);
	return 0;
}

int host_refuse(const struct policy_decisions *decisions, const char *bundle, struct err *err)
{
	int r = policy_refusal(decisions, bundle, err);
	char line[LOG_MSG_MAX];
	size_t n = 0;

	/* an engine takes all of its log file for the error: there these lines come with --debug only,
	 * and the audit log has all in any case */
	for (size_t i = 0; r == -POLICY_REFUSED && i < decisions->n_findings; i++) {
		if (decisions->findings[i].verdict != POLICY_REFUSE || n++ >= REFUSALS_SHOWN_MAX)
			continue;
		policy_refusal_line(&decisions->findings[i], line, sizeof(line));
		log_warn("refused: %s", line);
	}
	if (n > REFUSALS_SHOWN_MAX)
		log_warn("refused: and %zu more", n - REFUSALS_SHOWN_MAX);
	return r;
}

int host_trail_created(const struct host_context *ctx, struct host_launch *launch, struct err *err)
{
	struct host_trail_event event;

	if (ctx->trail == NULL)
		return 0;
	event = host_trail_of(&launch->record, "create");
	event.decisions = &launch->preview.decisions;
	return write_decisive(ctx, &event, launch->preview.decisions.profile, err);
}

int host_trail_launched(const struct host_context *ctx, const struct host_create_request *request,
	const struct host_launch *launch, int r, const struct err *err)
{
	const struct policy_decisions *d = &launch->preview.decisions;
	struct host_trail_event event = {
		.event = "create",
		.id = request->id,
		.bundle = request->bundle,
		.profile = d->profile != NULL ? d->profile->name : ctx->profile,
	};

	if (r >= 0 || d->n_refused > 0)
		return r;
	return host_trail_result(ctx, &event, r, err);
}

struct host_trail_event host_trail_of(const struct store_record *record, const char *event)
{
	return (struct host_trail_event){
		.event = event,
		.id = record->id,
		.bundle = record->bundle,
		.profile = record->profile,
		.rung = record->rung,
		.ids_base = record->ids_base,
		.pid = record->pid,
	};
}

int host_trail_step(const struct host_context *ctx, const struct store_record *record,
	const char *name, int r, const struct err *err)
{
	struct host_trail_event event;

	if (ctx->trail == NULL)
		return r;
	event = host_trail_of(record, name);
	return host_trail_result(ctx, &event, r, err);
}
