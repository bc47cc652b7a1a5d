/*
 * The points at which caisson-init waits for caisson.
 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/fd.h"
#include "wire/wire.h"

#include "init.h"

#include "base/banned.h"

/* SECURITY: a launcher that is gone has rolled back or crashed; a half-made container must not go
 * on by itself (I7). */
int init_receive(
	const struct init_ctx *ctx, enum wire_type type, int *fds, size_t *n, struct err *err)
{
	struct wire_msg msg;
	int r;

	r = wire_recv_fds(ctx->wire, &msg, fds, n, err);
	if (r < 0)
		return r;
	if (r == WIRE_EOF)
		return err_new(err, -EPIPE, "caisson went away");
	if (msg.type != (uint32_t)type)
		return err_new(err, -EPROTO, "message %u instead of %d", msg.type, (int)type);
	return 0;
}

static int wait_for(const struct init_ctx *ctx, enum wire_type type, struct err *err)
{
	int fds[WIRE_FDS_MAX];
	size_t n;
	int r = init_receive(ctx, type, fds, &n, err);

	while (n > 0)
		fd_cleanup(&fds[--n]);
	return r;
}

int init_sync_hooks(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	int r;

	(void)step;
	r = wire_send(ctx->wire, WIRE_HOOKS, (int)getpid(), NULL, -1, err);
	if (r < 0)
		return r;
	return wait_for(ctx, WIRE_GO, err);
}

/* One byte from start. The host opened the fifo for reading and writing, so that this end neither
 * waits for a writer nor sees an end of file. */
static int wait_for_start(int fifo, struct err *err)
{
	struct pollfd poller = { .fd = fifo, .events = POLLIN };
	char byte;

	for (;;) {
		ssize_t n = read(fifo, &byte, 1);

		if (n == 1)
			return 0;
		if (n == 0)
			return err_new(err, -EPIPE, "the start fifo has no writer");
		if (errno == EAGAIN)
			(void)!poll(&poller, 1, -1);
		else if (errno != EINTR)
			return err_sys(err, "wait for start");
	}
}

int init_gate(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	int fifo, r;

	r = wire_send(ctx->wire, WIRE_READY, 0, NULL, -1, err);
	if (r < 0)
		return r;
	r = wait_for(ctx, WIRE_COMMIT, err);
	if (r < 0)
		return r;
	/* run: the wire stays open until execve() closes it, which tells caisson that it worked */
	if (step->slot == PLAN_SLOT_NONE)
		return 0;
	init_stop_logging();
	fd_cleanup(&ctx->wire);
	fifo = plan_slot_fd(ctx->plan, step->slot);
	r = wait_for_start(fifo, err);
	if (r < 0)
		return r;
	fd_cleanup(&fifo);
	return 0;
}
