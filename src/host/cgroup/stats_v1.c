#include <string.h>

#include "base/num.h"
#include "base/str.h"

#include "stats.h"

#include "base/banned.h"

enum {
	TICK_NS = 10000000, /* cpuacct.stat counts in USER_HZ, which is 100 on every Linux */
	CPUS_MAX = 8192
};

/* --- cpu --------------------------------------------------------------------------------------------- */

static void put_percpu(const struct cgroup_stats *s)
{
	char *text = cgroup_stats_text(s, s->cpuacct, "cpuacct.usage_percpu"), *word;
	uint64_t n;

	if (text == NULL)
		return;
	json_out_array(s->out, "percpu");
	while ((word = strsep(&text, " \n")) != NULL)
		if (num_u64(word, UINT64_MAX, &n))
			json_out_u64(s->out, NULL, n);
	json_out_end(s->out);
}

/* cpuacct.usage_all, "CPU USER SYSTEM" under a head line; @column: 1 or 2 */
static void put_column(const struct cgroup_stats *s, const char *key, size_t column)
{
	char *text = cgroup_stats_text(s, s->cpuacct, "cpuacct.usage_all"), *line;

	if (text == NULL)
		return;
	json_out_array(s->out, key);
	while ((line = strsep(&text, "\n")) != NULL) {
		const char *word = NULL;
		uint64_t n;

		for (size_t i = 0; i <= column && line != NULL; i++)
			word = strsep(&line, " ");
		if (word != NULL && num_u64(word, UINT64_MAX, &n))
			json_out_u64(s->out, NULL, n);
	}
	json_out_end(s->out);
}

static void put_throttling(const struct cgroup_stats *s)
{
	uint64_t periods = cgroup_stats_key(s, s->cpu, "cpu.stat", "nr_periods");
	uint64_t throttled = cgroup_stats_key(s, s->cpu, "cpu.stat", "nr_throttled");
	uint64_t time = cgroup_stats_key(s, s->cpu, "cpu.stat", "throttled_time");

	if (periods == 0 && throttled == 0 && time == 0)
		return;
	json_out_object(s->out, "throttling");
	cgroup_stats_put(s, "periods", periods);
	cgroup_stats_put(s, "throttledPeriods", throttled);
	cgroup_stats_put(s, "throttledTime", time);
	json_out_end(s->out);
}

void cgroup_stats_cpu_v1(const struct cgroup_stats *s)
{
	json_out_object(s->out, "usage");
	cgroup_stats_put(s, "total", cgroup_stats_u64(s->cpuacct, "cpuacct.usage"));
	put_percpu(s);
	put_column(s, "percpu_kernel", 2);
	put_column(s, "percpu_user", 1);
	json_out_u64(s->out, "kernel",
		cgroup_stats_key(s, s->cpuacct, "cpuacct.stat", "system") * TICK_NS);
	json_out_u64(
		s->out, "user", cgroup_stats_key(s, s->cpuacct, "cpuacct.stat", "user") * TICK_NS);
	json_out_end(s->out);
	put_throttling(s);
}

/* --- cpuset ------------------------------------------------------------------------------------------ */

/* "0-3,7" as an array */
static void put_numbers(const struct cgroup_stats *s, const char *key, const char *file)
{
	char *text = cgroup_stats_text(s, s->cpuset, file), *range;

	if (text == NULL || *text == '\n' || *text == '\0')
		return;
	text[strcspn(text, "\n")] = '\0';
	json_out_array(s->out, key);
	while ((range = strsep(&text, ",")) != NULL) {
		const char *first = strsep(&range, "-");
		uint64_t from, to;

		if (!num_u64(first, CPUS_MAX, &from) ||
			!num_u64(range != NULL ? range : first, CPUS_MAX, &to))
			continue;
		for (; from <= to; from++)
			json_out_u64(s->out, NULL, from);
	}
	json_out_end(s->out);
}

static int64_t read_level(const struct cgroup_stats *s)
{
	const char *text = cgroup_stats_text(s, s->cpuset, "cpuset.sched_relax_domain_level");

	return text != NULL && *text == '-'
		       ? -1
		       : (int64_t)cgroup_stats_u64(s->cpuset, "cpuset.sched_relax_domain_level");
}

/* On v2 no such figure is reported, and all of them are there with 0. */
void cgroup_stats_cpuset_v1(const struct cgroup_stats *s)
{
	static const char *const flags[] = { "mem_hardwall", "mem_exclusive", "memory_migrate",
		"memory_spread_page", "memory_spread_slab", "memory_pressure",
		"sched_load_balance" };

	if (cgroup_stats_text(s, s->cpuset, "cgroup.controllers") == NULL)
		put_numbers(s, "cpus", "cpuset.cpus");
	json_out_u64(s->out, "cpu_exclusive", cgroup_stats_u64(s->cpuset, "cpuset.cpu_exclusive"));
	if (cgroup_stats_text(s, s->cpuset, "cgroup.controllers") == NULL)
		put_numbers(s, "mems", "cpuset.mems");
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		char file[48];

		str_fmt(file, sizeof(file), "cpuset.%s", flags[i]);
		json_out_u64(s->out, flags[i], cgroup_stats_u64(s->cpuset, file));
	}
	json_out_i64(s->out, "sched_relax_domain_level", read_level(s));
}

/* --- memory ------------------------------------------------------------------------------------------ */

/* @infix: "", "memsw.", "kmem.", "kmem.tcp." */
static void put_usage(const struct cgroup_stats *s, const char *key, const char *infix)
{
	static const char *const names[] = { "limit_in_bytes", "usage_in_bytes",
		"max_usage_in_bytes", "failcnt" };
	uint64_t values[ARRAY_SIZE(names)];
	struct cgroup_usage usage;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char file[64];

		str_fmt(file, sizeof(file), "memory.%s%s", infix, names[i]);
		values[i] = cgroup_stats_u64(s->memory, file);
	}
	usage = (struct cgroup_usage){ values[0], values[1], values[2], values[3] };
	cgroup_stats_put_usage(s, key, &usage);
}

void cgroup_stats_memory_v1(const struct cgroup_stats *s)
{
	size_t n = 0;
	const struct cgroup_figure *items = cgroup_stats_figures(s, s->memory, "memory.stat", &n);

	cgroup_stats_put(s, "cache", cgroup_stats_key(s, s->memory, "memory.stat", "cache"));
	put_usage(s, "usage", "");
	put_usage(s, "swap", "memsw.");
	put_usage(s, "kernel", "kmem.");
	put_usage(s, "kernelTCP", "kmem.tcp.");
	cgroup_stats_put_raw(s, "raw", items, n);
}

/* --- blkio ------------------------------------------------------------------------------------------- */

/* "8:0 Read 5" or, without operations, "8:0 5"; the sum at the end has no device */
static void put_blocks(const struct cgroup_stats *s, const char *key, const char *file)
{
	struct cgroup_stats_list list = { .key = key };
	char *text = cgroup_stats_text(s, s->blkio, file), *line;

	while (text != NULL && (line = strsep(&text, "\n")) != NULL) {
		const char *device = strsep(&line, " ");
		const char *op =
			line != NULL && strchr(line, ' ') != NULL ? strsep(&line, " ") : NULL;
		uint64_t value;

		if (line != NULL && num_u64(line, UINT64_MAX, &value))
			cgroup_stats_put_block(s, &list, device, op, value);
	}
	cgroup_stats_end_list(s, &list);
}

void cgroup_stats_block_v1(const struct cgroup_stats *s)
{
	static const struct {
		const char *key, *name;
	} lists[] = {
		{ "ioServiceBytesRecursive", "io_service_bytes_recursive" },
		{ "ioServicedRecursive", "io_serviced_recursive" },
		{ "ioQueueRecursive", "io_queued_recursive" },
		{ "ioServiceTimeRecursive", "io_service_time_recursive" },
		{ "ioWaitTimeRecursive", "io_wait_time_recursive" },
		{ "ioMergedRecursive", "io_merged_recursive" },
		{ "ioTimeRecursive", "time_recursive" },
		{ "sectorsRecursive", "sectors_recursive" },
	};
	const char *sum = cgroup_stats_text(s, s->blkio, "blkio.bfq.io_serviced_recursive");
	/* BFQ counts its own devices only; the throttling layer sees all, but knows less of them */
	const char *part = sum != NULL && strchr(sum, ':') != NULL ? "bfq" : "throttle";

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		char file[64];

		str_fmt(file, sizeof(file), "blkio.%s.%s", part, lists[i].name);
		put_blocks(s, lists[i].key, file);
	}
}

/* --- hugetlb ----------------------------------------------------------------------------------------- */

static uint64_t read_pages(
	const struct cgroup_stats *s, const char *size, const char *part, const char *name)
{
	char file[80];

	str_fmt(file, sizeof(file), "hugetlb.%s%s.%s", size, part, name);
	return cgroup_stats_u64(s->hugetlb, file);
}

void cgroup_stats_pages_v1(const struct cgroup_stats *s, const char *size)
{
	const char *part = cgroup_stats_has_pages(s, size, ".rsvd.usage_in_bytes") ? ".rsvd" : "";

	if (*part == '\0' && !cgroup_stats_has_pages(s, size, ".usage_in_bytes"))
		return;
	json_out_object(s->out, size);
	cgroup_stats_put(s, "usage", read_pages(s, size, part, "usage_in_bytes"));
	cgroup_stats_put(s, "max", read_pages(s, size, part, "max_usage_in_bytes"));
	json_out_u64(s->out, "failcnt", read_pages(s, size, part, "failcnt"));
	json_out_end(s->out);
}
