/* exec: what a process gets under the ceiling of a container, and the plan that comes of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/abi.h"
#include "base/attr.h"
#include "plan/plan.h"
#include "policy/policy.h"

#include "plan_writer.h"

#include "base/banned.h"

enum {
	KILL = 5,
	NET_RAW = 13,
	SYS_ADMIN = 21,
	BOUNDING = 0x420,
	FILTER_INSNS = 2,
};

#define BIT(cap) (1ULL << (cap))

static const uint32_t map[] = { 0, 100000, 65536 };
static const struct sys_bpf_insn filter[FILTER_INSNS] = { { .code = 6, .k = 1 }, { .code = 6 } };

static struct plan_step *add(struct plan_writer *w, enum plan_stage stage, enum plan_kind kind)
{
	struct plan_step *step = plan_writer_step(w, kind, PLAN_SLOT_NONE);

	step->stage = (uint16_t)stage;
	return step;
}

/* What create would have saved, as far as exec looks at it. */
static void write_saved(struct plan_writer *w)
{
	struct plan_step *step;

	w->header.id = plan_writer_string(w, "web");
	step = plan_writer_step(w, PLAN_IDS, PLAN_SLOT_USERNS);
	step->ref[0] = plan_writer_data(w, map, sizeof(map));
	step->ref[1] = plan_writer_data(w, map, sizeof(map));
	add(w, PLAN_STAGE_BUILD, PLAN_KEYRING)->ref[0] = plan_writer_string(w, "_ses.web");
	step = add(w, PLAN_STAGE_BUILD, PLAN_FS_IDS);
	step->num[0] = step->num[1] = 100000;
	step = add(w, PLAN_STAGE_BUILD, PLAN_RLIMIT);
	step->num[0] = CONFIG_RLIMIT_NOFILE;
	step->num[1] = 100;
	step->num[2] = 200;
	plan_writer_step(w, PLAN_USERNS_JOIN, PLAN_SLOT_USERNS);
	add(w, PLAN_STAGE_CONFINE, PLAN_BOUNDING)->num[0] = BOUNDING;
	add(w, PLAN_STAGE_CONFINE, PLAN_SECUREBITS)->num[0] = 0xc0;
	step = add(w, PLAN_STAGE_CONFINE, PLAN_USER);
	step->num[0] = 33;
	step->num[1] = 34;
	step->num[2] = 1;
	step = add(w, PLAN_STAGE_CONFINE, PLAN_CAPS);
	step->num[0] = step->num[1] = BIT(KILL);
	add(w, PLAN_STAGE_CONFINE, PLAN_UMASK)->num[0] = 027;
	add(w, PLAN_STAGE_CONFINE, PLAN_CWD)->ref[0] = plan_writer_string(w, "/work");
	add(w, PLAN_STAGE_CONFINE, PLAN_NO_NEW_PRIVS);
	step = add(w, PLAN_STAGE_START, PLAN_SECCOMP);
	step->ref[0] = plan_writer_data(w, filter, sizeof(filter));
	step->ref[1] = plan_writer_string(w, "floor");
	step = add(w, PLAN_STAGE_START, PLAN_EXEC);
	step->ref[0] = plan_writer_list(w, "sleep~9");
	step->ref[1] = plan_writer_list(w, "PATH=/bin~A=1~LISTEN_FDS=2~LISTEN_PID=1");
}

struct fixture {
	struct arena arena;
	char *buf;
	struct plan saved;
	struct policy_ceiling ceiling;
	struct err err;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct plan_writer *w = plan_writer_new();
	size_t size;

	write_saved(w);
	f->buf = plan_writer_finish(w, &size); /* frees it */
	assert_int_equal(plan_open(f->buf, size, &f->saved, &f->err), 0);
	assert_int_equal(plan_read_ceiling(&f->arena, &f->saved, &f->ceiling, &f->err), 0);
	f->ceiling.is_limited = true;
	f->ceiling.profile = "hardened";
	f->ceiling.caps_droppable = BIT(NET_RAW);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	arena_done(&f->arena);
	free(f->buf);
	free(f);
	return 0;
}

/* The process as the flags leave it: that of the container when there are none. */
static struct config asked_by(struct fixture *f, struct policy_exec_flags flags)
{
	static const char *const args[] = { "true", NULL };
	struct config config = { .has_process = true };

	if (flags.args.n == 0)
		flags.args = (struct json_strings){ .items = args, .n = 1 };
	assert_int_equal(policy_exec_process(&f->arena, &f->ceiling.config->process, &flags,
				 &config.process, &f->err),
		0);
	return config;
}

static struct policy_decisions decide(struct fixture *f, const struct config *asked)
{
	const struct facts facts = { .caps = UINT64_MAX };
	struct policy_decisions d;

	assert_int_equal(policy_decide_exec(&f->arena, &f->ceiling, asked, &facts, &d, &f->err), 0);
	return d;
}

static bool found(const struct policy_decisions *d, const char *rule, enum policy_verdict verdict)
{
	for (size_t i = 0; i < d->n_findings; i++) {
		if (str_eq(d->findings[i].rule, rule) && d->findings[i].verdict == verdict)
			return true;
	}
	return false;
}

/* --- the ceiling -------------------------------------------------------------------------------- */

static void test_read_ceiling__what_was_saved(void **state)
{
	struct fixture *f = *state;
	const struct config_process *p = &f->ceiling.config->process;

	assert_int_equal(f->ceiling.layout, POLICY_LAYOUT_NOTHING);
	assert_true(f->ceiling.lock_ambient);
	assert_false(f->ceiling.setgroups_denied);
	assert_int_equal(p->caps.bounding, BOUNDING);
	assert_int_equal(p->caps.effective, BIT(KILL));
	assert_int_equal(p->user.uid, 33);
	assert_int_equal(p->user.umask, 027);
	assert_string_equal(p->cwd, "/work");
	assert_true(p->no_new_privileges);
	assert_false(p->has_oom_score_adj);
	assert_int_equal(p->n_rlimits, 1);
	assert_int_equal(p->rlimits[0].hard, 200);
	assert_int_equal(f->ceiling.config->uid_mappings.items[0].host_id, 100000);
	/* sockets that only the first process was given are not announced to others */
	assert_int_equal(p->env.n, 2);
	assert_string_equal(p->env.items[1], "A=1");
}

static void test_read_ceiling__a_step_is_missing(void **state)
{
	static const enum plan_kind needed[] = { PLAN_USER, PLAN_CAPS, PLAN_BOUNDING, PLAN_CWD,
		PLAN_EXEC };
	struct policy_ceiling ceiling;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		struct plan_writer *w = plan_writer_new();
		struct arena arena = { 0 };
		struct plan plan;
		size_t size, n = 0;
		char *buf;

		write_saved(w);
		for (uint32_t k = 0; k < w->header.n_steps; k++) {
			if (w->steps[k].kind != needed[i])
				w->steps[n++] = w->steps[k];
		}
		w->header.n_steps = (uint32_t)n;
		buf = plan_writer_finish(w, &size);
		assert_int_equal(plan_open(buf, size, &plan, &err), 0);
		assert_int_equal(plan_read_ceiling(&arena, &plan, &ceiling, &err), -EINVAL);
		assert_non_null(strstr(err.msg, plan_kind_info(needed[i])->name));
		arena_done(&arena);
		free(buf);
	}
}

/* --- flags -------------------------------------------------------------------------------------- */

static void test_flags__none_is_the_first_process(void **state)
{
	struct fixture *f = *state;
	struct config asked = asked_by(f, (struct policy_exec_flags){ .terminal = true });
	struct policy_decisions d = decide(f, &asked);

	assert_int_equal(d.n_findings, 0);
	assert_int_equal(d.config.process.user.uid, 33);
	assert_int_equal(d.config.process.user.gid, 34);
	assert_string_equal(d.config.process.cwd, "/work");
	assert_string_equal(d.config.process.args.items[0], "true");
	assert_true(d.config.process.terminal);
}

static void test_flags__users(void **state)
{
	static const char *const bad[] = { "", "1:", ":1", " 1", "1 ", "0x1", "1e3", "-1", "+1",
		"4294967295", "4294967296", "18446744073709551617", "root", "1:root", "1:2:3", "01",
		"1.0", "99999999999999999999999:1" };
	struct fixture *f = *state;
	struct policy_exec_flags flags = { .user = "7:8" };
	struct config_process p;

	assert_int_equal(asked_by(f, flags).process.user.uid, 7);
	assert_int_equal(asked_by(f, flags).process.user.gid, 8);
	flags.user = "7";
	assert_int_equal(asked_by(f, flags).process.user.gid, 34);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		flags.user = bad[i];
		assert_int_equal(policy_exec_process(&f->arena, &f->ceiling.config->process, &flags,
					 &p, &f->err),
			-EINVAL);
		assert_non_null(strstr(f->err.msg, "invalid "));
	}
}

static void test_flags__lists(void **state)
{
	static const char *const env[] = { "B=2", "A=3" }, *const gids[] = { "5", "6" },
				 *const bad_env[] = { "=1", "A", "", "A\nB=1" },
				 *const bad_gid[] = { "staff" };
	struct fixture *f = *state;
	struct policy_exec_flags flags = {
		.env = { .items = env, .n = 2 },
		.gids = { .items = gids, .n = 2 },
		.cwd = "/tmp",
	};
	struct config_process p = asked_by(f, flags).process;

	assert_int_equal(p.env.n, 4);
	assert_string_equal(p.env.items[3], "A=3");
	assert_int_equal(p.user.n_groups, 2);
	assert_int_equal(p.user.groups[1], 6);
	assert_string_equal(p.cwd, "/tmp");
	for (size_t i = 0; i < ARRAY_SIZE(bad_env); i++) {
		flags.env = (struct json_strings){ .items = &bad_env[i], .n = 1 };
		assert_int_equal(policy_exec_process(&f->arena, &f->ceiling.config->process, &flags,
					 &p, &f->err),
			-EINVAL);
	}
	flags.env.n = 0;
	flags.gids = (struct json_strings){ .items = bad_gid, .n = 1 };
	assert_int_equal(
		policy_exec_process(&f->arena, &f->ceiling.config->process, &flags, &p, &f->err),
		-EINVAL);
	flags.gids.n = 0;
	flags.cwd = "tmp";
	assert_int_equal(
		policy_exec_process(&f->arena, &f->ceiling.config->process, &flags, &p, &f->err),
		-EINVAL);
}

static void test_flags__capabilities(void **state)
{
	static const char *const caps[] = { "CAP_NET_RAW", "CAP_NOT_THERE" };
	struct fixture *f = *state;
	struct config asked =
		asked_by(f, (struct policy_exec_flags){ .caps = { .items = caps, .n = 2 } });

	assert_int_equal(asked.process.caps.bounding, BOUNDING | BIT(NET_RAW));
	assert_int_equal(asked.process.caps.permitted, BIT(KILL) | BIT(NET_RAW));
	assert_int_equal(asked.process.caps.ambient, 0);
	assert_int_equal(asked.process.caps.unknown.n, 1);
}

/* --- under the ceiling -------------------------------------------------------------------------- */

static void test_decide__capabilities(void **state)
{
	struct fixture *f = *state;
	struct config asked = asked_by(f, (struct policy_exec_flags){ 0 });
	struct policy_decisions d;

	asked.process.caps.permitted |= BIT(SYS_ADMIN);
	d = decide(f, &asked);
	assert_int_equal(d.n_refused, 1);
	assert_true(found(&d, "CIS-5.23", POLICY_REFUSE));
	assert_int_equal(policy_refusal(&d, NULL, &f->err), -POLICY_REFUSED);
	assert_non_null(strstr(f->err.msg, "refuses this process, profile hardened: [CIS-5.23] "
					   "/process/capabilities/permitted: CAP_SYS_ADMIN"));

	asked = asked_by(f, (struct policy_exec_flags){ 0 });
	asked.process.caps.bounding |= BIT(NET_RAW);
	asked.process.caps.permitted |= BIT(NET_RAW) | BIT(10);
	d = decide(f, &asked);
	assert_int_equal(d.n_refused, 0);
	assert_true(found(&d, "CIS-5.23", POLICY_TIGHTEN));
	assert_int_equal(d.config.process.caps.bounding, BOUNDING);
	assert_int_equal(d.config.process.caps.permitted, BIT(KILL) | BIT(10));

	asked.process.caps = (struct config_caps){ .bounding = BIT(KILL),
		.inheritable = BIT(KILL),
		.permitted = BIT(KILL),
		.ambient = BIT(KILL) };
	d = decide(f, &asked);
	assert_true(found(&d, "CS-EXEC-2", POLICY_TIGHTEN));
	assert_int_equal(d.config.process.caps.bounding, BIT(KILL));
	assert_int_equal(d.config.process.caps.inheritable | d.config.process.caps.ambient, 0);

	asked.process.has_caps = false;
	asked.process.caps = (struct config_caps){ 0 };
	d = decide(f, &asked);
	assert_int_equal(d.config.process.caps.bounding, BOUNDING);
	assert_int_equal(d.config.process.caps.permitted, BIT(KILL));
}

/* CIS-5.24: only where the profile of create had a word for it. */
static void test_decide__root(void **state)
{
	struct fixture *f = *state;
	struct config asked = asked_by(f, (struct policy_exec_flags){ .user = "0" });
	struct policy_decisions d = decide(f, &asked);

	assert_int_equal(d.n_findings, 0);
	f->ceiling.as_root = POLICY_WISH_WARN;
	d = decide(f, &asked);
	assert_int_equal(d.n_refused, 0);
	assert_true(found(&d, "CIS-5.24", POLICY_WARN));
	f->ceiling.as_root = POLICY_WISH_ALLOW;
	d = decide(f, &asked);
	assert_int_equal(d.n_findings, 0);
	for (int wish = POLICY_WISH_TIGHTEN; wish <= POLICY_WISH_REFUSE; wish++) {
		f->ceiling.as_root = (enum policy_wish)wish;
		d = decide(f, &asked);
		assert_int_equal(d.n_refused, 1);
		assert_int_equal(policy_refusal(&d, NULL, &f->err), -POLICY_REFUSED);
		assert_non_null(strstr(f->err.msg, "[CIS-5.24] /process/user/uid: 0; root inside"));
	}
	asked = asked_by(f, (struct policy_exec_flags){ .user = "7" });
	d = decide(f, &asked);
	assert_int_equal(d.n_findings, 0);
	/* where the first process is root, everybody may be */
	asked.process.user.uid = 0;
	((struct config *)(uintptr_t)f->ceiling.config)->process.user.uid = 0;
	d = decide(f, &asked);
	assert_int_equal(d.n_findings, 0);
}

static void test_decide__the_rest(void **state)
{
	const struct config_rlimit wide[] = {
		{ .type = CONFIG_RLIMIT_NOFILE, .soft = 150, .hard = 4096 },
		{ .type = CONFIG_RLIMIT_CORE },
	};
	struct fixture *f = *state;
	struct config asked = asked_by(f, (struct policy_exec_flags){ 0 });
	struct policy_decisions d;

	asked.process.no_new_privileges = false;
	asked.process.rlimits = wide;
	asked.process.n_rlimits = 2;
	asked.process.has_oom_score_adj = true;
	asked.process.oom_score_adj = -500;
	d = decide(f, &asked);
	assert_int_equal(d.n_refused, 0);
	assert_true(found(&d, "CIS-5.26", POLICY_TIGHTEN));
	assert_true(found(&d, "CIS-5.19", POLICY_TIGHTEN));
	assert_true(found(&d, "CS-EXEC-3", POLICY_TIGHTEN));
	assert_true(d.config.process.no_new_privileges);
	assert_int_equal(d.config.process.rlimits[0].soft, 150);
	assert_int_equal(d.config.process.rlimits[0].hard, 200);
	assert_int_equal(d.config.process.oom_score_adj, 0);

	asked.process.rlimits = &wide[1];
	asked.process.n_rlimits = 1;
	asked.process.oom_score_adj = 700;
	d = decide(f, &asked);
	assert_true(found(&d, "CS-LIM-1", POLICY_TIGHTEN));
	assert_false(found(&d, "CS-EXEC-3", POLICY_TIGHTEN));
	assert_int_equal(d.config.process.n_rlimits, 2);
	assert_int_equal(d.config.process.oom_score_adj, 700);

	asked.process.apparmor_profile = "unconfined";
	assert_int_equal(decide(f, &asked).n_refused, 0);
	asked.process.apparmor_profile = "mine";
	asked.process.selinux_label = "a:b:c";
	d = decide(f, &asked);
	assert_int_equal(d.n_refused, 2);
	assert_true(found(&d, "CS-EXEC-4", POLICY_REFUSE));

	asked = asked_by(f, (struct policy_exec_flags){ .user = "65536" });
	d = decide(f, &asked);
	assert_true(found(&d, "CS-ID-1", POLICY_REFUSE));
}

static void test_decide__without_limits_as_asked(void **state)
{
	struct fixture *f = *state;
	struct config asked = asked_by(f, (struct policy_exec_flags){ 0 });
	struct policy_decisions d;

	f->ceiling.is_limited = false;
	asked.process.caps.bounding |= BIT(SYS_ADMIN);
	asked.process.caps.permitted |= BIT(SYS_ADMIN);
	asked.process.no_new_privileges = false;
	asked.process.selinux_label = "a:b:c";
	d = decide(f, &asked);
	assert_int_equal(d.n_findings, 0);
	assert_int_equal(d.config.process.caps.bounding, BOUNDING | BIT(SYS_ADMIN));
	assert_false(d.config.process.no_new_privileges);
	assert_string_equal(d.config.process.selinux_label, "a:b:c");
}

/* --- the plan ----------------------------------------------------------------------------------- */

static const struct plan_exec_namespace namespaces[] = {
	{ SYS_NEWUSER, 11 },
	{ SYS_NEWPID, 12 },
	{ SYS_NEWNS, 13 },
	{ SYS_NEWNET, 14 },
};
static const struct plan_exec_cgroup cgroups[] = {
	{ "/sys/fs/cgroup/pids/web", "/", "pids", false, false },
	{ "/sys/fs/cgroup/unified/web", "/in", "", true, false },
};

static const char *plan_text(
	struct fixture *f, const struct config *asked, bool foreground, struct str_buf *out)
{
	struct policy_decisions d = decide(f, asked);
	const struct plan_exec_request request = {
		.id = "web",
		.pid = 4711,
		.namespaces = namespaces,
		.n_namespaces = ARRAY_SIZE(namespaces),
		.cgroups = cgroups,
		.n_cgroups = ARRAY_SIZE(cgroups),
		.foreground = foreground,
		.n_preserved_fds = 2,
	};
	struct plan plan;

	assert_int_equal(plan_build_exec(&f->arena, &f->saved, &d, &request, &plan, &f->err), 0);
	assert_int_equal(plan.header->flags & PLAN_FLAG_JOIN, PLAN_FLAG_JOIN);
	assert_int_equal(plan.header->clone_flags, 0);
	assert_int_equal(plan.header->first_slot_fd, 5);
	plan_print(&plan, out);
	assert_false(out->failed);
	return out->data;
}

/* Each of the lines, in this order; what is between them is no matter. */
static void assert_lines(const char *text, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = strstr(text, lines[i]);

		if (at == NULL)
			fail_msg("'%s' is not in the rest:\n%s", lines[i], text);
		else
			text = at + strlen(lines[i]);
	}
}

static void test_build_exec__joins_and_confines(void **state)
{
	static const char *const lines[] = {
		"open-ns fd=4 path=/proc/4711/ns/user type=user inode=11",
		"cgroup-dir fd=5 hierarchy=/sys/fs/cgroup/pids/web path=/ controllers=pids",
		"cgroup-dir fd=6 hierarchy=/sys/fs/cgroup/unified/web path=/in controllers='' v2=yes",
		"open-ns fd=7 path=/proc/4711/ns/pid type=pid inode=12",
		"open-ns fd=8 path=/proc/4711/ns/net type=network inode=14",
		"open-ns fd=9 path=/proc/4711/ns/mnt type=mount inode=13",
		"cgroup-join fd=5",
		"keyring name=_ses.web",
		"ns-join fd=8 type=network",
		"ns-join fd=9 type=mount",
		"stdio-owner uid=100033",
		"rlimit resource=RLIMIT_NOFILE soft=100 hard=200",
		"userns-join fd=4",
		"bounding keep=",
		"securebits bits=0xc0",
		"user ",
		"uid=33 gid=34",
		"caps effective=KILL",
		"umask mask=0027",
		"cwd path=/work",
		"no-new-privs",
		"find-exec argv=[true] env=[PATH=/bin A=1]",
		"gate",
		"pdeathsig",
		"close-fds from=5",
		"name=floor",
		"exec argv=[true]",
	};
	static const char *const absent[] = { "lock-mounts", "proc", "fs-ids", "root", "pivot",
		"ns-join fd=7", "LISTEN" };
	struct fixture *f = *state;
	struct config asked = asked_by(f, (struct policy_exec_flags){ 0 });
	_str_buf_ struct str_buf out = { 0 };
	const char *text = plan_text(f, &asked, true, &out);

	assert_lines(text, lines, ARRAY_SIZE(lines));
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++) {
		char line[64];

		str_fmt(line, sizeof(line), "\n  %s", absent[i]);
		if (strstr(text, line) != NULL)
			fail_msg("'%s' is in:\n%s", absent[i], text);
	}
}

static void test_build_exec__terminal_and_score(void **state)
{
	static const char *const lines[] = { "proc", "ns-join fd=9 type=mount",
		"fs-ids uid=100000 gid=100000", "console rows=0 columns=0 uid=100033",
		"oom-score value=700" };
	struct fixture *f = *state;
	struct config asked = asked_by(f, (struct policy_exec_flags){ .terminal = true });
	_str_buf_ struct str_buf out = { 0 };
	const char *text;

	asked.process.has_oom_score_adj = true;
	asked.process.oom_score_adj = 700;
	text = plan_text(f, &asked, false, &out);
	assert_lines(text, lines, ARRAY_SIZE(lines));
	assert_null(strstr(text, "pdeathsig"));
	assert_null(strstr(text, "stdio-owner"));
}

static void test_build_exec__user_namespace_is_not_known(void **state)
{
	struct fixture *f = *state;
	struct config asked = asked_by(f, (struct policy_exec_flags){ 0 });
	struct policy_decisions d = decide(f, &asked);
	const struct plan_exec_request request = { .id = "web", .pid = 1 };
	struct plan plan;

	assert_int_equal(
		plan_build_exec(&f->arena, &f->saved, &d, &request, &plan, &f->err), -EINVAL);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_read_ceiling__what_was_saved),
		CASE(test_read_ceiling__a_step_is_missing),
		CASE(test_flags__none_is_the_first_process),
		CASE(test_flags__users),
		CASE(test_flags__lists),
		CASE(test_flags__capabilities),
		CASE(test_decide__capabilities),
		CASE(test_decide__root),
		CASE(test_decide__the_rest),
		CASE(test_decide__without_limits_as_asked),
		CASE(test_build_exec__joins_and_confines),
		CASE(test_build_exec__terminal_and_score),
		CASE(test_build_exec__user_namespace_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
