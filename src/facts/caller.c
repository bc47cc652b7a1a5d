/* What a container would have from its caller, and where its core files would go. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

void facts_probe_terminals(struct facts *facts)
{
	char text[8];

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		facts->terminals |= isatty(fd) ? 1U << fd : 0;
	/* no such file: a kernel before 6.2, where it is always so */
	facts->legacy_tiocsti =
		facts->terminals != 0 &&
		(fd_read_at(AT_FDCWD, "/proc/sys/dev/tty/legacy_tiocsti", text, sizeof(text)) < 0 ||
			text[0] != '0');
}

int facts_probe_core_pattern(struct arena *arena, struct facts *facts, struct err *err)
{
	char text[PATH_MAX];

	if (fd_read_at(AT_FDCWD, "/proc/sys/kernel/core_pattern", text, sizeof(text)) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	facts->core_pattern = arena_strdup(arena, text);
	return facts->core_pattern != NULL
		       ? 0
		       : err_new(err, -ENOMEM, "look at core_pattern: out of memory");
}
