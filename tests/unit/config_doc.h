/*
 * Documents for the tests of config.json: one part each, with the rest around it.
 */
#ifndef TESTS_CONFIG_DOC_H
#define TESTS_CONFIG_DOC_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/abi.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "config/config.h"

/* A whole document around one part of it. */
#define TOP(more)     "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\"}" more "}"
#define PROCESS(more) TOP(",\"process\":{\"cwd\":\"/\"" more "}")
#define LINUX(more)   TOP(",\"linux\":{" more "}")
#define MOUNT(more)   TOP(",\"mounts\":[{\"destination\":\"/d\"" more "}]")
#define OPTIONS(list) MOUNT(",\"type\":\"tmpfs\",\"options\":[" list "]")
#define SECCOMP(more) LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\"" more "}")
#define RULE(more)    SECCOMP(",\"syscalls\":[{\"names\":[\"read\"]" more "}]")
#define ARG(more)     RULE(",\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{" more "}]")
#define RESOURCES(m)  LINUX("\"resources\":{" m "}")

struct doc {
	struct arena arena;
	struct config config;
	struct err err;
	int r;
};

static inline void doc_done(struct doc *doc)
{
	arena_done(&doc->arena);
}
#define _doc_ _cleanup_(doc_done)

static inline void parse(struct doc *doc, const char *text)
{
	const struct json *root = NULL;

	arena_done(&doc->arena);
	memset(doc, 0, sizeof(*doc));
	doc->r = json_parse(&doc->arena, text, strlen(text), &root, &doc->err);
	if (doc->r == 0)
		doc->r = config_parse(&doc->arena, root, &doc->config, &doc->err);
}

static inline const struct config *accept(struct doc *doc, const char *text)
{
	parse(doc, text);
	if (doc->r < 0)
		fail_msg("%s\n%s", text, doc->err.msg);
	return &doc->config;
}

struct refusal {
	const char *text;
	const char *msg;
};

static inline void expect_refusals(const struct refusal *cases, size_t n)
{
	_doc_ struct doc doc = { .r = 0 };

	for (size_t i = 0; i < n; i++) {
		parse(&doc, cases[i].text);
		if (doc.r != -EINVAL)
			fail_msg("not refused: %s", cases[i].text);
		assert_string_equal(doc.err.msg, cases[i].msg);
		assert_null(doc.config.oci_version);
	}
}

static inline void expect_strings(const struct json_strings *strings, const char *joined)
{
	_str_buf_ struct str_buf text = { 0 };

	str_buf_puts(&text, "");
	for (size_t i = 0; i < strings->n; i++)
		str_buf_fmt(&text, "%s%s", i > 0 ? " " : "", strings->items[i]);
	assert_string_equal(text.data, joined);
	if (strings->items != NULL)
		assert_null(strings->items[strings->n]);
}

#define MAPPINGS(list)                                                                            \
	LINUX("\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[" list "],\"gidMappings\":[" \
	      "{\"containerID\":0,\"hostID\":1,\"size\":1}]")
#define MAPPING(c, h, s) "{\"containerID\":" c ",\"hostID\":" h ",\"size\":" s "}"

#endif
