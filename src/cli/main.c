/*
 * caisson, the program on the host.
 *
 *   started by    an engine (containerd's shim, conmon, buildah) or a person
 *   namespaces    the caller's; for an ordinary user, a user namespace of its own above them
 *   credentials   the caller's: root, or an ordinary user with newuidmap and newgidmap
 *   may           read the bundle, decide, make cgroups and user namespaces, keep the state
 *   must not      touch anything by a path that a container can change
 *
 * The only place that ends the program, and the only one that prints an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"

#include "cli.h"
#include "help.h"
#include "logfile.h"

#include "base/banned.h"

enum {
	EXIT_NO_TOPIC = 3
}; /* runc's, for an unknown command */

/* SECURITY: a closed 0, 1 or 2 would be given to the next file we open, and what we print would
 * land in it. Not close-on-exec: these are the standard streams from here on.
 * NOLINTBEGIN(android-cloexec-open) */
static int open_stdio(struct err *err)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", O_RDWR | O_NOCTTY) != fd)
			return err_sys(err, "open /dev/null as descriptor %d", fd);
	}
	return 0;
}
/* NOLINTEND(android-cloexec-open) */

static void prepare_signals(void)
{
	struct sigaction expect = { .sa_handler = SIG_DFL }, ignore = { .sa_handler = SIG_IGN };

	/* Who ignores SIGCHLD hands that down: our children would be gone before we wait for them.
	 * A hook that does not read its stdin, or a caller that does not read our stderr, must not
	 * end us in the middle of something. */
	(void)!sigaction(SIGCHLD, &expect, NULL);
	(void)!sigaction(SIGPIPE, &ignore, NULL);
}

/* What was typed wrong, with the help that shows what is right; the error itself follows. */
static void print_usage(const struct cli_args *args, const struct err *mistake)
{
	_str_buf_ struct str_buf text = { 0 };
	struct err ignored;

	if (args->mistake == CLI_MISTAKE_OPTION)
		str_buf_fmt(&text, "Incorrect Usage: %s\n\n", mistake->msg);
	else
		str_buf_puts(&text, "Incorrect Usage.\n\n");
	cli_help(&text, args->program, args->command);
	if (cli_print_text(&text, &ignored) < 0)
		return; /* the mistake is the error to report, not a closed standard output */
}

static int fail(const struct cli_log *log, const struct err *err, int exit_code)
{
	cli_log_error(log, err->msg);
	return exit_code;
}

static int caisson(int argc, char *argv[])
{
	_arena_ struct arena arena = { 0 };
	_cli_log_ struct cli_log log = CLI_LOG_STDERR;
	struct err err, parse_err;
	struct cli_args args;
	int exit_code, parsed;

	if (open_stdio(&err) < 0)
		return EXIT_FAILURE;
	prepare_signals();
	/* The log first: a mistake on the command line is recorded there like any other error. */
	parsed = cli_parse(&arena, argc, argv, &args, &parse_err);
	log.debug = cli_on(&args, "debug");
	if (cli_log_open(&log, cli_text(&args, "log"), cli_text(&args, "log-format"), &err) < 0)
		return fail(&log, &err, EXIT_FAILURE);
	cli_log_attach(&log);
	if (parsed < 0 && args.mistake == CLI_MISTAKE_NO_TOPIC)
		return fail(&log, &parse_err, EXIT_NO_TOPIC);
	if (parsed < 0 && args.mistake != CLI_MISTAKE_NONE)
		print_usage(&args, &parse_err);
	if (parsed < 0)
		return fail(&log, &parse_err, EXIT_FAILURE);
	if (cli_run(&arena, &args, &exit_code, &err) < 0)
		return fail(&log, &err, exit_code);
	return exit_code;
}

int main(int argc, char *argv[])
{
	return caisson(argc, argv);
}
