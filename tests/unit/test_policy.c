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
	BITES("CS-PROC-1", POLICY_REFUSE, "process property must not be empty", OCI,
		.process = "none");
	BITES("CS-PROC-1", POLICY_REFUSE, "args must not be empty", OCI,
		.process = "'cwd':'/','args':[]");
	PASSES("CS-PROC-1", OCI);

	BITES("CIS-5.26", POLICY_TIGHTEN, "true");
	PASSES("CIS-5.26", .process = PROCESS ",'noNewPrivileges':true");
	PASSES("CIS-5.26", OCI);

	BITES("CS-KEY-1", POLICY_TIGHTEN, "new session keyring", .no_new_keyring = true);
	PASSES("CS-KEY-1", OCI, .no_new_keyring = true);

	BITES("CS-OOM-1", POLICY_NOTE, "-500", .process = PROCESS ",'oomScoreAdj':-500");
	PASSES("CS-OOM-1", .process = PROCESS ",'oomScoreAdj':500");
	BITES("CS-OOM-1", POLICY_NOTE, "200, the lowest", OCI,
		.process = PROCESS ",'oomScoreAdj':199",
		.facts = "initial-userns no\noom-score-adj 200");
	PASSES("CS-OOM-1", OCI, .process = PROCESS ",'oomScoreAdj':200",
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
	struct arena arena = { 0 };
	const struct policy_profile *hardened;
	struct policy_profile locked;
	struct err err;

	(void)state;
	assert_int_equal(policy_profile_load(&arena, "hardened", &hardened, &err), 0);
	locked = *hardened;
	locked.landlock = (struct policy_landlock){ .is_on = true, .bind.is_limited = true };
	BITES("CS-SPEC-1", POLICY_REFUSE, "not supported yet", OCI,
		.linux_ = ALL_NAMESPACES ",'intelRdt':{'closID':'x'}");
	PASSES("CS-SPEC-1", .linux_ = ALL_NAMESPACES ",'inventedByNobody':1");

	BITES("CS-LSM-1", POLICY_REFUSE, "apparmor profile 'acme'", OCI,
		.process = PROCESS ",'apparmorProfile':'acme'");
	PASSES("CS-LSM-1", .process = PROCESS ",'apparmorProfile':'unconfined'");
	PASSES("CS-LSM-1", .process = PROCESS ",'apparmorProfile':'acme'", .facts = "apparmor yes");
	BITES("CS-LSM-1", POLICY_REFUSE, "'acme' is not loaded", OCI,
		.process = PROCESS ",'apparmorProfile':'acme'",
		.facts = "apparmor yes\napparmor-profile acme missing");
	PASSES("CS-LSM-1", .process = PROCESS ",'apparmorProfile':'acme'",
		.facts = "apparmor yes\napparmor-profile acme loaded");
	PASSES("CS-LSM-1", .process = PROCESS ",'apparmorProfile':'unconfined'",
		.facts = "apparmor yes");
	BITES("CS-LSM-1", POLICY_NOTE, "stays in 'outer'", OCI,
		.process = PROCESS ",'apparmorProfile':'unconfined'",
		.facts = "apparmor yes\napparmor-label outer");
	BITES("CS-LSM-2", POLICY_TIGHTEN, "'caisson-default'",
		.facts = "apparmor yes\napparmor-profile caisson-default loaded");
	BITES("CS-LSM-4", POLICY_TIGHTEN, "type 'caisson_t'",
		.facts = "selinux yes\nselinux-type caisson_t");
	BITES("CS-LSM-4", POLICY_NOTE, "ids that caisson gives out", .linux_ = OWN_USERNS,
		.facts = "selinux yes\nselinux-type caisson_t");
	BITES("CS-LSM-4", POLICY_NOTE, "is a directory of the host", .root = "/usr",
		.facts = "selinux yes\nselinux-type caisson_t");
	BITES("CS-LSM-4", POLICY_NOTE, "does not have 'caisson_t'", .facts = "selinux yes");
	PASSES("CS-LSM-4", .facts = "selinux no\nselinux-type caisson_t");
	PASSES("CS-LSM-4", OCI, .facts = "selinux yes\nselinux-type caisson_t");
	PASSES("CS-LSM-4", .process = PROCESS ",'selinuxLabel':'system_u:system_r:spc_t:s0'",
		.facts = "selinux yes\nselinux-type caisson_t");
	BITES("CS-LSM-2", POLICY_NOTE, "is not loaded",
		.facts = "apparmor yes\napparmor-profile caisson-default missing");
	PASSES("CS-LSM-2", .facts = "apparmor yes"); /* not known */
	PASSES("CS-LSM-2", OCI, .facts = "apparmor yes\napparmor-profile caisson-default loaded");
	PASSES("CS-LSM-2", .process = PROCESS ",'apparmorProfile':'unconfined'",
		.facts = "apparmor yes\napparmor-profile caisson-default loaded");
	BITES("CS-LSM-3", POLICY_NOTE, "no landlock", .custom = &locked);
	BITES("CS-LSM-3", POLICY_NOTE, "no TCP ports", .custom = &locked,
		.facts = "landlock-abi 3");
	PASSES("CS-LSM-3", .custom = &locked, .facts = "landlock-abi 4");
	PASSES("CS-LSM-3", .facts = "landlock-abi 0");
	locked.no_new_privileges = false;
	BITES("CS-LSM-3", POLICY_REFUSE, "without no_new_privs", .custom = &locked,
		.facts = "landlock-abi 4");
	arena_done(&arena);
	BITES("CS-LSM-1", POLICY_REFUSE, "selinux label", OCI,
		.process = PROCESS ",'selinuxLabel':'a:b:c:d'");
	BITES("CS-LSM-1", POLICY_REFUSE, "mount label", OCI,
		.linux_ = ALL_NAMESPACES ",'mountLabel':'a:b:c:d'");
}

/* --- identity ---------------------------------------------------------------------------------- */

static void test_userns(void **state)
{
	(void)state;
	BITES("CIS-5.31", POLICY_TIGHTEN, "65536");
	PASSES("CIS-5.31", OCI);
	PASSES("CIS-5.31", .linux_ = OWN_USERNS "," MAPS);

	BITES("CS-MAP-3", POLICY_REFUSE, "without uidMappings", OCI, .linux_ = OWN_USERNS);
	PASSES("CS-MAP-3", OCI, .linux_ = OWN_USERNS "," MAPS);

	BITES("CS-NS-2", POLICY_REFUSE, "is the host's",
		.linux_ = NAMESPACES_BUT("{'type':'mount'},{'type':'user','path':'/ns'}"),
		.facts = "path /ns ns:user nsfs 0 0 0444 host");
	PASSES("CS-NS-2", .linux_ = NAMESPACES_BUT("{'type':'mount'},{'type':'user','path':'/ns'}"),
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
	test_expect(&t, "CS-MAP-2", POLICY_REFUSE, "container id 1000 is host id 0");
	assert_string_equal(test_finding(&t, "CS-MAP-2").pointer, "/linux/uidMappings/1/hostID");
	assert_null(test_find(&t, "CS-MAP-2", 1));
	arena_done(&t.arena);
	PASSES("CS-MAP-2", OCI, .linux_ = maps);
	PASSES("CS-MAP-2", .linux_ = maps, ROOTLESS); /* 0 is the caller there */
	PASSES("CS-MAP-2", .linux_ = OWN_USERNS "," MAPS);
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
	BITES("CS-ID-1", POLICY_REFUSE, "id 70000 is not mapped",
		.process = "'args':['sh'],'cwd':'/','user':{'uid':70000,'gid':0}");
	BITES("CS-ID-1", POLICY_REFUSE, "/process/user/additionalGids/1",
		.process = "'args':['sh'],'cwd':'/','user':{'uid':0,'gid':0,"
			   "'additionalGids':[5,65536]}");
	BITES("CS-ID-1", POLICY_REFUSE, "/process/user/gid", OCI, .linux_ = OWN_USERNS "," MAPS,
		.process = "'args':['sh'],'cwd':'/','user':{'uid':0,'gid':65536}");
	PASSES("CS-ID-1", OCI,
		.process = "'args':['sh'],'cwd':'/','user':{'uid':70000,'gid':70000}");
	PASSES("CS-ID-1", .process = "'args':['sh'],'cwd':'/','user':{'uid':65535,'gid':65535}");
	BITES("CS-ID-1", POLICY_REFUSE, "not mapped", OCI, ROOTLESS,
		.process = "'args':['sh'],'cwd':'/','user':{'uid':65537,'gid':0}");
	BITES("CS-ID-1", POLICY_REFUSE, "forbids setgroups", OCI,
		.process = "'args':['sh'],'cwd':'/','user':{'uid':0,'gid':0,"
			   "'additionalGids':[0]}",
		.facts = "initial-userns no\nids-available 1\nsetgroups-denied yes");
	PASSES("CS-ID-1", OCI, .facts = "initial-userns no\nids-available 1\nsetgroups-denied yes");
}

/* --- namespaces -------------------------------------------------------------------------------- */

static void test_namespaces(void **state)
{
	static const char joined[] =
		"'namespaces':[{'type':'pid'},{'type':'network','path':'/ns'},{'type':'ipc'},"
		"{'type':'uts'},{'type':'mount'}]";

	(void)state;
	BITES("CS-NS-3", POLICY_REFUSE, "'/ns': no such file or directory", OCI, .linux_ = joined);
	BITES("CS-NS-3", POLICY_REFUSE, "is not a namespace", OCI, .linux_ = joined,
		.facts = "path /ns file ext4 0 0 0644 -");
	BITES("CS-NS-3", POLICY_REFUSE, "is not a network namespace", OCI, .linux_ = joined,
		.facts = "path /ns ns:pid nsfs 0 0 0444 -");
	PASSES("CS-NS-3", .linux_ = joined, .facts = "path /ns ns:net nsfs 0 0 0444 -");
	PASSES("CS-NS-3", .linux_ = joined, .facts = "default-path dir ext4 0 0 0755 -");

	BITES("CIS-5.10", POLICY_REFUSE, "network namespace '/ns' is the host's", .linux_ = joined,
		.facts = "path /ns ns:net nsfs 0 0 0444 host");
	BITES("CIS-5.16", POLICY_REFUSE, "no pid namespace",
		.linux_ = "'namespaces':[{'type':'network'},{'type':'ipc'},{'type':'uts'},"
			  "{'type':'mount'}]");
	PASSES("CIS-5.10", .linux_ = joined, .facts = "path /ns ns:net nsfs 0 0 0444 -");
	PASSES("CIS-5.16", OCI, .linux_ = "'namespaces':[]");

	BITES("CS-NS-8", POLICY_NOTE, "network namespace of container web", .linux_ = joined,
		.facts = "path /ns ns:net nsfs 0 0 0444 ids=1879048192:web");
	PASSES("CS-NS-8", .linux_ = joined, .facts = "path /ns ns:net nsfs 0 0 0444 -");
	PASSES("CS-NS-8", OCI, .linux_ = joined,
		.facts = "path /ns ns:net nsfs 0 0 0444 ids=1879048192:web");

	BITES("CS-NS-4", POLICY_REFUSE, "unable to set hostname", OCI,
		.linux_ = "'namespaces':[{'type':'mount'}]", .top = ",'hostname':'x'");
	BITES("CS-NS-4", POLICY_REFUSE, "unable to set domainname", OCI,
		.linux_ = "'namespaces':[{'type':'mount'}]", .top = ",'domainname':'x'");
	PASSES("CS-NS-4", OCI, .top = ",'hostname':'x'");

	BITES("CS-NS-5", POLICY_REFUSE, "unable to mask paths", OCI,
		.linux_ = "'namespaces':[],'maskedPaths':['/proc/acpi']");
	BITES("CS-NS-5", POLICY_REFUSE, "read-only", OCI,
		.linux_ = "'namespaces':[],'readonlyPaths':['/proc/acpi']");
	PASSES("CS-NS-5", OCI, .linux_ = ALL_NAMESPACES ",'maskedPaths':['/proc/acpi']");

	BITES("CS-NS-6", POLICY_TIGHTEN, "no cgroup namespace");
	BITES("CS-NS-6", POLICY_NOTE, "no cgroup namespace", .facts = "cgroup-ns no");
	PASSES("CS-NS-6", .linux_ = NAMESPACES_BUT("{'type':'mount'},{'type':'cgroup'}"));
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
	BITES("CS-ROOT-1", POLICY_REFUSE, "root path '/b/gone': no such file or directory", OCI,
		.root = "gone");
	BITES("CS-ROOT-1", POLICY_REFUSE, "not a directory", OCI,
		.facts = "path /b/rootfs file ext4 0 0 0644 -");
	PASSES("CS-ROOT-1", OCI);
	PASSES("CS-ROOT-1", .root = "/x", .facts = "default-path dir ext4 0 0 0755 -");

	BITES("CS-ROOT-2", POLICY_REFUSE, "'/' is a directory of the host", .root = "/");
	BITES("CS-ROOT-2", POLICY_REFUSE, "'/proc/1/root'", .root = "/proc/1/root");
	BITES("CS-ROOT-2", POLICY_REFUSE, "'/b/rootfs'",
		.facts = "path /b/rootfs dir ext4 0 0 0755 - /etc");
	PASSES("CS-ROOT-2", .root = "/var/lib/x");
	PASSES("CS-ROOT-2", OCI, .root = "/");

	BITES("CS-ROOT-3", POLICY_REFUSE, "nothing is known of its layers", .facts = OVERLAY);
	BITES("CS-ROOT-3", POLICY_REFUSE, "nothing is known of its layers",
		.facts = OVERLAY "overlay /elsewhere guarded\n" LAYERS);
	BITES("CS-ROOT-3", POLICY_REFUSE, "anew: no names",
		.facts = OVERLAY "overlay /b/rootfs - no%20names");
	BITES("CS-ROOT-3", POLICY_REFUSE, "from kernel 5.19 on",
		.facts = "overlay-idmap no\n" OVERLAY "overlay /b/rootfs guarded\n" LAYERS);
	BITES("CS-ROOT-3", POLICY_REFUSE,
		"layer '/s/l' of the overlay: file system nfs has no idmapped mounts",
		.facts = OVERLAY "overlay /b/rootfs guarded\n"
				 "overlay-layer upper /s/u ext4 9 10\n"
				 "overlay-layer lower /s/l nfs 9 11");
	BITES("CS-ROOT-3", POLICY_REFUSE, "layer '/s/l' of the overlay: it is on an overlay itself",
		.facts = OVERLAY "overlay /b/rootfs ro\noverlay-layer lower /s/l overlay 9 11");
	BITES("CS-ROOT-3", POLICY_REFUSE, "others than root can write",
		.facts = OVERLAY "overlay /b/rootfs -\n" LAYERS);
	PASSES("CS-ROOT-3", .facts = OVERLAY "overlay /b/rootfs guarded\n" LAYERS);
	PASSES("CS-ROOT-3", .facts = OVERLAY "overlay /b/rootfs ro\n" LAYERS);
	BITES("CS-ROOT-3", POLICY_REFUSE, "file system nfs has no idmapped mounts",
		.facts = "path /b/rootfs dir nfs 0 0 0755 -");
	BITES("CS-ROOT-3", POLICY_REFUSE, "from kernel 6.3 on",
		.facts = "kernel 6.1\npath /b/rootfs dir tmpfs 0 0 0755 -");
	BITES("CS-ROOT-3", POLICY_REFUSE, "no idmapped mounts", .facts = "idmap no");
	PASSES("CS-ROOT-3", .facts = "path /b/rootfs dir tmpfs 0 0 0755 -");
	PASSES("CS-ROOT-3", .facts = "path /b/rootfs dir 0x1234 0 0 0755 -");
	PASSES("CS-ROOT-3", OCI, .facts = "path /b/rootfs dir overlay 0 0 0755 -");
	PASSES("CS-ROOT-3", .facts = "path /b/rootfs dir overlay 0 0 0755 -",
		.linux_ = OWN_USERNS "," MAPS);

	BITES("CS-ROOT-4", POLICY_TIGHTEN, "nosuid, nodev");
	PASSES("CS-ROOT-4", OCI);

	BITES("CS-ROOT-5", POLICY_TIGHTEN, "private");
	BITES("CS-ROOT-5", POLICY_REFUSE, "shared",
		.linux_ = ALL_NAMESPACES ",'rootfsPropagation':'rshared'");
	PASSES("CS-ROOT-5", .linux_ = ALL_NAMESPACES ",'rootfsPropagation':'rslave'");
	PASSES("CS-ROOT-5", OCI, .linux_ = ALL_NAMESPACES ",'rootfsPropagation':'shared'");
}

/* --- capabilities -------------------------------------------------------------------------------- */

#define CAP(n) (1ULL << (n))

/* Two more lists of a profile: what is given unasked, and what never is on the host itself. */
static void test_caps__default_and_floor(void **state)
{
	struct arena arena = { 0 };
	const struct policy_profile *hardened = NULL;
	struct policy_profile profile;
	struct test_result t;

	(void)state;
	assert_int_equal(policy_profile_load(&arena, "hardened", &hardened, &t.err), 0);
	profile = *hardened;
	profile.caps_default = CAP(0) | CAP(21); /* the latter is beyond the ceiling */
	DECIDE(&t, .custom = &profile);
	test_expect(&t, "CS-CAP-4", POLICY_TIGHTEN, "CAP_CHOWN");
	assert_int_equal(t.d.config.process.caps.bounding, CAP(0));
	arena_done(&t.arena);
	PASSES("CIS-5.4", .custom = &profile, .process = CAPS("'CAP_KILL'"));

	profile = *hardened;
	profile.caps_ceiling = UINT64_MAX;
	PASSES("CIS-5.4", .custom = &profile, .process = CAPS("'CAP_SYS_ADMIN'"));
	profile.userns = POLICY_USERNS_CONFIG;
	BITES("CIS-5.4", POLICY_REFUSE, "CAP_SYS_ADMIN", .custom = &profile,
		.process = CAPS("'CAP_CHOWN','CAP_SYS_ADMIN'"));
	PASSES("CIS-5.4", .custom = &profile, .process = CAPS("'CAP_CHOWN'"));
	/* root of an outer user namespace is not root of the host */
	PASSES("CIS-5.4", .custom = &profile, ROOTLESS, .process = CAPS("'CAP_SYS_ADMIN'"));
	DECIDE(&t, .custom = &profile);
	assert_int_equal(t.d.config.process.caps.bounding & profile.caps_floor, 0);
	assert_true((t.d.config.process.caps.bounding & CAP(0)) != 0);
	arena_done(&t.arena);
	arena_done(&arena);
}

static void test_caps(void **state)
{
	(void)state;
	BITES("CIS-5.4", POLICY_REFUSE, "CAP_SYS_ADMIN",
		.process = CAPS("'CAP_CHOWN','CAP_SYS_ADMIN'"));
	BITES("CIS-5.4", POLICY_REFUSE, "CAP_BPF",
		.process = PROCESS ",'capabilities':{'inheritable':['CAP_BPF']}");
	PASSES("CIS-5.4", .process = CAPS("'CAP_CHOWN','CAP_NET_RAW'"));
	PASSES("CIS-5.4", OCI, .process = CAPS("'CAP_SYS_ADMIN'"));

	BITES("PSS-R-1", POLICY_TIGHTEN, "CAP_NET_RAW",
		.process = CAPS("'CAP_CHOWN','CAP_NET_RAW'"));
	PASSES("PSS-R-1", .process = CAPS("'CAP_CHOWN','CAP_KILL'"));
	PASSES("PSS-R-1", OCI, .process = CAPS("'CAP_NET_RAW'"));

	BITES("CS-CAP-2", POLICY_NOTE, "'TEST_CAP'", OCI, .process = CAPS("'TEST_CAP'"));
	PASSES("CS-CAP-2", OCI, .process = CAPS("'CAP_CHOWN'"));

	BITES("CS-CAP-3", POLICY_NOTE, "CAP_SYS_RESOURCE", OCI,
		.process = CAPS("'CAP_SYS_RESOURCE'"), .facts = "caps 0x1");
	PASSES("CS-CAP-3", OCI, .process = CAPS("'CAP_CHOWN'"), .facts = "caps 0x1");
	PASSES("CS-CAP-3", .process = CAPS("'CAP_KILL'"), .facts = "caps 0x1");

	BITES("CS-CAP-4", POLICY_TIGHTEN, "CAP_CHOWN, CAP_DAC_OVERRIDE");
	PASSES("CS-CAP-4", .process = CAPS("'CAP_CHOWN'"));
	PASSES("CS-CAP-4", OCI);

	BITES("CS-CAP-1", POLICY_TIGHTEN, "CAP_KILL",
		.process = PROCESS ",'capabilities':{'inheritable':['CAP_KILL']}");
	PASSES("CS-CAP-1", OCI, .process = PROCESS ",'capabilities':{'inheritable':['CAP_KILL']}");

	BITES("CS-CAP-5", POLICY_TIGHTEN, "CAP_KILL",
		.process = PROCESS ",'capabilities':{'ambient':['CAP_KILL']}");
	PASSES("CS-CAP-5", .process = CAPS("'CAP_KILL'"));
	PASSES("CS-CAP-5", OCI, .process = PROCESS ",'capabilities':{'ambient':['CAP_KILL']}");

	BITES("CS-CAP-6", POLICY_TIGHTEN, "CAP_KILL",
		.process = PROCESS ",'capabilities':{'permitted':['CAP_KILL']}");
	PASSES("CS-CAP-6", .process = CAPS("'CAP_KILL'"));
	PASSES("CS-CAP-6", OCI, .process = PROCESS ",'capabilities':{'permitted':['CAP_KILL']}");
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
	BITES("CS-NS-7", POLICY_NOTE, "SYS_ADMIN", .custom = &profile,
		.process = CAPS("'CAP_SYS_ADMIN'"));
	PASSES("CS-NS-7", .custom = &profile, .process = CAPS("'CAP_KILL'"));
	profile.layout_owning_on_grant = false;
	PASSES("CS-NS-7", .custom = &profile, .process = CAPS("'CAP_SYS_ADMIN'"));
}

/* --- seccomp, rlimits ---------------------------------------------------------------------------- */

#define SECCOMP(action, more) ALL_NAMESPACES ",'seccomp':{'defaultAction':'" action "'" more "}"

static void test_seccomp(void **state)
{
	(void)state;
	BITES("CIS-5.22", POLICY_TIGHTEN, "absent");
	BITES("CIS-5.22", POLICY_TIGHTEN, "on top of", .linux_ = SECCOMP("SCMP_ACT_ERRNO", ""));
	PASSES("CIS-5.22", OCI);

	BITES("CS-SEC-2", POLICY_NOTE, "SCMP_ACT_ALLOW", .linux_ = SECCOMP("SCMP_ACT_ALLOW", ""));
	PASSES("CS-SEC-2", .linux_ = SECCOMP("SCMP_ACT_ERRNO", ""));
	PASSES("CS-SEC-2", OCI, .linux_ = SECCOMP("SCMP_ACT_ALLOW", ""));

	BITES("CS-SEC-1", POLICY_REFUSE, "0x4", OCI, .facts = "seccomp-flags 0x3",
		.linux_ = SECCOMP("SCMP_ACT_ERRNO", ",'flags':['SECCOMP_FILTER_FLAG_SPEC_ALLOW']"));
	PASSES("CS-SEC-1", OCI,
		.linux_ = SECCOMP("SCMP_ACT_ERRNO", ",'flags':['SECCOMP_FILTER_FLAG_SPEC_ALLOW']"));
	PASSES("CS-SEC-1", OCI, .facts = "seccomp-flags 0x0",
		.linux_ = SECCOMP("SCMP_ACT_ERRNO", ",'flags':['SECCOMP_FILTER_FLAG_TSYNC']"));
}

#define RLIMIT(type, soft, hard) \
	PROCESS ",'rlimits':[{'type':'" type "','soft':" soft ",'hard':" hard "}]"

static void test_rlimits(void **state)
{
	(void)state;
	BITES("CIS-5.19", POLICY_TIGHTEN, "RLIMIT_NOFILE 524288:524288",
		.process = RLIMIT("RLIMIT_NOFILE", "1048576", "1048576"));
	BITES("CIS-5.19", POLICY_TIGHTEN, "RLIMIT_CORE 0:0",
		.process = RLIMIT("RLIMIT_CORE", "0", "18446744073709551615"));
	PASSES("CIS-5.19", .process = RLIMIT("RLIMIT_NOFILE", "100", "200"));
	PASSES("CIS-5.19", .process = RLIMIT("RLIMIT_NPROC", "1", "18446744073709551615"));
	PASSES("CIS-5.19", OCI, .process = RLIMIT("RLIMIT_CORE", "0", "1"));

	BITES("CS-LIM-1", POLICY_TIGHTEN, "RLIMIT_NOFILE 1024:524288",
		.facts = "rlimit nofile 1048576");
	BITES("CS-LIM-1", POLICY_TIGHTEN, "RLIMIT_NOFILE 1024:20000",
		.facts = "rlimit nofile 20000"); /* raising takes CAP_SYS_RESOURCE */
	BITES("CS-LIM-1", POLICY_TIGHTEN, "RLIMIT_NOFILE 512:512", .facts = "rlimit nofile 512");
	PASSES("CS-LIM-1", OCI);
}

static void test_rlimits__what_is_set_stays(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, .process = RLIMIT("RLIMIT_NOFILE", "100", "200"));
	assert_int_equal(t.d.config.process.n_rlimits, t.d.profile->n_rlimits);
	assert_int_equal(t.d.config.process.rlimits[0].type, CONFIG_RLIMIT_NOFILE);
	assert_int_equal(t.d.config.process.rlimits[0].soft, 100);
	assert_null(strstr(test_finding(&t, "CS-LIM-1").decided, "NOFILE"));
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
	assert_int_equal(policy_refusal(&t.d, "/b", &t.err), -POLICY_REFUSED);
	assert_string_equal(t.err.msg,
		"caisson refuses this container, profile hardened: [CIS-5.4] "
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
	assert_int_equal(policy_refusal(&t.d, "/b", &t.err), -POLICY_REFUSED);
	assert_true(strlen(t.err.msg) < ERR_MSG_MAX);
	assert_non_null(strstr(t.err.msg, "/mounts/0/source"));
	assert_non_null(strstr(t.err.msg, " more: caisson plan /b"));
	err_ctx(&t.err, "caisson create failed"); /* as the command does */
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

		assert_true(rule->info.why != NULL && *rule->info.why != '\0');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(rule->info.id, policy_rule_at(k)->info.id);
	}
}

/* ORDER: last, it looks back at all the others. */
static void test_rules__each_bites_and_lets_pass(void **state)
{
	(void)state;
	test_check_rules(TEST_POLICY);
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
		cmocka_unit_test(test_caps__default_and_floor),
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
