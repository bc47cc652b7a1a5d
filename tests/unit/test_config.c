/* config.json as typed data: top level, process, hooks, files, and the tables of names. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "config_doc.h"

#include "base/banned.h"

/* --- the top level ----------------------------------------------------------------------------- */

static void test_config_parse__smallest(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config *config = accept(&doc, TOP(""));

	(void)state;
	assert_string_equal(config->oci_version, "1.2.0");
	assert_string_equal(config->root_path, "rootfs");
	assert_false(config->root_readonly || config->has_process || config->resources.present);
	assert_null(config->hostname);
	assert_null(config->seccomp);
	assert_int_equal(config->n_mounts + config->n_unsupported + config->n_devices, 0);
}

static void test_config_parse__versions(void **state)
{
	static const char *const good[] = { "1.0.0", "1.0.2-dev", "1.3.0", "1.99.0",
		"1.0.0-rc.1+b.007", "1.2.3-0a.-.x" };
	static const char *const bad[] = { "", "1", "1.0", "1.0.0.0", "01.0.0", "1.00.0", "1.0.0-",
		"1.0.0-01", "1.0.0-a..b", "1.0.0+", "1.0.0 ", "v1.0.0", "1.0.0-\\u00e4", "invalid",
		"0.9.0", "2.0.0", "10.0.0" };
	_doc_ struct doc doc = { .r = 0 };
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		str_fmt(text, sizeof(text), "{\"ociVersion\":\"%s\",\"root\":{\"path\":\"r\"}}",
			good[i]);
		accept(&doc, text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		str_fmt(text, sizeof(text), "{\"ociVersion\":\"%s\",\"root\":{\"path\":\"r\"}}",
			bad[i]);
		parse(&doc, text);
		assert_int_equal(doc.r, -EINVAL);
		assert_true(str_starts(doc.err.msg, "/ociVersion: "));
	}
}

static void test_config_parse__refuses_top_level(void **state)
{
	static const struct refusal cases[] = {
		{ "[]", "document: must be an object" },
		{ "{}", "document: 'ociVersion' is missing" },
		{ "{\"ociVersion\":1}", "/ociVersion: must be a string, not a number" },
		{ "{\"ociVersion\":\"2.0.0\"}",
			"/ociVersion: version '2.0.0' is not supported, only 1.x is" },
		{ "{\"ociVersion\":\"1.0.0\"}", "document: 'root' is missing" },
		{ "{\"ociVersion\":\"1.0.0\",\"root\":{}}", "/root: 'path' is missing" },
		{ "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"\"}}",
			"/root/path: must not be empty" },
		{ "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\",\"readonly\":1}}",
			"/root/readonly: must be a boolean, not a number" },
		{ TOP(",\"hostname\":5"), "/hostname: must be a string, not a number" },
		{ TOP(",\"hostname\":\"01234567890123456789012345678901234567890123456789012345678901"
		      "234\""),
			"/hostname: longer than 64 bytes" },
		{ TOP(",\"annotations\":{\"\":\"x\"}"),
			"/annotations: an annotation has an empty name" },
		{ TOP(",\"annotations\":{\"a\":1}"),
			"/annotations/a: must be a string, not a number" },
		{ TOP(",\"process\":[]"), "/process: must be an object" },
		{ TOP(",\"linux\":\"\""), "/linux: must be an object" },
		{ TOP(",\"mounts\":{}"), "/mounts: must be an array" },
	};

	(void)state;
	expect_refusals(cases, ARRAY_SIZE(cases));
}

static void test_config_parse__null_and_unknown(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config *config;

	(void)state;
	config = accept(
		&doc, TOP(",\"process\":null,\"hostname\":null,\"mounts\":null,\"hooks\":null,"
			  "\"linux\":null,\"annotations\":null,\"domainname\":\"\","
			  "\"windows\":{\"x\":[1]},\"Hostname\":7"));
	assert_false(config->has_process);
	assert_null(config->hostname);
	assert_null(config->domainname);
	config = accept(
		&doc, PROCESS(",\"user\":null,\"args\":null,\"capabilities\":null,"
			      "\"rlimits\":null,\"terminal\":null,\"apparmorProfile\":null"));
	assert_false(config->process.has_caps);
	accept(&doc, RESOURCES("\"devices\":[{\"allow\":false,\"access\":null,\"type\":null}],"
			       "\"memory\":null,\"unified\":null"));
}

static void test_config_parse__annotations(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config *config;

	(void)state;
	config = accept(&doc, TOP(",\"annotations\":{\"b\":\"1\",\"n\":null,\"a\":\"\"}"));
	expect_strings(&config->annotation_keys, "b a");
	expect_strings(&config->annotation_values, "1 ");
}

/* --- process ----------------------------------------------------------------------------------- */

static void test_config_parse__process(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config_process *process;

	(void)state;
	process = &accept(
		&doc, PROCESS(",\"terminal\":true,\"consoleSize\":{\"height\":24,\"width\":65535},"
			      "\"user\":{\"uid\":4294967294,\"gid\":5,\"umask\":18,"
			      "\"additionalGids\":[7,0,7],\"username\":\"x\"},"
			      "\"args\":[\"sh\",\"\"],\"env\":[\"A=1\",\"B=\",\"C=x=y\\nz\"],"
			      "\"noNewPrivileges\":true,\"oomScoreAdj\":-1000,"
			      "\"apparmorProfile\":\"p\",\"selinuxLabel\":\"\""))
			   ->process;
	assert_true(process->terminal && process->has_console_size);
	assert_int_equal(process->console_rows, 24);
	assert_int_equal(process->console_columns, 65535);
	assert_int_equal(process->user.uid, 4294967294);
	assert_int_equal(process->user.gid, 5);
	assert_true(process->user.has_umask);
	assert_int_equal(process->user.umask, 022);
	assert_int_equal(process->user.n_groups, 3);
	assert_int_equal(process->user.groups[2], 7);
	expect_strings(&process->args, "sh ");
	expect_strings(&process->env, "A=1 B= C=x=y\nz");
	assert_true(process->no_new_privileges && process->has_oom_score_adj);
	assert_int_equal(process->oom_score_adj, -1000);
	assert_string_equal(process->apparmor_profile, "p");
	assert_null(process->selinux_label);
}

static void test_config_parse__process_defaults(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config_process *process;

	(void)state;
	process = &accept(&doc, PROCESS(""))->process;
	assert_false(process->terminal || process->has_console_size || process->user.has_umask);
	assert_false(process->has_caps || process->no_new_privileges || process->has_oom_score_adj);
	assert_int_equal(process->args.n + process->env.n + process->n_rlimits, 0);
	/* PROC-06: without a terminal the size is not even looked at */
	process = &accept(&doc, PROCESS(",\"consoleSize\":{\"height\":-1}"))->process;
	assert_false(process->has_console_size);
}

static void test_config_parse__refuses_process(void **state)
{
	static const struct refusal cases[] = {
		{ TOP(",\"process\":{}"), "/process: 'cwd' is missing" },
		{ TOP(",\"process\":{\"cwd\":\"tmp\"}"),
			"/process/cwd: Cwd must be an absolute path" },
		{ TOP(",\"process\":{\"cwd\":\"\"}"),
			"/process/cwd: Cwd must be an absolute path" },
		{ PROCESS(",\"args\":\"sh\""), "/process/args: must be an array, not a string" },
		{ PROCESS(",\"args\":[\"a\",null]"),
			"/process/args/1: must be a string, not null" },
		{ PROCESS(",\"args\":[\"a\\u0000b\"]"),
			"line 1, column 79: NUL character in a string" },
		{ PROCESS(",\"env\":[\"A=1\",\"B\"]"),
			"/process/env/1: must have the form NAME=value" },
		{ PROCESS(",\"env\":[\"=1\"]"), "/process/env/0: must have the form NAME=value" },
		{ PROCESS(",\"env\":[\"A\\nB=1\"]"),
			"/process/env/0: line break in the name of a variable" },
		{ PROCESS(",\"user\":{\"gid\":0}"), "/process/user: 'uid' is missing" },
		{ PROCESS(",\"user\":{\"uid\":0}"), "/process/user: 'gid' is missing" },
		{ PROCESS(",\"user\":{\"uid\":4294967295,\"gid\":0}"),
			"/process/user/uid: 4294967295 is not an id" },
		{ PROCESS(",\"user\":{\"uid\":4294967296,\"gid\":0}"),
			"/process/user/uid: 4294967296 is not an integer from 0 to 4294967295" },
		{ PROCESS(",\"user\":{\"uid\":-1,\"gid\":0}"),
			"/process/user/uid: -1 is not an integer from 0 to 4294967295" },
		{ PROCESS(",\"user\":{\"uid\":\"0\",\"gid\":0}"),
			"/process/user/uid: must be a number, not a string" },
		{ PROCESS(",\"user\":{\"uid\":1e3,\"gid\":0}"),
			"/process/user/uid: 1e3 is not an integer from 0 to 4294967295" },
		{ PROCESS(",\"user\":{\"uid\":0,\"gid\":4294967295}"),
			"/process/user/gid: 4294967295 is not an id" },
		{ PROCESS(",\"user\":{\"uid\":0,\"gid\":0,\"additionalGids\":[1,4294967295]}"),
			"/process/user/additionalGids/1: 4294967295 is not an id" },
		{ PROCESS(",\"user\":{\"uid\":0,\"gid\":0,\"umask\":512}"),
			"/process/user/umask: 512 is not an integer from 0 to 511" },
		{ PROCESS(",\"terminal\":true,\"consoleSize\":{\"height\":1}"),
			"/process/consoleSize: 'width' is missing" },
		{ PROCESS(",\"terminal\":true,\"consoleSize\":{\"height\":65536,\"width\":1}"),
			"/process/consoleSize/height: 65536 is not an integer from 0 to 65535" },
		{ PROCESS(",\"oomScoreAdj\":1001"),
			"/process/oomScoreAdj: 1001 is not an integer from -1000 to 1000" },
		{ PROCESS(",\"noNewPrivileges\":\"true\""),
			"/process/noNewPrivileges: must be a boolean, not a string" },
		{ PROCESS(",\"capabilities\":{\"bounding\":\"CAP_KILL\"}"),
			"/process/capabilities/bounding: must be an array" },
		{ PROCESS(",\"capabilities\":{\"ambient\":[5]}"),
			"/process/capabilities/ambient/0: must be a string, not a number" },
	};

	(void)state;
	expect_refusals(cases, ARRAY_SIZE(cases));
}

static void test_config_parse__args_limit(void **state)
{
	_str_buf_ struct str_buf text = { 0 };
	_doc_ struct doc doc = { .r = 0 };

	(void)state;
	str_buf_puts(&text, "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{"
			    "\"cwd\":\"/\",\"args\":[\"");
	for (size_t i = 0; i < CONFIG_ARGS_BYTES_MAX / 16; i++)
		str_buf_puts(&text, "0123456789abcdef");
	str_buf_puts(&text, "\"]}}");
	parse(&doc, text.data);
	assert_int_equal(doc.r, -EINVAL);
	assert_string_equal(doc.err.msg, "/process: args and env are larger than 2097152 bytes");
}

static void test_config_parse__capabilities(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config_caps *caps;

	(void)state;
	caps = &accept(&doc,
		PROCESS(",\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"CAP_CHECKPOINT_RESTORE\","
			"\"TEST_CAP\",\"CAP_CHOWN\"],\"effective\":[\"CAP_KILL\",\"TEST_CAP\"],"
			"\"permitted\":[\"cap_kill\",\"5\",\"KILL\",\"CAP_KILL \",\"CAP_\"],"
			"\"inheritable\":null}"))
			->process.caps;
	assert_true(doc.config.process.has_caps);
	assert_true(caps->bounding == (1ULL << 40 | 1));
	assert_true(caps->effective == 1 << 5);
	assert_true(caps->permitted == 0 && caps->inheritable == 0 && caps->ambient == 0);
	expect_strings(&caps->unknown, "TEST_CAP cap_kill 5 KILL CAP_KILL  CAP_");
}

static void test_config_parse__rlimits(void **state)
{
	static const struct refusal cases[] = {
		{ PROCESS(",\"rlimits\":[{\"type\":\"RLIMIT_TEST\",\"soft\":1,\"hard\":1}]"),
			"/process/rlimits/0/type: unknown resource limit 'RLIMIT_TEST'" },
		{ PROCESS(",\"rlimits\":[{\"soft\":1,\"hard\":1}]"),
			"/process/rlimits/0: 'type' is missing" },
		{ PROCESS(",\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"hard\":1}]"),
			"/process/rlimits/0: 'soft' is missing" },
		{ PROCESS(",\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]"),
			"/process/rlimits/0: the soft limit is above the hard limit" },
		{ PROCESS(",\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":-1,\"hard\":1}]"),
			"/process/rlimits/0/soft: -1 is not an integer from 0 to "
			"18446744073709551615" },
		{ PROCESS(",\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1},"
			  "{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1}]"),
			"/process/rlimits/1: RLIMIT_CPU is listed twice" },
	};
	_doc_ struct doc doc = { .r = 0 };
	const struct config_process *process;

	(void)state;
	process = &accept(
		&doc, PROCESS(",\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1024,"
			      "\"hard\":18446744073709551615},{\"type\":\"RLIMIT_CPU\",\"soft\":0,"
			      "\"hard\":0}]"))
			   ->process;
	assert_int_equal(process->n_rlimits, 2);
	assert_int_equal(process->rlimits[0].type, CONFIG_RLIMIT_NOFILE);
	assert_int_equal(process->rlimits[0].soft, 1024);
	assert_true(process->rlimits[0].hard == UINT64_MAX);
	expect_refusals(cases, ARRAY_SIZE(cases));
}

/* --- hooks ------------------------------------------------------------------------------------- */

static void test_config_parse__hooks(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	const struct config_hooks *hooks;

	(void)state;
	hooks = accept(&doc,
		TOP(",\"hooks\":{\"prestart\":[{\"path\":\"/proc/7/exe\",\"args\":[\"a\",\"b\"]},"
		    "{\"path\":\"/x\",\"env\":[],\"timeout\":10}],\"createRuntime\":[],"
		    "\"poststop\":[{\"path\":\"/y/../z\",\"env\":[\"A=b\"]}],\"unknown\":[1]}"))
			->hooks;
	assert_int_equal(hooks[CONFIG_HOOK_PRESTART].n, 2);
	assert_string_equal(hooks[CONFIG_HOOK_PRESTART].items[0].pointer, "/hooks/prestart/0");
	assert_string_equal(hooks[CONFIG_HOOK_PRESTART].items[0].path, "/proc/7/exe");
	expect_strings(&hooks[CONFIG_HOOK_PRESTART].items[0].args, "a b");
	assert_false(hooks[CONFIG_HOOK_PRESTART].items[0].has_env);
	assert_int_equal(hooks[CONFIG_HOOK_PRESTART].items[0].timeout_s, 0);
	assert_true(hooks[CONFIG_HOOK_PRESTART].items[1].has_env);
	assert_int_equal(hooks[CONFIG_HOOK_PRESTART].items[1].env.n, 0);
	assert_int_equal(hooks[CONFIG_HOOK_PRESTART].items[1].timeout_s, 10);
	assert_int_equal(hooks[CONFIG_HOOK_CREATE_RUNTIME].n, 0);
	assert_string_equal(hooks[CONFIG_HOOK_POSTSTOP].items[0].path, "/y/../z");
	expect_strings(&hooks[CONFIG_HOOK_POSTSTOP].items[0].env, "A=b");
}

static void test_config_parse__refuses_hooks(void **state)
{
	static const struct refusal cases[] = {
		{ TOP(",\"hooks\":[]"), "/hooks: must be an object" },
		{ TOP(",\"hooks\":{\"prestart\":{}}"), "/hooks/prestart: must be an array" },
		{ TOP(",\"hooks\":{\"poststart\":[{}]}"), "/hooks/poststart/0: 'path' is missing" },
		{ TOP(",\"hooks\":{\"startContainer\":[{\"path\":\"sh\"}]}"),
			"/hooks/startContainer/0/path: must be an absolute path" },
		{ TOP(",\"hooks\":{\"createContainer\":[{\"path\":\"/x\",\"timeout\":0}]}"),
			"/hooks/createContainer/0/timeout: 0 is not an integer from 1 to 2147483" },
		{ TOP(",\"hooks\":{\"poststop\":[{\"path\":\"/x\",\"timeout\":-1}]}"),
			"/hooks/poststop/0/timeout: -1 is not an integer from 1 to 2147483" },
		{ TOP(",\"hooks\":{\"poststop\":[{\"path\":\"/x\",\"env\":[\"A\"]}]}"),
			"/hooks/poststop/0/env/0: must have the form NAME=value" },
	};

	(void)state;
	expect_refusals(cases, ARRAY_SIZE(cases));
}

/* --- files ------------------------------------------------------------------------------------- */

static void test_config_load__missing(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	doc.r = config_load(&doc.arena, fd, "no-such.json", &doc.config, &doc.err);
	close(fd);
	assert_int_equal(doc.r, -ENOENT);
	assert_string_equal(doc.err.msg, "JSON specification file no-such.json not found");
}

static int open_corpus(void)
{
	const char *top = getenv("top_srcdir");
	char path[CONFIG_PATH_MAX];
	int fd;

	str_fmt(path, sizeof(path), "%s/tests/fuzz/corpus/config", top != NULL ? top : ".");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("no corpus at %s", path);
	return fd;
}

static void test_config_load__engines(void **state)
{
	static const struct {
		const char *name;
		size_t n_mounts;
		size_t n_rules;
	} cases[] = {
		{ "docker-default.json", 10, 12 },
		{ "docker-ulimit-sysctl.json", 10, 12 },
		{ "podman-rootless-keepid.json", 10, 22 },
		{ "podman-volume.json", 14, 22 },
		{ "ctr-run.json", 7, 0 },
	};
	int fd = open_corpus();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_doc_ struct doc doc = { .r = 0 };
		const struct config *config = &doc.config;

		if (config_load(&doc.arena, fd, cases[i].name, &doc.config, &doc.err) < 0)
			fail_msg("%s", doc.err.msg);
		assert_int_equal(config->n_mounts, cases[i].n_mounts);
		assert_int_equal(
			config->seccomp != NULL ? config->seccomp->n_rules : 0, cases[i].n_rules);
		assert_int_equal(config->n_unsupported, 0);
		assert_int_equal(config->process.caps.unknown.n, 0);
		for (size_t j = 0; j < config->n_mounts; j++)
			assert_true(config->mounts[j].options.data.n <= 5);
	}
	close(fd);
}

static void test_config_load__names_the_file(void **state)
{
	_doc_ struct doc doc = { .r = 0 };
	int fd = open_corpus();

	(void)state;
	assert_int_equal(
		config_load(&doc.arena, fd, "numbers.json", &doc.config, &doc.err), -EINVAL);
	assert_string_equal(doc.err.msg, "numbers.json: document: must be an object");
	assert_int_equal(
		config_load(&doc.arena, fd, "duplicate.json", &doc.config, &doc.err), -EINVAL);
	assert_string_equal(doc.err.msg, "duplicate.json: /root: duplicate key");
	close(fd);
}

/* --- names ------------------------------------------------------------------------------------- */

static void test_config_cap__agrees_with_libcap(void **state)
{
	(void)state;
	for (int cap = 0; cap <= SYS_CAP_LAST_KNOWN; cap++) {
		const char *name = config_cap_name(cap);
		cap_value_t value = -1;

		assert_non_null(name);
		assert_int_equal(cap_from_name(name, &value), 0);
		assert_int_equal(value, cap);
		assert_int_equal(config_cap_number(name), cap);
	}
	assert_null(config_cap_name(-1));
	assert_null(config_cap_name(SYS_CAP_LAST_KNOWN + 1));
	assert_int_equal(config_cap_number("CAP_KIL"), -1);
	assert_int_equal(config_cap_number("CAP_KILLS"), -1);
	assert_int_equal(config_cap_number("cap_kill"), -1);
	assert_int_equal(config_cap_number("ALL"), -1);
	assert_int_equal(config_cap_number(""), -1);
}

static void test_config_cap_text__sets(void **state)
{
	_arena_ struct arena arena = { 0 };
	const uint64_t all = (1ULL << (SYS_CAP_LAST_KNOWN + 1)) - 1;

	(void)state;
	assert_string_equal(config_cap_text(&arena, 0), "none");
	assert_string_equal(config_cap_text(&arena, all), "all");
	assert_string_equal(config_cap_text(&arena, 1 | 1 << 5), "CHOWN KILL");
	assert_string_equal(config_cap_text(&arena, 1ULL << 63 | 1 << 5), "KILL 63");
	assert_true(str_ends(config_cap_text(&arena, UINT64_MAX), " 63"));
	assert_true(str_starts(config_cap_text(&arena, all & ~1ULL), "DAC_OVERRIDE "));
}

static void test_config_names__both_ways(void **state)
{
	static const int limits[CONFIG_RLIMIT_N] = { RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA,
		RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS, RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_MEMLOCK,
		RLIMIT_AS, RLIMIT_LOCKS, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE, RLIMIT_NICE,
		RLIMIT_RTPRIO, RLIMIT_RTTIME };

	(void)state;
	for (int i = 0; i < CONFIG_RLIMIT_N; i++)
		assert_int_equal(limits[i], i);
	assert_string_equal(config_rlimit_name(CONFIG_RLIMIT_NOFILE), "RLIMIT_NOFILE");
	assert_string_equal(config_ns_name(CONFIG_NS_NETWORK), "network");
	assert_int_equal(config_ns_clone_flag(CONFIG_NS_NETWORK), SYS_NEWNET);
	assert_string_equal(config_hook_name(CONFIG_HOOK_CREATE_RUNTIME), "createRuntime");
	assert_string_equal(config_seccomp_action_name(CONFIG_ACT_TRAP), "SCMP_ACT_TRAP");
	assert_string_equal(config_seccomp_op_name(CONFIG_CMP_GE), "SCMP_CMP_GE");
	for (int i = 0; i < CONFIG_NS_N; i++)
		assert_true(config_ns_name((enum config_ns_type)i) != NULL &&
			    config_ns_clone_flag((enum config_ns_type)i) > 0);
	for (int i = 0; i < CONFIG_HOOK_N; i++)
		assert_non_null(config_hook_name((enum config_hook_kind)i));
	for (int i = 0; i < CONFIG_ACT_N; i++)
		assert_non_null(config_seccomp_action_name((enum config_seccomp_action)i));
	for (int i = 0; i < CONFIG_CMP_N; i++)
		assert_non_null(config_seccomp_op_name((enum config_seccomp_op)i));
	assert_null(config_ns_name(CONFIG_NS_N));
	assert_int_equal(config_ns_clone_flag(CONFIG_NS_N), -1);
	assert_null(config_hook_name(CONFIG_HOOK_N));
	assert_null(config_rlimit_name(CONFIG_RLIMIT_N));
	assert_null(config_seccomp_action_name(CONFIG_ACT_N));
	assert_null(config_seccomp_op_name(CONFIG_CMP_N));
}

static void test_config_seccomp_arch_name__list(void **state)
{
	size_t n = 0;

	(void)state;
	while (config_seccomp_arch_name(n) != NULL)
		assert_true(str_starts(config_seccomp_arch_name(n++), "SCMP_ARCH_"));
	assert_int_equal(n, 23);
	assert_null(config_seccomp_arch_name(SIZE_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config_parse__smallest),
		cmocka_unit_test(test_config_parse__versions),
		cmocka_unit_test(test_config_parse__refuses_top_level),
		cmocka_unit_test(test_config_parse__null_and_unknown),
		cmocka_unit_test(test_config_parse__annotations),
		cmocka_unit_test(test_config_parse__process),
		cmocka_unit_test(test_config_parse__process_defaults),
		cmocka_unit_test(test_config_parse__refuses_process),
		cmocka_unit_test(test_config_parse__args_limit),
		cmocka_unit_test(test_config_parse__capabilities),
		cmocka_unit_test(test_config_parse__rlimits),
		cmocka_unit_test(test_config_parse__hooks),
		cmocka_unit_test(test_config_parse__refuses_hooks),
		cmocka_unit_test(test_config_load__missing),
		cmocka_unit_test(test_config_load__engines),
		cmocka_unit_test(test_config_load__names_the_file),
		cmocka_unit_test(test_config_cap__agrees_with_libcap),
		cmocka_unit_test(test_config_cap_text__sets),
		cmocka_unit_test(test_config_names__both_ways),
		cmocka_unit_test(test_config_seccomp_arch_name__list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
