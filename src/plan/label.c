/*
 * AppArmor's names of stacks: the kernel sorts them, and what is read back must be what was asked.
 * And SELinux's labels, with the categories that tell a container from the others.
 */
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

/* --- SELinux ---------------------------------------------------------------------------------- */

/* SECURITY: no two blocks have the same pair, so that with the block a pair is claimed and given
 * back, and needs no registry. There are 523,776 pairs of 1024 categories, and 65,536 blocks. */
void plan_category_pair(uint32_t ids_base, unsigned pair[2])
{
	pair[0] = ids_base / FACTS_ID_BLOCK;
	pair[1] = 1;
	while (pair[0] >= pair[1])
		pair[0] -= pair[1]++;
}

static const char *with_categories(struct plan_builder *b, const char *label)
{
	unsigned pair[2];

	plan_category_pair(b->request->ids_base, pair);
	label = arena_fmt(b->arena, "%s:c%u,c%u", label, pair[0], pair[1]);
	b->failed = b->failed || label == NULL;
	return label;
}

static const char *complete(struct plan_builder *b, const char *label)
{
	if (label == NULL || *label == '\0')
		return NULL;
	return b->decisions->label_categories ? with_categories(b, label) : label;
}

const char *plan_process_label(struct plan_builder *b)
{
	return complete(b, b->config->process.selinux_label);
}

const char *plan_mount_label(struct plan_builder *b)
{
	return complete(b, b->config->mount_label);
}

void plan_build_key_label(struct plan_builder *b)
{
	struct plan_step *step = plan_add_at(b, PLAN_STAGE_BUILD, PLAN_SELINUX, PLAN_SLOT_NONE);

	step->ref[0] = plan_add_string(b, plan_process_label(b));
	step->num[0] = PLAN_SELINUX_KEYRING;
}

static void add_relabel(struct plan_builder *b, const char *tree, const char *label)
{
	struct plan_step *step = plan_add(b, PLAN_RELABEL, PLAN_SLOT_NONE);

	step->ref[0] = plan_add_string(b, tree);
	step->ref[1] = plan_add_string(b, label);
}

/* "user:role:type:s0:c1,c2" without what comes after the sensitivity. */
static const char *without_categories(struct plan_builder *b, const char *label)
{
	const char *end = label;

	for (int colons = 0; *end != '\0' && (*end != ':' || ++colons < 4);)
		end++;
	label = arena_strndup(b->arena, label, (size_t)(end - label));
	b->failed = b->failed || label == NULL;
	return label;
}

void plan_build_relabel(struct plan_builder *b)
{
	const struct policy_decisions *d = b->decisions;
	bool is_rebuilt = d->rung == POLICY_RUNG_OVERLAY || d->rung == POLICY_RUNG_OVERLAY_BY_PATH;
	const char *label = plan_mount_label(b);

	if (label == NULL)
		return;
	if (b->request->notify_dir != NULL)
		add_relabel(b, b->request->notify_dir, label);
	/* an overlay of our own has the label as a whole */
	if (d->relabel_root != NULL && !is_rebuilt)
		add_relabel(b, d->relabel_root, label);
	for (size_t i = 0; d->relabels != NULL && d->relabels[i].path != NULL; i++)
		add_relabel(b, d->relabels[i].path,
			d->relabels[i].is_shared ? without_categories(b, label) : label);
}
