/* Labels of mandatory access control: whether they can be had here, and which a config without any
 * gets. */
#include <string.h>

#include "rules.h"

#include "base/banned.h"

static bool is_set(const char *label)
{
	return label != NULL && *label != '\0';
}

static void refuse_inactive(
	struct policy_walk *w, const char *pointer, const char *what, const char *label)
{
	policy_refuse(w, pointer,
		arena_fmt(w->arena, "%s %s is set, but %s is not active on this host", what,
			policy_quote(w, label),
			str_starts(what, "apparmor") ? "apparmor" : "selinux"),
		"");
}

/* Confined ourselves, we can give a container less, never more. */
static void check_unconfined(struct policy_walk *w)
{
	if (w->facts->apparmor_label == NULL)
		return;
	policy_note(w, "/process/apparmorProfile", "'unconfined'",
		arena_fmt(w->arena, "stays in %s, as caisson itself",
			policy_quote(w, w->facts->apparmor_label)));
	w->out->config.process.apparmor_profile = NULL;
}

static void check_apparmor(struct policy_walk *w, const char *profile)
{
	bool unconfined = str_eq(profile, "unconfined");

	if (!w->facts->apparmor) {
		/* There is nothing to write to: without the module everything is unconfined. */
		if (!unconfined)
			refuse_inactive(w, "/process/apparmorProfile", "apparmor profile", profile);
		w->out->config.process.apparmor_profile = NULL;
		return;
	}
	if (unconfined)
		check_unconfined(w);
	if (facts_apparmor_state(w->facts, profile) == FACTS_APPARMOR_MISSING)
		policy_refuse(w, "/process/apparmorProfile",
			arena_fmt(w->arena, "apparmor profile %s is not loaded on this host",
				policy_quote(w, profile)),
			"a loaded profile");
}

void policy_rule_labels(struct policy_walk *w)
{
	const struct config_process *process = &w->asked->process;

	if (is_set(process->apparmor_profile))
		check_apparmor(w, process->apparmor_profile);
	if (is_set(process->selinux_label) && !w->facts->selinux)
		refuse_inactive(
			w, "/process/selinuxLabel", "selinux label", process->selinux_label);
	if (is_set(w->asked->mount_label) && !w->facts->selinux)
		refuse_inactive(w, "/linux/mountLabel", "mount label", w->asked->mount_label);
}

void policy_rule_apparmor_default(struct policy_walk *w)
{
	const char *name = w->profile->apparmor_default;

	if (!w->facts->apparmor || !is_set(name) || is_set(w->asked->process.apparmor_profile) ||
		!w->asked->has_process)
		return;
	switch (facts_apparmor_state(w->facts, name)) {
	case FACTS_APPARMOR_LOADED:
		w->out->config.process.apparmor_profile = name;
		policy_tighten(w, "/process/apparmorProfile", "not set", policy_quote(w, name));
		break;
	case FACTS_APPARMOR_MISSING:
		policy_note(w, "/process/apparmorProfile", "not set",
			arena_fmt(w->arena, "no profile: %s is not loaded on this host",
				policy_quote(w, name)));
		break;
	case FACTS_APPARMOR_UNKNOWN:
		break;
	}
}
