/* mounts of config.json, and the meaning of each of their options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config_doc.h"

#include "base/banned.h"

/* --- mounts ------------------------------------------------------------------------------------ */

static void test_config_parse__mount(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config_mount *mount;

	(void)state;
	mount = accept(&doc,
		TOP(",\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
		    "{\"destination\":\"a/./b//../../../c/\",\"type\":\"\",\"source\":\"../v\","
		    "\"options\":[\"rbind\"]}]"))
			->mounts;
	assert_int_equal(doc.config.n_mounts, 2);
	assert_string_equal(mount[0].pointer, "/mounts/0");
	assert_string_equal(mount[0].destination, "/proc");
	assert_string_equal(mount[0].type, "proc");
	assert_false(mount[0].options.is_bind || mount[0].options.has_attrs);
	assert_string_equal(mount[1].pointer, "/mounts/1");
	assert_string_equal(mount[1].destination, "/c");
	assert_string_equal(mount[1].source, "../v");
	assert_null(mount[1].type);
	assert_true(mount[1].options.is_bind && mount[1].options.is_recursive);
}

static void test_config_parse__refuses_mounts(void **state)
{
	static const struct refusal cases[] = {
		{ TOP(",\"mounts\":[null]"), "/mounts/0: must be an object" },
		{ TOP(",\"mounts\":[{}]"), "/mounts/0: 'destination' is missing" },
		{ TOP(",\"mounts\":[{\"destination\":\"\"}]"),
			"/mounts/0/destination: must not be empty" },
		{ MOUNT(""), "/mounts/0: 'type' is missing, and it is no bind mount" },
		{ MOUNT(",\"type\":\"bind\",\"source\":\"/s\""),
			"/mounts/0: type 'bind' needs the option 'bind' or 'rbind'" },
		{ MOUNT(",\"options\":[\"bind\"]"), "/mounts/0: a bind mount needs a source" },
		{ MOUNT(",\"type\":\"tmpfs\",\"options\":\"ro\""),
			"/mounts/0/options: must be an array, not a string" },
		{ OPTIONS("1"), "/mounts/0/options/0: must be a string, not a number" },
		{ MOUNT(",\"type\":\"tmpfs\",\"uidMappings\":[{\"containerID\":0,\"hostID\":0,"
			"\"size\":1}]"),
			"/mounts/0: uidMappings and gidMappings must be given together" },
		{ OPTIONS("\"shared,slave,shared,slave,shared,slave,shared,slave,private\""),
			"/mounts/0/options/0: more than 8 propagation options" },
		{ OPTIONS("\"idmap=uids=0-1-1\""),
			"/mounts/0/options/0: uids= and gids= must be given together" },
		{ OPTIONS("\"idmap=\""),
			"/mounts/0/options/0: an idmap has uids= and gids=, not ''" },
		{ OPTIONS("\"idmap=uids=0-1-1;gids=0-1-1;x\""),
			"/mounts/0/options/0: an idmap has uids= and gids=, not 'x'" },
		{ OPTIONS("\"idmap=uids=;gids=0-1-1\""),
			"/mounts/0/options/0: a range of an idmap must be three numbers" },
		{ OPTIONS("\"idmap=uids=0-1;gids=0-1-1\""),
			"/mounts/0/options/0: a range of an idmap must be three numbers" },
		{ OPTIONS("\"idmap=uids=0-1-1-1;gids=0-1-1\""),
			"/mounts/0/options/0: a range of an idmap must be three numbers" },
		{ OPTIONS("\"idmap=uids=0-1-1#;gids=0-1-1\""),
			"/mounts/0/options/0: a range of an idmap must be three numbers" },
		{ OPTIONS("\"idmap=uids=@@0-1-1;gids=0-1-1\""),
			"/mounts/0/options/0: a range of an idmap must be three numbers" },
		{ OPTIONS("\"idmap=uids=0-4294967296-1;gids=0-1-1\""),
			"/mounts/0/options/0: a range of an idmap must be three numbers" },
		{ OPTIONS("\"idmap=uids=0-4294967295-1;gids=0-1-1\""),
			"/mounts/0/options/0: the range goes beyond the last id" },
		{ OPTIONS("\"idmap=uids=0-1-0;gids=0-1-1\""),
			"/mounts/0/options/0: size must not be 0" },
		{ OPTIONS("\"idmap=uids=0-1-5#4-100-1;gids=0-1-1\""),
			"/mounts/0/options/0: ranges 0 and 1 overlap" },
		{ OPTIONS("\"idmap=uids=0-1-5#5-5-1;gids=0-1-1\""),
			"/mounts/0/options/0: ranges 0 and 1 overlap" },
	};

	(void)state;
	expect_refusals(cases, ARRAY_SIZE(cases));
}

static void expect_ranges(const struct config_id_mappings *map, const char *text)
{
	_str_buf_ struct str_buf got = { 0 };

	str_buf_puts(&got, "");
	for (size_t i = 0; i < map->n; i++)
		str_buf_fmt(&got, "%s%s%u-%u-%u", i > 0 ? "#" : "",
			map->items[i].is_relative ? "@" : "", map->items[i].container_id,
			map->items[i].host_id, map->items[i].size);
	assert_string_equal(got.data, text);
}

static void expect_idmap(const char *text, bool recursive, const char *uids, const char *gids)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config_mount *mount = accept(&doc, text)->mounts;

	assert_int_equal(mount->options.idmap_recursive, recursive);
	expect_ranges(&mount->uid_mappings, uids);
	expect_ranges(&mount->gid_mappings, gids);
	assert_int_equal(mount->options.data.n, 0);
}

static void test_mount__idmap(void **state)
{
	_doc_ struct doc doc = { .r = 0 };

	(void)state;
	assert_false(accept(&doc, OPTIONS("\"ro\""))->mounts[0].options.idmap);
	expect_idmap(OPTIONS("\"idmap\""), false, "", "");
	expect_idmap(OPTIONS("\"ridmap\""), true, "", "");
	expect_idmap(OPTIONS("\"ridmap\",\"idmap\""), false, "", "");
	expect_idmap(OPTIONS("\"idmap=uids=0-1-2;gids=3-4-5\""), false, "0-1-2", "3-4-5");
	expect_idmap(OPTIONS("\"ridmap=uids=@0-1-2#2-9-1;gids=@0-0-1\""), true, "@0-1-2#2-9-1",
		"@0-0-1");
	/* they overlap only if they are ids of the same kind */
	expect_idmap(
		OPTIONS("\"idmap=uids=@0-1-2#2-1-1;gids=0-0-1\""), false, "@0-1-2#2-1-1", "0-0-1");
	expect_idmap(MOUNT(",\"type\":\"tmpfs\",\"options\":[\"idmap=uids=7-7-7;gids=7-7-7\"],"
			   "\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":2}],"
			   "\"gidMappings\":[{\"containerID\":3,\"hostID\":4,\"size\":5}]"),
		false, "0-1-2", "3-4-5");
}

static void expect_attrs(const char *text, uint64_t set, uint64_t clr)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config_mount_options *options = &accept(&doc, text)->mounts[0].options;

	if (options->attr_set != set || options->attr_clr != clr)
		fail_msg("%s: set %llx clear %llx", text, (unsigned long long)options->attr_set,
			(unsigned long long)options->attr_clr);
	assert_true(options->has_attrs == (set != 0 || clr != 0));
	assert_int_equal(options->data.n, 0);
}

static void test_mount_options__flags(void **state)
{
	const uint64_t atime = SYS_ATTR_ATIME;

	(void)state;
	expect_attrs(OPTIONS(""), 0, 0);
	expect_attrs(OPTIONS("\"defaults\",\"silent\",\"loud\""), 0, 0);
	expect_attrs(
		OPTIONS("\"ro\",\"nosuid\",\"nodev\",\"noexec\",\"nosymfollow\",\"nodiratime\""),
		SYS_ATTR_RDONLY | SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC |
			SYS_ATTR_NOSYMFOLLOW | SYS_ATTR_NODIRATIME,
		0);
	expect_attrs(OPTIONS("\"rw\",\"suid\",\"dev\",\"exec\",\"symfollow\",\"diratime\""), 0,
		SYS_ATTR_RDONLY | SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC |
			SYS_ATTR_NOSYMFOLLOW | SYS_ATTR_NODIRATIME);
	/* the last one wins */
	expect_attrs(OPTIONS("\"ro\",\"rw\""), 0, SYS_ATTR_RDONLY);
	expect_attrs(OPTIONS("\"rw\",\"ro\""), SYS_ATTR_RDONLY, 0);
	/* one of three modes, where relatime is 0 */
	expect_attrs(OPTIONS("\"noatime\""), SYS_ATTR_NOATIME, atime);
	expect_attrs(OPTIONS("\"noatime\",\"strictatime\""), SYS_ATTR_STRICTATIME, atime);
	expect_attrs(OPTIONS("\"strictatime\",\"relatime\""), 0, atime);
	expect_attrs(OPTIONS("\"atime\""), 0, atime);
	expect_attrs(OPTIONS("\"noatime\",\"atime\""), 0, atime);
	expect_attrs(OPTIONS("\"strictatime\",\"atime\""), SYS_ATTR_STRICTATIME, atime);
	expect_attrs(OPTIONS("\"strictatime\",\"nostrictatime\""), 0, atime);
	expect_attrs(OPTIONS("\"noatime\",\"norelatime\""), SYS_ATTR_NOATIME, atime);
	/* several in one element, as mount(8) takes them */
	expect_attrs(OPTIONS("\"ro,nosuid\",\"\""), SYS_ATTR_RDONLY | SYS_ATTR_NOSUID, 0);
}

static void test_mount_options__recursive_flags(void **state)
{
	static const struct {
		const char *text;
		uint64_t set;
		uint64_t clr;
	} cases[] = {
		{ OPTIONS("\"rro\""), SYS_ATTR_RDONLY, 0 },
		{ OPTIONS("\"rrw\""), 0, SYS_ATTR_RDONLY },
		{ OPTIONS("\"rnosuid\",\"rnodev\""), SYS_ATTR_NOSUID | SYS_ATTR_NODEV, 0 },
		{ OPTIONS("\"rsuid\",\"rdev\""), 0, SYS_ATTR_NOSUID | SYS_ATTR_NODEV },
		{ OPTIONS("\"rnoexec\",\"rnodiratime\",\"rnosymfollow\""),
			SYS_ATTR_NOEXEC | SYS_ATTR_NODIRATIME | SYS_ATTR_NOSYMFOLLOW, 0 },
		{ OPTIONS("\"rexec\",\"rdiratime\",\"rsymfollow\""), 0,
			SYS_ATTR_NOEXEC | SYS_ATTR_NODIRATIME | SYS_ATTR_NOSYMFOLLOW },
		{ OPTIONS("\"rnoatime\""), SYS_ATTR_NOATIME, SYS_ATTR_ATIME },
		{ OPTIONS("\"rstrictatime\""), SYS_ATTR_STRICTATIME, SYS_ATTR_ATIME },
		{ OPTIONS("\"rrelatime\""), 0, SYS_ATTR_ATIME },
		{ OPTIONS("\"rnorelatime\""), 0, SYS_ATTR_ATIME },
		{ OPTIONS("\"ratime\""), 0, SYS_ATTR_ATIME },
		{ OPTIONS("\"rnostrictatime\""), 0, SYS_ATTR_ATIME },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_doc_ struct doc doc = { .r = 0 };
		const struct config_mount_options *options =
			&accept(&doc, cases[i].text)->mounts[0].options;

		assert_true(options->rec_attr_set == cases[i].set);
		assert_true(options->rec_attr_clr == cases[i].clr);
		assert_false(options->has_attrs);
		assert_true(options->attr_set == 0 && options->attr_clr == 0);
	}
}

static void test_mount_options__propagation(void **state)
{
	static const struct {
		const char *text;
		uint64_t flag;
		bool recursive;
	} cases[] = {
		{ OPTIONS("\"ro\""), 0, false },
		{ OPTIONS("\"shared\""), SYS_MS_SHARED, false },
		{ OPTIONS("\"rshared\""), SYS_MS_SHARED, true },
		{ OPTIONS("\"slave\""), SYS_MS_SLAVE, false },
		{ OPTIONS("\"rslave\""), SYS_MS_SLAVE, true },
		{ OPTIONS("\"private\""), SYS_MS_PRIVATE, false },
		{ OPTIONS("\"rprivate\""), SYS_MS_PRIVATE, true },
		{ OPTIONS("\"unbindable\""), SYS_MS_UNBINDABLE, false },
		{ OPTIONS("\"runbindable\""), SYS_MS_UNBINDABLE, true },
	};
	_doc_ struct doc several = { .r = 0 };
	const struct config_mount_options *o;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_doc_ struct doc doc = { .r = 0 };
		const struct config_mount_options *options =
			&accept(&doc, cases[i].text)->mounts[0].options;

		assert_int_equal(options->n_propagations, cases[i].flag != 0);
		assert_true(options->propagations[0].type == cases[i].flag);
		assert_true(options->propagations[0].recursive == cases[i].recursive);
	}
	/* each is applied, in order */
	o = &accept(&several, OPTIONS("\"rshared\",\"slave\",\"shared\""))->mounts[0].options;
	assert_int_equal(o->n_propagations, 3);
	assert_true(o->propagations[0].type == SYS_MS_SHARED && o->propagations[0].recursive);
	assert_true(o->propagations[1].type == SYS_MS_SLAVE && !o->propagations[1].recursive);
	assert_true(o->propagations[2].type == SYS_MS_SHARED && !o->propagations[2].recursive);
}

static void test_mount_options__filesystem(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config_mount_options *options;

	(void)state;
	options = &accept(&doc, OPTIONS("\"sync\",\"dirsync\",\"lazytime\",\"mand\",\"iversion\","
					"\"nomand\",\"async\",\"noiversion\",\"tmpcopyup\","
					"\"mode=755\",\"newinstance\",\"nolazytime\",\"remount\""))
			   ->mounts[0]
			   .options;
	expect_strings(&options->sb_flags, "dirsync");
	expect_strings(&options->data, "mode=755 newinstance");
	assert_true(options->tmpcopyup && options->remount);
	assert_false(options->has_attrs);
}

static void test_mount_options__commas_and_quotes(void **state)
{
	static const struct {
		const char *text;
		const char *data;
	} cases[] = {
		{ OPTIONS("\"size=1k,mode=755\""), "size=1k mode=755" },
		{ OPTIONS("\",,size=1k,\""), "size=1k" },
		{ OPTIONS("\"context=\\\"u:r:t:s0:c1,c2\\\",size=1k\""),
			"context=u:r:t:s0:c1,c2 size=1k" },
		{ OPTIONS("\"context=\\\"a\\\"\""), "context=a" },
		{ OPTIONS("\"context=\\\"\\\"\""), "context=" },
		{ OPTIONS("\"context=\\\"\""), "context=\"" },
		{ OPTIONS("\"context=\\\"a,b\""), "context=\"a,b" },
		{ OPTIONS("\"lowerdir=/a\\\\,b:/c\""), "lowerdir=/a\\,b:/c" },
		{ OPTIONS("\"a\\\\\""), "a\\" },
		{ OPTIONS("\"RO\",\"ro=1\",\"norro\""), "RO ro=1 norro" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_doc_ struct doc doc = { .r = 0 };

		expect_strings(&accept(&doc, cases[i].text)->mounts[0].options.data, cases[i].data);
	}
}

static void test_mount_options__table_is_sorted(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	size_t n = 0;

	(void)state;
	for (const char *name; (name = config_mount_option_name(n)) != NULL; n++) {
		char text[256];

		if (n > 0)
			assert_true(strcmp(config_mount_option_name(n - 1), name) < 0);
		str_fmt(text, sizeof(text),
			"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"mounts\":[{"
			"\"destination\":\"/\",\"type\":\"t\",\"source\":\"s\",\"options\":[\"%s\"]}]}",
			name);
		assert_int_equal(accept(&doc, text)->mounts[0].options.data.n, 0);
	}
	assert_int_equal(n, 62);
	assert_null(config_mount_option_name(SIZE_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config_parse__mount),
		cmocka_unit_test(test_config_parse__refuses_mounts),
		cmocka_unit_test(test_mount__idmap),
		cmocka_unit_test(test_mount_options__flags),
		cmocka_unit_test(test_mount_options__recursive_flags),
		cmocka_unit_test(test_mount_options__propagation),
		cmocka_unit_test(test_mount_options__filesystem),
		cmocka_unit_test(test_mount_options__commas_and_quotes),
		cmocka_unit_test(test_mount_options__table_is_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
