#include <string.h>

#include "base/num.h"
#include "base/str.h"

#include "stats.h"

#include "base/banned.h"

enum {
	USEC_NS = 1000
};

static uint64_t cpu_ns(const struct cgroup_stats *s, const char *key)
{
	return cgroup_stats_key(s, s->cpu, "cpu.stat", key) * USEC_NS;
}

void cgroup_stats_cpu_v2(const struct cgroup_stats *s)
{
	uint64_t periods = cgroup_stats_key(s, s->cpu, "cpu.stat", "nr_periods");
	uint64_t throttled = cgroup_stats_key(s, s->cpu, "cpu.stat", "nr_throttled");

	json_out_object(s->out, "usage");
	cgroup_stats_put(s, "total", cpu_ns(s, "usage_usec"));
	json_out_u64(s->out, "kernel", cpu_ns(s, "system_usec"));
	json_out_u64(s->out, "user", cpu_ns(s, "user_usec"));
	json_out_end(s->out);
	if (periods != 0 || throttled != 0) {
		json_out_object(s->out, "throttling");
		cgroup_stats_put(s, "periods", periods);
		cgroup_stats_put(s, "throttledPeriods", throttled);
		cgroup_stats_put(s, "throttledTime", cpu_ns(s, "throttled_usec"));
		json_out_end(s->out);
	}
	cgroup_stats_put_pressure(s, s->cpu, "cpu.pressure");
}

/* Memory and swap together, as on v1; without either limit there is none. */
static struct cgroup_usage read_swap(
	const struct cgroup_stats *s, const struct cgroup_usage *memory)
{
	struct cgroup_usage swap = {
		.limit = cgroup_stats_u64(s->memory, "memory.swap.max"),
		.usage = cgroup_stats_u64(s->memory, "memory.swap.current"),
	};

	if (memory->usage == 0 || cgroup_stats_text(s, s->memory, "memory.swap.max") == NULL)
		return (struct cgroup_usage){ 0 };
	swap.usage += memory->usage;
	swap.limit = swap.limit == UINT64_MAX || memory->limit == UINT64_MAX
			     ? UINT64_MAX
			     : swap.limit + memory->limit;
	return swap;
}

void cgroup_stats_memory_v2(const struct cgroup_stats *s)
{
	struct cgroup_usage usage = {
		.limit = cgroup_stats_u64(s->memory, "memory.max"),
		.usage = cgroup_stats_u64(s->memory, "memory.current"),
		.max = cgroup_stats_u64(s->memory, "memory.peak"),
	};
	struct cgroup_usage swap = read_swap(s, &usage);
	size_t n = 0;
	const struct cgroup_figure *items = cgroup_stats_figures(s, s->memory, "memory.stat", &n);

	cgroup_stats_put(s, "cache", cgroup_stats_key(s, s->memory, "memory.stat", "file"));
	cgroup_stats_put_usage(s, "usage", &usage);
	cgroup_stats_put_usage(s, "swap", &swap);
	cgroup_stats_put_raw(s, "raw", items, n);
	cgroup_stats_put_pressure(s, s->memory, "memory.pressure");
}

/* io.stat: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6" */
static void put_pair(
	const struct cgroup_stats *s, const char *key, const char *read, const char *write)
{
	struct cgroup_stats_list list = { .key = key };
	char *text = cgroup_stats_text(s, s->blkio, "io.stat"), *line;

	while (text != NULL && (line = strsep(&text, "\n")) != NULL) {
		const char *device = strsep(&line, " ");
		char *word;

		while (line != NULL && (word = strsep(&line, " ")) != NULL) {
			const char *name = strsep(&word, "=");
			uint64_t value;

			if (word == NULL || !num_u64(word, UINT64_MAX, &value))
				continue;
			if (str_eq(name, read))
				cgroup_stats_put_block(s, &list, device, "Read", value);
			else if (str_eq(name, write))
				cgroup_stats_put_block(s, &list, device, "Write", value);
		}
	}
	cgroup_stats_end_list(s, &list);
}

void cgroup_stats_block_v2(const struct cgroup_stats *s)
{
	put_pair(s, "ioServiceBytesRecursive", "rbytes", "wbytes");
	put_pair(s, "ioServicedRecursive", "rios", "wios");
	cgroup_stats_put_pressure(s, s->blkio, "io.pressure");
}

/* What was used at most, the kernel does not say. */
void cgroup_stats_pages_v2(const struct cgroup_stats *s, const char *size)
{
	const char *part = cgroup_stats_has_pages(s, size, ".rsvd.current") ? ".rsvd" : "";
	char file[80];

	if (*part == '\0' && !cgroup_stats_has_pages(s, size, ".current"))
		return;
	json_out_object(s->out, size);
	str_fmt(file, sizeof(file), "hugetlb.%s%s.current", size, part);
	cgroup_stats_put(s, "usage", cgroup_stats_u64(s->hugetlb, file));
	str_fmt(file, sizeof(file), "hugetlb.%s.events", size);
	json_out_u64(s->out, "failcnt", cgroup_stats_key(s, s->hugetlb, file, "max"));
	json_out_end(s->out);
}
