/*
 * One host path that the config names: what is there, on which filesystem, whose.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/abi.h"
#include "base/fd.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

#define NS_GET_NSTYPE_REQUEST _IO(0xb7, 0x3) /* linux/nsfs.h, 4.11 */

/* f_type of statfs(2), linux/magic.h and the filesystems' own sources */
static const struct {
	uint32_t magic;
	const char *name;
} filesystems[] = {
	{ 0xef53, "ext4" },
	{ 0x794c7630, "overlay" },
	{ 0x01021994, "tmpfs" },
	{ 0x58465342, "xfs" },
	{ 0x9123683e, "btrfs" },
	{ 0x9fa0, "proc" },
	{ 0x62656572, "sysfs" },
	{ 0x6e736673, "nsfs" },
	{ 0x27e0eb, "cgroup" },
	{ 0x63677270, "cgroup2" },
	{ 0x1cd1, "devpts" },
	{ 0x65735546, "fuse" },
	{ 0x6969, "nfs" },
	{ 0xff534d42, "cifs" },
	{ 0xfe534d42, "smb2" },
	{ 0x00c36400, "ceph" },
	{ 0x01021997, "9p" },
	{ 0xf2f52010, "f2fs" },
	{ 0x2fc12fc1, "zfs" },
	{ 0xca451a4e, "bcachefs" },
	{ 0xe0f5e1e2, "erofs" },
	{ 0x73717368, "squashfs" },
	{ 0x9660, "iso9660" },
	{ 0x4d44, "vfat" },
	{ 0x2011bab0, "exfat" },
	{ 0x7366746e, "ntfs3" },
	{ 0x3153464a, "jfs" },
	{ 0x52654973, "reiserfs" },
	{ 0x01161970, "gfs2" },
	{ 0x7461636f, "ocfs2" },
	{ 0x5346414f, "afs" },
	{ 0x0bd00bd0, "lustre" },
	{ 0x786f4256, "vboxsf" },
	{ 0xf15f, "ecryptfs" },
	{ 0x0187, "autofs" },
	{ 0x19800202, "mqueue" },
	{ 0x858458f6, "ramfs" },
	{ 0x958458f6, "hugetlbfs" },
	{ 0x64626720, "debugfs" },
	{ 0x74726163, "tracefs" },
	{ 0x73636673, "securityfs" },
	{ 0xcafe4a11, "bpf" },
	{ 0x62656570, "configfs" },
	{ 0xf97cff8c, "selinuxfs" },
	{ 0x6165676c, "pstore" },
	{ 0xde5e81e4, "efivarfs" },
	{ 0x42494e4d, "binfmt_misc" },
};

static const struct {
	int type;
	const char *path;
} own_namespaces[] = {
	{ SYS_NEWUSER, "/proc/self/ns/user" },
	{ SYS_NEWPID, "/proc/self/ns/pid" },
	{ SYS_NEWNET, "/proc/self/ns/net" },
	{ SYS_NEWNS, "/proc/self/ns/mnt" },
	{ SYS_NEWIPC, "/proc/self/ns/ipc" },
	{ SYS_NEWUTS, "/proc/self/ns/uts" },
	{ SYS_NEWCGROUP, "/proc/self/ns/cgroup" },
	{ SYS_NEWTIME, "/proc/self/ns/time" },
};

void facts_fs_name(uint64_t magic, char *buf, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(filesystems); i++) {
		if (filesystems[i].magic == magic) {
			str_fmt(buf, size, "%s", filesystems[i].name);
			return;
		}
	}
	str_fmt(buf, size, "0x%llx", (unsigned long long)magic);
}

static enum facts_path_kind kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return FACTS_PATH_DIR;
	case S_IFREG:
		return FACTS_PATH_FILE;
	case S_IFLNK:
		return FACTS_PATH_SYMLINK;
	case S_IFSOCK:
		return FACTS_PATH_SOCKET;
	case S_IFIFO:
		return FACTS_PATH_FIFO;
	case S_IFCHR:
		return FACTS_PATH_CHAR;
	case S_IFBLK:
		return FACTS_PATH_BLOCK;
	default:
		return FACTS_PATH_ABSENT;
	}
}

void facts_fd_link(char link[FACTS_LINK_MAX], int fd)
{
	str_fmt(link, FACTS_LINK_MAX, "/proc/self/fd/%d", fd);
}

/* nsfs also holds things that are no namespaces (pidfds before 6.9): those stay files. */
static void probe_namespace(int object, const struct stat *st, struct facts_path *out)
{
	char link[FACTS_LINK_MAX];
	_fd_ int fd = -1;
	struct stat own;
	int type;

	/* ioctl wants a real descriptor; opening what we hold cannot lead elsewhere. */
	facts_fd_link(link, object);
	fd = open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	type = fd < 0 ? -1 : ioctl(fd, NS_GET_NSTYPE_REQUEST);
	if (type <= 0)
		return;
	out->kind = FACTS_PATH_NS;
	out->ns_type = type;
	for (size_t i = 0; i < ARRAY_SIZE(own_namespaces); i++) {
		if (own_namespaces[i].type == type && stat(own_namespaces[i].path, &own) == 0)
			out->ns_is_host = own.st_dev == st->st_dev && own.st_ino == st->st_ino;
	}
}

/* out->real stays NULL where there is no path: a namespace, a deleted file. */
static bool probe_real(struct arena *arena, int fd, struct facts_path *out)
{
	char link[FACTS_LINK_MAX], real[PATH_MAX];
	ssize_t n;

	facts_fd_link(link, fd);
	n = readlink(link, real, sizeof(real) - 1);
	if (n <= 0 || real[0] != '/')
		return true;
	real[n] = '\0';
	if (str_eq(real, out->path))
		return true;
	out->real = arena_strdup(arena, real);
	return out->real != NULL;
}

/* false: out of memory */
static bool probe(struct arena *arena, struct facts_path *out)
{
	_fd_ int fd = open(out->path, O_PATH | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return true;
	out->kind = kind_of(st.st_mode);
	out->uid = st.st_uid;
	out->gid = st.st_gid;
	out->mode = st.st_mode & 07777;
	/* f_type is a signed long, and some magics have the top bit set */
	facts_fs_name((uint32_t)fs.f_type, out->fs, sizeof(out->fs));
	out->is_executable = out->kind == FACTS_PATH_FILE && (out->mode & 0111) != 0;
	if (out->is_executable)
		out->is_trusted = facts_is_trusted(out->path, &st);
	if ((uint32_t)fs.f_type == SYS_MAGIC_NSFS)
		probe_namespace(fd, &st, out);
	else if (st.st_nlink > 0)
		return probe_real(arena, fd, out);
	return true;
}

static struct facts_path *add_path(struct arena *arena, struct facts *facts)
{
	size_t n = facts->n_paths;
	struct facts_path *paths;

	if (n != 0 && (n < FACTS_PATHS_ROOM || (n & (n - 1)) != 0)) {
		/* The entries are ours; const keeps the readers of the facts from writing them. */
		memcpy(&paths, &facts->paths, sizeof(paths));
	} else {
		paths = arena_array(arena, n == 0 ? FACTS_PATHS_ROOM : 2 * n, sizeof(*paths));
		if (paths == NULL)
			return NULL;
		if (n > 0)
			memcpy(paths, facts->paths, n * sizeof(*paths));
		facts->paths = paths;
	}
	facts->n_paths++;
	return &paths[n];
}

static const struct facts_path *find_exact(const struct facts *facts, const char *path)
{
	for (size_t i = 0; i < facts->n_paths; i++) {
		if (str_eq(facts->paths[i].path, path))
			return &facts->paths[i];
	}
	return NULL;
}

int facts_probe_path(struct arena *arena, struct facts *facts, const char *path, struct err *err)
{
	const char *copy;
	struct facts_path *out;

	if (find_exact(facts, path) != NULL)
		return 0;
	if (facts->n_paths >= FACTS_PATHS_MAX)
		return err_new(err, -E2BIG, "more than %d host paths", FACTS_PATHS_MAX);
	copy = arena_strdup(arena, path);
	out = copy == NULL ? NULL : add_path(arena, facts);
	if (out != NULL)
		out->path = copy;
	if (out == NULL || !probe(arena, out))
		return err_new(err, -ENOMEM, "look at '%s': out of memory", path);
	return 0;
}

void facts_set_owner(struct facts *facts, const char *path, const char *id, uint32_t ids_base)
{
	/* all of them are ours, and in the caller's arena */
	struct facts_path *found = (struct facts_path *)(uintptr_t)find_exact(facts, path);

	if (found == NULL || found->kind != FACTS_PATH_NS)
		return;
	found->ns_owner = id;
	found->ns_ids_base = ids_base;
}

static bool matches(const char *pattern, const char *path)
{
	const char *star = strchr(pattern, '*');
	size_t head = (size_t)(star - pattern);

	return strncmp(path, pattern, head) == 0 && str_ends(path + head, star + 1);
}

const struct facts_path *facts_find_path(const struct facts *facts, const char *path)
{
	static const struct facts_path absent = { .path = "", .kind = FACTS_PATH_ABSENT };
	const struct facts_path *found = find_exact(facts, path);

	if (found != NULL)
		return found;
	for (size_t i = 0; i < facts->n_patterns; i++) {
		if (matches(facts->patterns[i].path, path))
			return &facts->patterns[i];
	}
	return facts->has_default_path ? &facts->default_path : &absent;
}
