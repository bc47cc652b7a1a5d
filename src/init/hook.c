/*
 * Hooks of the container's namespaces (createContainer, startContainer). Each is a child with the
 * state on stdin, its output kept for the message, a time limit, and none of our descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "init.h"

#include "base/banned.h"

enum {
	TAIL_MAX = 160, /* of stdout and of stderr, the end: an error message is 480 bytes */
	N_PARTS = 3,
	HOOK_UMASK = 022,
	CHILD_FAILED = 127,
	KIND_CREATE_CONTAINER = 2, /* config_hook_kind; the table below has the names */
};

static const char *const kind_names[] = {
	"prestart",
	"createRuntime",
	"createContainer",
	"startContainer",
	"poststart",
	"poststop",
};

struct tail {
	char text[2 * TAIL_MAX];
	size_t len;
};

/* Our ends of a running hook. */
struct hook {
	pid_t pid;
	int pidfd;
	int in;      /* state JSON goes here; -1 when all is written or nobody reads */
	int out[2];  /* its stdout and stderr */
	int failure; /* errno of the child's execve(); end of file when that worked */
	const char *parts[N_PARTS]; /* what is still to be written */
	size_t left[N_PARTS];
	struct tail tail[2];
};

static void hook_done(struct hook *hook)
{
	fd_cleanup(&hook->in);
	fd_cleanup(&hook->out[0]);
	fd_cleanup(&hook->out[1]);
	fd_cleanup(&hook->failure);
	fd_cleanup(&hook->pidfd);
}

static void tail_add(struct tail *tail, const char *data, size_t len)
{
	if (tail->len + len > sizeof(tail->text)) {
		size_t keep = tail->len < TAIL_MAX ? tail->len : TAIL_MAX;

		memmove(tail->text, tail->text + tail->len - keep, keep);
		tail->len = keep;
	}
	memcpy(tail->text + tail->len, data, len);
	tail->len += len;
}

static const char *tail_text(struct tail *tail, char *buf, size_t size)
{
	char text[TAIL_MAX + 1];
	size_t len;

	while (tail->len > 0 && tail->text[tail->len - 1] == '\n')
		tail->len--;
	len = tail->len < TAIL_MAX ? tail->len : TAIL_MAX;
	memcpy(text, tail->text + tail->len - len, len);
	text[len] = '\0';
	return str_escape(buf, size, text);
}

/* --- the child -------------------------------------------------------------------------------- */

/* Pipe ends of the child, in the order of its descriptors 0, 1, 2. */
static int become_hook(const struct init_ctx *ctx, const struct plan_step *step, const int ends[3])
{
	const char *path = init_string(ctx, step, 0);
	char **argv = init_vector(ctx->plan, &step->ref[1]), **env;

	/* HOOK-04, T-11: without env, hooks in the container get the workload's environment, those
	 * with host credentials get none: never what an image can choose (T-13). */
	env = step->num[3] != 0 || step->stage == PLAN_STAGE_BUILD
		      ? init_vector(ctx->plan, &step->ref[2])
		      : ctx->env;
	if (argv == NULL || env == NULL)
		return -1;
	for (int fd = 0; fd < 3; fd++) {
		if (dup2(ends[fd], fd) < 0)
			return -1;
	}
	if (sys_close_range_cloexec(3, ~0U) < 0)
		return -1;
	if (step->num[0] == KIND_CREATE_CONTAINER && fchdir(ctx->root) < 0)
		return -1;
	umask(HOOK_UMASK);
	init_reset_signals();
	execve(path, argv, env);
	return -1;
}

static _noreturn_ void child(
	const struct init_ctx *ctx, const struct plan_step *step, const int ends[3], int failure)
{
	int errnum;

	(void)!become_hook(ctx, step, ends);
	errnum = errno;
	(void)!write(failure, &errnum, sizeof(errnum));
	_exit(CHILD_FAILED);
}

/* --- the parent ------------------------------------------------------------------------------- */

static int make_pipe(int *read_end, int *write_end)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	*read_end = ends[0];
	*write_end = ends[1];
	return 0;
}

static int spawn(const struct init_ctx *ctx, const struct plan_step *step, struct hook *hook,
	struct err *err)
{
	_fd_ int in = -1, out = -1, diag = -1, failure = -1;

	if (make_pipe(&in, &hook->in) < 0 || make_pipe(&hook->out[0], &out) < 0 ||
		make_pipe(&hook->out[1], &diag) < 0 || make_pipe(&hook->failure, &failure) < 0)
		return err_sys(err, "make a pipe");
	if (fcntl(hook->in, F_SETFL, O_NONBLOCK) < 0 ||
		fcntl(hook->out[0], F_SETFL, O_NONBLOCK) < 0 ||
		fcntl(hook->out[1], F_SETFL, O_NONBLOCK) < 0)
		return err_sys(err, "set up a pipe");
	hook->pid = fork();
	if (hook->pid == 0) {
		int ends[3] = { in, out, diag };

		child(ctx, step, ends, failure);
	}
	if (hook->pid < 0)
		return err_sys(err, "fork");
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The state, piece by piece; a hook that does not read it is no error (HOOK-07). */
static void feed(struct hook *hook)
{
	for (size_t i = 0; i < N_PARTS; i++) {
		ssize_t n;

		if (hook->left[i] == 0)
			continue;
		n = write(hook->in, hook->parts[i], hook->left[i]);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0)
			break;
		hook->parts[i] += n;
		hook->left[i] -= (size_t)n;
		if (hook->left[i] > 0)
			return;
	}
	fd_cleanup(&hook->in);
}

static void drain(struct hook *hook, unsigned which)
{
	char buf[TAIL_MAX];
	ssize_t n;

	while (hook->out[which] >= 0) {
		n = read(hook->out[which], buf, sizeof(buf));
		if (n > 0)
			tail_add(&hook->tail[which], buf, (size_t)n);
		else if (n < 0 && errno == EINTR)
			continue;
		else if (n < 0 && errno == EAGAIN)
			return;
		else
			fd_cleanup(&hook->out[which]);
	}
}

/* Serve the hook's pipes until it ends. Return: 0; -ETIMEDOUT. */
static int serve(struct hook *hook, int64_t deadline, struct err *err)
{
	for (;;) {
		struct pollfd pollers[] = {
			{ .fd = hook->pidfd, .events = POLLIN },
			{ .fd = hook->in, .events = POLLOUT },
			{ .fd = hook->out[0], .events = POLLIN },
			{ .fd = hook->out[1], .events = POLLIN },
		};
		int64_t left = deadline < 0 ? -1 : deadline - now_ms();

		if (deadline >= 0 && left <= 0)
			return err_new(err, -ETIMEDOUT, "timed out");
		if (poll(pollers, ARRAY_SIZE(pollers), left > INT_MAX ? INT_MAX : (int)left) < 0 &&
			errno != EINTR)
			return err_sys(err, "wait for the hook");
		if (hook->in >= 0 && (pollers[1].revents & (POLLOUT | POLLERR)) != 0)
			feed(hook);
		drain(hook, 0);
		drain(hook, 1);
		if ((pollers[0].revents & POLLIN) != 0)
			return 0; /* what its own children still hold open is not waited for */
	}
}

static int wait_exit(pid_t pid, struct err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_sys(err, "wait for the hook");
	}
	return status;
}

static int judge(const struct plan_step *step, const char *path, struct hook *hook, int timed_out,
	struct err *err)
{
	char out[TAIL_MAX], diag[TAIL_MAX];
	int failure, status;

	status = wait_exit(hook->pid, err);
	if (status < 0)
		return status;
	if (read(hook->failure, &failure, sizeof(failure)) == (ssize_t)sizeof(failure))
		return err_new(err, -failure, "fork/exec %s: %s", path, err_text(failure));
	if (timed_out != 0)
		return err_new(err, -ETIMEDOUT, "hook ran past specified timeout of %u.0s",
			(unsigned)step->num[1]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	tail_text(&hook->tail[0], out, sizeof(out));
	tail_text(&hook->tail[1], diag, sizeof(diag));
	if (WIFEXITED(status))
		return err_new(err, -EIO, "exit status %d, stdout: %s, stderr: %s",
			WEXITSTATUS(status), out, diag);
	return err_new(
		err, -EIO, "signal: %d, stdout: %s, stderr: %s", WTERMSIG(status), out, diag);
}

static int run(const struct init_ctx *ctx, const struct plan_step *step, struct hook *hook,
	struct err *err)
{
	int64_t deadline = step->num[1] > 0 ? now_ms() + (int64_t)step->num[1] * 1000 : -1;
	int r;

	r = spawn(ctx, step, hook, err);
	if (r < 0)
		return r;
	hook->pidfd = sys_pidfd_open(hook->pid);
	if (hook->pidfd < 0)
		return err_sys(err, "watch the hook");
	r = serve(hook, deadline, err);
	if (r < 0 && sys_pidfd_send_signal(hook->pidfd, SIGKILL) < 0)
		return err_sys(err, "kill the hook");
	return judge(step, init_string(ctx, step, 0), hook, r, err);
}

int init_hook(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	_cleanup_(hook_done) struct hook hook = {
		.pidfd = -1, .in = -1, .out = { -1, -1 }, .failure = -1
	};
	const struct plan_header *header = ctx->plan->header;
	char middle[64];

	str_fmt(middle, sizeof(middle), "\"pid\":%d,\"status\":\"%s\"", (int)getpid(),
		step->num[0] == KIND_CREATE_CONTAINER ? "creating" : "created");
	hook.parts[0] = plan_string(ctx->plan, &header->state_head);
	hook.parts[1] = middle;
	hook.parts[2] = plan_string(ctx->plan, &header->state_tail);
	for (size_t i = 0; i < N_PARTS; i++)
		hook.left[i] = strlen(hook.parts[i]);
	if (run(ctx, step, &hook, err) < 0)
		return err_ctx(err, "error running %s hook #%u", kind_names[step->num[0]],
			(unsigned)step->num[2]);
	return 0;
}
