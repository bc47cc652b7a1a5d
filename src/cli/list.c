#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

#include "cli.h"
#include "quote.h"
#include "table.h"

#include "base/banned.h"

struct list {
	struct arena *arena;
	struct host_state *items;
	size_t n;
	size_t cap;
	bool failed;
};

static void add_item(void *arg, const struct host_state *state)
{
	struct list *list = arg;

	if (list->n == list->cap) {
		size_t cap = list->cap != 0 ? list->cap * 2 : 16;
		struct host_state *items = arena_array(list->arena, cap, sizeof(*items));

		if (items == NULL) {
			list->failed = true;
			return;
		}
		if (list->n > 0)
			memcpy(items, list->items, list->n * sizeof(*items));
		list->items = items;
		list->cap = cap;
	}
	list->items[list->n++] = *state;
}

/* On standard error without being an error: what is left of the list is still worth having. */
static void report_damaged(void *arg, const char *id, const struct err *err)
{
	_str_buf_ struct str_buf line = { 0 };

	(void)arg;
	str_buf_puts(&line, "load container ");
	cli_quote_plain(&line, id);
	str_buf_puts(&line, ": ");
	cli_quote_plain(&line, err->msg);
	str_buf_puts(&line, "\n");
	if (!line.failed && fd_write_all(STDERR_FILENO, line.data, line.len) < 0)
		return;
}

static int print_ids(const struct list *list, struct err *err)
{
	_str_buf_ struct str_buf text = { 0 };

	for (size_t i = 0; i < list->n; i++)
		str_buf_fmt(&text, "%s\n", list->items[i].id);
	return cli_print_text(&text, err);
}

static int print_table(const struct list *list, struct err *err)
{
	_cli_table_ struct cli_table table = { 0 };
	_str_buf_ struct str_buf text = { 0 };
	static const char *const header[CLI_TABLE_COLUMNS] = { "ID", "PID", "STATUS", "BUNDLE",
		"CREATED", "OWNER" };

	cli_table_add(&table, header);
	for (size_t i = 0; i < list->n; i++) {
		const struct host_state *item = &list->items[i];
		char pid[24];
		const char *row[CLI_TABLE_COLUMNS] = { item->id, pid,
			host_status_name(item->status), item->bundle, item->created, item->owner };

		str_fmt(pid, sizeof(pid), "%d", (int)item->pid);
		cli_table_add(&table, row);
	}
	cli_table_print(&table, &text);
	return cli_print_text(&text, err);
}

static int print_json(const struct list *list, struct err *err)
{
	_json_out_ struct json_out *out = json_out_new("");

	/* what Go prints for no slice at all, and go-runc reads */
	if (list->n == 0)
		return cli_print("null\n", strlen("null\n"), err);
	json_out_array(out, NULL);
	for (size_t i = 0; i < list->n; i++) {
		json_out_object(out, NULL);
		cli_state_members(&list->items[i], list->items[i].owner, out);
		json_out_end(out);
	}
	json_out_end(out);
	return cli_print_json(out, "\n", err);
}

int cli_list(struct cli *cli, struct err *err)
{
	struct list list = { .arena = cli->arena };
	const char *format = cli_text(cli->args, "format");
	int rc;

	if (!str_eq(format, "table") && !str_eq(format, "json"))
		return err_new(err, -EINVAL, "invalid format option");
	rc = host_list(&cli->context, cli->arena, add_item, report_damaged, &list, err);
	if (rc < 0)
		return rc;
	if (list.failed)
		return err_new(err, -ENOMEM, "cannot list containers: out of memory");
	if (cli_on(cli->args, "quiet"))
		return print_ids(&list, err);
	return str_eq(format, "json") ? print_json(&list, err) : print_table(&list, err);
}
