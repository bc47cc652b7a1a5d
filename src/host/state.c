#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#include "launch.h"
#include "process.h"

#include "base/banned.h"

static const char *const status_names[] = {
	[HOST_CREATING] = "creating",
	[HOST_CREATED] = "created",
	[HOST_RUNNING] = "running",
	[HOST_PAUSED] = "paused",
	[HOST_STOPPED] = "stopped",
};

const char *host_status_name(enum host_status_kind status)
{
	return status_names[status];
}

static int absent(struct err *err)
{
	return err_new(err, -ENOENT, "container does not exist");
}

int host_open(const struct host_context *ctx, const struct host_open_request *request,
	struct arena *arena, struct host_entry *entry, struct store_record *record, struct err *err)
{
	int r;

	r = store_id_check(request->id, err);
	if (r < 0)
		return r;
	r = store_open_root(ctx->root, false, &entry->root_fd, err);
	if (r != 0)
		return r < 0 ? r : absent(err);
	entry->id = request->id;
	r = store_open_entry(entry->root_fd, request->id, &entry->entry_fd, err);
	if (r != 0)
		return r < 0 ? r : absent(err);
	if (request->lock) {
		r = store_lock_entry(entry->entry_fd, err);
		if (r < 0)
			return r;
	}
	r = store_load(arena, entry->entry_fd, request->id, record, err);
	if (r < 0)
		return r;
	/* a create that is not finished, or never will be, is no container yet (T-09) */
	if (r == STORE_ABSENT || !record->complete)
		return absent(err);
	return 0;
}

void host_status_of(
	const struct store_record *record, enum host_status_kind status, struct host_state *out)
{
	*out = (struct host_state){
		.id = record->id,
		.pid = status == HOST_STOPPED ? 0 : record->pid,
		.status = status,
		.bundle = record->bundle,
		.rootfs = record->rootfs,
		.created = record->created,
		.owner = "",
		.rung = record->rung,
		.profile = record->profile,
		.ids_base = record->ids_base,
		.selinux_label = record->selinux_label,
		.annotation_keys = record->annotation_keys,
		.annotation_values = record->annotation_values,
	};
}

int host_load_state(const struct host_context *ctx, struct arena *arena, const char *id,
	struct host_state *out, struct err *err)
{
	_host_entry_ struct host_entry entry = HOST_ENTRY_NONE;
	struct host_open_request request = { .id = id };
	struct store_record record;
	struct stat st;
	int r;

	r = host_open(ctx, &request, arena, &entry, &record, err);
	if (r < 0)
		return r;
	host_status_of(&record, host_record_status(entry.entry_fd, &record), out);
	if (fstat(entry.entry_fd, &st) < 0)
		return err_sys(err, "stat state of container '%s'", id);
	out->owner_uid = st.st_uid;
	return 0;
}

static void annotations_json(const struct host_state *state, struct json_out *out)
{
	if (state->annotation_keys.n == 0)
		return;
	json_out_object(out, "annotations");
	for (size_t i = 0; i < state->annotation_keys.n; i++)
		json_out_string(
			out, state->annotation_keys.items[i], state->annotation_values.items[i]);
	json_out_end(out);
}

void host_state_json(const struct host_state *state, const char *owner, struct json_out *out)
{
	json_out_string(out, "ociVersion", CONFIG_OCI_VERSION_MAX);
	json_out_string(out, "id", state->id);
	json_out_i64(out, "pid", state->pid);
	json_out_string(out, "status", host_status_name(state->status));
	json_out_string(out, "bundle", state->bundle);
	json_out_string(out, "rootfs", state->rootfs);
	json_out_string(out, "created", state->created);
	annotations_json(state, out);
	if (owner != NULL)
		json_out_string(out, "owner", owner);
}
