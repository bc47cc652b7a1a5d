/*
 * usage: count [--once] WORKLOAD COMMAND ARGUMENT...
 *
 * Runs a command of a container runtime and prints what it costs in numbers that other load of the
 * machine does not change:
 *
 *	faults N                minor page faults of all its processes, the workload's too
 *	switches N              voluntary context switches of them; these do vary a little
 *	syscalls N              of all its processes; the workload's own, after its execve, are not in
 *	program NAME CALLS KB   of these, those of one program, and the most memory one of them had
 *
 * WORKLOAD is the file name of what the command starts in a container, or - for nothing. The command
 * runs twice, first without and then with a tracer, so it must leave nothing that is in the way of
 * the second time; with --once only with one, and the first two lines are not there. All it starts
 * must end, or this won't. Its output goes to /dev/null. Exit status: 0; 1 if the command failed; 77
 * if programs can't be traced here.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	TRACEES_MAX = 4096,
	PROGRAMS_MAX = 16,
	NAME_SIZE = 64,
	CANNOT_TRACE = 77
};

struct program {
	char name[NAME_SIZE];
	unsigned long calls;
	unsigned long peak_kb;
};

struct tracee {
	pid_t pid; /* 0 = free */
	int program;
};

struct trace {
	const char *workload;
	bool saw_workload;
	int status; /* of the command */
	struct program programs[PROGRAMS_MAX];
	int n_programs;
	struct tracee tracees[TRACEES_MAX];
};

static void die(const char *what)
{
	fprintf(stderr, "count: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* --- who is who ----------------------------------------------------------------------------- */

/* The file name of what @pid runs, also of a file in memory; empty if it has none. */
static void read_program(pid_t pid, char name[static NAME_SIZE])
{
	char path[64], target[4096];
	const char *at;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	at = strrchr(target, '/');
	at = at != NULL ? at + 1 : target;
	if (strncmp(at, "memfd:", 6) == 0)
		at += 6;
	snprintf(name, NAME_SIZE, "%.*s", (int)strcspn(at, " "), at); /* not "(deleted)" */
}

static int find_program(struct trace *trace, const char *name)
{
	int i = 0;

	if (name[0] == '\0' && trace->n_programs > 1)
		return 1; /* the first but ourselves, again, from where nobody can write */
	while (i < trace->n_programs && strcmp(trace->programs[i].name, name) != 0)
		i++;
	if (i == PROGRAMS_MAX)
		return PROGRAMS_MAX - 1;
	if (i == trace->n_programs) {
		snprintf(trace->programs[i].name, NAME_SIZE, "%s", name);
		trace->n_programs++;
	}
	return i;
}

static struct tracee *find_tracee(struct trace *trace, pid_t pid)
{
	struct tracee *unused = NULL;
	char name[NAME_SIZE];

	for (int i = 0; i < TRACEES_MAX; i++) {
		if (trace->tracees[i].pid == pid)
			return &trace->tracees[i];
		if (unused == NULL && trace->tracees[i].pid == 0)
			unused = &trace->tracees[i];
	}
	if (unused == NULL) {
		errno = E2BIG;
		die("processes");
	}
	read_program(pid, name);
	unused->pid = pid;
	unused->program = find_program(trace, name);
	return unused;
}

static unsigned long read_peak_kb(pid_t pid)
{
	char path[64], line[256];
	unsigned long kb = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "VmHWM:", 6) == 0)
			kb = strtoul(line + 6, NULL, 10);
	}
	fclose(file);
	return kb;
}

/* --- stops ---------------------------------------------------------------------------------- */

/* An execve that succeeded. The workload is let go. */
static bool note_exec(struct trace *trace, struct tracee *tracee)
{
	char name[NAME_SIZE];

	read_program(tracee->pid, name);
	if (strcmp(name, trace->workload) == 0) {
		trace->saw_workload = true;
		ptrace(PTRACE_DETACH, tracee->pid, NULL, NULL);
		tracee->pid = 0;
		return false;
	}
	tracee->program = find_program(trace, name);
	return true;
}

/* Before it ends, or becomes another program. */
static void note_peak(struct trace *trace, const struct tracee *tracee)
{
	struct program *program = &trace->programs[tracee->program];
	unsigned long kb = read_peak_kb(tracee->pid);

	if (kb > program->peak_kb)
		program->peak_kb = kb;
}

static void note_syscall(struct trace *trace, const struct tracee *tracee)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, (void *)sizeof(info), &info) <= 0)
		return; /* killed meanwhile */
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	trace->programs[tracee->program].calls++;
	if (info.entry.nr == SYS_execve || info.entry.nr == SYS_execveat)
		note_peak(trace, tracee);
}

/* One stop of one process, and on it goes, but for the workload. */
static void go_on(struct trace *trace, struct tracee *tracee, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16, deliver = 0;
	enum __ptrace_request resume = PTRACE_SYSCALL;

	if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
		resume = PTRACE_LISTEN; /* it is stopped, as by SIGSTOP, and stays so */
	} else if (event == PTRACE_EVENT_EXEC) {
		if (!note_exec(trace, tracee))
			return;
	} else if (event == PTRACE_EVENT_EXIT) {
		note_peak(trace, tracee);
	} else if (signal == (SIGTRAP | 0x80)) {
		note_syscall(trace, tracee);
	} else if (event == 0) {
		deliver = signal;
	}
	ptrace(resume, tracee->pid, NULL, (void *)(long)deliver);
}

/* --- runs ----------------------------------------------------------------------------------- */

/* In the child, when the parent says so: the command, quietly. */
static void run_command(int gate, char **argv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char go;

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || read(gate, &go, 1) != 1)
		_exit(126);
	execv(argv[0], argv);
	_exit(127);
}

static pid_t start(char **argv, int *gate)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_command(ends[0], argv);
	}
	close(ends[0]);
	*gate = ends[1];
	return pid;
}

static void open_gate(int gate)
{
	if (write(gate, "", 1) != 1)
		die("start");
	close(gate);
}

static int count_untraced(char **argv)
{
	struct rusage usage;
	int gate, status;
	pid_t pid;

	pid = start(argv, &gate);
	open_gate(gate);
	if (wait4(pid, &status, 0, &usage) < 0)
		die("wait");
	printf("faults %ld\nswitches %ld\n", usage.ru_minflt, usage.ru_nvcsw);
	return status;
}

static void follow(struct trace *trace, pid_t first)
{
	int status;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return; /* none left */
		if (WIFSTOPPED(status)) {
			go_on(trace, find_tracee(trace, pid), status);
			continue;
		}
		find_tracee(trace, pid)->pid = 0;
		if (pid == first)
			trace->status = status;
	}
}

static void count_traced(struct trace *trace, char **argv)
{
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
		       PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT |
		       PTRACE_O_EXITKILL;
	int gate;
	pid_t pid = start(argv, &gate);

	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)options) < 0 ||
		ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0) {
		fprintf(stderr, "count: programs can't be traced: %s\n", strerror(errno));
		exit(CANNOT_TRACE);
	}
	open_gate(gate);
	follow(trace, pid);
}

static void report(const struct trace *trace)
{
	unsigned long calls = 0;

	/* the first program is ourselves, the child before its execve */
	for (int i = 1; i < trace->n_programs; i++)
		calls += trace->programs[i].calls;
	printf("syscalls %lu\n", calls);
	for (int i = 1; i < trace->n_programs; i++)
		printf("program %s %lu %lu\n", trace->programs[i].name, trace->programs[i].calls,
			trace->programs[i].peak_kb);
}

int main(int argc, char *argv[])
{
	static struct trace trace; /* too big for a stack */
	bool is_once = false;
	int first = 1, status = 0;

	if (argc > 1 && strcmp(argv[1], "--once") == 0) {
		is_once = true;
		first++;
	}
	if (argc < first + 2) {
		fprintf(stderr, "usage: count [--once] WORKLOAD COMMAND ARGUMENT...\n");
		return 2;
	}
	trace.workload = argv[first];
	trace.saw_workload = strcmp(trace.workload, "-") == 0;
	if (!is_once)
		status = count_untraced(&argv[first + 1]);
	if (status == 0) {
		count_traced(&trace, &argv[first + 1]);
		status = trace.status;
	}
	if (status != 0) {
		fprintf(stderr, "count: %s: wait status 0x%x\n", argv[first + 1], status);
		return 1;
	}
	if (!trace.saw_workload) {
		fprintf(stderr, "count: %s was never started\n", trace.workload);
		return 1;
	}
	report(&trace);
	return 0;
}
