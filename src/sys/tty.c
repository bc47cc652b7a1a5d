#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sys/call.h"

#include "base/banned.h"

enum {
	TIOCGPTPEER_ = 0x5441
}; /* _IO('T', 0x41), asm-generic/ioctls.h; 4.13 */

int sys_pty_unlock(int master)
{
	int locked = 0;

	return ioctl(master, TIOCSPTLCK, &locked);
}

int sys_pty_peer(int master)
{
	return ioctl(master, TIOCGPTPEER_, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

int sys_set_controlling_tty(int fd)
{
	return ioctl(fd, TIOCSCTTY, 0);
}

int sys_set_window(int fd, unsigned short rows, unsigned short columns)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };

	return ioctl(fd, TIOCSWINSZ, &size);
}
