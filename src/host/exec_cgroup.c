/*
 * Which cgroups a process gets that joins a container: the container's own, or below them.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "host/cgroup/cgroup.h"

#include "launch.h"

#include "base/banned.h"

/* The plan names a hierarchy by where it is mounted, the record by what is below it. */
static const char *find_controllers(const struct plan *saved, const char *path)
{
	for (uint32_t i = 0; i < saved->header->n_steps; i++) {
		const struct plan_step *step = &saved->steps[i];
		const char *mount;
		size_t len;

		if (step->kind != PLAN_CGROUP_DIR)
			continue;
		mount = plan_string(saved, &step->ref[0]);
		len = strlen(mount);
		if (strncmp(path, mount, len) == 0 && path[len] == '/')
			return plan_string(saved, &step->ref[2]);
	}
	return "";
}

/* SECURITY: what leads out again is refused, whether or not the kernel would stop it. */
static int check_path(const char *path, struct err *err)
{
	char shown[256];

	for (const char *p = path; *p != '\0'; p += strcspn(p, "/")) {
		p += strspn(p, "/");
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
			return err_new(err, -EINVAL, "bad sub cgroup path: '%s' has a '..'",
				str_escape(shown, sizeof(shown), path));
		if (*p == '\0')
			break;
	}
	return 0;
}

static const char *absolute(struct arena *arena, const char *path)
{
	char *copy = arena_fmt(arena, "/%s", path);

	if (copy != NULL)
		str_path_clean(copy);
	return copy;
}

/* true: @cgroup has all of the controllers that are listed before the colon */
static bool has_all(const struct plan_exec_cgroup *cgroup, const char *list, size_t len)
{
	char name[64];

	for (const char *end = list + len; list < end; list++) {
		size_t n = strcspn(list, ",:");

		str_fmt(name, sizeof(name), "%.*s", (int)n, list);
		if (!cgroup_carries(cgroup->controllers, name))
			return false;
		list += n;
	}
	return true;
}

static int apply_wish(
	struct arena *arena, const char *wish, struct host_exec_cgroups *out, struct err *err)
{
	const char *colon = strchr(wish, ':'), *below;
	size_t n = 0;
	char shown[256];
	int r = check_path(colon != NULL ? colon + 1 : wish, err);

	if (r < 0)
		return r;
	below = absolute(arena, colon != NULL ? colon + 1 : wish);
	if (below == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < out->n; i++) {
		struct plan_exec_cgroup *cgroup = &out->items[i];

		if (colon != NULL && colon != wish &&
			!has_all(cgroup, wish, (size_t)(colon - wish)))
			continue;
		cgroup->below = below;
		n++;
	}
	if (n == 0)
		return err_new(err, -EINVAL, "--cgroup %s: the container has no such cgroup",
			str_escape(shown, sizeof(shown), wish));
	return 0;
}

int host_exec_cgroups(struct arena *arena, const struct store_record *record,
	const struct plan *saved, const struct json_strings *wishes, struct host_exec_cgroups *out,
	struct err *err)
{
	for (size_t i = 0; i < record->n_cgroups; i++) {
		const struct store_cgroup *cgroup = &record->cgroups[i];

		out->items[i] = (struct plan_exec_cgroup){
			.path = cgroup->path,
			.below = "/",
			.controllers = find_controllers(saved, cgroup->path),
			.is_v2 = cgroup->is_v2,
			.is_optional = !cgroup->created,
		};
	}
	out->n = record->n_cgroups;
	for (size_t i = 0; i < wishes->n; i++) {
		int r = apply_wish(arena, wishes->items[i], out, err);

		if (r < 0)
			return r;
	}
	return 0;
}
