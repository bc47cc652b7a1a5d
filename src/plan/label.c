/* AppArmor's names of stacks: the kernel sorts them, and what is read back must be what was asked. */
#include <string.h>

#include "base/str.h"

#include "build.h"

#include "base/banned.h"

enum {
	STACK_MAX = 16 /* profiles; the kernel sets no limit that matters */
};

static size_t find_place(const char *const *parts, size_t n, const char *part)
{
	size_t i = 0;

	while (i < n && strcmp(parts[i], part) < 0)
		i++;
	return i;
}

/* The profiles of @name, ascending, none twice; 0: more than there is room for. */
static size_t split(char *name, const char *parts[STACK_MAX])
{
	size_t n = 0;
	char *next;

	for (; name != NULL; name = next) {
		size_t i;

		next = strstr(name, FACTS_APPARMOR_STACK);
		if (next != NULL) {
			*next = '\0';
			next += strlen(FACTS_APPARMOR_STACK);
		}
		i = find_place(parts, n, name);
		if (i < n && str_eq(parts[i], name))
			continue;
		if (n == STACK_MAX)
			return 0;
		memmove(&parts[i + 1], &parts[i], (n - i) * sizeof(*parts));
		parts[i] = name;
		n++;
	}
	return n;
}

const char *plan_apparmor_name(struct plan_builder *b, const char *asked)
{
	const char *parts[STACK_MAX];
	_str_buf_ struct str_buf out = { 0 };
	char *copy;
	const char *name;
	size_t n;

	/* profiles of other namespaces are sorted by more than their names */
	if (strstr(asked, FACTS_APPARMOR_STACK) == NULL || strchr(asked, ':') != NULL)
		return asked;
	copy = arena_strdup(b->arena, asked);
	n = copy != NULL ? split(copy, parts) : 0;
	for (size_t i = 0; i < n; i++) {
		str_buf_puts(&out, i > 0 ? FACTS_APPARMOR_STACK : "");
		str_buf_puts(&out, parts[i]);
	}
	if (n == 0 && copy != NULL)
		return asked;
	name = out.failed || copy == NULL ? NULL : arena_strndup(b->arena, out.data, out.len);
	b->failed = b->failed || name == NULL;
	return name;
}
