/*
 * The last steps: find the program, close what is left open, load the filters, become it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/abi.h"
#include "base/str.h"
#include "wire/hook.h"

#include "init.h"

#include "base/banned.h"

enum {
	SIGNAL_MAX = 64
};

char **init_vector(const struct plan *plan, const struct plan_ref *ref)
{
	size_t n = plan_strings_count(plan, ref), i = 0;
	const char *item = NULL;
	char **vector;

	vector = mmap(NULL, (n + 2) * sizeof(*vector), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (vector == MAP_FAILED)
		return NULL;
	while ((item = plan_strings(plan, ref, item)) != NULL)
		vector[i++] =
			(char *)(uintptr_t)item; /* execve() takes char *, and writes nothing */
	return vector;
}

/* 0: can be run. The kernel decides again at execve(); this is for the message at create. */
static int check_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (sys_faccess(AT_FDCWD, path, X_OK) == 0)
		return 0;
	/* a filter that does not know the call, not the file: its mode has to do */
	if ((errno == ENOSYS || errno == EPERM) && (st.st_mode & 0111) != 0)
		return 0;
	return -errno;
}

/* PATH of the workload; the last of several counts, as it does for its own getenv(). */
static const char *workload_path(const struct init_ctx *ctx, const struct plan_step *step)
{
	const char *item = NULL, *path = "";

	while ((item = plan_strings(ctx->plan, &step->ref[1], item)) != NULL) {
		if (str_starts(item, "PATH="))
			path = item + strlen("PATH=");
	}
	return path;
}

static bool search(const char *path, const char *name, char *out, size_t size)
{
	while (*path != '\0') {
		size_t len = strcspn(path, ":");
		const char *dir = len > 0 ? path : ".";
		int dir_len = len > 0 ? (int)len : 1;

		if (len < size && str_fmt(out, size, "%.*s/%s", dir_len, dir, name) < size &&
			check_program(out) == 0)
			return true;
		path += len;
		path += *path == ':';
	}
	return false;
}

/* The words are those of Go's os/exec, which engines turn into exit codes 126 and 127
 * (cli-contract rule 3). */
static int find_with_slash(struct init_ctx *ctx, const char *name, struct err *err)
{
	struct stat st;
	int r;

	if (str_fmt(ctx->exec_path, sizeof(ctx->exec_path), "%s", name) >= sizeof(ctx->exec_path))
		return err_new(
			err, -ENAMETOOLONG, "exec: \"%s\": %s", name, err_text(ENAMETOOLONG));
	r = check_program(name);
	if (r == 0)
		return 0;
	if (r != -EISDIR && stat(name, &st) < 0)
		return err_new(err, r, "exec: \"%s\": stat %s: %s", name, name, err_text(-r));
	/* dockerd before 23 knows an exit code only for the words that runc used then */
	if (r == -EISDIR)
		return err_new(err, r, "exec: \"%s\": is a directory: %s", name, err_text(EACCES));
	return err_new(err, r, "exec: \"%s\": %s", name, err_text(-r));
}

int init_find_exec(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *name = plan_strings(ctx->plan, &step->ref[0], NULL);

	if (name == NULL)
		return err_new(err, -EINVAL, "args must not be empty");
	init_set_home(ctx);
	if (strchr(name, '/') != NULL)
		return find_with_slash(ctx, name, err);
	if (*name == '\0' ||
		!search(workload_path(ctx, step), name, ctx->exec_path, sizeof(ctx->exec_path)))
		return err_new(
			err, -ENOENT, "exec: \"%s\": executable file not found in $PATH", name);
	return 0;
}

int init_close_fds(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	(void)ctx;
	/* SECURITY: on exec, so that the wire can still carry an error (T-01) */
	if (sys_close_range_cloexec((unsigned)step->num[0], ~0U) < 0)
		return err_sys(
			err, "mark descriptors from %u close-on-exec", (unsigned)step->num[0]);
	return 0;
}

/* SECURITY: what the kernel says we hold, not what we asked for (T-21, T-22). */
static int check_caps(const struct init_ctx *ctx, struct err *err)
{
	struct sys_caps now;

	if (!ctx->has_caps)
		return 0;
	if (sys_capget(&now) < 0)
		return err_sys(err, "read the capabilities back");
	if (((now.effective & ~ctx->caps.effective) | (now.permitted & ~ctx->caps.permitted) |
		    (now.inheritable & ~ctx->caps.inheritable)) != 0)
		return err_new(err, -EPERM, "more capabilities are left than the plan says");
	return 0;
}

/* All that must happen before the workload's filter, which may allow nothing but execve(). */
static int arm(struct init_ctx *ctx, struct err *err)
{
	int r;

	if (ctx->armed)
		return 0;
	if (ctx->exec_path[0] == '\0')
		return err_new(err, -EINVAL, "plan has no step 'find-exec'");
	r = check_caps(ctx, err);
	if (r < 0)
		return r;
	init_find_interp(ctx->exec_path, ctx->exec_hint, sizeof(ctx->exec_hint));
	wire_reset_signals();
	ctx->armed = true;
	return 0;
}

int init_seccomp(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const void *insns;
	size_t size;
	int r;

	if (step->stage == PLAN_STAGE_START) {
		r = arm(ctx, err);
		if (r < 0)
			return r;
	}
	insns = plan_blob(ctx->plan, &step->ref[0], &size);
	if (sys_seccomp_load((unsigned)step->num[0], insns, size / sizeof(struct sys_bpf_insn)) < 0)
		return err_sys(err, "load the seccomp filter '%s'", init_string(ctx, step, 1));
	ctx->filtered = true;
	return 0;
}

int init_exec(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	int r;

	(void)step;
	r = arm(ctx, err);
	if (r < 0)
		return r;
	execve(ctx->exec_path, ctx->argv, ctx->env);
	r = errno;
	return err_new(err, -r, "exec %s: %s%s", ctx->exec_path, err_text(r),
		r == ENOENT ? ctx->exec_hint : "");
}
