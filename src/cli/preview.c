#include "preview.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"

#include "paint.h"
#include "quote.h"

#include "base/banned.h"

static const char *user_ids(const struct policy_decisions *decisions)
{
	if (decisions->layout == POLICY_LAYOUT_HOST)
		return "the host's";
	if (decisions->claims_ids)
		return "claimed block";
	if (decisions->identity_ids)
		return "caller's user namespace";
	return "configured mappings";
}

static void text_block(struct str_buf *out, uint32_t base)
{
	if (base != 0)
		str_buf_fmt(out, ", for example from %u", base);
	else /* the steps below then show 0, which is never what create uses */
		str_buf_puts(out, "; user caisson has none on this host, so create fails");
}

static void text_header(const struct cli_preview *preview, struct str_buf *out)
{
	const struct policy_decisions *decisions = &preview->found->decisions;
	const struct facts *facts = preview->found->facts;

	cli_quote_lines(out, "bundle    ", preview->bundle);
	cli_quote_lines(out, "profile   ", decisions->profile->name);
	cli_quote_lines(out, "layout    ", policy_layout_name(decisions->layout));
	str_buf_fmt(out, "ids       %s", user_ids(decisions));
	if (decisions->ids_size != 0 && decisions->layout != POLICY_LAYOUT_HOST)
		str_buf_fmt(out, ", %llu ids", (unsigned long long)decisions->ids_size);
	if (decisions->claims_ids && facts != NULL)
		text_block(out, facts->ids_next_base);
	str_buf_puts(out, "\n");
	cli_quote_lines(out, "rung      ", policy_rung_name(decisions));
}

static void text_finding(const struct policy_finding *finding, struct str_buf *out)
{
	const char *pointer =
		finding->pointer != NULL && finding->pointer[0] != '\0' ? finding->pointer : "/";

	str_buf_puts(out, "\n  ");
	cli_paint(out, cli_colour_of_verdict(finding->verdict),
		policy_verdict_name(finding->verdict));
	str_buf_fmt(out, "  [%s] ", finding->rule);
	cli_quote_word(out, pointer, strlen(pointer));
	str_buf_puts(out, "\n");
	if (finding->info != NULL)
		str_buf_fmt(out, "    rule     %s (%s)\n", finding->info->title,
			policy_severity_name(finding->info->severity));
	cli_quote_lines(out, "    found    ", finding->found);
	if (finding->decided != NULL && finding->decided[0] != '\0')
		cli_quote_lines(out,
			finding->verdict == POLICY_REFUSE ? "    accepts  " : "    decided  ",
			finding->decided);
	if (finding->reason != NULL)
		cli_quote_lines(out, "    reason   ", finding->reason);
	if (finding->allow != NULL)
		cli_quote_lines(out, "    allow    ", finding->allow);
	if (finding->verdict == POLICY_REFUSE && finding->info != NULL)
		cli_quote_lines(out, "    fix      ", finding->info->fix);
}

static void text_findings(const struct policy_decisions *decisions, struct str_buf *out)
{
	str_buf_puts(out, "\ndifferences from the configuration");
	if (decisions->n_findings == 0) {
		str_buf_puts(out, ": none\n");
		return;
	}
	str_buf_fmt(
		out, ": %zu, of which refused: %zu\n", decisions->n_findings, decisions->n_refused);
	for (size_t i = 0; i < decisions->n_findings; i++)
		text_finding(&decisions->findings[i], out);
}

void cli_preview_text(const struct cli_preview *preview, struct str_buf *out)
{
	const struct host_preview *found = preview->found;

	text_header(preview, out);
	text_findings(&found->decisions, out);
	if (found->decisions.n_refused > 0 || found->plan.header == NULL)
		return;
	str_buf_puts(out, "\n");
	plan_print(&found->plan, out);
}

void cli_json_text(struct json_out *out, const char *key, const char *value)
{
	if (value != NULL && value[0] != '\0')
		json_out_string(out, key, value);
}

void cli_json_finding(struct json_out *out, const struct policy_finding *finding)
{
	cli_json_text(out, "pointer", finding->pointer);
	cli_json_text(out, "found", finding->found);
	cli_json_text(out, "decided", finding->decided);
}

static void json_ids(const struct host_preview *found, struct json_out *out)
{
	const struct policy_decisions *decisions = &found->decisions;

	json_out_object(out, "ids");
	json_out_string(out, "from", user_ids(decisions));
	if (decisions->ids_size != 0 && decisions->layout != POLICY_LAYOUT_HOST)
		json_out_u64(out, "count", decisions->ids_size);
	if (decisions->claims_ids && found->facts != NULL && found->facts->ids_next_base != 0)
		json_out_u64(out, "exampleFirst", found->facts->ids_next_base);
	json_out_end(out);
}

static void json_rule(const struct policy_rule_info *info, struct json_out *out)
{
	if (info == NULL)
		return;
	json_out_string(out, "severity", policy_severity_name(info->severity));
	json_out_string(out, "title", info->title);
	cli_json_text(out, "fix", info->fix);
	cli_json_text(out, "reference", info->reference);
}

static void json_findings(const struct policy_decisions *decisions, struct json_out *out)
{
	json_out_u64(out, "refused", decisions->n_refused);
	json_out_array(out, "findings");
	for (size_t i = 0; i < decisions->n_findings; i++) {
		const struct policy_finding *finding = &decisions->findings[i];

		json_out_object(out, NULL);
		json_out_string(out, "verdict", policy_verdict_name(finding->verdict));
		json_out_string(out, "rule", finding->rule);
		json_rule(finding->info, out);
		cli_json_finding(out, finding);
		cli_json_text(out, "reason", finding->reason);
		cli_json_text(out, "allow", finding->allow);
		json_out_end(out);
	}
	json_out_end(out);
}

void cli_preview_json(const struct cli_preview *preview, struct json_out *out)
{
	const struct host_preview *found = preview->found;

	json_out_object(out, NULL);
	json_out_string(out, "bundle", preview->bundle);
	json_out_string(out, "profile", found->decisions.profile->name);
	json_out_string(out, "layout", policy_layout_name(found->decisions.layout));
	json_out_string(out, "rung", policy_rung_name(&found->decisions));
	json_ids(found, out);
	json_findings(&found->decisions, out);
	if (found->decisions.n_refused == 0 && found->plan.header != NULL)
		plan_print_json(&found->plan, out);
	json_out_end(out);
}
