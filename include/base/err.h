/*
 * The one error idiom: a function that can fail returns int, 0 done, negative errno failed with
 * @err filled, positive an outcome its header documents. A struct err is a plain value: it lives
 * on the caller's stack, is never allocated, and travels over the wire as it is.
 *
 * Runs in: host and init.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

#include "base/attr.h"

enum {
	ERR_MSG_MAX = 480
};

struct err {
	int code; /* negative errno; 0 = no error */
	char msg[ERR_MSG_MAX];
};

/**
 * err_sys() - record a failed system call, from errno
 * @err: filled with "what: errno text"; the text is lower case, as engines match it
 *       (cli-contract rule 2: "no such file or directory", "permission denied")
 *
 * Return: the negative errno, never 0.
 */
int err_sys(struct err *err, const char *fmt, ...) _printf_(2, 3);

/**
 * err_new() - record a finding of our own
 * @code: negative errno that best names it; 0 is recorded as -EINVAL
 *
 * Return: the code recorded.
 */
int err_new(struct err *err, int code, const char *fmt, ...) _printf_(3, 4);

/**
 * err_ctx() - put "context: " in front of the message, keep the code
 *
 * Return: the code of @err.
 */
int err_ctx(struct err *err, const char *fmt, ...) _printf_(2, 3);

/**
 * err_text() - the lower-case text of one errno value
 *
 * Return: a constant string, never NULL. Needs no locale and no allocation.
 */
const char *err_text(int errnum);

#endif
