/*
 * Which systemd would take a container as one of its units, and where it has them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"

#include "local.h"

#include "base/banned.h"

enum {
	MAP_MAX = 16 << 10
};

/* Root of a user namespace: the id outside that it stands for. One line of the map has it. */
static bool find_caller(char *map, uint32_t *out)
{
	for (char *line; (line = strsep(&map, "\n")) != NULL;) {
		char *inside = strsep(&line, " "), *outside = NULL;

		/* columns are padded with blanks */
		while (inside != NULL && *inside == '\0')
			inside = strsep(&line, " ");
		while (line != NULL && (outside == NULL || *outside == '\0'))
			outside = strsep(&line, " ");
		if (inside != NULL && outside != NULL && strcmp(inside, "0") == 0)
			return num_u32(outside, out);
	}
	return false;
}

int facts_gather_systemd(struct arena *arena, struct facts *out, struct err *err)
{
	char *map = arena_alloc(arena, MAP_MAX);
	uint32_t caller;

	/* what sd_booted(3) looks at */
	if (access("/run/systemd/system", F_OK) < 0)
		return 0;
	if (map == NULL)
		return err_new(err, -ENOMEM, "read '/proc/self/uid_map': out of memory");
	out->systemd_cgroup = "/";
	if (out->initial_userns)
		return 0;
	if (fd_read_at(AT_FDCWD, "/proc/self/uid_map", map, MAP_MAX) < 0)
		return err_sys(err, "read '/proc/self/uid_map'");
	if (!find_caller(map, &caller))
		return err_new(err, -EINVAL, "'/proc/self/uid_map' has no line for root");
	if (caller == 0)
		return 0;
	/* user@.service, as systemd-logind starts it */
	out->systemd_cgroup =
		arena_fmt(arena, "/user.slice/user-%u.slice/user@%u.service", caller, caller);
	return out->systemd_cgroup != NULL
		       ? 0
		       : err_new(err, -ENOMEM, "name the user's cgroup: out of memory");
}
