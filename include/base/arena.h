/*
 * Model data (config, decisions, plan) lives in one arena per command: one owner, one free.
 *
 * Runs in: host only (caisson-init does not allocate).
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/attr.h"

struct arena_block;

struct arena {
	struct arena_block *blocks;
	size_t used;        /* bytes handed out, for the limit */
	size_t limit_bytes; /* 0 = ARENA_LIMIT_DEFAULT */
};

enum {
	ARENA_LIMIT_DEFAULT = 64 << 20
}; /* T-28: bounded memory for hostile input */

#define _arena_ _cleanup_(arena_done)

/** arena_done() - free everything; the arena is empty and usable again */
void arena_done(struct arena *a);

/**
 * arena_alloc() - zeroed memory that lives as long as the arena, aligned for any type
 *
 * Return: NULL when out of memory or over the limit; callers turn that into -ENOMEM.
 * Under AddressSanitizer every call is a block of its own, so overflows are caught.
 */
void *arena_alloc(struct arena *a, size_t size) _must_check_;

/** arena_array() - @n zeroed elements of @size bytes; NULL also when the product overflows */
void *arena_array(struct arena *a, size_t n, size_t size) _must_check_;

/** arena_strdup() - a copy of @s; arena_strndup() - of its first @len bytes, NUL-terminated */
char *arena_strdup(struct arena *a, const char *s) _must_check_;
char *arena_strndup(struct arena *a, const char *s, size_t len) _must_check_;

/** arena_fmt() - a formatted string (the formats of str_vfmt()) */
char *arena_fmt(struct arena *a, const char *fmt, ...) _printf_(2, 3) _must_check_;

#endif
