#include "hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "sys/call.h"

#include "base/banned.h"

enum {
	OUTPUT_MAX = 160,
	MS_PER_S = 1000
};

/* The last bytes a hook wrote to one of its outputs. */
struct output {
	int fd;
	size_t len;
	char text[OUTPUT_MAX];
};

struct running {
	pid_t pid;
	int pidfd;
	int stdin_fd;
	const char *input;
	size_t input_len;
	struct output out[2]; /* stdout, stderr */
};

static void running_done(struct running *r)
{
	fd_cleanup(&r->pidfd);
	fd_cleanup(&r->stdin_fd);
	fd_cleanup(&r->out[0].fd);
	fd_cleanup(&r->out[1].fd);
	if (r->pid > 0) {
		(void)kill(r->pid, SIGKILL);
		(void)waitpid(r->pid, NULL, 0);
	}
}

static _noreturn_ void child(const struct host_hook_call *call, const int stdio[3])
{
	const char *reason;
	sigset_t none;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	for (int fd = 0; fd < 3; fd++) {
		if (dup2(stdio[fd], fd) < 0)
			_exit(126);
	}
	if (sys_close_range(3, UINT_MAX) < 0 || (call->cwd != NULL && chdir(call->cwd) < 0))
		_exit(126);
	execve(call->path, call->argv, call->envp != NULL ? call->envp : environ);
	reason = err_text(errno);
	_exit(fd_write_all(2, reason, strlen(reason)) < 0 ? 126 : 127);
}

static int spawn(const struct host_hook_call *call, struct running *r, struct err *err)
{
	int pipes[3][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	int stdio[3];

	for (int i = 0; i < 3; i++) {
		if (pipe2(pipes[i], O_CLOEXEC) < 0)
			err_sys(err, "create pipe");
	}
	stdio[0] = pipes[0][0];
	stdio[1] = pipes[1][1];
	stdio[2] = pipes[2][1];
	r->stdin_fd = pipes[0][1];
	r->out[0].fd = pipes[1][0];
	r->out[1].fd = pipes[2][0];
	if (stdio[2] >= 0)
		r->pid = fork();
	if (r->pid == 0)
		child(call, stdio);
	if (r->pid < 0 && stdio[2] >= 0)
		err_sys(err, "fork");
	for (int i = 0; i < 3; i++)
		fd_cleanup(&stdio[i]);
	if (r->pid < 0)
		return err->code;
	r->pidfd = sys_pidfd_open(r->pid);
	if (r->pidfd < 0)
		return err_sys(err, "open pidfd");
	(void)fcntl(r->stdin_fd, F_SETFL, O_NONBLOCK);
	return 0;
}

static void feed(struct running *r)
{
	ssize_t n = write(r->stdin_fd, r->input, r->input_len);

	if (n > 0) {
		r->input += n;
		r->input_len -= (size_t)n;
	}
	/* a hook that does not read its stdin is no error (HOOK-07): EPIPE ends the feeding */
	if (r->input_len == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		fd_cleanup(&r->stdin_fd);
}

static void drain(struct output *o)
{
	char buf[1024];
	ssize_t n = read(o->fd, buf, sizeof(buf));
	size_t keep;

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		fd_cleanup(&o->fd);
	if (n <= 0)
		return;
	keep = (size_t)n < sizeof(o->text) - 1 ? (size_t)n : sizeof(o->text) - 1;
	if (o->len + keep > sizeof(o->text) - 1) {
		size_t drop = o->len + keep - (sizeof(o->text) - 1);

		memmove(o->text, o->text + drop, o->len - drop);
		o->len -= drop;
	}
	memcpy(o->text + o->len, buf + n - keep, keep);
	o->len += keep;
	o->text[o->len] = '\0';
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * MS_PER_S + t.tv_nsec / 1000000;
}

/* Move data until the process has ended; what it left in the pipes is read once more after. */
static int pump(struct running *r, uint64_t timeout_s, struct err *err)
{
	int64_t deadline = timeout_s != 0 ? now_ms() + (int64_t)timeout_s * MS_PER_S : INT64_MAX;

	for (;;) {
		struct pollfd p[4] = {
			{ .fd = r->pidfd, .events = POLLIN },
			{ .fd = r->stdin_fd, .events = POLLOUT },
			{ .fd = r->out[0].fd, .events = POLLIN },
			{ .fd = r->out[1].fd, .events = POLLIN },
		};
		int64_t left = deadline == INT64_MAX ? -1 : deadline - now_ms();

		if (deadline != INT64_MAX && left <= 0)
			return err_new(err, -ETIMEDOUT, "timed out after %llu s",
				(unsigned long long)timeout_s);
		if (poll(p, 4, left > INT32_MAX ? INT32_MAX : (int)left) < 0 && errno != EINTR)
			return err_sys(err, "wait");
		if (p[1].revents != 0)
			feed(r);
		if (p[2].revents != 0)
			drain(&r->out[0]);
		if (p[3].revents != 0)
			drain(&r->out[1]);
		if (p[0].revents != 0 && p[2].revents == 0 && p[3].revents == 0)
			return 0;
	}
}

static int collect(struct running *r, struct err *err)
{
	char text[2][OUTPUT_MAX * 2];
	int status;

	if (waitpid(r->pid, &status, 0) < 0)
		return err_sys(err, "wait");
	r->pid = -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	for (int i = 0; i < 2; i++)
		str_escape(text[i], sizeof(text[i]), r->out[i].text);
	return err_new(err, -EIO, "%s %d, stdout: %s, stderr: %s",
		WIFEXITED(status) ? "exit status" : "killed by signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), text[0], text[1]);
}

static int run(const struct host_hook_call *call, struct err *err)
{
	_cleanup_(running_done) struct running r = {
		.pid = -1,
		.pidfd = -1,
		.stdin_fd = -1,
		.input = call->state,
		.input_len = strlen(call->state),
		.out = { { .fd = -1 }, { .fd = -1 } },
	};
	int ret;

	ret = spawn(call, &r, err);
	if (ret < 0)
		return ret;
	ret = pump(&r, call->timeout_s, err);
	if (ret < 0)
		return ret;
	return collect(&r, err);
}

int host_hook_run(const struct host_hook_call *call, struct err *err)
{
	int r = run(call, err);

	if (r < 0)
		return err_ctx(err, "error running %s hook #%llu", call->kind,
			(unsigned long long)call->index);
	return 0;
}

const char *host_hook_state_text(struct arena *arena, const struct host_state *state)
{
	_json_out_ struct json_out *out = json_out_new("");
	const char *text;
	size_t len;

	json_out_object(out, NULL);
	host_state_json(state, NULL, out);
	json_out_end(out);
	text = json_out_text(out, &len);
	return text != NULL ? arena_strdup(arena, text) : NULL;
}

/* execve wants pointers to char it will not write to. */
static char *const *vector(struct arena *arena, const char *first, const struct json_strings *list)
{
	size_t n = 0;
	char **items = arena_array(arena, list->n + 2, sizeof(*items));

	if (items == NULL)
		return NULL;
	if (first != NULL && list->n == 0)
		items[n++] = arena_strdup(arena, first);
	for (size_t i = 0; i < list->n; i++)
		items[n++] = arena_strdup(arena, list->items[i]);
	return items;
}

static int run_recorded(const char *kind, const struct config_hook *hook, size_t index,
	const char *state, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	struct host_hook_call call = {
		.kind = kind,
		.index = index,
		.path = hook->path,
		.argv = vector(&arena, hook->path, &hook->args),
		.envp = hook->has_env ? vector(&arena, NULL, &hook->env) : NULL,
		.timeout_s = hook->timeout_s,
		.state = state,
	};

	if (call.argv == NULL || (hook->has_env && call.envp == NULL))
		return err_new(err, -ENOMEM, "out of memory");
	return host_hook_run(&call, err);
}

int host_hooks_run_list(const char *kind, const struct config_hook *hooks, size_t n,
	const struct host_state *state, bool keep_going, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	const char *text;

	if (n == 0)
		return 0;
	text = host_hook_state_text(&arena, state);
	if (text == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		struct err failed;
		int r = run_recorded(kind, &hooks[i], i, text, &failed);

		if (r < 0 && !keep_going) {
			*err = failed;
			return r;
		}
		if (r < 0)
			log_warn("%s; continuing with the next hook", failed.msg);
	}
	return 0;
}
