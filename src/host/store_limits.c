/*
 * "limits": what update has written, one "FILE VALUE" a line, the last of each file. create's own
 * values are in the plan.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "store.h"

#include "base/banned.h"

static const char file_name[] = "limits", new_name[] = "limits.new";

static bool is_plain(const char *text)
{
	return *text != '\0' && strpbrk(text, "\n") == NULL;
}

int store_limits_load(struct arena *arena, int entry_fd, const char *id, struct json_strings *files,
	struct json_strings *values, struct err *err)
{
	_fd_ int fd = openat(entry_fd, file_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	const char **names, **texts, *why;
	struct stat st;
	size_t n = 0;
	char *at;

	*files = *values = (struct json_strings){ 0 };
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(err, "read state of container '%s'", id);
	if (fstat(fd, &st) < 0)
		return err_sys(err, "read state of container '%s'", id);
	why = store_distrust(&st, STORE_RECORD_MAX);
	if (why != NULL)
		return store_damaged(id, why, err);
	at = arena_alloc(arena, STORE_RECORD_MAX + 1);
	names = arena_array(arena, STORE_LIMITS_MAX + 1, sizeof(*names));
	texts = arena_array(arena, STORE_LIMITS_MAX + 1, sizeof(*texts));
	if (at == NULL || names == NULL || texts == NULL)
		return err_new(err, -ENOMEM, "read state of container '%s': out of memory", id);
	if (fd_read_all(fd, at, STORE_RECORD_MAX + 1) < 0)
		return err_sys(err, "read state of container '%s'", id);
	while (*at != '\0' && n < STORE_LIMITS_MAX) {
		char *end = at + strcspn(at, "\n"), *tab = strchr(at, '\t');

		if (*end != '\n' || tab == NULL || tab > end)
			return store_damaged(id, "its limits are cut short", err);
		*tab = *end = '\0';
		names[n] = at;
		texts[n++] = tab + 1;
		at = end + 1;
	}
	*files = (struct json_strings){ .items = names, .n = n };
	*values = (struct json_strings){ .items = texts, .n = n };
	return 0;
}

/* What is known already, but for what is in @newer. */
static void keep_others(struct str_buf *out, const struct json_strings *files,
	const struct json_strings *values, const struct json_strings *newer)
{
	for (size_t i = 0; i < files->n; i++) {
		size_t k = 0;

		while (k < newer->n && !str_eq(newer->items[k], files->items[i]))
			k++;
		if (k == newer->n)
			str_buf_fmt(out, "%s\t%s\n", files->items[i], values->items[i]);
	}
}

int store_limits_add(int entry_fd, const char *id, const struct json_strings *files,
	const struct json_strings *values, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	_str_buf_ struct str_buf text = { 0 };
	struct json_strings old_files, old_values;
	_fd_ int fd = -1;
	int r;

	if (files->n == 0)
		return 0;
	r = store_limits_load(&arena, entry_fd, id, &old_files, &old_values, err);
	if (r < 0)
		return r;
	keep_others(&text, &old_files, &old_values, files);
	for (size_t i = 0; i < files->n; i++) {
		if (is_plain(files->items[i]) && is_plain(values->items[i]))
			str_buf_fmt(&text, "%s\t%s\n", files->items[i], values->items[i]);
	}
	if (text.failed)
		return err_new(err, -ENOMEM, "save limits of container '%s': out of memory", id);
	fd = openat(
		entry_fd, new_name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || (text.len > 0 && fd_write_all(fd, text.data, text.len) < 0) ||
		renameat(entry_fd, new_name, entry_fd, file_name) < 0)
		return err_sys(err, "save limits of container '%s'", id);
	return 0;
}
