/* Reading profiles: shipped ones, files, and everything a file must not be able to do. */
#include <errno.h>
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
	expect_mistake("{\"color\":\"red\"}", "there are \"profile\", \"id_user\", \"state_root\"");
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
	expect_error("{\"extends\":\"oci\",\"seccomp_floor\":\"/x.json\"}", "/seccomp_floor");
	expect_error("{\"extends\":\"oci\",\"capabilities_ceiling\":[\"CAP_NONE\"]}", "CAP_NONE");
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
		cmocka_unit_test(test_settings__mistakes),
		cmocka_unit_test(test_load__shipped),
		cmocka_unit_test(test_load__names),
		cmocka_unit_test(test_load__file_overrides_its_base),
		cmocka_unit_test(test_load__a_typo_does_not_weaken),
		cmocka_unit_test(test_load__bad_values),
		cmocka_unit_test(test_load__file_must_belong_to_the_administrator),
		cmocka_unit_test(test_load__fifo_does_not_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
