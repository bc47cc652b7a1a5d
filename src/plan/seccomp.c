/*
 * plan_seccomp_compile(): a profile becomes one classic BPF program:
 *
 *	load architecture; for each known one: load number, search tree, answers
 *
 * What it means is what libseccomp makes of the same profile when runc or crun feed it:
 * - a name the library does not know on an architecture is skipped there;
 * - a rule whose action is the default action is skipped;
 * - the first rule without arguments decides for its call, whatever rules with arguments say;
 * - rules with arguments are tried in the profile's order and the first that matches decides.
 *   libseccomp leaves open which of several matching rules wins; this is one of its answers.
 *   So a last rule whose condition always holds ("argument 0 >= 0") is an "otherwise" for one
 *   call. caisson's floor uses that; no engine's profile depends on the order;
 * - conditions of one rule are AND-ed, but where two name the same argument, each condition
 *   counts as a rule of its own;
 * - 32-bit architectures, x32 too, compare the low 32 bits of an argument only;
 * - on i386, a rule for a socket or System V IPC call also covers its function of socketcall(2)
 *   or ipc(2). The arguments of those functions are behind a pointer, so a condition on argument 0
 *   can't be kept there and is dropped, as in libseccomp: rules that must restrict arguments have
 *   to leave the 32-bit architecture out;
 * - an architecture that is neither native nor listed gets KILL_THREAD;
 * - number -1 (a call that a tracer cancelled) is not taken for an x32 call.
 *
 * Like runc, and unlike libseccomp: numbers above the highest one that the profile names give
 * ENOSYS, on each architecture, unless the default action is ALLOW, LOG or TRACE. The author of
 * the profile never heard of these calls, and C libraries fall back on ENOSYS, not on EPERM.
 *
 * A contradiction (two rules for the same values with different actions) that libseccomp would
 * refuse with EEXIST is settled by the order above.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/str.h"
#include "plan/plan.h"

#include "seccomp_parts.h"

#include "base/banned.h"

/* One kernel architecture (AUDIT_ARCH_*) and the first instruction of its part. */
struct part {
	uint32_t audit;
	unsigned label;
};
enum {
	PARTS_MAX = 4
};

static bool is_listed(const struct config_seccomp *seccomp, const struct plan_seccomp_arch *arch)
{
	if (arch->scmp == arch->kernel) /* the native one always is */
		return true;
	for (size_t i = 0; i < seccomp->architectures.n; i++) {
		if (str_eq(seccomp->architectures.items[i], arch->name))
			return true;
	}
	return false;
}

/* x32 calls are x86_64 calls with a bit set: one part, two ranges of numbers. */
static int fill_x32(struct plan_seccomp_table *table, const struct plan_seccomp_arch *x32,
	const struct config_seccomp *seccomp, struct err *err)
{
	if (is_listed(seccomp, x32))
		return plan_seccomp_table_fill(table, x32, seccomp, err);
	if (plan_seccomp_table_rest(table, x32->base, table->bad_arch) < 0 ||
		plan_seccomp_table_rest(table, UINT32_MAX, table->default_action) < 0)
		return err_new(err, -ENOMEM, "out of memory");
	return 0;
}

static int write_part(struct plan_seccomp_code *code, struct plan_seccomp_table *table,
	const struct config_seccomp *seccomp, size_t *i, struct part *part, struct err *err)
{
	const struct plan_seccomp_arch *arch = plan_seccomp_arch_at(*i);
	const struct plan_seccomp_arch *next = plan_seccomp_arch_at(*i + 1);
	int r;

	plan_seccomp_table_start(table);
	r = plan_seccomp_table_fill(table, arch, seccomp, err);
	if (r == 0 && next != NULL && next->audit == arch->audit) {
		r = fill_x32(table, next, seccomp, err);
		(*i)++;
	}
	if (r < 0)
		return r;
	part->audit = arch->audit;
	plan_seccomp_code_tree(code, table);
	part->label = plan_seccomp_code_insn(
		code, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	return 0;
}

/* The native architecture is asked for first, and so written last. */
static void write_dispatch(
	struct plan_seccomp_code *code, const struct part *parts, size_t n, uint32_t bad_arch)
{
	unsigned next = plan_seccomp_code_return(code, bad_arch);

	for (size_t i = n; i > 0; i--)
		next = plan_seccomp_code_jump(
			code, BPF_JEQ, parts[i - 1].audit, parts[i - 1].label, next);
	plan_seccomp_code_insn(code, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
}

static int compile(struct plan_seccomp_code *code, struct plan_seccomp_table *table,
	const struct config_seccomp *seccomp, struct err *err)
{
	struct part parts[PARTS_MAX] = { 0 };
	const struct plan_seccomp_arch *arch;
	size_t n = 0;
	int r;

	if (plan_seccomp_arch_at(0) == NULL)
		return err_new(err, -ENOTSUP, "no filters for this machine's architecture");
	r = plan_seccomp_table_rules(table, seccomp, err);
	if (r < 0)
		return r;
	for (size_t i = 0; (arch = plan_seccomp_arch_at(i)) != NULL && n < PARTS_MAX; i++) {
		if (!is_listed(seccomp, arch))
			continue;
		r = write_part(code, table, seccomp, &i, &parts[n++], err);
		if (r < 0)
			return r;
	}
	write_dispatch(code, parts, n, table->bad_arch);
	if (code->full)
		return err_new(err, -E2BIG, "more than %d instructions", PLAN_SECCOMP_INSNS_MAX);
	return 0;
}

int plan_seccomp_compile(struct arena *arena, const struct config_seccomp *seccomp,
	bool foreign_enosys, const struct sys_bpf_insn **out, size_t *n, struct err *err)
{
	struct plan_seccomp_table table = {
		.arena = arena,
		.bad_arch = foreign_enosys ? SECCOMP_RET_ERRNO | ENOSYS : SECCOMP_RET_KILL_THREAD,
	};
	struct plan_seccomp_code code = { 0 };
	int r;

	code.insns = arena_array(arena, PLAN_SECCOMP_INSNS_MAX, sizeof(*code.insns));
	if (code.insns == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	r = compile(&code, &table, seccomp, err);
	if (r < 0)
		return err_ctx(
			err, "%s", seccomp->pointer != NULL ? seccomp->pointer : "seccomp filter");
	*out = &code.insns[PLAN_SECCOMP_INSNS_MAX - code.n];
	*n = code.n;
	return 0;
}
