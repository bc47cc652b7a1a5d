/*
 * The builder behind plan_build(): steps are appended in order, strings and blobs go to the data
 * area, slots are handed out. An error (out of memory, a limit) is remembered and returned once,
 * by plan_builder_finish().
 *
 * Runs in: host. Local to src/plan.
 */
#ifndef PLAN_BUILD_H
#define PLAN_BUILD_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "config/config.h"
#include "facts/facts.h"
#include "plan/plan.h"

struct plan_steps {
	struct plan_step *items;
	size_t n;
	size_t capacity;
};

/* How a later step comes back to a mount: by its descriptor. */
struct plan_handle {
	int slot;      /* of a tree; PLAN_SLOT_NONE */
	uint64_t kept; /* of a new mount; 0 = none */
};

struct plan_builder {
	struct arena *arena;
	const struct policy_decisions *decisions;
	const struct config *config; /* &decisions->config */
	const struct facts *facts;
	const struct plan_request *request;
	const struct plan *saved;          /* exec: the plan of the container that is joined */
	struct config_id_mappings uid_map; /* of the container's user namespace; n = 0: none */
	struct config_id_mappings gid_map;
	struct plan_steps stages[PLAN_STAGE_N];
	struct str_buf data;         /* data area; refs are offsets into it until finish */
	struct plan_handle *handles; /* one for each of config->mounts */
	uint64_t n_kept;
	uint64_t clone_flags;
	uint32_t flags;       /* PLAN_FLAG_* */
	bool cgroups_entered; /* plan_build_cgroup_entry() was called */
	int n_slots;
	bool failed; /* out of memory or too many steps */
	struct plan_step scratch;
};

/**
 * plan_add() - a new step at the end of the first stage its kind may stand in
 * plan_add_at() - of another of its stages
 *
 * Valid until the next call. Never NULL: after a failure it is a scratch step of the builder.
 */
struct plan_step *plan_add(struct plan_builder *b, enum plan_kind kind, int slot);
struct plan_step *plan_add_at(
	struct plan_builder *b, enum plan_stage stage, enum plan_kind kind, int slot);

/** plan_new_slot() - the next descriptor number */
int plan_new_slot(struct plan_builder *b);

/** plan_build_landlock() - as the decisions say; plan_copy_landlock() - exec: as create did */
void plan_build_landlock(struct plan_builder *b);
void plan_copy_landlock(struct plan_builder *b);

/** plan_apparmor_name() - @asked as the kernel shows it: a stack in its order; NULL = b->failed */
const char *plan_apparmor_name(struct plan_builder *b, const char *asked);

/**
 * plan_process_label(), plan_mount_label() - SELinux labels; NULL = none
 *
 * Where policy decided so they end in a pair of categories, the id block's own.
 */
const char *plan_process_label(struct plan_builder *b);
const char *plan_mount_label(struct plan_builder *b);

/** plan_build_relabel() - files that get the mount label: of the root file system, of volumes */
void plan_build_relabel(struct plan_builder *b);

/** plan_build_key_label() - the keyrings made from here on have the process label; after PLAN_PROC */
void plan_build_key_label(struct plan_builder *b);

struct plan_ref plan_add_string(struct plan_builder *b, const char *s); /* NULL = none */
struct plan_ref plan_add_strings(struct plan_builder *b, const struct json_strings *list);
struct plan_ref plan_add_blob(struct plan_builder *b, const void *data, size_t size);

/** plan_add_id_map() - a map as triplets of numbers, as PLAN_IDS has it */
struct plan_ref plan_add_id_map(struct plan_builder *b, const struct config_id_mappings *map);

/** plan_host_uid() - container id as the build stage sees it; UINT32_MAX when not mapped */
uint32_t plan_host_uid(const struct plan_builder *b, uint32_t id);
uint32_t plan_host_gid(const struct plan_builder *b, uint32_t id);

/** plan_builder_done() - free it; plan_builder_finish() - lay everything out, and read it back */
void plan_builder_done(struct plan_builder *b);
int plan_builder_finish(struct plan_builder *b, struct plan_header *header, struct plan *out,
	struct err *err) _must_check_;

/* The parts of a plan, in the order plan_build() calls them. */
int plan_build_ids(struct plan_builder *b, struct err *err) _must_check_;        /* namespaces.c */
int plan_build_cgroups(struct plan_builder *b, struct err *err) _must_check_;    /* cgroup.c */
int plan_build_namespaces(struct plan_builder *b, struct err *err) _must_check_; /* namespaces.c */
/**
 * plan_build_cgroup_entry() - go into the cgroups, and make the cgroup namespace; once
 *
 * Called as late as can be, before the first step that sees a difference: a cgroup file system,
 * or hooks. caisson makes the v1 cgroups in the meantime, up to ten of them.
 */
void plan_build_cgroup_entry(struct plan_builder *b);                         /* namespaces.c */
int plan_build_rootfs(struct plan_builder *b, struct err *err) _must_check_;  /* rootfs.c */
int plan_build_limits(struct plan_builder *b, struct err *err) _must_check_;  /* confine.c */
int plan_build_confine(struct plan_builder *b, struct err *err) _must_check_; /* confine.c */

void plan_build_overlay(struct plan_builder *b); /* overlay.c */

/**
 * plan_source_propagation() - what every tree of the host is set to before it is attached
 *
 * SECURITY: a clone of a shared mount, as all mounts of a systemd host are, is its peer: whatever
 * is mounted below it inside would appear on the host.
 */
uint64_t plan_source_propagation(const struct plan_builder *b); /* rootfs.c */

/** plan_build_foreign_proc() - PLAN_PROC without an instance of our own; build stage */
void plan_build_foreign_proc(struct plan_builder *b); /* rootfs.c */

/** plan_build_console() - the terminal, or to whom stdio belongs */
int plan_build_console(struct plan_builder *b, struct err *err) _must_check_; /* rootfs.c */

/** plan_join_cgroups() - a step of stage build for each v1 hierarchy of stage prepare; is there any? */
bool plan_join_cgroups(struct plan_builder *b); /* namespaces.c */

/* Helpers of plan_build_rootfs() and plan_build_confine(). */
int plan_build_volume(struct plan_builder *b, size_t index, struct err *err)
	_must_check_; /* volumes.c */
int plan_attach_tree(struct plan_builder *b, size_t index, int slot, struct err *err)
	_must_check_;                                                        /* mounts.c */
int plan_build_mounts(struct plan_builder *b, struct err *err) _must_check_; /* mounts.c */
bool plan_mount_is_late_readonly(const struct config_mount *mount);          /* mounts.c */
int plan_build_env(struct plan_builder *b, struct json_strings *out, struct err *err)
	_must_check_;                               /* env.c */
void plan_build_host_hooks(struct plan_builder *b); /* hooks.c */
void plan_build_init_hooks(
	struct plan_builder *b, enum plan_stage stage, enum config_hook_kind kind); /* hooks.c */

#endif
