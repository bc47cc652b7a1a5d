/* What containers lack on this host, and how to get it. */
#include "policy/check.h"

#include <errno.h>

#include "check_local.h"

#include "base/banned.h"

void policy_check_ok(struct check *c, const char *name, const char *found, const char *means)
{
	policy_check_bad(c, POLICY_MARK_OK,
		&(struct policy_check_line){ .name = name, .found = found, .means = means });
}

void policy_check_bad(struct check *c, enum policy_mark mark, const struct policy_check_line *line)
{
	bool is_whole = line->name != NULL && line->found != NULL && line->means != NULL &&
			(mark == POLICY_MARK_OK || line->fix != NULL);

	if (!is_whole || c->n == CHECK_LINES_MAX) {
		c->failed = true;
		return;
	}
	c->lines[c->n] = *line;
	c->lines[c->n++].mark = mark;
}

bool policy_check_kernel_is(const struct check *c, unsigned major, unsigned minor)
{
	return c->facts->kernel_major > major ||
	       (c->facts->kernel_major == major && c->facts->kernel_minor >= minor);
}

/* --- security modules --------------------------------------------------------------------------- */

static void check_lsm(struct check *c)
{
	const struct facts *facts = c->facts;

	if (facts->apparmor || facts->selinux) {
		policy_check_ok(c, "security module", facts->apparmor ? "AppArmor" : "SELinux",
			"a configuration can ask for a profile or label of it");
		return;
	}
	policy_check_bad(c, POLICY_MARK_DEGRADED,
		&(struct policy_check_line){
			.name = "security module",
			.found = "neither AppArmor nor SELinux is active",
			.means = "there is no second wall around containers, and a configuration "
				 "that asks for a profile or label is refused",
			.fix = "boot with the kernel options apparmor=1 security=apparmor, or "
			       "selinux=1 security=selinux",
		});
}

/* --- the state directory ------------------------------------------------------------------------- */

static void check_state(struct check *c)
{
	const struct facts_ready *ready = c->ready;

	if (ready->state_problem != NULL)
		policy_check_bad(c, POLICY_MARK_MISSING,
			&(struct policy_check_line){
				.name = "state directory",
				.found = ready->state_problem,
				.means = "no container can be made",
				.fix = ready->is_user
					       ? "export XDG_RUNTIME_DIR=/run/user/$(id -u), after "
						 "loginctl enable-linger, or --root DIR"
					       : arena_fmt(c->arena,
							 "install -d -o root -g root -m 0700 %s",
							 ready->state_root),
			});
	else if (!str_eq(ready->state_fs, "tmpfs"))
		policy_check_bad(c, POLICY_MARK_DEGRADED,
			&(struct policy_check_line){
				.name = "state directory",
				.found = arena_fmt(c->arena, "%s is on %s", ready->state_root,
					ready->state_fs),
				.means = "records of containers outlive a reboot, their containers "
					 "do not: caisson gc removes them",
				.fix = arena_fmt(c->arena,
					"install -d %s && mount -t tmpfs -o "
					"mode=0700,nosuid,nodev tmpfs %s",
					ready->state_root, ready->state_root),
			});
	else
		policy_check_ok(c, "state directory", ready->state_root,
			"it can be written, and is empty after a reboot");
}

static void check_systemd(struct check *c)
{
	if (c->ready->has_systemd_driver && c->facts->systemd_cgroup != NULL)
		policy_check_ok(
			c, "systemd driver", "systemd answers", "--systemd-cgroup can be used");
	else
		policy_check_bad(c, POLICY_MARK_DEGRADED,
			&(struct policy_check_line){
				.name = "systemd driver",
				.found = c->ready->has_systemd_driver ? "there is no systemd here"
								      : "it was not built in",
				.means = "--systemd-cgroup is an error",
				.fix = c->ready->has_systemd_driver
					       ? "have engines use the cgroupfs driver: docker's "
						 "native.cgroupdriver=cgroupfs, podman's "
						 "cgroup_manager = \"cgroupfs\""
					       : "apt-get install libsystemd-dev, then configure "
						 "and build again",
			});
}

static void count(const struct check *c, struct policy_check *out)
{
	*out = (struct policy_check){ .lines = c->lines, .n_lines = c->n };
	for (size_t i = 0; i < c->n; i++)
		out->counts[c->lines[i].mark]++;
}

int policy_check(struct arena *arena, const struct facts *facts, const struct facts_ready *ready,
	struct policy_check *out, struct err *err)
{
	struct check c = { .arena = arena, .facts = facts, .ready = ready };

	c.lines = arena_array(arena, CHECK_LINES_MAX, sizeof(*c.lines));
	if (c.lines == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	policy_check_kernel(&c);
	policy_check_ids(&c);
	policy_check_cgroups(&c);
	check_systemd(&c);
	check_lsm(&c);
	if (!ready->is_user)
		policy_check_settings(&c);
	check_state(&c);
	policy_check_paths(&c);
	if (c.failed)
		return err_new(err, -ENOMEM, "out of memory");
	count(&c, out);
	return 0;
}

const char *policy_mark_name(enum policy_mark mark)
{
	static const char *const names[POLICY_MARK_N] = {
		[POLICY_MARK_OK] = "ok",
		[POLICY_MARK_DEGRADED] = "degraded",
		[POLICY_MARK_MISSING] = "missing",
	};

	return names[mark];
}
