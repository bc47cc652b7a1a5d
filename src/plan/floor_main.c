/*
 * usage: floor-compiler DIRECTORY OUTPUT
 *
 * Part of the build: compiles caisson's own seccomp filter for the machine caisson is built for,
 * once for every set of what a profile can open in it. floor.h says what the output is.
 *
 * DIRECTORY has floor.json and a file for each option. The rules of an option go before those of
 * the floor: the first that matches decides. Its architectures are added.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "config/config.h"
#include "plan/plan.h"
#include "policy/policy.h"

#include "base/banned.h"

_Static_assert(POLICY_FLOOR_VARIANTS * sizeof(uint32_t) == 128, "floor_data.S has this number");

/* The floor, then the options by their bits. */
static const char *const names[] = { "floor", "compat32", "x32", "io_uring", "debug", "nested" };
enum {
	FLOOR,
	FILES = 6
};

static int load(struct arena *arena, const char *directory, const char *name,
	const struct config_seccomp **out, struct err *err)
{
	const char *path = arena_fmt(arena, "%s/%s.json", directory, name);
	const struct json *root;
	int r;

	if (path == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = json_load(arena, AT_FDCWD, path, &root, err);
	if (r == 0)
		r = config_seccomp_parse(arena, root, out, err);
	if (r == 0 && *out == NULL)
		r = err_new(err, -EINVAL, "no filter");
	return r < 0 ? err_ctx(err, "%s", path) : 0;
}

/* @add's rules before those of @filter */
static int merge(struct arena *arena, struct config_seccomp *filter,
	const struct config_seccomp *add, struct err *err)
{
	size_t n_archs = filter->architectures.n + add->architectures.n;
	struct config_seccomp_rule *rules =
		arena_array(arena, filter->n_rules + add->n_rules, sizeof(*rules));
	const char **archs = arena_array(arena, n_archs + 1, sizeof(*archs));

	if (rules == NULL || archs == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < add->n_rules; i++)
		rules[i] = add->rules[i];
	for (size_t i = 0; i < filter->n_rules; i++)
		rules[add->n_rules + i] = filter->rules[i];
	for (size_t i = 0; i < n_archs; i++)
		archs[i] = i < add->architectures.n
				   ? add->architectures.items[i]
				   : filter->architectures.items[i - add->architectures.n];
	filter->rules = rules;
	filter->n_rules += add->n_rules;
	filter->architectures.items = archs;
	filter->architectures.n = n_archs;
	return 0;
}

static int compile(struct arena *arena, const struct config_seccomp *const files[FILES],
	unsigned options, struct str_buf *insns, struct err *err)
{
	struct config_seccomp filter = *files[FLOOR];
	const struct sys_bpf_insn *out = NULL;
	size_t n = 0;
	int r = 0;

	for (unsigned i = 0; i + 1 < FILES && r == 0; i++) {
		if ((options & 1U << i) != 0)
			r = merge(arena, &filter, files[i + 1], err);
	}
	if (r == 0)
		r = plan_seccomp_compile(arena, &filter, true, &out, &n, err);
	if (r == -ENOTSUP) /* no program: whoever wants the floor is told, others can do without */
		return 0;
	if (r < 0)
		return err_ctx(err, "options 0x%x", options);
	str_buf_add(insns, (const char *)out, n * sizeof(*out));
	return insns->failed ? err_new(err, -ENOMEM, "out of memory") : 0;
}

static int write_all(const char *to, const uint32_t ends[POLICY_FLOOR_VARIANTS],
	const struct str_buf *insns, struct err *err)
{
	_fd_ int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 ||
		fd_write_all(fd, (const char *)ends, POLICY_FLOOR_VARIANTS * sizeof(*ends)) < 0 ||
		fd_write_all(fd, insns->data, insns->len) < 0)
		return err_sys(err, "write %s", to);
	return 0;
}

static int compile_all(const char *directory, const char *to, struct err *err)
{
	const struct config_seccomp *files[FILES] = { 0 };
	uint32_t ends[POLICY_FLOOR_VARIANTS] = { 0 };
	_str_buf_ struct str_buf insns = { 0 };
	_arena_ struct arena arena = { 0 };
	int r = 0;

	for (size_t i = 0; i < FILES && r == 0; i++)
		r = load(&arena, directory, names[i], &files[i], err);
	for (unsigned i = 0; i < POLICY_FLOOR_VARIANTS && r == 0; i++) {
		r = compile(&arena, files, i, &insns, err);
		ends[i] = (uint32_t)(insns.len / sizeof(struct sys_bpf_insn));
	}
	return r < 0 ? r : write_all(to, ends, &insns, err);
}

int main(int argc, char *argv[])
{
	struct err err;

	if (argc != 3) {
		fprintf(stderr, "usage: floor-compiler DIRECTORY OUTPUT\n");
		return 2;
	}
	if (compile_all(argv[1], argv[2], &err) < 0) {
		fprintf(stderr, "floor-compiler: %s\n", err.msg);
		return 1;
	}
	return 0;
}
