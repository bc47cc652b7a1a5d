/*
 * The rules, one row each. Rules that hold in every profile have nothing in the last column; what
 * they find reads like an error of runc. The order is that of the findings, and later rules see
 * what earlier ones decided: the user namespace first, capabilities before sysctls.
 */
#include "rules.h"

#include "base/banned.h"

static const struct policy_rule rules[] = {
	{ "process.required", policy_rule_process_required, "a container needs a program to run",
		NULL },
	{ "unsupported.field", policy_rule_unsupported,
		"what cannot be honoured yet is never ignored", NULL },
	{ "unsupported.label", policy_rule_labels, "a label that is not in force protects nothing",
		NULL },

	{ "userns.mappings", policy_rule_userns_mappings,
		"a user namespace without complete mappings has no ids", NULL },
	{ "userns.host", policy_rule_userns_host, "root of the container would be root of the host",
		"a profile with \"userns\": \"config\"" },
	{ "userns.always", policy_rule_userns_always,
		"without a user namespace root of the container is root of the host", NULL },
	{ "userns.host-root", policy_rule_userns_host_root,
		"a process of the container would be root of the host",
		"map ids of the host that belong to nobody else" },
	{ "identity.mapped", policy_rule_identity_mapped, "an id without mapping cannot be taken",
		NULL },

	{ "namespace.path", policy_rule_namespace_path,
		"only a namespace of the right type can be joined", NULL },
	{ "namespace.uts", policy_rule_namespace_uts, "setting it would rename the host", NULL },
	{ "namespace.mount", policy_rule_namespace_mount,
		"what is mounted or hidden would be so for the host", NULL },
	{ "namespace.host", policy_rule_namespace_host,
		"the workload would see and reach the host's own",
		"a profile with \"host_namespaces_refused\": false" },
	{ "namespace.added", policy_rule_namespace_added,
		"what the host shows there is of no use to a workload but a guide to an attacker",
		NULL },

	{ "root.path", policy_rule_root_path, "a container needs a directory as its root", NULL },
	{ "root.host", policy_rule_root_host,
		"root of the container could change files of the host",
		"a profile with \"mounts_limited\": false" },
	{ "root.idmap", policy_rule_root_idmap,
		"without shifted ids the workload could not use its own files",
		"put the root file system in a plain directory, or use profile oci" },
	{ "root.flags", policy_rule_root_flags,
		"set-user-id programs and device nodes of an image serve an attacker only", NULL },
	{ "root.propagation", policy_rule_root_propagation,
		"mounts of the container and of the host must not reach each other",
		"a profile with \"mounts_limited\": false" },

	{ "mount.source-missing", policy_rule_mount_source_missing, "there is nothing to mount",
		NULL },
	{ "mount.inside-proc", policy_rule_mount_inside_proc,
		"a forged /proc hides whether labels and limits are in force", NULL },
	{ "mount.over-proc", policy_rule_mount_over_proc,
		"/proc and /sys must be the kernel's own, masked, and in their place",
		"a profile with \"mounts_limited\": false" },
	{ "mount.type", policy_rule_mount_type,
		"other file systems open the host's devices or kernel interfaces",
		"a profile with \"mounts_limited\": false" },
	{ "mount.remount", policy_rule_mount_remount,
		"a remount can take back what another mount restricts",
		"a profile with \"mounts_limited\": false" },
	{ "mount.source", policy_rule_mount_source,
		"it hands over the host: its whole tree, its devices, its kernel interfaces or a "
		"service that is root",
		"a profile with \"mounts_limited\": false" },
	{ "mount.propagation", policy_rule_mount_propagation,
		"mounts of the container would appear on the host",
		"a profile with \"mounts_limited\": false" },
	{ "mount.dev", policy_rule_mount_dev,
		"a /dev that others fill can redirect what is opened there",
		"a profile with \"own_dev\": false" },
	{ "mount.flags", policy_rule_mount_flags,
		"kernel interfaces and scratch space need neither these rights nor writing", NULL },
	{ "volume.flags", policy_rule_volume_flags,
		"a set-user-id file or device node planted in a volume is an attack on the host",
		NULL },

	/* ORDER: after all that changes the list of mounts: volumes are counted as those are */
	{ "volume.host-root", policy_rule_volume_host_root,
		"root of the container would be root of the host in that tree", NULL },
	{ "volume.idmap", policy_rule_volume_idmap,
		"without a map all of its files would belong to nobody",
		"a profile whose \"volume_map_paths\" has \"none\" for it, or profile oci" },
	{ "volume.map", policy_rule_volume_map,
		"no id of the container is one of the host, but its volumes' owners are", NULL },

	{ "paths.masked", policy_rule_masked_paths, "they tell of the host or of other containers",
		NULL },
	{ "paths.readonly", policy_rule_readonly_paths, "writing there changes the host", NULL },

	{ "device.nodes", policy_rule_device_nodes, "a device is a way around every namespace",
		"a profile with \"devices_limited\": false" },
	{ "device.access", policy_rule_device_access,
		"the device list starts from nothing and holds what every program needs", NULL },

	{ "caps.unknown", policy_rule_caps_unknown, "no kernel known here has it", NULL },
	{ "caps.unavailable", policy_rule_caps_unavailable,
		"caisson does not have it itself or the kernel does not know it", NULL },
	{ "caps.default", policy_rule_caps_default,
		"what the caller happens to have is not what the workload needs", NULL },
	{ "caps.ceiling", policy_rule_caps_ceiling,
		"it opens parts of the kernel that ordinary programs never need",
		"a profile whose \"capabilities_ceiling\" lists it" },
	{ "caps.dropped", policy_rule_caps_dropped,
		"engines grant it to everybody and hardly any image uses it", NULL },
	{ "caps.inheritable", policy_rule_caps_inheritable,
		"a program with inheritable file capabilities would regain privileges", NULL },
	{ "caps.ambient", policy_rule_caps_ambient,
		"ambient capabilities survive a change of user and every execve", NULL },
	{ "caps.subset", policy_rule_caps_subset,
		"nobody holds what the bounding set does not contain", NULL },
	{ "userns.owning", policy_rule_userns_owning,
		"the capability has power over namespaces that the container owns only", NULL },

	{ "seccomp.flags", policy_rule_seccomp_flags,
		"a filter without a flag it was written for is another filter", NULL },
	{ "seccomp.floor", policy_rule_seccomp_floor,
		"there is always a filter that denies by default, whatever the config brings",
		NULL },
	{ "seccomp.permissive", policy_rule_seccomp_permissive,
		"a filter that lets unknown calls through is no protection", NULL },

	{ "process.no-new-privileges", policy_rule_no_new_privileges,
		"no program may raise its privileges by execve", NULL },
	{ "process.keyring", policy_rule_keyring,
		"the caller's session keyring may hold keys of the host", NULL },
	{ "process.oom-score", policy_rule_oom_score,
		"the kernel would kill processes of the host first", NULL },

	{ "rlimit.bound", policy_rule_rlimit_bound,
		"more lets one container exhaust the kernel's memory or leave core files", NULL },
	{ "rlimit.default", policy_rule_rlimit_default,
		"limits must not depend on who called caisson", NULL },

	{ "hook.trusted", policy_rule_hook_trusted,
		"it runs as root on the host, so whoever can change it is root there",
		"make it an executable of root, in directories that only root can write, outside "
		"the root file system" },
	{ "hook.environment", policy_rule_hook_environment,
		"variables of the caller or of the image steer a program that runs as root", NULL },

	{ "sysctl.key", policy_rule_sysctl_key,
		"the key must name one file below /proc/sys, the value be one line", NULL },
	{ "sysctl.namespace", policy_rule_sysctl_namespace, "it would change the host", NULL },
	{ "sysctl.allowed", policy_rule_sysctl_allowed,
		"it is not known to be harmless to the host",
		"a profile whose \"sysctls\" list has it" },
	{ "sysctl.defaults", policy_rule_sysctl_defaults,
		"the host owns the network namespace, so the capability alone does not give it",
		NULL },
};

const struct policy_rule *policy_rule_at(size_t i)
{
	return i < ARRAY_SIZE(rules) ? &rules[i] : NULL;
}
