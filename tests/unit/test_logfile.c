/* --log: the form that engines read back, and the files it refuses to append to (T-32). */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/log.h"
#include "cli/logfile.h"
#include "cli/quote.h"

#include "base/banned.h"

enum {
	A_MOMENT = 1795318346
}; /* 2026-11-22T03:32:26Z */

struct place {
	char dir[64];
	char log[96];
	char other[96];
};

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (place == NULL)
		return -1;
	str_fmt(place->dir, sizeof(place->dir), "/tmp/test_logfile.XXXXXX");
	if (mkdtemp(place->dir) == NULL) {
		free(place);
		return -1;
	}
	str_fmt(place->log, sizeof(place->log), "%s/log", place->dir);
	str_fmt(place->other, sizeof(place->other), "%s/other", place->dir);
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;

	unlink(place->log);
	unlink(place->other);
	rmdir(place->dir);
	free(place);
	return 0;
}

static void set_zone(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
}

static void expect_record(bool json, const char *msg, const char *expected)
{
	_str_buf_ struct str_buf out = { 0 };

	cli_log_record(&out, json, "error", msg, A_MOMENT);
	assert_false(out.failed);
	assert_string_equal(out.data, expected);
}

static void test_record__text(void **state)
{
	(void)state;
	set_zone("UTC0");
	expect_record(false, "cannot start an already running container",
		"time=\"2026-11-22T03:32:26Z\" level=error "
		"msg=\"cannot start an already running container\"\n");
	expect_record(false, "exec: \"x\": not found",
		"time=\"2026-11-22T03:32:26Z\" level=error msg=\"exec: \\\"x\\\": not found\"\n");
	expect_record(false, "one-word_/@^+.9",
		"time=\"2026-11-22T03:32:26Z\" level=error msg=one-word_/@^+.9\n");
}

static void test_record__json(void **state)
{
	(void)state;
	set_zone("UTC0");
	expect_record(true, "exec: \"x\":\n\tnot found",
		"{\"level\":\"error\",\"msg\":\"exec: \\\"x\\\":\\n\\tnot found\","
		"\"time\":\"2026-11-22T03:32:26Z\"}\n");
}

static void test_record__zones(void **state)
{
	(void)state;
	set_zone("XXX-5:30");
	expect_record(true, "a",
		"{\"level\":\"error\",\"msg\":\"a\","
		"\"time\":\"2026-11-22T09:02:26+05:30\"}\n");
	set_zone("XXX3:30");
	expect_record(true, "a",
		"{\"level\":\"error\",\"msg\":\"a\","
		"\"time\":\"2026-11-22T00:02:26-03:30\"}\n");
	set_zone("UTC0");
}

static void expect_quoted(
	void (*quote)(struct str_buf *, const char *), const char *text, const char *expected)
{
	_str_buf_ struct str_buf out = { 0 };

	quote(&out, text);
	assert_false(out.failed);
	assert_string_equal(out.data, expected);
}

static void test_quote_go__escapes(void **state)
{
	(void)state;
	expect_quoted(cli_quote_go, "", "\"\"");
	expect_quoted(cli_quote_go, "a\\b\"c", "\"a\\\\b\\\"c\"");
	expect_quoted(cli_quote_go, "\a\b\f\n\r\t\v", "\"\\a\\b\\f\\n\\r\\t\\v\"");
	expect_quoted(cli_quote_go, "\x1b[31m\x7f", "\"\\x1b[31m\\x7f\"");
	expect_quoted(cli_quote_go,
		"gr\xc3\xb6\xc3\x9f"
		"e \xe2\x82\xac \xf0\x9f\x90\x8b",
		"\"gr\xc3\xb6\xc3\x9f"
		"e \xe2\x82\xac \xf0\x9f\x90\x8b\"");
	/* right-to-left override, a private character */
	expect_quoted(cli_quote_go, "\xe2\x80\xae", "\"\\u202e\"");
	expect_quoted(cli_quote_go, "\xf4\x8f\xbf\xbd", "\"\\U0010fffd\"");
}

/* Not UTF-8: a lone byte, a cut sequence, an overlong one, a surrogate, beyond the last one. */
static void test_quote__broken_utf8(void **state)
{
	(void)state;
	expect_quoted(cli_quote_go, "a\xff", "\"a\\xff\"");
	expect_quoted(cli_quote_go, "\xe2\x82", "\"\\xe2\\x82\"");
	expect_quoted(cli_quote_go, "\xc0\xaf", "\"\\xc0\\xaf\"");
	expect_quoted(cli_quote_go, "\xed\xa0\x80", "\"\\xed\\xa0\\x80\"");
	expect_quoted(cli_quote_go, "\xf4\x90\x80\x80", "\"\\xf4\\x90\\x80\\x80\"");
	expect_quoted(cli_quote_json,
		"a\xff"
		"b",
		"\"a\\ufffd"
		"b\"");
	expect_quoted(cli_quote_json, "\xe2\x82", "\"\\ufffd\\ufffd\"");
	expect_quoted(cli_quote_json, "\x80", "\"\\ufffd\"");
}

static void test_quote_json__escapes(void **state)
{
	(void)state;
	expect_quoted(cli_quote_json, "\x01\x1b\x7f", "\"\\u0001\\u001b\\u007f\"");
	expect_quoted(cli_quote_json, "\a\v", "\"\\u0007\\u000b\"");
	expect_quoted(cli_quote_json, "\xe2\x80\xa8", "\"\\u2028\"");
}

static void test_quote_plain__keeps_lines(void **state)
{
	(void)state;
	expect_quoted(cli_quote_plain, "a\tb\nc\\d", "a\tb\nc\\d");
	expect_quoted(cli_quote_plain, "\x1b]0;x\x07", "\\x1b]0;x\\x07");
}

static void read_file(const char *path, char *buf, size_t size)
{
	assert_true(fd_read_at(AT_FDCWD, path, buf, size) >= 0);
}

static void test_open__appends(void **state)
{
	const struct place *place = *state;
	struct err err;
	char text[512];
	struct stat st;

	for (int i = 0; i < 2; i++) {
		_cli_log_ struct cli_log log = CLI_LOG_STDERR;

		assert_int_equal(cli_log_open(&log, place->log, "json", &err), 0);
		assert_true(log.fd >= 0);
		assert_true((fcntl(log.fd, F_GETFD) & FD_CLOEXEC) != 0);
		assert_int_equal(fd_write_all(log.fd, "x\n", 2), 0);
	}
	read_file(place->log, text, sizeof(text));
	assert_string_equal(text, "x\nx\n");
	assert_int_equal(stat(place->log, &st), 0);
	assert_int_equal(st.st_mode & 07133, 0);
}

static void test_open__refuses_symlinks(void **state)
{
	const struct place *place = *state;
	_cli_log_ struct cli_log log = CLI_LOG_STDERR;
	struct err err;
	struct stat st;

	assert_int_equal(symlink(place->other, place->log), 0);
	assert_int_equal(cli_log_open(&log, place->log, "text", &err), -ELOOP);
	assert_non_null(strstr(err.msg, "is a symbolic link"));
	assert_int_equal(log.fd, -1);
	assert_int_equal(stat(place->other, &st), -1); /* nothing was made behind it */
}

static void test_open__refuses_second_names(void **state)
{
	const struct place *place = *state;
	_cli_log_ struct cli_log log = CLI_LOG_STDERR;
	_fd_ int fd = open(place->other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct err err;

	assert_true(fd >= 0);
	assert_int_equal(link(place->other, place->log), 0);
	assert_int_equal(cli_log_open(&log, place->log, "text", &err), -EMLINK);
	assert_int_equal(log.fd, -1);
}

static void test_open__refuses_fifos(void **state)
{
	const struct place *place = *state;
	_cli_log_ struct cli_log log = CLI_LOG_STDERR;
	_fd_ int reader = -1;
	struct err err;

	assert_int_equal(mkfifo(place->log, 0600), 0);
	assert_int_equal(cli_log_open(&log, place->log, "text", &err), -ENXIO);
	reader = open(place->log, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	assert_int_equal(cli_log_open(&log, place->log, "text", &err), -EINVAL);
	assert_non_null(strstr(err.msg, "is not a regular file"));
}

static void test_open__missing_directory(void **state)
{
	_cli_log_ struct cli_log log = CLI_LOG_STDERR;
	struct err err;

	(void)state;
	assert_int_equal(cli_log_open(&log, "/nonexistent/x", "text", &err), -ENOENT);
	assert_string_equal(err.msg, "open log file '/nonexistent/x': no such file or directory");
}

static void test_open__standard_error(void **state)
{
	static const char *const none[] = { NULL, "", "/dev/stderr" };
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		_cli_log_ struct cli_log log = CLI_LOG_STDERR;

		assert_int_equal(cli_log_open(&log, none[i], "text", &err), 0);
		assert_int_equal(log.fd, -1);
	}
}

static void test_open__bad_format(void **state)
{
	const struct place *place = *state;
	_cli_log_ struct cli_log log = CLI_LOG_STDERR;
	struct err err;

	assert_int_equal(cli_log_open(&log, place->log, "xml", &err), -EINVAL);
	assert_string_equal(err.msg, "invalid log-format: xml");
	assert_true(log.fd >= 0); /* so that this error can be recorded */
}

/* Standard error goes to @path while @log reports an error. */
static void report(const struct cli_log *log, const char *path, const char *msg)
{
	_fd_ int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	_fd_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(saved >= 0 && fd >= 0);
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	cli_log_error(log, msg);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
}

static void test_error__record_and_bare_message(void **state)
{
	const struct place *place = *state;
	_cli_log_ struct cli_log log = CLI_LOG_STDERR;
	struct err err;
	char text[512];

	assert_int_equal(cli_log_open(&log, place->log, "json", &err), 0);
	report(&log, place->other, "container does not exist");
	read_file(place->other, text, sizeof(text));
	assert_string_equal(text, "container does not exist\n");
	read_file(place->log, text, sizeof(text));
	assert_true(
		str_starts(text, "{\"level\":\"error\",\"msg\":\"container does not exist\",\""));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one record */
}

static void test_error__without_a_file(void **state)
{
	const struct place *place = *state;
	struct cli_log log = CLI_LOG_STDERR;
	char text[512];

	report(&log, place->other, "container does not exist");
	read_file(place->other, text, sizeof(text));
	assert_true(str_starts(text, "time=\""));
	assert_non_null(strstr(text, " level=error msg=\"container does not exist\"\n"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void test_attach__debug_only(void **state)
{
	const struct place *place = *state;
	_cli_log_ struct cli_log log = CLI_LOG_STDERR;
	struct err err;
	char text[1024];

	assert_int_equal(cli_log_open(&log, place->log, "text", &err), 0);
	cli_log_attach(&log);
	log_warn("a warning");
	read_file(place->log, text, sizeof(text));
	assert_string_equal(text, "");
	log.debug = true;
	cli_log_attach(&log);
	log_debug("seen");
	log_warn("a warning");
	read_file(place->log, text, sizeof(text));
	assert_non_null(strstr(text, " level=debug msg=seen\n"));
	assert_non_null(strstr(text, " level=warning msg=\"a warning\"\n"));
	cli_log_close(&log);
	assert_false(log_enabled(LOG_WARN));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record__text),
		cmocka_unit_test(test_record__json),
		cmocka_unit_test(test_record__zones),
		cmocka_unit_test(test_quote_go__escapes),
		cmocka_unit_test(test_quote__broken_utf8),
		cmocka_unit_test(test_quote_json__escapes),
		cmocka_unit_test(test_quote_plain__keeps_lines),
		TEST(test_open__appends),
		TEST(test_open__refuses_symlinks),
		TEST(test_open__refuses_second_names),
		TEST(test_open__refuses_fifos),
		cmocka_unit_test(test_open__missing_directory),
		cmocka_unit_test(test_open__standard_error),
		TEST(test_open__bad_format),
		TEST(test_error__record_and_bare_message),
		TEST(test_error__without_a_file),
		TEST(test_attach__debug_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
