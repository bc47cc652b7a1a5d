/* Kernel settings: only those that end at a namespace of the container. */
#include <string.h>

#include "base/abi.h"

#include "rules.h"

#include "base/banned.h"

enum {
	VALUE_MAX = 256,
	KEY_MAX = 256
};

/* The first separator decides: "net.ipv4.x" or "net/ipv4/x" (sysctl.d(5)). Only a key with dots
 * is converted; what is in it as a slash stays one. */
static const char *key_path(struct policy_walk *w, const char *key)
{
	char *path = arena_strdup(w->arena, key);
	size_t first = strcspn(key, "./");

	if (path == NULL) {
		w->failed = true;
		return "";
	}
	for (char *p = path; key[first] == '.' && *p != '\0'; p++) {
		if (*p == '.')
			*p = '/';
	}
	return path;
}

static bool is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || c == '/' || c == ':' || c == '@';
}

/* SECURITY: a key is a path below /proc/sys; "net/../kernel/core_pattern" and an empty part are
 * refused before anything looks at its family (CVE-2022-0811, T-18). */
static bool is_clean_path(const char *path)
{
	const char *part = path;

	if (strlen(path) > KEY_MAX || strchr(path, '/') == NULL)
		return false;
	for (const char *p = path; *p != '\0'; p++) {
		if (!is_key_char(*p))
			return false;
	}
	while (*part != '\0') {
		size_t len = strcspn(part, "/");

		if (len == 0 || (len == 1 && part[0] == '.') ||
			(len == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		part += len;
		if (*part == '/' && *++part == '\0')
			return false;
	}
	return true;
}

static bool is_clean_value(const char *value)
{
	if (value == NULL || strlen(value) > VALUE_MAX)
		return false;
	for (const char *p = value; *p != '\0'; p++) {
		if (((unsigned char)*p < 0x20 && *p != '\t') || (unsigned char)*p >= 0x7f)
			return false;
	}
	return true;
}

void policy_rule_sysctl_key(struct policy_walk *w)
{
	for (size_t i = 0; i < w->asked->n_sysctls && !w->failed; i++) {
		const struct config_sysctl *sysctl = &w->asked->sysctls[i];

		if (!is_clean_path(key_path(w, sysctl->key)))
			policy_refuse(w, sysctl->pointer,
				arena_fmt(w->arena, "sysctl %s is not a valid key",
					policy_quote(w, sysctl->key)),
				"");
		else if (!is_clean_value(sysctl->value))
			policy_refuse(w, sysctl->pointer,
				arena_fmt(w->arena,
					"value of sysctl %s is not one line of at "
					"most %d printable characters",
					policy_quote(w, sysctl->key), (int)VALUE_MAX),
				"");
	}
}

/* @pattern is written with dots, which match slashes only; a final '*' matches any rest. */
static bool matches(const char *pattern, const char *path)
{
	for (; *pattern != '\0'; pattern++, path++) {
		if (pattern[0] == '*' && pattern[1] == '\0')
			return *path != '\0';
		if (*path != (*pattern == '.' ? '/' : *pattern))
			return false;
	}
	return *path == '\0';
}

/* Settings that exist once per namespace, and of which one. */
static const struct {
	const char *pattern;
	enum config_ns_type ns;
} families[] = {
	{ "net.*", CONFIG_NS_NETWORK },
	{ "fs.mqueue.*", CONFIG_NS_IPC },
	{ "kernel.domainname", CONFIG_NS_UTS },
	{ "kernel.msgmax", CONFIG_NS_IPC },
	{ "kernel.msgmnb", CONFIG_NS_IPC },
	{ "kernel.msgmni", CONFIG_NS_IPC },
	{ "kernel.sem", CONFIG_NS_IPC },
	{ "kernel.shmall", CONFIG_NS_IPC },
	{ "kernel.shmmax", CONFIG_NS_IPC },
	{ "kernel.shmmni", CONFIG_NS_IPC },
	{ "kernel.shm_rmid_forced", CONFIG_NS_IPC },
};

static const char *namespace_problem(struct policy_walk *w, const char *path)
{
	if (matches("kernel.hostname", path))
		return "conflicts with hostname: use that field";
	/* Belongs to whoever writes it, and that is caisson-init before it is in the user
	 * namespace: the host's own limits would change. */
	if (matches("user.*", path))
		return "is not supported yet";
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		if (!matches(families[i].pattern, path))
			continue;
		return policy_ns_is_private(w, families[i].ns)
			       ? NULL
			       : "is not allowed without a namespace of the container";
	}
	return "is not in a separate kernel namespace";
}

void policy_rule_sysctl_namespace(struct policy_walk *w)
{
	for (size_t i = 0; i < w->asked->n_sysctls && !w->failed; i++) {
		const struct config_sysctl *sysctl = &w->asked->sysctls[i];
		const char *path = key_path(w, sysctl->key);
		const char *problem = is_clean_path(path) ? namespace_problem(w, path) : NULL;

		if (problem != NULL)
			policy_refuse(w, sysctl->pointer,
				arena_fmt(w->arena, "sysctl %s %s", policy_quote(w, sysctl->key),
					problem),
				"");
	}
}

static bool is_allowed(const struct policy_walk *w, const char *path)
{
	for (size_t i = 0; i < w->profile->sysctls.n; i++) {
		if (matches(w->profile->sysctls.items[i], path))
			return true;
	}
	return false;
}

void policy_rule_sysctl_allowed(struct policy_walk *w)
{
	for (size_t i = 0; i < w->asked->n_sysctls; i++) {
		const struct config_sysctl *sysctl = &w->asked->sysctls[i];
		const char *path = key_path(w, sysctl->key);

		/* one finding is enough: not in any profile */
		if (!is_clean_path(path) || namespace_problem(w, path) != NULL ||
			is_allowed(w, path))
			continue;
		policy_refuse(w, sysctl->pointer,
			arena_fmt(w->arena, "sysctl %s", policy_quote(w, sysctl->key)),
			"settings of the profile's list");
	}
}

/* --- what the launcher pays for the layout ----------------------------------------------------- */

static bool is_set(struct policy_walk *w, const char *pattern)
{
	for (size_t i = 0; i < w->asked->n_sysctls; i++) {
		if (matches(pattern, key_path(w, w->asked->sysctls[i].key)))
			return true;
	}
	return false;
}

static void add_sysctl(struct policy_walk *w, const char *key, const char *value)
{
	struct config *config = &w->out->config;
	struct config_sysctl *sysctls;

	if (is_set(w, key))
		return;
	sysctls = policy_copy(w, config->sysctls, config->n_sysctls, 1, sizeof(*sysctls));
	if (sysctls == NULL || value == NULL) {
		w->failed = true;
		return;
	}
	sysctls[config->n_sysctls] =
		(struct config_sysctl){ .pointer = "/linux/sysctl", .key = key, .value = value };
	config->sysctls = sysctls;
	config->n_sysctls++;
	policy_note(w, "/linux/sysctl", arena_fmt(w->arena, "%s: not set", key), value);
}

/* The highest group that can be named where the setting is written. */
static uint64_t last_group(const struct policy_walk *w)
{
	if (!w->out->is_rootless)
		return INT32_MAX;
	return w->facts->ids_available > 0 ? w->facts->ids_available - 1 : FACTS_ID_BLOCK - 1;
}

void policy_rule_sysctl_defaults(struct policy_walk *w)
{
	const uint64_t net_bind_service = 1ULL << 10;
	const struct config *config = &w->out->config;
	const struct config_namespace *net = &config->namespaces[CONFIG_NS_NETWORK];

	if (w->out->layout != POLICY_LAYOUT_NOTHING || !net->present || net->path != NULL)
		return;
	if (config->process.has_caps && (config->process.caps.bounding & net_bind_service) != 0)
		add_sysctl(w, "net.ipv4.ip_unprivileged_port_start", "0");
	/* Instead of NET_RAW, which no ping of today needs. */
	add_sysctl(w, "net.ipv4.ping_group_range",
		arena_fmt(w->arena, "0 %llu", (unsigned long long)last_group(w)));
}
