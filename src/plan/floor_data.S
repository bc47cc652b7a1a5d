/* The bytes behind floor.c: POLICY_FLOOR_VARIANTS numbers, then instructions. */
#ifdef __CET__
# include <cet.h>
#endif

	.section .rodata.plan_floor, "a", @progbits
	.balign 8
	.globl plan_floor_ends
	.hidden plan_floor_ends
	.type plan_floor_ends, @object
plan_floor_ends:
	.incbin "floor.bpf", 0, 128
	.size plan_floor_ends, . - plan_floor_ends
	.globl plan_floor_insns
	.hidden plan_floor_insns
	.type plan_floor_insns, @object
plan_floor_insns:
	.incbin "floor.bpf", 128
	.size plan_floor_insns, . - plan_floor_insns

	.section .note.GNU-stack, "", @progbits
