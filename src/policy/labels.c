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

/* "caisson_t" is what its processes are, "caisson_file_t" its files. The level is completed by the
 * plan, which knows the id block. */
static void set_selinux_labels(struct policy_walk *w, const char *type)
{
	size_t stem = strlen(type) - (str_ends(type, "_t") ? 2 : 0);
	struct config *config = &w->out->config;

	config->process.selinux_label = arena_fmt(w->arena, "system_u:system_r:%s:s0", type);
	config->mount_label =
		arena_fmt(w->arena, "system_u:object_r:%.*s_file_t:s0", (int)stem, type);
	w->failed =
		w->failed || config->process.selinux_label == NULL || config->mount_label == NULL;
	w->out->label_categories = true;
}

void policy_rule_selinux_default(struct policy_walk *w)
{
	const char *type = w->facts->selinux_type;
	struct policy_path root;

	if (!w->facts->selinux || w->profile->selinux_default.n == 0 || !w->asked->has_process ||
		is_set(w->asked->process.selinux_label) || is_set(w->asked->mount_label))
		return;
	if (type == NULL) {
		policy_note(w, "/process/selinuxLabel", "not set",
			arena_fmt(w->arena, "no label: the policy of this host does not have %s",
				policy_quote(w, w->profile->selinux_default.items[0])));
		return;
	}
	if (!w->out->claims_ids) {
		policy_note(w, "/process/selinuxLabel", "not set",
			"no label: its categories go with ids that caisson gives out");
		return;
	}
	if (!policy_look(w, w->asked->root_path, &root))
		return;
	/* SECURITY: what gets the label of a container is the container's; never the host's own */
	if (policy_is_host_directory(root.path) || policy_is_host_directory(root.real)) {
		policy_note(w, "/process/selinuxLabel", "not set",
			"no label: the root file system is a directory of the host");
		return;
	}
	set_selinux_labels(w, type);
	w->out->relabel_root = root.real;
	policy_tighten(w, "/process/selinuxLabel", "not set",
		arena_fmt(w->arena, "type %s, with a pair of categories for this container alone",
			policy_quote(w, type)));
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
