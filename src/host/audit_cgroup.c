/* The limits that are in force for a process, read where its cgroups are mounted here. */
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/str.h"

#include "audit_local.h"

#include "base/banned.h"

enum {
	CGROUP_PATH_MAX = 2048,
	VALUE_MAX = 2048
};

static bool is_listed(const char *list, size_t len, const char *controller)
{
	size_t n = strlen(controller);

	for (size_t at = 0; at < len;) {
		size_t word = 0;

		while (at + word < len && list[at + word] != ',')
			word++;
		if (word == n && strncmp(list + at, controller, n) == 0)
			return true;
		at += word + 1;
	}
	return len == 0 && n == 0;
}

/* The path behind "N:CONTROLLERS:" for a controller, or behind "0::"; and those controllers. */
static bool find_cgroup(const char *text, const char *controller, char *path, size_t size)
{
	for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
		const char *names, *at;

		line += *line == '\n';
		names = strchr(line, ':');
		at = names != NULL ? strchr(names + 1, ':') : NULL;
		if (at == NULL)
			return false;
		if (!is_listed(names + 1, (size_t)(at - names - 1), controller))
			continue;
		str_fmt(path, size, "%.*s", (int)strcspn(at + 1, "\n"), at + 1);
		return strstr(path, "/..") == NULL; /* outside of what is mounted here */
	}
	return false;
}

/* @names: of the file on v1 and on v2; NULL: there is none */
static const char *read_value(const struct host_subject *subject, const char *cgroups,
	const char *controller, const char *v1_name, const char *v2_name)
{
	char path[CGROUP_PATH_MAX], full[CGROUP_PATH_MAX + 128], value[VALUE_MAX];

	if (v1_name != NULL && find_cgroup(cgroups, controller, path, sizeof(path)))
		str_fmt(full, sizeof(full), "/sys/fs/cgroup/%s%s/%s", controller, path, v1_name);
	else if (v2_name != NULL && find_cgroup(cgroups, "", path, sizeof(path)))
		str_fmt(full, sizeof(full), "/sys/fs/cgroup%s/%s", path, v2_name);
	else
		return NULL;
	if (fd_read_at(AT_FDCWD, full, value, sizeof(value)) < 0)
		return NULL;
	if (!str_eq(controller, "devices"))
		value[strcspn(value, "\n")] = '\0';
	return arena_strdup(subject->arena, value);
}

void host_audit_cgroup(const struct host_subject *subject, struct policy_live *out)
{
	const char *cgroups = out->cgroup;

	out->pids_max = read_value(subject, cgroups, "pids", "pids.max", "pids.max");
	out->memory_max =
		read_value(subject, cgroups, "memory", "memory.limit_in_bytes", "memory.max");
	out->cpu_shares = read_value(subject, cgroups, "cpu", "cpu.shares", "cpu.weight");
	out->cpu_quota = read_value(subject, cgroups, "cpu", "cpu.cfs_quota_us", "cpu.max");
	out->device_list = read_value(subject, cgroups, "devices", "devices.list", NULL);
}
