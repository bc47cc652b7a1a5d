#include "passwd.h"

#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/num.h"

#include "base/banned.h"

enum {
	PASSWD_MAX = 256 << 10
};

/* name:password:uid:... -> the name, if the uid is the one wanted */
static const char *match_line(struct arena *arena, char *line, uid_t uid)
{
	char *save = NULL, *name = strtok_r(line, ":", &save), *number;
	uint32_t value;

	(void)strtok_r(NULL, ":", &save);
	number = strtok_r(NULL, ":", &save);
	if (name == NULL || number == NULL || !num_u32(number, &value) || value != uid)
		return NULL;
	return arena_strdup(arena, name);
}

const char *host_user_name(struct arena *arena, uid_t uid)
{
	_arena_ struct arena scratch = { 0 }; /* the caller's may have to do for a thousand names */
	char *buf = arena_alloc(&scratch, PASSWD_MAX), *save = NULL;

	if (buf == NULL)
		return NULL;
	if (fd_read_at(AT_FDCWD, "/etc/passwd", buf, PASSWD_MAX) >= 0) {
		for (char *line = strtok_r(buf, "\n", &save); line != NULL;
			line = strtok_r(NULL, "\n", &save)) {
			const char *name = match_line(arena, line, uid);

			if (name != NULL)
				return name;
		}
	}
	return arena_fmt(arena, "#%u", uid);
}
