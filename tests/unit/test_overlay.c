/* What mountinfo says of an overlay: escapes of two levels, order of layers, options. */
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

#include "base/arena.h"
#include "base/fd.h"
#include "base/str.h"
#include "facts/local.h"

#include "base/banned.h"

#define LINE(options) "70 64 0:40 / /mnt/m rw,relatime shared:3 master:1 - overlay overlay " options

static int parse(struct arena *arena, const char *line, struct facts_overlay_names *out)
{
	char *copy = arena_strdup(arena, line);

	assert_non_null(copy);
	return facts_parse_overlay(arena, copy, out);
}

static void expect_layers(
	const char *line, const struct facts_layer_name *layers, size_t n, bool is_readonly)
{
	_arena_ struct arena arena = { 0 };
	struct facts_overlay_names names;

	assert_int_equal(parse(&arena, line, &names), 0);
	assert_null(names.problem);
	assert_int_equal(names.n_layers, n);
	assert_int_equal(names.is_readonly, is_readonly);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(names.layers[i].kind, layers[i].kind);
		assert_string_equal(names.layers[i].name, layers[i].name);
	}
}

#define LAYERS(line, read_only, ...)                                        \
	do {                                                                \
		const struct facts_layer_name wanted[] = { __VA_ARGS__ };   \
		expect_layers(line, wanted, ARRAY_SIZE(wanted), read_only); \
	} while (0)
#define UPPER(name)                     \
	{                               \
		FACTS_LAYER_UPPER, name \
	}
#define LOWER(name)                     \
	{                               \
		FACTS_LAYER_LOWER, name \
	}
#define DATA(name)                     \
	{                              \
		FACTS_LAYER_DATA, name \
	}

static void test_parse_overlay__layers(void **state)
{
	(void)state;
	LAYERS(LINE("rw,lowerdir=/a:/b,upperdir=/u,workdir=/w"), false, UPPER("/u"), LOWER("/a"),
		LOWER("/b"));
	LAYERS(LINE("rw,lowerdir=l/AB:l/CD,upperdir=x/diff,workdir=x/work"), false, UPPER("x/diff"),
		LOWER("l/AB"), LOWER("l/CD"));
	LAYERS(LINE("rw,lowerdir+=/a,lowerdir+=/b:c,datadir+=/d,upperdir=/u,workdir=/w"), false,
		UPPER("/u"), LOWER("/a"), LOWER("/b:c"), DATA("/d"));
	LAYERS(LINE("rw,lowerdir=/a:/b::/c::/d,upperdir=/u,workdir=/w"), false, UPPER("/u"),
		LOWER("/a"), LOWER("/b"), DATA("/c"), DATA("/d"));
	LAYERS(LINE("ro,lowerdir=/a:/b"), true, LOWER("/a"), LOWER("/b"));
	LAYERS(LINE("rw,lowerdir=/a:/b"), true, LOWER("/a"), LOWER("/b"));
	LAYERS(LINE("ro,lowerdir=/a,upperdir=/u,workdir=/w"), true, UPPER("/u"), LOWER("/a"));
	LAYERS("70 64 0:40 / /mnt/m ro,relatime - overlay o rw,lowerdir=/a,upperdir=/u,workdir=/w",
		true, UPPER("/u"), LOWER("/a"));
}

/* As kernel 6.18 shows -o 'lowerdir=l\,1:l\:2:l 3:l\\4,upperdir=u\,1' */
static void test_parse_overlay__escapes(void **state)
{
	(void)state;
	LAYERS(LINE("rw,lowerdir=l\\134\\0541:l\\134:2:l\\0403:l\\134\\1344,upperdir=u\\134\\0541,"
		    "workdir=w"),
		false, UPPER("u,1"), LOWER("l,1"), LOWER("l:2"), LOWER("l 3"), LOWER("l\\4"));
	LAYERS(LINE("rw,lowerdir=/a\\0545,upperdir=/\\011\\012,workdir=/w"), false, UPPER("/\t\n"),
		LOWER("/a,5"));
	/* nothing is escaped a second time where each option is one layer */
	LAYERS(LINE("rw,lowerdir+=/a\\134:b\\054,lowerdir+=/c"), true, LOWER("/a\\:b,"),
		LOWER("/c"));
	/* a backslash at the very end escapes nothing */
	LAYERS(LINE("rw,lowerdir=/a:/b\\134,upperdir=/u\\134"), false, UPPER("/u\\"), LOWER("/a"),
		LOWER("/b\\"));
}

static void test_parse_overlay__options(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct facts_overlay_names names;

	(void)state;
	assert_int_equal(parse(&arena,
				 LINE("rw,seclabel,context=\"a:b:c0,c1\",lowerdir=/a,upperdir=/u,"
				      "workdir=/w,redirect_dir=on,index=on,uuid=on,nfs_export=on,"
				      "xino=off,metacopy=on,fsync=volatile,userxattr"),
				 &names),
		0);
	assert_null(names.problem);
	assert_int_equal(names.n_options, 6);
	assert_string_equal(names.options[0], "context=a:b:c0,c1");
	assert_string_equal(names.options[1], "redirect_dir=on");
	assert_string_equal(names.options[2], "xino=off");
	assert_string_equal(names.options[3], "metacopy=on");
	assert_string_equal(names.options[4], "fsync=volatile");
	assert_string_equal(names.options[5], "userxattr");
	assert_int_equal(names.n_layers, 2);

	assert_int_equal(parse(&arena, LINE("rw,lowerdir=/a:/b,wonder=1"), &names), 0);
	assert_string_equal(names.problem, "its mount option 'wonder=1' is not known");
}

static void test_parse_overlay__other_lines(void **state)
{
	static const char *const lines[] = {
		"",
		"70",
		"70 64 0:40 / /mnt rw,relatime",
		"70 64 0:40 / /mnt rw,relatime -",
		"70 64 0:40 / /mnt rw,relatime - ext4 /dev/sda rw",
		"70 64 0:40 / /mnt rw,relatime overlay overlay rw,lowerdir=/a:/b",
	};
	_arena_ struct arena arena = { 0 };
	struct facts_overlay_names names;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(parse(&arena, lines[i], &names), -ENOENT);
	assert_int_equal(parse(&arena, "70 64 0:40 / /mnt rw - overlay", &names), 0);
	assert_int_equal(names.n_layers, 0);
	assert_int_equal(
		parse(&arena, "7 6 0:4 /data /mnt rw - overlay o rw,lowerdir=/a:/b", &names), 0);
	assert_false(names.is_whole);
}

static void test_parse_overlay__as_many_as_there_can_be(void **state)
{
	_arena_ struct arena arena = { 0 };
	_str_buf_ struct str_buf line = { 0 };
	struct facts_overlay_names names;

	(void)state;
	str_buf_puts(&line, LINE("rw,lowerdir=/0"));
	for (int i = 1; i < FACTS_LAYERS_MAX; i++)
		str_buf_fmt(&line, ":/store/of/layers/with/long/names/%d", i);
	assert_int_equal(parse(&arena, line.data, &names), 0);
	assert_int_equal(names.n_layers, FACTS_LAYERS_MAX);
	str_buf_puts(&line, ":/one/more");
	assert_int_equal(parse(&arena, line.data, &names), -E2BIG);
}

/* --- facts_check_layers -------------------------------------------------------------------------- */

/* No mount here: a directory that stands for the merged one, whose files are hard links of those
 * in the layers, so that they look the same, as an overlay would show them. */
struct tree {
	char top[64];
	int top_fd;
	int merged;
	struct facts_layer layers[3];
	struct facts_layer_fd fds[3];
	struct facts_overlay overlay;
};

static int setup_tree(void **state)
{
	static struct tree tree;
	static const char *const names[] = { "upper", "low", "base" };

	str_fmt(tree.top, sizeof(tree.top), "/tmp/test_overlay.XXXXXX");
	assert_non_null(mkdtemp(tree.top));
	tree.top_fd = open(tree.top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(tree.top_fd >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(mkdirat(tree.top_fd, names[i], 0755), 0);
		tree.fds[i].fd = openat(tree.top_fd, names[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		tree.fds[i].is_relative = false;
		tree.layers[i].kind = i == 0 ? FACTS_LAYER_UPPER : FACTS_LAYER_LOWER;
		tree.layers[i].path = names[i];
	}
	tree.overlay = (struct facts_overlay){ .layers = tree.layers, .n_layers = 3 };
	tree.merged = dup(tree.fds[0].fd); /* the top of both looks the same */
	*state = &tree;
	return 0;
}

static int teardown_tree(void **state)
{
	struct tree *tree = *state;
	char command[128];
	pid_t pid;

	for (size_t i = 0; i < 3; i++)
		close(tree->fds[i].fd);
	close(tree->merged);
	close(tree->top_fd);
	str_fmt(command, sizeof(command), "%s", tree->top);
	pid = fork();
	if (pid == 0) {
		execlp("rm", "rm", "-r", command, NULL);
		_exit(1);
	}
	return pid > 0 ? 0 : -1;
}

static void put_file(const struct tree *tree, size_t layer, const char *name)
{
	int fd = openat(tree->fds[layer].fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	close(fd);
}

/* The merged directory is the upper one here, so what it shows is linked there. */
static void show(const struct tree *tree, size_t layer, const char *name)
{
	assert_int_equal(linkat(tree->fds[layer].fd, name, tree->merged, name, 0), 0);
}

static const char *check(struct tree *tree, struct arena *arena)
{
	return facts_check_layers(arena, tree->merged, &tree->overlay, tree->fds);
}

static void test_check_layers__witnesses(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct tree *tree = *state;

	put_file(tree, 1, "of-low");
	put_file(tree, 2, "of-base");
	show(tree, 1, "of-low");
	show(tree, 2, "of-base");
	assert_null(check(tree, &arena));
	tree->fds[1].is_relative = true;
	assert_null(check(tree, &arena));
}

static void test_check_layers__deep_witness(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct tree *tree = *state;

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(mkdirat(tree->fds[i].fd, "d", i == 0 ? 0700 : 0755), 0);
	put_file(tree, 1, "d/x");
	put_file(tree, 2, "d/y");
	show(tree, 1, "d/x");
	show(tree, 2, "d/y");
	assert_null(check(tree, &arena));
}

static void test_check_layers__another_top(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct tree *tree = *state;

	close(tree->merged);
	assert_int_equal(mkdirat(tree->top_fd, "other", 0711), 0);
	tree->merged = openat(tree->top_fd, "other", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_string_equal(
		check(tree, &arena), "the mount does not show what is in layer 'upper'");
}

static void test_check_layers__a_name_that_is_not_shown(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct tree *tree = *state;

	put_file(tree, 1, "of-low");
	show(tree, 1, "of-low");
	put_file(tree, 2, "of-another-base");
	assert_string_equal(check(tree, &arena), "the mount does not show what is in layer 'base'");
}

/* An empty layer can't be proved; where it is found by a relative name, something else must. */
static void test_check_layers__nothing_to_see(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct tree *tree = *state;

	assert_null(check(tree, &arena));
	tree->fds[2].is_relative = true;
	assert_string_equal(check(tree, &arena),
		"nothing in its layers proves from where their relative names start");
	tree->fds[0].is_relative = true;
	assert_null(check(tree, &arena));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_overlay__layers),
		cmocka_unit_test(test_parse_overlay__escapes),
		cmocka_unit_test(test_parse_overlay__options),
		cmocka_unit_test(test_parse_overlay__other_lines),
		cmocka_unit_test(test_parse_overlay__as_many_as_there_can_be),
		cmocka_unit_test_setup_teardown(
			test_check_layers__witnesses, setup_tree, teardown_tree),
		cmocka_unit_test_setup_teardown(
			test_check_layers__deep_witness, setup_tree, teardown_tree),
		cmocka_unit_test_setup_teardown(
			test_check_layers__another_top, setup_tree, teardown_tree),
		cmocka_unit_test_setup_teardown(
			test_check_layers__a_name_that_is_not_shown, setup_tree, teardown_tree),
		cmocka_unit_test_setup_teardown(
			test_check_layers__nothing_to_see, setup_tree, teardown_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
