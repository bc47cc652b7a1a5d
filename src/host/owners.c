/*
 * Which of caisson's containers has a namespace, or ids, that a configuration names: found by what
 * create wrote down for exec, and in the registry. Only a configuration that joins a namespace, or
 * brings mappings, asks.
 *
 * Runs in: host.
 */
#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "host/upkeep.h"

#include "launch.h"

#include "base/banned.h"

static bool has_namespace(const struct store_confine *confine, uint64_t type, uint64_t ino)
{
	for (size_t i = 0; i < STORE_NAMESPACES_MAX && confine->namespaces[i].type != 0; i++) {
		if (confine->namespaces[i].type == type)
			return ino != 0 && confine->namespaces[i].ino == ino;
	}
	return false;
}

/* The block of container @id if it has the namespace; 0 */
static uint32_t block_of(int root_fd, const char *id, uint64_t type, uint64_t ino)
{
	_arena_ struct arena arena = { 0 };
	struct store_confine confine;
	struct store_record record;
	struct err ignored;
	_fd_ int entry = -1;

	if (store_open_entry(root_fd, id, &entry, &ignored) != 0 ||
		store_confine_load(&arena, entry, id, &confine, &ignored) != 0 ||
		!has_namespace(&confine, type, ino) ||
		store_load(&arena, entry, id, &record, &ignored) != 0 || !record.complete)
		return 0;
	return record.ids_base;
}

static int find_owner(struct arena *arena, int root_fd, uint64_t type, const char *path,
	struct facts *facts, struct err *err)
{
	const char *clean = policy_absolute(arena, "/", path); /* as the facts have it */
	struct json_strings ids;
	struct stat st;
	int r;

	if (clean == NULL)
		return err_new(err, -ENOMEM, "out of memory");

	if (stat(path, &st) < 0)
		return 0; /* a rule says so */
	r = store_each(arena, root_fd, &ids, err);
	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		uint32_t base = block_of(root_fd, ids.items[i], type, st.st_ino);

		if (base == 0)
			continue;
		facts_set_owner(facts, clean, ids.items[i], base);
		break;
	}
	return r;
}

int host_find_owners(const struct host_context *ctx, struct arena *arena,
	const struct config *config, struct facts *facts, struct err *err)
{
	_fd_ int root_fd = -1;
	int r = 0;

	for (int i = 0; r == 0 && i < CONFIG_NS_N; i++) {
		const struct config_namespace *ns = &config->namespaces[i];

		if (ns->path == NULL || i == CONFIG_NS_USER)
			continue;
		if (root_fd < 0)
			r = store_open_root(ctx->root, false, &root_fd, err);
		if (r == STORE_ABSENT) /* the first container of this root */
			return 0;
		if (r == 0)
			r = find_owner(arena, root_fd,
				(unsigned)config_ns_clone_flag((enum config_ns_type)i), ns->path,
				facts, err);
	}
	return r;
}

int host_find_id_owners(const struct host_context *ctx, struct arena *arena,
	const struct config *config, struct facts *facts, struct err *err)
{
	struct host_ids ids;
	struct err ignored;
	int r = 0;

	/* nothing was probed: nobody asks */
	if (facts->n_id_users == 0 || config->uid_mappings.n == 0 ||
		host_ids_list(ctx, arena, &ids, &ignored) < 0)
		return 0;
	for (size_t i = 0; r == 0 && i < ids.n_blocks; i++) {
		struct facts_id_user user = {
			.first = ids.blocks[i].first,
			.count = FACTS_ID_BLOCK,
		};

		if (ids.blocks[i].use != HOST_IDS_HELD || ids.blocks[i].id == NULL)
			continue;
		user.who = arena_fmt(arena, "container %s", ids.blocks[i].id);
		if (user.who == NULL)
			return err_new(err, -ENOMEM, "out of memory");
		r = facts_add_id_user(arena, facts, &user, err);
	}
	return r;
}
