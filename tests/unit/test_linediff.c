/* Two texts line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "cli/linediff.h"

#include "base/banned.h"

/* The edits of @a and @b, "+x" and so on with a blank between, are @expected. */
static void expect(const char *a, const char *b, const char *expected)
{
	_arena_ struct arena arena = { 0 };
	_str_buf_ struct str_buf got = { 0 };
	struct cli_edit *edits = NULL;
	size_t n = 0;
	struct err err;

	assert_int_equal(cli_line_diff(&arena, a, b, &edits, &n, &err), 0);
	for (size_t i = 0; i < n; i++)
		str_buf_fmt(&got, "%s%c%.*s", i > 0 ? "|" : "", edits[i].op, (int)edits[i].len,
			edits[i].text);
	assert_string_equal(got.len > 0 ? got.data : "", expected);
}

static void test_diff__the_same(void **state)
{
	(void)state;
	expect("", "", "");
	expect("a\nb\n", "a\nb\n", " a| b");
	expect("a\nb", "a\nb\n", " a| b");
}

static void test_diff__one_side(void **state)
{
	(void)state;
	expect("", "a\nb\n", "+a|+b");
	expect("a\nb\n", "", "-a|-b");
	expect("a\n\nc\n", "a\nc\n", " a|-| c");
}

static void test_diff__fewest(void **state)
{
	(void)state;
	expect("a\nb\nc\nd\n", "a\nx\nc\nd\n", " a|-b|+x| c| d");
	expect("a\nb\nc\n", "b\nc\na\n", "-a| b| c|+a");
	expect("x\na\ny\nb\nz\n", "p\na\nq\nb\nr\n", "-x|+p| a|-y|+q| b|-z|+r");
	expect("a\na\na\n", "a\na\n", " a| a|-a");
}

static void test_diff__descriptors_do_not_count(void **state)
{
	(void)state;
	expect("m fd=3 t=/a\n", "m fd=12 t=/a\n", " m fd=12 t=/a");
	expect("m fd=3 t=/a\n", "m fd=3 t=/b\n", "-m fd=3 t=/a|+m fd=3 t=/b");
	expect("m fd=3\n", "m\n", "-m fd=3|+m");
	expect("m fd=\n", "m fd=4\n", " m fd=4");
}

/* More lines than anything is compared for: still every line, and soon. */
static void test_diff__too_many(void **state)
{
	enum {
		LINES = 4000
	};
	_arena_ struct arena arena = { 0 };
	_str_buf_ struct str_buf a = { 0 }, b = { 0 };
	struct cli_edit *edits = NULL;
	size_t n = 0;
	struct err err;

	(void)state;
	for (int i = 0; i < LINES; i++) {
		str_buf_fmt(&a, "a%d\n", i);
		str_buf_fmt(&b, "b%d\n", i);
	}
	assert_int_equal(cli_line_diff(&arena, a.data, b.data, &edits, &n, &err), 0);
	assert_int_equal(n, 2 * LINES);
	assert_int_equal(edits[0].op, '-');
	assert_int_equal(edits[LINES].op, '+');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_diff__the_same),
		cmocka_unit_test(test_diff__one_side),
		cmocka_unit_test(test_diff__fewest),
		cmocka_unit_test(test_diff__descriptors_do_not_count),
		cmocka_unit_test(test_diff__too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
