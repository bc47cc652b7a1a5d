/* Id blocks: the pool, order of choice, crashes, exhaustion, parallel claims. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"
#include "host/ids.h"
#include "host/store.h"

#include "base/banned.h"

/* Away from where caisson really has its pool: real containers may run beside this test. */
enum {
	BASE = 0x7f000000,
	SEVERAL = 4,
	PARALLEL = 64
};

struct place {
	char top[64];
	char registry[80];
	char root[80]; /* state root of the containers */
	struct ids_pool pool;
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (place == NULL)
		return -1;
	str_fmt(place->top, sizeof(place->top), "/tmp/test-ids-XXXXXX");
	if (mkdtemp(place->top) == NULL)
		return -1;
	str_fmt(place->registry, sizeof(place->registry), "%s/run/ids", place->top);
	str_fmt(place->root, sizeof(place->root), "%s/root", place->top);
	place->pool = (struct ids_pool){ .user = "caisson" };
	place->pool.blocks.n_ranges = 1;
	place->pool.blocks.ranges[0] =
		(struct facts_id_range){ .first = BASE, .count = SEVERAL * IDS_BLOCK };
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
	free(place);
	return status;
}

/* Claims for @id; gives the number of the block in the pool. */
static unsigned claim(struct place *place, const char *id)
{
	struct ids_claim made = IDS_CLAIM_NONE;
	struct err err = { 0 };

	if (ids_claim(&place->pool, place->registry, place->root, id, &made, &err) != 0)
		fail_msg("%s", err.msg);
	assert_true(made.base >= BASE && made.base % IDS_BLOCK == 0);
	ids_keep(&made);
	return (made.base - BASE) / IDS_BLOCK;
}

static void release(struct place *place, unsigned block, const char *id)
{
	struct err err = { 0 };

	assert_int_equal(
		ids_release(place->registry, BASE + block * IDS_BLOCK, place->root, id, &err), 0);
}

static uint64_t boot_seconds(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &now), 0);
	return (uint64_t)now.tv_sec;
}

/* Makes @block one that was given back @age seconds ago. */
static void age(struct place *place, unsigned block, uint64_t age_s)
{
	char prefix[16], old[128] = "", new[160];
	struct dirent *entry;
	DIR *dir = opendir(place->registry);

	assert_non_null(dir);
	str_fmt(prefix, sizeof(prefix), "%08x.free.", BASE + block * IDS_BLOCK);
	while ((entry = readdir(dir)) != NULL) {
		if (str_starts(entry->d_name, prefix))
			str_fmt(old, sizeof(old), "%s/%s", place->registry, entry->d_name);
	}
	closedir(dir);
	assert_true(old[0] != '\0');
	str_fmt(new, sizeof(new), "%s/%s%llu", place->registry, prefix,
		(unsigned long long)(boot_seconds() - age_s));
	assert_int_equal(rename(old, new), 0);
}

static bool has_file(const struct place *place, const char *name)
{
	char path[128];

	str_fmt(path, sizeof(path), "%s/%s", place->registry, name);
	return access(path, F_OK) == 0;
}

/* --- the pool ----------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
	_fd_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static void test_ids_load_pool__blocks_and_none(void **state)
{
	struct place *place = *state;
	struct ids_pool pool;
	struct err err = { 0 };
	char uids[128], gids[128];

	str_fmt(uids, sizeof(uids), "%s/uid", place->top);
	str_fmt(gids, sizeof(gids), "%s/gid", place->top);
	write_file(uids, "caisson:1879048192:67108864\n");
	assert_int_equal(ids_load_pool("caisson", uids, gids, &pool, &err), -ENOENT);
	assert_non_null(strstr(err.msg, uids));
	assert_non_null(strstr(err.msg, "run: echo caisson:1879048192:67108864 | tee -a "));
	write_file(gids, "caisson:1879048192:67108864\n");
	assert_int_equal(ids_load_pool("caisson", uids, gids, &pool, &err), 0);
	assert_int_equal(pool.blocks.n_ranges, 1);
	assert_int_equal(pool.blocks.ranges[0].first, 0x70000000);
	write_file(gids, "caisson:1879048192\n");
	assert_int_equal(ids_load_pool("caisson", uids, gids, &pool, &err), -EINVAL);
}

static void expect_pool(const struct place *place, const char *user, const char *uid_text,
	const char *gid_text, const char *wanted)
{
	struct ids_pool pool;
	struct err err = { 0 };
	char uids[128], gids[128];
	int r;

	str_fmt(uids, sizeof(uids), "%s/uid", place->top);
	str_fmt(gids, sizeof(gids), "%s/gid", place->top);
	write_file(uids, uid_text);
	write_file(gids, gid_text);
	r = ids_load_pool(user, uids, gids, &pool, &err);
	assert_int_equal(r, wanted != NULL ? 0 : -ENOENT);
	if (wanted == NULL) {
		assert_non_null(strstr(err.msg, user != NULL ? user : "'caisson'"));
		return;
	}
	assert_string_equal(pool.user, wanted);
	assert_int_equal(pool.shared, str_eq(wanted, "containers"));
}

static void test_ids_load_pool__whose(void **state)
{
	const struct place *place = *state;
	static const char podman[] = "containers:1879048192:67108864\n",
			  both[] = "containers:1879048192:65536\ncaisson:1895825408:65536\n",
			  small[] = "containers:1879048192:67108864\ncaisson:1000:2\n";

	expect_pool(place, NULL, podman, podman, "containers");
	expect_pool(place, "containers", both, both, "containers");
	expect_pool(place, NULL, both, both, "caisson");
	/* whoever has lines for caisson is told what is wrong with them */
	expect_pool(place, NULL, small, podman, NULL);
	expect_pool(place, NULL, podman, small, NULL);
	expect_pool(place, "caisson", podman, podman, NULL);
	expect_pool(place, "boxes", both, both, NULL);
	expect_pool(place, NULL, "", "", NULL);
}

/* --- order -------------------------------------------------------------------------------------- */

static void test_ids_claim__never_used_first(void **state)
{
	struct place *place = *state;

	assert_int_equal(claim(place, "a"), 0);
	assert_int_equal(claim(place, "b"), 1);
	release(place, 0, "a");
	age(place, 0, 1000);
	assert_int_equal(claim(place, "c"), 2);
	assert_int_equal(claim(place, "d"), 3);
	assert_int_equal(claim(place, "e"), 0);
}

static void test_ids_claim__freed_longest_ago(void **state)
{
	struct place *place = *state;

	for (unsigned i = 0; i < SEVERAL; i++)
		(void)claim(place, "x");
	for (unsigned i = 0; i < SEVERAL; i++)
		release(place, i, "x");
	age(place, 0, 100);
	age(place, 1, 300);
	age(place, 2, 200);
	assert_int_equal(claim(place, "x"), 1);
	assert_int_equal(claim(place, "x"), 2);
	assert_int_equal(claim(place, "x"), 0);
}

static void test_ids_claim__quarantine_last(void **state)
{
	struct place *place = *state;

	for (unsigned i = 0; i < SEVERAL; i++)
		(void)claim(place, "x");
	for (unsigned i = 0; i < SEVERAL; i++)
		release(place, i, "x");
	age(place, 3, IDS_QUARANTINE_S + 1);
	age(place, 2, IDS_QUARANTINE_S - 10);
	age(place, 1, IDS_QUARANTINE_S - 20);
	assert_int_equal(claim(place, "x"), 3);
	assert_int_equal(claim(place, "x"), 2);
	assert_int_equal(claim(place, "x"), 1);
}

/* A time ahead of us is from before the last boot: long ago. */
static void test_ids_claim__clock_of_an_earlier_boot(void **state)
{
	struct place *place = *state;

	for (unsigned i = 0; i < SEVERAL; i++)
		(void)claim(place, "x");
	release(place, 1, "x");
	release(place, 2, "x");
	age(place, 2, (uint64_t)0 - 100000);
	assert_int_equal(claim(place, "x"), 2);
}

static void test_ids_claim__other_pool_same_registry(void **state)
{
	struct place *place = *state;

	assert_int_equal(claim(place, "x"), 0);
	place->pool.blocks.ranges[0].first += 16 * IDS_BLOCK;
	assert_int_equal(claim(place, "y"), 16);
	place->pool.blocks.ranges[0].first -= 16 * IDS_BLOCK;
	assert_int_equal(claim(place, "z"), 1);
}

/* --- giving back -------------------------------------------------------------------------------- */

static void test_ids_claim_rollback__frees(void **state)
{
	struct place *place = *state;
	struct err err = { 0 };

	{
		_ids_claim_ struct ids_claim made = IDS_CLAIM_NONE;

		assert_int_equal(
			ids_claim(&place->pool, place->registry, place->root, "a", &made, &err), 0);
		assert_true(has_file(place, "7f000000"));
	}
	assert_false(has_file(place, "7f000000"));
	assert_int_equal(claim(place, "b"), 1);
}

static void test_ids_release__only_the_holder(void **state)
{
	struct place *place = *state;
	struct err err = { 0 };

	assert_int_equal(claim(place, "a"), 0);
	release(place, 0, "b");
	assert_int_equal(ids_release(place->registry, BASE, "/elsewhere", "a", &err), 0);
	assert_true(has_file(place, "7f000000"));
	release(place, 1, "a"); /* not claimed at all */
	str_fmt(place->root + strlen(place->root), 4, "/./");
	release(place, 0, "a"); /* the same root in other words */
	assert_false(has_file(place, "7f000000"));
	release(place, 0, "a");
	assert_int_equal(ids_release("/nonexistent/ids", BASE, place->root, "a", &err), 0);
}

static void test_ids_share__until_the_last_one_goes(void **state)
{
	struct place *place = *state;
	unsigned block = claim(place, "a");
	struct ids_share wanted = {
		.base = BASE + block * IDS_BLOCK, .with = "a", .root = place->root, .id = "b"
	};
	struct ids_claim made = IDS_CLAIM_NONE;
	char name[16], also[32];
	struct err err;

	str_fmt(name, sizeof(name), "%08x", wanted.base);
	str_fmt(also, sizeof(also), "%08x.also", wanted.base);
	assert_int_equal(ids_share(place->registry, &wanted, &made, &err), 0);
	ids_keep(&made);
	release(place, block, "stranger");
	assert_true(has_file(place, name) && has_file(place, also));
	release(place, block, "a");
	assert_true(has_file(place, name));
	assert_int_not_equal(claim(place, "x"), block);

	/* the one in the claim is "b" now */
	wanted.id = "c";
	made = (struct ids_claim)IDS_CLAIM_NONE;
	assert_int_equal(ids_share(place->registry, &wanted, &made, &err), -ENOENT);
	assert_int_equal(made.registry_fd, -1);
	wanted.with = "b";
	assert_int_equal(ids_share(place->registry, &wanted, &made, &err), 0);
	ids_claim_rollback(&made);
	assert_int_equal(ids_share(place->registry, &wanted, &made, &err), 0);
	ids_keep(&made);
	release(place, block, "c");
	assert_true(has_file(place, name));
	release(place, block, "b");
	assert_false(has_file(place, name) || has_file(place, also));
}

static void test_ids_release__all_of_a_container(void **state)
{
	struct place *place = *state;
	struct err err = { 0 };

	(void)claim(place, "a");
	(void)claim(place, "b");
	(void)claim(place, "a");
	assert_int_equal(ids_release(place->registry, 0, place->root, "a", &err), 0);
	assert_false(has_file(place, "7f000000"));
	assert_true(has_file(place, "7f010000"));
	assert_false(has_file(place, "7f020000"));
}

/* --- crashes ------------------------------------------------------------------------------------ */

/* Claims in a process that is gone afterwards. */
static void claim_and_die(struct place *place, const char *id)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		(void)claim(place, id);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_ids_claim__stale_claims_last(void **state)
{
	struct place *place = *state;

	claim_and_die(place, "dead");
	for (unsigned i = 1; i < SEVERAL; i++)
		(void)claim(place, "alive");
	release(place, 2, "alive");
	assert_int_equal(claim(place, "x"), 2);
	assert_int_equal(claim(place, "x"), 0);
}

/* The claimer is dead, as always after create; its container's state directory is there. */
static void test_ids_claim__state_directory_holds(void **state)
{
	struct place *place = *state;
	struct store_record record = { .id = "web", .complete = true, .ids_base = BASE };
	_fd_ int root = -1, entry = -1;
	struct err err = { 0 };

	place->pool.blocks.ranges[0].count = IDS_BLOCK;
	claim_and_die(place, "web");
	assert_int_equal(store_open_root(place->root, true, &root, &err), 0);
	assert_int_equal(store_create_entry(root, "web", &entry, &err), 0);
	assert_int_equal(store_save(entry, &record, &err), 0);
	{
		struct ids_claim made = IDS_CLAIM_NONE;

		assert_int_equal(
			ids_claim(&place->pool, place->registry, place->root, "x", &made, &err),
			-EUSERS);
	}
	/* an unfinished record may still be about to name the block */
	record.complete = false;
	record.ids_base = 0;
	assert_int_equal(store_save(entry, &record, &err), 0);
	{
		struct ids_claim made = IDS_CLAIM_NONE;

		assert_int_equal(
			ids_claim(&place->pool, place->registry, place->root, "x", &made, &err),
			-EUSERS);
	}
	/* the same name again, with another block: the old claim is nobody's */
	record.complete = true;
	record.ids_base = BASE + 9 * IDS_BLOCK;
	assert_int_equal(store_save(entry, &record, &err), 0);
	assert_int_equal(claim(place, "x"), 0);
}

static void test_ids_claim__leftovers_of_a_killed_claim(void **state)
{
	struct place *place = *state;
	char path[128], text[256];

	assert_int_equal(claim(place, "a"), 0);
	/* killed before the rename: what the file of a free block says means nothing */
	str_fmt(path, sizeof(path), "%s/7f010000.free.0", place->registry);
	write_file(path, "/root somebody 1 1 and more than a claim is long ...............");
	assert_int_equal(claim(place, "b"), 1);
	release(place, 1, "somebody");
	assert_true(has_file(place, "7f010000"));
	/* an unreadable claim is held by nobody we know: it stays */
	str_fmt(path, sizeof(path), "%s/7f000000", place->registry);
	write_file(path, "x");
	release(place, 0, "a");
	assert_int_equal(claim(place, "c"), 2);
	assert_int_equal(fd_read_at(AT_FDCWD, path, text, sizeof(text)), 1);
	assert_int_equal(claim(place, "d"), 3);
	/* free and claimed at once was none of our doing: the claim is not overwritten */
	str_fmt(path, sizeof(path), "%s/7f000000.free.0", place->registry);
	write_file(path, "");
	{
		struct ids_claim made = IDS_CLAIM_NONE;
		struct err err = { 0 };

		assert_int_equal(
			ids_claim(&place->pool, place->registry, place->root, "x", &made, &err),
			-EUSERS);
		assert_non_null(strstr(err.msg, "4 held by containers"));
	}
	assert_false(has_file(place, "7f000000.free.0"));
}

static void test_ids_claim__foreign_files_ignored(void **state)
{
	static const char *const names[] = { "7f000001", "7f00000", "7f0000000", "7f000000.free.",
		"7f000000.free.x", "7f000000.gone.1", "7f000000x", "README" };
	struct place *place = *state;
	char path[128];

	assert_int_equal(claim(place, "a"), 0);
	release(place, 0, "a");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		str_fmt(path, sizeof(path), "%s/%s", place->registry, names[i]);
		write_file(path, "");
	}
	assert_int_equal(claim(place, "b"), 1);
	assert_int_equal(claim(place, "b"), 2);
	assert_int_equal(claim(place, "b"), 3);
	assert_int_equal(claim(place, "b"), 0);
}

static void test_ids_claim__open_registry_refused(void **state)
{
	struct place *place = *state;
	struct ids_claim made = IDS_CLAIM_NONE;
	struct err err = { 0 };

	(void)claim(place, "a");
	assert_int_equal(chmod(place->registry, 0777), 0);
	assert_int_equal(
		ids_claim(&place->pool, place->registry, place->root, "b", &made, &err), -EPERM);
	assert_int_equal(made.registry_fd, -1);
}

/* --- exhaustion --------------------------------------------------------------------------------- */

static void test_ids_claim__exhausted(void **state)
{
	struct place *place = *state;
	struct ids_claim made = IDS_CLAIM_NONE;
	struct err err = { 0 };

	place->pool.user = "no-such-account";
	place->pool.blocks.ranges[0].count = 6 * IDS_BLOCK;
	for (unsigned i = 0; i < 6; i++) {
		char id[16];

		str_fmt(id, sizeof(id), "web-%u", i);
		assert_int_equal(claim(place, id), i);
	}
	assert_int_equal(ids_claim(&place->pool, place->registry, place->root, "more", &made, &err),
		-EUSERS);
	assert_true(str_starts(err.msg,
		"no free block of 65536 ids: user 'no-such-account' has 6 "
		"from 2130706432 on, 6 held by containers, 0 used outside caisson; "));
	assert_non_null(strstr(err.msg,
		"run: echo no-such-account:2131099648:67108864 | tee -a /etc/subuid /etc/subgid; held: "));
	assert_non_null(strstr(err.msg, "held: 2130706432 by 'web-0' since 20"));
	assert_true(str_ends(err.msg, " and 4 more"));
	assert_int_equal(made.registry_fd, -1);
	/* usermod works for users that exist */
	place->pool.user = "root";
	assert_int_equal(ids_claim(&place->pool, place->registry, place->root, "more", &made, &err),
		-EUSERS);
	assert_non_null(strstr(err.msg, "run: usermod --add-subuids 2131099648-2198208511 "
					"--add-subgids 2131099648-2198208511 root; held: "));
}

/* A process of somebody else in a user namespace with the second block of the pool. */
static pid_t start_stranger(int *input)
{
	static const char map[] = "0 2130771968 65536";
	char path[64], byte = 0;
	int ready[2], done[2];
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(done, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(done[1]);
		if (unshare(CLONE_NEWUSER) < 0)
			_exit(1);
		(void)!write(ready[1], "x", 1);
		(void)!read(done[0], &byte, 1);
		_exit(0);
	}
	assert_true(pid > 0);
	close(ready[1]);
	close(done[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	str_fmt(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	assert_int_equal(fd_write_at(AT_FDCWD, path, map, strlen(map)), 0);
	*input = done[1];
	return pid;
}

static void test_ids_claim__used_by_a_stranger(void **state)
{
	struct place *place = *state;
	struct ids_claim made = IDS_CLAIM_NONE;
	struct err err = { 0 };
	_fd_ int input = -1;
	pid_t pid;

	if (geteuid() != 0)
		skip(); /* only root may give a namespace such a map */
	pid = start_stranger(&input);
	assert_int_equal(claim(place, "a"), 0);
	assert_int_equal(claim(place, "b"), 2);
	assert_int_equal(claim(place, "c"), 3);
	assert_int_equal(
		ids_claim(&place->pool, place->registry, place->root, "d", &made, &err), -EUSERS);
	assert_non_null(strstr(err.msg, "3 held by containers, 1 used outside caisson"));
	fd_cleanup(&input);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(claim(place, "d"), 1);
}

/* --- parallel ----------------------------------------------------------------------------------- */

/* Never returns: a failed assertion must not unwind into the test program of the parent. */
static void claim_twice(struct place *place, int report_fd)
{
	struct ids_claim made[2] = { IDS_CLAIM_NONE, IDS_CLAIM_NONE };
	struct err err = { 0 };

	for (int i = 0; i < 2; i++) {
		uint8_t block;

		if (ids_claim(&place->pool, place->registry, place->root, "x", &made[i], &err) !=
				0 ||
			ids_release(place->registry, made[i].base, place->root, "y", &err) != 0)
			break;
		block = (uint8_t)((made[i].base - BASE) / IDS_BLOCK);
		if (write(report_fd, &block, 1) != 1)
			break;
	}
	if (err.code != 0) {
		(void)!write(2, err.msg, strlen(err.msg));
		(void)!write(report_fd, "\xff", 1); /* no block of the pool */
	}
	pause(); /* a dead claimer's block would be stale */
	_exit(1);
}

/* 64 processes claim at once, all of the pool. Each claims twice and gives one block back as
 * somebody who does not hold it, which must change nothing. */
static void test_ids_claim__parallel(void **state)
{
	struct place *place = *state;
	bool seen[2 * PARALLEL] = { false };
	pid_t pids[PARALLEL];
	int pipes[2];

	place->pool.blocks.ranges[0].count = 2 * PARALLEL * IDS_BLOCK;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	for (int i = 0; i < PARALLEL; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			claim_twice(place, pipes[1]);
		assert_true(pids[i] > 0);
	}
	close(pipes[1]); /* a child that fails ends the reading below */
	for (int i = 0; i < 2 * PARALLEL; i++) {
		uint8_t block = 0;

		assert_int_equal(read(pipes[0], &block, 1), 1);
		assert_true(block < 2 * PARALLEL);
		assert_false(seen[block]);
		seen[block] = true;
	}
	for (int i = 0; i < PARALLEL; i++) {
		assert_int_equal(kill(pids[i], SIGKILL), 0);
		assert_int_equal(waitpid(pids[i], NULL, 0), pids[i]);
	}
	close(pipes[0]);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ids_load_pool__blocks_and_none),
		TEST(test_ids_load_pool__whose),
		TEST(test_ids_claim__never_used_first),
		TEST(test_ids_claim__freed_longest_ago),
		TEST(test_ids_claim__quarantine_last),
		TEST(test_ids_claim__clock_of_an_earlier_boot),
		TEST(test_ids_claim__other_pool_same_registry),
		TEST(test_ids_claim_rollback__frees),
		TEST(test_ids_release__only_the_holder),
		TEST(test_ids_share__until_the_last_one_goes),
		TEST(test_ids_release__all_of_a_container),
		TEST(test_ids_claim__stale_claims_last),
		TEST(test_ids_claim__state_directory_holds),
		TEST(test_ids_claim__leftovers_of_a_killed_claim),
		TEST(test_ids_claim__foreign_files_ignored),
		TEST(test_ids_claim__open_registry_refused),
		TEST(test_ids_claim__exhausted),
		TEST(test_ids_claim__used_by_a_stranger),
		TEST(test_ids_claim__parallel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
