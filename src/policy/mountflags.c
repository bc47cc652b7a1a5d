/* A /dev of the container's own, and the flags that mounts get beyond what was asked. */
#include "base/abi.h"

#include "rules.h"

#include "base/banned.h"

/* What every image expects below /dev (MNT-08). */
static const struct {
	const char *destination;
	const char *type;
	const char *source;
	const char *const *data;
	size_t n_data;
} dev_mounts[] = {
#define DATA(...)                                   \
	(const char *const[]){ __VA_ARGS__, NULL }, \
		ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ }))
	{ "/dev", "tmpfs", "tmpfs", DATA("mode=755", "size=65536k") },
	/* gid=5 stays last: it is left out where the group does not exist */
	{ "/dev/pts", "devpts", "devpts",
		DATA("newinstance", "ptmxmode=0666", "mode=0620", "gid=5") },
	{ "/dev/shm", "tmpfs", "shm", DATA("mode=1777", "size=65536k") },
	{ "/dev/mqueue", "mqueue", "mqueue", NULL, 0 },
#undef DATA
};

enum {
	TTY_GROUP = 5
};

static const struct config_mount *find_mount(const struct config *config, const char *destination)
{
	for (size_t i = 0; i < config->n_mounts; i++) {
		if (str_eq(config->mounts[i].destination, destination))
			return &config->mounts[i];
	}
	return NULL;
}

/* ORDER: before everything that is mounted below /dev, else it would hide that. */
static size_t dev_position(const struct config *config)
{
	for (size_t i = 0; i < config->n_mounts; i++) {
		if (policy_below(config->mounts[i].destination, "/dev"))
			return i;
	}
	return config->n_mounts;
}

static struct config_mount dev_mount(struct policy_walk *w, size_t row)
{
	size_t n_data = dev_mounts[row].n_data;

	if (str_eq(dev_mounts[row].type, "devpts") && !policy_gid_is_mapped(w, TTY_GROUP))
		n_data--;
	return (struct config_mount){
		.pointer = "/mounts",
		.destination = dev_mounts[row].destination,
		.type = dev_mounts[row].type,
		.source = dev_mounts[row].source,
		.options = { .data = { .items = dev_mounts[row].data, .n = n_data } },
	};
}

static void insert_dev(struct policy_walk *w)
{
	const struct config *config = &w->out->config;
	size_t at = dev_position(config), n = at;
	struct config_mount *mounts = policy_copy(w, config->mounts, at,
		ARRAY_SIZE(dev_mounts) + config->n_mounts - at, sizeof(*mounts));

	if (mounts == NULL)
		return;
	for (size_t row = 0; row < ARRAY_SIZE(dev_mounts); row++) {
		if (find_mount(config, dev_mounts[row].destination) == NULL)
			mounts[n++] = dev_mount(w, row);
	}
	for (size_t i = at; i < config->n_mounts; i++)
		mounts[n++] = config->mounts[i];
	w->out->config.mounts = mounts;
	w->out->config.n_mounts = n;
	policy_tighten(
		w, "/mounts", "nothing mounted on /dev", "a new tmpfs with the usual devices");
}

void policy_rule_mount_dev(struct policy_walk *w)
{
	bool has_dev = false;

	for (size_t i = 0; i < w->asked->n_mounts; i++) {
		const struct config_mount *mount = &w->asked->mounts[i];

		if (!str_eq(mount->destination, "/dev") || mount->options.remount)
			continue;
		has_dev = true;
		if (!mount->options.is_bind && mount->type != NULL && str_eq(mount->type, "tmpfs"))
			continue;
		/* SECURITY: CVE-2026-41579, CVE-2026-47766, CVE-2026-88264 (T-08, T-09) */
		policy_refuse(
			w, mount->pointer, "'/dev' is not a tmpfs", "type tmpfs, or no mount");
	}
	if (!has_dev)
		insert_dev(w);
}

/* --- flags ----------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint64_t attr;
} attr_names[] = {
	{ "ro", SYS_ATTR_RDONLY },
	{ "nosuid", SYS_ATTR_NOSUID },
	{ "nodev", SYS_ATTR_NODEV },
	{ "noexec", SYS_ATTR_NOEXEC },
};

static const char *attrs_text(struct policy_walk *w, const char *destination, uint64_t attrs)
{
	_str_buf_ struct str_buf text = { 0 };

	str_buf_puts(&text, policy_quote(w, destination));
	for (size_t i = 0; i < ARRAY_SIZE(attr_names); i++) {
		if ((attrs & attr_names[i].attr) != 0)
			str_buf_fmt(&text, " %s", attr_names[i].name);
	}
	return policy_list(w, &text);
}

static uint64_t needed_attrs(const struct policy_walk *w, const struct config_mount *mount)
{
	const uint64_t quiet = SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC;

	if (mount->options.is_bind || mount->options.remount || mount->type == NULL)
		return 0;
	/* /dev and devpts hold the nodes that are allowed, so devices must work there. */
	if (str_eq(mount->destination, "/dev") || str_eq(mount->type, "devpts"))
		return SYS_ATTR_NOSUID | SYS_ATTR_NOEXEC;
	if (str_starts(mount->type, "cgroup") && w->out->delegates_cgroup &&
		str_eq(mount->destination, "/sys/fs/cgroup"))
		return quiet;
	if (str_eq(mount->type, "sysfs") || str_starts(mount->type, "cgroup"))
		return quiet | SYS_ATTR_RDONLY;
	if (str_eq(mount->type, "proc") || str_eq(mount->type, "mqueue"))
		return quiet;
	if (str_eq(mount->type, "tmpfs"))
		return SYS_ATTR_NOSUID | SYS_ATTR_NODEV;
	return 0;
}

/* Returns what was missing. */
static uint64_t add_attrs(struct config_mount_options *options, uint64_t needed)
{
	uint64_t missing = needed & ~(options->attr_set | options->rec_attr_set);

	missing |= needed & (options->attr_clr | options->rec_attr_clr);
	options->attr_set |= needed;
	options->attr_clr &= ~needed;
	options->rec_attr_clr &= ~needed;
	options->has_attrs = options->has_attrs || needed != 0;
	return missing;
}

void policy_rule_mount_flags(struct policy_walk *w)
{
	_str_buf_ struct str_buf list = { 0 };
	struct config *config = &w->out->config;
	struct config_mount *mounts;

	mounts = policy_copy(w, config->mounts, config->n_mounts, 0, sizeof(*mounts));
	if (mounts == NULL)
		return;
	for (size_t i = 0; i < config->n_mounts; i++) {
		uint64_t missing = add_attrs(&mounts[i].options, needed_attrs(w, &mounts[i]));

		/* One that caisson added itself is no news. */
		if (missing != 0 && !str_eq(mounts[i].pointer, "/mounts"))
			policy_list_add(&list, attrs_text(w, mounts[i].destination, missing));
	}
	config->mounts = mounts;
	if (list.len > 0)
		policy_tighten(w, "/mounts", "mounts without these flags", policy_list(w, &list));
}

void policy_rule_volume_flags(struct policy_walk *w)
{
	_str_buf_ struct str_buf list = { 0 };

	w->out->volume_attr_set = SYS_ATTR_NOSUID | SYS_ATTR_NODEV;
	for (size_t i = 0; i < w->asked->n_mounts; i++) {
		struct config_mount mount = w->asked->mounts[i];
		uint64_t missing;

		if (!mount.options.is_bind)
			continue;
		missing = add_attrs(&mount.options, w->out->volume_attr_set);
		if (missing != 0)
			policy_list_add(&list, attrs_text(w, mount.destination, missing));
	}
	if (list.len > 0)
		policy_tighten(w, "/mounts", "volumes without these flags", policy_list(w, &list));
}
