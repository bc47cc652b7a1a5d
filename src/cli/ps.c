#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

#include "cli.h"

#include "base/banned.h"

struct pids {
	pid_t *items; /* ascending */
	size_t n;
};

static int print_json(const struct pids *pids, struct err *err)
{
	_str_buf_ struct str_buf text = { 0 };

	if (pids->n == 0) /* what Go prints for no slice at all */
		return cli_print("null\n", strlen("null\n"), err);
	for (size_t i = 0; i < pids->n; i++)
		str_buf_fmt(&text, "%c%d", i == 0 ? '[' : ',', (int)pids->items[i]);
	str_buf_puts(&text, "]\n");
	return cli_print_text(&text, err);
}

/* The @index-th word of a line; its length in *@len, 0 when there is none. */
static const char *word_at(const char *line, size_t index, size_t *len)
{
	for (;;) {
		line += strspn(line, " \t");
		*len = strcspn(line, " \t\n");
		if (*len == 0 || index-- == 0)
			return line;
		line += *len;
	}
}

static int find_column(const char *header, size_t *out, struct err *err)
{
	size_t len;

	for (size_t i = 0;; i++) {
		const char *word = word_at(header, i, &len);

		if (len == 0)
			return err_new(err, -EINVAL, "couldn't find PID field in ps output");
		if (len == strlen("PID") && strncmp(word, "PID", len) == 0) {
			*out = i;
			return 0;
		}
	}
}

static int compare(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return x < y ? -1 : x > y;
}

static bool is_listed(const struct pids *pids, const char *line, size_t column)
{
	char number[16];
	uint64_t value;
	size_t len;
	const char *word = word_at(line, column, &len);
	pid_t pid;

	if (len == 0 || len >= sizeof(number))
		return false;
	str_fmt(number, sizeof(number), "%.*s", (int)len, word);
	if (!num_u64(number, INT32_MAX, &value) || pids->n == 0)
		return false;
	pid = (pid_t)value;
	return bsearch(&pid, pids->items, pids->n, sizeof(pid), compare) != NULL;
}

static int print_table(const struct cli *cli, const struct pids *pids, struct err *err)
{
	static const char *const usual[] = { "-ef", NULL };
	_str_buf_ struct str_buf all = { 0 }, text = { 0 };
	const char *const *options = cli->args->positionals + 1;
	const char *line;
	size_t column = 0;
	int rc = host_run_ps(options[0] != NULL ? options : usual, &all, err);

	if (rc < 0)
		return rc;
	line = all.data != NULL ? all.data : "";
	rc = find_column(line, &column, err);
	if (rc < 0)
		return rc;
	for (bool first = true; *line != '\0'; first = false) {
		size_t len = strcspn(line, "\n");

		if (first || is_listed(pids, line, column)) {
			str_buf_add(&text, line, len);
			str_buf_puts(&text, "\n");
		}
		line += len;
		line += *line == '\n' ? 1 : 0;
	}
	return cli_print_text(&text, err);
}

int cli_ps(struct cli *cli, struct err *err)
{
	const char *format = cli_text(cli->args, "format");
	struct pids pids = { 0 };
	int rc;

	if (!str_eq(format, "table") && !str_eq(format, "json"))
		return err_new(err, -EINVAL, "invalid format option");
	rc = host_pids(
		&cli->context, cli->arena, cli->args->positionals[0], &pids.items, &pids.n, err);
	if (rc < 0)
		return rc;
	return str_eq(format, "json") ? print_json(&pids, err) : print_table(cli, &pids, err);
}
