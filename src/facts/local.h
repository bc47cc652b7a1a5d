/*
 * Shared by the files of src/facts only.
 *
 * Runs in: host.
 */
#ifndef FACTS_LOCAL_H
#define FACTS_LOCAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "facts/facts.h"

/* The array of paths has room for this many at first, then for twice as many at each power of 2. */
enum {
	FACTS_PATHS_ROOM = 16,
	FACTS_LINK_MAX = 32,
};

/** facts_fd_link() - the name under which procfs has a descriptor of ours, to open it again */
void facts_fd_link(char link[FACTS_LINK_MAX], int fd);

/** facts_gather_cgroups() - hierarchies, mode and cgroup_writable of @out */
int facts_gather_cgroups(struct arena *arena, struct facts *out, struct err *err) _must_check_;

/**
 * facts_is_trusted() - may nobody but root decide what @path leads to, or write it?
 * @object: the file that was found there
 */
bool facts_is_trusted(const char *path, const struct stat *object);

/** facts_fs_name() - name of a filesystem type by its magic number into @buf */
void facts_fs_name(uint64_t magic, char *buf, size_t size);

/** facts_parse_base() - a number in digits 0-9a-f of @base, at most @max; no prefix */
bool facts_parse_base(const char *s, unsigned base, uint64_t max, uint64_t *out) _must_check_;

/**
 * facts_read_object() - the fields of @rest about @path (borrowed)
 * facts_print_object() - the same fields and the end of the line
 */
bool facts_read_object(const char *path, char *rest, struct facts_path *out) _must_check_;
void facts_print_object(const struct facts_path *path, struct str_buf *out);

#endif
