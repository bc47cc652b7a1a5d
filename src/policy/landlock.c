/* Landlock: the key of a profile, how two of them compare, and whether this kernel has it. */
#include "policy/landlock.h"

#include <errno.h>
#include <string.h>

#include "rules.h"

#include "base/banned.h"

enum {
	ABI_TCP = 4, /* Linux 6.7 */
	PORT_MAX = 65535
};

static int read_ports(
	struct arena *arena, const struct json *node, struct policy_ports *out, struct err *err)
{
	uint16_t *items;

	if (node == NULL)
		return 0;
	if (node->type != JSON_ARRAY)
		return json_err(err, node, "must be an array");
	if (node->n_children > POLICY_PORTS_MAX)
		return json_err(err, node, "more than %d ports", (int)POLICY_PORTS_MAX);
	items = arena_array(arena, (size_t)node->n_children + 1, sizeof(*items));
	if (items == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	*out = (struct policy_ports){ .is_limited = true, .items = items };
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		uint64_t port = 0;
		int r = json_read_u64(child, PORT_MAX, &port, err);

		if (r < 0)
			return r;
		items[out->n++] = (uint16_t)port;
	}
	return 0;
}

static int read_paths(
	struct arena *arena, const struct json *node, struct json_strings *out, struct err *err)
{
	int r = json_read_strings(node, arena, out, err);

	for (size_t i = 0; i < out->n && r >= 0; i++) {
		const char *clean = policy_absolute(arena, "/", out->items[i]);

		if (clean == NULL)
			return err_new(err, -ENOMEM, "out of memory");
		if (!str_eq(clean, out->items[i]))
			return json_err(
				err, node, "'%s' is not a clean absolute path", out->items[i]);
	}
	return r;
}

int policy_landlock_read(
	struct arena *arena, const struct json *node, struct policy_landlock *out, struct err *err)
{
	static const char *const keys[] = { "writable", "tcp_bind", "tcp_connect" };
	struct policy_landlock landlock = { .is_on = true };
	int r;

	if (node->type == JSON_BOOL && !node->boolean) {
		*out = (struct policy_landlock){ 0 };
		return 0;
	}
	if (node->type != JSON_OBJECT)
		return json_err(err, node, "must be an object, or false");
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		size_t i = 0;

		while (i < ARRAY_SIZE(keys) && !str_eq(child->key, keys[i]))
			i++;
		if (i == ARRAY_SIZE(keys) || child->type == JSON_NULL)
			return json_err(
				err, child, "must be one of writable, tcp_bind, tcp_connect");
	}
	r = read_paths(arena, json_get(node, keys[0]), &landlock.writable, err);
	if (r >= 0)
		r = read_ports(arena, json_get(node, keys[1]), &landlock.bind, err);
	if (r >= 0)
		r = read_ports(arena, json_get(node, keys[2]), &landlock.connect, err);
	if (r >= 0)
		*out = landlock;
	return r;
}

/* --- compared --------------------------------------------------------------------------------- */

static bool has_port(const struct policy_ports *ports, uint16_t port)
{
	for (size_t i = 0; i < ports->n; i++) {
		if (ports->items[i] == port)
			return true;
	}
	return false;
}

static bool ports_looser(const struct policy_ports *base, const struct policy_ports *asked)
{
	if (!base->is_limited)
		return false;
	for (size_t i = 0; i < asked->n; i++) {
		if (!has_port(base, asked->items[i]))
			return true;
	}
	return !asked->is_limited;
}

static bool has_path(const struct json_strings *paths, const char *path)
{
	for (size_t i = 0; i < paths->n; i++) {
		if (str_eq(paths->items[i], "/") || policy_below(path, paths->items[i]))
			return true;
	}
	return false;
}

bool policy_landlock_looser(const struct policy_landlock *base, const struct policy_landlock *asked)
{
	if (!base->is_on)
		return false;
	for (size_t i = 0; i < asked->writable.n; i++) {
		if (!has_path(&base->writable, asked->writable.items[i]))
			return true;
	}
	return !asked->is_on || ports_looser(&base->bind, &asked->bind) ||
	       ports_looser(&base->connect, &asked->connect);
}

/* --- the rule --------------------------------------------------------------------------------- */

void policy_rule_landlock(struct policy_walk *w)
{
	const struct policy_landlock *landlock = &w->profile->landlock;
	bool has_ports = landlock->bind.is_limited || landlock->connect.is_limited;

	if (!landlock->is_on || !w->asked->has_process)
		return;
	if (w->facts->landlock_abi == 0) {
		policy_note(w, "", "this kernel has no landlock", "without it");
		return;
	}
	/* the kernel would ask for a capability instead, which the container must not have */
	if (!w->out->config.process.no_new_privileges) {
		policy_refuse(w, "/process/noNewPrivileges", "landlock without no_new_privs",
			"noNewPrivileges: true");
		return;
	}
	w->out->landlock = landlock;
	if (has_ports && w->facts->landlock_abi < ABI_TCP)
		policy_note(w, "",
			arena_fmt(w->arena, "landlock of this kernel (ABI %u) knows no TCP ports",
				w->facts->landlock_abi),
			"files only");
}
