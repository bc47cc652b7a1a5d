/* What holds for the process as a whole. */
#include <ctype.h>
#include <string.h>

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
	if (w->asked->process.no_new_privileges)
		return;
	w->out->config.process.no_new_privileges = true;
	policy_tighten(w, "/process/noNewPrivileges", "false", "true");
}

void policy_rule_wx(struct policy_walk *w)
{
	const struct facts *facts = w->facts;

	if (facts->kernel_major < 6 || (facts->kernel_major == 6 && facts->kernel_minor < 3)) {
		policy_refuse(w, "/process",
			arena_fmt(w->arena, "kernel %u.%u can't deny it", facts->kernel_major,
				facts->kernel_minor),
			"kernel 6.3 or later");
		return;
	}
	w->out->wx_denied = true;
	policy_tighten(w, "/process", "memory may be writable and executable", "denied");
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

/* --- only where a profile's "rules" asks for them ---------------------------------------------- */

/* Does the name of a variable, "NAME=value", have one of the words people give to secrets? */
static bool names_secret(const char *variable)
{
	static const char *const words[] = { "PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY",
		"APIKEY", "PRIVATE_KEY", "CREDENTIAL", "ACCESS_KEY" };
	char name[128];
	size_t len = strcspn(variable, "=");

	if (len >= sizeof(name))
		len = sizeof(name) - 1;
	for (size_t i = 0; i < len; i++)
		name[i] = (char)toupper((unsigned char)variable[i]);
	name[len] = '\0';
	/* what names a file that holds the secret is the way it should be done */
	if (str_ends(name, "_FILE"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strstr(name, words[i]) != NULL)
			return true;
	}
	return false;
}

void policy_rule_environment(struct policy_walk *w)
{
	const struct json_strings *env = &w->asked->process.env;

	for (size_t i = 0; i < env->n && !w->failed; i++) {
		if (!names_secret(env->items[i]))
			continue;
		/* SECURITY: the name only, never the value */
		policy_refuse(w, arena_fmt(w->arena, "/process/env/%zu", i),
			policy_quote(w, arena_strndup(w->arena, env->items[i],
						strcspn(env->items[i], "="))),
			"a file that only the workload can read");
	}
}

void policy_rule_sshd(struct policy_walk *w)
{
	const struct json_strings *args = &w->asked->process.args;

	for (size_t i = 0; i < args->n && !w->failed; i++) {
		if (str_eq(args->items[i], "sshd") || str_ends(args->items[i], "/sshd"))
			policy_refuse(w, arena_fmt(w->arena, "/process/args/%zu", i),
				policy_quote(w, args->items[i]), "'caisson exec' for a shell");
	}
}

/* What other runtimes and systemd take orders from. caisson does not; who reads the config next
 * may. */
void policy_rule_annotations(struct policy_walk *w)
{
	static const char *const prefixes[] = { "org.systemd.property.", "run.oci.",
		"io.kubernetes.cri-o.", "module.wasm." };
	const struct json_strings *keys = &w->asked->annotation_keys;

	for (size_t i = 0; i < keys->n && !w->failed; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(prefixes); k++) {
			if (str_starts(keys->items[i], prefixes[k]))
				policy_refuse(w, "/annotations", policy_quote(w, keys->items[i]),
					"no annotation that changes how a runtime works");
		}
	}
}
