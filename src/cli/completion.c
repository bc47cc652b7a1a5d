#include "completion.h"

#include <string.h>

#include "options.h"

#include "base/banned.h"

/* What both shells understand: which words there are, what follows an option, and what a command
 * takes. Below it each has a function of its own that reads the command line. */

/* Options whose value is one of a few words. */
static const struct {
	const char *option;
	const char *words;
} choices[] = {
	{ "cgroup-manager", "cgroupfs systemd disabled" },
	{ "diff", "hardened oci restricted" },
	{ "fail-on", "info low medium high critical never" },
	{ "log-format", "text json" },
	{ "rootless", "true false auto" },
};

static void put_words(struct str_buf *out, const struct cli_option *option)
{
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
		if (str_eq(choices[i].option, option->name)) {
			str_buf_fmt(out, "words %s", choices[i].words);
			return;
		}
	}
	if (str_eq(option->name, "profile"))
		str_buf_puts(out, "profile");
	else if (str_eq(option->name, "container"))
		str_buf_puts(out, "id");
	else if (str_eq(option->metavar, "DIR"))
		str_buf_puts(out, "directory");
	else if (str_eq(option->metavar, "FILE") || str_eq(option->metavar, "PATH"))
		str_buf_puts(out, "file");
	else
		str_buf_puts(out, "other");
}

/* "form of the list: table or json", as the help says it. */
static void put_formats(struct str_buf *out, const struct cli_option *option)
{
	const char *at = strrchr(option->help, ':');

	str_buf_puts(out, "words");
	at = at != NULL ? at + 1 : option->help;
	while (*at != '\0') {
		size_t len = strcspn(at, " ,");

		if (len > 0 && !(len == 2 && str_starts(at, "or"))) {
			str_buf_puts(out, " ");
			str_buf_add(out, at, len);
		}
		at += len + strspn(at + len, " ,");
	}
}

/* A line for each option that takes a value: the same letter means something else elsewhere. */
static void put_values(
	struct str_buf *out, const char *command, const struct cli_option *options, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (options[i].kind == CLI_BOOL)
			continue;
		str_buf_fmt(out, "\t'%s --%s' | '%s -%s'", command, options[i].name, command,
			options[i].name);
		if (options[i].letter != 0)
			str_buf_fmt(out, " | '%s -%c'", command, options[i].letter);
		str_buf_puts(out, ") echo '");
		if (str_eq(options[i].name, "format"))
			put_formats(out, &options[i]);
		else
			put_words(out, &options[i]);
		str_buf_puts(out, "' ;;\n");
	}
}

static void put_names(struct str_buf *out, const struct cli_option *options, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!options[i].hidden)
			str_buf_fmt(out, " --%s", options[i].name);
	}
}

static void put_commands(struct str_buf *out)
{
	str_buf_puts(out, "_caisson_commands='");
	for (unsigned id = 0; id < CLI_COMMAND_N; id++) {
		if (id != CLI_COMPLETION)
			str_buf_fmt(out, "%s%s", id > 0 ? " " : "",
				cli_command((enum cli_command_id)id)->name);
	}
	str_buf_puts(out, "'\n");
}

static void put_options(struct str_buf *out)
{
	const struct cli_option *globals;
	size_t n;

	globals = cli_globals(&n);
	str_buf_puts(out, "_caisson_options() { # COMMAND\n\tcase $1 in\n");
	for (unsigned id = 0; id < CLI_COMMAND_N; id++) {
		const struct cli_command *command = cli_command((enum cli_command_id)id);

		str_buf_fmt(out, "\t%s) echo '", command->name);
		put_names(out, command->options, command->n_options);
		str_buf_puts(out, "' ;;\n");
	}
	str_buf_puts(out, "\tesac\n\techo '");
	put_names(out, globals, n);
	str_buf_puts(out, "'\n}\n");
}

static void put_option_values(struct str_buf *out)
{
	const struct cli_option *globals;
	size_t n;

	globals = cli_globals(&n);
	str_buf_puts(out, "_caisson_value() { # COMMAND OPTION\n\tcase \"$1 $2\" in\n");
	for (unsigned id = 0; id < CLI_COMMAND_N; id++) {
		const struct cli_command *command = cli_command((enum cli_command_id)id);

		put_values(out, command->name, command->options, command->n_options);
	}
	str_buf_puts(out, "\t*) case \" $2\" in\n");
	put_values(out, "", globals, n);
	str_buf_puts(out, "\tesac ;;\n\tesac\n}\n");
}

static const char *argument_of(const struct cli_command *command)
{
	if (strstr(command->usage, "container-id") != NULL)
		return "id";
	if (str_starts(command->usage, "[bundle") || str_starts(command->usage, "[path"))
		return "directory";
	if (cli_command_id(command) == CLI_COMPLETION)
		return "words bash zsh";
	return cli_command_id(command) == CLI_HELP ? "words $_caisson_commands" : "other";
}

static void put_arguments(struct str_buf *out)
{
	str_buf_puts(out, "_caisson_argument() { # COMMAND POSITION\n\tcase \"$1 $2\" in\n"
			  "\t'kill 1') echo signal ;;\n");
	for (unsigned id = 0; id < CLI_COMMAND_N; id++) {
		const struct cli_command *command = cli_command((enum cli_command_id)id);

		str_buf_fmt(out, "\t'%s 0') echo \"%s\" ;;\n", command->name, argument_of(command));
	}
	str_buf_puts(out, "\t*) echo file ;;\n\tesac\n}\n");
}

static const char bash_function[] =
	"_caisson() {\n"
	"\tlocal words=(\"${COMP_WORDS[@]:0:COMP_CWORD+1}\") cur prev command= what= i n=0 root=()\n"
	"\tcur=${words[COMP_CWORD]} prev=${words[COMP_CWORD - 1]}\n"
	"\tif [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${words[COMP_CWORD - 2]}; fi\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tcase ${words[i]} in\n"
	"\t\t-*) what=${words[i]}\n"
	"\t\t\tif [[ ${words[i + 1]} == = ]]; then ((i += 2))\n"
	"\t\t\telif [[ -n $(_caisson_value \"$command\" \"$what\") ]]; then ((i++)); fi\n"
	"\t\t\t[[ $what != --root ]] || root=(--root \"${words[i]}\") ;;\n"
	"\t\t*) if [[ -z $command ]]; then command=${words[i]}; else ((n++)); fi ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\twhat=\n"
	"\tif [[ $prev == -* ]]; then what=$(_caisson_value \"$command\" \"$prev\"); fi\n"
	"\tif [[ -z $what && $cur == -* ]]; then\n"
	"\t\twhat=\"words $(_caisson_options \"$command\")\"\n"
	"\telif [[ -z $what && -z $command ]]; then\n"
	"\t\twhat=\"words $_caisson_commands\"\n"
	"\telif [[ -z $what ]]; then\n"
	"\t\twhat=$(_caisson_argument \"$command\" \"$n\")\n"
	"\tfi\n"
	"\tCOMPREPLY=()\n"
	"\tcase $what in\n"
	"\tdirectory) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\") ;;\n"
	"\tfile) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
	"\tprofile) compopt -o filenames\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -f -W 'hardened oci restricted' -- \"$cur\") ;;\n"
	"\tsignal) mapfile -t COMPREPLY < <(compgen -A signal -- \"$cur\") ;;\n"
	"\tid) what=$(caisson \"${root[@]}\" list --quiet 2>/dev/null)\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$what\" -- \"$cur\") ;;\n"
	"\twords*) mapfile -t COMPREPLY < <(compgen -W \"${what#words }\" -- \"$cur\") ;;\n"
	"\tesac\n"
	"}\n"
	"complete -F _caisson caisson\n";

static const char zsh_function[] =
	"_caisson() {\n"
	"\tlocal cur=${words[CURRENT]} prev=${words[CURRENT-1]} command= what= i n=0 root=()\n"
	"\tfor ((i = 2; i < CURRENT; i++)); do\n"
	"\t\tcase ${words[i]} in\n"
	"\t\t(--root) ((i++)); root=(--root ${words[i]}) ;;\n"
	"\t\t(--root=*) root=(${words[i]}) ;;\n"
	"\t\t(-*) [[ -z $(_caisson_value \"$command\" \"${words[i]}\") ]] || ((i++)) ;;\n"
	"\t\t(*) if [[ -z $command ]]; then command=${words[i]}; else ((n++)); fi ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\tif [[ $cur == -*=* ]]; then\n"
	"\t\twhat=$(_caisson_value \"$command\" \"${cur%%=*}\")\n"
	"\t\tcompset -P '*='\n"
	"\telif [[ $prev == -* ]]; then\n"
	"\t\twhat=$(_caisson_value \"$command\" \"$prev\")\n"
	"\tfi\n"
	"\tif [[ -z $what && $cur == -* ]]; then\n"
	"\t\twhat=\"words $(_caisson_options \"$command\")\"\n"
	"\telif [[ -z $what && -z $command ]]; then\n"
	"\t\twhat=\"words $_caisson_commands\"\n"
	"\telif [[ -z $what ]]; then\n"
	"\t\twhat=$(_caisson_argument \"$command\" \"$n\")\n"
	"\tfi\n"
	"\tcase $what in\n"
	"\t(directory) _files -/ ;;\n"
	"\t(file) _files ;;\n"
	"\t(profile) compadd -- hardened oci restricted; _files ;;\n"
	"\t(signal) compadd -- ${signals[2,-3]} SIG${^signals[2,-3]} ;;\n"
	"\t(id) compadd -- ${(f)\"$(caisson $root list --quiet 2>/dev/null)\"} ;;\n"
	"\t(words*) compadd -- ${=what#words } ;;\n"
	"\tesac\n"
	"}\n"
	"_caisson \"$@\"\n";

bool cli_completion(const char *shell, struct str_buf *out)
{
	bool is_zsh = str_eq(shell, "zsh");

	if (!is_zsh && !str_eq(shell, "bash"))
		return false;
	str_buf_puts(out, is_zsh ? "#compdef caisson\n" : "# bash completion for caisson\n");
	put_commands(out);
	put_options(out);
	put_option_values(out);
	put_arguments(out);
	str_buf_puts(out, is_zsh ? zsh_function : bash_function);
	return true;
}
