/*
 * HOME, for a workload whose environment has none: what the container's own /etc/passwd says, as
 * runc does it (PROC-04). The file belongs to the image: it is opened and read with the rights of
 * the workload, below the root, and only its first part counts (T-12, T-28).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"

#include "init.h"

#include "base/banned.h"

enum {
	PASSWD_BYTES_MAX = 1 << 20,
	LINE_MAX_BYTES = 2048, /* longer lines are skipped */
	FIELD_UID = 2,
	FIELD_HOME = 5,
};

struct lines {
	int fd;
	size_t seen; /* bytes of the file */
	size_t used; /* of buf */
	size_t next; /* start of what is not looked at yet */
	char buf[LINE_MAX_BYTES];
};

/* Room for more at the end of the buffer; a line that fills all of it is thrown away. */
static void make_room(struct lines *lines, bool *skipping)
{
	if (lines->next == 0 && lines->used == sizeof(lines->buf)) {
		*skipping = true;
		lines->next = lines->used;
	}
	memmove(lines->buf, lines->buf + lines->next, lines->used - lines->next);
	lines->used -= lines->next;
	lines->next = 0;
}

static char *cut_line(struct lines *lines, size_t len)
{
	char *line = lines->buf + lines->next;

	line[len] = '\0';
	lines->next += len + 1;
	return line;
}

/* What the file ends with, when that is no newline. */
static char *last_line(struct lines *lines, bool skipping)
{
	if (skipping || lines->used == 0 || lines->used == sizeof(lines->buf))
		return NULL;
	lines->buf[lines->used] = '\0';
	lines->used = 0;
	return lines->buf;
}

/* The next line, cut in place; NULL at the end. */
static char *next_line(struct lines *lines)
{
	bool skipping = false;

	for (;;) {
		size_t left = lines->used - lines->next;
		const char *end = memchr(lines->buf + lines->next, '\n', left);
		ssize_t n;

		if (end != NULL) {
			char *line = cut_line(lines, (size_t)(end - (lines->buf + lines->next)));

			if (!skipping)
				return line;
			skipping = false;
			continue;
		}
		make_room(lines, &skipping);
		if (lines->seen >= PASSWD_BYTES_MAX)
			return NULL;
		n = read(lines->fd, lines->buf + lines->used, sizeof(lines->buf) - lines->used);
		if (n <= 0)
			return last_line(lines, skipping);
		lines->seen += (size_t)n;
		lines->used += (size_t)n;
	}
}

/* name:password:uid:gid:gecos:home:shell; NULL when it is not the line of @uid */
static const char *match_line(char *line, uint32_t uid)
{
	uint32_t value;

	for (unsigned field = 0; field < FIELD_HOME; field++) {
		char *end = strchr(line, ':');

		if (end == NULL)
			return NULL;
		*end = '\0';
		if (field == FIELD_UID && (!num_u32(line, &value) || value != uid))
			return NULL;
		line = end + 1;
	}
	line[strcspn(line, ":")] = '\0';
	return line;
}

static bool find_home(const struct init_ctx *ctx, char *out, size_t size)
{
	/* O_NONBLOCK: a FIFO of that name must not stop us */
	_fd_ int fd = init_open(ctx, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct lines lines = { .fd = fd };
	struct stat st;
	char *line;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	while ((line = next_line(&lines)) != NULL) {
		const char *home = match_line(line, ctx->uid);

		if (home != NULL)
			return *home != '\0' && str_fmt(out, size, "HOME=%s", home) < size;
	}
	return false;
}

void init_set_home(struct init_ctx *ctx)
{
	size_t i = 0;

	while (ctx->env[i] != NULL && !str_starts(ctx->env[i], "HOME="))
		i++;
	if (ctx->env[i] != NULL && ctx->env[i][strlen("HOME=")] != '\0')
		return;
	if (!find_home(ctx, ctx->home, sizeof(ctx->home)))
		str_fmt(ctx->home, sizeof(ctx->home), "HOME=/");
	ctx->env[i] = ctx->home; /* init_vector() left room for one more */
}
