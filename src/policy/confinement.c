/* The labels of mandatory access control, where this host has it. */
#include <string.h>

#include "rules.h"

#include "base/banned.h"

void policy_rule_apparmor(struct policy_walk *w)
{
	/* as CS-LSM-2 has left it */
	const char *profile = w->out->config.process.apparmor_profile;

	if (!w->facts->apparmor)
		return;
	if (profile == NULL || *profile == '\0')
		policy_refuse(w, "/process/apparmorProfile", "not set", "a loaded profile");
	else if (str_eq(profile, "unconfined"))
		policy_refuse(w, "/process/apparmorProfile", "'unconfined'", "a loaded profile");
}

/* "user:role:type:level": the type decides what the label lets its holder do. */
bool policy_is_container_label(const char *label)
{
	static const char *const types[] = { "caisson_t", "container_t", "container_init_t",
		"container_kvm_t", "container_engine_t" };
	const char *type = strchr(label, ':');
	size_t len;

	type = type != NULL ? strchr(type + 1, ':') : NULL;
	if (type == NULL)
		return false;
	len = strcspn(++type, ":");
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strlen(types[i]) == len && strncmp(type, types[i], len) == 0)
			return true;
	}
	return false;
}

void policy_rule_selinux(struct policy_walk *w)
{
	/* as CS-LSM-4 has left it */
	const char *label = w->out->config.process.selinux_label;

	if (!w->facts->selinux)
		return;
	if (label == NULL || *label == '\0')
		policy_refuse(w, "/process/selinuxLabel", "not set", "a label of type container_t");
	else if (!policy_is_container_label(label))
		policy_refuse(w, "/process/selinuxLabel", policy_quote(w, label),
			"a label of type container_t");
}
