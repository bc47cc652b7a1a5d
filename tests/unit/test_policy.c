/* Identity, namespaces and rights: each rule bites, and does not over-bite. */
#include <errno.h>

#include "policy_fixture.h"

#include "base/banned.h"

static void test_decide__usual_container_is_accepted(void **state)
{
	const char *profiles[] = { "hardened", "oci" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
		struct test_result t;

		DECIDE(&t, .profile = profiles[i]);
		assert_int_equal(t.d.n_refused, 0);
		assert_string_equal(t.d.profile->name, profiles[i]);
		arena_done(&t.arena);
	}
}

static void test_decide__oci_changes_nothing(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, OCI);
	assert_int_equal(t.d.n_findings, 0);
	assert_int_equal(memcmp(&t.config, &t.d.config, sizeof(t.config)), 0);
	assert_int_equal(t.d.layout, POLICY_LAYOUT_HOST);
	assert_true(t.d.session_keyring);
	assert_false(t.d.lock_ambient || t.d.shift_root || t.d.claims_ids);
	assert_int_equal(t.d.volume_attr_set | t.d.root_attr_set, 0);
	assert_false(t.d.profile->floor);
	arena_done(&t.arena);
}

static void test_decide__same_input_same_findings(void **state)
{
	static struct test_result a, b;

	(void)state;
	DECIDE(&a, .process = CAPS("'CAP_SYS_ADMIN','CAP_NET_RAW'"));
	DECIDE(&b, .process = CAPS("'CAP_SYS_ADMIN','CAP_NET_RAW'"));
	assert_int_equal(a.d.n_findings, b.d.n_findings);
	for (size_t i = 0; i < a.d.n_findings; i++) {
		assert_string_equal(a.d.findings[i].rule, b.d.findings[i].rule);
		assert_string_equal(a.d.findings[i].found, b.d.findings[i].found);
		assert_string_equal(a.d.findings[i].decided, b.d.findings[i].decided);
	}
	arena_done(&a.arena);
	arena_done(&b.arena);
}

static void test_decide__block_of_the_container_that_is_joined(void **state)
{
	static const char joined[] =
		"'namespaces':[{'type':'pid','path':'/pid'},{'type':'network','path':'/net'},"
		"{'type':'ipc','path':'/ipc'},{'type':'uts'},{'type':'mount'}]";
	static const char facts[] = "path /net ns:net nsfs 0 0 0444 ids=1879048192:web\n"
				    "path /ipc ns:ipc nsfs 0 0 0444 ids=1879113728:db\n"
				    "path /pid ns:pid nsfs 0 0 0444 ids=1879113728:db";
	struct test_result t;

	(void)state;
	DECIDE(&t, .linux_ = joined, .facts = facts);
	assert_int_equal(t.d.n_refused, 0);
	assert_true(t.d.claims_ids);
	assert_int_equal(t.d.ids_shared, 1879113728);
	assert_string_equal(t.d.ids_shared_with, "db");
	arena_done(&t.arena);
	DECIDE(&t, .facts = facts);
	assert_int_equal(t.d.ids_shared, 0);
	arena_done(&t.arena);
}

/* --- process, unsupported ---------------------------------------------------------------------- */

static void test_process(void **state)
{
	(void)state;
	BITES("process.required", POLICY_REFUSE, "process property must not be empty", OCI,
		.process = "none");
	BITES("process.required", POLICY_REFUSE, "args must not be empty", OCI,
		.process = "'cwd':'/','args':[]");
	PASSES("process.required", OCI);

	BITES("process.no-new-privileges", POLICY_TIGHTEN, "true");
	PASSES("process.no-new-privileges", .process = PROCESS ",'noNewPrivileges':true");
	PASSES("process.no-new-privileges", OCI);

	BITES("process.keyring", POLICY_TIGHTEN, "new session keyring", .no_new_keyring = true);
	PASSES("process.keyring", OCI, .no_new_keyring = true);

	BITES("process.oom-score", POLICY_NOTE, "-500", .process = PROCESS ",'oomScoreAdj':-500");
	PASSES("process.oom-score", .process = PROCESS ",'oomScoreAdj':500");
	BITES("process.oom-score", POLICY_NOTE, "200, the lowest", OCI,
		.process = PROCESS ",'oomScoreAdj':199",
		.facts = "initial-userns no\noom-score-adj 200");
	PASSES("process.oom-score", OCI, .process = PROCESS ",'oomScoreAdj':200",
		.facts = "initial-userns no\noom-score-adj 200");
}

static void test_process__keyring_follows_the_flag_in_oci(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, OCI, .no_new_keyring = true);
	assert_false(t.d.session_keyring);
	arena_done(&t.arena);
	DECIDE(&t, .no_new_keyring = true);
	assert_true(t.d.session_keyring);
	arena_done(&t.arena);
}

static void test_unsupported(void **state)
{
	(void)state;
	BITES("unsupported.field", POLICY_REFUSE, "not supported yet", OCI,
		.linux_ = ALL_NAMESPACES ",'intelRdt':{'closID':'x'}");
	PASSES("unsupported.field", .linux_ = ALL_NAMESPACES ",'inventedByNobody':1");

	BITES("unsupported.label", POLICY_REFUSE, "apparmor profile 'acme'", OCI,
		.process = PROCESS ",'apparmorProfile':'acme'");
	PASSES("unsupported.label", .process = PROCESS ",'apparmorProfile':'unconfined'");
	PASSES("unsupported.label", .process = PROCESS ",'apparmorProfile':'acme'",
		.facts = "apparmor yes");
	BITES("unsupported.label", POLICY_REFUSE, "selinux label", OCI,
		.process = PROCESS ",'selinuxLabel':'a:b:c:d'");
	BITES("unsupported.label", POLICY_REFUSE, "mount label", OCI,
		.linux_ = ALL_NAMESPACES ",'mountLabel':'a:b:c:d'");
}

/* --- identity ---------------------------------------------------------------------------------- */

static void test_userns(void **state)
{
	(void)state;
	BITES("userns.always", POLICY_TIGHTEN, "65536");
	PASSES("userns.always", OCI);
	PASSES("userns.always", .linux_ = OWN_USERNS "," MAPS);

	BITES("userns.mappings", POLICY_REFUSE, "without uidMappings", OCI, .linux_ = OWN_USERNS);
	PASSES("userns.mappings", OCI, .linux_ = OWN_USERNS "," MAPS);

	BITES("userns.host", POLICY_REFUSE, "is the host's",
		.linux_ = NAMESPACES_BUT("{'type':'mount'},{'type':'user','path':'/ns'}"),
		.facts = "path /ns ns:user nsfs 0 0 0444 host");
	PASSES("userns.host",
		.linux_ = NAMESPACES_BUT("{'type':'mount'},{'type':'user','path':'/ns'}"),
		.facts = "path /ns ns:user nsfs 0 0 0444 -");
}

static void test_userns__host_root_is_never_mapped(void **state)
{
	static const char maps[] =
		OWN_USERNS ",'uidMappings':[{'containerID':0,'hostID':100000,'size':1000},"
			   "{'containerID':1000,'hostID':0,'size':1}],"
			   "'gidMappings':[{'containerID':0,'hostID':100000,'size':65536}]";
	struct test_result t;

	(void)state;
	DECIDE(&t, .linux_ = maps);
	test_expect(&t, "userns.host-root", POLICY_REFUSE, "container id 1000 is host id 0");
	assert_string_equal(
		test_finding(&t, "userns.host-root").pointer, "/linux/uidMappings/1/hostID");
	assert_null(test_find(&t, "userns.host-root", 1));
	arena_done(&t.arena);
	PASSES("userns.host-root", OCI, .linux_ = maps);
	PASSES("userns.host-root", .linux_ = maps, ROOTLESS); /* 0 is the caller there */
	PASSES("userns.host-root", .linux_ = OWN_USERNS "," MAPS);
}

static void test_userns__layouts(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, .profile = NULL);
	assert_int_equal(t.d.layout, POLICY_LAYOUT_NOTHING);
	assert_true(t.d.claims_ids && t.d.shift_root);
	assert_int_equal(t.d.ids_size, 65536);
	assert_true(t.d.config.namespaces[CONFIG_NS_USER].present);
	arena_done(&t.arena);

	DECIDE(&t, .linux_ = OWN_USERNS "," MAPS);
	assert_int_equal(t.d.layout, POLICY_LAYOUT_NOTHING);
	assert_false(t.d.claims_ids || t.d.shift_root || t.d.identity_ids);
	assert_int_equal(t.d.ids_size, 65536);
	arena_done(&t.arena);

	DECIDE(&t, OCI, .linux_ = OWN_USERNS "," MAPS);
	assert_int_equal(t.d.layout, POLICY_LAYOUT_OWNING);
	arena_done(&t.arena);

	DECIDE(&t, ROOTLESS);
	assert_int_equal(t.d.layout, POLICY_LAYOUT_NOTHING);
	assert_true(t.d.is_rootless && t.d.identity_ids);
	assert_false(t.d.claims_ids || t.d.shift_root);
	assert_int_equal(t.d.ids_size, 65537);
	arena_done(&t.arena);

	DECIDE(&t, OCI, ROOTLESS);
	assert_int_equal(t.d.layout, POLICY_LAYOUT_HOST);
	arena_done(&t.arena);
}

static void test_identity(void **state)
{
	(void)state;
	BITES("identity.mapped", POLICY_REFUSE, "id 70000 is not mapped",
		.process = "'args':['sh'],'cwd':'/','user':{'uid':70000,'gid':0}");
	BITES("identity.mapped", POLICY_REFUSE, "/process/user/additionalGids/1",
		.process = "'args':['sh'],'cwd':'/','user':{'uid':0,'gid':0,"
			   "'additionalGids':[5,65536]}");
	BITES("identity.mapped", POLICY_REFUSE, "/process/user/gid", OCI,
		.linux_ = OWN_USERNS "," MAPS,
		.process = "'args':['sh'],'cwd':'/','user':{'uid':0,'gid':65536}");
	PASSES("identity.mapped", OCI,
		.process = "'args':['sh'],'cwd':'/','user':{'uid':70000,'gid':70000}");
	PASSES("identity.mapped",
		.process = "'args':['sh'],'cwd':'/','user':{'uid':65535,'gid':65535}");
	BITES("identity.mapped", POLICY_REFUSE, "not mapped", OCI, ROOTLESS,
		.process = "'args':['sh'],'cwd':'/','user':{'uid':65537,'gid':0}");
	BITES("identity.mapped", POLICY_REFUSE, "forbids setgroups", OCI,
		.process = "'args':['sh'],'cwd':'/','user':{'uid':0,'gid':0,"
			   "'additionalGids':[0]}",
		.facts = "initial-userns no\nids-available 1\nsetgroups-denied yes");
	PASSES("identity.mapped", OCI,
		.facts = "initial-userns no\nids-available 1\nsetgroups-denied yes");
}

/* --- namespaces -------------------------------------------------------------------------------- */

static void test_namespaces(void **state)
{
	static const char joined[] =
		"'namespaces':[{'type':'pid'},{'type':'network','path':'/ns'},{'type':'ipc'},"
		"{'type':'uts'},{'type':'mount'}]";

	(void)state;
	BITES("namespace.path", POLICY_REFUSE, "'/ns': no such file or directory", OCI,
		.linux_ = joined);
	BITES("namespace.path", POLICY_REFUSE, "is not a namespace", OCI, .linux_ = joined,
		.facts = "path /ns file ext4 0 0 0644 -");
	BITES("namespace.path", POLICY_REFUSE, "is not a network namespace", OCI, .linux_ = joined,
		.facts = "path /ns ns:pid nsfs 0 0 0444 -");
	PASSES("namespace.path", .linux_ = joined, .facts = "path /ns ns:net nsfs 0 0 0444 -");
	PASSES("namespace.path", .linux_ = joined, .facts = "default-path dir ext4 0 0 0755 -");

	BITES("namespace.host", POLICY_REFUSE, "network namespace '/ns' is the host's",
		.linux_ = joined, .facts = "path /ns ns:net nsfs 0 0 0444 host");
	BITES("namespace.host", POLICY_REFUSE, "no pid namespace",
		.linux_ = "'namespaces':[{'type':'network'},{'type':'ipc'},{'type':'uts'},"
			  "{'type':'mount'}]");
	PASSES("namespace.host", .linux_ = joined, .facts = "path /ns ns:net nsfs 0 0 0444 -");
	PASSES("namespace.host", OCI, .linux_ = "'namespaces':[]");

	BITES("namespace.shared", POLICY_NOTE, "network namespace of container web",
		.linux_ = joined, .facts = "path /ns ns:net nsfs 0 0 0444 ids=1879048192:web");
	PASSES("namespace.shared", .linux_ = joined, .facts = "path /ns ns:net nsfs 0 0 0444 -");
	PASSES("namespace.shared", OCI, .linux_ = joined,
		.facts = "path /ns ns:net nsfs 0 0 0444 ids=1879048192:web");

	BITES("namespace.uts", POLICY_REFUSE, "unable to set hostname", OCI,
		.linux_ = "'namespaces':[{'type':'mount'}]", .top = ",'hostname':'x'");
	BITES("namespace.uts", POLICY_REFUSE, "unable to set domainname", OCI,
		.linux_ = "'namespaces':[{'type':'mount'}]", .top = ",'domainname':'x'");
	PASSES("namespace.uts", OCI, .top = ",'hostname':'x'");

	BITES("namespace.mount", POLICY_REFUSE, "unable to mask paths", OCI,
		.linux_ = "'namespaces':[],'maskedPaths':['/proc/acpi']");
	BITES("namespace.mount", POLICY_REFUSE, "read-only", OCI,
		.linux_ = "'namespaces':[],'readonlyPaths':['/proc/acpi']");
	PASSES("namespace.mount", OCI, .linux_ = ALL_NAMESPACES ",'maskedPaths':['/proc/acpi']");

	BITES("namespace.added", POLICY_TIGHTEN, "no cgroup namespace");
	BITES("namespace.added", POLICY_NOTE, "no cgroup namespace", .facts = "cgroup-ns no");
	PASSES("namespace.added", .linux_ = NAMESPACES_BUT("{'type':'mount'},{'type':'cgroup'}"));
}

/* --- rootfs ------------------------------------------------------------------------------------ */

#define OVERLAY "path /b/rootfs dir overlay 0 0 0755 -\n"
#define LAYERS                                 \
	"overlay-layer upper /s/u ext4 9 10\n" \
	"overlay-layer lower /s/l xfs 9 11"

static void expect_rung(const char *facts, enum policy_shift shift, enum policy_rung rung)
{
	struct policy_profile profile;
	struct policy_request request = { .bundle = "/b" };
	struct policy_decisions d;
	struct test_result t;

	DECIDE(&t, .facts = facts);
	profile = *t.d.profile;
	profile.rootfs_shift = shift;
	assert_int_equal(
		policy_decide(&t.arena, &profile, &t.config, &t.facts, &request, &d, &t.err), 0);
	assert_int_equal(d.n_refused, 0);
	assert_int_equal(d.rung, rung);
	arena_done(&t.arena);
}

static void test_root__rung(void **state)
{
	static const char overlay[] = OVERLAY "overlay /b/rootfs guarded\n" LAYERS;
	static const char older[] = "overlay-fds no\n" OVERLAY "overlay /b/rootfs guarded\n" LAYERS;

	(void)state;
	expect_rung(NULL, POLICY_SHIFT_IDMAP, POLICY_RUNG_DIRECTORY);
	expect_rung(NULL, POLICY_SHIFT_IDMAP_BY_PATH, POLICY_RUNG_DIRECTORY);
	expect_rung(overlay, POLICY_SHIFT_IDMAP, POLICY_RUNG_OVERLAY);
	expect_rung(overlay, POLICY_SHIFT_IDMAP_BY_PATH, POLICY_RUNG_OVERLAY_BY_PATH);
	expect_rung(older, POLICY_SHIFT_IDMAP, POLICY_RUNG_OVERLAY_BY_PATH);
	expect_rung(overlay, POLICY_SHIFT_CHOWN, POLICY_RUNG_OVERLAY);
	expect_rung(OVERLAY "overlay /b/rootfs guarded no%20names", POLICY_SHIFT_CHOWN,
		POLICY_RUNG_CHOWN);
	expect_rung("kernel 5.4\nidmap no\noverlay-idmap no\n" OVERLAY
		    "overlay /b/rootfs guarded\n" LAYERS,
		POLICY_SHIFT_CHOWN, POLICY_RUNG_CHOWN);
}

static void test_root(void **state)
{
	(void)state;
	BITES("root.path", POLICY_REFUSE, "root path '/b/gone': no such file or directory", OCI,
		.root = "gone");
	BITES("root.path", POLICY_REFUSE, "not a directory", OCI,
		.facts = "path /b/rootfs file ext4 0 0 0644 -");
	PASSES("root.path", OCI);
	PASSES("root.path", .root = "/x", .facts = "default-path dir ext4 0 0 0755 -");

	BITES("root.host", POLICY_REFUSE, "'/' is a directory of the host", .root = "/");
	BITES("root.host", POLICY_REFUSE, "'/proc/1/root'", .root = "/proc/1/root");
	BITES("root.host", POLICY_REFUSE, "'/b/rootfs'",
		.facts = "path /b/rootfs dir ext4 0 0 0755 - /etc");
	PASSES("root.host", .root = "/var/lib/x");
	PASSES("root.host", OCI, .root = "/");

	BITES("root.idmap", POLICY_REFUSE, "nothing is known of its layers", .facts = OVERLAY);
	BITES("root.idmap", POLICY_REFUSE, "nothing is known of its layers",
		.facts = OVERLAY "overlay /elsewhere guarded\n" LAYERS);
	BITES("root.idmap", POLICY_REFUSE, "anew: no names",
		.facts = OVERLAY "overlay /b/rootfs - no%20names");
	BITES("root.idmap", POLICY_REFUSE, "from kernel 5.19 on",
		.facts = "overlay-idmap no\n" OVERLAY "overlay /b/rootfs guarded\n" LAYERS);
	BITES("root.idmap", POLICY_REFUSE,
		"layer '/s/l' of the overlay: file system nfs has no idmapped mounts",
		.facts = OVERLAY "overlay /b/rootfs guarded\n"
				 "overlay-layer upper /s/u ext4 9 10\n"
				 "overlay-layer lower /s/l nfs 9 11");
	BITES("root.idmap", POLICY_REFUSE,
		"layer '/s/l' of the overlay: it is on an overlay itself",
		.facts = OVERLAY "overlay /b/rootfs ro\noverlay-layer lower /s/l overlay 9 11");
	BITES("root.idmap", POLICY_REFUSE, "others than root can write",
		.facts = OVERLAY "overlay /b/rootfs -\n" LAYERS);
	PASSES("root.idmap", .facts = OVERLAY "overlay /b/rootfs guarded\n" LAYERS);
	PASSES("root.idmap", .facts = OVERLAY "overlay /b/rootfs ro\n" LAYERS);
	BITES("root.idmap", POLICY_REFUSE, "file system nfs has no idmapped mounts",
		.facts = "path /b/rootfs dir nfs 0 0 0755 -");
	BITES("root.idmap", POLICY_REFUSE, "from kernel 6.3 on",
		.facts = "kernel 6.1\npath /b/rootfs dir tmpfs 0 0 0755 -");
	BITES("root.idmap", POLICY_REFUSE, "no idmapped mounts", .facts = "idmap no");
	PASSES("root.idmap", .facts = "path /b/rootfs dir tmpfs 0 0 0755 -");
	PASSES("root.idmap", .facts = "path /b/rootfs dir 0x1234 0 0 0755 -");
	PASSES("root.idmap", OCI, .facts = "path /b/rootfs dir overlay 0 0 0755 -");
	PASSES("root.idmap", .facts = "path /b/rootfs dir overlay 0 0 0755 -",
		.linux_ = OWN_USERNS "," MAPS);

	BITES("root.flags", POLICY_TIGHTEN, "nosuid, nodev");
	PASSES("root.flags", OCI);

	BITES("root.propagation", POLICY_TIGHTEN, "private");
	BITES("root.propagation", POLICY_REFUSE, "shared",
		.linux_ = ALL_NAMESPACES ",'rootfsPropagation':'rshared'");
	PASSES("root.propagation", .linux_ = ALL_NAMESPACES ",'rootfsPropagation':'rslave'");
	PASSES("root.propagation", OCI, .linux_ = ALL_NAMESPACES ",'rootfsPropagation':'shared'");
}

/* --- capabilities -------------------------------------------------------------------------------- */

#define CAP(n) (1ULL << (n))

static void test_caps(void **state)
{
	(void)state;
	BITES("caps.ceiling", POLICY_REFUSE, "CAP_SYS_ADMIN",
		.process = CAPS("'CAP_CHOWN','CAP_SYS_ADMIN'"));
	BITES("caps.ceiling", POLICY_REFUSE, "CAP_BPF",
		.process = PROCESS ",'capabilities':{'inheritable':['CAP_BPF']}");
	PASSES("caps.ceiling", .process = CAPS("'CAP_CHOWN','CAP_NET_RAW'"));
	PASSES("caps.ceiling", OCI, .process = CAPS("'CAP_SYS_ADMIN'"));

	BITES("caps.dropped", POLICY_TIGHTEN, "CAP_NET_RAW",
		.process = CAPS("'CAP_CHOWN','CAP_NET_RAW'"));
	PASSES("caps.dropped", .process = CAPS("'CAP_CHOWN','CAP_KILL'"));
	PASSES("caps.dropped", OCI, .process = CAPS("'CAP_NET_RAW'"));

	BITES("caps.unknown", POLICY_NOTE, "'TEST_CAP'", OCI, .process = CAPS("'TEST_CAP'"));
	PASSES("caps.unknown", OCI, .process = CAPS("'CAP_CHOWN'"));

	BITES("caps.unavailable", POLICY_NOTE, "CAP_SYS_RESOURCE", OCI,
		.process = CAPS("'CAP_SYS_RESOURCE'"), .facts = "caps 0x1");
	PASSES("caps.unavailable", OCI, .process = CAPS("'CAP_CHOWN'"), .facts = "caps 0x1");
	PASSES("caps.unavailable", .process = CAPS("'CAP_KILL'"), .facts = "caps 0x1");

	BITES("caps.default", POLICY_TIGHTEN, "CAP_CHOWN, CAP_DAC_OVERRIDE");
	PASSES("caps.default", .process = CAPS("'CAP_CHOWN'"));
	PASSES("caps.default", OCI);

	BITES("caps.inheritable", POLICY_TIGHTEN, "CAP_KILL",
		.process = PROCESS ",'capabilities':{'inheritable':['CAP_KILL']}");
	PASSES("caps.inheritable", OCI,
		.process = PROCESS ",'capabilities':{'inheritable':['CAP_KILL']}");

	BITES("caps.ambient", POLICY_TIGHTEN, "CAP_KILL",
		.process = PROCESS ",'capabilities':{'ambient':['CAP_KILL']}");
	PASSES("caps.ambient", .process = CAPS("'CAP_KILL'"));
	PASSES("caps.ambient", OCI, .process = PROCESS ",'capabilities':{'ambient':['CAP_KILL']}");

	BITES("caps.subset", POLICY_TIGHTEN, "CAP_KILL",
		.process = PROCESS ",'capabilities':{'permitted':['CAP_KILL']}");
	PASSES("caps.subset", .process = CAPS("'CAP_KILL'"));
	PASSES("caps.subset", OCI, .process = PROCESS ",'capabilities':{'permitted':['CAP_KILL']}");
}

static void test_caps__effective_sets(void **state)
{
	const uint64_t eight =
		CAP(0) | CAP(1) | CAP(3) | CAP(4) | CAP(5) | CAP(6) | CAP(7) | CAP(10);
	struct test_result t;

	(void)state;
	DECIDE(&t, .profile = NULL);
	assert_int_equal(t.d.config.process.caps.bounding, eight);
	assert_int_equal(t.d.config.process.caps.effective, eight);
	assert_true(t.d.lock_ambient);
	arena_done(&t.arena);

	DECIDE(&t, .process = "'args':['sh'],'cwd':'/','user':{'uid':1000,'gid':0}");
	assert_int_equal(t.d.config.process.caps.bounding, eight);
	assert_int_equal(t.d.config.process.caps.effective, 0);
	assert_int_equal(t.d.config.process.caps.permitted, 0);
	arena_done(&t.arena);

	/* refused, but even then the effective config stays under the ceiling */
	DECIDE(&t, .process = CAPS("'CAP_CHOWN','CAP_SYS_ADMIN','CAP_NET_RAW'"));
	assert_int_equal(t.d.config.process.caps.bounding, CAP(0));
	assert_int_equal(t.d.config.process.caps.permitted, CAP(0));
	arena_done(&t.arena);

	DECIDE(&t, OCI, .process = CAPS("'CAP_SYS_ADMIN'"));
	assert_int_equal(t.d.config.process.caps.bounding, CAP(21));
	arena_done(&t.arena);
}

static void test_caps__owning_layout_on_grant(void **state)
{
	struct policy_profile profile = {
		.name = "test",
		.userns = POLICY_USERNS_ALWAYS,
		.layout_owning_on_grant = true,
		.caps_limited = true,
		.caps_ceiling = UINT64_MAX,
	};

	(void)state;
	BITES("userns.owning", POLICY_NOTE, "SYS_ADMIN", .custom = &profile,
		.process = CAPS("'CAP_SYS_ADMIN'"));
	PASSES("userns.owning", .custom = &profile, .process = CAPS("'CAP_KILL'"));
	profile.layout_owning_on_grant = false;
	PASSES("userns.owning", .custom = &profile, .process = CAPS("'CAP_SYS_ADMIN'"));
}

/* --- seccomp, rlimits ---------------------------------------------------------------------------- */

#define SECCOMP(action, more) ALL_NAMESPACES ",'seccomp':{'defaultAction':'" action "'" more "}"

static void test_seccomp(void **state)
{
	(void)state;
	BITES("seccomp.floor", POLICY_TIGHTEN, "absent");
	BITES("seccomp.floor", POLICY_TIGHTEN, "on top of",
		.linux_ = SECCOMP("SCMP_ACT_ERRNO", ""));
	PASSES("seccomp.floor", OCI);

	BITES("seccomp.permissive", POLICY_NOTE, "SCMP_ACT_ALLOW",
		.linux_ = SECCOMP("SCMP_ACT_ALLOW", ""));
	PASSES("seccomp.permissive", .linux_ = SECCOMP("SCMP_ACT_ERRNO", ""));
	PASSES("seccomp.permissive", OCI, .linux_ = SECCOMP("SCMP_ACT_ALLOW", ""));

	BITES("seccomp.flags", POLICY_REFUSE, "0x4", OCI, .facts = "seccomp-flags 0x3",
		.linux_ = SECCOMP("SCMP_ACT_ERRNO", ",'flags':['SECCOMP_FILTER_FLAG_SPEC_ALLOW']"));
	PASSES("seccomp.flags", OCI,
		.linux_ = SECCOMP("SCMP_ACT_ERRNO", ",'flags':['SECCOMP_FILTER_FLAG_SPEC_ALLOW']"));
	PASSES("seccomp.flags", OCI, .facts = "seccomp-flags 0x0",
		.linux_ = SECCOMP("SCMP_ACT_ERRNO", ",'flags':['SECCOMP_FILTER_FLAG_TSYNC']"));
}

#define RLIMIT(type, soft, hard) \
	PROCESS ",'rlimits':[{'type':'" type "','soft':" soft ",'hard':" hard "}]"

static void test_rlimits(void **state)
{
	(void)state;
	BITES("rlimit.bound", POLICY_TIGHTEN, "RLIMIT_NOFILE 524288:524288",
		.process = RLIMIT("RLIMIT_NOFILE", "1048576", "1048576"));
	BITES("rlimit.bound", POLICY_TIGHTEN, "RLIMIT_CORE 0:0",
		.process = RLIMIT("RLIMIT_CORE", "0", "18446744073709551615"));
	PASSES("rlimit.bound", .process = RLIMIT("RLIMIT_NOFILE", "100", "200"));
	PASSES("rlimit.bound", .process = RLIMIT("RLIMIT_NPROC", "1", "18446744073709551615"));
	PASSES("rlimit.bound", OCI, .process = RLIMIT("RLIMIT_CORE", "0", "1"));

	BITES("rlimit.default", POLICY_TIGHTEN, "RLIMIT_NOFILE 1024:524288",
		.facts = "rlimit nofile 1048576");
	BITES("rlimit.default", POLICY_TIGHTEN, "RLIMIT_NOFILE 1024:20000",
		.facts = "rlimit nofile 20000"); /* raising takes CAP_SYS_RESOURCE */
	BITES("rlimit.default", POLICY_TIGHTEN, "RLIMIT_NOFILE 512:512",
		.facts = "rlimit nofile 512");
	PASSES("rlimit.default", OCI);
}

static void test_rlimits__what_is_set_stays(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, .process = RLIMIT("RLIMIT_NOFILE", "100", "200"));
	assert_int_equal(t.d.config.process.n_rlimits, t.d.profile->n_rlimits);
	assert_int_equal(t.d.config.process.rlimits[0].type, CONFIG_RLIMIT_NOFILE);
	assert_int_equal(t.d.config.process.rlimits[0].soft, 100);
	assert_null(strstr(test_finding(&t, "rlimit.default").decided, "NOFILE"));
	arena_done(&t.arena);
}

/* --- refusals, paths ------------------------------------------------------------------------------ */

static void test_refusal__plain_reads_like_runc(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, .mounts = PROC_MOUNT "," DEV_MOUNT "," BIND("gone", "/x"));
	assert_int_equal(policy_refusal(&t.d, "/b", &t.err), -EINVAL);
	assert_string_equal(t.err.msg, "bind source '/b/gone': no such file or directory");
	arena_done(&t.arena);
}

static void test_refusal__names_rule_and_pointer(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, .process = CAPS("'CAP_SYS_ADMIN'"));
	assert_int_equal(policy_refusal(&t.d, "/b", &t.err), -EPERM);
	assert_string_equal(t.err.msg,
		"caisson refuses this container, profile hardened: [caps.ceiling] "
		"/process/capabilities/bounding: CAP_SYS_ADMIN; it opens parts of the kernel that "
		"ordinary programs never need; to allow: a profile whose "
		"\"capabilities_ceiling\" lists it");
	arena_done(&t.arena);
}

static void test_refusal__says_how_many_more(void **state)
{
	_str_buf_ struct str_buf mounts = { 0 };
	struct test_result t;

	(void)state;
	for (int i = 0; i < 40; i++)
		str_buf_fmt(&mounts,
			"%s{'destination':'/x%d','source':'/dev/x','options':['bind']}",
			i > 0 ? "," : "", i);
	DECIDE(&t, .mounts = mounts.data, .facts = "path /dev/x char tmpfs 0 0 0666 -");
	assert_int_equal(t.d.n_refused, 40);
	assert_int_equal(policy_refusal(&t.d, "/b", &t.err), -EPERM);
	assert_true(strlen(t.err.msg) < ERR_MSG_MAX);
	assert_non_null(strstr(t.err.msg, "/mounts/0/source"));
	assert_non_null(strstr(t.err.msg, " more: caisson plan /b"));
	arena_done(&t.arena);
}

static void test_refusal__foreign_text_is_escaped(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, .mounts = BIND("a\\u001b[2J", "/x"));
	policy_refusal(&t.d, "/b", &t.err);
	assert_null(strchr(t.err.msg, '\033'));
	assert_non_null(strstr(t.err.msg, "a\\x1b[2J"));
	arena_done(&t.arena);
}

static void test_absolute(void **state)
{
	_arena_ struct arena arena = { 0 };

	(void)state;
	assert_string_equal(policy_absolute(&arena, "/b", "rootfs"), "/b/rootfs");
	assert_string_equal(policy_absolute(&arena, "/b", "../x/./y"), "/x/y");
	assert_string_equal(policy_absolute(&arena, "/b", "/a//b/.."), "/a");
	assert_string_equal(policy_absolute(&arena, "/", "."), "/");
}

static void test_probe__looks_at_host_paths_only(void **state)
{
	static struct test_result t;
	struct facts facts = { 0 };

	(void)state;
	DECIDE(&t, OCI, .root = "/", .mounts = BIND("/etc", "/x"),
		.top = ",'hooks':{'prestart':[{'path':'/proc/self/exe'}],"
		       "'startContainer':[{'path':'/bin'}]}",
		.linux_ = "'namespaces':[{'type':'network','path':'/proc/self/ns/net'}]");
	assert_int_equal(policy_probe(&t.arena, t.d.profile, &t.config, "/b", &facts, &t.err), 0);
	assert_int_equal(facts.n_paths, 4);
	assert_int_equal(facts_find_path(&facts, "/")->kind, FACTS_PATH_DIR);
	assert_int_equal(facts_find_path(&facts, "/proc/self/exe")->kind, FACTS_PATH_FILE);
	assert_true(facts_find_path(&facts, "/proc/self/ns/net")->ns_is_host);
	arena_done(&t.arena);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(policy_verdict_name(POLICY_TIGHTEN), "tightened");
	assert_string_equal(policy_verdict_name(POLICY_REFUSE), "refused");
	assert_string_equal(policy_layout_name(POLICY_LAYOUT_NOTHING), "owns-nothing");
}

static void test_rules__ids_are_unique_and_explained(void **state)
{
	(void)state;
	for (size_t i = 0; policy_rule_at(i) != NULL; i++) {
		const struct policy_rule *rule = policy_rule_at(i);

		assert_true(rule->reason != NULL && *rule->reason != '\0');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(rule->id, policy_rule_at(k)->id);
	}
}

/* ORDER: last, it looks back at all the others. */
static void test_rules__each_bites_and_lets_pass(void **state)
{
	static const char *const themes[] = { "caps", "identity", "namespace", "process", "rlimit",
		"root", "seccomp", "unsupported", "userns" };

	(void)state;
	test_check_rules(themes, ARRAY_SIZE(themes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decide__usual_container_is_accepted),
		cmocka_unit_test(test_decide__oci_changes_nothing),
		cmocka_unit_test(test_decide__same_input_same_findings),
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_process__keyring_follows_the_flag_in_oci),
		cmocka_unit_test(test_unsupported),
		cmocka_unit_test(test_userns),
		cmocka_unit_test(test_userns__host_root_is_never_mapped),
		cmocka_unit_test(test_userns__layouts),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_decide__block_of_the_container_that_is_joined),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_root__rung),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_caps__effective_sets),
		cmocka_unit_test(test_caps__owning_layout_on_grant),
		cmocka_unit_test(test_seccomp),
		cmocka_unit_test(test_rlimits),
		cmocka_unit_test(test_rlimits__what_is_set_stays),
		cmocka_unit_test(test_refusal__plain_reads_like_runc),
		cmocka_unit_test(test_refusal__names_rule_and_pointer),
		cmocka_unit_test(test_refusal__says_how_many_more),
		cmocka_unit_test(test_refusal__foreign_text_is_escaped),
		cmocka_unit_test(test_absolute),
		cmocka_unit_test(test_probe__looks_at_host_paths_only),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_rules__ids_are_unique_and_explained),
		cmocka_unit_test(test_rules__each_bites_and_lets_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
