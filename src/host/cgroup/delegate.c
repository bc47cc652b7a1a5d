/*
 * A cgroup is given to a user, who may make others below it, move processes between them, and hand
 * controllers down. The files of its limits stay root's (cgroups(7), CG-05).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "sys/call.h"

#include "driver.h"
#include "local.h"

#include "base/banned.h"

/* What kernels without a list of their own (< 4.15) let go of. */
static const char usual_files[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";

/* Not the group: no process of the container is to have it by that. Missing files belong to a
 * controller that is not handed down. */
static int give(const struct cgroup_dir *dir, const char *name, struct err *err)
{
	_fd_ int fd =
		sys_openat2(dir->dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, CGROUP_RESOLVE);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || sys_chown_fd(fd, dir->owner, (gid_t)-1) < 0)
		return err_sys(err, "delegate '%s/%s' to user %u", dir->path, name, dir->owner);
	return 0;
}

int cgroup_v2_delegate(const struct cgroup_dir *dir, struct err *err)
{
	char text[CGROUP_VALUE_MAX] = "", *line = text;
	int r;

	if (fd_read_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", text, sizeof(text)) < 0)
		memcpy(text, usual_files, sizeof(usual_files));
	r = give(dir, ".", err);
	while (r == 0 && *line != '\0') {
		size_t len = strcspn(line, "\n");
		const bool is_last = line[len] == '\0';

		line[len] = '\0';
		if (len > 0)
			r = give(dir, line, err);
		line += is_last ? len : len + 1;
	}
	return r;
}
