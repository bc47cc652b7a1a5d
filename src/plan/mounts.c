/*
 * config.mounts, in order (MNT-01). Binds are opened and prepared outside and only attached
 * inside; new file systems are made by caisson-init, in the namespaces they belong to.
 */
#include <errno.h>
#include <string.h>

#include "base/num.h"

#include "build.h"

#include "base/banned.h"

static bool is_type(const struct config_mount *mount, const char *type)
{
	return !mount->options.is_bind && mount->type != NULL && str_eq(mount->type, type);
}

bool plan_mount_is_late_readonly(const struct config_mount *mount)
{
	return (mount->options.attr_set & SYS_ATTR_RDONLY) != 0 &&
	       (is_type(mount, "tmpfs") || is_type(mount, "cgroup") ||
		       str_eq(mount->destination, "/dev"));
}

static uint64_t mount_flags(const struct config_mount *mount)
{
	uint64_t flags = 0;

	if (mount->options.n_propagations > 0 && mount->options.propagations[0].recursive)
		flags |= PLAN_MOUNT_PROPAGATION_REC;
	if (mount->options.tmpcopyup)
		flags |= PLAN_MOUNT_COPY_UP;
	if (is_type(mount, "proc") || is_type(mount, "sysfs"))
		flags |= PLAN_MOUNT_PLAIN_TARGET;
	return flags;
}

static uint64_t first_propagation(const struct config_mount_options *options)
{
	return options->n_propagations > 0 ? options->propagations[0].type : 0;
}

/* MNT-12: the first comes with the mount, each other one after it. */
static int add_propagations(struct plan_builder *b, size_t index, struct err *err)
{
	const struct config_mount *mount = &b->config->mounts[index];
	const struct plan_handle *handle = &b->handles[index];

	for (size_t i = 1; i < mount->options.n_propagations; i++) {
		struct plan_step *step = plan_add(b, PLAN_PROPAGATION, handle->slot);

		if (handle->slot == PLAN_SLOT_NONE && handle->kept == 0)
			return err_new(err, -E2BIG,
				"%s/options: more than %d mounts of this kind with several "
				"propagation options",
				mount->pointer, PLAN_KEPT_MAX);
		step->num[0] = mount->options.propagations[i].type;
		step->num[1] = mount->options.propagations[i].recursive;
		step->num[2] = handle->kept;
	}
	return 0;
}

/* A new mount that something else is to be done to: by then its path may lead elsewhere. */
static void keep(struct plan_builder *b, size_t index, struct plan_step *step)
{
	const struct config_mount *mount = &b->config->mounts[index];

	if (b->n_kept == PLAN_KEPT_MAX ||
		(mount->options.n_propagations < 2 && !plan_mount_is_late_readonly(mount)))
		return;
	step->num[3] = ++b->n_kept;
	b->handles[index].kept = b->n_kept;
}

int plan_attach_tree(struct plan_builder *b, size_t index, int slot, struct err *err)
{
	const struct config_mount *mount = &b->config->mounts[index];
	struct plan_step *step = plan_add(b, PLAN_MOUNT_TREE, slot);

	step->ref[0] = plan_add_string(b, mount->destination);
	step->num[1] = first_propagation(&mount->options);
	step->num[2] = mount_flags(mount);
	b->handles[index].slot = slot;
	return add_propagations(b, index, err);
}

/* uid= and gid= of the config are container ids; the build stage mounts with the host's. */
static const char *map_id_option(struct plan_builder *b, const char *option, struct err *err)
{
	bool is_uid = str_starts(option, "uid=");
	uint32_t id;

	if (!is_uid && !str_starts(option, "gid="))
		return option;
	if (!num_u32(option + 4, &id))
		return option; /* the file system has its own word on it */
	id = is_uid ? plan_host_uid(b, id) : plan_host_gid(b, id);
	if (id == UINT32_MAX) {
		err_new(err, -EINVAL, "mount option '%s' has no id in the user namespace", option);
		return NULL;
	}
	option = arena_fmt(b->arena, "%.*s%u", 4, option, id);
	if (option == NULL)
		err_new(err, -ENOMEM, "out of memory");
	return option;
}

struct options {
	const char **items;
	size_t n;
	size_t max;
};

static int options_init(struct plan_builder *b, struct options *o, size_t max, struct err *err)
{
	*o = (struct options){ .max = max,
		.items = arena_array(b->arena, max + 1, sizeof(char *)) };
	if (o->items == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	return 0;
}

static void options_add(struct options *o, const char *option)
{
	if (o->n < o->max)
		o->items[o->n++] = option;
}

static struct plan_ref options_ref(struct plan_builder *b, const struct options *o)
{
	struct json_strings list = { .items = o->items, .n = o->n };

	return plan_add_strings(b, &list);
}

static bool has_data_option(const struct config_mount *mount, const char *prefix)
{
	for (size_t i = 0; i < mount->options.data.n; i++) {
		if (str_starts(mount->options.data.items[i], prefix))
			return true;
	}
	return false;
}

/* linux.mountLabel: file systems that are made for the container and have no labels of their own. */
static void add_label(struct plan_builder *b, const struct config_mount *mount, struct options *o)
{
	const char *label = plan_mount_label(b);

	if (label != NULL && (is_type(mount, "tmpfs") || is_type(mount, "devpts")))
		options_add(o, arena_fmt(b->arena, "context=%s", label));
}

static int add_new(struct plan_builder *b, size_t index, struct err *err)
{
	const struct config_mount *mount = &b->config->mounts[index];
	const struct config_mount_options *o = &mount->options;
	bool late = plan_mount_is_late_readonly(mount);
	struct plan_step *step;
	struct options options;
	int r;

	r = options_init(b, &options, o->data.n + o->sb_flags.n + 3, err);
	if (r < 0)
		return r;
	if (mount->source != NULL)
		options_add(&options, arena_fmt(b->arena, "source=%s", mount->source));
	for (size_t i = 0; i < o->sb_flags.n; i++)
		options_add(&options, o->sb_flags.items[i]);
	if ((o->attr_set & SYS_ATTR_RDONLY) != 0 && !late)
		options_add(&options, "ro");
	for (size_t i = 0; i < o->data.n; i++) {
		const char *option = map_id_option(b, o->data.items[i], err);

		if (option == NULL)
			return err_ctx(err, "%s", mount->pointer);
		options_add(&options, option);
	}
	add_label(b, mount, &options);
	step = plan_add(b, PLAN_MOUNT_NEW, PLAN_SLOT_NONE);
	step->ref[0] = plan_add_string(b, mount->destination);
	step->ref[1] = plan_add_string(b, mount->type);
	step->ref[2] = options_ref(b, &options);
	step->num[0] = (o->attr_set | o->rec_attr_set) & ~(late ? SYS_ATTR_RDONLY : 0);
	step->num[1] = first_propagation(o);
	step->num[2] = mount_flags(mount);
	if (is_type(mount, "tmpfs") && !has_data_option(mount, "mode="))
		step->num[2] |= PLAN_MOUNT_KEEP_MODE;
	keep(b, index, step);
	return add_propagations(b, index, err);
}

/* --- type "cgroup" (MNT-09) ------------------------------------------------------------------- */

static const char *join(struct plan_builder *b, const char *dir, const char *name)
{
	return arena_fmt(b->arena, "%s/%s", dir, name);
}

/* Without a cgroup namespace the container sees its own directory, bound. */
static void bind_cgroup(struct plan_builder *b, const struct config_mount *mount,
	const struct plan_step *dir, const char *target)
{
	const char *base = b->data.data;
	const char *source =
		arena_fmt(b->arena, "%s%s", base + dir->ref[0].offset, base + dir->ref[1].offset);
	int slot = plan_new_slot(b);
	struct plan_step *step = plan_add(b, PLAN_OPEN_TREE, slot);

	step->ref[0] = plan_add_string(b, source);
	step->num[0] = mount->options.attr_set;
	step->num[3] = plan_source_propagation(b);
	plan_add(b, PLAN_MOUNT_TREE, slot)->ref[0] = plan_add_string(b, target);
}

static const char *copy_until_comma(struct plan_builder *b, const char **list)
{
	size_t len = strcspn(*list, ",");
	const char *word = arena_strndup(b->arena, *list, len);

	*list += len;
	if (**list == ',')
		(*list)++;
	return word;
}

static int mount_hierarchy(struct plan_builder *b, const struct config_mount *mount,
	const struct facts_hierarchy *hierarchy, const char *target, struct err *err)
{
	const char *list = hierarchy->controllers;
	struct options options;
	struct plan_step *step;
	int r;

	r = options_init(b, &options, sizeof(hierarchy->controllers), err);
	if (r < 0)
		return r;
	options_add(&options, "source=cgroup");
	while (*list != '\0')
		options_add(&options, copy_until_comma(b, &list));
	step = plan_add(b, PLAN_MOUNT_NEW, PLAN_SLOT_NONE);
	step->ref[0] = plan_add_string(b, target);
	step->ref[1] = plan_add_string(b, hierarchy->is_v2 ? "cgroup2" : "cgroup");
	step->ref[2] = options_ref(b, &options);
	step->num[0] = mount->options.attr_set;
	return 0;
}

/* "cpu" -> "cpu,cpuacct" for hierarchies that carry several controllers */
static void link_controllers(
	struct plan_builder *b, const struct config_mount *mount, const char *controllers)
{
	const char *list = controllers;
	struct plan_step *step;

	if (strchr(controllers, ',') == NULL)
		return;
	while (*list != '\0') {
		const char *name = copy_until_comma(b, &list);

		if (name == NULL)
			return;
		step = plan_add(b, PLAN_SYMLINK, PLAN_SLOT_NONE);
		step->ref[0] = plan_add_string(b, join(b, mount->destination, name));
		step->ref[1] = plan_add_string(b, controllers);
	}
}

static const struct plan_step *find_cgroup_dir(
	const struct plan_builder *b, const struct facts_hierarchy *hierarchy)
{
	const struct plan_steps *prepare = &b->stages[PLAN_STAGE_PREPARE];

	for (size_t i = 0; i < prepare->n; i++) {
		const struct plan_step *dir = &prepare->items[i];

		if (dir->kind == PLAN_CGROUP_DIR &&
			str_eq(b->data.data + dir->ref[0].offset, hierarchy->mountpoint))
			return dir;
	}
	return NULL;
}

static int add_hierarchy(struct plan_builder *b, const struct config_mount *mount,
	const struct facts_hierarchy *hierarchy, const char *target, struct err *err)
{
	const struct plan_step *dir = find_cgroup_dir(b, hierarchy);

	if (b->config->namespaces[CONFIG_NS_CGROUP].present)
		return mount_hierarchy(b, mount, hierarchy, target, err);
	if (dir != NULL)
		bind_cgroup(b, mount, dir, target);
	return 0;
}

static const char *hierarchy_name(const struct facts_hierarchy *hierarchy)
{
	if (hierarchy->is_v2)
		return "unified";
	if (str_starts(hierarchy->controllers, "name="))
		return hierarchy->controllers + 5;
	return hierarchy->controllers;
}

static int add_cgroup_v1(struct plan_builder *b, size_t index, struct err *err)
{
	const struct config_mount *mount = &b->config->mounts[index];
	struct plan_step *step = plan_add(b, PLAN_MOUNT_NEW, PLAN_SLOT_NONE);
	static const char *const options[] = { "source=tmpfs", "mode=755" };
	struct json_strings list = { .items = options, .n = ARRAY_SIZE(options) };
	int r;

	step->ref[0] = plan_add_string(b, mount->destination);
	step->ref[1] = plan_add_string(b, "tmpfs");
	step->ref[2] = plan_add_strings(b, &list);
	step->num[0] = mount->options.attr_set & ~SYS_ATTR_RDONLY;
	step->num[1] = first_propagation(&mount->options);
	keep(b, index, step);
	r = add_propagations(b, index, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < b->facts->n_hierarchies; i++) {
		const struct facts_hierarchy *hierarchy = &b->facts->hierarchies[i];
		const char *name = hierarchy_name(hierarchy);

		r = add_hierarchy(b, mount, hierarchy, join(b, mount->destination, name), err);
		if (r < 0)
			return r;
		if (!hierarchy->is_v2)
			link_controllers(b, mount, name);
	}
	return 0;
}

static int add_cgroup(struct plan_builder *b, size_t index, struct err *err)
{
	const struct config_mount *mount = &b->config->mounts[index];

	plan_build_cgroup_entry(b);
	switch (b->facts->cgroup_mode) {
	case FACTS_CGROUP_V1:
		return add_cgroup_v1(b, index, err);
	case FACTS_CGROUP_V2:
		return add_hierarchy(b, mount, &b->facts->hierarchies[0], mount->destination, err);
	case FACTS_CGROUP_NONE:
		break;
	}
	return err_new(err, -ENODEV,
		"%s: type cgroup: no cgroup file system is mounted on this host", mount->pointer);
}

static int add_mount(struct plan_builder *b, size_t index, struct err *err)
{
	const struct config_mount *mount = &b->config->mounts[index];

	if (mount->options.remount) {
		struct plan_step *step = plan_add(b, PLAN_REMOUNT, PLAN_SLOT_NONE);

		step->ref[0] = plan_add_string(b, mount->destination);
		step->num[0] = mount->options.attr_set;
		step->num[1] = mount->options.attr_clr;
		return 0;
	}
	if (mount->options.is_bind) {
		if (mount->source == NULL)
			return err_new(err, -EINVAL, "%s/source: a bind mount needs a source",
				mount->pointer);
		return plan_build_volume(b, index, err);
	}
	if (mount->type == NULL)
		return err_new(err, -EINVAL, "%s/type: neither a file system type nor a bind",
			mount->pointer);
	if (is_type(mount, "cgroup") || is_type(mount, "cgroup2"))
		return add_cgroup(b, index, err);
	return add_new(b, index, err);
}

/* The directory with the socket that what the workload tells of itself goes to, as runc has it. */
static void add_notify(struct plan_builder *b)
{
	int slot = plan_new_slot(b);
	struct plan_step *step = plan_add(b, PLAN_OPEN_TREE, slot);

	step->ref[0] = plan_add_string(b, b->request->notify_dir);
	step->num[0] = SYS_ATTR_RDONLY | SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC;
	step->num[3] = plan_source_propagation(b);
	plan_add(b, PLAN_MOUNT_TREE, slot)->ref[0] = plan_add_string(b, PLAN_NOTIFY_TARGET);
}

int plan_build_mounts(struct plan_builder *b, struct err *err)
{
	b->handles = arena_array(b->arena, b->config->n_mounts + 1, sizeof(*b->handles));
	if (b->handles == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < b->config->n_mounts; i++)
		b->handles[i].slot = PLAN_SLOT_NONE;
	for (size_t i = 0; i < b->config->n_mounts; i++) {
		int r = add_mount(b, i, err);

		if (r < 0)
			return r;
	}
	if (b->request->notify_dir != NULL)
		add_notify(b);
	return 0;
}
