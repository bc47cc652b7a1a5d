/* Facts that only some rules ask for: whose ids are whose, and what an image holds. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/str.h"
#include "facts/facts.h"

#include "base/banned.h"

struct fixture {
	struct arena arena;
	struct facts facts;
	struct err err;
	char dir[64];
	int fd;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	str_fmt(f->dir, sizeof(f->dir), "/tmp/test-facts-asked-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	f->fd = open(f->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = f;
	return f->fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "passwd", "subuid", "a/b/su", "a/b/fifo", "a/b/link",
		"a/plain", "a/sgid-data", "a/b", "a", "sticky", "open" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (unlinkat(f->fd, names[i], 0) < 0)
			(void)unlinkat(f->fd, names[i], AT_REMOVEDIR);
	}
	assert_int_equal(rmdir(f->dir), 0);
	close(f->fd);
	arena_done(&f->arena);
	free(f);
	return 0;
}

static const char *write_file(struct fixture *f, const char *name, const char *text, mode_t mode)
{
	_fd_ int fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	return arena_fmt(&f->arena, "%s/%s", f->dir, name);
}

static bool has(const struct fixture *f, uint32_t first, uint32_t count, const char *who)
{
	for (size_t i = 0; i < f->facts.n_id_users; i++) {
		const struct facts_id_user *user = &f->facts.id_users[i];

		if (user->first == first && user->count == count && str_eq(user->who, who))
			return true;
	}
	return false;
}

static void test_probe_id_users(void **state)
{
	struct fixture *f = *state;
	const char *passwd = write_file(f, "passwd",
		"root:x:0:0:root:/root:/bin/bash\n"
		"daemon:x:1:1::/:/usr/sbin/nologin\n"
		"dockremap:x:111:112::/home/dockremap:/bin/false\n"
		"alice:x:1000:1000:A,,,:/home/alice:/bin/bash\n"
		"robot:x:1001:1001::/home/robot:/usr/sbin/nologin\n"
		"nobody:x:65534:65534::/:/bin/sh\n"
		"\nbroken\nbad:x:-1:0::/:/bin/sh\n",
		0600);
	const char *subuid = write_file(f, "subuid",
		"alice:100000:65536\n"
		"dockremap:165536:65536\n"
		"robot:300000:65536\n"
		"1000:400000:10\n"
		"ali:500000:1\n"
		"alice:x:1\nalice\n",
		0600);

	assert_int_equal(facts_probe_id_users(&f->arena, &f->facts, passwd, subuid, &f->err), 0);
	assert_true(has(f, 1, 1, "user daemon"));
	assert_true(has(f, 111, 1, "user dockremap"));
	assert_true(has(f, 1000, 1, "user alice"));
	assert_true(has(f, 100000, 65536, "subordinate ids of alice"));
	assert_true(has(f, 400000, 10, "subordinate ids of 1000"));
	/* root is CS-MAP-2's; a service has its range for its containers */
	assert_int_equal(f->facts.n_id_users, 6);
}

static void test_probe_id_users__no_files(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		facts_probe_id_users(&f->arena, &f->facts, "/nowhere", "/nowhere", &f->err), 0);
	assert_int_equal(f->facts.n_id_users, 0);
}

static void test_add_id_user__many(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i < FACTS_ID_USERS_MAX + 10; i++) {
		const struct facts_id_user user = { i, 1, "x" };

		assert_int_equal(facts_add_id_user(&f->arena, &f->facts, &user, &f->err), 0);
	}
	assert_int_equal(f->facts.n_id_users, FACTS_ID_USERS_MAX);
	for (uint32_t i = 0; i < FACTS_ID_USERS_MAX; i++)
		assert_int_equal(f->facts.id_users[i].first, i);
}

static void make_dir(struct fixture *f, const char *name, mode_t mode)
{
	assert_int_equal(mkdirat(f->fd, name, 0700), 0);
	assert_int_equal(fchmodat(f->fd, name, mode, 0), 0);
}

static void test_probe_image(void **state)
{
	struct fixture *f = *state;
	const struct facts_image *image = &f->facts.image;

	make_dir(f, "a", 0755);
	make_dir(f, "a/b", 0755);
	make_dir(f, "sticky", 01777);
	write_file(f, "a/plain", "", 0755);
	write_file(f, "a/sgid-data", "", 02644); /* mandatory locking, of old */
	assert_int_equal(mkfifoat(f->fd, "a/b/fifo", 0600), 0);
	assert_int_equal(symlinkat("..", f->fd, "a/b/link"), 0);
	assert_int_equal(facts_probe_image(&f->arena, &f->facts, f->dir, &f->err), 0);
	assert_true(image->is_known && !image->is_cut);
	for (size_t i = 0; i < FACTS_IMAGE_N; i++)
		assert_int_equal(image->found[i].n, 0);

	write_file(f, "a/b/su", "", 04755);
	make_dir(f, "open", 0777);
	assert_int_equal(facts_probe_image(&f->arena, &f->facts, f->dir, &f->err), 0);
	assert_int_equal(image->found[FACTS_IMAGE_SETUID].n, 1);
	assert_string_equal(image->found[FACTS_IMAGE_SETUID].first, "/a/b/su");
	assert_int_equal(image->found[FACTS_IMAGE_OPEN].n, 1);
	assert_string_equal(image->found[FACTS_IMAGE_OPEN].first, "/open");
}

/* Directories in each other beyond the bound are not walked, and that is said. */
static void test_probe_image__deep(void **state)
{
	struct fixture *f = *state;
	char path[4 * FACTS_IMAGE_DEPTH_MAX] = "a";

	make_dir(f, path, 0755);
	for (int i = 0; i < FACTS_IMAGE_DEPTH_MAX + 2; i++) {
		str_fmt(path + strlen(path), sizeof(path) - strlen(path), "/d");
		make_dir(f, path, 0755);
	}
	assert_int_equal(facts_probe_image(&f->arena, &f->facts, f->dir, &f->err), 0);
	assert_true(f->facts.image.is_cut);
	for (; strlen(path) > 1; path[strlen(path) - 2] = '\0')
		assert_int_equal(unlinkat(f->fd, path, AT_REMOVEDIR), 0);
}

static void test_probe_image__no_directory(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(facts_probe_image(&f->arena, &f->facts, "/nowhere", &f->err), 0);
	assert_false(f->facts.image.is_known);
}

/* It has the number of a whiteout, or of something else: only root can make one. */
static void test_probe_image__devices(void **state)
{
	struct fixture *f = *state;

	make_dir(f, "a", 0755);
	if (mknodat(f->fd, "a/plain", S_IFCHR | 0600, 0) < 0) {
		assert_int_equal(errno, EPERM);
		skip();
	}
	if (mknodat(f->fd, "passwd", S_IFCHR | 0600, (1 << 8) | 3) < 0) {
		assert_int_equal(errno, EPERM);
		skip();
	}
	assert_int_equal(facts_probe_image(&f->arena, &f->facts, f->dir, &f->err), 0);
	assert_int_equal(f->facts.image.found[FACTS_IMAGE_DEVICE].n, 1);
	assert_string_equal(f->facts.image.found[FACTS_IMAGE_DEVICE].first, "/passwd");
}

static void test_probe_core_pattern(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(facts_probe_core_pattern(&f->arena, &f->facts, &f->err), 0);
	if (f->facts.core_pattern != NULL)
		assert_null(strchr(f->facts.core_pattern, '\n'));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_probe_id_users),
		CASE(test_probe_id_users__no_files),
		CASE(test_add_id_user__many),
		CASE(test_probe_image),
		CASE(test_probe_image__deep),
		CASE(test_probe_image__no_directory),
		CASE(test_probe_image__devices),
		CASE(test_probe_core_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
