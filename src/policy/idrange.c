/* Ids of the host that a container is given although they are somebody's. */
#include "rules.h"

#include "base/banned.h"

enum {
	SHOWN = 6
};

static bool overlaps(uint64_t first, uint64_t count, const struct facts_id_user *user)
{
	return first < (uint64_t)user->first + user->count && user->first < first + count;
}

void policy_id_users_add(struct str_buf *list, size_t *n, uint64_t first, uint64_t count,
	const struct policy_id_users *users)
{
	char shown[120];

	for (size_t i = 0; i < users->n; i++) {
		const struct facts_id_user *user = &users->items[i];

		if (!overlaps(first, count, user) || (*n)++ >= SHOWN)
			continue;
		str_buf_fmt(list, "%s%s (%u", list->len > 0 ? ", " : "",
			str_escape(shown, sizeof(shown), user->who), user->first);
		if (user->count > 1)
			str_buf_fmt(list, " to %llu",
				(unsigned long long)user->first + user->count - 1);
		str_buf_puts(list, ")");
	}
}

/* Ids that caisson gives itself are nobody else's. */
void policy_rule_ids_foreign(struct policy_walk *w)
{
	const struct config_id_mappings *maps = &w->asked->uid_mappings;
	const struct policy_id_users users = { w->facts->id_users, w->facts->n_id_users };
	_str_buf_ struct str_buf list = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < maps->n && w->facts->initial_userns; i++)
		policy_id_users_add(&list, &n, maps->items[i].host_id, maps->items[i].size, &users);
	if (n > SHOWN)
		str_buf_fmt(&list, " and %zu more", n - SHOWN);
	if (n > 0)
		policy_refuse(w, "/linux/uidMappings", policy_list(w, &list),
			"ids of the host that belong to nobody else");
}
