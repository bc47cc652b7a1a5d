#include "json_keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/str.h"

#include "base/banned.h"

enum {
	PAIRWISE_MAX = 8
}; /* up to here comparing each with each is cheaper than hashing */

struct json_keys_slot {
	const char *key;
	uint32_t hash;
	uint32_t round;
};

void json_keys_done(struct json_keys *keys)
{
	free(keys->slots);
	*keys = (struct json_keys){ 0 };
}

static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* SECURITY: keyed by the random bytes the kernel gives each process, so that nobody can prepare
 * 65536 keys with the same hash and make the check quadratic (T-28). */
static uint32_t hash_key(const char *key)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): getauxval() has no other type */
	const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
	uint64_t secret[2] = { 0x9e3779b97f4a7c15, 0xd1b54a32d192ed03 };
	size_t len = strlen(key);
	uint64_t hash, word;

	if (random != NULL)
		memcpy(secret, random, sizeof(secret));
	hash = secret[0] ^ len;
	for (; len >= sizeof(word); len -= sizeof(word), key += sizeof(word)) {
		memcpy(&word, key, sizeof(word));
		hash = fold(word ^ secret[1], hash ^ 0x9e3779b97f4a7c15);
	}
	word = 0;
	memcpy(&word, key, len);
	hash = fold(word ^ secret[1], hash ^ 0xd1b54a32d192ed03);
	return (uint32_t)(hash ^ (hash >> 32));
}

static const struct json *find_pairwise(const struct json *object)
{
	for (const struct json *a = object->first; a != NULL; a = a->next) {
		for (const struct json *b = a->next; b != NULL; b = b->next) {
			if (str_eq(a->key, b->key))
				return b;
		}
	}
	return NULL;
}

static int reserve(struct json_keys *keys, uint32_t n_keys)
{
	uint32_t n_slots = 64;

	while (n_slots < 2 * n_keys)
		n_slots *= 2;
	if (n_slots <= keys->n_slots)
		return 0;
	json_keys_done(keys);
	keys->slots = calloc(n_slots, sizeof(*keys->slots));
	if (keys->slots == NULL)
		return -ENOMEM;
	keys->n_slots = n_slots;
	return 0;
}

/* Return: false if the key is there already. */
static bool insert(struct json_keys *keys, const char *key)
{
	uint32_t hash = hash_key(key);
	uint32_t at = hash & (keys->n_slots - 1);

	while (keys->slots[at].round == keys->round) {
		if (keys->slots[at].hash == hash && str_eq(keys->slots[at].key, key))
			return false;
		at = (at + 1) & (keys->n_slots - 1);
	}
	keys->slots[at] = (struct json_keys_slot){ .key = key, .hash = hash, .round = keys->round };
	return true;
}

int json_keys_find_duplicate(
	struct json_keys *keys, const struct json *object, const struct json **out)
{
	*out = NULL;
	if (object->n_children <= PAIRWISE_MAX) {
		*out = find_pairwise(object);
		return 0;
	}
	if (reserve(keys, object->n_children) < 0)
		return -ENOMEM;
	keys->round++;
	for (const struct json *child = object->first; child != NULL; child = child->next) {
		if (!insert(keys, child->key)) {
			*out = child;
			return 0;
		}
	}
	return 0;
}
