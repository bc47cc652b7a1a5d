/* The kernel's view of a process: what is read of /proc, and the parts put together. */
#include "host/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"
#include "facts/facts.h"
#include "sys/call.h"

#include "audit_local.h"
#include "process.h"

#include "base/banned.h"

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
	for (int type = 0; type < CONFIG_NS_N; type++) {
		struct stat theirs, hosts;
		char path[32];

		str_fmt(path, sizeof(path), "ns/%s", config_ns_file(type));
		if (fstatat(proc_fd, path, &theirs, 0) < 0) {
			if (errno == ENOENT) /* a kernel without such namespaces */
				continue;
			return err_sys(err, "look at '%s' of the process", path);
		}
		out->ns_ino[type] = theirs.st_ino;
		str_fmt(path, sizeof(path), "/proc/self/ns/%s", config_ns_file(type));
		if (stat(path, &hosts) == 0)
			out->ns_is_host[type] =
				theirs.st_dev == hosts.st_dev && theirs.st_ino == hosts.st_ino;
	}
	return 0;
}

/* The namespace's owner is the user namespace of the container: it may undo what is mounted. */
static bool owns_mounts(int proc_fd, const struct policy_live *live)
{
	_fd_ int ns = openat(proc_fd, "ns/mnt", O_RDONLY | O_CLOEXEC);
	_fd_ int owner = ns >= 0 ? sys_ns_owner(ns) : -1;
	struct stat st;

	return owner >= 0 && fstat(owner, &st) == 0 && !live->ns_is_host[CONFIG_NS_USER] &&
	       st.st_ino == live->ns_ino[CONFIG_NS_USER];
}

static int read_score(int proc_fd, int *out)
{
	char text[16];
	uint64_t n;

	if (fd_read_at(proc_fd, "oom_score_adj", text, sizeof(text)) < 0)
		return -1;
	text[strcspn(text, "\n")] = '\0';
	if (!num_u64(text + (text[0] == '-'), INT16_MAX, &n))
		return -1;
	*out = text[0] == '-' ? -(int)n : (int)n;
	return 0;
}

static int read_texts(struct arena *arena, int proc_fd, struct policy_live *live, struct err *err)
{
	const struct {
		const char *name;
		const char **out;
	} files[] = {
		{ "status", &live->status },
		{ "uid_map", &live->uid_map },
		{ "gid_map", &live->gid_map },
		{ "mountinfo", &live->mountinfo },
		{ "cgroup", &live->cgroup },
		{ "limits", &live->limits },
	};
	struct err ignored;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		r = read_text(arena, proc_fd, files[i].name, files[i].out, err);
		if (r < 0)
			return r;
	}
	/* EINVAL where no security module has labels */
	if (read_text(arena, proc_fd, "attr/current", &live->label, &ignored) < 0) {
		live->label = NULL;
	} else {
		live->label = arena_strndup(arena, live->label, strcspn(live->label, "\n"));
		if (live->label == NULL)
			return err_new(err, -ENOMEM, "out of memory");
	}
	return read_text(arena, AT_FDCWD, "/proc/self/mountinfo", &live->host_mountinfo, err);
}

static int read_host(struct arena *arena, struct policy_live *live, struct err *err)
{
	struct facts *facts = arena_alloc(arena, sizeof(*facts));
	int r;

	if (facts == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = facts_gather(arena, facts, err);
	if (r < 0)
		return r;
	live->initial_userns = facts->initial_userns;
	live->apparmor = facts->apparmor;
	live->selinux = facts->selinux;
	return 0;
}

/* What is at the paths that the profile wants hidden or read-only. */
static int read_places(const struct host_subject *subject, const struct policy_profile *profile,
	struct policy_live *live, struct err *err)
{
	const struct json_strings *lists[] = { &profile->masked_paths, &profile->readonly_paths };
	struct policy_place *places =
		arena_array(subject->arena, lists[0]->n + lists[1]->n + 1, sizeof(*places));

	if (places == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (size_t k = 0; k < lists[i]->n; k++)
			host_audit_place(subject, lists[i]->items[k], &places[live->n_places++]);
	}
	live->places = places;
	return 0;
}

static int gather(const struct host_subject *subject, const struct policy_profile *profile,
	struct policy_live *live, struct err *err)
{
	int r;

	r = read_texts(subject->arena, subject->proc_fd, live, err);
	if (r == 0)
		r = read_host(subject->arena, live, err);
	if (r == 0)
		r = host_audit_devices(subject, live, err);
	if (r == 0)
		r = host_audit_processes(subject, live, err);
	if (r == 0 && subject->root_fd >= 0)
		r = host_audit_sockets(subject, live, err);
	if (r == 0 && subject->root_fd >= 0)
		r = host_audit_files(subject, live, err);
	if (r == 0 && subject->root_fd >= 0)
		r = read_places(subject, profile, live, err);
	if (r == 0)
		r = host_audit_asked(subject, profile, live, err);
	if (r < 0)
		return r;
	live->owns_mounts = owns_mounts(subject->proc_fd, live);
	host_audit_cgroup(subject, live);
	if (read_score(subject->proc_fd, &live->oom_score_adj) < 0)
		return err_sys(err, "read 'oom_score_adj' of the process");
	return 0;
}

int host_audit(struct arena *arena, pid_t pid, const struct policy_profile *profile,
	struct policy_live *out, struct err *err)
{
	struct host_subject subject = { .arena = arena, .pid = pid, .root_fd = -1 };
	struct policy_live live = { 0 };
	uint64_t started;
	char path[32];
	_fd_ int proc_fd = -1, root_fd = -1;
	int r;

	if (!host_process_start(pid, &started))
		return err_new(err, -ESRCH, "process %d: no such process", (int)pid);
	str_fmt(path, sizeof(path), "/proc/%d", (int)pid);
	proc_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc_fd < 0)
		return err_sys(err, "process %d", (int)pid);
	subject.proc_fd = proc_fd;
	r = read_namespaces(proc_fd, &live, err);
	if (r == 0 && !live.ns_is_host[CONFIG_NS_MOUNT]) {
		root_fd = openat(proc_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
		subject.root_fd = root_fd;
		if (root_fd < 0)
			r = err_sys(err, "open the root of the process");
	}
	if (r == 0)
		r = gather(&subject, profile, &live, err);
	/* the directory stays that of the process it was opened for, and is empty after its end */
	if (!host_process_is(pid, started))
		return err_new(err, -ESRCH, "process %d ended meanwhile", (int)pid);
	if (r < 0)
		return err_ctx(err, "process %d", (int)pid);
	*out = live;
	return 0;
}
