/* Limits of memory and processes: defaults, and those a profile insists on. */
#include "rules.h"

#include "base/banned.h"

static const char pids_pointer[] = "/linux/resources/pids/limit";
static const char memory_pointer[] = "/linux/resources/memory/limit";

/* Could a limit of @controller be written at all? */
static bool is_possible(const struct policy_walk *w, const char *controller)
{
	return w->facts->cgroup_writable && facts_find_controller(w->facts, controller) != NULL;
}

/* Where nothing is to be set: is no limit at all a finding? */
static bool must_be_limited(const struct policy_walk *w, bool required)
{
	return required || policy_wish(w) != POLICY_BY_KEYS;
}

static void set_pids(struct policy_walk *w, uint64_t limit)
{
	struct config_resources *r = &w->out->config.resources;

	r->has_pids_limit = true;
	r->pids_limit = (int64_t)limit;
	policy_tighten(
		w, pids_pointer, "not set", arena_fmt(w->arena, "%llu", (unsigned long long)limit));
}

void policy_rule_limit_pids(struct policy_walk *w)
{
	const struct config_resources *r = &w->out->config.resources;
	uint64_t limit = w->profile->pids_limit_default;

	if (r->has_pids_limit && r->pids_limit >= 0)
		return;
	if (!r->has_pids_limit && limit != 0 && is_possible(w, "pids"))
		set_pids(w, limit);
	else if (must_be_limited(w, w->profile->pids_required))
		policy_refuse(w, pids_pointer, r->has_pids_limit ? "unlimited" : "not set",
			"a number of processes");
	else if (!r->has_pids_limit && limit != 0)
		policy_note(w, pids_pointer, "not set",
			"none: this caller cannot limit processes here");
}

static bool has_key(const struct json_strings *keys, const char *key)
{
	for (size_t i = 0; i < keys->n; i++)
		if (str_eq(keys->items[i], key))
			return true;
	return false;
}

static bool append(struct policy_walk *w, struct json_strings *list, const char *text)
{
	const char **items = policy_copy(w, list->items, list->n, 2, sizeof(*items));

	if (items == NULL)
		return false;
	items[list->n] = text;
	*list = (struct json_strings){ .items = items, .n = list->n + 1 };
	return true;
}

bool policy_unified_default(struct policy_walk *w, const char *key, const char *value)
{
	struct config_resources *r = &w->out->config.resources;

	return !has_key(&r->unified_keys, key) && append(w, &r->unified_keys, key) &&
	       append(w, &r->unified_values, value);
}

/* v1 has no such thing: there one process is killed, and the others go on without it. */
void policy_rule_limit_oom_group(struct policy_walk *w)
{
	const struct facts_hierarchy *h = facts_find_controller(w->facts, "memory");

	if (!w->profile->oom_group_default || h == NULL || !h->is_v2 || !is_possible(w, "memory"))
		return;
	if (policy_unified_default(w, "memory.oom.group", "1"))
		policy_tighten(w, "/linux/resources/unified/memory.oom.group", "not set", "1");
}

void policy_rule_limit_memory(struct policy_walk *w)
{
	const struct config_resources *r = &w->out->config.resources;

	if (!must_be_limited(w, w->profile->memory_required) ||
		(r->has_memory_limit && r->memory_limit > 0))
		return;
	policy_refuse(w, memory_pointer, r->has_memory_limit ? "unlimited" : "not set",
		"a limit in bytes");
}

void policy_rule_limit_cpu(struct policy_walk *w)
{
	const struct config_resources *r = &w->asked->resources;

	if (r->cpu_shares != 0 || (r->has_cpu_quota && r->cpu_quota > 0))
		return;
	policy_refuse(w, "/linux/resources/cpu", "neither shares nor quota", "one of them");
}
