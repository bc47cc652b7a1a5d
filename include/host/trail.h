/*
 * The audit log: one JSON line for each decision and each step in the life of a container, to the
 * sinks that the administrator's file names. Its schema is in caisson(8).
 *
 * Runs in: host.
 */
#ifndef HOST_TRAIL_H
#define HOST_TRAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "config/json.h"
#include "policy/policy.h"

enum {
	HOST_TRAIL_LINE_MAX = 16384, /* bytes of a line, its newline included */
	HOST_TRAIL_TEXT_MAX = 1024,  /* of one foreign text in it, before escapes */
	HOST_TRAIL_COMM_MAX = 64
};

struct host_context;

/* Where lines go, and who calls. A context without one (NULL) costs a test of a pointer. */
struct host_trail {
	const struct json_strings *sinks; /* "syslog", "journald", or the path of a file */
	uid_t uid;                        /* of the caller, before any user namespace of ours */
	uint32_t login_uid;               /* of its session; UINT32_MAX = none */
	pid_t pid;                        /* the engine: our parent */
	char comm[HOST_TRAIL_COMM_MAX];
	const char *command; /* of ours: "create", "gc" */
};

/* What is not known is 0, NULL or -1, and is left out of the line. */
struct host_trail_event {
	const char *event; /* "create" */
	const char *id;
	const char *bundle;
	const char *profile;
	const char *rung;
	const struct policy_decisions *decisions; /* ids; with @verdict, its findings */
	enum policy_verdict verdict;              /* TIGHTEN lists warnings, too */
	bool lists_findings;
	uint32_t ids_base;
	pid_t pid;
	int signo;
	const int *exit_code;
	uint64_t n_killed; /* for want of memory */
	const char *error; /* NULL: it was done */
};

/** host_trail_init() - who calls, found out before it can change; only where there are sinks */
void host_trail_init(
	struct host_trail *trail, const struct json_strings *sinks, const char *command);

/** host_trail_line() - an event as text with its newline; cut in lists, never inside of JSON */
size_t host_trail_line(const struct host_trail *trail, const char *root,
	const struct host_trail_event *event, char line[HOST_TRAIL_LINE_MAX]);

/**
 * host_trail_write() - one line to every sink, of which each gets it whole or not at all
 *
 * Return: 0, also without sinks; negative errno of the first that could not be written, when all
 * have been tried.
 */
int host_trail_write(const struct host_context *ctx, const struct host_trail_event *event,
	struct err *err) _must_check_;

/** host_trail_note() - the same for what is done anyway: a sink that fails is a warning */
void host_trail_note(const struct host_context *ctx, const struct host_trail_event *event);

/** host_trail_result() - host_trail_note() of what has returned @r with @err, and @r again */
int host_trail_result(const struct host_context *ctx, struct host_trail_event *event, int r,
	const struct err *err);

struct host_trail_read {
	const char *path;
	const char *id; /* lines of this container only; NULL = all */
	bool follow;    /* wait for more, also in a new file of that name */
};

/**
 * host_trail_read() - lines of a file that is a sink
 * @emit: gets each without its newline; what it returns ends it
 *
 * What is no line of ours is left out. Return: 0; negative errno.
 */
int host_trail_read(const struct host_trail_read *request,
	int (*emit)(void *arg, const char *text, size_t len, struct err *err), void *arg,
	struct err *err) _must_check_;

#endif
