/*
 * The plan of create against the kernel's view of the container. Where a workload may give up
 * something by itself (capabilities, more filters) only having more counts.
 */
#include "plan/drift.h"

#include <errno.h>
#include <string.h>

#include "base/num.h"

#include "drift_local.h"

#include "base/banned.h"

enum {
	LISTED = 12,
	PAGE = 65536 /* the largest: limits are rounded to pages */
};

void plan_drift_add(struct str_buf *list, const char *quoted, const char *what)
{
	char buf[200];

	if (list->len > 0)
		str_buf_puts(list, ", ");
	if (quoted != NULL)
		str_buf_fmt(list, "'%s'%s", str_escape(buf, sizeof(buf), quoted),
			*what != '\0' ? " " : "");
	str_buf_puts(list, what);
}

void plan_drift_close(
	struct drift *d, const char *id, const struct str_buf *list, const char *accepted)
{
	const struct policy_rule_info *info = policy_rule_info_find(id);
	const char *found;

	if (!policy_live_is_asked(d->request->profile, id))
		return;
	d->n_checks++;
	if (list->len == 0 && !list->failed)
		return;
	found = list->failed ? NULL : arena_strndup(d->arena, list->data, list->len);
	if (found == NULL || d->n == DRIFT_RULES) {
		d->failed = true;
		return;
	}
	d->findings[d->n++] = policy_live_finding(info, found, accepted);
}

static const struct plan_step *find(const struct plan *plan, enum plan_kind kind)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		if (plan->steps[i].kind == (uint16_t)kind)
			return &plan->steps[i];
	}
	return NULL;
}

/* --- namespaces ------------------------------------------------------------------------------- */

static enum config_ns_type type_of(uint64_t flag)
{
	int type = 0;

	while (type < CONFIG_NS_N &&
		(unsigned)config_ns_clone_flag((enum config_ns_type)type) != flag)
		type++;
	return (enum config_ns_type)type;
}

static void check_namespaces(struct drift *d)
{
	_str_buf_ struct str_buf list = { 0 };

	for (size_t i = 0; i < d->request->n_namespaces; i++) {
		const struct plan_exec_namespace *ns = &d->request->namespaces[i];
		enum config_ns_type type = type_of(ns->type);

		if (type == CONFIG_NS_N || ns->ino == 0 || d->request->live->ns_ino[type] == 0 ||
			d->request->live->ns_ino[type] == ns->ino)
			continue;
		plan_drift_add(&list, NULL, config_ns_name(type));
		str_buf_puts(&list, " namespace is another one");
	}
	plan_drift_close(d, "CS-DRIFT-1", &list, "the namespaces of create");
}

/* --- ids -------------------------------------------------------------------------------------- */

static bool is_map(const struct plan *plan, const struct plan_ref *ref, const char *text)
{
	size_t n = 0, lines = 0;
	const uint32_t *triplets = plan_u32s(plan, ref, &n);

	for (const char *at = text; *at != '\0'; lines++) {
		uint64_t inside, outside, count;
		size_t i = 0;

		if (!policy_next_number(&at, &inside) || !policy_next_number(&at, &outside) ||
			!policy_next_number(&at, &count))
			return false;
		while (i + 2 < n && (triplets[i] != inside || triplets[i + 1] != outside ||
					    triplets[i + 2] != count))
			i += 3;
		if (i + 2 >= n)
			return false;
		at += strspn(at, "\n");
	}
	return lines == n / 3;
}

/* The step that says which ids the container has; its maps are ref[*first] and the next. */
static const struct plan_step *maps_of(const struct plan *plan, unsigned *first)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		*first = step->kind == PLAN_IDS ? 0 : 1;
		if (step->kind == PLAN_IDS ||
			(step->kind == PLAN_OPEN_NS && step->num[0] == SYS_NEWUSER))
			return step;
	}
	return NULL;
}

static void check_ids(struct drift *d)
{
	const struct policy_live *live = d->request->live;
	_str_buf_ struct str_buf list = { 0 };
	const struct plan_step *step;
	const char *at;
	char line[64] = "";
	uint64_t id, inside;
	unsigned first;

	step = maps_of(d->request->plan, &first);
	if (step != NULL && d->request->ids_are_hosts && step->ref[first].len > 0) {
		if (!is_map(d->request->plan, &step->ref[first], live->uid_map))
			plan_drift_add(&list, NULL, "uid_map is another one");
		if (!is_map(d->request->plan, &step->ref[first + 1], live->gid_map))
			plan_drift_add(&list, NULL, "gid_map is another one");
	}
	(void)policy_status_field(live->status, "Uid", line, sizeof(line));
	at = line;
	while (list.len == 0 && policy_next_number(&at, &id)) {
		if (!policy_map_inside(live->uid_map, id, &inside))
			plan_drift_add(&list, NULL, "its user is none of the container's");
	}
	plan_drift_close(d, "CS-DRIFT-2", &list, "the ids of create");
}

/* --- rights ----------------------------------------------------------------------------------- */

static void check_set(struct drift *d, const char *name, uint64_t planned, struct str_buf *list)
{
	uint64_t caps = 0;

	if (!policy_status_caps(d->request->live->status, name, &caps)) {
		d->failed = true;
		return;
	}
	if ((caps & ~planned) != 0) {
		plan_drift_add(list, NULL, name);
		str_buf_puts(list, " has ");
		str_buf_puts(list, config_cap_text(d->arena, caps & ~planned));
	}
}

static void check_filters(struct drift *d, struct str_buf *list)
{
	const struct plan *plan = d->request->plan;
	char text[16];
	uint64_t n, planned = 0;

	for (uint32_t i = 0; i < plan->header->n_steps; i++)
		planned += plan->steps[i].kind == PLAN_SECCOMP;
	/* a kernel before 5.9 does not count them; one that waits has none yet */
	if (d->request->live->is_waiting ||
		!policy_status_field(
			d->request->live->status, "Seccomp_filters", text, sizeof(text)) ||
		!num_u64(text, INT32_MAX, &n) || n >= planned)
		return;
	plan_drift_add(list, NULL, "");
	str_buf_fmt(list, "%llu filters instead of %llu", (unsigned long long)n,
		(unsigned long long)planned);
}

static void check_rights(struct drift *d)
{
	const struct plan *plan = d->request->plan;
	const struct plan_step *bounding = find(plan, PLAN_BOUNDING), *caps = find(plan, PLAN_CAPS);
	_str_buf_ struct str_buf list = { 0 };
	char text[16] = "";

	if (bounding != NULL && caps != NULL) {
		check_set(d, "CapBnd", bounding->num[0], &list);
		check_set(d, "CapPrm", bounding->num[0] | caps->num[1], &list);
		check_set(d, "CapInh", caps->num[2], &list);
		check_set(d, "CapAmb", caps->num[3], &list);
	}
	if (find(plan, PLAN_NO_NEW_PRIVS) != NULL &&
		policy_status_field(d->request->live->status, "NoNewPrivs", text, sizeof(text)) &&
		!str_eq(text, "1"))
		plan_drift_add(&list, NULL, "no_new_privs is not set");
	check_filters(d, &list);
	plan_drift_close(d, "CS-DRIFT-3", &list, "no more than the plan gives");
}

static void check_label(struct drift *d)
{
	const struct plan_step *step = find(d->request->plan, PLAN_APPARMOR);
	const char *label = d->request->live->label != NULL ? d->request->live->label : "";
	_str_buf_ struct str_buf list = { 0 };
	const char *wanted;
	size_t len;

	if (step == NULL)
		step = find(d->request->plan, PLAN_SELINUX);
	/* the label is that of the next execve: one that waits has it not yet */
	if (step == NULL || d->request->live->is_waiting)
		return;
	wanted = plan_string(d->request->plan, &step->ref[0]);
	len = strlen(wanted);
	/* AppArmor: "docker-default (enforce)" */
	if (strncmp(label, wanted, len) != 0 ||
		(label[len] != '\0' && label[len] != ' ' && label[len] != '\n'))
		plan_drift_add(&list, label, "is in force");
	plan_drift_close(d, "CS-DRIFT-4", &list, "the label of create");
}

/* --- cgroups ---------------------------------------------------------------------------------- */

/* Is the first controller of @wanted in the list of the line? v2: both are empty. */
static bool is_hierarchy(const char *line, size_t len, const struct plan_drift_cgroup *wanted)
{
	size_t n = strcspn(wanted->controllers, ",");

	if (wanted->is_v2)
		return len == 0;
	for (size_t at = 0; at < len;) {
		size_t word = 0;

		while (at + word < len && line[at + word] != ',')
			word++;
		if (word == n && strncmp(line + at, wanted->controllers, n) == 0)
			return true;
		at += word + 1;
	}
	return false;
}

/* The path of "N:CONTROLLERS:PATH", and its length; NULL: there is none, or it is not seen here */
static const char *cgroup_of(const char *text, const struct plan_drift_cgroup *wanted, size_t *len)
{
	for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
		const char *names, *path;

		line += *line == '\n';
		names = strchr(line, ':');
		path = names != NULL ? strchr(names + 1, ':') : NULL;
		if (path == NULL)
			return NULL;
		if (!is_hierarchy(names + 1, (size_t)(path - names - 1), wanted))
			continue;
		path++;
		*len = strcspn(path, "\n");
		return str_starts(path, "/..") ? NULL : path;
	}
	return NULL;
}

static void check_cgroups(struct drift *d)
{
	_str_buf_ struct str_buf list = { 0 };

	for (size_t i = 0; i < d->request->n_cgroups; i++) {
		const struct plan_drift_cgroup *wanted = &d->request->cgroups[i];
		size_t len = 0, n = strlen(wanted->path);
		const char *path = cgroup_of(d->request->live->cgroup, wanted, &len);

		/* a workload may make cgroups below its own */
		if (path == NULL || (len >= n && strncmp(path, wanted->path, n) == 0 &&
					    (len == n || path[n] == '/' || n == 1)))
			continue;
		plan_drift_add(&list, NULL, wanted->is_v2 ? "v2" : wanted->controllers);
		str_buf_fmt(&list, ": %.*s", (int)len, path);
	}
	plan_drift_close(d, "CS-DRIFT-8", &list, "the cgroups of create");
}

bool plan_drift_limit_is_known(const char *file)
{
	static const char *const files[] = { "pids.max", "memory.max", "memory.high", "memory.low",
		"memory.min", "memory.swap.max", "memory.oom.group", "memory.limit_in_bytes",
		"memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes", "cpu.max",
		"cpu.weight", "cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpuset.cpus",
		"cpuset.mems" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (str_eq(files[i], file))
			return true;
	}
	return false;
}

/* "max", "-1" and what v1 says of no limit are one; UINT64_MAX. false: it is no number */
static bool amount(const char *text, uint64_t *out)
{
	*out = UINT64_MAX;
	if (str_eq(text, "max") || str_eq(text, "-1"))
		return true;
	if (!num_u64(text, UINT64_MAX, out))
		return false;
	if (*out >= INT64_MAX / 2)
		*out = UINT64_MAX;
	return true;
}

/* One list of processors may be written in many ways: each number, by itself. */
static bool read_set(const char *text, uint64_t bits[16])
{
	memset(bits, 0, 16 * sizeof(*bits));
	while (*text != '\0') {
		char word[24];
		size_t len = strcspn(text, ",\n");
		const char *dash;
		uint64_t first, last;

		if (len >= sizeof(word))
			return false;
		str_fmt(word, sizeof(word), "%.*s", (int)len, text);
		dash = strchr(word, '-');
		if (dash != NULL)
			word[dash - word] = '\0';
		if (!num_u64(word, 1023, &first) ||
			!num_u64(dash != NULL ? dash + 1 : word, 1023, &last))
			return false;
		for (uint64_t n = first; n <= last; n++)
			bits[n / 64] |= 1ULL << n % 64;
		text += len;
		text += strspn(text, ",\n");
	}
	return true;
}

static bool is_same_value(const struct plan_drift_limit *limit)
{
	uint64_t wanted, found, a[16], b[16];

	if (str_eq(limit->wanted, limit->found))
		return true;
	if (str_starts(limit->file, "cpuset."))
		return read_set(limit->wanted, a) && read_set(limit->found, b) &&
		       memcmp(a, b, sizeof(a)) == 0;
	/* "20000" leaves the period as it is */
	if (str_eq(limit->file, "cpu.max") && strchr(limit->wanted, ' ') == NULL) {
		size_t len = strlen(limit->wanted);

		return strncmp(limit->found, limit->wanted, len) == 0 && limit->found[len] == ' ';
	}
	if (!amount(limit->wanted, &wanted) || !amount(limit->found, &found))
		return false;
	if (wanted == found)
		return true;
	return str_starts(limit->file, "memory.") && found < wanted && wanted - found < PAGE;
}

static void check_limits(struct drift *d)
{
	_str_buf_ struct str_buf list = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < d->request->n_limits; i++) {
		const struct plan_drift_limit *limit = &d->request->limits[i];
		char found[64], wanted[64];

		if (limit->found == NULL || is_same_value(limit) || n++ >= LISTED)
			continue;
		plan_drift_add(&list, NULL, limit->file);
		str_buf_fmt(&list, " is %s instead of %s",
			str_escape(found, sizeof(found), limit->found),
			str_escape(wanted, sizeof(wanted), limit->wanted));
	}
	plan_drift_close(d, "CS-DRIFT-9", &list, "what create or update has written");
}

static void check_config(struct drift *d)
{
	_str_buf_ struct str_buf list = { 0 };

	if (d->request->config_is_changed)
		plan_drift_add(&list, NULL, "config.json is younger than the container");
	plan_drift_close(d, "CS-DRIFT-10", &list, "the config that create has read");
}

int plan_audit_drift(struct arena *arena, const struct plan_drift_request *request,
	struct policy_report *out, struct err *err)
{
	struct drift *d = arena_alloc(arena, sizeof(*d));
	int r;

	if (d == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	d->arena = arena;
	d->request = request;
	r = policy_read_mounts(arena, request->live->mountinfo, &d->mounts, err);
	if (r == 0)
		r = policy_read_mounts(arena, request->live->host_mountinfo, &d->host_mounts, err);
	if (r < 0)
		return r;
	check_namespaces(d);
	check_ids(d);
	check_rights(d);
	check_label(d);
	plan_drift_mounts(d);
	check_cgroups(d);
	check_limits(d);
	check_config(d);
	if (d->failed)
		return err_new(
			err, -EINVAL, "what the kernel says of the container is not understood");
	*out = (struct policy_report){ d->findings, d->n, d->n_checks };
	return 0;
}
