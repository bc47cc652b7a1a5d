/* What comes from the caller or goes to the host: terminals, core files, the place among cgroups. */
#include <string.h>

#include "rules.h"

#include "base/banned.h"

/* --- terminals -------------------------------------------------------------------------------- */

void policy_rule_terminal(struct policy_walk *w)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };
	_str_buf_ struct str_buf list = { 0 };

	if (w->asked->process.terminal)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if ((w->facts->terminals >> i & 1) != 0)
			policy_list_add(&list, names[i]);
	}
	if (list.len == 0)
		return;
	str_buf_puts(&list, " of the caller");
	if (w->facts->legacy_tiocsti)
		str_buf_puts(&list, ", into which this kernel lets programs type");
	policy_refuse(
		w, "/process/terminal", policy_list(w, &list), "a terminal of its own, or none");
}

/* --- core files ------------------------------------------------------------------------------- */

static const struct config_rlimit *core_limit(const struct config_process *process)
{
	for (size_t i = 0; i < process->n_rlimits; i++) {
		if (process->rlimits[i].type == CONFIG_RLIMIT_CORE)
			return &process->rlimits[i];
	}
	return NULL;
}

/* A facts file without limits has zeros throughout, see rlimits.c. */
static bool can_be_one(const struct facts *facts, const struct config_rlimit *limit)
{
	return (limit != NULL && limit->hard >= 1) ||
	       facts->rlimit_hard[CONFIG_RLIMIT_NOFILE] == 0 ||
	       facts->rlimit_hard[CONFIG_RLIMIT_CORE] >= 1;
}

static void set_core_limit(struct config_process *process, struct config_rlimit *rlimits)
{
	const struct config_rlimit *limit = core_limit(process);
	size_t i = limit != NULL ? (size_t)(limit - process->rlimits) : process->n_rlimits++;

	rlimits[i] = (struct config_rlimit){ .type = CONFIG_RLIMIT_CORE, .soft = 1, .hard = 1 };
	process->rlimits = rlimits;
}

/* The kernel hands a core to a pipe whatever the limit is, unless that is exactly one byte: core(5).
 * Nor is a file of one byte ever written. */
void policy_rule_core(struct policy_walk *w)
{
	struct config_process *process = &w->out->config.process;
	const struct config_rlimit *limit = core_limit(process);
	const char *pattern = w->facts->core_pattern;
	struct config_rlimit *rlimits;

	if (pattern == NULL || pattern[0] != '|' ||
		(limit != NULL && limit->soft == 1 && limit->hard == 1))
		return;
	if (!can_be_one(w->facts, limit)) {
		policy_note(w, "/process/rlimits", policy_quote(w, pattern),
			"as it is: this caller can't set RLIMIT_CORE");
		return;
	}
	rlimits = policy_copy(w, process->rlimits, process->n_rlimits, 1, sizeof(*rlimits));
	if (rlimits == NULL)
		return;
	set_core_limit(process, rlimits);
	policy_tighten(w, "/process/rlimits",
		arena_fmt(w->arena, "core files go to %s of the host", policy_quote(w, pattern)),
		"RLIMIT_CORE 1:1, with which the kernel makes none");
}

/* --- cgroups ---------------------------------------------------------------------------------- */

bool policy_cgroup_is_expected(const struct json_strings *parents, const char *path)
{
	for (size_t i = 0; i < parents->n; i++) {
		if (policy_path_matches(parents->items[i], path))
			return true;
	}
	return false;
}

/* "slice:prefix:name" as the path of a scope in that slice; NULL: out of memory */
static const char *path_of(struct arena *arena, const char *asked)
{
	const char *prefix = strchr(asked, ':');
	const char *name = prefix != NULL ? strchr(prefix + 1, ':') : NULL;

	if (name == NULL)
		return arena_strdup(arena, asked);
	return arena_fmt(arena, "/%.*s/%.*s-%s.scope",
		prefix == asked ? (int)strlen("system.slice") : (int)(prefix - asked),
		prefix == asked ? "system.slice" : asked, (int)(name - prefix - 1), prefix + 1,
		name + 1);
}

void policy_rule_cgroup_parent(struct policy_walk *w)
{
	const char *asked = w->asked->cgroups_path, *path;

	/* a relative one is below caisson's own */
	if (w->profile->cgroup_parents.n == 0 || asked == NULL ||
		(asked[0] != '/' && strchr(asked, ':') == NULL))
		return;
	path = path_of(w->arena, asked);
	if (path == NULL) {
		w->failed = true;
		return;
	}
	if (!policy_cgroup_is_expected(&w->profile->cgroup_parents, path))
		policy_refuse(w, "/linux/cgroupsPath", policy_quote(w, asked),
			"a cgroup below one of \"cgroup_parents\"");
}
