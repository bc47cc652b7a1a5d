/*
 * What an administrator asks of the machine's containers as a whole: who has which ids, and what
 * did crashes leave.
 *
 * Runs in: host.
 */
#ifndef HOST_UPKEEP_H
#define HOST_UPKEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "host/host.h"

/* --- ids ------------------------------------------------------------------------------------ */

enum host_ids_use {
	HOST_IDS_HELD,   /* a container has the block */
	HOST_IDS_STALE,  /* claimed by one that is gone: gc frees it */
	HOST_IDS_BROKEN, /* the claim can't be read: gc frees it if nothing shows who may have it */
	HOST_IDS_RESTING, /* given back a moment ago */
	HOST_IDS_FOREIGN, /* somebody outside caisson used it at the last look */
};

struct host_ids_block {
	uint32_t first;
	enum host_ids_use use;
	bool in_pool;      /* the pool may have changed since it was claimed */
	const char *id;    /* container; NULL where there is none */
	const char *root;  /* its state directory's parent */
	const char *since; /* RFC 3339; NULL = not known */
};

struct host_ids {
	const char *user;
	bool shared; /* with podman */
	const struct facts_id_range *ranges;
	size_t n_ranges;
	const struct host_ids_block *blocks; /* all that are not free, ascending */
	size_t n_blocks;
	unsigned n_total; /* blocks of the pool, and how many of them are */
	unsigned n_held;  /* claimed, stale and broken ones too */
	unsigned n_resting;
	unsigned n_foreign;
	unsigned n_free;
};

/**
 * host_ids_list() - the pool of ids and its blocks
 *
 * Return: 0; -EPERM for anybody but the machine's root, whose registry it is; -ENOENT when there is
 * no pool, with the command that makes one.
 */
int host_ids_list(const struct host_context *ctx, struct arena *arena, struct host_ids *out,
	struct err *err) _must_check_;

const char *host_ids_use_name(enum host_ids_use use); /* "in use" */

/* --- gc ------------------------------------------------------------------------------------- */

enum host_gc_action {
	HOST_GC_DONE,
	HOST_GC_PLANNED, /* dry run: would be done */
	HOST_GC_LEFT,    /* not for gc to decide */
	HOST_GC_FAILED,
};

enum host_gc_kind {
	HOST_GC_STATE,
	HOST_GC_CGROUP,
	HOST_GC_IDS,
	HOST_GC_WORK,
};

/* One thing that was found. The strings live as long as the call. */
struct host_gc_item {
	enum host_gc_action action;
	enum host_gc_kind kind;
	const char *object; /* path, or the first id of a block */
	const char *id;     /* container; NULL = not known */
	const char *root;   /* its state directory's parent; NULL = not known */
	const char *reason;
};

struct host_gc_request {
	bool dry_run;
	void (*each)(void *arg, const struct host_gc_item *item);
	void *arg;
};

/**
 * host_gc() - find and remove what crashes left
 *
 * Below the state root: containers whose create was killed, with their processes, cgroups and ids;
 * containers that nobody can start or will delete any more: created ones whose process died, and
 * those of a `run` that was killed. Without --root the same below all state roots that the registry
 * of ids names. In the registry: claims of containers that are gone.
 *
 * Never touches a container that runs, waits to be started or has stopped, one that another command
 * is working on, and what it can't read. Safe beside any other command.
 *
 * Return: 0, also when single items failed; negative errno when there was no beginning at all.
 */
int host_gc(const struct host_context *ctx, const struct host_gc_request *request, struct err *err)
	_must_check_;

const char *host_gc_action_name(enum host_gc_action action); /* "removed" */
const char *host_gc_kind_name(enum host_gc_kind kind);       /* "state" */

#endif
