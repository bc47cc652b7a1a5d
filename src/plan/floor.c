#include "floor.h"

#include <errno.h>

#include "plan/plan.h"

#include "base/banned.h"

/* In floor_data.S, from what floor_main.c wrote. */
extern const uint32_t plan_floor_ends[];
extern const struct sys_bpf_insn plan_floor_insns[];

const struct sys_bpf_insn *plan_floor_built(unsigned options, size_t *n)
{
	uint32_t start = options > 0 ? plan_floor_ends[options - 1] : 0;

	*n = plan_floor_ends[options] - start;
	return &plan_floor_insns[start];
}

int plan_floor(struct arena *arena, const struct policy_profile *profile,
	const struct sys_bpf_insn **out, size_t *n, struct err *err)
{
	if (profile->floor_file != NULL)
		return plan_seccomp_compile(arena, profile->floor_file, true, out, n, err);
	*out = plan_floor_built(policy_floor_options(profile), n);
	if (*n == 0)
		return err_new(err, -ENOTSUP, "no filters for this machine's architecture");
	return 0;
}
