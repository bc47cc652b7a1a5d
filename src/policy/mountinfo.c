/* Files of /proc as data: mountinfo, status, uid_map. */
#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "policy/audit.h"

#include "base/banned.h"

enum {
	FIELDS_MAX = 32
};

bool policy_status_field(const char *status, const char *name, char *buf, size_t size)
{
	size_t len = strlen(name);

	for (const char *line = status; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, "\t ");
		str_fmt(buf, size, "%.*s", (int)strcspn(line, "\n"), line);
		return true;
	}
	return false;
}

static bool hex(const char *text, uint64_t *out)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t value = 0;

	if (strlen(text) != 16)
		return false;
	for (; *text != '\0'; text++) {
		const char *digit = strchr(digits, *text);

		if (digit == NULL)
			return false;
		value = value << 4 | (uint64_t)(digit - digits);
	}
	*out = value;
	return true;
}

bool policy_status_caps(const char *status, const char *name, uint64_t *caps)
{
	char buf[32];

	return policy_status_field(status, name, buf, sizeof(buf)) && hex(buf, caps);
}

bool policy_next_number(const char **at, uint64_t *out)
{
	char word[24];
	size_t len;

	*at += strspn(*at, " \t");
	len = strcspn(*at, " \t\n");
	if (len == 0 || len >= sizeof(word))
		return false;
	str_fmt(word, sizeof(word), "%.*s", (int)len, *at);
	*at += len;
	return num_u64(word, UINT64_MAX, out);
}

bool policy_map_inside(const char *map, uint64_t outside, uint64_t *inside)
{
	for (const char *line = map; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
		uint64_t first, host, count;

		line += *line == '\n';
		if (!policy_next_number(&line, &first) || !policy_next_number(&line, &host) ||
			!policy_next_number(&line, &count))
			return false;
		if (outside >= host && outside - host < count) {
			*inside = first + (outside - host);
			return true;
		}
	}
	return false;
}

/* --- mounts ----------------------------------------------------------------------------------- */

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list != '\0') {
		size_t n = strcspn(list, ",");

		if (n == len && strncmp(list, word, len) == 0)
			return true;
		list += n + (list[n] == ',' ? 1 : 0);
	}
	return false;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* "\040" is a blank, and so on: what the kernel writes for what would break its lines. */
static char *unescape(char *text)
{
	char *to = text;

	for (char *from = text; *from != '\0'; to++) {
		if (from[0] == '\\' && is_octal(from[1]) && is_octal(from[2]) &&
			is_octal(from[3])) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
	return text;
}

static bool read_device(char *text, struct policy_mount *out)
{
	char *colon = strchr(text, ':');
	uint64_t major, minor;

	if (colon == NULL)
		return false;
	*colon = '\0';
	if (!num_u64(text, UINT32_MAX, &major) || !num_u64(colon + 1, UINT32_MAX, &minor))
		return false;
	out->dev_major = (unsigned)major;
	out->dev_minor = (unsigned)minor;
	return true;
}

/* "36 35 98:0 /root /target rw,noatime shared:1 - ext3 /dev/root rw"; @line is changed. */
static bool read_mount(char *line, struct policy_mount *out)
{
	char *fields[FIELDS_MAX] = { NULL };
	size_t n = 0, dash = 0;

	while (n < FIELDS_MAX && line != NULL && *line != '\0') {
		fields[n] = line;
		line += strcspn(line, " ");
		if (*line == ' ')
			*line++ = '\0';
		if (dash == 0 && n > 5 && str_eq(fields[n], "-"))
			dash = n;
		n++;
	}
	*out = (struct policy_mount){ 0 };
	if (dash == 0 || dash + 1 >= n || !num_u64(fields[0], UINT64_MAX, &out->id) ||
		!read_device(fields[2], out))
		return false;
	out->root = unescape(fields[3]);
	out->target = unescape(fields[4]);
	out->fs = fields[dash + 1];
	out->is_readonly =
		has_word(fields[5], "ro") || (dash + 3 < n && has_word(fields[dash + 3], "ro"));
	out->is_nosuid = has_word(fields[5], "nosuid");
	out->is_nodev = has_word(fields[5], "nodev");
	out->is_noexec = has_word(fields[5], "noexec");
	for (size_t i = 6; i < dash; i++) {
		out->is_shared = out->is_shared || str_starts(fields[i], "shared:");
		out->is_slave = out->is_slave || str_starts(fields[i], "master:");
	}
	return true;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n + 1;
}

int policy_read_mounts(
	struct arena *arena, const char *text, struct policy_mounts *out, struct err *err)
{
	struct policy_mounts mounts = { 0 };
	char *at = arena_strdup(arena, text);

	if (count_lines(text) > POLICY_MOUNTS_MAX)
		return err_new(err, -E2BIG, "more than %d mounts", (int)POLICY_MOUNTS_MAX);
	mounts.items = arena_array(arena, count_lines(text), sizeof(*mounts.items));
	if (at == NULL || mounts.items == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	while (*at != '\0') {
		char *line = at;

		at += strcspn(at, "\n");
		if (*at == '\n')
			*at++ = '\0';
		if (!read_mount(line, &mounts.items[mounts.n++]))
			return err_new(err, -EINVAL, "a line of mountinfo is not understood");
	}
	*out = mounts;
	return 0;
}

const struct policy_mount *policy_mount_find(const struct policy_mounts *mounts, uint64_t id)
{
	for (size_t i = 0; i < mounts->n; i++) {
		if (mounts->items[i].id == id)
			return &mounts->items[i];
	}
	return NULL;
}
