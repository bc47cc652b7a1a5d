/* caisson-init from birth to execve(): programs, directories, waiting, users, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "init_run.h"

static struct init_run run;
static char *root; /* one root file system for all tests; each leaves it as it was */

static int setup(void **state)
{
	(void)state;
	if (!init_run_possible())
		return 0;
	root = init_run_rootfs();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (root != NULL)
		init_run_remove(root);
	free(root);
	return 0;
}

#define NEEDS_ROOT()              \
	do {                      \
		if (root == NULL) \
			skip();   \
	} while (0)

/* begin, pivot, end: the least that is a container */
static void run_simple(struct init_run *r, const char *argv)
{
	struct plan_writer *w = init_run_begin(r, root);

	init_run_mounts(w);
	init_run_pivot(w);
	init_run_end(w, argv);
	init_run_plan(r, w);
}

static void test_exec__runs_as_pid_1_in_the_root(void **state)
{
	(void)state;
	NEEDS_ROOT();
	run_simple(
		&run, "sh~-c~echo pid $$; ls /; ls -l /proc/self/fd 2>&1 | grep -c -- '->'; pwd");
	assert_true(init_run_ok(&run));
	assert_true(run.saw_ready);
	assert_true(init_run_printed(&run, "pid 1\nbin\ndev\netc\nproc\nroot\nsys\ntmp\n"));
	/* stdio, and the directory that ls reads, which has no name by then: nothing of ours */
	assert_true(init_run_printed(&run, "\n3\n/\n"));
}

static void test_exec__argv_and_env_are_exact(void **state)
{
	(void)state;
	NEEDS_ROOT();
	run_simple(&run, "sh~-c~env; echo \"<$1><$2>\"~x~~b c");
	assert_true(init_run_ok(&run));
	assert_true(init_run_printed(&run, "<><b c>"));
	assert_true(init_run_printed(&run, "HOME=/\n"));
	assert_null(strstr(run.out, "top_builddir"));
}

static void test_exec__without_a_path_for_the_root(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	w->steps[w->header.n_steps - 1].ref[0] = (struct plan_ref){ 0 };
	init_run_mounts(w);
	init_run_pivot(w);
	init_run_end(w, "cat~/proc/self/mountinfo");
	init_run_plan(&run, w);
	assert_true(init_run_ok(&run));
	assert_true(init_run_printed(&run, " / /dev "));
	/* only what was mounted: root, proc, dev, pts, sys */
	assert_int_equal(run.out[0] != '\0', 1);
	for (size_t i = 0, lines = 0; run.out[i] != '\0'; i++) {
		lines += run.out[i] == '\n';
		assert_true(lines <= 5);
	}
}

static void test_exec__no_pivot(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	init_run_mounts(w);
	init_run_pivot(w)->num[0] = 1;
	init_run_end(w, "sh~-c~ls /; ls /proc/1/root/");
	init_run_plan(&run, w);
	assert_true(init_run_ok(&run));
	assert_true(init_run_printed(&run, "bin\ndev\netc\nproc\nroot\nsys\ntmp\nbin\ndev\n"));
}

static void expect_not_found(const char *argv, int code, const char *text)
{
	run_simple(&run, argv);
	assert_true(init_run_refused(&run, code, text));
	assert_string_equal(run.error, text);
	assert_false(run.saw_ready);
	assert_int_equal(WEXITSTATUS(run.status), 1);
}

static void test_find_exec__words_engines_match(void **state)
{
	(void)state;
	NEEDS_ROOT();
	init_run_file(root, "etc/plain", "x", 0644);
	expect_not_found(
		"nonesuch", -ENOENT, "exec: \"nonesuch\": executable file not found in $PATH");
	expect_not_found("/nonesuch", -ENOENT,
		"exec: \"/nonesuch\": stat /nonesuch: no such file or directory");
	expect_not_found("/tmp", -EISDIR, "exec: \"/tmp\": is a directory: permission denied");
	expect_not_found("/etc/plain", -EACCES, "exec: \"/etc/plain\": permission denied");
	expect_not_found("/etc/plain/x", -ENOTDIR,
		"exec: \"/etc/plain/x\": stat /etc/plain/x: not a directory");
	expect_not_found("", -ENOENT, "exec: \"\": executable file not found in $PATH");
}

static void test_exec__missing_interpreter_is_named(void **state)
{
	(void)state;
	NEEDS_ROOT();
	init_run_file(root, "etc/script", "#!/opt/none/python3 -u\nprint()\n", 0755);
	run_simple(&run, "/etc/script");
	assert_string_equal(run.error, "exec /etc/script: no such file or directory: its "
				       "interpreter '/opt/none/python3' is not there");
}

static void test_exec__dynamic_loader_is_named(void **state)
{
	(void)state;
	NEEDS_ROOT();
	init_run_command(root, "cp /bin/true etc/dynamic");
	run_simple(&run, "/etc/dynamic");
	assert_int_equal(run.error_code, -ENOENT);
	assert_non_null(strstr(run.error, "its interpreter '/lib64/ld-linux"));
}

static void test_exec__format_error(void **state)
{
	(void)state;
	NEEDS_ROOT();
	init_run_file(root, "etc/garbage", "\x01\x02\x03", 0755);
	run_simple(&run, "/etc/garbage");
	assert_string_equal(run.error, "exec /etc/garbage: exec format error");
}

static void cwd_plan(struct init_run *r, const char *cwd, uint32_t uid)
{
	struct plan_writer *w = init_run_begin(r, root);

	init_run_mounts(w);
	init_run_pivot(w);
	plan_writer_step(w, PLAN_USER, PLAN_SLOT_NONE)->num[0] = uid;
	init_run_end(w, "sh~-c~pwd; echo over");
	for (uint32_t i = 0; i < w->header.n_steps; i++) {
		if (w->steps[i].kind == PLAN_CWD)
			w->steps[i].ref[0] = plan_writer_string(w, cwd);
	}
	init_run_plan(r, w);
}

static void test_cwd__missing(void **state)
{
	(void)state;
	NEEDS_ROOT();
	cwd_plan(&run, "/nope", 0);
	assert_true(init_run_refused(&run, -ENOENT,
		"chdir to cwd (\"/nope\") set in config.json failed: no such file or directory"));
}

/* CVE-2024-21626: a descriptor of the host as working directory */
static void test_cwd__magic_links_are_refused(void **state)
{
	char path[32];

	(void)state;
	NEEDS_ROOT();
	for (int fd = 3; fd < 16; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		cwd_plan(&run, path, 0);
		assert_true(run.error_code < 0);
		assert_null(strstr(run.out, "over"));
	}
}

static void test_cwd__of_root_for_a_user(void **state)
{
	(void)state;
	NEEDS_ROOT();
	cwd_plan(&run, "/root", 1000); /* mode 0700: entered before the uid changes, as runc does */
	assert_true(init_run_ok(&run));
	assert_true(init_run_printed(&run, "over"));
}

static void test_user__ids_groups_and_no_capabilities(void **state)
{
	static const uint32_t groups[] = { 7, 7, 44 };
	struct plan_writer *w;
	struct plan_step *step;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	init_run_mounts(w);
	init_run_pivot(w);
	plan_writer_step(w, PLAN_BOUNDING, PLAN_SLOT_NONE)->num[0] = 1 << 5 | 1 << 10;
	step = plan_writer_step(w, PLAN_USER, PLAN_SLOT_NONE);
	step->num[0] = 1000;
	step->num[1] = 1001;
	step->num[2] = 1;
	step->ref[0] = plan_writer_data(w, groups, sizeof(groups));
	step = plan_writer_step(w, PLAN_CAPS, PLAN_SLOT_NONE);
	step->num[0] = step->num[1] = 1 << 5 | 1 << 10;
	plan_writer_step(w, PLAN_UMASK, PLAN_SLOT_NONE)->num[0] = 027;
	plan_writer_step(w, PLAN_NO_NEW_PRIVS, PLAN_SLOT_NONE);
	init_run_end(w, "sh~-c~umask; grep -E '^(Uid|Gid|Groups|Cap|NoNew|Sig)' /proc/self/status");
	init_run_plan(&run, w);
	assert_true(init_run_ok(&run));
	assert_true(init_run_printed(&run, "0027\nUid:\t1000\t1000\t1000\t1000\n"
					   "Gid:\t1001\t1001\t1001\t1001\nGroups:\t7 7 44"));
	assert_true(init_run_printed(&run, "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n"
					   "CapEff:\t0000000000000000\nCapBnd:\t0000000000000420\n"
					   "CapAmb:\t0000000000000000\nNoNewPrivs:\t1"));
}

static void test_caps__ambient_survives_exec(void **state)
{
	struct plan_writer *w;
	struct plan_step *step;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	init_run_mounts(w);
	init_run_pivot(w);
	plan_writer_step(w, PLAN_USER, PLAN_SLOT_NONE)->num[0] = 1000;
	step = plan_writer_step(w, PLAN_CAPS, PLAN_SLOT_NONE);
	for (int i = 0; i < 4; i++)
		step->num[i] = 1 << 10;
	init_run_end(w, "grep~CapEff~/proc/self/status");
	init_run_plan(&run, w);
	assert_true(init_run_ok(&run));
	assert_true(init_run_printed(&run, "CapEff:\t0000000000000400"));
}

static void test_exec__signals_are_reset(void **state)
{
	sigset_t blocked;

	(void)state;
	NEEDS_ROOT();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	run_simple(&run, "grep~-E~^Sig(Blk|Ign)~/proc/self/status");
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	signal(SIGHUP, SIG_DFL);
	assert_true(init_run_ok(&run));
	assert_true(init_run_printed(&run, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000"));
}

static void test_kernel__names_limits_and_sysctls(void **state)
{
	struct plan_writer *w;
	struct plan_step *step;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	init_run_mounts(w);
	plan_writer_text(w, PLAN_LINK_UP, "lo", NULL);
	plan_writer_text(w, PLAN_KEYRING, "_ses.test", NULL);
	init_run_pivot(w);
	plan_writer_text(w, PLAN_HOSTNAME, "box", NULL);
	plan_writer_text(w, PLAN_DOMAINNAME, "dom", NULL);
	plan_writer_text(w, PLAN_SYSCTL, "net/ipv4/ip_unprivileged_port_start", "80");
	plan_writer_text(w, PLAN_SYSCTL, "kernel/shmmni", "99");
	plan_writer_step(w, PLAN_OOM_SCORE, PLAN_SLOT_NONE)->num[0] = 321;
	step = plan_writer_step(w, PLAN_RLIMIT, PLAN_SLOT_NONE);
	step->num[0] = 7;
	step->num[1] = 100;
	step->num[2] = 200;
	init_run_end(w, "sh~-c~cd /proc/sys; cat kernel/hostname kernel/domainname "
			"net/ipv4/ip_unprivileged_port_start kernel/shmmni "
			"/proc/self/oom_score_adj; ulimit -Sn; ulimit -Hn; cat "
			"/sys/class/net/lo/flags");
	init_run_plan(&run, w);
	assert_true(init_run_ok(&run));
	assert_string_equal(run.out, "box\ndom\n80\n99\n321\n100\n200\n0x9\n");
}

static void test_sysctl__stays_below_proc_sys(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	init_run_pivot(w);
	plan_writer_text(w, PLAN_SYSCTL, "../../../../../etc/plain", "99");
	init_run_end(w, "true");
	init_run_plan(&run, w);
	assert_true(init_run_refused(&run, -EXDEV, "open '/proc/sys/../"));
}

static void test_seccomp__filter_is_loaded(void **state)
{
	/* mkdir(2) on x86_64: EPERM; all else allowed */
	static const struct sys_bpf_insn insns[] = {
		{ 0x20, 0, 0, 0 },
		{ 0x15, 0, 1, 83 },
		{ 0x06, 0, 0, 0x00050001 },
		{ 0x06, 0, 0, 0x7fff0000 },
	};
	struct plan_writer *w;
	struct plan_step *step;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	init_run_mounts(w);
	init_run_pivot(w);
	plan_writer_step(w, PLAN_NO_NEW_PRIVS, PLAN_SLOT_NONE);
	init_run_end(w, "sh~-c~grep Seccomp: /proc/self/status; busybox mkdir /tmp/x");
	w->steps[w->header.n_steps] = w->steps[w->header.n_steps - 1];
	step = &w->steps[w->header.n_steps - 1]; /* in front of exec */
	w->header.n_steps++;
	*step = (struct plan_step){ .kind = PLAN_SECCOMP, .stage = PLAN_STAGE_START, .slot = -1 };
	step->ref[0] = plan_writer_data(w, insns, sizeof(insns));
	step->ref[1] = plan_writer_string(w, "floor");
	init_run_plan(&run, w);
	assert_true(init_run_printed(&run, "Seccomp:\t2\n"));
#ifdef __x86_64__
	assert_true(init_run_printed(&run, "Operation not permitted"));
#endif
}

static void test_gate__hang_up_ends_it(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	init_run_pivot(w);
	init_run_end(w, "echo~ran");
	run.no_commit = true;
	init_run_plan(&run, w);
	assert_true(run.saw_ready);
	assert_string_equal(run.out, "");
	assert_int_equal(WEXITSTATUS(run.status), 1);
}

/* create and start: the wire is closed at COMMIT, a byte in the fifo starts the workload */
static void run_with_fifo(struct init_run *r, const char *argv, bool *waited)
{
	struct plan_writer *w = init_run_begin(r, root);
	char path[4096], *plan;
	int wire, out, fifo;
	size_t size;
	pid_t pid;

	snprintf(path, sizeof(path), "%s.fifo", root);
	assert_int_equal(mkfifo(path, 0600), 0);
	fifo = open(path, O_RDWR | O_CLOEXEC);
	init_run_slot(r, PLAN_SLOT_GATE, open(path, O_RDWR | O_CLOEXEC));
	unlink(path);
	init_run_mounts(w);
	init_run_pivot(w);
	init_run_end(w, argv);
	for (uint32_t i = 0; i < w->header.n_steps; i++) {
		if (w->steps[i].kind == PLAN_GATE)
			w->steps[i].slot = PLAN_SLOT_GATE;
	}
	w->header.n_slots = 2 + INIT_RUN_SLOTS;
	plan = plan_writer_finish(w, &size);
	pid = init_run_spawn(r, plan, size, &wire, &out);
	free(plan);
	for (;;) { /* until the wire is closed */
		struct wire_msg msg;
		struct err err;
		int fd, got = wire_recv(wire, 10000, &msg, &fd, &err);

		if (got != 0)
			break;
		init_run_take(r, wire, &msg, fd);
	}
	close(wire);
	usleep(50000);
	*waited = waitpid(pid, &r->status, WNOHANG) == 0;
	assert_int_equal(write(fifo, "0", 1), 1);
	close(fifo);
	init_run_serve(r, -1, out);
	close(out);
	assert_int_equal(waitpid(pid, &r->status, 0), pid);
}

static void test_gate__fifo_starts_it(void **state)
{
	bool waited = false;

	(void)state;
	NEEDS_ROOT();
	run_with_fifo(&run, "echo~started", &waited);
	assert_true(init_run_ok(&run));
	assert_true(run.saw_ready && waited);
	assert_string_equal(run.out, "started\n");
}

static void test_gate__failure_after_start_is_on_stderr(void **state)
{
	bool waited = false;

	(void)state;
	NEEDS_ROOT();
	init_run_file(root, "etc/garbage", "\x01\x02\x03", 0755);
	run_with_fifo(&run, "/etc/garbage", &waited);
	assert_string_equal(run.out, "exec /etc/garbage: exec format error\n");
	assert_int_equal(WEXITSTATUS(run.status), 255);
}

static void test_main__refuses_other_callers(void **state)
{
	char command[4200];

	(void)state;
	NEEDS_ROOT();
	snprintf(command, sizeof(command), "%s 2>/dev/null", init_run_program());
	assert_int_equal(WEXITSTATUS(system(command)), 1);
	snprintf(command, sizeof(command), "%s 1 2>/dev/null", init_run_program());
	assert_int_equal(WEXITSTATUS(system(command)), 1);
	snprintf(command, sizeof(command), "%s 77 2>/dev/null", init_run_program());
	assert_int_equal(WEXITSTATUS(system(command)), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exec__runs_as_pid_1_in_the_root),
		cmocka_unit_test(test_exec__argv_and_env_are_exact),
		cmocka_unit_test(test_exec__without_a_path_for_the_root),
		cmocka_unit_test(test_exec__no_pivot),
		cmocka_unit_test(test_find_exec__words_engines_match),
		cmocka_unit_test(test_exec__missing_interpreter_is_named),
		cmocka_unit_test(test_exec__dynamic_loader_is_named),
		cmocka_unit_test(test_exec__format_error),
		cmocka_unit_test(test_cwd__missing),
		cmocka_unit_test(test_cwd__magic_links_are_refused),
		cmocka_unit_test(test_cwd__of_root_for_a_user),
		cmocka_unit_test(test_user__ids_groups_and_no_capabilities),
		cmocka_unit_test(test_caps__ambient_survives_exec),
		cmocka_unit_test(test_exec__signals_are_reset),
		cmocka_unit_test(test_kernel__names_limits_and_sysctls),
		cmocka_unit_test(test_sysctl__stays_below_proc_sys),
		cmocka_unit_test(test_seccomp__filter_is_loaded),
		cmocka_unit_test(test_gate__hang_up_ends_it),
		cmocka_unit_test(test_gate__fifo_starts_it),
		cmocka_unit_test(test_gate__failure_after_start_is_on_stderr),
		cmocka_unit_test(test_main__refuses_other_callers),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
