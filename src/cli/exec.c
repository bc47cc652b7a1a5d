#include <errno.h>

#include "cli.h"

#include "base/banned.h"

/* "" means not given, as for runc: some callers pass a variable that is empty */
static const char *text_of(const struct cli_args *args, const char *name)
{
	const char *text = cli_text(args, name);

	return text == NULL || text[0] == '\0' ? NULL : text;
}

static struct json_strings list_of(const struct cli_args *args, const char *name)
{
	struct json_strings list;

	list.items = cli_list_of(args, name, &list.n);
	return list;
}

static void read_flags(
	const struct cli_args *args, bool *no_new_privileges, struct policy_exec_flags *out)
{
	*no_new_privileges = cli_on(args, "no-new-privs");
	*out = (struct policy_exec_flags){
		.args = { .items = args->positionals + 1, .n = args->n_positionals - 1 },
		.env = list_of(args, "env"),
		.caps = list_of(args, "cap"),
		.gids = list_of(args, "additional-gids"),
		.cwd = text_of(args, "cwd"),
		.user = cli_text(args, "user"),
		.apparmor_profile = text_of(args, "apparmor"),
		.selinux_label = text_of(args, "process-label"),
		.no_new_privileges = cli_given(args, "no-new-privs") ? no_new_privileges : NULL,
		.terminal = cli_on(args, "tty"),
	};
}

int cli_exec(struct cli *cli, struct err *err)
{
	const struct cli_args *args = cli->args;
	bool no_new_privileges;
	struct host_exec_request request = {
		.id = args->positionals[0],
		.process_file = text_of(args, "process"),
		.cgroups = list_of(args, "cgroup"),
		.pid_file = text_of(args, "pid-file"),
		.console_socket = text_of(args, "console-socket"),
		.pidfd_socket = text_of(args, "pidfd-socket"),
		.detach = cli_on(args, "detach"),
		.ignore_paused = cli_on(args, "ignore-paused"),
		.preserve_fds = (unsigned)cli_number(args, "preserve-fds"),
	};
	int rc;

	read_flags(args, &no_new_privileges, &request.flags);
	if (request.process_file == NULL && request.flags.args.n == 0)
		return err_new(err, -EINVAL, "exec failed: process args cannot be empty");
	rc = host_exec(&cli->context, &request, &cli->exit_code, err);
	return rc < 0 ? err_ctx(err, "exec failed") : 0;
}
