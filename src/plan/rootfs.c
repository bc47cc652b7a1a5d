/*
 * The root file system, from the first private mount to the last mask, in the order of
 * oci-checklist 2.3: mounts and devices, hooks, pivot, then everything that takes rights away.
 */
#include <errno.h>
#include <string.h>

#include "base/num.h"

#include "build.h"

#include "base/banned.h"

struct node {
	const char *path;
	unsigned minor;
	unsigned major;
};

/* DEV-08: the nodes every container has */
static const struct node default_nodes[] = {
	{ "/dev/null", 3, 1 },
	{ "/dev/zero", 5, 1 },
	{ "/dev/full", 7, 1 },
	{ "/dev/random", 8, 1 },
	{ "/dev/urandom", 9, 1 },
	{ "/dev/tty", 0, 5 },
};

/* DEV-09 */
static const char *const default_links[][2] = {
	{ "/dev/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" },
	{ "/dev/core", "/proc/kcore" },
	{ "/dev/ptmx", "pts/ptmx" },
};

static const char *root_path(const struct plan_builder *b)
{
	return policy_absolute(b->arena, b->request->bundle, b->config->root_path);
}

/* Hooks of create look for the root file system at its path on the host. */
static bool has_create_hooks(const struct config *config)
{
	return config->hooks[CONFIG_HOOK_PRESTART].n + config->hooks[CONFIG_HOOK_CREATE_RUNTIME].n +
		       config->hooks[CONFIG_HOOK_CREATE_CONTAINER].n >
	       0;
}

uint64_t plan_source_propagation(const struct plan_builder *b)
{
	return b->config->rootfs_propagation == SYS_MS_PRIVATE ? SYS_MS_PRIVATE : SYS_MS_SLAVE;
}

static void open_root(struct plan_builder *b)
{
	const struct policy_decisions *d = b->decisions;
	struct plan_step *step;

	if (d->shift_root &&
		(d->rung == POLICY_RUNG_OVERLAY || d->rung == POLICY_RUNG_OVERLAY_BY_PATH)) {
		plan_build_overlay(b);
		return;
	}
	if (d->shift_root && d->rung == POLICY_RUNG_CHOWN) {
		step = plan_add(b, PLAN_CHOWN, PLAN_SLOT_NONE);
		step->ref[0] = plan_add_string(b, root_path(b));
		step->num[0] = b->request->ids_base;
	}
	step = plan_add(b, PLAN_OPEN_TREE, PLAN_SLOT_ROOT);
	step->ref[0] = plan_add_string(b, root_path(b));
	step->num[0] = d->root_attr_set;
	step->num[3] = plan_source_propagation(b);
	if (d->shift_root &&
		d->rung == POLICY_RUNG_CHOWN) /* what is mounted below was not shifted */
		return;
	/* Submounts belong to the root as they do under runc, ids and all. */
	step->num[2] = PLAN_TREE_RECURSIVE;
	if (d->root_attr_set != 0)
		step->num[2] |= PLAN_TREE_ATTR_RECURSIVE;
	if (d->shift_root)
		step->num[2] |= PLAN_TREE_IDMAP | PLAN_TREE_IDMAP_RECURSIVE;
}

/* No procfs can be made for the pid namespace of somebody above: what the caller sees of it serves.
 * The submounts come along, a user namespace may not leave them out. */
void plan_build_foreign_proc(struct plan_builder *b)
{
	int slot = plan_new_slot(b);
	struct plan_step *step = plan_add(b, PLAN_OPEN_TREE, slot);

	step->ref[0] = plan_add_string(b, "/proc");
	step->num[2] = PLAN_TREE_RECURSIVE;
	step->num[3] = SYS_MS_PRIVATE;
	plan_add(b, PLAN_PROC, slot);
}

static void build_proc(struct plan_builder *b)
{
	if (b->decisions->is_rootless && !b->config->namespaces[CONFIG_NS_PID].present)
		plan_build_foreign_proc(b);
	else
		plan_add(b, PLAN_PROC, PLAN_SLOT_NONE);
}

static void build_proc_and_keyring(struct plan_builder *b)
{
	bool is_labelled = plan_process_label(b) != NULL;

	/* ORDER: a keyring is labelled when it is made, by way of procfs */
	if (is_labelled) {
		build_proc(b);
		plan_build_key_label(b);
	}
	if (b->decisions->session_keyring)
		plan_add(b, PLAN_KEYRING, PLAN_SLOT_NONE)->ref[0] =
			plan_add_string(b, arena_fmt(b->arena, "_ses.%s", b->request->id));
	if (!is_labelled)
		build_proc(b);
}

static void attach_root(struct plan_builder *b)
{
	uint32_t uid = plan_host_uid(b, 0), gid = plan_host_gid(b, 0);
	struct plan_step *step = plan_add(b, PLAN_PRIVATE_ROOT, PLAN_SLOT_NONE);

	/* PROP-01: slave lets the host's mounts through, as runc's default does; the hardened
	 * profiles set private. Shared and unbindable are applied after the pivot. */
	step->num[0] = plan_source_propagation(b);
	build_proc_and_keyring(b);
	step = plan_add(b, PLAN_ROOT, PLAN_SLOT_ROOT);
	if (has_create_hooks(b->config))
		step->ref[0] = plan_add_string(b, root_path(b));
	if (b->uid_map.n == 0)
		return;
	step = plan_add(b, PLAN_FS_IDS, PLAN_SLOT_NONE);
	step->num[0] = uid != UINT32_MAX ? uid : 0;
	step->num[1] = gid != UINT32_MAX ? gid : 0;
}

/* A device of the host, bound: where mknod is not possible (a user namespace, DEV-11). */
static void bind_device(struct plan_builder *b, const char *path)
{
	int slot = plan_new_slot(b);
	struct plan_step *step = plan_add(b, PLAN_OPEN_TREE, slot);

	step->ref[0] = plan_add_string(b, path);
	step->num[2] = PLAN_TREE_DEVICE;
	step->num[3] = plan_source_propagation(b);
	plan_add(b, PLAN_MOUNT_TREE, slot)->ref[0] = plan_add_string(b, path);
}

static int add_device(struct plan_builder *b, const struct config_device *device, struct err *err)
{
	uint32_t uid = plan_host_uid(b, device->uid), gid = plan_host_gid(b, device->gid);
	struct plan_step *step;

	if (b->decisions->is_rootless && device->type != 'p') {
		bind_device(b, device->path);
		return 0;
	}
	if (uid == UINT32_MAX || gid == UINT32_MAX)
		return err_new(err, -EINVAL, "%s: owner %u:%u has no id in the user namespace",
			device->pointer, device->uid, device->gid);
	step = plan_add(b, PLAN_DEVICE, PLAN_SLOT_NONE);
	step->ref[0] = plan_add_string(b, device->path);
	step->num[0] = (unsigned char)device->type;
	step->num[1] = (uint64_t)device->major << 32 | device->minor;
	step->num[2] = device->has_mode ? device->mode : 0666;
	step->num[3] = (uint64_t)uid << 32 | gid;
	return 0;
}

static bool config_has_device(const struct config *config, const char *path)
{
	for (size_t i = 0; i < config->n_devices; i++) {
		if (str_eq(config->devices[i].path, path))
			return true;
	}
	return false;
}

static bool dev_is_bind(const struct config *config)
{
	for (size_t i = 0; i < config->n_mounts; i++) {
		if (str_eq(config->mounts[i].destination, "/dev"))
			return config->mounts[i].options.is_bind;
	}
	return false;
}

static int add_devices(struct plan_builder *b, struct err *err)
{
	int r;

	if (dev_is_bind(b->config)) /* DEV-10: nothing is created in somebody else's /dev */
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(default_nodes); i++) {
		const struct node *node = &default_nodes[i];
		struct config_device device = {
			.path = node->path,
			.type = 'c',
			.major = node->major,
			.minor = node->minor,
		};

		if (config_has_device(b->config, node->path))
			continue;
		r = add_device(b, &device, err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < b->config->n_devices; i++) {
		const struct config_device *device = &b->config->devices[i];

		/* docker lists the host's for privileged containers; it is always the link to the
		 * container's own devpts, as in runc */
		if (str_eq(device->path, "/dev/ptmx"))
			continue;
		r = add_device(b, device, err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(default_links); i++) {
		struct plan_step *step = plan_add(b, PLAN_SYMLINK, PLAN_SLOT_NONE);

		step->ref[0] = plan_add_string(b, default_links[i][0]);
		step->ref[1] = plan_add_string(b, default_links[i][1]);
	}
	return 0;
}

int plan_build_console(struct plan_builder *b, struct err *err)
{
	const struct config_process *process = &b->config->process;
	uint32_t uid = plan_host_uid(b, process->user.uid);
	struct plan_step *step;

	if (uid == UINT32_MAX)
		return err_new(err, -EINVAL,
			"/process/user/uid: %u has no id in the user namespace", process->user.uid);
	if (!b->request->has_console) {
		plan_add(b, PLAN_STDIO_OWNER, PLAN_SLOT_NONE)->num[0] = uid;
		return 0;
	}
	b->flags |= PLAN_FLAG_TERMINAL;
	step = plan_add(b, PLAN_CONSOLE, PLAN_SLOT_NONE);
	step->num[0] = process->console_rows;
	step->num[1] = process->console_columns;
	step->num[2] = uid;
	return 0;
}

/* kernel.shmmax -> kernel/shmmax; a key that has slashes already is used as it is, so that
 * net/ipv4/conf/eth0.100/forwarding can be named (sysctl.d(5)). */
static const char *sysctl_path(struct plan_builder *b, const char *key)
{
	char *path = arena_strdup(b->arena, key);
	bool dots = true;

	if (path == NULL)
		return NULL;
	for (const char *p = key; *p != '\0' && *p != '.'; p++) {
		if (*p == '/')
			dots = false;
	}
	for (char *p = path; dots && *p != '\0'; p++) {
		if (*p == '.')
			*p = '/';
	}
	return path;
}

/* Groups that may open ping sockets: the kernel takes them as the writer sees ids, and the build
 * stage is the host. Clipped to the range of ids that holds the first, since beyond it the
 * container has none. */
static const char *map_group_range(struct plan_builder *b, const char *value)
{
	char first_text[16], last_text[16];
	size_t len = strcspn(value, " \t");
	uint32_t first, last;

	str_fmt(first_text, sizeof(first_text), "%.*s", (int)len, value);
	str_fmt(last_text, sizeof(last_text), "%s", value + len + strspn(value + len, " \t"));
	if (!num_u32(first_text, &first) || !num_u32(last_text, &last) || first > last)
		return value; /* "1 0" means nobody; anything else is for the kernel to refuse */
	for (size_t i = 0; i < b->gid_map.n; i++) {
		const struct config_id_mapping *m = &b->gid_map.items[i];

		if (first < m->container_id || first - m->container_id >= m->size)
			continue;
		if (last - m->container_id >= m->size)
			last = m->container_id + (m->size - 1);
		return arena_fmt(b->arena, "%u %u", m->host_id + (first - m->container_id),
			m->host_id + (last - m->container_id));
	}
	return value;
}

static const char *sysctl_value(struct plan_builder *b, const struct config_sysctl *sysctl)
{
	if (str_eq(sysctl->key, "net.ipv4.ping_group_range") ||
		str_eq(sysctl->key, "net/ipv4/ping_group_range"))
		return map_group_range(b, sysctl->value);
	return sysctl->value;
}

static void add_kernel_settings(struct plan_builder *b)
{
	const struct config *config = b->config;
	struct plan_step *step;

	if (config->hostname != NULL)
		plan_add(b, PLAN_HOSTNAME, PLAN_SLOT_NONE)->ref[0] =
			plan_add_string(b, config->hostname);
	if (config->domainname != NULL)
		plan_add(b, PLAN_DOMAINNAME, PLAN_SLOT_NONE)->ref[0] =
			plan_add_string(b, config->domainname);
	for (size_t i = 0; i < config->n_sysctls; i++) {
		step = plan_add(b, PLAN_SYSCTL, PLAN_SLOT_NONE);
		step->ref[0] = plan_add_string(b, sysctl_path(b, config->sysctls[i].key));
		step->ref[1] = plan_add_string(b, sysctl_value(b, &config->sysctls[i]));
	}
}

static void add_paths(struct plan_builder *b, enum plan_kind kind, const struct json_strings *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		plan_add(b, kind, PLAN_SLOT_NONE)->ref[0] = plan_add_string(b, paths->items[i]);
}

/* T-27: mounts that had to be written to while they were filled become read-only at the end. */
static void finish_mounts(struct plan_builder *b)
{
	struct plan_step *step;

	for (size_t i = 0; i < b->config->n_mounts; i++) {
		const struct config_mount *mount = &b->config->mounts[i];

		if (!plan_mount_is_late_readonly(mount))
			continue;
		step = plan_add(b, PLAN_REMOUNT, b->handles[i].slot);
		step->ref[0] = plan_add_string(b, mount->destination);
		step->num[0] = SYS_ATTR_RDONLY;
		step->num[3] = b->handles[i].kept;
	}
	step = plan_add(b, PLAN_ROOT_FLAGS, PLAN_SLOT_NONE);
	step->num[0] = b->config->root_readonly ? SYS_ATTR_RDONLY : 0;
	if (b->config->rootfs_propagation == SYS_MS_SHARED ||
		b->config->rootfs_propagation == SYS_MS_UNBINDABLE)
		step->num[1] = b->config->rootfs_propagation;
}

static bool has_mount_namespace(const struct plan_builder *b)
{
	return b->config->namespaces[CONFIG_NS_MOUNT].present;
}

int plan_build_rootfs(struct plan_builder *b, struct err *err)
{
	int r;

	plan_build_relabel(b);
	open_root(b);
	attach_root(b);
	r = plan_build_mounts(b, err);
	if (r < 0)
		return r;
	r = add_devices(b, err);
	if (r < 0)
		return r;
	r = plan_build_console(b, err);
	if (r < 0)
		return r;
	plan_build_cgroup_entry(b);
	plan_build_host_hooks(b);
	plan_build_init_hooks(b, PLAN_STAGE_BUILD, CONFIG_HOOK_CREATE_CONTAINER);
	plan_add(b, PLAN_CWD_MAKE, PLAN_SLOT_NONE)->ref[0] =
		plan_add_string(b, b->config->process.cwd);
	plan_add(b, PLAN_PIVOT, PLAN_SLOT_NONE)->num[0] =
		b->request->no_pivot || !has_mount_namespace(b);
	add_kernel_settings(b);
	add_paths(b, PLAN_READONLY, &b->config->readonly_paths);
	add_paths(b, PLAN_MASK, &b->config->masked_paths);
	finish_mounts(b);
	return 0;
}
