/*
 * Runs caisson-init with a plan written by hand, in new namespaces, on a busybox root file system:
 * the host side of the wire in miniature. Needs root; nothing it mounts outlives it, because it is
 * mounted in the child's mount namespace only.
 */
#ifndef TESTS_INIT_RUN_H
#define TESTS_INIT_RUN_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/abi.h"
#include "sys/call.h"
#include "wire/wire.h"

#include "plan_writer.h"

enum {
	INIT_RUN_SLOTS = 8,
	INIT_RUN_OUT = 16384,
	INIT_RUN_BASE_FD = 100
};

struct init_run {
	int slot[INIT_RUN_SLOTS]; /* beyond wire and plan: filled by the test, closed by us */
	int console;              /* the terminal's master, when one was sent */
	bool no_commit;           /* hang up instead of COMMIT */
	bool saw_ready;
	bool saw_hooks;
	int status;     /* of waitpid() */
	int error_code; /* of WIRE_ERROR, 0 = none */
	char error[WIRE_TEXT_MAX + 1];
	char out[INIT_RUN_OUT]; /* stdout and stderr of the workload */
};

static inline void init_run_die(const char *what)
{
	perror(what);
	abort();
}

static inline const char *init_run_program(void)
{
	static char path[4096];
	const char *top = getenv("top_builddir"), *given = getenv("CAISSON_INIT");

	snprintf(path, sizeof(path), "%s/caisson-init", top != NULL ? top : ".");
	return given != NULL ? given : path;
}

/* Root that may make namespaces, not the root of somebody's container. */
static inline bool init_run_possible(void)
{
	int status = -1;
	pid_t pid;

	if (geteuid() != 0 || access(init_run_program(), X_OK) < 0 ||
		access("/bin/busybox", X_OK) < 0)
		return false;
	pid = fork();
	if (pid == 0)
		_exit(unshare(CLONE_NEWNS | CLONE_NEWNET) < 0);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static inline int init_run_memfd(const void *data, size_t size)
{
	int fd = sys_memfd_create("plan");

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || sys_memfd_seal(fd) < 0)
		init_run_die("memfd");
	return fd;
}

/* In the child: the descriptors in their places, then caisson-init. */
static inline void init_run_child(
	struct init_run *run, int wire, int plan, int out, const struct plan_header *header)
{
	int from[2 + INIT_RUN_SLOTS] = { wire, plan };
	char number[16];

	for (int i = 0; i < INIT_RUN_SLOTS; i++)
		from[2 + i] = run->slot[i];
	for (int i = 0; i < 2 + INIT_RUN_SLOTS; i++) {
		if (from[i] >= 0)
			from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, INIT_RUN_BASE_FD);
	}
	out = fcntl(out, F_DUPFD_CLOEXEC, INIT_RUN_BASE_FD);
	for (int i = 0; i < 2 + INIT_RUN_SLOTS; i++) {
		if (from[i] >= 0)
			dup2(from[i], (int)header->first_slot_fd + i);
	}
	/* not the caller's: make -j gives it to one test, and a broken pipe to the others */
	dup2(open("/dev/null", O_RDWR | O_CLOEXEC), 0);
	dup2(out, 1);
	dup2(out, 2);
	snprintf(number, sizeof(number), "%u", header->first_slot_fd + PLAN_SLOT_PLAN);
	execle(init_run_program(), "caisson-init", number, (char *)NULL, (char *[]){ NULL });
	_exit(126);
}

static inline void init_run_take(struct init_run *run, int wire, const struct wire_msg *msg, int fd)
{
	struct err err;

	if (msg->type == WIRE_ERROR) {
		run->error_code = msg->code;
		memcpy(run->error, msg->text, sizeof(run->error));
	} else if (msg->type == WIRE_CONSOLE) {
		run->console = fd;
	} else if (msg->type == WIRE_HOOKS) {
		run->saw_hooks = true;
		(void)!wire_send(wire, WIRE_GO, 0, NULL, -1, &err);
	} else if (msg->type == WIRE_READY) {
		run->saw_ready = true;
		if (run->no_commit)
			shutdown(wire, SHUT_RDWR);
		else
			(void)!wire_send(wire, WIRE_COMMIT, 0, NULL, -1, &err);
	}
}

static inline void init_run_serve(struct init_run *run, int wire, int out)
{
	size_t len = 0;
	bool open = true, reading = true;

	while (open || reading) {
		struct pollfd p[] = {
			{ .fd = open ? wire : -1, .events = POLLIN },
			{ .fd = reading ? out : -1, .events = POLLIN },
		};

		if (poll(p, 2, 20000) <= 0)
			break; /* the test sees what is missing */
		if (p[0].revents != 0) {
			struct wire_msg msg;
			struct err err;
			int fd, r = wire_recv(wire, 0, &msg, &fd, &err);

			open = r == 0;
			if (r == 0)
				init_run_take(run, wire, &msg, fd);
		}
		if (p[1].revents != 0) {
			ssize_t n;

			if (len >= sizeof(run->out) - 1)
				init_run_die("output of the workload is too long");
			n = read(out, run->out + len, sizeof(run->out) - 1 - len);
			reading = n > 0;
			len += n > 0 ? (size_t)n : 0;
		}
	}
	run->out[len] = '\0';
}

/* Returns the child; *wire and *out are ours. */
static inline pid_t init_run_spawn(
	struct init_run *run, const char *plan, size_t size, int *wire, int *out)
{
	const struct plan_header *header = (const struct plan_header *)(const void *)plan;
	struct sys_clone_args args = { .flags = header->clone_flags, .exit_signal = SIGCHLD };
	int memfd = init_run_memfd(plan, size), pair[2], output[2];
	struct err err;
	pid_t pid;

	if (wire_pair(pair, &err) < 0 || pipe2(output, O_CLOEXEC) < 0)
		init_run_die("pipe");
	fflush(NULL);
	pid = sys_clone3(&args);
	if (pid == 0)
		init_run_child(run, pair[1], memfd, output[1], header);
	if (pid < 0)
		init_run_die("clone3");
	close(pair[1]);
	close(output[1]);
	close(memfd);
	for (int i = 0; i < INIT_RUN_SLOTS; i++) {
		if (run->slot[i] >= 0)
			close(run->slot[i]);
	}
	*wire = pair[0];
	*out = output[0];
	return pid;
}

static inline void init_run_new(struct init_run *run)
{
	memset(run, 0, sizeof(*run));
	run->console = -1;
	for (int i = 0; i < INIT_RUN_SLOTS; i++)
		run->slot[i] = -1;
}

/* Finish the plan and run it to its end. */
static inline void init_run_plan(struct init_run *run, struct plan_writer *w)
{
	size_t size;
	int wire, out;
	pid_t pid;

	w->header.n_slots = 2 + INIT_RUN_SLOTS;
	char *plan = plan_writer_finish(w, &size);
	pid = init_run_spawn(run, plan, size, &wire, &out);
	free(plan);
	init_run_serve(run, wire, out);
	close(wire);
	close(out);
	if (waitpid(pid, &run->status, 0) != pid)
		init_run_die("waitpid");
}

/* --- a root file system ------------------------------------------------------------------------ */

static inline void init_run_file(const char *root, const char *name, const char *text, mode_t mode)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "w");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 || chmod(path, mode) < 0)
		init_run_die(path);
}

static inline void init_run_command(const char *dir, const char *text)
{
	char command[4096];

	snprintf(command, sizeof(command), "cd %s && %s", dir, text);
	if (system(command) != 0)
		init_run_die(command);
}

/* busybox with its usual names below a new directory; the caller removes it */
static inline char *init_run_rootfs(void)
{
	char *root = strdup("/tmp/caisson-init-test.XXXXXX");

	if (root == NULL || mkdtemp(root) == NULL || chmod(root, 0755) < 0)
		init_run_die("mkdtemp");
	init_run_command(root,
		"mkdir bin dev proc sys tmp etc root && cp /bin/busybox bin/ && "
		"chmod 1777 tmp && chmod 700 root && "
		"for n in sh id cat ls stat true sleep env tty stty grep mount umount wc "
		"readlink touch test echo head; do ln -s busybox bin/$n; done");
	return root;
}

static inline void init_run_remove(const char *root)
{
	/* from inside, so that nothing but this directory can be meant */
	init_run_command(root, "rm -rf ./* && rmdir \"$PWD\"");
}

/* The root as the host hands it over: a detached copy, private. */
static inline int init_run_tree(const char *path)
{
	struct sys_mount_attr attr = { .propagation = SYS_MS_PRIVATE };
	int fd = sys_open_tree(AT_FDCWD, path, true);

	if (fd < 0 || sys_mount_setattr(fd, true, &attr) < 0)
		init_run_die(path);
	return fd;
}

/* --- usual steps ------------------------------------------------------------------------------- */

enum {
	INIT_RUN_TREE = PLAN_SLOT_FIRST
}; /* first slot for a test's own descriptor */

static inline void init_run_slot(struct init_run *run, int slot, int fd)
{
	run->slot[slot - 2] = fd;
}

/* Namespaces, and the root attached at its own path. */
static inline struct plan_writer *init_run_begin(struct init_run *run, const char *root)
{
	struct plan_writer *w = plan_writer_new();
	struct plan_step *step;

	init_run_new(run);
	init_run_slot(run, PLAN_SLOT_ROOT, init_run_tree(root));
	w->header.clone_flags = SYS_NEWNS | SYS_NEWPID | SYS_NEWUTS | SYS_NEWIPC | SYS_NEWNET;
	w->header.state_head = plan_writer_string(w, "{\"ociVersion\":\"1.2.1\",\"id\":\"t\",");
	w->header.state_tail = plan_writer_string(w, "}");
	plan_writer_step(w, PLAN_PRIVATE_ROOT, PLAN_SLOT_NONE)->num[0] = SYS_MS_SLAVE;
	plan_writer_step(w, PLAN_PROC, PLAN_SLOT_NONE);
	step = plan_writer_step(w, PLAN_ROOT, PLAN_SLOT_ROOT);
	step->ref[0] = plan_writer_string(w, root);
	return w;
}

static inline struct plan_step *init_run_mount(
	struct plan_writer *w, const char *target, const char *type, const char *options)
{
	struct plan_step *step = plan_writer_text(w, PLAN_MOUNT_NEW, target, type);

	if (options != NULL)
		step->ref[2] = plan_writer_list(w, options);
	return step;
}

/* proc, sysfs, a /dev with null and devpts */
static inline void init_run_mounts(struct plan_writer *w)
{
	struct plan_step *step;

	init_run_mount(w, "/proc", "proc", "source=proc")->num[2] = PLAN_MOUNT_PLAIN_TARGET;
	init_run_mount(w, "/dev", "tmpfs", "source=tmpfs~mode=755~size=65536k");
	init_run_mount(
		w, "/dev/pts", "devpts", "source=devpts~newinstance~ptmxmode=0666~mode=0620~gid=5");
	init_run_mount(w, "/sys", "sysfs", "source=sysfs")->num[0] = SYS_ATTR_RDONLY;
	step = plan_writer_text(w, PLAN_DEVICE, "/dev/null", NULL);
	step->num[0] = 'c';
	step->num[1] = 1ULL << 32 | 3;
	step->num[2] = 0666;
	plan_writer_text(w, PLAN_SYMLINK, "/dev/fd", "/proc/self/fd");
}

static inline struct plan_step *init_run_pivot(struct plan_writer *w)
{
	return plan_writer_step(w, PLAN_PIVOT, PLAN_SLOT_NONE);
}

/* From the working directory to exec; @argv as words separated by '~'. */
static inline void init_run_end(struct plan_writer *w, const char *argv)
{
	struct plan_ref args = plan_writer_list(w, argv);
	struct plan_ref env = plan_writer_list(w, "PATH=/nowhere:/bin~HOME=/");
	struct plan_step *step;

	plan_writer_text(w, PLAN_CWD, "/", NULL);
	step = plan_writer_step(w, PLAN_FIND_EXEC, PLAN_SLOT_NONE);
	step->ref[0] = args;
	step->ref[1] = env;
	plan_writer_step(w, PLAN_GATE, PLAN_SLOT_NONE);
	plan_writer_step(w, PLAN_CLOSE_FDS, PLAN_SLOT_NONE)->num[0] = 3;
	step = plan_writer_step(w, PLAN_EXEC, PLAN_SLOT_NONE);
	step->ref[0] = args;
	step->ref[1] = env;
}

static inline bool init_run_ok(const struct init_run *run)
{
	if (run->status == 0 && run->error_code == 0)
		return true;
	fprintf(stderr, "status 0x%x, error %d '%s', output:\n%s\n", (unsigned)run->status,
		run->error_code, run->error, run->out);
	return false;
}

static inline bool init_run_printed(const struct init_run *run, const char *text)
{
	if (strstr(run->out, text) != NULL)
		return true;
	fprintf(stderr, "no '%s' in: %s\nerror: %s\n", text, run->out, run->error);
	return false;
}

/* Refused, with these words, before the workload ran. */
static inline bool init_run_refused(const struct init_run *run, int code, const char *text)
{
	if (run->error_code == code && strstr(run->error, text) != NULL && run->out[0] == '\0')
		return true;
	fprintf(stderr, "expected %d '%s'; error %d '%s', output: %s\n", code, text,
		run->error_code, run->error, run->out);
	return false;
}

#endif
