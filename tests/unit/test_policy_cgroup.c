/*
 * Delegation of the container's cgroup, and the limits that a profile wants.
 */
#include "policy_fixture.h"

#include "base/banned.h"

#define CGROUPS(options)         \
	PROC_MOUNT "," DEV_MOUNT \
		   ",{'destination':'/sys/fs/cgroup','type':'cgroup','options':[" options "]}"
#define WRITABLE .mounts = CGROUPS("'nosuid','noexec','nodev'")
#define V2       "cgroup v2 cpu,memory,pids /sys/fs/cgroup /"
#define WITH_NS  NAMESPACES_BUT("{'type':'mount'},{'type':'cgroup'}")
#define REMAPPED NAMESPACES_BUT("{'type':'mount'},{'type':'cgroup'},{'type':'user'}") "," MAPS

static const struct policy_profile *delegating(struct arena *arena)
{
	const struct policy_profile *shipped = NULL;
	struct policy_profile *profile = arena_alloc(arena, sizeof(*profile));
	struct err err;

	if (profile == NULL || policy_profile_load(arena, "hardened", &shipped, &err) < 0)
		fail_msg("no profile");
	assert_false(shipped->cgroup_delegation);
	*profile = *shipped;
	profile->cgroup_delegation = true;
	return profile;
}

static const struct config_mount *cgroup_mount(const struct test_result *t)
{
	for (size_t i = 0; i < t->d.config.n_mounts; i++)
		if (str_eq(t->d.config.mounts[i].destination, "/sys/fs/cgroup"))
			return &t->d.config.mounts[i];
	fail_msg("no mount of cgroups");
	return NULL;
}

static bool is_readonly(const struct test_result *t)
{
	return (cgroup_mount(t)->options.attr_set & SYS_ATTR_RDONLY) != 0;
}

static const char *unified(const struct test_result *t, const char *key)
{
	const struct config_resources *r = &t->d.config.resources;

	for (size_t i = 0; i < r->unified_keys.n; i++)
		if (str_eq(r->unified_keys.items[i], key))
			return r->unified_values.items[i];
	return "none";
}

static void test_delegation__is_off(void **state)
{
	static const char *const names[] = { "hardened", "restricted" };
	struct test_result t;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		DECIDE(&t, .profile = names[i], .facts = V2, WRITABLE);
		assert_false(t.d.delegates_cgroup);
		assert_true(is_readonly(&t));
		test_expect(&t, "CS-MNT-3", POLICY_TIGHTEN, "'/sys/fs/cgroup' ro");
		test_expect_none(&t, "CS-CG-1");
		assert_string_equal(unified(&t, "cgroup.max.depth"), "none");
		arena_done(&t.arena);
	}
}

static void test_delegation__where_the_profile_allows(void **state)
{
	_arena_ struct arena arena = { 0 };
	const struct policy_profile *profile = delegating(&arena);
	struct test_result t;

	(void)state;
	DECIDE(&t, .custom = profile, .facts = V2, WRITABLE);
	test_expect(&t, "CS-CG-1", POLICY_NOTE, "its cgroup is delegated to user 0");
	assert_null(strstr(test_finding(&t, "CS-MNT-3").decided, "cgroup"));
	assert_true(t.d.delegates_cgroup);
	assert_false(is_readonly(&t));
	assert_string_equal(unified(&t, "cgroup.max.depth"), "64");
	assert_string_equal(unified(&t, "cgroup.max.descendants"), "1024");
	arena_done(&t.arena);

	DECIDE(&t, .custom = profile, .facts = V2, WRITABLE,
		.linux_ = ALL_NAMESPACES ",'resources':{'unified':{'cgroup.max.descendants':'3'}}");
	assert_string_equal(unified(&t, "cgroup.max.descendants"), "3");
	arena_done(&t.arena);

	/* the config does not ask for it */
	PASSES("CS-CG-1", .custom = profile, .facts = V2, .mounts = CGROUPS("'ro'"));
	PASSES("CS-CG-1", .custom = profile, .facts = V2, .mounts = CGROUPS("'rro'"));
	PASSES("CS-CG-1", .custom = profile, .facts = V2);
	DECIDE(&t, .custom = profile, .facts = V2, .mounts = CGROUPS("'ro'"));
	assert_false(t.d.delegates_cgroup);
	assert_true(is_readonly(&t));
	arena_done(&t.arena);
}

static void expect_obstacle(const struct test_config *c, const char *obstacle)
{
	struct test_result t;

	test_decide(&t, c);
	test_expect(&t, "CS-CG-1", POLICY_NOTE, obstacle);
	assert_non_null(strstr(test_finding(&t, "CS-CG-1").decided, "not delegated: "));
	assert_false(t.d.delegates_cgroup);
	assert_int_equal(is_readonly(&t), t.d.profile->mounts_limited);
	assert_string_equal(unified(&t, "cgroup.max.depth"), "none");
	arena_done(&t.arena);
}
#define OBSTACLE(obstacle, ...) expect_obstacle(&(struct test_config){ __VA_ARGS__ }, obstacle)

static void test_delegation__obstacles(void **state)
{
	_arena_ struct arena arena = { 0 };
	const struct policy_profile *profile = delegating(&arena);
	struct policy_profile host_ids = *profile;

	(void)state;
	OBSTACLE("cgroups of v1", .custom = profile, WRITABLE,
		.facts = "cgroup-mode v1\ncgroup v1 memory /sys/fs/cgroup/memory /");
	OBSTACLE("no cgroup of its own", .custom = profile, WRITABLE,
		.facts = V2 "\ncgroup-writable no");
	OBSTACLE("no cgroup namespace", .custom = profile, WRITABLE,
		.facts = V2 "\npath /ns ns:cgroup nsfs 0 0 0444 -",
		.linux_ = NAMESPACES_BUT("{'type':'mount'},{'type':'cgroup','path':'/ns'}"));
	OBSTACLE("by an ordinary user", .custom = profile, WRITABLE,
		.facts = V2 "\neuid 0\ninitial-userns no\nids-available 65537");
	host_ids.userns = POLICY_USERNS_CONFIG;
	OBSTACLE("without a user namespace", .custom = &host_ids, WRITABLE, .facts = V2);

	OBSTACLE("cgroups of v1", OCI, WRITABLE, .linux_ = REMAPPED,
		.facts = "cgroup-mode v1\ncgroup v1 memory /sys/fs/cgroup/memory /");
	OBSTACLE("no cgroup namespace", OCI, WRITABLE, .facts = V2, .linux_ = OWN_USERNS "," MAPS);
}

/* What runc does: to the user of the process, if the config has it so; and no limit of its size. */
static void test_delegation__oci(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, OCI, .facts = V2, WRITABLE, .linux_ = REMAPPED);
	assert_true(t.d.delegates_cgroup);
	assert_string_equal(unified(&t, "cgroup.max.depth"), "64");
	assert_string_equal(unified(&t, "cgroup.max.descendants"), "none");
	arena_done(&t.arena);

	DECIDE(&t, OCI, .facts = V2, WRITABLE, .linux_ = WITH_NS,
		.process = "'args':['sh'],'cwd':'/','user':{'uid':7,'gid':0}");
	test_expect(&t, "CS-CG-1", POLICY_NOTE, "to user 7");
	assert_true(t.d.delegates_cgroup);
	arena_done(&t.arena);

	/* root of the host has it anyway */
	DECIDE(&t, OCI, .facts = V2, WRITABLE, .linux_ = WITH_NS);
	test_expect_none(&t, "CS-CG-1");
	assert_false(t.d.delegates_cgroup || is_readonly(&t));
	arena_done(&t.arena);
}

/* --- limits that the shipped profiles want ------------------------------------------------------ */

#define LIMITS(members) ALL_NAMESPACES ",'resources':{" members "}"

static void test_limits__of_shipped_profiles(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, .facts = V2);
	assert_true(t.d.config.resources.has_pids_limit);
	assert_int_equal(t.d.config.resources.pids_limit, 4096);
	assert_string_equal(unified(&t, "memory.oom.group"), "1");
	assert_int_equal(t.d.n_refused, 0);
	arena_done(&t.arena);

	DECIDE(&t, OCI, .facts = V2);
	assert_false(t.d.config.resources.has_pids_limit);
	assert_string_equal(unified(&t, "memory.oom.group"), "none");
	arena_done(&t.arena);

	/* restricted: one of processes is there by default, and must not be taken away */
	BITES("CIS-5.11", POLICY_REFUSE, "not set", .profile = "restricted", .facts = V2);
	BITES("CIS-5.11", POLICY_REFUSE, "unlimited", .profile = "restricted", .facts = V2,
		.linux_ = LIMITS("'memory':{'limit':-1}"));
	PASSES("CIS-5.11", .profile = "restricted", .facts = V2,
		.linux_ = LIMITS("'memory':{'limit':1048576}"));
	BITES("CIS-5.29", POLICY_TIGHTEN, "4096", .profile = "restricted", .facts = V2);
	BITES("CIS-5.29", POLICY_REFUSE, "unlimited", .profile = "restricted", .facts = V2,
		.linux_ = LIMITS("'pids':{'limit':-1}"));
	BITES("CIS-5.29", POLICY_REFUSE, "not set", .profile = "restricted",
		.facts = V2 "\ncgroup-writable no");
	PASSES("CIS-5.29", .profile = "restricted", .facts = V2,
		.linux_ = LIMITS("'pids':{'limit':5}"));
}

/* ORDER: last, it looks back at all the others. */
static void test_rules__each_bites_and_lets_pass(void **state)
{
	(void)state;
	test_check_rules(TEST_POLICY_CGROUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delegation__is_off),
		cmocka_unit_test(test_delegation__where_the_profile_allows),
		cmocka_unit_test(test_delegation__obstacles),
		cmocka_unit_test(test_delegation__oci),
		cmocka_unit_test(test_limits__of_shipped_profiles),
		cmocka_unit_test(test_rules__each_bites_and_lets_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
