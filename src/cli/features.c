/*
 * The features document of the runtime specification. dockerd, containerd and CRI-O decide from it
 * what they may ask for, so it says what create really does, not what the kernel could.
 */
#include <errno.h>

#include "base/abi.h"
#include "config/config.h"
#include "facts/facts.h"

#include "cli.h"
#include "help.h"

#include "base/banned.h"

static const struct {
	const char *name;
	uint32_t bit;
} seccomp_flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", SYS_SECCOMP_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SYS_SECCOMP_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_LOG", SYS_SECCOMP_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SYS_SECCOMP_FLAG_WAIT_KILLABLE_RECV },
};

static void hooks_and_mounts(struct json_out *out)
{
	json_out_array(out, "hooks");
	for (unsigned kind = 0; kind < CONFIG_HOOK_N; kind++)
		json_out_string(out, NULL, config_hook_name((enum config_hook_kind)kind));
	json_out_end(out);
	json_out_array(out, "mountOptions");
	for (size_t i = 0; config_mount_option_name(i) != NULL; i++)
		json_out_string(out, NULL, config_mount_option_name(i));
	json_out_end(out);
}

static void namespaces(struct json_out *out, const struct facts *facts)
{
	static const enum config_ns_type sorted[] = { CONFIG_NS_CGROUP, CONFIG_NS_IPC,
		CONFIG_NS_MOUNT, CONFIG_NS_NETWORK, CONFIG_NS_PID, CONFIG_NS_TIME, CONFIG_NS_USER,
		CONFIG_NS_UTS };

	json_out_array(out, "namespaces");
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++) {
		if (sorted[i] == CONFIG_NS_CGROUP && !facts->has_cgroup_ns)
			continue;
		if (sorted[i] == CONFIG_NS_TIME && !facts->has_time_ns)
			continue;
		json_out_string(out, NULL, config_ns_name(sorted[i]));
	}
	json_out_end(out);
}

static void capabilities(struct json_out *out, const struct facts *facts)
{
	json_out_array(out, "capabilities");
	for (int cap = 0; cap <= facts->cap_last; cap++) {
		if (config_cap_name(cap) != NULL)
			json_out_string(out, NULL, config_cap_name(cap));
	}
	json_out_end(out);
}

static void cgroup(struct json_out *out)
{
	json_out_object(out, "cgroup");
	json_out_bool(out, "v1", true);
	json_out_bool(out, "v2", true);
	json_out_bool(out, "systemd", host_has_systemd());
	json_out_bool(out, "systemdUser", host_has_systemd());
	json_out_bool(out, "rdma", true);
	json_out_end(out);
}

static void seccomp_names(struct json_out *out)
{
	json_out_array(out, "actions");
	json_out_string(out, NULL, "SCMP_ACT_KILL"); /* the old name of KILL_THREAD */
	for (unsigned action = 0; action < CONFIG_ACT_N; action++) {
		if (action != CONFIG_ACT_NOTIFY) /* parsed, but refused as not supported yet */
			json_out_string(out, NULL,
				config_seccomp_action_name((enum config_seccomp_action)action));
	}
	json_out_end(out);
	json_out_array(out, "operators");
	for (unsigned op = 0; op < CONFIG_CMP_N; op++)
		json_out_string(out, NULL, config_seccomp_op_name((enum config_seccomp_op)op));
	json_out_end(out);
	json_out_array(out, "archs");
	for (size_t i = 0; config_seccomp_arch_name(i) != NULL; i++)
		json_out_string(out, NULL, config_seccomp_arch_name(i));
	json_out_end(out);
}

static void seccomp(struct json_out *out, const struct facts *facts)
{
	json_out_object(out, "seccomp");
	json_out_bool(out, "enabled", true);
	seccomp_names(out);
	json_out_array(out, "knownFlags");
	for (size_t i = 0; i < ARRAY_SIZE(seccomp_flags); i++)
		json_out_string(out, NULL, seccomp_flags[i].name);
	json_out_end(out);
	json_out_array(out, "supportedFlags");
	for (size_t i = 0; i < ARRAY_SIZE(seccomp_flags); i++) {
		if ((facts->seccomp_flags & seccomp_flags[i].bit) != 0)
			json_out_string(out, NULL, seccomp_flags[i].name);
	}
	json_out_end(out);
	json_out_end(out);
}

/* "enabled", in an object of that name */
static void feature(struct json_out *out, const char *name, bool enabled)
{
	json_out_object(out, name);
	json_out_bool(out, "enabled", enabled);
	json_out_end(out);
}

static void annotations(struct json_out *out)
{
	char libseccomp[48];

	cli_version_libseccomp(libseccomp, sizeof(libseccomp));
	json_out_object(out, "annotations");
	json_out_string(out, "io.caisson.version", cli_version_number());
	json_out_string(out, "io.github.seccomp.libseccomp.version", libseccomp);
	json_out_end(out);
}

static void document(struct json_out *out, const struct facts *facts)
{
	json_out_object(out, NULL);
	json_out_string(out, "ociVersionMin", CONFIG_OCI_VERSION_MIN);
	json_out_string(out, "ociVersionMax", CONFIG_OCI_VERSION_MAX);
	hooks_and_mounts(out);
	json_out_object(out, "linux");
	namespaces(out, facts);
	capabilities(out, facts);
	cgroup(out);
	seccomp(out, facts);
	feature(out, "apparmor", true);
	feature(out, "selinux", true);
	feature(out, "intelRdt", false);
	json_out_object(out, "mountExtensions");
	feature(out, "idmap", true);
	json_out_end(out);
	feature(out, "netDevices", false);
	json_out_end(out);
	annotations(out);
	json_out_end(out);
}

int cli_features(struct cli *cli, struct err *err)
{
	_json_out_ struct json_out *out = NULL;
	struct facts *facts = arena_alloc(cli->arena, sizeof(*facts));
	int rc;

	if (facts == NULL)
		return err_new(err, -ENOMEM, "cannot look at this host: out of memory");
	rc = facts_gather(cli->arena, facts, err);
	if (rc < 0)
		return rc;
	out = json_out_new("    ");
	document(out, facts);
	return cli_print_json(out, "\n", err);
}
