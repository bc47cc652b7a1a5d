/* The process that exec's command line describes. */
#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "policy/policy.h"

#include "base/banned.h"

/* SECURITY: all of it is a number, or it is an error: a user that is read halfway becomes root
 * (CVE-2026-30892: T-20). 4294967295 means "no change" to the kernel. */
static int read_id(const char *text, const char *what, uint32_t *out, struct err *err)
{
	char shown[64];

	if (num_u32(text, out) && *out != UINT32_MAX)
		return 0;
	return err_new(err, -EINVAL, "invalid %s '%s': a number from 0 to 4294967294 is needed",
		what, str_escape(shown, sizeof(shown), text));
}

static int read_user(const char *text, struct config_user *out, struct err *err)
{
	const char *colon = strchr(text, ':');
	char uid[16];
	int r;

	if (colon == NULL)
		return read_id(text, "user", &out->uid, err);
	if ((size_t)(colon - text) >= sizeof(uid))
		return read_id(text, "user", &out->uid, err);
	str_fmt(uid, sizeof(uid), "%.*s", (int)(colon - text), text);
	r = read_id(uid, "user", &out->uid, err);
	if (r < 0)
		return r;
	return read_id(colon + 1, "group", &out->gid, err);
}

static int add_groups(struct arena *arena, const struct json_strings *gids, struct config_user *out,
	struct err *err)
{
	uint32_t *groups;
	int r;

	if (gids->n == 0)
		return 0;
	if (out->n_groups + gids->n > CONFIG_GROUPS_MAX)
		return err_new(err, -EINVAL, "more than %d additional groups", CONFIG_GROUPS_MAX);
	groups = arena_array(arena, out->n_groups + gids->n, sizeof(*groups));
	if (groups == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (out->n_groups > 0)
		memcpy(groups, out->groups, out->n_groups * sizeof(*groups));
	for (size_t i = 0; i < gids->n; i++) {
		r = read_id(gids->items[i], "additional group", &groups[out->n_groups + i], err);
		if (r < 0)
			return r;
	}
	out->groups = groups;
	out->n_groups += gids->n;
	return 0;
}

static int add_env(struct arena *arena, const struct json_strings *env, struct json_strings *out,
	struct err *err)
{
	const char **items;
	char shown[64];

	if (env->n == 0)
		return 0;
	items = arena_array(arena, out->n + env->n + 1, sizeof(*items));
	if (items == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (out->n > 0)
		memcpy(items, out->items, out->n * sizeof(*items));
	for (size_t i = 0; i < env->n; i++) {
		size_t name_len = strcspn(env->items[i], "=");

		/* SECURITY: a line break in a name has forged passwd lines (CVE-2022-4318: T-28) */
		if (name_len == 0 || env->items[i][name_len] == '\0' ||
			memchr(env->items[i], '\n', name_len) != NULL)
			return err_new(err, -EINVAL,
				"invalid environment variable '%s': NAME=VALUE is needed",
				str_escape(shown, sizeof(shown), env->items[i]));
		items[out->n + i] = env->items[i];
	}
	*out = (struct json_strings){ .items = items, .n = out->n + env->n };
	return 0;
}

/* As runc: to the three sets, and to the ambient ones only where some are inheritable. */
static int add_caps(struct arena *arena, const struct json_strings *caps, struct config_caps *out,
	struct err *err)
{
	const char **unknown = arena_array(arena, caps->n + 1, sizeof(*unknown));

	if (unknown == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	out->unknown = (struct json_strings){ .items = unknown };
	for (size_t i = 0; i < caps->n; i++) {
		int cap = config_cap_number(caps->items[i]);

		if (cap < 0) {
			unknown[out->unknown.n++] = caps->items[i];
			continue;
		}
		out->bounding |= 1ULL << cap;
		out->effective |= 1ULL << cap;
		out->permitted |= 1ULL << cap;
		if (out->inheritable != 0)
			out->ambient |= 1ULL << cap;
	}
	return 0;
}

static int check_cwd(const char *cwd, struct err *err)
{
	if (cwd[0] != '/')
		return err_new(err, -EINVAL, "Cwd must be an absolute path");
	if (strlen(cwd) >= CONFIG_PATH_MAX)
		return err_new(
			err, -ENAMETOOLONG, "cwd is longer than %d bytes", CONFIG_PATH_MAX - 1);
	return 0;
}

int policy_exec_process(struct arena *arena, const struct config_process *own,
	const struct policy_exec_flags *flags, struct config_process *out, struct err *err)
{
	struct config_process process = *own;
	int r = 0;

	process.has_caps = true;
	process.args = flags->args;
	process.terminal = flags->terminal;
	if (flags->cwd != NULL) {
		process.cwd = flags->cwd;
		r = check_cwd(process.cwd, err);
	}
	if (r == 0 && flags->user != NULL)
		r = read_user(flags->user, &process.user, err);
	if (r == 0)
		r = add_groups(arena, &flags->gids, &process.user, err);
	if (r == 0)
		r = add_env(arena, &flags->env, &process.env, err);
	if (r == 0)
		r = add_caps(arena, &flags->caps, &process.caps, err);
	if (r < 0)
		return r;
	if (flags->apparmor_profile != NULL)
		process.apparmor_profile = flags->apparmor_profile;
	if (flags->selinux_label != NULL)
		process.selinux_label = flags->selinux_label;
	if (flags->no_new_privileges != NULL)
		process.no_new_privileges = *flags->no_new_privileges;
	*out = process;
	return 0;
}
