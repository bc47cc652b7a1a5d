/*
 * The text form of an overlay's facts (see text.c):
 *
 *   overlay PATH FLAGS [PROBLEM]
 *   overlay-layer KIND PATH FS DEV INO
 *   overlay-option OPTION
 */
#include <string.h>

#include "base/abi.h"
#include "base/num.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

static const char *const kinds[] = {
	[FACTS_LAYER_UPPER] = "upper",
	[FACTS_LAYER_LOWER] = "lower",
	[FACTS_LAYER_DATA] = "data",
};

static bool read_flags(char *field, struct facts_overlay *out)
{
	char *flag;

	if (*field == '\0')
		return true;
	while ((flag = strsep(&field, ",")) != NULL) {
		if (str_eq(flag, "ro"))
			out->is_readonly = true;
		else if (str_eq(flag, "guarded"))
			out->is_guarded = true;
		else
			return false;
	}
	return true;
}

bool facts_read_overlay(char *rest, struct facts_overlay *out)
{
	char *flags;

	out->path = str_field(&rest);
	flags = str_field(&rest);
	if (out->path == NULL || *out->path != '/' || flags == NULL || !read_flags(flags, out))
		return false;
	if (rest == NULL)
		return true;
	out->problem = str_field(&rest);
	return out->problem != NULL && rest == NULL;
}

static bool read_kind(const char *field, enum facts_layer_kind *out)
{
	for (size_t i = 0; field != NULL && i < ARRAY_SIZE(kinds); i++) {
		if (!str_eq(field, kinds[i]))
			continue;
		*out = (enum facts_layer_kind)i;
		return true;
	}
	return false;
}

bool facts_read_layer(char *rest, struct facts_layer *out)
{
	const char *fs, *dev, *ino;

	*out = (struct facts_layer){ 0 };
	if (!read_kind(str_field(&rest), &out->kind))
		return false;
	out->path = str_field(&rest);
	fs = str_field(&rest);
	dev = str_field(&rest);
	ino = str_field(&rest);
	if (out->path == NULL || *out->path != '/' || fs == NULL || dev == NULL || ino == NULL ||
		rest != NULL)
		return false;
	return str_fmt(out->fs, sizeof(out->fs), "%s", fs) < sizeof(out->fs) &&
	       num_u64(dev, UINT64_MAX, &out->dev) && num_u64(ino, UINT64_MAX, &out->ino);
}

static void print_layer(const struct facts_layer *layer, struct str_buf *out)
{
	str_buf_fmt(out, "overlay-layer %s ", kinds[layer->kind]);
	str_buf_field(out, layer->path);
	str_buf_puts(out, " ");
	str_buf_field(out, layer->fs);
	str_buf_fmt(out, " %llu %llu\n", (unsigned long long)layer->dev,
		(unsigned long long)layer->ino);
}

void facts_print_overlay(const struct facts_overlay *overlay, struct str_buf *out)
{
	if (overlay->path == NULL)
		return;
	str_buf_puts(out, "overlay ");
	str_buf_field(out, overlay->path);
	str_buf_fmt(out, " %s%s%s", overlay->is_readonly ? "ro" : "",
		overlay->is_readonly && overlay->is_guarded ? "," : "",
		overlay->is_guarded ? "guarded" : "");
	if (!overlay->is_readonly && !overlay->is_guarded)
		str_buf_puts(out, "-");
	if (overlay->problem != NULL) {
		str_buf_puts(out, " ");
		str_buf_field(out, overlay->problem);
	}
	str_buf_puts(out, "\n");
	for (size_t i = 0; i < overlay->n_layers; i++)
		print_layer(&overlay->layers[i], out);
	for (size_t i = 0; i < overlay->n_options; i++) {
		str_buf_puts(out, "overlay-option ");
		str_buf_field(out, overlay->options[i]);
		str_buf_puts(out, "\n");
	}
}
