/* The plan of a container against what the kernel says of it, one difference at a time. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/num.h"
#include "base/str.h"
#include "plan/drift.h"

#include "plan_writer.h"

#include "base/banned.h"

#define CAPS(value)                                                                          \
	"CapInh:\t0000000000000000\nCapPrm:\t" value "\nCapEff:\t" value "\nCapBnd:\t" value \
	"\nCapAmb:\t0000000000000000\n"
#define STATUS(uid, caps, nnp, filters)                    \
	"Name:\tsh\nUid:\t" uid "\t" uid "\t" uid "\t" uid \
	"\n" CAPS(caps) "NoNewPrivs:\t" nnp "\nSeccomp:\t2\nSeccomp_filters:\t" filters "\n"

static const char mounts[] = "30 20 0:40 / / ro,nosuid,nodev - ext4 /dev/vda rw\n"
			     "31 30 0:41 / /proc rw,nosuid,nodev,noexec - proc proc rw\n"
			     "32 31 0:41 /sys /proc/sys ro,nosuid,nodev,noexec - proc proc rw\n"
			     "33 31 0:42 / /proc/keys ro - tmpfs tmpfs ro\n";

struct fixture {
	struct arena arena;
	char *buf;
	struct plan plan;
	const struct policy_profile *profile;
	struct policy_live live;
	struct policy_place places[4];
	struct plan_exec_namespace ns;
	struct plan_drift_limit limit;
	struct plan_drift_cgroup cgroup;
	struct plan_drift_request request;
	struct policy_report report;
	struct err err;
};

static void write_plan(struct plan_writer *w)
{
	static const uint32_t map[] = { 0, 100000, 65536 };
	static const uint64_t insn = 0x7fff000000000006;
	struct plan_step *step = plan_writer_step(w, PLAN_IDS, PLAN_SLOT_USERNS);

	step->ref[0] = plan_writer_data(w, map, sizeof(map));
	step->ref[1] = plan_writer_data(w, map, sizeof(map));
	step = plan_writer_text(w, PLAN_OPEN_TREE, "/rootfs", NULL);
	step->slot = PLAN_SLOT_ROOT;
	step->num[0] = SYS_ATTR_NOSUID | SYS_ATTR_NODEV;
	plan_writer_step(w, PLAN_ROOT, PLAN_SLOT_ROOT);
	step = plan_writer_text(w, PLAN_MOUNT_NEW, "/proc", "proc");
	step->num[0] = SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC;
	plan_writer_text(w, PLAN_READONLY, "/proc/sys", NULL);
	plan_writer_text(w, PLAN_MASK, "/proc/keys", NULL);
	plan_writer_step(w, PLAN_ROOT_FLAGS, PLAN_SLOT_NONE)->num[0] = SYS_ATTR_RDONLY;
	plan_writer_step(w, PLAN_BOUNDING, PLAN_SLOT_NONE)->num[0] = 0x400;
	plan_writer_step(w, PLAN_CAPS, PLAN_SLOT_NONE)->num[1] = 0x400;
	plan_writer_step(w, PLAN_NO_NEW_PRIVS, PLAN_SLOT_NONE);
	plan_writer_text(w, PLAN_APPARMOR, "docker-default", NULL);
	step = plan_writer_step(w, PLAN_SECCOMP, PLAN_SLOT_NONE);
	step->stage = PLAN_STAGE_START;
	step->ref[0] = plan_writer_data(w, &insn, sizeof(insn));
	step->ref[1] = plan_writer_string(w, "floor");
}

/* A container in which everything is as planned. */
static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct plan_writer *w = plan_writer_new();
	size_t size;

	if (f == NULL)
		return -1;
	write_plan(w);
	f->buf = plan_writer_finish(w, &size);
	if (plan_open(f->buf, size, &f->plan, &f->err) < 0 ||
		policy_profile_load(&f->arena, "hardened", &f->profile, &f->err) < 0)
		fail_msg("%s", f->err.msg);
	f->live = (struct policy_live){
		.status = STATUS("100007", "0000000000000400", "1", "1"),
		.uid_map = "         0     100000      65536\n",
		.gid_map = "         0     100000      65536\n",
		.mountinfo = mounts,
		.host_mountinfo = "20 1 8:1 / / rw - ext4 /dev/vda rw\n",
		.cgroup = "3:cpu,cpuacct:/other\n2:pids:/box\n0::/\n",
		.label = "docker-default (enforce)\n",
		.ns_ino = { [CONFIG_NS_NETWORK] = 4026532000 },
	};
	f->places[0] = (struct policy_place){ "/", true, true, 30 };
	f->places[1] = (struct policy_place){ "/proc", true, true, 31 };
	f->places[2] = (struct policy_place){ "/proc/sys", true, true, 32 };
	f->places[3] = (struct policy_place){ "/proc/keys", true, true, 33 };
	f->ns = (struct plan_exec_namespace){ SYS_NEWNET, 4026532000 };
	f->cgroup = (struct plan_drift_cgroup){ "pids", "/box", false };
	f->limit = (struct plan_drift_limit){ "pids.max", "100", "100" };
	f->request = (struct plan_drift_request){
		.plan = &f->plan,
		.live = &f->live,
		.profile = f->profile,
		.namespaces = &f->ns,
		.n_namespaces = 1,
		.places = f->places,
		.n_places = 4,
		.cgroups = &f->cgroup,
		.n_cgroups = 1,
		.limits = &f->limit,
		.n_limits = 1,
		.ids_are_hosts = true,
	};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_done(&f->arena);
	free(f->buf);
	free(f);
	return 0;
}

/* Which rules, by their number, have been seen to find something, and nothing. */
static bool bit[16], let_pass[16];

static void record(const struct fixture *f)
{
	bool found[16] = { false };

	for (size_t i = 0; i < f->report.n_findings; i++) {
		uint64_t number;
		const char *id = f->report.findings[i].rule;

		assert_true(str_starts(id, "CS-DRIFT-") &&
			    num_u64(id + strlen("CS-DRIFT-"), 15, &number));
		found[number] = true;
	}
	for (size_t i = 1; i < 16; i++) {
		bit[i] = bit[i] || found[i];
		let_pass[i] = let_pass[i] || !found[i];
	}
}

/* The one finding is of rule @id (NULL: there is none) and says @text. */
static void expect(struct fixture *f, const char *id, const char *text)
{
	if (plan_audit_drift(&f->arena, &f->request, &f->report, &f->err) < 0)
		fail_msg("%s", f->err.msg);
	record(f);
	if (id == NULL) {
		if (f->report.n_findings > 0)
			fail_msg("%s: %s", f->report.findings[0].rule, f->report.findings[0].found);
		return;
	}
	if (f->report.n_findings != 1)
		fail_msg("%d findings; of %s nothing alone", (int)f->report.n_findings, id);
	assert_string_equal(f->report.findings[0].rule, id);
	assert_string_equal(f->report.findings[0].found, text);
	assert_non_null(f->report.findings[0].pointer);
}

static void test_drift__none(void **state)
{
	struct fixture *f = *state;
	struct json_strings paths;

	assert_int_equal(plan_drift_paths(&f->arena, &f->plan, &paths, &f->err), 0);
	assert_int_equal(paths.n, 4);
	assert_string_equal(paths.items[3], "/proc/keys");
	expect(f, NULL, NULL);
	assert_int_equal(f->report.n_checks, 10);
}

static void test_drift__namespaces(void **state)
{
	struct fixture *f = *state;

	f->ns.ino++;
	expect(f, "CS-DRIFT-1", "network namespace is another one");
}

static void test_drift__ids(void **state)
{
	struct fixture *f = *state;

	f->live.gid_map = "0 100000 65536\n65536 0 1\n";
	expect(f, "CS-DRIFT-2", "gid_map is another one");
	f->request.ids_are_hosts = false; /* rootless: they are those of another namespace */
	expect(f, NULL, NULL);
	f->live.status = STATUS("1000", "0000000000000400", "1", "1");
	expect(f, "CS-DRIFT-2", "its user is none of the container's");
}

static void test_drift__rights(void **state)
{
	struct fixture *f = *state;

	f->live.status = STATUS("100007", "0000000000200400", "1", "1");
	expect(f, "CS-DRIFT-3", "CapBnd has SYS_ADMIN, CapPrm has SYS_ADMIN");
	f->live.status = STATUS("100007", "0000000000000400", "0", "1");
	expect(f, "CS-DRIFT-3", "no_new_privs is not set");
	f->live.status = STATUS("100007", "0000000000000000", "1", "0");
	expect(f, "CS-DRIFT-3", "0 filters instead of 1");
	f->live.is_waiting = true;
	expect(f, NULL, NULL);
}

/* Giving up is the workload's right. */
static void test_drift__less_is_fine(void **state)
{
	struct fixture *f = *state;

	f->live.status = STATUS("100001", "0000000000000000", "1", "3");
	expect(f, NULL, NULL);
}

static void test_drift__label(void **state)
{
	struct fixture *f = *state;

	f->live.label = "docker-default2 (enforce)\n";
	expect(f, "CS-DRIFT-4", "'docker-default2 (enforce)\\x0a' is in force");
	f->live.label = NULL;
	expect(f, "CS-DRIFT-4", "'' is in force");
}

static void test_drift__mounts(void **state)
{
	struct fixture *f = *state;

	f->live.mountinfo = "30 20 0:40 / / rw,nosuid - ext4 /dev/vda rw\n"
			    "31 30 0:41 / /proc rw,nosuid,nodev,noexec - proc proc rw\n"
			    "32 31 0:41 /sys /proc/sys ro - proc proc rw\n"
			    "33 31 0:42 / /proc/keys ro - tmpfs tmpfs ro\n";
	expect(f, "CS-DRIFT-5", "'/' is writable, '/' is not nodev");
	f->live.mountinfo = mounts;
	f->places[1].is_mount = false;
	expect(f, "CS-DRIFT-5", "'/proc' is no longer mounted");
}

static void test_drift__paths(void **state)
{
	struct fixture *f = *state;

	f->places[3].is_mount = false;
	f->places[2].mount_id = 31;
	expect(f, "CS-DRIFT-6", "'/proc/sys' is writable, '/proc/keys' is not hidden");
	f->places[2].exists = f->places[3].exists = false; /* missing is fine, as for create */
	expect(f, NULL, NULL);
}

static void test_drift__more_mounts(void **state)
{
	struct fixture *f = *state;
	_str_buf_ struct str_buf text = { 0 };

	str_buf_fmt(&text, "%s34 30 8:1 / /mnt rw shared:3 - ext4 /dev/vda rw\n", mounts);
	f->live.mountinfo = text.data;
	expect(f, "CS-DRIFT-7", "'/mnt' is shared, '/mnt' was mounted later");
}

static void test_drift__cgroups(void **state)
{
	struct fixture *f = *state;

	f->live.cgroup = "2:pids:/box/below\n";
	expect(f, NULL, NULL);
	f->live.cgroup = "2:pids:/boxes\n";
	expect(f, "CS-DRIFT-8", "pids: /boxes");
	f->live.cgroup = "2:pids:/../elsewhere\n"; /* not to be seen from here */
	expect(f, NULL, NULL);
	f->cgroup = (struct plan_drift_cgroup){ "memory pids", "/box", true };
	f->live.cgroup = "0::/\n";
	expect(f, "CS-DRIFT-8", "v2: /");
}

static void test_drift__limits(void **state)
{
	static const struct {
		const char *file, *wanted, *found;
		bool is_same;
	} rows[] = {
		{ "pids.max", "100", "max", false }, { "pids.max", "-1", "max", true },
		{ "memory.limit_in_bytes", "-1", "9223372036854771712", true },
		{ "memory.limit_in_bytes", "1000000", "999424", true },
		{ "memory.limit_in_bytes", "1000000", "1003520", false },
		{ "memory.max", "67108864", "134217728", false },
		{ "cpu.max", "20000 100000", "20000 100000", true },
		{ "cpu.max", "20000", "20000 100000", true },
		{ "cpu.max", "20000", "200000 100000", false },
		{ "cpu.max", "20000 100000", "max 100000", false },
		{ "cpuset.cpus", "0,1,3", "0-1,3", true }, { "cpuset.cpus", "0-1", "0", false },
		{ "cpuset.cpus", "0", "", false },
		{ "pids.max", "100", NULL, true }, /* can't be read */
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_true(plan_drift_limit_is_known(rows[i].file));
		f->limit = (struct plan_drift_limit){ rows[i].file, rows[i].wanted, rows[i].found };
		if (plan_audit_drift(&f->arena, &f->request, &f->report, &f->err) < 0)
			fail_msg("%s", f->err.msg);
		record(f);
		if ((f->report.n_findings == 0) != rows[i].is_same)
			fail_msg("%s %s: %s", rows[i].file, rows[i].wanted,
				rows[i].found != NULL ? rows[i].found : "-");
	}
	assert_false(plan_drift_limit_is_known("memory.oom_control"));
}

static void test_drift__config(void **state)
{
	struct fixture *f = *state;

	f->request.config_is_changed = true;
	expect(f, "CS-DRIFT-10", "config.json is younger than the container");
}

static void test_drift__text_that_is_none(void **state)
{
	struct fixture *f = *state;

	f->live.status = "Name:\tsh\n";
	assert_int_equal(plan_audit_drift(&f->arena, &f->request, &f->report, &f->err), -EINVAL);
	f->live.mountinfo = "30 20\n";
	assert_int_equal(plan_audit_drift(&f->arena, &f->request, &f->report, &f->err), -EINVAL);
}

static int check_rules(void **state)
{
	int missing = 0;

	(void)state;
	for (int i = 1; i <= 10; i++) {
		print_message("# matrix live CS-DRIFT-%d %d %d\n", i, bit[i], let_pass[i]);
		missing += !bit[i] || !let_pass[i];
	}
	return missing == 0 ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_drift__##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(none),
		TEST(namespaces),
		TEST(ids),
		TEST(rights),
		TEST(less_is_fine),
		TEST(label),
		TEST(mounts),
		TEST(paths),
		TEST(more_mounts),
		TEST(cgroups),
		TEST(limits),
		TEST(config),
		TEST(text_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, check_rules);
}
