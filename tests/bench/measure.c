/*
 * usage: measure ROUNDS IDLE-MS NAME PROGRAM ARGUMENT... [ -- NAME PROGRAM ARGUMENT...]...
 *
 * Runs each command once a round, in an order that rotates from round to round, and prints
 *
 *	time NAME MEDIAN P10            microseconds
 *	ratio NAME MEDIAN P10           time of the first command by that of this one, pairs of a round
 *
 * Nothing but the command runs while the clock does: no shell, output to /dev/null, errors to our
 * own. A command that fails ends it all.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum {
	COMMANDS_MAX = 16,
	ROUNDS_MAX = 100000,
	WARM_UP_ROUNDS = 2
};

extern char **environ;

struct command {
	const char *name;
	char **argv;
	double *us; /* by round */
};

static double run_once(const struct command *command, const posix_spawn_file_actions_t *actions)
{
	double start = now_us();
	int status, error;
	pid_t pid;

	error = posix_spawn(&pid, command->argv[0], actions, NULL, command->argv, environ);
	if (error != 0)
		die(command->argv[0], error);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			die("wait", errno);
	}
	start = now_us() - start;
	if (status != 0) {
		fprintf(stderr, "measure: %s: wait status 0x%x\n", command->name, status);
		exit(2);
	}
	return start;
}

static void report(struct command *commands, int n_commands, int rounds)
{
	double *ratios = calloc((size_t)rounds, sizeof(*ratios));

	if (ratios == NULL)
		die("ratios", ENOMEM);
	for (int i = 1; i < n_commands; i++) {
		for (int r = 0; r < rounds; r++)
			ratios[r] = commands[0].us[r] / commands[i].us[r];
		printf("ratio %s %.3f", commands[i].name, quantile(ratios, rounds, 0.5));
		printf(" %.3f\n", quantile(ratios, rounds, 0.1));
	}
	for (int i = 0; i < n_commands; i++) {
		printf("time %s %.0f", commands[i].name, quantile(commands[i].us, rounds, 0.5));
		printf(" %.0f\n", quantile(commands[i].us, rounds, 0.1));
	}
	free(ratios);
}

static int read_commands(char **argv, int argc, int rounds, struct command *commands)
{
	int n = 0;

	for (int i = 0; i < argc; n++) {
		if (n == COMMANDS_MAX || i + 1 >= argc)
			die("commands", E2BIG);
		commands[n].name = argv[i];
		commands[n].argv = &argv[i + 1];
		commands[n].us = calloc((size_t)rounds, sizeof(double));
		if (commands[n].us == NULL)
			die("times", ENOMEM);
		while (i < argc && strcmp(argv[i], "--") != 0)
			i++;
		if (i < argc)
			argv[i++] = NULL;
	}
	return n;
}

int main(int argc, char *argv[])
{
	struct command commands[COMMANDS_MAX];
	posix_spawn_file_actions_t actions;
	int rounds, idle_ms, n;

	if (argc < 5) {
		fprintf(stderr, "usage: measure ROUNDS IDLE-MS NAME PROGRAM... [-- ...]...\n");
		return 2;
	}
	rounds = number(argv[1], ROUNDS_MAX);
	idle_ms = number(argv[2], 60000);
	n = read_commands(argv + 3, argc - 3, rounds, commands);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	for (int r = -WARM_UP_ROUNDS; r < rounds; r++) {
		for (int i = 0; i < n; i++) {
			const struct command *command = &commands[(i + r + WARM_UP_ROUNDS) % n];
			double us;

			rest(r >= 0 ? idle_ms : 0);
			us = run_once(command, &actions);
			if (r >= 0)
				command->us[r] = us;
		}
	}
	report(commands, n, rounds);
	return 0;
}
