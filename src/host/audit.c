/*
 * The kernel's view of a process. SECURITY: nothing is opened below the container's root but its
 * /dev as a directory; what is in there is asked for by lstat, never opened.
 */
#include "host/audit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "process.h"

#include "base/banned.h"

enum {
	CGROUP_PATH_MAX = 2048,
	VALUE_MAX = 64
};

static int read_text(
	struct arena *arena, int proc_fd, const char *name, const char **out, struct err *err)
{
	char *text = arena_alloc(arena, POLICY_LIVE_TEXT_MAX);

	if (text == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (fd_read_at(proc_fd, name, text, POLICY_LIVE_TEXT_MAX) < 0)
		return err_sys(err, "read '%s' of the process", name);
	*out = text;
	return 0;
}

/* The host's are those that caisson itself runs in. */
static int read_namespaces(int proc_fd, struct policy_live *out, struct err *err)
{
	static const char *const names[CONFIG_NS_N] = {
		[CONFIG_NS_USER] = "user",
		[CONFIG_NS_PID] = "pid",
		[CONFIG_NS_NETWORK] = "net",
		[CONFIG_NS_MOUNT] = "mnt",
		[CONFIG_NS_IPC] = "ipc",
		[CONFIG_NS_UTS] = "uts",
		[CONFIG_NS_CGROUP] = "cgroup",
		[CONFIG_NS_TIME] = "time",
	};

	for (int type = 0; type < CONFIG_NS_N; type++) {
		struct stat theirs, hosts;
		char path[32];

		str_fmt(path, sizeof(path), "ns/%s", names[type]);
		if (fstatat(proc_fd, path, &theirs, 0) < 0) {
			if (errno == ENOENT) /* a kernel without such namespaces */
				continue;
			return err_sys(err, "look at '%s' of the process", path);
		}
		str_fmt(path, sizeof(path), "/proc/self/ns/%s", names[type]);
		if (stat(path, &hosts) == 0)
			out->ns_is_host[type] =
				theirs.st_dev == hosts.st_dev && theirs.st_ino == hosts.st_ino;
	}
	return 0;
}

/* Those every program needs, and terminals. */
static bool is_usual(const struct stat *st)
{
	unsigned maj = major(st->st_rdev), min = minor(st->st_rdev);

	if (S_ISBLK(st->st_mode))
		return false;
	if (maj == 1)
		return min == 3 || min == 5 || min == 7 || min == 8 || min == 9;
	return (maj == 5 && min <= 2) || maj == 136 || (maj == 0 && min == 0); /* a whiteout */
}

static int add_device(struct arena *arena, const char *name, const struct stat *st,
	struct json_strings *list, const char **items)
{
	char shown[96];

	if (list->n == POLICY_LIVE_DEVICES_MAX)
		return 0;
	items[list->n] =
		arena_fmt(arena, "/dev/%s (%c %u:%u)", str_escape(shown, sizeof(shown), name),
			S_ISBLK(st->st_mode) ? 'b' : 'c', major(st->st_rdev), minor(st->st_rdev));
	return items[list->n++] != NULL ? 0 : -ENOMEM;
}

static int read_devices(struct arena *arena, int proc_fd, struct policy_live *out, struct err *err)
{
	const char **items = arena_array(arena, POLICY_LIVE_DEVICES_MAX + 1, sizeof(*items));
	_fd_ int fd = openat(proc_fd, "root/dev", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const struct dirent *entry;
	int r = 0;
	DIR *dir;

	if (items == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (fd < 0) /* no /dev, no devices */
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
			       ? 0
			       : err_sys(err, "open /dev of the container");
	dir = fdopendir(fd);
	if (dir == NULL)
		return err_sys(err, "list /dev of the container");
	out->devices = (struct json_strings){ .items = items };
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		struct stat st;

		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
			(!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode)) || is_usual(&st))
			continue;
		r = add_device(arena, entry->d_name, &st, &out->devices, items);
	}
	closedir(dir);
	(void)fd_take(&fd);
	return r < 0 ? err_new(err, r, "out of memory") : 0;
}

/* The path behind "N:CONTROLLERS:" for a controller, or behind "0::". */
static bool find_cgroup(const char *text, const char *controller, char *path, size_t size)
{
	for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
		const char *names, *at;

		line += *line == '\n';
		names = strchr(line, ':');
		at = names != NULL ? strchr(names + 1, ':') : NULL;
		if (at == NULL)
			return false;
		if ((size_t)(at - names - 1) != strlen(controller) ||
			strncmp(names + 1, controller, strlen(controller)) != 0)
			continue;
		str_fmt(path, size, "%.*s", (int)strcspn(at + 1, "\n"), at + 1);
		return strstr(path, "/..") == NULL; /* outside of what is mounted here */
	}
	return false;
}

static const char *read_limit(struct arena *arena, const char *cgroups, const char *controller,
	const char *v1_name, const char *v2_name)
{
	char path[CGROUP_PATH_MAX], full[CGROUP_PATH_MAX + 128], value[VALUE_MAX];

	if (find_cgroup(cgroups, controller, path, sizeof(path)))
		str_fmt(full, sizeof(full), "/sys/fs/cgroup/%s%s/%s", controller, path, v1_name);
	else if (find_cgroup(cgroups, "", path, sizeof(path)))
		str_fmt(full, sizeof(full), "/sys/fs/cgroup%s/%s", path, v2_name);
	else
		return NULL;
	if (fd_read_at(AT_FDCWD, full, value, sizeof(value)) < 0)
		return NULL;
	value[strcspn(value, "\n")] = '\0';
	return arena_strdup(arena, value);
}

static int gather(struct arena *arena, int proc_fd, struct policy_live *live, struct err *err)
{
	const char *cgroups = NULL, *own_map = NULL;
	int r;

	r = read_text(arena, proc_fd, "status", &live->status, err);
	if (r == 0)
		r = read_text(arena, proc_fd, "uid_map", &live->uid_map, err);
	if (r == 0)
		r = read_text(arena, proc_fd, "gid_map", &live->gid_map, err);
	if (r == 0)
		r = read_text(arena, proc_fd, "mountinfo", &live->mountinfo, err);
	if (r == 0)
		r = read_text(arena, proc_fd, "cgroup", &cgroups, err);
	if (r == 0)
		r = read_text(arena, AT_FDCWD, "/proc/self/uid_map", &own_map, err);
	if (r == 0)
		r = read_namespaces(proc_fd, live, err);
	if (r == 0)
		r = read_devices(arena, proc_fd, live, err);
	if (r < 0)
		return r;
	live->initial_userns = strstr(own_map, "4294967295") != NULL;
	live->pids_max = read_limit(arena, cgroups, "pids", "pids.max", "pids.max");
	live->memory_max =
		read_limit(arena, cgroups, "memory", "memory.limit_in_bytes", "memory.max");
	return 0;
}

int host_audit(struct arena *arena, pid_t pid, struct policy_live *out, struct err *err)
{
	struct policy_live live = { 0 };
	uint64_t started;
	char path[32];
	_fd_ int proc_fd = -1;
	int r;

	if (!host_process_start(pid, &started))
		return err_new(err, -ESRCH, "process %d: no such process", (int)pid);
	str_fmt(path, sizeof(path), "/proc/%d", (int)pid);
	proc_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc_fd < 0)
		return err_sys(err, "process %d", (int)pid);
	r = gather(arena, proc_fd, &live, err);
	/* the directory stays that of the process it was opened for, and is empty after its end */
	if (!host_process_is(pid, started))
		return err_new(err, -ESRCH, "process %d ended meanwhile", (int)pid);
	if (r < 0)
		return err_ctx(err, "process %d", (int)pid);
	*out = live;
	return 0;
}
