/* Fields that can't be honoured: here, or on this host. */
#include "rules.h"

#include "base/banned.h"

void policy_rule_unsupported(struct policy_walk *w)
{
	for (size_t i = 0; i < w->asked->n_unsupported; i++) {
		const struct config_unsupported *u = &w->asked->unsupported[i];

		policy_refuse(w, u->pointer,
			arena_fmt(w->arena, "%s: %s: not supported yet", u->pointer, u->what), "");
	}
}

static bool is_set(const char *label)
{
	return label != NULL && *label != '\0';
}

void policy_rule_labels(struct policy_walk *w)
{
	const struct config_process *process = &w->asked->process;

	if (is_set(process->apparmor_profile) && !w->facts->apparmor &&
		!str_eq(process->apparmor_profile, "unconfined"))
		policy_refuse(w, "/process/apparmorProfile",
			arena_fmt(w->arena,
				"apparmor profile %s is set, but apparmor is not "
				"active on this host",
				policy_quote(w, process->apparmor_profile)),
			"");
	/* There is nothing to write to: without the module everything is unconfined. */
	if (!w->facts->apparmor)
		w->out->config.process.apparmor_profile = NULL;
	if (is_set(process->selinux_label) && !w->facts->selinux)
		policy_refuse(w, "/process/selinuxLabel",
			arena_fmt(w->arena,
				"selinux label %s is set, but selinux is not active "
				"on this host",
				policy_quote(w, process->selinux_label)),
			"");
	if (is_set(w->asked->mount_label) && !w->facts->selinux)
		policy_refuse(w, "/linux/mountLabel",
			arena_fmt(w->arena,
				"mount label %s is set, but selinux is not active on "
				"this host",
				policy_quote(w, w->asked->mount_label)),
			"");
}
