/*
 * Waiting for the workload of a foreground run: signals go to it, its terminal comes to us, and
 * its end is our exit code.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/call.h"

#include "launch.h"
#include "process.h"
#include "terminal.h"

#include "base/banned.h"

enum {
	RELAY_BUFFER = 2048,
	EXIT_SIGNAL_BASE = 128
};

/* Bytes on their way from one descriptor to another. */
struct relay {
	int from; /* -1: ended */
	int to;
	size_t start, end;
	char buf[RELAY_BUFFER];
};

struct foreground {
	struct host_init *init;
	struct host_terminal terminal;
	int signal_fd;
	struct relay input;  /* our stdin -> pty */
	struct relay output; /* pty -> our stdout */
	int asked_to_end;    /* the signal, when the container would have ignored it */
	bool ended;
	int status;
};

static bool relay_is_empty(const struct relay *relay)
{
	return relay->start == relay->end;
}

/* Read when there is room, write when there is something: never wait in either. */
static void relay_step(struct relay *relay)
{
	ssize_t n;

	if (relay_is_empty(relay) && relay->from >= 0) {
		n = read(relay->from, relay->buf, sizeof(relay->buf));
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			relay->from = -1; /* EIO of a pty: its last user is gone */
		relay->start = 0;
		relay->end = n > 0 ? (size_t)n : 0;
	}
	if (relay_is_empty(relay))
		return;
	n = write(relay->to, relay->buf + relay->start, relay->end - relay->start);
	if (n > 0)
		relay->start += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		relay->start = relay->end; /* nobody reads it */
}

/* SECURITY: a first process without a handler ignores what its own namespace's outside sends,
 * SIGKILL excepted, pid_namespaces(7); whoever interrupts `run` wants it to end. */
static void forward(struct foreground *f, int signo)
{
	bool means_end = signo == SIGTERM || signo == SIGINT || signo == SIGQUIT || signo == SIGHUP;

	if (means_end && !f->init->joined && !host_process_catches(f->init->pid, signo)) {
		f->asked_to_end = signo;
		signo = SIGKILL;
	}
	(void)!sys_pidfd_send_signal(f->init->pidfd, signo);
}

/* We may be the subreaper of everything the container leaves behind. */
static void reap(struct foreground *f)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
		if (pid != f->init->pid)
			continue;
		f->ended = true;
		f->status = status;
		f->init->pid = -1;
	}
}

static void take_signals(struct foreground *f)
{
	struct signalfd_siginfo info;

	while (read(f->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			reap(f);
			break;
		case SIGWINCH:
			if (f->init->console >= 0)
				host_terminal_copy_size(&f->terminal, f->init->console);
			break;
		case SIGURG:
		case SIGTTIN:
		case SIGTTOU:
			break;
		default:
			forward(f, (int)info.ssi_signo);
		}
	}
}

static int open_terminal(struct foreground *f, struct err *err)
{
	int console = f->init->console, r;

	if (console < 0)
		return 0;
	r = host_terminal_open(&f->terminal, err);
	if (r < 0)
		return r;
	host_terminal_copy_size(&f->terminal, console);
	r = host_terminal_set_raw(&f->terminal, err);
	if (r < 0)
		return r;
	if (fcntl(console, F_SETFL, O_NONBLOCK) < 0)
		return err_sys(err, "prepare terminal");
	f->input.from = STDIN_FILENO;
	f->input.to = console;
	f->output.from = console;
	f->output.to = STDOUT_FILENO;
	return 0;
}

static short wanted(const struct relay *relay, bool reading)
{
	if (reading)
		return relay_is_empty(relay) ? POLLIN : 0;
	return relay_is_empty(relay) ? 0 : POLLOUT;
}

static int wait_step(struct foreground *f, struct err *err)
{
	bool input = f->input.from >= 0 || !relay_is_empty(&f->input);
	bool output = f->output.from >= 0 || !relay_is_empty(&f->output);
	struct pollfd p[] = {
		{ .fd = f->signal_fd, .events = POLLIN },
		{ .fd = relay_is_empty(&f->input) ? f->input.from : f->input.to,
			.events = wanted(&f->input, relay_is_empty(&f->input)) },
		{ .fd = relay_is_empty(&f->output) ? f->output.from : f->output.to,
			.events = wanted(&f->output, relay_is_empty(&f->output)) },
	};

	if (poll(p, ARRAY_SIZE(p), -1) < 0 && errno != EINTR)
		return err_sys(err, "wait for the container");
	if (p[0].revents != 0)
		take_signals(f);
	if (input && p[1].revents != 0)
		relay_step(&f->input);
	if (output && p[2].revents != 0)
		relay_step(&f->output);
	return 0;
}

/* What the workload wrote before it ended is still in the pty. */
static void drain(struct foreground *f)
{
	while (f->output.from >= 0 || !relay_is_empty(&f->output)) {
		struct pollfd p = { .fd = f->output.from, .events = POLLIN };

		if (relay_is_empty(&f->output) && poll(&p, 1, 0) <= 0)
			return;
		relay_step(&f->output);
	}
}

static int shell_status(const struct foreground *f)
{
	if (f->asked_to_end != 0 && WIFSIGNALED(f->status))
		return EXIT_SIGNAL_BASE + f->asked_to_end;
	return WIFSIGNALED(f->status) ? EXIT_SIGNAL_BASE + WTERMSIG(f->status)
				      : WEXITSTATUS(f->status);
}

static void foreground_done(struct foreground *f)
{
	fd_cleanup(&f->signal_fd);
	host_terminal_restore(&f->terminal);
}

int host_wait_foreground(struct host_init *init, int *exit_code, struct err *err)
{
	_cleanup_(foreground_done) struct foreground f = {
		.init = init,
		.terminal = HOST_TERMINAL_NONE,
		.signal_fd = -1,
		.input = { .from = -1, .to = -1 },
		.output = { .from = -1, .to = -1 },
	};
	sigset_t all;
	int r;

	sigfillset(&all);
	f.signal_fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (f.signal_fd < 0)
		return err_sys(err, "receive signals");
	r = open_terminal(&f, err);
	if (r < 0)
		return r;
	reap(&f);
	while (!f.ended) {
		r = wait_step(&f, err);
		if (r < 0)
			return r;
	}
	drain(&f);
	*exit_code = shell_status(&f);
	return 0;
}
