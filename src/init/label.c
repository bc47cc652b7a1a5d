/*
 * The security label of the next exec. SECURITY: written and read back through our own procfs; a
 * label that is not in force is an error, never a warning (I5, CVE-2019-16884: T-04).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "init.h"

#include "base/banned.h"

enum {
	LABEL_MAX = 1024
};

static int read_back(
	const struct init_ctx *ctx, const char *path, const char *label, struct err *err)
{
	_fd_ int fd = sys_open_proc(ctx->proc, path, O_RDONLY);
	char text[LABEL_MAX + 64];
	size_t len = strlen(label);

	if (fd < 0 || fd_read_all(fd, text, sizeof(text)) < 0)
		return err_sys(err, "read back '/proc/%s'", path);
	/* AppArmor adds " (mode)", both may end in a newline */
	if (strncmp(text, label, len) != 0 || strchr(" \n", text[len]) == NULL)
		return err_new(err, -EACCES, "label '%s' was not taken over by the kernel", label);
	return 0;
}

static int write_label(const struct init_ctx *ctx, const char *file, const char *command,
	const char *label, struct err *err)
{
	char path[64], value[LABEL_MAX];
	size_t len;
	int r;

	str_fmt(path, sizeof(path), "%d/attr/%s", (int)getpid(), file);
	len = str_fmt(value, sizeof(value), "%s%s", command, label);
	if (len >= sizeof(value))
		return err_new(err, -E2BIG, "label of %zu bytes", strlen(label));
	r = init_write_proc(ctx, path, value, len, err);
	if (r < 0)
		return r;
	return read_back(ctx, path, label, err);
}

int init_apparmor(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *profile = init_string(ctx, step, 0);
	const char *command = step->num[0] != 0 ? "stack " : "exec ";
	int r;

	r = write_label(ctx, "apparmor/exec", command, profile, err);
	if (r == -ENOENT && str_starts(err->msg, "open ")) /* needed for kernels < 5.8 */
		r = write_label(ctx, "exec", command, profile, err);
	if (r == -ENOENT)
		return err_new(err, r, "apparmor profile '%s' is not loaded", profile);
	if (r < 0)
		return err_ctx(err, "unable to apply apparmor profile '%s'", profile);
	return 0;
}

int init_selinux(struct init_ctx *ctx, const struct plan_step *step, struct err *err)
{
	const char *label = init_string(ctx, step, 0);

	const char *file = step->num[0] == PLAN_SELINUX_KEYRING ? "keycreate" : "exec";

	if (write_label(ctx, file, "", label, err) < 0)
		return err_ctx(err, "unable to set the selinux label '%s'", label);
	return 0;
}
