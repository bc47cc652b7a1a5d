/*
 * Completions of command lines for shells, from the tables of options.h.
 *
 * Runs in: host. Pure.
 */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include <stdbool.h>

#include "base/str.h"

/** cli_completion() - the script for "bash" or "zsh"; false for any other shell */
bool cli_completion(const char *shell, struct str_buf *out) _must_check_;

#endif
