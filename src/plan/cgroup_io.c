/*
 * Limits of devices: blockIO, hugepageLimits, network, rdma; and unified, which names its files
 * itself.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"

#include "cgroup.h"
#include "limits.h"

#include "base/banned.h"

enum { /* of a weight in config.json, which are those of v1 */
	WEIGHT_MIN = 10,
	WEIGHT_MAX = 1000,
	IO_WEIGHT_SPAN = 9999, /* io.weight of v2: 1 .. 10000 */
};

/* --- blockIO ----------------------------------------------------------------------------------------- */

uint64_t plan_io_weight(uint64_t weight)
{
	return 1 + (weight - WEIGHT_MIN) * IO_WEIGHT_SPAN / (WEIGHT_MAX - WEIGHT_MIN);
}

static bool check_weight(struct plan_limits *l, const char *pointer, unsigned weight)
{
	if (l->result == 0 && pointer != NULL && (weight < WEIGHT_MIN || weight > WEIGHT_MAX))
		l->result = err_new(l->err, -EINVAL, "%s: %u is not between %d and %d", pointer,
			weight, WEIGHT_MIN, WEIGHT_MAX);
	return l->result == 0;
}

/* @device: "" for all, or "8:0 ". The scheduler that is built in decides which file there is. */
static void put_weight(
	struct plan_limits *l, const char *pointer, const char *device, unsigned weight)
{
	const char *suffix = *device != '\0' ? "_device" : "";
	const char *text = arena_fmt(l->arena, "%s%u", device, weight);

	if (weight == 0 || !check_weight(l, pointer, weight))
		return;
	if (l->is_v2) {
		plan_limit_put(l, pointer, "io.bfq.weight", PLAN_SET_ELSE_NEXT, text);
		plan_limit_put(l, pointer, "io.weight", 0,
			arena_fmt(l->arena, "%s%llu", device,
				(unsigned long long)plan_io_weight(weight)));
		return;
	}
	plan_limit_put(l, pointer, arena_fmt(l->arena, "blkio.weight%s", suffix),
		PLAN_SET_ELSE_NEXT, text);
	plan_limit_put(l, pointer, arena_fmt(l->arena, "blkio.bfq.weight%s", suffix), 0, text);
}

static void put_leaf_weight(
	struct plan_limits *l, const char *pointer, const char *device, unsigned weight)
{
	const char *file = *device != '\0' ? "blkio.leaf_weight_device" : "blkio.leaf_weight";

	if (weight == 0 || !check_weight(l, pointer, weight))
		return;
	if (l->is_v2)
		plan_limit_refuse(l, pointer, file);
	else
		plan_limit_put(l, pointer, file, 0, arena_fmt(l->arena, "%s%u", device, weight));
}

static void put_device_weight(struct plan_limits *l, size_t i)
{
	const struct config_block_weight *weight = &l->resources->block_weights[i];
	const char *pointer = arena_fmt(l->arena, "/linux/resources/blockIO/weightDevice/%zu", i);
	const char *device = arena_fmt(l->arena, "%u:%u ", weight->major, weight->minor);

	if (pointer == NULL || device == NULL) {
		plan_limit_put(l, NULL, NULL, 0, NULL);
		return;
	}
	put_weight(l, pointer, device, weight->weight);
	put_leaf_weight(l, pointer, device, weight->leaf_weight);
}

static void put_rate(struct plan_limits *l, enum config_throttle kind, size_t i)
{
	static const char *const files_v1[CONFIG_THROTTLE_N] = {
		[CONFIG_THROTTLE_READ_BPS] = "blkio.throttle.read_bps_device",
		[CONFIG_THROTTLE_WRITE_BPS] = "blkio.throttle.write_bps_device",
		[CONFIG_THROTTLE_READ_IOPS] = "blkio.throttle.read_iops_device",
		[CONFIG_THROTTLE_WRITE_IOPS] = "blkio.throttle.write_iops_device",
	};
	static const char *const keys_v2[CONFIG_THROTTLE_N] = {
		[CONFIG_THROTTLE_READ_BPS] = "rbps",
		[CONFIG_THROTTLE_WRITE_BPS] = "wbps",
		[CONFIG_THROTTLE_READ_IOPS] = "riops",
		[CONFIG_THROTTLE_WRITE_IOPS] = "wiops",
	};
	const struct config_block_rate *rate = &l->resources->block_rates[kind].items[i];
	const char *pointer = arena_fmt(
		l->arena, "/linux/resources/blockIO/%s/%zu/rate", config_throttle_name(kind), i);
	const char *number = plan_limit_u64(l, rate->rate);

	if (number == NULL)
		plan_limit_put(l, NULL, NULL, 0, NULL);
	else if (l->is_v2)
		plan_limit_put(l, pointer, "io.max", 0,
			arena_fmt(l->arena, "%u:%u %s=%s", rate->major, rate->minor, keys_v2[kind],
				rate->rate != 0 ? number : "max"));
	else
		plan_limit_put(l, pointer, files_v1[kind], 0,
			arena_fmt(l->arena, "%u:%u %s", rate->major, rate->minor, number));
}

void plan_collect_block_io(struct plan_limits *l)
{
	const struct config_resources *r = l->resources;

	put_weight(l, "/linux/resources/blockIO/weight", "", r->block_weight);
	put_leaf_weight(l, "/linux/resources/blockIO/leafWeight", "", r->block_leaf_weight);
	for (size_t i = 0; i < r->n_block_weights; i++)
		put_device_weight(l, i);
	for (int kind = 0; kind < CONFIG_THROTTLE_N; kind++)
		for (size_t i = 0; i < r->block_rates[kind].n; i++)
			put_rate(l, (enum config_throttle)kind, i);
}

/* --- hugepageLimits ------------------------------------------------------------------------------------ */

/* A reservation is refused at mmap(), a fault beyond the limit is a SIGBUS: both, so that a program
 * gets an error where the kernel can give one (5.7). */
void plan_collect_huge_pages(struct plan_limits *l)
{
	const char *suffix = l->is_v2 ? "max" : "limit_in_bytes";

	for (size_t i = 0; i < l->resources->n_huge_pages; i++) {
		const struct config_huge_pages *pages = &l->resources->huge_pages[i];
		const char *pointer =
			arena_fmt(l->arena, "/linux/resources/hugepageLimits/%zu/limit", i);
		const char *number = plan_limit_u64(l, pages->limit);

		plan_limit_put(l, pointer,
			arena_fmt(l->arena, "hugetlb.%s.rsvd.%s", pages->page_size, suffix),
			PLAN_SET_OPTIONAL, number);
		plan_limit_put(l, pointer,
			arena_fmt(l->arena, "hugetlb.%s.%s", pages->page_size, suffix), 0, number);
	}
}

/* --- network ------------------------------------------------------------------------------------------- */

void plan_collect_net_class(struct plan_limits *l)
{
	const char *pointer = "/linux/resources/network/classID";

	if (l->resources->net_class != 0 && l->is_v2)
		plan_limit_refuse(l, pointer, "net_cls.classid");
	else if (l->resources->net_class != 0)
		plan_limit_put(l, pointer, "net_cls.classid", 0,
			plan_limit_u64(l, l->resources->net_class));
}

void plan_collect_net_priorities(struct plan_limits *l)
{
	for (size_t i = 0; i < l->resources->n_net_priorities; i++) {
		const struct config_net_priority *priority = &l->resources->net_priorities[i];
		const char *pointer =
			arena_fmt(l->arena, "/linux/resources/network/priorities/%zu", i);

		if (l->is_v2 && pointer != NULL)
			plan_limit_refuse(l, pointer, "net_prio.ifpriomap");
		else
			plan_limit_put(l, pointer, "net_prio.ifpriomap", 0,
				arena_fmt(l->arena, "%s %u", priority->interface,
					priority->priority));
	}
}

/* --- rdma ---------------------------------------------------------------------------------------------- */

void plan_collect_rdma(struct plan_limits *l)
{
	for (size_t i = 0; i < l->resources->n_rdma; i++) {
		const struct config_rdma *rdma = &l->resources->rdma[i];
		char handles[32] = "", objects[32] = "";

		if (rdma->has_handles)
			str_fmt(handles, sizeof(handles), " hca_handle=%u", rdma->handles);
		if (rdma->has_objects)
			str_fmt(objects, sizeof(objects), " hca_object=%u", rdma->objects);
		plan_limit_put(l, arena_fmt(l->arena, "/linux/resources/rdma/%s", rdma->device),
			"rdma.max", 0,
			arena_fmt(l->arena, "%s%s%s", rdma->device, handles, objects));
	}
}

/* --- unified ------------------------------------------------------------------------------------------- */

static const struct facts_hierarchy *find_v2(const struct facts *facts)
{
	for (size_t i = 0; i < facts->n_hierarchies; i++)
		if (facts->hierarchies[i].is_v2)
			return &facts->hierarchies[i];
	return NULL;
}

/* "memory.high" belongs to "memory"; "cgroup.max.depth" to no controller. */
static void find_owner(struct plan_limits *l, const char *key)
{
	l->controller = arena_strndup(l->arena, key, strcspn(key, "."));
	l->hierarchy = find_v2(l->facts);
	if (l->controller == NULL || !str_eq(l->controller, "cgroup")) {
		const struct facts_hierarchy *h =
			l->controller != NULL ? facts_find_controller(l->facts, l->controller)
					      : NULL;

		l->hierarchy = h != NULL && h->is_v2 ? h : NULL;
		return;
	}
	l->controller = NULL;
}

/* The kernel takes one line a write. */
static void put_lines(struct plan_limits *l, const char *pointer, const char *key, const char *text)
{
	do {
		size_t len = strcspn(text, "\n");

		plan_limit_put(l, pointer, key, 0, arena_strndup(l->arena, text, len));
		text += len;
		text += *text == '\n' ? 1 : 0;
	} while (*text != '\0' && l->result == 0);
}

void plan_collect_unified(struct plan_limits *l)
{
	const struct config_resources *r = l->resources;

	for (size_t i = 0; i < r->unified_keys.n && l->result == 0; i++) {
		const char *key = r->unified_keys.items[i];
		const char *pointer = arena_fmt(l->arena, "/linux/resources/unified/%s", key);

		find_owner(l, key);
		if (l->hierarchy == NULL && pointer != NULL) {
			l->result = err_new(l->err, -ENOTSUP,
				"%s: needs the %s controller on cgroup v2 (file %s), which is not "
				"available on this host",
				pointer, l->controller != NULL ? l->controller : "core", key);
			return;
		}
		put_lines(l, pointer, key, r->unified_values.items[i]);
	}
}
