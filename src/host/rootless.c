/*
 * An ordinary user becomes root of an outer user namespace, in which everything else runs as it
 * does for root (design 3, "rootless is the same design one level in"). The maps are written by
 * newuidmap(1) and newgidmap(1): caisson has no setuid part of its own (T-38).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"
#include "facts/facts.h"
#include "host/host.h"
#include "sys/call.h"

#include "idmap.h"
#include "launch.h"
#include "passwd.h"

#include "base/banned.h"

enum {
	MAP_ARGS_MAX = 2 + 3 * (1 + FACTS_SUBIDS_MAX)
};

/* The process outside that calls the helpers once we are in the new namespace. */
struct mapper {
	pid_t pid;
	int go_fd;
};

static void mapper_done(struct mapper *mapper)
{
	fd_cleanup(&mapper->go_fd);
	if (mapper->pid > 0)
		(void)waitpid(mapper->pid, NULL, 0);
}

static int read_ranges(
	const char *path, const char *user, uid_t uid, struct facts_subids *out, struct err *err)
{
	char number[16];
	int r;

	str_fmt(number, sizeof(number), "%u", uid);
	r = facts_read_subids(path, user, number, out, err);
	if (r < 0)
		return r;
	if (out->n_ranges == 0)
		return err_new(err, -EPERM,
			"%s gives user '%s' no subordinate ids; as root: usermod --add-subuids "
			"100000-165535 --add-subgids 100000-165535 %s",
			path, user, user);
	return 0;
}

/* "PID 0 CALLER 1 1 FIRST COUNT ...": inside 0 is the caller, then every range in turn */
static int run_helper(
	const char *name, pid_t target, unsigned caller, const struct facts_subids *ranges)
{
	static const char *const dirs[] = { "/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin" };
	char text[MAP_ARGS_MAX][16], path[64];
	char helper[16];
	char *argv[MAP_ARGS_MAX + 2] = { helper };
	char *envp[] = { NULL };
	unsigned n = 0, next = 1;
	int status;
	pid_t pid;

	str_fmt(helper, sizeof(helper), "%s", name);
	str_fmt(text[n++], sizeof(text[0]), "%d", (int)target);
	str_fmt(text[n++], sizeof(text[0]), "0");
	str_fmt(text[n++], sizeof(text[0]), "%u", caller);
	str_fmt(text[n++], sizeof(text[0]), "1");
	for (size_t i = 0; i < ranges->n_ranges; i++) {
		str_fmt(text[n++], sizeof(text[0]), "%u", next);
		str_fmt(text[n++], sizeof(text[0]), "%u", ranges->ranges[i].first);
		str_fmt(text[n++], sizeof(text[0]), "%u", ranges->ranges[i].count);
		next += ranges->ranges[i].count;
	}
	for (unsigned i = 0; i < n; i++)
		argv[i + 1] = text[i];
	pid = fork();
	if (pid != 0)
		return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		str_fmt(path, sizeof(path), "%s/%s", dirs[i], name);
		execve(path, argv, envp);
	}
	_exit(127);
}

static int mapper_start(const struct facts_subids *uids, const struct facts_subids *gids,
	struct mapper *out, struct err *err)
{
	pid_t target = getpid();
	unsigned uid = getuid(), gid = getgid();
	int ends[2];
	char byte;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, "create pipe");
	out->pid = fork();
	if (out->pid == 0) {
		close(ends[1]);
		if (read(ends[0], &byte, 1) != 1)
			_exit(1);
		if (run_helper("newuidmap", target, uid, uids) < 0)
			_exit(2);
		_exit(run_helper("newgidmap", target, gid, gids) < 0 ? 3 : 0);
	}
	close(ends[0]);
	out->go_fd = ends[1];
	if (out->pid < 0)
		return err_sys(err, "fork");
	return 0;
}

static int mapper_finish(struct mapper *mapper, struct err *err)
{
	int status;

	if (write(mapper->go_fd, "g", 1) != 1)
		return err_sys(err, "tell the id map helper");
	if (waitpid(mapper->pid, &status, 0) != mapper->pid)
		return err_sys(err, "wait for the id map helper");
	mapper->pid = -1;
	if (status == 0)
		return 0;
	return err_new(err, -EPERM,
		"%s failed: rootless containers need it to map the ids of /etc/%s; on Debian it is in "
		"package uidmap, and must be setuid root or have file capabilities",
		WEXITSTATUS(status) == 3 ? "newgidmap" : "newuidmap",
		WEXITSTATUS(status) == 3 ? "subgid" : "subuid");
}

static int make_mount_ns(struct err *err)
{
	static const struct sys_mount_attr slave = { .propagation = SYS_MS_SLAVE };
	_fd_ int root = -1;

	if (sys_unshare(SYS_NEWNS) < 0)
		return err_sys(err, "create mount namespace");
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || sys_mount_setattr(root, true, &slave) < 0)
		return err_sys(err, "separate the mount namespace");
	return 0;
}

/* Mounts can be cloned by the owner of the mount namespace only, and `unshare -r` without `-m`
 * leaves one that belongs to somebody above. The kernel names the owner only to its own. */
static int ensure_mount_ns(struct err *err)
{
	_fd_ int ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), owner = -1;

	if (ns < 0)
		return err_sys(err, "open '/proc/self/ns/mnt'");
	owner = sys_ns_owner(ns);
	return owner >= 0 ? 0 : make_mount_ns(err);
}

static bool in_initial_userns(void)
{
	char buf[128], *save = NULL;
	static const char *const whole[] = { "0", "0", "4294967295" };
	size_t i = 0;

	if (fd_read_at(AT_FDCWD, "/proc/self/uid_map", buf, sizeof(buf)) < 0)
		return false;
	for (char *word = strtok_r(buf, " \n", &save); word != NULL;
		word = strtok_r(NULL, " \n", &save), i++) {
		if (i >= ARRAY_SIZE(whole) || !str_eq(word, whole[i]))
			return false;
	}
	return i == ARRAY_SIZE(whole);
}

int host_enter_rootless(struct host_context *ctx, struct err *err)
{
	_cleanup_(mapper_done) struct mapper mapper = { .go_fd = -1, .pid = -1 };
	_arena_ struct arena arena = { 0 };
	struct facts_subids uids, gids;
	const char *user;
	int r;

	if (geteuid() == 0) {
		ctx->rootless = !in_initial_userns();
		return ctx->rootless ? ensure_mount_ns(err) : 0;
	}
	ctx->rootless = true;
	user = host_user_name(&arena, geteuid());
	if (user == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = read_ranges("/etc/subuid", user, geteuid(), &uids, err);
	if (r < 0)
		return r;
	r = read_ranges("/etc/subgid", user, geteuid(), &gids, err);
	if (r < 0)
		return r;
	r = mapper_start(&uids, &gids, &mapper, err);
	if (r < 0)
		return r;
	if (sys_unshare(SYS_NEWUSER) < 0)
		return err_sys(err, "create user namespace (is kernel.unprivileged_userns_clone or "
				    "user.max_user_namespaces 0?)");
	r = mapper_finish(&mapper, err);
	if (r < 0)
		return r;
	if (sys_setresgid(0) < 0 || sys_setresuid(0) < 0)
		return err_sys(err, "become root of the user namespace");
	ctx->made_userns = true;
	return make_mount_ns(err);
}

/* --- a container that is there ------------------------------------------------------------------ */

/* The outermost user namespace of a process that is inside of ours: @fd walks up to it. */
static int find_outer(int *fd, struct err *err)
{
	struct stat own, above;

	if (stat("/proc/self/ns/user", &own) < 0)
		return err_sys(err, "look at '/proc/self/ns/user'");
	for (;;) {
		_fd_ int owner = sys_ns_owner(*fd);

		if (owner < 0 || fstat(owner, &above) < 0)
			return err_sys(err, "find the user namespace the container was made in");
		if (above.st_ino == own.st_ino)
			return 0;
		fd_replace(fd, fd_take(&owner));
	}
}

int host_join_rootless(pid_t pid, struct err *err)
{
	char path[64];
	_fd_ int fd = -1;
	int r;

	if (geteuid() == 0)
		return 0;
	str_fmt(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "open '%s'", path);
	r = find_outer(&fd, err);
	if (r < 0)
		return r;
	/* SECURITY: the kernel lets only its maker in, and the container is inside of it */
	if (sys_setns(fd, SYS_NEWUSER) < 0)
		return err_sys(err, "join the user namespace the container was made in");
	if (sys_setresgid(0) < 0 || sys_setresuid(0) < 0)
		return err_sys(err, "become root of the user namespace");
	return make_mount_ns(err);
}

/* --- ids of config.json ------------------------------------------------------------------------- */

static int translate(struct arena *arena, const char *map_name, const char *pointer,
	struct config_id_mappings *mappings, struct err *err)
{
	struct host_idmap *own, *outer = arena_alloc(arena, sizeof(*outer)),
				*asked = arena_alloc(arena, sizeof(*asked)),
				*cut = arena_alloc(arena, sizeof(*cut));
	struct config_id_mapping *items;
	int r = host_idmap_own(arena, map_name, &own, err);

	if (r < 0)
		return r;
	if (outer == NULL || asked == NULL || cut == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	host_idmap_flip(own, outer);
	asked->n = 0;
	for (size_t i = 0; i < mappings->n; i++) {
		const struct config_id_mapping *m = &mappings->items[i];
		struct host_idmap_line line = { m->container_id, m->host_id, m->size };

		(void)!host_idmap_add(asked, &line); /* config has no more than the kernel */
	}
	r = host_idmap_cut(outer, asked, pointer, cut, err);
	if (r < 0)
		return r;
	items = arena_array(arena, cut->n + 1, sizeof(*items));
	if (items == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < cut->n; i++) {
		const struct host_idmap_line *line = host_idmap_find(outer, cut->lines[i].outside);

		items[i].container_id = cut->lines[i].inside;
		items[i].host_id = line->outside + (cut->lines[i].outside - line->inside);
		items[i].size = cut->lines[i].count;
	}
	*mappings = (struct config_id_mappings){ .items = items, .n = cut->n };
	return 0;
}

int host_rootless_ids(struct arena *arena, struct config *config, struct err *err)
{
	int r = 0;

	if (config->uid_mappings.n > 0)
		r = translate(arena, "uid_map", "/linux/uidMappings", &config->uid_mappings, err);
	if (r == 0 && config->gid_mappings.n > 0)
		r = translate(arena, "gid_map", "/linux/gidMappings", &config->gid_mappings, err);
	return r;
}
