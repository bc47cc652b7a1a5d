/* Which file systems can show other ids than they store: mount_setattr(2), MOUNT_ATTR_IDMAP. */
#include "rules.h"

#include "base/banned.h"

/* MOUNT_ATTR_IDMAP, by file system: the first kernel that takes it; 0 = none so far. Of
 * fuse only those whose server says so, which cannot be seen from here; like a file system that is
 * not listed they are tried, and the kernel's answer is the error. */
static const struct {
	const char *fs;
	unsigned major, minor;
} idmappable[] = {
	{ "ext4", 5, 12 },
	{ "xfs", 5, 12 },
	{ "vfat", 5, 12 },
	{ "msdos", 5, 12 },
	{ "btrfs", 5, 15 },
	{ "ntfs3", 5, 15 },
	{ "f2fs", 5, 18 },
	{ "erofs", 5, 19 },
	{ "squashfs", 6, 2 },
	{ "tmpfs", 6, 3 },
	{ "ceph", 6, 7 },
	{ "fuse", 6, 12 },
	{ "fuseblk", 6, 12 },
	{ "hugetlbfs", 6, 9 },
	{ "9p", 0, 0 },
	{ "afs", 0, 0 },
	{ "aufs", 0, 0 },
	{ "bpf", 0, 0 },
	{ "cgroup", 0, 0 },
	{ "cgroup2", 0, 0 },
	{ "cifs", 0, 0 },
	{ "debugfs", 0, 0 },
	{ "devpts", 0, 0 },
	{ "devtmpfs", 0, 0 },
	{ "ecryptfs", 0, 0 },
	{ "mqueue", 0, 0 },
	{ "nfs", 0, 0 },
	{ "nfs4", 0, 0 },
	{ "nsfs", 0, 0 },
	{ "overlay", 0, 0 },
	{ "proc", 0, 0 },
	{ "ramfs", 0, 0 },
	{ "rootfs", 0, 0 },
	{ "securityfs", 0, 0 },
	{ "smb2", 0, 0 },
	{ "smb3", 0, 0 },
	{ "sysfs", 0, 0 },
	{ "tracefs", 0, 0 },
	{ "vboxsf", 0, 0 },
};

static bool kernel_is_at_least(const struct facts *facts, unsigned major, unsigned minor)
{
	return facts->kernel_major > major ||
	       (facts->kernel_major == major && facts->kernel_minor >= minor);
}

const char *policy_idmap_problem(struct policy_walk *w, const char *fs)
{
	for (size_t i = 0; i < ARRAY_SIZE(idmappable); i++) {
		if (!str_eq(fs, idmappable[i].fs))
			continue;
		if (idmappable[i].major == 0)
			return arena_fmt(w->arena, "file system %s has no idmapped mounts", fs);
		if (!kernel_is_at_least(w->facts, idmappable[i].major, idmappable[i].minor))
			return arena_fmt(w->arena,
				"file system %s has idmapped mounts from "
				"kernel %u.%u on",
				fs, idmappable[i].major, idmappable[i].minor);
	}
	return NULL;
}
