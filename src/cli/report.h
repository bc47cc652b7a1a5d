/*
 * What `audit` prints: for people, as JSON, as SARIF 2.1.0.
 *
 * Runs in: host. Pure.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "base/str.h"
#include "config/json.h"
#include "policy/audit.h"

/* One bundle, container or process. */
struct cli_target {
	const char *kind; /* "bundle", "container", "process" */
	const char *name;
	const char *uri; /* of what was looked at: "config.json", "/proc/1" */
	struct policy_report report;
};

void cli_report_text(
	const char *profile, const struct cli_target *targets, size_t n, struct str_buf *out);
void cli_report_json(
	const char *profile, const struct cli_target *targets, size_t n, struct json_out *out);
void cli_report_sarif(const struct cli_target *targets, size_t n, struct json_out *out);

/** cli_report_advice() - what to change; what create does by itself is none for a container that
 *  something else has started */
const char *cli_report_advice(const struct policy_finding *f);

#endif
