/*
 * A cgroup and what a container made below it: listing, signalling and removing. Depth first,
 * every directory by its descriptor.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"

#include "driver.h"
#include "local.h"

#include "base/banned.h"

enum {
	BATCH = 128,
	PAUSE_MAX_MS = 64,
	READ_SIZE = 4096,
	NLINK_LEAF = 2
};

struct pids {
	pid_t *items;
	size_t n;
	size_t capacity;
};

static void pids_done(struct pids *pids)
{
	free(pids->items);
}

static void dir_close(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

uint64_t cgroup_now_ms(void)
{
	struct timespec now = { 0 };

	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void cgroup_pause(unsigned *delay_ms)
{
	if (poll(NULL, 0, (int)*delay_ms) < 0)
		return;
	if (*delay_ms < PAUSE_MAX_MS)
		*delay_ms *= 2;
}

static int pids_add(struct pids *pids, pid_t pid)
{
	if (pids->n == pids->capacity) {
		size_t capacity = pids->capacity != 0 ? pids->capacity * 2 : BATCH;
		pid_t *items = realloc(pids->items, capacity * sizeof(*items));

		if (items == NULL || capacity > CGROUP_PIDS_MAX) {
			errno = ENOMEM;
			return -1;
		}
		pids->items = items;
		pids->capacity = capacity;
	}
	pids->items[pids->n++] = pid;
	return 0;
}

/* Decimal numbers, one a line; @number is what a chunk boundary left over. 0 is a process that our
 * pid namespace does not show. */
static int pids_scan(struct pids *pids, const char *text, size_t len, pid_t *number)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] >= '0' && text[i] <= '9' && *number < CGROUP_PIDS_MAX) {
			*number = *number * 10 + (text[i] - '0');
			continue;
		}
		if (*number > 0 && pids_add(pids, *number) < 0)
			return -1;
		*number = 0;
	}
	return 0;
}

/* A directory that goes away while it is read has no processes; a threaded one lists none. */
static bool is_gone(int errnum)
{
	return errnum == ENOENT || errnum == ENODEV || errnum == EOPNOTSUPP;
}

static int pids_read(int dir_fd, struct pids *pids)
{
	_fd_ int fd = openat(dir_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char buf[READ_SIZE];
	pid_t number = 0;

	pids->n = 0;
	if (fd < 0)
		return is_gone(errno) ? 0 : -1;
	for (;;) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return is_gone(errno) ? 0 : -1;
		if (n == 0)
			return 0;
		if (pids_scan(pids, buf, (size_t)n, &number) < 0)
			return -1;
	}
}

/* --- walking ------------------------------------------------------------------------------- */

struct walk {
	int (*each)(int dir_fd, struct walk *walk);
	int signo;
	size_t n_listed;
};

static int walk_tree(int dir_fd, struct walk *walk, unsigned depth);

static bool is_dir_entry(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && !str_eq(entry->d_name, ".") &&
	       !str_eq(entry->d_name, "..");
}

static DIR *open_list(int dir_fd)
{
	_fd_ int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir != NULL)
		fd_take(&fd);
	return dir;
}

static int walk_children(int dir_fd, struct walk *walk, unsigned depth)
{
	_cleanup_(dir_close) DIR *dir = NULL;
	const struct dirent *entry;
	struct stat st;

	if (fstat(dir_fd, &st) < 0)
		return -1;
	if (st.st_nlink <= NLINK_LEAF)
		return 0;
	dir = open_list(dir_fd);
	if (dir == NULL)
		return is_gone(errno) ? 0 : -1;
	while ((entry = readdir(dir)) != NULL) {
		_fd_ int child = -1;

		if (!is_dir_entry(entry))
			continue;
		child = openat(
			dirfd(dir), entry->d_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child >= 0 && walk_tree(child, walk, depth + 1) < 0)
			return -1;
	}
	return 0;
}

static int walk_tree(int dir_fd, struct walk *walk, unsigned depth)
{
	if (depth > CGROUP_DEPTH_MAX) {
		errno = ELOOP;
		return -1;
	}
	if (walk->each(dir_fd, walk) < 0)
		return -1;
	return walk_children(dir_fd, walk, depth);
}

static int count_one(int dir_fd, struct walk *walk)
{
	_cleanup_(pids_done) struct pids pids = { 0 };

	if (pids_read(dir_fd, &pids) < 0)
		return -1;
	walk->n_listed += pids.n;
	return 0;
}

int cgroup_tree_count(int dir_fd, size_t *n)
{
	struct walk walk = { .each = count_one };

	if (walk_tree(dir_fd, &walk, 0) < 0)
		return -1;
	*n = walk.n_listed;
	return 0;
}

struct listing {
	struct walk walk; /* first: the walk is what each function is given */
	struct pids all;
};

static int list_one(int dir_fd, struct walk *walk)
{
	struct listing *listing = (struct listing *)(void *)walk;
	_cleanup_(pids_done) struct pids pids = { 0 };

	if (pids_read(dir_fd, &pids) < 0)
		return -1;
	for (size_t i = 0; i < pids.n; i++) {
		if (pids_add(&listing->all, pids.items[i]) < 0)
			return -1;
	}
	return 0;
}

static void listing_done(struct listing *listing)
{
	pids_done(&listing->all);
}

/* --- signalling ---------------------------------------------------------------------------- */

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return x < y ? -1 : x > y;
}

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int fd = fds[i];

		fd_cleanup(&fd);
	}
}

/* Hold the processes first, then look again who of them is in the cgroup. */
static int signal_batch(int dir_fd, const pid_t *batch, size_t n, int signo)
{
	_cleanup_(pids_done) struct pids now = { 0 };
	int fds[BATCH], r, failed = 0;

	for (size_t i = 0; i < n; i++)
		fds[i] = sys_pidfd_open(batch[i]);
	r = pids_read(dir_fd, &now);
	if (r == 0 && now.n > 0)
		qsort(now.items, now.n, sizeof(*now.items), compare_pids);
	for (size_t i = 0; r == 0 && i < n && now.n > 0; i++) {
		if (fds[i] < 0 || bsearch(&batch[i], now.items, now.n, sizeof(*now.items),
					  compare_pids) == NULL)
			continue;
		if (sys_pidfd_send_signal(fds[i], signo) < 0 && errno != ESRCH)
			failed = errno; /* the others still get theirs */
	}
	close_all(fds, n);
	if (failed == 0)
		return r;
	errno = failed;
	return -1;
}

static int signal_one(int dir_fd, struct walk *walk)
{
	_cleanup_(pids_done) struct pids pids = { 0 };

	if (pids_read(dir_fd, &pids) < 0)
		return -1;
	walk->n_listed += pids.n;
	for (size_t i = 0; i < pids.n; i += BATCH) {
		size_t n = pids.n - i < BATCH ? pids.n - i : BATCH;

		if (signal_batch(dir_fd, pids.items + i, n, walk->signo) < 0)
			return -1;
	}
	return 0;
}

int cgroup_tree_signal(int dir_fd, int signo, size_t *n)
{
	struct walk walk = { .each = signal_one, .signo = signo };

	if (walk_tree(dir_fd, &walk, 0) < 0)
		return -1;
	*n = walk.n_listed;
	return 0;
}

int cgroup_tree_pids(struct arena *arena, int dir_fd, pid_t **pids, size_t *n)
{
	_cleanup_(listing_done) struct listing listing = { .walk = { .each = list_one } };
	pid_t *copy;

	if (walk_tree(dir_fd, &listing.walk, 0) < 0)
		return -1;
	copy = arena_array(arena, listing.all.n + 1, sizeof(*copy));
	if (copy == NULL) {
		errno = ENOMEM;
		return -1;
	}
	if (listing.all.n > 0) {
		memcpy(copy, listing.all.items, listing.all.n * sizeof(*copy));
		qsort(copy, listing.all.n, sizeof(*copy), compare_pids);
	}
	*pids = copy;
	*n = listing.all.n;
	return 0;
}

/* --- removing ------------------------------------------------------------------------------ */

/* What can't go now is tried again by the caller's loop. */
static void remove_children(int dir_fd, unsigned depth)
{
	_cleanup_(dir_close) DIR *dir = depth > CGROUP_DEPTH_MAX ? NULL : open_list(dir_fd);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		_fd_ int child = -1;

		if (!is_dir_entry(entry) || unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR) == 0)
			continue;
		child = openat(
			dirfd(dir), entry->d_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child < 0)
			continue;
		remove_children(child, depth + 1);
		if (unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR) < 0)
			continue;
	}
}

/* 0: gone, -1: errno; EBUSY is worth waiting */
static int remove_now(int parent_fd, const char *name)
{
	if (unlinkat(parent_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return -1;
}

int cgroup_tree_remove(
	int parent_fd, const char *name, const struct cgroup_driver *driver, uint64_t deadline_ms)
{
	unsigned delay_ms = 1;

	while (remove_now(parent_fd, name) < 0) {
		_fd_ int dir = -1;

		if (errno != EBUSY)
			return -1;
		dir = openat(parent_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (dir < 0)
			return errno == ENOENT ? 0 : -1;
		remove_children(dir, 0);
		if (remove_now(parent_fd, name) == 0)
			return 0;
		if (cgroup_now_ms() >= deadline_ms)
			return -1;
		driver->wait_empty(dir, deadline_ms, &delay_ms);
	}
	return 0;
}

int cgroup_path_remove(
	const char *path, const struct cgroup_driver *driver, uint64_t deadline_ms, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char parent[CONFIG_PATH_MAX];
	_fd_ int parent_fd = -1;

	/* The usual case costs one call. Nobody can make a symlink in a cgroup file system, and all
	 * that stands before it in the path is the host's. */
	if (rmdir(path) == 0 || errno == ENOENT)
		return 0;
	if (slash == NULL || slash == path || slash[1] == '\0' ||
		(size_t)(slash - path) >= sizeof(parent))
		return err_new(err, -EINVAL, "'%s' is not the path of a cgroup", path);
	str_fmt(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
	parent_fd = sys_openat2(AT_FDCWD, parent, O_PATH | O_DIRECTORY, 0, SYS_RESOLVE_NO_SYMLINKS);
	if (parent_fd < 0 && errno == ENOENT)
		return 0;
	if (parent_fd < 0 || cgroup_tree_remove(parent_fd, slash + 1, driver, deadline_ms) < 0)
		return err_sys(err, "remove cgroup '%s'", path);
	return 0;
}
