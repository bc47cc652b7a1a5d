#include <errno.h>

#include "host/cgroup/cgroup.h"

#include "launch.h"
#include "process.h"

#include "base/banned.h"

int host_pause(const struct host_context *ctx, const char *id, struct err *err)
{
	_host_entry_ struct host_entry entry = HOST_ENTRY_NONE;
	_arena_ struct arena arena = { 0 };
	struct host_open_request request = { .id = id, .lock = true };
	struct store_record record;
	enum host_status_kind status;
	int r;

	r = host_open(ctx, &request, &arena, &entry, &record, err);
	if (r < 0)
		return r;
	status = host_record_status(entry.entry_fd, &record);
	if (status != HOST_RUNNING && status != HOST_CREATED)
		return err_new(err, -ESRCH, "container not running");
	return host_trail_step(ctx, &record, "pause", cgroup_freeze(&record, err), err);
}

int host_resume(const struct host_context *ctx, const char *id, struct err *err)
{
	_host_entry_ struct host_entry entry = HOST_ENTRY_NONE;
	_arena_ struct arena arena = { 0 };
	struct host_open_request request = { .id = id, .lock = true };
	struct store_record record;
	int r;

	r = host_open(ctx, &request, &arena, &entry, &record, err);
	if (r < 0)
		return r;
	if (host_record_status(entry.entry_fd, &record) != HOST_PAUSED)
		return err_new(err, -EBUSY, "container not paused");
	return host_trail_step(ctx, &record, "resume", cgroup_unfreeze(&record, err), err);
}
