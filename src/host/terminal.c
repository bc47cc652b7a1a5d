#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"

#include "sendfd.h"

#include "base/banned.h"

static int connect_socket(const char *what, const char *path, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_fd_ int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return err_new(err, -ENAMETOOLONG, "%s '%s': path too long", what, path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(err, "create socket");
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return err_sys(err, "connect to %s '%s'", what, path);
	return fd_take(&fd);
}

/* One message with one descriptor. */
struct parcel {
	const char *what; /* kind of socket, for messages */
	const char *path;
	const char *payload;
	int fd;
};

static int send_parcel(const struct parcel *parcel, struct err *err)
{
	_fd_ int fd = connect_socket(parcel->what, parcel->path, err);

	if (fd < 0)
		return fd;
	if (host_send_fd(fd, parcel->payload, parcel->fd) < 0)
		return err_sys(err, "send a descriptor to %s '%s'", parcel->what, parcel->path);
	return 0;
}

int host_console_send(const char *socket_path, int master, struct err *err)
{
	return send_parcel(
		&(struct parcel){ "console socket", socket_path, "/dev/pts/ptmx", master }, err);
}

int host_pidfd_send(const char *socket_path, bool joined, int pidfd, struct err *err)
{
	const char *payload = joined ? "setns" : "standard"; /* runc's */

	return send_parcel(&(struct parcel){ "pidfd socket", socket_path, payload, pidfd }, err);
}

void host_terminal_restore(struct host_terminal *terminal)
{
	if (terminal->is_raw)
		(void)tcsetattr(terminal->fd, TCSADRAIN, &terminal->saved);
	terminal->is_raw = false;
	fd_cleanup(&terminal->fd);
}

int host_terminal_open(struct host_terminal *out, struct err *err)
{
	static const int candidates[] = { 2, 1, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++) {
		if (isatty(candidates[i])) {
			out->fd = fcntl(candidates[i], F_DUPFD_CLOEXEC, 3);
			return out->fd >= 0 ? 0 : err_sys(err, "duplicate terminal");
		}
	}
	out->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (out->fd < 0)
		return err_new(err, -ENOTTY,
			"process.terminal is set, but caisson has no terminal: run it from one, use "
			"--console-socket, or set /process/terminal to false");
	return 0;
}

int host_terminal_set_raw(struct host_terminal *terminal, struct err *err)
{
	struct termios raw;

	if (tcgetattr(terminal->fd, &terminal->saved) < 0)
		return err_sys(err, "read terminal settings");
	raw = terminal->saved;
	cfmakeraw(&raw);
	if (tcsetattr(terminal->fd, TCSANOW, &raw) < 0)
		return err_sys(err, "set terminal to raw mode");
	terminal->is_raw = true;
	return 0;
}

void host_terminal_copy_size(const struct host_terminal *terminal, int master)
{
	struct winsize size;

	/* a terminal that does not know its size, as on a serial line, must not hide consoleSize */
	if (ioctl(terminal->fd, TIOCGWINSZ, &size) == 0 && (size.ws_row != 0 || size.ws_col != 0))
		(void)!sys_set_window(master, size.ws_row, size.ws_col);
}
