/* The processes of a container, found by their namespaces, whoever made them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"

#include "audit_local.h"

#include "base/banned.h"

enum {
	STATUS_MAX = 6144,
	NAME_MAX_BYTES = 32
};

static void dir_cleanup(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

static bool is_namespace(int proc_fd, const char *pid, const char *type, uint64_t ino)
{
	struct stat st;
	char path[48];

	str_fmt(path, sizeof(path), "%s/ns/%s", pid, type);
	return fstatat(proc_fd, path, &st, 0) == 0 && st.st_ino == ino;
}

/* One that ends meanwhile is none. */
static int add_process(struct arena *arena, int proc_fd, const char *pid, uint64_t number,
	struct policy_live_process *out)
{
	char status[STATUS_MAX], name[NAME_MAX_BYTES] = "", path[48];

	str_fmt(path, sizeof(path), "%s/status", pid);
	if (fd_read_at(proc_fd, path, status, sizeof(status)) < 0 ||
		!policy_status_field(status, "Name", name, sizeof(name)))
		return 0;
	*out = (struct policy_live_process){
		.pid = (int)number,
		.name = arena_strdup(arena, name),
		.status = arena_strdup(arena, status),
	};
	return out->name != NULL && out->status != NULL ? 1 : -ENOMEM;
}

int host_audit_processes(
	const struct host_subject *subject, struct policy_live *out, struct err *err)
{
	struct policy_live_process *list =
		arena_array(subject->arena, POLICY_LIVE_PROCESSES_MAX, sizeof(*list));
	_cleanup_(dir_cleanup) DIR *dir = opendir("/proc");
	const struct dirent *entry;
	uint64_t number;

	if (list == NULL || dir == NULL)
		return err_sys(err, "list processes");
	out->processes = list;
	/* those of the host are not the container's */
	if (out->ns_is_host[CONFIG_NS_PID] || out->ns_is_host[CONFIG_NS_MOUNT])
		return 0;
	while ((entry = readdir(dir)) != NULL && out->n_processes < POLICY_LIVE_PROCESSES_MAX) {
		int r;

		if (!num_u64(entry->d_name, INT32_MAX, &number) ||
			number == (uint64_t)subject->pid ||
			!is_namespace(
				dirfd(dir), entry->d_name, "pid", out->ns_ino[CONFIG_NS_PID]) ||
			!is_namespace(
				dirfd(dir), entry->d_name, "mnt", out->ns_ino[CONFIG_NS_MOUNT]))
			continue;
		r = add_process(
			subject->arena, dirfd(dir), entry->d_name, number, &list[out->n_processes]);
		if (r < 0)
			return err_new(err, r, "out of memory");
		out->n_processes += (size_t)r;
	}
	return 0;
}
