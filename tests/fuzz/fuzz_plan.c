/* Any buffer: refused, or every field of it readable. What caisson-init does with its plan. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plan/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* volatile, so that the reads are not optimised away */
static volatile unsigned char seen;

static void read_bytes(const void *data, size_t size)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < size; i++)
		seen = (unsigned char)(seen ^ p[i]);
}

static void read_ref(const struct plan *plan, const struct plan_ref *ref, enum plan_field field)
{
	const char *item = NULL;
	const void *data;
	size_t n;

	if (field == PLAN_FIELD_STRING) {
		item = plan_string(plan, ref);
		read_bytes(item, strlen(item));
	} else if (field == PLAN_FIELD_STRINGS) {
		while ((item = plan_strings(plan, ref, item)) != NULL)
			read_bytes(item, strlen(item));
	} else if (field == PLAN_FIELD_U32S) {
		data = plan_u32s(plan, ref, &n);
		read_bytes(data, n * sizeof(uint32_t));
	} else if (field == PLAN_FIELD_BPF) {
		data = plan_blob(plan, ref, &n);
		read_bytes(data, n);
	}
}

static void read_plan(const struct plan *plan)
{
	read_ref(plan, &plan->header->id, PLAN_FIELD_STRING);
	read_ref(plan, &plan->header->state_head, PLAN_FIELD_STRING);
	read_ref(plan, &plan->header->state_tail, PLAN_FIELD_STRING);
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];
		const struct plan_kind_info *info = plan_kind_info(step->kind);

		if (step->slot != PLAN_SLOT_NONE && plan_slot_fd(plan, step->slot) < 3)
			abort(); /* would be somebody's stdio */
		for (size_t r = 0; r < PLAN_REFS; r++)
			read_ref(plan, &step->ref[r], info->ref[r].field);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan plan;
	struct err err;
	void *copy = malloc(size == 0 ? 1 : size); /* aligned, and exactly as long */

	if (copy == NULL)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	if (plan_open(copy, size, &plan, &err) == 0)
		read_plan(&plan);
	free(copy);
	return 0;
}
