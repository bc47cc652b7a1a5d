/*
 * The processes of a container: their numbers from its cgroup, and what the host's ps(1) says.
 * SECURITY: nothing of the container is executed or opened (CVE-2019-14271: T-14, T-15).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "host/cgroup/cgroup.h"
#include "wire/hook.h"

#include "launch.h"
#include "process.h"

#include "base/banned.h"

enum {
	PS_ARGS_MAX = 256,
	PS_OUTPUT_MAX = 16 << 20,
	PS_MISSING = 127,
};

int host_pids(const struct host_context *ctx, struct arena *arena, const char *id, pid_t **pids,
	size_t *n, struct err *err)
{
	_host_entry_ struct host_entry entry = HOST_ENTRY_NONE;
	struct host_open_request request = { .id = id };
	struct store_record record;
	int r = host_open(ctx, &request, arena, &entry, &record, err);

	if (r < 0)
		return r;
	r = cgroup_pids(arena, &record, pids, n, err);
	if (r < 0 || record.n_cgroups > 0)
		return r;
	/* without cgroups only one process is known for sure */
	*pids = arena_array(arena, 1, sizeof(**pids));
	*n = host_process_is(record.pid, record.pid_start_time) ? 1 : 0;
	if (*pids == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	**pids = record.pid;
	return 0;
}

/* Child: by absolute path, whatever PATH says. */
static _noreturn_ void be_ps(char *const *argv, int out)
{
	static const char *const paths[] = { "/usr/bin/ps", "/bin/ps", "/usr/local/bin/ps" };

	if (dup2(out, STDOUT_FILENO) < 0)
		_exit(1);
	wire_reset_signals();
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		execve(paths[i], argv, environ);
	_exit(PS_MISSING);
}

static int read_output(int fd, struct str_buf *out, struct err *err)
{
	char buf[4096];

	for (;;) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "read from ps");
		if (n == 0)
			return 0;
		str_buf_add(out, buf, (size_t)n);
		if (out->failed || out->len > PS_OUTPUT_MAX)
			return err_new(err, -EFBIG, "ps prints too much");
	}
}

int host_run_ps(const char *const *args, struct str_buf *out, struct err *err)
{
	_fd_ int from = -1, to = -1;
	char name[] = "ps", *argv[PS_ARGS_MAX + 2] = { name };
	int ends[2], status, r;
	size_t n = 0;
	pid_t pid;

	for (; args[n] != NULL; n++) {
		if (n == PS_ARGS_MAX)
			return err_new(err, -E2BIG, "more than %d options of ps", PS_ARGS_MAX);
		argv[n + 1] = (char *)(uintptr_t)args[n]; /* execve() writes nothing */
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, "create pipe");
	from = ends[0];
	to = ends[1];
	pid = fork();
	if (pid < 0)
		return err_sys(err, "fork");
	if (pid == 0)
		be_ps(argv, to);
	fd_replace(&to, -1);
	r = read_output(from, out, err);
	fd_replace(&from, -1);
	if (waitpid(pid, &status, 0) != pid)
		return err_sys(err, "wait for ps");
	if (r < 0)
		return r;
	if (WIFEXITED(status) && WEXITSTATUS(status) == PS_MISSING)
		return err_new(err, -ENOENT, "ps is not installed: use --format json");
	if (status != 0)
		return err_new(err, -EIO, "ps failed: status %d",
			WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
