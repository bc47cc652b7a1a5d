#include <string.h>

#include "base/abi.h"
#include "base/str.h"

#include "local.h"
#include "names.h"

#include "base/banned.h"

/* --- namespaces -------------------------------------------------------------------------------- */

static int read_namespace(const struct config_reader *reader, const struct json *node,
	struct config_namespace out[CONFIG_NS_N], struct err *err)
{
	const struct json *type, *path = json_get(node, "path");
	const char *text = NULL;
	unsigned index = 0;
	int r;

	r = config_get_required(node, "type", &type, err);
	if (r == 0)
		r = config_read_name(
			type, config_ns_names, CONFIG_NS_N, "namespace type", &index, err);
	if (r == 0)
		r = config_read_text(path, &text, err);
	if (r < 0)
		return r;
	if (out[index].present)
		return json_err(
			err, node, "namespace '%s' is listed twice", config_ns_names[index]);
	if (text != NULL && text[0] != '/')
		return json_err(err, path, "must be an absolute path");
	if (text != NULL && strlen(text) >= CONFIG_PATH_MAX)
		return json_err(err, path, "longer than %d bytes", CONFIG_PATH_MAX - 1);
	out[index].present = true;
	out[index].path = text;
	out[index].pointer = config_pointer(reader->arena, node);
	return out[index].pointer != NULL ? 0 : config_err_memory(err);
}

static int read_namespaces(const struct config_reader *reader, const struct json *node,
	struct config *out, struct err *err)
{
	int r;

	r = config_check_list(node, CONFIG_LIST_MAX, err);
	if (r < 0 || node == NULL)
		return r;
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		r = read_namespace(reader, child, out->namespaces, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_mappings(const struct config_reader *reader, const struct json *node,
	struct config *out, struct err *err)
{
	int r;

	r = config_read_id_mappings(reader, json_get(node, "uidMappings"), &out->uid_mappings, err);
	if (r == 0)
		r = config_read_id_mappings(
			reader, json_get(node, "gidMappings"), &out->gid_mappings, err);
	if (r < 0)
		return r;
	if ((out->uid_mappings.n == 0) != (out->gid_mappings.n == 0))
		return json_err(err, node, "uidMappings and gidMappings must be given together");
	if (out->uid_mappings.n != 0 && !out->namespaces[CONFIG_NS_USER].present)
		return json_err(err, node, "id mappings without a user namespace");
	return 0;
}

/* --- sysctl ------------------------------------------------------------------------------------ */

/* SECURITY: the key becomes a path below /proc/sys; no spelling of it may lead out of there. A
 * slash within one part stands for a dot of a name ("net/ipv4/conf/eth0.7"), hence both forms. */
static bool is_sysctl_key(const char *key)
{
	size_t len = strlen(key);

	if (len == 0 || len >= CONFIG_PATH_MAX || key[0] == '/' || key[0] == '.')
		return false;
	if (key[len - 1] == '/' || key[len - 1] == '.')
		return false;
	if (strstr(key, "..") != NULL || strstr(key, "//") != NULL || strstr(key, "/.") != NULL ||
		strstr(key, "./") != NULL)
		return false;
	for (const char *s = key; *s != '\0'; s++) {
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return false;
	}
	return true;
}

static int read_sysctls(const struct config_reader *reader, const struct json *node,
	struct config *out, struct err *err)
{
	struct config_sysctl *sysctls;
	size_t n = 0;
	int r;

	r = config_check_object(node, err);
	if (r < 0 || node == NULL)
		return r;
	sysctls = arena_array(reader->arena, node->n_children, sizeof(*sysctls));
	if (sysctls == NULL)
		return config_err_memory(err);
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		if (child->type == JSON_NULL)
			continue;
		if (!is_sysctl_key(child->key))
			return json_err(err, child, "not the name of a sysctl");
		r = json_read_string(child, &sysctls[n].value, err);
		if (r < 0)
			return r;
		sysctls[n].key = child->key;
		sysctls[n].pointer = config_pointer(reader->arena, child);
		if (sysctls[n++].pointer == NULL)
			return config_err_memory(err);
	}
	out->sysctls = sysctls;
	out->n_sysctls = n;
	return 0;
}

/* --- the rest ---------------------------------------------------------------------------------- */

static int read_propagation(const struct json *node, struct config *out, struct err *err)
{
	static const char *const names[] = { "", "shared", "slave", "private", "unbindable",
		"rshared", "rslave", "rprivate", "runbindable" };
	static const uint64_t flags[] = { 0, SYS_MS_SHARED, SYS_MS_SLAVE, SYS_MS_PRIVATE,
		SYS_MS_UNBINDABLE, SYS_MS_SHARED, SYS_MS_SLAVE, SYS_MS_PRIVATE, SYS_MS_UNBINDABLE };
	unsigned index = 0;
	int r;

	r = config_read_name(node, names, ARRAY_SIZE(names), "propagation", &index, err);
	if (r < 0)
		return r;
	out->rootfs_propagation = flags[index];
	out->rootfs_propagation_recursive = names[index][0] == 'r';
	return 0;
}

static bool has_parent_component(const char *path)
{
	for (const char *s = path; (s = strstr(s, "..")) != NULL; s += 2) {
		if ((s == path || s[-1] == '/') && (s[2] == '/' || s[2] == '\0'))
			return true;
	}
	return false;
}

/* linux.cgroupsPath: "" is absent; ".." could leave the place the host gives to containers */
static int read_cgroups_path(const struct json *node, struct config *out, struct err *err)
{
	int r;

	r = config_read_text(node, &out->cgroups_path, err);
	if (r < 0 || out->cgroups_path == NULL)
		return r;
	if (strlen(out->cgroups_path) >= CONFIG_PATH_MAX)
		return json_err(err, node, "longer than %d bytes", CONFIG_PATH_MAX - 1);
	if (has_parent_component(out->cgroups_path))
		return json_err(err, node, "must not contain '..'");
	return 0;
}

static int read_personality(
	struct config_reader *reader, const struct json *node, struct config *out, struct err *err)
{
	static const char *const names[] = { "LINUX", "LINUX32" };
	const struct json *domain, *flags;
	unsigned index = 0;
	int r;

	if (node == NULL)
		return 0;
	r = config_get_required(node, "domain", &domain, err);
	if (r == 0)
		r = config_read_name(domain, names, ARRAY_SIZE(names), "personality", &index, err);
	if (r < 0)
		return r;
	out->has_personality = true;
	out->personality_linux32 = index == 1;
	flags = json_get(node, "flags");
	r = config_check_list(flags, CONFIG_LIST_MAX, err);
	if (r < 0 || flags == NULL || flags->n_children == 0)
		return r;
	return config_defer(reader, flags, "personality flags", err);
}

int config_read_linux(
	struct config_reader *reader, const struct json *node, struct config *out, struct err *err)
{
	int r;

	r = config_check_object(node, err);
	if (r == 0)
		r = read_namespaces(reader, json_get(node, "namespaces"), out, err);
	if (r == 0)
		r = read_mappings(reader, node, out, err);
	if (r == 0)
		r = config_read_devices(reader, json_get(node, "devices"), out, err);
	if (r == 0)
		r = read_cgroups_path(json_get(node, "cgroupsPath"), out, err);
	if (r == 0)
		r = config_read_resources(
			reader->arena, json_get(node, "resources"), &out->resources, err);
	if (r == 0)
		r = read_propagation(json_get(node, "rootfsPropagation"), out, err);
	if (r == 0)
		r = config_read_seccomp(reader, json_get(node, "seccomp"), &out->seccomp, err);
	if (r == 0)
		r = read_sysctls(reader, json_get(node, "sysctl"), out, err);
	if (r == 0)
		r = config_read_paths(
			reader->arena, json_get(node, "maskedPaths"), &out->masked_paths, err);
	if (r == 0)
		r = config_read_paths(
			reader->arena, json_get(node, "readonlyPaths"), &out->readonly_paths, err);
	if (r == 0)
		r = config_read_text(json_get(node, "mountLabel"), &out->mount_label, err);
	if (r == 0)
		r = read_personality(reader, json_get(node, "personality"), out, err);
	if (r == 0)
		r = config_check_fields(reader, node, config_linux_deferred, err);
	return r;
}
