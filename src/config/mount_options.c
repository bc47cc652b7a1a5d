#include <stdlib.h>
#include <string.h>

#include "base/abi.h"
#include "base/attr.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

enum option_kind {
	OPTION_NOTHING,     /* accepted, without an effect */
	OPTION_SET,         /* a per-mount flag on */
	OPTION_CLEAR,       /* off */
	OPTION_ATIME,       /* one of the three access time modes */
	OPTION_ATIME_CLEAR, /* out of that mode, back to relatime */
	OPTION_BIND,
	OPTION_REMOUNT,
	OPTION_PROPAGATION,
	OPTION_SB, /* a flag of the filesystem on; value is a bit of enum sb_flag */
	OPTION_SB_CLEAR,
	OPTION_TMPCOPYUP,
	OPTION_IDMAP,
};

enum sb_flag {
	SB_DIRSYNC,
	SB_IVERSION,
	SB_LAZYTIME,
	SB_MAND,
	SB_SYNC,
	SB_N
};

static const char *const sb_flag_names[SB_N] = {
	[SB_DIRSYNC] = "dirsync",
	[SB_IVERSION] = "iversion",
	[SB_LAZYTIME] = "lazytime",
	[SB_MAND] = "mand",
	[SB_SYNC] = "sync",
};

struct mount_option {
	const char *name;
	uint64_t value;
	enum option_kind kind;
	bool recursive;
};

/* MNT-10 to MNT-16, sorted by name */
static const struct mount_option options[] = {
	{ "async", SB_SYNC, OPTION_SB_CLEAR, false },
	{ "atime", SYS_ATTR_NOATIME, OPTION_ATIME_CLEAR, false },
	{ "bind", 0, OPTION_BIND, false },
	{ "defaults", 0, OPTION_NOTHING, false },
	{ "dev", SYS_ATTR_NODEV, OPTION_CLEAR, false },
	{ "diratime", SYS_ATTR_NODIRATIME, OPTION_CLEAR, false },
	{ "dirsync", SB_DIRSYNC, OPTION_SB, false },
	{ "exec", SYS_ATTR_NOEXEC, OPTION_CLEAR, false },
	{ "idmap", 0, OPTION_IDMAP, false },
	{ "iversion", SB_IVERSION, OPTION_SB, false },
	{ "lazytime", SB_LAZYTIME, OPTION_SB, false },
	{ "loud", 0, OPTION_NOTHING, false },
	{ "mand", SB_MAND, OPTION_SB, false },
	{ "noatime", SYS_ATTR_NOATIME, OPTION_ATIME, false },
	{ "nodev", SYS_ATTR_NODEV, OPTION_SET, false },
	{ "nodiratime", SYS_ATTR_NODIRATIME, OPTION_SET, false },
	{ "noexec", SYS_ATTR_NOEXEC, OPTION_SET, false },
	{ "noiversion", SB_IVERSION, OPTION_SB_CLEAR, false },
	{ "nolazytime", SB_LAZYTIME, OPTION_SB_CLEAR, false },
	{ "nomand", SB_MAND, OPTION_SB_CLEAR, false },
	{ "norelatime", SYS_ATTR_RELATIME, OPTION_ATIME_CLEAR, false },
	{ "nostrictatime", SYS_ATTR_STRICTATIME, OPTION_ATIME_CLEAR, false },
	{ "nosuid", SYS_ATTR_NOSUID, OPTION_SET, false },
	{ "nosymfollow", SYS_ATTR_NOSYMFOLLOW, OPTION_SET, false },
	{ "private", SYS_MS_PRIVATE, OPTION_PROPAGATION, false },
	{ "ratime", SYS_ATTR_NOATIME, OPTION_ATIME_CLEAR, true },
	{ "rbind", 0, OPTION_BIND, true },
	{ "rdev", SYS_ATTR_NODEV, OPTION_CLEAR, true },
	{ "rdiratime", SYS_ATTR_NODIRATIME, OPTION_CLEAR, true },
	{ "relatime", SYS_ATTR_RELATIME, OPTION_ATIME, false },
	{ "remount", 0, OPTION_REMOUNT, false },
	{ "rexec", SYS_ATTR_NOEXEC, OPTION_CLEAR, true },
	{ "ridmap", 0, OPTION_IDMAP, true },
	{ "rnoatime", SYS_ATTR_NOATIME, OPTION_ATIME, true },
	{ "rnodev", SYS_ATTR_NODEV, OPTION_SET, true },
	{ "rnodiratime", SYS_ATTR_NODIRATIME, OPTION_SET, true },
	{ "rnoexec", SYS_ATTR_NOEXEC, OPTION_SET, true },
	{ "rnorelatime", SYS_ATTR_RELATIME, OPTION_ATIME_CLEAR, true },
	{ "rnostrictatime", SYS_ATTR_STRICTATIME, OPTION_ATIME_CLEAR, true },
	{ "rnosuid", SYS_ATTR_NOSUID, OPTION_SET, true },
	{ "rnosymfollow", SYS_ATTR_NOSYMFOLLOW, OPTION_SET, true },
	{ "ro", SYS_ATTR_RDONLY, OPTION_SET, false },
	{ "rprivate", SYS_MS_PRIVATE, OPTION_PROPAGATION, true },
	{ "rrelatime", SYS_ATTR_RELATIME, OPTION_ATIME, true },
	{ "rro", SYS_ATTR_RDONLY, OPTION_SET, true },
	{ "rrw", SYS_ATTR_RDONLY, OPTION_CLEAR, true },
	{ "rshared", SYS_MS_SHARED, OPTION_PROPAGATION, true },
	{ "rslave", SYS_MS_SLAVE, OPTION_PROPAGATION, true },
	{ "rstrictatime", SYS_ATTR_STRICTATIME, OPTION_ATIME, true },
	{ "rsuid", SYS_ATTR_NOSUID, OPTION_CLEAR, true },
	{ "rsymfollow", SYS_ATTR_NOSYMFOLLOW, OPTION_CLEAR, true },
	{ "runbindable", SYS_MS_UNBINDABLE, OPTION_PROPAGATION, true },
	{ "rw", SYS_ATTR_RDONLY, OPTION_CLEAR, false },
	{ "shared", SYS_MS_SHARED, OPTION_PROPAGATION, false },
	{ "silent", 0, OPTION_NOTHING, false },
	{ "slave", SYS_MS_SLAVE, OPTION_PROPAGATION, false },
	{ "strictatime", SYS_ATTR_STRICTATIME, OPTION_ATIME, false },
	{ "suid", SYS_ATTR_NOSUID, OPTION_CLEAR, false },
	{ "symfollow", SYS_ATTR_NOSYMFOLLOW, OPTION_CLEAR, false },
	{ "sync", SB_SYNC, OPTION_SB, false },
	{ "tmpcopyup", 0, OPTION_TMPCOPYUP, false },
	{ "unbindable", SYS_MS_UNBINDABLE, OPTION_PROPAGATION, false },
};

const char *config_mount_option_name(size_t i)
{
	return i < ARRAY_SIZE(options) ? options[i].name : NULL;
}

static int compare_name(const void *key, const void *member)
{
	const struct mount_option *option = member;

	return strcmp(key, option->name);
}

/* --- the meaning of one option ----------------------------------------------------------------- */

/* One of the two pairs of masks. Bits are in at most one of @set and @clr, but the access time
 * bits: the kernel wants all of them cleared before a mode, where relatime is 0 (MNT-15). */
static void apply_attr(const struct mount_option *option, uint64_t *set, uint64_t *clr)
{
	if (option->kind == OPTION_SET) {
		*set |= option->value;
		*clr &= ~option->value;
		return;
	}
	if (option->kind == OPTION_CLEAR) {
		*set &= ~option->value;
		*clr |= option->value;
		return;
	}
	*clr |= SYS_ATTR_ATIME;
	if (option->kind == OPTION_ATIME)
		*set = (*set & ~SYS_ATTR_ATIME) | option->value;
	else if ((*set & SYS_ATTR_ATIME) == option->value)
		*set &= ~SYS_ATTR_ATIME;
}

static void apply_option(
	const struct mount_option *option, struct config_mount_options *out, unsigned *sb_flags)
{
	switch (option->kind) {
	case OPTION_NOTHING:
		break;
	case OPTION_SET:
	case OPTION_CLEAR:
	case OPTION_ATIME:
	case OPTION_ATIME_CLEAR:
		if (option->recursive) {
			apply_attr(option, &out->rec_attr_set, &out->rec_attr_clr);
			break;
		}
		apply_attr(option, &out->attr_set, &out->attr_clr);
		out->has_attrs = true;
		break;
	case OPTION_BIND:
		out->is_bind = true;
		out->is_recursive = option->recursive;
		break;
	case OPTION_REMOUNT:
		out->remount = true;
		break;
	case OPTION_PROPAGATION:
		out->propagations[out->n_propagations++] =
			(struct config_propagation){ .type = option->value,
				.recursive = option->recursive };
		break;
	case OPTION_SB:
		*sb_flags |= 1U << option->value;
		break;
	case OPTION_SB_CLEAR:
		*sb_flags &= ~(1U << option->value);
		break;
	case OPTION_TMPCOPYUP:
		out->tmpcopyup = true;
		break;
	case OPTION_IDMAP:
		out->idmap = true;
		out->idmap_recursive = option->recursive;
		break;
	}
}

/* --- the option strings ------------------------------------------------------------------------ */

struct option_reader {
	struct config_reader *reader;
	struct config_mount *mount;
	struct config_mount_options *out; /* of @mount */
	const char **data;                /* room for every piece of every option */
	size_t n_data;
	unsigned sb_flags;
};

/* Length of the piece at @s: up to a comma that is neither quoted nor escaped. */
static size_t piece_length(const char *s)
{
	bool quoted = false;
	size_t n = 0;

	for (; s[n] != '\0' && (s[n] != ',' || quoted); n++) {
		if (s[n] == '"')
			quoted = !quoted;
		else if (s[n] == '\\' && s[n + 1] != '\0')
			n++;
	}
	return n;
}

/* key="value" without the quotes: they belong to the comma separated form of the options, while
 * fsconfig(2) takes the bare value. */
static void strip_quotes(char *piece)
{
	size_t len = strlen(piece);
	char *value = strchr(piece, '=');

	if (value == NULL || value[1] != '"' || value + 2 > piece + len - 1 ||
		piece[len - 1] != '"')
		return;
	piece[len - 1] = '\0';
	memmove(value + 1, value + 2, len - 1 - (size_t)(value + 1 - piece));
}

static int read_piece(
	struct option_reader *r, const struct json *node, const char *piece, struct err *err)
{
	const struct mount_option *option =
		bsearch(piece, options, ARRAY_SIZE(options), sizeof(options[0]), compare_name);
	bool has_maps = str_starts(piece, "idmap=") || str_starts(piece, "ridmap=");

	if (option != NULL && option->kind == OPTION_PROPAGATION &&
		r->out->n_propagations == CONFIG_PROPAGATIONS_MAX)
		return json_err(
			err, node, "more than %d propagation options", CONFIG_PROPAGATIONS_MAX);
	if (option != NULL)
		apply_option(option, r->out, &r->sb_flags);
	else if (piece[0] != '\0' && !has_maps)
		r->data[r->n_data++] = piece;
	/* idmap=uids=... is crun's; it must not reach a filesystem that ignores what it doesn't know */
	if (!has_maps)
		return 0;
	r->out->idmap = true;
	r->out->idmap_recursive = piece[0] == 'r';
	return config_read_idmap_option(r->reader, node, strchr(piece, '=') + 1, r->mount, err);
}

/* One element of the list is mostly one option; with commas it is several, as for mount(8). */
static int read_option(struct option_reader *r, const struct json *node, struct err *err)
{
	const char *text = node->text;

	if (strpbrk(text, ",\"") == NULL)
		return read_piece(r, node, text, err);
	for (;;) {
		size_t len = piece_length(text);
		char *piece = arena_strndup(r->reader->arena, text, len);
		int result;

		if (piece == NULL)
			return config_err_memory(err);
		strip_quotes(piece);
		result = read_piece(r, node, piece, err);
		if (result < 0 || text[len] == '\0')
			return result;
		text += len + 1;
	}
}

static size_t count_pieces(const struct json_strings *list)
{
	size_t n = list->n;

	for (size_t i = 0; i < list->n; i++) {
		for (const char *s = list->items[i]; (s = strchr(s, ',')) != NULL; s++)
			n++;
	}
	return n;
}

static int keep_sb_flags(struct option_reader *r, struct err *err)
{
	const char **items = arena_array(r->reader->arena, SB_N + 1, sizeof(*items));
	size_t n = 0;

	if (items == NULL)
		return config_err_memory(err);
	for (size_t i = 0; i < SB_N; i++) {
		if ((r->sb_flags >> i & 1) != 0)
			items[n++] = sb_flag_names[i];
	}
	r->out->sb_flags = (struct json_strings){ .items = items, .n = n };
	return 0;
}

int config_read_mount_options(struct config_reader *reader, const struct json *node,
	struct config_mount *out, struct err *err)
{
	struct option_reader r = { .reader = reader, .mount = out, .out = &out->options };
	struct json_strings list = { 0 };
	int result;

	result = json_read_strings(node, reader->arena, &list, err);
	if (result < 0 || node == NULL)
		return result;
	r.data = arena_array(reader->arena, count_pieces(&list) + 1, sizeof(*r.data));
	if (r.data == NULL)
		return config_err_memory(err);
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		result = read_option(&r, child, err);
		if (result < 0)
			return result;
	}
	out->options.data = (struct json_strings){ .items = r.data, .n = r.n_data };
	return r.sb_flags != 0 ? keep_sb_flags(&r, err) : 0;
}
