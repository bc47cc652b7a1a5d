/*
 * Building and printing a plan.
 *
 * Runs in: host. Pure: the same config, decisions, facts and request give the same bytes (I10).
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/abi.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "config/json.h"
#include "facts/facts.h"
#include "plan/read.h"
#include "policy/policy.h"

/* What the command line adds to config and policy. */
struct plan_request {
	const char *id;
	const char *bundle;     /* absolute */
	const char *state_root; /* with the id, it names what is made for this container only */
	uint32_t ids_base;      /* first host id of the claimed block; 0 when none is claimed */
	bool wait_start;        /* create: wait at the gate */
	bool has_console;       /* a terminal is allocated (process.terminal) */
	bool foreground;        /* run without --detach */
	bool no_pivot;
	unsigned n_preserved_fds; /* descriptors 3.. that the workload keeps */
	unsigned n_listen_fds;    /* of those, the first n are socket activation (LISTEN_FDS) */
	bool systemd_cgroup;
	bool cgroup_disabled;   /* --cgroup-manager disabled */
	const char *notify_dir; /* holds the socket for sd_notify(3); NULL = nobody asks */
};

#define PLAN_NOTIFY_TARGET "/run/notify"
#define PLAN_NOTIFY_ENV    "NOTIFY_SOCKET=/run/notify/notify.sock"

/**
 * plan_build() - the plan of create or run
 * @arena: takes the buffer
 *
 * Return: 0; -ENOTSUP or -EINVAL with the field that can't be honoured (a limit without its
 * controller, a systemd cgroup path); -ENOMEM.
 */
int plan_build(struct arena *arena, const struct policy_decisions *decisions,
	const struct facts *facts, const struct plan_request *request, struct plan *out,
	struct err *err) _must_check_;

/* What is in force in a container's cgroups, for values that are made of several fields. */
struct plan_cgroup_now {
	int64_t memory_limit; /* bytes; -1 = unlimited, 0 = not known */
	uint64_t memory_usage;
	uint64_t swap_usage; /* memory and swap together */
	int64_t cpu_quota;   /* microseconds; 0 = not known, < 0 unlimited */
	uint64_t cpu_period; /* microseconds, v2 alone; 0 = not known */
};

/** plan_category_pair() - the SELinux categories of the block at @ids_base: its own, first < second */
void plan_category_pair(uint32_t ids_base, unsigned pair[2]);

/** plan_selinux_label() - what the workload will be, categories and all; NULL = no label */
const char *plan_selinux_label(const struct plan *plan);

/* --- exec ------------------------------------------------------------------------------------ */

struct plan_exec_namespace {
	uint64_t type; /* one SYS_NEW* */
	uint64_t ino;  /* of the namespace that create saw: no other one is joined */
};

struct plan_exec_cgroup {
	const char *path;        /* the container's own, as create recorded it */
	const char *below;       /* of it: "/" = itself */
	const char *controllers; /* may be "" */
	bool is_v2;
	bool is_optional; /* create did not make it */
};

struct plan_exec_request {
	const char *id;
	int pid; /* of the container's first process: where its namespaces are found */
	const struct plan_exec_namespace *namespaces;
	size_t n_namespaces;
	const struct plan_exec_cgroup *cgroups;
	size_t n_cgroups;
	bool foreground;
	unsigned n_preserved_fds;
};

/**
 * plan_read_ceiling() - what the plan that create saved gave to the container's first process
 * @saved: opened by plan_open(); strings of @out are in it
 * @out:   ->is_limited, ->profile and ->caps_droppable are the caller's to add
 *
 * Return: 0; -EINVAL when a step that every plan of create has is missing; -ENOMEM.
 */
int plan_read_ceiling(struct arena *arena, const struct plan *saved, struct policy_ceiling *out,
	struct err *err) _must_check_;

/**
 * plan_build_exec() - the plan of a process that joins a container
 * @saved:     filters, keyring, personality and secure bits are taken over from it
 * @decisions: of policy_decide_exec()
 */
int plan_build_exec(struct arena *arena, const struct plan *saved,
	const struct policy_decisions *decisions, const struct plan_exec_request *request,
	struct plan *out, struct err *err) _must_check_;

/* A directory of the container that exists. */
struct plan_cgroup_place {
	const char *path; /* absolute */
	bool is_v2;
};

struct plan_update_request {
	const char *id;
	const struct config_resources *resources; /* what is to change; unset: stays */
	struct plan_cgroup_now now;
	const struct plan_cgroup_place *places;
	size_t n_places;
	const char *unit; /* systemd's, that is the only place; NULL = none */
	bool unit_is_user;
	bool devices_limited; /* the device list stays as create made it */
	bool check_memory;    /* memory.checkBeforeUpdate */
	bool rootless;
};

/**
 * plan_build_update() - other limits for a container that exists
 *
 * PLAN_CGROUP_DIR for each of its directories, then PLAN_CGROUP_SET and PLAN_DEVICE_RULE; for a
 * systemd unit PLAN_UNIT and PLAN_UNIT_SET.
 * Return: 0; -EBUSY for less memory than is in use; -ENOTSUP and -EINVAL as plan_build().
 */
int plan_build_update(struct arena *arena, const struct facts *facts,
	const struct plan_update_request *request, struct plan *out, struct err *err) _must_check_;

/** plan_print() - the plan as text, one step a line, grouped by stage */
void plan_print(const struct plan *plan, struct str_buf *out);

/** plan_print_json() - the same as members of the enclosing object: "namespaces", "steps" */
void plan_print_json(const struct plan *plan, struct json_out *out);

/**
 * plan_seccomp_compile() - a seccomp object as a BPF program
 * @out, @n: instructions in @arena
 *
 * The program is a search tree over syscall numbers, not a list (design 8.2). Meaning is
 * libseccomp's: unknown names are skipped, rules of one syscall are tried in order, arguments
 * compare as that library compares them; a foreign architecture gets the default for a bad
 * architecture (KILL), or ENOSYS where @foreign_enosys. Numbers above the highest that the profile
 * names get ENOSYS, as in runc, unless the default is ALLOW, LOG or TRACE. Details: seccomp.c.
 * Return: 0, -EINVAL, -ENOTSUP on a machine without tables, -E2BIG above 4096 instructions or
 * other limits, -ENOMEM.
 */
int plan_seccomp_compile(struct arena *arena, const struct config_seccomp *seccomp,
	bool foreign_enosys, const struct sys_bpf_insn **out, size_t *n, struct err *err)
	_must_check_;

/**
 * plan_seccomp_chain() - one program that answers as @first and @last do when the kernel runs both,
 * @last loaded last
 *
 * Return: n_last + n_first instructions in @arena; NULL when their actions, or the length, don't
 * allow it (or out of memory): they are to be loaded one after the other.
 */
const struct sys_bpf_insn *plan_seccomp_chain(struct arena *arena, const struct sys_bpf_insn *last,
	size_t n_last, const struct sys_bpf_insn *first, size_t n_first);

#endif
