/* Fields that can't be honoured. */
#include "rules.h"

#include "base/banned.h"

void policy_rule_unsupported(struct policy_walk *w)
{
	for (size_t i = 0; i < w->asked->n_unsupported; i++) {
		const struct config_unsupported *u = &w->asked->unsupported[i];

		policy_refuse(w, u->pointer,
			arena_fmt(w->arena, "%s: %s: not supported yet", u->pointer, u->what), "");
	}
}
