/* What the kernel says of a running container, judged by the rule table. */
#include "policy/audit.h"

#include <errno.h>
#include <string.h>

#include "base/abi.h"
#include "base/num.h"

#include "rules.h"

#include "base/banned.h"

enum {
	FINDINGS_MAX = 64,
	FIELDS_MAX = 16,
	SIGNS_ENOUGH = 4,
	CAPS_MANY = 30
};

struct audit {
	struct arena *arena;
	const struct policy_profile *profile;
	const struct policy_live *live;
	struct policy_finding *findings;
	size_t n, n_checks;
	bool failed;
};

/* Is the rule one that this profile looks at? */
static bool is_asked(const struct audit *a, const char *id)
{
	int row = policy_rule_index(id);
	const struct policy_rule *rule = policy_rule_at((size_t)row);
	enum policy_wish wish = (enum policy_wish)a->profile->wishes[row];

	if (wish != POLICY_BY_KEYS)
		return wish != POLICY_WISH_ALLOW;
	if (rule->is_optional)
		return false;
	return rule->switched_by == 0 ||
	       *(const bool *)((const char *)a->profile + rule->switched_by);
}

/* One check: @found is what is wrong, NULL when nothing is. */
static void check(
	struct audit *a, const char *id, bool is_wrong, const char *found, const char *accepted)
{
	if (!is_asked(a, id))
		return;
	a->n_checks++;
	if (!is_wrong)
		return;
	if (found == NULL || a->n == FINDINGS_MAX) {
		a->failed = true;
		return;
	}
	a->findings[a->n++] = (struct policy_finding){
		.rule = id,
		.info = policy_rule_info_find(id),
		.verdict = POLICY_WARN,
		.pointer = policy_rule_info_find(id)->live,
		.found = found,
		.decided = accepted,
		.reason = policy_rule_info_find(id)->why,
	};
}

/* --- status ----------------------------------------------------------------------------------- */

/* The value of "NAME:\tVALUE" up to the end of its line, in @buf; false: no such line. */
static bool status_field(const struct policy_live *live, const char *name, char *buf, size_t size)
{
	size_t len = strlen(name);

	for (const char *line = live->status; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, "\t ");
		str_fmt(buf, size, "%.*s", (int)strcspn(line, "\n"), line);
		return true;
	}
	return false;
}

static bool hex(const char *text, uint64_t *out)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t value = 0;

	if (strlen(text) != 16)
		return false;
	for (; *text != '\0'; text++) {
		const char *digit = strchr(digits, *text);

		if (digit == NULL)
			return false;
		value = value << 4 | (uint64_t)(digit - digits);
	}
	*out = value;
	return true;
}

static bool caps_field(const struct policy_live *live, const char *name, uint64_t *out)
{
	char buf[32];

	return status_field(live, name, buf, sizeof(buf)) && hex(buf, out);
}

static const char *caps_text(const struct audit *a, uint64_t caps)
{
	return config_cap_text(a->arena, caps);
}

/* Returns the capabilities that the container has in any set. */
static uint64_t check_caps(struct audit *a)
{
	uint64_t bounding = 0, permitted = 0, effective = 0, inheritable = 0, ambient = 0, all;

	if (!caps_field(a->live, "CapBnd", &bounding) ||
		!caps_field(a->live, "CapPrm", &permitted) ||
		!caps_field(a->live, "CapEff", &effective) ||
		!caps_field(a->live, "CapInh", &inheritable) ||
		!caps_field(a->live, "CapAmb", &ambient))
		a->failed = true;
	all = bounding | permitted | effective;
	check(a, "CIS-5.4", (all & ~a->profile->caps_ceiling) != 0,
		caps_text(a, all & ~a->profile->caps_ceiling),
		caps_text(a, a->profile->caps_ceiling));
	check(a, "CS-CAP-1", inheritable != 0, caps_text(a, inheritable), "none");
	check(a, "CS-CAP-5", ambient != 0 && !a->profile->ambient_allowed, caps_text(a, ambient),
		"none");
	return all;
}

/* Returns whether there is a filter. */
static bool check_status(struct audit *a)
{
	char seccomp[8] = "", nnp[8] = "", uid[64] = "";
	bool is_filtered;

	if (!status_field(a->live, "Seccomp", seccomp, sizeof(seccomp)) ||
		!status_field(a->live, "NoNewPrivs", nnp, sizeof(nnp)) ||
		!status_field(a->live, "Uid", uid, sizeof(uid)))
		a->failed = true;
	is_filtered = str_eq(seccomp, "2");
	check(a, "CIS-5.22", !is_filtered, "no filter", "a filter that denies by default");
	check(a, "CIS-5.26", !str_eq(nnp, "1"), "not set", "set");
	return is_filtered;
}

/* --- ids -------------------------------------------------------------------------------------- */

/* The next number on the line; false at its end. */
static bool next_number(const char **at, uint64_t *out)
{
	char word[24];
	size_t len;

	*at += strspn(*at, " \t");
	len = strcspn(*at, " \t\n");
	if (len == 0 || len >= sizeof(word))
		return false;
	str_fmt(word, sizeof(word), "%.*s", (int)len, *at);
	*at += len;
	return num_u64(word, UINT64_MAX, out);
}

/* The id inside that is @outside on the host; false: none. */
static bool mapped_from(const char *map, uint64_t outside, uint64_t *inside)
{
	for (const char *line = map; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
		uint64_t first, host, count;

		line += *line == '\n';
		if (!next_number(&line, &first) || !next_number(&line, &host) ||
			!next_number(&line, &count))
			return false;
		if (outside >= host && outside - host < count) {
			*inside = first + (outside - host);
			return true;
		}
	}
	return false;
}

static void check_ids(struct audit *a)
{
	const char *uid_line;
	char uids[64] = "";
	uint64_t inside = 0, uid = 0;
	bool is_root, is_host_root;

	is_host_root = mapped_from(a->live->uid_map, 0, &inside) ||
		       mapped_from(a->live->gid_map, 0, &inside);
	if (a->live->initial_userns)
		check(a, "CIS-5.31", is_host_root,
			arena_fmt(a->arena, "id %llu inside is root of the host",
				(unsigned long long)inside),
			"ids of the host that belong to nobody else");
	(void)status_field(a->live, "Uid", uids, sizeof(uids));
	uid_line = uids;
	is_root = next_number(&uid_line, &uid) && mapped_from(a->live->uid_map, uid, &inside) &&
		  inside == 0;
	check(a, "PSS-R-5", is_root, "it runs as root inside", "any other user");
}

static void check_namespaces(struct audit *a)
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

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(a, rows[i].id, a->live->ns_is_host[rows[i].type],
			arena_fmt(
				a->arena, "%s namespace of the host", config_ns_name(rows[i].type)),
			"one of the container or its pod");
}

/* --- mounts ----------------------------------------------------------------------------------- */

struct mount_line {
	char *target;
	bool is_readonly;
	bool is_shared;
};

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list != '\0') {
		size_t n = strcspn(list, ",");

		if (n == len && strncmp(list, word, len) == 0)
			return true;
		list += n + (list[n] == ',' ? 1 : 0);
	}
	return false;
}

/* "36 35 98:0 /root /target rw,noatime shared:1 - ext3 /dev/root rw"; @line is changed. */
static bool read_mount(char *line, struct mount_line *out)
{
	char *fields[FIELDS_MAX] = { NULL };
	size_t n = 0, dash = 0;

	while (n < FIELDS_MAX && line != NULL && *line != '\0') {
		fields[n] = line;
		line += strcspn(line, " ");
		if (*line == ' ')
			*line++ = '\0';
		if (dash == 0 && n > 5 && str_eq(fields[n], "-"))
			dash = n;
		n++;
	}
	if (dash == 0)
		return false;
	*out = (struct mount_line){ .target = fields[4] };
	out->is_readonly =
		has_word(fields[5], "ro") || (dash + 3 < n && has_word(fields[dash + 3], "ro"));
	for (size_t i = 6; i < dash; i++)
		out->is_shared = out->is_shared || str_starts(fields[i], "shared:");
	return true;
}

/* What is mounted last on a path is what is seen there. */
struct mount_view {
	bool root_readonly, proc_sys_readonly, has_sys, sys_readonly;
	const char *shared; /* the first shared mount */
};

static void look_at_mount(struct mount_view *view, const struct mount_line *mount)
{
	if (str_eq(mount->target, "/"))
		view->root_readonly = mount->is_readonly;
	if (str_eq(mount->target, "/proc") || str_eq(mount->target, "/proc/sys"))
		view->proc_sys_readonly = mount->is_readonly;
	if (str_eq(mount->target, "/sys")) {
		view->has_sys = true;
		view->sys_readonly = mount->is_readonly;
	}
	if (mount->is_shared && view->shared == NULL)
		view->shared = mount->target;
}

static struct mount_view view_of_mounts(struct audit *a)
{
	struct mount_view view = { 0 };
	char *text = arena_strdup(a->arena, a->live->mountinfo);

	if (text == NULL)
		a->failed = true;
	while (text != NULL && *text != '\0') {
		struct mount_line mount;
		char *line = text;

		text += strcspn(text, "\n");
		if (*text == '\n')
			*text++ = '\0';
		if (read_mount(line, &mount))
			look_at_mount(&view, &mount);
		else
			a->failed = true;
	}
	return view;
}

static const char *quoted(struct audit *a, const char *text)
{
	char buf[200];

	return text == NULL ? "" : arena_fmt(a->arena, "'%s'", str_escape(buf, sizeof(buf), text));
}

/* Returns how many signs of a privileged container there are. */
static int check_mounts(struct audit *a)
{
	struct mount_view view = view_of_mounts(a);

	/* in the host's own mount namespace they are the host's, and that is said already */
	if (a->live->ns_is_host[CONFIG_NS_MOUNT])
		return 2;
	check(a, "CIS-5.13", !view.root_readonly, "'/' is writable", "read-only");
	check(a, "CIS-5.20", view.shared != NULL, quoted(a, view.shared), "private or slave");
	check(a, "CS-PATH-1", !view.proc_sys_readonly, "/proc/sys is writable", "read-only");
	check(a, "CS-MNT-3", view.has_sys && !view.sys_readonly, "/sys is writable", "read-only");
	return (!view.proc_sys_readonly ? 1 : 0) + (view.has_sys && !view.sys_readonly ? 1 : 0);
}

/* --- the rest --------------------------------------------------------------------------------- */

static void check_devices(struct audit *a)
{
	enum {
		SHOWN = 8
	};
	_str_buf_ struct str_buf list = { 0 };
	const struct json_strings *devices = &a->live->devices;

	for (size_t i = 0; i < devices->n && i < SHOWN; i++)
		policy_list_add(&list, devices->items[i]);
	if (devices->n > SHOWN)
		str_buf_fmt(&list, " and %zu more", devices->n - SHOWN);
	check(a, "CIS-5.18", devices->n > 0,
		list.failed ? NULL
			    : arena_strndup(a->arena, list.len > 0 ? list.data : "", list.len),
		"null, zero, full, random, urandom, tty, ptmx, console");
}

/* v1 has no word for "no limit of memory" but the largest number of pages. */
static bool is_unlimited(const char *value)
{
	uint64_t n;

	return !num_u64(value, INT64_MAX, &n) || n >= INT64_MAX / 2;
}

static void check_limits(struct audit *a)
{
	if (a->live->pids_max != NULL &&
		(a->profile->pids_limit_default != 0 || a->profile->pids_required))
		check(a, "CIS-5.29", is_unlimited(a->live->pids_max), "unlimited",
			"a number of processes");
	if (a->live->memory_max != NULL && a->profile->memory_required)
		check(a, "CIS-5.11", is_unlimited(a->live->memory_max), "unlimited",
			"a limit in bytes");
}

static int count(uint64_t caps)
{
	int n = 0;

	for (; caps != 0; caps &= caps - 1)
		n++;
	return n;
}

int policy_audit_live(struct arena *arena, const struct policy_profile *profile,
	const struct policy_live *live, struct policy_report *out, struct err *err)
{
	struct audit a = { .arena = arena, .profile = profile, .live = live };
	int signs;

	a.findings = arena_array(arena, FINDINGS_MAX, sizeof(*a.findings));
	if (a.findings == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	check_ids(&a);
	check_namespaces(&a);
	signs = count(check_caps(&a)) >= CAPS_MANY ? 1 : 0;
	signs += check_status(&a) ? 0 : 1;
	signs += check_mounts(&a);
	signs += live->devices.n > 0 ? 1 : 0;
	check_devices(&a);
	check_limits(&a);
	check(&a, "CIS-5.5", signs >= SIGNS_ENOUGH,
		"capabilities, filter, kernel files or devices as of a privileged container",
		"no privileged container");
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
