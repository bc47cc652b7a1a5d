/* Resource limits: upper bounds, and values where the config has none. */
#include "rules.h"

#include "base/banned.h"

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static const char *limit_text(struct policy_walk *w, uint64_t limit)
{
	if (limit == UINT64_MAX)
		return "unlimited";
	return arena_fmt(w->arena, "%llu", (unsigned long long)limit);
}

/* "RLIMIT_NOFILE 1024:524288" */
static const char *rlimit_text(struct policy_walk *w, const struct config_rlimit *rlimit)
{
	const char *soft = limit_text(w, rlimit->soft), *hard = limit_text(w, rlimit->hard);

	if (soft == NULL || hard == NULL)
		return NULL;
	return arena_fmt(w->arena, "%s %s:%s", config_rlimit_name(rlimit->type), soft, hard);
}

static const struct config_rlimit *find(
	const struct config_rlimit *items, size_t n, enum config_rlimit_type type)
{
	for (size_t i = 0; i < n; i++) {
		if (items[i].type == type)
			return &items[i];
	}
	return NULL;
}

void policy_rule_rlimit_bound(struct policy_walk *w)
{
	const struct config_process *asked = &w->asked->process;
	struct config_rlimit *rlimits;

	if (w->profile->n_rlimits == 0 || asked->n_rlimits == 0)
		return;
	rlimits = policy_copy(w, asked->rlimits, asked->n_rlimits, 0, sizeof(*rlimits));
	if (rlimits == NULL)
		return;
	for (size_t i = 0; i < asked->n_rlimits; i++) {
		const struct config_rlimit *bound =
			find(w->profile->rlimits, w->profile->n_rlimits, rlimits[i].type);

		if (bound == NULL || rlimits[i].hard <= bound->hard)
			continue;
		rlimits[i].hard = bound->hard;
		rlimits[i].soft = min_u64(rlimits[i].soft, bound->hard);
		policy_tighten(w, arena_fmt(w->arena, "/process/rlimits/%zu", i),
			rlimit_text(w, &asked->rlimits[i]), rlimit_text(w, &rlimits[i]));
	}
	w->out->config.process.rlimits = rlimits;
}

/* A hard limit above our own needs CAP_SYS_RESOURCE, which even root may lack (in a container, on
 * a hardened host), so where the config says nothing limits only go down. A facts file without
 * limits has zeros throughout; nobody runs with no descriptor at all. */
static uint64_t own_hard(const struct facts *facts, enum config_rlimit_type type)
{
	if (facts->rlimit_hard[CONFIG_RLIMIT_NOFILE] == 0)
		return UINT64_MAX;
	return facts->rlimit_hard[type];
}

void policy_rule_rlimit_default(struct policy_walk *w)
{
	_str_buf_ struct str_buf list = { 0 };
	struct config_process *process = &w->out->config.process;
	struct config_rlimit *rlimits;
	size_t n = process->n_rlimits;

	if (w->profile->n_rlimits == 0)
		return;
	rlimits = policy_copy(w, process->rlimits, n, w->profile->n_rlimits, sizeof(*rlimits));
	if (rlimits == NULL)
		return;
	for (size_t i = 0; i < w->profile->n_rlimits; i++) {
		const struct config_rlimit *bound = &w->profile->rlimits[i];

		if (find(process->rlimits, process->n_rlimits, bound->type) != NULL)
			continue;
		rlimits[n] = *bound;
		rlimits[n].hard = min_u64(bound->hard, own_hard(w->facts, bound->type));
		rlimits[n].soft = min_u64(bound->soft, rlimits[n].hard);
		policy_list_add(&list, rlimit_text(w, &rlimits[n]));
		n++;
	}
	process->rlimits = rlimits;
	process->n_rlimits = n;
	if (list.len > 0)
		policy_tighten(w, "/process/rlimits", "not set", policy_list(w, &list));
}
