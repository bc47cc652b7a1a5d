/*
 * A descriptor for another process, with a word about it: SCM_RIGHTS of unix(7).
 *
 * Runs in: host.
 */
#ifndef HOST_SENDFD_H
#define HOST_SENDFD_H

#include "base/attr.h"

/** host_send_fd() - @fd and @text as one message; -1 and errno */
int host_send_fd(int sock, const char *text, int fd) _must_check_;

#endif
