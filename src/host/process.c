#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"
#include "host/cgroup/cgroup.h"
#include "sys/call.h"

#include "base/banned.h"

enum {
	STAT_MAX = 2048,
	STATUS_MAX = 4096,
	STAT_START_TIME = 22
};

bool host_process_start(pid_t pid, uint64_t *start_time)
{
	char path[64], buf[STAT_MAX], *at, *save = NULL;
	int field = 3;

	str_fmt(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fd_read_at(AT_FDCWD, path, buf, sizeof(buf)) < 0)
		return false;
	/* the name in field 2 may hold blanks and brackets: the rest starts after the last one */
	at = strrchr(buf, ')');
	if (at == NULL)
		return false;
	for (char *word = strtok_r(at + 1, " ", &save); word != NULL;
		word = strtok_r(NULL, " ", &save), field++) {
		if (field == 3 && (*word == 'Z' || *word == 'X'))
			return false;
		if (field == STAT_START_TIME)
			return num_u64(word, UINT64_MAX, start_time);
	}
	return false;
}

bool host_process_is(pid_t pid, uint64_t start_time)
{
	uint64_t now;

	return pid > 0 && host_process_start(pid, &now) && now == start_time;
}

int host_process_pin(const struct store_record *record, int *pidfd, struct err *err)
{
	_fd_ int fd = -1;

	if (record->pid <= 0)
		return HOST_PROCESS_GONE;
	fd = sys_pidfd_open(record->pid);
	if (fd < 0 && (errno == ESRCH || errno == EINVAL))
		return HOST_PROCESS_GONE;
	if (fd < 0)
		return err_sys(err, "open pidfd of process %d", (int)record->pid);
	/* ORDER: compared after the pidfd is held: what it names can't change any more. */
	if (!host_process_is(record->pid, record->pid_start_time))
		return HOST_PROCESS_GONE;
	*pidfd = fd_take(&fd);
	return 0;
}

int host_process_wait(int pidfd, int timeout_ms, struct err *err)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int n;

	do {
		n = poll(&p, 1, timeout_ms);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, "wait for the container's first process");
	if (n == 0)
		return err_new(err, -ETIMEDOUT, "container init still running");
	return 0;
}

bool host_process_catches(pid_t pid, int signo)
{
	char path[64], buf[STATUS_MAX], *at;
	uint64_t mask = 0;

	str_fmt(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (fd_read_at(AT_FDCWD, path, buf, sizeof(buf)) < 0)
		return false;
	at = strstr(buf, "\nSigCgt:\t");
	if (at == NULL)
		return false;
	for (at += strlen("\nSigCgt:\t"); *at != '\n' && *at != '\0'; at++)
		mask = mask << 4 | (uint64_t)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
	return (mask & 1ULL << (signo - 1)) != 0;
}

enum host_status_kind host_record_status(int entry_fd, const struct store_record *record)
{
	if (!record->complete)
		return HOST_CREATING;
	if (!host_process_is(record->pid, record->pid_start_time))
		return HOST_STOPPED;
	if (cgroup_is_frozen(record))
		return HOST_PAUSED;
	return store_gate_is_waited_at(entry_fd) ? HOST_CREATED : HOST_RUNNING;
}
