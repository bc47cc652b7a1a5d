/*
 * usage: floor-compiler FLOOR.json OUTPUT
 *
 * Part of the build: compiles caisson's own seccomp filter for the machine caisson is built for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "config/config.h"
#include "plan/plan.h"

#include "base/banned.h"

static int compile(const char *from, const char *to, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	const struct config_seccomp *seccomp;
	const struct sys_bpf_insn *insns = NULL;
	const struct json *root;
	_fd_ int fd = -1;
	size_t n = 0;
	int r;

	r = json_load(&arena, AT_FDCWD, from, &root, err);
	if (r == 0)
		r = config_seccomp_parse(&arena, root, &seccomp, err);
	if (r == 0 && seccomp == NULL)
		r = err_new(err, -EINVAL, "no filter");
	if (r == 0)
		r = plan_seccomp_compile(&arena, seccomp, true, &insns, &n, err);
	if (r ==
		-ENOTSUP) /* an empty file: whoever wants the floor is told, others can do without */
		n = 0;
	else if (r < 0)
		return err_ctx(err, "%s", from);
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || fd_write_all(fd, (const char *)insns, n * sizeof(*insns)) < 0)
		return err_sys(err, "write %s", to);
	return 0;
}

int main(int argc, char *argv[])
{
	struct err err;

	if (argc != 3) {
		fprintf(stderr, "usage: floor-compiler FLOOR.json OUTPUT\n");
		return 2;
	}
	if (compile(argv[1], argv[2], &err) < 0) {
		fprintf(stderr, "floor-compiler: %s\n", err.msg);
		return 1;
	}
	return 0;
}
