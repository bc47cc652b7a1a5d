/* What limits containers, and counts what they use. */
#include "check_local.h"

#include "base/banned.h"

static const struct {
	const char *v1, *v2; /* controllers; NULL = there it is no controller */
	const char *means;   /* where it is not there */
} controllers[] = {
	{ "memory", "memory", "limits of memory are refused" },
	{ "pids", "pids", "the number of processes can't be limited" },
	{ "cpu", "cpu", "limits of cpu time are refused" },
	{ "cpuset", "cpuset", "containers can't be bound to processors" },
	{ "blkio", "io", "limits of block i/o are refused" },
	{ "devices", NULL, "lists of devices are refused" },
	{ "freezer", NULL, "containers can't be paused" },
};

static const char *absent_fix(struct check *c, const char *name)
{
	if (c->facts->cgroup_mode == FACTS_CGROUP_V1)
		return arena_fmt(c->arena,
			"install -d /sys/fs/cgroup/%s && mount -t cgroup -o %s cgroup "
			"/sys/fs/cgroup/%s",
			name, name, name);
	return arena_fmt(c->arena,
		"boot with the kernel option cgroup_enable=%s systemd.unified_cgroup_hierarchy=1",
		name);
}

static void check_controllers(struct check *c)
{
	bool is_v1 = c->facts->cgroup_mode == FACTS_CGROUP_V1;
	const char *there = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
		const char *name = is_v1 ? controllers[i].v1 : controllers[i].v2;

		if (name == NULL)
			continue;
		if (facts_find_controller(c->facts, name) != NULL) {
			there = there == NULL ? name : arena_fmt(c->arena, "%s, %s", there, name);
			continue;
		}
		policy_check_bad(c, POLICY_MARK_DEGRADED,
			&(struct policy_check_line){
				.name = arena_fmt(c->arena, "cgroup controller %s", name),
				.found = "it is not there",
				.means = controllers[i].means,
				.fix = absent_fix(c, name),
			});
	}
	if (there != NULL)
		policy_check_ok(c, "cgroup controllers", there, "what they limit can be limited");
}

static const char *not_writable_fix(const struct check *c)
{
	if (!c->ready->is_user)
		return "mount -o remount,rw /sys/fs/cgroup";
	if (c->facts->cgroup_mode == FACTS_CGROUP_V1)
		return "boot with the kernel option systemd.unified_cgroup_hierarchy=1: cgroups of v1 "
		       "are root's";
	return "systemd-run --user --scope -p Delegate=yes caisson ..., or caisson --systemd-cgroup";
}

void policy_check_cgroups(struct check *c)
{
	static const char *const names[] = {
		[FACTS_CGROUP_NONE] = "none",
		[FACTS_CGROUP_V1] = "v1",
		[FACTS_CGROUP_V2] = "v2",
	};
	enum policy_mark mark = c->ready->is_user ? POLICY_MARK_DEGRADED : POLICY_MARK_MISSING;

	if (c->facts->cgroup_mode == FACTS_CGROUP_NONE) {
		policy_check_bad(c, mark,
			&(struct policy_check_line){
				.name = "cgroups",
				.found = "no hierarchy is mounted",
				.means = "containers can be neither limited nor paused",
				.fix = "as root: mount -t cgroup2 cgroup2 /sys/fs/cgroup",
			});
		return;
	}
	if (c->facts->cgroup_writable)
		policy_check_ok(c, "cgroups", names[c->facts->cgroup_mode],
			"containers get cgroups of their own");
	else
		policy_check_bad(c, mark,
			&(struct policy_check_line){
				.name = "cgroups",
				.found = arena_fmt(c->arena,
					"%s, and none can be made below the caller's own",
					names[c->facts->cgroup_mode]),
				.means = "containers stay in the caller's, without limits",
				.fix = not_writable_fix(c),
			});
	if (c->facts->cgroup_writable)
		check_controllers(c);
}
