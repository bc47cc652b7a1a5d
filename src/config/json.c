#include "config/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yajl/yajl_parse.h>

#include "base/fd.h"
#include "base/str.h"

#include "json_keys.h"
#include "utf8.h"

#include "base/banned.h"

/* The tree while it grows: the containers that are open, outermost first. */
struct builder {
	struct arena *arena;
	struct json *root;
	struct json *open[JSON_DEPTH_MAX];
	struct json *last[JSON_DEPTH_MAX]; /* the newest child of each */
	size_t depth;
	const char *key; /* of the value that comes next */
	struct json_keys keys;
	struct err *err; /* filled once a callback has returned 0 */
};

/* --- what yajl does not check ------------------------------------------------------------------ */

static int err_at(struct err *err, const char *text, size_t offset, const char *reason)
{
	unsigned long long line = 1;
	size_t start = 0;

	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	return err_new(err, -EINVAL, "line %llu, column %zu: %s", line, offset - start + 1, reason);
}

/* yajl takes overlong forms and encoded surrogates for UTF-8; then "\xc0\x80" would be a second
 * spelling of NUL, and two readers of one file could see different texts. */
static int check_utf8(const char *text, size_t len, struct err *err)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t at = 0;

	while (at < len) {
		uint64_t word;
		size_t n;

		if (len - at >= sizeof(word)) {
			memcpy(&word, s + at, sizeof(word));
			if ((word & 0x8080808080808080) == 0) {
				at += sizeof(word);
				continue;
			}
		}
		n = utf8_length(s + at, len - at);
		if (n == 0)
			return err_at(err, text, at, "not UTF-8");
		at += n;
	}
	return 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The value of "\uXXXX" at @s, or -1 if there is no such escape. */
static int read_escape(const char *s, size_t avail)
{
	int value = 0;

	if (avail < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int digit = hex_value(s[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* Escapes that name no character a C string can hold. A backslash outside a string is a syntax
 * error anyway, so that the text needs no other reading here. */
static int check_escapes(const char *text, size_t len, struct err *err)
{
	const char *end = text + len;
	const char *s = memchr(text, '\\', len);

	while (s != NULL) {
		int value = read_escape(s, (size_t)(end - s));
		size_t n = value < 0 ? 2 : 6;

		if (value == 0)
			return err_at(err, text, (size_t)(s - text), "NUL character in a string");
		if (value >= 0xd800 && value <= 0xdfff) {
			int low = read_escape(s + 6, (size_t)(end - s) - 6);

			if (value >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
				return err_at(err, text, (size_t)(s - text),
					"half of a surrogate pair in a string");
			n = 12;
		}
		if (n >= (size_t)(end - s))
			return 0;
		s += n;
		s = memchr(s, '\\', (size_t)(end - s));
	}
	return 0;
}

static int check_text(const char *text, size_t len, struct err *err)
{
	int r;

	if (len > JSON_TEXT_MAX)
		return err_new(err, -EFBIG, "larger than %d bytes", JSON_TEXT_MAX);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return err_at(err, text, 0, "byte order mark");
	r = check_utf8(text, len, err);
	if (r < 0)
		return r;
	return check_escapes(text, len, err);
}

/* --- building the tree: yajl's callbacks, which return 0 to stop ------------------------------- */

static int stop_no_memory(struct builder *b)
{
	err_new(b->err, -ENOMEM, "out of memory, or too many values in one document");
	return 0;
}

/* A new node in its place, with a copy of @text; NULL with b->err filled. */
static struct json *add(struct builder *b, enum json_type type, const char *text, size_t len)
{
	struct json *node = arena_alloc(b->arena, sizeof(*node) + (text != NULL ? len + 1 : 0));
	struct json *parent;

	if (node == NULL) {
		stop_no_memory(b);
		return NULL;
	}
	node->type = type;
	if (text != NULL) {
		memcpy(node + 1, text, len);
		node->text = (const char *)(node + 1);
	}
	if (b->depth == 0) {
		b->root = node;
		return node;
	}
	parent = b->open[b->depth - 1];
	node->parent = parent;
	node->key = b->key;
	node->index = parent->n_children++;
	b->key = NULL;
	if (b->last[b->depth - 1] == NULL)
		parent->first = node;
	else
		b->last[b->depth - 1]->next = node;
	b->last[b->depth - 1] = node;
	return node;
}

static int on_null(void *ctx)
{
	return add(ctx, JSON_NULL, NULL, 0) != NULL;
}

static int on_bool(void *ctx, int value)
{
	struct json *node = add(ctx, JSON_BOOL, NULL, 0);

	if (node == NULL)
		return 0;
	node->boolean = value != 0;
	return 1;
}

static int on_number(void *ctx, const char *text, size_t len)
{
	return add(ctx, JSON_NUMBER, text, len) != NULL;
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
	/* yajl hands out NULL for an empty string it had no reason to buffer */
	return add(ctx, JSON_STRING, len != 0 ? (const char *)text : "", len) != NULL;
}

static int on_open(struct builder *b, enum json_type type)
{
	struct json *node = add(b, type, NULL, 0);

	if (node == NULL)
		return 0;
	if (b->depth == JSON_DEPTH_MAX) {
		err_new(b->err, -EFBIG, "nested deeper than %d levels", JSON_DEPTH_MAX);
		return 0;
	}
	b->open[b->depth] = node;
	b->last[b->depth] = NULL;
	b->depth++;
	return 1;
}

static int on_open_object(void *ctx)
{
	return on_open(ctx, JSON_OBJECT);
}

static int on_open_array(void *ctx)
{
	return on_open(ctx, JSON_ARRAY);
}

static int on_key(void *ctx, const unsigned char *text, size_t len)
{
	struct builder *b = ctx;
	const struct json *object = b->open[b->depth - 1];

	if (object->n_children == JSON_KEYS_MAX) {
		json_err(b->err, object, "more than %d keys", JSON_KEYS_MAX);
		b->err->code = -EFBIG;
		return 0;
	}
	b->key = arena_strndup(b->arena, len != 0 ? (const char *)text : "", len);
	return b->key != NULL ? 1 : stop_no_memory(b);
}

static int on_close_object(void *ctx)
{
	struct builder *b = ctx;
	const struct json *twice;

	b->depth--;
	if (json_keys_find_duplicate(&b->keys, b->open[b->depth], &twice) < 0)
		return stop_no_memory(b);
	if (twice != NULL) {
		json_err(b->err, twice, "duplicate key");
		return 0;
	}
	return 1;
}

static int on_close_array(void *ctx)
{
	struct builder *b = ctx;

	b->depth--;
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_open_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_close_object,
	.yajl_start_array = on_open_array,
	.yajl_end_array = on_close_array,
};

/* --- parsing ----------------------------------------------------------------------------------- */

static void free_handle(yajl_handle *handle)
{
	if (*handle != NULL)
		yajl_free(*handle);
}

/* yajl's words, "parse error: ....\n", as one of our reasons. */
static int err_syntax(struct err *err, yajl_handle handle, const char *text, size_t len, size_t at)
{
	unsigned char *words = yajl_get_error(handle, 0, (const unsigned char *)text, len);
	char reason[160];
	size_t n;

	str_fmt(reason, sizeof(reason), "%s", words != NULL ? (const char *)words : "syntax error");
	if (words != NULL)
		yajl_free_error(handle, words);
	n = strcspn(reason, "\n");
	if (n > 0 && reason[n - 1] == '.')
		n--;
	reason[n] = '\0';
	return err_at(err, text, at < len ? at : len, reason);
}

static int run(struct builder *b, const char *text, size_t len, bool comments, struct err *err)
{
	_cleanup_(free_handle) yajl_handle handle = yajl_alloc(&callbacks, NULL, b);
	yajl_status status;
	size_t at = len;

	if (handle == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	yajl_config(handle, yajl_dont_validate_strings, 1); /* check_utf8() is stricter */
	yajl_config(handle, yajl_allow_comments, comments ? 1 : 0);
	status = yajl_parse(handle, (const unsigned char *)text, len);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(handle); /* fails at the end, if it does */
	else if (yajl_get_bytes_consumed(handle) > 0)
		at = yajl_get_bytes_consumed(handle) - 1; /* it is past what it stumbled on */
	else
		at = 0;
	if (status == yajl_status_client_canceled)
		return err->code;
	if (status != yajl_status_ok)
		return err_syntax(err, handle, text, len, at);
	return 0;
}

static int parse(struct arena *arena, const char *text, size_t len, bool comments,
	const struct json **root, struct err *err)
{
	struct builder b = { .arena = arena, .err = err };
	int r;

	r = check_text(text, len, err);
	if (r < 0)
		return r;
	r = run(&b, text, len, comments, err);
	json_keys_done(&b.keys);
	if (r < 0)
		return r;
	*root = b.root;
	return 0;
}

int json_parse(struct arena *arena, const char *text, size_t len, const struct json **root,
	struct err *err)
{
	return parse(arena, text, len, false, root, err);
}

int json_parse_commented(struct arena *arena, const char *text, size_t len,
	const struct json **root, struct err *err)
{
	return parse(arena, text, len, true, root, err);
}

/* --- files ------------------------------------------------------------------------------------- */

static void free_text(char **text)
{
	free(*text);
}

static int open_regular(int dirfd, const char *path, int *out_fd, size_t *out_size, struct err *err)
{
	/* not blocking, so that a fifo in place of the file can't hold us up */
	_fd_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return err_sys(err, "open '%s'", path);
	if (fstat(fd, &st) < 0)
		return err_sys(err, "stat '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_new(err, -EINVAL, "'%s' is not a regular file", path);
	if (st.st_size > JSON_TEXT_MAX)
		return err_new(err, -EFBIG, "'%s' is larger than %d bytes", path, JSON_TEXT_MAX);
	*out_fd = fd_take(&fd);
	*out_size = (size_t)st.st_size;
	return 0;
}

int json_load(
	struct arena *arena, int dirfd, const char *path, const struct json **root, struct err *err)
{
	_cleanup_(free_text) char *text = NULL;
	_fd_ int fd = -1;
	size_t size = 0;
	ssize_t n;
	int r;

	r = open_regular(dirfd, path, &fd, &size, err);
	if (r < 0)
		return r;
	/* one byte more and its NUL, to see a file that has grown since */
	text = malloc(size + 2);
	if (text == NULL)
		return err_new(err, -ENOMEM, "read '%s': out of memory", path);
	n = fd_read_all(fd, text, size + 2);
	if (n < 0)
		return err_sys(err, "read '%s'", path);
	if ((size_t)n != size)
		return err_new(err, -EAGAIN, "'%s' changed while it was read", path);
	r = json_parse(arena, text, size, root, err);
	if (r < 0)
		return err_ctx(err, "%s", path);
	return 0;
}
