/* Capabilities: never above the ceiling, and only in the sets that a workload needs. */
#include "base/abi.h"

#include "rules.h"

#include "base/banned.h"

static const char caps_pointer[] = "/process/capabilities";

uint64_t policy_cap_all(const struct config_caps *caps)
{
	return caps->bounding | caps->effective | caps->inheritable | caps->permitted |
	       caps->ambient;
}

void policy_cap_keep(struct config_caps *caps, uint64_t mask)
{
	caps->bounding &= mask;
	caps->effective &= mask;
	caps->inheritable &= mask;
	caps->permitted &= mask;
	caps->ambient &= mask;
}

/* The first set, in the order of the specification, that has one of @caps */
const char *policy_cap_pointer(const struct config_caps *caps, uint64_t which)
{
	const struct {
		uint64_t set;
		const char *pointer;
	} sets[] = {
		{ caps->bounding, "/process/capabilities/bounding" },
		{ caps->effective, "/process/capabilities/effective" },
		{ caps->inheritable, "/process/capabilities/inheritable" },
		{ caps->permitted, "/process/capabilities/permitted" },
		{ caps->ambient, "/process/capabilities/ambient" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		if ((sets[i].set & which) != 0)
			return sets[i].pointer;
	}
	return caps_pointer;
}

/* "CAP_SYS_ADMIN, CAP_BPF": the names as the config has them, so that they can be searched for */
const char *policy_cap_names(struct policy_walk *w, uint64_t caps)
{
	_str_buf_ struct str_buf list = { 0 };

	for (int cap = 0; cap < 64; cap++) {
		if ((caps >> cap & 1) != 0 && config_cap_name(cap) != NULL)
			policy_list_add(&list, config_cap_name(cap));
	}
	return list.len > 0 ? policy_list(w, &list) : "none";
}

void policy_rule_caps_unknown(struct policy_walk *w)
{
	_str_buf_ struct str_buf list = { 0 };
	const struct json_strings *unknown = &w->asked->process.caps.unknown;

	for (size_t i = 0; i < unknown->n; i++)
		policy_list_add(&list, policy_quote(w, unknown->items[i]));
	if (unknown->n > 0)
		policy_note(w, caps_pointer, policy_list(w, &list), "ignored");
}

/* In a user namespace of its own a process has all that the kernel knows; only without one the
 * container gets what caisson itself may hand on. */
static uint64_t available(const struct policy_walk *w)
{
	int last = w->facts->cap_last > 0 ? w->facts->cap_last : SYS_CAP_LAST_KNOWN;
	uint64_t known = last >= 63 ? UINT64_MAX : (1ULL << (last + 1)) - 1;

	/* `plan` as an ordinary user: run will be root of an outer user namespace */
	if (w->out->layout != POLICY_LAYOUT_HOST ||
		(w->out->is_rootless && w->facts->initial_userns))
		return known;
	return known & w->facts->caps;
}

void policy_rule_caps_unavailable(struct policy_walk *w)
{
	struct config_caps *caps = &w->out->config.process.caps;
	uint64_t lost = policy_cap_all(caps) & ~available(w);

	if (!w->asked->process.has_caps || lost == 0)
		return;
	policy_cap_keep(caps, ~lost);
	policy_note(w, policy_cap_pointer(&w->asked->process.caps, lost), policy_cap_names(w, lost),
		"ignored");
}

/* SECURITY: without a user namespace of its own a container has them on the host */
static uint64_t ceiling_of(const struct policy_walk *w)
{
	if (w->out->layout != POLICY_LAYOUT_HOST || w->out->is_rootless)
		return w->profile->caps_ceiling;
	return w->profile->caps_ceiling & ~w->profile->caps_floor;
}

void policy_rule_caps_default(struct policy_walk *w)
{
	struct config_process *process = &w->out->config.process;
	uint64_t given = ceiling_of(w) & w->profile->caps_default & available(w);

	if (process->has_caps)
		return;
	process->has_caps = true;
	process->caps = (struct config_caps){ .bounding = given };
	if (process->user.uid == 0)
		process->caps.effective = process->caps.permitted = given;
	policy_tighten(w, caps_pointer, "absent", policy_cap_names(w, given));
}

void policy_rule_caps_ceiling(struct policy_walk *w)
{
	const struct config_caps *asked = &w->asked->process.caps;
	uint64_t ceiling = ceiling_of(w);
	uint64_t beyond = policy_cap_all(asked) & ~(ceiling | w->profile->caps_droppable);

	if (beyond == 0)
		return;
	policy_cap_keep(&w->out->config.process.caps, ceiling);
	policy_refuse(w, policy_cap_pointer(asked, beyond), policy_cap_names(w, beyond),
		policy_cap_names(w, ceiling));
}

void policy_rule_caps_dropped(struct policy_walk *w)
{
	const struct config_caps *asked = &w->asked->process.caps;
	uint64_t dropped = policy_cap_all(asked) & w->profile->caps_droppable & ~ceiling_of(w);

	if (dropped == 0)
		return;
	policy_cap_keep(&w->out->config.process.caps, ~dropped);
	policy_tighten(
		w, policy_cap_pointer(asked, dropped), policy_cap_names(w, dropped), "dropped");
}

void policy_rule_caps_inheritable(struct policy_walk *w)
{
	const struct config_caps *asked = &w->asked->process.caps;

	/* SECURITY: CVE-2022-24769 and its family (T-21) */
	if (asked->inheritable == 0)
		return;
	if (w->profile->ambient_allowed) /* the kernel wants them for ambient ones */
		w->out->config.process.caps.inheritable &= asked->ambient;
	else
		w->out->config.process.caps.inheritable = 0;
	if ((asked->inheritable & ~w->out->config.process.caps.inheritable) == 0)
		return;
	policy_tighten(w, "/process/capabilities/inheritable",
		policy_cap_names(w, asked->inheritable),
		policy_cap_names(w, w->out->config.process.caps.inheritable));
}

void policy_rule_caps_ambient(struct policy_walk *w)
{
	uint64_t ambient = w->asked->process.caps.ambient;

	if (w->profile->ambient_allowed)
		return;
	w->out->lock_ambient = true;
	if (ambient == 0)
		return;
	w->out->config.process.caps.ambient = 0;
	policy_tighten(w, "/process/capabilities/ambient", policy_cap_names(w, ambient), "none");
}

void policy_rule_caps_subset(struct policy_walk *w)
{
	struct config_caps *caps = &w->out->config.process.caps;
	uint64_t lost = (caps->permitted | caps->effective) & ~caps->bounding;

	/* What the kernel would refuse (effective beyond permitted) is cut as well. */
	lost |= caps->effective & ~caps->permitted;
	caps->permitted &= caps->bounding;
	caps->effective &= caps->permitted;
	if (lost != 0)
		policy_tighten(w, caps_pointer, policy_cap_names(w, lost),
			"not permitted or effective: outside the set that limits it");
}
