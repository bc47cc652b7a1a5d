/*
 * Blocks of 65536 subordinate ids, one per container (hardening.md e). The pool is the entries of
 * user "caisson" that /etc/subuid and /etc/subgid have in common; the registry is a directory of
 * one file per block, on the same tmpfs as the state root.
 *
 * Runs in: host, as root of the initial user namespace.
 */
#ifndef HOST_IDS_H
#define HOST_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { IDS_BLOCK = 65536, IDS_POOL_MAX = 64, IDS_QUARANTINE_S = 60 };

struct ids_range {
	uint32_t first;
	uint32_t count;
};

struct ids_pool {
	struct ids_range ranges[IDS_POOL_MAX];
	unsigned n_ranges;
};

/**
 * ids_load_pool() - whole blocks that subuid and subgid both give to @user
 *
 * Entries are "name-or-number:first:count". Only 64k-aligned whole blocks count; a block that
 * holds id 65534 or 65535, or reaches 0xffff0000, is left out.
 * @subuid, @subgid: paths, normally "/etc/subuid" and "/etc/subgid"
 */
int ids_load_pool(const char *user, const char *subuid, const char *subgid, struct ids_pool *out,
	struct err *err) _must_check_;

/* A claimed block; undone at the end of the scope unless ids_keep() was called. */
struct ids_claim {
	int registry_fd;   /* -1 = nothing claimed */
	uint32_t base;
};
#define IDS_CLAIM_NONE { .registry_fd = -1 }
void ids_claim_rollback(struct ids_claim *claim);
#define _ids_claim_ _cleanup_(ids_claim_rollback)

/**
 * ids_claim() - claim a block for container @id
 * @registry: directory, made 0700 when missing ("/run/caisson/ids")
 * @owner_root: state root of the container, recorded beside the id
 *
 * Order of choice: free blocks never used first, then the one freed longest ago; a block freed
 * less than IDS_QUARANTINE_S ago only when nothing else is free. A block that any process or user namespace of the
 * machine uses (one pass over /proc/PID/status of live processes, uid_map) is skipped. A claim whose
 * container's state directory is gone and whose claimer is dead is stale and reused.
 * Crash-safe: the file is made by linkat() of a complete temporary file.
 *
 * Return: 0; -EUSERS (exhausted) naming pool, blocks, holders and the usermod command.
 */
int ids_claim(const struct ids_pool *pool, const char *registry, const char *owner_root,
	const char *id, struct ids_claim *out, struct err *err) _must_check_;

/** ids_keep() - the container exists: the claim stays */
void ids_keep(struct ids_claim *claim);

/** ids_release() - free @base, if container @id of @owner_root holds it; missing is success */
int ids_release(const char *registry, uint32_t base, const char *owner_root, const char *id,
	struct err *err) _must_check_;

#endif
