/* The bytes behind floor.c. */
#ifdef __CET__
# include <cet.h>
#endif

	.section .rodata.plan_floor, "a", @progbits
	.balign 8
	.globl plan_floor_start
	.hidden plan_floor_start
	.type plan_floor_start, @object
plan_floor_start:
	.incbin "floor.bpf"
	.globl plan_floor_end
	.hidden plan_floor_end
	.type plan_floor_end, @object
plan_floor_end:
	.size plan_floor_start, . - plan_floor_start

	.section .note.GNU-stack, "", @progbits
