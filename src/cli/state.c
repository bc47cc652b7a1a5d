#include "facts/facts.h"

#include "cli.h"

#include "base/banned.h"

void cli_state_members(const struct host_state *state, const char *owner, struct json_out *out)
{
	host_state_json(state, owner, out);
	json_out_object(out, "caisson");
	if (state->profile != NULL)
		json_out_string(out, "profile", state->profile);
	if (state->rung != NULL)
		json_out_string(out, "rung", state->rung);
	if (state->ids_base != 0) {
		json_out_object(out, "ids");
		json_out_u64(out, "first", state->ids_base);
		json_out_u64(out, "count", FACTS_ID_BLOCK);
		json_out_end(out);
	}
	if (state->selinux_label != NULL)
		json_out_string(out, "selinuxLabel", state->selinux_label);
	json_out_end(out);
}

int cli_state(struct cli *cli, struct err *err)
{
	_json_out_ struct json_out *out = NULL;
	struct host_state state;
	int rc;

	rc = host_load_state(&cli->context, cli->arena, cli->args->positionals[0], &state, err);
	if (rc < 0)
		return rc;
	out = json_out_new("  ");
	json_out_object(out, NULL);
	cli_state_members(&state, "", out);
	json_out_end(out);
	/* no newline at the end: the same bytes as runc's */
	return cli_print_json(out, "", err);
}
