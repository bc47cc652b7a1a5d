#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"

#include "cli.h"

#include "base/banned.h"

/* Not root of this machine, or root only inside somebody's user namespace: the state then belongs
 * under the user's own run directory. $USER tells a nested root from root in a system container. */
static bool is_private_root(void)
{
	const char *user = secure_getenv("USER");
	char map[512];

	if (geteuid() != 0)
		return true;
	if (user != NULL && str_eq(user, "root"))
		return false;
	if (fd_read_at(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map)) < 0)
		return false;
	return strstr(map, "4294967295") == NULL;
}

static int default_root(struct cli *cli, const char **out, struct err *err)
{
	const char *run_dir = secure_getenv("XDG_RUNTIME_DIR");

	*out = cli->settings.state_root != NULL ? cli->settings.state_root : "/run/caisson";
	/* podman passes an empty variable for root: the same as none */
	if (run_dir == NULL || run_dir[0] == '\0' || !is_private_root())
		return 0;
	*out = arena_fmt(cli->arena, "%s/caisson", run_dir);
	if (*out == NULL)
		return err_new(err, -ENOMEM, "cannot find the state directory: out of memory");
	return 0;
}

/* @path absolute and without dots, so that it means the same after a change of directory. */
static int make_absolute(struct arena *arena, const char *path, const char **out, struct err *err)
{
	char cwd[PATH_MAX] = "";
	char *full;

	if (path[0] != '/' && getcwd(cwd, sizeof(cwd)) == NULL)
		return err_sys(err, "find the current directory");
	full = arena_fmt(arena, "%s/%s", cwd, path);
	if (full == NULL)
		return err_new(err, -ENOMEM, "cannot find the state directory: out of memory");
	str_path_clean(full);
	*out = full;
	return 0;
}

static int init_root(struct cli *cli, struct err *err)
{
	const char *root = cli_text(cli->args, "root");
	int rc;

	cli->context.root_given = root != NULL;
	if (root == NULL) {
		rc = default_root(cli, &root, err);
		if (rc < 0)
			return rc;
	}
	rc = make_absolute(cli->arena, root, &cli->context.root, err);
	if (rc < 0)
		return rc;
	/* delete removes what is below the root */
	if (str_eq(cli->context.root, "/"))
		return err_new(err, -EINVAL, "Option --root argument should not be set to /");
	return 0;
}

static int init_cgroup_manager(struct cli *cli, struct err *err)
{
	const char *manager = cli_text(cli->args, "cgroup-manager");

	cli->context.systemd_cgroup = cli_on(cli->args, "systemd-cgroup");
	if (str_eq(manager, "cgroupfs"))
		return 0;
	cli->context.systemd_cgroup = str_eq(manager, "systemd");
	cli->context.cgroup_disabled = str_eq(manager, "disabled");
	if (!cli->context.systemd_cgroup && !cli->context.cgroup_disabled)
		return err_new(err, -EINVAL,
			"invalid cgroup-manager: '%s' is none of cgroupfs, systemd, disabled",
			manager);
	return 0;
}

/* Becomes root of a user namespace of the caller's, when it is an ordinary user. */
static int enter_rootless(struct cli *cli, struct err *err)
{
	const struct cli_command *command = cli->args->command;
	/* spec has a --rootless of its own, which means something else */
	const char *wanted = cli_global_text(cli->args, "rootless");

	if (!str_eq(wanted, "true") && !str_eq(wanted, "false") && !str_eq(wanted, "auto"))
		return err_new(err, -EINVAL, "invalid rootless: '%s' is none of true, false, auto",
			wanted);
	cli->context.rootless = str_eq(wanted, "true");
	if (!command->enters_rootless || str_eq(wanted, "false"))
		return 0;
	/* A plan for the host that a facts file describes needs nothing of this one. */
	if (cli_command_id(command) == CLI_PLAN && cli_given(cli->args, "facts"))
		return 0;
	return host_enter_rootless(&cli->context, err);
}

/* What creates a container, or says what creating it would do. */
static bool is_bound_to_profiles(const struct cli_args *args)
{
	enum cli_command_id id = cli_command_id(args->command);

	return id == CLI_CREATE || id == CLI_RUN || id == CLI_PLAN;
}

/* What looks at a container that is there needs no more of the file than where that is. */
static bool needs_settings(const struct cli_args *args)
{
	const struct cli_command *command = args->command;

	return command->enters_rootless || cli_command_id(command) == CLI_IDS ||
	       command->is_logged || cli_text(args, "root") == NULL;
}

/* What ends a container or holds it up must work whatever a file says; it needs no more of it than
 * where the container is. */
static bool only_wants_settings(const struct cli_args *args)
{
	enum cli_command_id id = cli_command_id(args->command);

	return (id == CLI_KILL || id == CLI_DELETE || id == CLI_PAUSE) &&
	       cli_text(args, "root") != NULL;
}

static int load_settings(struct cli *cli, struct err *err)
{
	int rc;

	if (!needs_settings(cli->args))
		return 0;
	rc = policy_settings_load(cli->arena, POLICY_SETTINGS_FILE, &cli->settings, err);
	if (rc >= 0 || !only_wants_settings(cli->args))
		return rc;
	log_warn("%s; going on without an audit log", err->msg);
	cli->settings = (struct policy_settings){ 0 };
	return 0;
}

/* ORDER: before a user namespace of ours: the caller has other ids in there. */
static void init_trail(struct cli *cli)
{
	const struct cli_command *command = cli->args->command;

	if (cli->settings.audit.n == 0 || !command->is_logged)
		return;
	host_trail_init(&cli->trail, &cli->settings.audit, command->name);
	cli->context.trail = &cli->trail;
}

static int permit_profile(struct cli *cli, const char *profile, struct err *err)
{
	struct host_trail_event event = { .event = "refuse", .profile = profile };
	int rc = 0;

	if (profile != NULL && is_bound_to_profiles(cli->args))
		rc = policy_settings_permit(&cli->settings, profile, err);
	if (rc >= 0)
		return rc;
	event.id = cli->args->n_positionals > 0 ? cli->args->positionals[0] : NULL;
	return host_trail_result(&cli->context, &event, rc, err);
}

static int init_settings(struct cli *cli, struct err *err)
{
	const char *profile = cli_text(cli->args, "profile");
	int rc = load_settings(cli, err);

	cli->context = (struct host_context){
		.profile = profile != NULL ? profile : cli->settings.profile,
		.profiles = cli->settings.profiles,
		.id_user = cli->settings.id_user,
	};
	if (rc < 0)
		return rc;
	init_trail(cli);
	return permit_profile(cli, profile, err);
}

int cli_context_init(struct cli *cli, struct err *err)
{
	int rc;

	rc = init_settings(cli, err);
	if (rc == 0)
		rc = init_root(cli, err);
	if (rc == 0)
		rc = init_cgroup_manager(cli, err);
	if (rc == 0)
		rc = enter_rootless(cli, err);
	return rc;
}
