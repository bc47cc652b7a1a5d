/*
 * Files of the registry of id blocks.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"
#include "sys/call.h"

#include "ids_local.h"
#include "process.h"
#include "store.h"

#include "base/banned.h"

/* The machine's own user namespace: PROC_USER_INIT_INO of the kernel. */
#define INITIAL_USERNS_INO 0xeffffffdU

static const char *const suffixes[] = {
	[IDS_CLAIMED] = "",
	[IDS_FREE] = ".free.",
	[IDS_BUSY] = ".busy.",
};

uint64_t ids_now(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec > 1 ? (uint64_t)now.tv_sec : 1;
}

const char *ids_slot_name(const struct ids_slot *slot, char buf[IDS_NAME_MAX])
{
	if (slot->state == IDS_CLAIMED)
		str_fmt(buf, IDS_NAME_MAX, "%08x", slot->base);
	else
		str_fmt(buf, IDS_NAME_MAX, "%08x%s%llu", slot->base, suffixes[slot->state],
			(unsigned long long)slot->since);
	return buf;
}

bool ids_slot_parse(const char *name, struct ids_slot *out)
{
	static const char digits[] = "0123456789abcdef";
	struct ids_slot slot = { .state = IDS_CLAIMED };

	for (size_t i = 0; i < 8; i++, name++) {
		const char *digit = *name == '\0' ? NULL : strchr(digits, *name);

		if (digit == NULL)
			return false;
		slot.base = slot.base << 4 | (uint32_t)(digit - digits);
	}
	if (slot.base % IDS_BLOCK != 0)
		return false;
	if (*name != '\0') {
		slot.state = str_starts(name, suffixes[IDS_FREE]) ? IDS_FREE : IDS_BUSY;
		if (!str_starts(name, suffixes[slot.state]) ||
			!num_u64(name + strlen(suffixes[slot.state]), UINT64_MAX, &slot.since))
			return false;
	}
	*out = slot;
	return true;
}

int ids_move(
	int registry_fd, const struct ids_slot *from, const struct ids_slot *to, struct err *err)
{
	char old[IDS_NAME_MAX], new[IDS_NAME_MAX];

	ids_slot_name(from, old);
	ids_slot_name(to, new);
	if (renameat(registry_fd, old, registry_fd, new) < 0 && errno != ENOENT)
		return err_sys(err, "rename id block '%s' to '%s'", old, new);
	return 0;
}

int ids_forget(int registry_fd, const struct ids_slot *slot, struct err *err)
{
	char name[IDS_NAME_MAX];

	if (unlinkat(registry_fd, ids_slot_name(slot, name), 0) < 0 && errno != ENOENT)
		return err_sys(err, "remove id block '%s'", name);
	return 0;
}

/* Ids of a container in a user namespace of the caller's are none of the machine's. */
bool ids_have_registry(void)
{
	struct stat ns;

	return geteuid() == 0 && stat("/proc/self/ns/user", &ns) == 0 &&
	       ns.st_ino == INITIAL_USERNS_INO;
}

int ids_open_registry(const char *registry, bool create, int *registry_fd, struct err *err)
{
	_fd_ int fd = -1;
	int r = store_open_root(registry, create, &fd, err);

	if (r != 0)
		return r;
	do {
		r = sys_flock(fd, true, true);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_sys(err, "lock the registry of id blocks");
	*registry_fd = fd_take(&fd);
	return 0;
}

static void dir_cleanup(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

int ids_each(int registry_fd, int (*visit)(void *arg, const struct ids_slot *slot, struct err *err),
	void *arg, struct err *err)
{
	int fd = openat(registry_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(dir_cleanup) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int r = 0;

	if (dir == NULL) {
		err_sys(err, "list the registry of id blocks");
		fd_cleanup(&fd);
		return err->code;
	}
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		struct ids_slot slot;

		if (ids_slot_parse(entry->d_name, &slot))
			r = visit(arg, &slot, err);
	}
	return r;
}

/* --- claims ------------------------------------------------------------------------------------- */

int ids_holder_write(
	int registry_fd, const char *name, const char *root, const char *id, struct err *err)
{
	_fd_ int fd = -1;
	_str_buf_ struct str_buf text = { 0 };
	uint64_t start_time;

	if (!host_process_start(getpid(), &start_time))
		return err_new(err, -ESRCH, "read '/proc/self/stat'");
	str_buf_field(&text, root);
	str_buf_puts(&text, " ");
	str_buf_field(&text, id);
	str_buf_fmt(&text, " %d %llu", (int)getpid(), (unsigned long long)start_time);
	if (text.failed || text.len > IDS_CLAIM_MAX)
		return err_new(err, text.failed ? -ENOMEM : -ENAMETOOLONG,
			"state directory '%s' has too long a name", root);
	fd = openat(registry_fd, name, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fd_write_all(fd, text.data, text.len) < 0)
		return err_sys(err, "write a claim of id block '%s'", name);
	return 0;
}

int ids_claim_write(int registry_fd, const struct ids_slot *free_slot, const char *root,
	const char *id, struct err *err)
{
	const struct ids_slot claimed = { .base = free_slot->base, .state = IDS_CLAIMED };
	char old[IDS_NAME_MAX], new[IDS_NAME_MAX];
	int r;

	ids_slot_name(free_slot, old);
	ids_slot_name(&claimed, new);
	/* ORDER: what a free block's file says means nothing, so it is complete before it is a claim */
	r = ids_holder_write(registry_fd, old, root, id, err);
	if (r == 0 && renameat2(registry_fd, old, registry_fd, new, RENAME_NOREPLACE) < 0)
		r = err_sys(err, "claim id block '%s'", new);
	return r;
}

bool ids_claimed_at(int registry_fd, uint32_t base, struct timespec *out)
{
	const struct ids_slot slot = { .base = base, .state = IDS_CLAIMED };
	char name[IDS_NAME_MAX];
	struct stat st;

	if (fstatat(registry_fd, ids_slot_name(&slot, name), &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	*out = st.st_mtim;
	return true;
}

bool ids_holder_read(int registry_fd, uint32_t base, struct ids_holder *out)
{
	const struct ids_slot slot = { .base = base, .state = IDS_CLAIMED };
	char name[IDS_NAME_MAX], *line = out->text;
	const char *pid, *start_time;
	struct err ignored;
	uint64_t number;

	if (fd_read_at(registry_fd, ids_slot_name(&slot, name), out->text, sizeof(out->text)) < 0)
		return false;
	out->root = str_field(&line);
	out->id = str_field(&line);
	pid = str_field(&line);
	start_time = str_field(&line);
	if (out->root == NULL || out->id == NULL || pid == NULL || start_time == NULL ||
		line != NULL)
		return false;
	if (out->root[0] != '/' || store_id_check(out->id, &ignored) < 0)
		return false;
	if (!num_u64(pid, INT32_MAX, &number))
		return false;
	out->pid = (pid_t)number;
	return num_u64(start_time, UINT64_MAX, &out->start_time);
}

/* A state directory stands for its block unless its record, finished, names another one. */
static bool is_held(const struct ids_holder *holder, uint32_t base)
{
	_arena_ struct arena arena = { 0 };
	_fd_ int root = -1, entry = -1;
	struct store_record record;
	struct err ignored;
	int r;

	r = store_open_root(holder->root, false, &root, &ignored);
	if (r != 0)
		return r < 0;
	r = store_open_entry(root, holder->id, &entry, &ignored);
	if (r != 0)
		return r < 0;
	r = store_load(&arena, entry, holder->id, &record, &ignored);
	if (r != 0)
		return r < 0;
	return !record.complete || record.ids_base == base;
}

bool ids_holder_is_stale(const struct ids_holder *holder, uint32_t base)
{
	return !host_process_is(holder->pid, holder->start_time) && !is_held(holder, base);
}
