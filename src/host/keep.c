/*
 * What exec will need of a container: its plan, and which namespaces its first process was started
 * in, looked at before any code of the container has run (T-16).
 */
#include <sys/stat.h>

#include "base/fd.h"
#include "base/str.h"

#include "launch.h"

#include "base/banned.h"

_Static_assert((int)CONFIG_NS_N <= (int)STORE_NAMESPACES_MAX, "room for one of each type");

/* A caisson that may not look (no CAP_SYS_PTRACE) writes down 0: it could not exec either. */
static void note(struct host_launch *launch, enum config_ns_type type)
{
	struct store_namespace *ns = launch->confine.namespaces;
	char path[64];
	struct stat st;

	while (ns->type != 0)
		ns++;
	ns->type = (unsigned)config_ns_clone_flag(type);
	str_fmt(path, sizeof(path), "/proc/%d/ns/%s", (int)launch->init.pid, config_ns_file(type));
	ns->ino = stat(path, &st) == 0 ? st.st_ino : 0;
}

/* Born with it, and never left: all but a mount namespace that is copied once more. */
static bool is_settled(const struct host_launch *launch, enum config_ns_type type)
{
	if (type == CONFIG_NS_MOUNT && launch->preview.decisions.layout == POLICY_LAYOUT_OWNING)
		return false;
	return (launch->preview.plan.header->clone_flags & (unsigned)config_ns_clone_flag(type)) !=
	       0;
}

static void note_all(struct host_launch *launch, bool settled)
{
	const struct config *config = &launch->preview.decisions.config;

	for (int i = 0; i < CONFIG_NS_N; i++) {
		enum config_ns_type type = (enum config_ns_type)i;

		if (config->namespaces[type].present && is_settled(launch, type) == settled)
			note(launch, type);
	}
}

int host_keep_begin(struct host_launch *launch, struct err *err)
{
	const struct config_process *process = &launch->preview.decisions.config.process;
	const struct plan *plan = &launch->preview.plan;

	launch->confine.is_limited = launch->preview.decisions.profile->caps_limited;
	launch->confine.caps_droppable = launch->preview.decisions.profile->caps_droppable;
	launch->confine.as_root = policy_exec_as_root(launch->preview.decisions.profile);
	launch->confine.cpus_initial = process->exec_cpus_initial;
	launch->confine.cpus_final = process->exec_cpus_final;
	launch->confine.plan_size = plan->header->size;
	note_all(launch, true);
	return store_confine_begin(
		launch->entry.entry_fd, plan->base, plan->header->size, &launch->confine_fd, err);
}

int host_keep_finish(struct host_launch *launch, struct err *err)
{
	int r;

	note_all(launch, false);
	r = store_confine_finish(launch->confine_fd, &launch->confine, err);
	fd_cleanup(&launch->confine_fd);
	return r;
}
