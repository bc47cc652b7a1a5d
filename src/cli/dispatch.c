#include <errno.h>
#include <stdlib.h>

#include "base/log.h"

#include "cli.h"
#include "completion.h"
#include "help.h"

#include "base/banned.h"

enum {
	EXIT_REFUSED = 77,  /* EX_NOPERM of sysexits.h */
	EXIT_NO_EXEC = 255, /* runc's */
};

typedef int (*command_fn)(struct cli *cli, struct err *err);

static const command_fn functions[CLI_COMMAND_N] = {
	[CLI_AUDIT] = cli_audit,
	[CLI_CHECK] = cli_check,
	[CLI_CREATE] = cli_create,
	[CLI_DELETE] = cli_delete,
	[CLI_EVENTS] = cli_events,
	[CLI_EXEC] = cli_exec,
	[CLI_FEATURES] = cli_features,
	[CLI_GC] = cli_gc,
	[CLI_IDS] = cli_ids,
	[CLI_KILL] = cli_kill,
	[CLI_LIST] = cli_list,
	[CLI_PAUSE] = cli_pause,
	[CLI_PLAN] = cli_plan,
	[CLI_PS] = cli_ps,
	[CLI_RESUME] = cli_resume,
	[CLI_RUN] = cli_run_container,
	[CLI_SPEC] = cli_spec,
	[CLI_START] = cli_start,
	[CLI_STATE] = cli_state,
	[CLI_UPDATE] = cli_update,
};

static int print_help(
	const struct cli_args *args, const struct cli_command *command, struct err *err)
{
	_str_buf_ struct str_buf text = { 0 };

	cli_help(&text, args->program, command);
	return cli_print_text(&text, err);
}

static int print_version(struct err *err)
{
	_str_buf_ struct str_buf text = { 0 };

	cli_version(&text);
	return cli_print_text(&text, err);
}

static int print_completion(const char *shell, struct err *err)
{
	_str_buf_ struct str_buf text = { 0 };

	if (!cli_completion(shell, &text))
		return err_new(err, -EINVAL, "no completions for '%s': bash or zsh", shell);
	return cli_print_text(&text, err);
}

static int carry_out(struct cli *cli, struct err *err)
{
	const struct cli_args *args = cli->args;
	const struct cli_command *command = args->command;
	int rc;

	if (cli_on(args, "help"))
		return print_help(args, command, err);
	if (cli_on(args, "version"))
		return print_version(err);
	if (command == NULL)
		return print_help(args, NULL, err);
	if (cli_command_id(command) == CLI_COMPLETION)
		return print_completion(args->positionals[0], err);
	if (cli_command_id(command) == CLI_HELP)
		return print_help(args,
			args->n_positionals > 0 ? cli_command_find(args->positionals[0]) : NULL,
			err);
	rc = cli_context_init(cli, err);
	if (rc < 0)
		return rc;
	log_debug("caisson %s: %s, state in '%s'", cli_version_number(), command->name,
		cli->context.root);
	return functions[cli_command_id(command)](cli, err);
}

int cli_run(struct arena *arena, const struct cli_args *args, int *exit_code, struct err *err)
{
	struct cli cli = { .arena = arena, .args = args };
	bool is_exec = args->command != NULL && cli_command_id(args->command) == CLI_EXEC;
	int rc = carry_out(&cli, err);

	*exit_code = cli.exit_code;
	if (rc == -POLICY_REFUSED)
		*exit_code = EXIT_REFUSED;
	else if (rc < 0) /* what exec runs may end with 1 itself */
		*exit_code = is_exec ? EXIT_NO_EXEC : EXIT_FAILURE;
	return rc;
}
