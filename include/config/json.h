/*
 * Reading and writing JSON. Reading: yajl's tokens under our own limits into an immutable tree in
 * an arena; no DOM of yajl's, no numbers through double. Writing: a thin layer over yajl_gen.
 * Used for config.json, process.json, profiles, and every JSON text we print.
 *
 * Runs in: host. Input is semi-trusted: every limit below is a refusal, never a truncation.
 */
#ifndef CONFIG_JSON_H
#define CONFIG_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum {
	JSON_TEXT_MAX = 8 << 20, /* bytes of one document */
	JSON_DEPTH_MAX = 64,     /* nested arrays and objects */
	JSON_KEYS_MAX = 1 << 16, /* keys of one object */
	JSON_POINTER_MAX = 256,  /* bytes of a printed pointer */
};

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

struct json {
	enum json_type type;
	bool boolean;
	uint32_t n_children; /* of an array or object */
	uint32_t index;      /* position in the parent */
	const char *key;     /* name in the parent object, or NULL */
	const char *text;    /* string value, or a number as it was written */
	const struct json *parent;
	const struct json *first; /* first child, in document order */
	const struct json *next;  /* next sibling */
};

/**
 * json_parse() - parse one whole document
 * @arena: takes the tree and its strings
 * @text:  UTF-8; a byte order mark, bytes after the value, a NUL inside a string, a lone
 *         surrogate and a duplicate key are errors (GEN-02, T-28)
 * @root:  set on success
 *
 * Return: 0, -EINVAL (text says line and column, or the JSON pointer), -EFBIG over a limit, -ENOMEM.
 */
int json_parse(struct arena *arena, const char *text, size_t len, const struct json **root,
	struct err *err) _must_check_;

/**
 * json_parse_commented() - json_parse() of a text that may have comments, as people write them
 *
 * A comment is one of C++, to the end of the line or between slash-star and star-slash. For files
 * of an administrator only: RFC 8259 has none, and other readers of a config.json would refuse it.
 */
int json_parse_commented(struct arena *arena, const char *text, size_t len,
	const struct json **root, struct err *err) _must_check_;

/**
 * json_load() - json_parse() of a file
 * @dirfd: directory @path is relative to, or AT_FDCWD
 *
 * Only a regular file is read; "no such file or directory" is -ENOENT.
 */
int json_load(struct arena *arena, int dirfd, const char *path, const struct json **root,
	struct err *err) _must_check_;

/** json_get() - child of an object by exact name; NULL if absent or null (GEN-14) */
const struct json *json_get(const struct json *object, const char *key);

/** json_pointer() - "/linux/devices/3/path" (RFC 6901) of @node into @buf; "" is the root */
const char *json_pointer(const struct json *node, char *buf, size_t size);

/** json_err() - -EINVAL with "POINTER: reason" */
int json_err(struct err *err, const struct json *node, const char *fmt, ...) _printf_(3, 4);

/*
 * Typed reads. @node NULL means absent: 0, and *@out stays as it was (its default).
 * A wrong type or a value out of range is json_err().
 */
int json_read_string(const struct json *node, const char **out, struct err *err) _must_check_;
int json_read_bool(const struct json *node, bool *out, struct err *err) _must_check_;
int json_read_u64(const struct json *node, uint64_t max, uint64_t *out, struct err *err)
	_must_check_;
int json_read_u32(const struct json *node, uint32_t *out, struct err *err) _must_check_;
int json_read_i64(const struct json *node, int64_t min, int64_t max, int64_t *out, struct err *err)
	_must_check_;

/* A list of strings: NULL-terminated, @n without the terminator. */
struct json_strings {
	const char *const *items;
	size_t n;
};
int json_read_strings(const struct json *node, struct arena *arena, struct json_strings *out,
	struct err *err) _must_check_;

/* --- writing -------------------------------------------------------------------------------- */

struct json_out; /* one document being written */

/**
 * json_out_new() - start a document
 * @indent: one level of indentation, "" = everything on one line
 *
 * Return: NULL when out of memory; release with json_out_free(). Calls on NULL do nothing, and
 * json_out_text() then returns NULL, so that only the end needs a check.
 */
struct json_out *json_out_new(const char *indent) _must_check_;
void json_out_free(struct json_out **out);
#define _json_out_ _cleanup_(json_out_free)

/* @key is the name in the enclosing object, NULL inside an array or for the document itself. */
void json_out_object(struct json_out *out, const char *key);
void json_out_array(struct json_out *out, const char *key);
void json_out_end(struct json_out *out); /* of the innermost object or array */
void json_out_string(struct json_out *out, const char *key, const char *value);
void json_out_bool(struct json_out *out, const char *key, bool value);
void json_out_i64(struct json_out *out, const char *key, int64_t value);
void json_out_u64(struct json_out *out, const char *key, uint64_t value);
void json_out_number(struct json_out *out, const char *key, const char *digits); /* as it is */
void json_out_null(struct json_out *out, const char *key);

/** json_out_text() - the finished text, without a trailing newline; NULL = out of memory */
const char *json_out_text(const struct json_out *out, size_t *len);

#endif
