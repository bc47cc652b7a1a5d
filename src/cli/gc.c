#include <errno.h>

#include "host/upkeep.h"

#include "cli.h"
#include "table.h"

#include "base/banned.h"

struct report {
	struct cli_table table;
	struct json_out *json; /* NULL: the table is wanted */
	unsigned n_items;
	unsigned n_left;
};

static void report_done(struct report *report)
{
	cli_table_done(&report->table);
	json_out_free(&report->json);
}

static void add_json(struct json_out *out, const struct host_gc_item *item)
{
	json_out_object(out, NULL);
	json_out_string(out, "action", host_gc_action_name(item->action));
	json_out_string(out, "kind", host_gc_kind_name(item->kind));
	json_out_string(out, "object", item->object);
	if (item->id != NULL)
		json_out_string(out, "container", item->id);
	if (item->root != NULL)
		json_out_string(out, "root", item->root);
	json_out_string(out, "reason", item->reason);
	json_out_end(out);
}

static void add_row(struct cli_table *table, const struct host_gc_item *item)
{
	static const char *const header[CLI_TABLE_COLUMNS] = { "ACTION", "KIND", "OBJECT",
		"CONTAINER", "ROOT", "REASON" };
	const char *row[CLI_TABLE_COLUMNS] = { host_gc_action_name(item->action),
		host_gc_kind_name(item->kind), item->object, item->id != NULL ? item->id : "-",
		item->root != NULL ? item->root : "-", item->reason };

	if (table->n_rows == 0)
		cli_table_add(table, header);
	cli_table_add(table, row);
}

static void add_item(void *arg, const struct host_gc_item *item)
{
	struct report *report = arg;

	report->n_items++;
	if (item->action == HOST_GC_LEFT || item->action == HOST_GC_FAILED)
		report->n_left++;
	if (report->json != NULL)
		add_json(report->json, item);
	else
		add_row(&report->table, item);
}

static int print_report(const struct report *report, struct err *err)
{
	_str_buf_ struct str_buf text = { 0 };

	if (report->json != NULL) {
		json_out_end(report->json);
		return cli_print_json(report->json, "\n", err);
	}
	if (report->n_items > 0)
		cli_table_print(&report->table, &text);
	return cli_print_text(&text, err);
}

int cli_gc(struct cli *cli, struct err *err)
{
	_cleanup_(report_done) struct report report = { 0 };
	const struct host_gc_request request = {
		.dry_run = cli_on(cli->args, "dry-run"),
		.each = add_item,
		.arg = &report,
	};
	const char *format = cli_text(cli->args, "format");
	struct err later;
	int rc;

	if (!str_eq(format, "table") && !str_eq(format, "json"))
		return err_new(err, -EINVAL, "invalid format option");
	if (str_eq(format, "json")) {
		report.json = json_out_new("  ");
		if (report.json == NULL)
			return err_new(err, -ENOMEM, "out of memory");
		json_out_array(report.json, NULL);
	}
	rc = host_gc(&cli->context, &request, err);
	/* what was done is printed, whatever stopped the rest */
	if (print_report(&report, rc < 0 ? &later : err) < 0)
		return rc < 0 ? rc : err->code;
	if (rc == 0 && report.n_left > 0)
		return err_new(err, -EBUSY, "%u of %u things found are still there", report.n_left,
			report.n_items);
	return rc;
}
