/*
 * The example configuration that `spec` writes.
 *
 * Runs in: host. Pure.
 */
#ifndef CLI_EXAMPLE_H
#define CLI_EXAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/json.h"

struct cli_example {
	bool rootless; /* a user namespace with only the caller in it, the host's network */
	uint32_t uid;  /* the caller's, for rootless */
	uint32_t gid;
	bool cgroup_namespace; /* only useful where cgroups are unified */
};

/** cli_example_json() - the whole document; means the same as the one that runc's spec writes */
void cli_example_json(const struct cli_example *example, struct json_out *out);

#endif
