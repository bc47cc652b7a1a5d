/*
 * debug, info and warning messages. There is no log_error: an error is a struct err, returned to
 * main and printed once. The sink is set once by each program's main: caisson writes text or JSON,
 * caisson-init sends WIRE_LOG.
 *
 * Runs in: host and init.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/attr.h"

enum log_level {
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARN
};
enum {
	LOG_MSG_MAX = 1024
};

typedef void (*log_sink)(enum log_level level, const char *msg);

/**
 * log_set_sink() - choose where messages go and from which level on
 * @sink: called with one line without newline; NULL = drop everything
 */
void log_set_sink(log_sink sink, enum log_level from);

/** log_enabled() - is a message of @level wanted? For callers that must build one at some cost. */
bool log_enabled(enum log_level level);

void log_debug(const char *fmt, ...) _printf_(1, 2);
void log_info(const char *fmt, ...) _printf_(1, 2);
/** log_warn() - state what happens instead: "...; continuing without X" */
void log_warn(const char *fmt, ...) _printf_(1, 2);

#endif
