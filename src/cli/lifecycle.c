/*
 * start and delete: one call each.
 */
#include "cli.h"

#include "base/banned.h"

int cli_start(struct cli *cli, struct err *err)
{
	return host_start(&cli->context, cli->args->positionals[0], err);
}

int cli_delete(struct cli *cli, struct err *err)
{
	return host_delete(
		&cli->context, cli->args->positionals[0], cli_on(cli->args, "force"), err);
}
