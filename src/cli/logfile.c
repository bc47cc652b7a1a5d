#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

#include "quote.h"

#include "base/banned.h"

/* The sink of base/log.h has no argument of its own: this is the other half of its state, set once
 * by cli_log_attach(). */
static const struct cli_log *attached;

/* RFC 3339 in seconds, with the local offset: containerd must be able to parse it. */
static void format_time(char *buf, size_t size, time_t now)
{
	struct tm tm;
	size_t len;
	long offset;

	if (localtime_r(&now, &tm) == NULL && gmtime_r(&now, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	offset = tm.tm_gmtoff / 60;
	str_fmt(buf, size, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	len = strlen(buf);
	if (offset == 0) {
		str_fmt(buf + len, size - len, "Z");
		return;
	}
	str_fmt(buf + len, size - len, "%c%02ld:%02ld", offset < 0 ? '-' : '+',
		(offset < 0 ? -offset : offset) / 60, (offset < 0 ? -offset : offset) % 60);
}

static bool needs_quotes(const char *s)
{
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			   "-._/@^+")] != '\0';
}

void cli_log_record(struct str_buf *out, bool json, const char *level, const char *msg, time_t now)
{
	char when[64];

	format_time(when, sizeof(when), now);
	if (json) {
		str_buf_fmt(out, "{\"level\":\"%s\",\"msg\":", level);
		cli_quote_json(out, msg);
		str_buf_fmt(out, ",\"time\":\"%s\"}\n", when);
		return;
	}
	str_buf_fmt(out, "time=\"%s\" level=%s msg=", when, level);
	if (needs_quotes(msg))
		cli_quote_go(out, msg);
	else
		str_buf_puts(out, msg);
	str_buf_puts(out, "\n");
}

/* In one write(2), so that records of parallel commands do not mix. A log that can't be written
 * has nowhere to be reported; the message itself still goes to standard error. */
static void write_record(const struct cli_log *log, const char *level, const char *msg)
{
	_str_buf_ struct str_buf record = { 0 };

	cli_log_record(&record, log->json, level, msg, time(NULL));
	if (!record.failed &&
		fd_write_all(log->fd >= 0 ? log->fd : STDERR_FILENO, record.data, record.len) < 0)
		return;
}

static void write_bare(const char *msg)
{
	_str_buf_ struct str_buf line = { 0 };

	cli_quote_plain(&line, msg);
	str_buf_puts(&line, "\n");
	if (!line.failed && fd_write_all(STDERR_FILENO, line.data, line.len) < 0)
		return;
}

void cli_log_error(const struct cli_log *log, const char *msg)
{
	write_record(log, "error", msg);
	if (log->fd >= 0)
		write_bare(msg);
}

static void sink(enum log_level level, const char *msg)
{
	static const char *const names[] = {
		[LOG_DEBUG] = "debug",
		[LOG_INFO] = "info",
		[LOG_WARN] = "warning",
	};

	if (attached != NULL)
		write_record(attached, names[level], msg);
}

void cli_log_attach(const struct cli_log *log)
{
	attached = log;
	/* Into a file nothing but the error, without --debug: podman reads all of it as one record,
	 * so a warning before the error would hide it. */
	if (log->debug)
		log_set_sink(sink, LOG_DEBUG);
	else
		log_set_sink(log->fd < 0 ? sink : NULL, LOG_WARN);
}

static int open_file(const char *path, int *out, struct err *err)
{
	/* O_NONBLOCK: a fifo without a reader must not hold us up before it is refused. */
	_fd_ int fd = open(path,
		O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
		0644);
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return err_new(err, -ELOOP,
			"log file '%s' is a symbolic link; give the file it names", path);
	if (fd < 0)
		return err_sys(err, "open log file '%s'", path);
	if (fstat(fd, &st) < 0)
		return err_sys(err, "look at log file '%s'", path);
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
		return err_new(err, -EINVAL, "log file '%s' is not a regular file", path);
	if (S_ISREG(st.st_mode) && st.st_nlink > 1)
		return err_new(err, -EMLINK,
			"log file '%s' has more than one name; use a file of its own", path);
	*out = fd_take(&fd);
	return 0;
}

int cli_log_open(struct cli_log *log, const char *path, const char *format, struct err *err)
{
	int rc;

	log->fd = -1;
	if (path != NULL && path[0] != '\0' && !str_eq(path, "/dev/stderr")) {
		rc = open_file(path, &log->fd, err);
		if (rc < 0)
			return rc;
	}
	log->json = str_eq(format, "json");
	if (!log->json && !str_eq(format, "text"))
		return err_new(err, -EINVAL, "invalid log-format: %s", format);
	return 0;
}

void cli_log_close(struct cli_log *log)
{
	if (attached == log) {
		log_set_sink(NULL, LOG_DEBUG);
		attached = NULL;
	}
	fd_cleanup(&log->fd);
}
