/*
 * Values of cgroup files: written as the plan has them, and put back when an update fails half way.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/num.h"
#include "base/str.h"
#include "sys/call.h"

#include "local.h"

#include "base/banned.h"

enum {
	DEFERRED_MAX = 16,
	VALUE_MISSING = 1, /* no such file, and that is no error */
};

struct cgroup_old {
	const struct cgroup_dir *dir;
	const char *file;
	const char *value;
};

static const struct cgroup_dir *find_dir(const struct cgroup_set *set, int slot)
{
	for (size_t i = 0; i < set->n_dirs; i++)
		if (set->dirs[i].slot == slot)
			return &set->dirs[i];
	return NULL;
}

/* --- what was there ----------------------------------------------------------------------------- */

/* The line of @text that starts with the word @word, or NULL. */
static const char *find_line(const char *text, const char *word, size_t len, size_t *line_len)
{
	while (*text != '\0') {
		*line_len = strcspn(text, "\n");
		if (strncmp(text, word, len) == 0 && (text[len] == ' ' || text[len] == '\n'))
			return text;
		text += *line_len;
		text += *text == '\n' ? 1 : 0;
	}
	return NULL;
}

/* A device that no line names has the default: what takes a line off again. */
static const char *default_of(const char *file)
{
	if (str_eq(file, "io.max"))
		return "rbps=max wbps=max riops=max wiops=max";
	return str_starts(file, "io.") ? "default" : "0";
}

const char *cgroup_old_value(
	struct arena *arena, const char *file, const char *text, const char *value)
{
	size_t word = strcspn(value, " "), len = 0;
	const char *line = value[word] == ' ' ? find_line(text, value, word, &len) : NULL;

	if (line != NULL)
		return arena_strndup(arena, line, len);
	if (value[word] == ' ' && memchr(value, ':', word) != NULL)
		return arena_fmt(arena, "%.*s %s", (int)word, value, default_of(file));
	if (str_starts(text, "oom_kill_disable "))
		text += strlen("oom_kill_disable ");
	line = find_line(text, "default", strlen("default"), &len);
	if (line == NULL)
		return arena_strndup(arena, text, strcspn(text, "\n"));
	return arena_strndup(arena, line, len);
}

/* A file that can't be read has no old value; it stays as it will be. */
static void remember(
	struct cgroup_undo *undo, const struct cgroup_dir *dir, const char *file, const char *value)
{
	char text[CGROUP_VALUE_MAX];
	const char *old;

	if (undo->n == undo->capacity || fd_read_at(dir->dir_fd, file, text, sizeof(text)) < 0)
		return;
	old = cgroup_old_value(undo->arena, file, text, value);
	if (old != NULL)
		undo->items[undo->n++] =
			(struct cgroup_old){ .dir = dir, .file = file, .value = old };
}

/* Twice, as the kernel takes values that depend on each other in one order only. */
void cgroup_values_undo(const struct cgroup_undo *undo)
{
	for (size_t round = 0; round < 2; round++) {
		for (size_t i = undo->n; i-- > 0;) {
			const struct cgroup_old *old = &undo->items[i];

			if (fd_write_at(old->dir->dir_fd, old->file, old->value,
				    strlen(old->value)) < 0 &&
				round > 0)
				log_warn("'%s/%s' keeps its new value: write '%s': %s",
					old->dir->path, old->file, old->value, err_text(errno));
		}
	}
}

/* --- writing ------------------------------------------------------------------------------------- */

static int err_value(const struct plan *plan, const struct cgroup_dir *dir,
	const struct plan_step *step, struct err *err)
{
	const char *field = plan_string(plan, &step->ref[2]);
	const char *file = plan_string(plan, &step->ref[0]);

	if (errno == ENOENT)
		return err_new(err, -ENOENT,
			"%s: set '%s' of cgroup '%s': this cgroup has no such file: its controller is "
			"not handed down to it, or this kernel lacks the feature",
			field, file, dir->path);
	return err_sys(err, "%s: write '%s' to '%s/%s'", field, plan_string(plan, &step->ref[1]),
		dir->path, file);
}

/* The cgroup @up levels above: cgroup file systems have no symlinks, "..", is the parent. */
static int open_above(const struct cgroup_dir *dir, unsigned up)
{
	char path[3 * CGROUP_DEPTH_MAX + 1] = "";
	size_t len = 0;

	if (up > CGROUP_DEPTH_MAX) {
		errno = ELOOP;
		return -1;
	}
	while (up-- > 0)
		len += str_fmt(path + len, sizeof(path) - len, "../");
	return openat(dir->dir_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Give those above that have less as much, from the top; what can't be is the write's own error. */
static void raise_above(const struct cgroup_dir *dir, const char *file, const char *value)
{
	int64_t wanted, present;

	if (!num_i64(value, INT64_MIN, INT64_MAX, &wanted))
		return;
	for (unsigned up = dir->depth > 0 ? dir->depth - 1U : 0; up > 0; up--) {
		_fd_ int above = open_above(dir, up);
		char text[64];

		if (above < 0 || fd_read_at(above, file, text, sizeof(text)) < 0)
			return;
		text[strcspn(text, "\n")] = '\0';
		if (!num_i64(text, INT64_MIN, INT64_MAX, &present) || present < 0 ||
			present >= wanted)
			continue;
		if (fd_write_at(above, file, value, strlen(value)) < 0)
			log_debug("cgroup above '%s' keeps its %s: %s", dir->path, file,
				err_text(errno));
	}
}

/* 0; VALUE_MISSING; negative errno */
static int write_value(const struct plan *plan, const struct cgroup_dir *dir,
	const struct plan_step *step, struct cgroup_undo *undo, struct err *err)
{
	const char *file = plan_string(plan, &step->ref[0]);
	const char *value = plan_string(plan, &step->ref[1]);
	bool is_optional = step->num[0] != 0 || step->num[1] != 0;

	if (undo != NULL)
		remember(undo, dir, file, value);
	if (step->num[2] != 0)
		raise_above(dir, file, value);
	if (fd_write_at(dir->dir_fd, file, value, strlen(value)) == 0)
		return 0;
	return errno == ENOENT && is_optional ? VALUE_MISSING : err_value(plan, dir, step, err);
}

struct deferred {
	const struct cgroup_dir *dir;
	const struct plan_step *step;
};

static int write_deferred(const struct plan *plan, const struct deferred *list, size_t n,
	struct cgroup_undo *undo, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++)
		r = write_value(plan, list[i].dir, list[i].step, undo, err);
	return r < 0 ? r : 0;
}

static size_t count_values(const struct plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->header->n_steps; i++)
		n += plan->steps[i].kind == PLAN_CGROUP_SET ? 1 : 0;
	return n;
}

static int start_undo(const struct plan *plan, struct cgroup_undo *undo, struct err *err)
{
	undo->n = 0;
	undo->capacity = 2 * count_values(plan);
	undo->items = arena_array(undo->arena, undo->capacity + 1, sizeof(*undo->items));
	return undo->items != NULL ? 0 : err_new(err, -ENOMEM, "out of memory");
}

/* Values that the kernel checks against each other (quota and period, memory and swap) are refused
 * in one order and taken in the other when the directory has older ones: tried again at the end. */
int cgroup_values_write(const struct plan *plan, const struct cgroup_set *set,
	struct cgroup_undo *undo, struct err *err)
{
	struct deferred deferred[DEFERRED_MAX];
	size_t n_deferred = 0;
	bool is_said = false; /* by the step before, which this one is the other way for */
	int r = undo != NULL ? start_undo(plan, undo, err) : 0;

	for (size_t i = 0; i < plan->header->n_steps && r >= 0; i++) {
		const struct plan_step *step = &plan->steps[i];
		const struct cgroup_dir *dir;

		if (step->kind != PLAN_CGROUP_SET)
			continue;
		if (is_said) {
			is_said = step->num[1] != 0;
			continue;
		}
		dir = find_dir(set, step->slot);
		if (dir == NULL)
			return err_new(err, -EINVAL, "plan step %zu: no such cgroup", i);
		r = write_value(plan, dir, step, undo, err);
		is_said = step->num[1] != 0 && r != VALUE_MISSING;
		if (r != -EINVAL || n_deferred == DEFERRED_MAX)
			continue;
		deferred[n_deferred].dir = dir;
		deferred[n_deferred++].step = step;
		r = 0;
	}
	return r < 0 ? r : write_deferred(plan, deferred, n_deferred, undo, err);
}
