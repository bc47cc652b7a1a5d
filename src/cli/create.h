/*
 * The options that create and run have in common.
 *
 * Runs in: host.
 */
#ifndef CLI_CREATE_H
#define CLI_CREATE_H

#include "host/host.h"

#include "options.h"

/** cli_create_request() - the request that the options of create or run describe */
void cli_create_request(const struct cli_args *args, struct host_create_request *out);

#endif
