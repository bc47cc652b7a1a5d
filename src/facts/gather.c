/*
 * What every create asks of the machine: a dozen reads of procfs, no path of the config. Whatever
 * the kernel's version answers is derived from it instead of being tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/abi.h"
#include "base/fd.h"
#include "base/num.h"

#include "local.h"

#include "base/banned.h"

enum {
	SMALL_FILE_MAX = 64,
	STATUS_MAX = 4096,
	MAP_MAX = 16 << 10
};

/* PROC_USER_INIT_INO: the initial user namespace has had this inode number since 3.8. A map of
 * "0 0 4294967295" alone proves nothing, a nested namespace can have it too. */
static const uint64_t initial_userns_ino = 0xEFFFFFFDU;

enum {
	CAP_SYS_ADMIN_NR = 21
};

static bool kernel_is(const struct facts *facts, unsigned major, unsigned minor)
{
	return facts->kernel_major > major ||
	       (facts->kernel_major == major && facts->kernel_minor >= minor);
}

/* "6.18.3-amd64" */
static bool parse_release(const char *release, struct facts *out)
{
	unsigned *parts[] = { &out->kernel_major, &out->kernel_minor };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t digits = strspn(release, "0123456789");
		char number[8];
		uint32_t value;

		if (digits == 0 || digits >= sizeof(number) || (i == 0 && release[digits] != '.'))
			return false;
		memcpy(number, release, digits);
		number[digits] = '\0';
		if (!num_u32(number, &value))
			return false;
		*parts[i] = value;
		release += digits + 1;
	}
	return true;
}

static int gather_kernel(struct facts *out, struct err *err)
{
	struct utsname uts;

	if (uname(&uts) < 0)
		return err_sys(err, "ask for the kernel's version");
	if (!parse_release(uts.release, out))
		return err_new(err, -EINVAL, "kernel version '%s' is not understood", uts.release);
	if (kernel_is(out, 3, 17))
		out->seccomp_flags |= SYS_SECCOMP_FLAG_TSYNC;
	if (kernel_is(out, 4, 14))
		out->seccomp_flags |= SYS_SECCOMP_FLAG_LOG;
	if (kernel_is(out, 4, 17))
		out->seccomp_flags |= SYS_SECCOMP_FLAG_SPEC_ALLOW;
	if (kernel_is(out, 5, 19))
		out->seccomp_flags |= SYS_SECCOMP_FLAG_WAIT_KILLABLE_RECV;
	return 0;
}

/* The file has a line with all groups of the caller, which nothing bounds but the kernel. */
static const char *read_status(struct arena *arena, char *buf, size_t size, struct err *err)
{
	ssize_t n = fd_read_at(AT_FDCWD, "/proc/self/status", buf, size);

	if (n < 0 && errno == EFBIG) {
		buf = arena_alloc(arena, FACTS_TEXT_MAX);
		n = buf == NULL ? -1
				: fd_read_at(AT_FDCWD, "/proc/self/status", buf, FACTS_TEXT_MAX);
	}
	if (n >= 0)
		return buf;
	err_sys(err, "read '/proc/self/status'");
	return NULL;
}

/* The permitted set. capget(2) would be cheaper, but facts has no system calls of its own. */
static int gather_caps(struct arena *arena, struct facts *out, struct err *err)
{
	char buf[STATUS_MAX], text[SMALL_FILE_MAX];
	const char *status = read_status(arena, buf, sizeof(buf), err), *line;
	uint64_t last;

	if (status == NULL)
		return err->code;
	line = strstr(status, "\nCapPrm:\t");
	if (line == NULL)
		return err_new(err, -EINVAL, "'/proc/self/status' shows no capabilities");
	for (line += strlen("\nCapPrm:\t"); *line != '\n' && *line != '\0'; line++) {
		const char *digit = strchr("0123456789abcdef", *line);

		if (digit == NULL)
			return err_new(err, -EINVAL, "'/proc/self/status' shows no capabilities");
		out->caps = out->caps << 4 | (uint64_t)(digit - "0123456789abcdef");
	}
	if (fd_read_at(AT_FDCWD, "/proc/sys/kernel/cap_last_cap", text, sizeof(text)) < 0)
		return err_sys(err, "read '/proc/sys/kernel/cap_last_cap'");
	text[strcspn(text, "\n")] = '\0';
	if (!num_u64(text, 63, &last))
		return err_new(err, -EINVAL, "'/proc/sys/kernel/cap_last_cap' says '%s'", text);
	out->cap_last = (int)last;
	return 0;
}

/* One of the three numbers in columns; false at the end of the text. */
static bool next_number(char **text, uint64_t *out)
{
	char *number = *text + strspn(*text, " \n");
	size_t len = strspn(number, "0123456789");

	*text = number + len;
	if (**text != '\0')
		*(*text)++ = '\0';
	return num_u64(number, UINT32_MAX, out);
}

/* Ids 0..N-1 that exist here, from lines "inside outside count". The kernel sorts a map of more
 * than five lines and keeps shorter ones as written, so keep joining until nothing fits. */
static uint64_t usable_ids(char *map)
{
	struct {
		uint64_t first, count;
	} extents[340]; /* the kernel's limit */
	uint64_t n_ids = 0, outside;
	size_t n = 0;
	bool grown = true;

	while (n < ARRAY_SIZE(extents) && next_number(&map, &extents[n].first) &&
		next_number(&map, &outside) && next_number(&map, &extents[n].count))
		n++;
	while (grown) {
		grown = false;
		for (size_t i = 0; i < n; i++) {
			if (extents[i].first != n_ids || extents[i].count == 0)
				continue;
			n_ids += extents[i].count;
			grown = true;
		}
	}
	return n_ids;
}

static int read_map(struct arena *arena, const char *path, uint64_t *ids, struct err *err)
{
	char *text = arena_alloc(arena, MAP_MAX);

	if (text == NULL)
		return err_new(err, -ENOMEM, "read '%s': out of memory", path);
	if (fd_read_at(AT_FDCWD, path, text, MAP_MAX) < 0)
		return err_sys(err, "read '%s'", path);
	*ids = usable_ids(text);
	return 0;
}

/* What a user namespace other than the first takes from its root. */
static int gather_limits_of_userns(struct facts *out, struct err *err)
{
	char text[SMALL_FILE_MAX];
	int64_t value;

	if (fd_read_at(AT_FDCWD, "/proc/self/setgroups", text, sizeof(text)) < 0)
		return err_sys(err, "read '/proc/self/setgroups'");
	out->setgroups_denied = strncmp(text, "deny", 4) == 0;
	if (fd_read_at(AT_FDCWD, "/proc/self/oom_score_adj", text, sizeof(text)) < 0)
		return err_sys(err, "read '/proc/self/oom_score_adj'");
	text[strcspn(text, "\n")] = '\0';
	if (!num_i64(text, -1000, 1000, &value))
		return err_new(err, -EINVAL, "'/proc/self/oom_score_adj' says '%s'", text);
	out->oom_score_adj = (int)value;
	return 0;
}

static int gather_ids(struct arena *arena, struct facts *out, struct err *err)
{
	struct stat ns;
	uint64_t uids, gids;
	int r;

	out->euid = geteuid();
	if (stat("/proc/self/ns/user", &ns) < 0)
		return err_sys(err, "look at '/proc/self/ns/user'");
	out->initial_userns = ns.st_ino == initial_userns_ino;
	if (out->initial_userns)
		return 0;
	r = read_map(arena, "/proc/self/uid_map", &uids, err);
	if (r == 0)
		r = read_map(arena, "/proc/self/gid_map", &gids, err);
	if (r == 0)
		out->ids_available = uids < gids ? uids : gids;
	return r == 0 ? gather_limits_of_userns(out, err) : r;
}

static int gather_rlimits(struct facts *out, struct err *err)
{
	for (unsigned i = 0; i < FACTS_RLIMITS; i++) {
		struct rlimit limit;

		if (getrlimit(i, &limit) < 0)
			return err_sys(err, "read resource limit %u", i);
		out->rlimit_hard[i] = limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : limit.rlim_max;
	}
	return 0;
}

int facts_gather(struct arena *arena, struct facts *out, struct err *err)
{
	int r;

	*out = (struct facts){ 0 };
	r = gather_kernel(out, err);
	if (r == 0)
		r = gather_caps(arena, out, err);
	if (r == 0)
		r = gather_ids(arena, out, err);
	if (r == 0)
		r = gather_rlimits(out, err);
	if (r == 0)
		r = facts_gather_cgroups(arena, out, err);
	if (r == 0)
		r = facts_gather_lsm(arena, out, err);
	if (r != 0)
		return err_ctx(err, "look at this host");
	out->has_cgroup_ns = access("/proc/self/ns/cgroup", F_OK) == 0;
	out->has_time_ns = access("/proc/self/ns/time", F_OK) == 0;
	out->has_idmap = kernel_is(out, 5, 12) && out->initial_userns &&
			 (out->caps >> CAP_SYS_ADMIN_NR & 1) != 0;
	out->has_overlay_idmap = out->has_idmap && kernel_is(out, 5, 19);
	out->has_overlay_fds = out->has_idmap && kernel_is(out, 6, 15);
	return 0;
}
