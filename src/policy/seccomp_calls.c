/*
 * What the config's filter lets through of what containers escape with, and what the floor below it
 * makes of that. Each group of calls is a rule.
 */
#include <stdlib.h>
#include <string.h>

#include "reach.h"
#include "rules.h"

#include "base/banned.h"

enum group {
	NAMESPACES,
	MOUNTS,
	TRACING,
	KERNEL,
	RINGS,
	KEYS,
	SOCKETS,
	TERMINALS,
	GROUPS
};

static const struct {
	const char *rule;
	unsigned option; /* of the profile, that opens it in the floor */
} groups[GROUPS] = {
	[NAMESPACES] = { "CS-SEC-3", POLICY_FLOOR_NESTED },
	[MOUNTS] = { "CS-SEC-4", POLICY_FLOOR_NESTED },
	[TRACING] = { "CS-SEC-5", POLICY_FLOOR_DEBUG },
	[KERNEL] = { "CS-SEC-6", 0 },
	[RINGS] = { "CS-SEC-7", POLICY_FLOOR_IO_URING },
	[KEYS] = { "CS-SEC-8", 0 },
	[SOCKETS] = { "CS-SEC-9", 0 },
	[TERMINALS] = { "CS-SEC-10", 0 },
};

/* The kernel looks at the low 32 bits of these arguments. */
#define LOW_32(index_, value_)                                                      \
	true,                                                                       \
	{                                                                           \
		.index = (index_), .op = CONFIG_CMP_MASKED_EQ, .value = UINT32_MAX, \
		.value_two = (value_)                                               \
	}
#define NO_BIT_OF(index_, mask)                                                \
	true,                                                                  \
	{                                                                      \
		.index = (index_), .op = CONFIG_CMP_MASKED_EQ, .value = (mask) \
	}

/* Sorted by the names of the calls. */
static const struct call {
	struct policy_call call;
	enum group group;
	const char *label; /* NULL: its name */
} calls[] = {
	{ { .name = "add_key" }, KEYS, NULL },
	{ { .name = "bpf" }, KERNEL, NULL },
	{ { "clone", NO_BIT_OF(0, 0x7e020000), true, 0 }, NAMESPACES, "clone of namespaces" },
	{ { .name = "clone3" }, NAMESPACES, NULL },
	{ { .name = "delete_module" }, KERNEL, NULL },
	{ { .name = "finit_module" }, KERNEL, NULL },
	{ { .name = "fsmount" }, MOUNTS, NULL },
	{ { .name = "init_module" }, KERNEL, NULL },
	{ { .name = "io_uring_enter" }, RINGS, NULL },
	{ { .name = "io_uring_register" }, RINGS, NULL },
	{ { .name = "io_uring_setup" }, RINGS, NULL },
	{ { "ioctl", LOW_32(1, 0x541c), false, 0 }, TERMINALS, "ioctl TIOCLINUX" },
	{ { "ioctl", LOW_32(1, 0x5412), false, 0 }, TERMINALS, "ioctl TIOCSTI" },
	{ { .name = "kcmp" }, TRACING, NULL },
	{ { .name = "kexec_file_load" }, KERNEL, NULL },
	{ { .name = "kexec_load" }, KERNEL, NULL },
	{ { .name = "keyctl" }, KEYS, NULL },
	{ { .name = "mount" }, MOUNTS, NULL },
	{ { .name = "mount_setattr" }, MOUNTS, NULL },
	{ { .name = "move_mount" }, MOUNTS, NULL },
	{ { .name = "open_by_handle_at" }, KERNEL, NULL },
	{ { .name = "open_tree" }, MOUNTS, NULL },
	{ { .name = "perf_event_open" }, KERNEL, NULL },
	{ { .name = "pidfd_getfd" }, TRACING, NULL },
	{ { .name = "pivot_root" }, MOUNTS, NULL },
	{ { .name = "process_vm_readv" }, TRACING, NULL },
	{ { .name = "process_vm_writev" }, TRACING, NULL },
	{ { .name = "ptrace" }, TRACING, NULL },
	{ { .name = "request_key" }, KEYS, NULL },
	{ { .name = "setns" }, NAMESPACES, NULL },
	{ { "socket", LOW_32(0, 38), false, 1 }, SOCKETS, "socket AF_ALG" },
	{ { "socket", LOW_32(0, 40), false, 1 }, SOCKETS, "socket AF_VSOCK" },
	{ { .name = "umount2" }, MOUNTS, NULL },
	{ { .name = "unshare" }, NAMESPACES, NULL },
	{ { .name = "userfaultfd" }, KERNEL, NULL },
};

/* --- which rules of the filter name which calls --------------------------------------------------- */

struct policy_named {
	uint32_t *rules[ARRAY_SIZE(calls)];
	size_t n[ARRAY_SIZE(calls)];
};

static int compare_name(const void *name, const void *call)
{
	return strcmp(name, ((const struct call *)call)->call.name);
}

/* The first of the calls with that name; they are neighbours. */
static size_t first_call(const char *name)
{
	const struct call *at =
		bsearch(name, calls, ARRAY_SIZE(calls), sizeof(*calls), compare_name);

	while (at != NULL && at > calls && str_eq(at[-1].call.name, name))
		at--;
	return at != NULL ? (size_t)(at - calls) : ARRAY_SIZE(calls);
}

/* Once without the arrays, to count, and once with. */
static void note(struct policy_named *named, size_t i, uint32_t rule)
{
	if (named->rules[i] != NULL) {
		if (named->n[i] > 0 && named->rules[i][named->n[i] - 1] == rule)
			return; /* the rule has the name twice */
		named->rules[i][named->n[i]] = rule;
	}
	named->n[i]++;
}

static void note_name(struct policy_named *named, const char *name, uint32_t rule)
{
	const char *of_call = str_eq(name, "socketcall") ? "socket" : name;

	for (size_t i = first_call(of_call);
		i < ARRAY_SIZE(calls) && str_eq(calls[i].call.name, of_call); i++)
		note(named, i, rule);
}

static void note_all(struct policy_named *named, const struct config_seccomp *filter)
{
	for (uint32_t rule = 0; rule < filter->n_rules; rule++) {
		for (size_t k = 0; k < filter->rules[rule].names.n; k++)
			note_name(named, filter->rules[rule].names.items[k], rule);
	}
}

static struct policy_named *make_named(struct policy_walk *w, const struct config_seccomp *filter)
{
	struct policy_named *named = arena_alloc(w->arena, sizeof(*named));

	if (named == NULL)
		return NULL;
	note_all(named, filter);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		named->rules[i] = arena_array(w->arena, named->n[i] + 1, sizeof(*named->rules[i]));
		if (named->rules[i] == NULL)
			return NULL;
		named->n[i] = 0;
	}
	note_all(named, filter);
	return named;
}

/* --- the floor --------------------------------------------------------------------------------- */

static bool is_abi_open(const struct policy_profile *profile, enum policy_way way)
{
	if (way == POLICY_WAY_NATIVE)
		return true;
	return (profile->floor_abi &
		       (way == POLICY_WAY_X32 ? POLICY_FLOOR_X32 : POLICY_FLOOR_COMPAT32)) != 0;
}

/* caisson's own is known; tests/unit/test_reach.c holds this to it */
static bool floor_lets(struct policy_walk *w, size_t i, enum policy_way way)
{
	const struct policy_profile *profile = w->profile;
	struct policy_reach reach;

	if (profile->floor_file == NULL)
		return is_abi_open(profile, way) &&
		       (way == POLICY_WAY_SOCKETCALL ||
			       (policy_floor_options(profile) & groups[calls[i].group].option) !=
				       0);
	policy_reach(profile->floor_file, &calls[i].call, way, w->floor_named->rules[i],
		w->floor_named->n[i], &reach);
	return reach.answer != POLICY_NO;
}

/* --- the rule ------------------------------------------------------------------------------------ */

struct found {
	struct str_buf denied, open; /* what the floor says of it */
	int rule;                    /* the first that lets something through; -1 = the default */
	bool any;
};

static void add_found(struct policy_walk *w, struct found *f, size_t i, enum policy_way way,
	const struct policy_reach *reach)
{
	bool is_open = w->profile->floor && floor_lets(w, i, way);
	struct str_buf *list = is_open ? &f->open : &f->denied;
	uint64_t value = reach->args[calls[i].call.arg.index];

	if (!f->any)
		f->rule = reach->rule;
	f->any = true;
	policy_list_add(list, calls[i].label != NULL ? calls[i].label : calls[i].call.name);
	if (way == POLICY_WAY_X32)
		str_buf_puts(list, " of x32");
	else if (way != POLICY_WAY_NATIVE)
		str_buf_puts(list, " of 32 bits");
	if (reach->answer == POLICY_UNDECIDED)
		str_buf_puts(list, " (too many rules to decide)");
	else if (way == POLICY_WAY_NATIVE && calls[i].call.has_arg &&
		 value > UINT32_MAX) /* past a comparison of 64 bits */
		str_buf_fmt(list, " as 0x%llx", (unsigned long long)value);
}

/* By the first way that there is, and by each other that the floor leaves open. */
static void look_at(struct policy_walk *w, struct found *f, size_t i)
{
	const struct config_seccomp *filter = w->asked->seccomp;
	struct policy_reach reach;
	bool any = false;

	for (enum policy_way way = POLICY_WAY_NATIVE; way < POLICY_WAYS; way++) {
		if (any && !floor_lets(w, i, way))
			continue;
		policy_reach(
			filter, &calls[i].call, way, w->named->rules[i], w->named->n[i], &reach);
		if (reach.answer == POLICY_NO)
			continue;
		add_found(w, f, i, way, &reach);
		any = true;
	}
}

static const char *pointer(struct policy_walk *w, int rule)
{
	if (rule < 0)
		return "/linux/seccomp/defaultAction";
	return arena_fmt(w->arena, "/linux/seccomp/syscalls/%d", rule);
}

static void report(struct policy_walk *w, struct found *f, const char *at)
{
	if (f->denied.len > 0 && !w->profile->floor)
		policy_refuse(w, at, policy_list(w, &f->denied), "a filter that denies it");
	else if (f->denied.len > 0)
		policy_tighten(w, at, policy_list(w, &f->denied), "denied by the floor below it");
	if (f->open.len > 0)
		policy_note(w, at, policy_list(w, &f->open), "as asked: the profile opens it");
	str_buf_done(&f->denied);
	str_buf_done(&f->open);
}

static bool prepare(struct policy_walk *w)
{
	if (w->named == NULL)
		w->named = make_named(w, w->asked->seccomp);
	if (w->floor_named == NULL && w->profile->floor_file != NULL)
		w->floor_named = make_named(w, w->profile->floor_file);
	w->failed = w->failed || w->named == NULL ||
		    (w->floor_named == NULL && w->profile->floor_file != NULL);
	return !w->failed;
}

void policy_rule_seccomp_calls(struct policy_walk *w)
{
	struct found found = { 0 };
	enum group group = 0;

	if (w->asked->seccomp == NULL || !prepare(w))
		return;
	while (group < GROUPS - 1 && !str_eq(groups[group].rule, w->rule->info.id))
		group++;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		if (calls[i].group == group)
			look_at(w, &found, i);
	}
	report(w, &found, pointer(w, found.rule));
}

/* --- architectures ------------------------------------------------------------------------------- */

static bool floor_has(const struct policy_profile *profile, enum policy_way way)
{
	if (profile->floor_file != NULL)
		return policy_reach_has_way(profile->floor_file, way);
	return is_abi_open(profile, way);
}

void policy_rule_seccomp_abi(struct policy_walk *w)
{
	static const struct {
		const char *name;
		enum policy_way way;
	} abis[] = {
		{ "programs of 32 bits", POLICY_WAY_COMPAT32 },
		{ "x32", POLICY_WAY_X32 },
	};
	struct found found = { 0 };

	for (size_t i = 0; w->asked->seccomp != NULL && i < ARRAY_SIZE(abis); i++) {
		if (policy_reach_has_way(w->asked->seccomp, abis[i].way))
			policy_list_add(w->profile->floor && floor_has(w->profile, abis[i].way)
						? &found.open
						: &found.denied,
				abis[i].name);
	}
	report(w, &found, "/linux/seccomp/architectures");
}
