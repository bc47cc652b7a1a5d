/*
 * JSON files that decide what containers may do: profiles and the administrator's settings.
 *
 * Runs in: host.
 */
#ifndef POLICY_TRUSTED_H
#define POLICY_TRUSTED_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/json.h"

/** policy_parse_object() - json_parse_commented() of a document that must be an object */
int policy_parse_object(struct arena *arena, const char *text, size_t len, const struct json **root,
	struct err *err) _must_check_;

/* Who may have written it. */
enum policy_author {
	POLICY_AUTHOR_CALLER, /* root or the caller */
	POLICY_AUTHOR_ROOT,   /* root alone, who also has the directory it is in */
};

/**
 * policy_read_trusted() - an object from a regular file that nobody but @author can write
 *
 * Return: 0; -ENOENT when there is no file; another negative errno.
 */
int policy_read_trusted(struct arena *arena, const char *path, enum policy_author author,
	const struct json **root, struct err *err) _must_check_;

#endif
