#include <errno.h>
#include <string.h>

#include "facts/facts.h"
#include "host/upkeep.h"

#include "cli.h"
#include "table.h"

#include "base/banned.h"

static void summary(const struct host_ids *ids, struct str_buf *out)
{
	str_buf_fmt(out, "user '%s'%s: %u blocks of %d ids from %u on", ids->user,
		ids->shared ? " (shared with podman)" : "", ids->n_total, FACTS_ID_BLOCK,
		ids->ranges[0].first);
	str_buf_fmt(out, "; %u in use, %u quarantined, %u used by others, %u free\n", ids->n_held,
		ids->n_resting, ids->n_foreign, ids->n_free);
}

static int print_table(const struct host_ids *ids, struct err *err)
{
	static const char *const header[CLI_TABLE_COLUMNS] = { "FIRST", "LAST", "STATE",
		"CONTAINER", "SINCE", "ROOT" };
	_cli_table_ struct cli_table table = { 0 };
	_str_buf_ struct str_buf text = { 0 };

	summary(ids, &text);
	if (ids->n_blocks == 0)
		return cli_print_text(&text, err);
	str_buf_puts(&text, "\n");
	cli_table_add(&table, header);
	for (size_t i = 0; i < ids->n_blocks; i++) {
		const struct host_ids_block *block = &ids->blocks[i];
		char first[16], last[16];
		const char *row[CLI_TABLE_COLUMNS] = { first, last, host_ids_use_name(block->use),
			block->id != NULL ? block->id : "-",
			block->since != NULL ? block->since : "-",
			block->root != NULL ? block->root : "-" };

		str_fmt(first, sizeof(first), "%u", block->first);
		str_fmt(last, sizeof(last), "%u", block->first + FACTS_ID_BLOCK - 1);
		cli_table_add(&table, row);
	}
	cli_table_print(&table, &text);
	return cli_print_text(&text, err);
}

static void block_json(const struct host_ids_block *block, struct json_out *out)
{
	json_out_object(out, NULL);
	json_out_u64(out, "first", block->first);
	json_out_u64(out, "count", FACTS_ID_BLOCK);
	json_out_string(out, "state", host_ids_use_name(block->use));
	json_out_bool(out, "inPool", block->in_pool);
	if (block->id != NULL)
		json_out_string(out, "container", block->id);
	if (block->root != NULL)
		json_out_string(out, "root", block->root);
	if (block->since != NULL)
		json_out_string(out, "since", block->since);
	json_out_end(out);
}

static int print_json(const struct host_ids *ids, struct err *err)
{
	_json_out_ struct json_out *out = json_out_new("  ");

	json_out_object(out, NULL);
	json_out_string(out, "user", ids->user);
	json_out_bool(out, "shared", ids->shared);
	json_out_array(out, "ranges");
	for (size_t i = 0; i < ids->n_ranges; i++) {
		json_out_object(out, NULL);
		json_out_u64(out, "first", ids->ranges[i].first);
		json_out_u64(out, "count", ids->ranges[i].count);
		json_out_end(out);
	}
	json_out_end(out);
	json_out_object(out, "counts");
	json_out_u64(out, "total", ids->n_total);
	json_out_u64(out, "inUse", ids->n_held);
	json_out_u64(out, "quarantined", ids->n_resting);
	json_out_u64(out, "usedByOthers", ids->n_foreign);
	json_out_u64(out, "free", ids->n_free);
	json_out_end(out);
	json_out_array(out, "blocks");
	for (size_t i = 0; i < ids->n_blocks; i++)
		block_json(&ids->blocks[i], out);
	json_out_end(out);
	json_out_end(out);
	return cli_print_json(out, "\n", err);
}

int cli_ids(struct cli *cli, struct err *err)
{
	const char *format = cli_text(cli->args, "format");
	struct host_ids ids;
	int rc;

	if (!str_eq(format, "table") && !str_eq(format, "json"))
		return err_new(err, -EINVAL, "invalid format option");
	rc = host_ids_list(&cli->context, cli->arena, &ids, err);
	if (rc < 0)
		return rc;
	return str_eq(format, "json") ? print_json(&ids, err) : print_table(&ids, err);
}
