/*
 * The key "landlock" of a profile: what a container's processes may write, and which TCP ports they
 * may use, besides everything else that confines them.
 *
 * Runs in: host.
 */
#ifndef POLICY_LANDLOCK_H
#define POLICY_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/json.h"

enum {
	POLICY_PORTS_MAX = 1024
};

struct policy_ports {
	bool is_limited; /* no others than these */
	const uint16_t *items;
	size_t n;
};

struct policy_landlock {
	bool is_on;
	struct json_strings writable; /* directories and files of the image */
	struct policy_ports bind, connect;
};

#endif
