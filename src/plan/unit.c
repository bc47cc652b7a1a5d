/*
 * The systemd unit of a container: a transient scope, which is its cgroup. Its name and place come
 * from a cgroupsPath "slice:prefix:name"; what it is made with is in unit_set.c.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"

#include "cgroup.h"

#include "base/banned.h"

enum {
	UNIT_NAME_MAX = 255
};

#define POINTER_PATH "/linux/cgroupsPath"

/* T-30: what comes from an engine's user must not name another unit, nor leave the slice. */
static bool is_unit_name(const char *name)
{
	size_t len = strlen(name);

	return len <= UNIT_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.@-"
			    "\\") == len;
}

/* "a-b.slice" lies in "a.slice"; an empty part would be no name of one */
static bool is_slice(const char *name)
{
	size_t len = strlen(name);

	if (str_eq(name, "-.slice"))
		return true;
	return is_unit_name(name) && str_ends(name, ".slice") && len > strlen(".slice") &&
	       name[0] != '-' && name[len - strlen(".slice") - 1] != '-' &&
	       strstr(name, "--") == NULL && strpbrk(name, ":@\\") == NULL;
}

/* "/a.slice/a-b.slice" for "a-b.slice" */
static const char *slice_path(struct arena *arena, const char *slice)
{
	size_t len = strlen(slice) - strlen(".slice");
	const char *path = "";

	if (str_eq(slice, "-.slice"))
		return path;
	for (size_t i = 1; path != NULL && i <= len; i++)
		if (i == len || slice[i] == '-')
			path = arena_fmt(arena, "%s/%.*s.slice", path, (int)i, slice);
	return path;
}

struct parts {
	const char *slice;
	const char *prefix;
	const char *name;
};

static int split(struct plan_builder *b, const char *asked, struct parts *out, struct err *err)
{
	char *text = arena_strdup(b->arena, asked), *prefix, *name;

	if (text == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	prefix = strchr(text, ':');
	name = prefix != NULL ? strchr(prefix + 1, ':') : NULL;
	if (name == NULL || strchr(name + 1, ':') != NULL)
		return err_new(err, -EINVAL,
			POINTER_PATH ": expected cgroupsPath to be of format \"slice:prefix:name\" "
				     "for systemd cgroups, got '%s' instead",
			asked);
	*prefix++ = '\0';
	*name++ = '\0';
	if (*text != '\0')
		out->slice = text;
	out->prefix = prefix;
	out->name = name;
	return 0;
}

static int check_names(const struct parts *parts, const char *unit, struct err *err)
{
	if (!is_slice(parts->slice))
		return err_new(err, -EINVAL, POINTER_PATH ": '%s' is no name of a systemd slice",
			parts->slice);
	if (str_ends(parts->name, ".slice"))
		return err_new(err, -EINVAL,
			POINTER_PATH ": '%s' is a slice, which holds units and no processes",
			parts->name);
	if (*parts->name == '\0' || !is_unit_name(unit))
		return err_new(
			err, -EINVAL, POINTER_PATH ": '%s' is no name of a systemd unit", unit);
	return 0;
}

static int check_host(const struct facts *facts, struct err *err)
{
	if (facts->systemd_cgroup == NULL)
		return err_new(err, -ENOTSUP,
			"--systemd-cgroup: this system was not booted with systemd "
			"('/run/systemd/system' is missing); use the engine's cgroupfs driver "
			"(docker: native.cgroupdriver=cgroupfs, podman: --cgroup-manager cgroupfs)");
	if (facts->cgroup_mode != FACTS_CGROUP_V2)
		return err_new(err, -ENOTSUP,
			"--systemd-cgroup: needs cgroup v2 alone, and controllers are on v1 "
			"hierarchies here; use the engine's cgroupfs driver, or boot with "
			"systemd.unified_cgroup_hierarchy=1");
	return 0;
}

int plan_unit_choose(struct plan_builder *b, struct plan_cgroup_unit *out, struct err *err)
{
	const char *manager = b->facts->systemd_cgroup, *asked = b->config->cgroups_path;
	struct parts parts = { .prefix = "caisson", .name = b->request->id };
	const char *below;
	int r;

	r = check_host(b->facts, err);
	if (r < 0)
		return r;
	out->is_user = !str_eq(manager, "/");
	parts.slice = out->is_user ? "user.slice" : "system.slice";
	if (asked != NULL && *asked != '\0')
		r = split(b, asked, &parts, err);
	if (r < 0)
		return r;
	out->slice = parts.slice;
	out->name = arena_fmt(b->arena, "%s%s%s.scope", parts.prefix,
		*parts.prefix != '\0' ? "-" : "", parts.name);
	if (out->name == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = check_names(&parts, out->name, err);
	if (r < 0)
		return r;
	below = slice_path(b->arena, out->slice);
	out->path = below == NULL ? NULL
				  : arena_fmt(b->arena, "%s%s/%s", out->is_user ? manager : "",
					    below, out->name);
	return out->path != NULL ? 0 : err_new(err, -ENOMEM, "out of memory");
}
