/* The mounts that create planned, and those that are there. */
#include <errno.h>
#include <string.h>

#include "drift_local.h"

#include "base/banned.h"

/* What should be at one path. */
struct expected {
	const char *path;
	uint64_t flags; /* SYS_ATTR_* */
	bool is_mask;   /* whatever is there is hidden */
	bool is_path;   /* readonly: nothing there is fine */
	bool is_tree;   /* more may be mounted below: it came that way, or comes from the host */
};

struct expectations {
	struct expected *items;
	size_t n;
};

static uint64_t attr_of_slot(const struct plan *plan, int32_t slot)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->slot == slot &&
			(step->kind == PLAN_OPEN_TREE || step->kind == PLAN_OVERLAY))
			return step->num[0];
	}
	return 0;
}

static bool is_below(const char *path, const char *tree)
{
	size_t len = strlen(tree);

	if (str_eq(tree, "/"))
		return !str_eq(path, "/");
	return strncmp(path, tree, len) == 0 && path[len] == '/';
}

/* A mount hides what was on the same path and below it before. */
static void expect(struct expectations *e, const struct expected *new)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++) {
		const char *path = e->items[i].path;

		if (!str_eq(path, new->path) && (new->is_path || !is_below(path, new->path)))
			e->items[n++] = e->items[i];
	}
	e->n = n;
	e->items[e->n++] = *new;
}

static void change(struct expectations *e, const char *path, uint64_t set, uint64_t clear)
{
	for (size_t i = 0; i < e->n; i++) {
		if (str_eq(e->items[i].path, path))
			e->items[i].flags = (e->items[i].flags | set) & ~clear;
	}
}

static void add_step(struct expectations *e, const struct plan *plan, const struct plan_step *step)
{
	struct expected new = { .path = plan_string(plan, &step->ref[0]) };

	switch (step->kind) {
	case PLAN_ROOT:
		new.path = "/";
		new.flags = attr_of_slot(plan, step->slot);
		break;
	case PLAN_MOUNT_NEW:
		new.flags = step->num[0];
		break;
	case PLAN_MOUNT_TREE:
		new.flags = attr_of_slot(plan, step->slot);
		new.is_tree = true;
		break;
	case PLAN_READONLY:
		new.is_path = true;
		new.flags = SYS_ATTR_RDONLY;
		break;
	case PLAN_MASK:
		new.is_path = new.is_mask = true;
		break;
	case PLAN_REMOUNT:
		change(e, new.path, step->num[0], step->num[1]);
		return;
	case PLAN_ROOT_FLAGS:
		change(e, "/", step->num[0], 0);
		return;
	default:
		return;
	}
	expect(e, &new);
}

static bool read_plan(struct arena *arena, const struct plan *plan, struct expectations *out)
{
	*out = (struct expectations){ 0 };
	out->items = arena_array(arena, (size_t)plan->header->n_steps + 1, sizeof(*out->items));
	for (uint32_t i = 0; out->items != NULL && i < plan->header->n_steps; i++)
		add_step(out, plan, &plan->steps[i]);
	return out->items != NULL;
}

int plan_drift_paths(
	struct arena *arena, const struct plan *plan, struct json_strings *out, struct err *err)
{
	struct expectations e;
	const char **items;

	if (!read_plan(arena, plan, &e))
		return err_new(err, -ENOMEM, "out of memory");
	items = arena_array(arena, e.n + 1, sizeof(*items));
	if (items == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < e.n; i++)
		items[i] = e.items[i].path;
	*out = (struct json_strings){ .items = items, .n = e.n };
	return 0;
}

/* --- what was planned ------------------------------------------------------------------------- */

static void check_flags(
	const struct expected *expected, const struct policy_mount *mount, struct str_buf *list)
{
	const struct {
		uint64_t flag;
		bool is_set;
		const char *name;
	} flags[] = {
		{ SYS_ATTR_RDONLY, mount->is_readonly, "is writable" },
		{ SYS_ATTR_NOSUID, mount->is_nosuid, "is not nosuid" },
		{ SYS_ATTR_NODEV, mount->is_nodev, "is not nodev" },
		{ SYS_ATTR_NOEXEC, mount->is_noexec, "is not noexec" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if ((expected->flags & flags[i].flag) != 0 && !flags[i].is_set)
			plan_drift_add(list, expected->path, flags[i].name);
	}
}

static void check_one(struct drift *d, const struct expected *expected,
	const struct policy_place *place, struct str_buf *mounts, struct str_buf *paths)
{
	const struct policy_mount *mount = policy_mount_find(&d->mounts, place->mount_id);

	if (expected->is_mask) {
		if (place->exists && !place->is_mount)
			plan_drift_add(paths, expected->path, "is not hidden");
		return;
	}
	if (expected->is_path) {
		if (place->exists && mount != NULL && !mount->is_readonly)
			plan_drift_add(paths, expected->path, "is writable");
		return;
	}
	if (!place->exists || !place->is_mount || mount == NULL)
		plan_drift_add(mounts, expected->path, "is no longer mounted");
	else
		check_flags(expected, mount, mounts);
}

/* --- what was not ----------------------------------------------------------------------------- */

static bool is_planned(const struct drift *d, const struct expectations *e, const char *target)
{
	for (size_t i = 0; i < e->n; i++) {
		const struct policy_mount *mount =
			policy_mount_find(&d->mounts, d->request->places[i].mount_id);
		const char *path = mount != NULL && d->request->places[i].is_mount
					   ? mount->target
					   : e->items[i].path;

		if (str_eq(path, target) || str_eq(e->items[i].path, target) ||
			(e->items[i].is_tree && is_below(target, path)))
			return true;
	}
	return false;
}

static bool is_device(const struct plan *plan, const char *target)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->kind == PLAN_DEVICE && str_eq(plan_string(plan, &step->ref[0]), target))
			return true;
		if (step->kind == PLAN_CONSOLE && str_eq(target, "/dev/console"))
			return true;
	}
	return false;
}

/* What was mounted below the root file system on the host came with it. */
static bool came_with_root(const struct drift *d, const struct policy_mount *m)
{
	for (size_t i = 0; i < d->host_mounts.n; i++) {
		const struct policy_mount *h = &d->host_mounts.items[i];

		if (h->dev_major == m->dev_major && h->dev_minor == m->dev_minor &&
			str_eq(h->root, m->root) && strlen(h->target) > strlen(m->target) &&
			str_ends(h->target, m->target))
			return true;
	}
	return false;
}

/* Hooks mount what they like, and so does a container that owns its mounts. */
static bool may_have_more(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		if (plan->steps[i].kind == PLAN_LOCK_MOUNTS ||
			plan->steps[i].kind == PLAN_HOOK_INIT ||
			plan->steps[i].kind == PLAN_SYNC_HOOKS)
			return true;
	}
	return false;
}

static bool has_shared(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];
		uint64_t propagation = 0;

		if (step->kind == PLAN_PROPAGATION || step->kind == PLAN_PRIVATE_ROOT)
			propagation = step->num[0];
		else if (step->kind == PLAN_MOUNT_NEW || step->kind == PLAN_MOUNT_TREE ||
			 step->kind == PLAN_ROOT_FLAGS)
			propagation = step->num[1];
		else if (step->kind == PLAN_OPEN_TREE)
			propagation = step->num[3];
		if (propagation == SYS_MS_SHARED)
			return true;
	}
	return false;
}

static void check_others(struct drift *d, const struct expectations *e)
{
	const struct plan *plan = d->request->plan;
	bool more_is_fine = may_have_more(plan), shared_is_fine = has_shared(plan);
	_str_buf_ struct str_buf list = { 0 };

	for (size_t i = 0; i < d->mounts.n; i++) {
		const struct policy_mount *m = &d->mounts.items[i];

		if (m->is_shared && !shared_is_fine)
			plan_drift_add(&list, m->target, "is shared");
		if (!more_is_fine && !is_planned(d, e, m->target) && !is_device(plan, m->target) &&
			!came_with_root(d, m))
			plan_drift_add(&list, m->target, "was mounted later");
	}
	plan_drift_close(d, "CS-DRIFT-7", &list, "the mounts of create alone");
}

void plan_drift_mounts(struct drift *d)
{
	_str_buf_ struct str_buf mounts = { 0 }, paths = { 0 };
	struct expectations e;

	if (!read_plan(d->arena, d->request->plan, &e) || e.n != d->request->n_places) {
		d->failed = true;
		return;
	}
	for (size_t i = 0; i < e.n; i++)
		check_one(d, &e.items[i], &d->request->places[i], &mounts, &paths);
	plan_drift_close(d, "CS-DRIFT-5", &mounts, "the mounts of create");
	plan_drift_close(d, "CS-DRIFT-6", &paths, "hidden and read-only, as create made it");
	check_others(d, &e);
}
