/*
 * The state directory: ROOT/ID holds the record ("state"), the start gate ("start", a fifo),
 * what exec needs ("confine") and the lock. One small fixed record per container, so that state, start, kill and delete never
 * read config.json again (design 8.4).
 *
 * Runs in: host. The root must belong to the caller and be writable by nobody else (T-31); every
 * file is opened relative to its directory's descriptor, never through a symlink.
 */
#ifndef HOST_STORE_H
#define HOST_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "policy/policy.h"

enum {
	STORE_ABSENT = 1,
	STORE_RECORD_MAX = 1 << 20,
	STORE_ID_MAX = 255,
	STORE_CGROUPS_MAX = 16,
	STORE_NAMESPACES_MAX = 8
};

struct store_cgroup {
	const char *path;        /* absolute directory */
	const char *controllers; /* "cpu,cpuacct"; of v2 those it was made for, with blanks */
	bool created;            /* by us, so delete removes it */
	bool is_v2;
};

/* Everything that later commands need. Written before anything it names is created, and again
 * when the container exists, so that a crash at any moment leaves a record to clean up from. */
struct store_record {
	const char *id;
	bool complete;           /* false: create was not finished */
	pid_t pid;               /* init as the host sees it; 0 = not spawned yet */
	uint64_t pid_start_time; /* field 22 of /proc/PID/stat, against pid reuse */
	pid_t creator_pid;       /* caisson create itself, while not complete */
	uint64_t creator_start_time;
	bool transient;    /* whoever created it, `run` in the foreground, removes it at its end */
	bool has_pid_ns;   /* init's death ends every process of the container */
	bool check_memory; /* an update never takes away memory that is in use */
	bool memory_required, pids_required; /* by the profile: no update takes them away */
	bool devices_limited;                /* by the profile: no update changes the list */
	bool rootless;
	bool unit_is_user; /* of the systemd of the user */
	const char *bundle;
	const char *rootfs;
	const char *created;
	const char *profile;
	const char *rung;
	const char *overlay_work;  /* directory that is ours alone; NULL = none */
	uint32_t ids_base;         /* 0 = none */
	const char *selinux_label; /* of its first process; NULL = none */
	const char *unit; /* systemd's, that is the cgroup, where create started it; else NULL */
	const struct store_cgroup *cgroups;
	size_t n_cgroups;
	struct json_strings annotation_keys;
	struct json_strings annotation_values;
	const struct config_hook *poststart;
	size_t n_poststart;
	const struct config_hook *poststop;
	size_t n_poststop;
};

/** store_id_check() - runc's grammar of ids, [A-Za-z0-9_+.-]+, no "." or "..", at most 255 bytes */
int store_id_check(const char *id, struct err *err) _must_check_;

/**
 * store_open_root() - the state root
 * @create: make it, 0700, when missing
 * @root_fd: descriptor of the directory
 *
 * Return: 0; STORE_ABSENT when missing and not @create; -EPERM when somebody else could change it.
 */
int store_open_root(const char *path, bool create, int *root_fd, struct err *err) _must_check_;

/**
 * store_create_entry() - make ROOT/ID; mkdir is the lock between parallel creates
 * @entry_fd: descriptor of the new directory, locked (flock) until closed
 *
 * An entry whose create was interrupted (incomplete, and its creator dead) is not replaced here:
 * host/create.c cleans it up first. Return: 0; -EEXIST "container with given ID already exists".
 */
int store_create_entry(int root_fd, const char *id, int *entry_fd, struct err *err) _must_check_;

/** store_open_entry() - ROOT/ID; 0, STORE_ABSENT, or negative errno */
int store_open_entry(int root_fd, const char *id, int *entry_fd, struct err *err) _must_check_;

/** store_lock_entry() - wait for the other command on this container to finish */
int store_lock_entry(int entry_fd, struct err *err) _must_check_;

/** store_remove_entry() - remove the files of ROOT/ID and the directory; missing is success */
int store_remove_entry(int root_fd, const char *id, struct err *err) _must_check_;

/**
 * store_save() - write the record: temporary file, fsync-free rename (the root is a tmpfs on every
 * sane host; a torn file is detected by its checksum)
 */
int store_save(int entry_fd, const struct store_record *record, struct err *err) _must_check_;

/**
 * store_load() - read and verify the record
 *
 * Return: 0; STORE_ABSENT when there is none (create was killed before it wrote one); -EBADMSG
 * when it is torn or not ours: "state of container 'ID' is damaged ...; caisson delete --force ID".
 */
int store_load(struct arena *arena, int entry_fd, const char *id, struct store_record *out,
	struct err *err) _must_check_;

/* What exec needs to know of a container, beside its plan: kept in a file of its own, so that no
 * other command reads it. */
struct store_namespace {
	uint64_t type; /* SYS_NEW*; 0 ends the list */
	uint64_t ino;  /* in nsfs, of which there is one in a kernel */
};

struct store_confine {
	struct store_namespace namespaces[STORE_NAMESPACES_MAX];
	bool is_limited;
	enum policy_wish as_root;
	uint64_t caps_droppable;
	const struct config_cpus *cpus_initial; /* of config.json's execCPUAffinity, or NULL */
	const struct config_cpus *cpus_final;
	const void *plan; /* its bytes, not checked */
	size_t plan_size;
};

/**
 * store_confine_begin() - write the plan, and nothing that makes it valid
 * store_confine_finish() - write the rest in front of it (@confine->plan is not looked at)
 *
 * The first is done while caisson-init works, the second takes one call.
 */
int store_confine_begin(int entry_fd, const void *plan, size_t size, int *fd, struct err *err)
	_must_check_;
int store_confine_finish(int fd, const struct store_confine *confine, struct err *err) _must_check_;

/**
 * store_confine_load() - read it back
 *
 * Return: 0; -EBADMSG when it is missing, torn or not ours: "state of container 'ID' is damaged".
 */
int store_confine_load(struct arena *arena, int entry_fd, const char *id, struct store_confine *out,
	struct err *err) _must_check_;

/**
 * store_limits_add() - remember what update has written: values by the path of their file
 * store_limits_load() - all of it, the last value of each; none without an update
 */
enum {
	STORE_LIMITS_MAX = 1024
};
int store_limits_add(int entry_fd, const char *id, const struct json_strings *files,
	const struct json_strings *values, struct err *err) _must_check_;
int store_limits_load(struct arena *arena, int entry_fd, const char *id, struct json_strings *files,
	struct json_strings *values, struct err *err) _must_check_;

/** store_damaged() - the error of a file that can't be believed, -EBADMSG */
int store_damaged(const char *id, const char *why, struct err *err);

/** store_distrust() - why the file of @st can't be believed (T-31); NULL when it can */
struct stat;
const char *store_distrust(const struct stat *st, uint64_t size_max);

/**
 * store_is_started() - can the directory, which has no record, be one that store_create_entry()
 * made? Empty but for what comes before the first record; whoever else keeps directories beside
 * ours (--root may be another runtime's) keeps more in them
 */
bool store_is_started(int entry_fd);

/** store_age() - seconds since the record was written; 0 when that can't be found out */
uint64_t store_age(int entry_fd);

/** store_each() - ids below the root, sorted; names that are no ids are skipped */
int store_each(struct arena *arena, int root_fd, struct json_strings *ids, struct err *err)
	_must_check_;

/**
 * store_gate_create() - the start gate: a fifo ROOT/ID/start, opened for reading and writing
 * store_gate_open() - open it to write; STORE_ABSENT when the container was started before
 * store_gate_remove() - it has been started
 * store_gate_is_waited_at() - the container's first process has not been started
 * store_gate_is_there() - it was never started, or `start` was killed
 */
int store_gate_create(int entry_fd, int *gate_fd, struct err *err) _must_check_;
int store_gate_open(int entry_fd, int *gate_fd, struct err *err) _must_check_;
int store_gate_remove(int entry_fd, struct err *err) _must_check_;
bool store_gate_is_waited_at(int entry_fd);
bool store_gate_is_there(int entry_fd);

#endif
