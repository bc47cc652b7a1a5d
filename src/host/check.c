/*
 * Trying what a launch does. What changes the process (namespaces) is tried by a child; what is
 * made for it goes with its descriptors.
 */
#include "host/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "policy/policy.h"
#include "sys/call.h"

#include "check_local.h"
#include "ids_local.h"
#include "launch.h"
#include "passwd.h"
#include "store.h"

#include "base/banned.h"

/* What the child has found out. */
struct answer {
	int namespaces[FACTS_NS_N];
	int calls[FACTS_CALL_N];
};

static const int ns_flags[FACTS_NS_N] = {
	[FACTS_NS_USER] = SYS_NEWUSER,
	[FACTS_NS_MOUNT] = SYS_NEWNS,
	[FACTS_NS_PID] = SYS_NEWPID,
	[FACTS_NS_NET] = SYS_NEWNET,
	[FACTS_NS_IPC] = SYS_NEWIPC,
	[FACTS_NS_UTS] = SYS_NEWUTS,
	[FACTS_NS_CGROUP] = SYS_NEWCGROUP,
	[FACTS_NS_TIME] = SYS_NEWTIME,
};

/* Descriptors of the child end with it. */
static int tried(int r)
{
	return r < 0 ? errno : 0;
}

static void try_files(int calls[FACTS_CALL_N])
{
	static const struct sys_mount_attr nothing = { 0 };
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int memfd = sys_memfd_create("check");

	calls[FACTS_CALL_MEMFD] = memfd < 0 ? errno : tried(sys_memfd_seal(memfd));
	calls[FACTS_CALL_OPENAT2] = tried(sys_openat2(AT_FDCWD, "/", O_PATH, 0, 0));
	calls[FACTS_CALL_FACCESSAT2] = tried(sys_faccess(AT_FDCWD, "/", X_OK));
	calls[FACTS_CALL_CLOSE_RANGE] = tried(sys_close_range_cloexec(~0U, ~0U)); /* none there */
	calls[FACTS_CALL_FSOPEN] = tried(sys_fsopen("tmpfs"));
	calls[FACTS_CALL_MOUNT_SETATTR] = tried(sys_mount_setattr(root, false, &nothing));
	/* recursive: in a user namespace what covers something may not be left out */
	calls[FACTS_CALL_OPEN_TREE] = tried(sys_open_tree(root, "", true));
}

static void try_processes(int calls[FACTS_CALL_N])
{
	struct sys_clone_args impossible = { .flags = ~0ULL };
	int pidfd = sys_pidfd_open(getpid());

	calls[FACTS_CALL_PIDFD_OPEN] = tried(pidfd);
	calls[FACTS_CALL_PIDFD_SEND_SIGNAL] = tried(sys_pidfd_send_signal(pidfd, 0));
	calls[FACTS_CALL_CLONE3] = tried(sys_clone3(&impossible));
	if (calls[FACTS_CALL_CLONE3] == EINVAL) /* flags that no kernel takes, looked at */
		calls[FACTS_CALL_CLONE3] = 0;
}

/* ORDER: for a user the user namespace comes first, it gives the power to make the others; in the
 * layout of root they are made outside of it, and what is tried with them has root's power. */
static void try_all(struct answer *answer, bool is_user)
{
	if (is_user)
		answer->namespaces[FACTS_NS_USER] = tried(sys_unshare(SYS_NEWUSER));
	for (size_t i = FACTS_NS_USER + 1; i < FACTS_NS_N; i++)
		answer->namespaces[i] = tried(sys_unshare(ns_flags[i]));
	try_files(answer->calls);
	try_processes(answer->calls);
	if (!is_user)
		answer->namespaces[FACTS_NS_USER] = tried(sys_unshare(SYS_NEWUSER));
}

static int ask_child(struct facts_ready *out, struct err *err)
{
	_fd_ int in = -1, result = -1;
	struct answer answer = { 0 };
	int ends[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, "create pipe");
	in = ends[0];
	result = ends[1];
	pid = fork();
	if (pid < 0)
		return err_sys(err, "fork");
	if (pid == 0) {
		try_all(&answer, out->is_user);
		_exit(fd_write_all(result, &answer, sizeof(answer)) == 0 ? 0 : 1);
	}
	fd_replace(&result, -1);
	n = read(in, &answer, sizeof(answer));
	(void)waitpid(pid, NULL, 0);
	if (n != (ssize_t)sizeof(answer))
		return err_new(err, -EPERM,
			"the process that tries system calls was killed: something around caisson "
			"kills for them");
	for (size_t i = 0; i < FACTS_NS_N; i++)
		out->namespaces[i] = answer.namespaces[i];
	for (size_t i = 0; i < FACTS_CALL_N; i++)
		out->calls[i] = answer.calls[i];
	return 0;
}

/* --- ids ---------------------------------------------------------------------------------------- */

/* A pool that can't be used is a finding. */
static int look_at_pool(const struct host_context *ctx, struct arena *arena,
	struct facts_ready *out, struct err *err)
{
	struct ids_pool *pool = arena_alloc(arena, sizeof(*pool));
	struct host_ids ids;
	struct err problem = { 0 };

	out->id_user = ctx->id_user != NULL ? ctx->id_user : IDS_USER;
	if (pool == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (ids_load_pool(ctx->id_user, "/etc/subuid", "/etc/subgid", pool, &problem) == 0 &&
		ids_list(arena, pool, HOST_IDS_REGISTRY, &ids, &problem) == 0) {
		out->id_user = ids.user;
		out->n_blocks = ids.n_total;
		out->n_blocks_free = ids.n_free + ids.n_resting;
		return 0;
	}
	out->ids_problem = arena_strdup(arena, problem.msg);
	if (out->ids_problem == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (problem.code == -ENOENT)
		out->gap = ids_propose(out->id_user, "/etc/subuid", "/etc/subgid", 0);
	return 0;
}

/* --- the state root ------------------------------------------------------------------------------ */

static int look_at_root(const struct host_context *ctx, struct arena *arena,
	struct facts_ready *out, struct err *err)
{
	struct facts scratch = { 0 };
	struct err problem = { 0 };
	char *dir = arena_strdup(arena, ctx->root);
	_fd_ int fd = -1;
	int r;

	if (dir == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = store_open_root(ctx->root, false, &fd, &problem);
	if (r < 0)
		out->state_problem = arena_strdup(arena, problem.msg);
	while (access(dir, F_OK) < 0 && dir[1] != '\0')
		host_cut_last(dir);
	if (out->state_problem == NULL && sys_faccess(AT_FDCWD, dir, W_OK | X_OK) < 0) {
		err_sys(&problem, "write to '%s'", dir);
		out->state_problem = arena_strdup(arena, problem.msg);
	}
	out->state_root = ctx->root;
	out->state_dir = dir;
	r = facts_probe_path(arena, &scratch, dir, err);
	if (r == 0)
		str_fmt(out->state_fs, sizeof(out->state_fs), "%s",
			facts_find_path(&scratch, dir)->fs);
	return r;
}

int host_check(const struct host_context *ctx, const struct host_check_request *request,
	struct arena *arena, struct facts *facts, struct facts_ready *out, struct err *err)
{
	int r = facts_gather(arena, facts, err);

	*out = (struct facts_ready){ .has_systemd_driver = host_has_systemd() };
	if (r < 0)
		return r;
	out->is_user = facts->euid != 0 || !facts->initial_userns;
	out->name = host_user_name(arena, facts->euid);
	if (out->name == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = facts_gather_systemd(arena, facts, err);
	if (r == 0)
		r = facts_gather_ready(arena, out, err);
	if (r == 0)
		r = ask_child(out, err);
	if (r == 0 && !out->is_user)
		r = look_at_pool(ctx, arena, out, err);
	if (r == 0)
		r = look_at_root(ctx, arena, out, err);
	return r == 0 ? host_check_paths(request, arena, out, err) : r;
}
