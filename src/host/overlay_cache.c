/*
 * The engine's overlay and the container's are two mounts of the same layers. What one of them has
 * looked up in a lower layer it goes on believing to be there when the other has copied it up: files
 * of the other then don't appear, and its own writes there fail.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/abi.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "sys/call.h"

#include "overlay.h"

#include "base/banned.h"

/* Changing the mode, to what it is, is a change to overlayfs, which copies up what is changed. */
static int copy_up(const struct host_overlay *o, const char *path, struct err *err)
{
	_fd_ int dir = sys_open_in_root(o->mnt, path, O_RDONLY | O_DIRECTORY, 0);
	struct stat st;

	if (dir < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (dir < 0 || fstat(dir, &st) < 0)
		return err_sys(err, "open '%s' of the overlay", path);
	return fchmod(dir, st.st_mode & 07777) < 0 ? err_sys(err, "copy up '%s'", path) : 0;
}

static const struct plan_step *find_step(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		if (plan->steps[i].kind == PLAN_COPY_UP)
			return &plan->steps[i];
	}
	return NULL;
}

int host_overlay_copy_up(const struct host_overlay *o, struct err *err)
{
	const struct plan_step *step = find_step(o->plan);
	const char *path = NULL;

	if (step == NULL)
		return 0;
	while ((path = plan_strings(o->plan, &step->ref[0], path)) != NULL) {
		int r = copy_up(o, path, err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Being reconfigured, to what it is, a file system drops what nobody uses. */
void host_overlay_forget(const char *path)
{
	_fd_ int dir = -1, fs = -1;
	struct statfs st;

	if (*path == '\0')
		return;
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* SECURITY: a container chooses its root directory, and must not choose whose cache is
	 * dropped: at most that of an overlay */
	if (dir < 0 || fstatfs(dir, &st) < 0 || st.f_type != SYS_MAGIC_OVERLAY)
		return;
	fs = sys_fspick(dir);
	if (fs < 0 || sys_fsconfig_reconfigure(fs) < 0)
		log_debug("the overlay at '%s' keeps what it has looked up", path);
}

void host_overlay_refresh(const struct store_record *record)
{
	char root[sizeof("/proc/2147483647/root")];

	if (record->overlay_work == NULL)
		return;
	str_fmt(root, sizeof(root), "/proc/%d/root", (int)record->pid);
	host_overlay_forget(root);
	host_overlay_forget(record->rootfs);
}
