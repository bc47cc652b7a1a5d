/*
 * The one bridge between caisson and caisson-init: a SOCK_SEQPACKET pair, typed and bounded
 * messages, each permitted only in the states of a table. Messages from inside are hostile.
 *
 *      init                                   host
 *       | LOG*                                 |  any time before the gate
 *       | <- CGROUPS   + tasks files of v1     |  one for each PLAN_CGROUP_JOIN, in order
 *       | HOOKS      "namespaces are there" -> |  runs prestart, createRuntime
 *       | <- GO                                |
 *       | CONSOLE    + pty master -----------> |  relays it, or sends it to the console socket
 *       | READY      "confined, at the gate"-> |  writes the state record
 *       | <- COMMIT                            |  from here on the container exists
 *       | ERROR      at any time ------------> |  the operation has failed
 *       | (end of file: execve worked, for run; or caisson-init is gone)
 *
 * Runs in: host and init.
 */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"

enum wire_type {
	WIRE_LOG,     /* code = enum log_level, text */
	WIRE_HOOKS,   /* code = pid as init sees itself */
	WIRE_CONSOLE, /* one descriptor */
	WIRE_READY,
	WIRE_ERROR, /* code = negative errno, text */
	WIRE_GO,
	WIRE_COMMIT,
	WIRE_CGROUPS, /* descriptors */
	WIRE_TYPE_N,
};

enum {
	WIRE_TEXT_MAX = 1024,
	WIRE_FDS_MAX = 16, /* of one message; all but CGROUPS have at most one */
};

struct wire_msg {
	uint32_t type;
	int32_t code;
	uint32_t len; /* bytes of text, without a NUL */
	char text[WIRE_TEXT_MAX + 1];
};

/** wire_pair() - two connected ends, close-on-exec */
int wire_pair(int fds[2], struct err *err) _must_check_;

/**
 * wire_send() - send one message
 * @text: cut at WIRE_TEXT_MAX; may be NULL
 * @fd:   descriptor to pass along, -1 for none (borrowed)
 *
 * Return: 0; negative errno (-EPIPE: the other side is gone; no signal is raised).
 */
int wire_send(int sock, enum wire_type type, int code, const char *text, int fd, struct err *err)
	_must_check_;

/** wire_send_err() - WIRE_ERROR; nothing can be done about a failure, so none is returned */
void wire_send_err(int sock, const struct err *err);

/**
 * wire_recv() - receive one message
 * @timeout_ms: -1 waits for ever
 * @fd: a passed descriptor (close-on-exec, owned by the caller) or -1
 *
 * SECURITY: wrong length, unknown type, more than one descriptor, or text with a NUL is -EBADMSG.
 * Return: 0; WIRE_EOF (positive) when the other side closed; -ETIMEDOUT; negative errno.
 */
enum {
	WIRE_EOF = 1
};
int wire_recv(int sock, int timeout_ms, struct wire_msg *msg, int *fd, struct err *err)
	_must_check_;

/** wire_send_fds() - a message with up to WIRE_FDS_MAX descriptors (borrowed) and nothing else */
int wire_send_fds(int sock, enum wire_type type, const int *fds, size_t n, struct err *err)
	_must_check_;

/**
 * wire_recv_fds() - receive one message that may bring up to WIRE_FDS_MAX descriptors
 * @fds: room for WIRE_FDS_MAX; close-on-exec, owned by the caller
 *
 * Waits for ever; else as wire_recv().
 */
int wire_recv_fds(int sock, struct wire_msg *msg, int *fds, size_t *n, struct err *err)
	_must_check_;

#endif
