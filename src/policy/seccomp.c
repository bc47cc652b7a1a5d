/* The config's filter and caisson's own below it. */
#include "base/abi.h"

#include "rules.h"

#include "base/banned.h"

void policy_rule_seccomp_flags(struct policy_walk *w)
{
	const struct config_seccomp *seccomp = w->asked->seccomp;
	uint32_t missing;

	if (seccomp == NULL || !seccomp->has_flags)
		return;
	/* TSYNC has no meaning for a process with one thread, and is never used. */
	missing = seccomp->flags & ~(w->facts->seccomp_flags | SYS_SECCOMP_FLAG_TSYNC);
	if (missing != 0)
		policy_refuse(w, "/linux/seccomp/flags",
			arena_fmt(w->arena, "seccomp flags 0x%x are not supported by this kernel",
				missing),
			"");
}

void policy_rule_seccomp_floor(struct policy_walk *w)
{
	const struct config_seccomp *seccomp = w->asked->seccomp;

	if (seccomp == NULL)
		policy_tighten(w, "/linux/seccomp", "absent", "caisson's floor filter");
	else
		policy_tighten(w, "/linux/seccomp", "the config's filter",
			"the same on top of caisson's floor filter; the stricter answer counts");
}

void policy_rule_seccomp_permissive(struct policy_walk *w)
{
	const struct config_seccomp *seccomp = w->asked->seccomp;

	if (seccomp == NULL)
		return;
	if (seccomp->default_action != CONFIG_ACT_ALLOW &&
		seccomp->default_action != CONFIG_ACT_LOG &&
		seccomp->default_action != CONFIG_ACT_TRACE)
		return;
	policy_note(w, "/linux/seccomp/defaultAction",
		config_seccomp_action_name(seccomp->default_action), "the floor still denies");
}
