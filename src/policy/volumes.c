/*
 * Whose files a volume's are inside. Without a map every file of the host belongs to nobody, with
 * the ids of a root file system root of the container is root of the host in that tree; so a volume
 * shows the ids of its owner alone, unless the profile names its path.
 */
#include <string.h>

#include "base/abi.h"

#include "rules.h"

#include "base/banned.h"

/* A bind of the config that has a source. */
static bool is_volume(const struct config_mount *mount)
{
	return mount->options.is_bind && !mount->options.remount && mount->source != NULL;
}

/* The path of the descriptor: what later opens the source must find the same (TOCTOU). */
static bool look(struct policy_walk *w, const struct config_mount *mount, struct policy_path *out)
{
	return policy_look(w, mount->source, out) && out->facts->kind != FACTS_PATH_ABSENT;
}

/* --- which map ------------------------------------------------------------------------------- */

/* Length of the component at @path, its slash included. */
static size_t component(const char *path)
{
	size_t n = path[0] == '/' ? 1 : 0;

	while (path[n] != '\0' && path[n] != '/')
		n++;
	return n;
}

/* '*' stands for any run of characters, of which there is no slash in a component */
static bool component_matches(const char *pattern, size_t n_pattern, const char *text, size_t n)
{
	if (n_pattern == 0)
		return n == 0;
	if (*pattern != '*')
		return n > 0 && *pattern == *text &&
		       component_matches(pattern + 1, n_pattern - 1, text + 1, n - 1);
	for (size_t skip = 0; skip <= n; skip++) {
		if (component_matches(pattern + 1, n_pattern - 1, text + skip, n - skip))
			return true;
	}
	return false;
}

bool policy_path_matches(const char *pattern, const char *path)
{
	while (*pattern != '\0') {
		size_t n_pattern = component(pattern), n = component(path);

		/* a component of its own: "/a/" "*" is not "/a" */
		if (n < 2 || !component_matches(pattern, n_pattern, path, n))
			return false;
		pattern += n_pattern;
		path += n;
	}
	return *path == '\0' || *path == '/';
}

/* Where the last @name in @path begins. */
static const char *find_last(const char *path, const char *name)
{
	const char *found = NULL;

	for (const char *at = path; (at = strstr(at, name)) != NULL; at++)
		found = at;
	return found;
}

/* Engines keep what they mount as a root file system in directories of these names. What is before
 * them is the engine's own directory, wherever its administrator put that. */
const char *policy_engine_directory(struct arena *arena, const char *root)
{
	static const char *const names[] = { "/overlay2/", "/overlay/", "/rootfs/overlayfs/",
		"/fuse-overlayfs/", "/btrfs/subvolumes/", "/vfs/dir/", "/zfs/graph/" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *at = find_last(root, names[i]);

		if (at != NULL && at > root)
			return arena_strndup(arena, root, (size_t)(at - root));
	}
	return NULL;
}

/* SECURITY: it counts only if root alone can write it and others can't even pass through it: what
 * root of a container leaves in there must be out of their reach (T-40, CVE-2021-41091). */
static const char *closed_engine_directory(struct policy_walk *w)
{
	const char *path;
	struct policy_path root, engine;

	if (!policy_look(w, w->asked->root_path, &root))
		return NULL;
	path = policy_engine_directory(w->arena, root.real);
	if (path == NULL || !policy_look(w, path, &engine) ||
		engine.facts->kind != FACTS_PATH_DIR || engine.facts->uid != 0 ||
		(engine.facts->mode & 0023) != 0)
		return NULL;
	return path;
}

static bool row_matches(
	struct policy_walk *w, const struct policy_volume_path *row, const char *path)
{
	const char *engine;

	if (row->pattern[0] != '@')
		return policy_path_matches(row->pattern, path);
	engine = closed_engine_directory(w);
	return engine != NULL && policy_below(path, engine) &&
	       policy_path_matches(row->pattern + 1, path + strlen(engine));
}

/* The first pattern that matches counts. */
static enum policy_volume_map chosen_map(struct policy_walk *w, const struct policy_path *source)
{
	for (size_t i = 0; i < w->profile->n_volume_paths; i++) {
		const struct policy_volume_path *row = &w->profile->volume_paths[i];

		if (row_matches(w, row, source->real))
			return row->map;
	}
	return w->profile->volume_map;
}

bool policy_path_is_engines(struct policy_walk *w, const struct policy_path *source)
{
	return chosen_map(w, source) == POLICY_VOLUME_IDENTITY;
}

bool policy_socket_is_allowed(const struct policy_walk *w, const struct policy_path *source)
{
	for (size_t i = 0; i < w->profile->volume_sockets.n; i++) {
		if (policy_path_matches(w->profile->volume_sockets.items[i], source->real))
			return true;
	}
	return false;
}

/* The owner is who the workload runs as, if that is the same number (docker run --user "$(id -u)"),
 * else root of the container. */
static void map_owner(
	struct policy_walk *w, const struct facts_path *source, struct policy_volume *out)
{
	const struct config_user *user = &w->asked->process.user;

	out->map = POLICY_VOLUME_OWNER;
	out->disk_uid = source->uid;
	out->disk_gid = source->gid;
	out->uid = user->uid == source->uid ? user->uid : 0;
	/* its group must have an id too, or it could make no file */
	out->gid = out->uid == user->uid ? user->gid : 0;
}

/* --- what the config asks for ---------------------------------------------------------------- */

/* In every profile: the mappings of a mount, or "idmap", which are the container's (MNT-20..22). */
static bool asks_for_map(const struct config_mount *mount)
{
	return mount->options.idmap || mount->uid_mappings.n > 0;
}

static bool is_relative(const struct config_id_mappings *map)
{
	for (size_t i = 0; i < map->n; i++) {
		if (map->items[i].is_relative)
			return true;
	}
	return false;
}

static const char *asked_problem(struct policy_walk *w, const struct config_mount *mount)
{
	bool has_userns = w->out->config.namespaces[CONFIG_NS_USER].present;
	struct policy_path source;

	if (!is_volume(mount))
		return "id-mapped mounts are only supported for bind mounts";
	if (mount->uid_mappings.n == 0 && !has_userns)
		return "idmap without mappings needs a user namespace";
	if (!has_userns && (is_relative(&mount->uid_mappings) || is_relative(&mount->gid_mappings)))
		return "a mapping with '@' needs a user namespace";
	if (w->out->is_rootless)
		return "id-mapped mounts need root of the machine";
	if (!w->facts->has_idmap)
		return "this kernel has no idmapped mounts";
	if (!look(w, mount, &source))
		return NULL; /* reported already */
	return policy_idmap_problem(w, source.facts->fs);
}

static bool maps_root(const struct config_mount *mount)
{
	for (size_t i = 0; i < mount->uid_mappings.n; i++) {
		if (mount->uid_mappings.items[i].container_id == 0)
			return true;
	}
	return mount->uid_mappings.n == 0; /* the container's own map */
}

static void map_as_asked(
	struct policy_walk *w, const struct config_mount *mount, struct policy_volume *out)
{
	struct policy_path source;

	out->map = mount->uid_mappings.n > 0 ? POLICY_VOLUME_GIVEN : POLICY_VOLUME_IDENTITY;
	out->is_recursive = mount->options.idmap_recursive;
	if (w->profile->volume_map == POLICY_VOLUME_OWNER && look(w, mount, &source))
		out->source = source.real;
}

/* One for each mount; NULL where none is mapped. */
static struct policy_volume *make_volumes(struct policy_walk *w)
{
	bool any = w->out->claims_ids;
	struct policy_volume *volumes;

	for (size_t i = 0; i < w->out->config.n_mounts && !any; i++)
		any = asks_for_map(&w->out->config.mounts[i]);
	if (!any || w->out->config.n_mounts == 0)
		return NULL;
	volumes = arena_array(w->arena, w->out->config.n_mounts, sizeof(*volumes));
	w->failed = w->failed || volumes == NULL;
	w->out->volumes = volumes;
	return volumes;
}

void policy_rule_volume_asked(struct policy_walk *w)
{
	struct policy_volume *volumes = make_volumes(w);

	for (size_t i = 0; i < w->out->config.n_mounts && volumes != NULL; i++) {
		const struct config_mount *mount = &w->out->config.mounts[i];
		const char *problem;

		if (!asks_for_map(mount))
			continue;
		problem = asked_problem(w, mount);
		if (problem == NULL)
			map_as_asked(w, mount, &volumes[i]);
		else
			policy_refuse(w, mount->pointer,
				arena_fmt(w->arena, "mount %s: %s",
					policy_quote(w, mount->destination), problem),
				"");
	}
}

/* SECURITY: the owner's map never has root's id, and neither may one that is asked for: with it
 * root of the container is root of the host in that tree (T-40). */
void policy_rule_volume_asked_root(struct policy_walk *w)
{
	for (size_t i = 0; i < w->out->config.n_mounts && w->out->volumes != NULL; i++) {
		const struct config_mount *mount = &w->out->config.mounts[i];
		struct policy_path source;

		if (!asks_for_map(mount) || !maps_root(mount) || !is_volume(mount) ||
			!look(w, mount, &source) || chosen_map(w, &source) != POLICY_VOLUME_OWNER)
			continue;
		policy_refuse(w, mount->pointer,
			arena_fmt(w->arena, "the map of volume %s has id 0 of %s",
				policy_quote(w, mount->destination), policy_quote(w, source.real)),
			"a map of ids from 1 on");
	}
}

/* --- the rules ------------------------------------------------------------------------------- */

static void make_readonly(struct config_mount_options *options)
{
	options->attr_set |= SYS_ATTR_RDONLY;
	options->attr_clr &= ~SYS_ATTR_RDONLY;
	options->rec_attr_clr &= ~SYS_ATTR_RDONLY;
	if (options->is_recursive)
		options->rec_attr_set |= SYS_ATTR_RDONLY;
}

/* true: the source is root's and no path of the profile's, so that no id may be mapped */
static bool decide(
	struct policy_walk *w, const struct config_mount *mount, struct policy_volume *out)
{
	struct policy_path source;

	if (!is_volume(mount) || asks_for_map(mount) || !look(w, mount, &source))
		return false;
	out->source = source.real;
	out->is_recursive = mount->options.is_recursive;
	out->map = chosen_map(w, &source);
	if (out->map != POLICY_VOLUME_OWNER)
		return false;
	/* a socket, even one of root's, is here only because the profile lists it (CIS-5.32) */
	if (source.facts->uid != 0 || source.facts->kind == FACTS_PATH_SOCKET) {
		map_owner(w, source.facts, out);
		return false;
	}
	/* SECURITY: mapping it would make root of the container root of the host in this tree: it
	 * could read what is root's alone and leave set-user-id files of root's (T-40). Unmapped and
	 * writable, it could leave files with ids that another container gets later (T-42). */
	out->map = POLICY_VOLUME_NONE;
	return true;
}

static struct policy_volume *own_volumes(struct policy_walk *w)
{
	size_t n = w->out->config.n_mounts;

	/* Elsewhere ids are the engine's business, or can't be mapped at all (rootless). */
	if (!w->out->claims_ids || w->out->volumes == NULL)
		return NULL;
	return policy_copy(w, w->out->volumes, n, 0, sizeof(*w->out->volumes));
}

void policy_rule_volume_host_root(struct policy_walk *w)
{
	_str_buf_ struct str_buf list = { 0 };
	struct config *config = &w->out->config;
	struct policy_volume *volumes = own_volumes(w);
	struct config_mount *mounts;

	if (volumes == NULL)
		return;
	mounts = policy_copy(w, config->mounts, config->n_mounts, 0, sizeof(*mounts));
	if (mounts == NULL)
		return;
	for (size_t i = 0; i < config->n_mounts; i++) {
		if (!decide(w, &mounts[i], &volumes[i]))
			continue;
		if ((mounts[i].options.attr_set & SYS_ATTR_RDONLY) == 0)
			policy_list_add(&list, policy_quote(w, mounts[i].destination));
		make_readonly(&mounts[i].options);
	}
	config->mounts = mounts;
	w->out->volumes = volumes;
	if (list.len > 0)
		policy_tighten(w, "/mounts",
			arena_fmt(w->arena, "writable volumes that belong to root of the host: %s",
				policy_list(w, &list)),
			"read-only, and no more than any user of the host may read; to have them "
			"written, give them to a user, or list them in the profile's "
			"\"volume_map_paths\"");
}

/* Why the volume has no map although it is to have one, or NULL. */
static const char *idmap_problem(struct policy_walk *w, size_t index, struct policy_path *source)
{
	const struct config_mount *mount = &w->out->config.mounts[index];

	if (w->out->volumes[index].map == POLICY_VOLUME_NONE || asks_for_map(mount) ||
		!look(w, mount, source))
		return NULL;
	return w->facts->has_idmap ? policy_idmap_problem(w, source->facts->fs)
				   : "this kernel has no idmapped mounts";
}

/* Where anybody may make files, and which ends with the container: an engine's /dev/shm. */
static bool is_scratch(const struct facts_path *source)
{
	return source->kind == FACTS_PATH_DIR && (source->mode & 01777) == 01777 &&
	       str_eq(source->fs, "tmpfs");
}

/* What an engine keeps on a tmpfs, which has maps from Linux 6.3 on: /dev/shm, Podman's resolv.conf,
 * secrets. SECURITY: unmapped, root of the container is nobody in it; read-only, lest files with its
 * ids stay for whoever gets them next (T-42). */
static void do_without_map(
	const struct facts_path *source, struct config_mount *mount, struct policy_volume *volume)
{
	volume->map = POLICY_VOLUME_NONE;
	if (!is_scratch(source))
		make_readonly(&mount->options);
}

void policy_rule_volume_idmap(struct policy_walk *w)
{
	_str_buf_ struct str_buf list = { 0 };
	struct config *config = &w->out->config;
	struct policy_volume *volumes;
	struct config_mount *mounts;

	if (w->out->volumes == NULL)
		return;
	volumes = policy_copy(w, w->out->volumes, config->n_mounts, 0, sizeof(*volumes));
	mounts = policy_copy(w, config->mounts, config->n_mounts, 0, sizeof(*mounts));
	if (volumes == NULL || mounts == NULL)
		return;
	for (size_t i = 0; i < config->n_mounts; i++) {
		struct policy_path source;
		const char *problem = idmap_problem(w, i, &source);

		if (problem == NULL)
			continue;
		if (volumes[i].map == POLICY_VOLUME_IDENTITY) {
			do_without_map(source.facts, &mounts[i], &volumes[i]);
			policy_list_add(&list, policy_quote(w, mounts[i].destination));
		} else {
			policy_refuse(w, arena_fmt(w->arena, "%s/source", mounts[i].pointer),
				arena_fmt(w->arena, "volume %s: %s", policy_quote(w, source.path),
					problem),
				"a directory on a file system that has, such as ext4, xfs, btrfs "
				"or tmpfs");
		}
	}
	if (list.len == 0)
		return;
	w->out->volumes = volumes;
	config->mounts = mounts;
	policy_tighten(w, "/mounts",
		arena_fmt(w->arena,
			"volumes of the engine on a file system without idmapped mounts: %s",
			policy_list(w, &list)),
		"as any user of the host sees them, and read-only but for scratch directories");
}

static const char *owner_text(
	struct policy_walk *w, const struct config_mount *mount, const struct policy_volume *volume)
{
	return arena_fmt(w->arena, "%s %u:%u is %u:%u", policy_quote(w, mount->destination),
		volume->disk_uid, volume->disk_gid, volume->uid, volume->gid);
}

void policy_rule_volume_map(struct policy_walk *w)
{
	_str_buf_ struct str_buf owners = { 0 }, identical = { 0 };

	for (size_t i = 0; i < w->out->config.n_mounts && w->out->volumes != NULL; i++) {
		const struct config_mount *mount = &w->out->config.mounts[i];
		const struct policy_volume *volume = &w->out->volumes[i];

		if (volume->map == POLICY_VOLUME_OWNER)
			policy_list_add(&owners, owner_text(w, mount, volume));
		else if (volume->map == POLICY_VOLUME_IDENTITY && !asks_for_map(mount))
			policy_list_add(&identical, policy_quote(w, mount->destination));
	}
	if (owners.len > 0)
		policy_tighten(w, "/mounts", "volumes of other users than root of the host",
			arena_fmt(w->arena,
				"their owner has an id inside, and nobody else in them: %s",
				policy_list(w, &owners)));
	if (identical.len > 0)
		policy_note(w, "/mounts", "volumes that the profile lists as \"identity\"",
			arena_fmt(w->arena, "the same ids on disk and inside, root's too: %s",
				policy_list(w, &identical)));
}
