/*
 * What files say about how ready a host is; what takes system calls of caisson's own to find out is
 * host_check()'s.
 */
#include "facts/ready.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

enum {
	SWITCH_MAX = 64,
	FILESYSTEMS_MAX = 16 << 10,
	USER_GAP_FIRST = 2 * FACTS_ID_BLOCK, /* above what accounts have */
};

/* false: out of memory */
static bool read_switch(struct arena *arena, const char *path, const char **out)
{
	char text[SWITCH_MAX];

	if (fd_read_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return true;
	text[strcspn(text, "\n")] = '\0';
	*out = arena_strdup(arena, text);
	return *out != NULL;
}

static int gather_switches(struct arena *arena, struct facts_ready *out)
{
	static const char *const files[FACTS_SWITCH_N] = {
		[FACTS_SWITCH_MAX_USERNS] = "/proc/sys/user/max_user_namespaces",
		[FACTS_SWITCH_USERNS_CLONE] = "/proc/sys/kernel/unprivileged_userns_clone",
		[FACTS_SWITCH_APPARMOR_USERNS] =
			"/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
	};

	for (size_t i = 0; i < FACTS_SWITCH_N; i++) {
		if (!read_switch(arena, files[i], &out->switches[i]))
			return -ENOMEM;
	}
	return 0;
}

static const struct {
	const char *name, *path;
} settings[FACTS_SETTING_N] = {
#define SETTING(folder, name)                                 \
	{                                                     \
		folder "." name, "/proc/sys/" folder "/" name \
	}
	[FACTS_SETTING_BPF] = SETTING("kernel", "unprivileged_bpf_disabled"),
	[FACTS_SETTING_DMESG] = SETTING("kernel", "dmesg_restrict"),
	[FACTS_SETTING_IO_URING] = SETTING("kernel", "io_uring_disabled"),
	[FACTS_SETTING_KEXEC] = SETTING("kernel", "kexec_load_disabled"),
	[FACTS_SETTING_KPTR] = SETTING("kernel", "kptr_restrict"),
	[FACTS_SETTING_PTRACE] = { "kernel.yama.ptrace_scope",
		"/proc/sys/kernel/yama/ptrace_scope" },
};

const char *facts_setting_name(enum facts_setting setting)
{
	return settings[setting].name;
}

int facts_gather_settings(struct arena *arena, const char *out[FACTS_SETTING_N], struct err *err)
{
	for (size_t i = 0; i < FACTS_SETTING_N; i++) {
		if (!read_switch(arena, settings[i].path, &out[i]))
			return err_new(err, -ENOMEM, "look at this host: out of memory");
	}
	return 0;
}

static bool has_filesystem(struct arena *arena, const char *name)
{
	char *text = arena_alloc(arena, FILESYSTEMS_MAX), *line;

	if (text == NULL || fd_read_at(AT_FDCWD, "/proc/filesystems", text, FILESYSTEMS_MAX) < 0)
		return false;
	while ((line = strsep(&text, "\n")) != NULL) {
		const char *tab = strchr(line, '\t');

		if (tab != NULL && str_eq(tab + 1, name))
			return true;
	}
	return false;
}

static bool is_privileged(const char *path, const struct stat *st)
{
	return (st->st_uid == 0 && (st->st_mode & S_ISUID) != 0) ||
	       getxattr(path, "security.capability", NULL, 0) > 0;
}

/* Where host_enter_rootless() looks for them. */
static int find_helper(struct arena *arena, const char *name, const char **path, bool *works)
{
	static const char *const dirs[] = { "/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		const char *tried = arena_fmt(arena, "%s/%s", dirs[i], name);
		struct stat st;

		if (tried == NULL)
			return -ENOMEM;
		if (stat(tried, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		*path = tried;
		*works = access(tried, X_OK) == 0 && is_privileged(tried, &st);
		return 0;
	}
	return 0;
}

static uint64_t count_ids(const struct facts_subids *ids)
{
	uint64_t n = 0;

	for (size_t i = 0; i < ids->n_ranges; i++)
		n += ids->ranges[i].count;
	return n;
}

static int gather_user_ids(struct facts_ready *out, struct err *err)
{
	struct facts_subids uids, gids;
	struct err ignored;
	char number[16];
	int r;

	str_fmt(number, sizeof(number), "%u", geteuid());
	r = facts_read_subids("/etc/subuid", out->name, number, &uids, err);
	if (r == 0)
		r = facts_read_subids("/etc/subgid", out->name, number, &gids, err);
	if (r < 0)
		return r;
	out->n_uids = count_ids(&uids);
	out->n_gids = count_ids(&gids);
	if (facts_find_gap(NULL, "/etc/subuid", "/etc/subgid", USER_GAP_FIRST, FACTS_ID_BLOCK,
		    &out->gap, &ignored) < 0)
		out->gap = (struct facts_id_range){ 0 };
	return 0;
}

int facts_gather_ready(struct arena *arena, struct facts_ready *out, struct err *err)
{
	static const char *const helpers[FACTS_HELPER_N] = {
		[FACTS_HELPER_NEWUIDMAP] = "newuidmap",
		[FACTS_HELPER_NEWGIDMAP] = "newgidmap",
	};
	int r = gather_switches(arena, out);

	for (size_t i = 0; i < FACTS_HELPER_N && r == 0; i++)
		r = find_helper(arena, helpers[i], &out->helpers[i], &out->helper_works[i]);
	if (r < 0)
		return err_new(err, r, "look at this host: out of memory");
	r = facts_gather_settings(arena, out->settings, err);
	if (r < 0)
		return r;
	out->has_overlay = has_filesystem(arena, "overlay");
	out->has_seccomp = access("/proc/sys/kernel/seccomp/actions_avail", F_OK) == 0;
	return out->is_user && geteuid() != 0 ? gather_user_ids(out, err) : 0;
}
