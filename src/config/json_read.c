#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"
#include "config/json.h"

#include "base/banned.h"

enum {
	QUOTE_MAX = 48
}; /* bytes of a foreign value in a message */

static const char *const type_names[] = {
	[JSON_NULL] = "null",
	[JSON_BOOL] = "a boolean",
	[JSON_NUMBER] = "a number",
	[JSON_STRING] = "a string",
	[JSON_ARRAY] = "an array",
	[JSON_OBJECT] = "an object",
};

const struct json *json_get(const struct json *object, const char *key)
{
	if (object == NULL || object->type != JSON_OBJECT)
		return NULL;
	for (const struct json *child = object->first; child != NULL; child = child->next) {
		if (str_eq(child->key, key))
			return child->type != JSON_NULL ? child : NULL;
	}
	return NULL;
}

/* --- pointers and errors ----------------------------------------------------------------------- */

/* One reference token, "~" and "/" escaped; returns the new length, at most @size - 1. */
static size_t add_token(char *buf, size_t size, size_t len, const char *token)
{
	if (len + 1 < size)
		buf[len++] = '/';
	for (; *token != '\0' && len + 3 <= size; token++) {
		if (*token != '~' && *token != '/') {
			buf[len++] = *token;
			continue;
		}
		buf[len++] = '~';
		buf[len++] = *token == '~' ? '0' : '1';
	}
	return len;
}

const char *json_pointer(const struct json *node, char *buf, size_t size)
{
	const struct json *path[JSON_DEPTH_MAX + 1];
	size_t n = 0, len = 0;

	if (size == 0)
		return buf;
	for (; node->parent != NULL && n < ARRAY_SIZE(path); node = node->parent)
		path[n++] = node;
	while (n-- > 0) {
		char index[16];

		str_fmt(index, sizeof(index), "%u", path[n]->index);
		len = add_token(buf, size, len, path[n]->key != NULL ? path[n]->key : index);
	}
	buf[len] = '\0';
	return buf;
}

int json_err(struct err *err, const struct json *node, const char *fmt, ...)
{
	char pointer[JSON_POINTER_MAX], shown[JSON_POINTER_MAX], reason[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	str_vfmt(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	json_pointer(node, pointer, sizeof(pointer));
	str_escape(shown, sizeof(shown), pointer);
	return err_new(err, -EINVAL, "%s: %s", shown[0] != '\0' ? shown : "document", reason);
}

static int err_type(struct err *err, const struct json *node, enum json_type wanted)
{
	return json_err(
		err, node, "must be %s, not %s", type_names[wanted], type_names[node->type]);
}

/* --- typed reads ------------------------------------------------------------------------------- */

int json_read_string(const struct json *node, const char **out, struct err *err)
{
	if (node == NULL)
		return 0;
	if (node->type != JSON_STRING)
		return err_type(err, node, JSON_STRING);
	*out = node->text;
	return 0;
}

int json_read_bool(const struct json *node, bool *out, struct err *err)
{
	if (node == NULL)
		return 0;
	if (node->type != JSON_BOOL)
		return err_type(err, node, JSON_BOOL);
	*out = node->boolean;
	return 0;
}

int json_read_u64(const struct json *node, uint64_t max, uint64_t *out, struct err *err)
{
	if (node == NULL)
		return 0;
	if (node->type != JSON_NUMBER)
		return err_type(err, node, JSON_NUMBER);
	if (!num_u64(node->text, max, out))
		return json_err(err, node, "%.*s is not an integer from 0 to %llu", QUOTE_MAX,
			node->text, (unsigned long long)max);
	return 0;
}

int json_read_u32(const struct json *node, uint32_t *out, struct err *err)
{
	uint64_t value = 0;
	int r;

	if (node == NULL)
		return 0;
	r = json_read_u64(node, UINT32_MAX, &value, err);
	if (r < 0)
		return r;
	*out = (uint32_t)value;
	return 0;
}

int json_read_i64(const struct json *node, int64_t min, int64_t max, int64_t *out, struct err *err)
{
	if (node == NULL)
		return 0;
	if (node->type != JSON_NUMBER)
		return err_type(err, node, JSON_NUMBER);
	if (!num_i64(node->text, min, max, out))
		return json_err(err, node, "%.*s is not an integer from %lld to %lld", QUOTE_MAX,
			node->text, (long long)min, (long long)max);
	return 0;
}

int json_read_strings(
	const struct json *node, struct arena *arena, struct json_strings *out, struct err *err)
{
	const char **items;
	size_t n = 0;

	if (node == NULL)
		return 0;
	if (node->type != JSON_ARRAY)
		return err_type(err, node, JSON_ARRAY);
	items = arena_array(arena, (size_t)node->n_children + 1, sizeof(*items));
	if (items == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		if (child->type != JSON_STRING)
			return err_type(err, child, JSON_STRING);
		items[n++] = child->text;
	}
	out->items = items;
	out->n = n;
	return 0;
}
