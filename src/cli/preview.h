/*
 * What `plan` prints: who the container would be, where that differs from config.json and why,
 * and every step.
 *
 * Runs in: host. Pure.
 */
#ifndef CLI_PREVIEW_H
#define CLI_PREVIEW_H

#include "base/str.h"
#include "config/json.h"
#include "host/host.h"

struct cli_preview {
	const char *bundle; /* as given */
	const struct host_preview *found;
};

/** cli_json_text() - a member, if there is any text */
void cli_json_text(struct json_out *out, const char *key, const char *value);

/** cli_json_finding() - where, what was found and what was decided, as members */
void cli_json_finding(struct json_out *out, const struct policy_finding *finding);

/** cli_preview_text() - for people; text that comes from the bundle is escaped */
void cli_preview_text(const struct cli_preview *preview, struct str_buf *out);

/** cli_preview_json() - the same as one document */
void cli_preview_json(const struct cli_preview *preview, struct json_out *out);

#endif
