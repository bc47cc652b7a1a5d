/*
 * Who else can reach what the container is made of: the directories that lead to its bundle and its
 * root file system, and what the image brings. Only profiles that ask for these rules have the facts.
 */
#include <string.h>

#include "rules.h"

#include "base/banned.h"

/* The owner may do what he likes: root, the caller, an id of the container's own. In an outer user
 * namespace the host's root has no id. */
static bool is_owner_trusted(const struct policy_walk *w, uint32_t uid)
{
	const struct config_id_mappings *maps = &w->asked->uid_mappings;

	if (uid == 0 || uid == w->facts->euid)
		return true;
	if (!w->facts->initial_userns && uid == FACTS_OVERFLOW_ID)
		return true;
	for (size_t i = 0; i < maps->n; i++) {
		if (uid >= maps->items[i].host_id &&
			uid - maps->items[i].host_id < maps->items[i].size)
			return true;
	}
	return false;
}

/* What is wrong with one directory on the way, or at its end; NULL: nothing. A name in a sticky
 * directory is safe if it is there already, and its owner is looked at next; where it leads may have
 * been changed before it was resolved. */
static const char *weakness(
	const struct policy_walk *w, const struct facts_path *dir, bool is_end, bool was_sticky)
{
	bool is_sticky = (dir->mode & S_ISVTX) != 0 && !is_end;

	if (!is_owner_trusted(w, dir->uid))
		return "belongs to another user";
	if ((dir->mode & (S_IWGRP | S_IWOTH)) != 0 && !is_sticky)
		return "can be changed by others";
	if (was_sticky && dir->real != NULL)
		return "is a link in a directory of everybody";
	return NULL;
}

/* The next directory on the way to @path: "/a", "/a/b"; NULL behind the end. */
static const char *step(struct policy_walk *w, const char *path, size_t *at)
{
	const char *part;

	if (path[*at] == '\0' || path[1] == '\0')
		return NULL;
	*at += 1 + strcspn(path + *at + 1, "/");
	part = arena_strndup(w->arena, path, *at);
	if (part == NULL)
		w->failed = true;
	return part;
}

static const struct facts_path *known(struct policy_walk *w, const char *path)
{
	const struct facts_path *facts = facts_find_path(w->facts, path);

	return facts == &w->facts->default_path || facts->kind != FACTS_PATH_DIR ? NULL : facts;
}

/* Is there a finding of the first weak directory on the way to @path? */
static bool is_weak(struct policy_walk *w, const char *pointer, const char *path)
{
	const struct facts_path *dir = known(w, "/");
	bool was_sticky;
	const char *part;
	size_t at = 0;

	while ((part = step(w, path, &at)) != NULL) {
		const char *why;

		was_sticky = dir != NULL && (dir->mode & S_ISVTX) != 0;
		dir = known(w, part);
		why = dir != NULL ? weakness(w, dir, path[at] == '\0', was_sticky) : NULL;
		if (why == NULL)
			continue;
		policy_refuse(w, pointer, arena_fmt(w->arena, "%s %s", policy_quote(w, part), why),
			"directories that only root, or the caller, can change");
		return true;
	}
	return false;
}

void policy_rule_bundle_closed(struct policy_walk *w)
{
	struct policy_path root;

	if (is_weak(w, "", w->request->bundle) || w->asked->root_path == NULL ||
		!policy_look(w, w->asked->root_path, &root))
		return;
	if (!is_weak(w, "/root/path", root.path) && !str_eq(root.real, root.path))
		(void)is_weak(w, "/root/path", root.real);
}

/* SECURITY: CVE-2021-41091: ids on disk are those of the image, so a set-user-id program that the
 * container makes is root's for every user of the host who can walk to it. */
void policy_rule_root_reachable(struct policy_walk *w)
{
	struct policy_path root;
	const char *part;
	size_t at = 0;

	if (w->asked->root_path == NULL || !policy_look(w, w->asked->root_path, &root) ||
		str_eq(root.real, "/"))
		return;
	while ((part = step(w, root.real, &at)) != NULL) {
		const struct facts_path *dir = known(w, part);

		if (dir == NULL || (dir->mode & S_IXOTH) == 0)
			return;
	}
	policy_refuse(w, "/root/path",
		arena_fmt(w->arena, "every user of the host can reach %s",
			policy_quote(w, root.real)),
		"a directory on the way that only its owner can pass");
}

const char *policy_image_text(struct arena *arena, const struct facts_image *image)
{
	static const char *const names[FACTS_IMAGE_N] = {
		[FACTS_IMAGE_DEVICE] = "device nodes",
		[FACTS_IMAGE_SETUID] = "set-user-id or set-group-id programs",
		[FACTS_IMAGE_CAPS] = "programs with capabilities",
		[FACTS_IMAGE_OPEN] = "directories that anybody can write to",
	};
	_str_buf_ struct str_buf list = { 0 };
	char shown[160];

	for (size_t i = 0; i < FACTS_IMAGE_N; i++) {
		if (image->found[i].n == 0)
			continue;
		str_buf_fmt(&list, "%s%u %s ('%s'%s)", list.len > 0 ? ", " : "", image->found[i].n,
			names[i], str_escape(shown, sizeof(shown), image->found[i].first),
			image->found[i].n > 1 ? ", ..." : "");
	}
	if (image->is_cut)
		str_buf_fmt(&list, "%sand more than was looked at", list.len > 0 ? ", " : "");
	return list.failed ? NULL : arena_strndup(arena, list.len > 0 ? list.data : "", list.len);
}

void policy_rule_image(struct policy_walk *w)
{
	const char *text = policy_image_text(w->arena, &w->facts->image);

	if (text == NULL || *text != '\0')
		policy_refuse(w, "/root/path", text, "an image without them");
}
