#include "wire/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "base/fd.h"

#include "base/banned.h"

enum {
	HEADER_SIZE = offsetof(struct wire_msg, text),
	FDS_ROOM = WIRE_FDS_MAX + 4, /* to see, and close, descriptors beyond those allowed */
};

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(FDS_ROOM * sizeof(int))];
};

int wire_pair(int fds[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return err_sys(err, "make the socket pair to caisson-init");
	return 0;
}

static void put_fds(struct msghdr *msg, union control *control, const int *fds, size_t n)
{
	struct cmsghdr *head;

	*control = (union control){ 0 };
	msg->msg_control = control->bytes;
	msg->msg_controllen = (socklen_t)CMSG_SPACE(n * sizeof(int));
	head = CMSG_FIRSTHDR(msg);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = (socklen_t)CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(head), fds, n * sizeof(int));
}

static int send_msg(
	int sock, const struct wire_msg *msg, const int *fds, size_t n_fds, struct err *err)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)msg,
		.iov_len = HEADER_SIZE + msg->len };
	struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control;
	ssize_t n;

	if (n_fds > 0)
		put_fds(&head, &control, fds, n_fds);
	do {
		n = sendmsg(sock, &head, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, "send message %u", msg->type);
	return 0;
}

int wire_send(int sock, enum wire_type type, int code, const char *text, int fd, struct err *err)
{
	struct wire_msg msg = { .type = type, .code = code };

	if (text != NULL) {
		size_t len = strlen(text);

		msg.len = len < WIRE_TEXT_MAX ? (uint32_t)len : WIRE_TEXT_MAX;
		memcpy(msg.text, text, msg.len);
	}
	return send_msg(sock, &msg, &fd, fd >= 0 ? 1 : 0, err);
}

int wire_send_fds(int sock, enum wire_type type, const int *fds, size_t n, struct err *err)
{
	const struct wire_msg msg = { .type = type };

	if (n > WIRE_FDS_MAX)
		return err_new(err, -E2BIG, "message with %zu descriptors", n);
	return send_msg(sock, &msg, fds, n, err);
}

void wire_send_err(int sock, const struct err *err)
{
	struct err ignored;

	(void)!wire_send(sock, WIRE_ERROR, err->code, err->msg, -1, &ignored);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int wait_readable(int sock, int timeout_ms, struct err *err)
{
	struct pollfd poller = { .fd = sock, .events = POLLIN };
	int64_t end = timeout_ms < 0 ? 0 : now_ms() + timeout_ms;
	int n;

	if (timeout_ms < 0) /* recvmsg() itself waits */
		return 0;
	do {
		int64_t left = end - now_ms();

		n = poll(&poller, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, "wait for a message");
	if (n == 0)
		return err_new(err, -ETIMEDOUT, "no message within %d ms", timeout_ms);
	return 0;
}

/* Take up to @max descriptors; close all others. Returns how many there were. The kernel puts all of
 * a message into one control header. */
static size_t take_fds(struct msghdr *head, int *fds, size_t max)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(head);
	size_t n;

	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return 0;
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	for (size_t i = 0; i < n; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
		if (i < max)
			fds[i] = fd;
		else
			fd_cleanup(&fd);
	}
	return n;
}

/* SECURITY: what comes from inside is hostile; nothing of a message is used before this. */
static int check_msg(
	const struct wire_msg *msg, size_t size, int flags, bool too_many_fds, struct err *err)
{
	if ((flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || too_many_fds)
		return err_new(err, -EBADMSG, "message is too large");
	if (size < HEADER_SIZE || msg->len != size - HEADER_SIZE)
		return err_new(err, -EBADMSG, "message of %zu bytes has a wrong length", size);
	if (msg->type >= WIRE_TYPE_N)
		return err_new(err, -EBADMSG, "message of unknown type %u", msg->type);
	if (memchr(msg->text, '\0', msg->len) != NULL)
		return err_new(err, -EBADMSG, "message text contains a NUL");
	return 0;
}

/* @fds: room for @max; those in @n_fds are the caller's only if this succeeds */
static int receive(
	int sock, struct wire_msg *msg, int *fds, size_t max, size_t *n_fds, struct err *err)
{
	struct iovec part = { .iov_base = msg, .iov_len = HEADER_SIZE + WIRE_TEXT_MAX };
	union control control;
	struct msghdr head = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	unsigned resets = 0;
	size_t n_passed;
	ssize_t n;
	int r;

	/* The other side ended without reading all we sent. The kernel says so once, and before what
	 * the other side had to say: the reason may be in there. */
	do {
		n = recvmsg(sock, &head, MSG_CMSG_CLOEXEC);
		resets += n < 0 && errno == ECONNRESET ? 1 : 0;
	} while (n < 0 && (errno == EINTR || (errno == ECONNRESET && resets == 1)));
	if (n < 0 && errno != ECONNRESET)
		return err_sys(err, "receive a message");
	if (n <= 0)
		return WIRE_EOF;
	n_passed = take_fds(&head, fds, max);
	*n_fds = n_passed < max ? n_passed : max;
	r = check_msg(msg, (size_t)n, head.msg_flags, n_passed > max, err);
	while (r < 0 && *n_fds > 0)
		fd_cleanup(&fds[--*n_fds]);
	if (r < 0)
		return r;
	msg->text[msg->len] = '\0';
	return 0;
}

int wire_recv(int sock, int timeout_ms, struct wire_msg *msg, int *fd, struct err *err)
{
	size_t n_fds;
	int r;

	*fd = -1;
	r = wait_readable(sock, timeout_ms, err);
	return r < 0 ? r : receive(sock, msg, fd, 1, &n_fds, err);
}

int wire_recv_fds(int sock, struct wire_msg *msg, int *fds, size_t *n, struct err *err)
{
	*n = 0;
	return receive(sock, msg, fds, WIRE_FDS_MAX, n, err);
}
