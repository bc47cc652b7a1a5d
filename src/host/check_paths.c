/*
 * Can the ids of this file system be mapped? By asking the kernel for it, with a mount that nobody
 * ever sees.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "policy/policy.h"
#include "sys/call.h"

#include "check_local.h"
#include "launch.h"

#include "base/banned.h"

struct check {
	struct arena *arena;
	struct facts_ready_path *paths;
	size_t n;
	bool is_user; /* who can map no ids of files */
	int userns;   /* -1: none could be made */
	struct err *err;
};

void host_cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash != NULL)
		slash[slash == path ? 1 : 0] = '\0';
}

static int write_map(pid_t pid, const char *name)
{
	char path[64];

	str_fmt(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return fd_write_at(AT_FDCWD, path, "0 65536 65536\n", strlen("0 65536 65536\n"));
}

/* Some user namespace with some map: which one is all the same to a file system. */
static int make_userns(void)
{
	struct sys_clone_args args = { .flags = SYS_NEWUSER, .exit_signal = SIGCHLD };
	_fd_ int hold_in = -1, hold_out = -1;
	char path[64];
	int hold[2], fd = -1;
	pid_t pid;

	if (pipe2(hold, O_CLOEXEC) < 0)
		return -1;
	hold_in = hold[0];
	hold_out = hold[1];
	pid = sys_park(&args, false, hold);
	if (pid < 0)
		return -1;
	str_fmt(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	if (write_map(pid, "uid_map") == 0 && write_map(pid, "gid_map") == 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	fd_replace(&hold_out, -1);
	(void)waitpid(pid, NULL, 0);
	return fd;
}

/* Returns 0 or the errno. */
static int try_idmap(const struct check *check, const char *path)
{
	const struct sys_mount_attr attr = {
		.attr_set = SYS_ATTR_IDMAP,
		.userns_fd = (uint64_t)check->userns,
	};
	_fd_ int tree = -1;

	if (check->userns < 0)
		return EPERM;
	tree = sys_open_tree(AT_FDCWD, path, false);
	if (tree < 0 || sys_mount_setattr(tree, false, &attr) < 0)
		return errno;
	return 0;
}

static void try_layers(const struct check *check, const struct facts_overlay *overlay,
	struct facts_ready_path *out)
{
	out->problem = overlay->path == NULL ? "nothing is known of its layers" : overlay->problem;
	if (out->problem != NULL)
		return;
	for (size_t i = 0; i < overlay->n_layers && out->idmap_error == 0; i++) {
		out->idmap_error = try_idmap(check, overlay->layers[i].path);
		if (out->idmap_error != 0)
			out->layer = overlay->layers[i].path;
	}
}

static int add_path(struct check *check, const char *path, bool is_given)
{
	struct facts_ready_path *out = &check->paths[check->n];
	const struct facts_path *found;
	struct facts scratch = { 0 };
	int r;

	if (check->n == FACTS_READY_PATHS_MAX)
		return err_new(check->err, -E2BIG, "more than %d paths", FACTS_READY_PATHS_MAX);
	r = facts_probe_path(check->arena, &scratch, path, check->err);
	if (r < 0)
		return r;
	found = facts_find_path(&scratch, path);
	if (found->kind == FACTS_PATH_ABSENT && !is_given)
		return 0;
	check->n++;
	*out = (struct facts_ready_path){
		.path = path, .kind = found->kind, .uid = found->uid, .is_given = is_given
	};
	str_fmt(out->fs, sizeof(out->fs), "%s", found->fs);
	if (found->kind == FACTS_PATH_ABSENT || check->is_user)
		return 0;
	if (!str_eq(found->fs, "overlay")) {
		out->idmap_error = try_idmap(check, found->real != NULL ? found->real : path);
		return 0;
	}
	r = facts_probe_overlay(check->arena, &scratch, path, check->err);
	if (r == 0)
		try_layers(check, &scratch.overlay, out);
	return r;
}

static int add_binds(struct check *check, const char *bundle, const struct config *config)
{
	int r = 0;

	for (size_t i = 0; i < config->n_mounts && r == 0; i++) {
		const struct config_mount *mount = &config->mounts[i];
		const char *path;

		if (!mount->options.is_bind || mount->options.remount || mount->source == NULL)
			continue;
		path = policy_absolute(check->arena, bundle, mount->source);
		r = path != NULL ? add_path(check, path, true)
				 : err_new(check->err, -ENOMEM, "out of memory");
	}
	return r;
}

static int add_bundle(struct check *check, const char *name)
{
	struct config *config = arena_alloc(check->arena, sizeof(*config));
	_fd_ int fd = -1;
	const char *bundle, *path;
	int r;

	if (config == NULL)
		return err_new(check->err, -ENOMEM, "out of memory");
	r = host_absolute_bundle(check->arena, name, &bundle, check->err);
	if (r < 0)
		return r;
	fd = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(check->err, "open bundle '%s'", bundle);
	r = config_load(check->arena, fd, "config.json", config, check->err);
	if (r < 0)
		return r;
	path = policy_absolute(check->arena, bundle, config->root_path);
	r = path != NULL ? add_path(check, path, true)
			 : err_new(check->err, -ENOMEM, "out of memory");
	return r == 0 ? add_binds(check, bundle, config) : r;
}

static int add_given(struct check *check, const char *path)
{
	char cwd[PATH_MAX];
	const char *absolute;

	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return err_sys(check->err, "find the current directory");
	absolute = policy_absolute(check->arena, cwd, path);
	return absolute != NULL ? add_path(check, absolute, true)
				: err_new(check->err, -ENOMEM, "out of memory");
}

int host_check_paths(const struct host_check_request *request, struct arena *arena,
	struct facts_ready *out, struct err *err)
{
	static const char *const usual[] = { "/var/lib/docker", "/var/lib/containerd",
		"/var/lib/containers/storage", "/var/lib" };
	_fd_ int userns = out->is_user ? -1 : make_userns();
	struct check check = {
		.arena = arena, .is_user = out->is_user, .userns = userns, .err = err
	};
	bool is_given = request->bundle != NULL || request->n_paths > 0;
	int r = 0;

	check.paths = arena_array(arena, FACTS_READY_PATHS_MAX, sizeof(*check.paths));
	if (check.paths == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (request->bundle != NULL)
		r = add_bundle(&check, request->bundle);
	for (size_t i = 0; i < request->n_paths && r == 0; i++)
		r = add_given(&check, request->paths[i]);
	for (size_t i = 0; i < ARRAY_SIZE(usual) && r == 0 && !is_given && !out->is_user; i++)
		r = add_path(&check, usual[i], false);
	out->paths = check.paths;
	out->n_paths = check.n;
	return r;
}
