/* Facts: the text form, subordinate ids, what is found on this machine, who is trusted. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/abi.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "facts/facts.h"

#include "base/banned.h"

static const char full_text[] =
	"kernel 6.18\n"
	"euid 1000\n"
	"initial-userns no\n"
	"caps 0x1ffffffffff\n"
	"cap-last 40\n"
	"seccomp-flags 0x27\n"
	"apparmor yes\n"
	"selinux no\n"
	"landlock-abi 7\n"
	"apparmor-label out%20er\n"
	"apparmor-profile a//&b loaded\n"
	"apparmor-profile c missing\n"
	"cgroup-ns yes\n"
	"time-ns no\n"
	"idmap yes\n"
	"overlay-idmap yes\n"
	"overlay-fds no\n"
	"cgroup-mode v1\n"
	"cgroup-writable yes\n"
	"systemd-cgroup /user.slice/user-1000.slice/user@1000.service\n"
	"cgroup v1 cpu,cpuacct /sys/fs/cgroup/cpu%20x /user/%2525\n"
	"cgroup v1 name=systemd /sys/fs/cgroup/systemd /\n"
	"cgroup v2 cpu,io /sys/fs/cgroup/unified /\n"
	"cgroup v2 - /mnt /\n"
	"ids-available 65537\n"
	"ids-next-base 1879048192\n"
	"setgroups-denied yes\n"
	"oom-score-adj -17\n"
	"rlimit stack 18446744073709551614\n"
	"rlimit nofile 1024\n"
	"path /a%20b dir ext4 0 0 0755 -\n"
	"path /link file 0x1234 1 2 4711 executable,trusted /usr/bin/x%0ay\n"
	"path /ns ns:net nsfs 0 0 0444 host\n"
	"path /gone absent - 0 0 0000 -\n"
	"path /pod ns:ipc nsfs 0 0 0444 ids=1879048192:web\n"
	"path-pattern /proc/*/exe file ext4 0 0 0755 executable\n"
	"default-path char tmpfs 0 5 0620 -\n"
	"overlay /m%20x ro,guarded no%20names\n"
	"overlay-layer upper /u ext4 65024 18446744073709551615\n"
	"overlay-layer lower /l%20a xfs 1 2\n"
	"overlay-layer data /d 0x1234 1 3\n"
	"overlay-option metacopy=on\n"
	"overlay-option userxattr\n"
	"id-user 100000 65536 subordinate%20ids%20of%20alice\n"
	"id-user 4294967295 1 x\n"
	"image cut\n"
	"image-found device 1 /dev/sda\n"
	"image-found open 7 /a%20b\n"
	"terminals 0x5\n"
	"legacy-tiocsti yes\n"
	"core-pattern |/bin/x%20%25p\n";

static void parse(struct arena *arena, const char *text, struct facts *out)
{
	struct err err = { 0 };

	if (facts_parse(arena, text, out, &err) != 0)
		fail_msg("%s", err.msg);
}

static void expect_parse_error(const char *text, const char *msg)
{
	_arena_ struct arena arena = { 0 };
	struct facts facts;
	struct err err = { 0 };

	assert_int_equal(facts_parse(&arena, text, &facts, &err), -EINVAL);
	assert_string_equal(err.msg, msg);
}

static char *read_file(struct arena *arena, const char *path)
{
	char *text = arena_alloc(arena, FACTS_TEXT_MAX);

	assert_non_null(text);
	if (fd_read_at(AT_FDCWD, path, text, FACTS_TEXT_MAX) < 0)
		fail_msg("%s: %s", path, err_text(errno));
	return text;
}

/* --- facts_parse, facts_print ----------------------------------------------------------------- */

static void test_facts_parse__every_key(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct facts facts;

	(void)state;
	parse(&arena, full_text, &facts);
	assert_int_equal(facts.kernel_major, 6);
	assert_int_equal(facts.kernel_minor, 18);
	assert_int_equal(facts.euid, 1000);
	assert_false(facts.initial_userns);
	assert_true(facts.caps == UINT64_C(0x1ffffffffff));
	assert_int_equal(facts.cap_last, 40);
	assert_int_equal(facts.seccomp_flags, 0x27);
	assert_true(facts.apparmor && facts.has_cgroup_ns && facts.has_idmap);
	assert_false(facts.selinux || facts.has_time_ns);
	assert_string_equal(facts.apparmor_label, "out er");
	assert_int_equal(facts_apparmor_state(&facts, "a//&b"), FACTS_APPARMOR_LOADED);
	assert_int_equal(facts_apparmor_state(&facts, "c"), FACTS_APPARMOR_MISSING);
	assert_int_equal(facts_apparmor_state(&facts, "b"), FACTS_APPARMOR_UNKNOWN);
	assert_int_equal(facts.cgroup_mode, FACTS_CGROUP_V1);
	assert_true(facts.cgroup_writable);
	assert_string_equal(facts.systemd_cgroup, "/user.slice/user-1000.slice/user@1000.service");
	assert_int_equal(facts.n_hierarchies, 4);
	assert_string_equal(facts.hierarchies[0].controllers, "cpu,cpuacct");
	assert_string_equal(facts.hierarchies[0].mountpoint, "/sys/fs/cgroup/cpu x");
	assert_string_equal(facts.hierarchies[0].own_path, "/user/%25");
	assert_null(facts.hierarchies[0].available);
	assert_true(facts.hierarchies[2].is_v2);
	assert_string_equal(facts.hierarchies[2].available, "cpu io");
	assert_string_equal(facts.hierarchies[3].available, "");
	assert_true(facts.ids_available == 65537);
	assert_true(facts.ids_next_base == 0x70000000);
	assert_true(facts.rlimit_hard[RLIMIT_NOFILE] == 1024);
	assert_true(facts.rlimit_hard[RLIMIT_CPU] == UINT64_MAX);
	assert_int_equal(facts.n_paths, 5);
	assert_int_equal(facts.n_patterns, 1);
	assert_true(facts.has_default_path);
	assert_int_equal(facts.n_id_users, 2);
	assert_string_equal(facts.id_users[0].who, "subordinate ids of alice");
	assert_true(facts.image.is_known && facts.image.is_cut);
	assert_int_equal(facts.image.found[FACTS_IMAGE_OPEN].n, 7);
	assert_string_equal(facts.image.found[FACTS_IMAGE_OPEN].first, "/a b");
	assert_int_equal(facts.image.found[FACTS_IMAGE_SETUID].n, 0);
	assert_int_equal(facts.terminals, 5);
	assert_true(facts.legacy_tiocsti);
	assert_string_equal(facts.core_pattern, "|/bin/x %p");
}

static void test_facts_parse__objects(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct facts facts;
	const struct facts_path *path;

	(void)state;
	parse(&arena, full_text, &facts);
	path = facts_find_path(&facts, "/link");
	assert_int_equal(path->kind, FACTS_PATH_FILE);
	assert_string_equal(path->fs, "0x1234");
	assert_int_equal(path->uid, 1);
	assert_int_equal(path->gid, 2);
	assert_int_equal(path->mode, 04711);
	assert_true(path->is_executable && path->is_trusted && !path->ns_is_host);
	assert_string_equal(path->real, "/usr/bin/x\ny");
	path = facts_find_path(&facts, "/ns");
	assert_int_equal(path->kind, FACTS_PATH_NS);
	assert_int_equal(path->ns_type, SYS_NEWNET);
	assert_true(path->ns_is_host);
	assert_null(path->real);
	assert_int_equal(facts_find_path(&facts, "/a b")->kind, FACTS_PATH_DIR);
	assert_int_equal(facts_find_path(&facts, "/gone")->kind, FACTS_PATH_ABSENT);
	assert_true(facts_find_path(&facts, "/proc/12/exe")->is_executable);
	assert_int_equal(facts_find_path(&facts, "/proc/12/exe2")->kind, FACTS_PATH_CHAR);
	assert_int_equal(facts_find_path(&facts, "/proc/exe")->kind, FACTS_PATH_CHAR);
}

static void test_facts_find_path__unknown_is_absent(void **state)
{
	const struct facts facts = { 0 };

	(void)state;
	assert_int_equal(facts_find_path(&facts, "/etc")->kind, FACTS_PATH_ABSENT);
}

static void check_round_trip(const char *text)
{
	_arena_ struct arena arena = { 0 };
	_str_buf_ struct str_buf once = { 0 };
	_str_buf_ struct str_buf twice = { 0 };
	struct facts facts;

	parse(&arena, text, &facts);
	facts_print(&facts, &once);
	assert_false(once.failed);
	parse(&arena, once.data, &facts);
	facts_print(&facts, &twice);
	assert_string_equal(once.data, twice.data);
}

static void test_facts_print__gives_the_text_back(void **state)
{
	_arena_ struct arena arena = { 0 };
	_str_buf_ struct str_buf out = { 0 };
	struct facts facts;

	(void)state;
	parse(&arena, full_text, &facts);
	facts_print(&facts, &out);
	assert_string_equal(out.data, full_text);
	check_round_trip("");
	check_round_trip("# nothing but a comment\n\n");
}

static void test_facts_print__golden_files(void **state)
{
	static const char *const names[] = { "facts-vm.txt", "facts-v2.txt" };
	const char *top = getenv("top_srcdir");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_arena_ struct arena arena = { 0 };
		const char *path =
			arena_fmt(&arena, "%s/tests/golden/%s", top != NULL ? top : ".", names[i]);
		struct facts facts;

		check_round_trip(read_file(&arena, path));
		parse(&arena, read_file(&arena, path), &facts);
		assert_true(facts.ids_next_base == 0x70000000);
		assert_non_null(facts_find_controller(&facts, "memory"));
		assert_true(facts_find_path(&facts, "/proc/31277/exe")->is_trusted);
		assert_int_equal(facts_find_path(&facts, "/x/merged")->kind, FACTS_PATH_DIR);
		assert_int_equal(facts_find_path(&facts, "/x/hosts")->kind, FACTS_PATH_FILE);
		assert_int_equal(facts_find_path(&facts, "/proc/2/ns/net")->kind, FACTS_PATH_NS);
	}
}

static void test_facts_parse__refusals(void **state)
{
	(void)state;
	expect_parse_error("\nkernle 6.1\n", "facts line 2: unknown key 'kernle'");
	expect_parse_error("euid 1\neuid 1\n", "facts line 2: 'euid' is there twice");
	expect_parse_error("oom-score-adj 1001\n", "facts line 1: bad value of 'oom-score-adj'");
	expect_parse_error("euid\n", "facts line 1: bad value of 'euid'");
	expect_parse_error("euid 4294967296\n", "facts line 1: bad value of 'euid'");
	expect_parse_error("euid 1 2\n", "facts line 1: bad value of 'euid'");
	expect_parse_error("euid %zz\n", "facts line 1: bad value of 'euid'");
	expect_parse_error("apparmor-profile a\n", "facts line 1: bad value of 'apparmor-profile'");
	expect_parse_error(
		"apparmor-profile a gone\n", "facts line 1: bad value of 'apparmor-profile'");
	expect_parse_error("apparmor maybe\n", "facts line 1: bad value of 'apparmor'");
	expect_parse_error("caps 1f\n", "facts line 1: bad value of 'caps'");
	expect_parse_error("caps 0x11112222333344445\n", "facts line 1: bad value of 'caps'");
	expect_parse_error(
		"seccomp-flags 0x100000000\n", "facts line 1: bad value of 'seccomp-flags'");
	expect_parse_error("cap-last 64\n", "facts line 1: bad value of 'cap-last'");
	expect_parse_error("kernel 6\n", "facts line 1: bad value of 'kernel'");
	expect_parse_error("cgroup-mode v3\n", "facts line 1: bad value of 'cgroup-mode'");
	expect_parse_error("cgroup v1 cpu /x\n", "facts line 1: bad value of 'cgroup'");
	expect_parse_error("rlimit fancy 1\n", "facts line 1: bad value of 'rlimit'");
	expect_parse_error("path x dir ext4 0 0 0755 -\n", "facts line 1: bad value of 'path'");
	expect_parse_error("path /x dir ext4 0 0 0955 -\n", "facts line 1: bad value of 'path'");
	expect_parse_error("path /x dir ext4 0 0 10000 -\n", "facts line 1: bad value of 'path'");
	expect_parse_error("path /x ns:x ext4 0 0 0755 -\n", "facts line 1: bad value of 'path'");
	expect_parse_error("path /x dir ext4 0 0 0755 nice\n", "facts line 1: bad value of 'path'");
	expect_parse_error("path /x dir ext4 0 0 0755 - y\n", "facts line 1: bad value of 'path'");
	expect_parse_error(
		"path /x dir ext4 0 0 0755 - /y z\n", "facts line 1: bad value of 'path'");
	expect_parse_error("id-user 1 2\n", "facts line 1: bad value of 'id-user'");
	expect_parse_error("id-user 1 2 x y\n", "facts line 1: bad value of 'id-user'");
	expect_parse_error("image no\n", "facts line 1: bad value of 'image'");
	expect_parse_error("image-found x 1 /x\n", "facts line 1: bad value of 'image-found'");
	expect_parse_error("image-found caps 0 /x\n", "facts line 1: bad value of 'image-found'");
	expect_parse_error("path-pattern /x dir ext4 0 0 0755 -\n",
		"facts line 1: bad value of 'path-pattern'");
	expect_parse_error("path-pattern /*/* dir ext4 0 0 0755 -\n",
		"facts line 1: bad value of 'path-pattern'");
}

static void test_facts_parse__too_many_lines(void **state)
{
	_arena_ struct arena arena = { 0 };
	_str_buf_ struct str_buf text = { 0 };
	struct facts facts;
	struct err err = { 0 };

	(void)state;
	for (unsigned i = 0; i < FACTS_PATHS_MAX; i++)
		str_buf_puts(&text, "\n");
	assert_int_equal(facts_parse(&arena, text.data, &facts, &err), -EFBIG);
	for (unsigned i = 0; i < FACTS_TEXT_MAX; i++)
		str_buf_puts(&text, "#");
	assert_int_equal(facts_parse(&arena, text.data, &facts, &err), -EFBIG);
}

static void test_facts_find_controller__words_only(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct facts facts;

	(void)state;
	parse(&arena, full_text, &facts);
	assert_ptr_equal(facts_find_controller(&facts, "cpu"), &facts.hierarchies[0]);
	assert_ptr_equal(facts_find_controller(&facts, "cpuacct"), &facts.hierarchies[0]);
	assert_ptr_equal(facts_find_controller(&facts, "io"), &facts.hierarchies[2]);
	assert_null(facts_find_controller(&facts, "cp"));
	assert_null(facts_find_controller(&facts, "memory"));
}

/* --- subordinate ids -------------------------------------------------------------------------- */

struct directory {
	char path[64];
};

static void write_file(
	const struct directory *dir, const char *name, const char *text, char *path, size_t size)
{
	_fd_ int fd = -1;

	str_fmt(path, size, "%s/%s", dir->path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static int set_up(void **state)
{
	static struct directory dir;

	str_fmt(dir.path, sizeof(dir.path), "/tmp/test-facts-XXXXXX");
	*state = &dir;
	return mkdtemp(dir.path) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
	const struct directory *dir = *state;
	static const char *const names[] = { "uid", "gid", "file", "link", "fifo", "open/file",
		"open" };
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		str_fmt(path, sizeof(path), "%s/%s", dir->path, names[i]);
		(void)remove(path);
	}
	return rmdir(dir->path);
}

static int read_blocks(const struct directory *dir, const char *uids, const char *gids,
	struct facts_subids *out, struct err *err)
{
	char uid_path[128], gid_path[128];

	write_file(dir, "uid", uids, uid_path, sizeof(uid_path));
	write_file(dir, "gid", gids, gid_path, sizeof(gid_path));
	return facts_read_blocks("caisson", uid_path, gid_path, out, err);
}

static void test_facts_read_subids__name_and_number(void **state)
{
	const struct directory *dir = *state;
	struct facts_subids ids;
	struct err err = { 0 };
	char path[128];

	write_file(dir, "uid",
		"# comment\n\nbob:100000:65536\nalice:165536:65536\n1000:1:7\nalicex:9:9\nbroken\n"
		"alice:500000:10",
		path, sizeof(path));
	assert_int_equal(facts_read_subids(path, "alice", "1000", &ids, &err), 0);
	assert_int_equal(ids.n_ranges, 3);
	assert_int_equal(ids.ranges[0].first, 165536);
	assert_int_equal(ids.ranges[1].first, 1);
	assert_int_equal(ids.ranges[1].count, 7);
	assert_int_equal(ids.ranges[2].first, 500000);
	assert_int_equal(facts_read_subids(path, NULL, "1001", &ids, &err), 0);
	assert_int_equal(ids.n_ranges, 0);
	assert_int_equal(facts_read_subids("/nonexistent/subuid", "alice", NULL, &ids, &err), 0);
	assert_int_equal(ids.n_ranges, 0);
}

static void test_facts_read_subids__own_line_malformed(void **state)
{
	static const char *const lines[] = {
		"alice\n",
		"alice:\n",
		"alice:1\n",
		"alice:1:\n",
		"alice:-1:5\n",
		"alice:1:5:6\n",
		"alice:4294967296:1\n",
		"alice:4294967295:2\n",
		"alice: 1:5\n",
		"alice:99999999999999999999:5\n",
	};
	const struct directory *dir = *state;
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct facts_subids ids;
		struct err err = { 0 };

		write_file(dir, "uid", lines[i], path, sizeof(path));
		assert_int_equal(facts_read_subids(path, "alice", NULL, &ids, &err), -EINVAL);
		assert_non_null(strstr(err.msg, "line 1 is not 'user:first:count'"));
	}
}

static void test_facts_read_subids__big_file(void **state)
{
	const struct directory *dir = *state;
	_str_buf_ struct str_buf text = { 0 };
	struct facts_subids ids;
	struct err err = { 0 };
	char path[128];

	for (unsigned i = 0; i < 5000; i++)
		str_buf_fmt(&text, "user%u:%u:65536\n", i, 100000 + i);
	str_buf_puts(&text, "alice:1:2\n");
	write_file(dir, "uid", text.data, path, sizeof(path));
	assert_int_equal(facts_read_subids(path, "alice", NULL, &ids, &err), 0);
	assert_int_equal(ids.n_ranges, 1);
	while (text.len < FACTS_TEXT_MAX)
		str_buf_puts(&text, "#\n");
	write_file(dir, "uid", text.data, path, sizeof(path));
	assert_int_equal(facts_read_subids(path, "alice", NULL, &ids, &err), -EFBIG);
	str_buf_done(&text);
	for (unsigned i = 0; i <= FACTS_SUBIDS_MAX; i++)
		str_buf_puts(&text, "alice:1:2\n");
	write_file(dir, "uid", text.data, path, sizeof(path));
	assert_int_equal(facts_read_subids(path, "alice", NULL, &ids, &err), -E2BIG);
}

static void test_facts_read_blocks__common_whole_aligned(void **state)
{
	struct facts_subids ids;
	struct err err = { 0 };

	/* blocks 2..5 against 3..9, cut in the middle of block 2 and of block 9 */
	assert_int_equal(read_blocks(*state, "caisson:131072:262144\n", "caisson:150000:500000\n",
				 &ids, &err),
		0);
	assert_int_equal(ids.n_ranges, 1);
	assert_int_equal(ids.ranges[0].first, 196608);
	assert_int_equal(ids.ranges[0].count, 196608);
	assert_int_equal(
		read_blocks(*state, "caisson:100000:65536\n", "caisson:100000:65536\n", &ids, &err),
		0);
	assert_int_equal(ids.n_ranges, 0);
}

static void test_facts_read_blocks__dangerous_blocks(void **state)
{
	static const char all[] = "caisson:0:4294967295\ncaisson:4294967295:1\n";
	struct facts_subids ids;
	struct err err = { 0 };

	assert_int_equal(read_blocks(*state, all, all, &ids, &err), 0);
	assert_int_equal(ids.n_ranges, 1);
	assert_true(ids.ranges[0].first == 65536);
	assert_true(ids.ranges[0].first + ids.ranges[0].count == 0xffff0000);
}

static void test_facts_find_gap__where_nobody_is(void **state)
{
	static const char text[] = "alice:2000000000:65536\ncaisson:1879048192:67108864\n";
	struct facts_id_range gap;
	struct err err = { 0 };
	char path[] = "/tmp/test-gap-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
	assert_int_equal(
		facts_find_gap(NULL, path, "/nonexistent", 0x70000000, 0x10000, &gap, &err), 0);
	assert_true(gap.first == 0x74000000 && gap.count == 0x10000);
	assert_int_equal(
		facts_find_gap("caisson", path, path, 0x70000000, 0x4000000, &gap, &err), 0);
	assert_true(gap.first == 0x70000000 && gap.count == 0x4000000);
	/* alice's ids are in the middle of what would be next */
	assert_int_equal(facts_find_gap(NULL, path, path, 0x70000000, 0x4000000, &gap, &err), 0);
	assert_true(gap.first == 0x77370000);
	assert_int_equal(
		facts_find_gap(NULL, path, path, 0xfff00000, 0x4000000, &gap, &err), -ENOENT);
	assert_int_equal(facts_find_gap(NULL, path, path, 0, 0x10000, &gap, &err), 0);
	assert_int_equal(gap.first, 0x10000);
	unlink(path);
}

static void test_facts_read_blocks__other_users(void **state)
{
	struct facts_subids ids;
	struct err err = { 0 };

	/* blocks 16..31; somebody has one id of block 17 in subuid, all of 20 and 21 in subgid */
	assert_int_equal(
		read_blocks(*state, "caisson:1048576:1048576\nbob:1179647:1\n",
			"bob:1310720:131072\nbob:x:y\ncaisson:1048576:1048576\n", &ids, &err),
		0);
	assert_int_equal(ids.n_ranges, 3);
	assert_int_equal(ids.ranges[0].first, 16 * 65536);
	assert_int_equal(ids.ranges[0].count, 65536);
	assert_int_equal(ids.ranges[1].first, 18 * 65536);
	assert_int_equal(ids.ranges[1].count, 2 * 65536);
	assert_int_equal(ids.ranges[2].first, 22 * 65536);
	assert_int_equal(ids.ranges[2].count, 10 * 65536);
}

/* --- facts_gather ----------------------------------------------------------------------------- */

static void test_facts_gather__this_host(void **state)
{
	_arena_ struct arena arena = { 0 };
	_str_buf_ struct str_buf text = { 0 };
	static struct facts facts; /* large */
	struct rlimit limit;
	struct utsname uts;
	struct err err = { 0 };
	char release[32];

	(void)state;
	if (facts_gather(&arena, &facts, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(uname(&uts), 0);
	str_fmt(release, sizeof(release), "%u.%u", facts.kernel_major, facts.kernel_minor);
	assert_true(str_starts(uts.release, release));
	assert_int_equal(facts.euid, geteuid());
	assert_true(facts.cap_last >= 37 && facts.cap_last < 64);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(facts.rlimit_hard[RLIMIT_NOFILE] == limit.rlim_max);
	assert_true((facts.seccomp_flags & SYS_SECCOMP_FLAG_TSYNC) != 0);
	for (size_t i = 0; i < facts.n_hierarchies; i++) {
		const struct facts_hierarchy *hierarchy = &facts.hierarchies[i];
		char path[4096];

		/* what was found of our own cgroup is there, and we are in it */
		str_fmt(path, sizeof(path), "%s%s/cgroup.procs", hierarchy->mountpoint,
			hierarchy->own_path);
		assert_int_equal(access(path, F_OK), 0);
	}
	facts_print(&facts, &text);
	check_round_trip(text.data);
}

/* In a mount namespace of its own: what is seen after something was mounted on /sys/fs/cgroup. */
static int gather_covered(void)
{
	_arena_ struct arena arena = { 0 };
	struct facts facts;
	struct err err;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("none", "/sys/fs/cgroup", "tmpfs", 0, NULL) < 0)
		return 77; /* not allowed here */
	if (facts_gather(&arena, &facts, &err) != 0 || facts.n_hierarchies != 0 ||
		facts.cgroup_mode != FACTS_CGROUP_NONE || facts.cgroup_writable)
		return 1;
	if (mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0)
		return 77;
	if (facts_gather(&arena, &facts, &err) != 0 || facts.n_hierarchies != 1 ||
		facts.cgroup_mode != FACTS_CGROUP_V2 || !facts.hierarchies[0].is_v2)
		return 2;
	return str_eq(facts.hierarchies[0].mountpoint, "/sys/fs/cgroup") ? 0 : 3;
}

static void test_facts_gather__covered_mounts(void **state)
{
	int status = -1;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	pid = fork();
	if (pid == 0)
		_exit(gather_covered());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- facts_probe_path ------------------------------------------------------------------------- */

static const struct facts_path *probe(struct arena *arena, struct facts *facts, const char *path)
{
	struct err err = { 0 };

	assert_int_equal(facts_probe_path(arena, facts, path, &err), 0);
	return facts_find_path(facts, path);
}

static void test_facts_probe_path__kinds(void **state)
{
	const struct directory *dir = *state;
	_arena_ struct arena arena = { 0 };
	struct facts facts = { 0 };
	const struct facts_path *path;
	char name[128], link[128], fifo[128];

	write_file(dir, "file", "", name, sizeof(name));
	str_fmt(link, sizeof(link), "%s/link", dir->path);
	str_fmt(fifo, sizeof(fifo), "%s/fifo", dir->path);
	assert_int_equal(symlink(name, link), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	path = probe(&arena, &facts, name);
	assert_int_equal(path->kind, FACTS_PATH_FILE);
	assert_int_equal(path->uid, geteuid());
	assert_int_equal(path->mode, 0600);
	assert_false(path->is_executable);
	assert_null(path->real);
	path = probe(&arena, &facts, link);
	assert_int_equal(path->kind, FACTS_PATH_FILE);
	assert_string_equal(path->real, name);
	assert_int_equal(probe(&arena, &facts, fifo)->kind, FACTS_PATH_FIFO);
	assert_int_equal(probe(&arena, &facts, dir->path)->kind, FACTS_PATH_DIR);
	assert_int_equal(probe(&arena, &facts, "/dev/null")->kind, FACTS_PATH_CHAR);
	assert_string_equal(probe(&arena, &facts, "/proc/self")->fs, "proc");
	assert_int_equal(probe(&arena, &facts, "/no/such/file")->kind, FACTS_PATH_ABSENT);
	assert_int_equal(facts.n_paths, 7);
	(void)probe(&arena, &facts, "/dev/null");
	assert_int_equal(facts.n_paths, 7);
}

static void test_facts_probe_path__namespaces(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct facts facts = { 0 };
	const struct facts_path *path;

	(void)state;
	path = probe(&arena, &facts, "/proc/self/ns/net");
	assert_int_equal(path->kind, FACTS_PATH_NS);
	assert_int_equal(path->ns_type, SYS_NEWNET);
	assert_true(path->ns_is_host);
	assert_int_equal(probe(&arena, &facts, "/proc/self/ns/user")->ns_type, SYS_NEWUSER);
	assert_int_equal(probe(&arena, &facts, "/proc/self/ns/mnt")->ns_type, SYS_NEWNS);
}

static void test_facts_probe_path__many(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct facts facts;
	struct err err = { 0 };
	char name[32];

	(void)state;
	parse(&arena, full_text, &facts);
	for (unsigned i = 4; i < FACTS_PATHS_MAX / 8; i++) {
		str_fmt(name, sizeof(name), "/nonexistent/%u", i);
		assert_int_equal(facts_probe_path(&arena, &facts, name, &err), 0);
	}
	assert_int_equal(facts_find_path(&facts, "/ns")->kind, FACTS_PATH_NS);
	assert_string_equal(facts_find_path(&facts, name)->path, name);
}

static void test_facts_probe_path__out_of_memory(void **state)
{
	_arena_ struct arena arena = { .limit_bytes = 64 };
	struct facts facts = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(facts_probe_path(&arena, &facts, "/etc", &err), -ENOMEM);
}

static void test_facts_probe_path__trust(void **state)
{
	const struct directory *dir = *state;
	_arena_ struct arena arena = { 0 };
	struct facts facts = { 0 };
	char open_dir[128], file[128];

	assert_true(probe(&arena, &facts, "/bin/sh")->is_trusted);
	assert_true(probe(&arena, &facts, "//usr/../bin/./sh")->is_trusted);
	/* everything in /tmp can be replaced, or could have been */
	write_file(dir, "file", "", file, sizeof(file));
	assert_int_equal(chmod(file, 0755), 0);
	assert_true(probe(&arena, &facts, file)->is_executable);
	assert_false(probe(&arena, &facts, file)->is_trusted);
	str_fmt(open_dir, sizeof(open_dir), "%s/link", dir->path);
	assert_int_equal(symlink("/bin/sh", open_dir), 0);
	assert_true(probe(&arena, &facts, open_dir)->is_executable);
	assert_false(probe(&arena, &facts, open_dir)->is_trusted);
	/* a directory is not judged */
	assert_false(probe(&arena, &facts, "/usr/bin")->is_trusted);
}

/* cat, known to run: what was written to it has come back. */
static pid_t start_cat(int *input)
{
	int in[2], out[2];
	char byte = 'x';
	pid_t pid;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (dup2(in[0], 0) == 0 && dup2(out[1], 1) == 1)
			execl("/bin/cat", "cat", (char *)NULL);
		_exit(127);
	}
	assert_true(pid > 0);
	close(in[0]);
	close(out[1]);
	assert_int_equal(write(in[1], &byte, 1), 1);
	assert_int_equal(read(out[0], &byte, 1), 1);
	close(out[0]);
	*input = in[1];
	return pid;
}

static void test_facts_probe_path__trust_of_magic_links(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct facts facts = { 0 };
	_fd_ int input = -1;
	char name[64];
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip(); /* /proc/PID belongs to the process's user */
	pid = start_cat(&input);
	str_fmt(name, sizeof(name), "/proc/%d/exe", (int)pid);
	assert_true(probe(&arena, &facts, name)->is_executable);
	assert_true(probe(&arena, &facts, name)->is_trusted);
	assert_non_null(probe(&arena, &facts, name)->real);
	str_fmt(name, sizeof(name), "/proc/%d/fd/0", (int)pid);
	assert_int_equal(probe(&arena, &facts, name)->kind, FACTS_PATH_FIFO);
	assert_false(probe(&arena, &facts, name)->is_trusted);
	fd_cleanup(&input);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts_parse__every_key),
		cmocka_unit_test(test_facts_parse__objects),
		cmocka_unit_test(test_facts_find_path__unknown_is_absent),
		cmocka_unit_test(test_facts_print__gives_the_text_back),
		cmocka_unit_test(test_facts_print__golden_files),
		cmocka_unit_test(test_facts_parse__refusals),
		cmocka_unit_test(test_facts_parse__too_many_lines),
		cmocka_unit_test(test_facts_find_controller__words_only),
		cmocka_unit_test_setup_teardown(
			test_facts_read_subids__name_and_number, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_facts_read_subids__own_line_malformed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_facts_read_subids__big_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_facts_read_blocks__common_whole_aligned, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_facts_read_blocks__dangerous_blocks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_facts_read_blocks__other_users, set_up, tear_down),
		cmocka_unit_test(test_facts_find_gap__where_nobody_is),
		cmocka_unit_test(test_facts_gather__this_host),
		cmocka_unit_test(test_facts_gather__covered_mounts),
		cmocka_unit_test_setup_teardown(test_facts_probe_path__kinds, set_up, tear_down),
		cmocka_unit_test(test_facts_probe_path__namespaces),
		cmocka_unit_test(test_facts_probe_path__many),
		cmocka_unit_test(test_facts_probe_path__out_of_memory),
		cmocka_unit_test_setup_teardown(test_facts_probe_path__trust, set_up, tear_down),
		cmocka_unit_test(test_facts_probe_path__trust_of_magic_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
