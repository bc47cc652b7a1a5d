#include "signals.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <strings.h>

#include "base/num.h"

#include "base/banned.h"

static const struct {
	const char *name;
	int number;
} names[] = {
	{ "ABRT", SIGABRT },
	{ "ALRM", SIGALRM },
	{ "BUS", SIGBUS },
	{ "CHLD", SIGCHLD },
	{ "CLD", SIGCHLD },
	{ "CONT", SIGCONT },
	{ "FPE", SIGFPE },
	{ "HUP", SIGHUP },
	{ "ILL", SIGILL },
	{ "INT", SIGINT },
	{ "IO", SIGIO },
	{ "IOT", SIGIOT },
	{ "KILL", SIGKILL },
	{ "PIPE", SIGPIPE },
	{ "POLL", SIGPOLL },
	{ "PROF", SIGPROF },
	{ "PWR", SIGPWR },
	{ "QUIT", SIGQUIT },
	{ "SEGV", SIGSEGV },
	{ "STKFLT", SIGSTKFLT },
	{ "STOP", SIGSTOP },
	{ "SYS", SIGSYS },
	{ "TERM", SIGTERM },
	{ "TRAP", SIGTRAP },
	{ "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU },
	{ "URG", SIGURG },
	{ "USR1", SIGUSR1 },
	{ "USR2", SIGUSR2 },
	{ "VTALRM", SIGVTALRM },
	{ "WINCH", SIGWINCH },
	{ "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ },
};

/* RTMIN, RTMIN+n, RTMAX, RTMAX-n, counted from the first one that the C library leaves free. */
static bool parse_realtime(const char *name, int *out)
{
	uint64_t offset = 0, most = (uint64_t)(SIGRTMAX - SIGRTMIN);
	bool from_min = strncasecmp(name, "RTMIN", 5) == 0;

	if (!from_min && strncasecmp(name, "RTMAX", 5) != 0)
		return false;
	name += 5;
	if (*name != '\0' && (*name != (from_min ? '+' : '-') || !num_u64(name + 1, most, &offset)))
		return false;
	*out = from_min ? SIGRTMIN + (int)offset : SIGRTMAX - (int)offset;
	return true;
}

int cli_signal_parse(const char *text, int *out, struct err *err)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	uint64_t number;

	if (num_u64(text, INT_MAX, &number)) {
		*out = (int)number;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcasecmp(name, names[i].name) == 0) {
			*out = names[i].number;
			return 0;
		}
	}
	if (parse_realtime(name, out))
		return 0;
	return err_new(err, -EINVAL, "unknown signal \"%s\"", text);
}
