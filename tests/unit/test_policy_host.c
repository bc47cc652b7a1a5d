/* What comes from the host: mounts, devices, paths, hooks, settings. As test_policy.c. */
#include <errno.h>

#include "policy_fixture.h"

#include "base/banned.h"

/* --- mounts ------------------------------------------------------------------------------------ */

static void test_mounts__in_every_profile(void **state)
{
	(void)state;
	BITES("CS-MNT-10", POLICY_REFUSE, "bind source '/b/gone': no such file or directory", OCI,
		.mounts = BIND("gone", "/x"));
	PASSES("CS-MNT-10", OCI, .mounts = BIND("data", "/x"));
	PASSES("CS-MNT-10", OCI, .mounts = BIND("/gone", "/x"),
		.facts = "default-path dir ext4 0 0 0755 -");

	BITES("CS-MNT-7", POLICY_REFUSE, "because it is inside /proc", OCI,
		.mounts = BIND("data", "/proc/sys/kernel"));
	BITES("CS-MNT-7", POLICY_REFUSE, "because it is not of type proc", OCI,
		.mounts = BIND("data", "/proc"));
	BITES("CS-MNT-7", POLICY_REFUSE, "because it is not of type proc", OCI,
		.mounts = "{'destination':'/proc/../proc','type':'tmpfs','source':'t'}");
	PASSES("CS-MNT-7", OCI, .mounts = BIND("data", "/proc/cpuinfo"));
	PASSES("CS-MNT-7", OCI, .mounts = BIND("/proc", "/proc"),
		.facts = "path /proc dir proc 0 0 0555 -");
	PASSES("CS-MNT-7", OCI, .mounts = BIND("data", "/procedures"));
}

static void test_mounts__limited(void **state)
{
	(void)state;
	BITES("CS-MNT-2", POLICY_REFUSE, "a mount inside /proc",
		.mounts = BIND("data", "/proc/cpuinfo"));
	BITES("CS-MNT-2", POLICY_REFUSE, "not of type sysfs", .mounts = BIND("data", "/sys"));
	BITES("CS-MNT-2", POLICY_REFUSE, "a second procfs",
		.mounts = "{'destination':'/p','type':'proc','source':'proc'}");
	PASSES("CS-MNT-2", OCI, .mounts = BIND("data", "/proc/cpuinfo"));
	PASSES("CS-MNT-2");

	BITES("CS-MNT-8", POLICY_REFUSE, "type 'ext4' on '/x'",
		.mounts = "{'destination':'/x','type':'ext4','source':'/dev/sda1'}");
	PASSES("CS-MNT-8", OCI,
		.mounts = "{'destination':'/x','type':'ext4','source':'/dev/sda1'}");
	PASSES("CS-MNT-8", .mounts = "{'destination':'/c','type':'cgroup','source':'cgroup'}," BIND(
				   "data", "/x"));

	BITES("CS-MNT-9", POLICY_REFUSE, "remount of '/sys'",
		.mounts = "{'destination':'/sys','type':'sysfs','options':['remount','rw']}");
	PASSES("CS-MNT-9", OCI,
		.mounts = "{'destination':'/sys','type':'sysfs','options':['remount','rw']}");

	BITES("CIS-5.20", POLICY_REFUSE, "shared mount of '/x'",
		.mounts = "{'destination':'/x','source':'data','options':['rbind','rshared']}");
	BITES("CIS-5.20", POLICY_REFUSE, "shared mount of '/x'",
		.mounts =
			"{'destination':'/x','source':'data','options':['bind','shared','private']}");
	PASSES("CIS-5.20",
		.mounts = "{'destination':'/x','source':'data','options':['rbind','rslave']}");
}

static void test_mounts__sources(void **state)
{
	(void)state;
	BITES("CIS-5.6", POLICY_REFUSE, "'/' is the host's", .mounts = BIND("/", "/x"));
	BITES("CIS-5.6", POLICY_REFUSE, "'/' is the host's", .mounts = BIND("../../..", "/x"));
	BITES("CIS-5.6", POLICY_REFUSE, "'/dev/shm'", .mounts = BIND("/dev/shm", "/x"));
	BITES("CIS-5.6", POLICY_REFUSE, "'/b/link' is the host's", .mounts = BIND("link", "/x"),
		.facts = "path /b/link dir ext4 0 0 0755 - /");
	BITES("CIS-5.32", POLICY_REFUSE, "is a socket", .mounts = BIND("/run/docker.sock", "/x"),
		.facts = "path /run/docker.sock socket tmpfs 0 0 0660 -");
	PASSES("CIS-5.6", .mounts = BIND("data", "/x"));
	PASSES("CIS-5.6", .mounts = BIND("/devices", "/x"));
	PASSES("CIS-5.6", OCI, .mounts = BIND("/", "/x"));
}

static void test_mounts__dev(void **state)
{
	(void)state;
	BITES("CS-MNT-11", POLICY_TIGHTEN, "a new tmpfs", .mounts = PROC_MOUNT);
	BITES("CS-MNT-11", POLICY_REFUSE, "not a tmpfs", .mounts = BIND("data", "/dev"));
	BITES("CS-MNT-11", POLICY_REFUSE, "not a tmpfs",
		.mounts = DEV_MOUNT "," BIND("data", "/dev"));
	PASSES("CS-MNT-11");
	PASSES("CS-MNT-11", OCI, .mounts = BIND("data", "/dev"));
}

static void test_mounts__dev_comes_before_what_is_below(void **state)
{
	static const char *const expected[] = { "/proc", "/dev", "/dev/pts", "/dev/mqueue",
		"/dev/shm", "/x" };
	struct test_result t;

	(void)state;
	DECIDE(&t, .mounts = PROC_MOUNT "," BIND("data", "/dev/shm") "," BIND("data", "/x"));
	assert_int_equal(t.d.config.n_mounts, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(t.d.config.mounts[i].destination, expected[i]);
	assert_int_equal(t.d.config.mounts[1].options.attr_set, SYS_ATTR_NOSUID | SYS_ATTR_NOEXEC);
	assert_string_equal(t.d.config.mounts[2].options.data.items[3], "gid=5");
	assert_int_equal(t.d.config.mounts[2].options.data.n, 4);
	arena_done(&t.arena);

	DECIDE(&t, .mounts = PROC_MOUNT, .facts = "initial-userns no\nids-available 1");
	assert_string_equal(t.d.config.mounts[2].destination, "/dev/pts");
	assert_int_equal(t.d.config.mounts[2].options.data.n, 3);
	arena_done(&t.arena);
}

static void test_mounts__flags(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, .mounts = "{'destination':'/sys','type':'sysfs','options':['rw','nosuid']}");
	test_expect(&t, "CS-MNT-3", POLICY_TIGHTEN, "'/sys' ro nodev noexec");
	for (size_t i = 0; i < t.d.config.n_mounts; i++) {
		const struct config_mount *mount = &t.d.config.mounts[i];

		if (!str_eq(mount->destination, "/sys"))
			continue;
		assert_true((mount->options.attr_set & SYS_ATTR_RDONLY) != 0);
		assert_true((mount->options.attr_clr & SYS_ATTR_RDONLY) == 0);
	}
	arena_done(&t.arena);
	BITES("CS-MNT-3", POLICY_TIGHTEN, "'/c' ro",
		.mounts = "{'destination':'/c','type':'cgroup2','options':['rw','nosuid']}");
	PASSES("CS-MNT-3",
		.mounts = "{'destination':'/dev','type':'tmpfs','options':['nosuid','noexec']},"
			  "{'destination':'/sys','type':'sysfs',"
			  "'options':['nosuid','nodev','noexec','ro']}");
	PASSES("CS-MNT-3", OCI, .mounts = "{'destination':'/sys','type':'sysfs'}");

	BITES("CS-MNT-1", POLICY_TIGHTEN, "'/x' nosuid nodev", .mounts = BIND("data", "/x"));
	BITES("CS-MNT-1", POLICY_TIGHTEN, "'/x' nodev",
		.mounts = "{'destination':'/x','source':'data','options':['bind','nosuid','dev']}");
	PASSES("CS-MNT-1", .mounts = "{'destination':'/x','source':'data',"
				     "'options':['bind','nosuid','nodev']}");
	PASSES("CS-MNT-1", OCI, .mounts = BIND("data", "/x"));
}

/* --- paths, devices ------------------------------------------------------------------------------ */

static void test_paths(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, .linux_ = ALL_NAMESPACES ",'maskedPaths':['/proc/mine','/proc/kcore']");
	test_expect(&t, "PSS-B-10", POLICY_TIGHTEN, "/sys/firmware");
	assert_null(strstr(test_finding(&t, "PSS-B-10").decided, "/proc/kcore"));
	assert_string_equal(t.d.config.masked_paths.items[0], "/proc/mine");
	assert_int_equal(t.d.config.masked_paths.n, t.d.profile->masked_paths.n + 1);
	assert_null(t.d.config.masked_paths.items[t.d.config.masked_paths.n]);
	arena_done(&t.arena);
	PASSES("PSS-B-10", OCI);
	BITES("CS-PATH-1", POLICY_TIGHTEN, "/proc/sys");
	PASSES("CS-PATH-1", .linux_ = ALL_NAMESPACES
			    ",'readonlyPaths':['/proc/bus','/proc/fs','/proc/irq',"
			    "'/proc/mtrr','/proc/sys','/proc/sysrq-trigger']");
}

#define DEVICE(path, type, major, minor)                                                 \
	ALL_NAMESPACES ",'devices':[{'path':'" path "','type':'" type "','major':" major \
		       ",'minor':" minor "}]"
#define DEVICE_RULES(rules) ALL_NAMESPACES ",'resources':{'devices':[" rules "]}"

static void test_devices(void **state)
{
	(void)state;
	BITES("CIS-5.18", POLICY_REFUSE, "'/dev/sda' (b 8:0)",
		.linux_ = DEVICE("/dev/sda", "b", "8", "0"));
	BITES("CIS-5.18", POLICY_REFUSE, "'/dev/fuse' (c 10:229)",
		.linux_ = DEVICE("/dev/fuse", "c", "10", "229"));
	BITES("CIS-5.18", POLICY_REFUSE, "'/dev/zero' (b 1:5)",
		.linux_ = DEVICE("/dev/zero", "b", "1", "5"));
	BITES("CIS-5.18", POLICY_REFUSE, "'/etc/x'", .linux_ = DEVICE("/etc/x", "c", "1", "3"));
	PASSES("CIS-5.18", .linux_ = DEVICE("/dev/xnull", "c", "1", "3"));
	PASSES("CIS-5.18", OCI, .linux_ = DEVICE("/dev/sda", "b", "8", "0"));

	BITES("CS-DEV-1", POLICY_TIGHTEN, "a *:* rwm",
		.linux_ = DEVICE_RULES("{'allow':true,'access':'rwm'}"));
	BITES("CS-DEV-1", POLICY_TIGHTEN, "c 10:229 rw",
		.linux_ = DEVICE_RULES("{'allow':false,'access':'rwm'},{'allow':true,'type':'c',"
				       "'major':10,'minor':229,'access':'rw'}"));
	BITES("CS-DEV-1", POLICY_NOTE, "1 rules", ROOTLESS,
		.linux_ = DEVICE_RULES("{'allow':false,'access':'rwm'}"));
	PASSES("CS-DEV-1",
		.linux_ = DEVICE_RULES("{'allow':false,'access':'rwm'},{'allow':true,'type':'c',"
				       "'major':1,'minor':3,'access':'rwm'}"));
	PASSES("CS-DEV-1", OCI, .linux_ = DEVICE_RULES("{'allow':true,'access':'rwm'}"));
}

static void test_devices__list_starts_from_nothing(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, .linux_ = DEVICE_RULES("{'allow':true,'access':'rwm'}"));
	assert_int_equal(t.d.config.resources.n_devices, 1);
	assert_false(t.d.config.resources.devices[0].allow);
	assert_int_equal(t.d.config.resources.devices[0].type, 'a');
	arena_done(&t.arena);
}

/* --- hooks --------------------------------------------------------------------------------------- */

#define HOOK(kind, path, more) ",'hooks':{'" kind "':[{'path':'" path "'" more "}]}"

static void test_hooks(void **state)
{
	static const char trusted[] = "path /opt/hook file ext4 0 0 0755 executable,trusted";

	(void)state;
	BITES("CS-HOOK-1", POLICY_REFUSE, "no such file or directory",
		.top = HOOK("prestart", "/opt/hook", ""));
	BITES("CS-HOOK-1", POLICY_REFUSE, "others than root",
		.top = HOOK("createContainer", "/opt/hook", ""),
		.facts = "path /opt/hook file ext4 0 0 0775 executable");
	BITES("CS-HOOK-1", POLICY_REFUSE, "not an executable",
		.top = HOOK("poststop", "/opt/hook", ""),
		.facts = "path /opt/hook file ext4 0 0 0644 -");
	BITES("CS-HOOK-1", POLICY_REFUSE, "inside the root file system",
		.top = HOOK("poststart", "/b/rootfs/bin/hook", ""),
		.facts = "path /b/rootfs/bin/hook file ext4 0 0 0755 executable,trusted");
	BITES("CS-HOOK-1", POLICY_REFUSE, "inside the root file system",
		.top = HOOK("prestart", "/opt/hook", ""),
		.facts = "path /opt/hook file ext4 0 0 0755 executable,trusted /b/rootfs/h");
	PASSES("CS-HOOK-1", .top = HOOK("createRuntime", "/opt/hook", ""), .facts = trusted);
	PASSES("CS-HOOK-1", .top = HOOK("prestart", "/proc/31277/exe", ""),
		.facts = "path /proc/31277/exe file ext4 0 0 0755 executable,trusted "
			 "/usr/bin/dockerd");
	PASSES("CS-HOOK-1", .top = HOOK("startContainer", "/in/the/container", ""));
	PASSES("CS-HOOK-1", OCI, .top = HOOK("prestart", "/opt/hook", ""));

	BITES("CS-HOOK-2", POLICY_TIGHTEN, "/hooks/prestart/0",
		.top = HOOK("prestart", "/opt/hook", ""), .facts = trusted);
	PASSES("CS-HOOK-2", .top = HOOK("prestart", "/opt/hook", ",'env':['A=b']"),
		.facts = trusted);
	PASSES("CS-HOOK-2", OCI, .top = HOOK("prestart", "/opt/hook", ""));
}

static void test_hooks__environment_is_explicit(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, .top = HOOK("startContainer", "/x", ""));
	assert_true(t.d.config.hooks[CONFIG_HOOK_START_CONTAINER].items[0].has_env);
	assert_int_equal(t.d.config.hooks[CONFIG_HOOK_START_CONTAINER].items[0].env.n, 0);
	assert_false(t.config.hooks[CONFIG_HOOK_START_CONTAINER].items[0].has_env);
	arena_done(&t.arena);
}

/* --- sysctls ------------------------------------------------------------------------------------- */

#define SYSCTL(key, value) ALL_NAMESPACES ",'sysctl':{'" key "':'" value "'}"

static void test_sysctl__keys(void **state)
{
	static const char *const bad[] = {
		SYSCTL("net.ipv4.a;b", "1"),
		SYSCTL("net.ipv4.caf\\u00e9", "1"),
		SYSCTL("net", "1"),
		SYSCTL("net.ipv4.ip_forward", "1\\n2"),
		SYSCTL("net.ipv4.ip_forward", "\\u007f"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		BITES("CS-SYS-1", POLICY_REFUSE, "sysctl ", OCI, .linux_ = bad[i]);
	PASSES("CS-SYS-1", OCI, .linux_ = SYSCTL("net/ipv4/conf/eth0.1/forwarding", "1"));
	PASSES("CS-SYS-1", OCI, .linux_ = SYSCTL("kernel.sem", "1\\t2 3"));
}

/* config_parse() refuses most of these as well; neither may rely on the other. */
static void test_sysctl__traversal(void **state)
{
	static const char *const bad[] = { "net/../kernel/core_pattern",
		"net.ipv4/../../kernel/core_pattern", "net..ipv4", "net.ipv4.", "/net/ipv4/x",
		"net/./ipv4", "net.ipv4.ip_forward\n", "" };
	struct config_sysctl sysctl = { .pointer = "/linux/sysctl/x", .value = "1" };
	struct policy_request request = { .bundle = "/b" };
	struct test_result t;

	(void)state;
	DECIDE(&t, OCI);
	t.config.sysctls = &sysctl;
	t.config.n_sysctls = 1;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		sysctl.key = bad[i];
		assert_int_equal(policy_decide(&t.arena, t.d.profile, &t.config, &t.facts, &request,
					 &t.d, &t.err),
			0);
		test_expect(&t, "CS-SYS-1", POLICY_REFUSE, "is not a valid key");
		assert_int_equal(t.d.n_refused, 1);
	}
	arena_done(&t.arena);
}

static void test_sysctl__namespaces(void **state)
{
	static const char *const no_ipc =
		"'namespaces':[{'type':'mount'}],'sysctl':{'kernel.shmmax':'1'}";

	(void)state;
	BITES("CS-SYS-2", POLICY_REFUSE, "is not in a separate kernel namespace", OCI,
		.linux_ = SYSCTL("kernel.core_pattern", "x"));
	BITES("CS-SYS-2", POLICY_REFUSE, "is not in a separate kernel namespace", OCI,
		.linux_ = SYSCTL("kernel/core_pattern", "x"));
	BITES("CS-SYS-2", POLICY_REFUSE, "use that field", OCI,
		.linux_ = SYSCTL("kernel.hostname", "x"));
	BITES("CS-SYS-2", POLICY_REFUSE, "not supported yet", OCI,
		.linux_ = SYSCTL("user.max_user_namespaces", "0"));
	BITES("CS-SYS-2", POLICY_REFUSE, "without a namespace", OCI, .linux_ = no_ipc);
	BITES("CS-SYS-2", POLICY_REFUSE, "without a namespace", OCI,
		.linux_ = "'namespaces':[{'type':'network','path':'/ns'}],"
			  "'sysctl':{'net.ipv4.ip_forward':'1'}",
		.facts = "path /ns ns:net nsfs 0 0 0444 host");
	PASSES("CS-SYS-2", OCI, .linux_ = SYSCTL("net.ipv4.ip_forward", "1"));
	PASSES("CS-SYS-2", OCI, .linux_ = SYSCTL("kernel/shmmax", "1"));
	PASSES("CS-SYS-2", OCI, .linux_ = SYSCTL("fs.mqueue.msg_max", "1"));
}

static void test_sysctl__allowed(void **state)
{
	(void)state;
	BITES("PSS-B-12", POLICY_REFUSE, "'net.ipv4.ip_forward'",
		.linux_ = SYSCTL("net.ipv4.ip_forward", "1"));
	PASSES("PSS-B-12", .linux_ = SYSCTL("net.ipv4.tcp_syncookies", "1"));
	PASSES("PSS-B-12", .linux_ = SYSCTL("net/ipv4/tcp_syncookies", "1"));
	PASSES("PSS-B-12", .linux_ = SYSCTL("fs.mqueue.msg_max", "1"));
	PASSES("PSS-B-12", OCI, .linux_ = SYSCTL("net.ipv4.ip_forward", "1"));

	BITES("CS-SYS-3", POLICY_NOTE, "ip_unprivileged_port_start");
	BITES("CS-SYS-3", POLICY_NOTE, "0 65536", ROOTLESS);
	PASSES("CS-SYS-3", OCI);
	PASSES("CS-SYS-3", .process = CAPS("'CAP_KILL'"),
		.linux_ = SYSCTL("net.ipv4.ping_group_range", "0 0"));
}

static void test_sysctl__defaults_only_in_a_new_network_namespace(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, .linux_ = SYSCTL("net.ipv4.ip_unprivileged_port_start", "80"));
	assert_int_equal(t.d.config.n_sysctls, 2);
	assert_string_equal(t.d.config.sysctls[0].value, "80");
	assert_string_equal(t.d.config.sysctls[1].value, "0 2147483647");
	arena_done(&t.arena);
	DECIDE(&t, .facts = "path /ns ns:net nsfs 0 0 0444 -",
		.linux_ = "'namespaces':[{'type':'pid'},{'type':'network','path':'/ns'},"
			  "{'type':'ipc'},{'type':'uts'},{'type':'mount'}]");
	assert_int_equal(t.d.config.n_sysctls, 0);
	arena_done(&t.arena);
}

/* Whatever allocation fails, the answer is -ENOMEM and not a container with a rule left out. */
#define LIMITS(members) ALL_NAMESPACES ",'resources':{" members "}"
#define V2_FACTS        "cgroup v2 cpu,memory,pids /sys/fs/cgroup /"

static void test_limits(void **state)
{
	struct test_result t;

	(void)state;
	BITES("CIS-5.29", POLICY_TIGHTEN, "4096", .facts = V2_FACTS);
	BITES("CIS-5.29", POLICY_NOTE, "cannot limit processes", .facts = NULL);
	PASSES("CIS-5.29", .facts = V2_FACTS, .linux_ = LIMITS("'pids':{'limit':5}"));
	PASSES("CIS-5.29", .facts = V2_FACTS, .linux_ = LIMITS("'pids':{'limit':-1}"));
	PASSES("CIS-5.29", OCI, .facts = V2_FACTS);
	BITES("CS-OOM-2", POLICY_TIGHTEN, "1", .facts = V2_FACTS);
	PASSES("CS-OOM-2", .facts = "cgroup-mode v1\ncgroup v1 memory /sys/fs/cgroup/memory /");
	PASSES("CS-OOM-2", .facts = V2_FACTS,
		.linux_ = LIMITS("'unified':{'memory.oom.group':'0'}"));
	PASSES("CS-OOM-2", OCI, .facts = V2_FACTS);
	DECIDE(&t, .facts = V2_FACTS, .linux_ = LIMITS("'unified':{'memory.high':'5'}"));
	assert_int_equal(t.d.config.resources.unified_keys.n, 2);
	assert_string_equal(t.d.config.resources.unified_keys.items[1], "memory.oom.group");
	assert_string_equal(t.d.config.resources.unified_values.items[1], "1");
	assert_int_equal(t.d.config.resources.pids_limit, 4096);
	assert_int_equal(t.config.resources.unified_keys.n, 1);
	arena_done(&t.arena);
}

static void test_limits__required(void **state)
{
	struct policy_profile profile = {
		.name = "strict", .memory_required = true, .pids_required = true
	};
	struct test_result t;

	(void)state;
	DECIDE(&t, .custom = &profile, .facts = V2_FACTS);
	assert_int_equal(t.d.n_refused, 2);
	assert_string_equal(test_find(&t, "CIS-5.11", 0)->found, "not set");
	arena_done(&t.arena);
	DECIDE(&t, .custom = &profile, .facts = V2_FACTS,
		.linux_ = LIMITS("'memory':{'limit':-1},'pids':{'limit':-1}"));
	assert_int_equal(t.d.n_refused, 2);
	assert_string_equal(test_find(&t, "CIS-5.29", 0)->found, "unlimited");
	arena_done(&t.arena);
	PASSES("CIS-5.11", .custom = &profile, .facts = V2_FACTS,
		.linux_ = LIMITS("'memory':{'limit':9},'pids':{'limit':0}"));
	PASSES("CIS-5.29", .custom = &profile, .facts = V2_FACTS,
		.linux_ = LIMITS("'memory':{'limit':9},'pids':{'limit':0}"));
	profile.pids_limit_default = 7; /* which then is the limit */
	BITES("CIS-5.29", POLICY_TIGHTEN, "7", .custom = &profile, .facts = V2_FACTS,
		.linux_ = LIMITS("'memory':{'limit':9}"));
}

static void test_decide__out_of_memory(void **state)
{
	struct policy_request request = { .bundle = "/b", .no_new_keyring = true };
	struct policy_decisions decisions;
	struct arena arena = { .limit_bytes = 1 };
	struct test_result t;
	size_t n_failed = 0;
	int r;

	(void)state;
	DECIDE(&t, .process = CAPS("'CAP_SYS_ADMIN','CAP_NET_RAW','X'"), .no_new_keyring = true,
		.mounts = BIND("data", "/dev/x") "," BIND("/proc", "/y"),
		.top = HOOK("prestart", "/opt/hook", ""),
		.linux_ = DEVICE_RULES("{'allow':true,'access':'rwm'}"));
	do {
		r = policy_decide(
			&arena, t.d.profile, &t.config, &t.facts, &request, &decisions, &t.err);
		arena_done(&arena);
		arena.limit_bytes += 7;
		n_failed += r < 0;
		assert_true(r == 0 || r == -ENOMEM);
	} while (r < 0);
	assert_true(n_failed > 100);
	assert_int_equal(decisions.n_findings, t.d.n_findings);
	assert_int_equal(decisions.n_refused, t.d.n_refused);
	arena_done(&t.arena);
}

/* ORDER: last, it looks back at all the others. */
static void test_rules__each_bites_and_lets_pass(void **state)
{
	(void)state;
	test_check_rules(TEST_POLICY_HOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mounts__in_every_profile),
		cmocka_unit_test(test_mounts__limited),
		cmocka_unit_test(test_mounts__sources),
		cmocka_unit_test(test_mounts__dev),
		cmocka_unit_test(test_mounts__dev_comes_before_what_is_below),
		cmocka_unit_test(test_mounts__flags),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_devices__list_starts_from_nothing),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_hooks__environment_is_explicit),
		cmocka_unit_test(test_sysctl__keys),
		cmocka_unit_test(test_sysctl__traversal),
		cmocka_unit_test(test_sysctl__namespaces),
		cmocka_unit_test(test_sysctl__allowed),
		cmocka_unit_test(test_sysctl__defaults_only_in_a_new_network_namespace),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_limits__required),
		cmocka_unit_test(test_decide__out_of_memory),
		cmocka_unit_test(test_rules__each_bites_and_lets_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
