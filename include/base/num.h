/*
 * Numbers from outside are parsed here and nowhere else: exact, range checked, whole string.
 *
 * Runs in: host and init.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

/**
 * num_u64() - a decimal number with nothing before or after it
 *
 * No sign, no blank, no hexadecimal, no leading zero but "0" itself.
 * Return: false (and *@out untouched) for anything else or above @max.
 */
bool num_u64(const char *s, uint64_t max, uint64_t *out) _must_check_;

/** num_i64() - the same with an optional '-', within [@min, @max] */
bool num_i64(const char *s, int64_t min, int64_t max, int64_t *out) _must_check_;

/** num_u32() - num_u64() for 32-bit fields such as uid_t */
bool num_u32(const char *s, uint32_t *out) _must_check_;

#endif
