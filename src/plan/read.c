/*
 * The decoder. Every offset is checked once, by plan_open(); the readers below rely on that and
 * only assert. SECURITY: caisson-init carries out what it finds here with host privilege, so the
 * buffer is treated as if somebody else had written it (fuzz_plan).
 */
#include "plan/read.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/abi.h"
#include "base/attr.h"

#include "base/banned.h"

enum {
	PLAN_ALIGN = 8,
	PLAN_FIRST_FD_MAX = 1 << 20, /* fs.nr_open of every kernel's default */
	RESOURCE_MAX = 15,           /* RLIMIT_RTTIME */
	HOOK_KIND_MAX = 5,
};

static const uint64_t namespace_bits = SYS_NEWTIME | SYS_NEWNS | SYS_NEWCGROUP | SYS_NEWUTS |
				       SYS_NEWIPC | SYS_NEWUSER | SYS_NEWPID | SYS_NEWNET;

static bool ref_is_none(const struct plan_ref *ref)
{
	return ref->offset == 0 && ref->len == 0;
}

/* In the data area, which is everything behind the steps. */
static bool ref_is_inside(const struct plan *plan, const struct plan_ref *ref)
{
	const struct plan_header *header = plan->header;
	size_t start = sizeof(*header) + header->n_steps * sizeof(struct plan_step);

	return ref->len > 0 && ref->offset >= start && ref->offset <= header->size &&
	       ref->len <= header->size - ref->offset;
}

static bool text_is_ok(const struct plan *plan, const struct plan_ref *ref, bool is_list)
{
	const char *text = plan->base + ref->offset;

	if (text[ref->len - 1] != '\0')
		return false;
	/* A NUL inside would make two readers see two different strings. */
	return is_list || strlen(text) == ref->len - 1;
}

static bool array_is_ok(const struct plan_ref *ref, size_t element, size_t align)
{
	return ref->len % element == 0 && ref->offset % align == 0;
}

static bool ref_is_ok(const struct plan *plan, const struct plan_ref *ref, enum plan_field field)
{
	if (!ref_is_inside(plan, ref))
		return false;
	if (field == PLAN_FIELD_STRING || field == PLAN_FIELD_STRINGS)
		return text_is_ok(plan, ref, field == PLAN_FIELD_STRINGS);
	if (field == PLAN_FIELD_U32S)
		return array_is_ok(ref, sizeof(uint32_t), sizeof(uint32_t));
	if (field == PLAN_FIELD_BPF)
		return array_is_ok(ref, sizeof(struct sys_bpf_insn), sizeof(uint32_t));
	return false;
}

static bool propagation_is_ok(uint64_t num)
{
	return num == 0 || num == SYS_MS_PRIVATE || num == SYS_MS_SLAVE || num == SYS_MS_SHARED ||
	       num == SYS_MS_UNBINDABLE;
}

static bool num_is_ok(uint64_t num, enum plan_field field)
{
	if (field == PLAN_FIELD_NONE)
		return num == 0;
	if (field == PLAN_FIELD_BOOL)
		return num <= 1;
	if (field == PLAN_FIELD_NUM || field == PLAN_FIELD_OCTAL || field == PLAN_FIELD_INODE)
		return num <= UINT32_MAX;
	if (field == PLAN_FIELD_NAMESPACES)
		return (num & ~namespace_bits) == 0;
	if (field == PLAN_FIELD_PROPAGATION)
		return propagation_is_ok(num);
	if (field == PLAN_FIELD_RESOURCE)
		return num <= RESOURCE_MAX;
	if (field == PLAN_FIELD_LAYER)
		return num >= PLAN_LAYER_UPPER && num <= PLAN_LAYER_DATA;
	if (field == PLAN_FIELD_KEPT)
		return num <= PLAN_KEPT_MAX;
	if (field == PLAN_FIELD_HOOK)
		return num <= HOOK_KIND_MAX;
	return true;
}

static int check_fields(const struct plan *plan, uint32_t index, struct err *err)
{
	const struct plan_step *step = &plan->steps[index];
	const struct plan_kind_info *info = plan_kind_info(step->kind);

	for (size_t i = 0; i < PLAN_REFS; i++) {
		const struct plan_ref *ref = &step->ref[i];
		bool none = ref_is_none(ref);

		if (none ? info->ref[i].required : !ref_is_ok(plan, ref, info->ref[i].field))
			return err_new(err, -EINVAL, "step %u '%s' of the plan: bad reference %zu",
				index, info->name, i);
	}
	for (size_t i = 0; i < PLAN_NUMS; i++) {
		if (!num_is_ok(step->num[i], info->num[i].field))
			return err_new(err, -EINVAL, "step %u '%s' of the plan: bad number %zu",
				index, info->name, i);
	}
	return 0;
}

static bool slot_is_ok(
	const struct plan *plan, const struct plan_step *step, const struct plan_kind_info *info)
{
	if (step->slot == PLAN_SLOT_NONE)
		return !info->needs_slot;
	return step->slot >= 0 && (uint32_t)step->slot < plan->header->n_slots;
}

static int check_step(const struct plan *plan, uint32_t index, struct err *err)
{
	const struct plan_step *step = &plan->steps[index];
	const struct plan_kind_info *info = plan_kind_info(step->kind);

	if (info == NULL)
		return err_new(
			err, -EINVAL, "step %u of the plan: unknown kind %u", index, step->kind);
	if (step->stage < info->first || step->stage > info->last)
		return err_new(err, -EINVAL, "step %u '%s' of the plan: not a step of stage %u",
			index, info->name, step->stage);
	if (index > 0 && step->stage < step[-1].stage)
		return err_new(err, -EINVAL, "step %u '%s' of the plan: goes back to stage %u",
			index, info->name, step->stage);
	if (!slot_is_ok(plan, step, info))
		return err_new(err, -EINVAL, "step %u '%s' of the plan: bad descriptor slot %d",
			index, info->name, step->slot);
	return check_fields(plan, index, err);
}

static int check_header(const struct plan_header *header, size_t size, struct err *err)
{
	if (header->magic != PLAN_MAGIC || header->version != PLAN_VERSION ||
		header->header_size != sizeof(*header))
		return err_new(err, -EINVAL, "not a plan of this version of caisson");
	if (header->size != size)
		return err_new(
			err, -EINVAL, "plan of %u bytes in a buffer of %zu", header->size, size);
	if (header->n_steps > PLAN_STEPS_MAX ||
		header->n_steps > (size - sizeof(*header)) / sizeof(struct plan_step))
		return err_new(err, -EINVAL, "plan claims %u steps", header->n_steps);
	if (header->n_slots < PLAN_SLOT_FIRST || header->n_slots > PLAN_SLOTS_MAX)
		return err_new(err, -EINVAL, "plan claims %u descriptors", header->n_slots);
	if (header->first_slot_fd < 3 || header->first_slot_fd > PLAN_FIRST_FD_MAX)
		return err_new(
			err, -EINVAL, "plan starts its descriptors at %u", header->first_slot_fd);
	if ((header->clone_flags & ~namespace_bits) != 0)
		return err_new(err, -EINVAL, "plan has unknown namespaces 0x%llx",
			(unsigned long long)header->clone_flags);
	return 0;
}

static int check_header_texts(const struct plan *plan, struct err *err)
{
	const struct plan_ref *texts[] = {
		&plan->header->id,
		&plan->header->state_head,
		&plan->header->state_tail,
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (!ref_is_none(texts[i]) && !ref_is_ok(plan, texts[i], PLAN_FIELD_STRING))
			return err_new(err, -EINVAL, "plan has a bad reference in its header");
	}
	return 0;
}

int plan_open(const void *data, size_t size, struct plan *out, struct err *err)
{
	struct plan plan = { .header = data, .base = data };
	int r;

	if (size > PLAN_SIZE_MAX)
		return err_new(err, -EFBIG, "plan of %zu bytes is larger than %d MiB", size,
			PLAN_SIZE_MAX >> 20);
	if (size < sizeof(*plan.header) || (uintptr_t)data % PLAN_ALIGN != 0)
		return err_new(err, -EINVAL, "plan of %zu bytes is too short or not aligned", size);
	r = check_header(plan.header, size, err);
	if (r < 0)
		return r;
	plan.steps = (const struct plan_step *)(const void *)(plan.header + 1);
	r = check_header_texts(&plan, err);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < plan.header->n_steps; i++) {
		r = check_step(&plan, i, err);
		if (r < 0)
			return r;
	}
	*out = plan;
	return 0;
}

const char *plan_string(const struct plan *plan, const struct plan_ref *ref)
{
	return ref->len == 0 ? "" : plan->base + ref->offset;
}

const char *plan_strings(const struct plan *plan, const struct plan_ref *ref, const char *at)
{
	const char *start = plan->base + ref->offset;

	if (ref->len == 0)
		return NULL;
	if (at == NULL)
		return start;
	assert(at >= start && at < start + ref->len);
	at += strlen(at) + 1;
	return at < start + ref->len ? at : NULL;
}

size_t plan_strings_count(const struct plan *plan, const struct plan_ref *ref)
{
	const char *at = NULL;
	size_t n = 0;

	while ((at = plan_strings(plan, ref, at)) != NULL)
		n++;
	return n;
}

const uint32_t *plan_u32s(const struct plan *plan, const struct plan_ref *ref, size_t *n)
{
	*n = ref->len / sizeof(uint32_t);
	return (const uint32_t *)(const void *)(plan->base + ref->offset);
}

const void *plan_blob(const struct plan *plan, const struct plan_ref *ref, size_t *size)
{
	*size = ref->len;
	return plan->base + ref->offset;
}

int plan_slot_fd(const struct plan *plan, int slot)
{
	assert(slot >= 0 && (uint32_t)slot < plan->header->n_slots);
	return (int)plan->header->first_slot_fd + slot;
}
