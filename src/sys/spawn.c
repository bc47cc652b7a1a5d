/*
 * Starting a process that will execve() at once, or only sleep: on the caller's memory, as vfork(2)
 * does, since a copy of it would be paid for twice, at the clone and by a page fault for each page
 * that is written to afterwards. The C library has no clone3(2), and a child on shared memory can't
 * return from the function that made it, so the few instructions around the call are here.
 */
#include <errno.h>
#include <stddef.h>
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

static pid_t park_on_copy(const struct sys_clone_args *args, const int hold[2])
{
	struct sys_clone_args copy = *args;
	pid_t pid = sys_clone3(&copy);
	char byte;

	if (pid != 0)
		return pid;
	close(hold[1]);
	_exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
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

static long raw_call(long number, long first, void *second, size_t third)
{
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "0"(number), "D"(first), "S"(second), "d"(third)
			 : "rcx", "r11", "memory");
	return r;
}

/* What a parked process runs. It shares our errno, and we go on beside it: no call of the C
 * library, and nothing but its own stack is written to. */
static void be_parked(void *arg)
{
	const int *hold = arg;
	char byte;

	(void)raw_call(SYS_close, hold[1], NULL, 0);
	while (raw_call(SYS_read, hold[0], &byte, 1) == -EINTR)
		;
	(void)raw_call(SYS_exit_group, 0, NULL, 0);
}

pid_t sys_park(const struct sys_clone_args *args, bool share, const int hold[2])
{
	struct sys_clone_args shared = *args;
	const size_t size = STACK_SIZE - sizeof(max_align_t);
	char *stack;
	int *copy;
	long r;

	if (!share)
		return park_on_copy(args, hold);
	stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED)
		return -1;
	copy = (int *)(void *)(stack + size);
	copy[0] = hold[0];
	copy[1] = hold[1];
	shared.flags |= CLONE_VM_FLAG;
	shared.stack = (uint64_t)(uintptr_t)stack;
	shared.stack_size = size;
	r = call_clone3(&shared, be_parked, copy);
	if (r >= 0)
		return (pid_t)
			r; /* the stack stays: nobody knows when the process is done with it */
	(void)!munmap(stack, STACK_SIZE);
	errno = (int)-r;
	return -1;
}

#else

pid_t sys_park(const struct sys_clone_args *args, bool share, const int hold[2])
{
	(void)share;
	return park_on_copy(args, hold);
}

pid_t sys_spawn(const struct sys_clone_args *args, bool share, void (*child)(void *arg), void *arg)
{
	(void)share;
	return spawn_on_copy(args, child, arg);
}

#endif
