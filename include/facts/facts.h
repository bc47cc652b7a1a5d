/*
 * What this host can do, as data with a text form. Every decision depends on config, profile and
 * these facts only (I10), so a golden test is a config, a profile and a facts file.
 *
 * Runs in: host. facts_gather() and facts_probe_path() look at the machine; nothing else does.
 */
#ifndef FACTS_FACTS_H
#define FACTS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum facts_cgroup_mode {
	FACTS_CGROUP_NONE, /* nothing mounted that we could use */
	FACTS_CGROUP_V1, /* controllers on v1 hierarchies, perhaps an empty v2 beside ("hybrid") */
	FACTS_CGROUP_V2, /* one unified hierarchy */
};

enum {
	FACTS_HIERARCHIES_MAX = 16,
	FACTS_PATHS_MAX = 8192,
	FACTS_RLIMITS = 16,        /* RLIM_NLIMITS of Linux */
	FACTS_SUBIDS_MAX = 64,     /* ranges of one user */
	FACTS_ID_BLOCK = 65536,    /* ids of one container */
	FACTS_OVERFLOW_ID = 65534, /* what an id that is not mapped here looks like */
	FACTS_TEXT_MAX = 1 << 20,  /* a facts file, /etc/subuid */
	FACTS_LAYERS_MAX = 512,    /* of one overlay; the kernel takes 500 */
	FACTS_OVERLAY_OPTIONS_MAX = 16,
	FACTS_APPARMOR_PROFILES_MAX = 4, /* that a config or caisson's profile names */
	FACTS_ID_USERS_MAX = 4096,       /* whose ids are looked at */
	FACTS_IMAGE_FILES_MAX = 1 << 20, /* of one image */
	FACTS_IMAGE_DEPTH_MAX = 64,      /* directories in each other */
};

/* between the profiles of a stack, all of which are in force */
#define FACTS_APPARMOR_STACK "//&"

enum facts_apparmor_state {
	FACTS_APPARMOR_UNKNOWN, /* nobody asked, or the list of what is loaded can't be read */
	FACTS_APPARMOR_LOADED,
	FACTS_APPARMOR_MISSING,
};

struct facts_apparmor_profile {
	const char *name;
	bool is_loaded;
};

/* One mounted cgroup hierarchy. */
struct facts_hierarchy {
	char controllers[128]; /* v1: "cpu,cpuacct" or "name=systemd"; v2: "" */
	bool is_v2;
	const char *mountpoint; /* "/sys/fs/cgroup/memory" */
	const char *own_path;   /* our own cgroup, below the mountpoint: "/", "/user/x" */
	const char *available;  /* v2 only: cgroup.controllers at the mountpoint, "cpu io memory" */
};

enum facts_path_kind {
	FACTS_PATH_ABSENT,
	FACTS_PATH_DIR,
	FACTS_PATH_FILE,
	FACTS_PATH_SYMLINK,
	FACTS_PATH_SOCKET,
	FACTS_PATH_FIFO,
	FACTS_PATH_CHAR,
	FACTS_PATH_BLOCK,
	FACTS_PATH_NS,
};

/* What is known of one host path that the config names. Symlinks are followed. */
struct facts_path {
	const char *path;
	const char *real; /* @path with every symlink resolved; NULL = the same or not known */
	enum facts_path_kind kind;
	char fs[24]; /* "ext4", "overlay", "tmpfs", ... or "0xMAGIC" */
	uint32_t uid;
	uint32_t gid;
	uint32_t mode;      /* permission bits */
	bool is_executable; /* regular file with an x bit */
	bool is_trusted;    /* executable files only: it, every directory above it and every symlink
	                        on the way to it are root's, writable by nobody else (a sticky
	                        directory is not trusted) */
	int ns_type;        /* FACTS_PATH_NS: SYS_NEW* */
	uint32_t
		ns_ids_base; /* FACTS_PATH_NS: block of ids of the container that has it; 0 = none */
	const char *ns_owner; /* that container */
	bool ns_is_host;      /* FACTS_PATH_NS: the same namespace caisson itself is in */
};

enum facts_layer_kind {
	FACTS_LAYER_UPPER,
	FACTS_LAYER_LOWER,
	FACTS_LAYER_DATA, /* below the lower ones, found by redirects only ("::") */
};

/* One directory an overlay is made of. */
struct facts_layer {
	enum facts_layer_kind kind;
	const char *path; /* absolute, no symlink in it */
	char fs[24];      /* as in struct facts_path */
	uint64_t dev;
	uint64_t ino;
};

/* The overlay that is mounted at one path. What is told of its layers was compared with what the
 * mount shows, so they are the same objects, not only the same names. */
struct facts_overlay {
	const char *path;                 /* as the config names it; no others have facts */
	const struct facts_layer *layers; /* top to bottom: the upper one, lower ones, data */
	size_t n_layers;
	const char *options[FACTS_OVERLAY_OPTIONS_MAX]; /* "metacopy=on", "userxattr" */
	size_t n_options;
	bool is_readonly;    /* mounted read-only, or without an upper layer */
	bool is_guarded;     /* only root can change the directory in which the upper layer lies */
	const char *problem; /* why the layers cannot be told; NULL = they can */
};

/* Ids of the host that somebody has. */
struct facts_id_user {
	uint32_t first;
	uint32_t count;
	const char *who; /* "user alice", "subordinate ids of alice", "container web" */
};

/* What of an image serves who has got into its container, or out of it. */
enum facts_image_kind {
	FACTS_IMAGE_DEVICE, /* a device node */
	FACTS_IMAGE_SETUID, /* a program with the set-user-id or set-group-id bit */
	FACTS_IMAGE_CAPS,   /* a program with file capabilities */
	FACTS_IMAGE_OPEN,   /* a directory that anybody can write to, without the sticky bit */
	FACTS_IMAGE_N,
};

struct facts_image {
	bool is_known;
	bool is_cut; /* there was more than FACTS_IMAGE_FILES_MAX or FACTS_IMAGE_DEPTH_MAX */
	struct {
		uint32_t n;
		const char *first; /* below the root of the image: "/bin/su"; NULL where n is 0 */
	} found[FACTS_IMAGE_N];
};

struct facts {
	unsigned kernel_major, kernel_minor;
	uint32_t euid;              /* as seen by this process */
	bool initial_userns;        /* are ids here the machine's own? */
	uint64_t caps;              /* our permitted set: what could be granted at all */
	int cap_last;               /* /proc/sys/kernel/cap_last_cap */
	uint32_t seccomp_flags;     /* SYS_SECCOMP_FLAG_* this kernel takes */
	bool apparmor, selinux;     /* active in this kernel */
	const char *apparmor_label; /* what confines ourselves; NULL = nothing */
	struct facts_apparmor_profile apparmor_profiles[FACTS_APPARMOR_PROFILES_MAX];
	size_t n_apparmor_profiles;
	const char
		*selinux_type; /* of those asked for, the first that the policy has; NULL = none */
	uint32_t landlock_abi; /* 0 = none, or not looked at: only where a profile asks for it */
	bool has_cgroup_ns, has_time_ns;
	bool has_idmap;         /* kernel >= 5.12 and privileged here */
	bool has_overlay_idmap; /* overlays take idmapped layers: kernel >= 5.19 */
	bool has_overlay_fds;   /* and detached ones, by descriptor: kernel >= 6.15 */
	enum facts_cgroup_mode cgroup_mode;
	struct facts_hierarchy hierarchies[FACTS_HIERARCHIES_MAX];
	size_t n_hierarchies;
	bool cgroup_writable;                /* may we create cgroups below our own? */
	const char *systemd_cgroup;          /* where the systemd that serves us has its units: "/",
	                                        "/user.slice/user-1000.slice/user@1000.service"; NULL
	                                        = there is none, or nobody asked */
	uint64_t rlimit_hard[FACTS_RLIMITS]; /* by RLIMIT_*; UINT64_MAX = infinity */
	uint64_t ids_available; /* non-initial user namespace: ids 0..N-1 that exist here */
	bool setgroups_denied;  /* non-initial user namespace: /proc/self/setgroups says "deny" */
	int oom_score_adj;      /* non-initial user namespace: ours, below which we can't go */
	uint32_t ids_next_base; /* the block `plan` shows, 0 = none: from a facts file, or filled
	                           in by who knows the pool; facts_gather() leaves it */
	const struct facts_path *paths; /* probed; a path not listed is default_path */
	size_t n_paths;
	const struct facts_path *patterns; /* only from a facts file: ->path has one '*' that stands
	                               for anything ("/proc/" "*" "/exe"); the first match counts */
	size_t n_patterns;
	struct facts_path default_path; /* only from a facts file: stands for any other path */
	bool has_default_path;
	struct facts_overlay overlay;         /* path NULL: none was looked at */
	const struct facts_id_user *id_users; /* only what facts_add_id_user() was told */
	size_t n_id_users;
	struct facts_image image;
	uint32_t terminals;       /* bit 0 to 2: a standard stream of the caller is one */
	bool legacy_tiocsti;      /* who has a terminal can type into it */
	const char *core_pattern; /* of the host; NULL = not looked at */
};

/**
 * facts_gather() - look at this host
 *
 * Return: 0 or negative errno (no /proc is fatal; a missing cgroup mount is a fact).
 */
int facts_gather(struct arena *arena, struct facts *out, struct err *err) _must_check_;

/**
 * facts_gather_systemd() - systemd_cgroup: only for who uses systemd, others don't pay for it
 */
int facts_gather_systemd(struct arena *arena, struct facts *out, struct err *err) _must_check_;

/**
 * facts_probe_path() - add one host path to the facts
 * @path: absolute
 *
 * A path that cannot be looked at is recorded as absent; only -ENOMEM fails.
 */
int facts_probe_path(struct arena *arena, struct facts *facts, const char *path, struct err *err)
	_must_check_;

/**
 * facts_probe_overlay() - the layers of the overlay that is mounted at @path
 *
 * Nothing happens where @path is not probed, or is on another file system. Layers that can't be
 * found, or are not what the mount shows, are facts->overlay.problem; only -ENOMEM fails.
 */
int facts_probe_overlay(struct arena *arena, struct facts *facts, const char *path, struct err *err)
	_must_check_;

/**
 * facts_probe_apparmor() - is the AppArmor profile, or every profile of the stack, loaded?
 * @name: kept, not copied
 *
 * Return: 0, also where that can't be told; only -ENOMEM fails.
 */
int facts_probe_apparmor(
	struct arena *arena, struct facts *facts, const char *name, struct err *err) _must_check_;

/* Looked at only where the profile asks for a rule that is about them. Each fails with -ENOMEM only:
 * what can't be read is taken as not there.
 *
 * facts_probe_id_users() - of /etc/passwd (@passwd) and, of users who log in, /etc/subuid (@subuid)
 * facts_add_id_user() - one more; @who is kept, not copied
 * facts_probe_image() - walks the directory @path, but through no other file system
 * facts_scan_image() - the same of an open directory (borrowed)
 * facts_probe_terminals() - the caller's standard streams
 * facts_probe_core_pattern() - what the host does with core files
 */
int facts_probe_id_users(struct arena *arena, struct facts *facts, const char *passwd,
	const char *subuid, struct err *err) _must_check_;
int facts_add_id_user(struct arena *arena, struct facts *facts, const struct facts_id_user *user,
	struct err *err) _must_check_;
int facts_probe_image(struct arena *arena, struct facts *facts, const char *path, struct err *err)
	_must_check_;
int facts_scan_image(struct arena *arena, int root_fd, struct facts_image *out, struct err *err)
	_must_check_;
void facts_probe_terminals(struct facts *facts);
int facts_probe_core_pattern(struct arena *arena, struct facts *facts, struct err *err)
	_must_check_;

/**
 * facts_probe_selinux() - does SELinux's policy have the type, for processes with any categories?
 * @type: kept, not copied; nothing happens where another one was found before
 */
void facts_probe_selinux(struct facts *facts, const char *type);

/** facts_apparmor_state() - what was probed of an AppArmor profile */
enum facts_apparmor_state facts_apparmor_state(const struct facts *facts, const char *name);

/**
 * facts_set_owner() - a container of caisson's has the namespace at @path, which was probed
 * @id: kept, not copied
 */
void facts_set_owner(struct facts *facts, const char *path, const char *id, uint32_t ids_base);

/**
 * facts_is_above() - does the file belong to an id of an outer user namespace, not mapped here?
 * @fd: the file, O_PATH is enough (borrowed)
 * @st: of @fd
 *
 * For a rootless caisson that is root of the machine or another user; never anybody in one of its
 * containers, whose ids are all mapped here.
 */
bool facts_is_above(int fd, const struct stat *st);

/**
 * facts_find_path() - what was probed of @path
 *
 * Return: the entry of that path, else the first pattern that matches, else the default path, else
 * an absent one; never NULL.
 */
const struct facts_path *facts_find_path(const struct facts *facts, const char *path);

/** facts_find_controller() - hierarchy that carries @controller ("memory"), or NULL */
const struct facts_hierarchy *facts_find_controller(
	const struct facts *facts, const char *controller);

/* --- subordinate ids ------------------------------------------------------------------------ */

struct facts_id_range {
	uint32_t first;
	uint32_t count;
};

struct facts_subids {
	struct facts_id_range ranges[FACTS_SUBIDS_MAX]; /* in the order of the file, or ascending */
	size_t n_ranges;
};

/**
 * facts_read_subids() - what one of /etc/subuid and /etc/subgid gives to a user
 * @name, @number: both are looked for in the first field; either may be NULL
 *
 * Other users' lines may be malformed, this user's may not. A missing file gives no ranges.
 */
int facts_read_subids(const char *path, const char *name, const char *number,
	struct facts_subids *out, struct err *err) _must_check_;

/**
 * facts_read_blocks() - ids for containers: aligned whole blocks that @name has in both files
 *
 * Left out: blocks that overlap any other user's range in either file, block 0 (it holds 65534
 * and 65535), and the last one (it ends in the id that means "none"). Adjacent blocks come as one
 * range, ascending.
 */
int facts_read_blocks(const char *name, const char *subuid, const char *subgid,
	struct facts_subids *out, struct err *err) _must_check_;

/**
 * facts_find_gap() - whole blocks that neither file gives to anybody but @name (NULL: at all)
 * @out: the first @count ids (a multiple of FACTS_ID_BLOCK) from @from on that are free in a row
 *
 * Return: 0; -ENOENT when there is no such place; another negative errno.
 */
int facts_find_gap(const char *name, const char *subuid, const char *subgid, uint32_t from,
	uint32_t count, struct facts_id_range *out, struct err *err) _must_check_;

/* --- text form ------------------------------------------------------------------------------ */

/**
 * facts_parse() - read the text form ("key value" lines; described in src/facts/text.c)
 * facts_print() - write it; facts_parse(facts_print(x)) == x
 *
 * Return: 0; -EINVAL with the line number.
 */
int facts_parse(struct arena *arena, const char *text, struct facts *out, struct err *err)
	_must_check_;
void facts_print(const struct facts *facts, struct str_buf *out);

#endif
