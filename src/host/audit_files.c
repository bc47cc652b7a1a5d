/* What a container has of the host's: device nodes, sockets, open files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"
#include "sys/call.h"

#include "audit_local.h"

#include "base/banned.h"

enum {
	LINK_MAX_SHOWN = 512,
	FDINFO_MAX = 4096
};

static void dir_cleanup(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

void host_audit_place(
	const struct host_subject *subject, const char *path, struct policy_place *out)
{
	_fd_ int fd = sys_open_in_root(subject->root_fd, path, O_PATH, 0);
	struct statx st;

	*out = (struct policy_place){ .path = path };
	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &st) < 0)
		return;
	out->exists = true;
	out->is_mount = (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
	out->mount_id = st.stx_mnt_id;
}

/* --- devices ---------------------------------------------------------------------------------- */

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

int host_audit_devices(const struct host_subject *subject, struct policy_live *out, struct err *err)
{
	struct arena *arena = subject->arena;
	const char **items = arena_array(arena, POLICY_LIVE_DEVICES_MAX + 1, sizeof(*items));
	_fd_ int fd = openat(
		subject->proc_fd, "root/dev", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(dir_cleanup) DIR *dir = NULL;
	const struct dirent *entry;
	int r = 0;

	if (items == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	if (fd < 0) /* no /dev, no devices */
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
			       ? 0
			       : err_sys(err, "open /dev of the container");
	dir = fdopendir(fd);
	if (dir == NULL)
		return err_sys(err, "list /dev of the container");
	(void)fd_take(&fd);
	out->devices = (struct json_strings){ .items = items };
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		struct stat st;

		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
			(!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode)) || is_usual(&st))
			continue;
		r = add_device(arena, entry->d_name, &st, &out->devices, items);
	}
	return r < 0 ? err_new(err, r, "out of memory") : 0;
}

/* --- sockets ---------------------------------------------------------------------------------- */

/* Sockets of engines, as they lie in /run: who mounts that has them. */
static const char *const engine_sockets[] = {
	"docker.sock",
	"containerd.sock",
	"containerd/containerd.sock",
	"crio.sock",
	"crio/crio.sock",
	"podman.sock",
	"podman/podman.sock",
};

struct sockets {
	struct arena *arena;
	const char **items;
	size_t n;
	bool failed;
};

static void add_socket(struct sockets *list, const char *directory, const char *name)
{
	bool is_own = *name == '\0';

	if (list->n == POLICY_LIVE_DEVICES_MAX)
		return;
	list->items[list->n] = arena_fmt(list->arena, "%s%s%s", directory,
		is_own || str_eq(directory, "/") ? "" : "/", name);
	list->failed = list->failed || list->items[list->n++] == NULL;
}

static void look_for_sockets(
	const struct host_subject *subject, const char *target, struct sockets *list)
{
	_fd_ int fd = sys_open_in_root(subject->root_fd, target, O_PATH, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	if (S_ISSOCK(st.st_mode))
		add_socket(list, target, "");
	if (!S_ISDIR(st.st_mode))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(engine_sockets); i++) {
		_fd_ int socket = sys_open_in_root(fd, engine_sockets[i], O_PATH, 0);

		if (socket >= 0 && fstat(socket, &st) == 0 && S_ISSOCK(st.st_mode))
			add_socket(list, target, engine_sockets[i]);
	}
}

int host_audit_sockets(const struct host_subject *subject, struct policy_live *out, struct err *err)
{
	struct sockets list = { .arena = subject->arena };
	struct policy_mounts mounts;
	int r = policy_read_mounts(subject->arena, out->mountinfo, &mounts, err);

	if (r < 0)
		return r;
	list.items = arena_array(subject->arena, POLICY_LIVE_DEVICES_MAX + 1, sizeof(*list.items));
	if (list.items == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < mounts.n && !list.failed; i++) {
		if (!str_eq(mounts.items[i].target, "/") && !str_eq(mounts.items[i].fs, "proc") &&
			!str_eq(mounts.items[i].fs, "sysfs"))
			look_for_sockets(subject, mounts.items[i].target, &list);
	}
	if (list.failed)
		return err_new(err, -ENOMEM, "out of memory");
	out->sockets = (struct json_strings){ .items = list.items, .n = list.n };
	return 0;
}

/* --- open files ------------------------------------------------------------------------------- */

/* Is the open file one of a mount that the container has not got? */
static bool is_outside(
	const struct host_subject *subject, const char *number, const struct policy_mounts *mounts)
{
	char path[48], info[FDINFO_MAX], id_text[24];
	uint64_t id;

	str_fmt(path, sizeof(path), "fdinfo/%s", number);
	return fd_read_at(subject->proc_fd, path, info, sizeof(info)) >= 0 &&
	       policy_status_field(info, "mnt_id", id_text, sizeof(id_text)) &&
	       num_u64(id_text, UINT64_MAX, &id) && policy_mount_find(mounts, id) == NULL;
}

/* Files with a name: no pipe, no socket, nothing that lives in memory. */
static bool read_name(
	const struct host_subject *subject, const char *number, char *buf, size_t size)
{
	char path[48];
	ssize_t n;

	str_fmt(path, sizeof(path), "fd/%s", number);
	n = readlinkat(subject->proc_fd, path, buf, size - 1);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	return buf[0] == '/' && !str_starts(buf, "/memfd:") && !str_starts(buf, "/dev/") &&
	       !str_starts(buf, "/SYSV");
}

int host_audit_files(const struct host_subject *subject, struct policy_live *out, struct err *err)
{
	const char **items = arena_array(subject->arena, POLICY_LIVE_FDS_MAX + 1, sizeof(*items));
	_fd_ int fd = openat(subject->proc_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(dir_cleanup) DIR *dir = NULL;
	const struct dirent *entry;
	struct policy_mounts mounts;
	int r = policy_read_mounts(subject->arena, out->mountinfo, &mounts, err);

	if (r < 0)
		return r;
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL || items == NULL)
		return err_sys(err, "list 'fd' of the process");
	(void)fd_take(&fd);
	while ((entry = readdir(dir)) != NULL && out->outside.n < POLICY_LIVE_FDS_MAX) {
		char name[LINK_MAX_SHOWN], shown[200];
		uint64_t number;

		/* stdio is the caller's, wherever that leads */
		if (!num_u64(entry->d_name, INT32_MAX, &number) || number < 3 ||
			!read_name(subject, entry->d_name, name, sizeof(name)) ||
			!is_outside(subject, entry->d_name, &mounts))
			continue;
		items[out->outside.n] = arena_fmt(subject->arena, "%s '%s'", entry->d_name,
			str_escape(shown, sizeof(shown), name));
		if (items[out->outside.n++] == NULL)
			return err_new(err, -ENOMEM, "out of memory");
	}
	out->outside.items = items;
	return 0;
}
