/*
 * What the rules share: the walk over the rule table, and the words for findings. A rule looks at
 * what was asked (w->asked), changes the effective config (w->out->config) and records a finding
 * for each change. Rules run in the order of the table and see the work of those before them.
 *
 * Runs in: host. Local to src/policy.
 */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"
#include "config/config.h"
#include "facts/facts.h"
#include "policy/policy.h"

struct policy_walk;
struct policy_named;

/* May a profile's "rules" say something else than its keys do? */
enum policy_freedom {
	POLICY_FIXED, /* no */
	POLICY_KEPT,  /* only to tighten or to refuse: what follows builds on it */
	POLICY_FREE,
};

struct policy_rule {
	struct policy_rule_info info;
	void (*apply)(struct policy_walk *w); /* NULL: only a running container can break it */
	enum policy_freedom freedom;
	size_t switched_by; /* offset of a bool of the profile; 0: apply() looks itself */
	bool is_optional;   /* applied only where a profile's "rules" has it */
	bool cuts;         /* what it refuses it has also cut, so that tightening will do as well */
	const char *allow; /* of its refusals; NULL: by "rules", or (FIXED) not at all */
};

#define POLICY_SWITCH(member) offsetof(struct policy_profile, member)

struct policy_walk {
	struct arena *arena;
	const struct policy_profile *profile;
	const struct config *asked;
	const struct facts *facts;
	const struct policy_request *request;
	const struct policy_rule *rule;           /* the row being applied */
	size_t row;                               /* its number; of create's table */
	const struct policy_ceiling *ceiling;     /* exec only */
	struct policy_named *named, *floor_named; /* of seccomp_calls.c: shared by its rules */
	struct policy_decisions *out;
	struct policy_finding *findings;
	size_t n_findings;
	size_t cap_findings;
	bool failed; /* out of memory: everything after is void */
};

/* Part of a table: rules that belong together. */
struct policy_rules {
	const struct policy_rule *items;
	size_t n;
};

/** policy_rule_at() - row @i of the table; NULL at the end; policy_exec_rule_at() - of exec's */
const struct policy_rule *policy_rule_at(size_t i);
const struct policy_rule *policy_exec_rule_at(size_t i);

/* The parts of the table, in its order; and the words for what only a running container shows. */
struct policy_rules policy_rules_of_host(void);    /* table_host.c */
struct policy_rules policy_rules_of_files(void);   /* table_files.c */
struct policy_rules policy_rules_of_kernel(void);  /* table_kernel.c */
struct policy_rules policy_rules_of_process(void); /* table_process.c */
struct policy_rules policy_rules_of_live(void);    /* table_live.c */

/** policy_rule_index() - row of the rule @id; -1 = there is none */
int policy_rule_index(const char *id);

/** policy_rule_id() - policy_rule_at() as a list of names, for suggestions */
const char *policy_rule_id(size_t i);

/** policy_wish() - what the profile says about the current rule */
enum policy_wish policy_wish(const struct policy_walk *w);

/** policy_walk_rules() - apply each row of a table; fills the findings of @w->out */
int policy_walk_rules(struct policy_walk *w, const struct policy_rule *(*rule_at)(size_t i),
	struct err *err) _must_check_;

/* Record a finding of the current rule. A NULL text means that memory ran out while it was made. */
void policy_note(
	struct policy_walk *w, const char *pointer, const char *found, const char *decided);
void policy_tighten(
	struct policy_walk *w, const char *pointer, const char *found, const char *decided);
void policy_refuse(
	struct policy_walk *w, const char *pointer, const char *found, const char *decided);

/** policy_quote() - foreign text for a finding, 'escaped and bounded'; never NULL */
const char *policy_quote(struct policy_walk *w, const char *text);

/** policy_list_add() - one more element of a list "a, b, c" */
void policy_list_add(struct str_buf *list, const char *text);

/** policy_list() - the finished list, in the arena; NULL when out of memory */
const char *policy_list(struct policy_walk *w, const struct str_buf *list);

/** policy_cap_names() - "CAP_SYS_ADMIN, CAP_BPF": as the config has them; NULL when out of memory */
const char *policy_cap_names(struct policy_walk *w, uint64_t caps);

/** policy_cap_pointer() - the first of the five sets that has one of @which */
const char *policy_cap_pointer(const struct config_caps *caps, uint64_t which);

/** policy_cap_all() - all five sets; policy_cap_keep() - cut all five */
uint64_t policy_cap_all(const struct config_caps *caps);
void policy_cap_keep(struct config_caps *caps, uint64_t mask);

/** policy_copy() - a copy of @n elements with room for @extra more, to be changed by a rule */
void *policy_copy(struct policy_walk *w, const void *items, size_t n, size_t extra, size_t size);

/* What is known of one path the config names. */
struct policy_path {
	const char *path; /* absolute, clean */
	const char *real; /* symlinks resolved, as far as that is known */
	const struct facts_path *facts;
	bool is_known; /* false: a facts file says nothing of this very path, so
	                                   nothing may be refused because of it */
};

/** policy_look() - facts of @path, relative to the bundle; false = out of memory */
bool policy_look(struct policy_walk *w, const char *path, struct policy_path *out);

/** policy_is_host_tree() - the host's whole tree, devices or kernel interfaces? */
bool policy_is_host_tree(const char *path);

/** policy_is_host_directory() - of the host, and no container's root, but it may hold one */
bool policy_is_host_directory(const char *path);

/** policy_is_container_label() - is the type of the SELinux label one of containers? */
bool policy_is_container_label(const char *label);

/** policy_unified_default() - set a file of cgroup v2 unless the config does; false = it does */
bool policy_unified_default(struct policy_walk *w, const char *key, const char *value);

/** policy_below() - is @path @tree itself or inside it? Both clean. */
bool policy_below(const char *path, const char *tree);

/** policy_ns_is_private() - the effective config has a namespace of @type that is not the host's */
bool policy_ns_is_private(struct policy_walk *w, enum config_ns_type type);

/** policy_gid_is_mapped() - does a group of the container exist? After userns.always. */
bool policy_gid_is_mapped(const struct policy_walk *w, uint32_t gid);

/** policy_idmap_problem() - why mounts of @fs ("nfs") can't be idmapped on this host; NULL: they can */
const char *policy_idmap_problem(struct policy_walk *w, const char *fs);

/**
 * policy_path_matches() - is @path, clean, what @pattern says or below it?
 *
 * A '*' in the pattern stands for any characters but a slash.
 */
bool policy_path_matches(const char *pattern, const char *path);

/** policy_path_is_engines() - does a pattern of the profile make @source one that engines manage? */
bool policy_path_is_engines(struct policy_walk *w, const struct policy_path *source);

/** policy_socket_is_allowed() - does the profile let this socket be a volume? */
bool policy_socket_is_allowed(const struct policy_walk *w, const struct policy_path *source);

/** policy_engine_directory() - "/var/lib/docker" for the root file system of a container of its;
 *  NULL: it is not one that an engine has mounted, or out of memory */
const char *policy_engine_directory(struct arena *arena, const char *root);

/** policy_cgroup_is_expected() - is @path what one of the patterns says, or below it? */
bool policy_cgroup_is_expected(const struct json_strings *parents, const char *path);

/** policy_image_text() - what was found in an image; "" where that is nothing, NULL: out of memory */
const char *policy_image_text(struct arena *arena, const struct facts_image *image);

struct policy_id_users {
	const struct facts_id_user *items;
	size_t n;
};

/** policy_id_users_add() - who has ids from @first to @first + @count, into the list; @n counts all */
void policy_id_users_add(struct str_buf *list, size_t *n, uint64_t first, uint64_t count,
	const struct policy_id_users *users);

/* --- the rules, by theme ---------------------------------------------------------------------- */

/* process.c */
void policy_rule_process_required(struct policy_walk *w);
void policy_rule_no_new_privileges(struct policy_walk *w);
void policy_rule_wx(struct policy_walk *w);
void policy_rule_keyring(struct policy_walk *w);
void policy_rule_oom_score(struct policy_walk *w);
void policy_rule_environment(struct policy_walk *w);
void policy_rule_sshd(struct policy_walk *w);
void policy_rule_annotations(struct policy_walk *w);

/* strict.c */
void policy_rule_annotated_profile(struct policy_walk *w);

/* unsupported.c */
void policy_rule_unsupported(struct policy_walk *w);

/* labels.c */
void policy_rule_labels(struct policy_walk *w);
void policy_rule_apparmor_default(struct policy_walk *w);
void policy_rule_selinux_default(struct policy_walk *w);

/* relabel.c */
void policy_rule_relabel(struct policy_walk *w);

/* landlock.c */
void policy_rule_landlock(struct policy_walk *w);

/** policy_landlock_read() - the key of a profile; policy_landlock_looser() - strict.c's question */
int policy_landlock_read(struct arena *arena, const struct json *node, struct policy_landlock *out,
	struct err *err) _must_check_;
bool policy_landlock_looser(
	const struct policy_landlock *base, const struct policy_landlock *asked);

/* floor.c: strict.c's question */
bool policy_floor_looser(const struct policy_profile *base, const struct policy_profile *asked);

/* privileged.c */
void policy_rule_privileged(struct policy_walk *w);

/* confinement.c */
void policy_rule_apparmor(struct policy_walk *w);
void policy_rule_selinux(struct policy_walk *w);

/* identity.c */
void policy_rule_userns_mappings(struct policy_walk *w);
void policy_rule_userns_host(struct policy_walk *w);
void policy_rule_userns_always(struct policy_walk *w);
void policy_rule_userns_host_root(struct policy_walk *w);
void policy_rule_identity_mapped(struct policy_walk *w);
void policy_rule_user(struct policy_walk *w);
void policy_rule_groups(struct policy_walk *w);
void policy_rule_userns_owning(struct policy_walk *w);

/* namespaces.c */
void policy_rule_namespace_shared(struct policy_walk *w);
void policy_rule_namespace_path(struct policy_walk *w);
void policy_rule_namespace_uts(struct policy_walk *w);
void policy_rule_namespace_mount(struct policy_walk *w);
void policy_rule_namespace_network(struct policy_walk *w);
void policy_rule_namespace_pid(struct policy_walk *w);
void policy_rule_namespace_ipc(struct policy_walk *w);
void policy_rule_namespace_host_uts(struct policy_walk *w);
void policy_rule_namespace_others(struct policy_walk *w);
void policy_rule_namespace_added(struct policy_walk *w);

/* rootfs.c */
void policy_rule_root_path(struct policy_walk *w);
void policy_rule_root_host(struct policy_walk *w);
void policy_rule_root_idmap(struct policy_walk *w);
void policy_rule_root_flags(struct policy_walk *w);
void policy_rule_root_propagation(struct policy_walk *w);
void policy_rule_root_readonly(struct policy_walk *w);

/* mounts.c */
void policy_rule_mount_source_missing(struct policy_walk *w);
void policy_rule_mount_inside_proc(struct policy_walk *w);
void policy_rule_mount_over_proc(struct policy_walk *w);
void policy_rule_mount_type(struct policy_walk *w);
void policy_rule_mount_remount(struct policy_walk *w);
void policy_rule_mount_host_tree(struct policy_walk *w);
void policy_rule_mount_refused(struct policy_walk *w);
void policy_rule_mount_socket(struct policy_walk *w);
void policy_rule_mount_volumes(struct policy_walk *w);
void policy_rule_mount_propagation(struct policy_walk *w);

/* mountflags.c */
void policy_rule_mount_dev(struct policy_walk *w);
void policy_rule_mount_flags(struct policy_walk *w);
void policy_rule_volume_flags(struct policy_walk *w);

/* volumes.c */
void policy_rule_volume_asked(struct policy_walk *w);
void policy_rule_volume_asked_root(struct policy_walk *w);
void policy_rule_volume_host_root(struct policy_walk *w);
void policy_rule_volume_idmap(struct policy_walk *w);
void policy_rule_volume_map(struct policy_walk *w);

/* paths.c */
void policy_rule_masked_paths(struct policy_walk *w);
void policy_rule_readonly_paths(struct policy_walk *w);

/* bundle.c */
void policy_rule_bundle_closed(struct policy_walk *w);
void policy_rule_root_reachable(struct policy_walk *w);
void policy_rule_image(struct policy_walk *w);

/* caller.c */
void policy_rule_terminal(struct policy_walk *w);
void policy_rule_core(struct policy_walk *w);
void policy_rule_cgroup_parent(struct policy_walk *w);

/* idrange.c */
void policy_rule_ids_foreign(struct policy_walk *w);

/* devices.c */
void policy_rule_device_nodes(struct policy_walk *w);
void policy_rule_device_access(struct policy_walk *w);

/* delegation.c */
void policy_rule_cgroup_delegation(struct policy_walk *w);

/* limits.c */
void policy_rule_limit_pids(struct policy_walk *w);
void policy_rule_limit_oom_group(struct policy_walk *w);
void policy_rule_limit_memory(struct policy_walk *w);
void policy_rule_limit_cpu(struct policy_walk *w);

/* caps.c */
void policy_rule_caps_unknown(struct policy_walk *w);
void policy_rule_caps_unavailable(struct policy_walk *w);
void policy_rule_caps_default(struct policy_walk *w);
void policy_rule_caps_ceiling(struct policy_walk *w);
void policy_rule_caps_dropped(struct policy_walk *w);
void policy_rule_caps_inheritable(struct policy_walk *w);
void policy_rule_caps_ambient(struct policy_walk *w);
void policy_rule_caps_subset(struct policy_walk *w);

/* seccomp.c */
void policy_rule_seccomp_flags(struct policy_walk *w);
void policy_rule_seccomp_floor(struct policy_walk *w);
void policy_rule_seccomp_permissive(struct policy_walk *w);

/* seccomp_calls.c */
void policy_rule_seccomp_calls(struct policy_walk *w);
void policy_rule_seccomp_abi(struct policy_walk *w);

/* rlimits.c */
void policy_rule_rlimit_bound(struct policy_walk *w);
void policy_rule_rlimit_default(struct policy_walk *w);

/* hooks.c */
void policy_rule_hook_trusted(struct policy_walk *w);
void policy_rule_hook_environment(struct policy_walk *w);

/* sysctl.c */
void policy_rule_sysctl_key(struct policy_walk *w);
void policy_rule_sysctl_namespace(struct policy_walk *w);
void policy_rule_sysctl_allowed(struct policy_walk *w);
void policy_rule_sysctl_defaults(struct policy_walk *w);

#endif
