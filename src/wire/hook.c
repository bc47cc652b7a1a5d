#include "wire/hook.h"

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
#include "sys/call.h"

#include "base/banned.h"

enum {
	TAIL_MAX = 160, /* of stdout and of stderr, the end: an error message is 480 bytes */
	ESCAPED_MAX = 4 * TAIL_MAX + 2, /* each byte as \xNN */
	HOOK_UMASK = 022,
	CHILD_FAILED = 127,
	SIGNAL_MAX = 64,
};

struct tail {
	char text[2 * TAIL_MAX];
	size_t len;
};

/* Our ends of a running hook. */
struct running {
	pid_t pid;
	int pidfd;
	int in;      /* state JSON goes here; -1 when all is written or nobody reads */
	int out[2];  /* its stdout and stderr */
	int failure; /* errno of the child's execve(); end of file when that worked */
	const char *parts[WIRE_HOOK_STATE_PARTS]; /* what is still to be written */
	size_t left[WIRE_HOOK_STATE_PARTS];
	struct tail tail[2];
};

static void running_done(struct running *run)
{
	fd_cleanup(&run->in);
	fd_cleanup(&run->out[0]);
	fd_cleanup(&run->out[1]);
	fd_cleanup(&run->failure);
	fd_cleanup(&run->pidfd);
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

/* The end of what a hook printed: that is where it says what went wrong. */
static const char *tail_text(struct tail *tail, char *buf, size_t size)
{
	char text[TAIL_MAX + 1];
	size_t len;

	while (tail->len > 0 && tail->text[tail->len - 1] == '\n')
		tail->len--;
	len = tail->len < TAIL_MAX ? tail->len : TAIL_MAX;
	memcpy(text, tail->text + tail->len - len, len);
	text[len] = '\0';
	len = strlen(str_escape(buf, size, text));
	return len > TAIL_MAX ? buf + len - TAIL_MAX : buf;
}

/* --- the child -------------------------------------------------------------------------------- */

void wire_reset_signals(void)
{
	sigset_t none;

	/* conmon leaves SIGPIPE ignored, others block signals: neither is the workload's
	 * (cli-contract rule 10). Only SIGKILL and SIGSTOP refuse. */
	for (int signo = 1; signo <= SIGNAL_MAX; signo++)
		(void)!sys_signal_default(signo);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Pipe ends of the child, in the order of its descriptors 0, 1, 2. */
static void become_hook(const struct wire_hook *hook, const int ends[3])
{
	for (int fd = 0; fd < 3; fd++) {
		if (dup2(ends[fd], fd) < 0)
			return;
	}
	if (sys_close_range_cloexec(3, ~0U) < 0)
		return;
	if (hook->cwd_fd >= 0 && fchdir(hook->cwd_fd) < 0)
		return;
	umask(HOOK_UMASK);
	wire_reset_signals();
	execve(hook->path, hook->argv, hook->envp);
}

static _noreturn_ void child(const struct wire_hook *hook, const int ends[3], int failure)
{
	int errnum;

	become_hook(hook, ends);
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

static int spawn(const struct wire_hook *hook, struct running *run, struct err *err)
{
	_fd_ int in = -1, out = -1, diag = -1, failure = -1;

	if (make_pipe(&in, &run->in) < 0 || make_pipe(&run->out[0], &out) < 0 ||
		make_pipe(&run->out[1], &diag) < 0 || make_pipe(&run->failure, &failure) < 0)
		return err_sys(err, "make a pipe");
	if (fcntl(run->in, F_SETFL, O_NONBLOCK) < 0 ||
		fcntl(run->out[0], F_SETFL, O_NONBLOCK) < 0 ||
		fcntl(run->out[1], F_SETFL, O_NONBLOCK) < 0)
		return err_sys(err, "set up a pipe");
	run->pid = fork();
	if (run->pid == 0) {
		int ends[3] = { in, out, diag };

		child(hook, ends, failure);
	}
	if (run->pid < 0)
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
static void feed(struct running *run)
{
	for (size_t i = 0; i < WIRE_HOOK_STATE_PARTS; i++) {
		ssize_t n;

		if (run->left[i] == 0)
			continue;
		n = write(run->in, run->parts[i], run->left[i]);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0)
			break;
		run->parts[i] += n;
		run->left[i] -= (size_t)n;
		if (run->left[i] > 0)
			return;
	}
	fd_cleanup(&run->in);
}

static void drain(struct running *run, unsigned which)
{
	char buf[TAIL_MAX];
	ssize_t n;

	while (run->out[which] >= 0) {
		n = read(run->out[which], buf, sizeof(buf));
		if (n > 0)
			tail_add(&run->tail[which], buf, (size_t)n);
		else if (n < 0 && errno == EINTR)
			continue;
		else if (n < 0 && errno == EAGAIN)
			return;
		else
			fd_cleanup(&run->out[which]);
	}
}

/* Serve the hook's pipes until it ends. Return: 0; -ETIMEDOUT; -EPIPE: our peer went away. */
static int serve(struct running *run, int peer_fd, int64_t deadline, struct err *err)
{
	for (;;) {
		struct pollfd pollers[] = {
			{ .fd = run->pidfd, .events = POLLIN },
			{ .fd = run->in, .events = POLLOUT },
			{ .fd = run->out[0], .events = POLLIN },
			{ .fd = run->out[1], .events = POLLIN },
			{ .fd = peer_fd, .events = 0 },
		};
		int64_t left = deadline < 0 ? -1 : deadline - now_ms();

		if (deadline >= 0 && left <= 0)
			return err_new(err, -ETIMEDOUT, "timed out");
		if (poll(pollers, ARRAY_SIZE(pollers), left > INT32_MAX ? INT32_MAX : (int)left) <
				0 &&
			errno != EINTR)
			return err_sys(err, "wait for the hook");
		if (run->in >= 0 && (pollers[1].revents & (POLLOUT | POLLERR)) != 0)
			feed(run);
		drain(run, 0);
		drain(run, 1);
		if ((pollers[0].revents & POLLIN) != 0)
			return 0; /* what its own children still hold open is not waited for */
		/* I7: of a create that was killed, nobody must be left waiting for a hook */
		if ((pollers[4].revents & POLLHUP) != 0)
			return err_new(err, -EPIPE, "caisson went away");
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

static int judge(const struct wire_hook *hook, struct running *run, int served, struct err *err)
{
	char out[ESCAPED_MAX], diag[ESCAPED_MAX];
	const char *out_end, *diag_end;
	int failure, status;

	status = wait_exit(run->pid, err);
	if (status < 0)
		return status;
	if (read(run->failure, &failure, sizeof(failure)) == (ssize_t)sizeof(failure))
		return err_new(err, -failure, "fork/exec %s: %s", hook->path, err_text(failure));
	if (served == -EPIPE)
		return err_new(err, served, "caisson went away");
	if (served != 0)
		return err_new(err, -ETIMEDOUT, "hook ran past specified timeout of %llu.0s",
			(unsigned long long)hook->timeout_s);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	out_end = tail_text(&run->tail[0], out, sizeof(out));
	diag_end = tail_text(&run->tail[1], diag, sizeof(diag));
	if (WIFEXITED(status))
		return err_new(err, -EIO, "exit status %d, stdout: %s, stderr: %s",
			WEXITSTATUS(status), out_end, diag_end);
	return err_new(err, -EIO, "signal: %d, stdout: %s, stderr: %s", WTERMSIG(status), out_end,
		diag_end);
}

static int run_hook(const struct wire_hook *hook, struct running *run, struct err *err)
{
	int64_t deadline = hook->timeout_s > 0 ? now_ms() + (int64_t)hook->timeout_s * 1000 : -1;
	int r;

	r = spawn(hook, run, err);
	if (r < 0)
		return r;
	run->pidfd = sys_pidfd_open(run->pid);
	if (run->pidfd < 0)
		return err_sys(err, "watch the hook");
	r = serve(run, hook->peer_fd, deadline, err);
	if (r < 0 && sys_pidfd_send_signal(run->pidfd, SIGKILL) < 0)
		return err_sys(err, "kill the hook");
	return judge(hook, run, r, err);
}

int wire_hook_run(const struct wire_hook *hook, struct err *err)
{
	_cleanup_(running_done) struct running run = {
		.pidfd = -1, .in = -1, .out = { -1, -1 }, .failure = -1
	};

	for (size_t i = 0; i < WIRE_HOOK_STATE_PARTS; i++) {
		run.parts[i] = hook->state[i];
		run.left[i] = hook->state[i] != NULL ? strlen(hook->state[i]) : 0;
	}
	if (run_hook(hook, &run, err) < 0)
		return err_ctx(err, "error running %s hook #%u", hook->kind, hook->index);
	return 0;
}
