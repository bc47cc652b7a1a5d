/*
 * The report of audit as one HTML file: no script, nothing from elsewhere.
 *
 * Runs in: host. Pure.
 */
#ifndef CLI_HTML_H
#define CLI_HTML_H

#include "base/str.h"

#include "report.h"

/* What stands above the targets. */
struct cli_html_head {
	const char *profile;
	const char *host; /* name of this machine; NULL = not known */
	const char *when; /* "2026-11-22 23:41 UTC" */
};

/** cli_report_html() - SECURITY: every text that comes from a bundle or a container is escaped */
void cli_report_html(const struct cli_html_head *head, const struct cli_target *targets, size_t n,
	struct str_buf *out);

/** cli_report_score() - 100, less for each rule that is broken, at least 0 */
unsigned cli_report_score(const struct policy_report *report);

#endif
