#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"

#include "cli.h"
#include "difference.h"
#include "paint.h"
#include "preview.h"

#include "base/banned.h"

/* The id does not matter before there is a container; it shows where create would use it. */
static const char placeholder_id[] = "CONTAINER-ID";

static int read_facts(struct arena *arena, const char *path, const char **out, struct err *err)
{
	char *text;

	if (path == NULL)
		return 0;
	text = arena_alloc(arena, FACTS_TEXT_MAX);
	if (text == NULL)
		return err_new(err, -ENOMEM, "read facts file '%s': out of memory", path);
	if (fd_read_at(AT_FDCWD, path, text, FACTS_TEXT_MAX) < 0)
		return err_sys(err, "read facts file '%s'", path);
	*out = text;
	return 0;
}

static int print(const struct cli_preview *preview, bool json, struct err *err)
{
	_json_out_ struct json_out *out = NULL;
	_str_buf_ struct str_buf text = { 0 };

	if (!json) {
		cli_preview_text(preview, &text);
		return cli_print_painted(&text, err);
	}
	out = json_out_new("  ");
	cli_preview_json(preview, out);
	return cli_print_json(out, "\n", err);
}

/* The same container in profile @name: what would change. */
static int print_difference(struct cli *cli, const struct host_create_request *request,
	const char *facts, const struct host_preview *found, struct err *err)
{
	struct host_context context = cli->context;
	struct host_preview *other = arena_alloc(cli->arena, sizeof(*other));
	struct cli_difference difference = {
		.bundle = request->bundle,
		.from = found,
		.to = other,
	};
	_json_out_ struct json_out *out = NULL;
	_str_buf_ struct str_buf text = { 0 };
	int rc;

	if (other == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	context.profile = cli_text(cli->args, "diff");
	rc = host_preview(&context, request, facts, cli->arena, other, err);
	if (rc == 0)
		rc = cli_difference_init(cli->arena, &difference, err);
	if (rc < 0)
		return rc;
	if (str_eq(cli_text(cli->args, "format"), "text")) {
		cli_difference_text(&difference, &text);
		return cli_print_painted(&text, err);
	}
	out = json_out_new("  ");
	cli_difference_json(&difference, out);
	return cli_print_json(out, "\n", err);
}

int cli_plan(struct cli *cli, struct err *err)
{
	const struct cli_args *args = cli->args;
	const char *format = cli_text(args, "format");
	struct host_create_request request = {
		.id = placeholder_id,
		.bundle = args->n_positionals > 0 ? args->positionals[0] : ".",
		.config_name = cli_text(args, "config"),
	};
	struct host_preview *found = arena_alloc(cli->arena, sizeof(*found));
	struct cli_preview preview = { .bundle = request.bundle, .found = found };
	const char *facts = NULL;
	int rc;

	if (!str_eq(format, "text") && !str_eq(format, "json"))
		return err_new(err, -EINVAL, "invalid format option");
	if (found == NULL)
		return err_new(err, -ENOMEM, "cannot plan: out of memory");
	rc = read_facts(cli->arena, cli_text(args, "facts"), &facts, err);
	if (rc < 0)
		return rc;
	rc = host_preview(&cli->context, &request, facts, cli->arena, found, err);
	if (rc < 0)
		return rc;
	if (cli_given(args, "diff"))
		return print_difference(cli, &request, facts, found, err);
	rc = print(&preview, str_eq(format, "json"), err);
	if (rc < 0)
		return rc;
	if (found->decisions.n_refused == 0)
		return 0;
	/* that it would be refused is an answer: nothing was asked for that is refused now */
	rc = policy_refusal(&found->decisions, request.bundle, err);
	return rc == -POLICY_REFUSED ? -EPERM : rc;
}
