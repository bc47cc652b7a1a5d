/*
 * A device list as eBPF. The kernel's verifier walks every path, so length is launch time: rules
 * that have no effect are dropped, rules of one kind are ordered by major number and share its
 * comparison, and a rule for all of r, w and m is a single jump.
 *
 * Registers: r2 = parts of the access not allowed yet, r3 = type, r4 = major, r5 = minor. Rules
 * run from the last of the list to the first. An allowing rule takes its parts out of r2 and
 * accepts when none is left; a denying one refuses if one of its parts is still there.
 */
#include <errno.h>
#include <stdlib.h>

#include "local.h"

#include "base/banned.h"

enum {
	R0,
	R1,
	R2,
	R3,
	R4,
	R5,
	OP_LDX_W = 0x61,
	OP_AND_K = 0x57,
	OP_RSH_K = 0x77,
	OP_MOV_K = 0xb7,
	OP_MOV_X = 0xbf,
	OP_JA = 0x05,
	OP_JEQ_K = 0x15,
	OP_JSET_K = 0x45,
	OP_JNE_K = 0x55,
	OP_EXIT = 0x95,

	ACCESS_ALL = 7,
	PC_ALLOW = 1, /* where the prologue has put the two ends */
	PC_DENY = 3,
	FIXED_INSNS = 32,
	INSNS_PER_RULE = 5,
};

struct program {
	struct sys_ebpf_insn *insns;
	size_t n;
};

static size_t emit(struct program *p, unsigned code, unsigned dst, unsigned src, uint32_t imm)
{
	p->insns[p->n] = (struct sys_ebpf_insn){
		.code = (uint8_t)code,
		.regs = (uint8_t)(dst | src << 4),
		.imm = (int32_t)imm,
	};
	return p->n++;
}

static void jump_to(struct program *p, size_t at, size_t target)
{
	p->insns[at].off = (int16_t)((ptrdiff_t)target - (ptrdiff_t)at - 1);
}

static void emit_jump(struct program *p, unsigned code, unsigned reg, uint32_t imm, size_t target)
{
	jump_to(p, emit(p, code, reg, 0, imm), target);
}

static void emit_load(struct program *p, unsigned dst, int16_t offset)
{
	p->insns[emit(p, OP_LDX_W, dst, R1, 0)].off = offset;
}

/* The context is { u32 access << 16 | type, u32 major, u32 minor }. */
static void emit_prologue(struct program *p)
{
	emit_jump(p, OP_JA, 0, 0, PC_DENY + 2);
	emit(p, OP_MOV_K, R0, 0, 1);
	emit(p, OP_EXIT, 0, 0, 0);
	emit(p, OP_MOV_K, R0, 0, 0);
	emit(p, OP_EXIT, 0, 0, 0);
	emit_load(p, R2, 0);
	emit(p, OP_MOV_X, R3, R2, 0);
	emit(p, OP_AND_K, R3, 0, 0xffff);
	emit(p, OP_RSH_K, R2, 0, 16);
	emit_load(p, R4, 4);
	emit_load(p, R5, 8);
}

/* The verifier takes no code that nothing leads to, so this one has no "allow". */
static size_t emit_deny_all(struct program *p)
{
	emit(p, OP_MOV_K, R0, 0, 0);
	emit(p, OP_EXIT, 0, 0, 0);
	return p->n;
}

static uint32_t kernel_access(unsigned access)
{
	return ((access & 4) != 0 ? SYS_BPF_ACC_READ : 0U) |
	       ((access & 2) != 0 ? SYS_BPF_ACC_WRITE : 0U) |
	       ((access & 1) != 0 ? SYS_BPF_ACC_MKNOD : 0U);
}

/* The number that is compared last: the minor, or the major of a rule for all of its minors. */
static void emit_rule(struct program *p, const struct cgroup_device_rule *rule)
{
	size_t end = rule->allow ? PC_ALLOW : PC_DENY, skip = 0;
	uint32_t bits = kernel_access(rule->access);
	bool any = rule->minor == CGROUP_ANY;

	if (rule->access == ACCESS_ALL) {
		emit_jump(p, any ? OP_JA : OP_JEQ_K, any ? 0 : R5, any ? 0 : rule->minor, end);
		return;
	}
	if (!any)
		skip = emit(p, OP_JNE_K, R5, 0, rule->minor);
	if (rule->allow) {
		emit(p, OP_AND_K, R2, 0, ~bits);
		emit_jump(p, OP_JEQ_K, R2, 0, PC_ALLOW);
	} else {
		emit_jump(p, OP_JSET_K, R2, bits, PC_DENY);
	}
	if (!any)
		jump_to(p, skip, p->n);
}

/* Rules that share a major number share its test. Return: how many there were. */
static size_t emit_group(struct program *p, const struct cgroup_device_rule *rules, size_t n)
{
	size_t len = 1, skip = 0;

	while (len < n && rules[len].major == rules[0].major)
		len++;
	if (rules[0].major != CGROUP_ANY && len == 1 && rules[0].minor == CGROUP_ANY &&
		rules[0].access == ACCESS_ALL) {
		emit_jump(p, OP_JEQ_K, R4, rules[0].major, rules[0].allow ? PC_ALLOW : PC_DENY);
		return 1;
	}
	if (rules[0].major != CGROUP_ANY)
		skip = emit(p, OP_JNE_K, R4, 0, rules[0].major);
	for (size_t i = 0; i < len; i++)
		emit_rule(p, &rules[i]);
	if (rules[0].major != CGROUP_ANY)
		jump_to(p, skip, p->n);
	return len;
}

/* Does every device that @b names match @a too? */
static bool covers(const struct cgroup_device_rule *a, const struct cgroup_device_rule *b)
{
	return (a->major == CGROUP_ANY || a->major == b->major) &&
	       (a->minor == CGROUP_ANY || a->minor == b->minor);
}

static bool meet(const struct cgroup_device_rule *a, const struct cgroup_device_rule *b)
{
	return (a->access & b->access) != 0 &&
	       (a->major == b->major || a->major == CGROUP_ANY || b->major == CGROUP_ANY) &&
	       (a->minor == b->minor || a->minor == CGROUP_ANY || b->minor == CGROUP_ANY);
}

/* The rules of one type, last first, without those that later ones decide completely. */
static size_t select_rules(
	const struct cgroup_device_rule *rules, size_t n, char type, struct cgroup_device_rule *out)
{
	size_t n_out = 0;

	for (size_t i = n; i-- > 0;) {
		unsigned decided = 0;

		if (rules[i].type != type)
			continue;
		for (size_t k = 0; k < n_out; k++)
			if (covers(&out[k], &rules[i]))
				decided |= out[k].access;
		if ((rules[i].access & ~decided) != 0)
			out[n_out++] = rules[i];
	}
	return n_out;
}

/* A rule that says what holds anyway matters only as an exception from one behind it. */
static size_t drop_defaults(struct cgroup_device_rule *rules, size_t n, bool verdict)
{
	size_t n_out = 0;

	for (size_t i = 0; i < n; i++) {
		bool matters = rules[i].allow != verdict;

		for (size_t k = i + 1; !matters && k < n; k++)
			matters = rules[k].allow != verdict && meet(&rules[i], &rules[k]);
		if (matters)
			rules[n_out++] = rules[i];
	}
	return n_out;
}

static int compare_rules(const void *a, const void *b)
{
	const struct cgroup_device_rule *x = a, *y = b;

	if (x->major != y->major)
		return x->major < y->major ? -1 : 1; /* CGROUP_ANY is the largest */
	if (x->minor != y->minor)
		return x->minor < y->minor ? -1 : 1;
	return 0;
}

/* Rules with one verdict may run in any order. */
static void sort_rules(struct cgroup_device_rule *rules, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (rules[i].allow != rules[0].allow)
			return;
	if (n > 1)
		qsort(rules, n, sizeof(*rules), compare_rules);
}

/* Does control never reach behind these rules? (The verifier refuses code it can't reach.) */
static bool ends_program(const struct cgroup_device_rule *rules, size_t n)
{
	return n > 0 && rules[n - 1].major == CGROUP_ANY && rules[n - 1].minor == CGROUP_ANY &&
	       rules[n - 1].access == ACCESS_ALL;
}

static void emit_type(struct program *p, uint32_t type, const struct cgroup_device_rule *rules,
	size_t n, bool verdict)
{
	size_t skip;

	if (n == 0)
		return;
	skip = emit(p, OP_JNE_K, R3, 0, type);
	for (size_t i = 0; i < n;)
		i += emit_group(p, rules + i, n - i);
	if (!ends_program(rules, n))
		emit_jump(p, OP_JA, 0, 0, verdict ? PC_ALLOW : PC_DENY);
	jump_to(p, skip, p->n);
}

int cgroup_program_build(struct arena *arena, const struct cgroup_device_rule *rules, size_t n,
	struct sys_ebpf_insn **out, size_t *n_out)
{
	struct cgroup_device_rule *chars, *blocks;
	size_t start = 0, n_chars, n_blocks;
	struct program p = { 0 };
	bool verdict = false;

	for (size_t i = 0; i < n; i++) {
		if (rules[i].type != 'a')
			continue;
		verdict = rules[i].allow;
		start = i + 1;
	}
	chars = arena_array(arena, n + 1, sizeof(*chars));
	blocks = arena_array(arena, n + 1, sizeof(*blocks));
	p.insns = arena_array(arena, FIXED_INSNS + INSNS_PER_RULE * n, sizeof(*p.insns));
	if (chars == NULL || blocks == NULL || p.insns == NULL)
		return -ENOMEM;
	n_chars = select_rules(rules + start, n - start, 'c', chars);
	n_chars = drop_defaults(chars, n_chars, verdict);
	n_blocks = select_rules(rules + start, n - start, 'b', blocks);
	n_blocks = drop_defaults(blocks, n_blocks, verdict);
	*out = p.insns;
	*n_out = 0;
	if (n_chars + n_blocks == 0) {
		if (!verdict)
			*n_out = emit_deny_all(&p);
		return 0;
	}
	sort_rules(chars, n_chars);
	sort_rules(blocks, n_blocks);
	emit_prologue(&p);
	emit_type(&p, SYS_BPF_DEV_CHAR, chars, n_chars, verdict);
	emit_type(&p, SYS_BPF_DEV_BLOCK, blocks, n_blocks, verdict);
	emit_jump(&p, OP_JA, 0, 0, verdict ? PC_ALLOW : PC_DENY);
	*n_out = p.n;
	return 0;
}
