/*
 * Times as text.
 *
 * Runs in: host.
 */
#ifndef HOST_CLOCK_H
#define HOST_CLOCK_H

#include <time.h>

#include "base/arena.h"

enum {
	HOST_CLOCK_MAX = 40
};

/** host_clock_exact() - RFC 3339 in UTC, with all nine digits of the nanoseconds */
const char *host_clock_exact(const struct timespec *when, char buf[HOST_CLOCK_MAX]);

/** host_clock_text() - RFC 3339 in UTC, nanoseconds without trailing zeros as Go prints them */
const char *host_clock_text(const struct timespec *when, char buf[HOST_CLOCK_MAX]);

/** host_clock_now() - the same of this moment; NULL = out of memory */
const char *host_clock_now(struct arena *arena);

#endif
