/*
 * The text form of one host path: "KIND FS UID GID MODE FLAGS [REAL]" (see text.c).
 */
#include <string.h>

#include "base/abi.h"
#include "base/num.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

static const char *const kinds[] = {
	[FACTS_PATH_ABSENT] = "absent",
	[FACTS_PATH_DIR] = "dir",
	[FACTS_PATH_FILE] = "file",
	[FACTS_PATH_SYMLINK] = "symlink",
	[FACTS_PATH_SOCKET] = "socket",
	[FACTS_PATH_FIFO] = "fifo",
	[FACTS_PATH_CHAR] = "char",
	[FACTS_PATH_BLOCK] = "block",
};

static const struct {
	const char *name;
	int type;
} ns_kinds[] = {
	{ "ns:user", SYS_NEWUSER },
	{ "ns:pid", SYS_NEWPID },
	{ "ns:net", SYS_NEWNET },
	{ "ns:mnt", SYS_NEWNS },
	{ "ns:ipc", SYS_NEWIPC },
	{ "ns:uts", SYS_NEWUTS },
	{ "ns:cgroup", SYS_NEWCGROUP },
	{ "ns:time", SYS_NEWTIME },
};

bool facts_parse_base(const char *s, unsigned base, uint64_t max, uint64_t *out)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t value = 0;

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		const char *digit = memchr(digits, *s, base);

		if (digit == NULL || value > (max - (uint64_t)(digit - digits)) / base)
			return false;
		value = value * base + (uint64_t)(digit - digits);
	}
	*out = value;
	return true;
}

static bool read_kind(const char *field, struct facts_path *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		out->kind = (enum facts_path_kind)i;
		if (str_eq(field, kinds[i]))
			return true;
	}
	out->kind = FACTS_PATH_NS;
	for (size_t i = 0; i < ARRAY_SIZE(ns_kinds); i++) {
		out->ns_type = ns_kinds[i].type;
		if (str_eq(field, ns_kinds[i].name))
			return true;
	}
	return false;
}

/* "BASE:CONTAINER" */
static bool read_owner(char *text, struct facts_path *out)
{
	const char *base = strsep(&text, ":");

	out->ns_owner = text;
	return text != NULL && *text != '\0' && num_u32(base, &out->ns_ids_base) &&
	       out->ns_ids_base != 0;
}

static bool read_flags(char *field, struct facts_path *out)
{
	char *flag;

	if (*field == '\0')
		return true;
	while ((flag = strsep(&field, ",")) != NULL) {
		if (str_eq(flag, "executable"))
			out->is_executable = true;
		else if (str_eq(flag, "trusted"))
			out->is_trusted = true;
		else if (str_eq(flag, "host"))
			out->ns_is_host = true;
		else if (str_starts(flag, "ids="))
			return read_owner(flag + strlen("ids="), out); /* the last one */
		else
			return false;
	}
	return true;
}

bool facts_read_object(const char *path, char *rest, struct facts_path *out)
{
	char *fields[6];
	uint64_t mode;

	*out = (struct facts_path){ .path = path };
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		fields[i] = str_field(&rest);
		if (fields[i] == NULL)
			return false;
	}
	if (rest != NULL) {
		out->real = str_field(&rest);
		if (out->real == NULL || *out->real != '/' || rest != NULL)
			return false;
	}
	if (!read_kind(fields[0], out) || !num_u32(fields[2], &out->uid) ||
		!num_u32(fields[3], &out->gid) || !facts_parse_base(fields[4], 8, 07777, &mode))
		return false;
	out->mode = (uint32_t)mode;
	return str_fmt(out->fs, sizeof(out->fs), "%s", fields[1]) < sizeof(out->fs) &&
	       read_flags(fields[5], out);
}

void facts_print_object(const struct facts_path *path, struct str_buf *out)
{
	const char *kind = "absent", *separator = "";

	if (path->kind != FACTS_PATH_NS)
		kind = kinds[path->kind];
	for (size_t i = 0; path->kind == FACTS_PATH_NS && i < ARRAY_SIZE(ns_kinds); i++)
		kind = ns_kinds[i].type == path->ns_type ? ns_kinds[i].name : kind;
	str_buf_fmt(out, "%s ", kind);
	str_buf_field(out, path->fs);
	str_buf_fmt(out, " %u %u %04o ", path->uid, path->gid, path->mode);
	if (path->is_executable) {
		str_buf_puts(out, "executable");
		separator = ",";
	}
	if (path->is_trusted) {
		str_buf_fmt(out, "%strusted", separator);
		separator = ",";
	}
	if (path->ns_is_host) {
		str_buf_fmt(out, "%shost", separator);
		separator = ",";
	}
	if (path->ns_ids_base != 0) {
		str_buf_fmt(out, "%sids=%u:%s", separator, path->ns_ids_base, path->ns_owner);
		separator = ",";
	}
	if (*separator == '\0')
		str_buf_puts(out, "-");
	if (path->real != NULL) {
		str_buf_puts(out, " ");
		str_buf_field(out, path->real);
	}
	str_buf_puts(out, "\n");
}
