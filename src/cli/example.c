#include "example.h"

#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"
#include "config/config.h"

#include "base/banned.h"

enum {
	OPTIONS_MAX = 8
};

struct example_mount {
	const char *destination;
	const char *type;
	const char *source;
	const char *options[OPTIONS_MAX];
};

static const struct example_mount mounts[] = {
	{ "/proc", "proc", "proc", { NULL } },
	{ "/dev", "tmpfs", "tmpfs", { "nosuid", "strictatime", "mode=755", "size=65536k" } },
	{ "/dev/pts", "devpts", "devpts",
		{ "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" } },
	{ "/dev/shm", "tmpfs", "shm", { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ "/dev/mqueue", "mqueue", "mqueue", { "nosuid", "noexec", "nodev" } },
	{ "/sys", "sysfs", "sysfs", { "nosuid", "noexec", "nodev", "ro" } },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", { "nosuid", "noexec", "nodev", "relatime", "ro" } },
};

static const char *const capabilities[] = { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" };

static const char *const masked_paths[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/proc/sched_debug",
	"/sys/firmware",
	"/proc/scsi",
	"/sys/devices/virtual/tpm",
};

static const char *const readonly_paths[] = {
	"/proc/bus",
	"/proc/fs",
	"/proc/irq",
	"/proc/sys",
	"/proc/sysrq-trigger",
};

static void strings(struct json_out *out, const char *key, const char *const *items, size_t n)
{
	json_out_array(out, key);
	for (size_t i = 0; i < n; i++)
		json_out_string(out, NULL, items[i]);
	json_out_end(out);
}

static void process(struct json_out *out)
{
	static const char *const args[] = { "sh" };
	static const char *const env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"
	};
	static const char *const sets[] = { "bounding", "effective", "permitted" };

	json_out_object(out, "process");
	json_out_bool(out, "terminal", true);
	json_out_object(out, "user");
	json_out_u64(out, "uid", 0);
	json_out_u64(out, "gid", 0);
	json_out_end(out);
	strings(out, "args", args, ARRAY_SIZE(args));
	strings(out, "env", env, ARRAY_SIZE(env));
	json_out_string(out, "cwd", "/");
	json_out_object(out, "capabilities");
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		strings(out, sets[i], capabilities, ARRAY_SIZE(capabilities));
	json_out_end(out);
	json_out_array(out, "rlimits");
	json_out_object(out, NULL);
	json_out_string(out, "type", "RLIMIT_NOFILE");
	json_out_u64(out, "hard", 1024);
	json_out_u64(out, "soft", 1024);
	json_out_end(out);
	json_out_end(out);
	json_out_bool(out, "noNewPrivileges", true);
	json_out_end(out);
}

static void mount(struct json_out *out, const struct example_mount *mount, bool rootless)
{
	json_out_object(out, NULL);
	json_out_string(out, "destination", mount->destination);
	json_out_string(out, "type", mount->type);
	json_out_string(out, "source", mount->source);
	if (mount->options[0] != NULL)
		json_out_array(out, "options");
	for (size_t i = 0; i < OPTIONS_MAX && mount->options[i] != NULL; i++) {
		/* group 5 does not exist where only the caller is mapped */
		if (!rootless || !str_starts(mount->options[i], "gid="))
			json_out_string(out, NULL, mount->options[i]);
	}
	if (mount->options[0] != NULL)
		json_out_end(out);
	json_out_end(out);
}

static void mount_list(struct json_out *out, bool rootless)
{
	json_out_array(out, "mounts");
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		mount(out, &mounts[i], rootless);
	}
	json_out_end(out);
}

static void id_mapping(struct json_out *out, const char *key, uint32_t host_id)
{
	json_out_array(out, key);
	json_out_object(out, NULL);
	json_out_u64(out, "containerID", 0);
	json_out_u64(out, "hostID", host_id);
	json_out_u64(out, "size", 1);
	json_out_end(out);
	json_out_end(out);
}

static void deny_devices(struct json_out *out)
{
	json_out_object(out, "resources");
	json_out_array(out, "devices");
	json_out_object(out, NULL);
	json_out_bool(out, "allow", false);
	json_out_string(out, "access", "rwm");
	json_out_end(out);
	json_out_end(out);
	json_out_end(out);
}

static void add_namespace(struct json_out *out, enum config_ns_type type)
{
	json_out_object(out, NULL);
	json_out_string(out, "type", config_ns_name(type));
	json_out_end(out);
}

static void namespace_list(struct json_out *out, const struct cli_example *example)
{
	json_out_array(out, "namespaces");
	add_namespace(out, CONFIG_NS_PID);
	/* Unlike runc's, also rootless: without it the host's network is the container's. */
	add_namespace(out, CONFIG_NS_NETWORK);
	add_namespace(out, CONFIG_NS_IPC);
	add_namespace(out, CONFIG_NS_UTS);
	add_namespace(out, CONFIG_NS_MOUNT);
	if (example->cgroup_namespace)
		add_namespace(out, CONFIG_NS_CGROUP);
	if (example->rootless)
		add_namespace(out, CONFIG_NS_USER);
	json_out_end(out);
}

void cli_example_json(const struct cli_example *example, struct json_out *out)
{
	json_out_object(out, NULL);
	json_out_string(out, "ociVersion", CONFIG_OCI_VERSION_MAX);
	process(out);
	json_out_object(out, "root");
	json_out_string(out, "path", "rootfs");
	json_out_bool(out, "readonly", true);
	json_out_end(out);
	json_out_string(out, "hostname", "caisson");
	mount_list(out, example->rootless);
	json_out_object(out, "linux");
	if (example->rootless) {
		id_mapping(out, "uidMappings", example->uid);
		id_mapping(out, "gidMappings", example->gid);
	} else {
		deny_devices(out);
	}
	namespace_list(out, example);
	strings(out, "maskedPaths", masked_paths, ARRAY_SIZE(masked_paths));
	strings(out, "readonlyPaths", readonly_paths, ARRAY_SIZE(readonly_paths));
	json_out_end(out);
	json_out_end(out);
}
