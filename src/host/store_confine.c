/*
 * "confine": a header of fixed size, and the plan of create as it is. The header is written last
 * and holds the size of the rest, so that a create that was killed leaves a file that is
 * recognised; plan_open() checks the plan itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/abi.h"
#include "base/fd.h"
#include "plan/format.h"

#include "store.h"

#include "base/banned.h"

static const char file_name[] = "confine";

#define CONFINE_MAGIC 0x464e4343U /* "CCNF" */

enum {
	CONFINE_VERSION = 2,
	CONFINE_LIMITED = 1,
	CONFINE_CPUS_INITIAL = 2,
	CONFINE_CPUS_FINAL = 4,
	CONFINE_AS_ROOT_SHIFT = 3, /* three bits: enum policy_wish */
	CONFINE_AS_ROOT_MASK = 7,
};

struct confine_header {
	uint32_t magic;
	uint32_t version;
	uint32_t plan_size;
	uint32_t flags;
	uint64_t caps_droppable;
	struct config_cpus cpus_initial;
	struct config_cpus cpus_final;
	struct store_namespace namespaces[STORE_NAMESPACES_MAX];
};

_Static_assert(sizeof(struct confine_header) % 8 == 0, "the plan behind it is aligned");

static int write_at(int fd, const void *data, size_t size, off_t at)
{
	ssize_t n = pwrite(fd, data, size, at);

	if (n >= 0 && (size_t)n != size)
		errno = ENOSPC;
	return n >= 0 && (size_t)n == size ? 0 : -1;
}

int store_confine_begin(int entry_fd, const void *plan, size_t size, int *fd, struct err *err)
{
	_fd_ int file = openat(
		entry_fd, file_name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (file < 0 || write_at(file, plan, size, sizeof(struct confine_header)) < 0)
		return err_sys(err, "save the confinement of the container");
	*fd = fd_take(&file);
	return 0;
}

int store_confine_finish(int fd, const struct store_confine *confine, struct err *err)
{
	struct confine_header header = {
		.magic = CONFINE_MAGIC,
		.version = CONFINE_VERSION,
		.plan_size = (uint32_t)confine->plan_size,
		.flags = (confine->is_limited ? CONFINE_LIMITED : 0U) |
			 (confine->cpus_initial != NULL ? CONFINE_CPUS_INITIAL : 0U) |
			 (confine->cpus_final != NULL ? CONFINE_CPUS_FINAL : 0U) |
			 (uint32_t)confine->as_root << CONFINE_AS_ROOT_SHIFT,
		.caps_droppable = confine->caps_droppable,
	};

	if (confine->cpus_initial != NULL)
		header.cpus_initial = *confine->cpus_initial;
	if (confine->cpus_final != NULL)
		header.cpus_final = *confine->cpus_final;
	memcpy(header.namespaces, confine->namespaces, sizeof(header.namespaces));
	if (write_at(fd, &header, sizeof(header), 0) < 0)
		return err_sys(err, "save the confinement of the container");
	return 0;
}

static bool is_namespace(uint64_t type)
{
	const uint64_t all = SYS_NEWTIME | SYS_NEWNS | SYS_NEWCGROUP | SYS_NEWUTS | SYS_NEWIPC |
			     SYS_NEWUSER | SYS_NEWPID | SYS_NEWNET;

	return (type & ~all) == 0 && (type & (type - 1)) == 0;
}

static enum policy_wish as_root(const struct confine_header *header)
{
	return (enum policy_wish)(header->flags >> CONFINE_AS_ROOT_SHIFT & CONFINE_AS_ROOT_MASK);
}

static const char *what_is_wrong(const struct confine_header *header, size_t size)
{
	if (size < sizeof(*header) || header->magic == 0)
		return "its part for exec is cut short";
	if (header->magic != CONFINE_MAGIC)
		return "caisson did not write its part for exec";
	if (header->version != CONFINE_VERSION)
		return "another version of caisson wrote its part for exec";
	if (header->plan_size != size - sizeof(*header))
		return "its part for exec is cut short";
	if (as_root(header) > POLICY_WISH_REFUSE)
		return "its part for exec says nothing that is known of root";
	for (size_t i = 0; i < STORE_NAMESPACES_MAX; i++) {
		const struct store_namespace *ns = &header->namespaces[i];

		if (!is_namespace(ns->type) || ns->ino > UINT32_MAX)
			return "its part for exec names no namespaces";
	}
	return NULL;
}

int store_confine_load(struct arena *arena, int entry_fd, const char *id, struct store_confine *out,
	struct err *err)
{
	_fd_ int fd = openat(entry_fd, file_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	const struct confine_header *header;
	const char *why;
	struct stat st;
	ssize_t size;
	char *data;

	if (fd < 0 && (errno == ENOENT || errno == ELOOP))
		return store_damaged(id, "it has no part for exec", err);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "read state of container '%s'", id);
	why = store_distrust(&st, sizeof(*header) + PLAN_SIZE_MAX);
	if (why != NULL)
		return store_damaged(id, why, err);
	data = arena_alloc(arena, (size_t)st.st_size + 1);
	if (data == NULL)
		return err_new(err, -ENOMEM, "read state of container '%s': out of memory", id);
	size = read(fd, data, (size_t)st.st_size);
	if (size < 0)
		return err_sys(err, "read state of container '%s'", id);
	header = (const struct confine_header *)(const void *)data;
	why = what_is_wrong(header, (size_t)size);
	if (why != NULL)
		return store_damaged(id, why, err);
	*out = (struct store_confine){
		.is_limited = (header->flags & CONFINE_LIMITED) != 0,
		.as_root = as_root(header),
		.caps_droppable = header->caps_droppable,
		.plan = data + sizeof(*header),
		.plan_size = header->plan_size,
	};
	if ((header->flags & CONFINE_CPUS_INITIAL) != 0)
		out->cpus_initial = &header->cpus_initial;
	if ((header->flags & CONFINE_CPUS_FINAL) != 0)
		out->cpus_final = &header->cpus_final;
	memcpy(out->namespaces, header->namespaces, sizeof(out->namespaces));
	return 0;
}
