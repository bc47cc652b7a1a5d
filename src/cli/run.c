#include "cli.h"
#include "create.h"

#include "base/banned.h"

int cli_run_container(struct cli *cli, struct err *err)
{
	struct host_create_request request;
	int rc;

	cli_create_request(cli->args, &request);
	request.detach = cli_on(cli->args, "detach");
	request.keep = cli_on(cli->args, "keep");
	rc = host_run(&cli->context, &request, &cli->exit_code, err);
	return rc < 0 ? err_ctx(err, "caisson run failed") : 0;
}
