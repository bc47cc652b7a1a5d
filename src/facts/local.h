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

/** facts_gather_lsm() - apparmor, selinux, apparmor_label of @out */
int facts_gather_lsm(struct arena *arena, struct facts *out, struct err *err) _must_check_;

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

/**
 * facts_read_overlay() - the fields of an "overlay" line, facts_read_layer() - of one layer
 * facts_print_overlay() - all lines of an overlay; none where none was looked at
 */
bool facts_read_overlay(char *rest, struct facts_overlay *out) _must_check_;
bool facts_read_layer(char *rest, struct facts_layer *out) _must_check_;
void facts_print_overlay(const struct facts_overlay *overlay, struct str_buf *out);

/* What a line of mountinfo says of an overlay, not compared with anything. */
struct facts_layer_name {
	enum facts_layer_kind kind;
	const char *name; /* as whoever mounted it wrote it; "" for a descriptor */
};

struct facts_overlay_names {
	struct facts_layer_name *layers; /* top to bottom */
	size_t n_layers;
	const char *options[FACTS_OVERLAY_OPTIONS_MAX];
	size_t n_options;
	bool is_readonly;
	bool is_whole;       /* the top of the overlay is mounted, not a directory of it */
	const char *problem; /* an option that is not known: what it does can't be repeated */
};

/**
 * facts_parse_overlay() - one line of mountinfo, without its newline; cut to pieces in place
 *
 * Return: 0; -ENOENT: not a line of an overlay; -EINVAL; -E2BIG; -ENOMEM.
 */
int facts_parse_overlay(struct arena *arena, char *line, struct facts_overlay_names *out)
	_must_check_;

/* A layer and the merged directory, both open. */
struct facts_layer_fd {
	int fd;
	bool is_relative;
};

/**
 * facts_check_layers() - does the mount show what these directories hold?
 * @merged: the top of the overlay
 * @fds: one for each layer
 *
 * Return: NULL, or what does not fit.
 */
const char *facts_check_layers(struct arena *arena, int merged, const struct facts_overlay *overlay,
	const struct facts_layer_fd *fds);

#endif
