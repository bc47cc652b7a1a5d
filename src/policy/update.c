/*
 * Other limits for a container that exists: what its profile demanded at create, no update takes away.
 */
#include <errno.h>
#include <string.h>

#include "policy/policy.h"

#include "rules.h"

#include "base/banned.h"

/* unified comes last and would override the rest */
static bool unified_lifts(const struct config_resources *r, const char *key)
{
	for (size_t i = 0; i < r->unified_keys.n; i++) {
		if (str_eq(r->unified_keys.items[i], key) &&
			strstr(r->unified_values.items[i], "max") != NULL)
			return true;
	}
	return false;
}

static void rule_memory(struct policy_walk *w)
{
	const struct config_resources *r = &w->asked->resources;

	if (w->profile->memory_required &&
		((r->has_memory_limit && r->memory_limit < 0) || unified_lifts(r, "memory.max")))
		policy_refuse(w, "/linux/resources/memory/limit", "unlimited", "a limit in bytes");
}

static void rule_pids(struct policy_walk *w)
{
	const struct config_resources *r = &w->asked->resources;

	if (w->profile->pids_required &&
		((r->has_pids_limit && r->pids_limit < 0) || unified_lifts(r, "pids.max")))
		policy_refuse(
			w, "/linux/resources/pids/limit", "unlimited", "a number of processes");
}

static const struct policy_rule rules[] = {
	{ { "CIS-5.11", POLICY_MEDIUM, "limit of memory",
		  "the container was created under a profile that demands one",
		  "/linux/resources/memory/limit", NULL, "set another limit", NULL },
		rule_memory, POLICY_FIXED, 0, false, false,
		"create it with a profile without \"memory\" in \"limits_required\"" },
	{ { "CIS-5.29", POLICY_MEDIUM, "limit of processes",
		  "the container was created under a profile that demands one",
		  "/linux/resources/pids/limit", NULL, "set another limit", NULL },
		rule_pids, POLICY_FIXED, 0, false, false,
		"create it with a profile without \"pids\" in \"limits_required\"" },
};

static const struct policy_rule *rule_at(size_t i)
{
	return i < ARRAY_SIZE(rules) ? &rules[i] : NULL;
}

int policy_decide_update(struct arena *arena, const struct policy_demands *demands,
	const struct config_resources *resources, struct policy_decisions *out, struct err *err)
{
	struct policy_profile *profile = arena_alloc(arena, sizeof(*profile));
	struct config *asked = arena_alloc(arena, sizeof(*asked));
	struct policy_decisions decisions = { .profile = profile, .subject = "this update" };
	struct policy_walk w = {
		.arena = arena,
		.profile = profile,
		.asked = asked,
		.out = &decisions,
	};
	int r;

	if (profile == NULL || asked == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	profile->name = demands->profile;
	profile->memory_required = demands->memory_required;
	profile->pids_required = demands->pids_required;
	asked->resources = *resources;
	r = policy_walk_rules(&w, rule_at, err);
	if (r < 0)
		return r;
	*out = decisions;
	return 0;
}
