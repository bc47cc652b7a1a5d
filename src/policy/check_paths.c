/* File systems whose files containers are to have. */
#include <errno.h>
#include <string.h>

#include "check_local.h"

#include "base/banned.h"

static const char move_it[] = "put it on ext4, xfs, btrfs or, from Linux 6.3 on, tmpfs";

static void bad(
	struct check *c, const struct facts_ready_path *path, const char *found, const char *fix)
{
	policy_check_bad(c, path->is_given ? POLICY_MARK_MISSING : POLICY_MARK_DEGRADED,
		&(struct policy_check_line){
			.name = path->path,
			.found = found,
			.means = "containers of root can't have their files there: they would "
				 "show the ids of the host",
			.fix = fix,
		});
}

static void check_overlay_path(struct check *c, const struct facts_ready_path *path)
{
	if (path->problem != NULL)
		bad(c, path,
			arena_fmt(
				c->arena, "an overlay that can't be built anew: %s", path->problem),
			move_it);
	else if (path->layer != NULL)
		bad(c, path,
			arena_fmt(c->arena, "an overlay whose layer %s can't be idmapped: %s",
				path->layer, strerrordesc_np(path->idmap_error)),
			"put the layer on ext4, xfs, btrfs or, from Linux 6.3 on, tmpfs");
	else
		policy_check_ok(c, path->path, "an overlay whose layers can be idmapped",
			"it can be a container's root; as a volume it is refused");
}

static void check_root_path(struct check *c, const struct facts_ready_path *path)
{
	if (str_eq(path->fs, "overlay"))
		check_overlay_path(c, path);
	else if (path->idmap_error != 0)
		bad(c, path,
			arena_fmt(c->arena, "%s, which can't be idmapped: %s", path->fs,
				strerrordesc_np(path->idmap_error)),
			move_it);
	else
		policy_check_ok(c, path->path,
			arena_fmt(c->arena, "%s, which can be idmapped", path->fs),
			"containers see their files with ids of their own");
}

static void check_user_path(struct check *c, const struct facts_ready_path *path)
{
	if (c->facts->euid == 0 || path->uid == c->facts->euid)
		policy_check_ok(c, path->path,
			arena_fmt(c->arena, "%s, of user '%s'", path->fs, c->ready->name),
			"inside it belongs to root");
	else
		policy_check_bad(c, POLICY_MARK_DEGRADED,
			&(struct policy_check_line){
				.name = path->path,
				.found = arena_fmt(
					c->arena, "%s, of user id %u", path->fs, path->uid),
				.means = "inside it belongs to nobody, unless that is one of your "
					 "subordinate ids",
				.fix = "use a directory of your own, or copy what is in it",
			});
}

void policy_check_paths(struct check *c)
{
	for (size_t i = 0; i < c->ready->n_paths; i++) {
		const struct facts_ready_path *path = &c->ready->paths[i];

		if (path->kind == FACTS_PATH_ABSENT)
			policy_check_bad(c, POLICY_MARK_MISSING,
				&(struct policy_check_line){
					.name = path->path,
					.found = "it can't be found",
					.means = "what is to come from there is not there",
					.fix = arena_fmt(c->arena, "install -d %s", path->path),
				});
		else if (c->ready->is_user)
			check_user_path(c, path);
		else
			check_root_path(c, path);
	}
}
