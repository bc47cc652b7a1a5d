/* What else the kernel says of a running container: devices, limits, labels, its processes. */
#include <string.h>

#include "base/num.h"

#include "live.h"

#include "base/banned.h"

enum {
	SHOWN = 8
};

static void list_some(struct live_audit *a, const char *id, const struct json_strings *items,
	const char *accepted)
{
	_str_buf_ struct str_buf list = { 0 };

	for (size_t i = 0; i < items->n && i < SHOWN; i++)
		policy_list_add(&list, items->items[i]);
	if (items->n > SHOWN)
		str_buf_fmt(&list, " and %zu more", items->n - SHOWN);
	policy_live_list(a, id, &list, accepted);
}

/* --- limits ----------------------------------------------------------------------------------- */

/* v1 has no word for "no limit of memory" but the largest number of pages. */
static bool is_unlimited(const char *value)
{
	uint64_t n;

	return !num_u64(value, INT64_MAX, &n) || n >= INT64_MAX / 2;
}

static void check_cpu(struct live_audit *a)
{
	const char *shares = a->live->cpu_shares, *quota = a->live->cpu_quota;

	if (shares == NULL || quota == NULL)
		return;
	/* what the kernel gives to a cgroup that nobody asked anything for, v1 and v2 */
	policy_live_check(a, "CIS-5.12",
		(str_eq(shares, "1024") || str_eq(shares, "100")) &&
			(str_eq(quota, "-1") || str_starts(quota, "max")),
		"neither shares nor quota", "one of them");
}

static bool next_limit(const char **line, uint64_t *out)
{
	*line += strspn(*line, " ");
	if (!str_starts(*line, "unlimited"))
		return policy_next_number(line, out);
	*line += strlen("unlimited");
	*out = UINT64_MAX;
	return true;
}

bool policy_live_rlimit(const char *limits, const char *name, uint64_t *soft, uint64_t *hard)
{
	size_t len = strlen(name);

	for (const char *line = limits; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, len) != 0)
			continue;
		line += len;
		return next_limit(&line, soft) && next_limit(&line, hard);
	}
	return false;
}

static const char *name_of(enum config_rlimit_type type)
{
	static const struct {
		const char *rlimit, *name;
	} names[] = {
		{ "RLIMIT_CORE", "Max core file size" },
		{ "RLIMIT_MEMLOCK", "Max locked memory" },
		{ "RLIMIT_NOFILE", "Max open files" },
		{ "RLIMIT_NPROC", "Max processes" },
		{ "RLIMIT_STACK", "Max stack size" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (str_eq(names[i].rlimit, config_rlimit_name(type)))
			return names[i].name;
	}
	return NULL;
}

/* A core of one byte is never written, see CS-CORE-1. */
static bool is_no_core(enum config_rlimit_type type, uint64_t hard)
{
	return type == CONFIG_RLIMIT_CORE && hard <= 1;
}

static void check_rlimits(struct live_audit *a)
{
	_str_buf_ struct str_buf list = { 0 };

	for (size_t i = 0; a->live->limits != NULL && i < a->profile->n_rlimits; i++) {
		const struct config_rlimit *bound = &a->profile->rlimits[i];
		const char *name = name_of(bound->type);
		uint64_t soft, hard;

		if (name == NULL || !policy_live_rlimit(a->live->limits, name, &soft, &hard) ||
			hard <= bound->hard || is_no_core(bound->type, hard))
			continue;
		policy_list_add(&list, config_rlimit_name(bound->type));
		if (hard == UINT64_MAX)
			str_buf_puts(&list, " unlimited");
		else
			str_buf_fmt(&list, " %llu", (unsigned long long)hard);
	}
	policy_live_list(a, "CIS-5.19", &list, "at most what the profile has");
}

/* "a *:* rwm": no list at all. */
static bool has_every_device(const char *list)
{
	for (const char *line = list; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (str_starts(line, "a *:* "))
			return true;
	}
	return false;
}

void policy_live_resources(struct live_audit *a)
{
	const struct policy_live *live = a->live;

	list_some(a, "CIS-5.18", &live->devices,
		"null, zero, full, random, urandom, tty, ptmx, console");
	if (live->device_list != NULL)
		policy_live_check(a, "CS-DEV-1", has_every_device(live->device_list),
			"every device, a *:* rwm", "a list of devices");
	if (live->pids_max != NULL &&
		(a->profile->pids_limit_default != 0 || a->profile->pids_required))
		policy_live_check(a, "CIS-5.29", is_unlimited(live->pids_max), "unlimited",
			"a number of processes");
	if (live->memory_max != NULL && a->profile->memory_required)
		policy_live_check(a, "CIS-5.11", is_unlimited(live->memory_max), "unlimited",
			"a limit in bytes");
	check_cpu(a);
	check_rlimits(a);
	policy_live_check(a, "CS-OOM-1", live->oom_score_adj < 0,
		arena_fmt(a->arena, "%d", live->oom_score_adj), "0 or more");
	/* until it is started it is caisson-init, which still has what starts it */
	if (!live->is_waiting)
		list_some(a, "CS-FD-1", &live->outside, "files of the container only");
}

/* --- labels ----------------------------------------------------------------------------------- */

void policy_live_labels(struct live_audit *a)
{
	const char *label = a->live->label != NULL ? a->live->label : "";
	const char *usual = a->profile->apparmor_default;
	bool is_unconfined = *label == '\0' || str_starts(label, "unconfined");

	if (a->live->apparmor)
		policy_live_check(a, "CIS-5.2", is_unconfined, policy_live_quote(a, label),
			"a loaded profile");
	/* one finding is enough where the profile insists on CIS-5.2 */
	if (a->live->apparmor && usual != NULL && *usual != '\0')
		policy_live_check(a, "CS-LSM-2",
			is_unconfined && !policy_live_is_asked(a->profile, "CIS-5.2"),
			policy_live_quote(a, label), usual);
	if (a->live->selinux)
		policy_live_check(a, "CIS-5.3", !policy_is_container_label(label),
			policy_live_quote(a, label), "a label of type container_t");
	if (a->live->selinux && a->profile->selinux_default.n > 0)
		policy_live_check(a, "CS-LSM-4",
			!policy_is_container_label(label) &&
				!policy_live_is_asked(a->profile, "CIS-5.3"),
			policy_live_quote(a, label), a->profile->selinux_default.items[0]);
}

/* --- processes -------------------------------------------------------------------------------- */

static uint64_t caps_of(const char *status)
{
	uint64_t all = 0, set;
	static const char *const sets[] = { "CapBnd", "CapPrm", "CapEff", "CapInh", "CapAmb" };

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		all |= policy_status_caps(status, sets[i], &set) ? set : 0;
	return all;
}

static bool has_more(const struct policy_live *live, const char *status, const char *name)
{
	char own[16] = "", first[16] = "";

	return policy_status_field(status, name, own, sizeof(own)) &&
	       policy_status_field(live->status, name, first, sizeof(first)) &&
	       !str_eq(own, first) && str_eq(own, "0");
}

void policy_live_processes(struct live_audit *a)
{
	_str_buf_ struct str_buf more = { 0 }, sshd = { 0 };

	for (size_t i = 0; i < a->live->n_processes; i++) {
		const struct policy_live_process *process = &a->live->processes[i];
		bool has_caps = (caps_of(process->status) & ~a->caps) != 0;

		if (str_eq(process->name, "sshd"))
			policy_list_add(&sshd, arena_fmt(a->arena, "process %d", process->pid));
		/* filters of the first process come with start, those of exec before it runs */
		if (has_caps || has_more(a->live, process->status, "NoNewPrivs") ||
			has_more(a->live, process->status, "Seccomp"))
			policy_list_add(&more, arena_fmt(a->arena, "process %d, %s", process->pid,
						       policy_live_quote(a, process->name)));
	}
	policy_live_list(a, "CIS-5.7", &sshd, "'caisson exec' for a shell");
	policy_live_list(a, "CIS-5.23", &more, "no more than the first process");
}
