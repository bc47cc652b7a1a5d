/* What the kernel says of a running container, judged by the rule table. */
#include "policy/audit.h"

#include <errno.h>
#include <string.h>

#include "live.h"

#include "base/banned.h"

enum {
	FINDINGS_MAX = 128,
	SIGNS_ENOUGH = 4,
	CAPS_MANY = 30
};

bool policy_live_is_asked(const struct policy_profile *profile, const char *id)
{
	int row = policy_rule_index(id);
	const struct policy_rule *rule = policy_rule_at((size_t)row);
	enum policy_wish wish = (enum policy_wish)profile->wishes[row];

	if (wish != POLICY_BY_KEYS)
		return wish != POLICY_WISH_ALLOW;
	if (rule->is_optional)
		return false;
	return rule->switched_by == 0 || *(const bool *)((const char *)profile + rule->switched_by);
}

struct policy_finding policy_live_finding(
	const struct policy_rule_info *info, const char *found, const char *accepted)
{
	return (struct policy_finding){
		.rule = info->id,
		.info = info,
		.verdict = POLICY_WARN,
		.pointer = info->live,
		.found = found,
		.decided = accepted,
		.reason = info->why,
	};
}

void policy_live_check(struct live_audit *a, const char *id, bool is_wrong, const char *found,
	const char *accepted)
{
	const struct policy_rule_info *info = policy_rule_info_find(id);

	if (!policy_live_is_asked(a->profile, id))
		return;
	a->n_checks++;
	if (!is_wrong)
		return;
	if (found == NULL || a->n == FINDINGS_MAX) {
		a->failed = true;
		return;
	}
	a->findings[a->n++] = policy_live_finding(info, found, accepted);
}

void policy_live_list(
	struct live_audit *a, const char *id, const struct str_buf *list, const char *accepted)
{
	const char *found = NULL;

	if (!list->failed)
		found = arena_strndup(a->arena, list->len > 0 ? list->data : "", list->len);
	policy_live_check(a, id, list->len > 0 || list->failed, found, accepted);
}

const char *policy_live_quote(struct live_audit *a, const char *text)
{
	char buf[200];
	const char *quoted =
		arena_fmt(a->arena, "'%s'", str_escape(buf, sizeof(buf), text != NULL ? text : ""));

	if (quoted == NULL)
		a->failed = true;
	return quoted != NULL ? quoted : "";
}

/* --- status ----------------------------------------------------------------------------------- */

static const char *caps_text(const struct live_audit *a, uint64_t caps)
{
	return config_cap_text(a->arena, caps);
}

static void check_caps(struct live_audit *a)
{
	const struct policy_profile *profile = a->profile;
	uint64_t bounding = 0, permitted = 0, effective = 0, inheritable = 0, ambient = 0, beyond;
	uint64_t ceiling = profile->caps_ceiling;
	const char *status = a->live->status;

	if (!policy_status_caps(status, "CapBnd", &bounding) ||
		!policy_status_caps(status, "CapPrm", &permitted) ||
		!policy_status_caps(status, "CapEff", &effective) ||
		!policy_status_caps(status, "CapInh", &inheritable) ||
		!policy_status_caps(status, "CapAmb", &ambient))
		a->failed = true;
	a->caps = bounding | permitted | effective;
	if (a->live->ns_is_host[CONFIG_NS_USER] && a->live->initial_userns)
		ceiling &= ~profile->caps_floor;
	beyond = a->caps & ~ceiling;
	policy_live_check(a, "CIS-5.4", (beyond & ~profile->caps_droppable) != 0,
		caps_text(a, beyond & ~profile->caps_droppable), caps_text(a, ceiling));
	policy_live_check(a, "PSS-R-1", (beyond & profile->caps_droppable) != 0,
		caps_text(a, beyond & profile->caps_droppable), caps_text(a, ceiling));
	policy_live_check(a, "CS-CAP-1", inheritable != 0, caps_text(a, inheritable), "none");
	policy_live_check(a, "CS-CAP-5", ambient != 0 && !profile->ambient_allowed,
		caps_text(a, ambient), "none");
}

/* Returns whether there is a filter, or will be. */
static bool check_status(struct live_audit *a)
{
	char seccomp[8] = "", nnp[8] = "", uid[64] = "";
	bool is_filtered;

	if (!policy_status_field(a->live->status, "Seccomp", seccomp, sizeof(seccomp)) ||
		!policy_status_field(a->live->status, "NoNewPrivs", nnp, sizeof(nnp)) ||
		!policy_status_field(a->live->status, "Uid", uid, sizeof(uid)))
		a->failed = true;
	is_filtered = str_eq(seccomp, "2") || a->live->is_waiting;
	policy_live_check(
		a, "CIS-5.22", !is_filtered, "no filter", "a filter that denies by default");
	policy_live_check(a, "CIS-5.26", !str_eq(nnp, "1"), "not set", "set");
	return is_filtered;
}

/* --- ids -------------------------------------------------------------------------------------- */

bool policy_live_has_root(const char *status, const char *name, const char *map)
{
	char line[4096];
	const char *at = line;
	uint64_t id, inside;

	if (!policy_status_field(status, name, line, sizeof(line)))
		return false;
	while (policy_next_number(&at, &id)) {
		if (policy_map_inside(map, id, &inside) && inside == 0)
			return true;
	}
	return false;
}

static void check_ids(struct live_audit *a)
{
	bool is_own = !a->live->ns_is_host[CONFIG_NS_USER], is_host_root;
	uint64_t inside = 0;

	is_host_root = policy_map_inside(a->live->uid_map, 0, &inside) ||
		       policy_map_inside(a->live->gid_map, 0, &inside);
	if (a->live->initial_userns) {
		policy_live_check(
			a, "CIS-5.31", !is_own, "the user namespace of the host", "one of its own");
		policy_live_check(a, "CS-MAP-2", is_own && is_host_root,
			arena_fmt(a->arena, "id %llu inside is root of the host",
				(unsigned long long)inside),
			"ids of the host that belong to nobody else");
	}
	policy_live_check(a, "PSS-R-5",
		policy_live_has_root(a->live->status, "Uid", a->live->uid_map),
		"it runs as root inside", "any other user");
	policy_live_check(a, "CS-ID-2",
		policy_live_has_root(a->live->status, "Gid", a->live->gid_map) ||
			policy_live_has_root(a->live->status, "Groups", a->live->gid_map),
		"it is in root's group inside", "any other group");
}

static void check_namespaces(struct live_audit *a)
{
	static const struct {
		enum config_ns_type type;
		const char *id;
	} rows[] = {
		{ CONFIG_NS_NETWORK, "CIS-5.10" },
		{ CONFIG_NS_PID, "CIS-5.16" },
		{ CONFIG_NS_IPC, "CIS-5.17" },
		{ CONFIG_NS_UTS, "CIS-5.21" },
		{ CONFIG_NS_MOUNT, "CS-NS-1" },
	};
	_str_buf_ struct str_buf list = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		policy_live_check(a, rows[i].id, a->live->ns_is_host[rows[i].type],
			arena_fmt(
				a->arena, "%s namespace of the host", config_ns_name(rows[i].type)),
			"one of the container or its pod");
	if (a->profile->cgroup_ns_always && a->live->ns_is_host[CONFIG_NS_CGROUP])
		policy_list_add(&list, "cgroup namespace of the host");
	if (a->profile->time_ns_always && a->live->ns_is_host[CONFIG_NS_TIME])
		policy_list_add(&list, "time namespace of the host");
	policy_live_list(a, "CS-NS-6", &list, "one of its own");
	policy_live_check(a, "CS-MNT-6",
		a->live->owns_mounts && !a->live->has_locked_mounts && (a->caps & 1ULL << 21) != 0,
		"CAP_SYS_ADMIN, in the user namespace that owns the mounts",
		"mounts that the host owns, or locks");
}

static int count(uint64_t caps)
{
	int n = 0;

	for (; caps != 0; caps &= caps - 1)
		n++;
	return n;
}

static void check_all(struct live_audit *a)
{
	int signs = 0;

	check_ids(a);
	check_caps(a);
	check_namespaces(a);
	signs += count(a->caps) >= CAPS_MANY ? 1 : 0;
	signs += check_status(a) ? 0 : 1;
	signs += policy_live_mounts(a);
	signs += a->live->devices.n > 0 ? 1 : 0;
	policy_live_resources(a);
	policy_live_labels(a);
	policy_live_processes(a);
	policy_live_host(a);
	policy_live_check(a, "CIS-5.5", signs >= SIGNS_ENOUGH,
		"capabilities, filter, kernel files or devices as of a privileged container",
		"no privileged container");
}

int policy_audit_live(struct arena *arena, const struct policy_profile *profile,
	const struct policy_live *live, struct policy_report *out, struct err *err)
{
	struct live_audit a = { .arena = arena, .profile = profile, .live = live };
	int r;

	a.findings = arena_array(arena, FINDINGS_MAX, sizeof(*a.findings));
	if (a.findings == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = policy_read_mounts(arena, live->mountinfo, &a.mounts, err);
	if (r == 0 && live->host_mountinfo != NULL)
		r = policy_read_mounts(arena, live->host_mountinfo, &a.host_mounts, err);
	if (r < 0)
		return r;
	check_all(&a);
	if (a.failed)
		return err_new(
			err, -EINVAL, "what the kernel says of the process is not understood");
	*out = (struct policy_report){ a.findings, a.n, a.n_checks };
	return 0;
}

int policy_severity_find(const char *name)
{
	for (int i = POLICY_INFO; i <= POLICY_CRITICAL; i++) {
		if (str_eq(policy_severity_name((enum policy_severity)i), name))
			return i;
	}
	return -1;
}
