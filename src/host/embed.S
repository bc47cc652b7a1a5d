/*
 * caisson-init as bytes inside caisson: host/spawn copies them into a sealed memfd, so that the
 * program that enters a container is never a file that a container could reach (CVE-2019-5736).
 */
#ifdef __CET__
# include <cet.h>
#endif

	.section .rodata.host_init, "a", @progbits
	.balign 16
	.globl host_init_start
	.hidden host_init_start
	.type host_init_start, @object
host_init_start:
	.incbin "caisson-init"
	.globl host_init_end
	.hidden host_init_end
	.type host_init_end, @object
host_init_end:
	.size host_init_start, . - host_init_start
	.byte 0

	.section .note.GNU-stack, "", @progbits
