/*
 * update and events: the plan of an update, sizes and durations, and figures read from files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/cli.h"
#include "host/cgroup/stats.h"

#include "cgroup_fixture.h"

#include "base/banned.h"

/* --- the plan ------------------------------------------------------------------------------------ */

static const struct plan_cgroup_place places_v1[] = {
	{ "/c/memory/docker/a", false },
	{ "/c/pids/docker/a", false },
	{ "/c/devices/docker/a", false },
	{ "/c/unified/docker/a", true },
};

static int plan_update(struct fixture *f, struct plan_update_request *request, const char **out)
{
	struct plan plan;
	int r;

	request->id = "box";
	request->places = places_v1;
	request->n_places = ARRAY_SIZE(places_v1);
	r = plan_build_update(&f->arena, &f->facts, request, &plan, &f->err);
	*out = "";
	for (size_t i = 0; r == 0 && i < plan.header->n_steps; i++) {
		const struct plan_step *step = &plan.steps[i];

		if (step->kind == PLAN_CGROUP_SET)
			*out = arena_fmt(&f->arena, "%s%s=%s ", *out,
				plan_string(&plan, &step->ref[0]),
				plan_string(&plan, &step->ref[1]));
		else if (step->kind == PLAN_CGROUP_DIR)
			*out = arena_fmt(&f->arena, "%s%s%s[%s] ", *out,
				plan_string(&plan, &step->ref[0]),
				plan_string(&plan, &step->ref[1]),
				plan_string(&plan, &step->ref[2]));
		else
			*out = arena_fmt(&f->arena, "%srule ", *out);
	}
	return r;
}

static void test_plan__only_the_places_it_has(void **state)
{
	struct config_resources r = { .has_memory_limit = true, .memory_limit = 5 };
	struct plan_update_request request = { .resources = &r };
	const char *text;
	struct fixture f;

	(void)state;
	start_v1(&f);
	assert_int_equal(plan_update(&f, &request, &text), 0);
	assert_string_equal(text,
		"/c/memory/docker/a[memory] /c/devices/docker/a[] /c/pids/docker/a[] "
		"/c/unified/docker/a[] memory.limit_in_bytes=5 ");
	r.cpu_shares = 7;
	assert_int_equal(plan_update(&f, &request, &text), -ENOTSUP);
	assert_message(&f,
		"/linux/resources/cpu/shares: this container has no cgroup of its own with file "
		"cpu.shares");
	finish(&f);
}

static void test_decide__demanded_limits_stay(void **state)
{
	static const char *const keys[] = { "memory.max" }, *const values[] = { "max" };
	const struct policy_demands demands = { "strict", true, true }, none = { .profile = "oci" };
	struct config_resources r = { .has_memory_limit = true, .memory_limit = -1 };
	struct arena arena = { 0 };
	struct policy_decisions d;
	struct err err;

	(void)state;
	assert_int_equal(policy_decide_update(&arena, &none, &r, &d, &err), 0);
	assert_int_equal(d.n_findings, 0);
	assert_int_equal(policy_decide_update(&arena, &demands, &r, &d, &err), 0);
	assert_int_equal(d.n_refused, 1);
	assert_int_equal(policy_refusal(&d, NULL, &err), -POLICY_REFUSED);
	assert_non_null(strstr(err.msg, "refuses this update, profile strict: [CIS-5.11] "
					"/linux/resources/memory/limit: unlimited; "));
	/* both at once */
	r.has_pids_limit = true;
	r.pids_limit = -1;
	assert_int_equal(policy_decide_update(&arena, &demands, &r, &d, &err), 0);
	assert_int_equal(d.n_refused, 2);
	assert_string_equal(d.findings[1].rule, "CIS-5.29");
	/* other limits are fine, but not through the back door */
	r.memory_limit = 4096;
	r.pids_limit = 5;
	assert_int_equal(policy_decide_update(&arena, &demands, &r, &d, &err), 0);
	assert_int_equal(d.n_refused, 0);
	r.unified_keys = (struct json_strings){ keys, 1 };
	r.unified_values = (struct json_strings){ values, 1 };
	assert_int_equal(policy_decide_update(&arena, &demands, &r, &d, &err), 0);
	assert_int_equal(d.n_refused, 1);
	arena_done(&arena);
}

static void test_plan__memory_in_use(void **state)
{
	struct config_resources r = { .has_memory_limit = true, .memory_limit = 4096 };
	struct plan_update_request request = { .resources = &r };
	const char *text;
	struct fixture f;

	(void)state;
	start_v1(&f);
	request.now = (struct plan_cgroup_now){ .memory_usage = 4097, .swap_usage = 9000 };
	assert_int_equal(plan_update(&f, &request, &text), 0);
	request.check_memory = true;
	assert_int_equal(plan_update(&f, &request, &text), -EBUSY);
	assert_message(&f, "4097 bytes are in use, more than the new limit of 4096");
	r.memory_limit = 4097;
	assert_int_equal(plan_update(&f, &request, &text), 0);
	r.has_memory_swap = true;
	r.memory_swap = 8000;
	assert_int_equal(plan_update(&f, &request, &text), -EBUSY);
	assert_message(&f, "/linux/resources/memory/swap: 9000 bytes");
	finish(&f);
}

static void test_plan__device_list(void **state)
{
	static const struct config_device_rule deny = { .type = 'a' };
	struct config_resources r = { .devices = &deny, .n_devices = 1 };
	struct plan_update_request request = { .resources = &r, .devices_limited = true };
	const char *text;
	struct fixture f;

	(void)state;
	start_v1(&f);
	assert_int_equal(plan_update(&f, &request, &text), 0);
	assert_null(strstr(text, "rule"));
	request.devices_limited = false;
	assert_int_equal(plan_update(&f, &request, &text), 0);
	assert_non_null(strstr(text, "rule"));
	finish(&f);
}

/* --- command line -------------------------------------------------------------------------------- */

static void test_size(void **state)
{
	static const struct {
		const char *text;
		int64_t value; /* -2: refused */
	} cases[] = {
		{ "0", 0 },
		{ "67108864", 67108864 },
		{ "-1", -1 },
		{ "64m", 67108864 },
		{ "64M", 67108864 },
		{ "64MB", 67108864 },
		{ "64MiB", 67108864 },
		{ "3k", 3072 },
		{ "1g", 1073741824 },
		{ "2t", INT64_C(2199023255552) },
		{ "5b", 5 },
		{ "9223372036854775807", INT64_MAX },
		{ "9223372036854775808", -2 },
		{ "9999999999g", -2 },
		{ "", -2 },
		{ "m", -2 },
		{ "-2", -2 },
		{ "5x", -2 },
		{ "5mm", -2 },
		{ "1.5g", -2 },
		{ " 5", -2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t value = -2;

		if (cli_size_parse(cases[i].text, &value) != (cases[i].value != -2) ||
			value != cases[i].value)
			fail_msg("'%s' is %lld", cases[i].text, (long long)value);
	}
}

static void test_duration(void **state)
{
	static const struct {
		const char *text;
		long ms; /* -1: refused */
	} cases[] = {
		{ "5s", 5000 },
		{ "100ms", 100 },
		{ "1m30s", 90000 },
		{ "1.5s", 1500 },
		{ ".5s", 500 },
		{ "1h", 3600000 },
		{ "1us", 1 },
		{ "0", 0 },
		{ "0s", 0 },
		{ "5", -1 },
		{ "s", -1 },
		{ "", -1 },
		{ ".s", -1 },
		{ "-1s", -1 },
		{ "1.2.3s", -1 },
		{ "1x", -1 },
		{ "99999999999999999999h", -1 },
		{ "600h", -1 },
		{ "500h500h", -1 },
		{ "1s ", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned ms = 77;
		bool ok = cli_duration_parse(cases[i].text, &ms);

		if (ok != (cases[i].ms >= 0) || (ok && ms != (unsigned)cases[i].ms))
			fail_msg("'%s' is %u", cases[i].text, ms);
	}
}

/* --- figures ------------------------------------------------------------------------------------- */

struct files {
	char dir[64];
	int fd;
};

static void files_start(struct files *files)
{
	str_fmt(files->dir, sizeof(files->dir), "/tmp/caisson-stats.XXXXXX");
	assert_non_null(mkdtemp(files->dir));
	files->fd = open(files->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(files->fd >= 0);
}

static void put(const struct files *files, const char *name, const char *text)
{
	int fd = openat(files->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static void files_end(struct files *files, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(unlinkat(files->fd, names[i], 0), 0);
	close(files->fd);
	assert_int_equal(rmdir(files->dir), 0);
}

/* What one subject prints of these files. */
static const char *print(struct arena *arena, const struct files *files,
	void (*subject)(const struct cgroup_stats *s))
{
	_json_out_ struct json_out *out = json_out_new("");
	const struct cgroup_stats s = { .arena = arena,
		.out = out,
		.cpu = files->fd,
		.cpuacct = files->fd,
		.cpuset = files->fd,
		.memory = files->fd,
		.pids = files->fd,
		.blkio = files->fd,
		.hugetlb = files->fd };
	size_t len;

	json_out_object(out, NULL);
	subject(&s);
	json_out_end(out);
	return arena_strdup(arena, json_out_text(out, &len));
}

static void test_figures_v2(void **state)
{
	static const char *const names[] = { "cgroup.controllers", "cpu.stat", "cpu.pressure",
		"memory.current", "memory.max", "memory.peak", "memory.swap.max",
		"memory.swap.current", "memory.stat", "io.stat" };
	_arena_ struct arena arena = { 0 };
	struct files files;

	(void)state;
	files_start(&files);
	put(&files, "cgroup.controllers", "");
	put(&files, "cpu.stat",
		"usage_usec 10\nuser_usec 4\nsystem_usec 6\nnr_periods 3\nnr_throttled 2\n"
		"throttled_usec 5\n");
	put(&files, "cpu.pressure",
		"some avg10=1.50 avg60=0.00 avg300=12.25 total=77\n"
		"full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
	put(&files, "memory.current", "1000\n");
	put(&files, "memory.max", "4000\n");
	put(&files, "memory.peak", "2000\n");
	put(&files, "memory.swap.max", "500\n");
	put(&files, "memory.swap.current", "7\n");
	put(&files, "memory.stat", "file 9\nanon 8\n");
	put(&files, "io.stat",
		"8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n8:16 rbytes=9\n");
	assert_string_equal(print(&arena, &files, cgroup_stats_cpu_v2),
		"{\"usage\":{\"total\":10000,\"kernel\":6000,\"user\":4000},\"throttling\":{\"periods\":3,"
		"\"throttledPeriods\":2,\"throttledTime\":5000},\"psi\":{\"some\":{\"avg10\":1.5,"
		"\"avg60\":0,\"avg300\":12.25,\"total\":77}}}");
	assert_string_equal(print(&arena, &files, cgroup_stats_memory_v2),
		"{\"cache\":9,\"usage\":{\"limit\":4000,\"usage\":1000,\"max\":2000,\"failcnt\":0},"
		"\"swap\":{\"limit\":4500,\"usage\":1007,\"failcnt\":0},\"raw\":{\"anon\":8,\"file\":9}}");
	assert_string_equal(print(&arena, &files, cgroup_stats_block_v2),
		"{\"ioServiceBytesRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":1},{\"major\":8,"
		"\"op\":\"Write\",\"value\":2},{\"major\":8,\"minor\":16,\"op\":\"Read\",\"value\":9}],"
		"\"ioServicedRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":3},{\"major\":8,"
		"\"op\":\"Write\",\"value\":4}]}");
	files_end(&files, names, ARRAY_SIZE(names));
}

static void test_figures_v1(void **state)
{
	static const char *const names[] = { "cpuacct.usage", "cpuacct.usage_percpu",
		"cpuacct.usage_all", "cpuacct.stat", "cpu.stat", "cpuset.cpus",
		"cpuset.sched_relax_domain_level", "blkio.throttle.io_serviced_recursive" };
	_arena_ struct arena arena = { 0 };
	struct files files;

	(void)state;
	files_start(&files);
	put(&files, "cpuacct.usage", "30\n");
	put(&files, "cpuacct.usage_percpu", "10 20 \n");
	put(&files, "cpuacct.usage_all", "cpu user system\n0 1 2\n1 3 4\n");
	put(&files, "cpuacct.stat", "user 2\nsystem 3\n");
	put(&files, "cpu.stat", "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n");
	put(&files, "cpuset.cpus", "0-2,5\n");
	put(&files, "cpuset.sched_relax_domain_level", "-1\n");
	put(&files, "blkio.throttle.io_serviced_recursive", "8:0 Read 5\n8:0 Total 5\nTotal 5\n");
	assert_string_equal(print(&arena, &files, cgroup_stats_cpu_v1),
		"{\"usage\":{\"total\":30,\"percpu\":[10,20],\"percpu_kernel\":[2,4],"
		"\"percpu_user\":[1,3],\"kernel\":30000000,\"user\":20000000}}");
	assert_non_null(strstr(print(&arena, &files, cgroup_stats_cpuset_v1),
		"{\"cpus\":[0,1,2,5],\"cpu_exclusive\":0,\"mem_hardwall\":0"));
	assert_non_null(strstr(
		print(&arena, &files, cgroup_stats_cpuset_v1), "\"sched_relax_domain_level\":-1}"));
	assert_string_equal(print(&arena, &files, cgroup_stats_block_v1),
		"{\"ioServicedRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":5},{\"major\":8,"
		"\"op\":\"Total\",\"value\":5}]}");
	assert_string_equal(print(&arena, &files, cgroup_stats_memory_v1), "{}");
	files_end(&files, names, ARRAY_SIZE(names));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan__only_the_places_it_has),
		cmocka_unit_test(test_decide__demanded_limits_stay),
		cmocka_unit_test(test_plan__memory_in_use),
		cmocka_unit_test(test_plan__device_list),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_figures_v2),
		cmocka_unit_test(test_figures_v1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
