/*
 * Finding a duplicate key of one object in linear time, whatever the keys are.
 *
 * Runs in: host. Local to src/config.
 */
#ifndef CONFIG_JSON_KEYS_H
#define CONFIG_JSON_KEYS_H

#include <stdint.h>

#include "base/attr.h"
#include "config/json.h"

struct json_keys_slot;

/* A hash table that is used again for each object of one document. Zero-initialise. */
struct json_keys {
	struct json_keys_slot *slots;
	uint32_t n_slots; /* a power of two */
	uint32_t round;   /* slots of older rounds are empty */
};

#define _json_keys_ _cleanup_(json_keys_done)
void json_keys_done(struct json_keys *keys);

/**
 * json_keys_find_duplicate() - does a key of @object appear twice?
 * @out: set to the second of the two, or to NULL
 *
 * Return: 0 or -ENOMEM.
 */
int json_keys_find_duplicate(
	struct json_keys *keys, const struct json *object, const struct json **out) _must_check_;

#endif
