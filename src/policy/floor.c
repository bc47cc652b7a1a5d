/* caisson's own filter: which one, and what of it a profile opens. */
#include <errno.h>
#include <string.h>

#include "config/json.h"

#include "profile.h"
#include "rules.h"
#include "trusted.h"

#include "base/banned.h"

static const struct {
	const char *word;
	unsigned option;
} words[] = {
	{ "compat32", POLICY_FLOOR_COMPAT32 },
	{ "x32", POLICY_FLOOR_X32 },
	{ "io_uring", POLICY_FLOOR_IO_URING },
	{ "debug", POLICY_FLOOR_DEBUG },
	{ "nested", POLICY_FLOOR_NESTED },
};

unsigned policy_floor_options(const struct policy_profile *profile)
{
	return profile->floor_abi | (profile->floor_io_uring ? POLICY_FLOOR_IO_URING : 0) |
	       (profile->floor_debug ? POLICY_FLOOR_DEBUG : 0) |
	       (profile->floor_nested ? POLICY_FLOOR_NESTED : 0);
}

const char *policy_floor_name(struct arena *arena, const struct policy_profile *profile)
{
	_str_buf_ struct str_buf name = { 0 };

	if (profile->floor_path != NULL)
		return profile->floor_path;
	str_buf_puts(&name, "floor");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if ((policy_floor_options(profile) & words[i].option) == 0)
			continue;
		str_buf_puts(&name, "+");
		str_buf_puts(&name, words[i].word);
	}
	return name.failed ? NULL : arena_strndup(arena, name.data, name.len);
}

/* --- keys ------------------------------------------------------------------------------------ */

static bool notifies(const struct config_seccomp *filter)
{
	for (size_t i = 0; i < filter->n_rules; i++) {
		if (filter->rules[i].action == CONFIG_ACT_NOTIFY)
			return true;
	}
	return filter->default_action == CONFIG_ACT_NOTIFY || filter->listener_path != NULL;
}

static int read_file(
	struct arena *arena, const char *path, const struct config_seccomp **out, struct err *err)
{
	const struct config_seccomp *filter = NULL;
	const struct json *root;
	int r = policy_read_trusted(arena, path, POLICY_AUTHOR_CALLER, &root, err);

	if (r >= 0)
		r = config_seccomp_parse(arena, root, &filter, err);
	if (r >= 0 && filter == NULL)
		r = err_new(err, -EINVAL, "no filter: \"defaultAction\" is missing");
	if (r >= 0 && notifies(filter))
		r = err_new(err, -EINVAL, "a floor can't ask another process: SCMP_ACT_NOTIFY");
	if (r < 0)
		return err_ctx(err, "/seccomp_floor: '%s'", path);
	*out = filter;
	return 0;
}

int policy_floor_read(struct arena *arena, const struct json *node, struct policy_profile *profile,
	struct err *err)
{
	const char *word = NULL;
	int r = json_read_string(node, &word, err);

	if (r < 0)
		return r;
	profile->floor_path = NULL;
	profile->floor_file = NULL;
	profile->floor = !str_eq(word, "none");
	if (!profile->floor || str_eq(word, "floor"))
		return 0;
	if (word[0] != '/')
		return json_err(err, node,
			"'%s' is neither \"floor\", \"none\" nor an absolute path", word);
	profile->floor_path = word;
	return read_file(arena, word, &profile->floor_file, err);
}

int policy_floor_read_abi(
	struct arena *arena, const struct json *node, unsigned *out, struct err *err)
{
	struct json_strings list = { 0 };
	int r = json_read_strings(node, arena, &list, err);

	if (r < 0)
		return r;
	*out = 0;
	for (size_t i = 0; i < list.n; i++) {
		if (str_eq(list.items[i], "compat32"))
			*out |= POLICY_FLOOR_COMPAT32;
		else if (str_eq(list.items[i], "x32"))
			*out |= POLICY_FLOOR_X32;
		else if (!str_eq(list.items[i], "native"))
			return json_err(err, node,
				"'%s' is none of \"native\", \"compat32\", \"x32\"", list.items[i]);
	}
	return 0;
}

/* --- is one at least as strict? ---------------------------------------------------------------- */

bool policy_floor_looser(const struct policy_profile *base, const struct policy_profile *asked)
{
	if (!base->floor)
		return false;
	if (!asked->floor || (base->floor_path == NULL) != (asked->floor_path == NULL))
		return true;
	/* what another filter allows is not known here */
	return base->floor_path != NULL && !str_eq(base->floor_path, asked->floor_path);
}
