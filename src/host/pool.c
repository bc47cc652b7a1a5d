#include <errno.h>

#include "host/upkeep.h"

#include "launch.h"

#include "base/banned.h"

int host_ids_list(
	const struct host_context *ctx, struct arena *arena, struct host_ids *out, struct err *err)
{
	struct ids_pool *pool = arena_alloc(arena, sizeof(*pool)); /* @out points into it */
	int r;

	if (pool == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (!ids_have_registry())
		return err_new(err, -EPERM,
			"the ids of containers are registered by root of this machine; an ordinary "
			"user's containers have those of the user");
	r = ids_load_pool(ctx->id_user, "/etc/subuid", "/etc/subgid", pool, err);
	return r < 0 ? r : ids_list(arena, pool, HOST_IDS_REGISTRY, out, err);
}

const char *host_ids_use_name(enum host_ids_use use)
{
	static const char *const names[] = {
		[HOST_IDS_HELD] = "in use",
		[HOST_IDS_STALE] = "stale",
		[HOST_IDS_BROKEN] = "unreadable",
		[HOST_IDS_RESTING] = "quarantined",
		[HOST_IDS_FOREIGN] = "used by others",
	};

	return names[use];
}
