#include "html.h"

#include <stdbool.h>

#include "help.h"
#include "quote.h"

#include "base/banned.h"

/* What a broken rule costs, by its severity; the report says so. */
static unsigned cost(enum policy_severity severity)
{
	static const unsigned costs[] = {
		[POLICY_INFO] = 0,
		[POLICY_LOW] = 3,
		[POLICY_MEDIUM] = 8,
		[POLICY_HIGH] = 20,
		[POLICY_CRITICAL] = 40,
	};

	return costs[severity];
}

/* What create tightens or notes is in order once the container runs. */
static bool is_broken(const struct policy_finding *f)
{
	return f->verdict == POLICY_WARN || f->verdict == POLICY_REFUSE;
}

/* A rule that finds several things is broken once. */
static bool is_first(const struct policy_report *report, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (is_broken(&report->findings[k]) &&
			str_eq(report->findings[k].rule, report->findings[i].rule))
			return false;
	}
	return true;
}

unsigned cli_report_score(const struct policy_report *report)
{
	unsigned lost = 0;

	for (size_t i = 0; i < report->n_findings; i++) {
		if (is_broken(&report->findings[i]) && is_first(report, i))
			lost += cost(report->findings[i].info->severity);
	}
	return lost < 100 ? 100 - lost : 0;
}

static size_t count(const struct policy_report *report, enum policy_severity severity, bool broken)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n_findings; i++)
		n += report->findings[i].info->severity == severity &&
		     is_broken(&report->findings[i]) == broken;
	return n;
}

/* --- the frame -------------------------------------------------------------------------------- */

static const char style[] =
	":root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1c2330;--dim:#5d6778;"
	"--line:#dfe3ea;--critical:#a4133c;--high:#c2410c;--medium:#8a6100;--low:#1d5fa8;"
	"--info:#5d6778;--good:#18794e}"
	"@media (prefers-color-scheme:dark){:root{--bg:#12161d;--card:#1a2029;--ink:#e4e8ef;"
	"--dim:#98a3b5;--line:#2d3644;--critical:#ff6b8b;--high:#ff9a5c;--medium:#e5b94a;"
	"--low:#7ab8ff;--info:#98a3b5;--good:#4cc38a}}"
	"*{box-sizing:border-box}"
	"body{margin:0;background:var(--bg);color:var(--ink);"
	"font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}"
	"main{max-width:62rem;margin:0 auto;padding:2rem 1.25rem 4rem}"
	"header{border-bottom:1px solid var(--line);margin-bottom:1.5rem;padding-bottom:1rem}"
	"h1{font-size:1.5rem;margin:0}h2{font-size:1.2rem;margin:0;overflow-wrap:anywhere}"
	"h3{font-size:1rem;margin:0}p{margin:.25rem 0}"
	".dim{color:var(--dim)}.mono,code{font-family:ui-monospace,'DejaVu Sans Mono',monospace;"
	"font-size:.88em;overflow-wrap:anywhere}"
	"section.target{background:var(--card);border:1px solid var(--line);border-radius:10px;"
	"padding:1.25rem;margin:0 0 1.5rem}"
	".top{display:flex;gap:1.25rem;align-items:center;flex-wrap:wrap}.top>div:last-child{flex:1 1 20rem}"
	".score{width:6rem;height:6rem;border-radius:50%;display:grid;place-items:center;flex:none;"
	"background:conic-gradient(var(--tone) calc(var(--score)*1%),var(--line) 0)}"
	".score>div{width:4.7rem;height:4.7rem;border-radius:50%;background:var(--card);display:grid;"
	"place-items:center;align-content:center;line-height:1.1}"
	".score b{font-size:1.6rem}.score span{font-size:.72rem;color:var(--dim)}"
	".chips{display:flex;gap:.5rem;flex-wrap:wrap;margin-top:.6rem}"
	".chip,.sev{display:inline-block;border:1px solid currentColor;border-radius:999px;"
	"padding:.05rem .6rem;font-size:.82rem;font-weight:600;white-space:nowrap}"
	".critical{color:var(--critical)}.high{color:var(--high)}.medium{color:var(--medium)}"
	".low{color:var(--low)}.info{color:var(--info)}.good{color:var(--good)}"
	".wide{overflow-x:auto;margin-top:1.25rem}"
	"table{border-collapse:collapse;width:100%;font-size:.92rem}"
	"th{text-align:left;color:var(--dim);font-weight:600;font-size:.8rem}"
	"th,td{padding:.45rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}"
	"td:nth-child(3){min-width:11rem}td:nth-child(4){overflow-wrap:anywhere}"
	"td>div{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden}"
	"tr.done{opacity:.7}td a{color:inherit;white-space:nowrap}"
	"article{border-top:1px solid var(--line);padding:1rem 0 .25rem;margin-top:1rem}"
	"article:target{outline:2px solid var(--low);outline-offset:.5rem;border-radius:4px}"
	"article h3{display:flex;gap:.6rem;align-items:baseline;flex-wrap:wrap}"
	"dl{display:grid;grid-template-columns:7rem 1fr;gap:.25rem .75rem;margin:.6rem 0 0}"
	"dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}"
	"@media (max-width:34rem){dl{grid-template-columns:1fr}dt{margin-top:.3rem}}"
	"@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--dim:#444;--line:#bbb}"
	"body{font-size:10.5pt}main{max-width:none;padding:0}section.target{border:0;padding:0}"
	"article,tr{break-inside:avoid}.score{print-color-adjust:exact}}";

static void text(struct str_buf *out, const char *before, const char *foreign, const char *after)
{
	str_buf_puts(out, before);
	cli_quote_html(out, foreign != NULL ? foreign : "");
	str_buf_puts(out, after);
}

static void put_head(const struct cli_html_head *head, size_t n, struct str_buf *out)
{
	str_buf_puts(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" "
		"content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
	text(out, "<title>caisson audit, profile ", head->profile, "</title>\n<style>");
	str_buf_puts(out, style);
	str_buf_puts(out, "</style>\n</head>\n<body>\n<main>\n<header>\n<h1>caisson audit</h1>\n");
	text(out, "<p class=\"dim\">profile <b>", head->profile, "</b>");
	if (head->host != NULL)
		text(out, ", host <b>", head->host, "</b>");
	text(out, ", ", head->when, ", caisson ");
	str_buf_fmt(out, "%s, %zu %s</p>\n</header>\n", cli_version_number(), n,
		n == 1 ? "target" : "targets");
}

/* --- one target ------------------------------------------------------------------------------- */

static const char *tone(unsigned score)
{
	if (score >= 90)
		return "good";
	if (score >= 60)
		return "medium";
	return score >= 30 ? "high" : "critical";
}

static void put_top(const struct cli_target *target, struct str_buf *out)
{
	const struct policy_report *report = &target->report;
	unsigned score = cli_report_score(report);
	size_t broken = 0;

	str_buf_fmt(out,
		"<div class=\"top\">\n<div class=\"score\" style=\"--score:%u;--tone:var(--%s)\" "
		"role=\"img\" aria-label=\"score %u of 100\"><div><b>%u</b><span>of 100</span>"
		"</div></div>\n<div>\n",
		score, tone(score), score, score);
	text(out, "<h2>", target->kind, " ");
	text(out, "<span class=\"mono\">", target->name, "</span></h2>\n");
	str_buf_fmt(out, "<p class=\"dim\">%zu %s of %zu rules</p>\n<p class=\"chips\">",
		report->n_findings, report->n_findings == 1 ? "finding" : "findings",
		report->n_checks);
	for (int severity = POLICY_CRITICAL; severity >= POLICY_INFO; severity--) {
		const char *name = policy_severity_name((enum policy_severity)severity);
		size_t n = count(report, (enum policy_severity)severity, true);

		broken += n;
		if (n > 0)
			str_buf_fmt(out, "<span class=\"chip %s\">%zu %s</span>", name, n, name);
	}
	if (broken == 0)
		str_buf_puts(out, "<span class=\"chip good\">nothing to report</span>");
	if (broken < report->n_findings)
		str_buf_fmt(out, "<span class=\"chip good\">%zu tightened or noted</span>",
			report->n_findings - broken);
	str_buf_puts(out, "</p>\n</div>\n</div>\n");
}

static void put_row(size_t number, size_t i, const struct policy_finding *f, struct str_buf *out)
{
	const char *severity = policy_severity_name(f->info->severity);

	str_buf_fmt(out,
		"<tr%s><td><span class=\"sev %s\">%s</span></td><td><a class=\"mono\" "
		"href=\"#f%zu-%zu\">%s</a></td><td>",
		is_broken(f) ? "" : " class=\"done\"", severity, severity, number, i, f->rule);
	text(out, "", f->info->title, "</td><td><div>");
	text(out, "", f->found, "</div></td><td>");
	str_buf_fmt(out, "%s</td></tr>\n", policy_verdict_name(f->verdict));
}

static void put_fact(struct str_buf *out, const char *label, const char *value, bool is_code)
{
	if (value == NULL || *value == '\0')
		return;
	str_buf_fmt(out, "<dt>%s</dt><dd>%s", label, is_code ? "<code>" : "");
	cli_quote_html(out, value);
	str_buf_fmt(out, "%s</dd>\n", is_code ? "</code>" : "");
}

static void put_detail(size_t number, size_t i, const struct policy_finding *f, struct str_buf *out)
{
	const char *severity = policy_severity_name(f->info->severity);

	str_buf_fmt(out,
		"<article id=\"f%zu-%zu\">\n<h3><span class=\"sev %s\">%s</span>"
		"<span class=\"mono\">%s</span> ",
		number, i, severity, severity, f->rule);
	text(out, "", f->info->title, "");
	str_buf_fmt(out, " <span class=\"dim\">%s</span></h3>\n<dl>\n",
		policy_verdict_name(f->verdict));
	put_fact(out, "where", f->pointer, true);
	put_fact(out, "found", f->found, false);
	put_fact(out, f->verdict == POLICY_TIGHTEN ? "decided" : "accepts", f->decided, false);
	put_fact(out, "reason", f->reason, false);
	put_fact(out, "fix", cli_report_advice(f), false);
	put_fact(out, "allow", f->allow, false);
	put_fact(out, "reference", f->info->reference, false);
	str_buf_puts(out, "</dl>\n</article>\n");
}

/* The worst first, once for the table and once in detail. */
static void put_findings(size_t number, const struct policy_report *report,
	void (*put)(size_t number, size_t i, const struct policy_finding *f, struct str_buf *out),
	struct str_buf *out)
{
	for (int severity = POLICY_CRITICAL; severity >= POLICY_INFO; severity--) {
		for (size_t i = 0; i < report->n_findings; i++) {
			if ((int)report->findings[i].info->severity == severity)
				put(number, i, &report->findings[i], out);
		}
	}
}

static void put_target(size_t number, const struct cli_target *target, struct str_buf *out)
{
	str_buf_puts(out, "<section class=\"target\">\n");
	put_top(target, out);
	if (target->report.n_findings > 0) {
		str_buf_puts(out,
			"<div class=\"wide\"><table>\n<thead><tr><th>severity</th><th>rule</th>"
			"<th>title</th><th>found</th><th>verdict</th></tr></thead>\n<tbody>\n");
		put_findings(number, &target->report, put_row, out);
		str_buf_puts(out, "</tbody>\n</table></div>\n");
		put_findings(number, &target->report, put_detail, out);
	}
	str_buf_puts(out, "</section>\n");
}

void cli_report_html(const struct cli_html_head *head, const struct cli_target *targets, size_t n,
	struct str_buf *out)
{
	put_head(head, n, out);
	for (size_t i = 0; i < n; i++)
		put_target(i, &targets[i], out);
	str_buf_fmt(out,
		"<footer class=\"dim\"><p>The score starts at 100. Each rule that is broken takes %u "
		"off if it is critical, %u if high, %u if medium, %u if low. What create tightens or "
		"notes takes nothing off.</p></footer>\n</main>\n</body>\n</html>\n",
		cost(POLICY_CRITICAL), cost(POLICY_HIGH), cost(POLICY_MEDIUM), cost(POLICY_LOW));
}
