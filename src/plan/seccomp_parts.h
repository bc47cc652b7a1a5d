/*
 * The parts of plan_seccomp_compile(): architectures and their call numbers, the numbers of one
 * architecture cut into intervals, instructions.
 *
 * Runs in: host. Local to src/plan.
 */
#ifndef PLAN_SECCOMP_PARTS_H
#define PLAN_SECCOMP_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/abi.h"
#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"

enum {
	PLAN_SECCOMP_INSNS_MAX = 4096, /* the kernel's BPF_MAXINSNS */
	PLAN_SECCOMP_RULES_MAX = 8192, /* after repeated arguments became rules of their own */
	PLAN_SECCOMP_USES_MAX = 65536, /* rule x name, for one architecture */
};

/* --- seccomp_arch.c ------------------------------------------------------------------------- */

struct plan_seccomp_arch {
	const char *name; /* SCMP_ARCH_* */
	uint32_t scmp;    /* libseccomp's token */
	uint32_t audit;   /* what the kernel reports; x32 shares that of x86_64 */
	uint32_t kernel;  /* token of the native architecture whose kernel can report it */
	uint32_t base;    /* first call number */
	bool is_64;       /* arguments are compared whole, else their low 32 bits */
};

/** plan_seccomp_arch_at() - i-th architecture the native kernel can run, native first, or NULL */
const struct plan_seccomp_arch *plan_seccomp_arch_at(size_t i);

/* What one name stands for: its own number, a function of a multiplexer, or on i386 both. */
struct plan_seccomp_call {
	bool has_nr;
	uint32_t nr;
	bool has_mux;
	uint32_t mux_nr;   /* socketcall or ipc */
	uint32_t mux_call; /* what its argument 0 is then */
};

/** plan_seccomp_resolve() - false: @arch has no such call */
bool plan_seccomp_resolve(
	const struct plan_seccomp_arch *arch, const char *name, struct plan_seccomp_call *out);

/* --- seccomp_table.c ------------------------------------------------------------------------ */

/* One rule, its action as the kernel's return value; conditions never repeat an argument. */
struct plan_seccomp_rule {
	uint32_t action;
	const struct config_seccomp_arg *args;
	size_t n_args;
};

/* One rule applied to one call number. */
struct plan_seccomp_use {
	uint32_t nr;
	uint32_t rule;
	uint32_t mux_call; /* 0 = none; else argument 0 must be this */
};

/* The rules with conditions of one call number, tried in order. */
struct plan_seccomp_tests {
	const struct plan_seccomp_use *uses;
	size_t n;
	bool is_64;
	unsigned label; /* 0 = no instructions yet */
};

/* Numbers from @start to the next interval's start. */
struct plan_seccomp_interval {
	uint32_t start;
	uint32_t tests; /* 0 = none, else 1 + index; @action is then what holds if none matches */
	uint32_t action;
};

struct plan_seccomp_table {
	struct arena *arena;
	const struct plan_seccomp_rule *rules;
	size_t n_rules;
	uint32_t default_action;
	uint32_t tail_action; /* above the highest named number */
	uint32_t bad_arch;
	struct plan_seccomp_tests *tests;
	size_t n_tests, cap_tests;
	struct plan_seccomp_interval *intervals; /* of one kernel architecture at a time */
	size_t n_intervals, cap_intervals;
};

/** plan_seccomp_table_rules() - the rules of a profile, actions resolved */
int plan_seccomp_table_rules(struct plan_seccomp_table *table, const struct config_seccomp *seccomp,
	struct err *err) _must_check_;

/**
 * plan_seccomp_table_start() - forget the intervals
 * plan_seccomp_table_fill()  - append those of @arch
 * plan_seccomp_table_rest()  - numbers from @start up get @action
 */
void plan_seccomp_table_start(struct plan_seccomp_table *table);
int plan_seccomp_table_fill(struct plan_seccomp_table *table, const struct plan_seccomp_arch *arch,
	const struct config_seccomp *seccomp, struct err *err) _must_check_;
int plan_seccomp_table_rest(struct plan_seccomp_table *table, uint32_t start, uint32_t action)
	_must_check_;

/** plan_seccomp_always() - does the condition hold for every value? */
bool plan_seccomp_always(const struct config_seccomp_arg *arg, bool is_64);

/* --- seccomp_code.c ------------------------------------------------------------------------- */

/*
 * The program is written from its end to its start, because BPF jumps go forward only: whoever
 * writes a jump knows its targets. A label is the count of instructions from the target to the
 * end. Too many instructions are remembered in @full and reported once, by the caller.
 */
struct plan_seccomp_code {
	struct sys_bpf_insn *insns; /* PLAN_SECCOMP_INSNS_MAX, filled from the end */
	unsigned n;
	bool full;
	unsigned n_returns;
	struct {
		uint32_t action;
		unsigned label;
	} returns[16]; /* the nearest return of each action; beyond 16 they are not shared */
};

/** plan_seccomp_code_insn() - put one instruction in front; its label */
unsigned plan_seccomp_code_insn(struct plan_seccomp_code *code, unsigned op, uint32_t k);

/** plan_seccomp_code_return() - a near "return @action", shared where one is in reach */
unsigned plan_seccomp_code_return(struct plan_seccomp_code *code, uint32_t action);

/** plan_seccomp_code_jump() - compare with @k, go to @yes or @no however far they are */
unsigned plan_seccomp_code_jump(
	struct plan_seccomp_code *code, unsigned op, uint32_t k, unsigned yes, unsigned no);

/** plan_seccomp_code_tree() - find the interval of the number in the accumulator */
unsigned plan_seccomp_code_tree(
	struct plan_seccomp_code *code, const struct plan_seccomp_table *table);

/* seccomp_cond.c: plan_seccomp_code_tests() - try rules in order, else @otherwise */
unsigned plan_seccomp_code_tests(struct plan_seccomp_code *code,
	const struct plan_seccomp_table *table, const struct plan_seccomp_tests *tests,
	uint32_t otherwise);

#endif
