/* What a profile's "rules" make of the table, and the rules that apply only where they say so. */
#include <errno.h>

#include "policy_fixture.h"

#include "base/banned.h"

/* A profile that extends @base, with one wish. */
static struct policy_profile profile_with(
	struct arena *arena, const char *base, const char *id, enum policy_wish wish)
{
	const struct policy_profile *loaded;
	struct policy_profile profile;
	struct err err;

	if (policy_profile_load(arena, base, &loaded, &err) < 0)
		fail_msg("%s", err.msg);
	profile = *loaded;
	assert_true(policy_rule_index(id) >= 0);
	profile.wishes[policy_rule_index(id)] = (uint8_t)wish;
	return profile;
}

#define WISH(base, id, wish)        \
	struct arena arena = { 0 }; \
	struct policy_profile profile = profile_with(&arena, base, id, POLICY_WISH_##wish)
#define WITH .custom = &profile

static void test_table__fits(void **state)
{
	size_t n = 0;

	(void)state;
	for (; policy_rule_at(n) != NULL; n++) {
		const struct policy_rule_info *info = policy_rule_info_at(n);

		assert_true(info->title != NULL && info->why != NULL && info->fix != NULL);
		assert_true(info->pointer[0] == '\0' || info->pointer[0] == '/');
		assert_ptr_equal(policy_rule_info_find(info->id), info);
		/* a fixed rule can't be asked for, and its findings have no remedy to name */
		if (policy_rule_at(n)->is_optional)
			assert_int_equal(policy_rule_at(n)->freedom, POLICY_FREE);
	}
	assert_true(n <= POLICY_RULES_MAX);
	assert_null(policy_rule_info_find("CIS-5.99"));
}

static void test_wish__warn_takes_back(void **state)
{
	WISH("hardened", "CIS-5.4", WARN);
	struct test_result t;

	(void)state;
	DECIDE(&t, WITH, .process = CAPS("'CAP_SYS_ADMIN','CAP_KILL'"));
	test_expect(&t, "CIS-5.4", POLICY_WARN, "CAP_SYS_ADMIN");
	assert_int_equal(t.d.n_refused, 0);
	assert_int_equal(t.d.config.process.caps.bounding, 1ULL << 21 | 1ULL << 5);
	arena_done(&t.arena);
	arena_done(&arena);
}

static void test_wish__allow_is_silent(void **state)
{
	WISH("hardened", "PSS-B-10", ALLOW);
	struct test_result t;

	(void)state;
	DECIDE(&t, WITH);
	test_expect_none(&t, "PSS-B-10");
	assert_int_equal(t.d.config.masked_paths.n, 0);
	arena_done(&t.arena);
	arena_done(&arena);
}

static void test_wish__refuse_what_would_be_tightened(void **state)
{
	WISH("hardened", "CIS-5.26", REFUSE);
	struct test_result t;

	(void)state;
	DECIDE(&t, WITH);
	test_expect(&t, "CIS-5.26", POLICY_REFUSE, "true");
	assert_int_equal(t.d.n_refused, 1);
	assert_string_equal(test_finding(&t, "CIS-5.26").allow,
		"a profile with \"rules\": {\"CIS-5.26\": \"tighten\"}");
	assert_int_equal(policy_refusal(&t.d, NULL, &t.err), -POLICY_REFUSED);
	arena_done(&t.arena);
	PASSES("CIS-5.26", WITH, .process = PROCESS ",'noNewPrivileges':true");
	arena_done(&arena);
}

static void test_wish__tighten_what_would_be_refused(void **state)
{
	WISH("hardened", "CIS-5.4", TIGHTEN);
	struct test_result t;

	(void)state;
	DECIDE(&t, WITH, .process = CAPS("'CAP_SYS_ADMIN','CAP_KILL'"));
	test_expect(&t, "CIS-5.4", POLICY_TIGHTEN, "CAP_SYS_ADMIN");
	assert_int_equal(t.d.n_refused, 0);
	assert_int_equal(t.d.config.process.caps.bounding, 1ULL << 5);
	arena_done(&t.arena);
	arena_done(&arena);
}

static void test_wish__turns_a_rule_on(void **state)
{
	WISH("oci", "CIS-5.32", REFUSE);

	(void)state;
	BITES("CIS-5.32", POLICY_REFUSE, "is a socket", WITH, .mounts = BIND("/run/x.sock", "/x"),
		.facts = "path /run/x.sock socket tmpfs 0 0 0660 -");
	PASSES("CIS-5.6", WITH, .mounts = BIND("/", "/x"));
	arena_done(&arena);
}

/* What follows from other keys is not turned on by a word. */
static void test_wish__kept_rules_follow_their_keys(void **state)
{
	WISH("oci", "CIS-5.22", REFUSE);

	(void)state;
	PASSES("CIS-5.22", WITH);
	arena_done(&arena);
}

static void test_wx(void **state)
{
	struct arena arena = { 0 };
	const struct policy_profile *hardened = NULL;
	struct policy_profile profile;
	struct test_result t;

	(void)state;
	assert_int_equal(policy_profile_load(&arena, "hardened", &hardened, &t.err), 0);
	profile = *hardened;
	profile.wx_denied = true;
	BITES("CS-WX-1", POLICY_TIGHTEN, "denied", WITH);
	BITES("CS-WX-1", POLICY_REFUSE, "kernel 6.2 can't", WITH, .facts = "kernel 6.2");
	BITES("CS-WX-1", POLICY_REFUSE, "kernel 5.15 can't", WITH, .facts = "kernel 5.15");
	PASSES("CS-WX-1", .profile = "hardened");
	DECIDE(&t, WITH);
	assert_true(t.d.wx_denied);
	arena_done(&t.arena);
	arena_done(&arena);
}

static void test_volumes_refused(void **state)
{
	static const char *const paths[] = { "/srv/*/secret", "/etc" };
	struct arena arena = { 0 };
	const struct policy_profile *hardened = NULL;
	struct policy_profile profile;
	struct err err;

	(void)state;
	assert_int_equal(policy_profile_load(&arena, "hardened", &hardened, &err), 0);
	profile = *hardened;
	profile.volumes_refused = (struct json_strings){ paths, 2 };
	BITES("CS-VOL-6", POLICY_REFUSE, "'/etc/ssl' is one that", WITH,
		.mounts = BIND("/etc/ssl", "/x"), .facts = "path /etc/ssl dir ext4 1 1 0755 -");
	BITES("CS-VOL-6", POLICY_REFUSE, "'/srv/a/secret' is one that", WITH,
		.mounts = BIND("/srv/a/secret", "/x"),
		.facts = "path /srv/a/secret dir ext4 1 1 0755 -");
	/* what leads there counts, not how it is called */
	BITES("CS-VOL-6", POLICY_REFUSE, "'/b/data' is one that", WITH,
		.mounts = BIND("data", "/x"), .facts = "path /b/data dir ext4 1 1 0755 - /etc/x");
	PASSES("CS-VOL-6", WITH, .mounts = BIND("/etcetera", "/x"),
		.facts = "path /etcetera dir ext4 1 1 0755 -");
	PASSES("CS-VOL-6", WITH, .mounts = BIND("/srv/a/b/secret", "/x"),
		.facts = "path /srv/a/b/secret dir ext4 1 1 0755 -");
	arena_done(&arena);
}

static void test_volumes_relabel(void **state)
{
	static const char *const own[] = { "/srv/*/own" }, *const shared[] = { "/srv/shared" };
	static const char label[] = ALL_NAMESPACES ",'mountLabel':'u:r:f_t:s0:c1,c2'";
	struct arena arena = { 0 };
	const struct policy_profile *hardened = NULL;
	struct policy_profile profile;
	struct err err;

	(void)state;
	assert_int_equal(policy_profile_load(&arena, "hardened", &hardened, &err), 0);
	profile = *hardened;
	profile.volumes_relabel = (struct json_strings){ own, 1 };
	profile.volumes_relabel_shared = (struct json_strings){ shared, 1 };
	BITES("CS-LSM-5", POLICY_NOTE, "get the container's label", WITH, .linux_ = label,
		.mounts = BIND("/srv/a/own/x", "/x"),
		.facts = "selinux yes\npath /srv/a/own/x dir ext4 1 1 0755 -");
	BITES("CS-LSM-5", POLICY_NOTE, "without categories", WITH, .linux_ = label,
		.mounts = BIND("/srv/shared", "/x"),
		.facts = "selinux yes\npath /srv/shared dir ext4 1 1 0755 -");
	/* T-06: neither by way of a symlink, nor to one */
	BITES("CS-LSM-5", POLICY_REFUSE, "through a symlink", WITH, .linux_ = label,
		.mounts = BIND("/srv/a/own", "/x"),
		.facts = "selinux yes\npath /srv/a/own dir ext4 1 1 0755 - /etc");
	BITES("CS-LSM-5", POLICY_REFUSE, "through a symlink", WITH, .linux_ = label,
		.mounts = BIND("/srv/link", "/x"),
		.facts = "selinux yes\npath /srv/link dir ext4 1 1 0755 - /srv/shared");
	PASSES("CS-LSM-5", WITH, .linux_ = label, .mounts = BIND("/srv/other", "/x"),
		.facts = "selinux yes\npath /srv/other dir ext4 1 1 0755 -");
	PASSES("CS-LSM-5", WITH, .mounts = BIND("/srv/shared", "/x"),
		.facts = "selinux no\npath /srv/shared dir ext4 1 1 0755 -");
	arena_done(&arena);
}

/* --- the optional rules ----------------------------------------------------------------------- */

static void test_optional__off_by_default(void **state)
{
	static const char *const profiles[] = { "oci", "hardened" };

	(void)state;
	for (size_t p = 0; p < ARRAY_SIZE(profiles); p++) {
		struct test_result t;

		DECIDE(&t, .profile = profiles[p]);
		for (size_t i = 0; policy_rule_at(i) != NULL; i++) {
			if (policy_rule_at(i)->is_optional)
				test_expect_none(&t, policy_rule_at(i)->info.id);
		}
		arena_done(&t.arena);
	}
}

#define ANNOTATED(name) ",'annotations':{'caisson.profile':'" name "'}"
#define RESTRICTED      .profile = "restricted"
#define USER            "'args':['sh'],'cwd':'/','user':{'uid':7,'gid':7}"

static void test_restricted__user(void **state)
{
	(void)state;
	BITES("PSS-R-5", POLICY_REFUSE, "0", RESTRICTED);
	PASSES("PSS-R-5", RESTRICTED, .process = USER);
	BITES("CS-ID-2", POLICY_WARN, "gid", RESTRICTED);
	BITES("CS-ID-2", POLICY_WARN, "additionalGids/1", RESTRICTED,
		.process =
			"'args':['sh'],'cwd':'/','user':{'uid':7,'gid':7,'additionalGids':[5,0]}");
	PASSES("CS-ID-2", RESTRICTED, .process = USER);
}

static void test_restricted__files(void **state)
{
	(void)state;
	BITES("CIS-5.13", POLICY_REFUSE, "true", RESTRICTED);
	BITES("PSS-R-2", POLICY_REFUSE, "'/b/data' is a path of the host", RESTRICTED,
		.mounts = BIND("data", "/x"));
	PASSES("PSS-R-2", RESTRICTED, .mounts = BIND("/var/lib/kubelet/pods/1/volumes/k/v", "/x"),
		.facts = "path /var/lib/kubelet/pods/1/volumes/k/v dir ext4 1 1 0755 -");
}

static void test_restricted__readonly_root(void **state)
{
	WISH("hardened", "CIS-5.13", TIGHTEN);
	struct test_result t;

	(void)state;
	DECIDE(&t, WITH);
	test_expect(&t, "CIS-5.13", POLICY_TIGHTEN, "true");
	assert_true(t.d.config.root_readonly);
	arena_done(&t.arena);
	arena_done(&arena);
}

#define SYS_MOUNT "{'destination':'/sys','type':'sysfs','source':'sysfs'}"
#define EVERYTHING \
	ALL_NAMESPACES ",'resources':{'devices':[{'allow':true,'type':'a','access':'rwm'}]}"

static void test_restricted__privileged(void **state)
{
	(void)state;
	BITES("CIS-5.5", POLICY_REFUSE, "every device, a writable /sys", RESTRICTED,
		.linux_ = EVERYTHING, .mounts = PROC_MOUNT "," SYS_MOUNT);
	PASSES("CIS-5.5", RESTRICTED);
}

static void test_restricted__namespaces(void **state)
{
	static const char none[] = "'namespaces':[{'type':'mount'}]";
	static const char cgroup[] =
		NAMESPACES_BUT("{'type':'mount'},{'type':'cgroup','path':'/c'}");

	(void)state;
	BITES("CIS-5.17", POLICY_REFUSE, "no ipc namespace", .linux_ = none);
	PASSES("CIS-5.17", RESTRICTED);
	BITES("CIS-5.21", POLICY_REFUSE, "no uts namespace", .linux_ = none);
	PASSES("CIS-5.21", RESTRICTED);
	BITES("CS-NS-1", POLICY_REFUSE, "cgroup namespace '/c' is the host's", .linux_ = cgroup,
		.facts = "path /c ns:cgroup nsfs 0 0 0444 host");
	PASSES("CS-NS-1", RESTRICTED);
}

static void test_restricted__labels(void **state)
{
	(void)state;
	BITES("CIS-5.2", POLICY_REFUSE, "not set", RESTRICTED, .facts = "apparmor yes");
	BITES("CIS-5.2", POLICY_REFUSE, "'unconfined'", RESTRICTED, .facts = "apparmor yes",
		.process = PROCESS ",'apparmorProfile':'unconfined'");
	PASSES("CIS-5.2", RESTRICTED,
		.facts = "apparmor yes\napparmor-profile caisson-default loaded");
	PASSES("CIS-5.2", RESTRICTED, .facts = "apparmor yes",
		.process = PROCESS ",'apparmorProfile':'docker-default'");
	BITES("CIS-5.3", POLICY_REFUSE, "not set", RESTRICTED, .facts = "selinux yes");
	BITES("CIS-5.3", POLICY_REFUSE, "spc_t", RESTRICTED, .facts = "selinux yes",
		.process = PROCESS ",'selinuxLabel':'system_u:system_r:spc_t:s0'");
	PASSES("CIS-5.3", RESTRICTED, .facts = "selinux yes",
		.process = PROCESS ",'selinuxLabel':'system_u:system_r:container_t:s0:c1,c2'");
}

static void test_restricted__process(void **state)
{
	(void)state;
	BITES("CIS-5.7", POLICY_WARN, "sshd", RESTRICTED,
		.process = "'args':['/usr/sbin/sshd','-D'],'cwd':'/','user':{'uid':0,'gid':0}");
	PASSES("CIS-5.7", RESTRICTED);
	BITES("CS-ENV-1", POLICY_WARN, "'DB_PASSWORD'", RESTRICTED,
		.process = PROCESS ",'env':['A=b','DB_PASSWORD=hunter2']");
	PASSES("CS-ENV-1", RESTRICTED, .process = PROCESS ",'env':['DB_PASSWORD_FILE=/run/s']");
	BITES("CS-ANN-1", POLICY_WARN, "run.oci.handler", RESTRICTED,
		.top = ",'annotations':{'run.oci.handler':'krun'}");
	PASSES("CS-ANN-1", RESTRICTED, .top = ",'annotations':{'a.b':'c'}");
	BITES("CIS-5.12", POLICY_WARN, "neither", RESTRICTED);
	PASSES("CIS-5.12", RESTRICTED,
		.linux_ = ALL_NAMESPACES ",'resources':{'cpu':{'shares':512}}");
}

/* What an annotation may ask for: the same, or more. */
static void test_rules__annotated_profile(void **state)
{
	struct test_result t;

	(void)state;
	PASSES("CS-ANN-2");
	PASSES("CS-ANN-2", .top = ANNOTATED("hardened"));
	BITES("CS-ANN-2", POLICY_TIGHTEN, "profile 'restricted' instead of 'hardened'",
		.top = ANNOTATED("restricted"));
	BITES("CS-ANN-2", POLICY_TIGHTEN, "profile 'hardened' instead of 'oci'", OCI,
		.top = ANNOTATED("hardened"));
	BITES("CS-ANN-2", POLICY_REFUSE, "as strict as 'hardened'; this one is looser in userns, ",
		.top = ANNOTATED("oci"));
	BITES("CS-ANN-2", POLICY_REFUSE, "as strict as 'restricted'", RESTRICTED,
		.top = ANNOTATED("hardened"));
	BITES("CS-ANN-2", POLICY_REFUSE, "or a file that", .top = ANNOTATED("lenient"));
	BITES("CS-ANN-2", POLICY_REFUSE, "or a file that", .top = ANNOTATED(""));
	/* not even looked at: it is no file that the administrator lists */
	BITES("CS-ANN-2", POLICY_REFUSE, "or a file that", .top = ANNOTATED("/dev/watchdog"));
	DECIDE(&t, .top = ANNOTATED("/listed/profile.json"));
	assert_true(t.annotated < 0);
	assert_non_null(strstr(t.err.msg, "'/listed/profile.json': open"));
	arena_done(&t.arena);
	/* what is refused is judged by the profile that was asked for on the command line */
	DECIDE(&t, .top = ANNOTATED("oci"));
	assert_string_equal(t.d.profile->name, "hardened");
	arena_done(&t.arena);
	DECIDE(&t, .top = ANNOTATED("restricted"));
	assert_string_equal(t.d.profile->name, "restricted");
	arena_done(&t.arena);
}

/* The value of a variable is never shown. */
static void test_restricted__no_secret_is_printed(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, RESTRICTED, .process = PROCESS ",'env':['DB_PASSWORD=hunter2']");
	for (size_t i = 0; i < t.d.n_findings; i++) {
		assert_null(strstr(t.d.findings[i].found, "hunter2"));
		assert_null(strstr(t.d.findings[i].decided, "hunter2"));
	}
	arena_done(&t.arena);
}

#define LIMITED                                                                              \
	ALL_NAMESPACES ",'resources':{'memory':{'limit':9000000},'pids':{'limit':9},'cpu':{" \
		       "'shares':2}}"

/* A container as the standards want it has nothing to be refused. */
static void test_restricted__accepts(void **state)
{
	struct test_result t;

	(void)state;
	DECIDE(&t, RESTRICTED, .process = USER, .linux_ = LIMITED);
	for (size_t i = 0; i < t.d.n_findings; i++) {
		if (t.d.findings[i].verdict == POLICY_REFUSE &&
			!str_eq(t.d.findings[i].rule, "CIS-5.13"))
			fail_msg("%s: %s", t.d.findings[i].rule, t.d.findings[i].found);
	}
	arena_done(&t.arena);
}

/* --- what surrounds the container ---------------------------------------------------------------- */

#define CGROUP(path) .linux_ = ALL_NAMESPACES ",'cgroupsPath':'" path "'"

static void test_restricted__cgroup_parent(void **state)
{
	(void)state;
	BITES("CIS-5.25", POLICY_WARN, "'/foo/c1'", RESTRICTED, CGROUP("/foo/c1"));
	BITES("CIS-5.25", POLICY_WARN, "'/docker-2/c1'", RESTRICTED, CGROUP("/docker-2/c1"));
	BITES("CIS-5.25", POLICY_WARN, "'evil.slice:docker:1'", RESTRICTED,
		CGROUP("evil.slice:docker:1"));
	BITES("CIS-5.25", POLICY_WARN, "':sshd:1'", RESTRICTED, CGROUP(":sshd:1"));
	PASSES("CIS-5.25", RESTRICTED, CGROUP("/docker/c1"));
	PASSES("CIS-5.25", RESTRICTED, CGROUP("system.slice:docker:1"));
	PASSES("CIS-5.25", RESTRICTED, CGROUP(":docker:1"));
	PASSES("CIS-5.25", RESTRICTED, CGROUP("kubepods-burstable-pod1.slice:cri-containerd:1"));
	/* below caisson's own */
	PASSES("CIS-5.25", RESTRICTED, CGROUP("foo/c1"));
	PASSES("CIS-5.25", RESTRICTED);
	PASSES("CIS-5.25", CGROUP("/foo/c1"));
}

#define REMAPPED .linux_ = OWN_USERNS "," MAPS
#define ALICES   "id-user 100000 65536 subordinate%20ids%20of%20alice"

static void test_rules__ids_of_others(void **state)
{
	(void)state;
	BITES("CS-MAP-1", POLICY_WARN, "subordinate ids of alice (100000 to 165535)", REMAPPED,
		.facts = ALICES);
	BITES("CS-MAP-1", POLICY_REFUSE, "subordinate ids of alice", RESTRICTED, REMAPPED,
		.facts = ALICES);
	BITES("CS-MAP-1", POLICY_REFUSE, "user bob (165535)", RESTRICTED, REMAPPED,
		.facts = "id-user 165535 1 user%20bob");
	BITES("CS-MAP-1", POLICY_REFUSE, "container web (65536 to 131071)", RESTRICTED, REMAPPED,
		.facts = "id-user 65536 65536 container%20web");
	PASSES("CS-MAP-1", RESTRICTED, REMAPPED,
		.facts = "id-user 165536 65536 a\nid-user 99999 1 b\nid-user 0 100000 c");
	PASSES("CS-MAP-1", OCI, REMAPPED, .facts = ALICES);
	/* ids of an outer user namespace are not those of the accounts */
	PASSES("CS-MAP-1", RESTRICTED, REMAPPED,
		.facts = "initial-userns no\nids-available 165537\n" ALICES);
	/* caisson's own block is nobody else's */
	PASSES("CS-MAP-1", RESTRICTED, .facts = ALICES);
}

static void test_restricted__way_to_the_bundle(void **state)
{
	(void)state;
	BITES("CS-MNT-4", POLICY_REFUSE, "'/b' can be changed by others", RESTRICTED,
		.facts = "path /b dir ext4 0 0 0775 -");
	BITES("CS-MNT-4", POLICY_REFUSE, "'/b' belongs to another user", RESTRICTED,
		.facts = "path /b dir ext4 1000 1000 0755 -");
	/* the bundle itself, where config.json can be put anew */
	BITES("CS-MNT-4", POLICY_REFUSE, "'/b' can be changed", RESTRICTED,
		.facts = "path /b dir ext4 0 0 01777 -");
	BITES("CS-MNT-4", POLICY_REFUSE, "'/b/rootfs' can be changed", RESTRICTED,
		.facts = "path /b dir ext4 0 0 0755 -\npath /b/rootfs dir ext4 0 0 0777 -");
	BITES("CS-MNT-4", POLICY_REFUSE, "'/srv/x' belongs to", RESTRICTED, .root = "/srv/x/r",
		.facts = "path /srv dir ext4 0 0 01777 -\npath /srv/x dir ext4 7 7 0755 -\n"
			 "path /srv/x/r dir ext4 0 0 0755 -");
	/* somebody has put a link there, to a directory that is in order */
	BITES("CS-MNT-4", POLICY_REFUSE, "'/srv/x' is a link", RESTRICTED, .root = "/srv/x",
		.facts = "path /srv dir ext4 0 0 01777 -\npath /srv/x dir ext4 0 0 0755 - /opt");
	BITES("CS-MNT-4", POLICY_REFUSE, "'/opt' can be changed", RESTRICTED, .root = "/srv/x",
		.facts = "path /srv/x dir ext4 0 0 0755 - /opt/y\npath /opt dir ext4 0 0 0777 -");
	/* in a sticky directory a name stays its owner's */
	PASSES("CS-MNT-4", RESTRICTED, .root = "/srv/x",
		.facts = "path /srv dir ext4 0 0 01777 -\npath /srv/x dir ext4 0 0 0755 -");
	PASSES("CS-MNT-4", RESTRICTED, .facts = "path /b dir ext4 0 0 0755 -");
	/* the directory of an engine that remaps belongs to root of its containers */
	PASSES("CS-MNT-4", RESTRICTED, REMAPPED, .facts = "path /b dir ext4 100000 100000 0700 -");
	PASSES("CS-MNT-4", .facts = "path /b dir ext4 0 0 0777 -");
}

static void test_restricted__reachable_root(void **state)
{
	(void)state;
	BITES("CS-MNT-12", POLICY_WARN, "can reach '/b/rootfs'", RESTRICTED,
		.facts = "path /b dir ext4 0 0 0711 -");
	BITES("CS-MNT-12", POLICY_WARN, "can reach '/opt/x'", RESTRICTED, .root = "/srv/x",
		.facts = "path /srv/x dir ext4 0 0 0755 - /opt/x\npath /opt dir ext4 0 0 0755 -\n"
			 "path /opt/x dir ext4 0 0 0755 -");
	PASSES("CS-MNT-12", RESTRICTED, .facts = "path /b dir ext4 0 0 0710 -");
	PASSES("CS-MNT-12", RESTRICTED,
		.facts = "path /b dir ext4 0 0 0755 -\npath /b/rootfs dir ext4 0 0 0700 -");
	PASSES("CS-MNT-12", .facts = "path /b dir ext4 0 0 0711 -");
}

static void test_asked__image(void **state)
{
	WISH("hardened", "CS-MNT-5", WARN);

	(void)state;
	BITES("CS-MNT-5", POLICY_WARN, "2 set-user-id or set-group-id programs ('/bin/su', ...)",
		WITH, .facts = "image whole\nimage-found setuid 2 /bin/su");
	BITES("CS-MNT-5", POLICY_WARN, "1 device nodes ('/dev/sda')", WITH,
		.facts = "image whole\nimage-found device 1 /dev/sda");
	BITES("CS-MNT-5", POLICY_WARN, "1 programs with capabilities ('/bin/ping'), 1 directories",
		WITH,
		.facts = "image whole\nimage-found caps 1 /bin/ping\nimage-found open 1 /srv");
	BITES("CS-MNT-5", POLICY_WARN, "more than was looked at", WITH, .facts = "image cut");
	PASSES("CS-MNT-5", WITH, .facts = "image whole");
	PASSES("CS-MNT-5", RESTRICTED, .facts = "image whole\nimage-found setuid 2 /bin/su");
	arena_done(&arena);
}

static void test_restricted__terminal(void **state)
{
	(void)state;
	BITES("CS-TTY-1", POLICY_WARN, "stdin, stderr of the caller", RESTRICTED,
		.facts = "terminals 0x5");
	BITES("CS-TTY-1", POLICY_WARN, "stdin of the caller, into which this kernel lets",
		RESTRICTED, .facts = "terminals 0x1\nlegacy-tiocsti yes");
	PASSES("CS-TTY-1", RESTRICTED);
	PASSES("CS-TTY-1", RESTRICTED, .facts = "terminals 0x7",
		.process = PROCESS ",'terminal':true");
	PASSES("CS-TTY-1", .facts = "terminals 0x7");
}

#define PIPE "core-pattern |/usr/lib/systemd/systemd-coredump"

static const struct config_rlimit *core_limit(const struct test_result *t)
{
	const struct config_process *process = &t->d.config.process;

	for (size_t i = 0; i < process->n_rlimits; i++) {
		if (process->rlimits[i].type == CONFIG_RLIMIT_CORE)
			return &process->rlimits[i];
	}
	fail_msg("no limit of core files");
	return NULL;
}

static void test_restricted__core_files(void **state)
{
	static const char process[] =
		PROCESS ",'rlimits':[{'type':'RLIMIT_CORE','soft':9,'hard':9}]";
	WISH("oci", "CS-CORE-1", TIGHTEN);
	struct test_result t;

	(void)state;
	DECIDE(&t, RESTRICTED, .process = process, .facts = PIPE);
	test_expect(&t, "CS-CORE-1", POLICY_TIGHTEN, "'|/usr/lib/systemd/systemd-coredump'");
	assert_int_equal(core_limit(&t)->soft, 1);
	assert_int_equal(core_limit(&t)->hard, 1);
	arena_done(&t.arena);
	/* where no other rule sets one */
	DECIDE(&t, WITH, .facts = PIPE);
	test_expect(&t, "CS-CORE-1", POLICY_TIGHTEN, "RLIMIT_CORE 1:1");
	assert_int_equal(core_limit(&t)->hard, 1);
	assert_int_equal(t.d.config.process.n_rlimits, 1);
	arena_done(&t.arena);
	/* a limit that can't be raised from 0 stays, and that is said */
	BITES("CS-CORE-1", POLICY_NOTE, "can't set", RESTRICTED,
		.facts = "rlimit nofile 1024\nrlimit core 0\n" PIPE);
	PASSES("CS-CORE-1", RESTRICTED, .facts = "core-pattern core");
	PASSES("CS-CORE-1", RESTRICTED);
	PASSES("CS-CORE-1", WITH, .facts = PIPE,
		.process = PROCESS ",'rlimits':[{'type':'RLIMIT_CORE','soft':1,'hard':1}]");
	PASSES("CS-CORE-1", .facts = PIPE);
	arena_done(&arena);
}

/* ORDER: last, it looks back at all the others. */
static void test_rules__each_bites_and_lets_pass(void **state)
{
	WISH("restricted", "CIS-5.13", ALLOW);

	(void)state;
	PASSES("CIS-5.13", WITH);
	arena_done(&arena);
	test_check_rules(TEST_POLICY_RULES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules__annotated_profile),
		cmocka_unit_test(test_table__fits),
		cmocka_unit_test(test_wish__warn_takes_back),
		cmocka_unit_test(test_wish__allow_is_silent),
		cmocka_unit_test(test_wish__refuse_what_would_be_tightened),
		cmocka_unit_test(test_wish__tighten_what_would_be_refused),
		cmocka_unit_test(test_wish__turns_a_rule_on),
		cmocka_unit_test(test_wish__kept_rules_follow_their_keys),
		cmocka_unit_test(test_wx),
		cmocka_unit_test(test_volumes_refused),
		cmocka_unit_test(test_volumes_relabel),
		cmocka_unit_test(test_optional__off_by_default),
		cmocka_unit_test(test_restricted__user),
		cmocka_unit_test(test_restricted__files),
		cmocka_unit_test(test_restricted__readonly_root),
		cmocka_unit_test(test_restricted__privileged),
		cmocka_unit_test(test_restricted__namespaces),
		cmocka_unit_test(test_restricted__labels),
		cmocka_unit_test(test_restricted__process),
		cmocka_unit_test(test_restricted__no_secret_is_printed),
		cmocka_unit_test(test_restricted__accepts),
		cmocka_unit_test(test_restricted__cgroup_parent),
		cmocka_unit_test(test_rules__ids_of_others),
		cmocka_unit_test(test_restricted__way_to_the_bundle),
		cmocka_unit_test(test_restricted__reachable_root),
		cmocka_unit_test(test_asked__image),
		cmocka_unit_test(test_restricted__terminal),
		cmocka_unit_test(test_restricted__core_files),
		cmocka_unit_test(test_rules__each_bites_and_lets_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
