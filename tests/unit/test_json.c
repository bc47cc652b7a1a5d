/* JSON in and out: what is accepted, what is refused with which words, and the two layouts. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "config/json.h"

#include "base/banned.h"

static const struct json *parse(struct arena *arena, const char *text)
{
	const struct json *root = NULL;
	struct err err = { 0 };

	if (json_parse(arena, text, strlen(text), &root, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	return root;
}

static void expect_error(const char *text, size_t len, int code, const char *msg)
{
	_arena_ struct arena arena = { 0 };
	const struct json *root = NULL;
	struct err err = { 0 };

	assert_int_equal(json_parse(&arena, text, len, &root, &err), code);
	assert_int_equal(err.code, code);
	assert_string_equal(err.msg, msg);
	assert_null(root);
}

/* --- json_parse -------------------------------------------------------------------------------- */

static void test_json_parse__tree(void **state)
{
	_arena_ struct arena arena = { 0 };
	const struct json *root, *node;

	(void)state;
	root = parse(&arena, " {\"a\": [1, -2.5e3, \"x\\ny\", true, false, null], \"b\": {}} \n");
	assert_int_equal(root->type, JSON_OBJECT);
	assert_int_equal(root->n_children, 2);
	assert_null(root->parent);
	node = json_get(root, "a");
	assert_int_equal(node->type, JSON_ARRAY);
	assert_int_equal(node->n_children, 6);
	node = node->first;
	assert_string_equal(node->text, "1");
	assert_null(node->key);
	node = node->next;
	assert_int_equal(node->type, JSON_NUMBER);
	assert_string_equal(node->text, "-2.5e3");
	node = node->next;
	assert_string_equal(node->text, "x\ny");
	node = node->next;
	assert_true(node->boolean);
	node = node->next;
	assert_int_equal(node->type, JSON_BOOL);
	assert_false(node->boolean);
	node = node->next;
	assert_int_equal(node->type, JSON_NULL);
	assert_int_equal(node->index, 5);
	assert_null(node->next);
	assert_int_equal(json_get(root, "b")->n_children, 0);
}

/* Only where it was asked for: a config.json is what others have to read, too. */
static void test_json_parse__comments(void **state)
{
	static const char *const texts[] = { "// a\n{}", "{} // a", "{/* a */}", "{}/**/",
		"{\"a\": // b\n 1}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_arena_ struct arena arena = { 0 };
		const struct json *root = NULL;
		struct err err;

		assert_int_equal(
			json_parse(&arena, texts[i], strlen(texts[i]), &root, &err), -EINVAL);
		assert_null(root);
		assert_int_equal(
			json_parse_commented(&arena, texts[i], strlen(texts[i]), &root, &err), 0);
		assert_int_equal(root->type, JSON_OBJECT);
	}
}

static void test_json_parse__strings(void **state)
{
	static const struct {
		const char *text;
		const char *value;
	} cases[] = {
		{ "\"\"", "" },
		{ "\"\\u0041\\/\\\\\\\"\"", "A/\\\"" },
		{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
		{ "\"\\\\ud800\"", "\\ud800" },
		{ "\"\xc3\xa4\xe2\x82\xac\xf4\x8f\xbf\xbf\"",
			"\xc3\xa4\xe2\x82\xac\xf4\x8f\xbf\xbf" },
		{ "\"\\b\\f\\n\\r\\t\"", "\b\f\n\r\t" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_arena_ struct arena arena = { 0 };

		assert_string_equal(parse(&arena, cases[i].text)->text, cases[i].value);
	}
}

static void test_json_parse__refuses_broken_text(void **state)
{
	static const struct {
		const char *text;
		const char *msg;
	} cases[] = {
		{ "", "line 1, column 1: parse error: premature EOF" },
		{ "{\"a\":", "line 1, column 6: parse error: premature EOF" },
		{ "[\n\n  tru]", "line 3, column 5: lexical error: invalid string in json text" },
		{ "{} {}", "line 1, column 4: parse error: trailing garbage" },
		{ "[1,]",
			"line 1, column 4: parse error: unallowed token at this point in JSON text" },
		{ "[01]",
			"line 1, column 3: parse error: after array element, I expect ',' or ']'" },
		{ "\xef\xbb\xbf{}", "line 1, column 1: byte order mark" },
		{ "[\"\xc0\x80\"]", "line 1, column 3: not UTF-8" },
		{ "[\"\xed\xa0\x80\"]", "line 1, column 3: not UTF-8" },
		{ "[\"\xf4\x90\x80\x80\"]", "line 1, column 3: not UTF-8" },
		{ "[\"\xe2\x82\"]", "line 1, column 3: not UTF-8" },
		{ "[\"12345678\xff\"]", "line 1, column 11: not UTF-8" },
		{ "[\"a\\u0000\"]", "line 1, column 4: NUL character in a string" },
		{ "[\"\\ud800\"]", "line 1, column 3: half of a surrogate pair in a string" },
		{ "[\"\\ud800\\u0041\"]",
			"line 1, column 3: half of a surrogate pair in a string" },
		{ "[\"\\udc00\"]", "line 1, column 3: half of a surrogate pair in a string" },
		{ "[\"\\ud83d\\ude00\\ud83d\"]",
			"line 1, column 15: half of a surrogate pair in a string" },
		{ "{\"a\":{\"b\":1,\"c\":2,\"b\":3}}", "/a/b: duplicate key" },
		{ "{\"a\":1,\"\\u0061\":2}", "/a: duplicate key" },
		{ "{\"\":1,\"\":2}", "/: duplicate key" },
		{ "// no\n1",
			"line 1, column 1: lexical error: probable comment found in input text, "
			"comments are not enabled" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_error(cases[i].text, strlen(cases[i].text), -EINVAL, cases[i].msg);
	/* a NUL byte is no end of the text */
	expect_error("[1]\0[2]", 7, -EINVAL, "line 1, column 4: parse error: trailing garbage");
	expect_error(
		"[1\0]", 4, -EINVAL, "line 1, column 3: lexical error: invalid char in json text");
}

static void test_json_parse__depth(void **state)
{
	_arena_ struct arena arena = { 0 };
	char text[2 * JSON_DEPTH_MAX + 3];

	(void)state;
	memset(text, '[', JSON_DEPTH_MAX);
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	text[2 * JSON_DEPTH_MAX] = '\0';
	assert_int_equal(parse(&arena, text)->type, JSON_ARRAY);
	memset(text, '[', JSON_DEPTH_MAX + 1);
	expect_error(text, sizeof(text) - 3, -EFBIG, "nested deeper than 64 levels");
}

/* {"k0":0,"k1":0, ... } with one more key at the end */
static char *object_text(unsigned n_keys, const char *last)
{
	_str_buf_ struct str_buf text = { 0 };
	char *copy;

	str_buf_puts(&text, "{");
	for (unsigned i = 0; i < n_keys; i++)
		str_buf_fmt(&text, "\"k%u\":0,", i);
	str_buf_fmt(&text, "\"%s\":0}", last);
	assert_false(text.failed);
	copy = strdup(text.data);
	assert_non_null(copy);
	return copy;
}

static void test_json_parse__many_keys(void **state)
{
	static const unsigned counts[] = { 1, 7, 8, 9, 31, 32, 33, 1000, JSON_KEYS_MAX - 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		_arena_ struct arena arena = { 0 };
		char *good = object_text(counts[i], "last");
		char *bad = object_text(counts[i], "k0");

		assert_int_equal(parse(&arena, good)->n_children, counts[i] + 1);
		expect_error(bad, strlen(bad), -EINVAL, "/k0: duplicate key");
		free(good);
		free(bad);
	}
}

static void test_json_parse__too_many_keys(void **state)
{
	char *text = object_text(JSON_KEYS_MAX, "last");

	(void)state;
	expect_error(text, strlen(text), -EFBIG, "document: more than 65536 keys");
	free(text);
}

/* The table of keys is used again: an object must not see the keys of the one before. */
static void test_json_parse__same_keys_in_siblings(void **state)
{
	_arena_ struct arena arena = { 0 };
	_str_buf_ struct str_buf text = { 0 };
	char *object = object_text(20, "last");

	(void)state;
	str_buf_fmt(&text, "[%s,%s]", object, object);
	assert_int_equal(parse(&arena, text.data)->n_children, 2);
	free(object);
}

static void test_json_parse__size_limit(void **state)
{
	char *text = malloc(JSON_TEXT_MAX + 1);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', JSON_TEXT_MAX + 1);
	text[0] = '1';
	expect_error(text, JSON_TEXT_MAX + 1, -EFBIG, "larger than 8388608 bytes");
	free(text);
}

/* T-28: the worst that fits into the limits is refused, in bounded memory. */
static void test_json_parse__memory_limit(void **state)
{
	_arena_ struct arena arena = { 0 };
	char *text = malloc(JSON_TEXT_MAX);
	const struct json *root = NULL;
	struct err err = { 0 };

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < JSON_TEXT_MAX; i += 2)
		memcpy(text + i, "0,", 2);
	text[0] = '[';
	text[1] = ' ';
	text[JSON_TEXT_MAX - 1] = ']';
	assert_int_equal(json_parse(&arena, text, JSON_TEXT_MAX, &root, &err), -ENOMEM);
	assert_true(arena.used <= ARENA_LIMIT_DEFAULT);
	free(text);
}

/* --- pointers and typed reads ------------------------------------------------------------------ */

static void test_json_pointer__escapes(void **state)
{
	_arena_ struct arena arena = { 0 };
	const struct json *root = parse(&arena, "{\"a/b~c\":[0,{\"\":1}]}");
	char buf[JSON_POINTER_MAX];
	const struct json *node = json_get(root, "a/b~c")->first->next;

	(void)state;
	assert_string_equal(json_pointer(root, buf, sizeof(buf)), "");
	assert_string_equal(json_pointer(node, buf, sizeof(buf)), "/a~1b~0c/1");
	assert_string_equal(json_pointer(node->first, buf, sizeof(buf)), "/a~1b~0c/1/");
}

static void test_json_pointer__cut(void **state)
{
	_arena_ struct arena arena = { 0 };
	const struct json *root = parse(&arena, "{\"abcdefgh\":{\"~~~~\":1}}");
	const struct json *node = root->first->first;

	(void)state;
	for (size_t size = 1; size < 20; size++) {
		char buf[32];

		memset(buf, '#', sizeof(buf));
		assert_true(strlen(json_pointer(node, buf, size)) < size);
		assert_int_equal(buf[size], '#');
	}
}

static void test_json_err__text(void **state)
{
	_arena_ struct arena arena = { 0 };
	const struct json *root = parse(&arena, "{\"a\\u001b\":[0]}");
	struct err err;

	(void)state;
	assert_int_equal(json_err(&err, root->first->first, "bad %s", "thing"), -EINVAL);
	assert_string_equal(err.msg, "/a\\x1b/0: bad thing");
	json_err(&err, root, "bad");
	assert_string_equal(err.msg, "document: bad");
}

static void test_json_get__absent_and_null(void **state)
{
	_arena_ struct arena arena = { 0 };
	const struct json *root = parse(&arena, "{\"a\":null,\"b\":1}");

	(void)state;
	assert_null(json_get(root, "a"));
	assert_null(json_get(root, "c"));
	assert_null(json_get(root, "B"));
	assert_null(json_get(NULL, "a"));
	assert_null(json_get(json_get(root, "b"), "a"));
	assert_non_null(json_get(root, "b"));
}

static void test_json_read__absent_keeps_default(void **state)
{
	const char *text = "default";
	struct json_strings list = { .n = 7 };
	struct arena arena = { 0 };
	uint64_t natural = 3;
	uint32_t small = 4;
	int64_t number = -5;
	bool flag = true;
	struct err err;

	(void)state;
	assert_int_equal(json_read_string(NULL, &text, &err), 0);
	assert_int_equal(json_read_bool(NULL, &flag, &err), 0);
	assert_int_equal(json_read_u64(NULL, 1, &natural, &err), 0);
	assert_int_equal(json_read_u32(NULL, &small, &err), 0);
	assert_int_equal(json_read_i64(NULL, 0, 1, &number, &err), 0);
	assert_int_equal(json_read_strings(NULL, &arena, &list, &err), 0);
	assert_string_equal(text, "default");
	assert_true(flag && natural == 3 && small == 4 && number == -5 && list.n == 7);
}

static void test_json_read_u64__exact(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		bool ok;
		uint64_t value;
	} cases[] = {
		{ "0", 0, true, 0 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, false, 0 },
		{ "9007199254740993", UINT64_MAX, true, 9007199254740993 },
		{ "4294967295", UINT32_MAX, true, UINT32_MAX },
		{ "4294967296", UINT32_MAX, false, 0 },
		{ "-1", UINT64_MAX, false, 0 },
		{ "-0", UINT64_MAX, false, 0 },
		{ "1.0", UINT64_MAX, false, 0 },
		{ "1e3", UINT64_MAX, false, 0 },
		{ "1e400", UINT64_MAX, false, 0 },
		{ "\"1\"", UINT64_MAX, false, 0 },
		{ "true", UINT64_MAX, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_arena_ struct arena arena = { 0 };
		const struct json *node = parse(&arena, cases[i].text);
		uint64_t value = 77;
		struct err err;
		int r = json_read_u64(node, cases[i].max, &value, &err);

		assert_int_equal(r, cases[i].ok ? 0 : -EINVAL);
		assert_true(value == (cases[i].ok ? cases[i].value : 77));
	}
}

static void test_json_read_i64__range(void **state)
{
	_arena_ struct arena arena = { 0 };
	const struct json *root =
		parse(&arena, "[-9223372036854775808,9223372036854775807,9223372036854775808,-6]");
	const struct json *node = root->first;
	int64_t value = 0;
	struct err err;

	(void)state;
	assert_int_equal(json_read_i64(node, INT64_MIN, INT64_MAX, &value, &err), 0);
	assert_true(value == INT64_MIN);
	node = node->next;
	assert_int_equal(json_read_i64(node, INT64_MIN, INT64_MAX, &value, &err), 0);
	assert_true(value == INT64_MAX);
	node = node->next;
	assert_int_equal(json_read_i64(node, INT64_MIN, INT64_MAX, &value, &err), -EINVAL);
	node = node->next;
	assert_int_equal(json_read_i64(node, -5, 5, &value, &err), -EINVAL);
	assert_string_equal(err.msg, "/3: -6 is not an integer from -5 to 5");
}

static void test_json_read__wrong_types(void **state)
{
	_arena_ struct arena arena = { 0 };
	const struct json *root = parse(&arena, "{\"s\":\"x\",\"n\":1,\"l\":[\"a\",null]}");
	struct json_strings list = { 0 };
	const char *text;
	struct err err;
	bool flag;

	(void)state;
	assert_int_equal(json_read_string(json_get(root, "n"), &text, &err), -EINVAL);
	assert_string_equal(err.msg, "/n: must be a string, not a number");
	assert_int_equal(json_read_bool(json_get(root, "s"), &flag, &err), -EINVAL);
	assert_string_equal(err.msg, "/s: must be a boolean, not a string");
	assert_int_equal(json_read_strings(json_get(root, "s"), &arena, &list, &err), -EINVAL);
	assert_string_equal(err.msg, "/s: must be an array, not a string");
	assert_int_equal(json_read_strings(json_get(root, "l"), &arena, &list, &err), -EINVAL);
	assert_string_equal(err.msg, "/l/1: must be a string, not null");
	assert_int_equal(list.n, 0);
}

static void test_json_read_strings__terminated(void **state)
{
	_arena_ struct arena arena = { 0 };
	struct json_strings list = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(
		json_read_strings(parse(&arena, "[\"a\",\"\",\"b\"]"), &arena, &list, &err), 0);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.items[2], "b");
	assert_null(list.items[3]);
	assert_int_equal(json_read_strings(parse(&arena, "[]"), &arena, &list, &err), 0);
	assert_int_equal(list.n, 0);
	assert_null(list.items[0]);
}

/* --- json_load --------------------------------------------------------------------------------- */

struct folder {
	char path[32];
	int fd;
};

static void folder_open(struct folder *folder)
{
	memcpy(folder->path, "/tmp/test_json.XXXXXX", 22);
	assert_non_null(mkdtemp(folder->path));
	folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder->fd >= 0);
}

static void folder_close(struct folder *folder)
{
	unlinkat(folder->fd, "f", 0);
	close(folder->fd);
	assert_int_equal(rmdir(folder->path), 0);
}

static void write_file(const struct folder *folder, const char *text, off_t size)
{
	int fd = openat(folder->fd, "f", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	if (size > 0)
		assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

static int load(const struct folder *folder, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	const struct json *root = NULL;

	return json_load(&arena, folder->fd, "f", &root, err);
}

static void test_json_load__files(void **state)
{
	struct folder folder;
	struct err err;

	(void)state;
	folder_open(&folder);
	assert_int_equal(load(&folder, &err), -ENOENT);
	assert_string_equal(err.msg, "open 'f': no such file or directory");
	write_file(&folder, "{\"a\":1}\n", 0);
	assert_int_equal(load(&folder, &err), 0);
	write_file(&folder, "{\"a\":1\n", 0);
	assert_int_equal(load(&folder, &err), -EINVAL);
	assert_true(str_starts(err.msg, "f: line 2, column 1: "));
	write_file(&folder, "", 0);
	assert_int_equal(load(&folder, &err), -EINVAL);
	write_file(&folder, "1", JSON_TEXT_MAX + 1);
	assert_int_equal(load(&folder, &err), -EFBIG);
	folder_close(&folder);
}

static void test_json_load__only_regular_files(void **state)
{
	struct folder folder;
	struct err err;

	(void)state;
	folder_open(&folder);
	assert_int_equal(mkfifoat(folder.fd, "f", 0600), 0);
	assert_int_equal(load(&folder, &err), -EINVAL);
	assert_string_equal(err.msg, "'f' is not a regular file");
	folder_close(&folder);
}

/* --- json_out ---------------------------------------------------------------------------------- */

static void write_sample(struct json_out *out)
{
	json_out_object(out, NULL);
	json_out_string(out, "s", "a\"b\\c\n<&>\x01");
	json_out_i64(out, "i", INT64_MIN);
	json_out_u64(out, "u", UINT64_MAX);
	json_out_bool(out, "t", true);
	json_out_null(out, "n");
	json_out_array(out, "empty");
	json_out_end(out);
	json_out_object(out, "none");
	json_out_end(out);
	json_out_array(out, "list");
	json_out_u64(out, NULL, 1);
	json_out_object(out, NULL);
	json_out_bool(out, "f", false);
	json_out_end(out);
	json_out_array(out, NULL);
	json_out_end(out);
	json_out_end(out);
	json_out_end(out);
}

static void expect_text(struct json_out *out, const char *text)
{
	const char *written;
	size_t len = 0;

	written = json_out_text(out, &len);
	assert_non_null(written);
	assert_string_equal(written, text);
	assert_int_equal(len, strlen(text));
}

static void test_json_out__compact(void **state)
{
	_json_out_ struct json_out *out = json_out_new("");

	(void)state;
	write_sample(out);
	expect_text(out,
		"{\"s\":\"a\\\"b\\\\c\\n<&>\\u0001\",\"i\":-9223372036854775808,"
		"\"u\":18446744073709551615,\"t\":true,\"n\":null,\"empty\":[],\"none\":{},"
		"\"list\":[1,{\"f\":false},[]]}");
}

static void test_json_out__pretty(void **state)
{
	_json_out_ struct json_out *out = json_out_new("  ");

	(void)state;
	write_sample(out);
	expect_text(out, "{\n"
			 "  \"s\": \"a\\\"b\\\\c\\n<&>\\u0001\",\n"
			 "  \"i\": -9223372036854775808,\n"
			 "  \"u\": 18446744073709551615,\n"
			 "  \"t\": true,\n"
			 "  \"n\": null,\n"
			 "  \"empty\": [],\n"
			 "  \"none\": {},\n"
			 "  \"list\": [\n"
			 "    1,\n"
			 "    {\n"
			 "      \"f\": false\n"
			 "    },\n"
			 "    []\n"
			 "  ]\n"
			 "}");
}

static void test_json_out__scalars_and_empty(void **state)
{
	_json_out_ struct json_out *text = json_out_new("    ");
	_json_out_ struct json_out *object = json_out_new("    ");
	_json_out_ struct json_out *array = json_out_new("");

	(void)state;
	json_out_string(text, NULL, "x");
	expect_text(text, "\"x\"");
	json_out_object(object, NULL);
	json_out_end(object);
	expect_text(object, "{}");
	json_out_array(array, NULL);
	json_out_end(array);
	expect_text(array, "[]");
}

static void test_json_out__broken_utf8(void **state)
{
	_json_out_ struct json_out *out = json_out_new("");

	(void)state;
	json_out_object(out, NULL);
	json_out_string(out, "k\xff", "a\xc3\xa4\xed\xa0\x80z\xe2\x82");
	json_out_end(out);
	expect_text(out, "{\"k\xef\xbf\xbd\":\"a\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz"
			 "\xef\xbf\xbd\xef\xbf\xbd\"}");
}

static void test_json_out__survives_a_round_trip(void **state)
{
	_json_out_ struct json_out *out = json_out_new("\t");
	_arena_ struct arena arena = { 0 };
	size_t len = 0;

	(void)state;
	write_sample(out);
	assert_string_equal(
		json_get(parse(&arena, json_out_text(out, &len)), "s")->text, "a\"b\\c\n<&>\x01");
}

static void test_json_out__misuse(void **state)
{
	_json_out_ struct json_out *open = json_out_new("");
	_json_out_ struct json_out *keyless = json_out_new("");
	_json_out_ struct json_out *twice = json_out_new("");
	_json_out_ struct json_out *deep = json_out_new("");
	size_t len = 0;

	(void)state;
	json_out_object(open, NULL);
	assert_null(json_out_text(open, &len)); /* not finished */
	json_out_object(keyless, NULL);
	json_out_null(keyless, NULL);
	json_out_end(keyless);
	assert_null(json_out_text(keyless, &len));
	json_out_null(twice, NULL);
	json_out_null(twice, NULL);
	assert_null(json_out_text(twice, &len));
	for (int i = 0; i <= JSON_DEPTH_MAX; i++)
		json_out_array(deep, NULL);
	for (int i = 0; i <= JSON_DEPTH_MAX; i++)
		json_out_end(deep);
	assert_null(json_out_text(deep, &len));
	json_out_null(NULL, NULL);
	json_out_end(NULL);
	assert_null(json_out_text(NULL, &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_parse__tree),
		cmocka_unit_test(test_json_parse__comments),
		cmocka_unit_test(test_json_parse__strings),
		cmocka_unit_test(test_json_parse__refuses_broken_text),
		cmocka_unit_test(test_json_parse__depth),
		cmocka_unit_test(test_json_parse__many_keys),
		cmocka_unit_test(test_json_parse__too_many_keys),
		cmocka_unit_test(test_json_parse__same_keys_in_siblings),
		cmocka_unit_test(test_json_parse__size_limit),
		cmocka_unit_test(test_json_parse__memory_limit),
		cmocka_unit_test(test_json_pointer__escapes),
		cmocka_unit_test(test_json_pointer__cut),
		cmocka_unit_test(test_json_err__text),
		cmocka_unit_test(test_json_get__absent_and_null),
		cmocka_unit_test(test_json_read__absent_keeps_default),
		cmocka_unit_test(test_json_read_u64__exact),
		cmocka_unit_test(test_json_read_i64__range),
		cmocka_unit_test(test_json_read__wrong_types),
		cmocka_unit_test(test_json_read_strings__terminated),
		cmocka_unit_test(test_json_load__files),
		cmocka_unit_test(test_json_load__only_regular_files),
		cmocka_unit_test(test_json_out__compact),
		cmocka_unit_test(test_json_out__pretty),
		cmocka_unit_test(test_json_out__scalars_and_empty),
		cmocka_unit_test(test_json_out__broken_utf8),
		cmocka_unit_test(test_json_out__survives_a_round_trip),
		cmocka_unit_test(test_json_out__misuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
