/* The kernel: its version, its calls, its namespaces, what it filters and mounts. */
#include <errno.h>
#include <string.h>

#include "check_local.h"

#include "base/banned.h"

enum {
	SYS_ADMIN_NR = 21
};

static const char newer[] =
	"boot Linux 5.14 or later: on Debian, apt-get install linux-image-$(dpkg "
	"--print-architecture)";

static const char unsandboxed[] =
	"run caisson outside of the container or seccomp filter that it is in now";

static void check_version(struct check *c)
{
	const char *found =
		arena_fmt(c->arena, "Linux %u.%u", c->facts->kernel_major, c->facts->kernel_minor);

	if (policy_check_kernel_is(c, 5, 14))
		policy_check_ok(c, "kernel", found, "5.14 and later will do");
	else
		policy_check_bad(c, POLICY_MARK_MISSING,
			&(struct policy_check_line){
				.name = "kernel",
				.found = found,
				.means = "caisson needs 5.14",
				.fix = newer,
			});
}

static void check_power(struct check *c)
{
	if (c->ready->is_user)
		return;
	if ((c->facts->caps >> SYS_ADMIN_NR & 1) != 0)
		policy_check_ok(c, "privileges", "root with CAP_SYS_ADMIN",
			"mounts and namespaces can be made");
	else
		policy_check_bad(c, POLICY_MARK_MISSING,
			&(struct policy_check_line){
				.name = "privileges",
				.found = "root without CAP_SYS_ADMIN",
				.means = "neither mounts nor namespaces can be made",
				.fix = unsandboxed,
			});
}

/* --- system calls -------------------------------------------------------------------------------- */

static const char *const call_names[FACTS_CALL_N] = {
	[FACTS_CALL_CLONE3] = "clone3",
	[FACTS_CALL_CLOSE_RANGE] = "close_range",
	[FACTS_CALL_FACCESSAT2] = "faccessat2",
	[FACTS_CALL_FSOPEN] = "fsopen",
	[FACTS_CALL_MEMFD] = "memfd_create",
	[FACTS_CALL_MOUNT_SETATTR] = "mount_setattr",
	[FACTS_CALL_OPENAT2] = "openat2",
	[FACTS_CALL_OPEN_TREE] = "open_tree",
	[FACTS_CALL_PIDFD_OPEN] = "pidfd_open",
	[FACTS_CALL_PIDFD_SEND_SIGNAL] = "pidfd_send_signal",
};

/* Without a mount namespace of its own a user may not even try these. */
static bool is_untried(const struct check *c, enum facts_call call)
{
	bool is_mount = call == FACTS_CALL_FSOPEN || call == FACTS_CALL_MOUNT_SETATTR ||
			call == FACTS_CALL_OPEN_TREE;

	return is_mount && c->ready->calls[call] == EPERM &&
	       (c->ready->namespaces[FACTS_NS_MOUNT] != 0 ||
		       (!c->ready->is_user && (c->facts->caps >> SYS_ADMIN_NR & 1) == 0));
}

static void check_calls(struct check *c)
{
	const char *there = NULL;

	for (size_t i = 0; i < FACTS_CALL_N; i++) {
		int error = c->ready->calls[i];

		if (is_untried(c, (enum facts_call)i))
			continue;
		if (error == 0) {
			there = there == NULL ? call_names[i]
					      : arena_fmt(c->arena, "%s, %s", there, call_names[i]);
			continue;
		}
		policy_check_bad(c, POLICY_MARK_MISSING,
			&(struct policy_check_line){
				.name = arena_fmt(c->arena, "system call %s", call_names[i]),
				.found = strerrordesc_np(error),
				.means = "no container can be made: there is no other way to do "
					 "what it does",
				.fix = error == ENOSYS && !policy_check_kernel_is(c, 5, 14)
					       ? newer
					       : unsandboxed,
			});
	}
	if (there != NULL)
		policy_check_ok(c, "system calls", there, "they were tried and are there");
}

/* --- namespaces ---------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	const char *limit; /* below /proc/sys/user */
	const char *kernel_option;
	enum policy_mark mark; /* where there is none */
	const char *means;
} namespaces[FACTS_NS_N] = {
	[FACTS_NS_USER] = { "user", "max_user_namespaces", "CONFIG_USER_NS", POLICY_MARK_MISSING,
		"containers can't have ids of their own" },
	[FACTS_NS_MOUNT] = { "mount", "max_mnt_namespaces", "CONFIG_NAMESPACES",
		POLICY_MARK_MISSING, "containers can't have a root file system" },
	[FACTS_NS_PID] = { "pid", "max_pid_namespaces", "CONFIG_PID_NS", POLICY_MARK_MISSING,
		"containers that ask for one are refused, as all do" },
	[FACTS_NS_NET] = { "network", "max_net_namespaces", "CONFIG_NET_NS", POLICY_MARK_MISSING,
		"containers that ask for one are refused, as most do" },
	[FACTS_NS_IPC] = { "ipc", "max_ipc_namespaces", "CONFIG_IPC_NS", POLICY_MARK_MISSING,
		"containers that ask for one are refused, as all do" },
	[FACTS_NS_UTS] = { "uts", "max_uts_namespaces", "CONFIG_UTS_NS", POLICY_MARK_MISSING,
		"containers that ask for one are refused, as most do" },
	[FACTS_NS_CGROUP] = { "cgroup", "max_cgroup_namespaces", "CONFIG_CGROUPS",
		POLICY_MARK_DEGRADED, "containers that ask for one are refused" },
	[FACTS_NS_TIME] = { "time", "max_time_namespaces", "CONFIG_TIME_NS", POLICY_MARK_DEGRADED,
		"containers that ask for one are refused" },
};

static bool says(const struct check *c, enum facts_switch which, const char *text)
{
	const char *value = c->ready->switches[which];

	return value != NULL && str_eq(value, text);
}

static bool by_limit(const struct check *c, enum facts_ns ns)
{
	return c->ready->namespaces[ns] == ENOSPC ||
	       (ns == FACTS_NS_USER && says(c, FACTS_SWITCH_MAX_USERNS, "0"));
}

/* It lets a user make the namespace, but do nothing in it. */
static bool by_apparmor(const struct check *c)
{
	const char *value = c->ready->switches[FACTS_SWITCH_APPARMOR_USERNS];

	return c->ready->is_user && value != NULL && !str_eq(value, "0");
}

static const char *ns_fix(struct check *c, enum facts_ns ns)
{
	if (by_limit(c, ns))
		return arena_fmt(c->arena, "sysctl -w user.%s=32768%s", namespaces[ns].limit,
			", and the same line in /etc/sysctl.d/caisson.conf");
	if (c->ready->is_user && says(c, FACTS_SWITCH_USERNS_CLONE, "0"))
		return "sysctl -w kernel.unprivileged_userns_clone=1";
	if (by_apparmor(c))
		return "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor "
		       "profile for caisson with the rule userns";
	if (c->ready->namespaces[ns] == EINVAL)
		return arena_fmt(c->arena, "boot a kernel with %s=y", namespaces[ns].kernel_option);
	return unsandboxed;
}

static const char *ns_found(struct check *c, enum facts_ns ns)
{
	const char *error = strerrordesc_np(c->ready->namespaces[ns]);

	if (by_limit(c, ns))
		return arena_fmt(c->arena, "%s: user.%s is %s", error, namespaces[ns].limit,
			ns == FACTS_NS_USER && c->ready->switches[FACTS_SWITCH_MAX_USERNS] != NULL
				? c->ready->switches[FACTS_SWITCH_MAX_USERNS]
				: "used up");
	if (c->ready->is_user && says(c, FACTS_SWITCH_USERNS_CLONE, "0"))
		return arena_fmt(c->arena, "%s: kernel.unprivileged_userns_clone is 0", error);
	if (by_apparmor(c))
		return arena_fmt(c->arena, "%s: kernel.apparmor_restrict_unprivileged_userns is %s",
			error, c->ready->switches[FACTS_SWITCH_APPARMOR_USERNS]);
	return error;
}

/* Without a user namespace a user can make none of the others, which says nothing about them. */
static bool follows_from_userns(const struct check *c, enum facts_ns ns)
{
	return c->ready->is_user && ns != FACTS_NS_USER && c->ready->namespaces[FACTS_NS_USER] != 0;
}

static void check_namespaces(struct check *c)
{
	const char *there = NULL;

	for (size_t i = 0; i < FACTS_NS_N; i++) {
		enum facts_ns ns = (enum facts_ns)i;

		if (follows_from_userns(c, ns))
			continue;
		if (c->ready->namespaces[i] == 0) {
			there = there == NULL
					? namespaces[i].name
					: arena_fmt(c->arena, "%s, %s", there, namespaces[i].name);
			continue;
		}
		policy_check_bad(c, namespaces[i].mark,
			&(struct policy_check_line){
				.name = arena_fmt(c->arena, "%s namespaces", namespaces[i].name),
				.found = ns_found(c, ns),
				.means = namespaces[i].means,
				.fix = ns_fix(c, ns),
			});
	}
	if (there != NULL)
		policy_check_ok(c, "namespaces", there,
			c->ready->is_user ? "they were made, in a user namespace"
					  : "they were made");
}

/* --- seccomp, idmapped mounts --------------------------------------------------------------------- */

static void check_seccomp(struct check *c)
{
	if (c->ready->has_seccomp)
		policy_check_ok(c, "seccomp", "filters", "system calls of containers are filtered");
	else
		policy_check_bad(c, POLICY_MARK_MISSING,
			&(struct policy_check_line){
				.name = "seccomp",
				.found = "the kernel has no filters",
				.means = "containers can't be started: every one has a filter",
				.fix = "boot a kernel with CONFIG_SECCOMP_FILTER=y",
			});
}

static void check_overlay(struct check *c)
{
	if (!c->ready->has_overlay)
		policy_check_bad(c, POLICY_MARK_DEGRADED,
			&(struct policy_check_line){
				.name = "overlay",
				.found = "the file system is not loaded",
				.means = "images of engines, which come as overlays, can't be used "
					 "until it is",
				.fix = "modprobe overlay",
			});
	else if (!c->facts->has_overlay_idmap)
		policy_check_bad(c, POLICY_MARK_DEGRADED,
			&(struct policy_check_line){
				.name = "overlay",
				.found = "it takes no idmapped layers",
				.means = "images of engines, which come as overlays, are refused "
					 "unless the profile lets files be copied (rootfs_shift)",
				.fix = "boot Linux 5.19 or later",
			});
	else
		policy_check_ok(c, "overlay",
			c->facts->has_overlay_fds ? "idmapped layers, by descriptor"
						  : "idmapped layers, by path",
			"images of engines can be used as they are");
}

void policy_check_kernel(struct check *c)
{
	check_version(c);
	check_power(c);
	check_calls(c);
	check_namespaces(c);
	check_seccomp(c);
	if (!c->ready->is_user)
		check_overlay(c);
}
