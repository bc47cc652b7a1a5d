/*
 * Signal names.
 *
 * Runs in: host. Pure.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include "base/err.h"

/**
 * cli_signal_parse() - "9", "KILL", "SIGKILL", "sigkill", "RTMIN", "RTMIN+3", "RTMAX-1"
 * @out: the number; one that no signal has is left for the kernel to refuse, 0 only probes
 *
 * Return: 0, or -EINVAL "unknown signal "NAME"" (runc's words).
 */
int cli_signal_parse(const char *text, int *out, struct err *err) _must_check_;

#endif
