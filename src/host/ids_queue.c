/*
 * The hint file: names of free blocks in records of one size, the next one to give at the end, so
 * that taking it is cutting the file.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#include "ids_local.h"

#include "base/banned.h"

static const char queue_name[] = ".queue";

bool ids_queue_pop(int registry_fd, struct ids_slot *out)
{
	_fd_ int fd = openat(registry_fd, queue_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	char name[IDS_NAME_MAX];
	struct stat st;
	off_t at;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size < IDS_NAME_MAX)
		return false;
	at = st.st_size - IDS_NAME_MAX;
	if (pread(fd, name, sizeof(name), at) != IDS_NAME_MAX || ftruncate(fd, at) < 0)
		return false;
	name[IDS_NAME_MAX - 1] = '\0';
	return ids_slot_parse(name, out) && out->state != IDS_CLAIMED;
}

void ids_queue_fill(int registry_fd, const struct ids_slot *slots, size_t n)
{
	char names[IDS_QUEUE_MAX][IDS_NAME_MAX] = { 0 };
	_fd_ int fd = openat(registry_fd, queue_name,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (n > IDS_QUEUE_MAX)
		n = IDS_QUEUE_MAX;
	for (size_t i = 0; i < n; i++)
		ids_slot_name(&slots[i], names[n - 1 - i]);
	/* what a short write leaves of a name is no name */
	if (fd >= 0)
		(void)!write(fd, names, n * IDS_NAME_MAX);
}
