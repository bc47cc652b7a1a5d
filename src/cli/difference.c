#include "difference.h"

#include <errno.h>

#include "linediff.h"
#include "paint.h"
#include "preview.h"
#include "quote.h"

#include "base/banned.h"

/* --- findings --------------------------------------------------------------------------------- */

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && str_eq(a, b));
}

static bool is_same(const struct policy_finding *a, const struct policy_finding *b)
{
	return str_eq(a->rule, b->rule) && a->verdict == b->verdict &&
	       is_same_text(a->pointer, b->pointer) && is_same_text(a->found, b->found) &&
	       is_same_text(a->decided, b->decided);
}

/* Findings of @rule that @of has and @other has not; the next one from number @at on. */
static const struct policy_finding *next_own(const struct policy_decisions *of,
	const struct policy_decisions *other, const char *rule, size_t *at)
{
	while (*at < of->n_findings) {
		const struct policy_finding *f = &of->findings[(*at)++];
		size_t k = 0;

		if (!str_eq(f->rule, rule))
			continue;
		while (k < other->n_findings && !is_same(f, &other->findings[k]))
			k++;
		if (k == other->n_findings)
			return f;
	}
	return NULL;
}

static bool differs(const struct cli_difference *d, const char *rule)
{
	size_t at_from = 0, at_to = 0;

	return next_own(&d->from->decisions, &d->to->decisions, rule, &at_from) != NULL ||
	       next_own(&d->to->decisions, &d->from->decisions, rule, &at_to) != NULL;
}

static size_t count_rules(const struct cli_difference *d)
{
	size_t n = 0;

	for (size_t i = 0; policy_rule_info_at(i) != NULL; i++)
		n += differs(d, policy_rule_info_at(i)->id);
	return n;
}

/* --- plans ------------------------------------------------------------------------------------ */

int cli_difference_init(struct arena *arena, struct cli_difference *out, struct err *err)
{
	_str_buf_ struct str_buf from = { 0 }, to = { 0 };
	const char *a, *b;

	out->has_plans = out->from->decisions.n_refused == 0 && out->to->decisions.n_refused == 0;
	if (!out->has_plans)
		return 0;
	plan_print(&out->from->plan, &from);
	plan_print(&out->to->plan, &to);
	a = from.failed ? NULL : arena_strndup(arena, from.data, from.len);
	b = to.failed ? NULL : arena_strndup(arena, to.data, to.len);
	if (a == NULL || b == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	return cli_line_diff(arena, a, b, &out->edits, &out->n_edits, err);
}

/* "build: caisson-init, host credentials" stands over the steps of a stage. */
static bool is_stage(const struct cli_edit *edit)
{
	return edit->len > 0 && edit->text[0] != ' ';
}

static size_t count_steps(const struct cli_difference *d, char op)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_edits; i++)
		n += d->edits[i].op == op && d->edits[i].len > 0;
	return n;
}

/* --- text ------------------------------------------------------------------------------------- */

static const char *profile_of(const struct host_preview *preview)
{
	return preview->decisions.profile->name;
}

static void text_side(const char *label, const struct host_preview *preview, struct str_buf *out)
{
	static const enum policy_verdict verdicts[] = { POLICY_TIGHTEN, POLICY_WARN,
		POLICY_REFUSE };
	const struct policy_decisions *decisions = &preview->decisions;

	str_buf_puts(out, label);
	cli_quote_plain(out, profile_of(preview));
	str_buf_puts(out, ":");
	for (size_t v = 0; v < ARRAY_SIZE(verdicts); v++) {
		size_t n = 0;

		for (size_t i = 0; i < decisions->n_findings; i++)
			n += decisions->findings[i].verdict == verdicts[v];
		str_buf_fmt(
			out, "%s %zu %s", v > 0 ? "," : "", n, policy_verdict_name(verdicts[v]));
	}
	str_buf_fmt(out, ", layout %s\n", policy_layout_name(decisions->layout));
}

static enum cli_colour colour_of(char op)
{
	return op == '-' ? CLI_RED : CLI_GREEN;
}

static void text_own(char op, const struct host_preview *of, const struct host_preview *other,
	const char *rule, struct str_buf *out)
{
	const struct policy_finding *f;
	size_t at = 0, n = 0;

	while ((f = next_own(&of->decisions, &other->decisions, rule, &at)) != NULL) {
		_str_buf_ struct str_buf line = { 0 }, block = { 0 };

		str_buf_fmt(&line, "%s%s%s: %s", policy_verdict_name(f->verdict),
			f->pointer != NULL && f->pointer[0] != '\0' ? " " : "",
			f->pointer != NULL ? f->pointer : "", f->found);
		if (f->decided != NULL && f->decided[0] != '\0')
			str_buf_fmt(&line, "%s %s",
				f->verdict == POLICY_REFUSE ? "; accepts" : " ->", f->decided);
		cli_quote_lines(&block, op == '-' ? "  - " : "  + ", line.failed ? "" : line.data);
		cli_paint_start(out, colour_of(op));
		str_buf_add(out, block.data, block.len > 0 ? block.len - 1 : 0);
		cli_paint_end(out);
		str_buf_puts(out, "\n");
		n++;
	}
	if (n == 0)
		str_buf_fmt(out, "  %c nothing\n", op);
}

static void text_rules(const struct cli_difference *d, struct str_buf *out)
{
	str_buf_fmt(out, "\nrules that decide otherwise: %zu\n", count_rules(d));
	for (size_t i = 0; policy_rule_info_at(i) != NULL; i++) {
		const struct policy_rule_info *info = policy_rule_info_at(i);

		if (!differs(d, info->id))
			continue;
		str_buf_fmt(out, "\n  [%s] %s (%s)\n", info->id, info->title,
			policy_severity_name(info->severity));
		text_own('-', d->from, d->to, info->id, out);
		text_own('+', d->to, d->from, info->id, out);
	}
}

static void text_plan(const struct cli_difference *d, struct str_buf *out)
{
	const struct cli_edit *stage = NULL;

	if (!d->has_plans) {
		const struct host_preview *refuses =
			d->to->decisions.n_refused > 0 ? d->to : d->from;

		str_buf_puts(out, "\nsteps: not compared, profile ");
		cli_quote_plain(out, profile_of(refuses));
		str_buf_puts(out, " refuses this container\n");
		return;
	}
	str_buf_fmt(out, "\nsteps: %zu less, %zu more\n", count_steps(d, '-'), count_steps(d, '+'));
	for (size_t i = 0; i < d->n_edits; i++) {
		const struct cli_edit *edit = &d->edits[i];

		if (is_stage(edit) && edit->op == ' ')
			stage = edit;
		if (edit->op == ' ' || edit->len == 0)
			continue;
		if (stage != NULL)
			str_buf_fmt(out, "\n  %.*s\n", (int)stage->len, stage->text);
		stage = NULL;
		cli_paint_start(out, colour_of(edit->op));
		str_buf_fmt(out, "%c ", edit->op);
		cli_quote_word(out, edit->text, edit->len);
		cli_paint_end(out);
		str_buf_puts(out, "\n");
	}
}

void cli_difference_text(const struct cli_difference *d, struct str_buf *out)
{
	cli_quote_lines(out, "bundle  ", d->bundle);
	text_side("-       ", d->from, out);
	text_side("+       ", d->to, out);
	text_rules(d, out);
	text_plan(d, out);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_side(const char *key, const struct host_preview *preview, struct json_out *out)
{
	json_out_object(out, key);
	json_out_string(out, "profile", profile_of(preview));
	json_out_string(out, "layout", policy_layout_name(preview->decisions.layout));
	json_out_u64(out, "refused", preview->decisions.n_refused);
	json_out_end(out);
}

static void json_own(const char *key, const struct host_preview *of,
	const struct host_preview *other, const char *rule, struct json_out *out)
{
	const struct policy_finding *f;
	size_t at = 0;

	json_out_array(out, key);
	while ((f = next_own(&of->decisions, &other->decisions, rule, &at)) != NULL) {
		json_out_object(out, NULL);
		json_out_string(out, "verdict", policy_verdict_name(f->verdict));
		cli_json_finding(out, f);
		cli_json_text(out, "allow", f->allow);
		json_out_end(out);
	}
	json_out_end(out);
}

static void json_rules(const struct cli_difference *d, struct json_out *out)
{
	json_out_array(out, "rules");
	for (size_t i = 0; policy_rule_info_at(i) != NULL; i++) {
		const struct policy_rule_info *info = policy_rule_info_at(i);

		if (!differs(d, info->id))
			continue;
		json_out_object(out, NULL);
		json_out_string(out, "rule", info->id);
		json_out_string(out, "severity", policy_severity_name(info->severity));
		json_out_string(out, "title", info->title);
		cli_json_text(out, "reason", info->why);
		cli_json_text(out, "fix", info->fix);
		json_own("from", d->from, d->to, info->id, out);
		json_own("to", d->to, d->from, info->id, out);
		json_out_end(out);
	}
	json_out_end(out);
}

/* The word before the colon of the line over the steps. */
static void json_stage(const struct cli_edit *stage, struct json_out *out)
{
	_str_buf_ struct str_buf word = { 0 };
	size_t len = 0;

	while (stage != NULL && len < stage->len && stage->text[len] != ':' &&
		stage->text[len] != ' ')
		len++;
	if (stage != NULL)
		str_buf_add(&word, stage->text, len);
	if (word.len > 0 && !word.failed)
		json_out_string(out, "stage", word.data);
}

static void json_steps(const struct cli_difference *d, struct json_out *out)
{
	const struct cli_edit *stage = NULL;

	json_out_array(out, "steps");
	for (size_t i = 0; i < d->n_edits; i++) {
		const struct cli_edit *edit = &d->edits[i];
		_str_buf_ struct str_buf text = { 0 };
		size_t indent = 0;

		if (is_stage(edit) && edit->op == ' ')
			stage = edit;
		if (edit->op == ' ' || edit->len == 0)
			continue;
		while (indent < edit->len && edit->text[indent] == ' ')
			indent++;
		str_buf_add(&text, edit->text + indent, edit->len - indent);
		json_out_object(out, NULL);
		json_out_string(out, "change", edit->op == '-' ? "removed" : "added");
		json_stage(stage, out);
		json_out_string(out, "step", text.data != NULL ? text.data : "");
		json_out_end(out);
	}
	json_out_end(out);
}

void cli_difference_json(const struct cli_difference *d, struct json_out *out)
{
	json_out_object(out, NULL);
	json_out_string(out, "bundle", d->bundle);
	json_side("from", d->from, out);
	json_side("to", d->to, out);
	json_rules(d, out);
	if (d->has_plans)
		json_steps(d, out);
	json_out_end(out);
}
