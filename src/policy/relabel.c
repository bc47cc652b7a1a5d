/* Whose files get the container's SELinux label: those of volumes that the profile marks. */
#include "rules.h"

#include "base/banned.h"

static bool is_listed(const struct json_strings *patterns, const char *path)
{
	for (size_t i = 0; i < patterns->n; i++) {
		if (policy_path_matches(patterns->items[i], path))
			return true;
	}
	return false;
}

/* SECURITY: a path with a symlink in it is another's word for what is relabelled (T-06). */
static const char *problem_of(const struct policy_path *source)
{
	if (!str_eq(source->path, source->real))
		return "is reached through a symlink";
	if (policy_is_host_directory(source->real) || policy_is_host_tree(source->real))
		return "is a directory of the host";
	return NULL;
}

static void relabel(struct policy_walk *w, const struct config_mount *mount, bool is_shared,
	struct policy_relabel *items)
{
	const char *pointer = arena_fmt(w->arena, "%s/source", mount->pointer), *problem;
	struct policy_path source;

	if (!policy_look(w, mount->source, &source))
		return;
	problem = problem_of(&source);
	if (problem != NULL) {
		policy_refuse(w, pointer,
			arena_fmt(w->arena, "bind source %s is to be relabelled, and %s",
				policy_quote(w, source.path), problem),
			"the path of a directory or file that belongs to the workload");
		return;
	}
	while (items->path != NULL)
		items++;
	*items = (struct policy_relabel){ source.path, is_shared };
	policy_note(w, pointer, policy_quote(w, source.path),
		is_shared ? "its files get the container's label, without categories"
			  : "its files get the container's label");
}

void policy_rule_relabel(struct policy_walk *w)
{
	const struct json_strings *own = &w->profile->volumes_relabel;
	const struct json_strings *shared = &w->profile->volumes_relabel_shared;
	const char *label = w->out->config.mount_label;
	struct policy_relabel *items;

	if (!w->facts->selinux || label == NULL || *label == '\0' || own->n + shared->n == 0)
		return;
	items = arena_array(w->arena, w->asked->n_mounts + 1, sizeof(*items));
	w->failed = w->failed || items == NULL;
	for (size_t i = 0; i < w->asked->n_mounts && !w->failed; i++) {
		const struct config_mount *mount = &w->asked->mounts[i];
		struct policy_path source;

		if (!mount->options.is_bind || mount->options.remount || mount->source == NULL ||
			!policy_look(w, mount->source, &source))
			continue;
		if (is_listed(own, source.path) || is_listed(own, source.real))
			relabel(w, mount, false, items);
		else if (is_listed(shared, source.path) || is_listed(shared, source.real))
			relabel(w, mount, true, items);
	}
	w->out->relabels = items;
}
