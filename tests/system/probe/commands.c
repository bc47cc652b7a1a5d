/* What a test needs around a container: strange callers, strange files. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pty.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "probe.h"

enum {
	N_LEAKED = 30
};

static int usage(const char *text)
{
	fprintf(stderr, "usage: probe %s\n", text);
	return 2;
}

static int failed(const char *what)
{
	perror(what);
	return 1;
}

/* "3 /etc": sorted by number, without the one that lists them */
int probe_fds(char **argv)
{
	char name[32], target[4096];

	(void)argv;
	for (int fd = 0; fd < 4096; fd++) {
		ssize_t len;

		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		len = readlink(name, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		printf("%d %s\n", fd, target);
	}
	return 0;
}

/* Descriptors of a directory from number 3 on: readable, and with O_PATH as every second one. */
int probe_leak(char **argv)
{
	if (argv[0] == NULL || argv[1] == NULL)
		return usage("leak DIRECTORY COMMAND...");
	for (int i = 0; i < N_LEAKED; i++) {
		int fd = open(argv[0], O_DIRECTORY | (i % 2 != 0 ? O_PATH : O_RDONLY));

		if (fd < 0)
			return failed(argv[0]);
	}
	execvp(argv[1], argv + 1);
	return failed(argv[1]);
}

static void show_output(int master, pid_t child)
{
	struct pollfd poll_fd = { .fd = master, .events = POLLIN };
	char buf[4096];
	int status;

	for (;;) {
		bool ended = waitpid(child, &status, WNOHANG) == child;

		while (poll(&poll_fd, 1, 20) > 0 && (poll_fd.revents & POLLIN) != 0) {
			ssize_t n = read(master, buf, sizeof(buf));

			if (n <= 0)
				break;
			fwrite(buf, 1, (size_t)n, stdout);
		}
		if (!ended)
			continue;
		printf("status %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 255);
		return;
	}
}

/* The command's output, its exit status, and how many bytes wait to be read by the next reader
 * of the terminal: a shell that comes back would take them for typed commands. */
int probe_pty(char **argv)
{
	struct termios raw;
	int master, terminal, waiting = 0;
	pid_t child;

	if (argv[0] == NULL)
		return usage("pty COMMAND...");
	if (openpty(&master, &terminal, NULL, NULL, NULL) < 0)
		return failed("openpty");
	tcgetattr(terminal, &raw);
	cfmakeraw(&raw); /* else an unfinished line does not count as waiting */
	tcsetattr(terminal, TCSANOW, &raw);
	child = fork();
	if (child < 0)
		return failed("fork");
	if (child == 0) {
		close(master);
		if (login_tty(terminal) < 0)
			_exit(126);
		execvp(argv[0], argv);
		_exit(127);
	}
	show_output(master, child);
	if (ioctl(terminal, FIONREAD, &waiting) < 0)
		return failed("FIONREAD");
	printf("waiting %d\n", waiting);
	return 0;
}

int probe_exchange(char **argv)
{
	const unsigned exchange = 1 << 1; /* RENAME_EXCHANGE */

	if (argv[0] == NULL || argv[1] == NULL)
		return usage("exchange A B");
	for (;;) {
		if (syscall(SYS_renameat2, AT_FDCWD, argv[0], AT_FDCWD, argv[1], exchange) < 0)
			return failed("renameat2");
	}
}

int probe_file_caps(char **argv)
{
	const uint32_t net_raw = 1U << CAP_NET_RAW;
	struct vfs_cap_data caps = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data = { { .inheritable = net_raw } },
	};

	if (argv[0] == NULL)
		return usage("file-caps FILE");
	if (setxattr(argv[0], "security.capability", &caps, sizeof(caps), 0) < 0)
		return failed(argv[0]);
	return 0;
}

int probe_socket(char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argv[0] == NULL || strlen(argv[0]) >= sizeof(address.sun_path))
		return usage("socket PATH");
	strcpy(address.sun_path, argv[0]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return failed(argv[0]);
	return 0;
}

int probe_keyring(char **argv)
{
	char label[256];
	long n = syscall(SYS_keyctl, 17L /* KEYCTL_GET_SECURITY */, -3L, label, sizeof(label));

	(void)argv;
	if (n < 0)
		return failed("KEYCTL_GET_SECURITY");
	printf("%.*s\n", (int)sizeof(label), label);
	return 0;
}

int probe_notify(char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const char *path = getenv("NOTIFY_SOCKET");

	if (argv[0] == NULL || path == NULL || strlen(path) >= sizeof(address.sun_path))
		return usage("notify TEXT, with a NOTIFY_SOCKET");
	strcpy(address.sun_path, path);
	if (fd < 0 || sendto(fd, argv[0], strlen(argv[0]), 0, (struct sockaddr *)&address,
			      sizeof(address)) < 0)
		return failed(path);
	return 0;
}

int probe_seals(char **argv)
{
	int fd, seals;

	if (argv[0] == NULL)
		return usage("seals FILE");
	fd = open(argv[0], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return failed(argv[0]);
	seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0)
		return failed("F_GET_SEALS");
	printf("%d\n", seals);
	return 0;
}
