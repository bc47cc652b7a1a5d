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
	uint32_t major;
	int minor;
};

/* What every program may expect below /dev: nothing here reaches hardware or another container. */
static const struct node default_nodes[] = {
	{ 1, 3 },     /* null */
	{ 1, 5 },     /* zero */
	{ 1, 7 },     /* full */
	{ 1, 8 },     /* random */
	{ 1, 9 },     /* urandom */
	{ 5, 0 },     /* tty */
	{ 5, 2 },     /* ptmx */
	{ 136, ANY }, /* pts/N */
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

	for (size_t i = 0; i < w->asked->n_devices; i++) {
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

static bool is_whole(const struct config_device_rule *rule)
{
	return rule->type == 'a' && !rule->has_major && !rule->has_minor;
}

/* Within what every container may use anyway; the plan adds those nodes to any list. */
static bool allows_defaults_only(const struct config_device_rule *rule)
{
	if (rule->type != 'c' || !rule->has_major)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(default_nodes); i++) {
		const struct node *node = &default_nodes[i];

		if (rule->major == node->major &&
			(node->minor == ANY ||
				(rule->has_minor && rule->minor == (uint32_t)node->minor)))
			return true;
	}
	return false;
}

static const char *number(struct policy_walk *w, bool has, uint32_t value)
{
	return has ? arena_fmt(w->arena, "%u", value) : "*";
}

static const char *rule_text(struct policy_walk *w, const struct config_device_rule *rule)
{
	const char *major = number(w, rule->has_major, rule->major);
	const char *minor = number(w, rule->has_minor, rule->minor);

	if (major == NULL || minor == NULL)
		return NULL;
	return arena_fmt(w->arena, "%c %s:%s %s%s%s", rule->type, major, minor,
		rule->read ? "r" : "", rule->write ? "w" : "", rule->mknod ? "m" : "");
}

/* SECURITY: rule 0 is "nothing", so the list can never act as a deny list (GHSA-g54h-m393-cpwq,
 * T-27). */
static void limit_access(struct policy_walk *w)
{
	_str_buf_ struct str_buf dropped = { 0 };
	const struct config_resources *asked = &w->asked->resources;
	struct config_device_rule *nothing;

	for (size_t i = 0; i < asked->n_devices; i++) {
		if (asked->devices[i].allow && !allows_defaults_only(&asked->devices[i]))
			policy_list_add(&dropped, rule_text(w, &asked->devices[i]));
	}
	if (asked->n_devices == 0 ||
		(asked->n_devices == 1 && is_whole(&asked->devices[0]) && !asked->devices[0].allow))
		return;
	nothing = policy_copy(w, NULL, 0, 1, sizeof(*nothing));
	if (nothing == NULL)
		return;
	*nothing = (struct config_device_rule){
		.type = 'a',
		.read = true,
		.write = true,
		.mknod = true,
	};
	w->out->config.resources.devices = nothing;
	w->out->config.resources.n_devices = 1;
	if (dropped.len > 0)
		policy_tighten(w, rules_pointer, policy_list(w, &dropped), "not allowed");
}

void policy_rule_device_access(struct policy_walk *w)
{
	size_t n = w->asked->resources.n_devices;

	if (w->out->is_rootless && n > 0) {
		/* A list takes root; without one no node can be made, or opened that the caller
		 * can't open. */
		w->out->config.resources.n_devices = 0;
		policy_note(w, rules_pointer, arena_fmt(w->arena, "%zu rules", n),
			"none: the caller's own rights are the limit");
		return;
	}
	if (w->profile->devices_limited)
		limit_access(w);
}
