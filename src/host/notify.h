/*
 * sd_notify(3) of a container: what it sends to its NOTIFY_SOCKET is passed on to whoever started
 * caisson with one. The container gets a directory with nothing in it but the socket.
 *
 * Runs in: host.
 */
#ifndef HOST_NOTIFY_H
#define HOST_NOTIFY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

#include "launch.h"

/* The socket that the container sends to; removed at the end of the scope. */
struct host_notify {
	int dir_fd;
	int fd; /* -1 = nobody asked */
};
#define HOST_NOTIFY_NONE               \
	{                              \
		.dir_fd = -1, .fd = -1 \
	}
void host_notify_done(struct host_notify *notify);
#define _host_notify_ _cleanup_(host_notify_done)

/** host_notify_wanted() - was caisson started with a NOTIFY_SOCKET? */
bool host_notify_wanted(void);

/** host_notify_dir() - path of the directory that the container gets; NULL = out of memory */
const char *host_notify_dir(struct arena *arena, const char *state_root, const char *id);

/** host_notify_create() - make the directory; @entry_fd: of the container's state */
int host_notify_create(int entry_fd, struct err *err) _must_check_;

/**
 * host_notify_listen() - make the socket, before the container runs
 *
 * @label: SELinux's, of the container's processes; NULL = none
 *
 * Nothing is made where nobody asks, now or when the container was created.
 */
int host_notify_listen(int entry_fd, const char *label, struct host_notify *out, struct err *err)
	_must_check_;

/**
 * host_notify_wait() - until the container says that it is ready, or is over; then pass that on
 * @pidfd: of its first process
 * @pid:   told as the main process, with a barrier after it; 0 = not told
 */
int host_notify_wait(const struct host_notify *notify, int pidfd, pid_t pid, struct err *err)
	_must_check_;

/** host_notify_fork() - do that beside a run in the foreground, in a child that ends with it */
int host_notify_fork(const struct host_notify *notify, struct host_init *init, struct err *err)
	_must_check_;

#endif
