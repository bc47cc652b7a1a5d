#include <errno.h>

#include "base/fd.h"

#include "launch.h"
#include "passwd.h"

#include "base/banned.h"

/* One look at the users for each owner, which is nearly always the same one. */
static int name_owner(
	struct arena *arena, struct host_state *state, struct host_state *last, struct err *err)
{
	if (last->owner == NULL || last->owner_uid != state->owner_uid) {
		last->owner = host_user_name(arena, state->owner_uid);
		last->owner_uid = state->owner_uid;
	}
	if (last->owner == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	state->owner = last->owner;
	return 0;
}

int host_list(const struct host_context *ctx, struct arena *arena,
	void (*each)(void *arg, const struct host_state *state),
	void (*damaged)(void *arg, const char *id, const struct err *err), void *arg,
	struct err *err)
{
	struct host_state last = { 0 };
	struct json_strings ids = { 0 };
	_fd_ int root = -1;
	int r;

	r = store_open_root(ctx->root, false, &root, err);
	if (r == STORE_ABSENT && ctx->root_given)
		return err_new(
			err, -ENOENT, "state directory '%s': no such file or directory", ctx->root);
	if (r != 0)
		return r < 0 ? r : 0;
	r = store_each(arena, root, &ids, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ids.n; i++) {
		struct host_state state;
		struct err failed;

		if (host_load_state(ctx, arena, ids.items[i], &state, &failed) < 0 ||
			name_owner(arena, &state, &last, &failed) < 0)
			damaged(arg, ids.items[i], &failed);
		else
			each(arg, &state);
	}
	return 0;
}
