/*
 * A running container against the rule table: what the kernel says of a process, whoever started
 * it. The text is gathered by host_audit(); judging it takes nothing but that text.
 *
 * Runs in: host. Pure.
 */
#ifndef POLICY_AUDIT_H
#define POLICY_AUDIT_H

#include "policy/policy.h"

enum {
	POLICY_LIVE_TEXT_MAX = 1 << 20,   /* bytes of one file of /proc */
	POLICY_LIVE_DEVICES_MAX = 512,    /* device nodes looked at */
	POLICY_LIVE_PROCESSES_MAX = 1024, /* of the container */
	POLICY_LIVE_FDS_MAX = 4096,
	POLICY_MOUNTS_MAX = 100000,
};

/* A path, as the container's processes would reach it. */
struct policy_place {
	const char *path;
	bool exists, is_mount; /* something is mounted at this very path */
	uint64_t mount_id;     /* what it lies on */
};

struct policy_live_process {
	int pid;
	const char *name;
	const char *status;
};

/* Of a process and its container. Texts are files of /proc/PID; what is not known is NULL. */
struct policy_live {
	const char *status;
	const char *uid_map;
	const char *gid_map;
	const char *mountinfo;
	const char *host_mountinfo; /* of the one who reads */
	const char *cgroup;
	const char *limits;
	const char *label; /* attr/current; NULL: no security module has labels */
	int oom_score_adj;
	uint64_t ns_ino[CONFIG_NS_N]; /* 0 = not known */
	bool ns_is_host[CONFIG_NS_N];
	bool initial_userns; /* of the one who reads: 0 in a map is root of the machine */
	bool apparmor, selinux;
	bool is_waiting;             /* for start: its filters come after that */
	bool owns_mounts;            /* its user namespace owns the mount namespace ... */
	bool has_locked_mounts;      /* ... which can't be undone all the same */
	struct json_strings devices; /* beyond those every program needs: "/dev/sda (b 8:0)" */
	struct json_strings sockets; /* mounted, or of an engine in a mounted directory */
	struct json_strings outside; /* open files that no mount of the container has: "3 (/etc)" */
	const char *device_list;     /* v1: devices.list */
	const char *pids_max;        /* of its cgroup: "max", a number */
	const char *memory_max;
	const char *cpu_shares, *cpu_quota;   /* v1, or cpu.weight and cpu.max */
	const char *host_cgroup;              /* of the one who reads */
	const char *core_pattern;             /* of the host */
	const char *const *settings;          /* FACTS_SETTING_N of the host */
	struct facts_image image;             /* the root file system */
	const struct facts_id_user *id_users; /* others than the container */
	size_t n_id_users;
	struct json_strings
		terminals; /* standard streams, of no terminal of its own: "0 (/dev/pts/1)" */
	bool legacy_tiocsti;
	const struct policy_place *places; /* of the profile's masked and read-only paths */
	size_t n_places;
	const struct policy_live_process *processes; /* with the same pid and mount namespaces */
	size_t n_processes;
};

struct policy_report {
	const struct policy_finding *findings;
	size_t n_findings;
	size_t n_checks; /* rules that could be decided */
};

/**
 * policy_audit_live() - which rules the running container breaks
 * @profile: its ceiling, switches and "rules" say what is looked at
 *
 * The verdict of each finding is POLICY_WARN: nothing is changed any more.
 * Return: 0; -EINVAL when @live is no text of the kernel's; -ENOMEM.
 */
int policy_audit_live(struct arena *arena, const struct policy_profile *profile,
	const struct policy_live *live, struct policy_report *out, struct err *err) _must_check_;

/** policy_live_is_asked() - does @profile look at the rule of a running container? */
bool policy_live_is_asked(const struct policy_profile *profile, const char *id);

/* One line of mountinfo; \040 and the like are what they stand for. */
struct policy_mount {
	uint64_t id;
	unsigned dev_major, dev_minor;
	const char *root; /* of the file system, which is mounted */
	const char *target;
	const char *fs;
	bool is_readonly; /* the mount, or all of the file system */
	bool is_nosuid, is_nodev, is_noexec;
	bool is_shared, is_slave;
};

struct policy_mounts {
	struct policy_mount *items;
	size_t n;
};

/** policy_read_mounts() - @text is a file mountinfo; 0, -EINVAL, -ENOMEM */
int policy_read_mounts(struct arena *arena, const char *text, struct policy_mounts *out,
	struct err *err) _must_check_;

/** policy_mount_find() - by its id; NULL = there is none */
const struct policy_mount *policy_mount_find(const struct policy_mounts *mounts, uint64_t id);

/* Fields of /proc/PID/status: the value of a name, and sets of capabilities. */
bool policy_status_field(const char *status, const char *name, char *buf, size_t size);
bool policy_status_caps(const char *status, const char *name, uint64_t *caps);

/** policy_map_inside() - the id inside that @outside has on the host; false: none */
bool policy_map_inside(const char *map, uint64_t outside, uint64_t *inside);

/** policy_next_number() - the next number of the line; false at its end */
bool policy_next_number(const char **at, uint64_t *out);

/**
 * policy_live_finding() - what was found of a running container, by a rule
 * @found, @accepted: borrowed
 */
struct policy_finding policy_live_finding(
	const struct policy_rule_info *info, const char *found, const char *accepted);

/** policy_severity_find() - by name; -1 = none */
int policy_severity_find(const char *name);

#endif
