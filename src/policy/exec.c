/*
 * A process that joins a container: never more than the container's first process got (I8). What
 * that one got takes the place of the profile, so that most rules are those of create.
 */
#include <errno.h>

#include "policy/policy.h"

#include "rules.h"

#include "base/banned.h"

static bool is_set(const char *text)
{
	return text != NULL && *text != '\0';
}

/* --- rules ------------------------------------------------------------------------------------ */

static void rule_inherited(struct policy_walk *w)
{
	const struct config_process *own = &w->ceiling->config->process;
	struct config_process *process = &w->out->config.process;

	/* What a process.json does not say is the container's, as in runc. */
	if (!process->has_caps)
		process->caps = own->caps;
	process->has_caps = true;
	if (!process->user.has_umask) {
		process->user.has_umask = own->user.has_umask;
		process->user.umask = own->user.umask;
	}
	if (process->n_rlimits == 0) {
		process->rlimits = own->rlimits;
		process->n_rlimits = own->n_rlimits;
	}
	if (!is_set(process->apparmor_profile))
		process->apparmor_profile = own->apparmor_profile;
	if (!is_set(process->selinux_label))
		process->selinux_label = own->selinux_label;
	if (!process->has_oom_score_adj) {
		process->has_oom_score_adj = own->has_oom_score_adj;
		process->oom_score_adj = own->oom_score_adj;
	}
}

/* SECURITY: T-23; what engines ask for by habit is dropped as it was at create. */
static void rule_caps(struct policy_walk *w)
{
	const struct config_caps *asked = &w->asked->process.caps;
	uint64_t had = w->ceiling->config->process.caps.bounding;
	uint64_t beyond = policy_cap_all(asked) & ~had, dropped;

	if (!w->ceiling->is_limited || beyond == 0)
		return;
	policy_cap_keep(&w->out->config.process.caps, had);
	dropped = beyond & w->ceiling->caps_droppable;
	beyond &= ~dropped;
	if (dropped != 0)
		policy_tighten(w, policy_cap_pointer(asked, dropped), policy_cap_names(w, dropped),
			"dropped");
	if (beyond != 0)
		policy_refuse(w, policy_cap_pointer(asked, beyond), policy_cap_names(w, beyond),
			policy_cap_names(w, had));
}

/* SECURITY: CVE-2022-29162, CVE-2022-27650: exec is where these sets came back (T-21). */
static void rule_ambient(struct policy_walk *w)
{
	const struct config_caps *asked = &w->asked->process.caps;
	const struct config_caps *had = &w->ceiling->config->process.caps;
	struct config_caps *caps = &w->out->config.process.caps;
	uint64_t lost = (asked->inheritable & ~had->inheritable) | (asked->ambient & ~had->ambient);

	if (!w->ceiling->is_limited)
		return;
	caps->inheritable &= had->inheritable;
	caps->ambient &= had->ambient;
	if (lost != 0)
		policy_tighten(w, "/process/capabilities", policy_cap_names(w, lost),
			"neither inheritable nor ambient");
}

static void rule_oom_score(struct policy_walk *w)
{
	const struct config_process *own = &w->ceiling->config->process;
	struct config_process *process = &w->out->config.process;
	int lowest = own->has_oom_score_adj ? own->oom_score_adj : 0;

	if (!w->ceiling->is_limited || !process->has_oom_score_adj ||
		process->oom_score_adj >= lowest)
		return;
	policy_tighten(w, "/process/oomScoreAdj",
		arena_fmt(w->arena, "%d", (int)process->oom_score_adj),
		arena_fmt(w->arena, "%d", lowest));
	process->oom_score_adj = lowest;
}

/* A user that the container was given holds for who joins it, too. */
static void rule_root(struct policy_walk *w)
{
	uint32_t own = w->ceiling->config->process.user.uid;

	if (own != 0 && w->asked->process.user.uid == 0)
		policy_refuse(w, "/process/user/uid", "0", arena_fmt(w->arena, "%u", own));
}

static void check_label(
	struct policy_walk *w, const char *pointer, const char *asked, const char *had)
{
	if (is_set(asked) && (had == NULL || !str_eq(asked, had)))
		policy_refuse(w, pointer, policy_quote(w, asked),
			had != NULL ? policy_quote(w, had) : "none");
}

/* Labels can't be compared: any other one may allow what the container's forbids. */
static void rule_label(struct policy_walk *w)
{
	const struct config_process *own = &w->ceiling->config->process;
	struct config_process *process = &w->out->config.process;

	/* without the module everything is unconfined, and there is nothing to write to */
	if (own->apparmor_profile == NULL && is_set(process->apparmor_profile) &&
		str_eq(process->apparmor_profile, "unconfined"))
		process->apparmor_profile = NULL;
	if (!w->ceiling->is_limited)
		return;
	check_label(
		w, "/process/apparmorProfile", process->apparmor_profile, own->apparmor_profile);
	check_label(w, "/process/selinuxLabel", process->selinux_label, own->selinux_label);
}

static const char another_container[] = "create the container with it";

static const struct policy_rule rules[] = {
	{ { "CS-PROC-1", POLICY_INFO, "a program to run", "there must be a program to run",
		  "/process", NULL, "ask for no more than the container has", NULL },
		policy_rule_process_required, POLICY_FIXED, 0, false, false, NULL },
	{ { "CS-SPEC-1", POLICY_INFO, "fields that are not supported",
		  "what cannot be honoured yet is never ignored", "", NULL,
		  "ask for no more than the container has", NULL },
		policy_rule_unsupported, POLICY_FIXED, 0, false, false, NULL },
	{ { "CS-ID-1", POLICY_INFO, "ids that are mapped", "an id without mapping cannot be taken",
		  "/process/user", NULL, "ask for no more than the container has", NULL },
		policy_rule_identity_mapped, POLICY_FIXED, 0, false, false, NULL },
	{ { "CS-EXEC-1", POLICY_INFO, "what is not said",
		  "what is not said is as for the first process", "", NULL,
		  "ask for no more than the container has", NULL },
		rule_inherited, POLICY_FIXED, 0, false, false, NULL },
	{ { "CS-CAP-2", POLICY_INFO, "unknown capabilities", "no kernel known here has it",
		  "/process/capabilities", NULL, "ask for no more than the container has", NULL },
		policy_rule_caps_unknown, POLICY_FIXED, 0, false, false, NULL },
	{ { "CS-CAP-3", POLICY_INFO, "capabilities that can't be given",
		  "caisson does not have it itself or the kernel does not know it",
		  "/process/capabilities", NULL, "ask for no more than the container has", NULL },
		policy_rule_caps_unavailable, POLICY_FIXED, 0, false, false, NULL },
	{ { "CIS-5.23", POLICY_HIGH, "more capabilities than the container",
		  "whoever joins a container gets no more than its first process",
		  "/process/capabilities", NULL, "ask for no more than the container has", NULL },
		rule_caps, POLICY_FIXED, 0, false, false, another_container },
	{ { "CIS-5.24", POLICY_HIGH, "root where the first process is not",
		  "root inside owns the image and has the capabilities that the user gave up",
		  "/process/user/uid", NULL, "join it as the user of the container", NULL },
		rule_root, POLICY_FREE, 0, true, false, NULL },
	{ { "CS-EXEC-2", POLICY_HIGH, "ambient and inheritable capabilities",
		  "ambient capabilities survive a change of user and every execve",
		  "/process/capabilities", NULL, "ask for no more than the container has", NULL },
		rule_ambient, POLICY_FIXED, 0, false, false, NULL },
	{ { "CS-CAP-6", POLICY_INFO, "sets of capabilities that agree",
		  "nobody holds what the bounding set does not contain", "/process/capabilities",
		  NULL, "ask for no more than the container has", NULL },
		policy_rule_caps_subset, POLICY_FIXED, POLICY_SWITCH(caps_limited), false, false,
		NULL },
	{ { "CIS-5.26", POLICY_HIGH, "no new privileges",
		  "no program may raise its privileges by execve", "/process/noNewPrivileges", NULL,
		  "ask for no more than the container has", NULL },
		policy_rule_no_new_privileges, POLICY_FIXED, POLICY_SWITCH(no_new_privileges),
		false, false, NULL },
	{ { "CS-EXEC-3", POLICY_MEDIUM, "spared when memory runs out",
		  "the kernel would end other processes of the container first",
		  "/process/oomScoreAdj", NULL, "ask for no more than the container has", NULL },
		rule_oom_score, POLICY_FIXED, 0, false, false, NULL },
	{ { "CIS-5.19", POLICY_LOW, "resource limits",
		  "whoever joins a container gets no more than its first process",
		  "/process/rlimits", NULL, "ask for no more than the container has", NULL },
		policy_rule_rlimit_bound, POLICY_FIXED, 0, false, false, NULL },
	{ { "CS-LIM-1", POLICY_LOW, "resource limits of a process without any",
		  "limits must not depend on who called caisson", "/process/rlimits", NULL,
		  "ask for no more than the container has", NULL },
		policy_rule_rlimit_default, POLICY_FIXED, 0, false, false, NULL },
	{ { "CS-EXEC-4", POLICY_HIGH, "another label",
		  "another label may allow what that of the container forbids", "/process", NULL,
		  "ask for no more than the container has", NULL },
		rule_label, POLICY_FIXED, 0, false, false, another_container },
};

const struct policy_rule *policy_exec_rule_at(size_t i)
{
	return i < ARRAY_SIZE(rules) ? &rules[i] : NULL;
}

enum policy_wish policy_exec_as_root(const struct policy_profile *profile)
{
	return (enum policy_wish)profile->wishes[policy_rule_index("CIS-5.24")];
}

/* --- the walk --------------------------------------------------------------------------------- */

/* What the container's first process got, as the profile that the rules of create know. */
static struct policy_profile profile_of(const struct policy_ceiling *ceiling)
{
	const struct config_process *own = &ceiling->config->process;
	struct policy_profile profile = { .name = ceiling->profile };

	if (!ceiling->is_limited)
		return profile;
	profile.caps_limited = true;
	profile.no_new_privileges = own->no_new_privileges;
	profile.rlimits = own->rlimits;
	profile.n_rlimits = own->n_rlimits;
	return profile;
}

int policy_decide_exec(struct arena *arena, const struct policy_ceiling *ceiling,
	const struct config *asked, const struct facts *facts, struct policy_decisions *out,
	struct err *err)
{
	struct policy_profile *profile = arena_alloc(arena, sizeof(*profile));
	struct facts *known = arena_alloc(arena, sizeof(*known));
	struct config config = {
		.has_process = asked->has_process,
		.process = asked->process,
		.unsupported = asked->unsupported,
		.n_unsupported = asked->n_unsupported,
		.uid_mappings = ceiling->config->uid_mappings,
		.gid_mappings = ceiling->config->gid_mappings,
		.has_personality = ceiling->config->has_personality,
		.personality_linux32 = ceiling->config->personality_linux32,
	};
	struct policy_decisions decisions = {
		.profile = profile,
		.config = config,
		.layout = ceiling->layout,
		.lock_ambient = ceiling->lock_ambient,
		.subject = "this process",
	};
	struct policy_walk w = {
		.arena = arena,
		.profile = profile,
		.asked = &config,
		.facts = known,
		.ceiling = ceiling,
		.out = &decisions,
	};
	int r;

	if (profile == NULL || known == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	*profile = profile_of(ceiling);
	known->initial_userns = true; /* ids are judged by the maps alone */
	known->caps = facts->caps;
	known->setgroups_denied = ceiling->setgroups_denied;
	r = policy_walk_rules(&w, policy_exec_rule_at, err);
	if (r < 0)
		return r;
	*out = decisions;
	return 0;
}
