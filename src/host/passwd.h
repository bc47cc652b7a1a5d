/*
 * The host's /etc/passwd, read by hand: the C library's look-up would load modules and ask
 * services, and must never run where a container's files are in sight (CVE-2019-14271: T-15).
 *
 * Runs in: host, in the host's mount namespace.
 */
#ifndef HOST_PASSWD_H
#define HOST_PASSWD_H

#include <sys/types.h>

#include "base/arena.h"

/** host_user_name() - name of @uid, or "#UID"; NULL = out of memory */
const char *host_user_name(struct arena *arena, uid_t uid);

#endif
