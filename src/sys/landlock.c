/* Landlock. Its header is missing, or too old, where caisson is built. */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/call.h"

#include "base/banned.h"

#define CREATE_RULESET 444
#define ADD_RULE       445
#define RESTRICT_SELF  446

enum {
	GET_VERSION = 1
};

unsigned sys_landlock_abi(void)
{
	long abi = syscall(CREATE_RULESET, NULL, 0, GET_VERSION);

	return abi > 0 ? (unsigned)abi : 0;
}

int sys_landlock_create(uint64_t fs, uint64_t net)
{
	const uint64_t attr[] = { fs, net };

	/* kernels < 6.7 know the first member only, and take a longer one that ends in zeroes */
	return (int)syscall(CREATE_RULESET, attr, sizeof(attr), 0);
}

int sys_landlock_allow(int ruleset, int type, const struct sys_landlock_rule *rule)
{
	return (int)syscall(ADD_RULE, ruleset, type, rule, 0);
}

int sys_landlock_restrict_self(int ruleset)
{
	return (int)syscall(RESTRICT_SELF, ruleset, 0);
}
