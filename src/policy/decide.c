#include <errno.h>
#include <string.h>

#include "policy/policy.h"

#include "rules.h"

#include "base/banned.h"

enum {
	QUOTE_MAX = 200
};

enum policy_wish policy_wish(const struct policy_walk *w)
{
	if (w->ceiling == NULL)
		return (enum policy_wish)w->profile->wishes[w->row];
	/* what exec may do follows from what the container got; but for one rule, a profile has no
	 * word in it */
	return w->rule->is_optional ? w->ceiling->as_root : POLICY_BY_KEYS;
}

static bool is_switched_on(const struct policy_walk *w)
{
	const char *profile = (const char *)w->profile;

	return w->rule->switched_by == 0 || *(const bool *)(profile + w->rule->switched_by);
}

static bool is_applied(const struct policy_walk *w)
{
	enum policy_wish wish = policy_wish(w);

	if (w->rule->apply == NULL || wish == POLICY_WISH_ALLOW)
		return false;
	if (w->rule->freedom == POLICY_FREE && wish != POLICY_BY_KEYS)
		return true;
	return !w->rule->is_optional && is_switched_on(w);
}

/* A rule changes copies, never what was there before, so that taking back what it has decided is
 * taking back this one struct. */
static void apply(struct policy_walk *w)
{
	struct policy_decisions before = *w->out;

	if (!is_applied(w))
		return;
	w->rule->apply(w);
	if (policy_wish(w) == POLICY_WISH_WARN)
		*w->out = before;
}

int policy_walk_rules(
	struct policy_walk *w, const struct policy_rule *(*rule_at)(size_t i), struct err *err)
{
	for (w->row = 0; rule_at(w->row) != NULL && !w->failed; w->row++) {
		w->rule = rule_at(w->row);
		apply(w);
	}
	if (w->failed)
		return err_new(err, -ENOMEM, "out of memory");
	w->out->findings = w->findings;
	w->out->n_findings = w->n_findings;
	return 0;
}

int policy_decide(struct arena *arena, const struct policy_profile *profile,
	const struct config *config, const struct facts *facts,
	const struct policy_request *request, struct policy_decisions *out, struct err *err)
{
	struct policy_decisions decisions = { .profile = profile, .config = *config };
	struct policy_walk w = {
		.arena = arena,
		.profile = profile,
		.asked = config,
		.facts = facts,
		.request = request,
		.out = &decisions,
	};
	int r;

	decisions.is_rootless = facts->euid != 0 || !facts->initial_userns;
	r = policy_walk_rules(&w, policy_rule_at, err);
	if (r < 0)
		return r;
	*out = decisions;
	return 0;
}

void *policy_copy(struct policy_walk *w, const void *items, size_t n, size_t extra, size_t size)
{
	char *copy = arena_array(w->arena, n + extra, size);

	if (copy == NULL) {
		w->failed = true;
		return NULL;
	}
	if (n > 0)
		memcpy(copy, items, n * size);
	return copy;
}

static void add_finding(struct policy_walk *w, const struct policy_finding *finding)
{
	if (finding->pointer == NULL || finding->found == NULL || finding->decided == NULL) {
		w->failed = true;
		return;
	}
	if (w->n_findings == w->cap_findings) {
		struct policy_finding *more = policy_copy(
			w, w->findings, w->n_findings, w->n_findings + 16, sizeof(*more));

		if (more == NULL)
			return;
		w->findings = more;
		w->cap_findings = 2 * w->n_findings + 16;
	}
	w->findings[w->n_findings++] = *finding;
}

/* What the profile makes of a finding that the rule itself would record as @own. */
static enum policy_verdict verdict_of(const struct policy_walk *w, enum policy_verdict own)
{
	switch (policy_wish(w)) {
	case POLICY_WISH_WARN:
		return POLICY_WARN;
	case POLICY_WISH_REFUSE:
		return POLICY_REFUSE;
	case POLICY_WISH_TIGHTEN:
		return own == POLICY_REFUSE && w->rule->cuts ? POLICY_TIGHTEN : own;
	case POLICY_BY_KEYS:
	case POLICY_WISH_ALLOW:
		break;
	}
	return own;
}

/* NULL for what no profile allows. */
static const char *how_to_allow(struct policy_walk *w, enum policy_verdict own)
{
	if (own == POLICY_REFUSE && (w->rule->allow != NULL || w->rule->freedom == POLICY_FIXED))
		return w->rule->allow;
	return arena_fmt(w->arena, "a profile with \"rules\": {\"%s\": \"%s\"}", w->rule->info.id,
		own == POLICY_REFUSE ? "warn" : "tighten");
}

static void record(struct policy_walk *w, enum policy_verdict own, const char *pointer,
	const char *found, const char *decided)
{
	struct policy_finding finding = {
		.rule = w->rule->info.id,
		.info = &w->rule->info,
		.verdict = verdict_of(w, own),
		.pointer = pointer,
		.found = found,
		.decided = decided,
		.reason = w->rule->info.why,
	};

	if (finding.verdict == POLICY_REFUSE) {
		finding.allow = how_to_allow(w, own);
		w->out->n_refused++;
	}
	if (finding.verdict == POLICY_WARN && decided != NULL)
		finding.decided = own == POLICY_NOTE ? decided : "as asked";
	add_finding(w, &finding);
}

void policy_note(struct policy_walk *w, const char *pointer, const char *found, const char *decided)
{
	record(w, POLICY_NOTE, pointer, found, decided);
}

void policy_tighten(
	struct policy_walk *w, const char *pointer, const char *found, const char *decided)
{
	record(w, POLICY_TIGHTEN, pointer, found, decided);
}

void policy_refuse(
	struct policy_walk *w, const char *pointer, const char *found, const char *decided)
{
	record(w, POLICY_REFUSE, pointer, found, decided);
}

const char *policy_quote(struct policy_walk *w, const char *text)
{
	char buf[QUOTE_MAX];
	const char *quoted = arena_fmt(w->arena, "'%s'", str_escape(buf, sizeof(buf), text));

	if (quoted != NULL)
		return quoted;
	w->failed = true;
	return "";
}

void policy_list_add(struct str_buf *list, const char *text)
{
	if (text == NULL) {
		list->failed = true;
		return;
	}
	if (list->len > 0)
		str_buf_puts(list, ", ");
	str_buf_puts(list, text);
}

const char *policy_list(struct policy_walk *w, const struct str_buf *list)
{
	if (list->failed)
		return NULL;
	return arena_strndup(w->arena, list->len > 0 ? list->data : "", list->len);
}

bool policy_look(struct policy_walk *w, const char *path, struct policy_path *out)
{
	const char *absolute = policy_absolute(w->arena, w->request->bundle, path);

	if (absolute == NULL) {
		w->failed = true;
		return false;
	}
	out->path = absolute;
	out->facts = facts_find_path(w->facts, absolute);
	out->real = out->facts->real != NULL ? out->facts->real : absolute;
	out->is_known = out->facts != &w->facts->default_path;
	return true;
}

bool policy_below(const char *path, const char *tree)
{
	size_t len = strlen(tree);

	return strncmp(path, tree, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

bool policy_ns_is_private(struct policy_walk *w, enum config_ns_type type)
{
	const struct config_namespace *ns = &w->out->config.namespaces[type];
	struct policy_path path;

	if (!ns->present)
		return false;
	if (ns->path == NULL)
		return true;
	return policy_look(w, ns->path, &path) && !(path.is_known && path.facts->ns_is_host);
}
