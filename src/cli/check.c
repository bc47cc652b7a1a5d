#include "host/check.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "policy/check.h"

#include "cli.h"
#include "paint.h"
#include "quote.h"

#include "base/banned.h"

enum {
	EXIT_NOT_READY = 1
};

struct answer {
	const struct facts_ready *ready;
	struct policy_check check;
};

/* The width of the longest mark, and two blanks. */
static const char indent[] = "          ";

static void text_line(const struct policy_check_line *line, struct str_buf *out)
{
	const char *mark = policy_mark_name(line->mark);

	cli_paint(out, cli_colour_of_mark(line->mark), mark);
	str_buf_puts(out, indent + strlen(mark));
	cli_quote_plain(out, line->name);
	str_buf_puts(out, ": ");
	cli_quote_plain(out, line->found);
	str_buf_puts(out, "; ");
	cli_quote_plain(out, line->means);
	str_buf_puts(out, "\n");
	if (line->fix == NULL)
		return;
	str_buf_fmt(out, "%sfix: ", indent);
	cli_quote_plain(out, line->fix);
	str_buf_puts(out, "\n");
}

static int print_text(const struct answer *answer, struct err *err)
{
	_str_buf_ struct str_buf text = { 0 };
	const size_t *counts = answer->check.counts;

	for (size_t i = 0; i < answer->check.n_lines; i++)
		text_line(&answer->check.lines[i], &text);
	if (counts[POLICY_MARK_MISSING] == 0)
		cli_paint(&text, CLI_GREEN, "ready");
	else
		cli_paint(&text, CLI_STRONG_RED, "not ready");
	str_buf_puts(&text, " for containers of ");
	cli_quote_plain(&text, answer->ready->is_user ? answer->ready->name : "root");
	str_buf_fmt(&text, ": %zu ok, %zu degraded, %zu missing\n", counts[POLICY_MARK_OK],
		counts[POLICY_MARK_DEGRADED], counts[POLICY_MARK_MISSING]);
	return cli_print_painted(&text, err);
}

static int print_json(const struct answer *answer, struct err *err)
{
	_json_out_ struct json_out *out = json_out_new("  ");
	const struct policy_check *check = &answer->check;

	json_out_object(out, NULL);
	json_out_bool(out, "ready", check->counts[POLICY_MARK_MISSING] == 0);
	json_out_bool(out, "rootless", answer->ready->is_user);
	json_out_string(out, "user", answer->ready->name);
	json_out_object(out, "counts");
	for (int mark = 0; mark < POLICY_MARK_N; mark++)
		json_out_u64(out, policy_mark_name((enum policy_mark)mark), check->counts[mark]);
	json_out_end(out);
	json_out_array(out, "checks");
	for (size_t i = 0; i < check->n_lines; i++) {
		const struct policy_check_line *line = &check->lines[i];

		json_out_object(out, NULL);
		json_out_string(out, "name", line->name);
		json_out_string(out, "status", policy_mark_name(line->mark));
		json_out_string(out, "found", line->found);
		json_out_string(out, "means", line->means);
		if (line->fix != NULL)
			json_out_string(out, "fix", line->fix);
		json_out_end(out);
	}
	json_out_end(out);
	json_out_end(out);
	return cli_print_json(out, "\n", err);
}

int cli_check(struct cli *cli, struct err *err)
{
	const char *format = cli_text(cli->args, "format");
	const struct host_check_request request = {
		.bundle = cli_text(cli->args, "bundle"),
		.paths = cli->args->positionals,
		.n_paths = cli->args->n_positionals,
	};
	struct facts *facts = arena_alloc(cli->arena, sizeof(*facts));
	struct facts_ready *ready = arena_alloc(cli->arena, sizeof(*ready));
	struct answer answer = { .ready = ready };
	int rc;

	if (!str_eq(format, "text") && !str_eq(format, "json"))
		return err_new(err, -EINVAL, "invalid format option");
	if (facts == NULL || ready == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	rc = host_check(&cli->context, &request, cli->arena, facts, ready, err);
	if (rc == 0)
		rc = policy_check(cli->arena, facts, ready, &answer.check, err);
	if (rc == 0)
		rc = str_eq(format, "json") ? print_json(&answer, err) : print_text(&answer, err);
	if (rc == 0 && answer.check.counts[POLICY_MARK_MISSING] > 0)
		cli->exit_code = EXIT_NOT_READY;
	return rc;
}
