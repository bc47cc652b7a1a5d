/* The kernel's text about a process, judged: a confined one, a bare one, and text that is none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "policy/audit.h"

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

static void audit(struct fixture *f, const char *name, const struct policy_live *live)
{
	const struct policy_profile *profile;

	*f = (struct fixture){ 0 };
	assert_int_equal(policy_profile_load(&f->arena, name, &profile, &f->err), 0);
	f->rc = policy_audit_live(&f->arena, profile, live, &f->report, &f->err);
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

static void test_severity(void **state)
{
	(void)state;
	assert_int_equal(policy_severity_find("critical"), POLICY_CRITICAL);
	assert_int_equal(policy_severity_find("info"), POLICY_INFO);
	assert_int_equal(policy_severity_find("bad"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_live__confined_is_clean),
		cmocka_unit_test(test_live__bare_process),
		cmocka_unit_test(test_live__host_root_anywhere),
		cmocka_unit_test(test_live__text_that_is_none),
		cmocka_unit_test(test_severity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
