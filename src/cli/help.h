/*
 * Help and version texts, from the tables of options.h.
 *
 * Runs in: host. Pure.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "base/str.h"

#include "options.h"

/* A screen: the help of a command fits on it. */
enum {
	CLI_HELP_LINES = 24,
	CLI_HELP_COLUMNS = 80
};

/** cli_help() - help of @command, or of the program for NULL */
void cli_help(struct str_buf *out, const char *program, const struct cli_command *command);

/**
 * cli_version() - "caisson version X.Y.Z" and what it is built on
 *
 * No other line holds the word "version": dockerd takes the last one that does (cli-contract
 * rule 8).
 */
void cli_version(struct str_buf *out);

/** cli_version_number() - "X.Y.Z"; cli_version_libseccomp() - of the library in use */
const char *cli_version_number(void);
void cli_version_libseccomp(char *buf, size_t size);

#endif
