/*
 * The figures of a container as runc prints them: names, order, and what is left out when it is 0.
 */
#include "stats.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "base/str.h"

#include "driver.h"
#include "local.h"

#include "base/banned.h"

enum {
	PAGE_SIZES_MAX = 16,
	PAGE_SIZE_TEXT = 24,
};

/* --- reading ----------------------------------------------------------------------------------------- */

char *cgroup_stats_text(const struct cgroup_stats *s, int dir_fd, const char *file)
{
	char *text = dir_fd >= 0 ? arena_alloc(s->arena, CGROUP_STATS_FILE_MAX) : NULL;

	if (text == NULL || fd_read_at(dir_fd, file, text, CGROUP_STATS_FILE_MAX) < 0)
		return NULL;
	return text;
}

uint64_t cgroup_stats_u64(int dir_fd, const char *file)
{
	char text[64];
	uint64_t n = 0;

	if (dir_fd < 0 || fd_read_at(dir_fd, file, text, sizeof(text)) < 0)
		return 0;
	text[strcspn(text, " \n")] = '\0';
	if (str_eq(text, "max"))
		return UINT64_MAX;
	return num_u64(text, UINT64_MAX, &n) ? n : 0;
}

static int compare_figures(const void *a, const void *b)
{
	return strcmp(
		((const struct cgroup_figure *)a)->name, ((const struct cgroup_figure *)b)->name);
}

struct cgroup_figure *cgroup_stats_figures(
	const struct cgroup_stats *s, int dir_fd, const char *file, size_t *n)
{
	char *text = cgroup_stats_text(s, dir_fd, file), *line;
	struct cgroup_figure *items = arena_array(s->arena, CGROUP_STATS_NAMES_MAX, sizeof(*items));

	*n = 0;
	if (items == NULL)
		return NULL;
	while (text != NULL && (line = strsep(&text, "\n")) != NULL &&
		*n < CGROUP_STATS_NAMES_MAX) {
		items[*n].name = strsep(&line, " ");
		if (line != NULL && num_u64(line, UINT64_MAX, &items[*n].value))
			++*n;
	}
	qsort(items, *n, sizeof(*items), compare_figures);
	return items;
}

uint64_t cgroup_stats_key(
	const struct cgroup_stats *s, int dir_fd, const char *file, const char *key)
{
	size_t n = 0;
	const struct cgroup_figure *items = cgroup_stats_figures(s, dir_fd, file, &n);

	for (size_t i = 0; i < n; i++)
		if (str_eq(items[i].name, key))
			return items[i].value;
	return 0;
}

/* --- writing ----------------------------------------------------------------------------------------- */

void cgroup_stats_put(const struct cgroup_stats *s, const char *key, uint64_t value)
{
	if (value != 0)
		json_out_u64(s->out, key, value);
}

void cgroup_stats_put_usage(
	const struct cgroup_stats *s, const char *key, const struct cgroup_usage *usage)
{
	if (usage->limit == 0 && usage->usage == 0 && usage->max == 0 && usage->failcnt == 0)
		return;
	json_out_object(s->out, key);
	json_out_u64(s->out, "limit", usage->limit);
	cgroup_stats_put(s, "usage", usage->usage);
	cgroup_stats_put(s, "max", usage->max);
	json_out_u64(s->out, "failcnt", usage->failcnt);
	json_out_end(s->out);
}

void cgroup_stats_put_raw(
	const struct cgroup_stats *s, const char *key, const struct cgroup_figure *items, size_t n)
{
	if (n == 0)
		return;
	json_out_object(s->out, key);
	for (size_t i = 0; i < n; i++)
		json_out_u64(s->out, items[i].name, items[i].value);
	json_out_end(s->out);
}

/* "1.50" is 1.5, "0.00" is 0; what is no such number is 0, too */
static void put_decimal(const struct cgroup_stats *s, const char *key, char *text)
{
	size_t whole = strspn(text, "0123456789"), len = whole;

	if (whole > 0 && text[whole] == '.')
		len = whole + 1 + strspn(text + whole + 1, "0123456789");
	text[len] = '\0';
	while (len > whole && (text[len - 1] == '0' || text[len - 1] == '.'))
		text[--len] = '\0';
	json_out_number(s->out, key, whole > 0 ? text : "0");
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" */
static void put_pressure_line(const struct cgroup_stats *s, char *line)
{
	static const char *const averages[] = { "avg10", "avg60", "avg300" };
	const char *kind = strsep(&line, " ");
	char *field;
	size_t i = 0;

	/* nothing ever waited: left out, as every object of zeros */
	if (line == NULL || str_ends(line, " total=0"))
		return;
	json_out_object(s->out, kind);
	while ((field = strsep(&line, " ")) != NULL) {
		const char *name = strsep(&field, "=");
		uint64_t total;

		if (field == NULL)
			continue;
		if (i < ARRAY_SIZE(averages) && str_eq(name, averages[i])) {
			put_decimal(s, name, field);
			i++;
		} else if (str_eq(name, "total") && num_u64(field, UINT64_MAX, &total)) {
			json_out_u64(s->out, name, total);
		}
	}
	json_out_end(s->out);
}

void cgroup_stats_put_pressure(const struct cgroup_stats *s, int dir_fd, const char *file)
{
	char *text = cgroup_stats_text(s, dir_fd, file), *line;

	if (text == NULL)
		return;
	json_out_object(s->out, "psi");
	while ((line = strsep(&text, "\n")) != NULL)
		put_pressure_line(s, line);
	json_out_end(s->out);
}

void cgroup_stats_put_block(const struct cgroup_stats *s, struct cgroup_stats_list *list,
	const char *device, const char *op, uint64_t value)
{
	char major[24] = "";
	const char *colon = strchr(device, ':');
	uint64_t numbers[2] = { 0, 0 };

	if (colon == NULL || (size_t)(colon - device) >= sizeof(major))
		return;
	str_fmt(major, sizeof(major), "%.*s", (int)(colon - device), device);
	if (!num_u64(major, UINT32_MAX, &numbers[0]) ||
		!num_u64(colon + 1, UINT32_MAX, &numbers[1]))
		return;
	if (!list->is_open)
		json_out_array(s->out, list->key);
	list->is_open = true;
	json_out_object(s->out, NULL);
	cgroup_stats_put(s, "major", numbers[0]);
	cgroup_stats_put(s, "minor", numbers[1]);
	if (op != NULL)
		json_out_string(s->out, "op", op);
	cgroup_stats_put(s, "value", value);
	json_out_end(s->out);
}

void cgroup_stats_end_list(const struct cgroup_stats *s, struct cgroup_stats_list *list)
{
	if (list->is_open)
		json_out_end(s->out);
	list->is_open = false;
}

/* --- what both versions have ----------------------------------------------------------------------------- */

static void put_pids(const struct cgroup_stats *s)
{
	uint64_t current = cgroup_stats_u64(s->pids, "pids.current");
	uint64_t limit = cgroup_stats_u64(s->pids, "pids.max");
	size_t n = 0;

	/* the controller may not be there; the processes are */
	if (current == 0 && s->pids >= 0 && cgroup_tree_count(s->pids, &n) == 0)
		current = n;
	json_out_object(s->out, "pids");
	cgroup_stats_put(s, "current", current);
	cgroup_stats_put(s, "limit", limit == UINT64_MAX ? 0 : limit);
	json_out_end(s->out);
}

/* "hugepages-2048kB" as the kernel names its files: "2MB" */
static bool name_of_pages(const char *entry, char *out)
{
	static const char *const units[] = { "KB", "MB", "GB" };
	char digits[24];
	uint64_t n;
	size_t unit = 0, len;

	if (!str_starts(entry, "hugepages-") || !str_ends(entry, "kB"))
		return false;
	entry += strlen("hugepages-");
	len = strlen(entry) - 2;
	if (len >= sizeof(digits))
		return false;
	str_fmt(digits, sizeof(digits), "%.*s", (int)len, entry);
	if (!num_u64(digits, UINT64_MAX, &n))
		return false;
	for (; n % 1024 == 0 && unit + 1 < ARRAY_SIZE(units); unit++)
		n /= 1024;
	str_fmt(out, PAGE_SIZE_TEXT, "%llu%s", (unsigned long long)n, units[unit]);
	return true;
}

static void dir_close(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static size_t list_page_sizes(char sizes[PAGE_SIZES_MAX][PAGE_SIZE_TEXT])
{
	_cleanup_(dir_close) DIR *dir = opendir("/sys/kernel/mm/hugepages");
	const struct dirent *entry;
	size_t n = 0;

	while (dir != NULL && n < PAGE_SIZES_MAX && (entry = readdir(dir)) != NULL)
		n += name_of_pages(entry->d_name, sizes[n]) ? 1 : 0;
	qsort(sizes, n, sizeof(sizes[0]), compare_names);
	return n;
}

bool cgroup_stats_has_pages(const struct cgroup_stats *s, const char *size, const char *suffix)
{
	char file[80];

	str_fmt(file, sizeof(file), "hugetlb.%s%s", size, suffix);
	return s->hugetlb >= 0 && faccessat(s->hugetlb, file, F_OK, 0) == 0;
}

static void put_huge_pages(const struct cgroup_stats *s, const struct cgroup_driver *driver)
{
	char sizes[PAGE_SIZES_MAX][PAGE_SIZE_TEXT];
	size_t n = list_page_sizes(sizes);

	json_out_object(s->out, "hugetlb");
	for (size_t i = 0; i < n; i++)
		driver->stats_pages(s, sizes[i]);
	json_out_end(s->out);
}

/* --- the document -------------------------------------------------------------------------------------- */

/* Without a directory there are no figures of either version. */
static const struct cgroup_driver *driver_of(
	const struct store_record *record, const char *controller)
{
	const struct store_cgroup *cgroup = cgroup_recorded(record, controller);

	return cgroup != NULL ? cgroup_driver_of(record, cgroup) : &cgroup_driver_v1;
}

static void put_data(const struct cgroup_stats *s, const struct store_record *record)
{
	json_out_object(s->out, "cpu");
	driver_of(record, "cpu")->stats_cpu(s);
	json_out_end(s->out);
	json_out_object(s->out, "cpuset");
	cgroup_stats_cpuset_v1(s);
	json_out_end(s->out);
	json_out_object(s->out, "memory");
	driver_of(record, "memory")->stats_memory(s);
	json_out_end(s->out);
	put_pids(s);
	json_out_object(s->out, "blkio");
	driver_of(record, "blkio")->stats_block(s);
	json_out_end(s->out);
	put_huge_pages(s, driver_of(record, "hugetlb"));
	json_out_object(s->out, "intel_rdt");
	json_out_end(s->out);
	json_out_null(s->out, "network_interfaces");
}

static int open_dir(const struct store_record *record, const char *controller)
{
	const struct store_cgroup *cgroup = cgroup_recorded(record, controller);

	return cgroup != NULL ? cgroup_open_recorded(record, cgroup) : -1;
}

void cgroup_stats_json(struct arena *arena, const struct store_record *record, struct json_out *out)
{
	_fd_ int cpu = open_dir(record, "cpu"), cpuacct = open_dir(record, "cpuacct");
	_fd_ int cpuset = open_dir(record, "cpuset"), memory = open_dir(record, "memory");
	_fd_ int pids = open_dir(record, "pids"), blkio = open_dir(record, "blkio");
	_fd_ int hugetlb = open_dir(record, "hugetlb");
	const struct cgroup_stats s = { .arena = arena,
		.out = out,
		.cpu = cpu,
		.cpuacct = cpuacct,
		.cpuset = cpuset,
		.memory = memory,
		.pids = pids,
		.blkio = blkio,
		.hugetlb = hugetlb };

	put_data(&s, record);
}
