/* The bytes behind embedded.c. The assembler finds the files through -I of the source directory. */
#if defined(__CET__) && defined(__has_include)
# if __has_include(<cet.h>)
#  include <cet.h>
# endif
#endif

	.section .rodata

	.macro embed name, file
	.global policy_embedded_\name
	.hidden policy_embedded_\name
	.type policy_embedded_\name, %object
policy_embedded_\name:
	.incbin "\file"
	.global policy_embedded_\name\()_end
	.hidden policy_embedded_\name\()_end
	.type policy_embedded_\name\()_end, %object
policy_embedded_\name\()_end:
	.byte 0
	.size policy_embedded_\name, policy_embedded_\name\()_end - policy_embedded_\name
	.endm

	embed oci, "profiles/oci.json"
	embed hardened, "profiles/hardened.json"
	embed restricted, "profiles/restricted.json"

	.section .note.GNU-stack, "", %progbits
