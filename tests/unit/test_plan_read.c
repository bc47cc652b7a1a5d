/* The decoder takes what the format allows and nothing else. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/abi.h"

#include "plan_writer.h"

/* A small plan with every sort of field; a test breaks one thing. */
struct fixture {
	char *buf;
	size_t size;
};

enum {
	IDS,
	JOIN,
	HOSTNAME,
	MOUNT,
	EXEC,
	N_STEPS
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct plan_writer *w = plan_writer_new();
	static const uint32_t map[] = { 0, 100000, 65536 };
	struct plan_step *step;

	w->header.n_slots = PLAN_SLOT_FIRST + 2;
	w->header.id = plan_writer_string(w, "c1");
	step = plan_writer_step(w, PLAN_IDS, PLAN_SLOT_USERNS);
	step->ref[0] = plan_writer_data(w, map, sizeof(map));
	step->ref[1] = plan_writer_data(w, map, sizeof(map));
	plan_writer_step(w, PLAN_CGROUP_JOIN, PLAN_SLOT_FIRST + 1);
	plan_writer_text(w, PLAN_HOSTNAME, "box", NULL);
	step = plan_writer_text(w, PLAN_MOUNT_NEW, "/dev", "tmpfs");
	step->ref[2] = plan_writer_list(w, "mode=755~size=64k~noswap");
	step->num[1] = SYS_MS_PRIVATE;
	step = plan_writer_step(w, PLAN_EXEC, PLAN_SLOT_NONE);
	step->ref[0] = plan_writer_list(w, "sh~-c~~true");
	f->buf = plan_writer_finish(w, &f->size);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	free(f->buf);
	free(f);
	return 0;
}

static struct plan_header *header(struct fixture *f)
{
	return (struct plan_header *)(void *)f->buf;
}

static struct plan_step *step_at(struct fixture *f, size_t i)
{
	return (struct plan_step *)(void *)(f->buf + sizeof(struct plan_header)) + i;
}

static void expect(struct fixture *f, int code)
{
	struct plan plan;
	struct err err;

	assert_int_equal(plan_open(f->buf, f->size, &plan, &err), code);
	if (code < 0)
		assert_true(strlen(err.msg) > 10);
}

static void test_plan_open__good(void **state)
{
	struct fixture *f = *state;
	struct plan plan;
	struct err err;
	const char *item = NULL;
	size_t n;

	assert_int_equal(plan_open(f->buf, f->size, &plan, &err), 0);
	assert_int_equal(plan.header->n_steps, N_STEPS);
	assert_string_equal(plan_string(&plan, &plan.header->id), "c1");
	assert_string_equal(plan_string(&plan, &plan.header->state_head), "");
	assert_string_equal(plan_string(&plan, &plan.steps[HOSTNAME].ref[0]), "box");
	assert_int_equal(plan_u32s(&plan, &plan.steps[IDS].ref[1], &n)[1], 100000);
	assert_int_equal(n, 3);
	assert_int_equal(plan_slot_fd(&plan, plan.steps[JOIN].slot), 3 + PLAN_SLOT_FIRST + 1);
	assert_int_equal(plan_strings_count(&plan, &plan.steps[MOUNT].ref[2]), 3);
	item = plan_strings(&plan, &plan.steps[MOUNT].ref[2], NULL);
	item = plan_strings(&plan, &plan.steps[MOUNT].ref[2], item);
	assert_string_equal(item, "size=64k");
	assert_int_equal(plan_strings_count(&plan, &plan.steps[EXEC].ref[1]), 0);
}

static void test_plan_strings__keeps_empty_elements(void **state)
{
	struct fixture *f = *state;
	static const char *const words[] = { "sh", "-c", "", "true" };
	struct plan plan;
	struct err err;
	const char *item = NULL;

	assert_int_equal(plan_open(f->buf, f->size, &plan, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		item = plan_strings(&plan, &plan.steps[EXEC].ref[0], item);
		assert_string_equal(item, words[i]);
	}
	assert_null(plan_strings(&plan, &plan.steps[EXEC].ref[0], item));
}

static void test_plan_open__every_shorter_buffer(void **state)
{
	struct fixture *f = *state;
	size_t size = f->size;

	for (size_t n = 0; n < size; n++) {
		char *exact = malloc(n + 1);
		struct plan plan;
		struct err err;

		memcpy(exact, f->buf, n);
		assert_int_equal(plan_open(exact, n, &plan, &err), -EINVAL);
		if (n >= sizeof(struct plan_header)) { /* the same with an honest size field */
			((struct plan_header *)(void *)exact)->size = (uint32_t)n;
			(void)!plan_open(exact, n, &plan, &err);
		}
		free(exact);
	}
}

static void test_plan_open__too_large(void **state)
{
	struct fixture *f = *state;
	struct plan plan;
	struct err err;

	assert_int_equal(plan_open(f->buf, PLAN_SIZE_MAX + 1, &plan, &err), -EFBIG);
}

static void test_plan_open__not_aligned(void **state)
{
	struct fixture *f = *state;
	char *moved = malloc(f->size + 8);
	struct plan plan;
	struct err err;

	memcpy(moved + 4, f->buf, f->size);
	assert_int_equal(plan_open(moved + 4, f->size, &plan, &err), -EINVAL);
	free(moved);
}

static void test_plan_open__header(void **state)
{
	struct fixture *f = *state;
	struct plan_header good = *header(f);

#define BREAK(field, value)               \
	do {                              \
		header(f)->field = value; \
		expect(f, -EINVAL);       \
		*header(f) = good;        \
	} while (0)
	BREAK(magic, 0);
	BREAK(version, PLAN_VERSION + 1);
	BREAK(header_size, 0);
	BREAK(size, (uint32_t)f->size + 8);
	BREAK(n_steps, PLAN_STEPS_MAX + 1);
	BREAK(n_steps, 1000);
	BREAK(n_slots, PLAN_SLOTS_MAX + 1);
	BREAK(n_slots, PLAN_SLOT_FIRST - 1);
	BREAK(first_slot_fd, 2);
	BREAK(first_slot_fd, 0x7fffffff);
	BREAK(clone_flags, 1);
	BREAK(id.offset, 0);
	BREAK(id.len, UINT32_MAX);
	BREAK(state_tail.offset, 8);
#undef BREAK
	expect(f, 0);
}

static void test_plan_open__kind_and_stage(void **state)
{
	struct fixture *f = *state;

	step_at(f, HOSTNAME)->kind = PLAN_KIND_N;
	expect(f, -EINVAL);
	step_at(f, HOSTNAME)->kind = PLAN_HOSTNAME;
	step_at(f, HOSTNAME)->stage = PLAN_STAGE_CONFINE;
	expect(f, -EINVAL);
	step_at(f, HOSTNAME)->stage = PLAN_STAGE_N;
	expect(f, -EINVAL);
	step_at(f, HOSTNAME)->stage = PLAN_STAGE_BUILD;
	expect(f, 0);
}

static void test_plan_open__stages_never_go_back(void **state)
{
	struct fixture *f = *state;
	struct plan_step last = *step_at(f, EXEC);

	*step_at(f, EXEC) = *step_at(f, HOSTNAME);
	*step_at(f, HOSTNAME) = last;
	expect(f, -EINVAL);
}

static void test_plan_open__slots(void **state)
{
	struct fixture *f = *state;

	step_at(f, JOIN)->slot = PLAN_SLOT_NONE;
	expect(f, -EINVAL);
	step_at(f, JOIN)->slot = -2;
	expect(f, -EINVAL);
	step_at(f, JOIN)->slot = PLAN_SLOT_FIRST + 2;
	expect(f, -EINVAL);
	step_at(f, JOIN)->slot = PLAN_SLOT_FIRST;
	expect(f, 0);
}

static void test_plan_open__references(void **state)
{
	struct fixture *f = *state;
	struct plan_ref *ref = &step_at(f, HOSTNAME)->ref[0];
	struct plan_ref good = *ref;
	const struct plan_ref bad[] = {
		{ 0, 0 }, /* required */
		{ good.offset, 0 },
		{ 0, good.len },                          /* the header */
		{ sizeof(struct plan_header), good.len }, /* the steps */
		{ good.offset, good.len - 1 },            /* no NUL */
		{ good.offset, good.len + 1 },            /* a NUL inside */
		{ (uint32_t)f->size, 1 },
		{ (uint32_t)f->size - 1, 2 },
		{ UINT32_MAX, good.len },
		{ good.offset, UINT32_MAX },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		*ref = bad[i];
		expect(f, -EINVAL);
	}
	*ref = good;
	expect(f, 0);
	step_at(f, HOSTNAME)->ref[1] = good; /* a field that the kind does not have */
	expect(f, -EINVAL);
}

static void test_plan_open__arrays(void **state)
{
	struct fixture *f = *state;
	struct plan_ref *ref = &step_at(f, IDS)->ref[0];

	ref->len--;
	expect(f, -EINVAL);
	ref->len++;
	ref->offset++;
	expect(f, -EINVAL);
}

static void test_plan_open__numbers(void **state)
{
	struct fixture *f = *state;

	step_at(f, HOSTNAME)->num[0] = 1; /* a field that the kind does not have */
	expect(f, -EINVAL);
	step_at(f, HOSTNAME)->num[0] = 0;
	step_at(f, MOUNT)->num[1] = SYS_MS_PRIVATE | SYS_MS_SHARED;
	expect(f, -EINVAL);
	step_at(f, MOUNT)->num[1] = SYS_MS_SLAVE;
	expect(f, 0);
	step_at(f, MOUNT)->num[3] = PLAN_KEPT_MAX;
	expect(f, 0);
	step_at(f, MOUNT)->num[3] = PLAN_KEPT_MAX + 1;
	expect(f, -EINVAL);
	step_at(f, MOUNT)->num[3] = 0;
	step_at(f, IDS)->num[0] = 1; /* not a namespace */
	expect(f, -EINVAL);
	step_at(f, IDS)->num[0] = SYS_NEWNET;
	expect(f, 0);
}

static void test_plan_kind_info__complete(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < PLAN_KIND_N; kind++) {
		const struct plan_kind_info *info = plan_kind_info(kind);

		assert_non_null(info->name);
		assert_true(info->first <= info->last && info->last < PLAN_STAGE_N);
		for (unsigned other = 0; other < kind; other++)
			assert_string_not_equal(info->name, plan_kind_info(other)->name);
		for (size_t i = 0; i < PLAN_REFS; i++)
			assert_true((info->ref[i].field != 0) == (info->ref[i].label != NULL));
		for (size_t i = 0; i < PLAN_NUMS; i++)
			assert_true((info->num[i].field != 0) == (info->num[i].label != NULL));
	}
	assert_null(plan_kind_info(PLAN_KIND_N));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plan_open__good),
		TEST(test_plan_strings__keeps_empty_elements),
		TEST(test_plan_open__every_shorter_buffer),
		TEST(test_plan_open__too_large),
		TEST(test_plan_open__not_aligned),
		TEST(test_plan_open__header),
		TEST(test_plan_open__kind_and_stage),
		TEST(test_plan_open__stages_never_go_back),
		TEST(test_plan_open__slots),
		TEST(test_plan_open__references),
		TEST(test_plan_open__arrays),
		TEST(test_plan_open__numbers),
		cmocka_unit_test(test_plan_kind_info__complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
