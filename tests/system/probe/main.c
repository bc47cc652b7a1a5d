/*
 * usage: probe try ATTEMPT[:PATH]...      one line each: the attempt and "ok" or the error's name
 *        probe COMMAND ARGUMENT...        see the table
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

const char *probe_errno(int error)
{
	static char number[16];

	if (error == 0)
		return "ok";
	if (strerrorname_np(error) != NULL)
		return strerrorname_np(error);
	snprintf(number, sizeof(number), "%d", error);
	return number;
}

static const struct probe_attempt *find(
	const struct probe_attempt *list, const char *name, size_t len)
{
	for (; list->name != NULL; list++) {
		if (strlen(list->name) == len && strncmp(list->name, name, len) == 0)
			return list;
	}
	return NULL;
}

static int try_one(const char *word)
{
	size_t len = strcspn(word, ":");
	const char *path = word[len] == ':' ? word + len + 1 : NULL;
	const struct probe_attempt *attempt = find(probe_mounts, word, len);

	if (attempt == NULL)
		attempt = find(probe_calls, word, len);
	if (attempt == NULL) {
		fprintf(stderr, "probe: no attempt '%s'\n", word);
		return 2;
	}
	printf("%s %s\n", word, probe_errno(attempt->run(path)));
	fflush(stdout);
	return 0;
}

static int try_all(char **argv)
{
	int status = 0;

	for (; *argv != NULL && status == 0; argv++)
		status = try_one(*argv);
	return status;
}

static const struct {
	const char *name;
	int (*run)(char **argv);
} commands[] = {
	{ "try", try_all }, { "fds", probe_fds }, /* own descriptors and what they are */
	{ "leak", probe_leak },           /* DIRECTORY COMMAND...: with 30 stray descriptors */
	{ "pty", probe_pty },             /* COMMAND...: on a terminal of its own */
	{ "exchange", probe_exchange },   /* A B: swap the two names until killed */
	{ "file-caps", probe_file_caps }, /* FILE: NET_RAW, inheritable and effective */
	{ "socket", probe_socket },       /* PATH: a socket that nobody serves */
	{ "watch", probe_watch },         /* NAME FILE: look into processes of other names */
	{ "seals", probe_seals },         /* FILE: number of the seals of a memfd */
	{ "notify", probe_notify },       /* TEXT: to the NOTIFY_SOCKET */
	{ "keyring", probe_keyring },     /* security label of the session keyring */
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argv + 2);
	}
	fprintf(stderr,
		"usage: probe try|fds|leak|pty|exchange|file-caps|socket|watch|seals ...\n");
	return 2;
}
