#include "report.h"

#include "cli.h"
#include "help.h"
#include "html.h"
#include "paint.h"
#include "quote.h"

#include "base/banned.h"

const char *cli_report_advice(const struct policy_finding *f)
{
	bool is_own = str_starts(f->info->fix, "nothing: ");

	return is_own && f->verdict == POLICY_WARN ? "run it with caisson" : f->info->fix;
}

static void plain(struct str_buf *out, const char *label, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	str_buf_puts(out, label);
	cli_quote_plain(out, text);
	str_buf_puts(out, "\n");
}

/* The worst first; in one severity the order of the table. */
static void text_findings(const struct policy_report *report, struct str_buf *out)
{
	for (int severity = POLICY_CRITICAL; severity >= POLICY_INFO; severity--) {
		for (size_t i = 0; i < report->n_findings; i++) {
			const struct policy_finding *f = &report->findings[i];

			if ((int)f->info->severity != severity)
				continue;
			str_buf_puts(out, "\n  ");
			cli_paint(out, cli_colour_of_severity(f->info->severity),
				policy_severity_name(f->info->severity));
			str_buf_fmt(out, "  [%s] %s, ", f->rule, f->info->title);
			cli_paint(out, cli_colour_of_verdict(f->verdict),
				policy_verdict_name(f->verdict));
			str_buf_puts(out, "\n");
			plain(out, "    where    ", f->pointer);
			plain(out, "    found    ", f->found);
			plain(out, f->verdict == POLICY_TIGHTEN ? "    decided  " : "    accepts  ",
				f->decided);
			plain(out, "    reason   ", f->reason);
			plain(out, "    fix      ", cli_report_advice(f));
		}
	}
}

void cli_report_text(
	const char *profile, const struct cli_target *targets, size_t n, struct str_buf *out)
{
	for (size_t i = 0; i < n; i++) {
		str_buf_fmt(out, "%s%s ", i > 0 ? "\n" : "", targets[i].kind);
		cli_paint_start(out, CLI_STRONG);
		cli_quote_plain(out, targets[i].name);
		cli_paint_end(out);
		str_buf_puts(out, ", profile ");
		cli_quote_plain(out, profile);
		str_buf_fmt(out, ": %zu findings of %zu rules, score %u of 100\n",
			targets[i].report.n_findings, targets[i].report.n_checks,
			cli_report_score(&targets[i].report));
		text_findings(&targets[i].report, out);
	}
}

static void json_text(struct json_out *out, const char *key, const char *value)
{
	if (value != NULL && *value != '\0')
		json_out_string(out, key, value);
}

static void json_finding(const struct policy_finding *f, struct json_out *out)
{
	json_out_object(out, NULL);
	json_out_string(out, "rule", f->rule);
	json_out_string(out, "severity", policy_severity_name(f->info->severity));
	json_out_string(out, "title", f->info->title);
	json_out_string(out, "verdict", policy_verdict_name(f->verdict));
	json_text(out, "where", f->pointer);
	json_text(out, "found", f->found);
	json_text(out, f->verdict == POLICY_TIGHTEN ? "decided" : "accepts", f->decided);
	json_text(out, "reason", f->reason);
	json_text(out, "fix", cli_report_advice(f));
	json_text(out, "reference", f->info->reference);
	json_out_end(out);
}

void cli_report_json(
	const char *profile, const struct cli_target *targets, size_t n, struct json_out *out)
{
	json_out_object(out, NULL);
	json_out_string(out, "profile", profile);
	json_out_array(out, "targets");
	for (size_t i = 0; i < n; i++) {
		const struct policy_report *report = &targets[i].report;

		json_out_object(out, NULL);
		json_out_string(out, "kind", targets[i].kind);
		json_out_string(out, "name", targets[i].name);
		json_out_u64(out, "rules", report->n_checks);
		json_out_u64(out, "score", cli_report_score(report));
		json_out_array(out, "findings");
		for (size_t k = 0; k < report->n_findings; k++)
			json_finding(&report->findings[k], out);
		json_out_end(out);
		json_out_end(out);
	}
	json_out_end(out);
	json_out_end(out);
}

/* --- SARIF ------------------------------------------------------------------------------------ */

static const char *sarif_level(enum policy_severity severity)
{
	if (severity >= POLICY_HIGH)
		return "error";
	return severity == POLICY_MEDIUM ? "warning" : "note";
}

static void sarif_message(struct json_out *out, const char *key, const char *text)
{
	json_out_object(out, key);
	json_out_string(out, "text", text);
	json_out_end(out);
}

/* A number from 0 to 10, as services that show results sort them by. */
static void sarif_properties(const struct policy_rule_info *info, struct json_out *out)
{
	static const char *const numbers[] = {
		[POLICY_INFO] = "0.0",
		[POLICY_LOW] = "3.0",
		[POLICY_MEDIUM] = "5.5",
		[POLICY_HIGH] = "8.0",
		[POLICY_CRITICAL] = "9.5",
	};

	json_out_object(out, "properties");
	json_out_string(out, "security-severity", numbers[info->severity]);
	json_out_array(out, "tags");
	json_out_string(out, NULL, "security");
	json_out_end(out);
	json_out_end(out);
}

/* Place of a rule in the tool's list. */
static size_t sarif_index(const struct policy_finding *f)
{
	size_t i = 0;

	while (policy_rule_info_at(i) != NULL && !str_eq(policy_rule_info_at(i)->id, f->rule))
		i++;
	return i;
}

static void sarif_tool(struct json_out *out)
{
	json_out_object(out, "tool");
	json_out_object(out, "driver");
	json_out_string(out, "name", "caisson");
	json_out_string(out, "version", cli_version_number());
	json_out_array(out, "rules");
	for (size_t i = 0; policy_rule_info_at(i) != NULL; i++) {
		const struct policy_rule_info *info = policy_rule_info_at(i);

		json_out_object(out, NULL);
		json_out_string(out, "id", info->id);
		sarif_message(out, "shortDescription", info->title);
		sarif_message(out, "fullDescription", info->why);
		sarif_message(out, "help", info->fix);
		json_out_object(out, "defaultConfiguration");
		json_out_string(out, "level", sarif_level(info->severity));
		json_out_end(out);
		sarif_properties(info, out);
		json_out_end(out);
	}
	json_out_end(out);
	json_out_end(out);
	json_out_end(out);
}

static void sarif_result(
	const struct cli_target *target, const struct policy_finding *f, struct json_out *out)
{
	bool is_failure = f->verdict == POLICY_WARN || f->verdict == POLICY_REFUSE;
	_str_buf_ struct str_buf text = { 0 };

	str_buf_fmt(&text, "%s: %s: %s", target->name, f->info->title, f->found);
	json_out_object(out, NULL);
	json_out_string(out, "ruleId", f->rule);
	json_out_u64(out, "ruleIndex", sarif_index(f));
	/* what create tightens by itself is no failure; such a result has no level */
	json_out_string(out, "kind", is_failure ? "fail" : "informational");
	json_out_string(out, "level", is_failure ? sarif_level(f->info->severity) : "none");
	sarif_message(out, "message", text.failed ? f->info->title : text.data);
	json_out_array(out, "locations");
	json_out_object(out, NULL);
	json_out_object(out, "physicalLocation");
	json_out_object(out, "artifactLocation");
	json_out_string(out, "uri", target->uri);
	json_out_end(out);
	json_out_end(out);
	json_out_array(out, "logicalLocations");
	json_out_object(out, NULL);
	json_out_string(out, "fullyQualifiedName", f->pointer != NULL ? f->pointer : "");
	json_out_end(out);
	json_out_end(out);
	json_out_end(out);
	json_out_end(out);
	json_out_end(out);
}

void cli_report_sarif(const struct cli_target *targets, size_t n, struct json_out *out)
{
	json_out_object(out, NULL);
	json_out_string(out, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_out_string(out, "version", "2.1.0");
	json_out_array(out, "runs");
	json_out_object(out, NULL);
	sarif_tool(out);
	json_out_array(out, "invocations");
	json_out_object(out, NULL);
	json_out_bool(out, "executionSuccessful", true);
	json_out_end(out);
	json_out_end(out);
	json_out_array(out, "results");
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < targets[i].report.n_findings; k++)
			sarif_result(&targets[i], &targets[i].report.findings[k], out);
	}
	json_out_end(out);
	json_out_end(out);
	json_out_end(out);
	json_out_end(out);
}
