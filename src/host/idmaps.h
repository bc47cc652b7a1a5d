/*
 * Idmapped mounts: the user namespaces that stand for maps, and mount_setattr(2) for one mount or
 * for each of a tree.
 *
 * Runs in: host. Local to what opens the sources of mounts.
 */
#ifndef HOST_IDMAPS_H
#define HOST_IDMAPS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "plan/read.h"
#include "sys/call.h"

enum {
	HOST_IDMAPS_MAX = 16
};

/* Volumes of one owner share one. Few configs have more owners than fit; the oldest makes room. */
struct host_idmaps {
	const struct plan *plan;
	int container_fd; /* the container's own; borrowed */
	const struct plan_step *steps[HOST_IDMAPS_MAX];
	int fds[HOST_IDMAPS_MAX];
	size_t n; /* ever made */
};
void host_idmaps_done(struct host_idmaps *maps);
#define _host_idmaps_ _cleanup_(host_idmaps_done)

/**
 * host_idmaps_find() - the user namespace of a PLAN_OPEN_TREE with PLAN_TREE_IDMAP
 * @out: stays with @maps
 *
 * Made when it is needed first, by a short-lived process.
 */
int host_idmaps_find(struct host_idmaps *maps, const struct plan_step *step, int *out,
	struct err *err) _must_check_;

/**
 * host_idmap_each() - a tree that mount_setattr(2) could not map as a whole, mount by mount
 * @source: O_PATH descriptor of its top on the host
 * @path:   of the same; what is mounted below is looked for there
 * @attr:   for each mount, with SYS_ATTR_IDMAP
 * @tree:   replaced by the new one, detached
 *
 * A mount that is idmapped already stays as it is; those that can't be are the error, by name.
 */
int host_idmap_each(int source, const char *path, const struct sys_mount_attr *attr, int *tree,
	struct err *err) _must_check_;

/** host_idmap_error() - why one mount could not be idmapped, by errno */
int host_idmap_error(const char *source, struct err *err);

#endif
