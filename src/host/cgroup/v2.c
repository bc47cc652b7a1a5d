#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "sys/call.h"

#include "driver.h"
#include "local.h"

#include "base/banned.h"

enum {
	WAIT_SLICE_MS = 1000,
	CONTROLLER_NAME_MAX = 64
};

static bool has_word(const char *list, const char *word, size_t len)
{
	while (*list != '\0') {
		size_t n = strcspn(list, " \n");

		if (n == len && memcmp(list, word, n) == 0)
			return true;
		list += n;
		list += strspn(list, " \n");
	}
	return false;
}

/* One write per controller: the kernel takes a list all or nothing, and one that can't be had must
 * not keep the others away. A limit whose controller is missing in the end is an error there. */
static void enable_in(int dir_fd, const char *controllers)
{
	char enabled[CGROUP_VALUE_MAX], text[CONTROLLER_NAME_MAX];

	if (fd_read_at(dir_fd, "cgroup.subtree_control", enabled, sizeof(enabled)) < 0)
		return;
	for (const char *word = controllers; *word != '\0'; word += strspn(word, " ")) {
		size_t len = strcspn(word, " ");

		if (!has_word(enabled, word, len) && len + 2 < sizeof(text)) {
			size_t n = str_fmt(text, sizeof(text), "+%.*s", (int)len, word);

			if (fd_write_at(dir_fd, "cgroup.subtree_control", text, n) < 0)
				log_debug("cgroup controller %.*s can't be handed down: %s",
					(int)len, word, err_text(errno));
		}
		word += len;
	}
}

void cgroup_v2_enable(int mount_fd, const char *path, const char *controllers)
{
	char prefix[CONFIG_PATH_MAX] = ".";

	if (*controllers == '\0' || strlen(path) >= sizeof(prefix))
		return;
	/* every ancestor from the top, not the directory itself: it is to hold processes */
	for (size_t i = 0; path[i] != '\0'; i++) {
		_fd_ int dir = -1;

		if (i > 0 && path[i] != '/')
			continue;
		if (i > 0) {
			memcpy(prefix, path, i);
			prefix[i] = '\0';
		}
		dir = sys_openat2(mount_fd, prefix, O_PATH | O_DIRECTORY, 0, CGROUP_RESOLVE);
		if (dir >= 0)
			enable_in(dir, controllers);
	}
}

int cgroup_v2_prepare(int mount_fd, const char *path, struct cgroup_dir *dir, struct err *err)
{
	(void)err;
	if (!dir->joined)
		cgroup_v2_enable(mount_fd, path, dir->controllers);
	return 0;
}

/* --- freezer --------------------------------------------------------------------------------------- */

bool cgroup_v2_is_frozen(int dir_fd)
{
	char buf[16];

	return fd_read_at(dir_fd, "cgroup.freeze", buf, sizeof(buf)) >= 0 && buf[0] == '1';
}

/* ORDER: every read of cgroup.events starts the kernel's watch for the next change. */
static int wait_for(int dir_fd, const char *wanted, uint64_t deadline_ms, struct err *err)
{
	_fd_ int fd = openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct pollfd events = { .fd = fd, .events = POLLPRI };
	char text[CGROUP_VALUE_MAX];

	for (;;) {
		uint64_t now = cgroup_now_ms();

		if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0 || fd_read_all(fd, text, sizeof(text)) < 0)
			return err_sys(err, "read cgroup.events");
		if (strstr(text, wanted) != NULL)
			return 0;
		if (now >= deadline_ms)
			return err_new(
				err, -EBUSY, "no '%s' after %d s", wanted, CGROUP_WAIT_MS / 1000);
		if (poll(&events, 1, (int)(deadline_ms - now)) < 0 && errno != EINTR)
			return err_sys(err, "wait for cgroup.events");
	}
}

static int set_frozen(int dir_fd, const char *value, struct err *err)
{
	if (fd_write_at(dir_fd, "cgroup.freeze", value, 1) < 0)
		return err_sys(err, "write '%s' to cgroup.freeze", value);
	return 0;
}

int cgroup_v2_freeze(int dir_fd, uint64_t deadline_ms, struct err *err)
{
	int r = set_frozen(dir_fd, "1", err);

	return r < 0 ? r : wait_for(dir_fd, "frozen 1", deadline_ms, err);
}

int cgroup_v2_thaw(int dir_fd, uint64_t deadline_ms, struct err *err)
{
	int r = set_frozen(dir_fd, "0", err);

	return r < 0 ? r : wait_for(dir_fd, "frozen 0", deadline_ms, err);
}

/* --- end -------------------------------------------------------------------------------------------- */

static bool is_populated(int dir_fd)
{
	char buf[CGROUP_VALUE_MAX];

	return fd_read_at(dir_fd, "cgroup.events", buf, sizeof(buf)) >= 0 &&
	       strstr(buf, "populated 1") != NULL;
}

int cgroup_v2_kill(int dir_fd, bool *dying, size_t *left)
{
	size_t n;

	if (!is_populated(dir_fd))
		return 0;
	*left += 1;
	/* the kernel does it for the whole tree at once; needed for kernels < 5.14: a walk */
	*dying = fd_write_at(dir_fd, "cgroup.kill", "1", 1) == 0;
	return *dying ? 0 : cgroup_tree_signal(dir_fd, SIGKILL, &n);
}

/* Until cgroup.events changes, one second at most. */
void cgroup_v2_wait_empty(int dir_fd, uint64_t deadline_ms, unsigned *delay_ms)
{
	_fd_ int fd = openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct pollfd events = { .fd = fd, .events = POLLPRI };
	uint64_t now = cgroup_now_ms();
	char buf[CGROUP_VALUE_MAX];

	if (now >= deadline_ms)
		return;
	/* ORDER: the read starts the kernel's watch for the next change */
	if (fd < 0 || fd_read_all(fd, buf, sizeof(buf)) < 0 || strstr(buf, "populated 1") == NULL) {
		cgroup_pause(delay_ms);
		return;
	}
	if (poll(&events, 1,
		    deadline_ms - now < WAIT_SLICE_MS ? (int)(deadline_ms - now) : WAIT_SLICE_MS) <
		0)
		cgroup_pause(delay_ms);
}
