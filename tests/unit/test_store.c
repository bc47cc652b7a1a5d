/* The store: ids, directories, records and their damage, the start gate. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "host/passwd.h"
#include "host/store.h"

#include "base/banned.h"

struct place {
	char top[64];
	char root[80]; /* not made yet */
	int root_fd;   /* of @root, once open_root() was called */
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (place == NULL)
		return -1;
	str_fmt(place->top, sizeof(place->top), "/tmp/test-store-XXXXXX");
	if (mkdtemp(place->top) == NULL)
		return -1;
	str_fmt(place->root, sizeof(place->root), "%s/a/root", place->top);
	place->root_fd = -1;
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	char *argv[] = { (char[]){ "rm" }, (char[]){ "-rf" }, place->top, NULL };
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		execv("/bin/rm", argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	fd_cleanup(&place->root_fd);
	free(place);
	return status;
}

static int open_root(struct place *place)
{
	struct err err = { 0 };

	if (store_open_root(place->root, true, &place->root_fd, &err) != 0)
		fail_msg("%s", err.msg);
	return place->root_fd;
}

static int create_entry(struct place *place, const char *id)
{
	struct err err = { 0 };
	int fd = -1;

	if (store_create_entry(open_root(place), id, &fd, &err) != 0)
		fail_msg("%s", err.msg);
	return fd;
}

static void write_at(int dir_fd, const char *name, const char *data, size_t len)
{
	_fd_ int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, data, len), 0);
}

/* --- ids ---------------------------------------------------------------------------------------- */

static void test_store_id_check__grammar(void **state)
{
	static const char *const good[] = { "a", "A.b_c+d-e", "...", ".x", "0", "-" };
	static const char *const bad[] = { ".", "..", "a/b", "/", "a b", "a\n", "\xc3\xa4", "a,b",
		"a:b", "%" };
	char id[STORE_ID_MAX + 2];
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(store_id_check(good[i], &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(store_id_check(bad[i], &err), -EINVAL);
		assert_true(str_starts(err.msg, "invalid container ID format: '"));
	}
	assert_int_equal(store_id_check("", &err), -EINVAL);
	assert_string_equal(err.msg, "container id cannot be empty");
	memset(id, 'x', sizeof(id));
	id[STORE_ID_MAX] = '\0';
	assert_int_equal(store_id_check(id, &err), 0);
	id[STORE_ID_MAX] = 'x';
	id[STORE_ID_MAX + 1] = '\0';
	assert_int_equal(store_id_check(id, &err), -EINVAL);
}

/* --- the root ----------------------------------------------------------------------------------- */

static void test_store_open_root__made_when_missing(void **state)
{
	struct place *place = *state;
	struct err err = { 0 };
	struct stat st;
	int fd = -1;

	assert_int_equal(store_open_root(place->root, false, &fd, &err), STORE_ABSENT);
	assert_int_equal(fd, -1);
	assert_int_equal(fstat(open_root(place), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(store_open_root(place->root, false, &fd, &err), 0);
	fd_cleanup(&fd);
}

static void test_store_open_root__open_to_others(void **state)
{
	static const mode_t modes[] = { 0770, 0702, 01777 };
	struct place *place = *state;
	int fd = -1;

	(void)open_root(place);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct err err = { 0 };

		assert_int_equal(chmod(place->root, modes[i]), 0);
		assert_int_equal(store_open_root(place->root, true, &fd, &err), -EPERM);
		assert_non_null(strstr(err.msg, "can be written by others"));
	}
	assert_int_equal(chmod(place->root, 01755), 0);
	assert_int_equal(store_open_root(place->root, true, &fd, &(struct err){ 0 }), 0);
	fd_cleanup(&fd);
}

static void test_store_open_root__of_another_user(void **state)
{
	struct place *place = *state;
	struct err err = { 0 };
	int fd = -1;

	if (geteuid() != 0)
		skip(); /* only root can give a directory away */
	(void)open_root(place);
	assert_int_equal(chown(place->root, 1000, 1000), 0);
	assert_int_equal(store_open_root(place->root, true, &fd, &err), -EPERM);
	assert_non_null(strstr(err.msg, "belongs to user 1000"));
	assert_int_equal(fd, -1);
}

static void test_store_open_root__symlink_and_file(void **state)
{
	struct place *place = *state;
	struct err err = { 0 };
	char path[128];
	int fd = -1;

	(void)open_root(place);
	str_fmt(path, sizeof(path), "%s/link", place->top);
	assert_int_equal(symlink(place->root, path), 0);
	assert_int_equal(store_open_root(path, true, &fd, &err), -ENOTDIR);
	write_at(place->root_fd, "file", "", 0);
	str_fmt(path, sizeof(path), "%s/file", place->root);
	assert_int_equal(store_open_root(path, true, &fd, &err), -ENOTDIR);
	str_fmt(path, sizeof(path), "%s/file/below", place->root);
	assert_true(store_open_root(path, true, &fd, &err) < 0);
}

/* --- entries ------------------------------------------------------------------------------------ */

static void test_store_create_entry__locked_and_alone(void **state)
{
	struct place *place = *state;
	_fd_ int entry = create_entry(place, "web");
	_fd_ int again = -1;
	struct err err = { 0 };
	struct stat st;
	int fd = -1;

	assert_int_equal(fstat(entry, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(store_create_entry(place->root_fd, "web", &fd, &err), -EEXIST);
	assert_string_equal(err.msg, "container with given ID already exists");
	assert_int_equal(store_create_entry(place->root_fd, "../web", &fd, &err), -EINVAL);
	assert_int_equal(store_open_entry(place->root_fd, "web", &again, &err), 0);
	assert_int_equal(flock(again, LOCK_EX | LOCK_NB), -1);
	fd_cleanup(&entry);
	assert_int_equal(store_lock_entry(again, &err), 0);
}

static void test_store_create_entry__one_winner(void **state)
{
	enum {
		N = 12
	};
	struct place *place = *state;
	int root_fd = open_root(place), n_won = 0;
	pid_t pids[N];

	for (int i = 0; i < N; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct err err = { 0 };
			int fd = -1, r = store_create_entry(root_fd, "web", &fd, &err);

			_exit(r == 0 ? 0 : r == -EEXIST ? 1 : 2);
		}
		assert_true(pids[i] > 0);
	}
	for (int i = 0; i < N; i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
		n_won += WEXITSTATUS(status) == 0 ? 1 : 0;
	}
	assert_int_equal(n_won, 1);
}

static void test_store_open_entry__absent_and_strange(void **state)
{
	struct place *place = *state;
	struct err err = { 0 };
	int fd = -1;

	assert_int_equal(store_open_entry(open_root(place), "web", &fd, &err), STORE_ABSENT);
	assert_int_equal(symlinkat("/etc", place->root_fd, "link"), 0);
	assert_int_equal(store_open_entry(place->root_fd, "link", &fd, &err), -ENOTDIR);
	assert_int_equal(store_open_entry(place->root_fd, "..", &fd, &err), -EINVAL);
	assert_int_equal(mkdirat(place->root_fd, "open", 0700), 0);
	assert_int_equal(fchmodat(place->root_fd, "open", 0777, 0), 0);
	assert_int_equal(store_open_entry(place->root_fd, "open", &fd, &err), -EPERM);
}

static void test_store_remove_entry__everything(void **state)
{
	struct place *place = *state;
	_fd_ int entry = create_entry(place, "web");
	_fd_ int gate = -1;
	struct err err = { 0 };
	struct store_record record = { .id = "web" };

	assert_int_equal(store_gate_create(entry, &gate, &err), 0);
	assert_int_equal(store_save(entry, &record, &err), 0);
	write_at(entry, "left over", "x", 1);
	assert_int_equal(store_remove_entry(place->root_fd, "web", &err), 0);
	assert_int_equal(faccessat(place->root_fd, "web", F_OK, 0), -1);
	assert_int_equal(store_remove_entry(place->root_fd, "web", &err), 0);
}

static void test_store_each__sorted_ids(void **state)
{
	static const char *const names[] = { "web", "db.1", "..." };
	struct place *place = *state;
	_arena_ struct arena arena = { 0 };
	struct json_strings ids = { 0 };
	struct err err = { 0 };
	char name[32];

	assert_int_equal(store_each(&arena, open_root(place), &ids, &err), 0);
	assert_int_equal(ids.n, 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(mkdirat(place->root_fd, names[i], 0700), 0);
	assert_int_equal(mkdirat(place->root_fd, "no id", 0700), 0);
	write_at(place->root_fd, "file", "", 0);
	assert_int_equal(store_each(&arena, place->root_fd, &ids, &err), 0);
	assert_int_equal(ids.n, 3);
	assert_string_equal(ids.items[0], "...");
	assert_string_equal(ids.items[1], "db.1");
	assert_string_equal(ids.items[2], "web");
	assert_null(ids.items[3]);
	for (unsigned i = 0; i < 300; i++) {
		str_fmt(name, sizeof(name), "x%03u", i);
		assert_int_equal(mkdirat(place->root_fd, name, 0700), 0);
	}
	assert_int_equal(store_each(&arena, place->root_fd, &ids, &err), 0);
	assert_int_equal(ids.n, 303);
	assert_string_equal(ids.items[302], "x299");
}

/* --- records ------------------------------------------------------------------------------------ */

static const char *const args[] = { "hook", "", "-", "two words", "100%\n\t\x7f" };
static const char *const env[] = { "A=b", "EMPTY=" };
static const char *const keys[] = { "org.example/a b", "empty" };
static const char *const values[] = { "line 1\nline 2 \xc3\xa4 %41", "" };

static const struct store_cgroup cgroups[] = {
	{ .path = "/sys/fs/cgroup/memory/a b", .controllers = "cpu,cpuacct", .created = true },
	{ .path = "/sys/fs/cgroup/unified/x", .controllers = "", .is_v2 = true },
};

static const struct config_hook poststart[] = {
	{
		.pointer = "/hooks/poststart/0",
		.path = "/usr/bin/hook",
		.args = { .items = args, .n = 5 },
		.has_env = true,
		.env = { .items = env, .n = 2 },
		.timeout_s = 10,
	},
	{ .pointer = "/hooks/poststart/1", .path = "/bin/true" },
};

static const struct config_hook poststop[] = {
	{ .pointer = "/hooks/poststop/0", .path = "/bin/stop", .has_env = true },
};

static const struct store_record full = {
	.id = "web",
	.complete = true,
	.pid = 4242,
	.pid_start_time = UINT64_MAX,
	.creator_pid = 17,
	.creator_start_time = 99,
	.has_pid_ns = true,
	.rootless = true,
	.bundle = "/bundles/with blank",
	.rootfs = "/bundles/with blank/rootfs",
	.created = "2026-11-22T03:32:26.553203107Z",
	.profile = "hardened",
	.rung = "idmapped-directory",
	.ids_base = 0x70000000,
	.unit = "caisson-web.scope",
	.unit_is_user = true,
	.cgroups = cgroups,
	.n_cgroups = 2,
	.annotation_keys = { .items = keys, .n = 2 },
	.annotation_values = { .items = values, .n = 2 },
	.poststart = poststart,
	.n_poststart = 2,
	.poststop = poststop,
	.n_poststop = 1,
};

static void save(int entry_fd, const struct store_record *record)
{
	struct err err = { 0 };

	if (store_save(entry_fd, record, &err) != 0)
		fail_msg("%s", err.msg);
}

static void assert_strings_equal(const struct json_strings *a, const struct json_strings *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_string_equal(a->items[i], b->items[i]);
	if (a->n > 0)
		assert_null(b->items[b->n]);
}

static void assert_hooks_equal(const struct config_hook *a, const struct config_hook *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(a[i].pointer, b[i].pointer);
		assert_string_equal(a[i].path, b[i].path);
		assert_strings_equal(&a[i].args, &b[i].args);
		assert_int_equal(a[i].has_env, b[i].has_env);
		assert_strings_equal(&a[i].env, &b[i].env);
		assert_int_equal(a[i].timeout_s, b[i].timeout_s);
	}
}

static void test_store_load__everything_saved(void **state)
{
	struct place *place = *state;
	_arena_ struct arena arena = { 0 };
	_fd_ int entry = create_entry(place, "web");
	struct store_record record;
	struct err err = { 0 };

	save(entry, &full);
	assert_int_equal(store_load(&arena, entry, "web", &record, &err), 0);
	assert_string_equal(record.id, "web");
	assert_true(record.complete && record.has_pid_ns && record.rootless);
	assert_int_equal(record.pid, 4242);
	assert_true(record.pid_start_time == UINT64_MAX);
	assert_int_equal(record.creator_pid, 17);
	assert_true(record.creator_start_time == 99);
	assert_string_equal(record.bundle, full.bundle);
	assert_string_equal(record.rootfs, full.rootfs);
	assert_string_equal(record.created, full.created);
	assert_string_equal(record.profile, full.profile);
	assert_string_equal(record.rung, full.rung);
	assert_true(record.ids_base == 0x70000000);
	assert_string_equal(record.unit, full.unit);
	assert_true(record.unit_is_user);
	assert_int_equal(record.n_cgroups, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(record.cgroups[i].path, cgroups[i].path);
		assert_int_equal(record.cgroups[i].created, cgroups[i].created);
		assert_string_equal(record.cgroups[i].controllers, cgroups[i].controllers);
		assert_int_equal(record.cgroups[i].is_v2, cgroups[i].is_v2);
	}
	assert_strings_equal(&full.annotation_keys, &record.annotation_keys);
	assert_strings_equal(&full.annotation_values, &record.annotation_values);
	assert_int_equal(record.n_poststart, 2);
	assert_int_equal(record.n_poststop, 1);
	assert_hooks_equal(poststart, record.poststart, 2);
	assert_hooks_equal(poststop, record.poststop, 1);
}

static void test_store_load__nothing_but_an_id(void **state)
{
	const struct store_record bare = { .id = "web" };
	struct place *place = *state;
	_arena_ struct arena arena = { 0 };
	_fd_ int entry = create_entry(place, "web");
	struct store_record record;
	struct err err = { 0 };

	assert_int_equal(store_load(&arena, entry, "web", &record, &err), STORE_ABSENT);
	save(entry, &full);
	save(entry, &bare); /* replaces */
	assert_int_equal(store_load(&arena, entry, "web", &record, &err), 0);
	assert_false(record.complete || record.has_pid_ns || record.rootless);
	assert_int_equal(record.pid, 0);
	assert_null(record.bundle);
	assert_int_equal(record.ids_base, 0);
	assert_int_equal(record.n_cgroups + record.annotation_keys.n + record.n_poststart, 0);
}

static void test_store_save__left_temporary_file(void **state)
{
	struct place *place = *state;
	_arena_ struct arena arena = { 0 };
	_fd_ int entry = create_entry(place, "web");
	struct store_record record;
	struct err err = { 0 };

	save(entry, &full);
	/* killed between link and rename of an earlier save: must not write through it */
	assert_int_equal(linkat(entry, "state", entry, "state.new", 0), 0);
	save(entry, &(struct store_record){ .id = "web", .pid = 5 });
	assert_int_equal(faccessat(entry, "state.new", F_OK, 0), -1);
	assert_int_equal(store_load(&arena, entry, "web", &record, &err), 0);
	assert_int_equal(record.pid, 5);
}

static void test_store_save__too_big(void **state)
{
	struct place *place = *state;
	_fd_ int entry = create_entry(place, "web");
	char *big = malloc(STORE_RECORD_MAX + 1);
	const char *big_values[] = { big };
	struct store_record record = {
		.id = "web",
		.annotation_keys = { .items = keys, .n = 1 },
		.annotation_values = { .items = big_values, .n = 1 },
	};
	struct err err = { 0 };

	assert_non_null(big);
	memset(big, 'x', STORE_RECORD_MAX);
	big[STORE_RECORD_MAX] = '\0';
	assert_int_equal(store_save(entry, &record, &err), -EFBIG);
	assert_int_equal(faccessat(entry, "state", F_OK, 0), -1);
	assert_int_equal(faccessat(entry, "state.new", F_OK, 0), -1);
	big[STORE_RECORD_MAX - 200] = '\0';
	assert_int_equal(store_save(entry, &record, &err), 0);
	free(big);
}

static void expect_damaged(int entry_fd, const char *why)
{
	_arena_ struct arena arena = { 0 };
	struct store_record record;
	struct err err = { 0 };
	char msg[ERR_MSG_MAX];

	str_fmt(msg, sizeof(msg),
		"state of container 'web' is damaged (%s); caisson delete --force web", why);
	assert_int_equal(store_load(&arena, entry_fd, "web", &record, &err), -EBADMSG);
	assert_string_equal(err.msg, msg);
}

/* Any cut, and any change of any one byte, is noticed. */
static void test_store_load__torn(void **state)
{
	struct place *place = *state;
	_fd_ int entry = create_entry(place, "web");
	char text[4096];
	ssize_t len;

	save(entry, &full);
	len = fd_read_at(entry, "state", text, sizeof(text));
	assert_true(len > 100);
	for (size_t n = 0; n < (size_t)len; n++) {
		_arena_ struct arena arena = { 0 };
		struct store_record record;
		struct err err = { 0 };

		write_at(entry, "state", text, n);
		assert_int_equal(store_load(&arena, entry, "web", &record, &err), -EBADMSG);
		text[n] = (char)(text[n] ^ (1 << n % 8));
		write_at(entry, "state", text, (size_t)len);
		assert_int_equal(store_load(&arena, entry, "web", &record, &err), -EBADMSG);
		text[n] = (char)(text[n] ^ (1 << n % 8));
	}
	text[len++] = '\n';
	write_at(entry, "state", text, (size_t)len);
	expect_damaged(entry, "its checksum is wrong");
	write_at(entry, "state", "caisson-state 2\nsomething new and longer than the last line\n",
		60);
	expect_damaged(entry, "another version of caisson wrote it");
	write_at(entry, "state", "{\"id\":\"web\"}                                            \n",
		57);
	expect_damaged(entry, "caisson did not write it");
	write_at(entry, "state", "", 0);
	expect_damaged(entry, "it is cut short");
}

static uint64_t fnv1a(const char *s)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (; *s != '\0'; s++)
		sum = (sum ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return sum;
}

/* A well-formed frame around lines that store_save() never writes. */
static void test_store_load__hostile_lines(void **state)
{
	static const char *const lines[] = {
		"pid -1\n",
		"pid 2147483648\n",
		"pid 1 2\n",
		"pid\n",
		"complete maybe\n",
		"ids-base 4294967296\n",
		"unknown x\n",
		"bundle %zz\n",
		"bundle %00\n",
		"cgroup created v3 /x\n",
		"cgroup created v1 x\n",
		"cgroup created v1\n",
		"annotation x\n",
		"annotation x y z\n",
		"hook prestart /p /x 0 no 0 0\n",
		"hook poststart /p /x 0 no 2 0 a\n",
		"hook poststart /p /x 0 no 524288 524288\n",
		"hook poststart /p /x 0 no 99999999999 0\n",
		"hook poststart /p /x 0 no 0 0 a\n",
		"hook poststart /p x 0 no 0 0\n",
		"hook poststart\n",
		"id other\n",
	};
	struct place *place = *state;
	_fd_ int entry = create_entry(place, "web");

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		_str_buf_ struct str_buf text = { 0 };

		str_buf_fmt(&text, "caisson-state 1\nid web\n%s", lines[i]);
		str_buf_fmt(&text, "end %016llx\n", (unsigned long long)fnv1a(text.data));
		write_at(entry, "state", text.data, text.len);
		expect_damaged(entry, i + 1 == ARRAY_SIZE(lines)
					      ? "it is another container's"
					      : "a line of it is not understood");
	}
}

static void test_store_load__too_many_cgroups(void **state)
{
	struct place *place = *state;
	_fd_ int entry = create_entry(place, "web");
	_str_buf_ struct str_buf text = { 0 };

	str_buf_puts(&text, "caisson-state 1\nid web\n");
	for (unsigned i = 0; i <= STORE_CGROUPS_MAX; i++)
		str_buf_puts(&text, "cgroup joined v1 /x\n");
	str_buf_fmt(&text, "end %016llx\n", (unsigned long long)fnv1a(text.data));
	write_at(entry, "state", text.data, text.len);
	expect_damaged(entry, "a line of it is not understood");
}

/* T-31 */
static void test_store_load__not_ours(void **state)
{
	struct place *place = *state;
	_fd_ int entry = create_entry(place, "web");
	_fd_ int big = -1;

	save(entry, &full);
	assert_int_equal(linkat(entry, "state", entry, "second", 0), 0);
	expect_damaged(entry, "it has a second name");
	assert_int_equal(unlinkat(entry, "second", 0), 0);
	assert_int_equal(fchmodat(entry, "state", 0620, 0), 0);
	expect_damaged(entry, "it can be written by others");
	if (geteuid() == 0) {
		assert_int_equal(fchownat(entry, "state", 1000, 0, 0), 0);
		expect_damaged(entry, "it belongs to another user");
	}
	assert_int_equal(renameat(entry, "state", entry, "moved"), 0);
	assert_int_equal(symlinkat("moved", entry, "state"), 0);
	expect_damaged(entry, "it is a symlink");
	assert_int_equal(unlinkat(entry, "state", 0), 0);
	assert_int_equal(mkfifoat(entry, "state", 0600), 0);
	expect_damaged(entry, "it is not a regular file");
	assert_int_equal(unlinkat(entry, "state", 0), 0);
	big = openat(entry, "state", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(big, STORE_RECORD_MAX + 1), 0);
	expect_damaged(entry, "it is too big");
}

/* --- the start gate ----------------------------------------------------------------------------- */

static void test_store_confine__what_exec_needs(void **state)
{
	struct place *place = *state;
	int entry_fd = create_entry(place, "web"), fd = -1;
	const char plan[] = "not looked at here";
	struct store_confine saved = {
		.namespaces = { { 0x20000, 4026531999 }, { 0x10000000, 7 } },
		.is_limited = true,
		.caps_droppable = 1ULL << 40,
		.plan_size = sizeof(plan),
	};
	struct store_confine out;
	_arena_ struct arena arena = { 0 };
	struct err err;

	assert_int_equal(store_confine_load(&arena, entry_fd, "web", &out, &err), -EBADMSG);
	assert_int_equal(store_confine_begin(entry_fd, plan, sizeof(plan), &fd, &err), 0);
	/* a create that was killed here has left nothing that looks whole */
	assert_int_equal(store_confine_load(&arena, entry_fd, "web", &out, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "caisson delete --force web"));
	assert_int_equal(store_confine_finish(fd, &saved, &err), 0);
	assert_int_equal(store_confine_load(&arena, entry_fd, "web", &out, &err), 0);
	assert_true(out.is_limited);
	assert_int_equal(out.caps_droppable, saved.caps_droppable);
	assert_int_equal(out.plan_size, sizeof(plan));
	assert_memory_equal(out.plan, plan, sizeof(plan));
	assert_int_equal((uintptr_t)out.plan % 8, 0);
	assert_memory_equal(out.namespaces, saved.namespaces, sizeof(out.namespaces));
	close(fd);
	close(entry_fd);
	assert_int_equal(store_remove_entry(place->root_fd, "web", &err), 0);
}

static void test_store_confine__torn(void **state)
{
	struct place *place = *state;
	int entry_fd = create_entry(place, "web"), fd = -1;
	const struct store_confine saved = { .plan_size = 6 };
	const struct store_confine strange[] = {
		{ .plan_size = 6, .namespaces = { { 3, 1 } } },
		{ .plan_size = 6, .namespaces = { { 0x20000, 1ULL << 32 } } },
		{ .plan_size = 6, .namespaces = { { 0x40000, 1 } } },
		{ .plan_size = 7 },
		{ .plan_size = UINT32_MAX },
	};
	struct store_confine out;
	_arena_ struct arena arena = { 0 };
	struct stat st;
	struct err err;

	assert_int_equal(store_confine_begin(entry_fd, "steps", 6, &fd, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(strange); i++) {
		assert_int_equal(store_confine_finish(fd, &strange[i], &err), 0);
		assert_int_equal(store_confine_load(&arena, entry_fd, "web", &out, &err), -EBADMSG);
	}
	assert_int_equal(store_confine_finish(fd, &saved, &err), 0);
	assert_int_equal(store_confine_load(&arena, entry_fd, "web", &out, &err), 0);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t size = st.st_size - 1; size >= 0; size--) {
		assert_int_equal(ftruncate(fd, size), 0);
		assert_int_equal(store_confine_load(&arena, entry_fd, "web", &out, &err), -EBADMSG);
	}
	close(fd);
	close(entry_fd);
	assert_int_equal(store_remove_entry(place->root_fd, "web", &err), 0);
}

static void test_store_gate__life(void **state)
{
	struct place *place = *state;
	_fd_ int entry = create_entry(place, "web");
	_fd_ int waiting = -1, opened = -1;
	struct err err = { 0 };
	char byte = 0;

	assert_false(store_gate_is_waited_at(entry));
	assert_int_equal(store_gate_open(entry, &opened, &err), STORE_ABSENT);
	assert_int_equal(store_gate_create(entry, &waiting, &err), 0);
	assert_true((fcntl(waiting, F_GETFD) & FD_CLOEXEC) != 0);
	assert_true(store_gate_is_waited_at(entry));
	assert_int_equal(store_gate_open(entry, &opened, &err), 0);
	assert_int_equal(write(opened, "0", 1), 1);
	assert_int_equal(read(waiting, &byte, 1), 1);
	assert_int_equal(byte, '0');
	fd_cleanup(&opened);
	assert_int_equal(store_gate_create(entry, &opened, &err), -EEXIST);
	/* nobody waits any more: no hanging */
	fd_cleanup(&waiting);
	assert_false(store_gate_is_waited_at(entry));
	assert_int_equal(store_gate_open(entry, &opened, &err), -ENXIO);
	assert_int_equal(store_gate_remove(entry, &err), 0);
	assert_int_equal(store_gate_remove(entry, &err), 0);
	assert_false(store_gate_is_waited_at(entry));
}

static void test_store_gate__not_a_fifo(void **state)
{
	struct place *place = *state;
	_fd_ int entry = create_entry(place, "web");
	struct err err = { 0 };
	int fd = -1;

	write_at(entry, "start", "", 0);
	assert_int_equal(store_gate_open(entry, &fd, &err), -EBADMSG);
	assert_int_equal(unlinkat(entry, "start", 0), 0);
	assert_int_equal(symlinkat("/dev/null", entry, "start"), 0);
	assert_int_equal(store_gate_open(entry, &fd, &err), -ELOOP);
	assert_int_equal(fd, -1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

/* The owner of each of many containers, as `list` may ask: the user file is no part of the answer. */
static void test_host_user_name__many(void **state)
{
	_arena_ struct arena arena = { .limit_bytes = 1 << 20 };

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		assert_string_equal(host_user_name(&arena, 0), "root");
		assert_string_equal(host_user_name(&arena, 4123456789), "#4123456789");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_store_id_check__grammar),
		TEST(test_store_open_root__made_when_missing),
		TEST(test_store_open_root__open_to_others),
		TEST(test_store_open_root__of_another_user),
		TEST(test_store_open_root__symlink_and_file),
		TEST(test_store_create_entry__locked_and_alone),
		TEST(test_store_create_entry__one_winner),
		TEST(test_store_open_entry__absent_and_strange),
		TEST(test_store_remove_entry__everything),
		TEST(test_store_each__sorted_ids),
		TEST(test_store_load__everything_saved),
		TEST(test_store_load__nothing_but_an_id),
		TEST(test_store_save__left_temporary_file),
		TEST(test_store_save__too_big),
		TEST(test_store_load__torn),
		TEST(test_store_load__hostile_lines),
		TEST(test_store_load__too_many_cgroups),
		TEST(test_store_load__not_ours),
		TEST(test_store_confine__what_exec_needs),
		TEST(test_store_confine__torn),
		TEST(test_store_gate__life),
		TEST(test_store_gate__not_a_fifo),
		TEST(test_host_user_name__many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
