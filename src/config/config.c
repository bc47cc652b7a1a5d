#include "config/config.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

#include "local.h"

#include "base/banned.h"

/* --- ociVersion: Semantic Versioning 2.0 ------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_identifier_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/* A number without leading zeros; returns what follows, or NULL. */
static const char *skip_number(const char *s)
{
	const char *start = s;

	while (is_digit(*s))
		s++;
	if (s == start || (*start == '0' && s > start + 1))
		return NULL;
	return s;
}

/* Identifiers between dots; a numeric one has no leading zero before the "+". */
static const char *skip_identifiers(const char *s, bool allow_zeros)
{
	for (;;) {
		const char *start = s;
		bool is_number = true;

		for (; is_identifier_char(*s); s++)
			is_number = is_number && is_digit(*s);
		if (s == start)
			return NULL;
		if (is_number && !allow_zeros && *start == '0' && s > start + 1)
			return NULL;
		if (*s != '.')
			return s;
		s++;
	}
}

static bool is_semver(const char *s)
{
	for (int i = 0; i < 3; i++) {
		if (i > 0 && *s++ != '.')
			return false;
		s = skip_number(s);
		if (s == NULL)
			return false;
	}
	if (*s == '-')
		s = skip_identifiers(s + 1, false);
	if (s != NULL && *s == '+')
		s = skip_identifiers(s + 1, true);
	return s != NULL && *s == '\0';
}

static int read_version(const struct json *root, const char **out, struct err *err)
{
	const struct json *node;
	const char *version = "";
	char shown[64];
	int r;

	r = config_get_required(root, "ociVersion", &node, err);
	if (r == 0)
		r = json_read_string(node, &version, err);
	if (r < 0)
		return r;
	str_escape(shown, sizeof(shown), version);
	if (!is_semver(version))
		return json_err(err, node, "'%s' is not a semantic version", shown);
	if (!str_starts(version, "1."))
		return json_err(err, node, "version '%s' is not supported, only 1.x is", shown);
	*out = version;
	return 0;
}

/* --- the top level ----------------------------------------------------------------------------- */

static int read_root(const struct json *root, struct config *out, struct err *err)
{
	const struct json *node = NULL, *path = NULL;
	const char *text = "";
	int r;

	r = config_get_required(root, "root", &node, err);
	if (r == 0)
		r = config_get_required(node, "path", &path, err);
	if (r == 0)
		r = json_read_string(path, &text, err);
	if (r < 0)
		return r;
	if (text[0] == '\0')
		return json_err(err, path, "must not be empty");
	if (strlen(text) >= CONFIG_PATH_MAX)
		return json_err(err, path, "longer than %d bytes", CONFIG_PATH_MAX - 1);
	out->root_path = text;
	return json_read_bool(json_get(node, "readonly"), &out->root_readonly, err);
}

static int read_host_name(const struct json *node, const char **out, struct err *err)
{
	int r;

	r = config_read_text(node, out, err);
	if (r == 0 && *out != NULL && strlen(*out) > CONFIG_HOSTNAME_MAX)
		return json_err(err, node, "longer than %d bytes", CONFIG_HOSTNAME_MAX);
	return r;
}

static int read_annotations(
	struct arena *arena, const struct json *node, struct config *out, struct err *err)
{
	const char **keys, **values;
	size_t n = 0;
	int r;

	r = config_check_object(node, err);
	if (r < 0 || node == NULL)
		return r;
	keys = arena_array(arena, (size_t)node->n_children + 1, sizeof(*keys));
	values = arena_array(arena, (size_t)node->n_children + 1, sizeof(*values));
	if (keys == NULL || values == NULL)
		return config_err_memory(err);
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		if (child->key[0] == '\0')
			return json_err(err, node, "an annotation has an empty name");
		if (child->type == JSON_NULL)
			continue;
		keys[n] = child->key;
		r = json_read_string(child, &values[n++], err);
		if (r < 0)
			return r;
	}
	out->annotation_keys = (struct json_strings){ .items = keys, .n = n };
	out->annotation_values = (struct json_strings){ .items = values, .n = n };
	return 0;
}

static int read_process(
	struct config_reader *reader, const struct json *node, struct config *out, struct err *err)
{
	int r;

	if (node == NULL)
		return 0;
	out->has_process = true;
	r = config_read_process(reader, node, &out->process, err);
	if (r == 0)
		r = config_check_fields(reader, node, config_process_deferred, err);
	return r;
}

static int read_all(
	struct config_reader *reader, const struct json *root, struct config *out, struct err *err)
{
	int r;

	r = read_version(root, &out->oci_version, err);
	if (r == 0)
		r = read_root(root, out, err);
	if (r == 0)
		r = read_process(reader, json_get(root, "process"), out, err);
	if (r == 0)
		r = read_host_name(json_get(root, "hostname"), &out->hostname, err);
	if (r == 0)
		r = read_host_name(json_get(root, "domainname"), &out->domainname, err);
	if (r == 0)
		r = config_read_mounts(reader, json_get(root, "mounts"), out, err);
	if (r == 0)
		r = config_read_hooks(reader, json_get(root, "hooks"), out->hooks, err);
	if (r == 0)
		r = read_annotations(reader->arena, json_get(root, "annotations"), out, err);
	if (r == 0)
		r = config_read_linux(reader, json_get(root, "linux"), out, err);
	return r;
}

int config_parse(struct arena *arena, const struct json *root, struct config *out, struct err *err)
{
	struct config_reader reader = { .arena = arena };
	struct config config = { .oci_version = NULL };
	int r;

	r = read_all(&reader, root, &config, err);
	if (r < 0)
		return r;
	config.unsupported = reader.unsupported;
	config.n_unsupported = reader.n_unsupported;
	*out = config;
	return 0;
}

int config_load(
	struct arena *arena, int bundle_fd, const char *name, struct config *out, struct err *err)
{
	const struct json *root = NULL;
	int r;

	r = json_load(arena, bundle_fd, name, &root, err);
	if (r == -ENOENT)
		return err_new(err, -ENOENT, "JSON specification file %s not found", name);
	if (r < 0)
		return r;
	r = config_parse(arena, root, out, err);
	if (r < 0)
		return err_ctx(err, "%s", name);
	return 0;
}

int config_load_process(
	struct arena *arena, int dir_fd, const char *path, struct config *out, struct err *err)
{
	struct config_reader reader = { .arena = arena };
	struct config config = { .oci_version = NULL };
	const struct json *root = NULL;
	int r;

	r = json_load(arena, dir_fd, path, &root, err);
	if (r == 0)
		r = read_process(&reader, root, &config, err);
	if (r < 0)
		return err_ctx(err, "%s", path);
	config.unsupported = reader.unsupported;
	config.n_unsupported = reader.n_unsupported;
	*out = config;
	return 0;
}
