/*
 * One invocation of caisson: what the command line said, turned into calls of host/host.h.
 *
 * Runs in: host.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/json.h"
#include "host/host.h"
#include "host/trail.h"
#include "policy/settings.h"

#include "options.h"

struct cli {
	struct arena *arena;
	const struct cli_args *args;
	struct policy_settings settings; /* of the administrator */
	struct host_trail trail;         /* the audit log, if the administrator wants one */
	struct host_context context;
	int exit_code; /* of a command that succeeds: run in the foreground sets the workload's */
};

/**
 * cli_run() - carry out the command of @args, or print help or version
 * @exit_code: also set when it fails
 */
int cli_run(struct arena *arena, const struct cli_args *args, int *exit_code, struct err *err)
	_must_check_;

/**
 * cli_context_init() - the global options as a host_context
 *
 * The state root is made absolute here; "/" is refused.
 */
int cli_context_init(struct cli *cli, struct err *err) _must_check_;

/* The commands, one file each. */
int cli_audit(struct cli *cli, struct err *err) _must_check_;
int cli_check(struct cli *cli, struct err *err) _must_check_;
int cli_create(struct cli *cli, struct err *err) _must_check_;
int cli_delete(struct cli *cli, struct err *err) _must_check_;
int cli_events(struct cli *cli, struct err *err) _must_check_;
int cli_exec(struct cli *cli, struct err *err) _must_check_;
int cli_features(struct cli *cli, struct err *err) _must_check_;
int cli_gc(struct cli *cli, struct err *err) _must_check_;
int cli_ids(struct cli *cli, struct err *err) _must_check_;
int cli_kill(struct cli *cli, struct err *err) _must_check_;
int cli_list(struct cli *cli, struct err *err) _must_check_;
int cli_pause(struct cli *cli, struct err *err) _must_check_;
int cli_plan(struct cli *cli, struct err *err) _must_check_;
int cli_ps(struct cli *cli, struct err *err) _must_check_;
int cli_resume(struct cli *cli, struct err *err) _must_check_;
int cli_run_container(struct cli *cli, struct err *err) _must_check_;
int cli_spec(struct cli *cli, struct err *err) _must_check_;
int cli_start(struct cli *cli, struct err *err) _must_check_;
int cli_state(struct cli *cli, struct err *err) _must_check_;
int cli_update(struct cli *cli, struct err *err) _must_check_;

/** cli_size_parse() - bytes as "64m", "64MiB", "67108864"; "-1" is unlimited */
bool cli_size_parse(const char *text, int64_t *out) _must_check_;

/** cli_duration_parse() - Go's durations, "1m30s", "1.5s", "100ms"; rounded up, at most 24 days */
bool cli_duration_parse(const char *text, unsigned *ms) _must_check_;

/** cli_state_members() - host_state_json() and what runc's document has no words for */
void cli_state_members(const struct host_state *state, const char *owner, struct json_out *out);

/** cli_print() - write to standard output, whole */
int cli_print(const char *data, size_t len, struct err *err) _must_check_;

/** cli_print_text() - the same of a buffer; -ENOMEM if it could not grow */
int cli_print_text(const struct str_buf *text, struct err *err) _must_check_;

/** cli_print_json() - a finished document and @end; -ENOMEM if it could not grow */
int cli_print_json(const struct json_out *out, const char *end, struct err *err) _must_check_;

#endif
