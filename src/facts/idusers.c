/*
 * Whose the ids are that a container could be given: those of accounts, and the subordinate ones of
 * people. A range of a service, such as the one that an engine's daemon has for all its containers,
 * is there to be used.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

enum {
	FIRST_PERSON = 1000, /* UID_MIN of login.defs(5) */
	PASSWD_FIELDS = 7,
	USERS_ROOM = 16,
};

int facts_add_id_user(
	struct arena *arena, struct facts *facts, const struct facts_id_user *user, struct err *err)
{
	size_t n = facts->n_id_users;
	struct facts_id_user *users;

	if (n >= FACTS_ID_USERS_MAX)
		return 0;
	if (n != 0 && (n < USERS_ROOM || (n & (n - 1)) != 0)) {
		/* as with paths: ours to write, nobody else's */
		memcpy(&users, &facts->id_users, sizeof(users));
	} else {
		users = arena_array(arena, n == 0 ? USERS_ROOM : 2 * n, sizeof(*users));
		if (users == NULL)
			return err_new(err, -ENOMEM, "look at users: out of memory");
		if (n > 0)
			memcpy(users, facts->id_users, n * sizeof(*users));
		facts->id_users = users;
	}
	users[facts->n_id_users++] = *user;
	return 0;
}

/* Cuts the line into its fields; false: fewer than @n, the last takes what is left */
static bool split(char *line, char **fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fields[i] = i + 1 < n ? strsep(&line, ":") : line;
		if (fields[i] == NULL)
			return false;
	}
	return true;
}

static bool is_person(uint32_t uid, const char *shell)
{
	return uid >= FIRST_PERSON && uid != FACTS_OVERFLOW_ID && !str_ends(shell, "/nologin") &&
	       !str_ends(shell, "/false");
}

static char *read_file(struct arena *arena, const char *path)
{
	char *text = arena_alloc(arena, FACTS_TEXT_MAX);

	return text != NULL && fd_read_at(AT_FDCWD, path, text, FACTS_TEXT_MAX) >= 0 ? text : NULL;
}

/* Every account; @people: names and numbers of those that log in, each as ":name:". */
static int add_accounts(struct arena *arena, struct facts *facts, const char *path,
	struct str_buf *people, struct err *err)
{
	char *text = read_file(arena, path), *line, *fields[PASSWD_FIELDS];
	int r = 0;

	while (r == 0 && text != NULL && (line = strsep(&text, "\n")) != NULL) {
		struct facts_id_user user = { .count = 1 };

		if (!split(line, fields, PASSWD_FIELDS) || !num_u32(fields[2], &user.first) ||
			user.first == 0 || user.first == FACTS_OVERFLOW_ID)
			continue;
		if (is_person(user.first, fields[PASSWD_FIELDS - 1]))
			str_buf_fmt(people, ":%s::%u:", fields[0], user.first);
		user.who = arena_fmt(arena, "user %s", fields[0]);
		if (user.who == NULL)
			return err_new(err, -ENOMEM, "look at users: out of memory");
		r = facts_add_id_user(arena, facts, &user, err);
	}
	return r;
}

static bool has_name(const struct str_buf *people, const char *name)
{
	char word[80];

	str_fmt(word, sizeof(word), ":%s:", name);
	return people->len > 0 && strstr(people->data, word) != NULL;
}

static int add_subordinates(struct arena *arena, struct facts *facts, const char *path,
	const struct str_buf *people, struct err *err)
{
	char *text = read_file(arena, path), *line, *fields[3];
	int r = 0;

	while (r == 0 && text != NULL && (line = strsep(&text, "\n")) != NULL) {
		struct facts_id_user user;

		if (!split(line, fields, 3) || !has_name(people, fields[0]) ||
			!num_u32(fields[1], &user.first) || !num_u32(fields[2], &user.count))
			continue;
		user.who = arena_fmt(arena, "subordinate ids of %s", fields[0]);
		if (user.who == NULL)
			return err_new(err, -ENOMEM, "look at users: out of memory");
		r = facts_add_id_user(arena, facts, &user, err);
	}
	return r;
}

int facts_probe_id_users(struct arena *arena, struct facts *facts, const char *passwd,
	const char *subuid, struct err *err)
{
	_str_buf_ struct str_buf people = { 0 };
	int r = add_accounts(arena, facts, passwd, &people, err);

	if (r == 0 && people.failed)
		r = err_new(err, -ENOMEM, "look at users: out of memory");
	return r < 0 ? r : add_subordinates(arena, facts, subuid, &people, err);
}
