/*
 * What `plan --diff` prints: the rules that decide otherwise in another profile, and the steps of
 * the plan that differ.
 *
 * Runs in: host. Pure.
 */
#ifndef CLI_DIFFERENCE_H
#define CLI_DIFFERENCE_H

#include "base/str.h"
#include "config/json.h"
#include "host/host.h"

struct cli_difference {
	const char *bundle; /* as given */
	const struct host_preview *from, *to;
	struct cli_edit *edits; /* of the plans as text */
	size_t n_edits;
	bool has_plans; /* neither profile refuses the container */
};

/** cli_difference_init() - compare; @out->bundle, ->from and ->to are given */
int cli_difference_init(struct arena *arena, struct cli_difference *out, struct err *err)
	_must_check_;

void cli_difference_text(const struct cli_difference *difference, struct str_buf *out);
void cli_difference_json(const struct cli_difference *difference, struct json_out *out);

#endif
