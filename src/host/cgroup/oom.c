/*
 * Out-of-memory kills: v1 counts them up in an eventfd that is registered with the cgroup, v2 in a
 * file that poll(2) tells the changes of.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"

#include "driver.h"
#include "local.h"

#include "base/banned.h"

void cgroup_oom_close(struct cgroup_oom *oom)
{
	fd_cleanup(&oom->fd);
	fd_cleanup(&oom->dir_fd);
}

static uint64_t count_kills(int fd)
{
	char text[CGROUP_VALUE_MAX], *at;
	uint64_t n;

	if (lseek(fd, 0, SEEK_SET) < 0 || fd_read_all(fd, text, sizeof(text)) < 0)
		return 0;
	at = strstr(text, "oom_kill ");
	if (at == NULL)
		return 0;
	at += strlen("oom_kill ");
	at[strcspn(at, "\n")] = '\0';
	return num_u64(at, UINT64_MAX, &n) ? n : 0;
}

int cgroup_oom_open_v1(struct cgroup_oom *oom, const char *path, struct err *err)
{
	_fd_ int control = openat(oom->dir_fd, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	char text[48];
	size_t len;

	if (control < 0)
		return err_sys(err, "open '%s/memory.oom_control'", path);
	oom->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (oom->fd < 0)
		return err_sys(err, "create an event descriptor");
	len = str_fmt(text, sizeof(text), "%d %d", oom->fd, control);
	if (fd_write_at(oom->dir_fd, "cgroup.event_control", text, len) < 0)
		return err_sys(err, "write '%s' to '%s/cgroup.event_control'", text, path);
	oom->events = POLLIN;
	return 0;
}

int cgroup_oom_open_v2(struct cgroup_oom *oom, const char *path, struct err *err)
{
	oom->fd = openat(oom->dir_fd, "memory.events", O_RDONLY | O_CLOEXEC);
	if (oom->fd < 0 && errno == ENOENT)
		return 0; /* the controller is not handed down: nobody is killed by this cgroup */
	if (oom->fd < 0)
		return err_sys(err, "open '%s/memory.events'", path);
	oom->n_seen = count_kills(oom->fd);
	oom->events = POLLPRI;
	return 0;
}

int cgroup_oom_open(const struct store_record *record, struct cgroup_oom *oom, struct err *err)
{
	const struct store_cgroup *cgroup = cgroup_recorded(record, "memory");

	if (cgroup == NULL)
		return 0;
	oom->dir_fd = cgroup_open_recorded(record, cgroup);
	if (oom->dir_fd < 0)
		return err_sys(err, "open cgroup '%s'", cgroup->path);
	oom->driver = cgroup_driver_of(record, cgroup);
	return oom->driver->oom_open(oom, cgroup->path, err);
}

static bool is_there(int dir_fd, const char *file)
{
	return faccessat(dir_fd, file, F_OK, 0) == 0;
}

uint64_t cgroup_oom_take_v1(struct cgroup_oom *oom)
{
	uint64_t n = 0;

	/* it also counts when the cgroup is removed */
	if (read(oom->fd, &n, sizeof(n)) != (ssize_t)sizeof(n) ||
		!is_there(oom->dir_fd, "memory.oom_control"))
		return 0;
	return n;
}

uint64_t cgroup_oom_take_v2(struct cgroup_oom *oom)
{
	uint64_t n = count_kills(oom->fd), seen = oom->n_seen;

	oom->n_seen = n > seen ? n : seen;
	return oom->n_seen - seen;
}

uint64_t cgroup_oom_take(struct cgroup_oom *oom)
{
	return oom->fd >= 0 ? oom->driver->oom_take(oom) : 0;
}

uint64_t cgroup_oom_count(const struct store_record *record)
{
	const struct store_cgroup *cgroup = cgroup_recorded(record, "memory");
	_fd_ int dir = cgroup != NULL ? cgroup_open_recorded(record, cgroup) : -1, fd = -1;

	if (dir < 0)
		return 0;
	fd = openat(dir, cgroup_driver_of(record, cgroup)->oom_file, O_RDONLY | O_CLOEXEC);
	return fd >= 0 ? count_kills(fd) : 0;
}
