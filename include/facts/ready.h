/*
 * What `caisson check` asks of the host beyond struct facts: things a launch simply does, and finds
 * out about by failing. Here they are tried without consequence, and the answer is kept.
 *
 * Runs in: host.
 */
#ifndef FACTS_READY_H
#define FACTS_READY_H

#include "facts/facts.h"

enum {
	FACTS_READY_PATHS_MAX = 512
};

/* System calls that have no stand-in in caisson. */
enum facts_call {
	FACTS_CALL_CLONE3,
	FACTS_CALL_CLOSE_RANGE, /* with CLOSE_RANGE_CLOEXEC */
	FACTS_CALL_FACCESSAT2,
	FACTS_CALL_FSOPEN,
	FACTS_CALL_MEMFD, /* that can be sealed */
	FACTS_CALL_MOUNT_SETATTR,
	FACTS_CALL_OPENAT2,
	FACTS_CALL_OPEN_TREE,
	FACTS_CALL_PIDFD_OPEN,
	FACTS_CALL_PIDFD_SEND_SIGNAL,
	FACTS_CALL_N,
};

enum facts_ns {
	FACTS_NS_USER,
	FACTS_NS_MOUNT,
	FACTS_NS_PID,
	FACTS_NS_NET,
	FACTS_NS_IPC,
	FACTS_NS_UTS,
	FACTS_NS_CGROUP,
	FACTS_NS_TIME,
	FACTS_NS_N,
};

/* Files of /proc/sys that say no. */
enum facts_switch {
	FACTS_SWITCH_MAX_USERNS,      /* user.max_user_namespaces */
	FACTS_SWITCH_USERNS_CLONE,    /* kernel.unprivileged_userns_clone, of Debian */
	FACTS_SWITCH_APPARMOR_USERNS, /* kernel.apparmor_restrict_unprivileged_userns, of Ubuntu */
	FACTS_SWITCH_N,
};

/* Files of /proc/sys that leave more of the kernel open than containers need. */
enum facts_setting {
	FACTS_SETTING_BPF,
	FACTS_SETTING_DMESG,
	FACTS_SETTING_IO_URING,
	FACTS_SETTING_KEXEC,
	FACTS_SETTING_KPTR,
	FACTS_SETTING_PTRACE,
	FACTS_SETTING_N,
};

enum facts_helper {
	FACTS_HELPER_NEWUIDMAP,
	FACTS_HELPER_NEWGIDMAP,
	FACTS_HELPER_N,
};

/* A file system whose files a container is to have. */
struct facts_ready_path {
	const char *path;
	enum facts_path_kind kind;
	char fs[24];
	uint32_t uid;
	bool is_given;     /* asked for, not one that is looked at anyway */
	int idmap_error;   /* 0 = its ids can be mapped; else the errno of trying, or of a layer */
	const char *layer; /* of an overlay: the one that can't be; NULL = none */
	const char *problem; /* of an overlay: why it can't be built anew; NULL = it can */
};

struct facts_ready {
	bool is_user;     /* not root of the machine: the rest is about an outer user namespace */
	const char *name; /* of that user */
	int calls[FACTS_CALL_N];               /* 0 = it is there; else the errno of trying */
	int namespaces[FACTS_NS_N];            /* 0 = it can be made; else the errno of trying */
	const char *switches[FACTS_SWITCH_N];  /* what the file says; NULL = there is none */
	const char *settings[FACTS_SETTING_N]; /* the same */
	bool has_overlay; /* a file system type of this kernel, as loaded now */
	bool has_seccomp; /* filters */
	const char *state_root;
	const char *state_dir;     /* that, or what is there of the way to it */
	const char *state_problem; /* why nothing can be written there; NULL = it can */
	char state_fs[24];         /* of state_dir */
	bool has_systemd_driver;   /* built in */
	const char *id_user;       /* root: whose line of /etc/subuid it is */
	const char *ids_problem;   /* why there is none that can be used; NULL = there is one */
	unsigned n_blocks;         /* root: of FACTS_ID_BLOCK ids each */
	unsigned n_blocks_free;    /* root: of them */
	uint64_t n_uids, n_gids;   /* a user's subordinate ids */
	struct facts_id_range gap; /* ids that could be given; count 0 = none */
	const char *helpers[FACTS_HELPER_N]; /* path; NULL = there is none */
	bool helper_works[FACTS_HELPER_N];   /* setuid root, or with file capabilities */
	const struct facts_ready_path *paths;
	size_t n_paths;
};

/**
 * facts_gather_ready() - the part that files tell: switches, file systems, helpers, a user's ids
 * @out: ->is_user and ->name are set already
 *
 * What can't be read is taken as not there; only -ENOMEM and malformed lines of /etc/subuid fail.
 */
int facts_gather_ready(struct arena *arena, struct facts_ready *out, struct err *err) _must_check_;

/** facts_setting_name() - "kernel.kptr_restrict" */
const char *facts_setting_name(enum facts_setting setting);

/** facts_gather_settings() - what the files say; NULL where there is none. Only -ENOMEM fails. */
int facts_gather_settings(struct arena *arena, const char *out[FACTS_SETTING_N], struct err *err)
	_must_check_;

#endif
