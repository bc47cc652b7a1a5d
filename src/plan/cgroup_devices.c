/*
 * linux.resources.devices as rules. The list always starts from "nothing" and later rules win; it
 * ends with what every container has, because no configuration lists the terminals it will get.
 *
 * A rule for every device of both types ("a") is a reset: what stands before it has no effect and
 * is left out. Any other rule without a type is one for each type.
 */
#include <errno.h>

#include "cgroup.h"

#include "base/banned.h"

enum {
	ACCESS_R = 4,
	ACCESS_W = 2,
	ACCESS_M = 1,
	ACCESS_ALL = 7,
	ANY = UINT32_MAX
};

struct rule {
	bool allow;
	char type;
	uint32_t major;
	uint32_t minor;
	unsigned access;
	size_t index; /* in the config; SIZE_MAX: ours */
};

struct rules {
	struct rule items[PLAN_DEVICE_RULES_MAX];
	size_t n;
};

/* mknod is allowed for exactly these, as caisson-init makes them from inside the cgroup. */
static const struct rule default_nodes[] = {
	{ true, 'c', 1, 3, ACCESS_ALL, SIZE_MAX },     /* null */
	{ true, 'c', 1, 5, ACCESS_ALL, SIZE_MAX },     /* zero */
	{ true, 'c', 1, 7, ACCESS_ALL, SIZE_MAX },     /* full */
	{ true, 'c', 1, 8, ACCESS_ALL, SIZE_MAX },     /* random */
	{ true, 'c', 1, 9, ACCESS_ALL, SIZE_MAX },     /* urandom */
	{ true, 'c', 5, 0, ACCESS_ALL, SIZE_MAX },     /* tty */
	{ true, 'c', 5, 2, ACCESS_ALL, SIZE_MAX },     /* ptmx */
	{ true, 'c', 136, ANY, ACCESS_ALL, SIZE_MAX }, /* pts/N */
};

/* T-24: other runtimes allow these as well, and programs came to rely on it. */
static const struct rule compat_nodes[] = {
	{ true, 'c', ANY, ANY, ACCESS_M, SIZE_MAX }, { true, 'b', ANY, ANY, ACCESS_M, SIZE_MAX },
	{ true, 'c', 10, 200, ACCESS_ALL, SIZE_MAX }, /* net/tun */
};

static unsigned access_of(const struct config_device_rule *from)
{
	return (from->read ? ACCESS_R : 0U) | (from->write ? ACCESS_W : 0U) |
	       (from->mknod ? ACCESS_M : 0U);
}

/* {"allow": false} alone means everything, whatever its access list says or does not say. */
static bool is_reset(const struct config_device_rule *from)
{
	unsigned access = access_of(from);

	return from->type == 'a' && !from->has_major && !from->has_minor &&
	       (access == ACCESS_ALL || access == 0);
}

static int push(struct rules *rules, const struct rule *rule, struct err *err)
{
	if (rules->n == PLAN_DEVICE_RULES_MAX)
		return err_new(err, -E2BIG, "/linux/resources/devices: more than %d rules",
			PLAN_DEVICE_RULES_MAX);
	rules->items[rules->n++] = *rule;
	return 0;
}

static int push_config_rule(
	struct rules *rules, const struct config_device_rule *from, size_t index, struct err *err)
{
	struct rule rule = {
		.allow = from->allow,
		.type = from->type == 'a' ? 'b' : from->type,
		.major = from->has_major ? from->major : ANY,
		.minor = from->has_minor ? from->minor : ANY,
		.access = access_of(from),
		.index = index,
	};
	int r;

	if (rule.access == 0)
		return err_new(
			err, -EINVAL, "/linux/resources/devices/%zu/access: is empty", index);
	r = push(rules, &rule, err);
	if (r < 0 || from->type != 'a')
		return r;
	rule.type = 'c';
	return push(rules, &rule, err);
}

static int push_list(struct rules *rules, const struct rule *list, size_t n, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = push(rules, &list[i], err);
	return r;
}

/* linux.devices: caisson-init makes these nodes from inside the cgroup too. */
static int push_made_nodes(const struct plan_builder *b, struct rules *rules, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->config->n_devices; i++) {
		const struct config_device *device = &b->config->devices[i];
		struct rule rule = { true, device->type, device->major, device->minor, ACCESS_M,
			SIZE_MAX };

		if (device->type == 'b' || device->type == 'c')
			r = push(rules, &rule, err);
	}
	return r;
}

static bool numbers_meet(uint32_t a, uint32_t b)
{
	return a == b || a == ANY || b == ANY;
}

static bool rules_meet(const struct rule *a, const struct rule *b)
{
	return a->type == b->type && (a->access & b->access) != 0 &&
	       numbers_meet(a->major, b->major) && numbers_meet(a->minor, b->minor);
}

/* Where everything is allowed but for a few: what every container has, and the nodes that are to
 * be made, can't be among those. */
static int push_exempt(const struct plan_builder *b, struct rules *rules, struct err *err)
{
	struct rules *needed = arena_alloc(b->arena, sizeof(*needed));
	size_t n_config = rules->n;
	int r;

	if (needed == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	needed->n = 0;
	r = push_list(needed, default_nodes, ARRAY_SIZE(default_nodes), err);
	if (r == 0)
		r = push_made_nodes(b, needed, err);
	for (size_t i = 0; r == 0 && i < needed->n; i++) {
		bool met = false;

		for (size_t k = 0; k < n_config && !met; k++)
			met = !rules->items[k].allow &&
			      rules_meet(&rules->items[k], &needed->items[i]);
		if (met)
			r = push(rules, &needed->items[i], err);
	}
	return r;
}

static int push_defaults(const struct plan_builder *b, struct rules *rules, struct err *err)
{
	int r = push_list(rules, default_nodes, ARRAY_SIZE(default_nodes), err);

	if (r < 0)
		return r;
	if (b->decisions->profile->devices_limited)
		return push_made_nodes(b, rules, err);
	return push_list(rules, compat_nodes, ARRAY_SIZE(compat_nodes), err);
}

/* @late: SIZE_MAX in ->index is what we add */
static int err_cut(const struct rule *late, const struct rule *early, struct err *err)
{
	if (late->index == SIZE_MAX)
		return err_new(err, -ENOTSUP,
			"/linux/resources/devices/%zu: denies a device that the container needs "
			"together with others, which cgroup v1 can't take apart",
			early->index);
	return err_new(err, -ENOTSUP,
		"/linux/resources/devices/%zu: cuts into rule %zu, which cgroup v1 "
		"can't express; name the same numbers in both",
		late->index, early->index);
}

/*
 * v1 keeps a verdict for all and a list of exceptions, and takes an exception off only when it is
 * named exactly. A rule that would take off a part of one is ignored by the kernel in silence:
 * refused here instead.
 */
static int check_v1(const struct rules *rules, const struct rule *base, struct err *err)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *late = &rules->items[i];

		for (size_t k = 0; k < i && late->allow == base->allow; k++) {
			const struct rule *early = &rules->items[k];

			if (early->allow == base->allow || !rules_meet(late, early) ||
				(late->major == early->major && late->minor == early->minor))
				continue;
			return err_cut(late, early, err);
		}
	}
	return 0;
}

static void add_rule(struct plan_builder *b, int slot, const struct rule *rule)
{
	struct plan_step *step = plan_add(b, PLAN_DEVICE_RULE, slot);

	step->num[0] = rule->allow ? 1 : 0;
	step->num[1] = (unsigned char)rule->type;
	step->num[2] = (uint64_t)rule->major << 32 | rule->minor;
	step->num[3] = rule->access;
}

/* The hierarchy that can hold a device list: the v1 controller, else a program on v2. */
static const struct facts_hierarchy *find_hierarchy(const struct plan_builder *b)
{
	const struct facts_hierarchy *h = facts_find_controller(b->facts, "devices");

	for (size_t i = 0; h == NULL && i < b->facts->n_hierarchies; i++)
		if (b->facts->hierarchies[i].is_v2)
			h = &b->facts->hierarchies[i];
	return h;
}

/* Rules behind the last reset. @base: that reset, or "nothing". */
static int collect(
	const struct plan_builder *b, struct rules *rules, struct rule *base, struct err *err)
{
	const struct config_resources *r = &b->config->resources;
	int result = 0;

	*base = (struct rule){ false, 'a', ANY, ANY, ACCESS_ALL, SIZE_MAX };
	for (size_t i = 0; result == 0 && i < r->n_devices; i++) {
		if (is_reset(&r->devices[i])) {
			rules->n = 0;
			base->allow = r->devices[i].allow;
		} else {
			result = push_config_rule(rules, &r->devices[i], i, err);
		}
	}
	if (result < 0)
		return result;
	return base->allow ? push_exempt(b, rules, err) : push_defaults(b, rules, err);
}

/* Is something withheld that we would hand out without a list? */
static bool asks_restriction(const struct config_resources *r)
{
	for (size_t i = 0; i < r->n_devices; i++)
		if (!r->devices[i].allow)
			return true;
	return false;
}

int plan_build_cgroup_devices(
	struct plan_builder *b, const struct plan_cgroup_slots *slots, struct err *err)
{
	const struct facts_hierarchy *h = find_hierarchy(b);
	struct rules *rules;
	struct rule base;
	int r;

	/* Only root of the machine may set a list; without it a rootless container can't open more
	 * than its caller can, and can't make device nodes at all. */
	if (b->decisions->is_rootless || !b->facts->initial_userns)
		return 0;
	if (h == NULL || !slots->usable) {
		if (!asks_restriction(&b->config->resources))
			return 0;
		return err_new(err, -ENOTSUP,
			"/linux/resources/devices: needs the devices controller, which is not %s",
			h == NULL ? "mounted on this host" : "writable here");
	}
	rules = arena_alloc(b->arena, sizeof(*rules));
	if (rules == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = collect(b, rules, &base, err);
	if (r == 0 && !h->is_v2)
		r = check_v1(rules, &base, err);
	if (r < 0)
		return r;
	add_rule(b, plan_cgroup_slot(b, slots, h), &base);
	for (size_t i = 0; i < rules->n; i++)
		add_rule(b, plan_cgroup_slot(b, slots, h), &rules->items[i]);
	return 0;
}
