#include "idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"

#include "base/banned.h"

bool host_idmap_add(struct host_idmap *map, const struct host_idmap_line *line)
{
	size_t at = map->n;

	if (at == HOST_IDMAP_LINES_MAX)
		return false;
	/* Sorted, as the kernel shows every map of more than five lines. */
	for (; at > 0 && map->lines[at - 1].inside > line->inside; at--)
		map->lines[at] = map->lines[at - 1];
	map->lines[at] = *line;
	map->n++;
	return true;
}

size_t host_idmap_print(const struct host_idmap *map, char *buf, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < map->n && len < size; i++)
		len += str_fmt(buf + len, size - len, "%u %u %u\n", map->lines[i].inside,
			map->lines[i].outside, map->lines[i].count);
	return len;
}

static bool parse(char *text, struct host_idmap *out)
{
	char *save = NULL;
	uint32_t numbers[3];
	size_t n = 0;

	for (char *word = strtok_r(text, " \n", &save); word != NULL;
		word = strtok_r(NULL, " \n", &save)) {
		if (!num_u32(word, &numbers[n++]))
			return false;
		if (n < ARRAY_SIZE(numbers))
			continue;
		n = 0;
		if (!host_idmap_add(
			    out, &(struct host_idmap_line){ numbers[0], numbers[1], numbers[2] }))
			return false;
	}
	return n == 0;
}

int host_idmap_read(int fd, char buf[HOST_IDMAP_TEXT_MAX], struct host_idmap *out, struct err *err)
{
	*out = (struct host_idmap){ 0 };
	if (fd_read_all(fd, buf, HOST_IDMAP_TEXT_MAX) < 0)
		return err_sys(err, "read id map");
	if (!parse(buf, out))
		return err_new(err, -EINVAL, "an id map of the kernel is not understood");
	return 0;
}

const struct host_idmap_line *host_idmap_find(const struct host_idmap *map, uint32_t id)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct host_idmap_line *line = &map->lines[i];

		if (id >= line->inside && id - line->inside < line->count)
			return line;
	}
	return NULL;
}

static int cut_line(const struct host_idmap *own, struct host_idmap_line rest, const char *name,
	struct host_idmap *out, struct err *err)
{
	while (rest.count > 0) {
		const struct host_idmap_line *line = host_idmap_find(own, rest.outside);
		struct host_idmap_line piece = rest;
		uint32_t room;

		if (line == NULL)
			return err_new(err, -EPERM,
				"%s: the caller has no id %u to give to the container", name,
				rest.outside);
		room = line->count - (rest.outside - line->inside);
		if (piece.count > room)
			piece.count = room;
		if (!host_idmap_add(out, &piece))
			return err_new(err, -E2BIG, "%s needs more than %d ranges", name,
				HOST_IDMAP_LINES_MAX);
		rest.inside += piece.count;
		rest.outside += piece.count;
		rest.count -= piece.count;
	}
	return 0;
}

int host_idmap_cut(const struct host_idmap *own, const struct host_idmap *map, const char *name,
	struct host_idmap *out, struct err *err)
{
	*out = (struct host_idmap){ 0 };
	for (size_t i = 0; i < map->n; i++) {
		int r = cut_line(own, map->lines[i], name, out, err);

		if (r < 0)
			return r;
	}
	return 0;
}

void host_idmap_flip(const struct host_idmap *map, struct host_idmap *out)
{
	*out = (struct host_idmap){ 0 };
	for (size_t i = 0; i < map->n; i++) {
		const struct host_idmap_line *line = &map->lines[i];

		(void)!host_idmap_add(out, &(struct host_idmap_line){ line->outside, line->inside,
						   line->count }); /* as many as there were */
	}
}

int host_idmap_own(struct arena *arena, const char *name, struct host_idmap **out, struct err *err)
{
	char *buf = arena_alloc(arena, HOST_IDMAP_TEXT_MAX), path[32];
	_fd_ int fd = -1;

	*out = arena_alloc(arena, sizeof(**out));
	if (buf == NULL || *out == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	str_fmt(path, sizeof(path), "/proc/self/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "open '%s'", path);
	return host_idmap_read(fd, buf, *out, err);
}
