/*
 * The proxy between a service manager and a container. SECURITY: what comes from the container is
 * hostile: a datagram of bounded size, of which one line is passed on, and no descriptor ever.
 */
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "sys/call.h"

#include "sendfd.h"

#include "base/banned.h"

enum {
	DATAGRAM_MAX = 4096, /* runc's */
	LABEL_MAX = 1024,
	BARRIER_MS = 30000
};

static const char dir_name[] = "notify", socket_name[] = "notify.sock";

static const char *own_socket(void)
{
	const char *path = secure_getenv("NOTIFY_SOCKET");

	return path != NULL && *path != '\0' ? path : NULL;
}

bool host_notify_wanted(void)
{
	return own_socket() != NULL;
}

const char *host_notify_dir(struct arena *arena, const char *state_root, const char *id)
{
	return arena_fmt(arena, "%s/%s/%s", state_root, id, dir_name);
}

/* Users of the container other than its root look for the socket in it. */
int host_notify_create(int entry_fd, struct err *err)
{
	if (mkdirat(entry_fd, dir_name, 0755) < 0 || fchmodat(entry_fd, dir_name, 0755, 0) < 0)
		return err_sys(err, "make the directory of the notify socket");
	return 0;
}

void host_notify_done(struct host_notify *notify)
{
	if (notify->fd >= 0)
		(void)unlinkat(notify->dir_fd, socket_name, 0);
	fd_cleanup(&notify->fd);
	fd_cleanup(&notify->dir_fd);
}

/* By way of the descriptor: names of sockets are short, paths of state directories may be not. */
static int bind_in(int dir_fd, int fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	str_fmt(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir_fd,
		socket_name);
	return bind(fd, (const struct sockaddr *)&address, sizeof(address));
}

/* SELinux: sockets of this thread that are made from now on are the container's own, which it may
 * send to; NULL ends that. The kernel is asked whether it has understood. */
static int label_sockets(const char *label, struct err *err)
{
	static const char name[] = "/proc/thread-self/attr/sockcreate";
	const char *value = label != NULL ? label : "\n";
	char now[LABEL_MAX];
	ssize_t n;

	if (fd_write_at(AT_FDCWD, name, value, strlen(value)) < 0)
		return err_sys(err, "set the label of the notify socket");
	if (label == NULL)
		return 0;
	n = fd_read_at(AT_FDCWD, name, now, sizeof(now));
	if (n < 0 || !str_eq(now, label))
		return err_new(err, -EACCES, "label '%s' was not taken over by the kernel", label);
	return 0;
}

static int open_socket(const char *label, struct err *err)
{
	struct err ignored;
	int fd, r;

	if (label == NULL) {
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		return fd < 0 ? err_sys(err, "create socket") : fd;
	}
	r = label_sockets(label, err);
	if (r == 0)
		r = open_socket(NULL, err);
	(void)!label_sockets(NULL, &ignored);
	return r;
}

int host_notify_listen(int entry_fd, const char *label, struct host_notify *out, struct err *err)
{
	_fd_ int dir = -1, fd = -1;

	if (own_socket() == NULL)
		return 0;
	dir = openat(entry_fd, dir_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 && errno == ENOENT)
		return 0;
	if (dir < 0)
		return err_sys(err, "open the directory of the notify socket");
	fd = open_socket(label, err);
	if (fd < 0)
		return err_ctx(err, "make the notify socket");
	(void)unlinkat(dir, socket_name, 0); /* of a start that was killed */
	if (bind_in(dir, fd) < 0 || fchmodat(dir, socket_name, 0777, 0) < 0)
		return err_sys(err, "make the notify socket");
	out->dir_fd = fd_take(&dir);
	out->fd = fd_take(&fd);
	return 0;
}

/* --- to the service manager -------------------------------------------------------------------- */

/* A path, or the name of an abstract socket behind '@'. */
static int connect_out(struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = own_socket();
	_fd_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t len = path != NULL ? strlen(path) : 0;

	if (fd < 0)
		return err_sys(err, "create socket");
	if (len == 0 || len >= sizeof(address.sun_path) || (*path != '/' && *path != '@'))
		return err_new(err, -EINVAL, "NOTIFY_SOCKET is no usable address");
	memcpy(address.sun_path, path, len);
	if (*path == '@')
		address.sun_path[0] = '\0';
	if (connect(fd, (const struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		return err_sys(err, "connect to NOTIFY_SOCKET '%s'", path);
	return fd_take(&fd);
}

static int say(int fd, const char *text, struct err *err)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		return err_sys(err, "pass on '%.*s'", (int)strcspn(text, "=\n"), text);
	return 0;
}

/* With it the other side closes the descriptor once it has taken in all that came before. */
static int send_barrier(int fd, struct err *err)
{
	_fd_ int in = -1, out = -1;
	struct pollfd p;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, "create pipe");
	in = ends[0];
	out = ends[1];
	if (host_send_fd(fd, "BARRIER=1", out) < 0)
		return err_sys(err, "send the barrier");
	fd_replace(&out, -1);
	p = (struct pollfd){ .fd = in };
	if (poll(&p, 1, BARRIER_MS) == 0)
		return err_new(err, -ETIMEDOUT, "the service manager has not taken the barrier");
	return 0;
}

static int pass_on(const char *ready, pid_t pid, struct err *err)
{
	_fd_ int fd = connect_out(err);
	char text[32];
	int r;

	if (fd < 0)
		return fd;
	r = say(fd, ready, err);
	if (r < 0 || pid == 0)
		return r;
	str_fmt(text, sizeof(text), "MAINPID=%d", (int)pid);
	r = say(fd, text, err);
	return r < 0 ? r : send_barrier(fd, err);
}

/* --- from the container ------------------------------------------------------------------------ */

/* The line "READY=..." of the datagram, in place; NULL: it is about something else. */
static const char *find_ready(char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		if (str_starts(line, "READY="))
			return line;
	}
	return NULL;
}

int host_notify_wait(const struct host_notify *notify, int pidfd, pid_t pid, struct err *err)
{
	struct pollfd p[] = {
		{ .fd = notify->fd, .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN },
	};
	char text[DATAGRAM_MAX + 1];

	if (notify->fd < 0)
		return 0;
	for (;;) {
		const char *ready;
		ssize_t n;

		if (poll(p, ARRAY_SIZE(p), -1) < 0 && errno != EINTR)
			return err_sys(err, "wait for the container to be ready");
		n = recv(notify->fd, text, DATAGRAM_MAX, 0);
		if (n < 0 && p[1].revents != 0) /* what it sent last is read before */
			return 0;
		if (n < 0)
			continue;
		text[n] = '\0';
		ready = find_ready(text);
		if (ready != NULL)
			return pass_on(ready, pid, err);
	}
}

int host_notify_fork(const struct host_notify *notify, struct host_init *init, struct err *err)
{
	pid_t pid;

	if (notify->fd < 0)
		return 0;
	pid = fork();
	if (pid < 0)
		return err_sys(err, "fork");
	if (pid > 0)
		return 0;
	fd_cleanup(&init->wire); /* whose other ends tell when we, not it, are gone */
	fd_cleanup(&init->console);
	if (sys_set_pdeathsig(SIGKILL) == 0 && host_notify_wait(notify, init->pidfd, 0, err) < 0)
		log_warn("%s; the service manager does not hear that the container is ready",
			err->msg);
	_exit(0);
}
