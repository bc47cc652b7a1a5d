/*
 * One object's owner, and what hangs on it: set-user-id bits and file capabilities, which the
 * kernel takes away with every change of owner, and the ids in access control lists.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/abi.h"
#include "base/str.h"
#include "sys/call.h"

#include "shift.h"

#include "base/banned.h"

enum {
	ACL_HEADER = 4,
	ACL_ENTRY = 8,
	ACL_TAG_USER = 2,
	ACL_TAG_GROUP = 8,
	CAPS_V2 = 20,
	CAPS_V3 = 24,
	LINK_MAX_ = 32,
};

/* What is to be put back; the value of an attribute of the file itself. */
struct pending {
	uint32_t mode;
	uint32_t n_caps; /* bytes */
	unsigned char caps[CAPS_V3];
};

static const char pending_name[] = "trusted.caisson.shift";
static const char caps_name[] = "security.capability";

uint32_t host_shift_id(const struct host_shift *s, uint32_t id)
{
	if (id < FACTS_ID_BLOCK)
		return s->base + id;
	for (size_t i = 0; i < s->blocks->n_ranges; i++) {
		const struct facts_id_range *range = &s->blocks->ranges[i];

		if (id >= range->first && id - range->first < range->count)
			return s->base + id % FACTS_ID_BLOCK;
	}
	return id;
}

/* SECURITY: the descriptor's own name in procfs leads to the object and nowhere else, which is
 * how an O_PATH descriptor takes these calls. Never used for a symlink. */
static void name_of(char name[LINK_MAX_], int fd)
{
	str_fmt(name, LINK_MAX_, "/proc/self/fd/%d", fd);
}

static bool is_none(int error)
{
	return error == ENODATA || error == EOPNOTSUPP;
}

/* --- access control lists --------------------------------------------------------------------- */

static void put_u32(unsigned char *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(value >> 8 * i);
}

static uint32_t get_u32(const unsigned char *from)
{
	return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

/* Overlays before Linux 6.2 set no list on a file that is still in a layer which is an overlay
 * itself; changing the mode to what it is brings the file up, and takes nothing away from it. */
static int set_acl(const char *path, const char *name, const void *acl, size_t n, mode_t mode)
{
	if (setxattr(path, name, acl, n, 0) == 0)
		return 0;
	if (errno != EOPNOTSUPP || fchmodat(AT_FDCWD, path, mode & 07777, 0) < 0)
		return -1;
	return setxattr(path, name, acl, n, 0);
}

static int shift_acl(
	const struct host_shift *s, const char *path, const char *name, const struct stat *st)
{
	unsigned char acl[4096];
	ssize_t n = getxattr(path, name, acl, sizeof(acl));
	bool changed = false;

	if (n < 0)
		return is_none(errno) ? 0 : -1;
	for (ssize_t at = ACL_HEADER; at + ACL_ENTRY <= n; at += ACL_ENTRY) {
		unsigned tag = acl[at] | (unsigned)acl[at + 1] << 8;
		uint32_t id = get_u32(acl + at + 4), shifted = host_shift_id(s, id);

		if ((tag != ACL_TAG_USER && tag != ACL_TAG_GROUP) || id == shifted)
			continue;
		put_u32(acl + at + 4, shifted);
		changed = true;
	}
	return changed ? set_acl(path, name, acl, (size_t)n, st->st_mode) : 0;
}

/* --- what a new owner takes away ---------------------------------------------------------------- */

/* 1 = there is something to put back, in @out; 0; -1 */
static int find_pending(const char *path, const struct stat *st, struct pending *out)
{
	ssize_t n = getxattr(path, pending_name, out, sizeof(*out));

	if (n == (ssize_t)sizeof(*out) && out->n_caps <= CAPS_V3)
		return 1;
	if (n < 0 && !is_none(errno))
		return -1;
	*out = (struct pending){ .mode = st->st_mode & 07777 };
	n = getxattr(path, caps_name, out->caps, sizeof(out->caps));
	if (n < 0 && !is_none(errno))
		return -1;
	out->n_caps = n > 0 ? (uint32_t)n : 0;
	return out->n_caps != 0 || (st->st_mode & (S_ISUID | S_ISGID)) != 0;
}

/* Capabilities count only in a user namespace whose root is the one they name. */
static int put_caps(const struct host_shift *s, const char *path, struct pending *pending)
{
	if (pending->n_caps != CAPS_V2 && pending->n_caps != CAPS_V3)
		return 0;
	pending->caps[3] = 3; /* the revision, in the top byte */
	put_u32(pending->caps + CAPS_V2, s->base);
	return setxattr(path, caps_name, pending->caps, CAPS_V3, 0);
}

static int change_owner(int fd, const struct stat *st, uint32_t uid, uint32_t gid)
{
	return st->st_uid == uid && st->st_gid == gid ? 0 : sys_chown_fd(fd, uid, gid);
}

/* ORDER: written down, changed, put back, struck out: at whatever point this is cut short, the next
 * one finds either the file as it was or the note. */
static int shift_file(const struct host_shift *s, int fd, const char *path, const struct stat *st,
	uint32_t uid, uint32_t gid)
{
	struct pending pending;
	int has = find_pending(path, st, &pending);

	if (has <= 0)
		return has < 0 ? -1 : change_owner(fd, st, uid, gid);
	if (setxattr(path, pending_name, &pending, sizeof(pending), 0) < 0 ||
		change_owner(fd, st, uid, gid) < 0 ||
		fchmodat(AT_FDCWD, path, pending.mode, 0) < 0 || put_caps(s, path, &pending) < 0)
		return -1;
	return removexattr(path, pending_name);
}

static bool is_done(const char *path, const struct stat *st, uint32_t uid, uint32_t gid)
{
	struct pending pending;

	return st->st_uid == uid && st->st_gid == gid &&
	       (!S_ISREG(st->st_mode) ||
		       getxattr(path, pending_name, &pending, sizeof(pending)) < 0);
}

int host_shift_object(const struct host_shift *s, int fd)
{
	char path[LINK_MAX_];
	uint32_t uid, gid;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	uid = host_shift_id(s, st.st_uid);
	gid = host_shift_id(s, st.st_gid);
	name_of(path, fd);
	if (is_done(path, &st, uid, gid))
		return 0;
	if (S_ISLNK(st.st_mode))
		return change_owner(fd, &st, uid, gid);
	/* ORDER: the owner last, it is what tells that all is done */
	if (shift_acl(s, path, "system.posix_acl_access", &st) < 0)
		return -1;
	if (S_ISDIR(st.st_mode) && shift_acl(s, path, "system.posix_acl_default", &st) < 0)
		return -1;
	if (S_ISREG(st.st_mode))
		return shift_file(s, fd, path, &st, uid, gid);
	return change_owner(fd, &st, uid, gid);
}
