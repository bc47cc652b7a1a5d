/* Whose files a volume's are inside. As test_policy.c. */
#include "policy_fixture.h"

#include "base/banned.h"

#define ALICE      "path /alice dir ext4 1000 1001 0755 -\n"
#define ALICES     .mounts = BIND("/alice", "/v")
#define ROOTS      "path /roots dir ext4 0 0 0755 -\n"
#define DOCKER     "/var/lib/docker/overlay2/abc/merged"
#define DOCKER_DIR "path " DOCKER " dir ext4 0 0 0755 -\n"
#define NAMED      "/var/lib/docker/volumes/data/_data"
#define NAMED_DIR  "path " NAMED " dir ext4 0 0 0755 -\n"

static const struct policy_volume *volume_at(const struct test_result *t, const char *destination)
{
	for (size_t i = 0; i < t->d.config.n_mounts && t->d.volumes != NULL; i++) {
		if (str_eq(t->d.config.mounts[i].destination, destination))
			return &t->d.volumes[i];
	}
	fail_msg("no volume is decided for %s", destination);
	return NULL;
}

static uint64_t attrs_at(const struct test_result *t, const char *destination)
{
	for (size_t i = 0; i < t->d.config.n_mounts; i++) {
		if (str_eq(t->d.config.mounts[i].destination, destination))
			return t->d.config.mounts[i].options.attr_set;
	}
	return 0;
}

static __attribute__((noinline)) void expect_map(
	const struct test_config *c, const char *destination, enum policy_volume_map map)
{
	struct test_result t;

	test_decide(&t, c);
	assert_int_equal(volume_at(&t, destination)->map, map);
	arena_done(&t.arena);
}
#define MAP(destination, map, ...) \
	expect_map(&(struct test_config){ __VA_ARGS__ }, destination, map)

static __attribute__((noinline)) void expect_owner(const char *process, uint32_t uid, uint32_t gid)
{
	const struct policy_volume *v;
	struct test_result t;

	DECIDE(&t, .facts = ALICE, .process = process, ALICES);
	v = volume_at(&t, "/v");
	assert_int_equal(v->map, POLICY_VOLUME_OWNER);
	assert_int_equal(v->disk_uid, 1000);
	assert_int_equal(v->disk_gid, 1001);
	assert_int_equal(v->uid, uid);
	assert_int_equal(v->gid, gid);
	arena_done(&t.arena);
}

static void test_owner__is_root_or_the_same_number(void **state)
{
	(void)state;
	expect_owner(PROCESS, 0, 0);
	expect_owner("'args':['sh'],'cwd':'/','user':{'uid':1000,'gid':0}", 1000, 0);
	expect_owner("'args':['sh'],'cwd':'/','user':{'uid':1000,'gid':1001}", 1000, 1001);
	expect_owner("'args':['sh'],'cwd':'/','user':{'uid':1000,'gid':5}", 1000, 5);
	expect_owner("'args':['sh'],'cwd':'/','user':{'uid':33,'gid':1001}", 0, 0);
	expect_owner("'args':['sh'],'cwd':'/','user':{'uid':0,'gid':7}", 0, 7);
	BITES("CS-VOL-5", POLICY_TIGHTEN, "'/v' 1000:1001 is 0:0", .facts = ALICE, ALICES);
	PASSES("CS-VOL-5");
	{
		struct test_result t;

		DECIDE(&t, .facts = ALICE, ALICES);
		assert_string_equal(test_finding(&t, "CS-VOL-5").pointer, "/mounts");
		arena_done(&t.arena);
	}
	PASSES("CS-VOL-5", OCI, .facts = ALICE, ALICES);
	/* the engine's own user namespace, and rootless: nothing to decide */
	PASSES("CS-VOL-5", .facts = ALICE, ALICES, .linux_ = OWN_USERNS "," MAPS);
	PASSES("CS-VOL-5", ROOTLESS, ALICES);
}

static void test_host_root__is_read_only(void **state)
{
	struct test_result t;

	(void)state;
	BITES("CS-VOL-3", POLICY_TIGHTEN, "'/v'", .facts = ROOTS, .mounts = BIND("/roots", "/v"));
	MAP("/v", POLICY_VOLUME_NONE, .facts = ROOTS, .mounts = BIND("/roots", "/v"));
	PASSES("CS-VOL-3", .facts = ALICE, ALICES);
	PASSES("CS-VOL-3", OCI, .facts = ROOTS, .mounts = BIND("/roots", "/v"));
	/* asked to be read-only: nothing is different from what was asked */
	PASSES("CS-VOL-3", .facts = ROOTS,
		.mounts = "{'destination':'/v','source':'/roots','options':['bind','ro']}");

	DECIDE(&t, .facts = ROOTS,
		.mounts = "{'destination':'/v','source':'/roots','options':['rbind','rw','rrw']}");
	assert_true((attrs_at(&t, "/v") & SYS_ATTR_RDONLY) != 0);
	for (size_t i = 0; i < t.d.config.n_mounts; i++) {
		const struct config_mount_options *o = &t.d.config.mounts[i].options;

		if (!o->is_bind)
			continue;
		assert_true((o->rec_attr_set & SYS_ATTR_RDONLY) != 0);
		assert_false(((o->attr_clr | o->rec_attr_clr) & SYS_ATTR_RDONLY) != 0);
	}
	arena_done(&t.arena);
}

/* An engine's tmpfs where the kernel can't map one. */
static void test_identity__without_idmapped_tmpfs(void **state)
{
	static const struct {
		const char *object;
		bool readonly;
	} cases[] = {
		{ "dir tmpfs 0 0 1777", false },
		{ "dir tmpfs 0 0 0777", true },
		{ "dir tmpfs 0 0 0755", true },
		{ "file tmpfs 0 0 0644", true },
		{ "dir overlay 0 0 1777", true },
	};
	char facts[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct test_result t;

		str_fmt(facts, sizeof(facts),
			"kernel 6.1\npath " NAMED " %s -\n" DOCKER_DIR
			"path /var/lib/docker dir ext4 0 0 0710 -\n",
			cases[i].object);
		DECIDE(&t, .root = DOCKER, .mounts = BIND(NAMED, "/v"), .facts = facts);
		assert_int_equal(t.d.n_refused, 0);
		assert_int_equal(volume_at(&t, "/v")->map, POLICY_VOLUME_NONE);
		assert_int_equal((attrs_at(&t, "/v") & SYS_ATTR_RDONLY) != 0, cases[i].readonly);
		arena_done(&t.arena);
	}
	BITES("CS-VOL-4", POLICY_REFUSE, "6.3", .mounts = BIND("/alice", "/v"),
		.facts = "kernel 6.1\npath /alice dir tmpfs 1000 1001 0755 -\n");
}

/* An engine's directory counts if nobody but root can pass through it. */
static void test_identity__of_engines(void **state)
{
	(void)state;
#define ENGINE(mode, uid)                            \
	.root = DOCKER, .mounts = BIND(NAMED, "/v"), \
	.facts = DOCKER_DIR NAMED_DIR "path /var/lib/docker dir ext4 " uid " 0 " mode " -\n"
	MAP("/v", POLICY_VOLUME_IDENTITY, ENGINE("0710", "0"));
	MAP("/v", POLICY_VOLUME_IDENTITY, ENGINE("0700", "0"));
	MAP("/v", POLICY_VOLUME_NONE, ENGINE("0711", "0"));
	MAP("/v", POLICY_VOLUME_NONE, ENGINE("0720", "0"));
	MAP("/v", POLICY_VOLUME_NONE, ENGINE("0700", "1000"));
#undef ENGINE
	BITES("CS-VOL-5", POLICY_NOTE, "root's too: '/v'", .root = DOCKER,
		.mounts = BIND(NAMED, "/v"),
		.facts = DOCKER_DIR NAMED_DIR "path /var/lib/docker dir ext4 0 0 0710 -\n");
	/* the same path, but the root file system is none of that engine's */
	MAP("/v", POLICY_VOLUME_NONE, .mounts = BIND(NAMED, "/v"),
		.facts = NAMED_DIR "path /var/lib/docker dir ext4 0 0 0710 -\n");
	/* what it keeps to itself */
	MAP("/v", POLICY_VOLUME_NONE, .root = DOCKER,
		.mounts = BIND("/var/lib/docker/containers/abc/config.v2.json", "/v"),
		.facts = DOCKER_DIR "path /var/lib/docker/containers/abc/config.v2.json "
				    "file ext4 0 0 0600 -\n"
				    "path /var/lib/docker dir ext4 0 0 0710 -\n");
	/* a symlink out of it is where it leads */
	MAP("/v", POLICY_VOLUME_NONE, .root = DOCKER, .mounts = BIND(NAMED, "/v"),
		.facts = DOCKER_DIR "path " NAMED " dir ext4 0 0 0755 - /etc\n"
				    "path /var/lib/docker dir ext4 0 0 0710 -\n");
	MAP("/v", POLICY_VOLUME_IDENTITY,
		.mounts = BIND("/var/lib/kubelet/pods/1-2/volumes/kubernetes.io~empty-dir/x", "/v"),
		.facts = "path /var/lib/kubelet/pods/1-2/volumes/kubernetes.io~empty-dir/x "
			 "dir tmpfs 0 0 0777 -\n");
	MAP("/v", POLICY_VOLUME_NONE, .mounts = BIND("/var/lib/kubelet/pods", "/v"),
		.facts = "path /var/lib/kubelet/pods dir ext4 0 0 0755 -\n");
}

static void test_idmap__file_systems(void **state)
{
	(void)state;
	BITES("CS-VOL-4", POLICY_REFUSE, "file system nfs has no idmapped mounts",
		.facts = "path /alice dir nfs 1000 1000 0755 -\n", ALICES);
	BITES("CS-VOL-4", POLICY_REFUSE, "file system overlay has no idmapped mounts",
		.facts = "path /alice dir overlay 1000 1000 0755 -\n", ALICES);
	BITES("CS-VOL-4", POLICY_REFUSE, "file system tmpfs has idmapped mounts from kernel",
		.facts = "kernel 6.1\npath /alice dir tmpfs 1000 1000 0755 -\n", ALICES);
	BITES("CS-VOL-4", POLICY_REFUSE, "no idmapped mounts", .facts = "idmap no\n" ALICE, ALICES);
	PASSES("CS-VOL-4", .facts = ALICE, ALICES);
	/* nothing is mapped, so it makes no difference */
	PASSES("CS-VOL-4", .facts = "path /roots dir nfs 0 0 0755 -\n",
		.mounts = BIND("/roots", "/v"));
	PASSES("CS-VOL-4", OCI, .facts = "path /alice dir nfs 1000 1000 0755 -\n", ALICES);
}

static void test_profile__paths_and_sockets(void **state)
{
	static const struct policy_volume_path rows[] = {
		{ "/srv/*/none", POLICY_VOLUME_NONE },
		{ "/srv", POLICY_VOLUME_IDENTITY },
		{ "/nfs", POLICY_VOLUME_NONE },
	};
	static const char *const sockets[] = { "/run/*.sock" };
	const struct policy_profile *hardened;
	struct policy_profile profile;
	struct arena arena = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(policy_profile_load(&arena, "hardened", &hardened, &err), 0);
	profile = *hardened;
	profile.volume_paths = rows;
	profile.n_volume_paths = ARRAY_SIZE(rows);
	profile.volume_sockets =
		(struct json_strings){ .items = sockets, .n = ARRAY_SIZE(sockets) };
#define WITH(path, rest) \
	.custom = &profile, .mounts = BIND(path, "/v"), .facts = "path " path " " rest " -\n"
	MAP("/v", POLICY_VOLUME_IDENTITY, WITH("/srv/data", "dir ext4 0 0 0755"));
	MAP("/v", POLICY_VOLUME_IDENTITY, WITH("/srv", "dir ext4 5 5 0755"));
	MAP("/v", POLICY_VOLUME_NONE, WITH("/srv/a/none/b", "dir ext4 0 0 0755"));
	MAP("/v", POLICY_VOLUME_NONE, WITH("/nfs/home", "dir nfs 1000 1000 0755"));
	PASSES("CS-VOL-4", WITH("/nfs/home", "dir nfs 1000 1000 0755"));
	PASSES("CS-VOL-3", WITH("/nfs/home", "dir nfs 0 0 0755"));
	PASSES("CIS-5.32", WITH("/run/x.sock", "socket tmpfs 0 0 0660"));
	MAP("/v", POLICY_VOLUME_OWNER, WITH("/run/x.sock", "socket tmpfs 0 0 0660"));
	BITES("CIS-5.32", POLICY_REFUSE, "is a socket",
		WITH("/run/x/y.sock", "socket tmpfs 0 0 0660"));
#undef WITH
	profile.volume_map = POLICY_VOLUME_IDENTITY;
	MAP("/v", POLICY_VOLUME_IDENTITY, .custom = &profile, .facts = ALICE, ALICES);
	arena_done(&arena);
}

#define ASKED(path, members) \
	"{'destination':'/v','source':'" path "','options':['rbind']," members "}"
#define ID_MAPS(first)                                                        \
	"'uidMappings':[{'containerID':" first ",'hostID':100000,'size':1}]," \
	"'gidMappings':[{'containerID':" first ",'hostID':100000,'size':1}]"
#define OPTION(option) "{'destination':'/v','source':'/alice','options':['bind','" option "']}"

static void test_asked__in_every_profile(void **state)
{
	struct test_result t;

	(void)state;
	PASSES("CS-VOL-1", OCI, .facts = ALICE, .mounts = ASKED("/alice", ID_MAPS("0")));
	PASSES("CS-VOL-1", OCI, .facts = ALICE, ALICES);
	BITES("CS-VOL-1", POLICY_REFUSE, "only supported for bind mounts", OCI,
		.mounts = "{'destination':'/v','type':'tmpfs'," ID_MAPS("0") "}");
	BITES("CS-VOL-1", POLICY_REFUSE, "only supported for bind mounts", OCI,
		.mounts =
			"{'destination':'/v','source':'/x','options':['bind','remount','idmap']}");
	BITES("CS-VOL-1", POLICY_REFUSE, "idmap without mappings needs a user namespace", OCI,
		.facts = ALICE, .mounts = OPTION("idmap"));
	PASSES("CS-VOL-1", OCI, .facts = ALICE, .mounts = OPTION("idmap"),
		.linux_ = OWN_USERNS "," MAPS);
	BITES("CS-VOL-1", POLICY_REFUSE, "'@' needs a user namespace", OCI, .facts = ALICE,
		.mounts = OPTION("idmap=uids=@0-0-1;gids=0-0-1"));
	BITES("CS-VOL-1", POLICY_REFUSE, "'@' needs a user namespace", OCI, .facts = ALICE,
		.mounts = OPTION("idmap=uids=0-0-1;gids=@0-0-1"));
	BITES("CS-VOL-1", POLICY_REFUSE, "need root of the machine", .profile = "oci", ROOTLESS,
		.mounts = ASKED("/alice", ID_MAPS("0")));
	BITES("CS-VOL-1", POLICY_REFUSE, "this kernel has no", OCI, .facts = "idmap no\n" ALICE,
		.mounts = ASKED("/alice", ID_MAPS("0")));
	BITES("CS-VOL-1", POLICY_REFUSE, "file system nfs has no idmapped mounts", OCI,
		.facts = "path /alice dir nfs 1000 1000 0755 -\n",
		.mounts = ASKED("/alice", ID_MAPS("0")));

	DECIDE(&t, OCI, .facts = ALICE, .mounts = ASKED("/alice", ID_MAPS("0")));
	assert_int_equal(volume_at(&t, "/v")->map, POLICY_VOLUME_GIVEN);
	assert_false(volume_at(&t, "/v")->is_recursive);
	assert_null(volume_at(&t, "/v")->source); /* as the config has it */
	arena_done(&t.arena);
	DECIDE(&t, OCI, .facts = ALICE, .mounts = OPTION("ridmap"), .linux_ = OWN_USERNS "," MAPS);
	assert_int_equal(volume_at(&t, "/v")->map, POLICY_VOLUME_IDENTITY);
	assert_true(volume_at(&t, "/v")->is_recursive);
	arena_done(&t.arena);
}

static void test_asked__not_for_root_of_the_host(void **state)
{
	(void)state;
	BITES("CS-VOL-2", POLICY_REFUSE, "has id 0 of '/alice'", .facts = ALICE,
		.mounts = ASKED("/alice", ID_MAPS("0")));
	PASSES("CS-VOL-2", .facts = ALICE, .mounts = ASKED("/alice", ID_MAPS("1000")));
	MAP("/v", POLICY_VOLUME_GIVEN, .facts = ALICE, .mounts = ASKED("/alice", ID_MAPS("1000")));
	BITES("CS-VOL-2", POLICY_REFUSE, "has id 0 of '/alice'", .facts = ALICE,
		.mounts = OPTION("idmap"));
	BITES("CS-VOL-2", POLICY_REFUSE, "has id 0 of '/alice'", .facts = ALICE,
		.mounts = OPTION("idmap"), .linux_ = OWN_USERNS "," MAPS);
	PASSES("CS-VOL-2", OCI, .facts = ALICE, .mounts = ASKED("/alice", ID_MAPS("0")));
	/* a pod's volume, as the kubelet sends it */
	PASSES("CS-VOL-2",
		.facts = "path /var/lib/kubelet/pods/1/volumes/x/y dir tmpfs 0 0 0777 -\n",
		.mounts = ASKED("/var/lib/kubelet/pods/1/volumes/x/y", ID_MAPS("0")),
		.linux_ = OWN_USERNS "," MAPS);
}

static void test_flags__volumes(void **state)
{
	(void)state;
	BITES("CS-MNT-1", POLICY_TIGHTEN, "'/v' nosuid nodev", .facts = ALICE, ALICES);
	PASSES("CS-MNT-1", OCI, .facts = ALICE, ALICES);
}

static void test_patterns(void **state)
{
	(void)state;
	assert_true(policy_path_matches("/a", "/a"));
	assert_true(policy_path_matches("/a", "/a/b"));
	assert_false(policy_path_matches("/a", "/ab"));
	assert_false(policy_path_matches("/a/b", "/a"));
	assert_true(policy_path_matches("/a/*/c", "/a/b/c/d"));
	assert_true(policy_path_matches("/a*c/x", "/abcc/x"));
	assert_false(policy_path_matches("/a/*/c", "/a/b/b/c"));
	assert_false(policy_path_matches("/a/*", "/a"));
	assert_false(policy_path_matches("/a/*", "/a/"));
	assert_true(policy_path_matches("/a/*", "/a/b"));
	assert_false(policy_path_matches("/*.sock", "/x.sock2"));
}

/* ORDER: last, it looks back at all the others. */
static void test_rules__each_bites_and_lets_pass(void **state)
{
	(void)state;
	test_check_rules(TEST_POLICY_VOLUMES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner__is_root_or_the_same_number),
		cmocka_unit_test(test_host_root__is_read_only),
		cmocka_unit_test(test_identity__without_idmapped_tmpfs),
		cmocka_unit_test(test_identity__of_engines),
		cmocka_unit_test(test_idmap__file_systems),
		cmocka_unit_test(test_profile__paths_and_sockets),
		cmocka_unit_test(test_asked__in_every_profile),
		cmocka_unit_test(test_asked__not_for_root_of_the_host),
		cmocka_unit_test(test_flags__volumes),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_rules__each_bites_and_lets_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
