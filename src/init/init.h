/*
 * caisson-init from the inside: its context, and one function for every kind of step. Local to
 * src/init.
 */
#ifndef INIT_INIT_H
#define INIT_INIT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "plan/read.h"
#include "sys/call.h"
#include "wire/wire.h"

enum {
	INIT_HINT_MAX = 256,
	INIT_HOME_MAX = 1024,
};

struct init_ctx {
	const struct plan *plan;
	int wire;             /* -1 once create has returned */
	int root;             /* O_PATH: "/" of all path work; -1 until it is known */
	int dir;              /* O_PATH: the directory last worked in, see init_open_parent() */
	const char *dir_path; /* ... and its path, borrowed from the plan, not NUL-terminated */
	size_t dir_len;
	int old_root; /* O_PATH: the host's "/", while it is still there */
	int proc;     /* procfs instance of our own: never the one that a container sees */
	int kept[PLAN_KEPT_MAX]; /* mounts that later steps come back to; the number plus 1, 0 = none */
	int landlock;            /* ruleset; -1 until the plan has one */
	int masks;               /* tmpfs with "dir" and "file", cloned over masked paths */
	int cgroups
		[WIRE_FDS_MAX]; /* tasks files of WIRE_CGROUPS; those before @next_cgroup are closed */
	size_t n_cgroups;
	size_t next_cgroup;
	bool own_mounts;    /* in a mount namespace that is not the host's */
	bool root_attached; /* PLAN_ROOT was carried out */
	bool root_has_path; /* ... below the host's root, not over it */
	bool pivoted;
	bool cwd_early; /* changed to process.cwd before the uid */
	bool has_caps;
	bool armed;    /* exec_arm() was done */
	bool filtered; /* the workload's filter is in force before the confine stage is over */
	uint32_t fs_uid;
	uint32_t fs_gid;
	uint32_t uid;         /* of PLAN_USER */
	struct sys_caps caps; /* of PLAN_CAPS, to compare with before exec */
	const struct plan_step *exec_step;
	char **argv; /* of the workload */
	char **env;
	char home[INIT_HOME_MAX]; /* "HOME=..." when the plan's environment has none */
	char exec_path[PATH_MAX];
	char exec_hint[INIT_HINT_MAX]; /* added to the message when execve() fails */
};

typedef int (*init_step_fn)(struct init_ctx *ctx, const struct plan_step *step, struct err *err);

/* --- run.c, main.c ---------------------------------------------------------------------------- */

/** init_run() - carry out the steps of the plan; returns only when something went wrong */
int init_run(struct init_ctx *ctx, struct err *err) _must_check_;

/** init_stop_logging() - the wire is closed: drop messages from here on */
void init_stop_logging(void);

/** init_string() - text of a step's reference */
const char *init_string(const struct init_ctx *ctx, const struct plan_step *step, unsigned ref);

/* --- paths.c: everything below the root ------------------------------------------------------- */

/** init_root() - the root as a descriptor; opens "/" when no PLAN_ROOT was there (exec) */
int init_root(struct init_ctx *ctx, struct err *err) _must_check_;

/** init_open() - open a path of the container; -1 with errno */
int init_open(const struct init_ctx *ctx, const char *path, int flags) _must_check_;

enum init_make {
	INIT_MAKE_DIR,
	INIT_MAKE_FILE
};

/**
 * init_make() - open a path (O_PATH), making it and its parents when missing
 * @path:    of the plan: the directory it stands in may be remembered by it
 * @mode:    of a directory that is @path itself; parents get 0755, a file 0644
 * @created: NULL, or set to whether @path had to be made
 *
 * Return: the descriptor, or negative errno.
 */
int init_make(struct init_ctx *ctx, const char *path, enum init_make kind, mode_t mode,
	bool *created, struct err *err) _must_check_;

/**
 * init_open_parent() - the directory a path's last component stands in, made when missing
 * @path: of the plan
 * @name: that component, for *at() calls; NAME_MAX + 1 bytes
 *
 * The directory stays open until one of another path is asked for: devices, links and cgroup
 * hierarchies come in rows of neighbours.
 * Return: the descriptor (O_PATH, borrowed), or negative errno.
 */
int init_open_parent(struct init_ctx *ctx, const char *path, char *name, struct err *err)
	_must_check_;

/** init_forget_dir() - something was mounted: paths may lead elsewhere now */
void init_forget_dir(struct init_ctx *ctx);

/* --- others that are used across files -------------------------------------------------------- */

/**
 * init_receive() - wait for the one message of caisson that may come now
 * @fds: the descriptors it brought, close-on-exec; room for WIRE_FDS_MAX
 */
int init_receive(const struct init_ctx *ctx, enum wire_type type, int *fds, size_t *n,
	struct err *err) _must_check_;

/** init_copy_up() - copy the content of directory @path below the root into @to */
int init_copy_up(const struct init_ctx *ctx, const char *path, int to, struct err *err)
	_must_check_;

/** init_park_mount() - attach a mount where it goes away together with the host's tree */
int init_park_mount(const struct init_ctx *ctx, int mnt) _must_check_; /* -1 with errno */

/** init_drop_old_root() - end of the build stage: let go of the host's tree */
int init_drop_old_root(struct init_ctx *ctx, struct err *err) _must_check_;

/** init_set_propagation() - of a mount, by descriptor; 0 changes nothing */
int init_set_propagation(int mnt, uint64_t propagation, bool recursive) _must_check_;

/**
 * init_vector() - a list of the plan as argv or environment, NULL-terminated
 *
 * Return: the vector, with room for one more item; NULL: no memory.
 */
char **init_vector(const struct plan *plan, const struct plan_ref *ref) _must_check_;

/** init_write_proc() - write a file below our own procfs; "%d/" in front for this process */
int init_write_proc(const struct init_ctx *ctx, const char *path, const char *text, size_t len,
	struct err *err) _must_check_;

/** init_find_interp() - why execve() of @path would say ENOENT: ": interpreter '...' is missing" */
void init_find_interp(const char *path, char *hint, size_t size);

/** init_set_home() - give the workload a HOME when its environment has none or an empty one */
void init_set_home(struct init_ctx *ctx);

/** init_enter_cwd() - change to the plan's working directory, inside the root */
int init_enter_cwd(struct init_ctx *ctx, const char *path, struct err *err) _must_check_;

/* --- the steps -------------------------------------------------------------------------------- */

/* ns.c */
int init_cgroup_join(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_ns_join(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_ns_new(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_userns_join(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_lock_mounts(struct init_ctx *ctx, const struct plan_step *step, struct err *err);

/* kernel.c */
int init_proc(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_keyring(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_oom_score(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_rlimit(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_link_up(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_hostname(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_domainname(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_sysctl(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_personality(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_pdeathsig(struct init_ctx *ctx, const struct plan_step *step, struct err *err);

/* root.c */
int init_private_root(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_attach_root(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_pivot(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_root_flags(struct init_ctx *ctx, const struct plan_step *step, struct err *err);

/* mount.c */
int init_mount_new(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_mount_tree(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_remount(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_propagation(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_cwd_make(struct init_ctx *ctx, const struct plan_step *step, struct err *err);

/* mask.c */
int init_readonly(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_mask(struct init_ctx *ctx, const struct plan_step *step, struct err *err);

/* dev.c */
int init_device(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_symlink(struct init_ctx *ctx, const struct plan_step *step, struct err *err);

/* tty.c */
int init_console(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_stdio_owner(struct init_ctx *ctx, const struct plan_step *step, struct err *err);

/* hook.c */
int init_hook(struct init_ctx *ctx, const struct plan_step *step, struct err *err);

/* cred.c */
int init_fs_ids(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_bounding(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_securebits(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_user(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_caps(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_umask(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_cwd(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_no_new_privs(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_no_wx(struct init_ctx *ctx, const struct plan_step *step, struct err *err);

/* landlock.c */
int init_landlock(struct init_ctx *ctx, const struct plan_step *step, struct err *err);

/* label.c */
int init_apparmor(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_selinux(struct init_ctx *ctx, const struct plan_step *step, struct err *err);

/* gate.c */
int init_sync_hooks(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_gate(struct init_ctx *ctx, const struct plan_step *step, struct err *err);

/* exec.c */
int init_find_exec(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_close_fds(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_seccomp(struct init_ctx *ctx, const struct plan_step *step, struct err *err);
int init_exec(struct init_ctx *ctx, const struct plan_step *step, struct err *err);

#endif
