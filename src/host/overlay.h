/*
 * A second overlay of the layers that an engine's is made of, for one container: idmapped, with a
 * work directory of its own, never attached where the host sees it.
 *
 * Runs in: host.
 */
#ifndef HOST_OVERLAY_H
#define HOST_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "plan/read.h"

#include "descriptors.h"
#include "store.h"

/** host_overlay_work() - the work directory that a plan names; NULL: it makes none */
const char *host_overlay_work(const struct plan *plan);

/**
 * host_open_overlay() - carry out PLAN_OVERLAY: a detached mount, proved to be writable
 * @made_work: set when there is a work directory, also on failure
 *
 * A plan without that step is success.
 */
int host_open_overlay(const struct plan *plan, struct host_slots *slots, bool *made_work,
	struct err *err) _must_check_;

/**
 * host_overlay_remove() - remove the work directory that a record names, and all that is in it
 *
 * For delete, for the rollback of create, and for whoever cleans up after a crash: the record
 * names it before it is made. The container's processes must be gone. Missing is success.
 */
int host_overlay_remove(const struct store_record *record, struct err *err) _must_check_;

/**
 * host_overlay_refresh() - let engine and container see what the other has changed
 *
 * For a container that runs, before something that depends on it is done: two mounts of the same
 * layers each remember what they have looked up. Best effort; nothing for other root file systems.
 */
void host_overlay_refresh(const struct store_record *record);

/* --- shared by overlay*.c only ------------------------------------------------------------------ */

struct host_layer {
	const struct plan_step *step;
	int fd; /* a directory below o->common, or a detached mount of its own; not for the
	                      upper layer */
	const char *below; /* its path from o->common; NULL: a mount of its own */
};

/* While one is built. The layers' descriptors stay open until it exists: with the last descriptor
 * a detached mount dissolves, and what refers to it with it. */
struct host_overlay {
	const struct plan *plan;
	const struct plan_step *step;
	int userns; /* borrowed */
	struct host_layer *layers;
	size_t n_layers;
	int common;        /* idmapped and detached: a directory that all layers are below; -1 */
	size_t common_len; /* of its path and the slash behind it */
	int place; /* the same for upper layer and work directory only; -1: they are below common */
	int upper; /* in it */
	int work;
	const char *upper_name; /* from there */
	const char *work_name;
	int mnt; /* the result */
};

/** host_overlay_by_path() - mount it by way of attached layers; needed for kernels < 6.15 */
int host_overlay_by_path(struct host_overlay *o, struct err *err) _must_check_;

/** host_overlay_take_ids() - become who stores files in it, for what it is to do as mounter */
int host_overlay_take_ids(const struct host_overlay *o, struct err *err) _must_check_;

/** host_overlay_copy_up() - carry out PLAN_COPY_UP on the new mount */
int host_overlay_copy_up(const struct host_overlay *o, struct err *err) _must_check_;

/** host_overlay_forget() - have the overlay at @path, "" = none, look up anew what nobody uses */
void host_overlay_forget(const char *path);

/**
 * host_overlay_make_work() - make the work directory, removing one that was left
 * @place: the directory it belongs in; set
 *
 * SECURITY: refused where anybody but root can write: the name is no secret.
 */
int host_overlay_make_work(const char *path, int *place, struct err *err) _must_check_;

#endif
