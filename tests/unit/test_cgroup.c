/*
 * The cgroup part of a plan, and the program that a device list becomes on v2.
 */
#include <errno.h>
#include <linux/bpf.h>

#include "cgroup_fixture.h"

#include "base/banned.h"

/* --- placement ------------------------------------------------------------------------------- */

static void test_build__absolute_path_in_every_hierarchy(void **state)
{
	struct fixture f;

	(void)state;
	start_v1(&f);
	f.decisions.config.cgroups_path = "/docker//abc/.";
	assert_int_equal(build(&f), 0);
	assert_int_equal(count_kind(&f, PLAN_CGROUP_DIR), 7);
	assert_string_equal(dir_of(&f, "/c/memory"), "/docker/abc");
	assert_string_equal(dir_of(&f, "/c/systemd"), "/docker/abc");
	assert_string_equal(dir_of(&f, "/c/unified"), "/docker/abc");
	finish(&f);
}

static void test_build__default_is_below_own_on_v1_and_beside_on_v2(void **state)
{
	struct fixture f;

	(void)state;
	start_v1(&f);
	assert_int_equal(build(&f), 0);
	assert_string_equal(dir_of(&f, "/c/memory"), "/user/x/box");
	assert_string_equal(dir_of(&f, "/c/pids"), "/box");
	assert_string_equal(dir_of(&f, "/c/unified"), "/user/box");
	finish(&f);

	start_v1(&f);
	f.facts.hierarchies[2].own_path = "/../../outside/x";
	assert_int_equal(build(&f), 0);
	assert_string_equal(dir_of(&f, "/c/memory"), "/box");
	finish(&f);

	start_v2(&f);
	f.facts.hierarchies[0].own_path = "/";
	assert_int_equal(build(&f), 0);
	assert_string_equal(dir_of(&f, "/c"), "/box");
	assert_string_equal(text(&f, must_step(&f, 0), 2), "cpuset cpu io memory pids");
	assert_int_equal(must_step(&f, 0)->num[0], 1);
	finish(&f);
}

/* CG-05: the number that the user of the process has on the host; nobody's without one. */
static void test_build__delegated(void **state)
{
	struct config_id_mapping map = { .container_id = 0, .host_id = 100000, .size = 1000 };
	struct fixture f;

	(void)state;
	start_v2(&f);
	f.b.uid_map = (struct config_id_mappings){ .items = &map, .n = 1 };
	f.decisions.config.process.user.uid = 7;
	assert_int_equal(build(&f), 0);
	assert_int_equal(must_step(&f, 0)->num[3], 0);
	finish(&f);

	start_v2(&f);
	f.b.uid_map = (struct config_id_mappings){ .items = &map, .n = 1 };
	f.decisions.config.process.user.uid = 7;
	f.decisions.delegates_cgroup = true;
	assert_int_equal(build(&f), 0);
	assert_int_equal(must_step(&f, 0)->num[3], 100007 + 1);
	finish(&f);

	start_v2(&f);
	f.b.uid_map = (struct config_id_mappings){ .items = &map, .n = 1 };
	f.decisions.config.process.user.uid = 1000;
	f.decisions.delegates_cgroup = true;
	assert_int_equal(build(&f), 0);
	assert_int_equal(must_step(&f, 0)->num[3], 0);
	finish(&f);
}

static void test_build__relative_path(void **state)
{
	struct fixture f;

	(void)state;
	start_v1(&f);
	f.decisions.config.cgroups_path = "testdir/container";
	assert_int_equal(build(&f), 0);
	assert_string_equal(dir_of(&f, "/c/memory"), "/user/x/testdir/container");
	finish(&f);
}

static void test_build__refuses_paths_that_leave(void **state)
{
	static const char *const bad[] = { "/a/../../b", "..", "a/..", "/..", "/", "/.", "//" };
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		start_v1(&f);
		f.decisions.config.cgroups_path = bad[i];
		assert_int_equal(build(&f), -EINVAL);
		assert_message(&f, "/linux/cgroupsPath");
		finish(&f);
	}
	start_v1(&f);
	f.decisions.config.cgroups_path = ".";
	assert_int_equal(build(&f), -EINVAL);
	assert_message(&f, "/linux/cgroupsPath: '.' is the root cgroup of '/c/cpu,cpuacct'");
	finish(&f);
	start_v1(&f);
	f.decisions.config.cgroups_path = "/a..b/...";
	assert_int_equal(build(&f), 0);
	assert_string_equal(dir_of(&f, "/c/pids"), "/a..b/...");
	finish(&f);
}

static void test_build__systemd_and_disabled(void **state)
{
	struct fixture f;

	(void)state;
	start_v1(&f);
	f.request.systemd_cgroup = true;
	assert_int_equal(build(&f), -ENOTSUP);
	assert_message(&f, "not booted with systemd");
	assert_message(&f, "cgroupfs");
	f.request.cgroup_disabled = true;
	resources(&f)->has_pids_limit = true;
	assert_int_equal(build(&f), 0);
	assert_null(step_at(&f, 0));
	finish(&f);
}

static void test_build__rootless_without_cgroups(void **state)
{
	static const struct config_device_rule deny = { .type = 'a' };
	struct fixture f;

	(void)state;
	start_v1(&f);
	f.facts.cgroup_writable = false;
	f.facts.initial_userns = false;
	f.decisions.is_rootless = true;
	resources(&f)->devices = &deny;
	resources(&f)->n_devices = 1;
	assert_int_equal(build(&f), 0);
	assert_null(step_at(&f, 0));
	resources(&f)->has_pids_limit = true;
	resources(&f)->pids_limit = 10;
	assert_int_equal(build(&f), -ENOTSUP);
	assert_message(&f, "/linux/resources/pids/limit");
	finish(&f);
}

/* --- limits ---------------------------------------------------------------------------------- */

static void set_all_limits(struct config_resources *r)
{
	r->has_memory_limit = r->has_memory_swap = r->has_memory_reservation = true;
	r->memory_limit = 1000;
	r->memory_swap = 3000;
	r->memory_reservation = 500;
	r->cpu_period = 100000;
	r->has_cpu_quota = true;
	r->cpu_quota = 50000;
	r->cpu_shares = 1024;
	r->cpuset_cpus = "0-1";
	r->cpuset_mems = "0";
	r->has_pids_limit = true;
	r->pids_limit = 20;
}

static void test_build__all_limits(void **state)
{
	struct fixture f;

	(void)state;
	start_v1(&f);
	set_all_limits(resources(&f));
	assert_int_equal(build(&f), 0);
	assert_string_equal(settings(&f),
		"memory.limit_in_bytes=1000 memory.memsw.limit_in_bytes=3000 "
		"memory.soft_limit_in_bytes=500 cpu.cfs_period_us=100000 cpu.cfs_quota_us=50000 "
		"cpu.shares=1024 cpuset.cpus=0-1 cpuset.mems=0 pids.max=20 ");
	finish(&f);

	start_v2(&f);
	set_all_limits(resources(&f));
	assert_int_equal(build(&f), 0);
	assert_string_equal(settings(&f),
		"memory.max=1000 memory.swap.max=2000 memory.low=500 cpu.max=50000 100000 "
		"cpu.weight=100 cpuset.cpus=0-1 cpuset.mems=0 pids.max=20 ");
	finish(&f);
}

static void test_build__zero_is_unset_but_for_pids(void **state)
{
	struct fixture f;

	(void)state;
	start_v1(&f);
	resources(&f)->has_memory_limit = resources(&f)->has_memory_swap = true;
	resources(&f)->has_memory_reservation = resources(&f)->has_cpu_quota = true;
	resources(&f)->cpuset_cpus = resources(&f)->cpuset_mems = "";
	assert_int_equal(build(&f), 0);
	assert_string_equal(settings(&f), "");
	resources(&f)->has_pids_limit = true;
	assert_int_equal(plan_build_cgroups(&f.b, &f.err), 0);
	assert_string_equal(settings(&f), "pids.max=0 ");
	finish(&f);

	start_v2(&f);
	resources(&f)->has_pids_limit = true;
	assert_int_equal(build(&f), 0);
	assert_string_equal(settings(&f), "pids.max=1 ");
	finish(&f);
}

static void test_build__negative_is_unlimited(void **state)
{
	struct fixture f;

	(void)state;
	start_v1(&f);
	set_all_limits(resources(&f));
	resources(&f)->memory_limit = resources(&f)->memory_swap = -1;
	resources(&f)->memory_reservation = resources(&f)->cpu_quota = resources(&f)->pids_limit =
		-5;
	resources(&f)->cpu_period = resources(&f)->cpu_shares = 0;
	resources(&f)->cpuset_cpus = resources(&f)->cpuset_mems = NULL;
	assert_int_equal(build(&f), 0);
	assert_string_equal(settings(&f),
		"memory.limit_in_bytes=-1 memory.memsw.limit_in_bytes=-1 "
		"memory.soft_limit_in_bytes=-1 cpu.cfs_quota_us=-1 pids.max=max ");
	finish(&f);

	start_v2(&f);
	resources(&f)->has_memory_limit = resources(&f)->has_pids_limit = true;
	resources(&f)->memory_limit = resources(&f)->pids_limit = -1;
	resources(&f)->has_cpu_quota = true;
	resources(&f)->cpu_quota = -1;
	assert_int_equal(build(&f), 0);
	assert_string_equal(
		settings(&f), "memory.max=max memory.swap.max=max cpu.max=max pids.max=max ");
	finish(&f);
}

static const char *cpu_max(int64_t quota, uint64_t period)
{
	static char copy[64];
	struct fixture f;

	start_v2(&f);
	resources(&f)->has_cpu_quota = quota != 0;
	resources(&f)->cpu_quota = quota;
	resources(&f)->cpu_period = period;
	assert_int_equal(build(&f), 0);
	str_fmt(copy, sizeof(copy), "%s", settings(&f));
	finish(&f);
	return copy;
}

static void test_build__cpu_max_forms(void **state)
{
	(void)state;
	assert_string_equal(cpu_max(50000, 0), "cpu.max=50000 ");
	assert_string_equal(cpu_max(0, 20000), "cpu.max=max 20000 ");
	assert_string_equal(cpu_max(-1, 20000), "cpu.max=max 20000 ");
	assert_string_equal(cpu_max(0, 0), "");
}

static void test_build__swap_rules(void **state)
{
	struct fixture f;

	(void)state;
	start_v2(&f);
	resources(&f)->has_memory_swap = true;
	resources(&f)->memory_swap = 1000;
	assert_int_equal(build(&f), -EINVAL);
	assert_message(&f, "/linux/resources/memory/swap");
	resources(&f)->has_memory_limit = true;
	resources(&f)->memory_limit = 1001;
	assert_int_equal(build(&f), -EINVAL);
	assert_message(&f, "below the memory limit 1001");
	finish(&f);

	start_v2(&f);
	resources(&f)->has_memory_limit = resources(&f)->has_memory_swap = true;
	resources(&f)->memory_limit = resources(&f)->memory_swap = 1000;
	assert_int_equal(build(&f), 0);
	assert_string_equal(settings(&f), "memory.max=1000 memory.swap.max=0 ");
	finish(&f);
}

static void test_build__missing_controller_only_if_needed(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, FACTS_CGROUP_V1);
	add_hierarchy(&f, "devices", "/c/devices", "/", NULL);
	assert_int_equal(build(&f), 0);
	resources(&f)->has_memory_limit = true;
	resources(&f)->memory_limit = 1;
	assert_int_equal(build(&f), -ENOTSUP);
	assert_message(&f, "/linux/resources/memory/limit: needs the memory controller");
	assert_message(&f, "memory.limit_in_bytes");
	assert_message(&f, "not mounted on this host");
	finish(&f);

	start(&f, FACTS_CGROUP_V2);
	add_hierarchy(&f, "", "/c", "/", "cpu");
	resources(&f)->has_pids_limit = true;
	assert_int_equal(build(&f), -ENOTSUP);
	assert_message(&f, "file pids.max");
	finish(&f);
}

static void test_build__hybrid_enables_only_what_a_limit_needs(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, FACTS_CGROUP_V1);
	add_hierarchy(&f, "devices", "/c/devices", "/", NULL);
	add_hierarchy(&f, "", "/c/unified", "/", "cpu memory pids");
	resources(&f)->has_memory_limit = resources(&f)->has_memory_swap = true;
	resources(&f)->memory_limit = 5;
	resources(&f)->memory_swap = -1;
	resources(&f)->has_pids_limit = true;
	assert_int_equal(build(&f), 0);
	assert_string_equal(text(&f, must_step(&f, 1), 2), "memory pids");
	assert_string_equal(settings(&f), "memory.max=5 memory.swap.max=max pids.max=1 ");
	assert_int_equal(must_step(&f, 2)->slot, must_step(&f, 1)->slot);
	finish(&f);
}

static void test_weight__known_points(void **state)
{
	(void)state;
	assert_int_equal(plan_cpu_weight(0), 0);
	assert_int_equal(plan_cpu_weight(1), 1);
	assert_int_equal(plan_cpu_weight(2), 1);
	assert_int_equal(plan_cpu_weight(1024), 100);
	assert_int_equal(plan_cpu_weight(22000), 1204);
	assert_int_equal(plan_cpu_weight(262144), 10000);
	assert_int_equal(plan_cpu_weight(UINT64_MAX), 10000);
}

static void test_weight__never_decreases(void **state)
{
	uint64_t last = 0;

	(void)state;
	for (uint64_t shares = 1; shares <= PLAN_CPU_SHARES_MAX; shares++) {
		uint64_t weight = plan_cpu_weight(shares);

		assert_true(weight >= last && weight >= 1 && weight <= PLAN_CPU_WEIGHT_MAX);
		last = weight;
	}
}

/* --- device rules ---------------------------------------------------------------------------- */

static const char *rules_text(struct fixture *f)
{
	const char *all = "";
	const struct plan_step *step;

	for (size_t i = 0; (step = step_at(f, i)) != NULL; i++)
		if (step->kind == PLAN_DEVICE_RULE)
			all = arena_fmt(&f->arena, "%s%c%c%d:%d/%u ", all, step->num[0] ? '+' : '-',
				(int)step->num[1], (int)(uint32_t)(step->num[2] >> 32),
				(int)(uint32_t)step->num[2], (unsigned)step->num[3]);
	return all;
}

#define OWN_NODES "+c1:3/7 +c1:5/7 +c1:7/7 +c1:8/7 +c1:9/7 +c5:0/7 +c5:2/7 +c136:-1/7 "

static void test_devices__starts_from_nothing(void **state)
{
	struct fixture f;

	(void)state;
	start_v1(&f);
	assert_int_equal(build(&f), 0);
	assert_string_equal(
		rules_text(&f), "-a-1:-1/7 " OWN_NODES "+c-1:-1/1 +b-1:-1/1 +c10:200/7 ");
	finish(&f);
}

static void test_devices__limited_profile_has_no_wildcards(void **state)
{
	static const struct config_device_rule rules[] = {
		{ .type = 'a', .read = true, .write = true, .mknod = true },
		{ .allow = true,
			.type = 'c',
			.has_major = true,
			.major = 10,
			.has_minor = true,
			.minor = 229,
			.read = true,
			.write = true },
	};
	static const struct config_device made = {
		.path = "/dev/fuse", .type = 'c', .major = 10, .minor = 229
	};
	struct fixture f;

	(void)state;
	start_v2(&f);
	f.profile.devices_limited = true;
	resources(&f)->devices = rules;
	resources(&f)->n_devices = ARRAY_SIZE(rules);
	f.decisions.config.devices = &made;
	f.decisions.config.n_devices = 1;
	assert_int_equal(build(&f), 0);
	assert_string_equal(rules_text(&f), "-a-1:-1/7 +c10:229/6 " OWN_NODES "+c10:229/1 ");
	finish(&f);
}

static void test_devices__reset_and_types(void **state)
{
	static const struct config_device_rule rules[] = {
		{ .allow = true, .type = 'c', .read = true },
		{ .allow = true, .type = 'a', .read = true, .write = true, .mknod = true },
		{ .type = 'a', .has_major = true, .major = 8, .write = true },
	};
	struct fixture f;

	(void)state;
	start_v1(&f);
	resources(&f)->devices = rules;
	resources(&f)->n_devices = ARRAY_SIZE(rules);
	assert_int_equal(build(&f), 0);
	assert_string_equal(rules_text(&f), "+a-1:-1/7 -b8:-1/2 -c8:-1/2 ");
	finish(&f);
}

static void test_devices__what_v1_would_ignore_is_refused(void **state)
{
	static const struct config_device_rule cut[] = {
		{ .type = 'a' },
		{ .allow = true, .type = 'c', .has_major = true, .major = 10, .read = true },
		{ .type = 'c',
			.has_major = true,
			.major = 10,
			.has_minor = true,
			.minor = 229,
			.read = true,
			.write = true },
	};
	struct fixture f;

	(void)state;
	start_v1(&f);
	resources(&f)->devices = cut;
	resources(&f)->n_devices = ARRAY_SIZE(cut);
	assert_int_equal(build(&f), -ENOTSUP);
	assert_message(&f, "/linux/resources/devices/2: cuts into rule 1");
	finish(&f);

	start_v2(&f);
	resources(&f)->devices = cut;
	resources(&f)->n_devices = ARRAY_SIZE(cut);
	assert_int_equal(build(&f), 0);
	finish(&f);
}

static void test_devices__errors(void **state)
{
	static const struct config_device_rule deny[] = { { .type = 'a' } };
	static const struct config_device_rule empty[] = { { .type = 'c', .allow = true } };
	struct config_device_rule *many = calloc(PLAN_DEVICE_RULES_MAX, sizeof(*many));
	struct fixture f;

	(void)state;
	start(&f, FACTS_CGROUP_NONE);
	assert_int_equal(build(&f), 0);
	resources(&f)->devices = deny;
	resources(&f)->n_devices = 1;
	assert_int_equal(build(&f), -ENOTSUP);
	assert_message(&f, "/linux/resources/devices: needs the devices controller");
	finish(&f);

	start_v1(&f);
	resources(&f)->devices = empty;
	resources(&f)->n_devices = 1;
	assert_int_equal(build(&f), -EINVAL);
	assert_message(&f, "/linux/resources/devices/0/access");
	finish(&f);

	start_v2(&f);
	assert_non_null(many);
	for (size_t i = 0; i < PLAN_DEVICE_RULES_MAX; i++)
		many[i] = (struct config_device_rule){ .allow = true, .type = 'b', .read = true };
	resources(&f)->devices = many;
	resources(&f)->n_devices = PLAN_DEVICE_RULES_MAX;
	assert_int_equal(build(&f), -E2BIG);
	finish(&f);
	free(many);
}

/* --- the program: an interpreter for what it may consist of ----------------------------------- */

struct request {
	char type;
	uint32_t major;
	uint32_t minor;
	unsigned access; /* 4 r, 2 w, 1 m */
};

struct machine {
	uint64_t r[6];
	uint32_t ctx[3];
	size_t pc;
};

static bool jumps(unsigned code, uint64_t value, int32_t imm)
{
	switch (code) {
	case BPF_JMP | BPF_JA:
		return true;
	case BPF_JMP | BPF_JEQ | BPF_K:
		return value == (uint64_t)(int64_t)imm;
	case BPF_JMP | BPF_JNE | BPF_K:
		return value != (uint64_t)(int64_t)imm;
	case BPF_JMP | BPF_JSET | BPF_K:
		return (value & (uint64_t)(int64_t)imm) != 0;
	default:
		fail_msg("instruction %x", code);
		return false;
	}
}

static void step(struct machine *m, const struct sys_ebpf_insn *i)
{
	unsigned dst = i->regs & 15U, src = i->regs >> 4;

	m->pc++;
	if (BPF_CLASS(i->code) == BPF_JMP) {
		if (jumps(i->code, m->r[dst], i->imm))
			m->pc = (size_t)((ptrdiff_t)m->pc + i->off);
		return;
	}
	if (i->code == (BPF_LDX | BPF_MEM | BPF_W)) {
		assert_int_equal(src, 1);
		m->r[dst] = m->ctx[i->off / 4];
	} else if (i->code == (BPF_ALU64 | BPF_MOV | BPF_X)) {
		m->r[dst] = m->r[src];
	} else if (i->code == (BPF_ALU64 | BPF_MOV | BPF_K)) {
		m->r[dst] = (uint64_t)(int64_t)i->imm;
	} else if (i->code == (BPF_ALU64 | BPF_AND | BPF_K)) {
		m->r[dst] &= (uint64_t)(int64_t)i->imm;
	} else if (i->code == (BPF_ALU64 | BPF_RSH | BPF_K)) {
		m->r[dst] >>= i->imm;
	} else {
		fail_msg("instruction %x", i->code);
	}
}

static bool run(const struct sys_ebpf_insn *insns, size_t n, const struct request *q)
{
	unsigned access = ((q->access & 4) != 0 ? BPF_DEVCG_ACC_READ : 0U) |
			  ((q->access & 2) != 0 ? BPF_DEVCG_ACC_WRITE : 0U) |
			  ((q->access & 1) != 0 ? BPF_DEVCG_ACC_MKNOD : 0U);
	unsigned type = q->type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK;
	struct machine m = { .ctx = { access << 16 | type, q->major, q->minor } };

	if (n == 0)
		return true;
	for (size_t steps = 0; steps <= n; steps++) {
		assert_true(m.pc < n);
		if (insns[m.pc].code == (BPF_JMP | BPF_EXIT))
			return m.r[0] != 0;
		step(&m, &insns[m.pc]);
	}
	fail_msg("the program does not end");
	return false;
}

/* The meaning: each part of the access is decided by the last rule that names it. */
static bool expected(const struct cgroup_device_rule *rules, size_t n, const struct request *q)
{
	for (unsigned bit = 1; bit <= 4; bit <<= 1) {
		bool allowed = false;

		if ((q->access & bit) == 0)
			continue;
		for (size_t i = 0; i < n; i++) {
			const struct cgroup_device_rule *r = &rules[i];

			if (r->type == 'a' ||
				(r->type == q->type && (r->access & bit) != 0 &&
					(r->major == CGROUP_ANY || r->major == q->major) &&
					(r->minor == CGROUP_ANY || r->minor == q->minor)))
				allowed = r->allow;
		}
		if (!allowed)
			return false;
	}
	return true;
}

/* The verifier refuses code that nothing reaches. */
static void assert_reachable(const struct sys_ebpf_insn *insns, size_t n)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	bool *seen = arena_array(&arena, n + 1, sizeof(*seen));
	size_t *stack = arena_array(&arena, 2 * n + 2, sizeof(*stack)), depth = 0;

	assert_true(seen != NULL && stack != NULL);
	if (n > 0)
		stack[depth++] = 0;
	while (depth > 0) {
		size_t pc = stack[--depth];
		unsigned code = insns[pc].code;

		assert_true(pc < n);
		if (seen[pc])
			continue;
		seen[pc] = true;
		if (code == (BPF_JMP | BPF_EXIT))
			continue;
		if (BPF_CLASS(code) == BPF_JMP)
			stack[depth++] = (size_t)((ptrdiff_t)pc + 1 + insns[pc].off);
		if (code != (BPF_JMP | BPF_JA))
			stack[depth++] = pc + 1;
	}
	for (size_t i = 0; i < n; i++)
		assert_true(seen[i]);
}

static void check_all_requests(const struct cgroup_device_rule *rules, size_t n)
{
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct sys_ebpf_insn *insns;
	size_t n_insns;

	assert_int_equal(cgroup_program_build(&arena, rules, n, &insns, &n_insns), 0);
	assert_reachable(insns, n_insns);
	for (unsigned k = 0; k < 2U * 4 * 4 * 7; k++) {
		struct request q = { k % 2 != 0 ? 'c' : 'b', k / 2 % 4, k / 8 % 4, 1 + k / 32 };

		if (run(insns, n_insns, &q) != expected(rules, n, &q))
			fail_msg("%c %u:%u access %u", q.type, q.major, q.minor, q.access);
	}
}

static unsigned next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

static void test_program__means_what_the_rules_mean(void **state)
{
	struct cgroup_device_rule rules[10];
	uint32_t seed = 7;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		size_t n = next_random(&seed) % (ARRAY_SIZE(rules) + 1);
		bool mixed = next_random(&seed) % 2 != 0;

		for (size_t i = 0; i < n; i++) {
			unsigned major = next_random(&seed) % 4, minor = next_random(&seed) % 4;

			rules[i] = (struct cgroup_device_rule){
				.allow = !mixed || next_random(&seed) % 2 != 0,
				.type = next_random(&seed) % 16 == 0  ? 'a'
					: next_random(&seed) % 3 != 0 ? 'c'
								      : 'b',
				.major = major != 0 ? major : CGROUP_ANY,
				.minor = minor != 0 ? minor : CGROUP_ANY,
				.access = next_random(&seed) % 2 != 0 ? 7
								      : 1 + next_random(&seed) % 7,
			};
		}
		check_all_requests(rules, n);
	}
}

static void test_program__none_needed_when_all_is_allowed(void **state)
{
	static const struct cgroup_device_rule all[] = {
		{ false, 'a', CGROUP_ANY, CGROUP_ANY, 7 },
		{ true, 'a', CGROUP_ANY, CGROUP_ANY, 7 },
		{ true, 'c', 1, 3, 7 },
	};
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct sys_ebpf_insn *insns;
	size_t n;

	(void)state;
	assert_int_equal(cgroup_program_build(&arena, all, ARRAY_SIZE(all), &insns, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(cgroup_program_build(&arena, all, 1, &insns, &n), 0);
	assert_int_equal(n, 2);
}

static void test_program__defaults_are_short(void **state)
{
	struct cgroup_device_rule rules[32];
	_cleanup_(arena_done) struct arena arena = { 0 };
	struct sys_ebpf_insn *insns;
	struct fixture f;
	const struct plan_step *s;
	size_t n = 0, n_insns;

	(void)state;
	start_v2(&f);
	assert_int_equal(build(&f), 0);
	for (size_t i = 0; (s = step_at(&f, i)) != NULL; i++)
		if (s->kind == PLAN_DEVICE_RULE)
			rules[n++] = (struct cgroup_device_rule){ s->num[0] != 0, (char)s->num[1],
				(uint32_t)(s->num[2] >> 32), (uint32_t)s->num[2],
				(unsigned)s->num[3] };
	assert_int_equal(n, 12);
	assert_int_equal(cgroup_program_build(&arena, rules, n, &insns, &n_insns), 0);
	assert_true(n_insns <= 36);
	assert_true(run(insns, n_insns, &(struct request){ 'c', 1, 3, 6 }));
	assert_true(run(insns, n_insns, &(struct request){ 'c', 136, 4711, 6 }));
	assert_true(run(insns, n_insns, &(struct request){ 'b', 8, 0, 1 }));
	assert_false(run(insns, n_insns, &(struct request){ 'b', 8, 0, 4 }));
	assert_false(run(insns, n_insns, &(struct request){ 'c', 10, 229, 6 }));
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build__absolute_path_in_every_hierarchy),
		cmocka_unit_test(test_build__default_is_below_own_on_v1_and_beside_on_v2),
		cmocka_unit_test(test_build__delegated),
		cmocka_unit_test(test_build__relative_path),
		cmocka_unit_test(test_build__refuses_paths_that_leave),
		cmocka_unit_test(test_build__systemd_and_disabled),
		cmocka_unit_test(test_build__rootless_without_cgroups),
		cmocka_unit_test(test_build__all_limits),
		cmocka_unit_test(test_build__zero_is_unset_but_for_pids),
		cmocka_unit_test(test_build__negative_is_unlimited),
		cmocka_unit_test(test_build__cpu_max_forms),
		cmocka_unit_test(test_build__swap_rules),
		cmocka_unit_test(test_build__missing_controller_only_if_needed),
		cmocka_unit_test(test_build__hybrid_enables_only_what_a_limit_needs),
		cmocka_unit_test(test_weight__known_points),
		cmocka_unit_test(test_weight__never_decreases),
		cmocka_unit_test(test_devices__starts_from_nothing),
		cmocka_unit_test(test_devices__limited_profile_has_no_wildcards),
		cmocka_unit_test(test_devices__reset_and_types),
		cmocka_unit_test(test_devices__what_v1_would_ignore_is_refused),
		cmocka_unit_test(test_devices__errors),
		cmocka_unit_test(test_program__means_what_the_rules_mean),
		cmocka_unit_test(test_program__none_needed_when_all_is_allowed),
		cmocka_unit_test(test_program__defaults_are_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
