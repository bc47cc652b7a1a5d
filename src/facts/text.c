/*
 * The text form of facts. One "key value..." line each, in any order; a scalar key at most once; an
 * unknown key is an error; lines that are empty or start with '#' are skipped. Fields are separated
 * by one space, odd bytes are %xx, "-" is an empty field (base/str.h).
 *
 *   kernel 6.18
 *   euid 0
 *   initial-userns yes|no
 *   caps 0x1ffffffffff               permitted capabilities
 *   cap-last 40
 *   seccomp-flags 0x27               SYS_SECCOMP_FLAG_*
 *   apparmor, selinux, cgroup-ns, time-ns, idmap, overlay-idmap, overlay-fds, cgroup-writable yes|no
 *   cgroup-mode none|v1|v2
 *   ids-available 0
 *   ids-next-base 1879048192
 *   setgroups-denied yes|no
 *   oom-score-adj 0                  the lowest that can be had
 *   rlimit nofile 1048576|unlimited  hard limit; unlimited where no line says otherwise
 *   cgroup v1 CONTROLLERS MOUNTPOINT OWN-PATH
 *   cgroup v2 AVAILABLE MOUNTPOINT OWN-PATH    AVAILABLE: comma-separated
 *   systemd-cgroup PATH
 *   path PATH OBJECT                 OBJECT: KIND FS UID GID MODE FLAGS [REAL]
 *   path-pattern PATTERN OBJECT      PATTERN has one '*', which stands for anything; first match
 *   default-path OBJECT
 *   overlay PATH FLAGS [PROBLEM]     the overlay mounted at PATH; FLAGS out of ro guarded
 *   overlay-layer KIND PATH FS DEV INO         of it, top to bottom; KIND: upper lower data
 *   overlay-option OPTION
 *
 * KIND: absent dir file symlink socket fifo char block, or ns:TYPE with TYPE as in /proc/self/ns.
 * MODE: octal. FLAGS: comma-separated out of executable trusted host and, last,
 * ids=BASE:CONTAINER; "-" for none.
 * REAL: PATH with every symlink resolved, where that differs.
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/num.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

struct reader {
	struct arena *arena;
	struct facts *facts;
	struct facts_path *paths;
	struct facts_path *patterns;
	struct facts_layer *layers;
	uint64_t seen; /* bit per key */
};

struct key {
	const char *name;
	bool (*read)(struct reader *reader, const struct key *key, char *rest);
	void (*print)(const struct facts *facts, const struct key *key, struct str_buf *out);
	size_t offset;
	bool is_list;
};

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

static const char *const modes[] = {
	[FACTS_CGROUP_NONE] = "none",
	[FACTS_CGROUP_V1] = "v1",
	[FACTS_CGROUP_V2] = "v2",
};

/* --- scalars ------------------------------------------------------------------------------------ */

/* The one field that @rest is; NULL if there are more, or none. */
static const char *only_field(char *rest)
{
	const char *field = str_field(&rest);

	return rest == NULL ? field : NULL;
}

static void *member(struct facts *facts, const struct key *key)
{
	return (char *)facts + key->offset;
}

static const void *const_member(const struct facts *facts, const struct key *key)
{
	return (const char *)facts + key->offset;
}

static bool read_bool(struct reader *reader, const struct key *key, char *rest)
{
	const char *field = only_field(rest);
	bool *out = member(reader->facts, key);

	if (field == NULL || (!str_eq(field, "yes") && !str_eq(field, "no")))
		return false;
	*out = str_eq(field, "yes");
	return true;
}

static void print_bool(const struct facts *facts, const struct key *key, struct str_buf *out)
{
	const bool *value = const_member(facts, key);

	str_buf_fmt(out, "%s %s\n", key->name, *value ? "yes" : "no");
}

static bool read_u32(struct reader *reader, const struct key *key, char *rest)
{
	const char *field = only_field(rest);

	return field != NULL && num_u32(field, member(reader->facts, key));
}

static bool read_text(struct reader *reader, const struct key *key, char *rest)
{
	const char **out = member(reader->facts, key);

	*out = only_field(rest);
	return *out != NULL;
}

static void print_text(const struct facts *facts, const struct key *key, struct str_buf *out)
{
	const char *const *value = const_member(facts, key);

	if (*value == NULL)
		return;
	str_buf_fmt(out, "%s ", key->name);
	str_buf_field(out, *value);
	str_buf_puts(out, "\n");
}

static void print_u32(const struct facts *facts, const struct key *key, struct str_buf *out)
{
	const uint32_t *value = const_member(facts, key);

	str_buf_fmt(out, "%s %u\n", key->name, *value);
}

static bool read_u64(struct reader *reader, const struct key *key, char *rest)
{
	const char *field = only_field(rest);

	return field != NULL && num_u64(field, UINT64_MAX, member(reader->facts, key));
}

static void print_u64(const struct facts *facts, const struct key *key, struct str_buf *out)
{
	const uint64_t *value = const_member(facts, key);

	str_buf_fmt(out, "%s %llu\n", key->name, (unsigned long long)*value);
}

static bool read_kernel(struct reader *reader, const struct key *key, char *rest)
{
	char *major = rest, *minor = strchr(rest, '.');
	uint32_t numbers[2];

	(void)key;
	if (minor == NULL)
		return false;
	*minor++ = '\0';
	if (!num_u32(major, &numbers[0]) || !num_u32(minor, &numbers[1]))
		return false;
	reader->facts->kernel_major = numbers[0];
	reader->facts->kernel_minor = numbers[1];
	return true;
}

static void print_kernel(const struct facts *facts, const struct key *key, struct str_buf *out)
{
	str_buf_fmt(out, "%s %u.%u\n", key->name, facts->kernel_major, facts->kernel_minor);
}

static bool read_hex64(struct reader *reader, const struct key *key, char *rest)
{
	const char *field = only_field(rest);

	return field != NULL && str_starts(field, "0x") &&
	       facts_parse_base(field + 2, 16, UINT64_MAX, member(reader->facts, key));
}

static void print_hex64(const struct facts *facts, const struct key *key, struct str_buf *out)
{
	const uint64_t *value = const_member(facts, key);

	str_buf_fmt(out, "%s 0x%llx\n", key->name, (unsigned long long)*value);
}

static bool read_hex32(struct reader *reader, const struct key *key, char *rest)
{
	const char *field = only_field(rest);
	uint32_t *out = member(reader->facts, key);
	uint64_t value;

	if (field == NULL || !str_starts(field, "0x") ||
		!facts_parse_base(field + 2, 16, UINT32_MAX, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

static void print_hex32(const struct facts *facts, const struct key *key, struct str_buf *out)
{
	const uint32_t *value = const_member(facts, key);

	str_buf_fmt(out, "%s 0x%x\n", key->name, *value);
}

static bool read_cap_last(struct reader *reader, const struct key *key, char *rest)
{
	const char *field = only_field(rest);
	uint64_t value;

	(void)key;
	if (field == NULL || !num_u64(field, 63, &value))
		return false;
	reader->facts->cap_last = (int)value;
	return true;
}

static void print_cap_last(const struct facts *facts, const struct key *key, struct str_buf *out)
{
	str_buf_fmt(out, "%s %d\n", key->name, facts->cap_last);
}

static bool read_mode(struct reader *reader, const struct key *key, char *rest)
{
	const char *field = only_field(rest);

	(void)key;
	for (size_t i = 0; field != NULL && i < ARRAY_SIZE(modes); i++) {
		if (!str_eq(field, modes[i]))
			continue;
		reader->facts->cgroup_mode = (enum facts_cgroup_mode)i;
		return true;
	}
	return false;
}

static bool read_oom_score(struct reader *reader, const struct key *key, char *rest)
{
	const char *field = only_field(rest);
	int64_t value;

	(void)key;
	if (field == NULL || !num_i64(field, -1000, 1000, &value))
		return false;
	reader->facts->oom_score_adj = (int)value;
	return true;
}

static void print_oom_score(const struct facts *facts, const struct key *key, struct str_buf *out)
{
	str_buf_fmt(out, "%s %d\n", key->name, facts->oom_score_adj);
}

static void print_mode(const struct facts *facts, const struct key *key, struct str_buf *out)
{
	str_buf_fmt(out, "%s %s\n", key->name, modes[facts->cgroup_mode]);
}

/* --- lists -------------------------------------------------------------------------------------- */

static bool read_rlimit(struct reader *reader, const struct key *key, char *rest)
{
	const char *name = str_field(&rest);
	const char *value = name == NULL ? NULL : only_field(rest);

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

static void print_rlimits(const struct facts *facts, const struct key *key, struct str_buf *out)
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

static bool read_cgroup(struct reader *reader, const struct key *key, char *rest)
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

static void print_cgroups(const struct facts *facts, const struct key *key, struct str_buf *out)
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

static bool read_path(struct reader *reader, const struct key *key, char *rest)
{
	const char *path = str_field(&rest);

	(void)key;
	return path != NULL && *path == '/' &&
	       facts_read_object(path, rest, &reader->paths[reader->facts->n_paths++]);
}

static bool read_pattern(struct reader *reader, const struct key *key, char *rest)
{
	const char *pattern = str_field(&rest);
	const char *star = pattern == NULL ? NULL : strchr(pattern, '*');

	(void)key;
	return star != NULL && strchr(star + 1, '*') == NULL &&
	       facts_read_object(pattern, rest, &reader->patterns[reader->facts->n_patterns++]);
}

static void print_paths(const struct facts *facts, const struct key *key, struct str_buf *out)
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

static bool read_default(struct reader *reader, const struct key *key, char *rest)
{
	(void)key;
	reader->facts->has_default_path = true;
	return facts_read_object("", rest, &reader->facts->default_path);
}

static void print_default(const struct facts *facts, const struct key *key, struct str_buf *out)
{
	if (!facts->has_default_path)
		return;
	str_buf_fmt(out, "%s ", key->name);
	facts_print_object(&facts->default_path, out);
}

static bool read_overlay(struct reader *reader, const struct key *key, char *rest)
{
	(void)key;
	return facts_read_overlay(rest, &reader->facts->overlay);
}

static bool read_layer(struct reader *reader, const struct key *key, char *rest)
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

static bool read_overlay_option(struct reader *reader, const struct key *key, char *rest)
{
	struct facts_overlay *overlay = &reader->facts->overlay;
	const char *option = only_field(rest);

	(void)key;
	if (option == NULL || overlay->n_options == FACTS_OVERLAY_OPTIONS_MAX)
		return false;
	overlay->options[overlay->n_options++] = option;
	return true;
}

static void print_overlay(const struct facts *facts, const struct key *key, struct str_buf *out)
{
	(void)key;
	facts_print_overlay(&facts->overlay, out);
}

static void print_nothing(const struct facts *facts, const struct key *key, struct str_buf *out)
{
	(void)facts;
	(void)key;
	(void)out;
}

/* --- the table ---------------------------------------------------------------------------------- */

#define MEMBER(field) offsetof(struct facts, field)

static const struct key keys[] = {
	{ "kernel", read_kernel, print_kernel, 0, false },
	{ "euid", read_u32, print_u32, MEMBER(euid), false },
	{ "initial-userns", read_bool, print_bool, MEMBER(initial_userns), false },
	{ "caps", read_hex64, print_hex64, MEMBER(caps), false },
	{ "cap-last", read_cap_last, print_cap_last, 0, false },
	{ "seccomp-flags", read_hex32, print_hex32, MEMBER(seccomp_flags), false },
	{ "apparmor", read_bool, print_bool, MEMBER(apparmor), false },
	{ "selinux", read_bool, print_bool, MEMBER(selinux), false },
	{ "cgroup-ns", read_bool, print_bool, MEMBER(has_cgroup_ns), false },
	{ "time-ns", read_bool, print_bool, MEMBER(has_time_ns), false },
	{ "idmap", read_bool, print_bool, MEMBER(has_idmap), false },
	{ "overlay-idmap", read_bool, print_bool, MEMBER(has_overlay_idmap), false },
	{ "overlay-fds", read_bool, print_bool, MEMBER(has_overlay_fds), false },
	{ "cgroup-mode", read_mode, print_mode, 0, false },
	{ "cgroup-writable", read_bool, print_bool, MEMBER(cgroup_writable), false },
	{ "systemd-cgroup", read_text, print_text, MEMBER(systemd_cgroup), false },
	{ "cgroup", read_cgroup, print_cgroups, 0, true },
	{ "ids-available", read_u64, print_u64, MEMBER(ids_available), false },
	{ "ids-next-base", read_u32, print_u32, MEMBER(ids_next_base), false },
	{ "setgroups-denied", read_bool, print_bool, MEMBER(setgroups_denied), false },
	{ "oom-score-adj", read_oom_score, print_oom_score, 0, false },
	{ "rlimit", read_rlimit, print_rlimits, 0, true },
	{ "path", read_path, print_paths, MEMBER(paths), true },
	{ "path-pattern", read_pattern, print_paths, MEMBER(patterns), true },
	{ "default-path", read_default, print_default, 0, false },
	{ "overlay", read_overlay, print_overlay, 0, false }, /* prints its layers and options */
	{ "overlay-layer", read_layer, print_nothing, 0, true },
	{ "overlay-option", read_overlay_option, print_nothing, 0, true },
};

static int read_line(struct reader *reader, char *line, unsigned number, struct err *err)
{
	char *rest = line;
	const char *name = strsep(&rest, " ");

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!str_eq(name, keys[i].name))
			continue;
		if (!keys[i].is_list && (reader->seen >> i & 1) != 0)
			return err_new(
				err, -EINVAL, "facts line %u: '%s' is there twice", number, name);
		reader->seen |= UINT64_C(1) << i;
		if (rest == NULL || !keys[i].read(reader, &keys[i], rest))
			return err_new(
				err, -EINVAL, "facts line %u: bad value of '%s'", number, name);
		return 0;
	}
	return err_new(err, -EINVAL, "facts line %u: unknown key '%s'", number, name);
}

/* Every path takes a line of its own, so lines bound both arrays. */
static int reader_init(struct reader *reader, const char *text, struct err *err)
{
	size_t n_lines = 1, room = FACTS_PATHS_ROOM;

	for (; *text != '\0'; text++)
		n_lines += *text == '\n' ? 1 : 0;
	if (n_lines > FACTS_PATHS_MAX)
		return err_new(err, -EFBIG, "facts have more than %d lines", FACTS_PATHS_MAX);
	while (room < n_lines) /* as facts_probe_path() expects it */
		room *= 2;
	reader->paths = arena_array(reader->arena, room, sizeof(*reader->paths));
	reader->patterns = arena_array(reader->arena, room, sizeof(*reader->patterns));
	if (reader->paths == NULL || reader->patterns == NULL)
		return err_new(err, -ENOMEM, "read facts: out of memory");
	for (size_t i = 0; i < FACTS_RLIMITS; i++)
		reader->facts->rlimit_hard[i] = UINT64_MAX;
	return 0;
}

int facts_parse(struct arena *arena, const char *text, struct facts *out, struct err *err)
{
	struct reader reader = { .arena = arena, .facts = out };
	char *copy, *line;
	unsigned number = 0;
	int r;

	if (strlen(text) > FACTS_TEXT_MAX)
		return err_new(err, -EFBIG, "facts are longer than %d bytes", FACTS_TEXT_MAX);
	copy = arena_strdup(arena, text);
	if (copy == NULL)
		return err_new(err, -ENOMEM, "read facts: out of memory");
	*out = (struct facts){ 0 };
	r = reader_init(&reader, text, err);
	while (r == 0 && (line = strsep(&copy, "\n")) != NULL) {
		number++;
		if (*line != '\0' && *line != '#')
			r = read_line(&reader, line, number, err);
	}
	out->paths = reader.paths;
	out->patterns = reader.patterns;
	return r;
}

void facts_print(const struct facts *facts, struct str_buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		keys[i].print(facts, &keys[i], out);
}
