#include <errno.h>
#include <poll.h>
#include <time.h>

#include "base/fd.h"
#include "host/cgroup/cgroup.h"

#include "launch.h"
#include "process.h"

#include "base/banned.h"

struct stream {
	const struct store_record *record;
	int (*emit)(void *arg, const char *text, size_t len, struct err *err);
	void *arg;
};

static int emit_json(const struct stream *stream, const struct json_out *out, struct err *err)
{
	size_t len;
	const char *text = json_out_text(out, &len);

	if (text == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	return stream->emit(stream->arg, text, len, err);
}

static int emit_stats(const struct stream *stream, struct err *err)
{
	_json_out_ struct json_out *out = json_out_new("");
	_arena_ struct arena arena = { 0 };

	json_out_object(out, NULL);
	json_out_string(out, "type", "stats");
	json_out_string(out, "id", stream->record->id);
	json_out_object(out, "data");
	cgroup_stats_json(&arena, stream->record, out);
	json_out_end(out);
	json_out_end(out);
	return emit_json(stream, out, err);
}

static int emit_oom(const struct stream *stream, uint64_t n, struct err *err)
{
	int r = 0;

	for (; n > 0 && r == 0; n--) {
		_json_out_ struct json_out *out = json_out_new("");

		json_out_object(out, NULL);
		json_out_string(out, "type", "oom");
		json_out_string(out, "id", stream->record->id);
		json_out_end(out);
		r = emit_json(stream, out, err);
	}
	return r;
}

static uint64_t now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int wait_ms(uint64_t deadline_ms)
{
	uint64_t now = now_ms();

	return now < deadline_ms ? (int)(deadline_ms - now) : 0;
}

/* A kill is counted before its victim dies, so that of the last process is seen as well. */
static int follow(const struct stream *stream, int pidfd, struct cgroup_oom *oom,
	unsigned interval_ms, struct err *err)
{
	struct pollfd fds[] = { { .fd = pidfd, .events = POLLIN },
		{ .fd = oom->fd, .events = oom->events } };
	uint64_t next = now_ms() + interval_ms;

	for (;;) {
		int n = poll(fds, 2, wait_ms(next)), r;

		if (n < 0 && errno != EINTR)
			return err_sys(err, "wait for events");
		r = emit_oom(stream, cgroup_oom_take(oom), err);
		if (r < 0)
			return r;
		if (n > 0 && fds[0].revents != 0)
			return 0;
		if (wait_ms(next) > 0)
			continue;
		r = emit_stats(stream, err);
		if (r < 0)
			return r;
		next += interval_ms;
	}
}

int host_events(const struct host_context *ctx, const struct host_events_request *request,
	int (*emit)(void *arg, const char *text, size_t len, struct err *err), void *arg,
	struct err *err)
{
	_host_entry_ struct host_entry entry = HOST_ENTRY_NONE;
	_arena_ struct arena arena = { 0 };
	_cgroup_oom_ struct cgroup_oom oom = CGROUP_OOM_NONE;
	struct host_open_request open = { .id = request->id };
	struct store_record record;
	struct stream stream = { .record = &record, .emit = emit, .arg = arg };
	_fd_ int pidfd = -1;
	int r;

	r = host_open(ctx, &open, &arena, &entry, &record, err);
	if (r < 0)
		return r;
	r = host_process_pin(&record, &pidfd, err);
	if (r == HOST_PROCESS_GONE)
		return err_new(err, -ESRCH, "container with id %s is not running", request->id);
	if (r < 0)
		return r;
	if (request->stats_only)
		return emit_stats(&stream, err);
	r = cgroup_oom_open(&record, &oom, err);
	return r < 0 ? r : follow(&stream, pidfd, &oom, request->interval_ms, err);
}
