/*
 * config.json of the OCI runtime specification 1.3 as typed data: what the document says, in its
 * order, checked for form and range, before any policy. The whole tree lives in one arena.
 *
 * Conventions: a string that is absent is NULL; an optional number has a has_ flag beside it; an
 * array is items + n. `pointer` members hold the JSON pointer of the element, for findings.
 *
 * Runs in: host. Pure: reads nothing but the text it is given (config_load() reads the file).
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/json.h"

#define CONFIG_OCI_VERSION_MIN "1.0.0"
#define CONFIG_OCI_VERSION_MAX "1.3.0"

/* Limits beyond json.h: each is far above what any engine writes. */
enum {
	CONFIG_ARGS_BYTES_MAX = 2 << 20, /* args + env together; the kernel's own limit is near */
	CONFIG_MOUNTS_MAX = 4096,
	CONFIG_ID_MAPPINGS_MAX = 340, /* the kernel's, user_namespaces(7) */
	CONFIG_HOOKS_MAX = 256,       /* of one kind */
	CONFIG_GROUPS_MAX = 65536,    /* NGROUPS_MAX */
	CONFIG_HOSTNAME_MAX = 64,     /* __NEW_UTS_LEN */
	CONFIG_PATH_MAX = 4096,
	CONFIG_PROPAGATIONS_MAX = 8, /* options of one mount */
	CONFIG_CPUS_MAX = 1024,      /* as runc; a multiple of 64 */
};

/* --- process -------------------------------------------------------------------------------- */

struct config_user {
	uint32_t uid;
	uint32_t gid;
	const uint32_t *groups; /* additionalGids, duplicates kept (PROC-08) */
	size_t n_groups;
	bool has_umask;
	uint32_t umask;
};

enum config_rlimit_type { /* the kernel's numbers on every Linux architecture but mips/sparc */
	CONFIG_RLIMIT_CPU,
	CONFIG_RLIMIT_FSIZE,
	CONFIG_RLIMIT_DATA,
	CONFIG_RLIMIT_STACK,
	CONFIG_RLIMIT_CORE,
	CONFIG_RLIMIT_RSS,
	CONFIG_RLIMIT_NPROC,
	CONFIG_RLIMIT_NOFILE,
	CONFIG_RLIMIT_MEMLOCK,
	CONFIG_RLIMIT_AS,
	CONFIG_RLIMIT_LOCKS,
	CONFIG_RLIMIT_SIGPENDING,
	CONFIG_RLIMIT_MSGQUEUE,
	CONFIG_RLIMIT_NICE,
	CONFIG_RLIMIT_RTPRIO,
	CONFIG_RLIMIT_RTTIME,
	CONFIG_RLIMIT_N,
};

struct config_rlimit {
	uint64_t soft;
	uint64_t hard;
	enum config_rlimit_type type;
};

/* Capability sets as bit masks, bit N = capability number N. */
struct config_caps {
	uint64_t bounding;
	uint64_t effective;
	uint64_t inheritable;
	uint64_t permitted;
	uint64_t ambient;
	struct json_strings unknown; /* names no kernel of ours knows: warn only (CAP-02) */
};

/* Processors, as sched_setaffinity(2) takes them. */
struct config_cpus {
	uint64_t words[CONFIG_CPUS_MAX / 64];
};

struct config_process {
	bool terminal;
	bool has_console_size;
	uint16_t console_rows;
	uint16_t console_columns;
	struct config_user user;
	struct json_strings args; /* n = 0: absent or empty */
	struct json_strings env;
	const char *cwd;
	bool has_caps;
	struct config_caps caps;
	const struct config_rlimit *rlimits;
	size_t n_rlimits;
	bool no_new_privileges;
	bool has_oom_score_adj;
	int32_t oom_score_adj;
	const char *apparmor_profile;
	const char *selinux_label;
	/* execCPUAffinity: of exec, before it joins its cgroups and in them; NULL = not given */
	const struct config_cpus *exec_cpus_initial;
	const struct config_cpus *exec_cpus_final;
};

/* --- mounts --------------------------------------------------------------------------------- */

struct config_propagation {
	uint64_t type; /* SYS_MS_* */
	bool recursive;
};

/* What the option strings of one mount ask for, MNT-10..16, last one wins. */
struct config_mount_options {
	bool is_bind;      /* bind or rbind */
	bool is_recursive; /* rbind */
	bool remount;
	bool has_attrs;        /* any per-mount flag option at all, set or cleared (T-17) */
	uint64_t attr_set;     /* SYS_ATTR_* of base/abi.h */
	uint64_t attr_clr;     /* asked to be off: rw, suid, dev, exec, ... */
	uint64_t rec_attr_set; /* rro, rnosuid, ... : applied to the whole tree */
	uint64_t rec_attr_clr;
	struct config_propagation
		propagations[CONFIG_PROPAGATIONS_MAX]; /* all, in order (MNT-12) */
	size_t n_propagations;
	struct json_strings sb_flags; /* sync dirsync lazytime mand ...: fsconfig flags */
	bool tmpcopyup;
	bool idmap;               /* idmap or ridmap, or crun's idmap=uids=...;gids=... */
	bool idmap_recursive;     /* ridmap */
	struct json_strings data; /* everything else: "key=value" or "key", for the filesystem */
};

struct config_id_mapping {
	uint32_t container_id;
	uint32_t host_id;
	uint32_t size;    /* > 0; neither end reaches 2^32 */
	bool is_relative; /* of a mount: host_id is an id of the container's user namespace */
};

struct config_id_mappings {
	const struct config_id_mapping *items;
	size_t n;
};

struct config_mount {
	const char *pointer;     /* "/mounts/3" */
	const char *destination; /* lexically clean absolute path */
	const char *type;        /* NULL for binds without one */
	const char *source;
	struct config_mount_options options;
	struct config_id_mappings uid_mappings; /* n = 0: absent, there and in the options */
	struct config_id_mappings gid_mappings; /* either both or none */
};

/* --- hooks ---------------------------------------------------------------------------------- */

enum config_hook_kind {
	CONFIG_HOOK_PRESTART,
	CONFIG_HOOK_CREATE_RUNTIME,
	CONFIG_HOOK_CREATE_CONTAINER,
	CONFIG_HOOK_START_CONTAINER,
	CONFIG_HOOK_POSTSTART,
	CONFIG_HOOK_POSTSTOP,
	CONFIG_HOOK_N,
};

struct config_hook {
	const char *pointer;      /* "/hooks/prestart/0" */
	const char *path;         /* absolute */
	struct json_strings args; /* n = 0: argv is the path alone */
	bool has_env;
	struct json_strings env;
	uint32_t timeout_s; /* 0 = none */
};

struct config_hooks {
	const struct config_hook *items;
	size_t n;
};

/* --- linux ---------------------------------------------------------------------------------- */

enum config_ns_type { /* also the order of joining */
	CONFIG_NS_USER,
	CONFIG_NS_PID,
	CONFIG_NS_NETWORK,
	CONFIG_NS_MOUNT,
	CONFIG_NS_IPC,
	CONFIG_NS_UTS,
	CONFIG_NS_CGROUP,
	CONFIG_NS_TIME,
	CONFIG_NS_N,
};

struct config_namespace {
	const char *pointer; /* "/linux/namespaces/2"; NULL when not listed */
	bool present;        /* listed: new, or joined if @path is set */
	const char *path;    /* absolute */
};

struct config_device {
	const char *pointer;
	const char *path;
	char type; /* 'c', 'b' or 'p' ('u' is read as 'c') */
	uint32_t major;
	uint32_t minor;
	bool has_mode;
	uint32_t mode; /* permission bits only (T-15) */
	uint32_t uid;
	uint32_t gid;
};

struct config_sysctl {
	const char *pointer;
	const char *key; /* as written */
	const char *value;
};

enum config_seccomp_action { /* KILL is KILL_THREAD */
	CONFIG_ACT_KILL_PROCESS,
	CONFIG_ACT_KILL_THREAD,
	CONFIG_ACT_TRAP,
	CONFIG_ACT_ERRNO,
	CONFIG_ACT_NOTIFY,
	CONFIG_ACT_TRACE,
	CONFIG_ACT_LOG,
	CONFIG_ACT_ALLOW,
	CONFIG_ACT_N,
};

enum config_seccomp_op {
	CONFIG_CMP_NE,
	CONFIG_CMP_LT,
	CONFIG_CMP_LE,
	CONFIG_CMP_EQ,
	CONFIG_CMP_GE,
	CONFIG_CMP_GT,
	CONFIG_CMP_MASKED_EQ,
	CONFIG_CMP_N,
};

struct config_seccomp_arg {
	uint32_t index; /* 0..5 */
	enum config_seccomp_op op;
	uint64_t value;     /* MASKED_EQ: the mask */
	uint64_t value_two; /* MASKED_EQ: the datum */
};

struct config_seccomp_rule {
	struct json_strings names;
	enum config_seccomp_action action;
	bool has_errno;
	uint32_t errno_ret;                    /* errno for ERRNO, data for TRACE */
	const struct config_seccomp_arg *args; /* AND-ed; same index twice = OR (SEC-07) */
	size_t n_args;
};

struct config_seccomp {
	const char *pointer; /* "/linux/seccomp" */
	enum config_seccomp_action default_action;
	bool has_default_errno;
	uint32_t default_errno;
	struct json_strings architectures; /* SCMP_ARCH_*, known names only */
	bool has_flags;
	uint32_t flags; /* SYS_SECCOMP_FLAG_* */
	const struct config_seccomp_rule *rules;
	size_t n_rules;
	const char *listener_path;
	const char *listener_metadata;
};

struct config_device_rule {
	bool allow;
	char type; /* 'a', 'c', 'b' */
	bool has_major, has_minor;
	uint32_t major, minor; /* absent = every */
	bool read, write, mknod;
};

/* blockIO: one device; a weight of 0 is not set */
struct config_block_weight {
	uint32_t major, minor;
	uint16_t weight, leaf_weight;
};

enum config_throttle {
	CONFIG_THROTTLE_READ_BPS,
	CONFIG_THROTTLE_WRITE_BPS,
	CONFIG_THROTTLE_READ_IOPS,
	CONFIG_THROTTLE_WRITE_IOPS,
	CONFIG_THROTTLE_N,
};

struct config_block_rate {
	uint32_t major, minor;
	uint64_t rate; /* per second; 0 = no limit */
};

struct config_block_rates {
	const struct config_block_rate *items;
	size_t n;
};

struct config_huge_pages {
	const char *page_size; /* "2MB", as the kernel names its files */
	uint64_t limit;        /* bytes */
};

struct config_net_priority {
	const char *interface;
	uint32_t priority;
};

struct config_rdma {
	const char *device;
	bool has_handles, has_objects; /* one of them at least */
	uint32_t handles, objects;
};

struct config_resources {
	bool present;
	const struct config_device_rule *devices;
	size_t n_devices;
	bool has_memory_limit, has_memory_swap, has_memory_reservation;
	int64_t memory_limit; /* bytes, -1 = unlimited; 0 = not set */
	int64_t memory_swap;  /* memory + swap */
	int64_t memory_reservation;
	bool has_memory_swappiness;
	uint32_t memory_swappiness; /* 0..100 */
	bool memory_oom_disabled;   /* disableOOMKiller */
	bool memory_hierarchy;      /* useHierarchy */
	bool memory_check_before_update;
	uint64_t cpu_shares; /* 0 = not set */
	bool has_cpu_quota;
	int64_t cpu_quota;   /* microseconds per period; <= 0 unlimited */
	uint64_t cpu_period; /* microseconds, 0 = not set */
	bool has_cpu_burst, has_cpu_idle;
	uint64_t cpu_burst;     /* microseconds */
	int64_t cpu_idle;       /* 0 or 1 */
	int64_t cpu_rt_runtime; /* microseconds, 0 = not set */
	uint64_t cpu_rt_period; /* microseconds, 0 = not set */
	const char *cpuset_cpus;
	const char *cpuset_mems;
	bool has_pids_limit;
	int64_t pids_limit;                       /* < 0 unlimited; 0 is a limit */
	uint16_t block_weight, block_leaf_weight; /* 0 = not set */
	const struct config_block_weight *block_weights;
	size_t n_block_weights;
	struct config_block_rates block_rates[CONFIG_THROTTLE_N];
	const struct config_huge_pages *huge_pages;
	size_t n_huge_pages;
	uint32_t net_class; /* 0 = not set */
	const struct config_net_priority *net_priorities;
	size_t n_net_priorities;
	const struct config_rdma *rdma;
	size_t n_rdma;
	struct json_strings unified_keys; /* parallel arrays, in document order */
	struct json_strings unified_values;
};

/* A field that is parsed and well formed, but belongs to work that has not landed. */
struct config_unsupported {
	const char *pointer;
	const char *what; /* "idmapped volumes" */
};

struct config {
	const char *oci_version;
	bool has_process;
	struct config_process process;
	const char *root_path; /* as written */
	bool root_readonly;
	const char *hostname;
	const char *domainname;
	const struct config_mount *mounts;
	size_t n_mounts;
	struct config_hooks hooks[CONFIG_HOOK_N];
	struct json_strings annotation_keys; /* parallel arrays, in document order */
	struct json_strings annotation_values;
	struct config_namespace namespaces[CONFIG_NS_N];
	struct config_id_mappings uid_mappings;
	struct config_id_mappings gid_mappings;
	const struct config_device *devices;
	size_t n_devices;
	const char *cgroups_path;
	struct config_resources resources;
	uint64_t rootfs_propagation; /* SYS_MS_*, 0 = absent */
	bool rootfs_propagation_recursive;
	const struct config_seccomp *seccomp; /* NULL: absent, or {} (T-28) */
	const struct config_sysctl *sysctls;
	size_t n_sysctls;
	struct json_strings masked_paths; /* clean absolute paths */
	struct json_strings readonly_paths;
	const char *mount_label;
	bool has_personality;
	bool personality_linux32;
	const struct config_unsupported *unsupported;
	size_t n_unsupported;
};

/**
 * config_parse() - read a configuration that json_parse() accepted
 * @arena: takes all data; keep it as long as @out is used
 * @out:   filled on success
 *
 * Unknown keys are ignored (GEN-03), null is absent (GEN-14), every known key is checked for
 * type and range (GEN-04, GEN-06). A value of a later issue lands in @out->unsupported unless it
 * is a zero that means "unset" (docker writes blockIO.weight 0).
 * Return: 0, or -EINVAL with "POINTER: reason".
 */
int config_parse(struct arena *arena, const struct json *root, struct config *out, struct err *err)
	_must_check_;

/**
 * config_load() - json_load() + config_parse()
 * @bundle_fd: the bundle directory (borrowed)
 * @name:      "config.json" unless --config named another; relative to the bundle
 *
 * A missing file is "JSON specification file config.json not found" (runc's words).
 */
int config_load(struct arena *arena, int bundle_fd, const char *name, struct config *out,
	struct err *err) _must_check_;

/**
 * config_load_process() - a process.json: what `process` of config.json holds, alone
 * @out: ->process and ->unsupported; nothing else is set
 */
int config_load_process(struct arena *arena, int dir_fd, const char *path, struct config *out,
	struct err *err) _must_check_;

/**
 * config_seccomp_parse() - a seccomp object on its own: linux.seccomp, or caisson's floor
 * @out: NULL for an object without defaultAction and syscalls, which means no filter (T-28)
 */
int config_seccomp_parse(struct arena *arena, const struct json *node,
	const struct config_seccomp **out, struct err *err) _must_check_;

/**
 * config_resources_parse() - a resources object on its own, as `update --resources` takes it
 *
 * Pointers in messages start at the object: "/memory/limit".
 */
int config_resources_parse(struct arena *arena, const struct json *node,
	struct config_resources *out, struct err *err) _must_check_;

/** config_throttle_name() - "throttleReadBpsDevice" */
const char *config_throttle_name(enum config_throttle kind);

/** config_is_cpu_list() - nothing but what the kernel's list syntax has, "0-3,7" */
bool config_is_cpu_list(const char *text);

/* --- names, each a table both ways; NULL or -1 when unknown ---------------------------------- */

const char *config_ns_name(enum config_ns_type type);         /* "network" */
const char *config_ns_file(enum config_ns_type type);         /* "net", in /proc/PID/ns */
int config_ns_clone_flag(enum config_ns_type type);           /* SYS_NEWNET */
const char *config_hook_name(enum config_hook_kind kind);     /* "createRuntime" */
const char *config_rlimit_name(enum config_rlimit_type type); /* "RLIMIT_NOFILE" */
const char *config_seccomp_action_name(enum config_seccomp_action action);
const char *config_seccomp_op_name(enum config_seccomp_op op);
const char *config_cap_name(int cap);    /* "CAP_CHOWN" */
int config_cap_number(const char *name); /* -1 = unknown */

/** config_mount_option_name() - i-th recognised mount option, sorted; NULL at the end */
const char *config_mount_option_name(size_t i);

/** config_seccomp_arch_name() - i-th known SCMP_ARCH_* name; NULL at the end */
const char *config_seccomp_arch_name(size_t i);

/**
 * config_cap_text() - a capability set as text, "CHOWN KILL", "none" or "all"
 * Return: a string of @arena, or NULL when out of memory.
 */
const char *config_cap_text(struct arena *arena, uint64_t caps);

#endif
