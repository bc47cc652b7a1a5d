#include <string.h>

#include "base/str.h"

#include "local.h"

#include "base/banned.h"

enum {
	UNSUPPORTED_FIRST = 8
};

static int grow(struct config_reader *reader, struct err *err)
{
	size_t cap = reader->cap_unsupported != 0 ? 2 * reader->cap_unsupported : UNSUPPORTED_FIRST;
	struct config_unsupported *list = arena_array(reader->arena, cap, sizeof(*list));

	if (list == NULL)
		return config_err_memory(err);
	if (reader->n_unsupported > 0)
		memcpy(list, reader->unsupported, reader->n_unsupported * sizeof(*list));
	reader->unsupported = list;
	reader->cap_unsupported = cap;
	return 0;
}

int config_defer(
	struct config_reader *reader, const struct json *node, const char *what, struct err *err)
{
	const char *pointer = config_pointer(reader->arena, node);
	int r;

	if (pointer == NULL)
		return config_err_memory(err);
	if (reader->n_unsupported == reader->cap_unsupported) {
		r = grow(reader, err);
		if (r < 0)
			return r;
	}
	reader->unsupported[reader->n_unsupported++] =
		(struct config_unsupported){ .pointer = pointer, .what = what };
	return 0;
}

/* --- checking one field by its table row ------------------------------------------------------- */

static int check_form(const struct json *node, const char *text, const struct config_field *field,
	struct err *err)
{
	if (field->valid == NULL || field->valid(text))
		return 0;
	return json_err(err, node, "must be %s", field->form);
}

static int check_int(const struct json *node, const struct config_field *field, struct err *err)
{
	int64_t number;
	uint64_t natural;

	if (field->min < 0)
		return json_read_i64(node, field->min, (int64_t)field->max, &number, err);
	return json_read_u64(node, field->max, &natural, err);
}

static int check_string(const struct json *node, const struct config_field *field, struct err *err)
{
	const char *text = "";
	int r;

	r = json_read_string(node, &text, err);
	if (r < 0)
		return r;
	return check_form(node, text, field, err);
}

static int check_strings(const struct json *node, const struct config_field *field, struct err *err)
{
	int r;

	r = config_check_list(node, CONFIG_LIST_MAX, err);
	if (r < 0)
		return r;
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		r = check_string(child, field, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_map(struct config_reader *reader, const struct json *node,
	const struct config_field *field, struct err *err)
{
	int r;

	r = config_check_object(node, err);
	if (r < 0)
		return r;
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		r = check_form(child, child->key, field, err);
		if (r < 0)
			return r;
		if (child->type == JSON_NULL)
			continue;
		r = config_check_fields(reader, child, field->fields, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_field(struct config_reader *reader, const struct json *node,
	const struct config_field *field, struct err *err)
{
	bool flag;

	switch (field->kind) {
	case CONFIG_FIELD_BOOL:
		return json_read_bool(node, &flag, err);
	case CONFIG_FIELD_INT:
		return check_int(node, field, err);
	case CONFIG_FIELD_STRING:
		return check_string(node, field, err);
	case CONFIG_FIELD_STRINGS:
		return check_strings(node, field, err);
	case CONFIG_FIELD_OBJECT:
		return config_check_fields(reader, node, field->fields, err);
	case CONFIG_FIELD_MAP:
		return check_map(reader, node, field, err);
	}
	return 0;
}

/* Anything but the zero that Go's and Rust's writers leave in a field nobody has set? */
static bool is_set(const struct json *node)
{
	switch (node->type) {
	case JSON_NULL:
		return false;
	case JSON_BOOL:
		return node->boolean;
	case JSON_NUMBER:
		return !str_eq(node->text, "0") && !str_eq(node->text, "-0");
	case JSON_STRING:
		return node->text[0] != '\0';
	case JSON_ARRAY:
	case JSON_OBJECT:
		return node->n_children > 0;
	}
	return true;
}

int config_check_fields(struct config_reader *reader, const struct json *object,
	const struct config_field *fields, struct err *err)
{
	int r;

	r = config_check_object(object, err);
	if (r < 0 || object == NULL)
		return r;
	for (const struct config_field *field = fields; field->key != NULL; field++) {
		const struct json *node = json_get(object, field->key);

		if (node == NULL && field->required)
			return json_err(err, object, "'%s' is missing", field->key);
		if (node == NULL)
			continue;
		r = check_field(reader, node, field, err);
		if (r < 0)
			return r;
		if (field->when == CONFIG_DEFER_PRESENT ||
			(field->when == CONFIG_DEFER_SET && is_set(node)))
			r = config_defer(reader, node, field->what, err);
		if (r < 0)
			return r;
	}
	return 0;
}
