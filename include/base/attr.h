/*
 * Compiler contracts used by every prototype. Any process may include this.
 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define _must_check_         __attribute__((warn_unused_result))
#define _printf_(fmt, first) __attribute__((format(printf, fmt, first)))
#define _noreturn_           __attribute__((noreturn))
#define _unused_             __attribute__((unused))
#define _cleanup_(fn)        __attribute__((cleanup(fn)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
