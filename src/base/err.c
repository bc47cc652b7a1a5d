#include "base/err.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

/* Go's spelling of the errno texts, which is what engines compare with (moby daemon/errors.go,
 * containerd process/utils.go): lower case, otherwise the C library's words. */
static const struct {
	int num;
	const char *text;
} errno_texts[] = {
	{ EPERM, "operation not permitted" },
	{ ENOENT, "no such file or directory" },
	{ ESRCH, "no such process" },
	{ EINTR, "interrupted system call" },
	{ EIO, "input/output error" },
	{ ENXIO, "no such device or address" },
	{ E2BIG, "argument list too long" },
	{ ENOEXEC, "exec format error" },
	{ EBADF, "bad file descriptor" },
	{ ECHILD, "no child processes" },
	{ EAGAIN, "resource temporarily unavailable" },
	{ ENOMEM, "cannot allocate memory" },
	{ EACCES, "permission denied" },
	{ EFAULT, "bad address" },
	{ ENOTBLK, "block device required" },
	{ EBUSY, "device or resource busy" },
	{ EEXIST, "file exists" },
	{ EXDEV, "invalid cross-device link" },
	{ ENODEV, "no such device" },
	{ ENOTDIR, "not a directory" },
	{ EISDIR, "is a directory" },
	{ EINVAL, "invalid argument" },
	{ ENFILE, "too many open files in system" },
	{ EMFILE, "too many open files" },
	{ ENOTTY, "inappropriate ioctl for device" },
	{ ETXTBSY, "text file busy" },
	{ EFBIG, "file too large" },
	{ ENOSPC, "no space left on device" },
	{ ESPIPE, "illegal seek" },
	{ EROFS, "read-only file system" },
	{ EMLINK, "too many links" },
	{ EPIPE, "broken pipe" },
	{ EDOM, "numerical argument out of domain" },
	{ ERANGE, "numerical result out of range" },
	{ ENAMETOOLONG, "file name too long" },
	{ ENOSYS, "function not implemented" },
	{ ENOTEMPTY, "directory not empty" },
	{ ELOOP, "too many levels of symbolic links" },
	{ ENODATA, "no data available" },
	{ ETIME, "timer expired" },
	{ EPROTO, "protocol error" },
	{ EBADMSG, "bad message" },
	{ EOVERFLOW, "value too large for defined data type" },
	{ EILSEQ, "invalid or incomplete multibyte or wide character" },
	{ EUSERS, "too many users" },
	{ ENOTSOCK, "socket operation on non-socket" },
	{ EMSGSIZE, "message too long" },
	{ EOPNOTSUPP, "operation not supported" },
	{ EAFNOSUPPORT, "address family not supported by protocol" },
	{ EADDRINUSE, "address already in use" },
	{ ECONNRESET, "connection reset by peer" },
	{ ENOBUFS, "no buffer space available" },
	{ ENOTCONN, "transport endpoint is not connected" },
	{ ETIMEDOUT, "connection timed out" },
	{ ECONNREFUSED, "connection refused" },
	{ EALREADY, "operation already in progress" },
	{ ESTALE, "stale file handle" },
	{ EDQUOT, "disk quota exceeded" },
	{ ECANCELED, "operation canceled" },
	{ EKEYEXPIRED, "key has expired" },
};

const char *err_text(int errnum)
{
	for (size_t i = 0; i < ARRAY_SIZE(errno_texts); i++) {
		if (errno_texts[i].num == errnum)
			return errno_texts[i].text;
	}
	return "unknown error";
}

int err_sys(struct err *err, const char *fmt, ...)
{
	int errnum = errno != 0 ? errno : EIO;
	size_t len;
	va_list ap;

	err->code = -errnum;
	va_start(ap, fmt);
	len = str_vfmt(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	if (len < sizeof(err->msg))
		str_fmt(err->msg + len, sizeof(err->msg) - len, ": %s", err_text(errnum));
	return err->code;
}

int err_new(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	err->code = code < 0 ? code : -EINVAL;
	va_start(ap, fmt);
	str_vfmt(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return err->code;
}

int err_ctx(struct err *err, const char *fmt, ...)
{
	char ctx[ERR_MSG_MAX];
	size_t len, room;
	va_list ap;

	va_start(ap, fmt);
	len = str_vfmt(ctx, sizeof(ctx) - 2, fmt, ap);
	va_end(ap);
	if (len > sizeof(ctx) - 3)
		len = sizeof(ctx) - 3;
	ctx[len++] = ':';
	ctx[len++] = ' ';
	room = sizeof(err->msg) - 1 - len;
	if (strlen(err->msg) < room)
		room = strlen(err->msg);
	memmove(err->msg + len, err->msg, room);
	memcpy(err->msg, ctx, len);
	err->msg[len + room] = '\0';
	return err->code;
}
