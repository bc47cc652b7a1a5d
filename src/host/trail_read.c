/*
 * Reading a file that is a sink of the audit log, and waiting for more: inotify(7) tells of new
 * lines, and of a new file of that name, as logrotate(8) makes them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "host/trail.h"

#include "base/banned.h"

enum {
	CHUNK = 65536
};

struct reader {
	const struct host_trail_read *request;
	int (*emit)(void *arg, const char *text, size_t len, struct err *err);
	void *arg;
	int fd;
	bool is_skipping; /* the rest of a line that is too long to be ours */
	size_t len;       /* of an unfinished line */
	char buf[HOST_TRAIL_LINE_MAX];
};

/* Is it a line of ours, and of the container that was asked for? */
static bool is_wanted(const struct reader *reader, const char *line, size_t len)
{
	_arena_ struct arena arena = { 0 };
	const struct json *root;
	const char *id = NULL;
	struct err ignored;

	if (json_parse(&arena, line, len, &root, &ignored) < 0 || root->type != JSON_OBJECT ||
		json_get(root, "event") == NULL)
		return false;
	if (reader->request->id == NULL)
		return true;
	return json_read_string(json_get(root, "container"), &id, &ignored) == 0 && id != NULL &&
	       str_eq(id, reader->request->id);
}

static int take_line(struct reader *reader, struct err *err)
{
	int r = 0;

	if (!reader->is_skipping && is_wanted(reader, reader->buf, reader->len))
		r = reader->emit(reader->arg, reader->buf, reader->len, err);
	reader->is_skipping = false;
	reader->len = 0;
	return r;
}

static int take(struct reader *reader, const char *text, size_t len, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < len; i++) {
		if (text[i] == '\n')
			r = take_line(reader, err);
		else if (reader->len == sizeof(reader->buf))
			reader->is_skipping = true;
		else
			reader->buf[reader->len++] = text[i];
	}
	return r;
}

static void free_text(char **text)
{
	free(*text);
}

static int read_rest(struct reader *reader, struct err *err)
{
	_cleanup_(free_text) char *text = malloc(CHUNK);
	ssize_t n = 0;

	if (text == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	while (reader->fd >= 0 && (n = read(reader->fd, text, CHUNK)) > 0) {
		int r = take(reader, text, (size_t)n, err);

		if (r < 0)
			return r;
	}
	return n < 0 ? err_sys(err, "read audit log '%s'", reader->request->path) : 0;
}

static int open_log(struct reader *reader)
{
	fd_replace(&reader->fd,
		open(reader->request->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
	reader->len = 0;
	reader->is_skipping = false;
	return reader->fd;
}

/* SECURITY: the directory is watched, not the file: its name is what the sink is. */
static int watch(const char *path, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	const char *slash = strrchr(path, '/');
	const char *dir = arena_strndup(&arena, path, slash != NULL ? (size_t)(slash - path) : 0);
	_fd_ int fd = inotify_init1(IN_CLOEXEC);

	if (dir == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (fd < 0 || inotify_add_watch(fd, dir[0] != '\0' ? dir : "/",
			      IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
		return err_sys(err, "watch the directory of audit log '%s'", path);
	return fd_take(&fd);
}

/* Did anything happen to the file, and is there a new one of that name? */
static int wait_for_more(int fd, const char *path, bool *is_new, struct err *err)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const char *name = strrchr(path, '/') + 1;
	const struct inotify_event *event;
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n < 0 && errno != EINTR)
		return err_sys(err, "wait for lines of audit log '%s'", path);
	*is_new = false;
	for (ssize_t at = 0; at < n; at += (ssize_t)(sizeof(*event) + event->len)) {
		event = (const struct inotify_event *)(const void *)(buf + at);
		if (event->len > 0 && str_eq(event->name, name) &&
			(event->mask & (IN_CREATE | IN_MOVED_TO)) != 0)
			*is_new = true;
	}
	return 0;
}

static int follow(struct reader *reader, int watch_fd, struct err *err)
{
	for (;;) {
		bool is_new = false;
		int r = wait_for_more(watch_fd, reader->request->path, &is_new, err);

		if (r == 0) /* also what is still in the old one */
			r = read_rest(reader, err);
		if (r == 0 && is_new && open_log(reader) >= 0)
			r = read_rest(reader, err);
		if (r < 0)
			return r;
	}
}

static void reader_free(struct reader **reader)
{
	if (*reader != NULL)
		fd_cleanup(&(*reader)->fd);
	free(*reader);
}

int host_trail_read(const struct host_trail_read *request,
	int (*emit)(void *arg, const char *text, size_t len, struct err *err), void *arg,
	struct err *err)
{
	_cleanup_(reader_free) struct reader *reader = calloc(1, sizeof(*reader));
	_fd_ int watch_fd = -1;
	int r;

	if (reader == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	*reader = (struct reader){ .request = request, .emit = emit, .arg = arg, .fd = -1 };
	/* ORDER: before the first look, so that no line falls between that and waiting */
	if (request->follow) {
		watch_fd = watch(request->path, err);
		if (watch_fd < 0)
			return watch_fd;
	}
	if (open_log(reader) < 0 && !(request->follow && errno == ENOENT))
		return err_sys(err, "open audit log '%s'", request->path);
	r = read_rest(reader, err);
	if (r == 0 && request->follow)
		r = follow(reader, watch_fd, err);
	return r;
}
