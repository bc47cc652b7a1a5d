/*
 * The plan: everything that will be done, as one immutable buffer. A header, fixed-size step
 * records, and a data area; offsets, no pointers. caisson builds it, prints it and seals it in a
 * memfd; caisson-init checks every offset and carries it out. Same machine, same build, same byte
 * order on both sides, so records are plain structs.
 *
 *   +--------+-----------------+--------------------------------------+
 *   | header | steps[n_steps]  | data: strings, string lists, blobs   |
 *   +--------+-----------------+--------------------------------------+
 *
 * Runs in: host (build, print) and init (read).
 */
#ifndef PLAN_FORMAT_H
#define PLAN_FORMAT_H

#include <stdint.h>

#define PLAN_MAGIC 0x4e4c5043U /* "CPLN" */

enum {
	PLAN_VERSION = 1,
	PLAN_SIZE_MAX = 16 << 20,
	PLAN_STEPS_MAX = 16384,
	PLAN_SLOTS_MAX = 4096, /* descriptors handed to caisson-init */
	PLAN_KEPT_MAX = 8,     /* mounts that later steps come back to */
	PLAN_REFS = 3,
	PLAN_NUMS = 4,
};

/* Bytes of the data area. len counts a string's final NUL; {0,0} is "none". */
struct plan_ref {
	uint32_t offset;
	uint32_t len;
};

/* Who carries a step out, and when. Stages never go backwards in a plan. */
enum plan_stage {
	PLAN_STAGE_PREPARE, /* caisson, before caisson-init exists */
	PLAN_STAGE_BUILD,   /* caisson-init, host credentials */
	PLAN_STAGE_CONFINE, /* caisson-init, giving up privilege; ends at the gate */
	PLAN_STAGE_START,   /* caisson-init, after the gate opened */
	PLAN_STAGE_N,
};

/*
 * Kinds of steps. The comment lists the meaning of slot, refs and nums; src/plan/kinds.c holds the
 * same as a table that the printer and the decoder share.
 *
 * S = string, L = list of NUL-terminated strings, U = array of uint32_t, B = BPF instructions.
 */
enum plan_kind {
	/* --- prepare: slot = the descriptor this step produces ------------------------------- */
	PLAN_IDS,       /* ref0 U uid map triplets, ref1 U gid map triplets; slot = user ns;
	                      num0 SYS_NEW* of namespaces made with it, which it then owns */
	PLAN_OPEN_TREE, /* slot; ref0 S source; ref1 U uid map, ref2 U gid map of its own, with
	                      PLAN_TREE_IDMAP (none: those of the container); num0 attr set, num1 attr clear, num2 flags
	                      PLAN_TREE_*, num3 propagation of all of it while it is detached */
	PLAN_LAYER,     /* of the next PLAN_OVERLAY, top to bottom; ref0 S directory;
	                      num0 PLAN_LAYER_*, num1 device and num2 inode it must be */
	PLAN_OVERLAY,   /* slot; ref0 L options, ref1 S work directory, made and removed by
	                      caisson (none: read-only), ref2 S where the engine's is mounted,
	                      which is to forget what facts looked up in it; num0 attr set,
	                      num1 1 = by way of attached mounts and their paths,
	                      num2 uid<<32|gid that stores files */
	PLAN_CHOWN,     /* ref0 S tree whose files get the ids from num0 on, before it is opened */
	PLAN_RELABEL, /* ref0 S tree or file whose SELinux label becomes ref1 S: all of it that is on
	                      one mount; no symlink in its path */
	PLAN_COPY_UP,    /* of the last PLAN_OVERLAY: ref0 L directories that will be in use all the
	                      time, to be in the upper layer before; missing ones are skipped */
	PLAN_OPEN_NS,    /* slot; ref0 S path, or PLAN_NS_NEW_PATH: made by the process of PLAN_IDS;
	                      of the user namespace: ref1, ref2 its maps as in PLAN_IDS;
	                      num0 SYS_NEW*; num1 its inode number, 0 = any */
	PLAN_UNIT,       /* slot = that of its PLAN_CGROUP_DIR; ref0 S name of a systemd scope,
	                      ref1 S its slice, ref2 S description; num0 1 = of the user's own
	                      systemd, which also moves caisson-init into it */
	PLAN_UNIT_SET,   /* ref0 S property of the unit, ref1 S its D-Bus type, or "cpus" for a
	                      list of numbers as bits; ref2 S value, words for "as"; num0 1 =
	                      not before caisson-init is in it: a limit */
	PLAN_CGROUP_DIR, /* slot = its tasks file (v1) or the directory (v2); ref0 S hierarchy
	                      mountpoint, ref1 S path below it, ref2 S controllers;
	                      num0 1 = v2, num1 1 = only join if it exists, never create;
	                      PLAN_FLAG_JOIN: ref0 is the container's own, ref1 below it,
	                      num2 1 = PLAN_UNIT makes and removes it; num3 v2: the user it is
	                      delegated to, and one more, as the build stage sees them; 0 = none */
	PLAN_CGROUP_SET, /* slot = that of the PLAN_CGROUP_DIR; ref0 S file, ref1 S value,
	                      ref2 S JSON pointer of the field; num0 1 = a missing file is no
	                      error, num1 1 = another file than the next step's for the same: the
	                      first of them that is there gets its value, num2 1 = cgroups above
	                      that have less get it too */
	PLAN_DEVICE_RULE, /* slot as above; num0 allow, num1 type, num2 major<<32|minor
	                      (0xffffffff = any), num3 access bits 4 r, 2 w, 1 m */
	PLAN_HOOK_HOST,   /* ref0 S path, ref1 L argv, ref2 L env; num0 config_hook_kind,
	                      num1 timeout s, num2 index in the config, num3 1 = env given */
	/* --- build --------------------------------------------------------------------------- */
	PLAN_CGROUP_JOIN,  /* slot; with PLAN_FLAG_LATE_CGROUPS it comes over the wire instead */
	PLAN_NS_JOIN,      /* slot; num0 SYS_NEW* */
	PLAN_NS_NEW,       /* num0 SYS_NEW* to unshare */
	PLAN_PRIVATE_ROOT, /* num0 SYS_MS_SLAVE or SYS_MS_PRIVATE: "/" and everything below it */
	PLAN_FS_IDS,       /* num0 fsuid, num1 fsgid: who files in the container belong to */
	PLAN_KEYRING,      /* ref0 S name of the new session keyring */
	PLAN_PROC, /* own procfs instance for the writes below; with a slot, that one instead */
	PLAN_OOM_SCORE,   /* num0 value as int64_t */
	PLAN_RLIMIT,      /* num0 resource, num1 soft, num2 hard */
	PLAN_LINK_UP,     /* ref0 S interface */
	PLAN_ROOT,        /* slot = rootfs tree; attach it, make it the root of all that follows;
	                      ref0 S where: its path on the host, under which hooks look for it
	                      (none: over "/", refused when a hook is to run before the pivot) */
	PLAN_MOUNT_NEW,   /* ref0 S target, ref1 S fstype, ref2 L options ("k=v", "k");
	                      num0 attr set, num1 propagation, num2 flags PLAN_MOUNT_*,
	                      num3 under which number it is kept, 0 = none */
	PLAN_MOUNT_TREE,  /* slot; ref0 S target; num1 propagation, num2 flags PLAN_MOUNT_* */
	PLAN_REMOUNT,     /* ref0 S target; num0 attr set, num1 attr clear, num2 PLAN_TREE_*; of
	                      the mount in slot, or kept as num3, or else at the target's path */
	PLAN_PROPAGATION, /* of the mount in slot, or kept as num2: num0 type, num1 1 = recursive */
	PLAN_DEVICE,      /* ref0 S path; num0 type, num1 major<<32|minor, num2 mode,
	                      num3 uid<<32|gid as the build stage sees them */
	PLAN_SYMLINK,     /* ref0 S path, ref1 S target; an existing file stays, and none is made
	                      to an absolute target that is not there */
	PLAN_CONSOLE,     /* num0 rows, num1 columns (0 = leave), num2 uid of the tty */
	PLAN_STDIO_OWNER, /* num0 uid */
	PLAN_SYNC_HOOKS,  /* let the host run prestart and createRuntime hooks now */
	PLAN_HOOK_INIT,   /* as PLAN_HOOK_HOST, run by caisson-init (also in stage start) */
	PLAN_PIVOT,       /* num0 1 = chroot instead of pivot_root (--no-pivot) */
	PLAN_ROOT_FLAGS,  /* num0 attr set on "/", num1 propagation of "/" */
	PLAN_HOSTNAME,    /* ref0 S */
	PLAN_DOMAINNAME,  /* ref0 S */
	PLAN_SYSCTL,      /* ref0 S path below /proc/sys, ref1 S value */
	PLAN_READONLY,    /* ref0 S path; missing is fine */
	PLAN_MASK,        /* ref0 S path; missing is fine */
	PLAN_CWD_MAKE,    /* ref0 S directory made if missing, mode 0755 */
	/* --- confine ------------------------------------------------------------------------- */
	PLAN_USERNS_JOIN, /* slot */
	PLAN_LOCK_MOUNTS, /* second mount namespace, inside the user namespace (owning layout) */
	PLAN_BOUNDING,    /* num0 capability mask kept */
	PLAN_SECUREBITS,  /* num0 bits */
	PLAN_USER,        /* num0 uid, num1 gid, ref0 U groups, num2 1 = set groups */
	PLAN_CAPS,        /* num0 effective, num1 permitted, num2 inheritable, num3 ambient */
	PLAN_UMASK,       /* num0 */
	PLAN_CWD,         /* ref0 S; verified to lie inside the root */
	PLAN_NO_NEW_PRIVS,
	PLAN_APPARMOR,    /* ref0 S profile for the next exec, read back; num0 besides our own */
	PLAN_SELINUX,     /* ref0 S label, read back; num0 PLAN_SELINUX_*: of what; also in build */
	PLAN_LANDLOCK,    /* the first: num0 files, num1 ports that are forbidden (bits of
	                      landlock(7)); then what is allowed: ref0 S path with num0, or num2
	                      port with num1; the last, all zero: in force */
	PLAN_PERSONALITY, /* num0 */
	PLAN_FIND_EXEC,   /* ref0 L argv, ref1 L env; error when argv[0] cannot be run */
	PLAN_GATE,        /* report READY, wait for COMMIT, then (slot = fifo) for start */
	/* --- start --------------------------------------------------------------------------- */
	PLAN_PDEATHSIG, /* num0 signal */
	PLAN_CLOSE_FDS, /* num0 first descriptor that is closed on exec */
	PLAN_SECCOMP,   /* ref0 B program, num0 flags, ref1 S its name ("floor", "config"); also
	                      in confine: without no_new_privs it needs a capability */
	PLAN_EXEC,      /* ref0 L argv, ref1 L env */
	PLAN_NO_WX,     /* confine: no memory is writable and executable: PR_SET_MDWE, 6.3 */
	PLAN_KIND_N,
};

/* PLAN_OPEN_NS: a namespace that a short-lived process makes in the container's user namespace,
 * which then owns it */
#define PLAN_NS_NEW_PATH "new"

enum {                                  /* PLAN_OPEN_TREE, PLAN_REMOUNT flags */
	PLAN_TREE_RECURSIVE = 1,        /* the tree below too (rbind) */
	PLAN_TREE_ATTR_RECURSIVE = 2,   /* and the attributes on all of it */
	PLAN_TREE_IDMAP = 4,            /* ids on disk are mapped to others */
	PLAN_TREE_DEVICE = 8,           /* must be a character or block device */
	PLAN_TREE_IDMAP_RECURSIVE = 16, /* and those of every mount below */
	PLAN_TREE_EXACT = 32,           /* no symlink in the path of the source */
};

enum { /* PLAN_LAYER, its num0 */
	PLAN_LAYER_UPPER = 1,
	PLAN_LAYER_LOWER = 2,
	PLAN_LAYER_DATA = 3, /* found by redirects only */
};

enum {                            /* PLAN_SELINUX, its num0 */
	PLAN_SELINUX_EXEC = 0,    /* the program of the next exec */
	PLAN_SELINUX_KEYRING = 1, /* keys made until then */
};

enum {                          /* PLAN_MOUNT_* flags */
	PLAN_MOUNT_COPY_UP = 1, /* tmpfs: take over the directory's content first */
	PLAN_MOUNT_PROPAGATION_REC = 2,
	PLAN_MOUNT_PLAIN_TARGET = 4, /* target must be a plain directory, no symlink in the path's
	                                    last component (proc, sysfs: T-05) */
	PLAN_MOUNT_KEEP_MODE = 8,    /* tmpfs without mode=: take the target's (T-27) */
};

/* Descriptors of caisson-init: stdio, the kept ones, then slot N at number first_slot_fd + N. Its
 * arguments are "caisson-init" and the decimal number of PLAN_SLOT_PLAN. */
enum plan_slot {
	PLAN_SLOT_WIRE, /* SOCK_SEQPACKET to caisson */
	PLAN_SLOT_PLAN, /* this plan */
	PLAN_SLOT_GATE, /* fifo that start writes to; not there for run */
	PLAN_SLOT_ROOT,
	PLAN_SLOT_USERNS,
	PLAN_SLOT_FIRST, /* first number the builder hands out */
};

enum {
	PLAN_SLOT_NONE = -1
};

struct plan_step {
	uint16_t kind;  /* enum plan_kind */
	uint16_t stage; /* enum plan_stage */
	int32_t slot;   /* PLAN_SLOT_NONE or 0..n_slots-1 */
	struct plan_ref ref[PLAN_REFS];
	uint64_t num[PLAN_NUMS];
};

struct plan_header {
	uint32_t magic;
	uint16_t version;
	uint16_t header_size;
	uint32_t size; /* of the whole plan */
	uint32_t n_steps;
	uint32_t n_slots;
	uint32_t first_slot_fd;     /* 3 + kept descriptors */
	uint64_t clone_flags;       /* SYS_NEW* caisson-init is born with */
	uint32_t flags;             /* PLAN_FLAG_* */
	struct plan_ref id;         /* S container id */
	struct plan_ref state_head; /* S state JSON for hooks inside, up to the pid ... */
	struct plan_ref state_tail; /* S ... and after it */
};

enum {
	PLAN_FLAG_TERMINAL = 1,
	PLAN_FLAG_WAIT_START = 2,    /* create: there is a gate to wait at */
	PLAN_FLAG_CREATE_TIMENS = 4, /* caisson unshares a time namespace for its child */
	PLAN_FLAG_LATE_CGROUPS = 8,  /* v1 cgroups are made, and limits of a systemd unit set, while
	                                caisson-init is at work already */
	PLAN_FLAG_JOIN = 16,         /* exec: of a container that is there */
};

#endif
