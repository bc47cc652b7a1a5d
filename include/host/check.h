/*
 * What this host has of all that caisson needs, tried without consequence.
 *
 * Runs in: host, as root or as the user whose containers it is about; outside any namespace of ours.
 */
#ifndef HOST_CHECK_H
#define HOST_CHECK_H

#include "base/arena.h"
#include "base/err.h"
#include "facts/ready.h"
#include "host/host.h"

struct host_check_request {
	const char *bundle; /* its root and the sources of its binds are looked at, too; NULL */
	const char *const *paths; /* and these */
	size_t n_paths;
};

/**
 * host_check() - gather what policy_check() judges
 *
 * Makes namespaces, in a process that ends at once, and detached mounts, but nothing that stays.
 * Return: 0, whatever the host lacks; negative errno when that can't be found out.
 */
int host_check(const struct host_context *ctx, const struct host_check_request *request,
	struct arena *arena, struct facts *facts, struct facts_ready *out, struct err *err)
	_must_check_;

#endif
