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
#include "facts/facts.h"
#include "host/upkeep.h"

enum {
	IDS_BLOCK = FACTS_ID_BLOCK,
	IDS_QUARANTINE_S = 60
};

#define IDS_USER        "caisson"
#define IDS_USER_SHARED "containers"

struct ids_pool {
	const char *user;           /* borrowed: named in messages */
	bool shared;                /* podman takes ranges from it too, from its start on */
	struct facts_subids blocks; /* aligned whole blocks */
};

/**
 * ids_load_pool() - the blocks of @user (facts_read_blocks()), at least one
 * @user: NULL = IDS_USER, or IDS_USER_SHARED where no line of the two files is for IDS_USER
 * @subuid, @subgid: paths, normally "/etc/subuid" and "/etc/subgid"
 *
 * Return: 0; -ENOENT when there is none, with the lines to add.
 */
int ids_load_pool(const char *user, const char *subuid, const char *subgid, struct ids_pool *out,
	struct err *err) _must_check_;

/* A claimed block; undone at the end of the scope unless ids_keep() was called. */
struct ids_claim {
	int registry_fd; /* -1 = nothing claimed */
	uint32_t base;
	char also[48]; /* name of the share, when it is another container's block; else "" */
};
#define IDS_CLAIM_NONE            \
	{                         \
		.registry_fd = -1 \
	}
void ids_claim_rollback(struct ids_claim *claim);
#define _ids_claim_ _cleanup_(ids_claim_rollback)

/**
 * ids_claim() - claim a block for container @id
 * @registry: directory, made 0700 when missing ("/run/caisson-ids")
 * @owner_root: state root of the container, recorded beside the id
 *
 * Order of choice: free blocks never used first, then the one freed longest ago; in both, blocks
 * freed less than IDS_QUARANTINE_S ago come last. When nothing is free, a claim is stale and reused
 * whose claimer is dead and whose container's state directory is gone, or shows another block.
 * A block that a user namespace, process or account of the machine uses is skipped; the machine is
 * looked at for that only before blocks that this registry did not hand out and take back itself,
 * a few dozen of them at once.
 * Crash-safe: the claim is one rename of a complete file.
 *
 * Return: 0; -EUSERS (exhausted) naming pool, blocks, holders and the command that adds ids: usermod,
 * or where @user has no account, which usermod asks for, the lines for subuid and subgid.
 */
int ids_claim(const struct ids_pool *pool, const char *registry, const char *owner_root,
	const char *id, struct ids_claim *out, struct err *err) _must_check_;

/**
 * ids_share() - have the block of another container, too
 *
 * It is free when the last of them has released it. Return: 0; -ENOENT when @with does not have it.
 */
struct ids_share {
	uint32_t base;
	const char *with; /* container of the same state root */
	const char *root;
	const char *id;
};
int ids_share(const char *registry, const struct ids_share *wanted, struct ids_claim *out,
	struct err *err) _must_check_;

/** ids_keep() - the container exists: the claim stays */
void ids_keep(struct ids_claim *claim);

/**
 * ids_release() - free @base, if container @id of @owner_root holds it; missing is success
 * @base: 0 = every block that container holds (a create that was killed before its record named
 *        the block; reads all claims)
 */
int ids_release(const char *registry, uint32_t base, const char *owner_root, const char *id,
	struct err *err) _must_check_;

/* --- upkeep ---------------------------------------------------------------------------------- */

enum {
	IDS_CLAIMS_MAX = 16, /* of one container that are looked at: it has one, or none */
	IDS_ROOTS_MAX = 256, /* state roots that claims name */
};

/** ids_have_registry() - is this process the machine's root, whose registry it is? */
bool ids_have_registry(void);

/** ids_claims_of() - the blocks a container holds; those beyond IDS_CLAIMS_MAX are left out */
int ids_claims_of(const char *registry, const char *owner_root, const char *id,
	uint32_t bases[IDS_CLAIMS_MAX], size_t *n, struct err *err) _must_check_;

/**
 * ids_process_has() - is the process in a user namespace with ids of the block at @base?
 * @pid: its name in /proc
 */
bool ids_process_has(const char *pid, uint32_t base);

/** ids_roots() - the state roots that claims name, each once */
int ids_roots(struct arena *arena, const char *registry, struct json_strings *out, struct err *err)
	_must_check_;

/** ids_list() - what the registry says of blocks; a missing one is an empty one */
int ids_list(struct arena *arena, const struct ids_pool *pool, const char *registry,
	struct host_ids *out, struct err *err) _must_check_;

/**
 * ids_sweep() - give back what nobody holds
 *
 * A claim of a container that is gone is freed, and one that can't be read if no state record can
 * be the one of its container. Not while a process uses the ids. Blocks that somebody outside
 * caisson used, and no longer uses, may be given again.
 */
struct ids_sweep {
	bool dry_run;
	const uint32_t *recorded; /* bases that state records name */
	size_t n_recorded;
	bool all_read; /* every record there is was readable */
	void (*each)(void *arg, const struct host_gc_item *item);
	void *arg;
};
int ids_sweep(const char *registry, const struct ids_sweep *sweep, struct err *err) _must_check_;

#endif
