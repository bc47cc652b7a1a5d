/* Labels that a plan gives: the pair of categories of an id block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "facts/facts.h"
#include "plan/plan.h"

#include "base/banned.h"

enum {
	CATEGORIES = 1024
};

static void test_plan_category_pair__no_two_blocks_have_the_same(void **state)
{
	static unsigned char seen[CATEGORIES][CATEGORIES];
	unsigned pair[2];

	(void)state;
	for (uint32_t block = 0; block < UINT32_MAX / FACTS_ID_BLOCK + 1; block++) {
		plan_category_pair(block * FACTS_ID_BLOCK, pair);
		assert_true(pair[0] < pair[1]);
		assert_true(pair[1] < CATEGORIES);
		assert_int_equal(seen[pair[0]][pair[1]]++, 0);
	}
}

static void test_plan_category_pair__the_whole_block(void **state)
{
	unsigned first[2], last[2];

	(void)state;
	plan_category_pair(28675U * FACTS_ID_BLOCK, first);
	plan_category_pair(28675U * FACTS_ID_BLOCK + FACTS_ID_BLOCK - 1, last);
	assert_memory_equal(first, last, sizeof(first));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan_category_pair__no_two_blocks_have_the_same),
		cmocka_unit_test(test_plan_category_pair__the_whole_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
