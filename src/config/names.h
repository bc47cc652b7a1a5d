/*
 * The tables behind the names of include/config/config.h, each indexed by its enum.
 *
 * Runs in: host. Local to src/config.
 */
#ifndef CONFIG_NAMES_H
#define CONFIG_NAMES_H

#include "config/config.h"

extern const char *const config_ns_names[CONFIG_NS_N];
extern const char *const config_rlimit_names[CONFIG_RLIMIT_N];
extern const char *const config_seccomp_action_names[CONFIG_ACT_N];
extern const char *const config_seccomp_op_names[CONFIG_CMP_N];

#endif
