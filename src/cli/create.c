#include "create.h"

#include "cli.h"

#include "base/banned.h"

void cli_create_request(const struct cli_args *args, struct host_create_request *out)
{
	*out = (struct host_create_request){
		.id = args->positionals[0],
		.bundle = cli_text(args, "bundle"),
		.config_name = cli_text(args, "config"),
		.pid_file = cli_text(args, "pid-file"),
		.console_socket = cli_text(args, "console-socket"),
		.pidfd_socket = cli_text(args, "pidfd-socket"),
		.no_subreaper = cli_on(args, "no-subreaper"),
		.no_pivot = cli_on(args, "no-pivot"),
		.no_new_keyring = cli_on(args, "no-new-keyring"),
		.preserve_fds = (unsigned)cli_number(args, "preserve-fds"),
	};
	/* "" means not given, as for runc: some callers pass a variable that is empty */
	if (out->pid_file != NULL && out->pid_file[0] == '\0')
		out->pid_file = NULL;
	if (out->console_socket != NULL && out->console_socket[0] == '\0')
		out->console_socket = NULL;
	if (out->pidfd_socket != NULL && out->pidfd_socket[0] == '\0')
		out->pidfd_socket = NULL;
	if (out->bundle[0] == '\0')
		out->bundle = ".";
}

int cli_create(struct cli *cli, struct err *err)
{
	struct host_create_request request;
	int rc;

	cli_create_request(cli->args, &request);
	rc = host_create(&cli->context, &request, err);
	return rc < 0 ? err_ctx(err, "caisson create failed") : 0;
}
