#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "base/str.h"
#include "config/json.h"

#include "utf8.h"

#include "base/banned.h"

enum {
	INDENT_MAX = 16
};

struct json_out {
	yajl_gen gen;
	struct str_buf text;
	char indent[INDENT_MAX + 1];
	bool is_object[JSON_DEPTH_MAX];
	size_t depth; /* containers that are open */
	bool pending; /* the innermost one is not written yet: it may turn out to be empty */
	bool complete;
	bool failed;
};

static void append(void *ctx, const char *data, size_t len)
{
	struct json_out *out = ctx;

	str_buf_add(&out->text, data, len);
}

struct json_out *json_out_new(const char *indent)
{
	struct json_out *out = NULL;

	if (strlen(indent) <= INDENT_MAX)
		out = calloc(1, sizeof(*out));
	if (out == NULL)
		return NULL;
	out->gen = yajl_gen_alloc(NULL);
	if (out->gen == NULL) {
		json_out_free(&out);
		return NULL;
	}
	memcpy(out->indent, indent, strlen(indent));
	yajl_gen_config(out->gen, yajl_gen_print_callback, append, out);
	if (indent[0] != '\0') {
		yajl_gen_config(out->gen, yajl_gen_beautify, 1);
		yajl_gen_config(out->gen, yajl_gen_indent_string, out->indent);
	}
	return out;
}

void json_out_free(struct json_out **out)
{
	if (*out == NULL)
		return;
	if ((*out)->gen != NULL)
		yajl_gen_free((*out)->gen);
	str_buf_done(&(*out)->text);
	free(*out);
	*out = NULL;
}

static void check(struct json_out *out, yajl_gen_status status)
{
	if (status != yajl_gen_status_ok)
		out->failed = true;
}

/* yajl knows no text for "here was no character", so broken UTF-8 becomes U+FFFD first. */
static void put_string(struct json_out *out, const char *value)
{
	const unsigned char *s = (const unsigned char *)value;
	size_t len = strlen(value), start = 0, at = 0;
	_str_buf_ struct str_buf clean = { 0 };

	while (at < len) {
		size_t n = utf8_length(s + at, len - at);

		if (n == 0) {
			str_buf_add(&clean, value + start, at - start);
			str_buf_puts(&clean, "\xef\xbf\xbd");
			start = at + 1;
		}
		at += n != 0 ? n : 1;
	}
	if (start == 0) {
		check(out, yajl_gen_string(out->gen, s, len));
		return;
	}
	str_buf_add(&clean, value + start, len - start);
	if (clean.failed)
		out->failed = true;
	else
		check(out, yajl_gen_string(out->gen, (const unsigned char *)clean.data, clean.len));
}

/* Everything before a value: the open bracket that was held back, and the key. */
static bool begin(struct json_out *out, const char *key)
{
	if (out == NULL || out->failed)
		return false;
	if (out->complete || (key != NULL) != (out->depth > 0 && out->is_object[out->depth - 1])) {
		out->failed = true;
		return false;
	}
	if (out->pending)
		check(out, out->is_object[out->depth - 1] ? yajl_gen_map_open(out->gen)
							  : yajl_gen_array_open(out->gen));
	out->pending = false;
	if (key != NULL)
		put_string(out, key);
	return !out->failed;
}

/* Everything after one: the document ends with it, if nothing is open. */
static void finish(struct json_out *out)
{
	if (out->depth > 0)
		return;
	out->complete = true;
	/* yajl's own newline after a pretty document */
	if (out->text.len > 0 && out->text.data[out->text.len - 1] == '\n')
		out->text.data[--out->text.len] = '\0';
}

static void open_container(struct json_out *out, const char *key, bool is_object)
{
	if (!begin(out, key))
		return;
	if (out->depth == JSON_DEPTH_MAX) {
		out->failed = true;
		return;
	}
	out->is_object[out->depth++] = is_object;
	out->pending = true;
}

void json_out_object(struct json_out *out, const char *key)
{
	open_container(out, key, true);
}

void json_out_array(struct json_out *out, const char *key)
{
	open_container(out, key, false);
}

void json_out_end(struct json_out *out)
{
	bool is_object;

	if (out == NULL || out->failed)
		return;
	if (out->depth == 0) {
		out->failed = true;
		return;
	}
	is_object = out->is_object[--out->depth];
	/* yajl would put a blank line between the brackets of an empty container */
	if (out->pending)
		check(out, yajl_gen_number(out->gen, is_object ? "{}" : "[]", 2));
	else
		check(out,
			is_object ? yajl_gen_map_close(out->gen) : yajl_gen_array_close(out->gen));
	out->pending = false;
	finish(out);
}

void json_out_string(struct json_out *out, const char *key, const char *value)
{
	if (!begin(out, key))
		return;
	put_string(out, value);
	finish(out);
}

void json_out_bool(struct json_out *out, const char *key, bool value)
{
	if (!begin(out, key))
		return;
	check(out, yajl_gen_bool(out->gen, value));
	finish(out);
}

void json_out_number(struct json_out *out, const char *key, const char *digits)
{
	if (!begin(out, key))
		return;
	check(out, yajl_gen_number(out->gen, digits, strlen(digits)));
	finish(out);
}

void json_out_i64(struct json_out *out, const char *key, int64_t value)
{
	char digits[24];

	str_fmt(digits, sizeof(digits), "%lld", (long long)value);
	json_out_number(out, key, digits);
}

void json_out_u64(struct json_out *out, const char *key, uint64_t value)
{
	char digits[24];

	str_fmt(digits, sizeof(digits), "%llu", (unsigned long long)value);
	json_out_number(out, key, digits);
}

void json_out_null(struct json_out *out, const char *key)
{
	if (!begin(out, key))
		return;
	check(out, yajl_gen_null(out->gen));
	finish(out);
}

const char *json_out_text(const struct json_out *out, size_t *len)
{
	if (out == NULL || out->failed || out->text.failed || !out->complete)
		return NULL;
	*len = out->text.len;
	return out->text.data;
}
