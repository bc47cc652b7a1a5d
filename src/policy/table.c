/*
 * The rules, one row each, in parts by theme. Rules that hold in every profile are fixed; what they
 * find reads like an error of runc. The order is that of the findings, and later rules see what
 * earlier ones decided: the user namespace first, capabilities before sysctls.
 */
#include "rules.h"

#include "base/banned.h"

enum {
	PARTS = 5
};

static struct policy_rules part(size_t i)
{
	struct policy_rules (*const parts[PARTS])(void) = {
		policy_rules_of_host,
		policy_rules_of_files,
		policy_rules_of_kernel,
		policy_rules_of_process,
		policy_rules_of_live,
	};

	return parts[i]();
}

const struct policy_rule *policy_rule_at(size_t i)
{
	for (size_t k = 0; k < PARTS; k++) {
		struct policy_rules rules = part(k);

		if (i < rules.n)
			return &rules.items[i];
		i -= rules.n;
	}
	return NULL;
}

int policy_rule_index(const char *id)
{
	for (size_t i = 0; policy_rule_at(i) != NULL; i++) {
		if (str_eq(policy_rule_at(i)->info.id, id))
			return (int)i;
	}
	return -1;
}

const char *policy_rule_id(size_t i)
{
	const struct policy_rule *rule = policy_rule_at(i);

	return rule != NULL ? rule->info.id : NULL;
}

const struct policy_rule_info *policy_rule_info_at(size_t i)
{
	const struct policy_rule *rule = policy_rule_at(i);

	return rule != NULL ? &rule->info : NULL;
}

const struct policy_rule_info *policy_rule_info_find(const char *id)
{
	int row = policy_rule_index(id);

	return row >= 0 ? policy_rule_info_at((size_t)row) : NULL;
}
