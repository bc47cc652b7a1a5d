/*
 * Writes plans for tests, by hand: steps in order, then the data area. Knows nothing of
 * plan_build(), so that the decoder and caisson-init are tested against the format alone.
 */
#ifndef TESTS_PLAN_WRITER_H
#define TESTS_PLAN_WRITER_H

#include <stdlib.h>
#include <string.h>

#include "plan/format.h"
#include "plan/read.h"

enum {
	PLAN_WRITER_STEPS = 256,
	PLAN_WRITER_DATA = 1 << 16
};

struct plan_writer {
	struct plan_header header;
	struct plan_step steps[PLAN_WRITER_STEPS];
	_Alignas(8) char data[PLAN_WRITER_DATA];
	uint32_t data_len;
};

static inline struct plan_writer *plan_writer_new(void)
{
	struct plan_writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		abort();
	w->header.magic = PLAN_MAGIC;
	w->header.version = PLAN_VERSION;
	w->header.header_size = sizeof(w->header);
	w->header.n_slots = PLAN_SLOT_FIRST;
	w->header.first_slot_fd = 3;
	return w;
}

/* References count from the start of the data area until plan_writer_finish(). */
static inline struct plan_ref plan_writer_data(struct plan_writer *w, const void *data, size_t size)
{
	struct plan_ref ref = { .offset = w->data_len, .len = (uint32_t)size };

	if (size > PLAN_WRITER_DATA - w->data_len - 8)
		abort();
	if (size > 0)
		memcpy(w->data + w->data_len, data, size);
	w->data_len = (uint32_t)((w->data_len + size + 7) & ~(size_t)7);
	return ref;
}

static inline struct plan_ref plan_writer_string(struct plan_writer *w, const char *s)
{
	return plan_writer_data(w, s, strlen(s) + 1);
}

/* Words separated by '~'. */
static inline struct plan_ref plan_writer_list(struct plan_writer *w, const char *words)
{
	struct plan_ref ref = plan_writer_string(w, words);

	for (char *p = w->data + ref.offset; p < w->data + ref.offset + ref.len; p++) {
		if (*p == '~')
			*p = '\0';
	}
	return ref;
}

static inline struct plan_step *plan_writer_step(
	struct plan_writer *w, enum plan_kind kind, int slot)
{
	struct plan_step *step;

	if (w->header.n_steps >= PLAN_WRITER_STEPS)
		abort();
	step = &w->steps[w->header.n_steps++];
	step->kind = (uint16_t)kind;
	step->stage = (uint16_t)plan_kind_info(kind)->first;
	step->slot = slot;
	return step;
}

/* A step with up to three strings; NULL = none. */
static inline struct plan_step *plan_writer_text(
	struct plan_writer *w, enum plan_kind kind, const char *a, const char *b)
{
	struct plan_step *step = plan_writer_step(w, kind, PLAN_SLOT_NONE);

	if (a != NULL)
		step->ref[0] = plan_writer_string(w, a);
	if (b != NULL)
		step->ref[1] = plan_writer_string(w, b);
	return step;
}

static inline struct plan_ref plan_writer_moved(struct plan_ref ref, uint32_t start)
{
	if (ref.len > 0)
		ref.offset += start;
	return ref;
}

/* The finished buffer, malloc'd; the writer is freed. */
static inline char *plan_writer_finish(struct plan_writer *w, size_t *size)
{
	uint32_t start = (uint32_t)(sizeof(w->header) + w->header.n_steps * sizeof(w->steps[0]));
	char *buf = malloc(start + w->data_len + 1);

	if (buf == NULL)
		abort();
	for (uint32_t i = 0; i < w->header.n_steps; i++) {
		for (size_t r = 0; r < PLAN_REFS; r++)
			w->steps[i].ref[r] = plan_writer_moved(w->steps[i].ref[r], start);
	}
	w->header.id = plan_writer_moved(w->header.id, start);
	w->header.state_head = plan_writer_moved(w->header.state_head, start);
	w->header.state_tail = plan_writer_moved(w->header.state_tail, start);
	w->header.size = start + w->data_len;
	memcpy(buf, &w->header, sizeof(w->header));
	memcpy(buf + sizeof(w->header), w->steps, w->header.n_steps * sizeof(w->steps[0]));
	memcpy(buf + start, w->data, w->data_len);
	*size = w->header.size;
	free(w);
	return buf;
}

#endif
