/*
 * Lines of the audit log. SECURITY: a line is pure ASCII, whatever ids, paths and annotations hold:
 * nobody writes a second line, an escape of a terminal or half a character into it. Every text and
 * every list has a bound, and what is left out is counted.
 */
#include "host/trail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/num.h"
#include "base/str.h"
#include "config/json.h"
#include "facts/facts.h"
#include "host/host.h"

#include "clock.h"
#include "trail_sinks.h"

#include "base/banned.h"

enum {
	RESERVE = 512,   /* for what follows a list */
	FOUND_MAX = 256, /* of what a finding quotes */
	ESCAPE_MAX = 12  /* bytes of one character: two \uXXXX */
};

struct line {
	char *buf;
	size_t len;
	bool is_first; /* of its object */
};

static void put(struct line *line, const char *fmt, ...) _printf_(2, 3);

static void put(struct line *line, const char *fmt, ...)
{
	size_t room = HOST_TRAIL_LINE_MAX - line->len, n;
	va_list ap;

	va_start(ap, fmt);
	n = str_vfmt(line->buf + line->len, room, fmt, ap);
	va_end(ap);
	line->len += n < room ? n : room - 1;
}

/* --- text ---------------------------------------------------------------------------------------- */

static void put_rune(struct line *line, uint32_t rune)
{
	if (rune == '"' || rune == '\\')
		put(line, "\\%c", (int)rune);
	else if (rune >= 0x20 && rune < 0x7f)
		put(line, "%c", (int)rune);
	else if (rune < 0x10000)
		put(line, "\\u%04x", rune);
	else
		put(line, "\\u%04x\\u%04x", 0xd800 + ((rune - 0x10000) >> 10),
			0xdc00 + ((rune - 0x10000) & 0x3ff));
}

static void put_key(struct line *line, const char *key)
{
	put(line, "%s\"%s\":", line->is_first ? "" : ",", key);
	line->is_first = false;
}

/* At most @max bytes of it, then "..." */
static void put_text(struct line *line, const char *key, const char *text, size_t max)
{
	size_t at = 0;

	if (text == NULL)
		return;
	put_key(line, key);
	put(line, "\"");
	while (text[at] != '\0' && at < max &&
		line->len + RESERVE / 2 + ESCAPE_MAX < HOST_TRAIL_LINE_MAX) {
		uint32_t rune = 0;
		size_t len = str_rune(text + at, &rune);

		put_rune(line, len == 0 ? 0xfffd : rune);
		at += len == 0 ? 1 : len;
	}
	put(line, "%s\"", text[at] != '\0' ? "..." : "");
}

static void put_number(struct line *line, const char *key, uint64_t value)
{
	put_key(line, key);
	put(line, "%llu", (unsigned long long)value);
}

static void open_object(struct line *line, const char *key)
{
	put_key(line, key);
	put(line, "{");
	line->is_first = true;
}

static void close_object(struct line *line)
{
	put(line, "}");
	line->is_first = false;
}

/* --- parts ---------------------------------------------------------------------------------------- */

static void put_range(struct line *line, const char *key, uint64_t first, uint64_t count)
{
	open_object(line, key);
	put_number(line, "first", first);
	put_number(line, "count", count);
	close_object(line);
}

/* The ids of the host that the container has: its block, or what its config maps. */
static void put_ids(struct line *line, const struct host_trail_event *event)
{
	const struct policy_decisions *d = event->decisions;
	const struct config_id_mapping *uid, *gid;

	if (event->ids_base != 0) {
		open_object(line, "ids");
		put_range(line, "uid", event->ids_base, FACTS_ID_BLOCK);
		put_range(line, "gid", event->ids_base, FACTS_ID_BLOCK);
		close_object(line);
		return;
	}
	if (d == NULL || d->config.uid_mappings.n == 0 || d->config.gid_mappings.n == 0)
		return;
	uid = &d->config.uid_mappings.items[0];
	gid = &d->config.gid_mappings.items[0];
	open_object(line, "ids");
	put_range(line, "uid", uid->host_id, uid->size);
	put_range(line, "gid", gid->host_id, gid->size);
	close_object(line);
}

static bool is_listed(const struct policy_finding *f, enum policy_verdict verdict)
{
	return f->verdict == verdict || (verdict == POLICY_TIGHTEN && f->verdict == POLICY_WARN);
}

static void put_finding(struct line *line, const struct policy_finding *f)
{
	put(line, "%s{", line->is_first ? "" : ",");
	line->is_first = true;
	put_text(line, "rule", f->rule, FOUND_MAX);
	put_text(line, "verdict", policy_verdict_name(f->verdict), FOUND_MAX);
	if (f->info != NULL)
		put_text(line, "severity", policy_severity_name(f->info->severity), FOUND_MAX);
	put_text(line, "where", f->pointer, FOUND_MAX);
	put_text(line, "found", f->found, FOUND_MAX);
	put_text(line, f->verdict == POLICY_REFUSE ? "accepts" : "decided", f->decided, FOUND_MAX);
	if (f->allow != NULL)
		put_text(line, "allow", f->allow, FOUND_MAX);
	put(line, "}");
	line->is_first = false;
}

/* As many as there is room for; one takes a few hundred bytes, and six times that if every one of
 * its characters is escaped. */
static void put_findings(struct line *line, const struct host_trail_event *event)
{
	const size_t biggest = RESERVE + (size_t)4 * 6 * (FOUND_MAX + ESCAPE_MAX);
	size_t n_left = 0;

	if (!event->lists_findings)
		return;
	put_key(line, "rules");
	put(line, "[");
	line->is_first = true;
	for (size_t i = 0; i < event->decisions->n_findings; i++) {
		const struct policy_finding *f = &event->decisions->findings[i];

		if (!is_listed(f, event->verdict))
			continue;
		if (line->len + biggest > HOST_TRAIL_LINE_MAX)
			n_left++;
		else
			put_finding(line, f);
	}
	put(line, "]");
	line->is_first = false;
	if (n_left > 0)
		put_number(line, "more", n_left);
}

static void put_caller(struct line *line, const struct host_trail *trail)
{
	open_object(line, "caller");
	put_number(line, "uid", trail->uid);
	if (trail->login_uid != UINT32_MAX)
		put_number(line, "login_uid", trail->login_uid);
	put_number(line, "pid", (uint64_t)trail->pid);
	put_text(line, "comm", trail->comm, HOST_TRAIL_COMM_MAX);
	close_object(line);
}

static const char *result_of(const struct host_trail_event *event)
{
	if (str_eq(event->event, "refuse"))
		return "refused";
	return event->error != NULL ? "failed" : "ok";
}

size_t host_trail_line(const struct host_trail *trail, const char *root,
	const struct host_trail_event *event, char buf[HOST_TRAIL_LINE_MAX])
{
	struct line line = { .buf = buf, .is_first = true };
	char when[HOST_CLOCK_MAX];
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	put(&line, "{");
	put_text(&line, "time", host_clock_exact(&now, when), HOST_CLOCK_MAX);
	put_text(&line, "event", event->event, HOST_TRAIL_TEXT_MAX);
	put_text(&line, "result", result_of(event), HOST_TRAIL_TEXT_MAX);
	put_text(&line, "container", event->id, HOST_TRAIL_TEXT_MAX / 4);
	put_text(&line, "root", root, HOST_TRAIL_TEXT_MAX / 4);
	put_text(&line, "bundle", event->bundle, HOST_TRAIL_TEXT_MAX / 2);
	put_text(&line, "profile", event->profile, HOST_TRAIL_TEXT_MAX / 4);
	put_text(&line, "rung", event->rung, HOST_TRAIL_TEXT_MAX / 4);
	put_ids(&line, event);
	if (event->pid > 0)
		put_number(&line, "pid", (uint64_t)event->pid);
	put_caller(&line, trail);
	put_text(&line, "command", trail->command, HOST_TRAIL_TEXT_MAX);
	if (event->signo != 0)
		put_number(&line, "signal", (uint64_t)event->signo);
	if (event->exit_code != NULL)
		put_number(&line, "status", (uint64_t)*event->exit_code);
	if (event->n_killed != 0)
		put_number(&line, "killed", event->n_killed);
	put_text(&line, "error", event->error, HOST_TRAIL_TEXT_MAX / 2);
	put_findings(&line, event);
	put(&line, "}\n");
	return line.len;
}

/* --- who calls ------------------------------------------------------------------------------------ */

static uint32_t login_uid(void)
{
	char text[16];
	uint64_t uid;

	if (fd_read_at(AT_FDCWD, "/proc/self/loginuid", text, sizeof(text)) < 0)
		return UINT32_MAX;
	return num_u64(text, UINT32_MAX, &uid) ? (uint32_t)uid : UINT32_MAX;
}

void host_trail_init(
	struct host_trail *trail, const struct json_strings *sinks, const char *command)
{
	char path[64];

	*trail = (struct host_trail){
		.sinks = sinks,
		.command = command,
		.uid = getuid(),
		.login_uid = login_uid(),
		.pid = getppid(),
	};
	str_fmt(path, sizeof(path), "/proc/%d/comm", (int)trail->pid);
	if (fd_read_at(AT_FDCWD, path, trail->comm, sizeof(trail->comm)) < 0)
		trail->comm[0] = '\0';
	trail->comm[strcspn(trail->comm, "\n")] = '\0';
}

/* --- writing -------------------------------------------------------------------------------------- */

static int send_all(
	const struct host_trail *trail, const struct host_trail_record *record, struct err *err)
{
	struct err ignored;
	int r = 0;

	for (size_t i = 0; i < trail->sinks->n; i++) {
		int rc = host_trail_send(trail->sinks->items[i], record, r == 0 ? err : &ignored);

		if (r == 0)
			r = rc;
	}
	return r;
}

static void free_text(char **text)
{
	free(*text);
}

int host_trail_write(
	const struct host_context *ctx, const struct host_trail_event *event, struct err *err)
{
	_cleanup_(free_text) char *line = NULL;
	struct host_trail_record record = { .event = event->event, .id = event->id };

	if (ctx->trail == NULL)
		return 0;
	line = malloc(HOST_TRAIL_LINE_MAX);
	if (line == NULL)
		return err_new(err, -ENOMEM, "audit log: out of memory");
	record.len = host_trail_line(ctx->trail, ctx->root, event, line);
	record.text = line;
	record.is_warning = !str_eq(result_of(event), "ok");
	return send_all(ctx->trail, &record, err);
}

void host_trail_note(const struct host_context *ctx, const struct host_trail_event *event)
{
	struct err err;

	if (ctx->trail != NULL && host_trail_write(ctx, event, &err) < 0)
		log_warn("%s; going on without this line: '%s'", err.msg, event->event);
}

int host_trail_result(const struct host_context *ctx, struct host_trail_event *event, int r,
	const struct err *err)
{
	if (ctx->trail == NULL)
		return r;
	event->error = r < 0 ? err->msg : NULL;
	host_trail_note(ctx, event);
	return r;
}
