/*
 * The kinds of steps as a table: what the decoder checks, the printer prints and caisson-init
 * carries out. The meaning of each field is in plan/format.h.
 */
#include "base/attr.h"
#include "plan/read.h"

#include "base/banned.h"

#define PREPARE .first = PLAN_STAGE_PREPARE, .last = PLAN_STAGE_PREPARE
#define BUILD   .first = PLAN_STAGE_BUILD, .last = PLAN_STAGE_BUILD
#define CONFINE .first = PLAN_STAGE_CONFINE, .last = PLAN_STAGE_CONFINE
#define START   .first = PLAN_STAGE_START, .last = PLAN_STAGE_START

#ifdef PLAN_WITHOUT_LABELS
#	define FIELD(label, kind, required)        \
		{                                   \
			PLAN_FIELD_##kind, required \
		}
#else
#	define FIELD(label, kind, required)               \
		{                                          \
			label, PLAN_FIELD_##kind, required \
		}
#endif

/* a reference that must be there, one that need not, a number */
#define REF(label, kind) FIELD(label, kind, true)
#define OPT(label, kind) FIELD(label, kind, false)
#define NUM(label, kind) FIELD(label, kind, false)

#define HOOK_FIELDS                                                                \
	.ref = { REF("path", STRING), REF("argv", STRINGS), OPT("env", STRINGS) }, \
	.num = { NUM("kind", HOOK), NUM("timeout", NUM), NUM("index", NUM),        \
		NUM("env-given", BOOL) }

/* clang-format off */
static const struct plan_kind_info kinds[PLAN_KIND_N] = {
	[PLAN_IDS] = { "ids", PREPARE, true,
		.ref = { REF("uids", U32S), REF("gids", U32S) },
		.num = { NUM("with", NAMESPACES) } },
	[PLAN_OPEN_TREE] = { "open-tree", PREPARE, true,
		.ref = { REF("source", STRING), OPT("uids", U32S), OPT("gids", U32S) },
		.num = { NUM("set", ATTRS), NUM("clear", ATTRS), NUM("flags", TREE_FLAGS),
			NUM("propagation", PROPAGATION) } },
	[PLAN_LAYER] = { "overlay-layer", PREPARE, false,
		.ref = { REF("path", STRING) },
		.num = { NUM("kind", LAYER), NUM("dev", U64), NUM("ino", U64) } },
	[PLAN_OVERLAY] = { "overlay", PREPARE, true,
		.ref = { OPT("options", STRINGS), OPT("work", STRING), OPT("forget", STRING) },
		.num = { NUM("set", ATTRS), NUM("by-path", BOOL), NUM("owner", IDS) } },
	[PLAN_CHOWN] = { "chown", PREPARE, false,
		.ref = { REF("tree", STRING) }, .num = { NUM("from", NUM) } },
	[PLAN_RELABEL] = { "relabel", PREPARE, false,
		.ref = { REF("tree", STRING), REF("label", STRING) } },
	[PLAN_COPY_UP] = { "copy-up", PREPARE, false, .ref = { REF("directories", STRINGS) } },
	[PLAN_OPEN_NS] = { "open-ns", PREPARE, true,
		.ref = { REF("path", STRING), OPT("uids", U32S), OPT("gids", U32S) },
		.num = { NUM("type", NAMESPACES), NUM("inode", INODE) } },
	[PLAN_UNIT] = { "unit", PREPARE, true,
		.ref = { REF("name", STRING), REF("slice", STRING), REF("description", STRING) },
		.num = { NUM("user", BOOL) } },
	[PLAN_UNIT_SET] = { "unit-set", PREPARE, false,
		.ref = { REF("property", STRING), REF("type", STRING), REF("value", STRING) },
		.num = { NUM("late", BOOL) } },
	[PLAN_CGROUP_DIR] = { "cgroup-dir", PREPARE, true,
		.ref = { REF("hierarchy", STRING), REF("path", STRING),
			OPT("controllers", STRING) },
		.num = { NUM("v2", BOOL), NUM("join-only", BOOL), NUM("unit", BOOL),
			NUM("owner", OWNER) } },
	[PLAN_CGROUP_SET] = { "cgroup-set", PREPARE, true,
		.ref = { REF("file", STRING), REF("value", STRING), REF("field", STRING) },
		.num = { NUM("optional", BOOL), NUM("else-next", BOOL),
			NUM("ancestors", BOOL) } },
	[PLAN_DEVICE_RULE] = { "device-rule", PREPARE, true,
		.num = { NUM("allow", BOOL), NUM("type", DEVICE_TYPE), NUM("device", DEVICE),
			NUM("access", ACCESS) } },
	[PLAN_HOOK_HOST] = { "hook-host", PREPARE, false, HOOK_FIELDS },

	[PLAN_CGROUP_JOIN] = { "cgroup-join", BUILD, true },
	[PLAN_NS_JOIN] = { "ns-join", BUILD, true, .num = { NUM("type", NAMESPACES) } },
	[PLAN_NS_NEW] = { "ns-new", BUILD, false, .num = { NUM("types", NAMESPACES) } },
	[PLAN_PRIVATE_ROOT] = { "private-root", BUILD, false,
		.num = { NUM("propagation", PROPAGATION) } },
	[PLAN_FS_IDS] = { "fs-ids", BUILD, false, .num = { NUM("uid", NUM), NUM("gid", NUM) } },
	[PLAN_KEYRING] = { "keyring", BUILD, false, .ref = { REF("name", STRING) } },
	[PLAN_PROC] = { "proc", BUILD, false },
	[PLAN_OOM_SCORE] = { "oom-score", BUILD, false, .num = { NUM("value", SIGNED) } },
	[PLAN_RLIMIT] = { "rlimit", BUILD, false,
		.num = { NUM("resource", RESOURCE), NUM("soft", LIMIT), NUM("hard", LIMIT) } },
	[PLAN_LINK_UP] = { "link-up", BUILD, false, .ref = { REF("interface", STRING) } },
	[PLAN_ROOT] = { "root", BUILD, true, .ref = { OPT("path", STRING) } },
	[PLAN_MOUNT_NEW] = { "mount-new", BUILD, false,
		.ref = { REF("target", STRING), REF("type", STRING), OPT("options", STRINGS) },
		.num = { NUM("set", ATTRS), NUM("propagation", PROPAGATION),
			NUM("flags", MOUNT_FLAGS), NUM("keep", KEPT) } },
	[PLAN_MOUNT_TREE] = { "mount-tree", BUILD, true,
		.ref = { REF("target", STRING) },
		.num = { { .field = PLAN_FIELD_NONE }, NUM("propagation", PROPAGATION), NUM("flags", MOUNT_FLAGS) } },
	[PLAN_REMOUNT] = { "remount", BUILD, false,
		.ref = { REF("target", STRING) },
		.num = { NUM("set", ATTRS), NUM("clear", ATTRS), NUM("flags", TREE_FLAGS),
			NUM("kept", KEPT) } },
	[PLAN_PROPAGATION] = { "propagation", BUILD, false,
		.num = { NUM("type", PROPAGATION), NUM("recursive", BOOL), NUM("kept", KEPT) } },
	[PLAN_DEVICE] = { "device", BUILD, false,
		.ref = { REF("path", STRING) },
		.num = { NUM("type", DEVICE_TYPE), NUM("device", DEVICE), NUM("mode", OCTAL),
			NUM("owner", IDS) } },
	[PLAN_SYMLINK] = { "symlink", BUILD, false,
		.ref = { REF("path", STRING), REF("target", STRING) } },
	[PLAN_CONSOLE] = { "console", BUILD, false,
		.num = { NUM("rows", NUM), NUM("columns", NUM), NUM("uid", NUM) } },
	[PLAN_STDIO_OWNER] = { "stdio-owner", BUILD, false, .num = { NUM("uid", NUM) } },
	[PLAN_SYNC_HOOKS] = { "sync-hooks", BUILD, false },
	[PLAN_HOOK_INIT] = { "hook-init", .first = PLAN_STAGE_BUILD, .last = PLAN_STAGE_START,
		false, HOOK_FIELDS },
	[PLAN_PIVOT] = { "pivot", BUILD, false, .num = { NUM("chroot", BOOL) } },
	[PLAN_ROOT_FLAGS] = { "root-flags", BUILD, false,
		.num = { NUM("set", ATTRS), NUM("propagation", PROPAGATION) } },
	[PLAN_HOSTNAME] = { "hostname", BUILD, false, .ref = { REF("name", STRING) } },
	[PLAN_DOMAINNAME] = { "domainname", BUILD, false, .ref = { REF("name", STRING) } },
	[PLAN_SYSCTL] = { "sysctl", BUILD, false,
		.ref = { REF("path", STRING), REF("value", STRING) } },
	[PLAN_READONLY] = { "readonly", BUILD, false, .ref = { REF("path", STRING) } },
	[PLAN_MASK] = { "mask", BUILD, false, .ref = { REF("path", STRING) } },
	[PLAN_CWD_MAKE] = { "cwd-make", BUILD, false, .ref = { REF("path", STRING) } },

	[PLAN_USERNS_JOIN] = { "userns-join", CONFINE, true },
	[PLAN_LOCK_MOUNTS] = { "lock-mounts", CONFINE, false },
	[PLAN_BOUNDING] = { "bounding", CONFINE, false, .num = { NUM("keep", CAPS) } },
	[PLAN_SECUREBITS] = { "securebits", CONFINE, false, .num = { NUM("bits", HEX) } },
	[PLAN_USER] = { "user", CONFINE, false,
		.ref = { OPT("groups", U32S) },
		.num = { NUM("uid", NUM), NUM("gid", NUM), NUM("set-groups", BOOL) } },
	[PLAN_CAPS] = { "caps", CONFINE, false,
		.num = { NUM("effective", CAPS), NUM("permitted", CAPS), NUM("inheritable", CAPS),
			NUM("ambient", CAPS) } },
	[PLAN_UMASK] = { "umask", CONFINE, false, .num = { NUM("mask", OCTAL) } },
	[PLAN_CWD] = { "cwd", CONFINE, false, .ref = { REF("path", STRING) } },
	[PLAN_NO_NEW_PRIVS] = { "no-new-privs", CONFINE, false },
	[PLAN_NO_WX] = { "no-wx", CONFINE, false },
	[PLAN_APPARMOR] = { "apparmor", CONFINE, false,
		.ref = { REF("profile", STRING) }, .num = { NUM("stack", BOOL) } },
	[PLAN_LANDLOCK] = { "landlock", CONFINE, false,
		.ref = { OPT("path", STRING) },
		.num = { NUM("fs", HEX), NUM("net", HEX), NUM("port", NUM) } },
	[PLAN_SELINUX] = { "selinux", .first = PLAN_STAGE_BUILD, .last = PLAN_STAGE_CONFINE, false,
		.ref = { REF("label", STRING) }, .num = { NUM("keyring", BOOL) } },
	[PLAN_PERSONALITY] = { "personality", CONFINE, false, .num = { NUM("persona", HEX) } },
	[PLAN_FIND_EXEC] = { "find-exec", CONFINE, false,
		.ref = { REF("argv", STRINGS), OPT("env", STRINGS) } },
	[PLAN_GATE] = { "gate", CONFINE, false },

	[PLAN_PDEATHSIG] = { "pdeathsig", START, false, .num = { NUM("signal", NUM) } },
	[PLAN_CLOSE_FDS] = { "close-fds", START, false, .num = { NUM("from", NUM) } },
	[PLAN_SECCOMP] = { "seccomp", .first = PLAN_STAGE_CONFINE, .last = PLAN_STAGE_START, false,
		.ref = { REF("program", BPF), REF("name", STRING) },
		.num = { NUM("flags", SECCOMP_FLAGS) } },
	[PLAN_EXEC] = { "exec", START, false,
		.ref = { REF("argv", STRINGS), OPT("env", STRINGS) } },
};
/* clang-format on */

const struct plan_kind_info *plan_kind_info(unsigned kind)
{
	if (kind >= ARRAY_SIZE(kinds))
		return NULL;
	return &kinds[kind];
}
