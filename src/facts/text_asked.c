/*
 * Lines of the text form of facts that are there only where a profile has asked for them (see text.c
 * for the form).
 */
#include "base/num.h"
#include "base/str.h"

#include "text.h"

#include "base/banned.h"

static const char *const image_kinds[FACTS_IMAGE_N] = {
	[FACTS_IMAGE_DEVICE] = "device",
	[FACTS_IMAGE_SETUID] = "setuid",
	[FACTS_IMAGE_CAPS] = "caps",
	[FACTS_IMAGE_OPEN] = "open",
};

bool facts_text_read_id_user(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *first = str_field(&rest), *count = str_field(&rest), *who = str_field(&rest);
	struct facts_id_user user = { .who = who };
	struct err ignored;

	(void)key;
	return who != NULL && rest == NULL && num_u32(first, &user.first) &&
	       num_u32(count, &user.count) &&
	       facts_add_id_user(reader->arena, reader->facts, &user, &ignored) == 0;
}

void facts_text_print_id_users(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	for (size_t i = 0; i < facts->n_id_users; i++) {
		const struct facts_id_user *user = &facts->id_users[i];

		str_buf_fmt(out, "%s %u %u ", key->name, user->first, user->count);
		str_buf_field(out, user->who);
		str_buf_puts(out, "\n");
	}
}

bool facts_text_read_image(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *field = facts_text_only_field(rest);

	(void)key;
	if (field == NULL || (!str_eq(field, "whole") && !str_eq(field, "cut")))
		return false;
	reader->facts->image.is_known = true;
	reader->facts->image.is_cut = str_eq(field, "cut");
	return true;
}

bool facts_text_read_image_found(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *kind = str_field(&rest), *count = str_field(&rest), *first = str_field(&rest);
	struct facts_image *image = &reader->facts->image;

	(void)key;
	for (size_t i = 0; first != NULL && rest == NULL && i < FACTS_IMAGE_N; i++) {
		if (!str_eq(kind, image_kinds[i]))
			continue;
		image->found[i].first = first;
		return num_u32(count, &image->found[i].n) && image->found[i].n > 0;
	}
	return false;
}

void facts_text_print_image(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	const struct facts_image *image = &facts->image;

	if (!image->is_known)
		return;
	str_buf_fmt(out, "%s %s\n", key->name, image->is_cut ? "cut" : "whole");
	for (size_t i = 0; i < FACTS_IMAGE_N; i++) {
		if (image->found[i].n == 0)
			continue;
		str_buf_fmt(out, "image-found %s %u ", image_kinds[i], image->found[i].n);
		str_buf_field(out, image->found[i].first);
		str_buf_puts(out, "\n");
	}
}
