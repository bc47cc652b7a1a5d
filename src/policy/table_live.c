/* Rules that only a running container can break: apply() is NULL, nothing of a config decides. */
#include "rules.h"

#include "base/banned.h"

#define LIVE_ONLY NULL, POLICY_FREE, 0, false, false, NULL

static const struct policy_rule rules[] = {
	{ { "CIS-5.23", POLICY_HIGH, "processes with more than the first",
		  "what joins a container with more rights takes them to its files and programs",
		  "", "status of each process in its namespaces",
		  "join it with exec, without --privileged", "CIS Docker Benchmark 5.23" },
		LIVE_ONLY },
	{ { "CS-FD-1", POLICY_HIGH, "open files of the host",
		  "an open directory of the host is a way out of the container", "",
		  "/proc/PID/fd and fdinfo, against mountinfo",
		  "close them before the container is started", "CVE-2024-21626" },
		LIVE_ONLY },
	{ { "CS-MNT-6", POLICY_MEDIUM, "mounts that can be undone",
		  "who owns the mount namespace and has CAP_SYS_ADMIN takes masks and flags away",
		  "", "owner of /proc/PID/ns/mnt, CapBnd of /proc/PID/status",
		  "run it without CAP_SYS_ADMIN", "mount_namespaces(7)" },
		LIVE_ONLY },
};

struct policy_rules policy_rules_of_live(void)
{
	return (struct policy_rules){ rules, ARRAY_SIZE(rules) };
}
