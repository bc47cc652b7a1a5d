/*
 * Lines of the text form of facts that may come more than once, or that others belong to (see
 * text.c for the form, overlay_text.c and object.c for their fields).
 */
#include <string.h>
#include <sys/resource.h>

#include "base/num.h"
#include "base/str.h"

#include "text.h"

#include "base/banned.h"

static const char *const rlimit_names[FACTS_RLIMITS] = {
	[RLIMIT_CPU] = "cpu",
	[RLIMIT_FSIZE] = "fsize",
	[RLIMIT_DATA] = "data",
	[RLIMIT_STACK] = "stack",
	[RLIMIT_CORE] = "core",
	[RLIMIT_RSS] = "rss",
	[RLIMIT_NPROC] = "nproc",
	[RLIMIT_NOFILE] = "nofile",
	[RLIMIT_MEMLOCK] = "memlock",
	[RLIMIT_AS] = "as",
	[RLIMIT_LOCKS] = "locks",
	[RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_MSGQUEUE] = "msgqueue",
	[RLIMIT_NICE] = "nice",
	[RLIMIT_RTPRIO] = "rtprio",
	[RLIMIT_RTTIME] = "rttime",
};

bool facts_text_read_rlimit(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *name = str_field(&rest);
	const char *value = name == NULL ? NULL : facts_text_only_field(rest);

	(void)key;
	for (size_t i = 0; value != NULL && i < FACTS_RLIMITS; i++) {
		uint64_t *out = &reader->facts->rlimit_hard[i];

		if (!str_eq(name, rlimit_names[i]))
			continue;
		*out = UINT64_MAX;
		return str_eq(value, "unlimited") || num_u64(value, UINT64_MAX - 1, out);
	}
	return false;
}

void facts_text_print_rlimits(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	for (size_t i = 0; i < FACTS_RLIMITS; i++) {
		unsigned long long value = facts->rlimit_hard[i];

		if (value != UINT64_MAX)
			str_buf_fmt(out, "%s %s %llu\n", key->name, rlimit_names[i], value);
	}
}

static void swap_bytes(char *s, char from, char to)
{
	for (; *s != '\0'; s++)
		*s = *s == from ? to : *s;
}

bool facts_text_read_cgroup(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	struct facts *facts = reader->facts;
	struct facts_hierarchy *out = &facts->hierarchies[facts->n_hierarchies];
	const char *version, *mountpoint, *own_path;
	char *controllers;

	(void)key;
	version = str_field(&rest);
	controllers = str_field(&rest);
	mountpoint = str_field(&rest);
	own_path = str_field(&rest);
	if (version == NULL || controllers == NULL || mountpoint == NULL || own_path == NULL ||
		rest != NULL || facts->n_hierarchies == FACTS_HIERARCHIES_MAX)
		return false;
	out->is_v2 = str_eq(version, "v2");
	if (!out->is_v2 && !str_eq(version, "v1"))
		return false;
	if (out->is_v2)
		swap_bytes(controllers, ',', ' ');
	else if (str_fmt(out->controllers, sizeof(out->controllers), "%s", controllers) >=
		 sizeof(out->controllers))
		return false;
	out->available = out->is_v2 ? controllers : NULL;
	out->mountpoint = mountpoint;
	out->own_path = own_path;
	facts->n_hierarchies++;
	return true;
}

void facts_text_print_cgroups(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	for (size_t i = 0; i < facts->n_hierarchies; i++) {
		const struct facts_hierarchy *hierarchy = &facts->hierarchies[i];

		str_buf_fmt(out, "%s %s ", key->name, hierarchy->is_v2 ? "v2" : "v1");
		if (hierarchy->is_v2 && *hierarchy->available != '\0') {
			size_t at = out->len;

			/* the kernel's names need no escapes: letters, digits and '_' */
			str_buf_puts(out, hierarchy->available);
			if (!out->failed)
				swap_bytes(out->data + at, ' ', ',');
		} else {
			str_buf_field(out, hierarchy->controllers);
		}
		str_buf_puts(out, " ");
		str_buf_field(out, hierarchy->mountpoint);
		str_buf_puts(out, " ");
		str_buf_field(out, hierarchy->own_path);
		str_buf_puts(out, "\n");
	}
}

bool facts_text_read_path(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *path = str_field(&rest);

	(void)key;
	return path != NULL && *path == '/' &&
	       facts_read_object(path, rest, &reader->paths[reader->facts->n_paths++]);
}

bool facts_text_read_pattern(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *pattern = str_field(&rest);
	const char *star = pattern == NULL ? NULL : strchr(pattern, '*');

	(void)key;
	return star != NULL && strchr(star + 1, '*') == NULL &&
	       facts_read_object(pattern, rest, &reader->patterns[reader->facts->n_patterns++]);
}

void facts_text_print_paths(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	bool patterns = key->offset == offsetof(struct facts, patterns);
	const struct facts_path *paths = patterns ? facts->patterns : facts->paths;
	size_t n = patterns ? facts->n_patterns : facts->n_paths;

	for (size_t i = 0; i < n; i++) {
		str_buf_fmt(out, "%s ", key->name);
		str_buf_field(out, paths[i].path);
		str_buf_puts(out, " ");
		facts_print_object(&paths[i], out);
	}
}

bool facts_text_read_default(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	(void)key;
	reader->facts->has_default_path = true;
	return facts_read_object("", rest, &reader->facts->default_path);
}

void facts_text_print_default(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	if (!facts->has_default_path)
		return;
	str_buf_fmt(out, "%s ", key->name);
	facts_print_object(&facts->default_path, out);
}

bool facts_text_read_overlay(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	(void)key;
	return facts_read_overlay(rest, &reader->facts->overlay);
}

bool facts_text_read_layer(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	struct facts_overlay *overlay = &reader->facts->overlay;

	(void)key;
	if (reader->layers == NULL)
		reader->layers =
			arena_array(reader->arena, FACTS_LAYERS_MAX, sizeof(*reader->layers));
	overlay->layers = reader->layers;
	return reader->layers != NULL && overlay->n_layers < FACTS_LAYERS_MAX &&
	       facts_read_layer(rest, &reader->layers[overlay->n_layers++]);
}

bool facts_text_read_overlay_option(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	struct facts_overlay *overlay = &reader->facts->overlay;
	const char *option = facts_text_only_field(rest);

	(void)key;
	if (option == NULL || overlay->n_options == FACTS_OVERLAY_OPTIONS_MAX)
		return false;
	overlay->options[overlay->n_options++] = option;
	return true;
}

void facts_text_print_overlay(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	(void)key;
	facts_print_overlay(&facts->overlay, out);
}

void facts_text_print_nothing(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	(void)facts;
	(void)key;
	(void)out;
}
