/*
 * Terminals: the console socket, and the relay of a foreground run; the pidfd socket beside it.
 *
 * Runs in: host.
 */
#ifndef HOST_TERMINAL_H
#define HOST_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

#include "base/err.h"

/**
 * host_console_send() - hand the pty master to whoever listens on the console socket
 *
 * One message with one descriptor and a payload, then close (cli-contract 2).
 */
int host_console_send(const char *socket_path, int master, struct err *err) _must_check_;

/**
 * host_pidfd_send() - hand a pidfd of the container's process to whoever listens on the socket
 * @joined: it is one of exec
 */
int host_pidfd_send(const char *socket_path, bool joined, int pidfd, struct err *err) _must_check_;

/* The caller's terminal in raw mode; put back at the end of the scope. */
struct host_terminal {
	int fd; /* -1 = none */
	bool is_raw;
	struct termios saved;
};
#define HOST_TERMINAL_NONE \
	{                  \
		.fd = -1   \
	}
void host_terminal_restore(struct host_terminal *terminal);
#define _host_terminal_ _cleanup_(host_terminal_restore)

/**
 * host_terminal_open() - find the caller's terminal: stderr, stdout, stdin, /dev/tty, as runc
 *
 * Return: 0; -ENOTTY when there is none.
 */
int host_terminal_open(struct host_terminal *out, struct err *err) _must_check_;

int host_terminal_set_raw(struct host_terminal *terminal, struct err *err) _must_check_;

/** host_terminal_copy_size() - give @master the window size of the caller's terminal */
void host_terminal_copy_size(const struct host_terminal *terminal, int master);

#endif
