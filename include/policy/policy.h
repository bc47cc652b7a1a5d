/*
 * Profile + rule table + facts decide what of a config is done. The result is data: the effective
 * config (what will be done), a few decisions that config.json has no words for, and findings
 * (what was changed or refused, and why). Nothing is created here.
 *
 * Runs in: host. Pure.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "facts/facts.h"
#include "policy/landlock.h"

/* --- profiles -------------------------------------------------------------------------------- */

enum policy_userns {
	POLICY_USERNS_CONFIG,
	POLICY_USERNS_ALWAYS
};

/* Who owns the container's other namespaces (design 3). */
enum policy_layout {
	POLICY_LAYOUT_HOST,    /* no user namespace of its own: profile oci without one */
	POLICY_LAYOUT_NOTHING, /* user namespace owns nothing: the default */
	POLICY_LAYOUT_OWNING,  /* user namespace owns net, ipc, uts and a second mount namespace */
};

/* Whose files a volume's are inside the container, where that has ids of its own. */
enum policy_volume_map {
	POLICY_VOLUME_NONE,     /* nobody's */
	POLICY_VOLUME_OWNER,    /* of the source's owner, who has an id inside; nobody else has */
	POLICY_VOLUME_IDENTITY, /* of the same ids as on disk, as in the root file system */
	POLICY_VOLUME_GIVEN,    /* as the mappings of the mount say; no word of a profile */
};

struct policy_volume_path {
	const char *pattern; /* "/srv/" "*" "/data"; "@/volumes": of the engine's directory */
	enum policy_volume_map map;
};

/* What may be done to give a container its files where it has ids of its own (design 4). */
enum policy_shift {
	POLICY_SHIFT_IDMAP,         /* idmapped mounts, in the way that is best on this kernel */
	POLICY_SHIFT_IDMAP_BY_PATH, /* overlays as on kernels < 6.15 */
	POLICY_SHIFT_CHOWN,         /* where that fails for an overlay: its files, one by one */
};

enum {
	POLICY_RULES_MAX = 160
};

/* What a profile says about one rule. */
enum policy_wish {
	POLICY_BY_KEYS,      /* nothing: the keys of the profile decide */
	POLICY_WISH_ALLOW,   /* not looked at */
	POLICY_WISH_WARN,    /* done as asked, with a warning */
	POLICY_WISH_TIGHTEN, /* done more strictly; refused where that can't be */
	POLICY_WISH_REFUSE,  /* whatever it finds is refused */
};

/* What a profile opens in caisson's own seccomp filter; a set of them is also the number of the
 * filter that was compiled for it. */
enum policy_floor_option {
	POLICY_FLOOR_COMPAT32 = 1, /* programs of 32 bits: i386, arm */
	POLICY_FLOOR_X32 = 2,
	POLICY_FLOOR_IO_URING = 4,
	POLICY_FLOOR_DEBUG = 8,   /* tracing of other processes */
	POLICY_FLOOR_NESTED = 16, /* namespaces and mounts */
	POLICY_FLOOR_VARIANTS = 32
};

struct policy_profile {
	const char *name;
	const char *description;
	enum policy_userns userns;
	enum policy_shift rootfs_shift;
	bool layout_owning_on_grant;  /* owning layout when SYS_ADMIN or NET_ADMIN is granted; else
	                                  "owns nothing" whatever is granted */
	bool layout_owning_on_config; /* owning layout when the config brings a user namespace */
	bool caps_limited;            /* the three sets below are in force */
	uint64_t caps_ceiling;        /* bounding never above this */
	uint64_t caps_default;        /* of the ceiling: what a config without any gets */
	uint64_t caps_floor;     /* never with the host's user namespace, whatever the ceiling */
	uint64_t caps_droppable; /* asked beyond the ceiling: dropped and noted; others refused */
	bool ambient_allowed;
	bool floor;             /* caisson's own seccomp filter below the config's */
	const char *floor_path; /* that of the administrator instead; NULL = caisson's */
	const struct config_seccomp *floor_file; /* what is in it */
	unsigned floor_abi;                      /* POLICY_FLOOR_COMPAT32, _X32 */
	bool floor_io_uring, floor_debug, floor_nested;
	bool no_new_privileges;              /* forced on */
	bool wx_denied;                      /* no memory that is writable and executable */
	const char *apparmor_default;        /* where the config has none; NULL, "" = none */
	struct json_strings selinux_default; /* types; the first that the policy has */
	bool keyring_always;                 /* --no-new-keyring has no effect */
	bool host_namespaces_refused;
	bool own_dev;         /* /dev is always a tmpfs of ours */
	bool mounts_limited;  /* file system types, /proc and /sys, sources, propagation */
	bool devices_limited; /* default nodes only, and no more access than they need */
	bool hooks_trusted_only;
	bool volumes_nosuid_nodev;
	enum policy_volume_map volume_map;
	const struct policy_volume_path *volume_paths; /* the first that matches goes before it */
	size_t n_volume_paths;
	struct json_strings volumes_refused; /* patterns of sources that no volume may be of */
	struct json_strings
		volumes_relabel; /* patterns of sources whose files get the mount label */
	struct json_strings volumes_relabel_shared; /* that without its categories */
	struct json_strings volume_sockets;         /* patterns of sockets that may be volumes */
	bool sysctls_limited;
	struct json_strings sysctls;      /* allowed keys; a trailing '*' matches any rest */
	struct json_strings masked_paths; /* added to the config's */
	struct json_strings readonly_paths;
	const struct config_rlimit *rlimits; /* upper bounds; set where the config says nothing */
	size_t n_rlimits;
	uint64_t pids_limit_default; /* where the config says nothing; 0 = none */
	bool oom_group_default;      /* v2: memory.oom.group where the config says nothing */
	bool cgroup_delegation;      /* v2: the container may make cgroups below its own, if its
	                                 config mounts them writable */
	bool memory_required, pids_required; /* no container without such a limit */
	struct json_strings cgroup_parents;  /* patterns of cgroups that containers lie below */
	struct policy_landlock landlock;
	bool cgroup_ns_always;
	bool time_ns_always;
	bool audit_required; /* no container without its lines in the audit log, if there is one */
	uint8_t wishes[POLICY_RULES_MAX]; /* enum policy_wish, by row of the rule table */
};

/**
 * policy_profile_load() - the profile that @name chooses
 * @name: "oci", "hardened", "restricted", or a path (anything with a slash); NULL = "hardened"
 *
 * Shipped profiles are embedded (profiles/NAME.json). A file must be a regular file owned by root
 * or the caller and writable by nobody else. It extends another one: "extends": "hardened".
 */
int policy_profile_load(struct arena *arena, const char *name, const struct policy_profile **out,
	struct err *err) _must_check_;

/** policy_floor_options() - POLICY_FLOOR_* of a profile */
unsigned policy_floor_options(const struct policy_profile *profile);

/** policy_floor_name() - "floor+debug+nested", or the path of the filter; NULL = out of memory */
const char *policy_floor_name(struct arena *arena, const struct policy_profile *profile);

/** policy_profile_name() - i-th shipped profile, NULL at the end */
const char *policy_profile_name(size_t i);

/**
 * policy_profile_looser() - where is @asked looser than @base?
 * @where: "capabilities_ceiling, CIS-5.4", keys and rules; NULL = nowhere
 *
 * Return: 0; -ENOMEM.
 */
int policy_profile_looser(struct arena *arena, const struct policy_profile *base,
	const struct policy_profile *asked, const char **where, struct err *err) _must_check_;

#define POLICY_PROFILE_ANNOTATION "caisson.profile"

/* A profile that an annotation of the bundle asks for. */
struct policy_annotation {
	const char *name;                  /* NULL = none */
	const struct policy_profile *base; /* of the command line or the administrator */
	bool is_known;                     /* shipped, or listed by the administrator */
	const char *looser;                /* where it is looser than @base; NULL = nowhere */
};

/**
 * policy_profile_annotated() - what an annotation makes of the profile
 * @listed:  files that may be named, besides the names of shipped profiles
 * @profile: replaced if the annotation asks for one that is at least as strict; else a rule
 *           refuses the container
 *
 * Return: 0; negative errno when a listed file is no profile.
 */
int policy_profile_annotated(struct arena *arena, const struct config *config,
	const struct json_strings *listed, struct policy_annotation *out,
	const struct policy_profile **profile, struct err *err) _must_check_;

/* --- rules ----------------------------------------------------------------------------------- */

enum policy_severity {
	POLICY_INFO,
	POLICY_LOW,
	POLICY_MEDIUM,
	POLICY_HIGH,
	POLICY_CRITICAL,
};

/* One rule, in words. Ids are those of the Kubernetes Pod Security Standards (PSS-B-* baseline,
 * PSS-R-* restricted), of the CIS Docker Benchmark 1.6 (CIS-5.*), or caisson's own (CS-*). */
struct policy_rule_info {
	const char *id;
	enum policy_severity severity;
	const char *title;
	const char *why;       /* one sentence, against whom */
	const char *pointer;   /* the part of config.json that decides; "" = not that document */
	const char *live;      /* what of a running container does; NULL: nothing */
	const char *fix;       /* what to change in the config */
	const char *reference; /* other names of the same, and where to read on; NULL */
};

/** policy_rule_info_at() - every rule, those of running containers alone included; NULL at the end */
const struct policy_rule_info *policy_rule_info_at(size_t i);

/** policy_rule_info_find() - by id; NULL = no such rule */
const struct policy_rule_info *policy_rule_info_find(const char *id);

const char *policy_severity_name(enum policy_severity severity); /* "critical" */

/* --- findings -------------------------------------------------------------------------------- */

enum policy_verdict {
	POLICY_NOTE,    /* done as asked, but worth a line (an unknown capability) */
	POLICY_WARN,    /* done as asked, because the profile does not insist on the rule */
	POLICY_TIGHTEN, /* done more strictly than asked */
	POLICY_REFUSE,  /* not done: nothing is created */
};

struct policy_finding {
	const char *rule; /* "CIS-5.4" */
	const struct policy_rule_info *info;
	enum policy_verdict verdict;
	const char *pointer; /* JSON pointer into config.json; of the missing field if absent */
	const char *found;   /* "CAP_SYS_ADMIN"; "absent" */
	const char *decided; /* what is done instead, or what would be accepted */
	const char *reason;  /* one sentence, against whom */
	const char *allow;   /* how the administrator can allow it; NULL for TIGHTEN and NOTE, and
	                         for what no profile allows: @found is then a runc-like error */
};

/* What is done about the ids of one mount. */
struct policy_volume {
	enum policy_volume_map map;
	bool is_recursive;           /* mounts below as well */
	const char *source;          /* the path the map was chosen for: no symlink in it may be
	                                followed; NULL: as the config has it */
	uint32_t disk_uid, disk_gid; /* OWNER: on disk ... */
	uint32_t uid, gid;           /* ... and inside */
};

/* How the root file system gets its ids: a rung of the ladder (design 4). */
enum policy_rung {
	POLICY_RUNG_NONE,            /* they need none, or config.json cares for them */
	POLICY_RUNG_DIRECTORY,       /* an idmapped mount of the directory */
	POLICY_RUNG_OVERLAY,         /* a second overlay of the same, idmapped, layers */
	POLICY_RUNG_OVERLAY_BY_PATH, /* that, by way of temporary mounts: kernels < 6.15 */
	POLICY_RUNG_CHOWN,           /* the files' owners are changed */
};

/* A volume whose files get the container's SELinux label. */
struct policy_relabel {
	const char *path; /* no symlink in it */
	bool is_shared;   /* without categories */
};

struct policy_decisions {
	const struct policy_profile *profile;
	struct config config; /* the effective config */
	enum policy_layout layout;
	bool claims_ids;             /* a block of 65536 ids must be claimed for this container */
	uint32_t ids_shared;         /* it is that of another container; 0 = one of its own */
	const char *ids_shared_with; /* that container */
	bool identity_ids;           /* rootless: container ids 0..N-1 are those of the outer ns */
	uint64_t ids_size;           /* ids of the container: 65536, or fewer when rootless */
	bool shift_root;             /* the rootfs must get the container's ids, by ... */
	enum policy_rung rung;
	bool session_keyring;
	uint64_t volume_attr_set; /* SYS_ATTR_* added to every bind that is not a device */
	uint64_t root_attr_set;   /* added to the rootfs */
	const struct policy_volume *volumes; /* one for each of config.mounts; NULL: none mapped */
	const struct policy_landlock *landlock; /* NULL: not asked for, or not to be had */
	const char *relabel_root; /* the root file system, for the mount label; NULL = as it is */
	const struct policy_relabel *relabels; /* ends with path NULL; NULL = none */
	bool wx_denied;
	bool label_categories; /* the SELinux labels of the config get those of the id block */
	bool lock_ambient;     /* securebit NO_CAP_AMBIENT_RAISE, locked */
	bool delegates_cgroup; /* its cgroup belongs to its first user */
	const char *subject;   /* of a refusal: NULL = "this container" */
	bool is_rootless;
	const struct policy_finding *findings;
	size_t n_findings;
	size_t n_refused;
};

/* What the command line says and a rule must know. */
struct policy_request {
	bool no_new_keyring;
	bool no_cgroup;      /* --cgroup-manager disabled */
	bool systemd_cgroup; /* systemd makes the cgroup */
	const char *bundle;  /* absolute; relative root.path and bind sources start here */
	const struct policy_annotation *annotation; /* NULL = not looked for */
};

/**
 * policy_probe() - every host path the config names, as facts
 *
 * The only impure step, kept apart: calls facts_probe_path() for root.path, bind sources,
 * namespace paths and hook paths, and for the layers of root.path where an overlay may have to be
 * built anew. Golden tests skip it.
 */
int policy_probe(struct arena *arena, const struct policy_profile *profile,
	const struct config *config, const char *bundle, struct facts *facts, struct err *err)
	_must_check_;

/**
 * policy_decide() - walk the rule table
 * @out: filled, also when rules refuse (out->n_refused > 0): the caller reports all of them
 *
 * Return: 0; negative errno only for -ENOMEM.
 */
int policy_decide(struct arena *arena, const struct policy_profile *profile,
	const struct config *config, const struct facts *facts,
	const struct policy_request *request, struct policy_decisions *out, struct err *err)
	_must_check_;

/**
 * policy_refusal() - all refusals as one error
 *
 * "caisson refuses this container, profile hardened: [rule] POINTER: found; reason; allow ... ; [rule] ..."
 * One line, cut with "and N more: caisson plan BUNDLE" where struct err ends (@bundle NULL: without
 * the command). Where every refusal is
 * one that holds in any profile, it reads like runc's error instead: "FOUND; FOUND".
 * Return: -POLICY_REFUSED; -EINVAL in the second form.
 */
int policy_refusal(const struct policy_decisions *decisions, const char *bundle, struct err *err);

/* What fails by a word of the profile or the administrator, and not by anything that is wrong or
 * missing: no call that caisson makes has this error. */
#define POLICY_REFUSED EKEYREJECTED

/**
 * policy_refusal_line() - one refusal with all that is known of it, as a line for people
 *
 * "[CIS-5.4] high, POINTER: found CAP_BPF; accepted: CAP_CHOWN; to allow: a profile ..."
 */
void policy_refusal_line(const struct policy_finding *finding, char *buf, size_t size);

/** policy_absolute() - @path, or @bundle/@path if it is relative; cleaned; NULL = out of memory */
const char *policy_absolute(struct arena *arena, const char *bundle, const char *path);

/** policy_rung_name() - how the rootfs gets its ids (design 4): "idmapped-directory", ... */
const char *policy_rung_name(const struct policy_decisions *decisions);

/* --- exec ------------------------------------------------------------------------------------ */

/* What a container's first process got: no process that joins it gets more (I8). */
struct policy_ceiling {
	bool is_limited;          /* by the profile that create used; false: as under runc */
	const char *profile;      /* its name */
	uint64_t caps_droppable;  /* asked beyond what the container has: dropped, not refused */
	enum policy_wish as_root; /* of a process of root where the first is not: CIS-5.24 */
	bool lock_ambient;
	bool setgroups_denied;
	enum policy_layout layout;
	const struct config *config; /* ->process, ->uid_mappings, ->gid_mappings, ->personality */
};

/* What the command line of exec says instead of a process.json. */
struct policy_exec_flags {
	struct json_strings args;
	struct json_strings env;  /* added; the last of one name counts */
	struct json_strings caps; /* added to bounding, effective and permitted */
	struct json_strings gids; /* additional groups, decimal */
	const char *cwd;          /* the five: NULL = as the container's first process */
	const char *user;         /* "UID[:GID]", decimal */
	const char *apparmor_profile;
	const char *selinux_label;
	const bool *no_new_privileges;
	bool terminal;
};

/**
 * policy_exec_process() - the process that the flags describe, on top of the container's own
 *
 * SECURITY: numbers are exact, a user that is not one is an error (CVE-2026-30892: T-20).
 */
int policy_exec_process(struct arena *arena, const struct config_process *own,
	const struct policy_exec_flags *flags, struct config_process *out, struct err *err)
	_must_check_;

/** policy_exec_as_root() - what the profile says of root where the first process is not: CIS-5.24 */
enum policy_wish policy_exec_as_root(const struct policy_profile *profile);

/**
 * policy_decide_exec() - bring a process under the ceiling of the container it joins
 * @asked: ->process and what of it is not supported
 * @facts: ->caps only
 * @out:   ->config is what plan_build_exec() builds from; refusals as in policy_decide()
 */
int policy_decide_exec(struct arena *arena, const struct policy_ceiling *ceiling,
	const struct config *asked, const struct facts *facts, struct policy_decisions *out,
	struct err *err) _must_check_;

/* --- update ---------------------------------------------------------------------------------- */

/* What the profile of a container said when it was created. */
struct policy_demands {
	const char *profile;
	bool memory_required, pids_required;
};

/**
 * policy_decide_update() - may these take the place of the container's limits?
 * @out: nothing but findings: all that the update would take away
 */
int policy_decide_update(struct arena *arena, const struct policy_demands *demands,
	const struct config_resources *resources, struct policy_decisions *out, struct err *err)
	_must_check_;

const char *policy_verdict_name(enum policy_verdict verdict); /* "tightened" */
const char *policy_layout_name(enum policy_layout layout);    /* "owns-nothing" */

#endif
