/* What holds for the process as a whole. */
#include "rules.h"

#include "base/banned.h"

void policy_rule_process_required(struct policy_walk *w)
{
	const struct config_process *process = &w->asked->process;

	/* SPEC: create without a process is legal (PROC-01); a container that could never be
	 * started is not made all the same, as in runc, whose words these are. */
	if (!w->asked->has_process) {
		policy_refuse(w, "/process", "process property must not be empty", "");
		return;
	}
	if (process->args.n == 0)
		policy_refuse(w, "/process/args", "args must not be empty", "");
}

void policy_rule_no_new_privileges(struct policy_walk *w)
{
	if (!w->profile->no_new_privileges || w->asked->process.no_new_privileges)
		return;
	w->out->config.process.no_new_privileges = true;
	policy_tighten(w, "/process/noNewPrivileges", "false", "true");
}

void policy_rule_keyring(struct policy_walk *w)
{
	w->out->session_keyring = !w->request->no_new_keyring || w->profile->keyring_always;
	if (w->request->no_new_keyring && w->profile->keyring_always)
		policy_tighten(w, "", "--no-new-keyring", "a new session keyring");
}

void policy_rule_oom_score(struct policy_walk *w)
{
	const struct config_process *process = &w->asked->process;
	int lowest = w->facts->oom_score_adj;

	/* Only root of the machine may go below what the caller has; runc goes on there, too. */
	if (process->has_oom_score_adj && w->out->is_rootless && process->oom_score_adj < lowest) {
		w->out->config.process.oom_score_adj = lowest;
		policy_note(w, "/process/oomScoreAdj",
			arena_fmt(w->arena, "%d", (int)process->oom_score_adj),
			arena_fmt(w->arena, "%d, the lowest the caller may set", lowest));
		return;
	}
	if (!process->has_oom_score_adj || process->oom_score_adj >= 0)
		return;
	policy_note(w, "/process/oomScoreAdj",
		arena_fmt(w->arena, "%d", (int)process->oom_score_adj), "as asked");
}
