/*
 * The common part of create and run: from a bundle to a process that waits at the gate, with
 * everything it made undone unless it is kept.
 *
 * Runs in: host.
 */
#ifndef HOST_LAUNCH_H
#define HOST_LAUNCH_H

#include <sys/types.h>

#include "base/arena.h"
#include "host/cgroup/cgroup.h"
#include "host/host.h"
#include "host/trail.h"
#include "wire/wire.h"

#include "descriptors.h"
#include "ids.h"
#include "store.h"

#define HOST_IDS_REGISTRY "/run/caisson-ids"

/* caisson-init as caisson sees it; killed and reaped at the end of the scope unless kept. */
struct host_init {
	pid_t pid;
	int pidfd;
	int wire;    /* our end */
	int console; /* pty master once it has arrived */
	bool joined; /* exec: not the first process of its pid namespace */
};
#define HOST_INIT_NONE                                            \
	{                                                         \
		.pid = -1, .pidfd = -1, .wire = -1, .console = -1 \
	}
void host_init_rollback(struct host_init *init);
#define _host_init_ _cleanup_(host_init_rollback)

/* The state directory of one container, removed at the end of the scope unless kept. */
struct host_entry {
	int root_fd;
	int entry_fd; /* locked */
	const char *id;
	bool created; /* by us: the rollback removes it */
};
#define HOST_ENTRY_NONE                       \
	{                                     \
		.root_fd = -1, .entry_fd = -1 \
	}
void host_entry_rollback(struct host_entry *entry);
#define _host_entry_ _cleanup_(host_entry_rollback)

/* Order of members is order of creation; host_launch_rollback() undoes them backwards. */
struct host_launch {
	struct arena arena;
	struct host_preview preview;
	struct host_entry entry;
	struct ids_claim ids;
	struct store_record record;
	struct cgroup_set cgroups;
	bool made_work; /* the record's overlay_work */
	struct host_slots slots;
	struct host_init init;
	struct store_confine confine; /* what exec will need */
	int confine_fd;
	bool hooks_ran; /* a failure from here on owes the poststop hooks */
};
#define HOST_LAUNCH_NONE                                                                 \
	{                                                                                \
		.entry = HOST_ENTRY_NONE, .ids = IDS_CLAIM_NONE, .init = HOST_INIT_NONE, \
		.confine_fd = -1                                                         \
	}
void host_launch_rollback(struct host_launch *launch);
#define _host_launch_ _cleanup_(host_launch_rollback)

/**
 * host_launch() - do everything up to and with writing the complete state record
 * @wait_start: make the gate of create
 *
 * caisson-init has reported READY and waits for WIRE_COMMIT.
 */
int host_launch(const struct host_context *ctx, const struct host_create_request *request,
	bool wait_start, struct host_launch *out, struct err *err) _must_check_;

/**
 * host_refuse() - the end of a launch, an exec or an update that rules refuse
 *
 * Every refusal is a warning of its own; the error is that of policy_refusal().
 */
int host_refuse(const struct policy_decisions *decisions, const char *bundle, struct err *err);

/**
 * host_trail_decided() - the decision as a line of the audit log, if there is anything to say
 * host_trail_created() - the container as one, before it is committed
 *
 * Return: 0; negative errno when it can't be written and the profile insists on it.
 */
int host_trail_decided(const struct host_context *ctx, const char *id, const char *bundle,
	const struct policy_decisions *decisions, struct err *err) _must_check_;
int host_trail_created(const struct host_context *ctx, struct host_launch *launch, struct err *err)
	_must_check_;

/** host_trail_launched() - @r again; a launch that has failed is a line, too */
int host_trail_launched(const struct host_context *ctx, const struct host_create_request *request,
	const struct host_launch *launch, int r, const struct err *err);

/** host_trail_of() - an event of a container that is there */
struct host_trail_event host_trail_of(const struct store_record *record, const char *event);

/** host_trail_step() - @r again, what came of a step of that container, as a line */
int host_trail_step(const struct host_context *ctx, const struct store_record *record,
	const char *event, int r, const struct err *err);

/**
 * host_keep_begin() - save for exec what is known as soon as caisson-init exists
 * host_keep_finish() - and what it had to make itself; it is READY, no code of the container ran
 *
 * Costs a launch little: the first is done while caisson-init works.
 */
int host_keep_begin(struct host_launch *launch, struct err *err) _must_check_;
int host_keep_finish(struct host_launch *launch, struct err *err) _must_check_;

/** host_check_terminal() - do flags and process.terminal agree? The words are runc's */
struct host_terminal_wish {
	bool by_socket;
	bool foreground;
	bool terminal;
};
int host_check_terminal(const struct host_terminal_wish *wish, struct err *err) _must_check_;

/** host_block_signals() - let them wait for the signalfd of host_wait_foreground() */
int host_block_signals(struct err *err) _must_check_;

/** host_size_console() - give the workload's terminal the size of the caller's, if it has one */
int host_size_console(const struct host_init *init, struct err *err) _must_check_;

/** host_wait_exec() - from COMMIT to the workload's execve; the reason when it failed */
int host_wait_exec(const struct host_init *init, struct err *err) _must_check_;

/**
 * host_launch_commit() - the container exists from here on: let caisson-init go on, undo nothing
 */
int host_launch_commit(struct host_launch *launch, struct err *err) _must_check_;

/** host_converse() - answer caisson-init until it is READY; its ERROR becomes ours */
int host_converse(struct host_launch *launch, const char *console_socket, struct err *err)
	_must_check_;

/** host_init_error() - a WIRE_ERROR as our own error, its text made safe to print */
int host_init_error(const struct wire_msg *msg, struct err *err);

/** host_plan_vector() - a list of the plan as execve(2) wants it; NULL = out of memory */
char *const *host_plan_vector(
	struct arena *arena, const struct plan *plan, const struct plan_ref *ref) _must_check_;

/** host_spawn() - clone and start caisson-init with the descriptors of @slots */
int host_spawn(const struct plan *plan, struct host_slots *slots, int cgroup_fd,
	struct host_init *out, struct err *err) _must_check_;

/**
 * host_decide() - config, profile, facts, decisions: everything before the first creation
 * @bundle: set to the bundle's real path
 *
 * Refusals are in @out->decisions; they are no error here.
 */
int host_decide(const struct host_context *ctx, const struct host_create_request *request,
	const char *facts_text, struct arena *arena, struct host_preview *out, const char **bundle,
	struct err *err) _must_check_;

/**
 * host_rootless_ids() - the ids of config.json's mappings, as the namespace that
 * host_enter_rootless() made has them
 *
 * They are written down as those the caller has, 1000 and 100000, which are 0 and 1 in there.
 */
int host_rootless_ids(struct arena *arena, struct config *config, struct err *err) _must_check_;

/**
 * host_join_rootless() - as an ordinary user: become root of the user namespace that caisson made
 * when it created the container of process @pid; nothing for root
 */
int host_join_rootless(pid_t pid, struct err *err) _must_check_;

/**
 * host_exec_cgroups() - the cgroups of a process that joins a container
 * @wishes: of --cgroup, "PATH" or "CONTROLLER[,CONTROLLER]:PATH", below the container's own
 * @saved:  knows which controllers a hierarchy has
 */
struct host_exec_cgroups {
	struct plan_exec_cgroup items[STORE_CGROUPS_MAX];
	size_t n;
};
int host_exec_cgroups(struct arena *arena, const struct store_record *record,
	const struct plan *saved, const struct json_strings *wishes, struct host_exec_cgroups *out,
	struct err *err) _must_check_;

/**
 * host_find_owners() - add to the facts which container has a namespace that @config joins
 *
 * Looks at no container unless it joins one.
 */
int host_find_owners(const struct host_context *ctx, struct arena *arena,
	const struct config *config, struct facts *facts, struct err *err) _must_check_;

/**
 * host_find_id_owners() - add to the facts which containers have ids, by the registry
 *
 * Only where facts_probe_id_users() was asked for.
 */
int host_find_id_owners(const struct host_context *ctx, struct arena *arena,
	const struct config *config, struct facts *facts, struct err *err) _must_check_;

/** host_plan_request() - what the plan must know of the command line; all but the bundle */
int host_plan_request(const struct host_context *ctx, const struct host_create_request *request,
	const struct host_preview *preview, struct arena *arena, struct plan_request *out,
	struct err *err) _must_check_;

/** host_absolute_bundle() - real path of the bundle directory; it must be one */
int host_absolute_bundle(struct arena *arena, const char *bundle, const char **out, struct err *err)
	_must_check_;

/** host_pidfile_write() - digits, no newline, temporary file and rename (cli-contract rule 5) */
int host_pidfile_write(const char *path, pid_t pid, struct err *err) _must_check_;

/**
 * host_remove() - undo what a record says was made: processes, cgroups, ids, state directory
 *
 * Used by delete, and by create for what a killed create left. Missing parts are success.
 */
int host_remove(const struct host_context *ctx, int root_fd, const char *id,
	const struct store_record *record, struct err *err) _must_check_;

/** host_remove_stopped() - the same for a container that existed: its poststop hooks run too */
int host_remove_stopped(const struct host_context *ctx, int root_fd,
	const struct store_record *record, struct err *err) _must_check_;

/** host_status_of() - a record as `state` shows it */
void host_status_of(
	const struct store_record *record, enum host_status_kind status, struct host_state *out);

/** host_open() - state root, entry and record of an existing container
 *  @lock: wait for other commands on it
 *
 * Return: 0; -ENOENT "container does not exist".
 */
struct host_open_request {
	const char *id;
	bool lock;
};
int host_open(const struct host_context *ctx, const struct host_open_request *request,
	struct arena *arena, struct host_entry *entry, struct store_record *record, struct err *err)
	_must_check_;

/** host_wait_foreground() - relay the terminal and signals until the first process ends */
int host_wait_foreground(struct host_init *init, int *exit_code, struct err *err) _must_check_;

#endif
