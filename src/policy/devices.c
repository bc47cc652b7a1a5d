/* Device nodes, and what the device cgroup lets a container do with them. */
#include <string.h>

#include "rules.h"

#include "base/banned.h"

static const char nodes_pointer[] = "/linux/devices";
static const char rules_pointer[] = "/linux/resources/devices";

enum {
	ANY = -1
};

struct node {
	const char *name;
	uint32_t major;
	int minor;
};

/* What every program may expect below /dev: nothing here reaches hardware or another container. */
static const struct node default_nodes[] = {
	{ "null", 1, 3 },
	{ "zero", 1, 5 },
	{ "full", 1, 7 },
	{ "random", 1, 8 },
	{ "urandom", 1, 9 },
	{ "tty", 5, 0 },
	{ "ptmx", 5, 2 },
	{ "pts", 136, ANY },
};

static bool is_default(const struct config_device *device)
{
	if (device->type == 'p')
		return true;
	if (device->type != 'c')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(default_nodes); i++) {
		if (device->major == default_nodes[i].major &&
			(default_nodes[i].minor == ANY ||
				device->minor == (uint32_t)default_nodes[i].minor))
			return true;
	}
	return device->major == 5 && device->minor == 1; /* console: becomes the terminal's */
}

void policy_rule_device_nodes(struct policy_walk *w)
{
	_str_buf_ struct str_buf list = { 0 };

	for (size_t i = 0; i < w->asked->n_devices && w->profile->devices_limited; i++) {
		const struct config_device *device = &w->asked->devices[i];
		const char *clean = policy_absolute(w->arena, "/", device->path);

		if (clean == NULL) {
			w->failed = true;
			return;
		}
		if (is_default(device) && str_starts(clean, "/dev/"))
			continue;
		policy_list_add(
			&list, arena_fmt(w->arena, "%s (%c %u:%u)", policy_quote(w, device->path),
				       device->type, device->major, device->minor));
	}
	if (list.len > 0)
		policy_refuse(w, nodes_pointer, policy_list(w, &list),
			"null, zero, full, random, urandom, tty, ptmx, console, below /dev");
}

static struct config_device_rule allow_node(const struct node *node)
{
	return (struct config_device_rule){
		.allow = true,
		.type = 'c',
		.has_major = true,
		.major = node->major,
		.has_minor = node->minor != ANY,
		.minor = node->minor != ANY ? (uint32_t)node->minor : 0,
		.read = true,
		.write = true,
		/* caisson-init makes these very nodes from inside the cgroup; the workload can't
		 * make any in its user namespace, and what it could make it may use anyway. */
		.mknod = true,
	};
}

static struct config_device_rule every_device(bool allow, char type)
{
	return (struct config_device_rule){
		.allow = allow,
		.type = type,
		.read = type == 'a',
		.write = type == 'a',
		.mknod = true,
	};
}

static bool is_whole_rule(const struct config_device_rule *rule)
{
	return rule->type == 'a' && !rule->has_major && !rule->has_minor && rule->read &&
	       rule->write && rule->mknod;
}

static void set_rules(struct policy_walk *w, const struct config_device_rule *rules, size_t n)
{
	struct config_resources *resources = &w->out->config.resources;

	resources->devices = rules;
	resources->n_devices = n;
	resources->present = resources->present || n > 0;
}

/* SECURITY: rule 0 is "nothing", so the list can never act as a deny list (GHSA-g54h-m393-cpwq,
 * T-27). */
static void limit_access(struct policy_walk *w)
{
	struct config_device_rule *rules =
		policy_copy(w, NULL, 0, ARRAY_SIZE(default_nodes) + 1, sizeof(*rules));

	if (rules == NULL)
		return;
	rules[0] = every_device(false, 'a');
	for (size_t i = 0; i < ARRAY_SIZE(default_nodes); i++)
		rules[i + 1] = allow_node(&default_nodes[i]);
	set_rules(w, rules, ARRAY_SIZE(default_nodes) + 1);
	policy_tighten(w, rules_pointer,
		arena_fmt(w->arena, "%zu rules", w->asked->resources.n_devices),
		"nothing but null, zero, full, random, urandom, tty, ptmx, pts");
}

/* What every runtime adds behind the config's own rules (oci-checklist T-24): some containers
 * break without, and no engine lists them. */
static void append_defaults(struct policy_walk *w)
{
	static const struct node tun = { "net/tun", 10, 200 };
	const struct config_resources *asked = &w->asked->resources;
	struct config_device_rule *rules = policy_copy(
		w, NULL, 0, asked->n_devices + ARRAY_SIZE(default_nodes) + 4, sizeof(*rules));
	size_t n = 0;

	if (rules == NULL)
		return;
	if (asked->n_devices == 0 || !is_whole_rule(&asked->devices[0]))
		rules[n++] = every_device(false, 'a');
	for (size_t i = 0; i < asked->n_devices; i++)
		rules[n++] = asked->devices[i];
	rules[n++] = every_device(true, 'c');
	rules[n++] = every_device(true, 'b');
	for (size_t i = 0; i < ARRAY_SIZE(default_nodes); i++)
		rules[n++] = allow_node(&default_nodes[i]);
	rules[n++] = allow_node(&tun);
	set_rules(w, rules, n);
	policy_note(w, rules_pointer, arena_fmt(w->arena, "%zu rules", asked->n_devices),
		"the same and the default devices of OCI runtimes");
}

static bool has_device_control(const struct facts *facts)
{
	return facts->cgroup_mode == FACTS_CGROUP_V2 ||
	       facts_find_controller(facts, "devices") != NULL;
}

void policy_rule_device_access(struct policy_walk *w)
{
	if (w->out->is_rootless) {
		/* Takes root; without it no node can be made or opened that the caller can't. */
		if (w->asked->resources.n_devices > 0)
			policy_note(w, rules_pointer,
				arena_fmt(w->arena, "%zu rules", w->asked->resources.n_devices),
				"none: the caller's own rights are the limit");
		set_rules(w, NULL, 0);
		return;
	}
	if (!has_device_control(w->facts)) /* the plan says which limit lacks its controller */
		return;
	if (w->profile->devices_limited)
		limit_access(w);
	else
		append_defaults(w);
}
