/* caisson-init in the root: mounts, devices, masks, terminals, user namespace; and images that try
 * to lead it out (threats.md T-05 to T-10). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "init_run.h"

static struct init_run run;
static char *root;   /* a fresh one for each test: they leave traces in it */
static char *victim; /* a directory of the host in which nothing may appear */

static int setup(void **state)
{
	(void)state;
	if (!init_run_possible())
		return 0;
	root = init_run_rootfs();
	victim = strdup("/tmp/caisson-init-victim.XXXXXX");
	return victim != NULL && mkdtemp(victim) != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	bool clean;

	(void)state;
	if (root == NULL)
		return 0;
	init_run_remove(root);
	clean = rmdir(victim) == 0; /* fails when something was made in it */
	free(root);
	free(victim);
	root = NULL;
	return clean ? 0 : -1;
}

#define NEEDS_ROOT()              \
	do {                      \
		if (root == NULL) \
			skip();   \
	} while (0)

/* a symlink in the root to the victim directory, by its host path */
static void lead_out(const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	if (symlink(victim, path) < 0)
		init_run_die(path);
}

static void finish(struct plan_writer *w, const char *script)
{
	char argv[2048];

	snprintf(argv, sizeof(argv), "sh~-c~%s", script);
	init_run_end(w, argv);
	init_run_plan(&run, w);
}

static void test_mounts__as_asked(void **state)
{
	struct plan_writer *w;
	struct plan_step *step;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	init_run_mounts(w);
	step = init_run_mount(w, "/a/new/dir", "tmpfs", "source=tmpfs~size=64k~mode=0710");
	step->num[0] = SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC | SYS_ATTR_NOATIME;
	step->num[1] = SYS_MS_SHARED;
	init_run_mount(w, "/mq", "mqueue", NULL);
	init_run_pivot(w);
	step = plan_writer_text(w, PLAN_REMOUNT, "/a/new/dir", NULL);
	step->num[0] = SYS_ATTR_RDONLY;
	plan_writer_step(w, PLAN_ROOT_FLAGS, PLAN_SLOT_NONE)->num[0] = SYS_ATTR_RDONLY;
	finish(w, "cd /; stat -c '%a' a a/new/dir; grep new/dir /proc/self/mountinfo; "
		  "touch x 2>&1; grep ' / / ' /proc/self/mountinfo | wc -l; ls dev");
	assert_true(init_run_ok(&run));
	assert_true(init_run_printed(&run, "755\n710\n"));
	assert_true(init_run_printed(&run, "/a/new/dir ro,nosuid,nodev,noexec,noatime shared:"));
	assert_true(init_run_printed(&run, "Read-only file system"));
	assert_true(init_run_printed(&run, "fd\nnull\npts\n"));
}

static void test_mount_new__bad_option_tells_why(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	init_run_mount(w, "/x", "tmpfs", "size=lots");
	finish(w, "echo ran");
	assert_true(init_run_refused(
		&run, -EINVAL, "error mounting \"tmpfs\" to rootfs at \"/x\": option 'size=lots'"));
	assert_non_null(strstr(run.error, "Bad value for 'size'"));
}

static void test_mount_new__over_the_root_is_refused(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	init_run_mount(w, "/./", "tmpfs", NULL);
	finish(w, "echo ran");
	assert_true(init_run_refused(&run, -EINVAL, "cannot mount over the container's root"));
}

static void test_mount_new__keeps_the_mode(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	init_run_mount(w, "/tmp", "tmpfs", NULL)->num[2] = PLAN_MOUNT_KEEP_MODE;
	init_run_mount(w, "/root", "tmpfs", NULL)->num[2] = PLAN_MOUNT_KEEP_MODE;
	init_run_pivot(w);
	finish(w, "stat -c %a /tmp /root");
	assert_true(init_run_ok(&run));
	assert_string_equal(run.out, "1777\n700\n");
}

static void test_mount_new__copies_up(void **state)
{
	struct plan_writer *w;
	struct plan_step *step;

	(void)state;
	NEEDS_ROOT();
	init_run_command(root,
		"cd etc && mkdir -p d/e && echo text >d/e/f && chown 7:8 d/e/f && chmod 4751 d/e/f "
		"&& chmod 2750 d && ln -s /nowhere l && mkfifo p");
	w = init_run_begin(&run, root);
	step = init_run_mount(w, "/etc", "tmpfs", NULL);
	step->num[0] = SYS_ATTR_RDONLY;
	step->num[2] = PLAN_MOUNT_COPY_UP;
	init_run_pivot(w);
	finish(w, "cd /etc; cat d/e/f; stat -c '%a %u:%g' d d/e/f; readlink l; ls; echo x 2>&1 >y");
	assert_int_equal(run.error_code, 0);
	assert_true(init_run_printed(&run, "text\n2750 0:0\n4751 7:8\n/nowhere\nd\nl\n"));
	assert_true(init_run_printed(&run, "Read-only file system"));
}

static void tree_plan(const char *source, const char *target)
{
	struct plan_writer *w = init_run_begin(&run, root);

	init_run_slot(&run, INIT_RUN_TREE, init_run_tree(source));
	plan_writer_step(w, PLAN_MOUNT_TREE, INIT_RUN_TREE)->ref[0] = plan_writer_string(w, target);
	init_run_pivot(w);
	finish(w, "ls /v; cat /f/g");
}

static void test_mount_tree__file_and_directory(void **state)
{
	(void)state;
	NEEDS_ROOT();
	tree_plan("/proc/version", "/f/g");
	assert_non_null(strstr(run.out, "Linux version"));
	tree_plan("/proc/sys", "/v");
	assert_non_null(strstr(run.out, "kernel\n"));
}

static void test_mount_tree__type_mismatch_has_the_words(void **state)
{
	(void)state;
	NEEDS_ROOT();
	tree_plan("/proc/version", "/tmp");
	assert_true(init_run_refused(&run, -ENOTDIR,
		"error mounting to rootfs at \"/tmp\": mount a file onto a directory: not a "
		"directory"));
	tree_plan("/proc/sys", "/bin/busybox");
	assert_true(init_run_refused(&run, -ENOTDIR, "not a directory"));
}

/* Debian images: /etc/resolv.conf -> a file that is not there yet */
static void test_mount_tree__dangling_symlink_is_made_inside(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	init_run_command(root,
		"ln -s ../run/deep/resolv.conf etc/resolv.conf && ln -s etc/l2 l1 && "
		"ln -s /etc/l3 etc/l2");
	w = init_run_begin(&run, root);
	init_run_slot(&run, INIT_RUN_TREE, init_run_tree("/proc/version"));
	plan_writer_step(w, PLAN_MOUNT_TREE, INIT_RUN_TREE)->ref[0] =
		plan_writer_string(w, "/etc/resolv.conf");
	init_run_mount(w, "/l1/sub", "tmpfs", NULL);
	init_run_pivot(w);
	finish(w, "cat /run/deep/resolv.conf; ls -d /etc/l3/sub");
	assert_true(init_run_ok(&run));
	assert_true(init_run_printed(&run, "Linux version"));
	assert_true(init_run_printed(&run, "/etc/l3/sub"));
}

static void test_mount_tree__symlink_loop(void **state)
{
	(void)state;
	NEEDS_ROOT();
	init_run_command(root, "ln -s b a && ln -s a b");
	tree_plan("/proc/sys", "/a/x");
	assert_true(init_run_refused(&run, -ELOOP, "too many levels of symbolic links"));
}

/* T-05 */
static void test_proc__must_be_a_plain_directory(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	init_run_command(root, "rmdir proc && ln -s tmp proc");
	w = init_run_begin(&run, root);
	init_run_mounts(w);
	finish(w, "echo ran");
	assert_true(init_run_refused(&run, -ENOTDIR, "must be mounted on ordinary directory"));
	init_run_command(root, "rm proc && touch proc");
	w = init_run_begin(&run, root);
	init_run_mounts(w);
	finish(w, "echo ran");
	assert_true(init_run_refused(&run, -ENOTDIR, "must be mounted on ordinary directory"));
}

static void add_device(
	struct plan_writer *w, const char *path, char type, uint64_t major, uint64_t minor)
{
	struct plan_step *step = plan_writer_text(w, PLAN_DEVICE, path, NULL);

	step->num[0] = (uint64_t)type;
	step->num[1] = major << 32 | minor;
	step->num[2] = 0640;
	step->num[3] = 3ULL << 32 | 4;
}

/* T-09, T-10: links in the image that name a directory of the host */
static void test_links__to_the_host_stay_inside(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	init_run_command(root, "rmdir dev");
	lead_out("dev");
	lead_out("out");
	w = init_run_begin(&run, root);
	init_run_slot(&run, INIT_RUN_TREE, init_run_tree("/proc/version"));
	add_device(w, "/dev/null", 'c', 1, 3);
	plan_writer_text(w, PLAN_SYMLINK, "/dev/fd", "../proc/self/fd");
	plan_writer_text(w, PLAN_SYMLINK, "/dev/core", "/proc/kcore"); /* not there: no link */
	init_run_mount(w, "/out/m", "tmpfs", NULL);
	plan_writer_step(w, PLAN_MOUNT_TREE, INIT_RUN_TREE)->ref[0] =
		plan_writer_string(w, "/out/./file");
	plan_writer_text(w, PLAN_CWD_MAKE, "/out/w/d", NULL);
	init_run_pivot(w);
	finish(w, "cd /tmp/caisson-init-victim.*; ls; stat -c '%a %u:%g %t,%T' null");
	assert_true(init_run_ok(&run));
	assert_string_equal(run.out, "fd\nfile\nm\nnull\nw\n640 3:4 1,3\n");
	/* teardown: the victim itself is empty */
}

static void test_device__existing(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	init_run_command(root, "mknod dev/same c 1 5 && mknod dev/other c 1 3 && mkfifo dev/fifo");
	w = init_run_begin(&run, root);
	add_device(w, "/dev/same", 'c', 1, 5);
	add_device(w, "/dev/fifo", 'p', 0, 0);
	init_run_pivot(w);
	finish(w, "echo fine");
	assert_true(init_run_ok(&run));
	w = init_run_begin(&run, root);
	add_device(w, "/dev/other", 'c', 1, 5);
	finish(w, "echo ran");
	assert_true(
		init_run_refused(&run, -EEXIST, "device '/dev/other': something else is there"));
}

/* T-07: whatever the image has as /dev/null, masks are ours */
static void test_mask__never_from_the_image(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	init_run_command(root,
		"mkfifo dev/null && echo secret >etc/s && mkdir etc/d && echo secret "
		">etc/d/x && ln -s s etc/link");
	w = init_run_begin(&run, root);
	init_run_mount(w, "/proc", "proc", NULL);
	init_run_pivot(w);
	plan_writer_text(w, PLAN_READONLY, "/proc/sys", NULL);
	plan_writer_text(w, PLAN_READONLY, "/none", NULL);
	plan_writer_text(w, PLAN_MASK, "/etc/link", NULL);
	plan_writer_text(w, PLAN_MASK, "/etc/d", NULL);
	plan_writer_text(w, PLAN_MASK, "/proc/version", NULL);
	plan_writer_text(w, PLAN_MASK, "/none/at/all", NULL);
	plan_writer_text(w, PLAN_MASK, "/etc/s/x", NULL);
	plan_writer_text(w, PLAN_SYSCTL, "kernel/shmmni", "55"); /* through our own procfs */
	finish(w, "cat /etc/s /proc/version; ls /etc/d; cat /proc/sys/kernel/shmmni; "
		  "echo 1 2>&1 >/proc/sys/kernel/shmmni; touch /etc/d/y 2>&1; "
		  "echo x 2>&1 >/etc/s; grep -c masks /proc/self/mountinfo");
	assert_true(init_run_ok(&run));
	assert_null(strstr(run.out, "secret"));
	assert_null(strstr(run.out, "Linux version"));
	assert_true(init_run_printed(&run, "55\n"));
	for (const char *at = run.out, *text = "Read-only file system", *n = "123"; *n; n++) {
		at = strstr(at, text);
		assert_non_null(at);
		at++;
	}
	assert_true(init_run_printed(&run, "\n3\n")); /* masks, and no other mount of the tmpfs */
}

static void test_mask__symlink_loop_is_an_error(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	init_run_command(root, "ln -s loop etc/loop");
	w = init_run_begin(&run, root);
	init_run_pivot(w);
	plan_writer_text(w, PLAN_MASK, "/etc/loop", NULL);
	finish(w, "echo ran");
	assert_true(init_run_refused(&run, -ELOOP, "too many levels of symbolic links"));
}

static void console_plan(const char *script)
{
	struct plan_writer *w = init_run_begin(&run, root);
	struct plan_step *step;

	init_run_mounts(w);
	add_device(w, "/dev/tty", 'c', 5, 0);
	step = plan_writer_step(w, PLAN_CONSOLE, PLAN_SLOT_NONE);
	step->num[0] = 33;
	step->num[1] = 77;
	step->num[2] = 1000;
	init_run_pivot(w);
	finish(w, script);
}

static void test_console__is_the_terminal(void **state)
{
	char text[512];
	size_t len = 0;
	ssize_t n;

	(void)state;
	NEEDS_ROOT();
	console_plan("tty; stty size; stat -c '%u %t,%T' /dev/console; echo >/dev/tty via tty");
	assert_true(init_run_ok(&run));
	assert_string_equal(run.out, "");
	assert_true(run.console >= 0);
	while ((n = read(run.console, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	assert_string_equal(text, "/dev/pts/0\r\n33 77\r\n1000 88,0\r\nvia tty\r\n");
	close(run.console);
}

/* T-08, without the tmpfs on /dev: what lies in the image's /dev is not followed */
static void console_refused(const char *prepare, int code, const char *text)
{
	struct plan_writer *w = init_run_begin(&run, root);

	init_run_command(root, prepare);
	init_run_mount(w, "/dev/pts", "devpts", "newinstance~ptmxmode=0666");
	plan_writer_step(w, PLAN_CONSOLE, PLAN_SLOT_NONE);
	finish(w, "echo ran");
	assert_true(init_run_refused(&run, code, text));
}

static void test_console__hostile_dev(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	console_refused("ln -s /etc/x dev/console", -ELOOP, "is a symlink");
	console_refused("rm dev/console && mkdir dev/console", -ELOOP, "is a directory");
	/* no devpts at all, and a FIFO where ptmx should be: refused, and not waited for */
	init_run_command(root, "mkfifo dev/pts/ptmx");
	w = init_run_begin(&run, root);
	plan_writer_step(w, PLAN_CONSOLE, PLAN_SLOT_NONE);
	finish(w, "echo ran");
	assert_true(init_run_refused(&run, -ENOTTY, "a terminal needs devpts"));
}

static void test_stdio__belongs_to_the_user(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	w = init_run_begin(&run, root);
	init_run_mounts(w);
	plan_writer_step(w, PLAN_STDIO_OWNER, PLAN_SLOT_NONE)->num[0] = 1000;
	init_run_pivot(w);
	plan_writer_step(w, PLAN_USER, PLAN_SLOT_NONE)->num[0] = 1000;
	finish(w, "stat -L -c %u /proc/self/fd/1; echo again >/proc/self/fd/2; "
		  "readlink /proc/self/fd/0; stat -L -c %d /proc/self/fd/0 /dev/null");
	assert_true(init_run_ok(&run));
	assert_true(init_run_printed(&run, "1000\nagain\n/dev/null\n"));
}

/* A user namespace with 0 -> 100000; kept alive by the descriptor. */
static int open_userns(void)
{
	int pipes[2], status;
	char path[64], c = 0;
	pid_t pid;
	int fd;

	if (pipe(pipes) < 0)
		init_run_die("pipe");
	pid = fork();
	if (pid == 0) {
		close(pipes[1]);
		_exit(unshare(CLONE_NEWUSER) < 0 || kill(getpid(), SIGSTOP) < 0 ||
			read(pipes[0], &c, 1) < 0);
	}
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		init_run_die("unshare");
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, i == 0 ? "uid_map" : "gid_map");
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "0 100000 65536", 14) != 14)
			init_run_die(path);
		close(fd);
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pipes[0]);
	close(pipes[1]);
	return fd;
}

static struct plan_writer *userns_plan(void)
{
	struct sys_mount_attr attr = { .attr_set = SYS_ATTR_IDMAP, .propagation = SYS_MS_PRIVATE };
	struct plan_writer *w = init_run_begin(&run, root);
	struct plan_step *step;
	int userns = open_userns(), tree;

	tree = sys_open_tree(AT_FDCWD, root, false);
	attr.userns_fd = (uint64_t)userns;
	if (tree < 0 || sys_mount_setattr(tree, false, &attr) < 0)
		init_run_die("idmap");
	close(run.slot[PLAN_SLOT_ROOT - 2]);
	init_run_slot(&run, PLAN_SLOT_ROOT, tree);
	init_run_slot(&run, PLAN_SLOT_USERNS, userns);
	step = plan_writer_step(w, PLAN_FS_IDS, PLAN_SLOT_NONE);
	step->num[0] = step->num[1] = 100000;
	init_run_mounts(w);
	for (uint32_t i = 0; i < w->header.n_steps; i++) {
		if (w->steps[i].kind == PLAN_DEVICE)
			w->steps[i].num[3] = 100000ULL << 32 | 100000;
	}
	plan_writer_text(w, PLAN_CWD_MAKE, "/made/by/us", NULL);
	init_run_pivot(w);
	plan_writer_text(w, PLAN_MASK, "/proc/version", NULL);
	return w;
}

static const char userns_script[] =
	"cat /proc/self/uid_map; stat -c %u:%g / /made /dev /dev/null /bin/busybox; "
	"touch /made/x && stat -c %u /made/x; mount -t tmpfs t /tmp 2>&1; umount /proc/version 2>&1; "
	"mount -o remount,rw /sys 2>&1; umount /dev/pts 2>&1; grep CapEff /proc/self/status";

static void check_userns(const char *mount_answer)
{
	assert_int_equal(run.error_code, 0);
	assert_true(
		init_run_printed(&run, "         0     100000      65536\n0:0\n0:0\n0:0\n0:0\n0:0"
				       "\n0\n"));
	assert_true(init_run_printed(&run, "CapEff:\t000001ffffffffff"));
	assert_true(init_run_printed(&run, mount_answer));
}

/* the user namespace owns nothing: no mount, no umount, whatever the capabilities (I9, T-39) */
static void test_userns__owns_nothing(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	w = userns_plan();
	plan_writer_step(w, PLAN_USERNS_JOIN, PLAN_SLOT_USERNS);
	plan_writer_step(w, PLAN_USER, PLAN_SLOT_NONE)->num[2] = 1;
	finish(w, userns_script);
	check_userns("mount: permission denied (are you root?)");
	assert_true(init_run_printed(&run, "umount: can't unmount /proc/version"));
	assert_true(init_run_printed(&run, "umount: can't unmount /dev/pts"));
	init_run_command(root, "test $(stat -c %u made/x) = 0"); /* stored unshifted */
}

/* the second mount namespace: mounts of its own are possible, ours are locked */
static void test_userns__locked_mounts(void **state)
{
	struct plan_writer *w;

	(void)state;
	NEEDS_ROOT();
	w = userns_plan();
	plan_writer_step(w, PLAN_USERNS_JOIN, PLAN_SLOT_USERNS);
	plan_writer_step(w, PLAN_LOCK_MOUNTS, PLAN_SLOT_NONE);
	plan_writer_step(w, PLAN_USER, PLAN_SLOT_NONE)->num[2] = 1;
	finish(w, userns_script);
	check_userns("umount: can't unmount /proc/version: Invalid argument");
	assert_true(init_run_printed(&run, "umount: can't unmount /dev/pts: Invalid argument"));
	assert_null(strstr(run.out, "mounting t on"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_mounts__as_asked),
		TEST(test_mount_new__bad_option_tells_why),
		TEST(test_mount_new__over_the_root_is_refused),
		TEST(test_mount_new__keeps_the_mode),
		TEST(test_mount_new__copies_up),
		TEST(test_mount_tree__file_and_directory),
		TEST(test_mount_tree__type_mismatch_has_the_words),
		TEST(test_mount_tree__dangling_symlink_is_made_inside),
		TEST(test_mount_tree__symlink_loop),
		TEST(test_proc__must_be_a_plain_directory),
		TEST(test_links__to_the_host_stay_inside),
		TEST(test_device__existing),
		TEST(test_mask__never_from_the_image),
		TEST(test_mask__symlink_loop_is_an_error),
		TEST(test_console__is_the_terminal),
		TEST(test_console__hostile_dev),
		TEST(test_stdio__belongs_to_the_user),
		TEST(test_userns__owns_nothing),
		TEST(test_userns__locked_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
