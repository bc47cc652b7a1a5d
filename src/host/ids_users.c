/*
 * Who else on this machine uses ids: other runtimes, users and services.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"

#include "ids_local.h"

#include "base/banned.h"

enum {
	MAP_MAX = 16 << 10,     /* 340 lines of three columns */
	MAP_WHOLE = 0xffff0000, /* a map this long gives away nothing: it is "everything" */
};

struct ids_set *ids_set_new(struct err *err)
{
	struct ids_set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		err_new(err, -ENOMEM, "look for a free id block: out of memory");
	return set;
}

void ids_set_free(struct ids_set **set)
{
	free(*set);
}

bool ids_set_has(const struct ids_set *set, uint32_t id)
{
	uint32_t block = id / IDS_BLOCK;

	return (set->words[block / 64] >> block % 64 & 1) != 0;
}

void ids_set_add(struct ids_set *set, uint32_t id)
{
	uint32_t block = id / IDS_BLOCK;

	set->words[block / 64] |= UINT64_C(1) << block % 64;
}

struct scan {
	struct ids_set *used;
	char *own; /* our own map, that of nearly every process */
	char *map;
};

static void scan_done(struct scan *scan)
{
	free(scan->own);
	free(scan->map);
}

static bool next_number(char **text, uint64_t *out)
{
	char *number = *text + strspn(*text, " \n");
	size_t len = strspn(number, "0123456789");

	*text = number + len;
	if (**text != '\0')
		*(*text)++ = '\0';
	return num_u64(number, UINT32_MAX, out);
}

void ids_use_range(struct ids_set *used, uint64_t first, uint64_t count)
{
	uint64_t end = first + count;

	if (first > UINT32_MAX || count >= MAP_WHOLE)
		return;
	if (end > (uint64_t)UINT32_MAX + 1)
		end = (uint64_t)UINT32_MAX + 1;
	for (uint64_t id = first; id < end; id += IDS_BLOCK - id % IDS_BLOCK)
		ids_set_add(used, (uint32_t)id);
}

/* Lines "inside outside count"; outside as we see it, and we are in the initial namespace. */
static void use_map(struct ids_set *used, char *map)
{
	uint64_t inside, outside, count;

	while (next_number(&map, &inside) && next_number(&map, &outside) &&
		next_number(&map, &count))
		ids_use_range(used, outside, count);
}

struct map {
	char *text;
};

static void map_done(struct map *map)
{
	free(map->text);
}

bool ids_process_has(const char *pid, uint32_t base)
{
	_cleanup_(map_done) struct map map = { .text = malloc(MAP_MAX) };
	uint64_t inside, outside, count;
	char path[64], *at = map.text;

	str_fmt(path, sizeof(path), "/proc/%s/uid_map", pid);
	if (at == NULL || fd_read_at(AT_FDCWD, path, map.text, MAP_MAX) < 0)
		return false;
	while (next_number(&at, &inside) && next_number(&at, &outside) &&
		next_number(&at, &count)) {
		if (outside >= base && outside - base < IDS_BLOCK)
			return true;
	}
	return false;
}

static void use_process(struct scan *scan, int proc_fd, const char *pid)
{
	char path[32];
	struct stat st;

	/* A process that ended meanwhile uses nothing. */
	if (fstatat(proc_fd, pid, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	ids_set_add(scan->used, st.st_uid);
	ids_set_add(scan->used, st.st_gid);
	str_fmt(path, sizeof(path), "%s/uid_map", pid);
	if (fd_read_at(proc_fd, path, scan->map, MAP_MAX) < 0 || str_eq(scan->map, scan->own))
		return;
	use_map(scan->used, scan->map);
	str_fmt(path, sizeof(path), "%s/gid_map", pid);
	if (fd_read_at(proc_fd, path, scan->map, MAP_MAX) >= 0)
		use_map(scan->used, scan->map);
}

static void dir_cleanup(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

static int use_processes(struct scan *scan, struct err *err)
{
	_cleanup_(dir_cleanup) DIR *dir = opendir("/proc");
	struct dirent *entry;

	if (dir == NULL)
		return err_sys(err, "list processes");
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			use_process(scan, dirfd(dir), entry->d_name);
	}
	return 0;
}

static void file_cleanup(FILE **file)
{
	if (*file != NULL)
		fclose(*file);
}

struct line {
	char *text;
	size_t room;
};

static void line_cleanup(struct line *line)
{
	free(line->text);
}

/* /etc/passwd and /etc/group both have the id in the third field. A missing one has no ids. */
static void use_accounts(struct ids_set *used, const char *path)
{
	_cleanup_(file_cleanup) FILE *file = fopen(path, "re");
	_cleanup_(line_cleanup) struct line line = { 0 };

	while (file != NULL && getline(&line.text, &line.room, file) >= 0) {
		char *rest = line.text;
		const char *number;
		uint32_t id;

		strsep(&rest, ":");
		strsep(&rest, ":");
		number = strsep(&rest, ":");
		if (number != NULL && num_u32(number, &id))
			ids_set_add(used, id);
	}
}

bool ids_has_account(const char *user)
{
	_cleanup_(file_cleanup) FILE *file = fopen("/etc/passwd", "re");
	_cleanup_(line_cleanup) struct line line = { 0 };
	size_t len = strlen(user);

	while (file != NULL && getline(&line.text, &line.room, file) >= 0) {
		if (str_starts(line.text, user) && line.text[len] == ':')
			return true;
	}
	return false;
}

int ids_find_users(struct ids_set *used, struct err *err)
{
	_cleanup_(scan_done) struct scan scan = {
		.used = used,
		.own = malloc(MAP_MAX),
		.map = malloc(MAP_MAX),
	};

	if (scan.own == NULL || scan.map == NULL)
		return err_new(err, -ENOMEM, "look for a free id block: out of memory");
	if (fd_read_at(AT_FDCWD, "/proc/self/uid_map", scan.own, MAP_MAX) < 0)
		return err_sys(err, "read '/proc/self/uid_map'");
	use_accounts(used, "/etc/passwd");
	use_accounts(used, "/etc/group");
	ids_use_stored(used);
	return use_processes(&scan, err);
}
