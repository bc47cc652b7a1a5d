/*
 * What the files of the text form share: the table's shape, and the lines of lists.
 */
#ifndef FACTS_TEXT_H
#define FACTS_TEXT_H

#include "local.h"

struct facts_text_reader {
	struct arena *arena;
	struct facts *facts;
	struct facts_path *paths;
	struct facts_path *patterns;
	struct facts_layer *layers;
	uint64_t seen; /* bit per key */
};

struct facts_text_key {
	const char *name;
	bool (*read)(
		struct facts_text_reader *reader, const struct facts_text_key *key, char *rest);
	void (*print)(
		const struct facts *facts, const struct facts_text_key *key, struct str_buf *out);
	size_t offset;
	bool is_list;
};

/* The one field that @rest is; NULL if there are more, or none. */
const char *facts_text_only_field(char *rest);

/* Functions of the table: read returns false for a line that is not as text.c says. */
bool facts_text_read_rlimit(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest);
void facts_text_print_rlimits(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out);
bool facts_text_read_cgroup(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest);
void facts_text_print_cgroups(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out);
bool facts_text_read_path(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest);
bool facts_text_read_pattern(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest);
void facts_text_print_paths(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out);
bool facts_text_read_default(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest);
void facts_text_print_default(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out);
bool facts_text_read_overlay(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest);
bool facts_text_read_layer(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest);
bool facts_text_read_overlay_option(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest);
void facts_text_print_overlay(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out);
void facts_text_print_nothing(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out);

/* text_asked.c */
bool facts_text_read_id_user(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest);
void facts_text_print_id_users(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out);
bool facts_text_read_image(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest);
bool facts_text_read_image_found(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest);
void facts_text_print_image(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out);

/* lsm.c */
bool facts_text_read_apparmor(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest);
void facts_text_print_apparmor(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out);

#endif
