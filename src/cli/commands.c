/*
 * The tables of commands and options. Names, letters and meanings are runc's; --config and
 * --cgroup-manager are crun's; --profile and plan are caisson's own.
 */
#include <assert.h>

#include "base/str.h"

#include "options.h"

#include "base/banned.h"

static const struct cli_option global_options[] = {
	{ "cgroup-manager", 0, false, CLI_STRING, "NAME", "cgroupfs",
		"cgroupfs, systemd or disabled" },
	{ "criu", 0, true, CLI_STRING, "PATH", NULL, "accepted and ignored" },
	{ "debug", 0, false, CLI_BOOL, NULL, NULL, "log what is done and what was tightened" },
	{ "log", 0, false, CLI_STRING, "FILE", NULL,
		"append log records to FILE (standard error)" },
	{ "log-format", 0, false, CLI_STRING, "FORMAT", "text",
		"form of log records: text or json" },
	{ "profile", 0, false, CLI_STRING, "NAME|FILE", NULL,
		"oci, hardened, restricted, or a file (hardened)" },
	{ "root", 0, false, CLI_STRING, "DIR", NULL, "state directory (/run/caisson)" },
	{ "rootless", 0, false, CLI_STRING, "true|false|auto", "auto",
		"run in a user namespace of the caller" },
	{ "systemd-cgroup", 0, false, CLI_BOOL, NULL, NULL,
		"the same as --cgroup-manager systemd" },
	{ "help", 'h', false, CLI_BOOL, NULL, NULL, "show this help" },
	{ "version", 'v', false, CLI_BOOL, NULL, NULL, "print the version" },
};

#define CREATE_OPTIONS                                                             \
	{ "bundle", 'b', false, CLI_STRING, "DIR", ".", "bundle directory" },      \
		{ "config", 'f', false, CLI_STRING, "FILE", "config.json",         \
			"configuration, relative to the bundle" },                 \
		{ "console-socket", 0, false, CLI_STRING, "PATH", NULL,            \
			"unix socket that receives the terminal" },                \
		{ "pid-file", 0, false, CLI_STRING, "FILE", NULL,                  \
			"write the container's process id to FILE" },              \
		{ "pidfd-socket", 0, false, CLI_STRING, "PATH", NULL,              \
			"unix socket that receives a pidfd of the process" },      \
		{ "no-pivot", 0, false, CLI_BOOL, NULL, NULL,                      \
			"chroot instead of pivot_root, for a root on a ramdisk" }, \
		{ "no-new-keyring", 0, false, CLI_BOOL, NULL, NULL,                \
			"keep the caller's keyring, where the profile lets" },     \
	{                                                                          \
		"preserve-fds", 0, false, CLI_NUMBER, "N", "0",                    \
			"pass N more descriptors after $LISTEN_FDS"                \
	}

static const struct cli_option audit_options[] = {
	{ "all", 'a', false, CLI_BOOL, NULL, NULL, "every running container below the root" },
	{ "container", 0, false, CLI_STRING, "ID", NULL, "a running container" },
	{ "fail-on", 0, false, CLI_STRING, "SEVERITY", "high",
		"status 3 from: info low medium high critical never" },
	{ "format", 0, false, CLI_STRING, "FORMAT", "text",
		"form of the report: text, json, sarif or html" },
	{ "pid", 'p', false, CLI_STRING, "PID", NULL,
		"the container of a process, whoever started it" },
};

static const struct cli_option check_options[] = {
	{ "bundle", 'b', false, CLI_STRING, "DIR", NULL,
		"also look at the root and the volumes of this bundle" },
	{ "format", 0, false, CLI_STRING, "FORMAT", "text", "form of the report: text or json" },
};

static const struct cli_option create_options[] = {
	CREATE_OPTIONS,
	{ "no-subreaper", 0, true, CLI_BOOL, NULL, NULL, "accepted and ignored" },
};

static const struct cli_option run_options[] = {
	CREATE_OPTIONS,
	{ "detach", 'd', false, CLI_BOOL, NULL, NULL, "return once the container is started" },
	{ "keep", 0, false, CLI_BOOL, NULL, NULL, "do not delete the container after it ended" },
	{ "no-subreaper", 0, false, CLI_BOOL, NULL, NULL, "do not adopt orphans of the container" },
};

static const struct cli_option delete_options[] = {
	{ "force", 'f', false, CLI_BOOL, NULL, NULL,
		"kill it first if it runs; an unknown container is no error" },
};

static const struct cli_option exec_options[] = {
	{ "additional-gids", 'g', false, CLI_EACH, "GID", NULL, "one more group of the process" },
	{ "apparmor", 0, false, CLI_STRING, "PROFILE", NULL, "AppArmor profile of the process" },
	{ "cap", 'c', false, CLI_EACH, "CAPABILITY", NULL,
		"one more capability that the container has" },
	{ "cgroup", 0, false, CLI_EACH, "[CONTROLLER,...:]PATH", NULL,
		"a cgroup below the container's" },
	{ "console-socket", 0, false, CLI_STRING, "PATH", NULL,
		"unix socket that receives the terminal" },
	{ "cwd", 0, false, CLI_STRING, "DIR", NULL, "working directory of the process" },
	{ "detach", 'd', false, CLI_BOOL, NULL, NULL, "return once the process is started" },
	{ "env", 'e', false, CLI_EACH, "NAME=VALUE", NULL, "one more environment variable" },
	{ "ignore-paused", 0, false, CLI_BOOL, NULL, NULL, "also in a paused container" },
	{ "no-new-privs", 0, false, CLI_BOOL, NULL, NULL, "set no_new_privs for the process" },
	{ "no-subreaper", 0, true, CLI_BOOL, NULL, NULL, "accepted and ignored" },
	{ "pid-file", 0, false, CLI_STRING, "FILE", NULL, "write the process id to FILE" },
	{ "pidfd-socket", 0, false, CLI_STRING, "PATH", NULL, "unix socket that receives a pidfd" },
	{ "preserve-fds", 0, false, CLI_NUMBER, "N", "0", "pass N more descriptors after stdio" },
	{ "process", 'p', false, CLI_STRING, "FILE", NULL,
		"take the whole process from a process.json" },
	{ "process-label", 0, false, CLI_STRING, "LABEL", NULL, "SELinux label of the process" },
	{ "tty", 't', false, CLI_BOOL, NULL, NULL, "give the process a terminal" },
	{ "user", 'u', false, CLI_STRING, "UID[:GID]", NULL, "user and group of the process" },
};

static const struct cli_option gc_options[] = {
	{ "dry-run", 'n', false, CLI_BOOL, NULL, NULL, "only say what would be removed" },
	{ "format", 'f', false, CLI_STRING, "FORMAT", "table",
		"form of the report: table or json" },
};

static const struct cli_option ids_options[] = {
	{ "format", 'f', false, CLI_STRING, "FORMAT", "table", "form of the list: table or json" },
};

static const struct cli_option events_options[] = {
	{ "audit", 0, false, CLI_BOOL, NULL, NULL, "lines of the audit log instead" },
	{ "follow", 0, false, CLI_BOOL, NULL, NULL, "with --audit: wait for more" },
	{ "interval", 0, false, CLI_STRING, "DURATION", "5s",
		"time between figures: 500ms, 5s, 1m30s" },
	{ "stats", 0, false, CLI_BOOL, NULL, NULL, "print the figures once and return" },
};

static const struct cli_option update_options[] = {
	{ "resources", 'r', false, CLI_STRING, "FILE", NULL,
		"linux.resources as JSON; - is standard input" },
	{ "blkio-weight", 0, false, CLI_STRING, "N", NULL, "weight of block i/o, 10 to 1000" },
	{ "cpu-burst", 0, false, CLI_STRING, "USEC", NULL, "unused cpu time that may be saved up" },
	{ "cpu-idle", 0, false, CLI_STRING, "0|1", NULL, "run only when nobody else wants to" },
	{ "cpu-period", 0, false, CLI_STRING, "USEC", NULL, "period of the cpu quota" },
	{ "cpu-quota", 0, false, CLI_STRING, "USEC", NULL, "cpu time in a period; -1: unlimited" },
	{ "cpu-rt-period", 0, false, CLI_STRING, "USEC", NULL, "period of realtime scheduling" },
	{ "cpu-rt-runtime", 0, false, CLI_STRING, "USEC", NULL, "realtime in such a period" },
	{ "cpu-share", 0, false, CLI_STRING, "N", NULL, "share of the cpu; 1024 is usual" },
	{ "cpuset-cpus", 0, false, CLI_STRING, "LIST", NULL, "cpus to run on: 0-3,7" },
	{ "cpuset-mems", 0, false, CLI_STRING, "LIST", NULL, "memory nodes to use" },
	{ "kernel-memory", 0, true, CLI_STRING, "N", NULL, "accepted and ignored" },
	{ "kernel-memory-tcp", 0, true, CLI_STRING, "N", NULL, "accepted and ignored" },
	{ "l3-cache-schema", 0, true, CLI_STRING, "TEXT", NULL, "not supported yet" },
	{ "mem-bw-schema", 0, true, CLI_STRING, "TEXT", NULL, "not supported yet" },
	{ "memory", 0, false, CLI_STRING, "BYTES", NULL, "memory: 64m, 1g; -1: unlimited" },
	{ "memory-reservation", 0, false, CLI_STRING, "BYTES", NULL,
		"memory that is left to it when memory is scarce" },
	{ "memory-swap", 0, false, CLI_STRING, "BYTES", NULL, "memory and swap together" },
	{ "pids-limit", 0, false, CLI_STRING, "N", NULL, "processes; -1: unlimited" },
};

static const struct cli_option kill_options[] = {
	{ "all", 'a', false, CLI_BOOL, NULL, NULL, "a stopped container is no error" },
};

static const struct cli_option list_options[] = {
	{ "format", 'f', false, CLI_STRING, "FORMAT", "table", "form of the list: table or json" },
	{ "quiet", 'q', false, CLI_BOOL, NULL, NULL, "print container ids only" },
};

static const struct cli_option plan_options[] = {
	{ "config", 'f', false, CLI_STRING, "FILE", "config.json",
		"configuration, relative to the bundle" },
	{ "diff", 0, false, CLI_STRING, "PROFILE", NULL, "what another profile would change" },
	{ "format", 0, false, CLI_STRING, "FORMAT", "text", "form of the plan: text or json" },
	{ "facts", 0, true, CLI_STRING, "FILE", NULL, "plan for the host that FILE describes" },
};

static const struct cli_option ps_options[] = {
	{ "format", 'f', false, CLI_STRING, "FORMAT", "table", "form of the list: table or json" },
};

static const struct cli_option spec_options[] = {
	{ "bundle", 'b', false, CLI_STRING, "DIR", ".", "bundle directory" },
	{ "rootless", 0, false, CLI_BOOL, NULL, NULL, "for a container of an ordinary user" },
};

static const struct cli_command commands[CLI_COMMAND_N] = {
	[CLI_AUDIT] = { "audit", NULL, "assess a bundle, or what is running", "[bundle]",
		"Reports which rules of the profile a bundle breaks or, of a running container\n"
		"or any process, what the kernel says that breaks them. Changes nothing. The exit\n"
		"status is 3 for findings at or above --fail-on.",
		audit_options, ARRAY_SIZE(audit_options), 0, 1, 0, false, false },
	[CLI_CHECK] = { "check", NULL, "say whether this host is ready", "[path...]",
		"Tries what caisson needs of this host, for containers of the caller: what the\n"
		"kernel has, ids, cgroups, and whether files at the paths can be a container's.\n"
		"Changes nothing. A line for each, with what to do about it. The exit status is 1\n"
		"if something is missing.",
		check_options, ARRAY_SIZE(check_options), 0, CLI_ARGUMENTS_MAX, 0, false, false },
	[CLI_COMPLETION] = { "completion", NULL, "write completions for a shell", "<bash|zsh>",
		"Prints what makes the shell complete command lines of caisson. It is installed\n"
		"where the shell finds it.",
		NULL, 0, 1, 1, 0, false, false },
	[CLI_CREATE] = { "create", NULL, "create a container, ready to start", "<container-id>",
		"Sets up the container that the bundle's config.json describes, and returns when\n"
		"its process waits for \"start\". Nothing is created if the profile refuses\n"
		"anything in the configuration; \"plan\" lists what and why.",
		create_options, ARRAY_SIZE(create_options), 1, 1, 0, true, true },
	[CLI_DELETE] = { "delete", NULL, "remove a container that is not running", "<container-id>",
		"Removes cgroups, the block of user ids and the state of a container that was\n"
		"created or has stopped, and runs its poststop hooks.",
		delete_options, ARRAY_SIZE(delete_options), 1, 1, 0, false, true },
	[CLI_EVENTS] = { "events", NULL, "print the figures of a container, and when it runs short",
		"[container-id]",
		"Prints a JSON document a line: what the container uses of cpu, memory, block\n"
		"devices and processes every now and then, and each out-of-memory kill when it\n"
		"happens. Returns when the container has stopped.",
		events_options, ARRAY_SIZE(events_options), 0, 1, 0, false, false },
	[CLI_EXEC] = { "exec", NULL, "start another process in a container",
		"<container-id> [command [argument...]]",
		"It gets at most what the container's first process got.", exec_options,
		ARRAY_SIZE(exec_options), 1, CLI_ARGUMENTS_MAX, 2, false, true },
	[CLI_FEATURES] = { "features", NULL, "show what this runtime supports", "",
		"Prints the features document of the OCI runtime specification as JSON.", NULL, 0,
		0, 0, 0, false, false },
	[CLI_GC] = { "gc", NULL, "remove what crashes left", "",
		"Finds containers whose create was killed, with their cgroups and ids, those that\n"
		"nobody will delete any more, and ids of containers that are gone, and removes\n"
		"them. Containers that run, wait or have stopped are not touched. Without --root\n"
		"all state directories that hold ids are looked at. The exit status is 1 if\n"
		"something of that is still there afterwards.",
		gc_options, ARRAY_SIZE(gc_options), 0, 0, 0, false, true },
	[CLI_HELP] = { "help", "h", "show this help, or that of a command", "[command]", NULL, NULL,
		0, 0, 1, 0, false, false },
	[CLI_IDS] = { "ids", NULL, "list the blocks of user ids and who has them", "",
		"Shows the pool in /etc/subuid and /etc/subgid that containers take blocks of\n"
		"65536 ids from, and each block that is not free: the container that has it and\n"
		"since when, or why it is not given.",
		ids_options, ARRAY_SIZE(ids_options), 0, 0, 0, false, false },
	[CLI_KILL] = { "kill", NULL, "send a signal to a container's first process",
		"<container-id> [signal]",
		"The signal is a number or a name, with or without \"SIG\", in any case; TERM by\n"
		"default. KILL reaches every process of the container.",
		kill_options, ARRAY_SIZE(kill_options), 1, 2, 1, false, true },
	[CLI_LIST] = { "list", NULL, "list the containers below the state directory", "",
		"An entry that cannot be read is reported on standard error and left out.",
		list_options, ARRAY_SIZE(list_options), 0, 0, 0, false, false },
	[CLI_PAUSE] = { "pause", NULL, "stop all processes of a container for a while",
		"<container-id>",
		"The processes are frozen where they are until \"resume\". Such a container can be\n"
		"killed, but not deleted without --force.",
		NULL, 0, 1, 1, 0, false, true },
	[CLI_PLAN] = { "plan", NULL, "show what would be done for a bundle, and why", "[bundle]",
		"Prints every step that create would take, and each place where the profile\n"
		"differs from config.json with the rule and its reason. Creates nothing. The exit\n"
		"status is 1 if the container would be refused.\n"
		"With --diff it compares two profiles instead.",
		plan_options, ARRAY_SIZE(plan_options), 0, 1, 0, true, false },
	[CLI_PS] = { "ps", NULL, "list the processes of a container",
		"<container-id> [ps-option...]",
		"Prints what ps(1) of this host says with the options (-ef by default) of the\n"
		"processes in the container's cgroup, or as JSON their numbers.",
		ps_options, ARRAY_SIZE(ps_options), 1, CLI_ARGUMENTS_MAX, 1, false, false },
	[CLI_RESUME] = { "resume", NULL, "let a paused container go on", "<container-id>",
		"Undoes \"pause\".", NULL, 0, 1, 1, 0, false, true },
	[CLI_RUN] = { "run", NULL, "create and start a container, and wait for its end",
		"<container-id>",
		"Does what create, start and delete do. In the foreground signals are passed on,\n"
		"and the exit status is the container's, or 128 and the number of the signal that\n"
		"ended it.",
		run_options, ARRAY_SIZE(run_options), 1, 1, 0, true, true },
	[CLI_SPEC] = { "spec", NULL, "write an example config.json", "",
		"Writes config.json into the bundle directory: a shell in a root file system in\n"
		"\"rootfs\". An existing file is never replaced.",
		spec_options, ARRAY_SIZE(spec_options), 0, 0, 0, false, false },
	[CLI_START] = { "start", NULL, "start the process of a created container", "<container-id>",
		"Lets the process that \"create\" prepared begin.", NULL, 0, 1, 1, 0, false, true },
	[CLI_STATE] = { "state", NULL, "print the state of a container", "<container-id>",
		"Prints the state document of the OCI runtime specification as JSON.", NULL, 0, 1,
		1, 0, false, false },
	[CLI_UPDATE] = { "update", NULL, "change the limits of a container", "<container-id>",
		"What is not named stays as it is; all of it is done, or nothing. Neither a limit\n"
		"that the profile demands nor a device list that it made can be taken away.",
		update_options, ARRAY_SIZE(update_options), 1, 1, 0, false, true },
};

static_assert(ARRAY_SIZE(global_options) <= CLI_OPTIONS_MAX, "global options");
static_assert(ARRAY_SIZE(update_options) <= CLI_OPTIONS_MAX, "the longest table of a command");

const struct cli_option *cli_globals(size_t *n)
{
	*n = ARRAY_SIZE(global_options);
	return global_options;
}

const struct cli_command *cli_command(enum cli_command_id id)
{
	assert(id < CLI_COMMAND_N);
	return &commands[id];
}

const struct cli_command *cli_command_find(const char *name)
{
	for (size_t i = 0; i < CLI_COMMAND_N; i++) {
		if (str_eq(commands[i].name, name))
			return &commands[i];
		if (commands[i].alias != NULL && str_eq(commands[i].alias, name))
			return &commands[i];
	}
	return NULL;
}

enum cli_command_id cli_command_id(const struct cli_command *command)
{
	return (enum cli_command_id)(command - commands);
}
