/*
 * Every limit of linux.resources as files and values of cgroup v1 and v2, and what a file said
 * before.
 */
#include <errno.h>

#include "cgroup_fixture.h"

#include "base/banned.h"

/* A v1 host with every controller there is, and no v2. */
static void start_full_v1(struct fixture *f)
{
	static const char *const names[] = { "memory", "cpu,cpuacct", "cpuset", "pids", "devices",
		"blkio", "hugetlb", "net_cls,net_prio", "rdma" };

	start(f, FACTS_CGROUP_V1);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		add_hierarchy(f, names[i], arena_fmt(&f->arena, "/c/%s", names[i]), "/", NULL);
}

static void start_full_v2(struct fixture *f)
{
	start(f, FACTS_CGROUP_V2);
	add_hierarchy(f, "", "/c", "/", "cpuset cpu io memory hugetlb pids rdma");
}

typedef void (*fill_fn)(struct config_resources *r);

static void expect(bool is_v2, fill_fn fill, const char *wanted)
{
	struct fixture f;

	if (is_v2)
		start_full_v2(&f);
	else
		start_full_v1(&f);
	fill(resources(&f));
	if (build(&f) < 0)
		fail_msg("%s", f.err.msg);
	assert_string_equal(settings(&f), wanted);
	finish(&f);
}

static void expect_error(bool is_v2, fill_fn fill, const char *message)
{
	struct fixture f;

	if (is_v2)
		start_full_v2(&f);
	else
		start_full_v1(&f);
	fill(resources(&f));
	assert_true(build(&f) < 0);
	assert_message(&f, message);
	finish(&f);
}

/* --- memory ------------------------------------------------------------------------------------- */

static void swappiness(struct config_resources *r)
{
	r->has_memory_swappiness = true;
}

static void oom_disabled(struct config_resources *r)
{
	r->memory_oom_disabled = true;
}

static void hierarchy(struct config_resources *r)
{
	r->memory_hierarchy = true;
	r->memory_check_before_update = true; /* nothing to write */
}

static void test_memory__flags(void **state)
{
	(void)state;
	expect(false, swappiness, "memory.swappiness=0 ");
	expect_error(true, swappiness,
		"/linux/resources/memory/swappiness: cgroup v2 has nothing that corresponds to the v1 "
		"file memory.swappiness");
	expect(false, oom_disabled, "memory.oom_control=1 ");
	expect_error(true, oom_disabled, "/linux/resources/memory/disableOOMKiller: cgroup v2");
	expect(false, hierarchy, "memory.use_hierarchy=1 ");
	expect(true, hierarchy, "");
}

/* --- cpu ----------------------------------------------------------------------------------------- */

static void burst(struct config_resources *r)
{
	r->has_cpu_quota = r->has_cpu_burst = r->has_cpu_idle = true;
	r->cpu_quota = 50000;
	r->cpu_burst = 20000;
	r->cpu_idle = 1;
}

static void realtime(struct config_resources *r)
{
	r->cpu_rt_period = 1000000;
	r->cpu_rt_runtime = 9000;
}

static void test_cpu__burst_and_idle(void **state)
{
	(void)state;
	expect(false, burst, "cpu.cfs_quota_us=50000 cpu.cfs_burst_us=20000 cpu.idle=1 ");
	expect(true, burst, "cpu.max=50000 cpu.max.burst=20000 cpu.idle=1 ");
}

static void test_cpu__realtime(void **state)
{
	struct fixture f;

	(void)state;
	expect(false, realtime, "cpu.rt_period_us=1000000 cpu.rt_runtime_us=9000 ");
	expect_error(true, realtime, "/linux/resources/cpu/realtimePeriod: cgroup v2");
	start_full_v1(&f);
	realtime(resources(&f));
	assert_int_equal(build(&f), 0);
	for (size_t i = 0; step_at(&f, i) != NULL; i++)
		if (must_step(&f, i)->kind == PLAN_CGROUP_SET)
			assert_int_equal(must_step(&f, i)->num[2], 1);
	finish(&f);
}

/* --- block devices ------------------------------------------------------------------------------- */

static void weights(struct config_resources *r)
{
	static const struct config_block_weight device = { 8, 16, 1000, 0 };

	r->block_weight = 10;
	r->block_weights = &device;
	r->n_block_weights = 1;
}

static void leaf_weights(struct config_resources *r)
{
	static const struct config_block_weight device = { 8, 16, 0, 300 };

	r->block_leaf_weight = 20;
	r->block_weights = &device;
	r->n_block_weights = 1;
}

static void weight_too_small(struct config_resources *r)
{
	r->block_weight = 9;
}

static void rates(struct config_resources *r)
{
	static const struct config_block_rate limited = { 8, 0, 1048576 }, free_ = { 8, 1, 0 };

	for (int kind = 0; kind < CONFIG_THROTTLE_N; kind++)
		r->block_rates[kind] = (struct config_block_rates){ &limited, 1 };
	r->block_rates[CONFIG_THROTTLE_WRITE_IOPS].items = &free_;
}

static void test_block_io__weights(void **state)
{
	struct fixture f;
	const struct plan_step *step;
	size_t n_else = 0;

	(void)state;
	expect(false, weights,
		"blkio.weight=10 blkio.bfq.weight=10 blkio.weight_device=8:16 1000 "
		"blkio.bfq.weight_device=8:16 1000 ");
	expect(true, weights,
		"io.bfq.weight=10 io.weight=1 io.bfq.weight=8:16 1000 io.weight=8:16 10000 ");
	start_full_v2(&f);
	weights(resources(&f));
	assert_int_equal(build(&f), 0);
	for (size_t i = 0; (step = step_at(&f, i)) != NULL; i++)
		n_else += step->kind == PLAN_CGROUP_SET && step->num[1] == 1;
	assert_int_equal(n_else, 2);
	finish(&f);
	expect(false, leaf_weights, "blkio.leaf_weight=20 blkio.leaf_weight_device=8:16 300 ");
	expect_error(true, leaf_weights, "/linux/resources/blockIO/leafWeight: cgroup v2");
	expect_error(true, weight_too_small, "/linux/resources/blockIO/weight: 9 is not between");
	assert_int_equal(plan_io_weight(10), 1);
	assert_int_equal(plan_io_weight(100), 910);
	assert_int_equal(plan_io_weight(500), 4950);
	assert_int_equal(plan_io_weight(1000), 10000);
}

static void test_block_io__rates(void **state)
{
	(void)state;
	expect(false, rates,
		"blkio.throttle.read_bps_device=8:0 1048576 blkio.throttle.write_bps_device=8:0 1048576 "
		"blkio.throttle.read_iops_device=8:0 1048576 blkio.throttle.write_iops_device=8:1 0 ");
	expect(true, rates,
		"io.max=8:0 rbps=1048576 io.max=8:0 wbps=1048576 io.max=8:0 riops=1048576 "
		"io.max=8:1 wiops=max ");
}

/* --- huge pages, network, rdma, unified ---------------------------------------------------------- */

static void huge_pages(struct config_resources *r)
{
	static const struct config_huge_pages pages[] = { { "2MB", 4194304 }, { "1GB", 0 } };

	r->huge_pages = pages;
	r->n_huge_pages = 2;
}

static void test_huge_pages(void **state)
{
	struct fixture f;

	(void)state;
	expect(false, huge_pages,
		"hugetlb.2MB.rsvd.limit_in_bytes=4194304 hugetlb.2MB.limit_in_bytes=4194304 "
		"hugetlb.1GB.rsvd.limit_in_bytes=0 hugetlb.1GB.limit_in_bytes=0 ");
	expect(true, huge_pages,
		"hugetlb.2MB.rsvd.max=4194304 hugetlb.2MB.max=4194304 hugetlb.1GB.rsvd.max=0 "
		"hugetlb.1GB.max=0 ");
	/* a hybrid host has the controller on v2, where it has to be handed down */
	start_v1(&f);
	huge_pages(resources(&f));
	assert_int_equal(build(&f), 0);
	assert_string_equal(text(&f, must_step(&f, 6), 2), "hugetlb");
	assert_string_equal(settings(&f),
		"hugetlb.2MB.rsvd.max=4194304 hugetlb.2MB.max=4194304 hugetlb.1GB.rsvd.max=0 "
		"hugetlb.1GB.max=0 ");
	finish(&f);
}

static void net_class(struct config_resources *r)
{
	r->net_class = 1048577;
}

static void net_priorities(struct config_resources *r)
{
	static const struct config_net_priority list[] = { { "lo", 5 }, { "eth0", 0 } };

	r->net_priorities = list;
	r->n_net_priorities = 2;
}

static void rdma(struct config_resources *r)
{
	static const struct config_rdma list[] = { { "mlx5_0", true, true, 2, 2000 },
		{ "ocrdma1", false, true, 0, 7 } };

	r->rdma = list;
	r->n_rdma = 2;
}

static void test_network_and_rdma(void **state)
{
	struct fixture f;

	(void)state;
	expect(false, net_class, "net_cls.classid=1048577 ");
	expect_error(true, net_class, "/linux/resources/network/classID: cgroup v2");
	expect(false, net_priorities, "net_prio.ifpriomap=lo 5 net_prio.ifpriomap=eth0 0 ");
	expect_error(true, net_priorities, "/linux/resources/network/priorities/0: cgroup v2");
	expect(false, rdma,
		"rdma.max=mlx5_0 hca_handle=2 hca_object=2000 rdma.max=ocrdma1 hca_object=7 ");
	expect(true, rdma,
		"rdma.max=mlx5_0 hca_handle=2 hca_object=2000 rdma.max=ocrdma1 hca_object=7 ");
	start(&f, FACTS_CGROUP_V1);
	add_hierarchy(&f, "devices", "/c/devices", "/", NULL);
	net_class(resources(&f));
	assert_int_equal(build(&f), -ENOTSUP);
	assert_message(
		&f, "needs the net_cls controller (file net_cls.classid), which is not mounted");
	finish(&f);
}

static void unified(struct config_resources *r)
{
	static const char *const keys[] = { "memory.high", "io.max", "cgroup.max.depth" };
	static const char *const values[] = { "max", "8:0 rbps=1\n8:1 wbps=2\n", "3" };

	r->unified_keys = (struct json_strings){ keys, 3 };
	r->unified_values = (struct json_strings){ values, 3 };
	r->has_memory_limit = true;
	r->memory_limit = 77;
}

static void unified_missing(struct config_resources *r)
{
	static const char *const keys[] = { "misc.max" }, *const values[] = { "" };

	r->unified_keys = (struct json_strings){ keys, 1 };
	r->unified_values = (struct json_strings){ values, 1 };
}

static void test_unified(void **state)
{
	(void)state;
	expect(true, unified,
		"memory.max=77 memory.high=max io.max=8:0 rbps=1 io.max=8:1 wbps=2 cgroup.max.depth=3 ");
	expect_error(false, unified,
		"/linux/resources/unified/memory.high: needs the memory controller on cgroup v2 (file "
		"memory.high), which is not available");
	expect_error(true, unified_missing, "unified/misc.max: needs the misc controller");
}

/* --- of a container that exists ------------------------------------------------------------------ */

static const char *collect(const struct config_resources *r, const struct plan_cgroup_now *now)
{
	static char text[256];
	struct plan_limits limits;
	struct fixture f;
	size_t len = 0;

	start_full_v2(&f);
	if (plan_limits_collect(&f.arena, r, &f.facts, now, &limits, &f.err) < 0)
		len = str_fmt(text, sizeof(text), "%s", f.err.msg);
	for (size_t i = 0; i < limits.n && limits.result == 0; i++)
		len += str_fmt(text + len, sizeof(text) - len, "%s=%s ", limits.items[i].file,
			limits.items[i].value);
	text[len] = '\0';
	finish(&f);
	return text;
}

static void test_now__completes_values(void **state)
{
	struct config_resources swap = { .has_memory_swap = true, .memory_swap = 300 };
	struct config_resources period = { .cpu_period = 20000 };
	struct config_resources quota = { .has_cpu_quota = true, .cpu_quota = -1 };
	struct plan_cgroup_now now = { .memory_limit = 100, .cpu_quota = 5000 };

	(void)state;
	assert_string_equal(collect(&swap, &now), "memory.swap.max=200 ");
	assert_string_equal(collect(&period, &now), "cpu.max=5000 20000 ");
	now.memory_limit = 400;
	now.cpu_quota = -1;
	assert_string_equal(collect(&swap, &now),
		"/linux/resources/memory/swap: 300 is below the memory limit 400, which it includes");
	assert_string_equal(collect(&period, &now), "cpu.max=max 20000 ");
	assert_string_equal(collect(&quota, &now), "cpu.max=max ");
	now.cpu_period = 50000;
	assert_string_equal(collect(&quota, &now), "cpu.max=max 50000 ");
	assert_string_equal(collect(&period, &now), "cpu.max=max 20000 ");
	now.memory_limit = -1;
	assert_non_null(strstr(collect(&swap, &now), "so it needs a memory limit"));
}

static void test_old_value(void **state)
{
	static const struct {
		const char *file, *text, *value, *old;
	} cases[] = {
		{ "memory.max", "max\n", "5", "max" },
		{ "cpu.max", "max 100000\n", "5000 20000", "max 100000" },
		{ "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n", "1", "0" },
		{ "io.weight", "default 100\n8:0 50\n", "300", "default 100" },
		{ "io.weight", "default 100\n8:0 50\n", "8:0 60", "8:0 50" },
		{ "io.weight", "default 100\n8:0 50\n", "8:16 60", "8:16 default" },
		{ "io.max", "8:0 rbps=5 wbps=max riops=max wiops=max\n", "8:0 wbps=1",
			"8:0 rbps=5 wbps=max riops=max wiops=max" },
		{ "io.max", "", "8:0 wbps=1", "8:0 rbps=max wbps=max riops=max wiops=max" },
		{ "blkio.throttle.read_bps_device", "8:16 7\n", "8:1 9", "8:1 0" },
		{ "blkio.throttle.read_bps_device", "8:16 7\n", "8:16 9", "8:16 7" },
		{ "net_prio.ifpriomap", "lo 0\neth0 3\n", "eth0 5", "eth0 3" },
	};
	_arena_ struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(
			cgroup_old_value(&arena, cases[i].file, cases[i].text, cases[i].value),
			cases[i].old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory__flags),
		cmocka_unit_test(test_cpu__burst_and_idle),
		cmocka_unit_test(test_cpu__realtime),
		cmocka_unit_test(test_block_io__weights),
		cmocka_unit_test(test_block_io__rates),
		cmocka_unit_test(test_huge_pages),
		cmocka_unit_test(test_network_and_rdma),
		cmocka_unit_test(test_unified),
		cmocka_unit_test(test_now__completes_values),
		cmocka_unit_test(test_old_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
