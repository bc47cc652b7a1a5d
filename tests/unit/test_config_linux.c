/* The linux object of config.json, seccomp, and the fields of later work everywhere. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config_doc.h"

#include "base/banned.h"

/* --- linux ------------------------------------------------------------------------------------- */

static void test_config_parse__namespaces(void **state)
{
	static const struct refusal cases[] = {
		{ LINUX("\"namespaces\":[{}]"), "/linux/namespaces/0: 'type' is missing" },
		{ LINUX("\"namespaces\":[{\"type\":\"net\"}]"),
			"/linux/namespaces/0/type: unknown namespace type 'net'" },
		{ LINUX("\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\",\"path\":\"/x\"}]"),
			"/linux/namespaces/1: namespace 'pid' is listed twice" },
		{ LINUX("\"namespaces\":[{\"type\":\"pid\",\"path\":\"proc/1/ns/pid\"}]"),
			"/linux/namespaces/0/path: must be an absolute path" },
	};
	_doc_ struct doc doc = { .r = 0 };
	const struct config_namespace *namespaces;

	(void)state;
	namespaces =
		accept(&doc, LINUX("\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\","
				   "\"path\":\"/run/netns/x\"},{\"type\":\"ipc\",\"path\":\"\"}]"))
			->namespaces;
	assert_true(namespaces[CONFIG_NS_PID].present);
	assert_null(namespaces[CONFIG_NS_PID].path);
	assert_string_equal(namespaces[CONFIG_NS_NETWORK].path, "/run/netns/x");
	assert_string_equal(namespaces[CONFIG_NS_NETWORK].pointer, "/linux/namespaces/1");
	assert_null(namespaces[CONFIG_NS_IPC].path);
	assert_false(namespaces[CONFIG_NS_MOUNT].present);
	expect_refusals(cases, ARRAY_SIZE(cases));
}

static void test_config_parse__id_mappings(void **state)
{
	static const struct refusal cases[] = {
		{ MAPPINGS(MAPPING("0", "1", "0")), "/linux/uidMappings/0/size: must not be 0" },
		{ MAPPINGS("{\"containerID\":0,\"hostID\":1}"),
			"/linux/uidMappings/0: 'size' is missing" },
		{ MAPPINGS(MAPPING("0", "4294967296", "1")),
			"/linux/uidMappings/0/hostID: 4294967296 is not an integer from 0 to 4294967295" },
		{ MAPPINGS(MAPPING("0", "4294967295", "1")),
			"/linux/uidMappings/0: the range goes beyond the last id" },
		{ MAPPINGS(MAPPING("4294967290", "0", "6")),
			"/linux/uidMappings/0: the range goes beyond the last id" },
		{ MAPPINGS(MAPPING("1", "0", "4294967295")),
			"/linux/uidMappings/0: the range goes beyond the last id" },
		{ MAPPINGS(MAPPING("0", "100", "10") "," MAPPING("9", "200", "1")),
			"/linux/uidMappings: ranges 0 and 1 overlap" },
		{ MAPPINGS(MAPPING("20", "109", "5") "," MAPPING("0", "100", "10")),
			"/linux/uidMappings: ranges 0 and 1 overlap" },
		{ MAPPINGS(""), "/linux: uidMappings and gidMappings must be given together" },
		{ LINUX("\"uidMappings\":[" MAPPING("0", "1", "1") "],\"gidMappings\":[" MAPPING(
			  "0", "1", "1") "]"),
			"/linux: id mappings without a user namespace" },
	};
	_doc_ struct doc doc = { .r = 0 };
	const struct config *config;

	(void)state;
	config = accept(&doc,
		MAPPINGS(MAPPING("10", "0", "4294967285") "," MAPPING("0", "4294967285", "10")));
	assert_int_equal(config->uid_mappings.n, 2);
	assert_int_equal(config->uid_mappings.items[0].container_id, 10);
	assert_int_equal(config->uid_mappings.items[0].host_id, 0);
	assert_true(config->uid_mappings.items[0].size == 4294967285);
	assert_int_equal(config->gid_mappings.n, 1);
	expect_refusals(cases, ARRAY_SIZE(cases));
}

static void test_config_parse__devices(void **state)
{
	static const struct refusal cases[] = {
		{ LINUX("\"devices\":[{\"path\":\"/dev/x\"}]"),
			"/linux/devices/0: 'type' is missing" },
		{ LINUX("\"devices\":[{\"type\":\"c\"}]"), "/linux/devices/0: 'path' is missing" },
		{ LINUX("\"devices\":[{\"path\":\"x\",\"type\":\"p\"}]"),
			"/linux/devices/0/path: must be an absolute path" },
		{ LINUX("\"devices\":[{\"path\":\"/x\",\"type\":\"a\"}]"),
			"/linux/devices/0/type: unknown device type 'a'" },
		{ LINUX("\"devices\":[{\"path\":\"/x\",\"type\":\"c\",\"minor\":1}]"),
			"/linux/devices/0: 'major' is missing" },
		{ LINUX("\"devices\":[{\"path\":\"/x\",\"type\":\"c\",\"major\":4096,\"minor\":1}]"),
			"/linux/devices/0/major: 4096 is not an integer from 0 to 4095" },
		{ LINUX("\"devices\":[{\"path\":\"/x\",\"type\":\"b\",\"major\":1,\"minor\":-1}]"),
			"/linux/devices/0/minor: -1 is not an integer from 0 to 1048575" },
		{ LINUX("\"devices\":[{\"path\":\"/x\",\"type\":\"p\",\"uid\":4294967295}]"),
			"/linux/devices/0/uid: 4294967295 is not an id" },
	};
	_doc_ struct doc doc = { .r = 0 };
	const struct config_device *devices;

	(void)state;
	devices =
		accept(&doc, LINUX("\"devices\":[{\"path\":\"/dev/x\",\"type\":\"u\",\"major\":10,"
				   "\"minor\":1048575,\"fileMode\":8630,\"uid\":1,\"gid\":2},"
				   "{\"path\":\"/dev/fifo\",\"type\":\"p\"}]"))
			->devices;
	assert_int_equal(doc.config.n_devices, 2);
	assert_string_equal(devices[0].pointer, "/linux/devices/0");
	assert_int_equal(devices[0].type, 'c');
	assert_int_equal(devices[0].minor, 1048575);
	assert_true(devices[0].has_mode);
	assert_int_equal(devices[0].mode, 0666);
	assert_int_equal(devices[0].gid, 2);
	assert_int_equal(devices[1].type, 'p');
	assert_false(devices[1].has_mode);
	expect_refusals(cases, ARRAY_SIZE(cases));
}

static void test_config_parse__resources(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config_resources *r;

	(void)state;
	r = &accept(&doc,
		RESOURCES(
			"\"devices\":[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,"
			"\"type\":\"c\",\"major\":5,\"minor\":-1,\"access\":\"mr\"},{\"allow\":true}],"
			"\"memory\":{\"limit\":9007199254740993,\"swap\":-1,\"reservation\":0,"
			"\"kernel\":5,\"kernelTCP\":-1},"
			"\"cpu\":{\"shares\":1024,\"quota\":-1,\"period\":100000,\"cpus\":\"0-3,7\","
			"\"mems\":\"\"},\"pids\":{\"limit\":0}"))
		     ->resources;
	assert_true(r->present);
	assert_int_equal(r->n_devices, 3);
	assert_true(!r->devices[0].allow && r->devices[0].type == 'a');
	assert_false(r->devices[0].has_major || r->devices[0].has_minor);
	assert_true(r->devices[1].allow && r->devices[1].type == 'c' && r->devices[1].has_major);
	assert_int_equal(r->devices[1].major, 5);
	assert_false(r->devices[1].has_minor);
	assert_true(r->devices[1].read && !r->devices[1].write && r->devices[1].mknod);
	assert_true(r->devices[2].read && r->devices[2].write && r->devices[2].mknod);
	assert_true(r->has_memory_limit && r->memory_limit == 9007199254740993);
	assert_true(r->has_memory_swap && r->memory_swap == -1);
	assert_false(r->has_memory_reservation);
	assert_true(r->cpu_shares == 1024 && r->cpu_period == 100000);
	assert_true(r->has_cpu_quota && r->cpu_quota == -1);
	assert_string_equal(r->cpuset_cpus, "0-3,7");
	assert_null(r->cpuset_mems);
	assert_true(r->has_pids_limit && r->pids_limit == 0);
	assert_int_equal(doc.config.n_unsupported, 0);
}

static void test_config_parse__refuses_resources(void **state)
{
	static const struct refusal cases[] = {
		{ RESOURCES("\"devices\":[{\"access\":\"r\"}]"),
			"/linux/resources/devices/0: 'allow' is missing" },
		{ RESOURCES("\"devices\":[{\"allow\":true,\"access\":\"\"}]"),
			"/linux/resources/devices/0/access: must consist of the letters r, w and m" },
		{ RESOURCES("\"devices\":[{\"allow\":true,\"access\":\"rx\"}]"),
			"/linux/resources/devices/0/access: must consist of the letters r, w and m" },
		{ RESOURCES("\"devices\":[{\"allow\":true,\"type\":\"p\"}]"),
			"/linux/resources/devices/0/type: unknown device type 'p'" },
		{ RESOURCES("\"devices\":[{\"allow\":true,\"major\":-2}]"),
			"/linux/resources/devices/0/major: -2 is not an integer from -1 to 4294967295" },
		{ RESOURCES("\"memory\":{\"limit\":-2}"),
			"/linux/resources/memory/limit: -2 is not an integer from -1 to "
			"9223372036854775807" },
		{ RESOURCES("\"memory\":{\"kernel\":\"1\"}"),
			"/linux/resources/memory/kernel: must be a number, not a string" },
		{ RESOURCES("\"memory\":{\"swappiness\":101}"),
			"/linux/resources/memory/swappiness: 101 is not an integer from 0 to 100" },
		{ RESOURCES("\"cpu\":{\"shares\":-1}"),
			"/linux/resources/cpu/shares: -1 is not an integer from 0 to "
			"18446744073709551615" },
		{ RESOURCES("\"cpu\":{\"cpus\":\"0\\n1\"}"),
			"/linux/resources/cpu/cpus: must be a list of numbers such as '0-3,7'" },
		{ RESOURCES("\"pids\":{\"limit\":\"max\"}"),
			"/linux/resources/pids/limit: must be a number, not a string" },
		{ RESOURCES("\"blockIO\":{\"weight\":65536}"),
			"/linux/resources/blockIO/weight: 65536 is not an integer from 0 to 65535" },
		{ RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"64kB\",\"limit\":1}]"),
			"/linux/resources/hugepageLimits/0/pageSize: must be a size such as '2MB'" },
		{ RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"2MB\"}]"),
			"/linux/resources/hugepageLimits/0: 'limit' is missing" },
		{ RESOURCES("\"unified\":{\"../x\":\"1\"}"),
			"/linux/resources/unified/..~1x: must be the name of a cgroup file that "
			"holds a limit" },
		{ RESOURCES("\"unified\":{\"x\":1}"),
			"/linux/resources/unified/x: must be a string, not a number" },
		{ RESOURCES("\"unified\":{\"cgroup.procs\":\"1\"}"),
			"/linux/resources/unified/cgroup.procs: must be the name of a cgroup file that "
			"holds a limit" },
		{ RESOURCES("\"unified\":{\"cgroup.kill\":\"1\"}"),
			"/linux/resources/unified/cgroup.kill: must be the name of a cgroup file that "
			"holds a limit" },
		{ RESOURCES("\"unified\":{\"..\":\"1\"}"),
			"/linux/resources/unified/..: must be the name of a cgroup file that "
			"holds a limit" },
		{ RESOURCES("\"memory\":{\"swappiness\":101}"),
			"/linux/resources/memory/swappiness: 101 is not an integer from 0 to 100" },
		{ RESOURCES("\"memory\":{\"kernel\":\"1\"}"),
			"/linux/resources/memory/kernel: must be a number, not a string" },
		{ RESOURCES("\"cpu\":{\"idle\":2}"),
			"/linux/resources/cpu/idle: 2 is not an integer from 0 to 1" },
		{ RESOURCES("\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0}]}"),
			"/linux/resources/blockIO/weightDevice/0: needs a weight or a leafWeight" },
		{ RESOURCES("\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0}]}"),
			"/linux/resources/blockIO/throttleReadBpsDevice/0: 'rate' is missing" },
		{ RESOURCES("\"network\":{\"priorities\":[{\"name\":\"a 1\\nb\",\"priority\":1}]}"),
			"/linux/resources/network/priorities/0/name: must be the name of a network "
			"interface" },
		{ RESOURCES("\"rdma\":{\"mlx\":{}}"),
			"/linux/resources/rdma/mlx: needs hcaHandles or hcaObjects" },
		{ RESOURCES("\"rdma\":{\"a\":{\"hcaHandles\":-1}}"),
			"/linux/resources/rdma/a/hcaHandles: -1 is not an integer from 0 to 4294967295" },
	};

	(void)state;
	expect_refusals(cases, ARRAY_SIZE(cases));
}

static void test_config_parse__all_resources(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config_resources *r;

	(void)state;
	r = &accept(
		&doc, RESOURCES("\"memory\":{\"swappiness\":0,\"disableOOMKiller\":true,"
				"\"useHierarchy\":true,\"checkBeforeUpdate\":true},"
				"\"cpu\":{\"burst\":7,\"realtimeRuntime\":-1,\"realtimePeriod\":9,"
				"\"idle\":1},"
				"\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":0},"
				"{\"pageSize\":\"1GB\",\"limit\":18446744073709551615}],"
				"\"network\":{\"classID\":5,\"priorities\":[{\"name\":\"lo\","
				"\"priority\":3}]},"
				"\"rdma\":{\"mlx\":{\"hcaObjects\":2},\"x\":null},"
				"\"unified\":{\"memory.high\":\"1\",\"io.max\":null,"
				"\"cgroup.max.depth\":\"2\"}"))
		     ->resources;
	assert_true(r->has_memory_swappiness && r->memory_swappiness == 0);
	assert_true(r->memory_oom_disabled && r->memory_hierarchy);
	assert_true(r->memory_check_before_update && r->has_cpu_burst && r->has_cpu_idle);
	assert_int_equal(r->cpu_burst, 7);
	assert_int_equal(r->cpu_rt_runtime, -1);
	assert_int_equal(r->cpu_rt_period, 9);
	assert_int_equal(r->cpu_idle, 1);
	assert_int_equal(r->n_huge_pages, 2);
	assert_string_equal(r->huge_pages[1].page_size, "1GB");
	assert_true(r->huge_pages[1].limit == UINT64_MAX);
	assert_int_equal(r->net_class, 5);
	assert_string_equal(r->net_priorities[0].interface, "lo");
	assert_int_equal(r->net_priorities[0].priority, 3);
	assert_int_equal(r->n_rdma, 1);
	assert_true(r->rdma[0].has_objects && !r->rdma[0].has_handles);
	assert_int_equal(r->unified_keys.n, 2);
	assert_string_equal(r->unified_keys.items[1], "cgroup.max.depth");
	assert_string_equal(r->unified_values.items[1], "2");
	assert_int_equal(doc.config.n_unsupported, 0);
}

static void test_config_parse__block_io(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config_resources *r;

	(void)state;
	r = &accept(&doc,
		RESOURCES("\"blockIO\":{\"weight\":10,\"leafWeight\":11,\"weightDevice\":["
			  "{\"major\":8,\"minor\":0,\"weight\":500},"
			  "{\"major\":8,\"minor\":16,\"leafWeight\":300}],"
			  "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":1,\"rate\":5}]}"))
		     ->resources;
	assert_int_equal(r->block_weight, 10);
	assert_int_equal(r->block_leaf_weight, 11);
	assert_int_equal(r->n_block_weights, 2);
	assert_int_equal(r->block_weights[0].weight, 500);
	assert_int_equal(r->block_weights[1].minor, 16);
	assert_int_equal(r->block_weights[1].leaf_weight, 300);
	assert_int_equal(r->block_rates[CONFIG_THROTTLE_WRITE_IOPS].n, 1);
	assert_int_equal(r->block_rates[CONFIG_THROTTLE_WRITE_IOPS].items[0].rate, 5);
	assert_int_equal(r->block_rates[CONFIG_THROTTLE_READ_BPS].n, 0);
}

static void test_config_parse__linux_rest(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config *config;

	(void)state;
	config = accept(&doc,
		LINUX("\"cgroupsPath\":\"system.slice:docker:..x\",\"rootfsPropagation\":\"rslave\","
		      "\"sysctl\":{\"net.ipv4.ip_forward\":\"1\",\"net/ipv4/conf/e.7/x\":\"\","
		      "\"n\":null},\"maskedPaths\":[\"/proc/./kcore\"],\"readonlyPaths\":[],"
		      "\"mountLabel\":\"l\",\"personality\":{\"domain\":\"LINUX32\",\"flags\":[]}"));
	assert_string_equal(config->cgroups_path, "system.slice:docker:..x");
	assert_true(config->rootfs_propagation == SYS_MS_SLAVE);
	assert_true(config->rootfs_propagation_recursive);
	assert_int_equal(config->n_sysctls, 2);
	assert_string_equal(config->sysctls[1].key, "net/ipv4/conf/e.7/x");
	assert_string_equal(config->sysctls[1].pointer, "/linux/sysctl/net~1ipv4~1conf~1e.7~1x");
	assert_string_equal(config->sysctls[0].value, "1");
	expect_strings(&config->masked_paths, "/proc/kcore");
	assert_int_equal(config->readonly_paths.n, 0);
	assert_string_equal(config->mount_label, "l");
	assert_true(config->has_personality && config->personality_linux32);
	assert_int_equal(config->n_unsupported, 0);
	config = accept(&doc, LINUX("\"rootfsPropagation\":\"\",\"cgroupsPath\":\"\""));
	assert_true(config->rootfs_propagation == 0);
	assert_null(config->cgroups_path);
}

static void test_config_parse__refuses_linux_rest(void **state)
{
	static const struct refusal cases[] = {
		{ LINUX("\"cgroupsPath\":\"/a/../b\""),
			"/linux/cgroupsPath: must not contain '..'" },
		{ LINUX("\"cgroupsPath\":\"..\""), "/linux/cgroupsPath: must not contain '..'" },
		{ LINUX("\"rootfsPropagation\":\"none\""),
			"/linux/rootfsPropagation: unknown propagation 'none'" },
		{ LINUX("\"maskedPaths\":[\"/a\",\"b\"]"),
			"/linux/maskedPaths/1: must be an absolute path" },
		{ LINUX("\"readonlyPaths\":[\"\"]"),
			"/linux/readonlyPaths/0: must be an absolute path" },
		{ LINUX("\"sysctl\":{\"a\":1}"),
			"/linux/sysctl/a: must be a string, not a number" },
		{ LINUX("\"sysctl\":{\"\":\"1\"}"), "/linux/sysctl/: not the name of a sysctl" },
		{ LINUX("\"sysctl\":{\"net/../kernel/x\":\"1\"}"),
			"/linux/sysctl/net~1..~1kernel~1x: not the name of a sysctl" },
		{ LINUX("\"sysctl\":{\"kernel.../x\":\"1\"}"),
			"/linux/sysctl/kernel...~1x: not the name of a sysctl" },
		{ LINUX("\"sysctl\":{\"/kernel/x\":\"1\"}"),
			"/linux/sysctl/~1kernel~1x: not the name of a sysctl" },
		{ LINUX("\"sysctl\":{\"a b\":\"1\"}"),
			"/linux/sysctl/a b: not the name of a sysctl" },
		{ LINUX("\"personality\":{}"), "/linux/personality: 'domain' is missing" },
		{ LINUX("\"personality\":{\"domain\":\"BSD\"}"),
			"/linux/personality/domain: unknown personality 'BSD'" },
		{ LINUX("\"timeOffsets\":{\"realtime\":{\"secs\":1}}"),
			"/linux/timeOffsets/realtime: must be 'monotonic' or 'boottime'" },
		{ LINUX("\"timeOffsets\":{\"boottime\":{\"nanosecs\":1000000000}}"),
			"/linux/timeOffsets/boottime/nanosecs: 1000000000 is not an integer from 0 to "
			"999999999" },
		{ LINUX("\"netDevices\":{\"a/b\":{}}"),
			"/linux/netDevices/a~1b: must be the name of a network interface" },
		{ LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_X\"}"),
			"/linux/memoryPolicy/mode: must be an MPOL_ mode" },
		{ LINUX("\"memoryPolicy\":{}"), "/linux/memoryPolicy: 'mode' is missing" },
		{ LINUX("\"intelRdt\":{\"closID\":\"..\"}"),
			"/linux/intelRdt/closID: must be one directory name or '/'" },
		{ LINUX("\"intelRdt\":{\"memBwSchema\":\"L3:1\"}"),
			"/linux/intelRdt/memBwSchema: must be one line that starts with 'MB:'" },
		{ PROCESS(",\"scheduler\":{}"), "/process/scheduler: 'policy' is missing" },
		{ PROCESS(",\"scheduler\":{\"policy\":\"SCHED_X\"}"),
			"/process/scheduler/policy: must be a SCHED_ policy" },
		{ PROCESS(",\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":8}"),
			"/process/ioPriority/priority: 8 is not an integer from 0 to 7" },
		{ PROCESS(",\"execCPUAffinity\":{\"final\":\"3-1\"}"),
			"/process/execCPUAffinity/final: must be a list of cpus from 0 to 1023 such "
			"as '0-3,7'" },
		{ PROCESS(",\"execCPUAffinity\":{\"final\":\",\"}"),
			"/process/execCPUAffinity/final: names no cpu" },
		{ PROCESS(",\"execCPUAffinity\":{\"initial\":\"a\"}"),
			"/process/execCPUAffinity/initial: must be a list of cpus from 0 to 1023 such "
			"as '0-3,7'" },
	};

	(void)state;
	expect_refusals(cases, ARRAY_SIZE(cases));
}

/* --- seccomp ----------------------------------------------------------------------------------- */

static void test_config_parse__seccomp(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config_seccomp *seccomp;

	(void)state;
	seccomp = accept(&doc,
		SECCOMP(",\"defaultErrnoRet\":38,\"architectures\":[\"SCMP_ARCH_X86_64\","
			"\"SCMP_ARCH_SHEB\"],\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\","
			"\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"],\"syscalls\":[{\"names\":[\"a\",\"b\"],"
			"\"name\":null,\"action\":\"SCMP_ACT_KILL\",\"errnoRet\":5},"
			"{\"names\":[\"c\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":5,"
			"\"value\":18446744073709551615,\"valueTwo\":7,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]"))
			  ->seccomp;
	assert_non_null(seccomp);
	assert_string_equal(seccomp->pointer, "/linux/seccomp");
	assert_int_equal(seccomp->default_action, CONFIG_ACT_ERRNO);
	assert_true(seccomp->has_default_errno && seccomp->default_errno == 38);
	expect_strings(&seccomp->architectures, "SCMP_ARCH_X86_64 SCMP_ARCH_SHEB");
	assert_true(seccomp->has_flags && seccomp->flags == 0x22);
	assert_int_equal(seccomp->n_rules, 2);
	expect_strings(&seccomp->rules[0].names, "a b");
	assert_int_equal(seccomp->rules[0].action, CONFIG_ACT_KILL_THREAD);
	assert_true(seccomp->rules[0].has_errno); /* lenient, as runc (T-28) */
	assert_false(seccomp->rules[1].has_errno);
	assert_int_equal(seccomp->rules[1].n_args, 1);
	assert_int_equal(seccomp->rules[1].args[0].index, 5);
	assert_true(seccomp->rules[1].args[0].value == UINT64_MAX);
	assert_true(seccomp->rules[1].args[0].value_two == 7);
	assert_int_equal(seccomp->rules[1].args[0].op, CONFIG_CMP_MASKED_EQ);
}

static void test_config_parse__seccomp_off(void **state)
{
	static const char *const cases[] = {
		LINUX("\"seccomp\":{}"),
		LINUX("\"seccomp\":null"),
		LINUX("\"seccomp\":{\"defaultAction\":\"\",\"syscalls\":[]}"),
		LINUX("\"seccomp\":{\"architectures\":[],\"syscalls\":null}"),
	};
	_doc_ struct doc doc = { .r = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_null(accept(&doc, cases[i])->seccomp);
	assert_false(accept(&doc, SECCOMP(""))->seccomp->has_flags);
	assert_true(accept(&doc, SECCOMP(",\"flags\":[]"))->seccomp->has_flags);
}

static void test_config_parse__refuses_seccomp(void **state)
{
	static const struct refusal cases[] = {
		{ LINUX("\"seccomp\":{\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_KILL\"}]}"),
			"/linux/seccomp: 'defaultAction' is missing" },
		{ LINUX("\"seccomp\":{\"defaultAction\":\"ALLOW\"}"),
			"/linux/seccomp/defaultAction: unknown seccomp action 'ALLOW'" },
		{ SECCOMP(",\"defaultErrnoRet\":4096"),
			"/linux/seccomp/defaultErrnoRet: 4096 is not an integer from 0 to 4095" },
		{ SECCOMP(",\"architectures\":[\"x86\"]"),
			"/linux/seccomp/architectures/0: unknown seccomp architecture" },
		{ SECCOMP(",\"flags\":[\"LOG\"]"),
			"/linux/seccomp/flags/0: unknown seccomp flag 'LOG'" },
		{ SECCOMP(",\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_ALLOW\"}]"),
			"/linux/seccomp/syscalls/0/names: must name at least one system call" },
		{ SECCOMP(",\"syscalls\":[{\"names\":[\"\"],\"action\":\"SCMP_ACT_ALLOW\"}]"),
			"/linux/seccomp/syscalls/0/names/0: must not be empty" },
		{ SECCOMP(",\"syscalls\":[{\"action\":\"SCMP_ACT_ALLOW\"}]"),
			"/linux/seccomp/syscalls/0: 'names' is missing" },
		{ RULE(""), "/linux/seccomp/syscalls/0: 'action' is missing" },
		{ RULE(",\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":65536"),
			"/linux/seccomp/syscalls/0/errnoRet: 65536 is not an integer from 0 to 65535" },
		{ ARG("\"index\":6,\"value\":0,\"op\":\"SCMP_CMP_EQ\""),
			"/linux/seccomp/syscalls/0/args/0/index: 6 is not an integer from 0 to 5" },
		{ ARG("\"index\":0,\"value\":-1,\"op\":\"SCMP_CMP_EQ\""),
			"/linux/seccomp/syscalls/0/args/0/value: -1 is not an integer from 0 to "
			"18446744073709551615" },
		{ ARG("\"index\":0,\"value\":0,\"op\":\"EQ\""),
			"/linux/seccomp/syscalls/0/args/0/op: unknown comparison 'EQ'" },
		{ ARG("\"index\":0,\"op\":\"SCMP_CMP_EQ\""),
			"/linux/seccomp/syscalls/0/args/0: 'value' is missing" },
		{ SECCOMP(",\"listenerMetadata\":\"m\""),
			"/linux/seccomp: listenerMetadata without listenerPath" },
	};

	(void)state;
	expect_refusals(cases, ARRAY_SIZE(cases));
}

static void test_config_seccomp_parse__alone(void **state)
{
	static const char text[] = "{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}";
	_arena_ struct arena arena = { 0 };
	const struct config_seccomp *seccomp = NULL;
	const struct json *node = NULL;
	struct err err;

	(void)state;
	assert_int_equal(json_parse(&arena, text, strlen(text), &node, &err), 0);
	assert_int_equal(config_seccomp_parse(&arena, node, &seccomp, &err), 0);
	assert_int_equal(seccomp->default_action, CONFIG_ACT_NOTIFY);
	assert_int_equal(json_parse(&arena, "{}", 2, &node, &err), 0);
	assert_int_equal(config_seccomp_parse(&arena, node, &seccomp, &err), 0);
	assert_null(seccomp);
	assert_int_equal(json_parse(&arena, "[]", 2, &node, &err), 0);
	assert_int_equal(config_seccomp_parse(&arena, node, &seccomp, &err), -EINVAL);
}

/* --- fields of later work ---------------------------------------------------------------------- */

static void test_config_parse__unsupported(void **state)
{
	static const struct {
		const char *text;
		const char *pointer;
	} cases[] = {
		{ PROCESS(",\"scheduler\":{\"policy\":\"SCHED_OTHER\"}"), "/process/scheduler" },
		{ PROCESS(",\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\"}"),
			"/process/ioPriority" },
		{ LINUX("\"intelRdt\":{}"), "/linux/intelRdt" },
		{ LINUX("\"netDevices\":{\"eth0\":{\"name\":null}}"), "/linux/netDevices" },
		{ LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_DEFAULT\"}"), "/linux/memoryPolicy" },
		{ LINUX("\"timeOffsets\":{\"boottime\":{\"secs\":1}}"), "/linux/timeOffsets" },
		{ LINUX("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"x\"]}"),
			"/linux/personality/flags" },
		{ LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}"),
			"/linux/seccomp/defaultAction" },
		{ RULE(",\"action\":\"SCMP_ACT_NOTIFY\""), "/linux/seccomp/syscalls/0/action" },
		{ SECCOMP(",\"listenerPath\":\"/s\""), "/linux/seccomp/listenerPath" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_doc_ struct doc doc = { .r = 0 };
		const struct config *config = accept(&doc, cases[i].text);

		if (config->n_unsupported != 1)
			fail_msg("%zu unsupported fields in %s", config->n_unsupported,
				cases[i].text);
		assert_string_equal(config->unsupported[0].pointer, cases[i].pointer);
		assert_true(config->unsupported[0].what[0] != '\0');
	}
}

static void test_config_parse__unset_is_supported(void **state)
{
	static const char *const cases[] = {
		PROCESS(",\"scheduler\":null,\"ioPriority\":null,\"execCPUAffinity\":{\"initial\":\"\"}"),
		RESOURCES("\"memory\":{\"disableOOMKiller\":false,\"useHierarchy\":false,"
			  "\"swappiness\":null,\"kernel\":52428800,\"kernelTCP\":1}"),
		RESOURCES("\"cpu\":{\"shares\":0,\"burst\":0,\"realtimeRuntime\":0,"
			  "\"realtimePeriod\":0,\"idle\":0}"),
		RESOURCES("\"blockIO\":{\"weight\":0,\"leafWeight\":0,\"weightDevice\":[],"
			  "\"throttleReadBpsDevice\":[]}"),
		RESOURCES("\"hugepageLimits\":[],\"network\":{\"classID\":0,\"priorities\":[]},"
			  "\"rdma\":{},\"unified\":{}"),
		LINUX("\"netDevices\":{},\"timeOffsets\":{},\"intelRdt\":null,\"memoryPolicy\":null"),
		SECCOMP(",\"listenerPath\":\"\",\"listenerMetadata\":\"\""),
		MOUNT(",\"type\":\"tmpfs\",\"uidMappings\":[],\"gidMappings\":null"),
	};
	_doc_ struct doc doc = { .r = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(accept(&doc, cases[i])->n_unsupported, 0);
}

static void test_config_parse__affinity(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config *config = accept(&doc,
		PROCESS(",\"execCPUAffinity\":{\"initial\":\"0-2, 64 ,1023,\",\"final\":\"\"}"));

	(void)state;
	assert_null(config->process.exec_cpus_final);
	assert_true(config->process.exec_cpus_initial->words[0] == 7);
	assert_true(config->process.exec_cpus_initial->words[1] == 1);
	assert_true(config->process.exec_cpus_initial->words[15] == 1ULL << 63);
}

static void test_config_parse__many_unsupported(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config *config;

	(void)state;
	config = accept(&doc,
		TOP(",\"process\":{\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_OTHER\"},"
		    "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\"},"
		    "\"execCPUAffinity\":{\"initial\":\"0\",\"final\":\"0\"}},"
		    "\"linux\":{\"timeOffsets\":{\"boottime\":{\"secs\":1}},"
		    "\"intelRdt\":{\"closID\":\"x\"},\"netDevices\":{\"eth0\":{}},"
		    "\"memoryPolicy\":{\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"0\"},"
		    "\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"x\"]},"
		    "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/x\"}}"));
	assert_int_equal(config->n_unsupported, 8);
	assert_string_equal(config->unsupported[0].pointer, "/process/scheduler");
	for (size_t i = 1; i < config->n_unsupported; i++)
		assert_string_not_equal(
			config->unsupported[i].pointer, config->unsupported[i - 1].pointer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config_parse__namespaces),
		cmocka_unit_test(test_config_parse__id_mappings),
		cmocka_unit_test(test_config_parse__devices),
		cmocka_unit_test(test_config_parse__resources),
		cmocka_unit_test(test_config_parse__refuses_resources),
		cmocka_unit_test(test_config_parse__all_resources),
		cmocka_unit_test(test_config_parse__block_io),
		cmocka_unit_test(test_config_parse__linux_rest),
		cmocka_unit_test(test_config_parse__refuses_linux_rest),
		cmocka_unit_test(test_config_parse__seccomp),
		cmocka_unit_test(test_config_parse__seccomp_off),
		cmocka_unit_test(test_config_parse__refuses_seccomp),
		cmocka_unit_test(test_config_seccomp_parse__alone),
		cmocka_unit_test(test_config_parse__unsupported),
		cmocka_unit_test(test_config_parse__unset_is_supported),
		cmocka_unit_test(test_config_parse__affinity),
		cmocka_unit_test(test_config_parse__many_unsupported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
