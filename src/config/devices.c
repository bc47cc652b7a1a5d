#include <string.h>

#include "base/str.h"

#include "local.h"

#include "base/banned.h"

enum {
	DEVICE_MAJOR_MAX = (1 << 12) - 1, /* the kernel's dev_t: 12 bits and 20 bits */
	DEVICE_MINOR_MAX = (1 << 20) - 1,
	DEVICE_MODE_MASK = 07777,
};

static int read_type(const struct json *node, char *out, struct err *err)
{
	static const char *const names[] = { "c", "b", "p", "u" };
	static const char types[] = { 'c', 'b', 'p', 'c' };
	unsigned index = 0;
	int r;

	r = config_read_name(node, names, ARRAY_SIZE(names), "device type", &index, err);
	if (r < 0)
		return r;
	*out = types[index];
	return 0;
}

/* devices[].major and minor: to be given, but for a fifo, which has none */
static int read_number(const struct json *node, const char *key, const struct config_device *device,
	uint64_t max, uint32_t *out, struct err *err)
{
	const struct json *number;
	uint64_t value = 0;
	int r;

	if (device->type == 'p')
		return 0;
	r = config_get_required(node, key, &number, err);
	if (r == 0)
		r = json_read_u64(number, max, &value, err);
	if (r < 0)
		return r;
	*out = (uint32_t)value;
	return 0;
}

static int read_owner_and_mode(const struct json *node, struct config_device *out, struct err *err)
{
	const struct json *mode = json_get(node, "fileMode");
	int r;

	r = json_read_u32(mode, &out->mode, err);
	if (r == 0)
		r = config_read_id(json_get(node, "uid"), &out->uid, err);
	if (r == 0)
		r = config_read_id(json_get(node, "gid"), &out->gid, err);
	if (r < 0)
		return r;
	out->has_mode = mode != NULL;
	/* engines send st_mode as it is, with the bits of the file type (T-15) */
	out->mode &= DEVICE_MODE_MASK;
	return 0;
}

static int read_device(const struct config_reader *reader, const struct json *node,
	struct config_device *out, struct err *err)
{
	const struct json *path, *type;
	int r;

	r = config_get_required(node, "path", &path, err);
	if (r == 0)
		r = config_get_required(node, "type", &type, err);
	if (r == 0)
		r = config_read_path(reader->arena, path, &out->path, err);
	if (r == 0)
		r = read_type(type, &out->type, err);
	if (r == 0)
		r = read_number(node, "major", out, DEVICE_MAJOR_MAX, &out->major, err);
	if (r == 0)
		r = read_number(node, "minor", out, DEVICE_MINOR_MAX, &out->minor, err);
	if (r == 0)
		r = read_owner_and_mode(node, out, err);
	if (r < 0)
		return r;
	out->pointer = config_pointer(reader->arena, node);
	return out->pointer != NULL ? 0 : config_err_memory(err);
}

int config_read_devices(
	struct config_reader *reader, const struct json *node, struct config *out, struct err *err)
{
	struct config_device *devices;
	size_t n = 0;
	int r;

	r = config_check_list(node, CONFIG_LIST_MAX, err);
	if (r < 0 || node == NULL)
		return r;
	devices = arena_array(reader->arena, node->n_children, sizeof(*devices));
	if (devices == NULL)
		return config_err_memory(err);
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		r = read_device(reader, child, &devices[n++], err);
		if (r < 0)
			return r;
	}
	out->devices = devices;
	out->n_devices = n;
	return 0;
}
