/*
 * Sinks of the audit log: a file, the system log, the journal.
 *
 * Runs in: host. Local to src/host.
 */
#ifndef HOST_TRAIL_SINKS_H
#define HOST_TRAIL_SINKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"

#define HOST_TRAIL_SYSLOG  "/dev/log"
#define HOST_TRAIL_JOURNAL "/run/systemd/journal/socket"

struct host_trail_record {
	const char *text; /* a line with its newline */
	size_t len;
	const char *event;
	const char *id; /* NULL = none */
	bool is_warning;
};

/**
 * host_trail_send() - one line to one sink, whole or not at all
 * @sink: "syslog", "journald", or the path of a file, which is made with mode 0600
 *
 * Does not wait longer than two seconds for whoever reads it.
 */
int host_trail_send(const char *sink, const struct host_trail_record *record, struct err *err)
	_must_check_;

#endif
