/*
 * Starting a process that will execve() at once: on the caller's memory, as vfork(2) does, since a
 * copy of it would be paid for twice, at the clone and by a page fault for each page that is written
 * to afterwards. The C library has no clone3(2), and a child on shared memory can't return from the
 * function that made it, so the few instructions around the call are here.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/call.h"

#include "base/banned.h"

enum {
	STACK_SIZE = 64 << 10
};

static pid_t spawn_on_copy(const struct sys_clone_args *args, void (*child)(void *arg), void *arg)
{
	struct sys_clone_args copy = *args;
	pid_t pid = sys_clone3(&copy);

	if (pid == 0) {
		child(arg);
		_exit(127);
	}
	return pid;
}

/* The sanitizers keep books about stacks, and know nothing of this one. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)

#	define CLONE_VM_FLAG    0x00000100ULL
#	define CLONE_VFORK_FLAG 0x00004000ULL

/* The child comes out of the call with an empty stack: nothing to return to, so it calls. */
static long call_clone3(struct sys_clone_args *args, void (*child)(void *arg), void *arg)
{
	register void (*r8)(void *) __asm__("r8") = child;
	register void *r9 __asm__("r9") = arg;
	long r;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %%r9, %%rdi\n\t"
			 "call *%%r8\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(r)
			 : "0"((long)SYS_clone3), "D"(args), "S"(sizeof(*args)), "r"(r8), "r"(r9)
			 : "rcx", "r11", "cc", "memory");
	return r;
}

pid_t sys_spawn(const struct sys_clone_args *args, bool share, void (*child)(void *arg), void *arg)
{
	struct sys_clone_args shared = *args;
	void *stack;
	long r;

	if (!share)
		return spawn_on_copy(args, child, arg);
	stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED)
		return -1;
	shared.flags |= CLONE_VM_FLAG | CLONE_VFORK_FLAG;
	shared.stack = (uint64_t)(uintptr_t)stack;
	shared.stack_size = STACK_SIZE;
	r = call_clone3(&shared, child, arg);
	/* the child has memory of its own by now, or is gone */
	(void)!munmap(stack, STACK_SIZE);
	if (r >= 0)
		return (pid_t)r;
	errno = (int)-r;
	return -1;
}

#else

pid_t sys_spawn(const struct sys_clone_args *args, bool share, void (*child)(void *arg), void *arg)
{
	(void)share;
	return spawn_on_copy(args, child, arg);
}

#endif
