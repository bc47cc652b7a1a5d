/*
 * The container's cgroups: which directory of which hierarchy. Limits and the device list are in
 * files of their own.
 *
 * v1 and hybrid hosts: a directory in every hierarchy, named ones and an empty v2 included, so
 * that nothing of the container stays in the cgroup of whoever called us. v2: one directory.
 */
#include "cgroup.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

#include "limits.h"

#include "base/banned.h"

int plan_cgroup_slot(const struct plan_builder *b, const struct plan_cgroup_slots *slots,
	const struct facts_hierarchy *hierarchy)
{
	return slots->slots[hierarchy - b->facts->hierarchies];
}

static bool has_dotdot(const char *path)
{
	while (*path != '\0') {
		size_t len = strcspn(path, "/");

		if (len == 2 && path[0] == '.' && path[1] == '.')
			return true;
		path += len;
		path += strspn(path, "/");
	}
	return false;
}

/* What a path that is not absolute starts from: so many bytes of our own. v2: beside our own
 * cgroup, as ours holds processes and a cgroup with processes can't hand controllers on. An own
 * cgroup outside of what is mounted here ("/../x") can't be a place: the root of it then. */
static int choose_base(const struct facts_hierarchy *h)
{
	const char *slash = strrchr(h->own_path, '/');

	if (has_dotdot(h->own_path))
		return 0;
	if (h->is_v2)
		return slash != NULL ? (int)(slash - h->own_path) : 0;
	return (int)strlen(h->own_path);
}

static const char *choose_path(struct plan_builder *b, const struct facts_hierarchy *h)
{
	const char *asked = b->config->cgroups_path;
	char *path;

	if (asked == NULL || *asked == '\0')
		asked = b->request->id;
	if (*asked == '/')
		path = arena_fmt(b->arena, "%s", asked);
	else
		path = arena_fmt(b->arena, "/%.*s/%s", choose_base(h), h->own_path, asked);
	if (path != NULL)
		str_path_clean(path);
	return path;
}

/* T-30: the value comes from an engine's user in the end (--cgroup-parent). */
static int check_path(const struct plan_builder *b, struct err *err)
{
	const char *asked = b->config->cgroups_path;

	if (asked == NULL)
		return 0;
	if (has_dotdot(asked))
		return err_new(err, -EINVAL,
			"/linux/cgroupsPath: '%s' has a '..', which would leave the place that was chosen",
			asked);
	if (*asked == '/' && strspn(asked, "/.") == strlen(asked))
		return err_new(err, -EINVAL,
			"/linux/cgroupsPath: '%s' is the root cgroup, not one for a container",
			asked);
	return 0;
}

/* v2: everything the host has, since engines read usage and OOM counts of controllers that have
 * no limit. Hybrid: only what a limit needs; the v2 tree belongs to the init system there. */
static const char *choose_controllers(
	struct plan_builder *b, const struct plan_limits *limits, const struct facts_hierarchy *h)
{
	if (!h->is_v2)
		return h->controllers;
	if (b->facts->cgroup_mode == FACTS_CGROUP_V2)
		return h->available != NULL ? h->available : "";
	return plan_build_cgroup_needs(b, limits, h);
}

/* CG-05: the user of the process. One who has no number on the host can own nothing. */
static uint64_t choose_owner(const struct plan_builder *b)
{
	uint32_t uid = plan_host_uid(b, b->config->process.user.uid);

	return b->decisions->delegates_cgroup && uid != UINT32_MAX ? (uint64_t)uid + 1 : 0;
}

static int add_dir(struct plan_builder *b, const struct plan_limits *limits,
	const struct plan_cgroup_unit *unit, const struct facts_hierarchy *h, int slot,
	struct err *err)
{
	const char *path = unit->name != NULL ? unit->path : choose_path(b, h);
	const char *controllers = choose_controllers(b, limits, h);
	struct plan_step *step;

	if (path == NULL || controllers == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (str_eq(path, "/"))
		return err_new(err, -EINVAL,
			"/linux/cgroupsPath: '%s' is the root cgroup of '%s', not one for a container",
			b->config->cgroups_path, h->mountpoint);
	step = plan_add(b, PLAN_CGROUP_DIR, slot);
	step->ref[0] = plan_add_string(b, h->mountpoint);
	step->ref[1] = plan_add_string(b, path);
	step->ref[2] = plan_add_string(b, controllers);
	step->num[0] = h->is_v2 ? 1 : 0;
	step->num[2] = unit->name != NULL ? 1 : 0;
	step->num[3] = h->is_v2 ? choose_owner(b) : 0;
	return 0;
}

int plan_build_cgroups(struct plan_builder *b, struct err *err)
{
	const struct facts *facts = b->facts;
	struct plan_cgroup_slots slots = { .usable = facts->cgroup_writable };
	struct plan_limits limits;
	int r;

	if (b->request->cgroup_disabled)
		return 0;
	if (b->request->systemd_cgroup)
		r = plan_unit_choose(b, &slots.unit, err);
	else
		r = check_path(b, err);
	if (r < 0)
		return r;
	slots.usable |= slots.unit.name != NULL;
	r = plan_limits_collect(b->arena, &b->config->resources, facts, NULL, &limits, err);
	if (r < 0)
		return r;
	for (size_t i = 0; slots.usable && i < facts->n_hierarchies; i++) {
		slots.slots[i] = plan_new_slot(b);
		r = add_dir(b, &limits, &slots.unit, &facts->hierarchies[i], slots.slots[i], err);
		if (r < 0)
			return r;
	}
	r = plan_build_cgroup_limits(b, &slots, &limits, err);
	if (r == 0 && slots.unit.name != NULL)
		r = plan_build_unit(b, &slots, &limits, err);
	if (r < 0)
		return r;
	return plan_build_cgroup_devices(b, &slots, err);
}
