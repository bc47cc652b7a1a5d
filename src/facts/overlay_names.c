/*
 * What mountinfo says of an overlay. The kernel writes space, tab, newline, comma and backslash in
 * an option as \040 and the like; what is left is the text that was given to mount(2), in which
 * whoever mounted it wrote \: for a colon, \, for a comma and \\ for a backslash.
 *
 * Not libmount: it would have to be loaded (half a millisecond of relocations) in the one launch
 * that needs it, and knows nothing of the inner escapes.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"

#include "local.h"

#include "base/banned.h"

/* Options whose meaning is repeated: passed on as they stand. */
static const char *const kept[] = {
	"redirect_dir=",
	"xino=",
	"metacopy=",
	"verity=",
	"fsync=",
	"volatile",
	"userxattr",
	"default_permissions",
	"context=",
	"fscontext=",
	"defcontext=",
	"rootcontext=",
};

/* Options that say nothing about how files are found. The second overlay has no index: it would be
 * one of its own, and the upper layer's owner is the first. */
static const char *const dropped[] = {
	"rw",
	"ro",
	"seclabel",
	"index=",
	"uuid=",
	"nfs_export=",
	"lazytime",
	"sync",
	"dirsync",
	"mand",
};

/* "name=" matches any value of it, "name" the whole option. */
static bool is_one_of(const char *option, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_ends(list[i], "=") ? str_starts(option, list[i]) : str_eq(option, list[i]))
			return true;
	}
	return false;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* \054 -> ',' in place */
static void decode_octal(char *text)
{
	char *out = text;

	while (*text != '\0') {
		if (text[0] == '\\' && is_octal(text[1]) && is_octal(text[2]) &&
			is_octal(text[3])) {
			*out++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
					(text[3] - '0'));
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}

/* \: -> ':' in place */
static void drop_backslashes(char *text)
{
	char *out = text;

	for (; *text != '\0'; text++) {
		if (*text == '\\' && text[1] != '\0')
			text++;
		*out++ = *text;
	}
	*out = '\0';
}

/* The next option; a comma between quotes belongs to it (context="a,b"). */
static char *next_option(char **rest)
{
	char *option = *rest, *p = option;
	bool quoted = false;

	if (option == NULL)
		return NULL;
	for (; *p != '\0' && (quoted || *p != ','); p++)
		quoted = quoted != (*p == '"');
	*rest = *p == ',' ? p + 1 : NULL;
	*p = '\0';
	return option;
}

static int add_layer(struct facts_overlay_names *out, enum facts_layer_kind kind, const char *name)
{
	if (out->n_layers == FACTS_LAYERS_MAX)
		return -E2BIG;
	out->layers[out->n_layers++] = (struct facts_layer_name){ kind, name };
	return 0;
}

/* "top:next::data": split at each colon that has no backslash before it */
static int add_lowers(struct facts_overlay_names *out, char *list)
{
	enum facts_layer_kind kind = FACTS_LAYER_LOWER;

	while (list != NULL) {
		char *name = list, *p = list;
		int r;

		for (; *p != '\0' && *p != ':'; p++) {
			if (*p == '\\' && p[1] != '\0')
				p++;
		}
		list = *p == ':' ? p + 1 : NULL;
		*p = '\0';
		if (*name == '\0') { /* between two colons */
			kind = FACTS_LAYER_DATA;
			continue;
		}
		drop_backslashes(name);
		r = add_layer(out, kind, name);
		if (r < 0)
			return r;
	}
	return 0;
}

/* value of "NAME=" or NULL */
static char *value_of(char *option, const char *name)
{
	return str_starts(option, name) ? option + strlen(name) : NULL;
}

static int keep_option(struct arena *arena, struct facts_overlay_names *out, const char *option)
{
	const char *equals = strchr(option, '=');

	if (out->n_options == FACTS_OVERLAY_OPTIONS_MAX)
		return -E2BIG;
	/* quotes are the kernel's way of showing a label, not part of it */
	if (equals != NULL && equals[1] == '"' && str_ends(equals + 2, "\""))
		option = arena_fmt(arena, "%.*s%.*s", (int)(equals + 1 - option), option,
			(int)strlen(equals + 2) - 1, equals + 2);
	if (option == NULL)
		return -ENOMEM;
	out->options[out->n_options++] = option;
	return 0;
}

static int read_option(struct arena *arena, struct facts_overlay_names *out, char *option)
{
	char *value;

	decode_octal(option);
	value = value_of(option, "lowerdir=");
	if (value != NULL)
		return add_lowers(out, value);
	/* one layer an option, as it was given: nothing to be escaped in it */
	value = value_of(option, "lowerdir+=");
	if (value != NULL)
		return add_layer(out, FACTS_LAYER_LOWER, value);
	value = value_of(option, "datadir+=");
	if (value != NULL)
		return add_layer(out, FACTS_LAYER_DATA, value);
	value = value_of(option, "upperdir=");
	if (value != NULL) {
		drop_backslashes(value);
		return add_layer(out, FACTS_LAYER_UPPER, value);
	}
	if (value_of(option, "workdir=") != NULL || is_one_of(option, dropped, ARRAY_SIZE(dropped)))
		return 0;
	if (is_one_of(option, kept, ARRAY_SIZE(kept)))
		return keep_option(arena, out, option);
	out->problem = arena_fmt(arena, "its mount option '%.*s' is not known", 64, option);
	return out->problem != NULL ? 0 : -ENOMEM;
}

/* The upper layer is shown behind the lower ones, but lies on top. */
static void lift_upper(struct facts_overlay_names *out)
{
	for (size_t i = 0; i < out->n_layers; i++) {
		struct facts_layer_name upper = out->layers[i];

		if (upper.kind != FACTS_LAYER_UPPER)
			continue;
		for (; i > 0; i--)
			out->layers[i] = out->layers[i - 1];
		out->layers[0] = upper;
		return;
	}
}

int facts_parse_overlay(struct arena *arena, char *line, struct facts_overlay_names *out)
{
	char *fields[6], *fstype, *option, *rest = line;
	int r = 0;

	*out = (struct facts_overlay_names){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		fields[i] = strsep(&rest, " ");
	while (rest != NULL && !str_eq(strsep(&rest, " "), "-")) /* peer groups, any number */
		;
	fstype = strsep(&rest, " ");
	if (fstype == NULL || !str_eq(fstype, "overlay"))
		return -ENOENT;
	(void)strsep(&rest, " "); /* the source: any text */
	out->layers = arena_array(arena, FACTS_LAYERS_MAX, sizeof(*out->layers));
	if (out->layers == NULL)
		return -ENOMEM;
	out->is_whole = str_eq(fields[3], "/");
	out->is_readonly = str_eq(fields[5], "ro") || str_starts(fields[5], "ro,") ||
			   (rest != NULL && (str_eq(rest, "ro") || str_starts(rest, "ro,")));
	while (r == 0 && (option = next_option(&rest)) != NULL)
		r = read_option(arena, out, option);
	lift_upper(out);
	if (out->n_layers == 0 || out->layers[0].kind != FACTS_LAYER_UPPER)
		out->is_readonly = true;
	return r;
}
