#include "build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

void plan_builder_done(struct plan_builder *b)
{
	for (size_t i = 0; i < PLAN_STAGE_N; i++)
		free(b->stages[i].items);
	str_buf_done(&b->data);
}

struct plan_step *plan_add_at(
	struct plan_builder *b, enum plan_stage stage, enum plan_kind kind, int slot)
{
	struct plan_steps *steps = &b->stages[stage];
	struct plan_step *step = &b->scratch;

	if (steps->n == steps->capacity) {
		size_t capacity = steps->capacity != 0 ? steps->capacity * 2 : 64;
		struct plan_step *items = realloc(steps->items, capacity * sizeof(*items));

		if (items == NULL || capacity > PLAN_STEPS_MAX) {
			b->failed = true;
		} else {
			steps->items = items;
			steps->capacity = capacity;
		}
	}
	if (!b->failed)
		step = &steps->items[steps->n++];
	*step = (struct plan_step){
		.kind = (uint16_t)kind, .stage = (uint16_t)stage, .slot = slot
	};
	return step;
}

struct plan_step *plan_add(struct plan_builder *b, enum plan_kind kind, int slot)
{
	return plan_add_at(b, plan_kind_info(kind)->first, kind, slot);
}

int plan_new_slot(struct plan_builder *b)
{
	if (b->n_slots >= PLAN_SLOTS_MAX)
		b->failed = true;
	return b->n_slots++;
}

struct plan_ref plan_add_blob(struct plan_builder *b, const void *data, size_t size)
{
	static const char zeros[8];
	struct plan_ref ref = { .offset = (uint32_t)b->data.len, .len = (uint32_t)size };

	if (size == 0)
		return (struct plan_ref){ 0 };
	if (size > PLAN_SIZE_MAX || b->data.len > PLAN_SIZE_MAX) {
		b->failed = true;
		return (struct plan_ref){ 0 };
	}
	str_buf_add(&b->data, data, size);
	/* Everything starts on 8 bytes, so that arrays and programs can be used where they lie. */
	str_buf_add(&b->data, zeros, (8 - size % 8) % 8);
	return ref;
}

struct plan_ref plan_add_string(struct plan_builder *b, const char *s)
{
	if (s == NULL)
		return (struct plan_ref){ 0 };
	return plan_add_blob(b, s, strlen(s) + 1);
}

struct plan_ref plan_add_strings(struct plan_builder *b, const struct json_strings *list)
{
	_str_buf_ struct str_buf joined = { 0 };

	for (size_t i = 0; i < list->n; i++)
		str_buf_add(&joined, list->items[i], strlen(list->items[i]) + 1);
	if (joined.failed)
		b->failed = true;
	return plan_add_blob(b, joined.data, joined.len);
}

static uint32_t map_id(const struct config_id_mappings *map, uint32_t id)
{
	if (map->n == 0)
		return id;
	for (size_t i = 0; i < map->n; i++) {
		const struct config_id_mapping *m = &map->items[i];

		if (id >= m->container_id && id - m->container_id < m->size)
			return m->host_id + (id - m->container_id);
	}
	return UINT32_MAX;
}

uint32_t plan_host_uid(const struct plan_builder *b, uint32_t id)
{
	return map_id(&b->uid_map, id);
}

uint32_t plan_host_gid(const struct plan_builder *b, uint32_t id)
{
	return map_id(&b->gid_map, id);
}

/* The state document of hooks that run inside is complete but for pid and status, which only
 * caisson-init knows: {"ociVersion":...,"id":...,"bundle":...| "pid":N,"status":"..." |,...} */
static int add_state_text(struct plan_builder *b, struct plan_header *header, struct err *err)
{
	_json_out_ struct json_out *out = json_out_new("");
	const struct config *config = b->config;
	const char *head;
	size_t len;

	json_out_object(out, NULL);
	json_out_string(out, "ociVersion", CONFIG_OCI_VERSION_MAX);
	json_out_string(out, "id", b->request->id);
	json_out_string(out, "bundle", b->request->bundle);
	if (config->annotation_keys.n > 0) {
		json_out_object(out, "annotations");
		for (size_t i = 0; i < config->annotation_keys.n; i++)
			json_out_string(out, config->annotation_keys.items[i],
				config->annotation_values.items[i]);
		json_out_end(out);
	}
	json_out_end(out);
	head = json_out_text(out, &len);
	if (head == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	/* the closing brace makes room for the two members init adds */
	head = arena_fmt(b->arena, "%.*s,", (int)(len - 1), head);
	if (head == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	header->state_head = plan_add_string(b, head);
	header->state_tail = plan_add_string(b, "}");
	return 0;
}

static struct plan_ref relocate(struct plan_ref ref, size_t start)
{
	if (ref.len != 0)
		ref.offset += (uint32_t)start;
	return ref;
}

/* Lay header, steps and data out in one buffer, and open it as any reader would. */
int plan_builder_finish(
	struct plan_builder *b, struct plan_header *header, struct plan *out, struct err *err)
{
	size_t n_steps = 0, start, size;
	struct plan_step *step;
	char *buf;

	for (size_t i = 0; i < PLAN_STAGE_N; i++)
		n_steps += b->stages[i].n;
	start = sizeof(*header) + n_steps * sizeof(*step);
	size = start + b->data.len;
	if (b->failed || b->data.failed || size > PLAN_SIZE_MAX)
		return err_new(err, -E2BIG, "this configuration needs a plan larger than %d MiB",
			PLAN_SIZE_MAX >> 20);
	buf = arena_alloc(b->arena, size);
	if (buf == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	header->magic = PLAN_MAGIC;
	header->version = PLAN_VERSION;
	header->header_size = sizeof(*header);
	header->size = (uint32_t)size;
	header->n_steps = (uint32_t)n_steps;
	header->n_slots = (uint32_t)b->n_slots;
	header->first_slot_fd = 3 + b->request->n_preserved_fds;
	header->clone_flags = b->clone_flags;
	header->flags = b->flags;
	header->id = relocate(header->id, start);
	header->state_head = relocate(header->state_head, start);
	header->state_tail = relocate(header->state_tail, start);
	memcpy(buf, header, sizeof(*header));
	step = (struct plan_step *)(void *)(buf + sizeof(*header));
	for (size_t i = 0; i < PLAN_STAGE_N; i++) {
		for (size_t k = 0; k < b->stages[i].n; k++, step++) {
			*step = b->stages[i].items[k];
			for (size_t r = 0; r < PLAN_REFS; r++)
				step->ref[r] = relocate(step->ref[r], start);
		}
	}
	if (b->data.len > 0)
		memcpy(buf + start, b->data.data, b->data.len);
	return plan_open(buf, size, out, err);
}

static int build_parts(struct plan_builder *b, struct err *err)
{
	int r;

	r = plan_build_ids(b, err);
	if (r < 0)
		return r;
	r = plan_build_cgroups(b, err);
	if (r < 0)
		return r;
	r = plan_build_namespaces(b, err);
	if (r < 0)
		return r;
	r = plan_build_rootfs(b, err);
	if (r < 0)
		return r;
	r = plan_build_limits(b, err);
	if (r < 0)
		return r;
	return plan_build_confine(b, err);
}

int plan_build(struct arena *arena, const struct policy_decisions *decisions,
	const struct facts *facts, const struct plan_request *request, struct plan *out,
	struct err *err)
{
	_cleanup_(plan_builder_done) struct plan_builder b = {
		.arena = arena,
		.decisions = decisions,
		.config = &decisions->config,
		.facts = facts,
		.request = request,
		.n_slots = PLAN_SLOT_FIRST,
	};
	struct plan_header header = { 0 };
	int r;

	/* offset 0 of the data area stays unused: {0, 0} means none */
	plan_add_blob(&b, "caisson", 8);
	header.id = plan_add_string(&b, request->id);
	r = add_state_text(&b, &header, err);
	if (r < 0)
		return r;
	r = build_parts(&b, err);
	if (r < 0)
		return r;
	return plan_builder_finish(&b, &header, out, err);
}
