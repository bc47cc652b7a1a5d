#include "options.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "base/str.h"

#include "base/banned.h"

enum {
	OPTION_SHOWN_MAX = 64
};

struct parser {
	struct arena *arena;
	int argc;
	char *const *argv; /* NULL-terminated */
	int at;            /* next argument */
	struct cli_args *out;
	const char **positionals;
	bool options_done;
};

static const struct cli_option *find_option(
	const struct cli_option *table, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++) {
		if (len == 1 && table[i].letter == name[0])
			return &table[i];
		if (strncmp(table[i].name, name, len) == 0 && table[i].name[len] == '\0')
			return &table[i];
	}
	return NULL;
}

/* The option @name and its place: the command's own first, then the global ones. */
static const struct cli_option *locate(
	const struct cli_args *args, const char *name, size_t len, bool *is_global, size_t *index)
{
	const struct cli_command *command = args->command;
	const struct cli_option *option = NULL;
	const struct cli_option *table = NULL;
	size_t n;

	if (command != NULL) {
		table = command->options;
		option = find_option(table, command->n_options, name, len);
	}
	*is_global = option == NULL;
	if (option == NULL) {
		table = cli_globals(&n);
		option = find_option(table, n, name, len);
	}
	if (option != NULL)
		*index = (size_t)(option - table);
	return option;
}

static bool parse_bool(const char *text, bool *out)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
	static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (str_eq(text, yes[i]) || str_eq(text, no[i])) {
			*out = str_eq(text, yes[i]);
			return true;
		}
	}
	return false;
}

static int set_value(const struct cli_option *option, const char *typed, size_t typed_len,
	const char *text, struct cli_value *value, struct err *err)
{
	if (option->kind == CLI_BOOL && !parse_bool(text, &value->on))
		return err_new(err, -EINVAL, "invalid boolean value \"%s\" for -%.*s: parse error",
			text, (int)typed_len, typed);
	if (option->kind == CLI_NUMBER && !num_u64(text, CLI_NUMBER_MAX, &value->number))
		return err_new(err, -EINVAL, "invalid value \"%s\" for flag -%.*s: parse error",
			text, (int)typed_len, typed);
	value->text = text;
	return 0;
}

/* There can't be more of them than arguments. */
static int add_to_list(struct parser *p, const char *text, struct cli_value *value, struct err *err)
{
	if (value->items == NULL)
		value->items = arena_array(p->arena, (size_t)p->argc, sizeof(*value->items));
	if (value->items == NULL)
		return err_new(err, -ENOMEM, "cannot read the command line: out of memory");
	value->items[value->n_items++] = text;
	return 0;
}

/* Names of the options that could have been meant, hidden ones left out. */
static size_t list_names(const struct cli_option *table, size_t n, const char **names)
{
	size_t n_names = 0;

	for (size_t i = 0; i < n; i++) {
		if (!table[i].hidden)
			names[n_names++] = table[i].name;
	}
	return n_names;
}

static int unknown_option(
	const struct cli_args *args, const char *name, size_t len, struct err *err)
{
	const char *names[2 * CLI_OPTIONS_MAX], *near;
	const struct cli_option *globals;
	char word[OPTION_SHOWN_MAX];
	size_t n_globals, n = 0;

	str_fmt(word, sizeof(word), "%.*s", (int)len, name);
	if (args->command != NULL)
		n = list_names(args->command->options, args->command->n_options, names);
	globals = cli_globals(&n_globals);
	n += list_names(globals, n_globals, names + n);
	near = len < sizeof(word) ? str_nearest_in(word, names, n) : NULL;
	if (near != NULL)
		return err_new(err, -EINVAL,
			"flag provided but not defined: -%s; did you mean --%s?", word, near);
	return err_new(err, -EINVAL, "flag provided but not defined: -%.*s", (int)len, name);
}

static const char *command_name(size_t i)
{
	return i < CLI_COMMAND_N ? cli_command((enum cli_command_id)i)->name : NULL;
}

/* The first words are runc's. */
static int unknown_command(struct cli_args *args, const char *name, struct err *err)
{
	const char *near = str_nearest(name, command_name);

	args->mistake = CLI_MISTAKE_NO_TOPIC;
	if (near != NULL)
		return err_new(
			err, -EINVAL, "No help topic for '%s'; did you mean '%s'?", name, near);
	return err_new(err, -EINVAL, "No help topic for '%s'; %s --help lists the commands", name,
		args->program);
}

/* @arg starts with a dash and is neither "-" nor "--". */
static int parse_option(struct parser *p, const char *arg, struct err *err)
{
	const char *name = arg + (arg[1] == '-' ? 2 : 1);
	size_t len = strcspn(name, "=");
	const struct cli_option *option;
	const char *text;
	bool is_global;
	size_t index = 0;
	struct cli_value *value;
	int rc;

	if (len == 0 || name[0] == '-')
		return err_new(err, -EINVAL, "bad flag syntax: %s", arg);
	option = locate(p->out, name, len, &is_global, &index);
	if (option == NULL)
		return unknown_option(p->out, name, len, err);
	if (name[len] == '=')
		text = name + len + 1;
	else if (option->kind == CLI_BOOL)
		text = "true";
	else
		text = p->argv[p->at];
	if (text == NULL)
		return err_new(err, -EINVAL, "flag needs an argument: -%.*s", (int)len, name);
	if (text == p->argv[p->at])
		p->at++;
	value = is_global ? &p->out->globals[index] : &p->out->values[index];
	rc = option->kind == CLI_EACH ? add_to_list(p, text, value, err) : 0;
	return rc < 0 ? rc : set_value(option, name, len, text, value, err);
}

static int parse_positional(struct parser *p, const char *arg, struct err *err)
{
	struct cli_args *out = p->out;

	if (out->command == NULL) {
		out->command = cli_command_find(arg);
		p->options_done = false;
		if (out->command != NULL)
			return 0;
		return unknown_command(out, arg, err);
	}
	p->positionals[out->n_positionals++] = arg;
	if (out->n_positionals == out->command->stops_after)
		p->options_done = true;
	return 0;
}

static int parse_one(struct parser *p, struct err *err)
{
	const char *arg = p->argv[p->at++];
	int rc;

	if (p->options_done || arg[0] != '-' || arg[1] == '\0')
		return parse_positional(p, arg, err);
	if (str_eq(arg, "--")) {
		p->options_done = true;
		return 0;
	}
	rc = parse_option(p, arg, err);
	if (rc < 0)
		p->out->mistake = CLI_MISTAKE_OPTION;
	return rc;
}

static int check_count(struct cli_args *args, struct err *err)
{
	const struct cli_command *command = args->command;
	const char *word;
	size_t limit;

	if (command == NULL || cli_on(args, "help"))
		return 0;
	if (args->n_positionals >= command->min_args && args->n_positionals <= command->max_args)
		return 0;
	if (command->min_args == command->max_args)
		word = "exactly";
	else if (args->n_positionals < command->min_args)
		word = "a minimum of";
	else
		word = "a maximum of";
	limit = args->n_positionals < command->min_args ? command->min_args : command->max_args;
	args->mistake = CLI_MISTAKE_COUNT;
	return err_new(err, -EINVAL, "%s: \"%s\" requires %s %zu argument(s)", args->program,
		command->name, word, limit);
}

/* "help foo" is the same mistake as the unknown command foo. */
static int check_topic(struct cli_args *args, struct err *err)
{
	if (args->command == NULL || cli_command_id(args->command) != CLI_HELP)
		return 0;
	if (args->n_positionals == 0 || cli_command_find(args->positionals[0]) != NULL)
		return 0;
	return unknown_command(args, args->positionals[0], err);
}

static const char *program_name(const char *path)
{
	const char *slash;

	if (path == NULL || path[0] == '\0')
		return "caisson";
	slash = strrchr(path, '/');
	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

int cli_parse(
	struct arena *arena, int argc, char *const argv[], struct cli_args *out, struct err *err)
{
	struct parser p = { .arena = arena, .argc = argc, .argv = argv, .at = 1, .out = out };
	int rc;

	*out = (struct cli_args){ .program = program_name(argc > 0 ? argv[0] : NULL) };
	p.positionals = arena_array(arena, (size_t)argc + 1, sizeof(*p.positionals));
	if (p.positionals == NULL)
		return err_new(err, -ENOMEM, "cannot read the command line: out of memory");
	out->positionals = p.positionals;
	while (p.at < argc) {
		rc = parse_one(&p, err);
		if (rc < 0)
			return rc;
	}
	rc = check_count(out, err);
	return rc < 0 ? rc : check_topic(out, err);
}

static const struct cli_value *get(
	const struct cli_args *args, const char *name, const char **fallback)
{
	size_t index = 0;
	bool is_global;
	const struct cli_option *option = locate(args, name, strlen(name), &is_global, &index);

	assert(option != NULL);
	*fallback = option->fallback;
	return is_global ? &args->globals[index] : &args->values[index];
}

bool cli_given(const struct cli_args *args, const char *name)
{
	const char *fallback;

	return get(args, name, &fallback)->text != NULL;
}

const char *cli_text(const struct cli_args *args, const char *name)
{
	const char *fallback;
	const char *text = get(args, name, &fallback)->text;

	return text != NULL ? text : fallback;
}

bool cli_on(const struct cli_args *args, const char *name)
{
	const char *fallback;

	return get(args, name, &fallback)->on;
}

uint64_t cli_number(const struct cli_args *args, const char *name)
{
	const char *fallback;

	return get(args, name, &fallback)->number;
}

const char *const *cli_list_of(const struct cli_args *args, const char *name, size_t *n)
{
	const char *fallback;
	const struct cli_value *value = get(args, name, &fallback);

	*n = value->n_items;
	return value->items;
}

const char *cli_global_text(const struct cli_args *args, const char *name)
{
	struct cli_args only_globals = *args;

	only_globals.command = NULL;
	return cli_text(&only_globals, name);
}
