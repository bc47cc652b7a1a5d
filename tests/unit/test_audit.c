/* The kernel's text about a process, judged: a confined one, a bare one, and text that is none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "facts/ready.h"
#include "policy/audit.h"
#include "policy/rules.h"

#include "base/banned.h"

#define STATUS(uid, caps, nnp, seccomp)                                                     \
	"Name:\tsh\nUid:\t" uid "\t" uid "\t" uid "\t" uid                                  \
	"\nCapInh:\t0000000000000000\nCapPrm:\t" caps "\nCapEff:\t" caps "\nCapBnd:\t" caps \
	"\nCapAmb:\t0000000000000000\nNoNewPrivs:\t" nnp "\nSeccomp:\t" seccomp "\n"

static const char confined_mounts[] = "30 20 8:1 / / ro,nosuid,nodev - ext4 /dev/vda rw\n"
				      "31 30 0:5 / /proc rw,nosuid - proc proc rw\n"
				      "32 31 0:5 /sys /proc/sys ro,nosuid - proc proc rw\n"
				      "33 30 0:6 / /sys ro,nosuid - sysfs sysfs rw\n"
				      "34 30 0:7 / /a\\040b rw master:3 - tmpfs tmpfs rw\n";
static const char bare_mounts[] = "30 20 8:1 / / rw shared:1 - ext4 /dev/vda rw\n"
				  "31 30 0:5 / /proc rw shared:2 - proc proc rw\n"
				  "33 30 0:6 / /sys rw shared:3 - sysfs sysfs rw\n";

static const struct policy_live confined = {
	.status = STATUS("1879048193", "0000000000000400", "1", "2"),
	.uid_map = "         0 1879048192      65536\n",
	.gid_map = "         0 1879048192      65536\n",
	.mountinfo = confined_mounts,
	.initial_userns = true,
	.pids_max = "100",
	.memory_max = "67108864",
};

struct fixture {
	struct arena arena;
	struct policy_report report;
	struct err err;
	int rc;
};

/* Which rules have been seen to find something, and, where they were looked at, nothing. */
static bool bit[POLICY_RULES_MAX], let_pass[POLICY_RULES_MAX];

static void record(const struct policy_profile *profile, const struct policy_report *report)
{
	for (size_t i = 0; policy_rule_info_at(i) != NULL; i++) {
		const struct policy_rule_info *info = policy_rule_info_at(i);
		bool found = false;

		for (size_t k = 0; k < report->n_findings; k++)
			found = found || str_eq(report->findings[k].rule, info->id);
		if (found && (info->live == NULL || !policy_live_is_asked(profile, info->id)))
			fail_msg("%s found something, but is no rule of what is running", info->id);
		bit[i] = bit[i] || found;
		let_pass[i] = let_pass[i] || (!found && info->live != NULL &&
						     policy_live_is_asked(profile, info->id));
	}
}

static void audit(struct fixture *f, const char *name, const struct policy_live *live)
{
	const struct policy_profile *profile;

	*f = (struct fixture){ 0 };
	assert_int_equal(policy_profile_load(&f->arena, name, &profile, &f->err), 0);
	f->rc = policy_audit_live(&f->arena, profile, live, &f->report, &f->err);
	if (f->rc == 0)
		record(profile, &f->report);
}

static bool has(const struct fixture *f, const char *rule)
{
	for (size_t i = 0; i < f->report.n_findings; i++) {
		if (str_eq(f->report.findings[i].rule, rule))
			return true;
	}
	return false;
}

static void test_live__confined_is_clean(void **state)
{
	static const char *const profiles[] = { "oci", "hardened", "restricted" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
		struct fixture f;

		audit(&f, profiles[i], &confined);
		assert_int_equal(f.rc, 0);
		if (f.report.n_findings > 0)
			fail_msg("%s: %s: %s", profiles[i], f.report.findings[0].rule,
				f.report.findings[0].found);
		assert_true(f.report.n_checks > 0);
		arena_done(&f.arena);
	}
}

static void test_live__bare_process(void **state)
{
	static const char *const rules[] = { "CIS-5.31", "CIS-5.10", "CIS-5.4", "CIS-5.22",
		"CIS-5.26", "CIS-5.20", "CS-PATH-1", "CS-MNT-3", "CIS-5.18", "CIS-5.29", "CIS-5.11",
		"CIS-5.13", "CIS-5.5", "PSS-R-5" };
	static const char *const devices[] = { "/dev/sda (b 8:0)", NULL };
	const struct policy_live live = {
		.status = STATUS("0", "000001ffffffffff", "0", "0"),
		.uid_map = "0 0 4294967295\n",
		.gid_map = "0 0 4294967295\n",
		.mountinfo = bare_mounts,
		.ns_is_host = { [CONFIG_NS_NETWORK] = true, [CONFIG_NS_USER] = true },
		.initial_userns = true,
		.devices = { devices, 1 },
		.pids_max = "max",
		.memory_max = "9223372036854771712",
	};
	struct fixture f;

	(void)state;
	audit(&f, "restricted", &live);
	assert_int_equal(f.rc, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (!has(&f, rules[i]))
			fail_msg("%s was not found", rules[i]);
	}
	assert_false(has(&f, "CIS-5.16"));
	arena_done(&f.arena);
}

/* Id 0 of the host counts wherever it is in the map; inside another user namespace it is no root. */
static void test_live__host_root_anywhere(void **state)
{
	struct policy_live live = confined;
	struct fixture f;

	(void)state;
	live.gid_map = "0 100000 1000\n1000 0 1\n";
	audit(&f, "hardened", &live);
	assert_true(has(&f, "CS-MAP-2"));
	assert_string_equal(f.report.findings[0].found, "id 1000 inside is root of the host");
	arena_done(&f.arena);
	live.initial_userns = false;
	audit(&f, "hardened", &live);
	assert_false(has(&f, "CS-MAP-2"));
	arena_done(&f.arena);
}

/* What can't be read must not pass for what is in order. */
static void test_live__text_that_is_none(void **state)
{
	struct policy_live live = confined;
	struct fixture f;

	(void)state;
	live.status = "Name:\tsh\n";
	audit(&f, "hardened", &live);
	assert_int_equal(f.rc, -EINVAL);
	arena_done(&f.arena);
	live = confined;
	live.status = STATUS("0", "zz", "1", "2");
	audit(&f, "hardened", &live);
	assert_int_equal(f.rc, -EINVAL);
	arena_done(&f.arena);
	live = confined;
	live.mountinfo = "30 20 8:1 / /\n";
	audit(&f, "hardened", &live);
	assert_int_equal(f.rc, -EINVAL);
	arena_done(&f.arena);
}

/* --- every rule, by what is different from a confined container --------------------------------- */

#define ROOT        "30 20 8:1 / / ro,nosuid,nodev - ext4 /dev/vda rw\n"
#define PROC        "31 30 0:5 / /proc rw,nosuid - proc proc rw\n"
#define PROC_SYS    "32 31 0:5 /sys /proc/sys ro,nosuid - proc proc rw\n"
#define LINE(mount) ROOT PROC PROC_SYS mount
#define BINDS(root, target, options)                                                         \
	.mountinfo = LINE("40 30 8:7 " root " " target " " options " - ext4 /dev/vdb rw\n"), \
	.host_mountinfo = "9 1 8:7 / / rw - ext4 /dev/vdb rw\n"                              \
			  "10 9 0:9 / /sys rw - sysfs sysfs rw\n"

static const char *const one_socket[] = { "/x/docker.sock", NULL };
static const char *const one_device[] = { "/dev/sda (b 8:0)", NULL };
static const char *const one_file[] = { "7 '/etc'", NULL };
static const struct policy_place seen[] = { { "/proc/kcore", true, false, 31 } };
static const struct policy_place writable[] = { { "/proc/bus", true, false, 31 } };
static const struct policy_live_process sshd[] = { { 9, "sshd",
	STATUS("7", "0000000000000400", "1", "2") } };
static const struct policy_live_process intruder[] = { { 9, "sh",
	STATUS("0", "000001ffffffffff", "0", "0") } };

static const struct policy_live_process root[] = { { 9, "sh",
	STATUS("1879048192", "0000000000000400", "1", "2") } };
static const struct facts_id_user alice[] = { { 1879100000, 65536, "subordinate ids of alice" } };
static const struct facts_id_user others[] = { { 1879113728, 65536, "a" },
	{ 1000, 1879047192, "b" } };
static const char *const one_terminal[] = { "0 ('/dev/pts/1')", NULL };

#define CAPS_STATUS(inh, bnd, amb)                                                                 \
	"Uid:\t1879048193\t1\nCapInh:\t" inh "\nCapPrm:\t" bnd "\nCapEff:\t" bnd "\nCapBnd:\t" bnd \
	"\nCapAmb:\t" amb "\nNoNewPrivs:\t1\nSeccomp:\t2\n"
#define NONE "0000000000000000"

static const struct {
	const char *id;
	struct policy_live change; /* what is NULL, 0 or false stays as it is */
} rows[] = {
	{ "CIS-5.31", { .ns_is_host = { [CONFIG_NS_USER] = true } } },
	{ "CS-MAP-2", { .uid_map = "0 0 65536\n" } },
	{ "PSS-R-5", { .status = STATUS("1879048192", "0000000000000400", "1", "2") } },
	{ "CS-ID-2",
		{ .status = STATUS("1879048193", "0000000000000400", "1", "2") "Groups:\t5 "
									       "1879048192 \n" } },
	{ "CIS-5.10", { .ns_is_host = { [CONFIG_NS_NETWORK] = true } } },
	{ "CIS-5.16", { .ns_is_host = { [CONFIG_NS_PID] = true } } },
	{ "CIS-5.17", { .ns_is_host = { [CONFIG_NS_IPC] = true } } },
	{ "CIS-5.21", { .ns_is_host = { [CONFIG_NS_UTS] = true } } },
	{ "CS-NS-1", { .ns_is_host = { [CONFIG_NS_MOUNT] = true } } },
	{ "CS-NS-6", { .ns_is_host = { [CONFIG_NS_CGROUP] = true } } },
	{ "CIS-5.4", { .status = CAPS_STATUS(NONE, "0000000000200400", NONE) } },
	{ "PSS-R-1", { .status = CAPS_STATUS(NONE, "0000000000000401", NONE) } },
	{ "CS-CAP-1", { .status = CAPS_STATUS("0000000000000400", "0000000000000400", NONE) } },
	{ "CS-CAP-5", { .status = CAPS_STATUS(NONE, "0000000000000400", "0000000000000400") } },
	{ "CIS-5.22", { .status = STATUS("1879048193", "0000000000000400", "1", "0") } },
	{ "CIS-5.26", { .status = STATUS("1879048193", "0000000000000400", "0", "2") } },
	{ "CS-MNT-6",
		{ .status = CAPS_STATUS(NONE, "0000000000200400", NONE), .owns_mounts = true } },
	{ "CIS-5.13", { .mountinfo = "30 20 8:1 / / rw,nosuid,nodev - ext4 /dev/vda rw\n" PROC
				      PROC_SYS } },
	{ "CS-ROOT-2",
		{ .mountinfo = "30 20 8:7 / / ro,nosuid,nodev - ext4 /dev/vda rw\n" PROC PROC_SYS,
			.host_mountinfo = "9 1 8:7 / / rw - ext4 /dev/vdb rw\n" } },
	{ "CS-ROOT-4",
		{ .mountinfo = "30 20 8:1 / / ro,nodev - ext4 /dev/vda rw\n" PROC PROC_SYS } },
	{ "CS-ROOT-5",
		{ .mountinfo = "30 20 8:1 / / ro,nosuid,nodev shared:1 - ext4 /dev/vda rw\n" PROC
				PROC_SYS } },
	{ "CIS-5.6", { BINDS("/", "/host", "ro,nosuid,nodev") } },
	{ "CIS-5.32", { .sockets = { one_socket, 1 } } },
	{ "CIS-5.20", { BINDS("/srv", "/srv", "rw,nosuid,nodev shared:5") } },
	{ "CS-MNT-1", { BINDS("/srv", "/srv", "rw,nosuid") } },
	{ "CS-MNT-3", { .mountinfo = LINE("40 30 0:9 / /c rw - cgroup2 cgroup rw\n") } },
	{ "PSS-B-10", { .places = seen, .n_places = 1 } },
	{ "CS-PATH-1", { .places = writable, .n_places = 1 } },
	{ "CIS-5.18", { .devices = { one_device, 1 } } },
	{ "CS-DEV-1", { .device_list = "c 1:3 rwm\na *:* rwm\n" } },
	{ "CIS-5.29", { .pids_max = "max" } },
	{ "CIS-5.11", { .memory_max = "9223372036854771712" } },
	{ "CIS-5.12", { .cpu_shares = "1024", .cpu_quota = "-1" } },
	{ "CIS-5.19", { .limits = "Max open files 1024 1048576 files\n" } },
	{ "CS-OOM-1", { .oom_score_adj = -500 } },
	{ "CS-FD-1", { .outside = { one_file, 1 } } },
	{ "CIS-5.2", { .apparmor = true, .label = "unconfined\n" } },
	{ "CIS-5.3", { .selinux = true, .label = "system_u:system_r:spc_t:s0" } },
	{ "CIS-5.7", { .processes = sshd, .n_processes = 1 } },
	{ "CIS-5.23", { .processes = intruder, .n_processes = 1 } },
	{ "CIS-5.24", { .processes = root, .n_processes = 1 } },
	{ "CS-MAP-1", { .id_users = alice, .n_id_users = 1 } },
	{ "CIS-5.25", { .cgroup = "4:memory:/docker/c\n3:pids:/foo/c\n0::/\n" } },
	{ "CIS-5.25", { .cgroup = "0::/system.slice/ssh.service\n" } },
	{ "CIS-5.25", { .cgroup = "0::/\n" } },
	{ "CIS-5.25", { .cgroup = "0::/foo/c\n", .host_cgroup = "0::/foobar/session\n" } },
	{ "CS-CORE-1", { .core_pattern = "|/bin/x", .limits = "Max core file size 0 0 bytes\n" } },
	{ "CS-CORE-1", { .core_pattern = "|/bin/x", .limits = "Max core file size 1 2 bytes\n" } },
	{ "CS-TTY-1", { .terminals = { one_terminal, 1 }, .legacy_tiocsti = true } },
};

/* The same with nothing to find, where the confined container says nothing at all. */
static const struct policy_live in_order[] = {
	{ .apparmor = true, .label = "docker-default (enforce)\n" },
	{ .selinux = true, .label = "system_u:system_r:container_t:s0:c1,c2" },
	{ .device_list = "c 1:3 rwm\n" },
	{ .cpu_shares = "512", .cpu_quota = "-1" },
	{ .limits = "Max open files 1024 2048 files\nMax core file size 0 0 bytes\n" },
	{ BINDS("/srv", "/srv", "rw,nosuid,nodev") },
	{ .mountinfo = LINE("40 30 0:9 / /c ro - cgroup2 cgroup rw\n") },
	{ .is_waiting = true, .outside = { one_file, 1 } },
	{ .owns_mounts = true },
	{ .id_users = others, .n_id_users = 2 },
	{ .cgroup = "3:pids:/docker/c\n0::/\n" },
	{ .cgroup = "0::/c\n" },
	{ .cgroup = "0::/user.slice/user-0.slice/c\n" },
	{ .cgroup = "0::/agents/c\n", .host_cgroup = "0::/agents/run\n" },
	{ .cgroup = "0::/../c\n" }, /* beyond what is seen here */
	{ .core_pattern = "|/bin/x", .limits = "Max core file size 1 1 bytes\n" },
	{ .core_pattern = "core", .limits = "Max core file size 0 0 bytes\n" },
	{ .legacy_tiocsti = true },
};

static struct policy_live changed(const struct policy_live *change)
{
	struct policy_live live = confined;
	const char **to[] = { &live.status, &live.uid_map, &live.mountinfo, &live.host_mountinfo,
		&live.limits, &live.label, &live.device_list, &live.pids_max, &live.memory_max,
		&live.cpu_shares, &live.cpu_quota, &live.cgroup, &live.host_cgroup,
		&live.core_pattern };
	const char *const from[] = { change->status, change->uid_map, change->mountinfo,
		change->host_mountinfo, change->limits, change->label, change->device_list,
		change->pids_max, change->memory_max, change->cpu_shares, change->cpu_quota,
		change->cgroup, change->host_cgroup, change->core_pattern };

	for (size_t i = 0; i < ARRAY_SIZE(to); i++)
		*to[i] = from[i] != NULL ? from[i] : *to[i];
	for (size_t i = 0; i < CONFIG_NS_N; i++)
		live.ns_is_host[i] = change->ns_is_host[i];
	live.devices = change->devices;
	live.sockets = change->sockets;
	live.outside = change->outside;
	live.places = change->places;
	live.n_places = change->n_places;
	live.processes = change->processes;
	live.n_processes = change->n_processes;
	live.oom_score_adj = change->oom_score_adj;
	live.apparmor = change->apparmor;
	live.selinux = change->selinux;
	live.owns_mounts = change->owns_mounts;
	live.is_waiting = change->is_waiting;
	live.id_users = change->id_users;
	live.n_id_users = change->n_id_users;
	live.terminals = change->terminals;
	live.legacy_tiocsti = change->legacy_tiocsti;
	return live;
}

static void test_live__each_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy_live live = changed(&rows[i].change);
		struct fixture f;

		audit(&f, "restricted", &live);
		if (f.rc < 0 || !has(&f, rows[i].id))
			fail_msg("%s finds nothing", rows[i].id);
		/* what is wrong is one thing: only rules that look at the very same may join in */
		if (f.report.n_findings > 2)
			fail_msg("%s: %d findings, the first of %s", rows[i].id,
				(int)f.report.n_findings, f.report.findings[0].rule);
		arena_done(&f.arena);
	}
}

static bool reports_cgroups(bool delegates, struct policy_live live)
{
	struct fixture f = { 0 };
	const struct policy_profile *hardened = NULL;
	struct policy_profile profile;
	bool found;

	assert_int_equal(policy_profile_load(&f.arena, "hardened", &hardened, &f.err), 0);
	profile = *hardened;
	profile.cgroup_delegation = delegates;
	assert_int_equal(policy_audit_live(&f.arena, &profile, &live, &f.report, &f.err), 0);
	found = has(&f, "CS-MNT-3");
	arena_done(&f.arena);
	return found;
}

static void test_live__delegated_cgroup(void **state)
{
	struct policy_live live = confined;

	(void)state;
	live.mountinfo = LINE("40 30 0:9 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n");
	assert_true(reports_cgroups(false, live));
	assert_false(reports_cgroups(true, live));
	live.ns_is_host[CONFIG_NS_USER] = true;
	assert_true(reports_cgroups(true, live));
	live = confined;
	live.mountinfo = LINE("40 30 0:9 / /sys/fs/cgroup rw - cgroup cgroup rw,memory\n");
	assert_true(reports_cgroups(true, live));
	live.mountinfo = LINE("40 30 0:9 / /c rw - cgroup2 cgroup rw\n");
	assert_true(reports_cgroups(true, live));
}

/* Where a profile does not insist on one, the label that create gives by itself is missed. */
static void test_live__usual_label(void **state)
{
	const struct policy_live change = { .apparmor = true, .label = "unconfined\n" };
	struct policy_live live = changed(&change);
	struct fixture f;

	(void)state;
	audit(&f, "hardened", &live);
	assert_true(has(&f, "CS-LSM-2"));
	assert_false(has(&f, "CIS-5.2"));
	arena_done(&f.arena);
}

static void test_live__usual_selinux_label(void **state)
{
	const struct policy_live change = { .selinux = true, .label = "u:r:unconfined_t:s0" };
	const struct policy_live good = { .selinux = true, .label = "u:r:caisson_t:s0:c0,c1" };
	struct policy_live live = changed(&change);
	struct fixture f;

	(void)state;
	audit(&f, "hardened", &live);
	assert_true(has(&f, "CS-LSM-4"));
	assert_false(has(&f, "CIS-5.3"));
	arena_done(&f.arena);
	live = changed(&good);
	audit(&f, "hardened", &live);
	assert_false(has(&f, "CS-LSM-4"));
	arena_done(&f.arena);
}

static void test_live__refused_volume(void **state)
{
	static const char *const paths[] = { "/srv/secret" };
	const struct policy_live change = { BINDS("/srv/secret/x", "/x", "rw,nosuid,nodev") };
	struct policy_live live = changed(&change);
	const struct policy_profile *hardened = NULL;
	struct policy_profile profile;
	struct fixture f = { 0 };

	(void)state;
	assert_int_equal(policy_profile_load(&f.arena, "hardened", &hardened, &f.err), 0);
	profile = *hardened;
	profile.volumes_refused = (struct json_strings){ paths, 1 };
	assert_int_equal(policy_audit_live(&f.arena, &profile, &live, &f.report, &f.err), 0);
	record(&profile, &f.report);
	assert_true(has(&f, "CS-VOL-6"));
	assert_string_equal(f.report.findings[0].found, "'/x' is '/srv/secret/x'");
	arena_done(&f.arena);
}

/* The rules that no shipped profile asks for. */
static void test_live__asked_for(void **state)
{
	static const char *const open[FACTS_SETTING_N] = {
		[FACTS_SETTING_KPTR] = "0", [FACTS_SETTING_DMESG] = "1", [FACTS_SETTING_BPF] = "2"
	};
	static const char *const strict[FACTS_SETTING_N] = { [FACTS_SETTING_KPTR] = "2" };
	const struct policy_profile *hardened = NULL;
	struct policy_live live = confined;
	struct policy_profile profile;
	struct fixture f = { 0 };

	(void)state;
	assert_int_equal(policy_profile_load(&f.arena, "hardened", &hardened, &f.err), 0);
	profile = *hardened;
	profile.wishes[policy_rule_index("CS-MNT-5")] = POLICY_WISH_WARN;
	profile.wishes[policy_rule_index("CS-KRN-1")] = POLICY_WISH_WARN;
	live.settings = open;
	live.image.is_known = true;
	live.image.found[FACTS_IMAGE_SETUID].n = 1;
	live.image.found[FACTS_IMAGE_SETUID].first = "/bin/su";
	assert_int_equal(policy_audit_live(&f.arena, &profile, &live, &f.report, &f.err), 0);
	record(&profile, &f.report);
	assert_int_equal(f.report.n_findings, 2);
	assert_string_equal(
		f.report.findings[0].found, "1 set-user-id or set-group-id programs ('/bin/su')");
	assert_string_equal(f.report.findings[1].found, "kernel.kptr_restrict is 0");
	live.settings = strict;
	live.image = (struct facts_image){ .is_known = true };
	assert_int_equal(policy_audit_live(&f.arena, &profile, &live, &f.report, &f.err), 0);
	record(&profile, &f.report);
	assert_int_equal(f.report.n_findings, 0);
	arena_done(&f.arena);
}

static void test_live__each_rule_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(in_order); i++) {
		struct policy_live live = changed(&in_order[i]);
		struct fixture f;

		audit(&f, "restricted", &live);
		if (f.rc < 0 || f.report.n_findings > 0)
			fail_msg(
				"%d: %s", (int)i, f.rc < 0 ? f.err.msg : f.report.findings[0].rule);
		arena_done(&f.arena);
	}
}

static void test_severity(void **state)
{
	(void)state;
	assert_int_equal(policy_severity_find("critical"), POLICY_CRITICAL);
	assert_int_equal(policy_severity_find("info"), POLICY_INFO);
	assert_int_equal(policy_severity_find("bad"), -1);
}

/* Every rule that the table says something of a running container decides was seen to find something
 * and to find nothing; those of drift by test_drift. */
static int check_rules(void **state)
{
	int missing = 0;

	(void)state;
	for (size_t i = 0; policy_rule_info_at(i) != NULL; i++) {
		const struct policy_rule_info *info = policy_rule_info_at(i);

		if (info->live == NULL || str_starts(info->id, "CS-DRIFT-"))
			continue;
		print_message("# matrix live %s %d %d\n", info->id, bit[i], let_pass[i]);
		missing += !bit[i] || !let_pass[i];
	}
	return missing == 0 ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_live__delegated_cgroup),
		cmocka_unit_test(test_live__confined_is_clean),
		cmocka_unit_test(test_live__bare_process),
		cmocka_unit_test(test_live__host_root_anywhere),
		cmocka_unit_test(test_live__text_that_is_none),
		cmocka_unit_test(test_live__each_rule),
		cmocka_unit_test(test_live__usual_label),
		cmocka_unit_test(test_live__usual_selinux_label),
		cmocka_unit_test(test_live__refused_volume),
		cmocka_unit_test(test_live__asked_for),
		cmocka_unit_test(test_live__each_rule_in_order),
		cmocka_unit_test(test_severity),
	};

	return cmocka_run_group_tests(tests, NULL, check_rules);
}
