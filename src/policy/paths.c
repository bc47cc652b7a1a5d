/* Paths of /proc and /sys that are hidden or made read-only beyond what was asked. */
#include "rules.h"

#include "base/banned.h"

static bool contains(const struct json_strings *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++) {
		if (str_eq(list->items[i], text))
			return true;
	}
	return false;
}

/* The config's own paths first, in their order: a path below a masked one is then missing, as it
 * is under runc (MASK-01). */
static void unite(struct policy_walk *w, struct json_strings *paths,
	const struct json_strings *more, const char *pointer)
{
	_str_buf_ struct str_buf list = { 0 };
	const char **items;
	size_t n = paths->n;

	items = policy_copy(w, paths->items, paths->n, more->n + 1, sizeof(*items));
	if (items == NULL)
		return;
	for (size_t i = 0; i < more->n; i++) {
		if (contains(paths, more->items[i]))
			continue;
		items[n++] = more->items[i];
		policy_list_add(&list, more->items[i]);
	}
	if (n == paths->n)
		return;
	*paths = (struct json_strings){ .items = items, .n = n };
	policy_tighten(w, pointer, "list without these paths", policy_list(w, &list));
}

void policy_rule_masked_paths(struct policy_walk *w)
{
	/* Refused already in such a profile; without one the host's own paths would be masked. */
	if (!w->asked->namespaces[CONFIG_NS_MOUNT].present)
		return;
	unite(w, &w->out->config.masked_paths, &w->profile->masked_paths, "/linux/maskedPaths");
}

void policy_rule_readonly_paths(struct policy_walk *w)
{
	if (!w->asked->namespaces[CONFIG_NS_MOUNT].present)
		return;
	unite(w, &w->out->config.readonly_paths, &w->profile->readonly_paths,
		"/linux/readonlyPaths");
}
