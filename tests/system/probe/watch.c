/* The container's side of a race with whoever joins it: look into every process that shows up. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

static const char *const files[] = { "exe", "mem", "environ", "fd/1", "root", "cwd", "auxv",
	"maps" };

static bool has_name(const char *pid, const char *wanted)
{
	char path[64], name[64] = "";
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return true; /* gone: nothing to look into */
	n = read(fd, name, sizeof(name) - 1);
	close(fd);
	if (n > 0)
		name[strcspn(name, "\n")] = '\0';
	return n <= 0 || strcmp(name, wanted) == 0;
}

static bool can_open(const char *pid, const char *file)
{
	char path[64], target[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%.16s/%s", pid, file);
	if (readlink(path, target, sizeof(target)) >= 0)
		return true;
	fd = open(path, O_RDONLY | O_NONBLOCK);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* What is looked into is the workload from its execve on, a moment before it has its name. Whoever
 * may look into a process may read this link, too. */
static bool is_launcher(const char *pid)
{
	char path[64], target[256];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.16s/exe", pid);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	return strstr(target, "caisson") != NULL;
}

static bool can_trace(const char *pid, bool *is_leak)
{
	pid_t number = (pid_t)strtol(pid, NULL, 10);

	if (ptrace(PTRACE_SEIZE, number, NULL, NULL) < 0)
		return false;
	*is_leak = is_launcher(pid);
	ptrace(PTRACE_INTERRUPT, number, NULL, NULL);
	if (waitpid(number, NULL, __WALL) == number)
		ptrace(PTRACE_DETACH, number, NULL, NULL);
	return true;
}

/* Until FILE is there: who is not called NAME, and not me, is looked into. Printed: how many were
 * seen, and what could be opened while its process was still not called NAME. */
int probe_watch(char **argv)
{
	unsigned long seen = 0, opened = 0;
	char own[16];

	if (argv[0] == NULL || argv[1] == NULL) {
		fprintf(stderr, "usage: probe watch NAME FILE\n");
		return 2;
	}
	snprintf(own, sizeof(own), "%d", (int)getpid());
	while (access(argv[1], F_OK) < 0) {
		const struct dirent *entry;
		DIR *dir = opendir("/proc");

		while (dir != NULL && (entry = readdir(dir)) != NULL) {
			const char *pid = entry->d_name;
			bool is_leak = false;

			if (pid[0] < '0' || pid[0] > '9' || strcmp(pid, own) == 0 ||
				has_name(pid, argv[0]))
				continue;
			seen++;
			for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
				if (!can_open(pid, files[i]) || !is_launcher(pid))
					continue;
				opened++;
				printf("opened %s/%s\n", pid, files[i]);
			}
			if (can_trace(pid, &is_leak) && is_leak) {
				opened++;
				printf("traced %s\n", pid);
			}
		}
		if (dir != NULL)
			closedir(dir);
	}
	printf("seen %s, opened %lu\n", seen > 0 ? "some" : "none", opened);
	return 0;
}
