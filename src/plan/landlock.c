/*
 * Landlock: the root file system can be read and executed; what the profile lists, and what the
 * config mounts and does not make read-only, can be written.
 */
#include "policy/landlock.h"

#include "base/abi.h"

#include "build.h"

#include "base/banned.h"

/* Of linux/landlock.h, which is older than the kernels caisson meets. */
#define FS_EXECUTE   (UINT64_C(1) << 0)
#define FS_READ_FILE (UINT64_C(1) << 2)
#define FS_READ_DIR  (UINT64_C(1) << 3)
#define NET_BIND     (UINT64_C(1) << 0)
#define NET_CONNECT  (UINT64_C(1) << 1)

enum {
	ABI_NET = 4
};

static struct plan_step *add(struct plan_builder *b)
{
	return plan_add(b, PLAN_LANDLOCK, PLAN_SLOT_NONE);
}

/* Everything this ABI can forbid. */
static uint64_t all_of(unsigned abi)
{
	static const unsigned bits[] = { 0, 13, 14, 15, 15, 16 };
	size_t last = ARRAY_SIZE(bits) - 1;

	return (UINT64_C(1) << bits[abi < last ? abi : last]) - 1;
}

static void allow_path(struct plan_builder *b, const char *path, uint64_t access)
{
	struct plan_step *step = add(b);

	step->ref[0] = plan_add_string(b, path);
	step->num[0] = access;
}

static void allow_ports(struct plan_builder *b, const struct policy_ports *ports, uint64_t access)
{
	for (size_t i = 0; i < ports->n; i++) {
		struct plan_step *step = add(b);

		step->num[1] = access;
		step->num[2] = ports->items[i];
	}
}

void plan_build_landlock(struct plan_builder *b)
{
	const struct policy_landlock *landlock = b->decisions->landlock;
	unsigned abi = b->facts->landlock_abi;
	uint64_t all = all_of(abi), net = 0;
	struct plan_step *ruleset;

	if (landlock == NULL)
		return;
	if (abi >= ABI_NET)
		net = (landlock->bind.is_limited ? NET_BIND : 0) |
		      (landlock->connect.is_limited ? NET_CONNECT : 0);
	ruleset = add(b);
	ruleset->num[0] = all;
	ruleset->num[1] = net;
	allow_path(b, "/", FS_EXECUTE | FS_READ_FILE | FS_READ_DIR);
	for (size_t i = 0; i < landlock->writable.n; i++)
		allow_path(b, landlock->writable.items[i], all);
	for (size_t i = 0; i < b->config->n_mounts; i++) {
		const struct config_mount *mount = &b->config->mounts[i];

		if ((mount->options.attr_set & SYS_ATTR_RDONLY) == 0)
			allow_path(b, mount->destination, all);
	}
	if (net != 0) {
		allow_ports(b, &landlock->bind, NET_BIND);
		allow_ports(b, &landlock->connect, NET_CONNECT);
	}
	(void)add(b); /* in force */
}

/* Who joins gets what the first process got (I8). */
void plan_copy_landlock(struct plan_builder *b)
{
	const struct plan *saved = b->saved;

	for (uint32_t i = 0; i < saved->header->n_steps; i++) {
		const struct plan_step *from = &saved->steps[i];
		struct plan_step *step;

		if (from->kind != PLAN_LANDLOCK)
			continue;
		step = add(b);
		if (from->ref[0].len != 0)
			step->ref[0] = plan_add_string(b, plan_string(saved, &from->ref[0]));
		for (size_t k = 0; k < PLAN_NUMS; k++)
			step->num[k] = from->num[k];
	}
}
