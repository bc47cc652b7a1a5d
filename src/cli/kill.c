#include <signal.h>

#include "cli.h"
#include "signals.h"

#include "base/banned.h"

int cli_kill(struct cli *cli, struct err *err)
{
	const struct cli_args *args = cli->args;
	int signo = SIGTERM;
	int rc = 0;

	if (args->n_positionals > 1)
		rc = cli_signal_parse(args->positionals[1], &signo, err);
	if (rc < 0)
		return rc;
	return host_kill(&cli->context, args->positionals[0], signo, cli_on(args, "all"), err);
}
