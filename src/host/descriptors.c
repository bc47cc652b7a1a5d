#include "descriptors.h"

#include <errno.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/call.h"

#include "embed.h"

#include "base/banned.h"

void host_slots_done(struct host_slots *slots)
{
	for (size_t i = 0; i < slots->n; i++)
		fd_cleanup(&slots->fds[i]);
	slots->n = 0;
}

int host_slots_init(
	struct arena *arena, const struct plan *plan, struct host_slots *out, struct err *err)
{
	size_t n = plan->header->n_slots;
	int *fds = arena_array(arena, n, sizeof(*fds));

	if (fds == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		fds[i] = -1;
	*out = (struct host_slots){ .fds = fds, .n = n };
	return 0;
}

static int sealed_memfd(const char *name, const void *data, size_t size, int *out, struct err *err)
{
	_fd_ int fd = sys_memfd_create(name);

	if (fd < 0)
		return err_sys(err, "create memory file '%s'", name);
	if (fd_write_all(fd, data, size) < 0)
		return err_sys(err, "fill memory file '%s'", name);
	if (sys_memfd_seal(fd) < 0)
		return err_sys(err, "seal memory file '%s'", name);
	*out = fd_take(&fd);
	return 0;
}

int host_open_init(int *fd, struct err *err)
{
	size_t size = (size_t)(host_init_end - host_init_start);

	return sealed_memfd("caisson-init", host_init_start, size, fd, err);
}

int host_open_plan(const struct plan *plan, int *fd, struct err *err)
{
	return sealed_memfd("caisson-plan", plan->base, plan->header->size, fd, err);
}
