/* Findings as text. */
#include <errno.h>
#include <string.h>

#include "policy/policy.h"

#include "rules.h"

#include "base/banned.h"

enum {
	FOUND_SHOWN_MAX = 120, /* of one finding in the one-line error */
	LINE_TEXT_MAX = 320, /* of what was found, and of what is accepted, in a line of its own */
};

const char *policy_verdict_name(enum policy_verdict verdict)
{
	switch (verdict) {
	case POLICY_NOTE:
		return "noted";
	case POLICY_WARN:
		return "warned";
	case POLICY_TIGHTEN:
		return "tightened";
	case POLICY_REFUSE:
		return "refused";
	}
	return "unknown";
}

const char *policy_severity_name(enum policy_severity severity)
{
	static const char *const names[] = {
		[POLICY_INFO] = "info",
		[POLICY_LOW] = "low",
		[POLICY_MEDIUM] = "medium",
		[POLICY_HIGH] = "high",
		[POLICY_CRITICAL] = "critical",
	};

	return names[severity];
}

const char *policy_layout_name(enum policy_layout layout)
{
	switch (layout) {
	case POLICY_LAYOUT_HOST:
		return "host";
	case POLICY_LAYOUT_NOTHING:
		return "owns-nothing";
	case POLICY_LAYOUT_OWNING:
		return "owning";
	}
	return "unknown";
}

const char *policy_absolute(struct arena *arena, const char *bundle, const char *path)
{
	char *absolute;

	if (path[0] == '/')
		absolute = arena_strdup(arena, path);
	else
		absolute = arena_fmt(arena, "%s/%s", bundle, path);
	if (absolute != NULL)
		str_path_clean(absolute);
	return absolute;
}

/* --- refusals -------------------------------------------------------------------------------- */

static bool any_profile_rule(const struct policy_decisions *d)
{
	for (size_t i = 0; i < d->n_findings; i++) {
		if (d->findings[i].verdict == POLICY_REFUSE && d->findings[i].allow != NULL)
			return true;
	}
	return false;
}

/* A privileged config asks for a hundred devices: the error names the first few. */
static int shown_length(const char *list)
{
	size_t end = 0;

	if (strlen(list) <= FOUND_SHOWN_MAX)
		return FOUND_SHOWN_MAX;
	for (size_t i = 0; i < FOUND_SHOWN_MAX; i++) {
		if (list[i] == ',')
			end = i;
	}
	return end > 0 ? (int)end : FOUND_SHOWN_MAX;
}

static size_t print_brief(char *buf, size_t size, const struct policy_finding *f, bool with_rule)
{
	int shown = shown_length(f->found);

	return str_fmt(buf, size, "%s%s%s%s: %.*s%s", with_rule ? "[" : "",
		with_rule ? f->rule : "", with_rule ? "] " : "", f->pointer, shown, f->found,
		strlen(f->found) > (size_t)shown ? ", ..." : "");
}

/* Reason and remedy of a rule are said once, with the first finding of it. */
static void print_refusal(
	char *buf, size_t size, const struct policy_finding *f, const struct policy_finding *before)
{
	bool is_repeated = before != NULL && before->rule == f->rule;
	size_t len;

	if (f->allow == NULL) {
		str_fmt(buf, size, "[%s] %s", f->rule, f->found);
		return;
	}
	len = print_brief(buf, size, f, !is_repeated);
	if (!is_repeated && len < size)
		str_fmt(buf + len, size - len, "; %s; to allow: %s", f->reason, f->allow);
}

/* Kept free for who says in front of it what failed ("caisson create failed: "): what does not fit is
 * cut at the end, where the way to the rest is. */
enum {
	CONTEXT_MAX = 24
};

struct refusal {
	struct err *err;
	size_t len;  /* of the message so far */
	size_t tail; /* bytes kept free for "and N more" */
	size_t done;
};

/* false: does not fit any more. The first is shown even if it must be cut. */
static bool append(struct refusal *out, const char *text, bool is_last)
{
	size_t room = sizeof(out->err->msg) - CONTEXT_MAX - out->len - (is_last ? 0 : out->tail);

	if (out->done > 0 && strlen(text) + 2 >= room)
		return false;
	str_fmt(out->err->msg + out->len, room, "%s%s", out->done > 0 ? "; " : "", text);
	out->len += strlen(out->err->msg + out->len);
	out->done++;
	return true;
}

static void print_rest(char *buf, size_t size, size_t n, const char *bundle)
{
	str_fmt(buf, size, "; and %zu more%s%s", n, bundle != NULL ? ": caisson plan " : "",
		bundle != NULL ? bundle : "");
}

int policy_refusal(const struct policy_decisions *decisions, const char *bundle, struct err *err)
{
	bool is_plain = !any_profile_rule(decisions);
	char tail[ERR_MSG_MAX / 3], text[2 * ERR_MSG_MAX];
	const struct policy_finding *before = NULL;
	struct refusal out = { .err = err };
	bool is_last;

	err->code = is_plain ? -EINVAL : -POLICY_REFUSED;
	err->msg[0] = '\0';
	if (!is_plain)
		str_fmt(err->msg, sizeof(err->msg), "caisson refuses %s, profile %.*s: ",
			decisions->subject != NULL ? decisions->subject : "this container", 64,
			decisions->profile->name);
	out.len = strlen(err->msg);
	print_rest(tail, sizeof(tail), decisions->n_refused, bundle);
	out.tail = strlen(tail);
	for (size_t i = 0; i < decisions->n_findings; i++) {
		const struct policy_finding *f = &decisions->findings[i];

		if (f->verdict != POLICY_REFUSE)
			continue;
		if (is_plain)
			str_fmt(text, sizeof(text), "%s", f->found);
		else
			print_refusal(text, sizeof(text), f, before);
		is_last = out.done + 1 == decisions->n_refused;
		if (!append(&out, text, is_last)) {
			print_brief(text, sizeof(text), f, true);
			if (is_plain || !append(&out, text, is_last))
				break;
		}
		before = f;
	}
	if (out.done < decisions->n_refused)
		print_rest(err->msg + out.len, sizeof(err->msg) - out.len,
			decisions->n_refused - out.done, bundle);
	return err->code;
}

void policy_refusal_line(const struct policy_finding *finding, char *buf, size_t size)
{
	str_fmt(buf, size, "[%s] %s, %s%sfound %.*s; accepted: %.*s", finding->rule,
		policy_severity_name(finding->info->severity), finding->pointer,
		*finding->pointer != '\0' ? ": " : "", LINE_TEXT_MAX, finding->found, LINE_TEXT_MAX,
		finding->decided);
	if (finding->allow != NULL)
		str_fmt(buf + strlen(buf), size - strlen(buf), "; to allow: %s", finding->allow);
}

const char *policy_rung_name(const struct policy_decisions *decisions)
{
	static const char *const names[] = {
		[POLICY_RUNG_DIRECTORY] = "idmapped-directory",
		[POLICY_RUNG_OVERLAY] = "idmapped-overlay",
		[POLICY_RUNG_OVERLAY_BY_PATH] = "idmapped-overlay-by-path",
		[POLICY_RUNG_CHOWN] = "chown",
	};

	if (decisions->shift_root)
		return names[decisions->rung];
	if (decisions->identity_ids)
		return "rootless";
	return decisions->layout == POLICY_LAYOUT_HOST ? "none" : "config";
}
