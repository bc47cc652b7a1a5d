#include "sendfd.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/banned.h"

int host_send_fd(int sock, const char *text, int fd)
{
	char copy[64]; /* of what is only read: struct iovec has no const */
	struct iovec io = { .iov_base = copy, .iov_len = strnlen(text, sizeof(copy)) };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr msg = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&msg);

	memcpy(copy, text, io.iov_len);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -1 : 0;
}
