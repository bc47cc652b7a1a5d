/* Id maps: what fits into the map of an outer namespace, and what does not. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/str.h"
#include "host/idmap.h"

#include "base/banned.h"

enum {
	TEXT_MAX = 4096
};

static void parse(struct arena *arena, const char *text, struct host_idmap **out)
{
	char *buf = arena_alloc(arena, HOST_IDMAP_TEXT_MAX);
	struct err err = { 0 };
	int ends[2];

	*out = arena_alloc(arena, sizeof(**out));
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
	close(ends[1]);
	if (host_idmap_read(ends[0], buf, *out, &err) < 0)
		fail_msg("%s", err.msg);
	close(ends[0]);
}

static void expect(const struct host_idmap *map, const char *text)
{
	char buf[TEXT_MAX];

	assert_true(host_idmap_print(map, buf, sizeof(buf)) < sizeof(buf));
	assert_string_equal(buf, text);
}

static void test_read__columns(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct host_idmap *map;

	(void)state;
	parse(&arena, "         0       1001          1\n         1     100000      65536\n", &map);
	expect(map, "0 1001 1\n1 100000 65536\n");
	assert_int_equal(host_idmap_find(map, 0)->outside, 1001);
	assert_int_equal(host_idmap_find(map, 65536)->outside, 100000);
	assert_null(host_idmap_find(map, 65537));
}

static void test_add__keeps_order(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct host_idmap *map;

	(void)state;
	parse(&arena, "7 1 1\n3 2 1\n5 3 1\n", &map);
	expect(map, "3 2 1\n5 3 1\n7 1 1\n");
	while (map->n < HOST_IDMAP_LINES_MAX)
		assert_true(host_idmap_add(map, &(struct host_idmap_line){ 9, 9, 1 }));
	assert_false(host_idmap_add(map, &(struct host_idmap_line){ 9, 9, 1 }));
}

static void test_print__says_when_cut(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct host_idmap *map;
	char small[8];

	(void)state;
	parse(&arena, "0 100000 65536\n", &map);
	assert_true(host_idmap_print(map, small, sizeof(small)) >= sizeof(small));
}

static void test_cut__where_the_outer_map_ends(void **state)
{
	static const char outer[] = "0 1001 1\n1 100000 65536\n";
	static const struct {
		const char *map, *cut;
	} cases[] = {
		{ "0 0 65537\n", "0 0 1\n1 1 65536\n" },
		{ "0 1 65536\n", "0 1 65536\n" },
		{ "0 0 1\n5 0 3\n", "0 0 1\n5 0 1\n6 1 2\n" },
		{ "100 65536 1\n", "100 65536 1\n" },
	};
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_arena_ struct arena arena = { 0 };
		struct host_idmap *own, *map, *cut = arena_alloc(&arena, sizeof(*cut));

		parse(&arena, outer, &own);
		parse(&arena, cases[i].map, &map);
		assert_int_equal(host_idmap_cut(own, map, "uid_map", cut, &err), 0);
		expect(cut, cases[i].cut);
	}
}

static void test_cut__ids_that_are_not_there(void **state)
{
	static const char *const maps[] = { "0 0 65538\n", "0 70000 1\n", "0 65530 100\n" };
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		_arena_ struct arena arena = { 0 };
		struct host_idmap *own, *map, *cut = arena_alloc(&arena, sizeof(*cut));

		parse(&arena, "0 1001 1\n1 100000 65536\n", &own);
		parse(&arena, maps[i], &map);
		assert_int_equal(host_idmap_cut(own, map, "uid_map", cut, &err), -EPERM);
		assert_non_null(strstr(err.msg, "uid_map: the caller has no id "));
	}
}

static void test_cut__too_many_pieces(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct host_idmap *own = arena_alloc(&arena, sizeof(*own)), *map,
			  *cut = arena_alloc(&arena, sizeof(*cut));
	struct err err = { 0 };

	(void)state;
	own->n = 0;
	for (uint32_t i = 0; i < HOST_IDMAP_LINES_MAX; i++)
		assert_true(host_idmap_add(own, &(struct host_idmap_line){ i, 2 * i, 1 }));
	parse(&arena, "0 0 340\n400 0 1\n", &map);
	assert_int_equal(host_idmap_cut(own, map, "gid_map", cut, &err), -E2BIG);
}

static void test_flip__back_to_the_caller(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct host_idmap *map, *flipped = arena_alloc(&arena, sizeof(*flipped));

	(void)state;
	parse(&arena, "0 1001 1\n1 100000 65536\n65537 500 2\n", &map);
	host_idmap_flip(map, flipped);
	expect(flipped, "500 65537 2\n1001 0 1\n100000 1 65536\n");
}

static void test_read__refuses_what_it_does_not_understand(void **state)
{
	static const char *const texts[] = { "0 0\n", "0 0 x\n", "0 -1 1\n", "0 4294967296 1\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_arena_ struct arena arena = { 0 };
		char *buf = arena_alloc(&arena, HOST_IDMAP_TEXT_MAX);
		struct host_idmap *map = arena_alloc(&arena, sizeof(*map));
		struct err err = { 0 };
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], texts[i], strlen(texts[i])), strlen(texts[i]));
		close(ends[1]);
		assert_int_equal(host_idmap_read(ends[0], buf, map, &err), -EINVAL);
		close(ends[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read__columns),
		cmocka_unit_test(test_read__refuses_what_it_does_not_understand),
		cmocka_unit_test(test_add__keeps_order),
		cmocka_unit_test(test_print__says_when_cut),
		cmocka_unit_test(test_cut__where_the_outer_map_ends),
		cmocka_unit_test(test_cut__ids_that_are_not_there),
		cmocka_unit_test(test_cut__too_many_pieces),
		cmocka_unit_test(test_flip__back_to_the_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
