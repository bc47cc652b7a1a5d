/*
 * libmount is loaded when a message needs it and not before: with it come libblkid, libselinux
 * and libpcre, half a millisecond of relocations that no launch should pay (design 8.3).
 */
#include "mountinfo.h"

#include <dlfcn.h>
#include <libmount.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

/* The entry points used, under the types of libmount.h, so that the compiler checks them. */
struct library {
	void *handle;
	__typeof__(&mnt_new_table_from_file) new_table;
	__typeof__(&mnt_table_find_mountpoint) find_mountpoint;
	__typeof__(&mnt_fs_get_fstype) fstype;
	__typeof__(&mnt_fs_get_target) target;
	__typeof__(&mnt_unref_table) unref_table;
	__typeof__(&mnt_new_iter) new_iter;
	__typeof__(&mnt_table_next_fs) next_fs;
	__typeof__(&mnt_free_iter) free_iter;
};

static void library_done(struct library *library)
{
	if (library->handle != NULL)
		dlclose(library->handle);
}

static bool load(struct library *out)
{
	const struct {
		const char *name;
		void **entry;
	} entries[] = {
		{ "mnt_new_table_from_file", (void **)&out->new_table },
		{ "mnt_table_find_mountpoint", (void **)&out->find_mountpoint },
		{ "mnt_fs_get_fstype", (void **)&out->fstype },
		{ "mnt_fs_get_target", (void **)&out->target },
		{ "mnt_unref_table", (void **)&out->unref_table },
		{ "mnt_new_iter", (void **)&out->new_iter },
		{ "mnt_table_next_fs", (void **)&out->next_fs },
		{ "mnt_free_iter", (void **)&out->free_iter },
	};

	out->handle = dlopen("libmount.so.1", RTLD_NOW | RTLD_LOCAL);
	if (out->handle == NULL)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		*entries[i].entry = dlsym(out->handle, entries[i].name);
		if (*entries[i].entry == NULL)
			return false;
	}
	return true;
}

const char *host_mountinfo_describe(const char *path, char *buf, size_t size)
{
	_cleanup_(library_done) struct library mnt = { 0 };
	struct libmnt_table *table;
	struct libmnt_fs *fs;

	str_fmt(buf, size, "an unknown file system");
	if (!load(&mnt))
		return buf;
	table = mnt.new_table("/proc/self/mountinfo");
	if (table == NULL)
		return buf;
	fs = mnt.find_mountpoint(table, path, MNT_ITER_BACKWARD);
	if (fs != NULL)
		str_fmt(buf, size, "%s mounted at '%s'", mnt.fstype(fs), mnt.target(fs));
	mnt.unref_table(table);
	return buf;
}

static bool is_below(const char *path, const char *tree)
{
	size_t len = strlen(tree);

	if (str_eq(tree, "/"))
		return !str_eq(path, "/");
	return strncmp(path, tree, len) == 0 && path[len] == '/';
}

bool host_mountinfo_below(
	const char *path, void (*each)(void *arg, const char *target, const char *fs), void *arg)
{
	_cleanup_(library_done) struct library mnt = { 0 };
	struct libmnt_table *table;
	struct libmnt_iter *iter;
	struct libmnt_fs *fs;

	if (!load(&mnt))
		return false;
	table = mnt.new_table("/proc/self/mountinfo");
	if (table == NULL)
		return false;
	iter = mnt.new_iter(MNT_ITER_FORWARD);
	while (iter != NULL && mnt.next_fs(table, iter, &fs) == 0) {
		if (is_below(mnt.target(fs), path))
			each(arg, mnt.target(fs), mnt.fstype(fs));
	}
	mnt.free_iter(iter);
	mnt.unref_table(table);
	return iter != NULL;
}
