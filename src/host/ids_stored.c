/*
 * Ids of containers that podman, buildah and CRI-O keep: one that is stopped has no process, but
 * its files still belong to its ids. Their common storage lists containers in JSON files, one
 * directory for each of its drivers: GRAPHROOT/overlay-containers/containers.json.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "config/json.h"

#include "ids_local.h"

#include "base/banned.h"

enum {
	PLACE_MAX = 2048
};

struct places {
	char graph[PLACE_MAX];
	char run[PLACE_MAX];
};

/* @line is 'key = "value"' with this key: the value, unquoted, into @out. */
static void take_value(const char *line, const char *key, char out[PLACE_MAX])
{
	size_t len = strlen(key);

	line += strspn(line, " \t");
	if (strncmp(line, key, len) != 0)
		return;
	line += len + strspn(line + len, " \t");
	if (*line++ != '=')
		return;
	line += strspn(line, " \t");
	if (*line != '"' && *line != '\'')
		return;
	len = strcspn(line + 1, *line == '"' ? "\"\n" : "'\n");
	str_fmt(out, PLACE_MAX, "%.*s", (int)len, line + 1);
}

struct line {
	char *text;
	size_t room;
};

static void line_cleanup(struct line *line)
{
	free(line->text);
}

static void file_cleanup(FILE **file)
{
	if (*file != NULL)
		fclose(*file);
}

static void find_places(struct places *out)
{
	_cleanup_(file_cleanup) FILE *file = fopen("/etc/containers/storage.conf", "re");
	_cleanup_(line_cleanup) struct line line = { 0 };

	str_fmt(out->graph, sizeof(out->graph), "/var/lib/containers/storage");
	str_fmt(out->run, sizeof(out->run), "/run/containers/storage");
	while (file != NULL && getline(&line.text, &line.room, file) >= 0) {
		take_value(line.text, "graphroot", out->graph);
		take_value(line.text, "runroot", out->run);
	}
}

static void use_map(struct ids_set *used, const struct json *map)
{
	struct err ignored;

	if (map == NULL || map->type != JSON_ARRAY)
		return;
	for (const struct json *entry = map->first; entry != NULL; entry = entry->next) {
		uint64_t first = 0, size = 0;

		if (entry->type != JSON_OBJECT)
			continue;
		if (json_read_u64(json_get(entry, "host_id"), UINT32_MAX, &first, &ignored) == 0 &&
			json_read_u64(json_get(entry, "size"), UINT32_MAX, &size, &ignored) == 0)
			ids_use_range(used, first, size);
	}
}

static void use_file(struct ids_set *used, int dir_fd, const char *name)
{
	_arena_ struct arena arena = { 0 };
	const struct json *root;
	struct err err;
	int r = json_load(&arena, dir_fd, name, &root, &err);

	if (r == -ENOENT)
		return;
	if (r < 0 || root->type != JSON_ARRAY) {
		log_warn("cannot read which ids podman's containers have: '%s'; going by their "
			 "processes alone",
			name);
		return;
	}
	for (const struct json *one = root->first; one != NULL; one = one->next) {
		if (one->type != JSON_OBJECT)
			continue;
		use_map(used, json_get(one, "uidmap"));
		use_map(used, json_get(one, "gidmap"));
	}
}

static void dir_cleanup(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

static void use_place(struct ids_set *used, const char *path)
{
	_cleanup_(dir_cleanup) DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		_fd_ int fd = -1;

		if (!str_ends(entry->d_name, "-containers"))
			continue;
		fd = openat(dirfd(dir), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			continue;
		use_file(used, fd, "containers.json");
		use_file(used, fd, "volatile-containers.json");
	}
}

void ids_use_stored(struct ids_set *used)
{
	struct places places;

	find_places(&places);
	use_place(used, places.graph);
	use_place(used, places.run);
}
