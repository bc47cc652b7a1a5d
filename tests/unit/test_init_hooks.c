/* Hooks run by caisson-init: what they are given, and what their failure says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "init_run.h"

enum {
	CREATE_CONTAINER = 2,
	START_CONTAINER = 3
}; /* config_hook_kind */

static struct init_run run;
static char *root;

static int setup(void **state)
{
	(void)state;
	if (init_run_possible())
		root = init_run_rootfs();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (root != NULL)
		init_run_remove(root);
	free(root);
	root = NULL;
	return 0;
}

#define NEEDS_ROOT()              \
	do {                      \
		if (root == NULL) \
			skip();   \
	} while (0)

static struct plan_step *add_hook(
	struct plan_writer *w, uint64_t kind, const char *path, const char *argv, const char *env)
{
	struct plan_step *step = plan_writer_text(w, PLAN_HOOK_INIT, path, NULL);

	if (kind == START_CONTAINER)
		step->stage = PLAN_STAGE_START;
	step->ref[1] = plan_writer_list(w, argv);
	if (env != NULL)
		step->ref[2] = plan_writer_list(w, env);
	step->num[0] = kind;
	step->num[2] = 4;
	step->num[3] = env != NULL;
	return step;
}

/* A createContainer hook that is a shell of the host. */
static void run_create_hook(const char *script, uint64_t timeout_s)
{
	struct plan_writer *w = init_run_begin(&run, root);
	char argv[1024];

	snprintf(argv, sizeof(argv), "sh~-c~%s", script);
	init_run_mounts(w);
	add_hook(w, CREATE_CONTAINER, "/bin/sh", argv, "A=b~PATH=/usr/bin:/bin")->num[1] =
		timeout_s;
	init_run_pivot(w);
	init_run_end(w, "cat~/etc/log");
	init_run_plan(&run, w);
}

static void test_hook__sees_host_and_root(void **state)
{
	(void)state;
	NEEDS_ROOT();
	run_create_hook("cat >etc/log; echo >>etc/log; pwd >>etc/log; env | grep -v PWD >>etc/log; "
			"ls -l /proc/self/fd | grep -c -- '->' >>etc/log; umask >>etc/log; "
			"test -c dev/null && test -d /../../usr/bin && echo both >>etc/log; "
			"grep SigIgn /proc/self/status >>etc/log",
		0);
	assert_true(init_run_ok(&run));
	assert_true(init_run_printed(&run,
		"{\"ociVersion\":\"1.2.1\",\"id\":\"t\",\"pid\":1,\"status\":\"creating\"}\n"));
	assert_true(init_run_printed(&run, root));
	assert_true(init_run_printed(&run, "A=b"));
	assert_true(init_run_printed(&run, "\n4\n0022\nboth\n"));
	assert_true(init_run_printed(&run, "SigIgn:\t0000000000000000"));
}

static void test_hook__failure_has_output(void **state)
{
	(void)state;
	NEEDS_ROOT();
	run_create_hook("echo to out; echo to err >&2; exit 3", 0);
	assert_true(init_run_refused(&run, -EIO,
		"error running createContainer hook #4: exit status 3, stdout: to out, stderr: to "
		"err"));
}

static void test_hook__long_output_is_cut_and_escaped(void **state)
{
	(void)state;
	NEEDS_ROOT();
	run_create_hook("i=0; while test $i -lt 5000; do echo line $i; i=$((i+1)); done; "
			"printf 'end\\033[31m'; exit 1",
		0);
	assert_int_equal(run.error_code, -EIO);
	assert_non_null(strstr(run.error, "end\\x1b[31m, stderr: "));
	assert_null(strchr(run.error, '\033'));
}

static void test_hook__that_reads_nothing_is_fine(void **state)
{
	(void)state;
	NEEDS_ROOT();
	run_create_hook("exec <&-; sleep 0.1; echo x >etc/log", 0);
	assert_true(init_run_ok(&run));
}

static void test_hook__timeout_kills(void **state)
{
	time_t before = time(NULL);

	(void)state;
	NEEDS_ROOT();
	run_create_hook("exec sleep 100", 1);
	assert_true(init_run_refused(&run, -ETIMEDOUT,
		"error running createContainer hook #4: hook ran past specified timeout of 1.0s"));
	assert_true(time(NULL) - before < 10);
}

static void test_hook__missing_program(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	add_hook(w, CREATE_CONTAINER, "/none/hook", "hook", NULL);
	init_run_end(w, "echo~ran");
	init_run_plan(&run, w);
	assert_true(init_run_refused(&run, -ENOENT,
		"error running createContainer hook #4: fork/exec /none/hook: no such file or "
		"directory"));
}

/* A hook without env gets nothing, above all not what the image has in its environment (T-13). */
static void test_hook__no_environment_of_the_image(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	init_run_mounts(w);
	add_hook(w, CREATE_CONTAINER, "/bin/busybox", "sh~-c~busybox env >etc/log", NULL);
	init_run_pivot(w);
	init_run_end(w, "cat~/etc/log");
	init_run_plan(&run, w);
	assert_true(init_run_ok(&run));
	assert_null(strstr(run.out, "HOME=/\n"));
	assert_null(strstr(run.out, "/nowhere"));
}

/* Over "/", ".." at the top would lead a hook of the host into the container. */
static void test_hook__needs_a_path_for_the_root(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	w->steps[w->header.n_steps - 1].ref[0] = (struct plan_ref){ 0 };
	add_hook(w, CREATE_CONTAINER, "/bin/sh", "sh", NULL);
	init_run_end(w, "echo~ran");
	init_run_plan(&run, w);
	assert_true(init_run_refused(&run, -EINVAL, "plan has hooks but no path for the root"));
}

/* A program of the container, with its rights, before the workload. */
static void test_hook__start_container(void **state)
{
	struct plan_writer *w;
	struct plan_step exec;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	init_run_mounts(w);
	init_run_pivot(w);
	plan_writer_step(w, PLAN_USER, PLAN_SLOT_NONE)->num[0] = 1000;
	init_run_end(w, "cat~/tmp/log");
	exec = w->steps[--w->header.n_steps];
	add_hook(w, START_CONTAINER, "/bin/sh",
		"sh~-c~cat >/tmp/log; env >>/tmp/log; id -u >>/tmp/log", NULL);
	w->steps[w->header.n_steps++] = exec;
	init_run_plan(&run, w);
	assert_true(init_run_ok(&run));
	assert_true(init_run_printed(&run, "\"pid\":1,\"status\":\"created\"}"));
	assert_true(init_run_printed(&run, "HOME=/\n"));
	assert_true(init_run_printed(&run, "\n1000\n"));
}

/* The host is asked to run its own hooks, and waited for. */
static void test_sync_hooks__waits_for_go(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	plan_writer_step(w, PLAN_SYNC_HOOKS, PLAN_SLOT_NONE);
	init_run_pivot(w);
	init_run_end(w, "echo~ran");
	init_run_plan(&run, w);
	assert_true(init_run_ok(&run));
	assert_true(run.saw_hooks && run.saw_ready);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_hook__sees_host_and_root),
		TEST(test_hook__failure_has_output),
		TEST(test_hook__long_output_is_cut_and_escaped),
		TEST(test_hook__that_reads_nothing_is_fine),
		TEST(test_hook__timeout_kills),
		TEST(test_hook__missing_program),
		TEST(test_hook__no_environment_of_the_image),
		TEST(test_hook__needs_a_path_for_the_root),
		TEST(test_hook__start_container),
		TEST(test_sync_hooks__waits_for_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
