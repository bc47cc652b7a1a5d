#include "trail_sinks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "host/trail.h"

#include "base/banned.h"

enum {
	SEND_WAIT_S = 2,
	FACILITY_AUTHPRIV = 10,
	PRIORITY_WARNING = 4,
	PRIORITY_INFO = 6,
	HEADER_MAX = 512
};

static int failed(const char *sink, struct err *err)
{
	return err_sys(err, "write to audit log '%s'", sink);
}

/* --- a file --------------------------------------------------------------------------------------- */

/* A full disk took the first part of the line: the next one would start in the middle of it. Nobody
 * else can have written behind it, there was no room; if somebody has, it stays as it is. */
static void take_back(int fd, size_t n)
{
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (end >= (off_t)n && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == end &&
		ftruncate(fd, end - (off_t)n) < 0)
		return;
}

/* O_APPEND and one write(2): lines of parallel commands don't mix. */
static int send_file(const char *path, const struct host_trail_record *record, struct err *err)
{
	/* O_NONBLOCK: a fifo that nobody reads must not hold up a container */
	_fd_ int fd = open(path,
		O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
		0600);
	ssize_t n;

	if (fd < 0)
		return err_sys(err, "open audit log '%s'", path);
	do {
		n = write(fd, record->text, record->len);
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)record->len)
		return 0;
	if (n < 0)
		return failed(path, err);
	take_back(fd, (size_t)n);
	return err_new(err, -ENOSPC, "write to audit log '%s': no space left on device", path);
}

/* --- datagrams ------------------------------------------------------------------------------------ */

/* What the header needs of the line comes first; the line itself without its newline. */
static int send_datagram(const char *sink, const char *path, const char *header, size_t header_len,
	const struct host_trail_record *record, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = SEND_WAIT_S };
	struct iovec parts[] = {
		{ (void *)(uintptr_t)header, header_len },
		{ (void *)(uintptr_t)record->text, record->len - 1 },
	};
	const struct msghdr message = {
		.msg_name = &address,
		.msg_namelen = sizeof(address),
		.msg_iov = parts,
		.msg_iovlen = ARRAY_SIZE(parts),
	};
	_fd_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	str_fmt(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return failed(sink, err);
	if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
		return err_sys(err, "write to audit log '%s' at '%s'", sink, path);
	return 0;
}

static int priority_of(const struct host_trail_record *record)
{
	return record->is_warning ? PRIORITY_WARNING : PRIORITY_INFO;
}

/* RFC 3164 as syslog(3) writes it; the receiver adds the name of the host. */
static int send_syslog(const char *sink, const struct host_trail_record *record, struct err *err)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	time_t now = time(NULL);
	char header[HEADER_MAX];
	struct tm tm;
	size_t len;

	if (localtime_r(&now, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	len = str_fmt(header, sizeof(header), "<%d>%s %2d %02d:%02d:%02d caisson[%d]: ",
		FACILITY_AUTHPRIV * 8 + priority_of(record), months[tm.tm_mon], tm.tm_mday,
		tm.tm_hour, tm.tm_min, tm.tm_sec, (int)getpid());
	return send_datagram(sink, HOST_TRAIL_SYSLOG, header, len, record, err);
}

/* systemd.journal-fields(7): NAME=VALUE lines. Events are words of ours, and an id of a container
 * that gets here was accepted by store_id_check(), but for a refused one. */
static int send_journal(const char *sink, const struct host_trail_record *record, struct err *err)
{
	char header[HEADER_MAX], id[256];
	size_t len;

	len = str_fmt(header, sizeof(header),
		"PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=caisson\nCAISSON_EVENT=%s\n"
		"%s%s%sMESSAGE=",
		priority_of(record), FACILITY_AUTHPRIV, record->event,
		record->id != NULL ? "CAISSON_CONTAINER=" : "",
		record->id != NULL ? str_escape(id, sizeof(id), record->id) : "",
		record->id != NULL ? "\n" : "");
	if (len >= sizeof(header))
		return err_new(err, -EMSGSIZE, "write to audit log '%s': id too long", sink);
	return send_datagram(sink, HOST_TRAIL_JOURNAL, header, len, record, err);
}

int host_trail_send(const char *sink, const struct host_trail_record *record, struct err *err)
{
	if (str_eq(sink, "syslog"))
		return send_syslog(sink, record, err);
	if (str_eq(sink, "journald"))
		return send_journal(sink, record, err);
	return send_file(sink, record, err);
}
