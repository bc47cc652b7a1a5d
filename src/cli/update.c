/*
 * update: the flags of runc, or a resources object of the specification from a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/num.h"

#include "cli.h"

#include "base/banned.h"

enum {
	RESOURCES_TEXT_MAX = 1 << 20,
	SIZE_DIGITS = 20,
};

enum flag_kind {
	FLAG_SIZE,   /* int64_t bytes, "64m", -1 */
	FLAG_SIGNED, /* int64_t */
	FLAG_U64,
	FLAG_U16,
	FLAG_LIST, /* const char *, "0-3,7" */
};

struct flag {
	const char *name;
	enum flag_kind kind;
	size_t value;
	size_t has; /* 0: the value says whether it is set */
};

#define FLAG(name, kind, member)                                         \
	{                                                                \
		name, kind, offsetof(struct config_resources, member), 0 \
	}
#define FLAG_WITH(name, kind, member)                                   \
	{                                                               \
		name, kind, offsetof(struct config_resources, member),  \
			offsetof(struct config_resources, has_##member) \
	}

static const struct flag flags[] = {
	FLAG("blkio-weight", FLAG_U16, block_weight),
	FLAG_WITH("cpu-burst", FLAG_U64, cpu_burst),
	FLAG_WITH("cpu-idle", FLAG_SIGNED, cpu_idle),
	FLAG("cpu-period", FLAG_U64, cpu_period),
	FLAG_WITH("cpu-quota", FLAG_SIGNED, cpu_quota),
	FLAG("cpu-rt-period", FLAG_U64, cpu_rt_period),
	FLAG("cpu-rt-runtime", FLAG_SIGNED, cpu_rt_runtime),
	FLAG("cpu-share", FLAG_U64, cpu_shares),
	FLAG("cpuset-cpus", FLAG_LIST, cpuset_cpus),
	FLAG("cpuset-mems", FLAG_LIST, cpuset_mems),
	FLAG_WITH("memory", FLAG_SIZE, memory_limit),
	FLAG_WITH("memory-reservation", FLAG_SIZE, memory_reservation),
	FLAG_WITH("memory-swap", FLAG_SIZE, memory_swap),
	FLAG_WITH("pids-limit", FLAG_SIGNED, pids_limit),
};

/* "64m", "64MB", "64MiB", "67108864", "-1" */
bool cli_size_parse(const char *text, int64_t *out)
{
	static const char units[] = "kmgt";
	size_t len = strspn(text, "0123456789"), shift = 0;
	const char *rest = text + len, *unit;
	char digits[SIZE_DIGITS + 1];
	uint64_t n;

	if (str_eq(text, "-1")) {
		*out = -1;
		return true;
	}
	if (len == 0 || len > SIZE_DIGITS)
		return false;
	str_fmt(digits, sizeof(digits), "%.*s", (int)len, text);
	unit = *rest != '\0' ? strchr(units, *rest | 0x20) : NULL;
	if (unit != NULL) {
		shift = 10 * ((size_t)(unit - units) + 1);
		rest++;
		if (strcasecmp(rest, "ib") == 0)
			rest++;
	}
	if (*rest != '\0' && strcasecmp(rest, "b") != 0)
		return false;
	if (!num_u64(digits, (uint64_t)INT64_MAX >> shift, &n))
		return false;
	*out = (int64_t)(n << shift);
	return true;
}

static bool set_member(const struct flag *flag, const char *text, struct config_resources *out)
{
	void *member = (char *)out + flag->value;
	uint64_t n = 0;

	switch (flag->kind) {
	case FLAG_SIZE:
		return cli_size_parse(text, member);
	case FLAG_SIGNED:
		return num_i64(text, INT64_MIN, INT64_MAX, member);
	case FLAG_U64:
		return num_u64(text, UINT64_MAX, member);
	case FLAG_U16:
		if (!num_u64(text, UINT16_MAX, &n))
			return false;
		*(uint16_t *)member = (uint16_t)n;
		return true;
	case FLAG_LIST:
		*(const char **)member = text;
		return config_is_cpu_list(text);
	}
	return false;
}

static int read_flags(const struct cli_args *args, struct config_resources *out, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		const char *text = cli_text(args, flags[i].name);

		if (text == NULL || *text == '\0')
			continue;
		if (!set_member(&flags[i], text, out))
			return err_new(
				err, -EINVAL, "invalid value for %s: '%s'", flags[i].name, text);
		if (flags[i].has != 0)
			*(bool *)((char *)out + flags[i].has) = true;
	}
	/* the kernel counts 0 and 1, nothing else */
	if (out->has_cpu_idle && (out->cpu_idle < 0 || out->cpu_idle > 1))
		return err_new(err, -EINVAL, "invalid value for cpu-idle: '%lld'",
			(long long)out->cpu_idle);
	return 0;
}

static int read_stdin(struct arena *arena, const struct json **root, struct err *err)
{
	char *text = arena_alloc(arena, RESOURCES_TEXT_MAX);
	ssize_t len;

	if (text == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	len = fd_read_all(STDIN_FILENO, text, RESOURCES_TEXT_MAX);
	if (len < 0)
		return err_sys(err, "read standard input");
	return json_parse(arena, text, (size_t)len, root, err);
}

static int read_file(
	struct cli *cli, const char *path, struct config_resources *out, struct err *err)
{
	const struct json *root = NULL;
	int r;

	if (str_eq(path, "-"))
		r = read_stdin(cli->arena, &root, err);
	else
		r = json_load(cli->arena, AT_FDCWD, path, &root, err);
	if (r == 0)
		r = config_resources_parse(cli->arena, root, out, err);
	return r < 0 ? err_ctx(err, "resources") : 0;
}

static int refuse_rdt(const struct cli_args *args, struct err *err)
{
	static const char *const names[] = { "l3-cache-schema", "mem-bw-schema" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (cli_given(args, names[i]))
			return err_new(
				err, -ENOTSUP, "--%s: intelRdt: not supported yet", names[i]);
	return 0;
}

int cli_update(struct cli *cli, struct err *err)
{
	const struct cli_args *args = cli->args;
	const char *path = cli_text(args, "resources");
	struct config_resources resources = { 0 };
	int r = refuse_rdt(args, err);

	if (r == 0 && (cli_given(args, "kernel-memory") || cli_given(args, "kernel-memory-tcp")))
		log_warn("limits of kernel memory have no effect; continuing without");
	if (r == 0)
		r = path != NULL ? read_file(cli, path, &resources, err)
				 : read_flags(args, &resources, err);
	if (r < 0)
		return r;
	return host_update(&cli->context, args->positionals[0], &resources, err);
}
