/*
 * usage: floor run|create [--pid-file FILE] --bundle DIRECTORY ID
 *        floor start|state|delete [--force] ID, kill ID KILL, exec ID PROGRAM..., list -q
 *
 * What the kernel itself takes: the same namespaces, mounts, cgroups, masks and capabilities as a
 * container with docker's default configuration, written down by hand. Nothing is parsed, checked or
 * undone, there is no user namespace, and config.json is not read: the root is DIRECTORY/rootfs, the
 * program is what DIRECTORY/program links to, the filter the instructions of DIRECTORY/filter.bpf. A
 * runtime can come near this, not below it. On cgroup v2 the program for devices is missing.
 *
 * For measuring only: this is no way to start a container.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATE   "/run/floor"
#define CGROUPS "/sys/fs/cgroup"

enum {
	HIERARCHIES_MAX = 32,
	INSNS_MAX = 4096,
	LAST_CAP = 40
};

/* No kernel headers beside musl's: these are the ABI. */
#define NEW_CGROUP  0x02000000UL
#define INTO_CGROUP 0x200000000ULL
#define NEW_ALL     (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

struct clone_arguments {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
		set_tid_size, cgroup;
};

struct filter {
	unsigned short n;
	void *insns;
};

struct capabilities {
	uint32_t effective, permitted, inheritable;
};

static const uint64_t docker_caps = 0xa80425fb;

struct container {
	const char *id, *bundle, *pid_file;
	bool is_v2;
	int n; /* v1 hierarchies */
	char names[HIERARCHIES_MAX][64];
	int tasks[HIERARCHIES_MAX];
	int cgroup; /* v2 */
	struct filter filter;
	char program[256];
};

static void die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void check(long r, const char *what)
{
	if (r < 0)
		die(what);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

/* --- cgroups -------------------------------------------------------------------------------- */

static void list_hierarchies(struct container *c)
{
	struct dirent *entry;
	DIR *dir;

	c->is_v2 = access(CGROUPS "/cgroup.controllers", F_OK) == 0;
	if (c->is_v2)
		return;
	dir = opendir(CGROUPS);
	if (dir == NULL)
		die(CGROUPS);
	while ((entry = readdir(dir)) != NULL && c->n < HIERARCHIES_MAX) {
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
			strcmp(entry->d_name, "unified") != 0)
			snprintf(c->names[c->n++], sizeof(c->names[0]), "%.63s", entry->d_name);
	}
	closedir(dir);
}

static void copy_cpuset(const char *from, const char *to)
{
	char text[512];
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		die(from);
	text[n] = '\0';
	close(fd);
	put(to, text);
}

static void limit_devices(const char *dir)
{
	static const char *const rules[] = { "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm",
		"c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm" };
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/devices.deny", dir);
	put(path, "a");
	snprintf(path, sizeof(path), "%s/devices.allow", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		check(write(fd, rules[i], strlen(rules[i])), path);
	close(fd);
}

static void open_cgroups(struct container *c, bool is_new)
{
	char dir[256], path[512];

	if (c->is_v2) {
		snprintf(dir, sizeof(dir), CGROUPS "/%s", c->id);
		if (is_new)
			check(mkdir(dir, 0755), dir);
		c->cgroup = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		check(c->cgroup, dir);
		return;
	}
	for (int i = 0; i < c->n; i++) {
		snprintf(dir, sizeof(dir), CGROUPS "/%s/%s", c->names[i], c->id);
		if (is_new)
			check(mkdir(dir, 0755), dir);
		if (is_new && strcmp(c->names[i], "cpuset") == 0) {
			snprintf(path, sizeof(path), "%s/cpuset.cpus", dir);
			copy_cpuset(CGROUPS "/cpuset/cpuset.cpus", path);
			snprintf(path, sizeof(path), "%s/cpuset.mems", dir);
			copy_cpuset(CGROUPS "/cpuset/cpuset.mems", path);
		}
		if (is_new && strcmp(c->names[i], "devices") == 0)
			limit_devices(dir);
		snprintf(path, sizeof(path), "%s/tasks", dir);
		c->tasks[i] = open(path, O_WRONLY | O_CLOEXEC);
		check(c->tasks[i], path);
	}
}

static void enter_cgroups(const struct container *c)
{
	for (int i = 0; i < c->n; i++)
		check(write(c->tasks[i], "0", 1), c->names[i]);
}

static void remove_cgroups(const struct container *c)
{
	char dir[256];

	if (c->is_v2) {
		snprintf(dir, sizeof(dir), CGROUPS "/%s", c->id);
		rmdir(dir);
	}
	for (int i = 0; i < c->n; i++) {
		snprintf(dir, sizeof(dir), CGROUPS "/%s/%s", c->names[i], c->id);
		rmdir(dir);
	}
}

/* --- inside --------------------------------------------------------------------------------- */

static void attach(const char *type, const char *target, unsigned long flags, const char *data)
{
	mkdir(target, 0755);
	check(mount(type, target, type, flags, data), target);
}

static void attach_cgroups(const struct container *c)
{
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	char target[256], data[128];

	if (c->is_v2) {
		attach("cgroup2", "sys/fs/cgroup", flags | MS_RDONLY, NULL);
		return;
	}
	attach("tmpfs", "sys/fs/cgroup", flags, "mode=755");
	for (int i = 0; i < c->n; i++) {
		bool is_named = strcmp(c->names[i], "systemd") == 0;

		snprintf(target, sizeof(target), "sys/fs/cgroup/%s", c->names[i]);
		snprintf(data, sizeof(data), "%s%s", is_named ? "none,name=" : "", c->names[i]);
		attach("cgroup", target, flags | MS_RDONLY, data);
	}
	check(mount(NULL, "sys/fs/cgroup", NULL, MS_REMOUNT | flags | MS_RDONLY, "mode=755"),
		"cgroup");
}

static void make_devices(void)
{
	static const struct {
		const char *path;
		unsigned major, minor;
	} nodes[] = { { "dev/null", 1, 3 }, { "dev/zero", 1, 5 }, { "dev/full", 1, 7 },
		{ "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 } };
	static const char *const links[][2] = { { "/proc/self/fd", "dev/fd" },
		{ "/proc/self/fd/0", "dev/stdin" }, { "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" }, { "pts/ptmx", "dev/ptmx" } };

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		check(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)),
			nodes[i].path);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		check(symlink(links[i][0], links[i][1]), links[i][1]);
}

static void attach_all(const struct container *c)
{
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	umask(0);
	attach("proc", "proc", flags, NULL);
	attach("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
	attach("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC,
		"newinstance,ptmxmode=0666,mode=0620,gid=5");
	attach("sysfs", "sys", flags | MS_RDONLY, NULL);
	attach_cgroups(c);
	attach("mqueue", "dev/mqueue", flags, NULL);
	attach("tmpfs", "dev/shm", flags, "mode=1777,size=65536k");
	make_devices();
}

static void mask_all(void)
{
	static const char *const masked[] = { "/proc/asound", "/proc/acpi", "/proc/interrupts",
		"/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
		"/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
		"/sys/devices/virtual/powercap" };
	static const char *const readonly[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
		"/proc/sysrq-trigger" };

	for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
		if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) < 0 && errno == ENOTDIR)
			check(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, NULL), masked[i]);
	}
	for (size_t i = 0; i < sizeof(readonly) / sizeof(readonly[0]); i++) {
		if (mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL) == 0)
			check(mount(NULL, readonly[i], NULL,
				      MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV |
					      MS_NOEXEC,
				      NULL),
				readonly[i]);
	}
}

static void build(const struct container *c)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "/");
	check(chdir(c->bundle), c->bundle);
	check(mount("rootfs", "rootfs", NULL, MS_BIND | MS_REC, NULL), "rootfs");
	check(chdir("rootfs"), "rootfs");
	check(unshare(NEW_CGROUP), "cgroup namespace");
	attach_all(c);
	check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	check(umount2(".", MNT_DETACH), "old root");
	check(chdir("/"), "/");
	mask_all();
	check(sethostname("floor", 5), "host name");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	check(ioctl(fd, SIOCSIFFLAGS, &lo), "lo");
	close(fd);
}

static void confine(const struct container *c)
{
	uint32_t header[2] = { 0x20080522, 0 };
	struct capabilities caps[2] = { { (uint32_t)docker_caps, (uint32_t)docker_caps, 0 },
		{ 0 } };

	for (int cap = 0; cap <= LAST_CAP; cap++) {
		if ((docker_caps & 1ULL << cap) == 0)
			check(prctl(PR_CAPBSET_DROP, cap, 0, 0, 0), "bounding set");
	}
	check(syscall(SYS_capset, header, caps), "capabilities");
	umask(022);
	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	if (c->filter.n > 0)
		check(syscall(SYS_seccomp, 1, 0, &c->filter), "filter");
}

static void become(const char *program, char **argv)
{
	static char *environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

	execve(program, argv, environment);
	die(program);
}

/* --- outside -------------------------------------------------------------------------------- */

static void read_filter(struct container *c)
{
	static char insns[INSNS_MAX * 8];
	char path[512];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/program", c->bundle);
	n = readlink(path, c->program, sizeof(c->program) - 1);
	check(n, path);
	c->program[n] = '\0';
	snprintf(path, sizeof(path), "%s/filter.bpf", c->bundle);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, insns, sizeof(insns));
	close(fd);
	c->filter = (struct filter){ (unsigned short)(n / 8), insns };
}

static pid_t spawn(const struct container *c, uint64_t flags)
{
	struct clone_arguments args = { .flags = flags, .exit_signal = SIGCHLD };

	if (c->is_v2) {
		args.flags |= INTO_CGROUP;
		args.cgroup = (uint64_t)c->cgroup;
	}
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static void state_path(const struct container *c, const char *suffix, char out[static 512])
{
	snprintf(out, 512, STATE "/%s%s", c->id, suffix);
}

static void write_pid(const char *path, pid_t pid, const char *bundle)
{
	char text[512];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int n = snprintf(text, sizeof(text), bundle != NULL ? "%d %s" : "%d", pid, bundle);

	if (fd < 0 || write(fd, text, (size_t)n) != n)
		die(path);
	close(fd);
}

static pid_t read_pid(struct container *c)
{
	static char text[512];
	char path[512], *end;
	ssize_t n;
	pid_t pid;
	int fd;

	state_path(c, "", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	check(n, path);
	text[n] = '\0';
	close(fd);
	pid = (pid_t)strtol(text, &end, 10);
	c->bundle = end + 1;
	return pid;
}

/* The child of run and create; never returns. */
static void inside(const struct container *c, int ready, int gate)
{
	char *argv[] = { (char *)c->program, "1000", NULL };
	char byte = 0;

	enter_cgroups(c);
	build(c);
	if (ready >= 0) {
		confine(c);
		check(write(ready, &byte, 1), "ready");
		close(ready);
		check(read(gate, &byte, 1), "start");
		close(gate);
	} else {
		confine(c);
	}
	become(c->program, argv);
}

static int run_or_create(struct container *c, bool is_create)
{
	char path[512], byte;
	int ends[2] = { -1, -1 }, gate = -1, status = 0;
	pid_t pid;

	mkdir(STATE, 0700);
	read_filter(c);
	open_cgroups(c, true);
	if (is_create) {
		state_path(c, ".start", path);
		check(mkfifo(path, 0600), path);
		gate = open(path, O_RDWR | O_CLOEXEC);
		check(pipe2(ends, O_CLOEXEC), "pipe");
	}
	pid = spawn(c, NEW_ALL);
	check(pid, "clone");
	if (pid == 0)
		inside(c, ends[1], gate);
	state_path(c, "", path);
	write_pid(path, pid, c->bundle);
	if (c->pid_file != NULL)
		write_pid(c->pid_file, pid, NULL);
	if (is_create) {
		close(ends[1]);
		return read(ends[0], &byte, 1) == 1 ? 0 : 1;
	}
	check(waitpid(pid, &status, 0), "wait");
	remove_cgroups(c);
	unlink(path);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int start_it(struct container *c)
{
	char path[512];
	int fd;

	state_path(c, ".start", path);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	check(write(fd, "", 1), path);
	unlink(path);
	return 0;
}

static int state(struct container *c)
{
	pid_t pid = read_pid(c);

	printf("{\"id\":\"%s\",\"pid\":%d,\"status\":\"%s\",\"bundle\":\"%s\"}\n", c->id, pid,
		kill(pid, 0) == 0 ? "running" : "stopped", c->bundle);
	return 0;
}

static int exec_it(struct container *c, char **argv)
{
	int pidfd, status = 0;
	pid_t pid;

	pidfd = (int)syscall(SYS_pidfd_open, read_pid(c), 0);
	check(pidfd, "pidfd");
	read_filter(c);
	open_cgroups(c, false);
	check(setns(pidfd, (int)(NEW_ALL | NEW_CGROUP)), "setns");
	pid = spawn(c, 0);
	check(pid, "clone");
	if (pid == 0) {
		enter_cgroups(c);
		check(chdir("/"), "/");
		confine(c);
		become(argv[0], argv);
	}
	check(waitpid(pid, &status, 0), "wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int delete_it(struct container *c, bool is_forced)
{
	pid_t pid = read_pid(c);
	struct pollfd ended = { .events = POLLIN };
	char path[512];

	if (is_forced) {
		ended.fd = (int)syscall(SYS_pidfd_open, pid, 0);
		kill(pid, SIGKILL);
		if (ended.fd >= 0)
			check(poll(&ended, 1, -1), "wait");
	}
	remove_cgroups(c);
	state_path(c, ".start", path);
	unlink(path);
	state_path(c, "", path);
	return unlink(path) == 0 ? 0 : 1;
}

static int list(void)
{
	struct dirent *entry;
	struct container c = { 0 };
	DIR *dir = opendir(STATE);

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strchr(entry->d_name, '.') != NULL)
			continue;
		c.id = entry->d_name;
		kill(read_pid(&c), 0);
		puts(c.id);
	}
	return 0;
}

int main(int argc, char *argv[])
{
	struct container c = { 0 };
	const char *verb = argc > 1 ? argv[1] : "";
	bool is_forced = false;
	int i = 2;

	for (; i < argc && argv[i][0] == '-'; i++) {
		is_forced = is_forced || strcmp(argv[i], "--force") == 0;
		if (strcmp(argv[i], "--bundle") == 0 && i + 1 < argc)
			c.bundle = argv[++i];
		else if (strcmp(argv[i], "--pid-file") == 0 && i + 1 < argc)
			c.pid_file = argv[++i];
	}
	if (strcmp(verb, "list") == 0)
		return list();
	if (i >= argc) {
		fprintf(stderr, "floor: see the top of tests/bench/floor.c\n");
		return 2;
	}
	c.id = argv[i];
	if (strcmp(verb, "start") == 0)
		return start_it(&c);
	if (strcmp(verb, "state") == 0)
		return state(&c);
	if (strcmp(verb, "kill") == 0)
		return kill(read_pid(&c), SIGKILL) == 0 ? 0 : 1;
	list_hierarchies(&c);
	if (strcmp(verb, "delete") == 0)
		return delete_it(&c, is_forced);
	if (strcmp(verb, "exec") == 0 && i + 1 < argc)
		return exec_it(&c, &argv[i + 1]);
	if (c.bundle == NULL)
		return 2;
	return run_or_create(&c, strcmp(verb, "create") == 0);
}
