/*
 * Blocks that several containers have: those that joined the namespaces of another one. The claim
 * names one of them; each other has a file with the same content in the directory BASE.also, named
 * by a checksum of state root and id. When the one in the claim goes, another takes its place: the
 * block is free when nobody is left. Each change is one rename or one unlink.
 *
 * Runs in: host.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"

#include "ids_local.h"
#include "store.h"

#include "base/banned.h"

static const char new_name[] = "new"; /* of a file that is being written */

static void dir_cleanup(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

static void also_name(uint32_t base, char buf[IDS_NAME_MAX])
{
	str_fmt(buf, IDS_NAME_MAX, "%08x.also", base);
}

static void file_name(const char *root, const char *id, char buf[IDS_NAME_MAX])
{
	const char *const parts[] = { root, "\n", id };
	uint64_t sum = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		for (const char *p = parts[i]; *p != '\0'; p++)
			sum = (sum ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	}
	str_fmt(buf, IDS_NAME_MAX, "%016llx", (unsigned long long)sum);
}

static int open_also(int registry_fd, uint32_t base)
{
	char name[IDS_NAME_MAX];

	also_name(base, name);
	return openat(registry_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_holder(int registry_fd, uint32_t base, const char *root, const char *id)
{
	_arena_ struct arena arena = { 0 };
	struct ids_holder *holder = arena_alloc(&arena, sizeof(*holder)); /* large */
	_fd_ int dir = open_also(registry_fd, base);
	char name[IDS_NAME_MAX];
	struct stat st;

	if (holder != NULL && ids_holder_read(registry_fd, base, holder) &&
		str_eq(holder->root, root) && str_eq(holder->id, id))
		return true;
	file_name(root, id, name);
	return dir >= 0 && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int add_holder(
	int registry_fd, uint32_t base, const char *root, const char *id, struct err *err)
{
	char also[IDS_NAME_MAX], name[IDS_NAME_MAX];
	_fd_ int dir = -1, file = -1;
	int r;

	also_name(base, also);
	if (mkdirat(registry_fd, also, 0700) < 0 && errno != EEXIST)
		return err_sys(err, "make '%s' in the registry of id blocks", also);
	dir = open_also(registry_fd, base);
	if (dir < 0)
		return err_sys(err, "open '%s' in the registry of id blocks", also);
	/* one that is left was never renamed: its writer was killed, and we hold the lock */
	if (unlinkat(dir, new_name, 0) < 0 && errno != ENOENT)
		return err_sys(err, "remove an unfinished claim");
	file = openat(dir, new_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return err_sys(err, "write a claim of id block '%s'", also);
	r = ids_holder_write(dir, new_name, root, id, err);
	if (r < 0)
		return r;
	file_name(root, id, name);
	if (renameat(dir, new_name, dir, name) < 0)
		return err_sys(err, "claim id block '%s'", also);
	return 0;
}

int ids_share(const char *registry, const struct ids_share *wanted, struct ids_claim *out,
	struct err *err)
{
	char root[PATH_MAX];
	_fd_ int fd = -1;
	int r = ids_clean_root(wanted->root, root, err);

	if (r == 0)
		r = ids_open_registry(registry, true, &fd, err);
	if (r == 0 && !is_holder(fd, wanted->base, root, wanted->with))
		r = err_new(err, -ENOENT,
			"container '%s', whose namespace is joined, has gone or has other ids",
			wanted->with);
	if (r == 0)
		r = add_holder(fd, wanted->base, root, wanted->id, err);
	if (r < 0)
		return err_ctx(err, "share ids for container '%s'", wanted->id);
	*out = (struct ids_claim){ .base = wanted->base };
	file_name(root, wanted->id, out->also);
	out->registry_fd = fd_take(&fd);
	if (sys_flock_unlock(out->registry_fd) < 0) {
		err_sys(err, "unlock the registry of id blocks");
		ids_claim_rollback(out);
		return err->code;
	}
	return 0;
}

/* --- giving back -------------------------------------------------------------------------------- */

bool ids_is_shared(int registry_fd, uint32_t base)
{
	char also[IDS_NAME_MAX];

	also_name(base, also);
	return unlinkat(registry_fd, also, AT_REMOVEDIR) < 0 && errno != ENOENT;
}

int ids_drop_share(int registry_fd, uint32_t base, const char *name, struct err *err)
{
	_fd_ int dir = open_also(registry_fd, base);

	if (dir < 0 && errno == ENOENT)
		return STORE_ABSENT;
	if (dir < 0)
		return err_sys(err, "open the shared claims of an id block");
	if (unlinkat(dir, name, 0) == 0)
		return 0;
	return errno == ENOENT ? STORE_ABSENT : err_sys(err, "give a shared id block back");
}

int ids_drop_share_of(
	int registry_fd, uint32_t base, const char *root, const char *id, struct err *err)
{
	char name[IDS_NAME_MAX];

	file_name(root, id, name);
	return ids_drop_share(registry_fd, base, name, err);
}

int ids_promote_share(int registry_fd, uint32_t base, struct err *err)
{
	const struct ids_slot slot = { .base = base, .state = IDS_CLAIMED };
	char claim[IDS_NAME_MAX];
	int fd = open_also(registry_fd, base);
	_cleanup_(dir_cleanup) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (dir == NULL) {
		fd_cleanup(&fd);
		return STORE_ABSENT;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || str_eq(entry->d_name, new_name))
			continue;
		if (renameat(dirfd(dir), entry->d_name, registry_fd, ids_slot_name(&slot, claim)) <
			0)
			return err_sys(err, "hand id block '%s' on", claim);
		return 0;
	}
	(void)!unlinkat(dirfd(dir), new_name, 0);
	(void)!ids_is_shared(registry_fd, base); /* removes the empty directory */
	return STORE_ABSENT;
}
