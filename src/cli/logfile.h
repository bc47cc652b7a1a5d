/*
 * Where log records and the one error of a failed command go: --log, --log-format, --debug.
 * Engines read the file back, so its form is a contract (cli-contract 2 and rule 1).
 *
 * Runs in: host.
 */
#ifndef CLI_LOGFILE_H
#define CLI_LOGFILE_H

#include <stdbool.h>
#include <time.h>

#include "base/err.h"
#include "base/str.h"

struct cli_log {
	int fd; /* -1 = standard error */
	bool json;
	bool debug;
};

#define CLI_LOG_STDERR   \
	{                \
		.fd = -1 \
	}
#define _cli_log_ _cleanup_(cli_log_close)

/**
 * cli_log_open() - open the log file and choose the form
 * @path:   NULL, "" or "/dev/stderr" = standard error
 * @format: "text" or "json"
 *
 * SECURITY: appended to as a plain file that is reached by no final symlink and has no second
 * name: who can write the directory must not choose what a privileged caisson appends to (T-32).
 * Return: 0 or negative errno; @log is usable either way.
 */
int cli_log_open(struct cli_log *log, const char *path, const char *format, struct err *err)
	_must_check_;
void cli_log_close(struct cli_log *log);

/** cli_log_attach() - send log_debug(), log_info(), log_warn() here if @log->debug, else nowhere */
void cli_log_attach(const struct cli_log *log);

/** cli_log_error() - the record of a failed command, and the bare message to standard error */
void cli_log_error(const struct cli_log *log, const char *msg);

/** cli_log_record() - one record with its newline */
void cli_log_record(struct str_buf *out, bool json, const char *level, const char *msg, time_t now);

#endif
