/*
 * What can be done about a container whose record can't be read.
 *
 * Runs in: host, with the container's entry locked.
 */
#ifndef HOST_RECOVER_H
#define HOST_RECOVER_H

#include "base/arena.h"
#include "host/host.h"

#include "store.h"

/**
 * host_recover() - end the processes that have the container's ids, and give the ids back
 * @out: a record with its cgroups, as far as they can be found and are empty, for host_remove()
 *
 * A container without a block of ids of its own (profile oci) can't be told from others: its
 * processes stay. For who is not the machine's root nothing is looked for at all.
 */
int host_recover(const struct host_context *ctx, struct arena *arena, const char *id,
	struct store_record *out, struct err *err) _must_check_;

#endif
