/*
 * start, delete, pause and resume: one call each.
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

int cli_pause(struct cli *cli, struct err *err)
{
	return host_pause(&cli->context, cli->args->positionals[0], err);
}

int cli_resume(struct cli *cli, struct err *err)
{
	return host_resume(&cli->context, cli->args->positionals[0], err);
}
