/*
 * usage: life verbs    ROUNDS IDLE-MS BUNDLE RUNTIME...
 *        life parallel ROUNDS N BUNDLE RUNTIME...
 *        life many     N ID-PREFIX BUNDLE RUNTIME
 *        RUNTIME: NAME PROGRAM [GLOBAL-FLAG...], with -- between two of them
 *
 * verbs: each round takes each runtime, in an order that rotates, through create, state, start, exec,
 * kill, delete of one container and delete --force of another that runs, and measures each command.
 * parallel: N times `run` at once; the time until the last ends, by N. The bundle of verbs runs until
 * it is killed and has /bin/true, that of parallel ends at once. many: N containers that wait, one
 * after the other, and what they take; then all are deleted. Prints
 *
 *	time KEY NAME MEDIAN P10        microseconds
 *	ratio KEY NAME MEDIAN P10       time of the first runtime by that of this one, pairs of a round
 *	value KEY NAME VALUE            many: us to create the first and the last tenth (medians), to
 *	                                list and to ask for the state of one; kB of memory of each
 *
 * A command that fails ends it all.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum {
	RUNTIMES_MAX = 12,
	WORDS_MAX = 16,
	ROUNDS_MAX = 10000,
	CONTAINERS_MAX = 10000,
	PARALLEL_MAX = 256,
	WARM_UP_ROUNDS = 1,
	LISTS = 9,
	ID_SIZE = 96
};

extern char **environ;

enum verb {
	CREATE,
	STATE,
	START,
	EXEC,
	KILL,
	DELETE,
	FORCED,
	VERBS
};
static const char *const verb_names[VERBS] = { "create", "state", "start", "exec", "kill", "delete",
	"delete-force" };

struct runtime {
	const char *name;
	char *words[WORDS_MAX]; /* program and global flags */
	int n_words;
	double *us[VERBS]; /* by round */
};

struct bench {
	struct runtime runtimes[RUNTIMES_MAX];
	int n;
	const char *bundle;
	char pid_file[64];
	posix_spawn_file_actions_t quiet;
};

/* --- commands ------------------------------------------------------------------------------- */

static pid_t spawn(const struct bench *b, const struct runtime *runtime, const char *const *rest)
{
	char *argv[2 * WORDS_MAX];
	int n = 0, error;
	pid_t pid;

	for (; n < runtime->n_words; n++)
		argv[n] = runtime->words[n];
	for (; *rest != NULL && n < 2 * WORDS_MAX - 1; rest++)
		argv[n++] = (char *)*rest;
	argv[n] = NULL;
	error = posix_spawn(&pid, argv[0], &b->quiet, NULL, argv, environ);
	if (error != 0)
		die(argv[0], error);
	return pid;
}

static void wait_for(const struct runtime *runtime, const char *verb, pid_t pid, bool must_succeed)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			die("wait", errno);
	}
	if (status == 0 || !must_succeed)
		return;
	fprintf(stderr, "life: %s of %s: wait status 0x%x\n", verb, runtime->name, status);
	exit(2);
}

/* Microseconds of `RUNTIME WORDS...`, the last of which is NULL. */
static double time_command(
	const struct bench *b, const struct runtime *runtime, const char *const *words)
{
	double start = now_us();

	wait_for(runtime, words[0], spawn(b, runtime, words), true);
	return now_us() - start;
}

static double create(const struct bench *b, const struct runtime *runtime, const char *id)
{
	const char *const words[] = { "create", "--pid-file", b->pid_file, "--bundle", b->bundle,
		id, NULL };

	return time_command(b, runtime, words);
}

static double simple(
	const struct bench *b, const struct runtime *runtime, const char *verb, const char *id)
{
	const char *const words[] = { verb, id, NULL };

	return time_command(b, runtime, words);
}

static double delete_by_force(const struct bench *b, const struct runtime *runtime, const char *id)
{
	const char *const words[] = { "delete", "--force", id, NULL };

	return time_command(b, runtime, words);
}

static pid_t read_pid(const struct bench *b)
{
	FILE *file = fopen(b->pid_file, "re");
	int pid = 0;

	if (file == NULL || fscanf(file, "%d", &pid) != 1)
		die(b->pid_file, EINVAL);
	fclose(file);
	return pid;
}

/* We are the reaper of containers whose maker has gone: a zombie would be in the way of delete. */
static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void reap_all(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* --- verbs ---------------------------------------------------------------------------------- */

static void one_life(struct bench *b, struct runtime *runtime, int round, long idle_ms)
{
	char id[ID_SIZE];
	double us[VERBS];
	const char *const exec[] = { "exec", id, "/bin/true", NULL };
	const char *const kill_words[] = { "kill", id, "KILL", NULL };

	snprintf(id, sizeof(id), "life-%d-%s", getpid(), runtime->name);
	rest(idle_ms);
	us[CREATE] = create(b, runtime, id);
	rest(idle_ms);
	us[STATE] = simple(b, runtime, "state", id);
	rest(idle_ms);
	us[START] = simple(b, runtime, "start", id);
	rest(idle_ms);
	us[EXEC] = time_command(b, runtime, exec);
	rest(idle_ms);
	us[KILL] = time_command(b, runtime, kill_words);
	reap(read_pid(b));
	rest(idle_ms);
	us[DELETE] = simple(b, runtime, "delete", id);
	create(b, runtime, id);
	simple(b, runtime, "start", id);
	rest(idle_ms);
	us[FORCED] = delete_by_force(b, runtime, id);
	reap_all();
	for (int v = 0; round >= 0 && v < VERBS; v++)
		runtime->us[v][round] = us[v];
}

static void report(struct bench *b, int verb, const char *key, int rounds)
{
	double *first = b->runtimes[0].us[verb];
	double *ratios = calloc((size_t)rounds, sizeof(*ratios));

	if (ratios == NULL)
		die("ratios", ENOMEM);
	for (int i = 1; i < b->n; i++) {
		const struct runtime *runtime = &b->runtimes[i];

		for (int r = 0; r < rounds; r++)
			ratios[r] = first[r] / runtime->us[verb][r];
		printf("ratio %s %s %.3f", key, runtime->name, quantile(ratios, rounds, 0.5));
		printf(" %.3f\n", quantile(ratios, rounds, 0.1));
	}
	for (int i = 0; i < b->n; i++) {
		const struct runtime *runtime = &b->runtimes[i];

		printf("time %s %s %.0f", key, runtime->name,
			quantile(runtime->us[verb], rounds, 0.5));
		printf(" %.0f\n", quantile(runtime->us[verb], rounds, 0.1));
	}
	free(ratios);
}

static void verbs(struct bench *b, int rounds, long idle_ms)
{
	for (int r = -WARM_UP_ROUNDS; r < rounds; r++) {
		for (int i = 0; i < b->n; i++)
			one_life(b, &b->runtimes[(i + r + WARM_UP_ROUNDS) % b->n], r, idle_ms);
	}
	for (int v = 0; v < VERBS; v++)
		report(b, v, verb_names[v], rounds);
}

/* --- parallel ------------------------------------------------------------------------------- */

static double run_at_once(struct bench *b, const struct runtime *runtime, int n)
{
	pid_t pids[PARALLEL_MAX];
	char id[ID_SIZE];
	const char *const words[] = { "run", "--bundle", b->bundle, id, NULL };
	double start = now_us();

	for (int i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "par-%d-%s-%d", getpid(), runtime->name, i);
		pids[i] = spawn(b, runtime, words);
	}
	for (int i = 0; i < n; i++)
		wait_for(runtime, "run", pids[i], true);
	return (now_us() - start) / n;
}

static void parallel(struct bench *b, int rounds, int n)
{
	char key[32];

	for (int r = -WARM_UP_ROUNDS; r < rounds; r++) {
		for (int i = 0; i < b->n; i++) {
			struct runtime *runtime = &b->runtimes[(i + r + WARM_UP_ROUNDS) % b->n];
			double us = run_at_once(b, runtime, n);

			if (r >= 0)
				runtime->us[0][r] = us;
		}
	}
	snprintf(key, sizeof(key), "parallel-%d", n);
	report(b, 0, key, rounds);
}

/* --- many ----------------------------------------------------------------------------------- */

/* Proportional set size: what is shared counts in parts. */
static double read_pss_kb(pid_t pid)
{
	char path[64], line[256];
	double kb = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	file = fopen(path, "re");
	if (file == NULL)
		die(path, errno);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "Pss:", 4) == 0)
			kb = strtod(line + 4, NULL);
	}
	fclose(file);
	return kb;
}

static double time_list(const struct bench *b, const struct runtime *runtime)
{
	const char *const words[] = { "list", "-q", NULL };
	double us[LISTS];

	for (int i = 0; i < LISTS; i++)
		us[i] = time_command(b, runtime, words);
	return quantile(us, LISTS, 0.5);
}

static double time_state(const struct bench *b, const struct runtime *runtime, const char *id)
{
	double us[LISTS];

	for (int i = 0; i < LISTS; i++)
		us[i] = simple(b, runtime, "state", id);
	return quantile(us, LISTS, 0.5);
}

static void many(struct bench *b, int n, const char *prefix)
{
	struct runtime *runtime = &b->runtimes[0];
	double *us = calloc((size_t)n, sizeof(*us)), pss = 0, forced = 0;
	pid_t *pids = calloc((size_t)n, sizeof(*pids));
	int tenth = n < 10 ? 1 : n / 10;
	char id[ID_SIZE];

	if (us == NULL || pids == NULL)
		die("many", ENOMEM);
	for (int i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "%s-%d", prefix, i);
		us[i] = create(b, runtime, id);
		pids[i] = read_pid(b);
		if (i == 0)
			printf("value list@1 %s %.0f\n", runtime->name, time_list(b, runtime));
	}
	for (int i = 0; i < n; i++)
		pss += read_pss_kb(pids[i]) / n;
	printf("value pss@%d %s %.0f\n", n, runtime->name, pss);
	printf("value list@%d %s %.0f\n", n, runtime->name, time_list(b, runtime));
	printf("value state@%d %s %.0f\n", n, runtime->name, time_state(b, runtime, id));
	printf("value create-first@%d %s %.0f\n", n, runtime->name, quantile(us, tenth, 0.5));
	printf("value create-last@%d %s %.0f\n", n, runtime->name,
		quantile(us + n - tenth, tenth, 0.5));
	for (int i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "%s-%d", prefix, i);
		forced += delete_by_force(b, runtime, id) / n;
		reap_all();
	}
	printf("value delete-force@%d %s %.0f\n", n, runtime->name, forced);
	free(us);
	free(pids);
}

/* --- main ----------------------------------------------------------------------------------- */

static void read_runtimes(struct bench *b, char **argv, int argc, int rounds)
{
	for (int i = 0; i < argc; i++, b->n++) {
		struct runtime *runtime = &b->runtimes[b->n];

		if (b->n == RUNTIMES_MAX || i + 1 >= argc)
			die("runtimes", E2BIG);
		runtime->name = argv[i++];
		for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
			if (runtime->n_words == WORDS_MAX)
				die("runtimes", E2BIG);
			runtime->words[runtime->n_words++] = argv[i];
		}
		for (int v = 0; v < VERBS; v++) {
			runtime->us[v] = calloc((size_t)rounds, sizeof(double));
			if (runtime->us[v] == NULL)
				die("times", ENOMEM);
		}
	}
}

int main(int argc, char *argv[])
{
	static struct bench b;
	int rounds;

	if (argc < 7) {
		fprintf(stderr, "life: see the top of tests/bench/life.c\n");
		return 2;
	}
	b.bundle = argv[4];
	rounds = strcmp(argv[1], "many") == 0 ? 1 : number(argv[2], ROUNDS_MAX);
	read_runtimes(&b, argv + 5, argc - 5, rounds);
	snprintf(b.pid_file, sizeof(b.pid_file), "/run/life-%d.pid", getpid());
	posix_spawn_file_actions_init(&b.quiet);
	posix_spawn_file_actions_addopen(&b.quiet, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&b.quiet, 1, "/dev/null", O_WRONLY, 0);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		die("become a reaper", errno);
	if (strcmp(argv[1], "verbs") == 0)
		verbs(&b, rounds, number(argv[3], 60000));
	else if (strcmp(argv[1], "parallel") == 0)
		parallel(&b, rounds, number(argv[3], PARALLEL_MAX));
	else
		many(&b, number(argv[2], CONTAINERS_MAX), argv[3]);
	unlink(b.pid_file);
	return 0;
}
