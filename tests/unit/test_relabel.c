/* Relabelling: every file of the tree and nothing else, whatever leads out of it (T-06). The kernel keeps
 * the attribute without SELinux, too; to set it takes root. */
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
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/host/relabel.h"
#include "base/str.h"

#include "plan_writer.h"

#define LABEL "system_u:object_r:caisson_file_t:s0:c1,c2"

struct fixture {
	char dir[64];
	struct err err;
};

static void touch(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	close(fd);
}

/* "tree" is what is relabelled; "outside" is the host's. */
static int set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .dir = "/tmp/caisson-relabel.XXXXXX" };
	if (mkdtemp(f.dir) == NULL || chdir(f.dir) < 0)
		return -1;
	mkdir("tree", 0755);
	mkdir("tree/sub", 0755);
	mkdir("outside", 0755);
	touch("tree/file");
	touch("tree/sub/file");
	touch("outside/file");
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = { "tree/file", "tree/sub/file", "tree/sub/again",
		"tree/link", "tree/hard", "outside/file", "way", "tree/fifo" };
	static const char *const dirs[] = { "tree/sub", "tree", "outside" };
	const struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		(void)!unlink(files[i]);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		(void)!rmdir(dirs[i]);
	return chdir("/") < 0 ? -1 : rmdir(f->dir);
}

static bool has_label(const char *path)
{
	char label[256];

	return lgetxattr(path, "security.selinux", label, sizeof(label)) == sizeof(LABEL) &&
	       str_eq(label, LABEL);
}

static int relabel(struct fixture *f, const char *name)
{
	struct plan_writer *w = plan_writer_new();
	char path[128];
	struct plan plan;
	void *data;
	size_t size;
	int r;

	str_fmt(path, sizeof(path), "%s/%s", f->dir, name);
	(void)plan_writer_text(w, PLAN_RELABEL, path, LABEL);
	data = plan_writer_finish(w, &size);
	assert_int_equal(plan_open(data, size, &plan, &f->err), 0);
	r = host_relabel(&plan, &f->err);
	free(data);
	return r;
}

static void test_relabel__the_whole_tree(void **state)
{
	static const char *const files[] = { "tree", "tree/file", "tree/sub", "tree/sub/file",
		"tree/sub/again", "tree/fifo", "tree/link" };
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	/* two names, both of the tree, as images have them */
	assert_int_equal(link("tree/file", "tree/sub/again"), 0);
	assert_int_equal(mkfifo("tree/fifo", 0600), 0);
	assert_int_equal(symlink("../outside/file", "tree/link"), 0);
	assert_int_equal(relabel(f, "tree"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (!has_label(files[i]))
			fail_msg("%s has no label", files[i]);
	}
	assert_false(has_label("outside"));
	assert_false(has_label("outside/file"));
	/* and once more, where there is nothing to do */
	assert_int_equal(relabel(f, "tree"), 0);
}

static void test_relabel__hard_link_that_leads_out(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(link("outside/file", "tree/hard"), 0);
	assert_int_equal(relabel(f, "tree"), -EPERM);
	assert_non_null(strstr(f->err.msg, "tree/hard': a file with another name outside"));
	assert_false(has_label("outside/file"));
	assert_false(has_label("tree/file"));
	assert_false(has_label("tree"));
}

static void test_relabel__one_file(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(relabel(f, "tree/file"), 0);
	assert_true(has_label("tree/file"));
	assert_false(has_label("tree"));
}

static void test_relabel__symlink_in_the_path(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(symlink("outside", "way"), 0);
	assert_int_equal(relabel(f, "way"), -ELOOP);
	assert_int_equal(relabel(f, "way/file"), -ELOOP);
	assert_int_equal(relabel(f, "missing"), -ENOENT);
	assert_false(has_label("outside"));
	assert_false(has_label("outside/file"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_relabel__the_whole_tree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_relabel__hard_link_that_leads_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_relabel__one_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_relabel__symlink_in_the_path, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
