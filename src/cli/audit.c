#include "host/audit.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "base/str.h"

#include "cli.h"
#include "html.h"
#include "paint.h"
#include "report.h"

#include "base/banned.h"

enum {
	EXIT_FINDINGS = 3,
	TARGETS_MAX = 4096
};

struct audit {
	struct cli *cli;
	const struct policy_profile *profile;
	struct cli_target *targets;
	size_t n;
	struct err *err;
	int rc;
};

static struct cli_target *add_target(struct audit *a, const char *kind, const char *name)
{
	struct cli_target *target = &a->targets[a->n];

	if (a->n == TARGETS_MAX) {
		a->rc = err_new(a->err, -E2BIG, "more than %d containers", (int)TARGETS_MAX);
		return NULL;
	}
	a->n++;
	*target = (struct cli_target){ .kind = kind, .name = name };
	return target;
}

/* Of something that runs; NULL: a->rc says why */
static struct cli_target *add_running(
	struct audit *a, const char *kind, const char *name, pid_t pid)
{
	struct cli_target *target = add_target(a, kind, name);

	if (target == NULL)
		return NULL;
	target->uri = arena_fmt(a->cli->arena, "/proc/%d", (int)pid);
	if (target->uri != NULL)
		return target;
	a->rc = err_new(a->err, -ENOMEM, "out of memory");
	return NULL;
}

static void audit_pid(struct audit *a, const char *kind, const char *name, pid_t pid)
{
	struct cli_target *target = add_running(a, kind, name, pid);
	_arena_ struct arena arena = { 0 }; /* of what is only looked at */
	struct policy_live live;

	if (target == NULL)
		return;
	a->rc = host_audit(&arena, pid, a->profile, &live, a->err);
	if (a->rc == 0)
		a->rc = policy_audit_live(
			a->cli->arena, a->profile, &live, &target->report, a->err);
}

/* Findings of @more behind those of @report. */
static int join(struct arena *arena, struct policy_report *report, const struct policy_report *more,
	struct err *err)
{
	size_t n = report->n_findings + more->n_findings;
	struct policy_finding *all = arena_array(arena, n + 1, sizeof(*all));

	if (all == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		all[i] = i < report->n_findings ? report->findings[i]
						: more->findings[i - report->n_findings];
	report->findings = all;
	report->n_findings = n;
	report->n_checks += more->n_checks;
	return 0;
}

/* A container of ours: what create had planned for it is known, too. */
static void audit_own(struct audit *a, const char *id, pid_t pid)
{
	struct cli_target *target = add_running(a, "container", id, pid);
	_arena_ struct arena arena = { 0 };
	struct policy_report drift = { 0 };
	struct host_audited found;

	if (target == NULL)
		return;
	a->rc = host_audit_container(&a->cli->context, &arena, id, a->profile, &found, a->err);
	if (a->rc == 0)
		a->rc = policy_audit_live(
			a->cli->arena, a->profile, &found.live, &target->report, a->err);
	if (a->rc == 0)
		a->rc = plan_audit_drift(a->cli->arena, &found.drift, &drift, a->err);
	if (a->rc == 0)
		a->rc = join(a->cli->arena, &target->report, &drift, a->err);
}

static void audit_container(void *arg, const struct host_state *state)
{
	struct audit *a = arg;
	const char *name = arena_strdup(a->cli->arena, state->id);

	if (a->rc == 0 && name == NULL)
		a->rc = err_new(a->err, -ENOMEM, "out of memory");
	if (a->rc == 0 && state->pid > 0)
		audit_own(a, name, state->pid);
}

static void skip_damaged(void *arg, const char *id, const struct err *err)
{
	struct audit *a = arg;

	/* one that can't be looked at must not pass for one that is clean */
	if (a->rc == 0)
		a->rc = err_new(a->err, err->code, "container '%s': %s", id, err->msg);
}

static int audit_one(struct audit *a, const char *id)
{
	struct host_state state;
	int rc = host_load_state(&a->cli->context, a->cli->arena, id, &state, a->err);

	if (rc < 0)
		return rc;
	if (state.pid == 0)
		return err_new(a->err, -ESRCH, "container not running");
	audit_container(a, &state);
	return a->rc;
}

static int audit_bundle(struct audit *a, const char *bundle)
{
	struct host_create_request request = {
		.id = "CONTAINER-ID",
		.bundle = bundle,
		.config_name = "config.json",
	};
	struct host_preview *found = arena_alloc(a->cli->arena, sizeof(*found));
	struct cli_target *target = add_target(a, "bundle", bundle);
	int rc;

	if (found == NULL || target == NULL)
		return err_new(a->err, -ENOMEM, "out of memory");
	rc = host_preview(&a->cli->context, &request, NULL, a->cli->arena, found, a->err);
	if (rc < 0)
		return rc;
	target->uri = "config.json";
	target->report.findings = found->decisions.findings;
	target->report.n_findings = found->decisions.n_findings;
	while (policy_rule_info_at(target->report.n_checks) != NULL)
		target->report.n_checks++;
	return 0;
}

static int look(struct audit *a)
{
	const struct cli_args *args = a->cli->args;
	const char *pid = cli_text(args, "pid"), *id = cli_text(args, "container");
	int n_given = (pid != NULL ? 1 : 0) + (id != NULL ? 1 : 0) + (cli_on(args, "all") ? 1 : 0) +
		      (int)args->n_positionals;
	uint64_t number;
	int rc;

	if (n_given > 1)
		return err_new(
			a->err, -EINVAL, "only one of a bundle, --container, --all and --pid");
	if (pid != NULL) {
		if (!num_u64(pid, INT32_MAX, &number) || number == 0)
			return err_new(a->err, -EINVAL, "invalid pid '%s'", pid);
		audit_pid(a, "process", pid, (pid_t)number);
		return a->rc;
	}
	if (id != NULL)
		return audit_one(a, id);
	if (!cli_on(args, "all"))
		return audit_bundle(a, args->n_positionals > 0 ? args->positionals[0] : ".");
	rc = host_list(&a->cli->context, a->cli->arena, audit_container, skip_damaged, a, a->err);
	return rc < 0 ? rc : a->rc;
}

static void put_html(const struct audit *a, struct str_buf *out)
{
	char host[256] = "", when[32] = "";
	time_t now = time(NULL);
	struct tm tm;
	struct cli_html_head head = { .profile = a->profile->name, .when = when };

	if (gmtime_r(&now, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M UTC", &tm);
	if (gethostname(host, sizeof(host) - 1) == 0)
		head.host = host;
	cli_report_html(&head, a->targets, a->n, out);
}

static int print(const struct audit *a, const char *format, struct err *err)
{
	_json_out_ struct json_out *out = NULL;
	_str_buf_ struct str_buf text = { 0 };

	if (str_eq(format, "text")) {
		cli_report_text(a->profile->name, a->targets, a->n, &text);
		return cli_print_painted(&text, err);
	}
	if (str_eq(format, "html")) {
		put_html(a, &text);
		return cli_print_text(&text, err);
	}
	out = json_out_new("  ");
	if (str_eq(format, "sarif"))
		cli_report_sarif(a->targets, a->n, out);
	else
		cli_report_json(a->profile->name, a->targets, a->n, out);
	return cli_print_json(out, "\n", err);
}

/* What was tightened is as it should be by the time the container runs. */
static bool is_bad(const struct audit *a, int threshold)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < a->targets[i].report.n_findings; k++) {
			const struct policy_finding *f = &a->targets[i].report.findings[k];

			if ((f->verdict == POLICY_WARN || f->verdict == POLICY_REFUSE) &&
				(int)f->info->severity >= threshold)
				return true;
		}
	}
	return false;
}

int cli_audit(struct cli *cli, struct err *err)
{
	const char *format = cli_text(cli->args, "format"),
		   *fail_on = cli_text(cli->args, "fail-on");
	struct audit a = { .cli = cli, .err = err };
	int threshold = policy_severity_find(fail_on), rc;

	if (!str_eq(format, "text") && !str_eq(format, "json") && !str_eq(format, "sarif") &&
		!str_eq(format, "html"))
		return err_new(err, -EINVAL, "invalid format option");
	if (threshold < 0 && !str_eq(fail_on, "never"))
		return err_new(err, -EINVAL,
			"invalid fail-on: '%s' is none of info, low, medium, high, critical, never",
			fail_on);
	rc = policy_profile_load(cli->arena, cli->context.profile, &a.profile, err);
	if (rc < 0)
		return rc;
	a.targets = arena_array(cli->arena, TARGETS_MAX, sizeof(*a.targets));
	if (a.targets == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	rc = look(&a);
	if (rc < 0)
		return rc;
	rc = print(&a, format, err);
	if (rc == 0 && threshold >= 0 && is_bad(&a, threshold))
		cli->exit_code = EXIT_FINDINGS;
	return rc;
}
