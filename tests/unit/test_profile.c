/* Reading profiles: shipped ones, files, and everything a file must not be able to do. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/str.h"
#include "policy/policy.h"
#include "policy/settings.h"

#include "base/banned.h"

struct fixture {
	struct arena arena;
	struct err err;
	const struct policy_profile *profile;
	char path[64];
};

static int load(struct fixture *f, const char *text, mode_t mode)
{
	int fd, r;

	memset(f, 0, sizeof(*f));
	str_fmt(f->path, sizeof(f->path), "/tmp/test-profile-XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	r = policy_profile_load(&f->arena, f->path, &f->profile, &f->err);
	unlink(f->path);
	return r;
}

static void expect_error(const char *text, const char *message)
{
	struct fixture f;

	assert_true(load(&f, text, 0600) < 0);
	if (strstr(f.err.msg, message) == NULL)
		fail_msg("'%s' is not in '%s'", message, f.err.msg);
	arena_done(&f.arena);
}

/* The settings of a file with @text; an error must say @message. */
static struct policy_settings settle(
	struct fixture *f, const char *text, mode_t mode, const char *message)
{
	struct policy_settings settings = { 0 };
	char path[] = "/tmp/test-settings-XXXXXX";
	int fd = mkstemp(path), r;

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	r = policy_settings_load(&f->arena, path, &settings, &f->err);
	unlink(path);
	if (message == NULL)
		assert_int_equal(r, 0);
	else if (r >= 0 || strstr(f->err.msg, message) == NULL)
		fail_msg("'%s' is not in '%s'", message, f->err.msg);
	return settings;
}

static void expect_mistake(const char *text, const char *message)
{
	struct fixture f = { 0 };

	(void)settle(&f, text, 0600, message);
	arena_done(&f.arena);
}

static void test_settings__all_and_none(void **state)
{
	struct fixture f = { 0 };
	struct policy_settings s = { .profile = "x" };

	(void)state;
	assert_int_equal(policy_settings_load(&f.arena, "/nonexistent/file", &s, &f.err), 0);
	assert_null(s.profile);
	s = settle(&f, "{}", 0600, NULL);
	assert_true(s.profile == NULL && s.id_user == NULL && s.state_root == NULL);
	s = settle(&f,
		"{\"profile\":\"/etc/caisson/web.json\",\"id_user\":\"containers\","
		"\"state_root\":\"/run/boxes\"}",
		0644, NULL);
	assert_string_equal(s.profile, "/etc/caisson/web.json");
	assert_string_equal(s.id_user, "containers");
	assert_string_equal(s.state_root, "/run/boxes");
	(void)settle(&f, "{\"profile\":\"oci\"}", 0666, "writable by others");
	arena_done(&f.arena);
}

static void test_settings__mistakes(void **state)
{
	(void)state;
	expect_mistake(
		"{\"profil\":\"oci\"}", "/profil: unknown setting; did you mean \"profile\"?");
	expect_mistake("{\"idUser\":\"x\"}", "did you mean \"id_user\"?");
	expect_mistake("{\"stateroot\":\"/x\"}", "did you mean \"state_root\"?");
	expect_mistake("{\"color\":\"red\"}", "there are \"profile\", \"profiles\", \"id_user\"");
	expect_mistake("{\"a-key-that-is-much-longer-than-any-we-know-of\":1}", "there are");
	expect_mistake("{\"profile\":1}", "/profile: must be a string");
	expect_mistake("{\"profile\":null}", "/profile: must be a string");
	expect_mistake("{\"profile\":\"\"}", "must not be empty");
	expect_mistake("{\"id_user\":\"\"}", "name of a user");
	expect_mistake("{\"id_user\":\"a:b\"}", "name of a user");
	expect_mistake("{\"id_user\":\"-x\"}", "name of a user");
	expect_mistake("{\"id_user\":\"a; reboot\"}", "name of a user");
	expect_mistake("{\"id_user\":\"abcdefghijklmnopqrstuvwxyzabcdefg\"}", "name of a user");
	expect_mistake("{\"state_root\":\"run/x\"}", "absolute path");
	expect_mistake("{\"state_root\":\"/\"}", "absolute path");
	expect_mistake("{\"state_root\":\"/run/../etc\"}", "absolute path");
	expect_mistake("{\"state_root\":\"/run//x\"}", "absolute path");
	expect_mistake("[]", "must be an object");
	expect_mistake("{\"profile\":", "line 1");
}

static void test_settings__lists(void **state)
{
	struct fixture f = { 0 };
	struct policy_settings s;

	(void)state;
	s = settle(&f,
		"{ // who may choose what\n"
		"\"profiles\":[\"restricted\",\"/etc/caisson/web.json\"],"
		"\"audit\":[\"/var/log/caisson.log\",\"syslog\",\"journald\"] /* all */ }",
		0644, NULL);
	assert_int_equal(s.profiles.n, 2);
	assert_string_equal(s.profiles.items[1], "/etc/caisson/web.json");
	assert_int_equal(s.audit.n, 3);
	assert_string_equal(s.audit.items[0], "/var/log/caisson.log");
	s = settle(&f, "{\"audit\":\"syslog\"}", 0644, NULL);
	assert_int_equal(s.audit.n, 1);
	assert_null(s.profiles.items);
	arena_done(&f.arena);
	expect_mistake("{\"profiles\":\"oci\"}", "/profiles: must be a list of strings");
	expect_mistake("{\"profiles\":[1]}", "/profiles/0: must be a string");
	expect_mistake("{\"profiles\":[\"restrictd\"]}", "did you mean \"restricted\"?");
	expect_mistake("{\"profiles\":[\"paranoid\"]}", "unknown profile 'paranoid'");
	expect_mistake("{\"profiles\":[\"./web.json\"]}", "must be an absolute path");
	expect_mistake("{\"audit\":\"sislog\"}", "did you mean \"syslog\"?");
	expect_mistake("{\"audit\":\"log\"}", "/audit: 'log' is");
	expect_mistake("{\"audit\":[\"/a/../b\"]}", "/audit/0: must be an absolute path");
	expect_mistake("{\"audit\":[\"/a\",\"/b\",\"/c\",\"/d\",\"/e\"]}", "more than 4");
	expect_mistake("{\"audits\":[]}", "did you mean \"audit\"?");
}

static void test_settings__permit(void **state)
{
	struct fixture f = { 0 };
	struct policy_settings s = { 0 };

	(void)state;
	assert_int_equal(policy_settings_permit(&s, "oci", &f.err), 0);
	s = settle(&f, "{\"profiles\":[\"restricted\"]}", 0644, NULL);
	assert_int_equal(policy_settings_permit(&s, "restricted", &f.err), 0);
	assert_int_equal(policy_settings_permit(&s, "hardened", &f.err), 0);
	assert_int_equal(policy_settings_permit(&s, "oci", &f.err), -POLICY_REFUSED);
	assert_non_null(strstr(f.err.msg, "'oci' may not be chosen here"));
	assert_non_null(strstr(f.err.msg, "allows hardened, restricted;"));
	assert_int_equal(policy_settings_permit(&s, "./restricted", &f.err), -POLICY_REFUSED);
	s = settle(&f, "{\"profile\":\"oci\",\"profiles\":[]}", 0644, NULL);
	assert_int_equal(policy_settings_permit(&s, "oci", &f.err), 0);
	assert_int_equal(policy_settings_permit(&s, "hardened", &f.err), -POLICY_REFUSED);
	arena_done(&f.arena);
}

/* Whose file it is matters only where there are others: this needs root. */
static void test_settings__owner(void **state)
{
	struct arena arena = { 0 };
	struct policy_settings s;
	struct err err;
	char dir[] = "/tmp/test-settings-XXXXXX", path[64];
	int fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	str_fmt(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(fd_write_all(fd, "{}", 2), 0);
	close(fd);
	assert_int_equal(policy_settings_load(&arena, path, &s, &err), 0);
	assert_int_equal(chmod(dir, 0770), 0);
	assert_int_equal(policy_settings_load(&arena, path, &s, &err), -EPERM);
	assert_non_null(strstr(err.msg, "directory that others than root can write"));
	assert_int_equal(chmod(dir, 0755) + chown(dir, 1000, 0), 0);
	assert_int_equal(policy_settings_load(&arena, path, &s, &err), -EPERM);
	assert_non_null(strstr(err.msg, "directory of user 1000"));
	assert_int_equal(chown(dir, 0, 0) + chown(path, 1000, 0), 0);
	assert_int_equal(policy_settings_load(&arena, path, &s, &err), -EPERM);
	assert_non_null(strstr(err.msg, "owned by user 1000; give it to root"));
	unlink(path);
	rmdir(dir);
	arena_done(&arena);
}

static void test_load__comments(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(load(&f,
				 "// for servers\n{ \"extends\": /* the default */ \"hardened\",\n"
				 "  // named\n  \"name\": \"web // no comment\" }\n// end",
				 0644),
		0);
	assert_string_equal(f.profile->name, "web // no comment");
	arena_done(&f.arena);
	expect_error("{ \"extends\": \"hardened\" /* never closed }", "line 1");
	expect_error("# no comment\n{ \"extends\": \"hardened\" }", "line 1");
}

/* The names of what a profile with @keys is looser in than one with @base, each on top of
 * "hardened" unless it extends something itself. */
static void looser(const char *base, const char *asked, const char *where)
{
	struct fixture b, a;
	const char *found = "";
	char text[512];

	str_fmt(text, sizeof(text),
		strstr(base, "extends") != NULL ? "{%s}" : "{\"extends\":\"hardened\"%s}", base);
	assert_int_equal(load(&b, text, 0644), 0);
	str_fmt(text, sizeof(text),
		strstr(asked, "extends") != NULL ? "{%s}" : "{\"extends\":\"hardened\"%s}", asked);
	assert_int_equal(load(&a, text, 0644), 0);
	assert_int_equal(policy_profile_looser(&a.arena, b.profile, a.profile, &found, &a.err), 0);
	if (where == NULL)
		assert_null(found);
	else if (found == NULL || !str_eq(found, where))
		fail_msg("%s: '%s' instead of '%s'", asked, found != NULL ? found : "-", where);
	arena_done(&a.arena);
	arena_done(&b.arena);
}

#define RESTRICTED "\"extends\":\"restricted\""
#define OCI_BASE   "\"extends\":\"oci\""

static void test_looser__shipped(void **state)
{
	struct arena arena = { 0 };
	const struct policy_profile *p[3];
	const char *where;
	struct err err;

	(void)state;
	assert_int_equal(policy_profile_load(&arena, "oci", &p[0], &err), 0);
	assert_int_equal(policy_profile_load(&arena, "hardened", &p[1], &err), 0);
	assert_int_equal(policy_profile_load(&arena, "restricted", &p[2], &err), 0);
	for (size_t i = 0; i < 3; i++) {
		for (size_t k = 0; k < 3; k++) {
			assert_int_equal(
				policy_profile_looser(&arena, p[i], p[k], &where, &err), 0);
			if ((where == NULL) != (k >= i))
				fail_msg("%s for %s: %s", p[k]->name, p[i]->name,
					where != NULL ? where : "not looser");
		}
	}
	arena_done(&arena);
}

static void test_looser__keys(void **state)
{
	(void)state;
	looser("", ",\"userns\":\"config\"", "userns");
	looser("", ",\"rootfs_shift\":\"chown\"", "rootfs_shift");
	looser("", ",\"rootfs_shift\":\"idmap-by-path\"", NULL);
	looser("", ",\"layout_owning_on_grant\":true,\"layout_owning_on_config\":true",
		"layout_owning_on_grant, layout_owning_on_config");
	looser("", ",\"capabilities_limited\":false",
		"capabilities_limited, CS-CAP-4, CIS-5.4, "
		"PSS-R-1, CS-CAP-1, CS-CAP-5, CS-CAP-6");
	looser("", ",\"capabilities_ceiling\":[\"CAP_CHOWN\"]", NULL);
	looser("", ",\"capabilities_ceiling\":[\"CAP_SYS_ADMIN\"]", "capabilities_ceiling");
	looser("", ",\"capabilities_droppable\":[\"CAP_KILL\"]", NULL);
	looser("", ",\"capabilities_droppable\":[\"CAP_BPF\"]", "capabilities_droppable");
	looser("", ",\"capabilities_default\":[\"CAP_CHOWN\"]", NULL);
	looser(",\"capabilities_default\":[\"CAP_CHOWN\"]", ",\"capabilities_default\":[\"ALL\"]",
		"capabilities_default");
	looser("", ",\"capabilities_floor\":[]", NULL); /* nothing of it is below the ceiling */
	looser(",\"capabilities_ceiling\":[\"CAP_BPF\"]",
		",\"capabilities_ceiling\":[\"CAP_BPF\"],\"capabilities_floor\":[\"CAP_SYS_BOOT\"]",
		"capabilities_floor");
	looser("", ",\"ambient_allowed\":true", "ambient_allowed");
	looser("", ",\"seccomp_floor\":\"none\"",
		"seccomp_floor, CIS-5.22, CS-SEC-2, CS-SEC-3, CS-SEC-4, CS-SEC-5, CS-SEC-6, "
		"CS-SEC-7, CS-SEC-8, CS-SEC-9, CS-SEC-10, CS-SEC-11");
	looser("", ",\"seccomp_abi\":[\"native\",\"compat32\"]", "seccomp_abi");
	looser(",\"seccomp_abi\":[\"compat32\"]", ",\"seccomp_abi\":[\"x32\"]", "seccomp_abi");
	looser(",\"seccomp_abi\":[\"compat32\",\"x32\"]", ",\"seccomp_abi\":[\"x32\"]", NULL);
	looser("", ",\"seccomp_io_uring\":true,\"seccomp_debug\":true,\"seccomp_nested\":true",
		"seccomp_io_uring, seccomp_debug, seccomp_nested");
	looser(",\"seccomp_debug\":true", ",\"seccomp_debug\":false", NULL);
	looser(OCI_BASE, ",\"seccomp_abi\":[\"x32\"],\"seccomp_debug\":true", NULL);
	looser("", ",\"no_new_privileges\":false", "no_new_privileges, CIS-5.26");
	looser(",\"wx\":\"deny\"", ",\"wx\":\"allow\"", "wx, CS-WX-1");
	looser("", ",\"wx\":\"deny\"", NULL);
	looser("", ",\"apparmor_default\":\"other\"", "apparmor_default");
	looser(OCI_BASE, ",\"apparmor_default\":\"other\"", NULL);
	looser(",\"apparmor_default\":\"\"", ",\"apparmor_default\":\"other\"", NULL);
	looser("", ",\"landlock\":{}", NULL);
	looser(",\"landlock\":{}", ",\"landlock\":false", "landlock");
	looser(",\"landlock\":{\"writable\":[\"/a\"]}", ",\"landlock\":{\"writable\":[\"/a/b\"]}",
		NULL);
	looser(",\"landlock\":{\"writable\":[\"/a/b\"]}", ",\"landlock\":{\"writable\":[\"/a\"]}",
		"landlock");
	looser(",\"landlock\":{\"tcp_bind\":[80]}", ",\"landlock\":{}", "landlock");
	looser(",\"landlock\":{\"tcp_connect\":[80]}", ",\"landlock\":{\"tcp_connect\":[80,81]}",
		"landlock");
	looser(",\"landlock\":{}", ",\"landlock\":{\"tcp_connect\":[80]}", NULL);
	looser("", ",\"keyring_always\":false", "keyring_always");
	looser("", ",\"own_dev\":false", "own_dev, CS-MNT-11");
	looser("", ",\"devices_limited\":false", "devices_limited, CIS-5.18");
	looser("", ",\"hooks_trusted_only\":false", "hooks_trusted_only, CS-HOOK-1, CS-HOOK-2");
	looser("", ",\"volume_map\":\"identity\"", "volume_map");
	looser("", ",\"volume_map\":\"none\"", "volume_map");
	looser(",\"volume_map\":\"identity\",\"volume_map_paths\":{}", ",\"volume_map_paths\":{}",
		NULL);
	looser("", ",\"volume_map_paths\":{}", NULL);
	looser("", ",\"volume_map_paths\":{\"/srv\":\"identity\"}", "volume_map_paths");
	looser(",\"volume_map_paths\":{\"/a\":\"identity\",\"/b\":\"none\"}",
		",\"volume_map_paths\":{\"/b\":\"none\"}", NULL);
	looser(",\"volume_map_paths\":{\"/a/b\":\"owner\",\"/a\":\"identity\"}",
		",\"volume_map_paths\":{\"/a\":\"identity\",\"/a/b\":\"owner\"}",
		"volume_map_paths");
	looser("", ",\"volume_sockets\":[\"/run/x.sock\"]", "volume_sockets");
	looser("", ",\"sysctls\":[\"fs.mqueue.msg_max\"]", NULL);
	looser("", ",\"sysctls\":[\"fs.*\"]", "sysctls");
	looser("", ",\"sysctls_limited\":false", "sysctls_limited, PSS-B-12");
	looser(",\"masked_paths\":[\"/proc/x\"]", ",\"masked_paths\":[]", "masked_paths");
	looser(",\"masked_paths\":[],\"readonly_paths\":[\"/proc/x\"]",
		",\"masked_paths\":[\"/proc/x\"],\"readonly_paths\":[]", NULL);
	looser("", ",\"readonly_paths\":[]", "readonly_paths");
	looser("", ",\"rlimits\":{}", "rlimits");
	looser("", ",\"pids_limit_default\":0", "pids_limit_default");
	looser("", ",\"pids_limit_default\":9999", "pids_limit_default");
	looser("", ",\"pids_limit_default\":10", NULL);
	looser("", ",\"oom_group_default\":false", "oom_group_default");
	looser("", ",\"cgroup_delegation\":true", "cgroup_delegation");
	looser(",\"cgroup_delegation\":true", "", NULL);
	looser(RESTRICTED, RESTRICTED ",\"limits_required\":[\"pids\"]", "limits_required");
	looser("", ",\"cgroup_parents\":[\"/a\"]", NULL);
	looser(",\"cgroup_parents\":[\"/a\",\"/b\"]", ",\"cgroup_parents\":[\"/b\"]", NULL);
	looser(",\"cgroup_parents\":[\"/a\"]", ",\"cgroup_parents\":[\"/b\"]", "cgroup_parents");
	looser(",\"cgroup_parents\":[\"/a\"]", ",\"cgroup_parents\":[]", "cgroup_parents");
	looser("", ",\"cgroup_namespace_always\":false", "cgroup_namespace_always");
	looser("", ",\"time_namespace_always\":true", NULL);
	looser(RESTRICTED, RESTRICTED ",\"audit_required\":false", "audit_required");
	looser(OCI_BASE, ",\"volume_map\":\"identity\"", NULL);
}

static void test_looser__rules(void **state)
{
	(void)state;
	looser("", ",\"rules\":{\"CIS-5.10\":\"warn\"}", "CIS-5.10");
	looser("", ",\"rules\":{\"CIS-5.10\":\"allow\"}", "CIS-5.10");
	looser("", ",\"rules\":{\"CIS-5.10\":\"tighten\"}", NULL);
	looser("", ",\"rules\":{\"CIS-5.10\":\"refuse\"}", NULL);
	/* the one rule that would cut what it refuses otherwise */
	looser("", ",\"rules\":{\"CIS-5.4\":\"tighten\"}", "CIS-5.4");
	looser(RESTRICTED, RESTRICTED ",\"rules\":{\"CIS-5.13\":\"warn\"}", "CIS-5.13");
	looser(OCI_BASE, OCI_BASE ",\"rules\":{\"CIS-5.10\":\"warn\"}", NULL);
	/* more here does not make up for less there */
	looser("", ",\"rules\":{\"CIS-5.32\":\"warn\",\"CIS-5.13\":\"refuse\"}", "CIS-5.32");
}

static void test_load__shipped(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	assert_int_equal(policy_profile_load(&f.arena, NULL, &f.profile, &f.err), 0);
	assert_string_equal(f.profile->name, "hardened");
	assert_int_equal(f.profile->userns, POLICY_USERNS_ALWAYS);
	assert_int_equal(__builtin_popcountll(f.profile->caps_ceiling), 8);
	assert_int_equal(__builtin_popcountll(f.profile->caps_droppable), 6);
	assert_int_equal(f.profile->caps_ceiling & f.profile->caps_droppable, 0);
	assert_true(f.profile->floor);
	assert_true(f.profile->no_new_privileges && f.profile->keyring_always);
	assert_true(f.profile->own_dev && f.profile->mounts_limited && f.profile->devices_limited);
	assert_true(f.profile->hooks_trusted_only && f.profile->sysctls_limited);
	assert_false(f.profile->ambient_allowed || f.profile->layout_owning_on_grant);

	assert_int_equal(policy_profile_load(&f.arena, "oci", &f.profile, &f.err), 0);
	assert_int_equal(f.profile->userns, POLICY_USERNS_CONFIG);
	assert_false(f.profile->floor);
	assert_false(f.profile->caps_limited || f.profile->mounts_limited);
	assert_int_equal(f.profile->n_rlimits + f.profile->masked_paths.n, 0);
	arena_done(&f.arena);
}

static void test_load__names(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	for (size_t i = 0; policy_profile_name(i) != NULL; i++)
		assert_int_equal(
			policy_profile_load(&f.arena, policy_profile_name(i), &f.profile, &f.err),
			0);
	assert_int_equal(policy_profile_load(&f.arena, "seccomp", &f.profile, &f.err), -ENOENT);
	assert_int_equal(policy_profile_load(&f.arena, "", &f.profile, &f.err), -ENOENT);
	assert_int_equal(
		policy_profile_load(&f.arena, "/no/such/file", &f.profile, &f.err), -ENOENT);
	assert_non_null(strstr(f.err.msg, "no such file or directory"));
	arena_done(&f.arena);
}

static void test_load__file_overrides_its_base(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(load(&f,
				 "{\"extends\":\"hardened\",\"capabilities_ceiling\":[\"ALL\"],"
				 "\"capabilities_droppable\":[],\"masked_paths\":[\"/proc/x\"],"
				 "\"rlimits\":{\"RLIMIT_NPROC\":{\"soft\":5,\"hard\":6}},"
				 "\"seccomp_floor\":\"none\",\"userns\":\"config\"}",
				 0644),
		0);
	assert_int_equal(f.profile->caps_ceiling, UINT64_MAX);
	assert_int_equal(f.profile->caps_droppable, 0);
	assert_int_equal(f.profile->masked_paths.n, 1);
	assert_int_equal(f.profile->n_rlimits, 1);
	assert_int_equal(f.profile->rlimits[0].type, CONFIG_RLIMIT_NPROC);
	assert_int_equal(f.profile->rlimits[0].hard, 6);
	assert_false(f.profile->floor);
	assert_int_equal(f.profile->userns, POLICY_USERNS_CONFIG);
	assert_int_equal(f.profile->volume_map, POLICY_VOLUME_OWNER);
	assert_true(f.profile->n_volume_paths > 0);
	/* the rest is the base's */
	assert_true(f.profile->no_new_privileges && f.profile->own_dev);
	assert_true(f.profile->readonly_paths.n > 0);
	assert_string_equal(f.profile->name, f.path);
	arena_done(&f.arena);

	assert_int_equal(load(&f, "{\"extends\":\"oci\",\"name\":\"site\"}", 0400), 0);
	assert_string_equal(f.profile->name, "site");
	assert_false(f.profile->caps_limited);
	assert_int_equal(f.profile->volume_map, POLICY_VOLUME_NONE);
	arena_done(&f.arena);

	assert_int_equal(load(&f,
				 "{\"extends\":\"hardened\",\"volume_map\":\"identity\","
				 "\"volume_map_paths\":{\"/a/*\":\"owner\",\"@/b\":\"none\"},"
				 "\"volume_sockets\":[\"/run/x.sock\"]}",
				 0400),
		0);
	assert_int_equal(f.profile->volume_map, POLICY_VOLUME_IDENTITY);
	assert_int_equal(f.profile->n_volume_paths, 2);
	assert_string_equal(f.profile->volume_paths[0].pattern, "/a/*");
	assert_int_equal(f.profile->volume_paths[0].map, POLICY_VOLUME_OWNER);
	assert_string_equal(f.profile->volume_paths[1].pattern, "@/b");
	assert_int_equal(f.profile->volume_paths[1].map, POLICY_VOLUME_NONE);
	assert_int_equal(f.profile->volume_sockets.n, 1);
	arena_done(&f.arena);
}

static const char *floor_name(struct fixture *f, const char *keys)
{
	char text[400];

	str_fmt(text, sizeof(text), "{\"extends\":\"hardened\"%s}", keys);
	assert_int_equal(load(f, text, 0400), 0);
	return policy_floor_name(&f->arena, f->profile);
}

static void test_load__floor_options(void **state)
{
	struct fixture f;

	(void)state;
	assert_string_equal(floor_name(&f, ""), "floor");
	assert_int_equal(policy_floor_options(f.profile), 0);
	arena_done(&f.arena);
	assert_string_equal(floor_name(&f, ",\"seccomp_abi\":[\"native\",\"compat32\",\"x32\"],"
					   "\"seccomp_io_uring\":true,\"seccomp_debug\":true,"
					   "\"seccomp_nested\":true"),
		"floor+compat32+x32+io_uring+debug+nested");
	assert_int_equal(policy_floor_options(f.profile), POLICY_FLOOR_VARIANTS - 1);
	arena_done(&f.arena);
	assert_string_equal(floor_name(&f, ",\"seccomp_abi\":[]"), "floor");
	arena_done(&f.arena);
}

/* Loads a profile with a floor of its own, and compares it with hardened both ways. */
static void floor_file(const char *filter, mode_t mode, const char *message)
{
	char path[] = "/tmp/test-floor-XXXXXX", text[200];
	const struct policy_profile *hardened;
	const char *where;
	struct fixture f;
	int fd = mkstemp(path), r;

	assert_int_equal(fd_write_all(fd, filter, strlen(filter)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	str_fmt(text, sizeof(text), "{\"extends\":\"hardened\",\"seccomp_floor\":\"%s\"}", path);
	r = load(&f, text, 0400);
	unlink(path);
	if (message != NULL) {
		assert_true(r < 0);
		if (strstr(f.err.msg, message) == NULL)
			fail_msg("'%s' is not in '%s'", message, f.err.msg);
		arena_done(&f.arena);
		return;
	}
	assert_int_equal(r, 0);
	assert_true(f.profile->floor);
	assert_string_equal(policy_floor_name(&f.arena, f.profile), path);
	assert_int_equal(f.profile->floor_file->default_action, CONFIG_ACT_ERRNO);
	assert_int_equal(policy_profile_load(&f.arena, NULL, &hardened, &f.err), 0);
	assert_int_equal(policy_profile_looser(&f.arena, hardened, f.profile, &where, &f.err), 0);
	assert_string_equal(where, "seccomp_floor");
	assert_int_equal(policy_profile_looser(&f.arena, f.profile, hardened, &where, &f.err), 0);
	assert_string_equal(where, "seccomp_floor");
	assert_int_equal(policy_profile_looser(&f.arena, f.profile, f.profile, &where, &f.err), 0);
	assert_null(where);
	arena_done(&f.arena);
}

static void test_load__floor_of_a_file(void **state)
{
	(void)state;
	floor_file("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[]}", 0400, NULL);
	floor_file("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[]}", 0422,
		"writable by others");
	floor_file("{}", 0400, "\"defaultAction\" is missing");
	floor_file("{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", 0400, "SCMP_ACT_NOTIFY");
	floor_file("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"x\"],"
		   "\"action\":\"SCMP_ACT_NOTIFY\"}]}",
		0400, "SCMP_ACT_NOTIFY");
	floor_file("{\"defaultAction\":\"no\"}", 0400, "/defaultAction");
}

static void test_load__a_typo_does_not_weaken(void **state)
{
	(void)state;
	expect_error("{\"extends\":\"hardened\",\"own_devs\":true}", "/own_devs: unknown key");
	expect_error("{\"extends\":\"hardened\",\"own_dev\":\"yes\"}", "/own_dev");
	expect_error("{\"extends\":\"hardened\",\"own_dev\":null}", "must not be null");
	expect_error("{\"own_dev\":true}", "\"extends\" is missing");
	expect_error("{\"extends\":null}", "\"extends\" is missing");
	expect_error(
		"{\"extends\":\"hardend\"}", "unknown profile 'hardend'; did you mean 'hardened'?");
	expect_error("{\"extends\":\"/etc/x\"}", "profile '/etc/x': open");
	expect_error("{\"extends\":\"hardened\",\"own_dev\":true,\"own_dev\":false}", "own_dev");
	expect_error("[]", "must be an object");
	expect_error("{", "");
}

static void test_load__bad_values(void **state)
{
	(void)state;
	expect_error("{\"extends\":\"oci\",\"name\":\"hardened\"}", "shipped profile");
	expect_error("{\"extends\":\"oci\",\"userns\":\"never\"}", "/userns");
	expect_error("{\"extends\":\"oci\",\"seccomp_floor\":\"/x.json\"}",
		"/seccomp_floor: '/x.json': open: no such file");
	expect_error("{\"extends\":\"oci\",\"seccomp_floor\":\"x.json\"}",
		"neither \"floor\", \"none\" nor an absolute path");
	expect_error("{\"extends\":\"oci\",\"seccomp_abi\":[\"i386\"]}",
		"/seccomp_abi: 'i386' is none of \"native\", \"compat32\", \"x32\"");
	expect_error("{\"extends\":\"oci\",\"seccomp_abi\":\"x32\"}", "/seccomp_abi");
	expect_error("{\"extends\":\"oci\",\"seccomp_debug\":1}", "/seccomp_debug");
	expect_error("{\"extends\":\"oci\",\"seccomp_debugger\":true}",
		"did you mean \"seccomp_debug\"?");
	expect_error("{\"extends\":\"oci\",\"capabilities_ceiling\":[\"CAP_NONE\"]}", "CAP_NONE");
	expect_error("{\"extends\":\"oci\",\"wx\":\"denied\"}", "/wx: 'denied' is neither");
	expect_error("{\"extends\":\"oci\",\"masked_paths\":[\"proc/x\"]}", "clean absolute");
	expect_error("{\"extends\":\"oci\",\"masked_paths\":[\"/proc/../x\"]}", "clean absolute");
	expect_error("{\"extends\":\"oci\",\"readonly_paths\":[\"/\"]}", "clean absolute");
	expect_error(
		"{\"extends\":\"oci\",\"volume_map\":\"all\"}", "/volume_map: 'all' is none of");
	expect_error("{\"extends\":\"oci\",\"volume_map\":true}", "/volume_map");
	expect_error("{\"extends\":\"oci\",\"volume_map_paths\":[]}", "must be an object");
	expect_error("{\"extends\":\"oci\",\"volume_map_paths\":{\"/a\":\"x\"}}", "'x' is none of");
	expect_error(
		"{\"extends\":\"oci\",\"volume_map_paths\":{\"a\":\"none\"}}", "clean absolute");
	expect_error("{\"extends\":\"oci\",\"volume_map_paths\":{\"@/../a\":\"none\"}}",
		"clean absolute");
	expect_error(
		"{\"extends\":\"oci\",\"volume_map_paths\":{\"@\":\"none\"}}", "clean absolute");
	expect_error("{\"extends\":\"oci\",\"volume_map_paths\":{\"/\":\"identity\"}}",
		"clean absolute");
	expect_error("{\"extends\":\"oci\",\"volume_sockets\":[\"run/x\"]}", "clean absolute");
	expect_error("{\"extends\":\"oci\",\"rlimits\":[]}", "must be an object");
	expect_error("{\"extends\":\"oci\",\"rlimits\":{\"NOFILE\":{\"soft\":1,\"hard\":1}}}",
		"unknown resource limit");
	expect_error("{\"extends\":\"oci\",\"rlimits\":{\"RLIMIT_AS\":{\"soft\":1}}}", "soft");
	expect_error("{\"extends\":\"oci\",\"rlimits\":{\"RLIMIT_AS\":{\"soft\":2,\"hard\":1}}}",
		"above the hard one");
	expect_error("{\"extends\":\"oci\",\"rlimits\":{\"RLIMIT_AS\":{\"soft\":1,\"hard\":-1}}}",
		"/rlimits/RLIMIT_AS/hard");
}

static void test_load__file_must_belong_to_the_administrator(void **state)
{
	struct fixture f;

	(void)state;
	assert_int_equal(load(&f, "{\"extends\":\"oci\"}", 0664), -EPERM);
	assert_non_null(strstr(f.err.msg, "writable by others"));
	arena_done(&f.arena);
	assert_int_equal(load(&f, "{\"extends\":\"oci\"}", 0602), -EPERM);
	arena_done(&f.arena);

	memset(&f, 0, sizeof(f));
	assert_int_equal(policy_profile_load(&f.arena, "/tmp/", &f.profile, &f.err), -EINVAL);
	assert_non_null(strstr(f.err.msg, "not a regular file"));
	arena_done(&f.arena);
}

static void test_load__fifo_does_not_block(void **state)
{
	char path[] = "/tmp/test-profile-fifo-XXXXXX";
	struct fixture f = { 0 };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(policy_profile_load(&f.arena, path, &f.profile, &f.err), -EINVAL);
	unlink(path);
	arena_done(&f.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings__all_and_none),
		cmocka_unit_test(test_settings__lists),
		cmocka_unit_test(test_settings__permit),
		cmocka_unit_test(test_settings__owner),
		cmocka_unit_test(test_load__comments),
		cmocka_unit_test(test_looser__shipped),
		cmocka_unit_test(test_looser__keys),
		cmocka_unit_test(test_looser__rules),
		cmocka_unit_test(test_settings__mistakes),
		cmocka_unit_test(test_load__shipped),
		cmocka_unit_test(test_load__names),
		cmocka_unit_test(test_load__file_overrides_its_base),
		cmocka_unit_test(test_load__floor_options),
		cmocka_unit_test(test_load__floor_of_a_file),
		cmocka_unit_test(test_load__a_typo_does_not_weaken),
		cmocka_unit_test(test_load__bad_values),
		cmocka_unit_test(test_load__file_must_belong_to_the_administrator),
		cmocka_unit_test(test_load__fifo_does_not_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
