/*
 * A profile through libseccomp, and random numbers: shared by the tests that compare.
 */
#ifndef TESTS_SECCOMP_REFERENCE_H
#define TESTS_SECCOMP_REFERENCE_H

#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"

#include "seccomp_vm.h"

#include "base/banned.h"

#define X32_BIT   0x40000000U
#define INSNS_MAX 8192

/* --- the same profile through libseccomp, fed as runc feeds it ------------------------------ */

static inline uint32_t scmp_action(
	enum config_seccomp_action action, bool has_errno, uint32_t errno_ret)
{
	uint32_t data = has_errno ? errno_ret : EPERM;

	switch (action) {
	case CONFIG_ACT_KILL_PROCESS:
		return SCMP_ACT_KILL_PROCESS;
	case CONFIG_ACT_TRAP:
		return SCMP_ACT_TRAP;
	case CONFIG_ACT_ERRNO:
		return SCMP_ACT_ERRNO(data);
	case CONFIG_ACT_TRACE:
		return SCMP_ACT_TRACE(data);
	case CONFIG_ACT_LOG:
		return SCMP_ACT_LOG;
	case CONFIG_ACT_ALLOW:
		return SCMP_ACT_ALLOW;
	case CONFIG_ACT_NOTIFY:
		return SCMP_ACT_NOTIFY;
	case CONFIG_ACT_KILL_THREAD:
	case CONFIG_ACT_N:
		break;
	}
	return SCMP_ACT_KILL_THREAD;
}

static inline enum scmp_compare scmp_op(enum config_seccomp_op op)
{
	static const enum scmp_compare ops[CONFIG_CMP_N] = { SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE,
		SCMP_CMP_EQ, SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_MASKED_EQ };

	return ops[op];
}

/* 0, or libseccomp's error (it refuses some contradictions with -EEXIST) */
static inline int reference_name(scmp_filter_ctx ctx, const struct config_seccomp_rule *rule,
	uint32_t action, const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);
	struct scmp_arg_cmp cmp[6];
	unsigned seen = 0;
	bool split = false;
	int r = 0;

	if (nr == __NR_SCMP_ERROR)
		return 0;
	for (size_t i = 0; i < rule->n_args; i++) {
		split = split || (seen & (1U << rule->args[i].index)) != 0;
		seen |= 1U << rule->args[i].index;
	}
	for (size_t i = 0; i < rule->n_args; i++) {
		struct scmp_arg_cmp one = SCMP_CMP64(rule->args[i].index, scmp_op(rule->args[i].op),
			rule->args[i].value, rule->args[i].value_two);

		if (!split)
			cmp[i] = one;
		else if (r == 0)
			r = seccomp_rule_add_array(ctx, action, nr, 1, &one);
	}
	if (split)
		return r;
	return seccomp_rule_add_array(ctx, action, nr, (unsigned)rule->n_args, cmp);
}

static inline int reference_rules(scmp_filter_ctx ctx, const struct config_seccomp *profile)
{
	uint32_t wanted = scmp_action(
		profile->default_action, profile->has_default_errno, profile->default_errno);
	int r = 0;

	for (size_t i = 0; i < profile->n_rules && r == 0; i++) {
		const struct config_seccomp_rule *rule = &profile->rules[i];
		uint32_t action = scmp_action(rule->action, rule->has_errno, rule->errno_ret);

		for (size_t j = 0; j < rule->names.n && r == 0 && action != wanted; j++)
			r = reference_name(ctx, rule, action, rule->names.items[j]);
	}
	return r;
}

static inline void reference_archs(scmp_filter_ctx ctx, const struct config_seccomp *profile)
{
	static const struct {
		const char *name;
		uint32_t token;
	} known[] = { { "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64 }, { "SCMP_ARCH_X86", SCMP_ARCH_X86 },
		{ "SCMP_ARCH_X32", SCMP_ARCH_X32 } };

	for (size_t i = 0; i < profile->architectures.n; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(known); j++) {
			if (strcmp(profile->architectures.items[i], known[j].name) == 0) {
				int r = seccomp_arch_add(ctx, known[j].token);

				assert_true(r == 0 || r == -EEXIST);
			}
		}
	}
}

/* false: libseccomp does not take this profile */
static inline bool reference(struct arena *arena, const struct config_seccomp *profile,
	bool foreign_enosys, struct program *out)
{
	_fd_ int fd = memfd_create("bpf", MFD_CLOEXEC);
	scmp_filter_ctx ctx = seccomp_init(scmp_action(
		profile->default_action, profile->has_default_errno, profile->default_errno));
	struct sys_bpf_insn *insns = arena_array(arena, INSNS_MAX, sizeof(*insns));
	ssize_t size = -1;
	int r;

	assert_true(fd >= 0 && ctx != NULL && insns != NULL);
	if (foreign_enosys)
		assert_int_equal(
			seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, ERRNO_RET(ENOSYS)), 0);
	reference_archs(ctx, profile);
	r = reference_rules(ctx, profile);
	if (r == 0)
		r = seccomp_export_bpf(ctx, fd);
	seccomp_release(ctx);
	if (r != 0)
		return false;
	size = pread(fd, insns, INSNS_MAX * sizeof(*insns), 0);
	assert_true(size > 0 && (size_t)size < INSNS_MAX * sizeof(*insns));
	*out = (struct program){ insns, (size_t)size / sizeof(*insns) };
	return true;
}

static inline uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* One condition, by its definition. */
static inline bool holds(const struct config_seccomp_arg *arg, uint64_t value, uint64_t width)
{
	uint64_t wanted = arg->value & width;

	value &= width;
	switch (arg->op) {
	case CONFIG_CMP_NE:
		return value != wanted;
	case CONFIG_CMP_LT:
		return value < wanted;
	case CONFIG_CMP_LE:
		return value <= wanted;
	case CONFIG_CMP_EQ:
		return value == wanted;
	case CONFIG_CMP_GE:
		return value >= wanted;
	case CONFIG_CMP_GT:
		return value > wanted;
	case CONFIG_CMP_MASKED_EQ:
	case CONFIG_CMP_N:
		break;
	}
	return (value & wanted) == (arg->value_two & wanted);
}

#endif
