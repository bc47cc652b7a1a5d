/* What is said of hosts that lack something; most of it can't be had on the one a test runs on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "policy/check.h"

#include "base/banned.h"

struct fixture {
	struct arena arena;
	struct facts facts;
	struct facts_ready ready;
	struct policy_check check;
	struct err err;
};

/* Root of a host that has everything. */
static void set_up(struct fixture *f)
{
	*f = (struct fixture){
		.facts = { .kernel_major = 6,
			.kernel_minor = 18,
			.initial_userns = true,
			.caps = 1ULL << 21,
			.apparmor = true,
			.has_idmap = true,
			.has_overlay_idmap = true,
			.has_overlay_fds = true,
			.cgroup_mode = FACTS_CGROUP_V2,
			.hierarchies = { { .is_v2 = true,
				.available = "cpuset cpu io memory pids" } },
			.n_hierarchies = 1,
			.cgroup_writable = true,
			.systemd_cgroup = "/" },
		.ready = { .name = "root",
			.switches = { "100000", NULL, NULL },
			.has_overlay = true,
			.has_seccomp = true,
			.state_root = "/run/caisson",
			.state_dir = "/run",
			.state_fs = "tmpfs",
			.has_systemd_driver = true,
			.id_user = "caisson",
			.n_blocks = 1024,
			.n_blocks_free = 1000 },
	};
}

/* An ordinary user of the same host. */
static void set_up_user(struct fixture *f)
{
	set_up(f);
	f->facts.euid = 1000;
	f->facts.caps = 0;
	f->ready.is_user = true;
	f->ready.name = "alice";
	f->ready.n_uids = f->ready.n_gids = 65536;
	f->ready.helpers[0] = "/usr/bin/newuidmap";
	f->ready.helpers[1] = "/usr/bin/newgidmap";
	f->ready.helper_works[0] = f->ready.helper_works[1] = true;
}

static void check(struct fixture *f)
{
	assert_int_equal(policy_check(&f->arena, &f->facts, &f->ready, &f->check, &f->err), 0);
}

static const struct policy_check_line *line(const struct fixture *f, const char *name)
{
	for (size_t i = 0; i < f->check.n_lines; i++) {
		if (str_eq(f->check.lines[i].name, name))
			return &f->check.lines[i];
	}
	fail_msg("no line '%s'", name);
	return NULL;
}

/* The line has that mark, and its fix that text; then the host is ready again for the next. */
static void expect(struct fixture *f, const char *name, enum policy_mark mark, const char *fix)
{
	const struct policy_check_line *found;

	check(f);
	found = line(f, name);
	assert_int_equal(found->mark, mark);
	if (mark == POLICY_MARK_OK)
		assert_null(found->fix);
	else if (strstr(found->fix, fix) == NULL)
		fail_msg("%s: '%s' is not in '%s'", name, fix, found->fix);
	arena_done(&f->arena);
}

static void test_policy_check__all_there(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	check(&f);
	assert_int_equal(f.check.counts[POLICY_MARK_OK], f.check.n_lines);
	arena_done(&f.arena);
	set_up_user(&f);
	check(&f);
	assert_int_equal(f.check.counts[POLICY_MARK_OK], f.check.n_lines);
	arena_done(&f.arena);
}

static void test_policy_check__kernel(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	f.facts.kernel_major = 5;
	f.facts.kernel_minor = 10;
	f.facts.has_overlay_idmap = f.facts.has_overlay_fds = false;
	expect(&f, "kernel", POLICY_MARK_MISSING, "5.14");
	expect(&f, "overlay", POLICY_MARK_DEGRADED, "5.19");
	f.ready.calls[FACTS_CALL_CLOSE_RANGE] = ENOSYS;
	expect(&f, "system call close_range", POLICY_MARK_MISSING, "boot Linux");
	set_up(&f);
	f.ready.calls[FACTS_CALL_CLONE3] = ENOSYS;
	expect(&f, "system call clone3", POLICY_MARK_MISSING, "seccomp filter");
	f.ready.has_seccomp = false;
	expect(&f, "seccomp", POLICY_MARK_MISSING, "CONFIG_SECCOMP_FILTER");
	f.ready.has_overlay = false;
	expect(&f, "overlay", POLICY_MARK_DEGRADED, "modprobe overlay");
	f.facts.caps = 0;
	expect(&f, "privileges", POLICY_MARK_MISSING, "outside");
}

static void test_policy_check__settings(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	f.ready.settings[FACTS_SETTING_KPTR] = "0";
	f.ready.settings[FACTS_SETTING_BPF] = "2";
	f.ready.settings[FACTS_SETTING_PTRACE] = "0";
	expect(&f, "kernel settings", POLICY_MARK_DEGRADED,
		"sysctl -w kernel.kptr_restrict=1 kernel.yama.ptrace_scope=1, and");
	check(&f);
	assert_string_equal(line(&f, "kernel settings")->found,
		"kernel.kptr_restrict is 0, kernel.yama.ptrace_scope is 0");
	arena_done(&f.arena);
	f.ready.settings[FACTS_SETTING_KPTR] = f.ready.settings[FACTS_SETTING_PTRACE] = "1";
	expect(&f, "kernel settings", POLICY_MARK_OK, "");
	/* nothing that an ordinary user could set */
	set_up_user(&f);
	f.ready.settings[FACTS_SETTING_KPTR] = "0";
	check(&f);
	assert_int_equal(f.check.counts[POLICY_MARK_OK], f.check.n_lines);
	arena_done(&f.arena);
}

static void test_policy_check__namespaces(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	f.ready.namespaces[FACTS_NS_USER] = ENOSPC;
	f.ready.switches[FACTS_SWITCH_MAX_USERNS] = "0";
	expect(&f, "user namespaces", POLICY_MARK_MISSING, "sysctl -w user.max_user_namespaces");
	f.ready.namespaces[FACTS_NS_NET] = ENOSPC;
	expect(&f, "network namespaces", POLICY_MARK_MISSING, "sysctl -w user.max_net_namespaces");
	f.ready.namespaces[FACTS_NS_TIME] = EINVAL;
	expect(&f, "time namespaces", POLICY_MARK_DEGRADED, "CONFIG_TIME_NS");
}

static void test_policy_check__user_namespaces(void **state)
{
	struct fixture f;

	(void)state;
	set_up_user(&f);
	f.ready.namespaces[FACTS_NS_USER] = EPERM;
	for (size_t i = FACTS_NS_MOUNT; i < FACTS_NS_N; i++)
		f.ready.namespaces[i] = EPERM;
	f.ready.switches[FACTS_SWITCH_USERNS_CLONE] = "0";
	expect(&f, "user namespaces", POLICY_MARK_MISSING,
		"sysctl -w kernel.unprivileged_userns_clone=1");
	check(&f); /* the others only follow from it */
	assert_int_equal(f.check.counts[POLICY_MARK_MISSING], 1);
	arena_done(&f.arena);

	/* Ubuntu's: it can be made, and nothing in it */
	set_up_user(&f);
	f.ready.namespaces[FACTS_NS_MOUNT] = EPERM;
	f.ready.calls[FACTS_CALL_FSOPEN] = EPERM;
	f.ready.switches[FACTS_SWITCH_APPARMOR_USERNS] = "1";
	expect(&f, "mount namespaces", POLICY_MARK_MISSING,
		"kernel.apparmor_restrict_unprivileged_userns=0");
	check(&f); /* whether there are mount calls could not be tried */
	assert_int_equal(f.check.counts[POLICY_MARK_MISSING], 1);
	arena_done(&f.arena);
}

static void test_policy_check__ids(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	f.ready.n_blocks_free = 0;
	expect(&f, "subordinate ids", POLICY_MARK_MISSING, "caisson gc");
	f.ready.ids_problem = "nothing there";
	f.ready.gap = (struct facts_id_range){ 1879048192, 65536 };
	expect(&f, "subordinate ids", POLICY_MARK_MISSING,
		"echo caisson:1879048192:65536 | tee -a /etc/subuid /etc/subgid");
	set_up_user(&f);
	f.ready.n_gids = 0;
	f.ready.gap = (struct facts_id_range){ 131072, 65536 };
	expect(&f, "subordinate ids", POLICY_MARK_MISSING,
		"usermod --add-subuids 131072-196607 --add-subgids 131072-196607 alice");
	f.ready.name = "#1000";
	expect(&f, "subordinate ids", POLICY_MARK_MISSING, "echo 1000:131072:65536");
	f.ready.helpers[0] = NULL;
	expect(&f, "newuidmap", POLICY_MARK_MISSING, "apt-get install uidmap");
	f.ready.helper_works[1] = false;
	expect(&f, "newgidmap", POLICY_MARK_MISSING, "chmod 4755 /usr/bin/newgidmap");
	/* root of a small user namespace of somebody else's */
	f.facts.euid = 0;
	f.facts.initial_userns = false;
	f.facts.ids_available = 1;
	expect(&f, "subordinate ids", POLICY_MARK_DEGRADED, "newuidmap");
}

static void test_policy_check__cgroups(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	f.facts.hierarchies[0].available = "cpuset cpu io pids";
	expect(&f, "cgroup controller memory", POLICY_MARK_DEGRADED, "cgroup_enable=memory");
	f.facts.cgroup_writable = false;
	expect(&f, "cgroups", POLICY_MARK_MISSING, "remount,rw");
	f.facts.cgroup_mode = FACTS_CGROUP_NONE;
	expect(&f, "cgroups", POLICY_MARK_MISSING, "mount -t cgroup2");
	set_up_user(&f);
	f.facts.cgroup_writable = false;
	expect(&f, "cgroups", POLICY_MARK_DEGRADED, "Delegate=yes");
}

static void test_policy_check__paths(void **state)
{
	static const struct facts_ready_path paths[] = {
		{ .path = "/nfs",
			.kind = FACTS_PATH_DIR,
			.fs = "nfs",
			.is_given = true,
			.idmap_error = EINVAL },
		{ .path = "/var/lib/docker",
			.kind = FACTS_PATH_DIR,
			.fs = "nfs",
			.idmap_error = EINVAL },
		{ .path = "/merged",
			.kind = FACTS_PATH_DIR,
			.fs = "overlay",
			.is_given = true,
			.idmap_error = EINVAL,
			.layer = "/nfs/layer" },
		{ .path = "/odd",
			.kind = FACTS_PATH_DIR,
			.fs = "overlay",
			.is_given = true,
			.problem = "an option is not known" },
		{ .path = "/none", .kind = FACTS_PATH_ABSENT, .is_given = true },
	};
	struct fixture f;

	(void)state;
	set_up(&f);
	f.ready.paths = paths;
	f.ready.n_paths = ARRAY_SIZE(paths);
	expect(&f, "/nfs", POLICY_MARK_MISSING, "ext4");
	expect(&f, "/var/lib/docker", POLICY_MARK_DEGRADED, "ext4");
	expect(&f, "/merged", POLICY_MARK_MISSING, "layer");
	expect(&f, "/odd", POLICY_MARK_MISSING, "ext4");
	expect(&f, "/none", POLICY_MARK_MISSING, "install -d /none");
}

static void test_policy_check__rest(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	f.facts.apparmor = false;
	expect(&f, "security module", POLICY_MARK_DEGRADED, "apparmor=1");
	f.facts.selinux = true;
	expect(&f, "security module", POLICY_MARK_OK, NULL);
	f.facts.systemd_cgroup = NULL;
	expect(&f, "systemd driver", POLICY_MARK_DEGRADED, "cgroupfs");
	f.ready.has_systemd_driver = false;
	expect(&f, "systemd driver", POLICY_MARK_DEGRADED, "libsystemd-dev");
	str_fmt(f.ready.state_fs, sizeof(f.ready.state_fs), "ext4");
	expect(&f, "state directory", POLICY_MARK_DEGRADED, "mount -t tmpfs");
	f.ready.state_problem = "it is not to be";
	expect(&f, "state directory", POLICY_MARK_MISSING, "install -d");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy_check__all_there),
		cmocka_unit_test(test_policy_check__kernel),
		cmocka_unit_test(test_policy_check__settings),
		cmocka_unit_test(test_policy_check__namespaces),
		cmocka_unit_test(test_policy_check__user_namespaces),
		cmocka_unit_test(test_policy_check__ids),
		cmocka_unit_test(test_policy_check__cgroups),
		cmocka_unit_test(test_policy_check__paths),
		cmocka_unit_test(test_policy_check__rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
