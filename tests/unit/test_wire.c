/* The bridge: what is sent arrives, and what is not a message is refused. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "wire/wire.h"

static int open_pair(void **state)
{
	static int fds[2];
	struct err err;

	*state = fds;
	return wire_pair(fds, &err);
}

static int close_pair(void **state)
{
	int *fds = *state;

	if (fds[0] >= 0)
		close(fds[0]);
	return close(fds[1]);
}

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_wire_send__arrives_with_text_and_code(void **state)
{
	int *fds = *state, fd;
	struct wire_msg msg;
	struct err err;

	assert_int_equal(wire_send(fds[0], WIRE_LOG, 2, "hello", -1, &err), 0);
	assert_int_equal(wire_recv(fds[1], 1000, &msg, &fd, &err), 0);
	assert_int_equal(msg.type, WIRE_LOG);
	assert_int_equal(msg.code, 2);
	assert_string_equal(msg.text, "hello");
	assert_int_equal(fd, -1);
}

static void test_wire_send__without_text_is_empty(void **state)
{
	int *fds = *state, fd;
	struct wire_msg msg;
	struct err err;

	assert_int_equal(wire_send(fds[0], WIRE_READY, 0, NULL, -1, &err), 0);
	assert_int_equal(wire_recv(fds[1], -1, &msg, &fd, &err), 0);
	assert_int_equal(msg.type, WIRE_READY);
	assert_int_equal(msg.len, 0);
	assert_string_equal(msg.text, "");
}

static void test_wire_send__long_text_is_cut(void **state)
{
	int *fds = *state, fd;
	char text[WIRE_TEXT_MAX + 100];
	struct wire_msg msg;
	struct err err;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(wire_send(fds[0], WIRE_LOG, 0, text, -1, &err), 0);
	assert_int_equal(wire_recv(fds[1], 1000, &msg, &fd, &err), 0);
	assert_int_equal(msg.len, WIRE_TEXT_MAX);
	assert_int_equal(strlen(msg.text), WIRE_TEXT_MAX);
}

static void test_wire_send__passes_one_descriptor(void **state)
{
	int *fds = *state, fd, before = count_fds();
	struct wire_msg msg;
	struct stat sent, received;
	struct err err;

	assert_int_equal(wire_send(fds[0], WIRE_CONSOLE, 0, NULL, fds[0], &err), 0);
	assert_int_equal(wire_recv(fds[1], 1000, &msg, &fd, &err), 0);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(fds[0], &sent), 0);
	assert_int_equal(fstat(fd, &received), 0);
	assert_int_equal(sent.st_ino, received.st_ino);
	close(fd);
	assert_int_equal(count_fds(), before);
}

static void test_wire_send__to_nobody_is_epipe(void **state)
{
	int *fds = *state;
	struct err err;

	close(fds[0]);
	fds[0] = -1;
	assert_int_equal(wire_send(fds[1], WIRE_READY, 0, NULL, -1, &err), -EPIPE);
}

static void test_wire_send_err__carries_code_and_text(void **state)
{
	int *fds = *state, fd;
	struct err sent = { .code = -ENOENT, .msg = "exec /x: no such file or directory" }, err;
	struct wire_msg msg;

	wire_send_err(fds[0], &sent);
	assert_int_equal(wire_recv(fds[1], 1000, &msg, &fd, &err), 0);
	assert_int_equal(msg.type, WIRE_ERROR);
	assert_int_equal(msg.code, -ENOENT);
	assert_string_equal(msg.text, sent.msg);
}

static void test_wire_recv__end_of_file(void **state)
{
	int *fds = *state, fd;
	struct wire_msg msg;
	struct err err;

	close(fds[0]);
	fds[0] = -1;
	assert_int_equal(wire_recv(fds[1], 1000, &msg, &fd, &err), WIRE_EOF);
	assert_int_equal(fd, -1);
}

static void test_wire_recv__last_words_of_one_who_did_not_listen(void **state)
{
	int *fds = *state, fd;
	struct wire_msg msg;
	struct err err;

	assert_int_equal(wire_send(fds[1], WIRE_COMMIT, 0, NULL, -1, &err), 0);
	assert_int_equal(wire_send(fds[0], WIRE_ERROR, -EPERM, "why", -1, &err), 0);
	close(fds[0]);
	fds[0] = -1;
	assert_int_equal(wire_recv(fds[1], 1000, &msg, &fd, &err), 0);
	assert_string_equal(msg.text, "why");
	assert_int_equal(wire_recv(fds[1], 1000, &msg, &fd, &err), WIRE_EOF);
}

static void test_wire_recv__timeout(void **state)
{
	int *fds = *state, fd;
	struct wire_msg msg;
	struct err err;

	assert_int_equal(wire_recv(fds[1], 20, &msg, &fd, &err), -ETIMEDOUT);
}

static void expect_bad(const int *fds, const void *data, size_t size)
{
	int fd, before = count_fds();
	struct wire_msg msg;
	struct err err;

	assert_int_equal(send(fds[0], data, size, 0), size);
	assert_int_equal(wire_recv(fds[1], 1000, &msg, &fd, &err), -EBADMSG);
	assert_int_equal(fd, -1);
	assert_int_equal(count_fds(), before);
}

static void test_wire_recv__short_header(void **state)
{
	struct wire_msg msg = { .type = WIRE_READY };

	expect_bad(*state, &msg, 4);
	expect_bad(*state, &msg, offsetof(struct wire_msg, text) - 1);
}

static void test_wire_recv__wrong_length(void **state)
{
	struct wire_msg msg = { .type = WIRE_LOG, .len = 10, .text = "0123456789" };

	expect_bad(*state, &msg, offsetof(struct wire_msg, text) + 9);
	expect_bad(*state, &msg, offsetof(struct wire_msg, text) + 11);
	msg.len = UINT32_MAX;
	expect_bad(*state, &msg, offsetof(struct wire_msg, text) + 10);
}

static void test_wire_recv__oversized(void **state)
{
	struct {
		struct wire_msg msg;
		char more[64];
	} big = { .msg = { .type = WIRE_LOG, .len = WIRE_TEXT_MAX } };

	memset(big.msg.text, 'x', sizeof(big.msg.text));
	expect_bad(*state, &big, sizeof(big));
}

static void test_wire_recv__unknown_type(void **state)
{
	struct wire_msg msg = { .type = WIRE_TYPE_N };

	expect_bad(*state, &msg, offsetof(struct wire_msg, text));
}

static void test_wire_recv__nul_in_text(void **state)
{
	struct wire_msg msg = { .type = WIRE_LOG, .len = 3, .text = { 'a', '\0', 'b' } };

	expect_bad(*state, &msg, offsetof(struct wire_msg, text) + 3);
}

static void send_fds(int sock, const int *passed, size_t n)
{
	struct wire_msg msg = { .type = WIRE_CONSOLE };
	struct iovec part = { .iov_base = &msg, .iov_len = offsetof(struct wire_msg, text) };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE((WIRE_FDS_MAX + 1) * sizeof(int))];
	} control = { 0 };
	struct msghdr head = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&head);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), passed, n * sizeof(int));
	assert_true(sendmsg(sock, &head, 0) > 0);
}

static void test_wire_recv__too_many_descriptors_are_closed(void **state)
{
	int *fds = *state, fd, before = count_fds();
	int passed[8] = { 0, 1, 2, fds[0], fds[1], 0, 1, 2 };
	struct wire_msg msg;
	struct err err;

	for (size_t n = 2; n <= 8; n++) {
		send_fds(fds[0], passed, n);
		assert_int_equal(wire_recv(fds[1], 1000, &msg, &fd, &err), -EBADMSG);
		assert_int_equal(fd, -1);
		assert_int_equal(count_fds(), before);
	}
}

static void test_wire_send_fds__all_arrive(void **state)
{
	int *fds = *state, before = count_fds();
	int sent[WIRE_FDS_MAX], got[WIRE_FDS_MAX];
	struct wire_msg msg;
	struct err err;
	size_t n;

	for (size_t i = 0; i < WIRE_FDS_MAX; i++)
		sent[i] = fds[0];
	assert_int_equal(wire_send_fds(fds[0], WIRE_CGROUPS, sent, WIRE_FDS_MAX, &err), 0);
	assert_int_equal(wire_recv_fds(fds[1], &msg, got, &n, &err), 0);
	assert_int_equal(msg.type, WIRE_CGROUPS);
	assert_int_equal(n, WIRE_FDS_MAX);
	assert_int_equal(count_fds(), before + WIRE_FDS_MAX);
	while (n > 0) {
		assert_int_equal(fcntl(got[--n], F_GETFD), FD_CLOEXEC);
		close(got[n]);
	}
	assert_int_equal(wire_send_fds(fds[0], WIRE_CGROUPS, sent, WIRE_FDS_MAX + 1, &err), -E2BIG);
}

static void test_wire_recv_fds__too_many_are_closed(void **state)
{
	int *fds = *state, before = count_fds(), got[WIRE_FDS_MAX];
	int passed[WIRE_FDS_MAX + 1] = { 0 };
	struct wire_msg msg;
	struct err err;
	size_t n;

	send_fds(fds[0], passed, WIRE_FDS_MAX + 1);
	assert_int_equal(wire_recv_fds(fds[1], &msg, got, &n, &err), -EBADMSG);
	assert_int_equal(n, 0);
	assert_int_equal(count_fds(), before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_pair, close_pair)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wire_send__arrives_with_text_and_code),
		TEST(test_wire_send__without_text_is_empty),
		TEST(test_wire_send__long_text_is_cut),
		TEST(test_wire_send__passes_one_descriptor),
		TEST(test_wire_send__to_nobody_is_epipe),
		TEST(test_wire_send_err__carries_code_and_text),
		TEST(test_wire_send_fds__all_arrive),
		TEST(test_wire_recv_fds__too_many_are_closed),
		TEST(test_wire_recv__end_of_file),
		TEST(test_wire_recv__last_words_of_one_who_did_not_listen),
		TEST(test_wire_recv__timeout),
		TEST(test_wire_recv__short_header),
		TEST(test_wire_recv__wrong_length),
		TEST(test_wire_recv__oversized),
		TEST(test_wire_recv__unknown_type),
		TEST(test_wire_recv__nul_in_text),
		TEST(test_wire_recv__too_many_descriptors_are_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
