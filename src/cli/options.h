/*
 * The command line as data: tables of options, one per command and one of global options, and the
 * parser that fills values from them. Go's flag rules, because runc's callers rely on them: one or
 * two dashes alike, "--flag=value" or "--flag value", booleans take "=true", options may follow
 * the positional arguments, and global options may follow the command.
 *
 * Runs in: host. Pure.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum {
	CLI_OPTIONS_MAX = 24,          /* rows of one table */
	CLI_ARGUMENTS_MAX = INT32_MAX, /* of a command line that is passed on */
	CLI_NUMBER_MAX = 1 << 16,      /* of a numeric option: --preserve-fds */
};

enum cli_kind {
	CLI_BOOL,
	CLI_STRING,
	CLI_NUMBER,
	CLI_EACH, /* a string; every one that is given counts */
};

struct cli_option {
	const char *name;
	char letter; /* one-letter form, 0 = none */
	bool hidden; /* accepted, but not in the help */
	enum cli_kind kind;
	const char *metavar;  /* "DIR"; NULL for a boolean */
	const char *fallback; /* value when not given; NULL = none */
	const char *help;
};

enum cli_command_id {
	CLI_AUDIT,
	CLI_CHECK,
	CLI_COMPLETION, /* not in the help: packages call it */
	CLI_CREATE,
	CLI_DELETE,
	CLI_EVENTS,
	CLI_EXEC,
	CLI_FEATURES,
	CLI_GC,
	CLI_HELP,
	CLI_IDS,
	CLI_KILL,
	CLI_LIST,
	CLI_PAUSE,
	CLI_PLAN,
	CLI_PS,
	CLI_RESUME,
	CLI_RUN,
	CLI_SPEC,
	CLI_START,
	CLI_STATE,
	CLI_UPDATE,
	CLI_COMMAND_N,
};

struct cli_command {
	const char *name;
	const char *alias;   /* another name, or NULL */
	const char *summary; /* one line, for the list of commands */
	const char *usage;   /* the positional arguments, "<container-id>" */
	const char *text;    /* paragraphs for its own help */
	const struct cli_option *options;
	size_t n_options;
	size_t min_args;
	size_t max_args;
	unsigned
		stops_after; /* what follows that many positionals is never an option; 0 = no end */
	/* An ordinary user needs a user namespace for this. Not what deals with a container that is
	 * there: a second namespace has no power over what is in the first, their maker has. */
	bool enters_rootless;
	bool is_logged; /* it leaves a line in the audit log */
};

/** cli_globals() - the table of global options, and its length */
const struct cli_option *cli_globals(size_t *n);

/** cli_command() - the table row of one command; never NULL for a valid @id */
const struct cli_command *cli_command(enum cli_command_id id);

/** cli_command_find() - command by name or alias; NULL if there is none */
const struct cli_command *cli_command_find(const char *name);

/** cli_command_id() - the number of a row of the table */
enum cli_command_id cli_command_id(const struct cli_command *command);

struct cli_value {
	const char *text;   /* as given; NULL = not given */
	bool on;            /* CLI_BOOL */
	uint64_t number;    /* CLI_NUMBER */
	const char **items; /* CLI_EACH */
	size_t n_items;
};

/* What was wrong, for how it is reported (cli-contract 1.1). */
enum cli_mistake {
	CLI_MISTAKE_NONE,
	CLI_MISTAKE_OPTION,   /* "Incorrect Usage: MSG", the help, exit 1 */
	CLI_MISTAKE_COUNT,    /* "Incorrect Usage.", the help, exit 1 */
	CLI_MISTAKE_NO_TOPIC, /* the message only, exit 3 */
};

struct cli_args {
	const char *program;               /* base name of argv[0] */
	const struct cli_command *command; /* NULL = none given */
	struct cli_value globals[CLI_OPTIONS_MAX];
	struct cli_value values[CLI_OPTIONS_MAX];
	const char *const *positionals; /* NULL-terminated */
	size_t n_positionals;
	enum cli_mistake mistake;
};

/**
 * cli_parse() - read the whole command line
 * @arena: takes the list of positionals; the strings are those of @argv
 * @out:   also filled as far as it was read when this fails, so that --log still works
 *
 * Return: 0; -EINVAL with @out->mistake; -ENOMEM.
 */
int cli_parse(struct arena *arena, int argc, char *const argv[], struct cli_args *out,
	struct err *err) _must_check_;

/*
 * cli_given(), cli_text(), cli_on(), cli_number() - value of an option of the command, or of a
 * global one. @name must be in one of the two tables.
 * Return of cli_text(): the value, else the table's fallback, else NULL.
 */
bool cli_given(const struct cli_args *args, const char *name);
const char *cli_text(const struct cli_args *args, const char *name);
bool cli_on(const struct cli_args *args, const char *name);
uint64_t cli_number(const struct cli_args *args, const char *name);

/** cli_list_of() - the values of a CLI_EACH option, in the order they were given */
const char *const *cli_list_of(const struct cli_args *args, const char *name, size_t *n);

/** cli_global_text() - cli_text() of the global option, also where a command has one of that name */
const char *cli_global_text(const struct cli_args *args, const char *name);

#endif
