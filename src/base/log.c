#include "base/log.h"

#include <stdarg.h>
#include <stddef.h>

#include "base/str.h"

#include "base/banned.h"

/* The one mutable file-scope state of the project: where messages go. */
static log_sink sink_fn;
static enum log_level sink_from;

void log_set_sink(log_sink sink, enum log_level from)
{
	sink_fn = sink;
	sink_from = from;
}

bool log_enabled(enum log_level level)
{
	return sink_fn != NULL && level >= sink_from;
}

static void log_va(enum log_level level, const char *fmt, va_list ap)
{
	char msg[LOG_MSG_MAX];

	if (!log_enabled(level))
		return;
	str_vfmt(msg, sizeof(msg), fmt, ap);
	sink_fn(level, msg);
}

void log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(LOG_DEBUG, fmt, ap);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(LOG_INFO, fmt, ap);
	va_end(ap);
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(LOG_WARN, fmt, ap);
	va_end(ap);
}
