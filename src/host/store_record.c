/*
 * The record as text, one line per fact: "key field...". Version line first, checksum line last, so
 * that a file that was torn, cut or changed is recognised. It is not a signature: whoever can write
 * this file can also write the checksum; ownership and mode are what is trusted.
 *
 *   caisson-state 1
 *   id web                            scalars of struct store_record; absent = NULL, 0, false
 *   cgroup created|joined v1|v2 PATH CONTROLLERS
 *   annotation KEY VALUE
 *   hook poststart|poststop POINTER PATH TIMEOUT yes|no N-ARGS N-ENV ARG... ENV...
 *   end CHECKSUM                      of all bytes before; FNV-1a, 64 bit
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"

#include "store.h"

#include "base/banned.h"

static const char file_name[] = "state";
static const char temporary_name[] = "state.new";
static const char version_line[] = "caisson-state 1\n";

enum {
	END_LINE = sizeof("end 0123456789abcdef\n") - 1
};

enum type {
	TEXT,
	FLAG,
	PID,
	U32,
	U64
};

static const struct {
	const char *key;
	enum type type;
	size_t offset;
} scalars[] = {
	{ "id", TEXT, offsetof(struct store_record, id) },
	{ "complete", FLAG, offsetof(struct store_record, complete) },
	{ "pid", PID, offsetof(struct store_record, pid) },
	{ "pid-start-time", U64, offsetof(struct store_record, pid_start_time) },
	{ "creator-pid", PID, offsetof(struct store_record, creator_pid) },
	{ "creator-start-time", U64, offsetof(struct store_record, creator_start_time) },
	{ "transient", FLAG, offsetof(struct store_record, transient) },
	{ "pid-ns", FLAG, offsetof(struct store_record, has_pid_ns) },
	{ "check-memory", FLAG, offsetof(struct store_record, check_memory) },
	{ "memory-required", FLAG, offsetof(struct store_record, memory_required) },
	{ "pids-required", FLAG, offsetof(struct store_record, pids_required) },
	{ "devices-limited", FLAG, offsetof(struct store_record, devices_limited) },
	{ "rootless", FLAG, offsetof(struct store_record, rootless) },
	{ "bundle", TEXT, offsetof(struct store_record, bundle) },
	{ "rootfs", TEXT, offsetof(struct store_record, rootfs) },
	{ "created", TEXT, offsetof(struct store_record, created) },
	{ "profile", TEXT, offsetof(struct store_record, profile) },
	{ "rung", TEXT, offsetof(struct store_record, rung) },
	{ "overlay-work", TEXT, offsetof(struct store_record, overlay_work) },
	{ "ids-base", U32, offsetof(struct store_record, ids_base) },
	{ "selinux-label", TEXT, offsetof(struct store_record, selinux_label) },
	{ "unit", TEXT, offsetof(struct store_record, unit) },
	{ "unit-user", FLAG, offsetof(struct store_record, unit_is_user) },
};

static uint64_t checksum(const char *data, size_t len)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
	return sum;
}

/* The line that ends a text of @len bytes. */
static void end_line(const char *text, size_t len, char line[END_LINE + 1])
{
	str_fmt(line, END_LINE + 1, "end %016llx\n", (unsigned long long)checksum(text, len));
}

/* --- writing ------------------------------------------------------------------------------------ */

static void put_field(struct str_buf *out, const char *field)
{
	str_buf_puts(out, " ");
	str_buf_field(out, field);
}

static void put_scalar(struct str_buf *out, const char *key, enum type type, const void *member)
{
	const char *const *text = member;
	const bool *flag = member;
	const pid_t *pid = member;
	const uint32_t *u32 = member;
	const uint64_t *u64 = member;

	if (type == TEXT && *text != NULL) {
		str_buf_puts(out, key);
		put_field(out, *text);
		str_buf_puts(out, "\n");
	}
	if (type == FLAG && *flag)
		str_buf_fmt(out, "%s yes\n", key);
	if (type == PID && *pid != 0)
		str_buf_fmt(out, "%s %d\n", key, (int)*pid);
	if (type == U32 && *u32 != 0)
		str_buf_fmt(out, "%s %u\n", key, *u32);
	if (type == U64 && *u64 != 0)
		str_buf_fmt(out, "%s %llu\n", key, (unsigned long long)*u64);
}

static void put_cgroups(struct str_buf *out, const struct store_record *record)
{
	for (size_t i = 0; i < record->n_cgroups; i++) {
		const struct store_cgroup *cgroup = &record->cgroups[i];

		str_buf_fmt(out, "cgroup %s %s", cgroup->created ? "created" : "joined",
			cgroup->is_v2 ? "v2" : "v1");
		put_field(out, cgroup->path);
		put_field(out, cgroup->controllers);
		str_buf_puts(out, "\n");
	}
}

static void put_annotations(struct str_buf *out, const struct store_record *record)
{
	for (size_t i = 0; i < record->annotation_keys.n; i++) {
		str_buf_puts(out, "annotation");
		put_field(out, record->annotation_keys.items[i]);
		put_field(out, record->annotation_values.items[i]);
		str_buf_puts(out, "\n");
	}
}

static void put_hooks(
	struct str_buf *out, const char *kind, const struct config_hook *hooks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct config_hook *hook = &hooks[i];

		str_buf_fmt(out, "hook %s", kind);
		put_field(out, hook->pointer);
		put_field(out, hook->path);
		str_buf_fmt(out, " %u %s %zu %zu", hook->timeout_s, hook->has_env ? "yes" : "no",
			hook->args.n, hook->env.n);
		for (size_t k = 0; k < hook->args.n; k++)
			put_field(out, hook->args.items[k]);
		for (size_t k = 0; k < hook->env.n; k++)
			put_field(out, hook->env.items[k]);
		str_buf_puts(out, "\n");
	}
}

static int print_record(const struct store_record *record, struct str_buf *out, struct err *err)
{
	char end[END_LINE + 1];

	str_buf_puts(out, version_line);
	for (size_t i = 0; i < ARRAY_SIZE(scalars); i++)
		put_scalar(out, scalars[i].key, scalars[i].type,
			(const char *)record + scalars[i].offset);
	put_cgroups(out, record);
	put_annotations(out, record);
	put_hooks(out, "poststart", record->poststart, record->n_poststart);
	put_hooks(out, "poststop", record->poststop, record->n_poststop);
	if (out->failed)
		return err_new(
			err, -ENOMEM, "write state of container '%s': out of memory", record->id);
	end_line(out->data, out->len, end);
	str_buf_add(out, end, END_LINE);
	if (out->failed)
		return err_new(
			err, -ENOMEM, "write state of container '%s': out of memory", record->id);
	if (out->len > STORE_RECORD_MAX)
		return err_new(err, -EFBIG, "state of container '%s' would be %zu bytes, above %d",
			record->id, out->len, STORE_RECORD_MAX);
	return 0;
}

static int open_temporary(int entry_fd)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(entry_fd, temporary_name, flags, 0600);

	/* left by a command that was killed; we hold the lock */
	if (fd < 0 && errno == EEXIST && unlinkat(entry_fd, temporary_name, 0) == 0)
		fd = openat(entry_fd, temporary_name, flags, 0600);
	return fd;
}

int store_save(int entry_fd, const struct store_record *record, struct err *err)
{
	_str_buf_ struct str_buf text = { 0 };
	_fd_ int fd = -1;
	int r = print_record(record, &text, err);

	if (r < 0)
		return r;
	fd = open_temporary(entry_fd);
	if (fd < 0)
		return err_sys(err, "write state of container '%s'", record->id);
	if (fd_write_all(fd, text.data, text.len) == 0 &&
		renameat(entry_fd, temporary_name, entry_fd, file_name) == 0)
		return 0;
	err_sys(err, "write state of container '%s'", record->id);
	(void)!unlinkat(entry_fd, temporary_name, 0);
	return err->code;
}

/* --- reading ------------------------------------------------------------------------------------ */

struct reader {
	struct arena *arena;
	struct store_record *record;
	struct store_cgroup *cgroups;
	const char **keys, **values;
	struct config_hook *poststart, *poststop;
};

static bool read_yes(const char *field, const char *yes, const char *no, bool *out)
{
	if (field == NULL || (!str_eq(field, yes) && !str_eq(field, no)))
		return false;
	*out = str_eq(field, yes);
	return true;
}

static bool read_scalar(enum type type, char *rest, void *member)
{
	const char *field = str_field(&rest), **text = member;
	pid_t *pid = member;
	uint64_t number;

	if (field == NULL || rest != NULL)
		return false;
	switch (type) {
	case TEXT:
		*text = field;
		return true;
	case FLAG:
		return read_yes(field, "yes", "no", member);
	case PID:
		if (!num_u64(field, INT32_MAX, &number))
			return false;
		*pid = (pid_t)number;
		return true;
	case U32:
		return num_u32(field, member);
	case U64:
		return num_u64(field, UINT64_MAX, member);
	default:
		return false;
	}
}

static bool read_cgroup(struct reader *reader, char *rest)
{
	struct store_cgroup *out = &reader->cgroups[reader->record->n_cgroups];

	if (reader->record->n_cgroups == STORE_CGROUPS_MAX ||
		!read_yes(str_field(&rest), "created", "joined", &out->created) ||
		!read_yes(str_field(&rest), "v2", "v1", &out->is_v2))
		return false;
	out->path = str_field(&rest);
	out->controllers = str_field(&rest);
	reader->record->n_cgroups++;
	return out->path != NULL && out->path[0] == '/' && out->controllers != NULL && rest == NULL;
}

static bool read_annotation(struct reader *reader, char *rest)
{
	size_t n = reader->record->annotation_keys.n++;

	reader->keys[n] = str_field(&rest);
	reader->values[n] = str_field(&rest);
	reader->record->annotation_values.n++;
	return reader->keys[n] != NULL && reader->values[n] != NULL && rest == NULL;
}

static bool read_strings(struct reader *reader, uint64_t n, char **rest, struct json_strings *out)
{
	const char **items = arena_array(reader->arena, (size_t)n + 1, sizeof(*items));

	if (items == NULL)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		items[i] = str_field(rest);
		if (items[i] == NULL)
			return false;
	}
	*out = (struct json_strings){ .items = items, .n = (size_t)n };
	return true;
}

static bool read_hook(struct reader *reader, char *rest)
{
	const char *kind = str_field(&rest), *timeout, *n_args, *n_env;
	uint64_t args, env;
	struct config_hook *hook;
	bool is_start;

	if (!read_yes(kind, "poststart", "poststop", &is_start))
		return false;
	hook = is_start ? &reader->poststart[reader->record->n_poststart++]
			: &reader->poststop[reader->record->n_poststop++];
	hook->pointer = str_field(&rest);
	hook->path = str_field(&rest);
	timeout = str_field(&rest);
	if (hook->pointer == NULL || hook->path == NULL || hook->path[0] != '/' ||
		timeout == NULL || !num_u32(timeout, &hook->timeout_s))
		return false;
	if (!read_yes(str_field(&rest), "yes", "no", &hook->has_env))
		return false;
	n_args = str_field(&rest);
	n_env = str_field(&rest);
	/* each takes two bytes at least, so that is how many fit */
	return n_args != NULL && n_env != NULL && num_u64(n_args, STORE_RECORD_MAX / 2, &args) &&
	       num_u64(n_env, STORE_RECORD_MAX / 2, &env) &&
	       read_strings(reader, args, &rest, &hook->args) &&
	       read_strings(reader, env, &rest, &hook->env) && rest == NULL;
}

static bool read_line(struct reader *reader, char *line)
{
	char *rest = line;
	const char *key = strsep(&rest, " ");

	if (rest == NULL)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(scalars); i++) {
		if (str_eq(key, scalars[i].key))
			return read_scalar(
				scalars[i].type, rest, (char *)reader->record + scalars[i].offset);
	}
	if (str_eq(key, "cgroup"))
		return read_cgroup(reader, rest);
	if (str_eq(key, "annotation"))
		return read_annotation(reader, rest);
	return str_eq(key, "hook") && read_hook(reader, rest);
}

static size_t count_lines(const char *text, const char *key)
{
	size_t n = 0, len = strlen(key);

	for (const char *line = text; *line != '\0'; line++) {
		n += strncmp(line, key, len) == 0 ? 1 : 0;
		line += strcspn(line, "\n");
		if (*line == '\0')
			break;
	}
	return n;
}

static bool reader_init(struct reader *reader, const char *text)
{
	struct arena *arena = reader->arena;
	struct store_record *record = reader->record;
	size_t n_annotations = count_lines(text, "annotation ") + 1;
	size_t n_hooks = count_lines(text, "hook ") + 1;

	reader->cgroups = arena_array(arena, STORE_CGROUPS_MAX + 1, sizeof(*reader->cgroups));
	reader->keys = arena_array(arena, n_annotations, sizeof(*reader->keys));
	reader->values = arena_array(arena, n_annotations, sizeof(*reader->values));
	reader->poststart = arena_array(arena, n_hooks, sizeof(*reader->poststart));
	reader->poststop = arena_array(arena, n_hooks, sizeof(*reader->poststop));
	record->cgroups = reader->cgroups;
	record->annotation_keys.items = reader->keys;
	record->annotation_values.items = reader->values;
	record->poststart = reader->poststart;
	record->poststop = reader->poststop;
	return reader->cgroups != NULL && reader->keys != NULL && reader->values != NULL &&
	       reader->poststart != NULL && reader->poststop != NULL;
}

int store_damaged(const char *id, const char *why, struct err *err)
{
	return err_new(err, -EBADMSG,
		"state of container '%s' is damaged (%s); caisson delete --force %s", id, why, id);
}

static int parse_record(
	struct arena *arena, char *text, const char *id, struct store_record *out, struct err *err)
{
	struct reader reader = { .arena = arena, .record = out };
	char *line;

	*out = (struct store_record){ 0 };
	if (!reader_init(&reader, text))
		return err_new(err, -ENOMEM, "read state of container '%s': out of memory", id);
	while ((line = strsep(&text, "\n")) != NULL) {
		if (*line != '\0' && !read_line(&reader, line))
			return store_damaged(id, "a line of it is not understood", err);
	}
	if (out->id == NULL || !str_eq(out->id, id))
		return store_damaged(id, "it is another container's", err);
	return 0;
}

/* Cuts the two lines off that frame the record; NULL when they are not right. */
static char *unframe(char *text, size_t len, const char *id, struct err *err)
{
	const size_t start = sizeof(version_line) - 1;
	char end[END_LINE + 1];

	if (strlen(text) != len || len < start + END_LINE) {
		store_damaged(id, "it is cut short", err);
		return NULL;
	}
	if (!str_starts(text, version_line)) {
		store_damaged(id,
			str_starts(text, "caisson-state ") ? "another version of caisson wrote it"
							   : "caisson did not write it",
			err);
		return NULL;
	}
	len -= END_LINE;
	end_line(text, len, end);
	if (memcmp(text + len, end, END_LINE) != 0) {
		store_damaged(id, "its checksum is wrong", err);
		return NULL;
	}
	text[len] = '\0';
	return text + start;
}

/* SECURITY: T-31; a record that anybody else owns, can write or has linked is not believed. */
const char *store_distrust(const struct stat *st, uint64_t size_max)
{
	if (!S_ISREG(st->st_mode))
		return "it is not a regular file";
	if (st->st_uid != geteuid())
		return "it belongs to another user";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "it can be written by others";
	if (st->st_nlink > 1)
		return "it has a second name";
	return (uint64_t)st->st_size > size_max ? "it is too big" : NULL;
}

uint64_t store_age(int entry_fd)
{
	struct timespec now;
	struct stat st;

	if (fstatat(entry_fd, file_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		clock_gettime(CLOCK_REALTIME, &now) < 0 || st.st_mtim.tv_sec > now.tv_sec)
		return 0;
	return (uint64_t)(now.tv_sec - st.st_mtim.tv_sec);
}

int store_load(struct arena *arena, int entry_fd, const char *id, struct store_record *out,
	struct err *err)
{
	_fd_ int fd = openat(entry_fd, file_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	const char *why;
	char *text;
	ssize_t len;

	if (fd < 0 && errno == ENOENT)
		return STORE_ABSENT;
	if (fd < 0 && errno == ELOOP)
		return store_damaged(id, "it is a symlink", err);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "read state of container '%s'", id);
	why = store_distrust(&st, STORE_RECORD_MAX);
	if (why != NULL)
		return store_damaged(id, why, err);
	text = arena_alloc(arena, (size_t)st.st_size + 2);
	if (text == NULL)
		return err_new(err, -ENOMEM, "read state of container '%s': out of memory", id);
	len = fd_read_all(fd, text, (size_t)st.st_size + 2);
	if (len < 0)
		return err_sys(err, "read state of container '%s'", id);
	text = unframe(text, (size_t)len, id, err);
	return text == NULL ? err->code : parse_record(arena, text, id, out, err);
}
