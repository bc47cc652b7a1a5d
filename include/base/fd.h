/*
 * File descriptors owned by scope, and the few whole-file operations everybody needs.
 *
 * Runs in: host and init.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/err.h"

/* int variable that closes its descriptor at the end of the scope; start it at -1 */
#define _fd_ _cleanup_(fd_cleanup)

/** fd_cleanup() - close *@fd if it is one; keeps errno; never retries close() */
void fd_cleanup(int *fd);

/** fd_take() - hand a descriptor over: returns *@fd and leaves -1 behind */
int fd_take(int *fd);

/** fd_replace() - close *@fd and put @new_fd (taken over) in its place */
void fd_replace(int *fd, int new_fd);

/**
 * fd_write_all() - write @len bytes, across short writes and EINTR
 *
 * Return: 0, or -1 with errno.
 */
int fd_write_all(int fd, const void *data, size_t len) _must_check_;

/**
 * fd_write_at() - write one value to an existing file, in a single write(2)
 * @dirfd: directory the name is relative to (borrowed)
 * @name:  relative path; the last component is not followed if it is a symlink
 *
 * For kernel interface files (cgroup, procfs), which take one write as one command.
 * Return: 0, or -1 with errno (EIO for a short write).
 */
int fd_write_at(int dirfd, const char *name, const char *data, size_t len) _must_check_;

/**
 * fd_read_at() - read a small file whole
 * @buf: filled and NUL-terminated
 *
 * Return: bytes read, or -1 with errno (EFBIG if it does not fit in @size - 1).
 */
ssize_t fd_read_at(int dirfd, const char *name, char *buf, size_t size) _must_check_;

/** fd_read_all() - as fd_read_at(), from an open descriptor at its current offset */
ssize_t fd_read_all(int fd, char *buf, size_t size) _must_check_;

#endif
