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
 *   landlock-abi 7                   0, and no line: not looked at
 *   apparmor-label LABEL             what confines ourselves
 *   apparmor-profile NAME loaded|missing
 *   selinux-type TYPE                of processes, that the policy has
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
 *   id-user FIRST COUNT WHO          ids of the host that somebody has
 *   image whole|cut                  the image was walked through
 *   image-found KIND COUNT PATH      KIND: device setuid caps open; the first of COUNT
 *   terminals 0x7                    standard streams of the caller that are one
 *   legacy-tiocsti yes
 *   core-pattern TEXT
 *
 * KIND: absent dir file symlink socket fifo char block, or ns:TYPE with TYPE as in /proc/self/ns.
 * MODE: octal. FLAGS: comma-separated out of executable trusted host and, last,
 * ids=BASE:CONTAINER; "-" for none.
 * REAL: PATH with every symlink resolved, where that differs.
 */
#include "text.h"

#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"

#include "base/banned.h"

static const char *const modes[] = {
	[FACTS_CGROUP_NONE] = "none",
	[FACTS_CGROUP_V1] = "v1",
	[FACTS_CGROUP_V2] = "v2",
};

/* --- scalars ------------------------------------------------------------------------------------ */

const char *facts_text_only_field(char *rest)
{
	const char *field = str_field(&rest);

	return rest == NULL ? field : NULL;
}

static void *member(struct facts *facts, const struct facts_text_key *key)
{
	return (char *)facts + key->offset;
}

static const void *const_member(const struct facts *facts, const struct facts_text_key *key)
{
	return (const char *)facts + key->offset;
}

static bool read_bool(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *field = facts_text_only_field(rest);
	bool *out = member(reader->facts, key);

	if (field == NULL || (!str_eq(field, "yes") && !str_eq(field, "no")))
		return false;
	*out = str_eq(field, "yes");
	return true;
}

static void print_bool(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	const bool *value = const_member(facts, key);

	str_buf_fmt(out, "%s %s\n", key->name, *value ? "yes" : "no");
}

static bool read_u32(struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *field = facts_text_only_field(rest);

	return field != NULL && num_u32(field, member(reader->facts, key));
}

static bool read_text(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char **out = member(reader->facts, key);

	*out = facts_text_only_field(rest);
	return *out != NULL;
}

static void print_text(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	const char *const *value = const_member(facts, key);

	if (*value == NULL)
		return;
	str_buf_fmt(out, "%s ", key->name);
	str_buf_field(out, *value);
	str_buf_puts(out, "\n");
}

static void print_u32(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	const uint32_t *value = const_member(facts, key);

	str_buf_fmt(out, "%s %u\n", key->name, *value);
}

static void print_abi(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	if (facts->landlock_abi != 0)
		print_u32(facts, key, out);
}

static bool read_u64(struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *field = facts_text_only_field(rest);

	return field != NULL && num_u64(field, UINT64_MAX, member(reader->facts, key));
}

static void print_u64(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	const uint64_t *value = const_member(facts, key);

	str_buf_fmt(out, "%s %llu\n", key->name, (unsigned long long)*value);
}

static bool read_kernel(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
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

static void print_kernel(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	str_buf_fmt(out, "%s %u.%u\n", key->name, facts->kernel_major, facts->kernel_minor);
}

static bool read_hex64(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *field = facts_text_only_field(rest);

	return field != NULL && str_starts(field, "0x") &&
	       facts_parse_base(field + 2, 16, UINT64_MAX, member(reader->facts, key));
}

static void print_hex64(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	const uint64_t *value = const_member(facts, key);

	str_buf_fmt(out, "%s 0x%llx\n", key->name, (unsigned long long)*value);
}

static bool read_hex32(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *field = facts_text_only_field(rest);
	uint32_t *out = member(reader->facts, key);
	uint64_t value;

	if (field == NULL || !str_starts(field, "0x") ||
		!facts_parse_base(field + 2, 16, UINT32_MAX, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

static void print_hex32(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	const uint32_t *value = const_member(facts, key);

	str_buf_fmt(out, "%s 0x%x\n", key->name, *value);
}

static void print_terminals(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	if (facts->terminals != 0)
		print_hex32(facts, key, out);
}

static void print_true(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	if (*(const bool *)const_member(facts, key))
		print_bool(facts, key, out);
}

static bool read_cap_last(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *field = facts_text_only_field(rest);
	uint64_t value;

	(void)key;
	if (field == NULL || !num_u64(field, 63, &value))
		return false;
	reader->facts->cap_last = (int)value;
	return true;
}

static void print_cap_last(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	str_buf_fmt(out, "%s %d\n", key->name, facts->cap_last);
}

static bool read_mode(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *field = facts_text_only_field(rest);

	(void)key;
	for (size_t i = 0; field != NULL && i < ARRAY_SIZE(modes); i++) {
		if (!str_eq(field, modes[i]))
			continue;
		reader->facts->cgroup_mode = (enum facts_cgroup_mode)i;
		return true;
	}
	return false;
}

static bool read_oom_score(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *field = facts_text_only_field(rest);
	int64_t value;

	(void)key;
	if (field == NULL || !num_i64(field, -1000, 1000, &value))
		return false;
	reader->facts->oom_score_adj = (int)value;
	return true;
}

static void print_oom_score(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	str_buf_fmt(out, "%s %d\n", key->name, facts->oom_score_adj);
}

static void print_mode(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	str_buf_fmt(out, "%s %s\n", key->name, modes[facts->cgroup_mode]);
}

/* --- the table ---------------------------------------------------------------------------------- */

#define MEMBER(field) offsetof(struct facts, field)

static const struct facts_text_key keys[] = {
	{ "kernel", read_kernel, print_kernel, 0, false },
	{ "euid", read_u32, print_u32, MEMBER(euid), false },
	{ "initial-userns", read_bool, print_bool, MEMBER(initial_userns), false },
	{ "caps", read_hex64, print_hex64, MEMBER(caps), false },
	{ "cap-last", read_cap_last, print_cap_last, 0, false },
	{ "seccomp-flags", read_hex32, print_hex32, MEMBER(seccomp_flags), false },
	{ "apparmor", read_bool, print_bool, MEMBER(apparmor), false },
	{ "selinux", read_bool, print_bool, MEMBER(selinux), false },
	{ "landlock-abi", read_u32, print_abi, MEMBER(landlock_abi), false },
	{ "apparmor-label", read_text, print_text, MEMBER(apparmor_label), false },
	{ "apparmor-profile", facts_text_read_apparmor, facts_text_print_apparmor, 0, true },
	{ "selinux-type", read_text, print_text, MEMBER(selinux_type), false },
	{ "cgroup-ns", read_bool, print_bool, MEMBER(has_cgroup_ns), false },
	{ "time-ns", read_bool, print_bool, MEMBER(has_time_ns), false },
	{ "idmap", read_bool, print_bool, MEMBER(has_idmap), false },
	{ "overlay-idmap", read_bool, print_bool, MEMBER(has_overlay_idmap), false },
	{ "overlay-fds", read_bool, print_bool, MEMBER(has_overlay_fds), false },
	{ "cgroup-mode", read_mode, print_mode, 0, false },
	{ "cgroup-writable", read_bool, print_bool, MEMBER(cgroup_writable), false },
	{ "systemd-cgroup", read_text, print_text, MEMBER(systemd_cgroup), false },
	{ "cgroup", facts_text_read_cgroup, facts_text_print_cgroups, 0, true },
	{ "ids-available", read_u64, print_u64, MEMBER(ids_available), false },
	{ "ids-next-base", read_u32, print_u32, MEMBER(ids_next_base), false },
	{ "setgroups-denied", read_bool, print_bool, MEMBER(setgroups_denied), false },
	{ "oom-score-adj", read_oom_score, print_oom_score, 0, false },
	{ "rlimit", facts_text_read_rlimit, facts_text_print_rlimits, 0, true },
	{ "path", facts_text_read_path, facts_text_print_paths, MEMBER(paths), true },
	{ "path-pattern", facts_text_read_pattern, facts_text_print_paths, MEMBER(patterns), true },
	{ "default-path", facts_text_read_default, facts_text_print_default, 0, false },
	{ "overlay", facts_text_read_overlay, facts_text_print_overlay, 0,
		false }, /* prints its layers and options */
	{ "overlay-layer", facts_text_read_layer, facts_text_print_nothing, 0, true },
	{ "overlay-option", facts_text_read_overlay_option, facts_text_print_nothing, 0, true },
	{ "id-user", facts_text_read_id_user, facts_text_print_id_users, 0, true },
	{ "image", facts_text_read_image, facts_text_print_image, 0,
		false }, /* prints what was found */
	{ "image-found", facts_text_read_image_found, facts_text_print_nothing, 0, true },
	{ "terminals", read_hex32, print_terminals, MEMBER(terminals), false },
	{ "legacy-tiocsti", read_bool, print_true, MEMBER(legacy_tiocsti), false },
	{ "core-pattern", read_text, print_text, MEMBER(core_pattern), false },
};

static int read_line(struct facts_text_reader *reader, char *line, unsigned number, struct err *err)
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
static int reader_init(struct facts_text_reader *reader, const char *text, struct err *err)
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
	struct facts_text_reader reader = { .arena = arena, .facts = out };
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
