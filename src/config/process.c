#include <errno.h>
#include <string.h>

#include "base/str.h"

#include "local.h"
#include "names.h"

#include "base/banned.h"

enum {
	CAP_LIST_MAX = 1024,   /* names in one set */
	CAP_UNKNOWN_MAX = 256, /* different names that no kernel knows */
	UMASK_MAX = 0777,
	OOM_SCORE_ADJ_MAX = 1000, /* the kernel's, both ways */
};

/* process.consoleSize: to be ignored unless there is a terminal (PROC-06) */
static int read_console_size(const struct json *node, struct config_process *out, struct err *err)
{
	const struct json *height, *width;
	uint64_t rows = 0, columns = 0;
	int r;

	if (node == NULL || !out->terminal)
		return 0;
	r = config_get_required(node, "height", &height, err);
	if (r == 0)
		r = config_get_required(node, "width", &width, err);
	if (r == 0)
		r = json_read_u64(height, UINT16_MAX, &rows, err);
	if (r == 0)
		r = json_read_u64(width, UINT16_MAX, &columns, err);
	if (r < 0)
		return r;
	out->has_console_size = true;
	out->console_rows = (uint16_t)rows;
	out->console_columns = (uint16_t)columns;
	return 0;
}

static int read_groups(const struct config_reader *reader, const struct json *node,
	struct config_user *out, struct err *err)
{
	uint32_t *groups;
	size_t n = 0;
	int r;

	r = config_check_list(node, CONFIG_GROUPS_MAX, err);
	if (r < 0 || node == NULL)
		return r;
	groups = arena_array(reader->arena, node->n_children, sizeof(*groups));
	if (groups == NULL)
		return config_err_memory(err);
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		r = config_read_id(child, &groups[n++], err);
		if (r < 0)
			return r;
	}
	out->groups = groups;
	out->n_groups = n;
	return 0;
}

/* process.user: absent is 0:0, as everywhere; but whoever names a user names both ids */
static int read_user(const struct config_reader *reader, const struct json *node,
	struct config_user *out, struct err *err)
{
	const struct json *uid, *gid, *mask;
	uint64_t umask = 0;
	int r;

	if (node == NULL)
		return 0;
	r = config_get_required(node, "uid", &uid, err);
	if (r == 0)
		r = config_get_required(node, "gid", &gid, err);
	if (r == 0)
		r = config_read_id(uid, &out->uid, err);
	if (r == 0)
		r = config_read_id(gid, &out->gid, err);
	if (r < 0)
		return r;
	mask = json_get(node, "umask");
	r = json_read_u64(mask, UMASK_MAX, &umask, err);
	if (r < 0)
		return r;
	out->has_umask = mask != NULL;
	out->umask = (uint32_t)umask;
	return read_groups(reader, json_get(node, "additionalGids"), out, err);
}

static size_t strings_size(const struct json_strings *strings)
{
	size_t size = 0;

	for (size_t i = 0; i < strings->n; i++)
		size += strlen(strings->items[i]) + 1;
	return size;
}

static int read_command(const struct config_reader *reader, const struct json *node,
	struct config_process *out, struct err *err)
{
	const struct json *cwd = NULL;
	const char *path = "";
	int r;

	r = json_read_strings(json_get(node, "args"), reader->arena, &out->args, err);
	if (r == 0)
		r = config_read_env(reader->arena, json_get(node, "env"), &out->env, err);
	if (r == 0)
		r = config_get_required(node, "cwd", &cwd, err);
	if (r == 0)
		r = json_read_string(cwd, &path, err);
	if (r < 0)
		return r;
	if (strings_size(&out->args) + strings_size(&out->env) > CONFIG_ARGS_BYTES_MAX)
		return json_err(
			err, node, "args and env are larger than %d bytes", CONFIG_ARGS_BYTES_MAX);
	if (path[0] != '/')
		return json_err(err, cwd, "Cwd must be an absolute path");
	if (strlen(path) >= CONFIG_PATH_MAX)
		return json_err(err, cwd, "longer than %d bytes", CONFIG_PATH_MAX - 1);
	out->cwd = path;
	return 0;
}

/* Unknown names of all sets, each once: the warning is one line. */
struct unknown_caps {
	const char *names[CAP_UNKNOWN_MAX];
	size_t n;
};

static int add_unknown_cap(struct unknown_caps *unknown, const struct json *node, struct err *err)
{
	for (size_t i = 0; i < unknown->n; i++) {
		if (str_eq(unknown->names[i], node->text))
			return 0;
	}
	if (unknown->n == CAP_UNKNOWN_MAX)
		return json_err(err, node, "more than %d unknown capabilities", CAP_UNKNOWN_MAX);
	unknown->names[unknown->n++] = node->text;
	return 0;
}

static int read_cap_set(
	const struct json *node, uint64_t *out, struct unknown_caps *unknown, struct err *err)
{
	int r;

	r = config_check_list(node, CAP_LIST_MAX, err);
	if (r < 0 || node == NULL)
		return r;
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		const char *name = NULL;
		int cap;

		r = json_read_string(child, &name, err);
		if (r < 0)
			return r;
		cap = config_cap_number(name);
		if (cap >= 0)
			*out |= 1ULL << cap;
		else
			r = add_unknown_cap(unknown, child, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int keep_unknown_caps(const struct config_reader *reader, const struct unknown_caps *unknown,
	struct json_strings *out, struct err *err)
{
	const char **items;

	if (unknown->n == 0)
		return 0;
	items = arena_array(reader->arena, unknown->n + 1, sizeof(*items));
	if (items == NULL)
		return config_err_memory(err);
	memcpy(items, unknown->names, unknown->n * sizeof(*items));
	out->items = items;
	out->n = unknown->n;
	return 0;
}

static int read_caps(const struct config_reader *reader, const struct json *node,
	struct config_process *out, struct err *err)
{
	struct config_caps *caps = &out->caps;
	struct unknown_caps unknown = { .n = 0 };
	int r;

	r = config_check_object(node, err);
	if (r < 0 || node == NULL)
		return r;
	out->has_caps = true;
	r = read_cap_set(json_get(node, "bounding"), &caps->bounding, &unknown, err);
	if (r == 0)
		r = read_cap_set(json_get(node, "effective"), &caps->effective, &unknown, err);
	if (r == 0)
		r = read_cap_set(json_get(node, "inheritable"), &caps->inheritable, &unknown, err);
	if (r == 0)
		r = read_cap_set(json_get(node, "permitted"), &caps->permitted, &unknown, err);
	if (r == 0)
		r = read_cap_set(json_get(node, "ambient"), &caps->ambient, &unknown, err);
	if (r < 0)
		return r;
	return keep_unknown_caps(reader, &unknown, &caps->unknown, err);
}

static int read_rlimit(const struct json *node, struct config_rlimit *out, struct err *err)
{
	const struct json *type, *soft, *hard;
	unsigned index = 0;
	int r;

	r = config_get_required(node, "type", &type, err);
	if (r == 0)
		r = config_get_required(node, "soft", &soft, err);
	if (r == 0)
		r = config_get_required(node, "hard", &hard, err);
	if (r == 0)
		r = config_read_name(
			type, config_rlimit_names, CONFIG_RLIMIT_N, "resource limit", &index, err);
	if (r == 0)
		r = json_read_u64(soft, UINT64_MAX, &out->soft, err);
	if (r == 0)
		r = json_read_u64(hard, UINT64_MAX, &out->hard, err);
	if (r < 0)
		return r;
	if (out->soft > out->hard)
		return json_err(err, node, "the soft limit is above the hard limit");
	out->type = (enum config_rlimit_type)index;
	return 0;
}

static int read_rlimits(const struct config_reader *reader, const struct json *node,
	struct config_process *out, struct err *err)
{
	struct config_rlimit *rlimits;
	uint32_t seen = 0;
	size_t n = 0;
	int r;

	r = config_check_list(node, CONFIG_RLIMIT_N, err);
	if (r < 0 || node == NULL)
		return r;
	rlimits = arena_array(reader->arena, node->n_children, sizeof(*rlimits));
	if (rlimits == NULL)
		return config_err_memory(err);
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		struct config_rlimit *rlimit = &rlimits[n++];

		r = read_rlimit(child, rlimit, err);
		if (r < 0)
			return r;
		if ((seen >> rlimit->type & 1) != 0)
			return json_err(err, child, "%s is listed twice",
				config_rlimit_names[rlimit->type]);
		seen |= 1U << rlimit->type;
	}
	out->rlimits = rlimits;
	out->n_rlimits = n;
	return 0;
}

static int read_oom_score_adj(const struct json *node, struct config_process *out, struct err *err)
{
	int64_t value = 0;
	int r;

	r = json_read_i64(node, -OOM_SCORE_ADJ_MAX, OOM_SCORE_ADJ_MAX, &value, err);
	if (r < 0)
		return r;
	out->has_oom_score_adj = node != NULL;
	out->oom_score_adj = (int32_t)value;
	return 0;
}

int config_read_process(const struct config_reader *reader, const struct json *node,
	struct config_process *out, struct err *err)
{
	int r;

	r = config_check_object(node, err);
	if (r == 0)
		r = json_read_bool(json_get(node, "terminal"), &out->terminal, err);
	if (r == 0)
		r = read_console_size(json_get(node, "consoleSize"), out, err);
	if (r == 0)
		r = read_user(reader, json_get(node, "user"), &out->user, err);
	if (r == 0)
		r = read_command(reader, node, out, err);
	if (r == 0)
		r = read_caps(reader, json_get(node, "capabilities"), out, err);
	if (r == 0)
		r = read_rlimits(reader, json_get(node, "rlimits"), out, err);
	if (r == 0)
		r = json_read_bool(json_get(node, "noNewPrivileges"), &out->no_new_privileges, err);
	if (r == 0)
		r = read_oom_score_adj(json_get(node, "oomScoreAdj"), out, err);
	if (r == 0)
		r = config_read_text(
			json_get(node, "apparmorProfile"), &out->apparmor_profile, err);
	if (r == 0)
		r = config_read_text(json_get(node, "selinuxLabel"), &out->selinux_label, err);
	if (r == 0)
		r = config_read_affinity(reader, json_get(node, "execCPUAffinity"), out, err);
	return r;
}
