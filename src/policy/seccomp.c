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

/* "caisson's floor filter", and what of it the profile opens */
static const char *floor_words(struct policy_walk *w)
{
	const char *name = policy_floor_name(w->arena, w->profile);

	if (w->profile->floor_path == NULL && policy_floor_options(w->profile) == 0)
		return "caisson's floor filter";
	if (name == NULL)
		return NULL;
	if (w->profile->floor_path != NULL)
		return arena_fmt(
			w->arena, "the administrator's floor filter %s", policy_quote(w, name));
	return arena_fmt(w->arena, "caisson's floor filter, opened by the profile: %s", name);
}

void policy_rule_seccomp_floor(struct policy_walk *w)
{
	const struct config_seccomp *seccomp = w->asked->seccomp;
	const char *floor = floor_words(w);

	if (floor == NULL)
		w->failed = true;
	else if (seccomp == NULL)
		policy_tighten(w, "/linux/seccomp", "absent", floor);
	else
		policy_tighten(w, "/linux/seccomp", "the config's filter",
			arena_fmt(w->arena, "the same on top of %s; the stricter answer counts",
				floor));
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
