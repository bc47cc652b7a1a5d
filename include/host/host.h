/*
 * The operations on containers, one straight line each, for src/cli. All of them run on the host
 * side in the process `caisson`; none touches anything by a path that a container can change.
 *
 * Errors carry runc's words where engines match them (cli-contract 3): "container does not
 * exist", "container with given ID already exists", "container not running", ...
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "config/json.h"
#include "facts/facts.h"
#include "plan/plan.h"
#include "policy/policy.h"

enum {
	HOST_KEPT_FDS_MAX = 1024
}; /* --preserve-fds and LISTEN_FDS together */

struct host_trail;

enum host_status_kind {
	HOST_CREATING,
	HOST_CREATED,
	HOST_RUNNING,
	HOST_PAUSED,
	HOST_STOPPED
};

/* What the global flags say; every operation takes it. */
struct host_context {
	const char *root;    /* state root, absolute; made 0700 when missing and not given */
	bool root_given;     /* by --root */
	const char *profile; /* --profile, or the administrator's choice; NULL = "hardened" */
	struct json_strings profiles; /* files among them may be named by an annotation, too */
	const char *id_user; /* the administrator's choice; NULL = "caisson", else "containers" */
	const struct host_trail *trail; /* the audit log; NULL = none */
	bool systemd_cgroup;
	bool cgroup_disabled;
	bool rootless;    /* see host_enter_rootless() */
	bool made_userns; /* by host_enter_rootless(): ids of config.json are those outside of it */
};

struct host_create_request {
	const char *id;
	const char *bundle;      /* as given; "." by default */
	const char *config_name; /* "config.json" */
	const char *pid_file;    /* absolute or relative to the caller's directory; NULL */
	const char *console_socket;
	const char *pidfd_socket; /* that receives a pidfd of the container's process; NULL */
	bool detach;              /* run only */
	bool keep;                /* run only: do not delete afterwards */
	bool no_subreaper;
	bool no_pivot;
	bool no_new_keyring;
	unsigned preserve_fds;
};

/** host_has_systemd() - was the systemd cgroup driver built in? */
bool host_has_systemd(void);

/**
 * host_enter_rootless() - as an ordinary user: become root of an outer user namespace
 *
 * Maps 0 to the caller and 1.. to its ranges in /etc/subuid and /etc/subgid through newuidmap and
 * newgidmap, then makes a mount namespace there, so that the rest of the program runs unchanged.
 * Does nothing for root in the initial namespace. Who is root of a user namespace already only
 * gets a mount namespace that belongs to it, if there is none.
 * @ctx: ->rootless is set when the caller is rootless either way, ->made_userns in the first case
 *
 * Return: 0; -EPERM naming the missing helper or range and the command that adds it.
 */
int host_enter_rootless(struct host_context *ctx, struct err *err) _must_check_;

/** host_create() - create; returns with the container waiting for host_start() */
int host_create(const struct host_context *ctx, const struct host_create_request *request,
	struct err *err) _must_check_;

/**
 * host_run() - create, start, and unless detached wait for the end and delete
 * @exit_code: foreground: the workload's status, 128 + signal
 */
int host_run(const struct host_context *ctx, const struct host_create_request *request,
	int *exit_code, struct err *err) _must_check_;

int host_start(const struct host_context *ctx, const char *id, struct err *err) _must_check_;

/**
 * host_kill() - send a signal to the container's first process
 * @all: a stopped container is no error (cli-contract rule 7)
 *
 * SIGKILL to a container without a pid namespace of its own reaches every process of its cgroup.
 */
int host_kill(const struct host_context *ctx, const char *id, int signo, bool all, struct err *err)
	_must_check_;

/**
 * host_delete() - remove what create made
 * @force: kill it first; an unknown id is success (rule 6); a damaged record is removed
 */
int host_delete(const struct host_context *ctx, const char *id, bool force, struct err *err)
	_must_check_;

struct host_exec_request {
	const char *id;
	const char *process_file; /* process.json; NULL: the flags */
	struct policy_exec_flags flags;
	struct json_strings cgroups; /* "[CONTROLLER,...:]PATH" below the container's own */
	const char *pid_file;
	const char *console_socket;
	const char *pidfd_socket; /* that receives a pidfd of the process; NULL */
	bool detach;
	bool ignore_paused;
	unsigned preserve_fds;
};

/**
 * host_exec() - start another process in a container, and unless detached wait for its end
 * @exit_code: its status, 128 + signal; 0 when detached
 *
 * It joins the namespaces that create recorded, and gets no more than the container's first
 * process did (I8). A pid file is written only when it has been started (cli-contract rule 4).
 */
int host_exec(const struct host_context *ctx, const struct host_exec_request *request,
	int *exit_code, struct err *err) _must_check_;

/**
 * host_pids() - processes of a container's cgroup, ascending
 *
 * Of a stopped container there may be some left, if it shares a pid namespace.
 */
int host_pids(const struct host_context *ctx, struct arena *arena, const char *id, pid_t **pids,
	size_t *n, struct err *err) _must_check_;

/**
 * host_run_ps() - what ps(1) of the host says
 * @args: NULL-terminated, without the program's name
 * @out:  what it printed
 *
 * Return: 0; -ENOENT when there is none; -EIO with its status and what it said.
 */
int host_run_ps(const char *const *args, struct str_buf *out, struct err *err) _must_check_;

/**
 * host_pause() - stop every process of a container; "container not running" if it is paused or over
 * host_resume() - let them go on; "container not paused"
 */
int host_pause(const struct host_context *ctx, const char *id, struct err *err) _must_check_;
int host_resume(const struct host_context *ctx, const char *id, struct err *err) _must_check_;

/**
 * host_update() - other limits for a container that is not stopped
 * @resources: what is to change; all of it is done, or nothing
 */
int host_update(const struct host_context *ctx, const char *id,
	const struct config_resources *resources, struct err *err) _must_check_;

struct host_events_request {
	const char *id;
	bool stats_only; /* print the figures once */
	unsigned interval_ms;
};

/**
 * host_events() - figures of a container every so often, and each out-of-memory kill as it happens
 * @emit: called with one JSON document after the other, without newline; what it returns ends it
 *
 * Returns when the container has stopped. Return: 0; -ESRCH "container with id ID is not running".
 */
int host_events(const struct host_context *ctx, const struct host_events_request *request,
	int (*emit)(void *arg, const char *text, size_t len, struct err *err), void *arg,
	struct err *err) _must_check_;

/* What `state` and `list` show of one container. Strings live in the caller's arena. */
struct host_state {
	const char *id;
	pid_t pid; /* 0 when stopped */
	enum host_status_kind status;
	const char *bundle;
	const char *rootfs;
	const char *created; /* RFC 3339, UTC, nanoseconds without trailing zeros */
	uid_t owner_uid;     /* of the state directory */
	const char *owner;   /* its name, or "#uid"; host_list() alone looks it up */
	const char *rung;    /* how the rootfs got its ids, design 4 */
	const char *profile;
	uint32_t ids_base;         /* 0 = none claimed */
	const char *selinux_label; /* NULL = none */
	struct json_strings annotation_keys;
	struct json_strings annotation_values;
};

int host_load_state(const struct host_context *ctx, struct arena *arena, const char *id,
	struct host_state *out, struct err *err) _must_check_;

/**
 * host_list() - every container below the state root
 * @each:    called once per container, sorted by id
 * @damaged: called for an entry that cannot be read; the walk goes on
 */
int host_list(const struct host_context *ctx, struct arena *arena,
	void (*each)(void *arg, const struct host_state *state),
	void (*damaged)(void *arg, const char *id, const struct err *err), void *arg,
	struct err *err) _must_check_;

const char *host_status_name(enum host_status_kind status); /* "running" */

/** host_state_json() - the state document of runc as members of the enclosing object */
void host_state_json(const struct host_state *state, const char *owner, struct json_out *out);

/* Everything `plan` shows: the same steps as create, up to where something would be created. */
struct host_preview {
	struct policy_decisions decisions;
	struct plan plan; /* not there when anything is refused */
	const struct facts *facts;
};

/**
 * host_preview() - config, facts, profile, decisions, plan; creates nothing, needs no privilege
 * @facts_text: a facts file's text instead of this host's facts (golden tests), or NULL
 */
int host_preview(const struct host_context *ctx, const struct host_create_request *request,
	const char *facts_text, struct arena *arena, struct host_preview *out, struct err *err)
	_must_check_;

#endif
