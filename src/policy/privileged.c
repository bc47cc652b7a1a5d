/*
 * A container that has been made privileged is not one mistake but all of them at once. Each has
 * its rule; this one says what the whole adds up to.
 */
#include "base/abi.h"

#include "rules.h"

#include "base/banned.h"

enum {
	SIGNS_ENOUGH = 4,
	CAPS_MANY = 30
};

static bool has_most_caps(const struct config *config)
{
	uint64_t caps = config->process.caps.bounding;
	int n = 0;

	for (; caps != 0; caps &= caps - 1)
		n++;
	return n >= CAPS_MANY;
}

static bool has_every_device(const struct config *config)
{
	for (size_t i = 0; i < config->resources.n_devices; i++) {
		const struct config_device_rule *rule = &config->resources.devices[i];

		if (rule->allow && rule->type == 'a' && !rule->has_major && !rule->has_minor)
			return true;
	}
	return false;
}

static bool has_writable_sys(const struct config *config)
{
	for (size_t i = 0; i < config->n_mounts; i++) {
		const struct config_mount *mount = &config->mounts[i];

		if (str_eq(mount->destination, "/sys") &&
			((mount->options.attr_set | mount->options.rec_attr_set) &
				SYS_ATTR_RDONLY) == 0)
			return true;
	}
	return false;
}

void policy_rule_privileged(struct policy_walk *w)
{
	const struct config *config = w->asked;
	const struct {
		bool is_there;
		const char *name;
	} signs[] = {
		{ has_most_caps(config), "nearly all capabilities" },
		{ config->seccomp == NULL, "no seccomp filter" },
		{ config->masked_paths.n == 0, "no masked paths" },
		{ config->readonly_paths.n == 0, "no read-only paths" },
		{ has_every_device(config), "every device" },
		{ has_writable_sys(config), "a writable /sys" },
	};
	_str_buf_ struct str_buf list = { 0 };
	int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		if (!signs[i].is_there)
			continue;
		policy_list_add(&list, signs[i].name);
		n++;
	}
	if (n >= SIGNS_ENOUGH)
		policy_refuse(w, "", policy_list(w, &list), "no privileged container");
}
