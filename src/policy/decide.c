#include <errno.h>
#include <string.h>

#include "policy/policy.h"

#include "rules.h"

#include "base/banned.h"

enum {
	QUOTE_MAX = 200
};

int policy_walk_rules(
	struct policy_walk *w, const struct policy_rule *(*rule_at)(size_t i), struct err *err)
{
	for (size_t i = 0; rule_at(i) != NULL && !w->failed; i++) {
		w->rule = rule_at(i);
		w->rule->apply(w);
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

static struct policy_finding finding_of(const struct policy_walk *w, enum policy_verdict verdict,
	const char *pointer, const char *found, const char *decided)
{
	return (struct policy_finding){
		.rule = w->rule->id,
		.verdict = verdict,
		.pointer = pointer,
		.found = found,
		.decided = decided,
		.reason = w->rule->reason,
	};
}

void policy_note(struct policy_walk *w, const char *pointer, const char *found, const char *decided)
{
	struct policy_finding finding = finding_of(w, POLICY_NOTE, pointer, found, decided);

	add_finding(w, &finding);
}

void policy_tighten(
	struct policy_walk *w, const char *pointer, const char *found, const char *decided)
{
	struct policy_finding finding = finding_of(w, POLICY_TIGHTEN, pointer, found, decided);

	add_finding(w, &finding);
}

void policy_refuse(
	struct policy_walk *w, const char *pointer, const char *found, const char *decided)
{
	struct policy_finding finding = finding_of(w, POLICY_REFUSE, pointer, found, decided);

	finding.allow = w->rule->allow;
	add_finding(w, &finding);
	w->out->n_refused++;
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
