/* process.execCPUAffinity: lists of processors for exec, as masks. */
#include <string.h>

#include "base/num.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

enum {
	RANGE_MAX = 24 /* "1000-1023", and blanks */
};

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " ");
	len = strlen(text);
	while (len > 0 && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
	return text;
}

static bool read_cpu(char *text, uint64_t *out)
{
	return num_u64(trim(text), CONFIG_CPUS_MAX - 1, out);
}

/* "7" or "0-3"; nothing between two commas is nothing */
static bool add_range(const char *text, size_t len, struct config_cpus *out)
{
	char buf[RANGE_MAX], *dash;
	uint64_t first, last;

	if (len >= sizeof(buf))
		return false;
	memcpy(buf, text, len);
	buf[len] = '\0';
	if (*trim(buf) == '\0')
		return true;
	dash = strchr(buf, '-');
	if (dash != NULL)
		*dash++ = '\0';
	if (!read_cpu(buf, &first))
		return false;
	last = first;
	if (dash != NULL && !read_cpu(dash, &last))
		return false;
	for (uint64_t cpu = first; cpu <= last; cpu++)
		out->words[cpu / 64] |= UINT64_C(1) << cpu % 64;
	return first <= last;
}

static bool is_empty(const struct config_cpus *cpus)
{
	uint64_t all = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cpus->words); i++)
		all |= cpus->words[i];
	return all == 0;
}

static int read_cpus(const struct config_reader *reader, const struct json *node,
	const struct config_cpus **out, struct err *err)
{
	struct config_cpus *cpus;
	const char *text = NULL;
	int r = config_read_text(node, &text, err);

	if (r < 0 || text == NULL || *text == '\0')
		return r;
	cpus = arena_alloc(reader->arena, sizeof(*cpus));
	if (cpus == NULL)
		return config_err_memory(err);
	for (;;) {
		size_t len = strcspn(text, ",");

		if (!add_range(text, len, cpus))
			return json_err(err, node,
				"must be a list of cpus from 0 to %d such as '0-3,7'",
				CONFIG_CPUS_MAX - 1);
		if (text[len] == '\0')
			break;
		text += len + 1;
	}
	*out = cpus;
	return is_empty(cpus) ? json_err(err, node, "names no cpu") : 0;
}

int config_read_affinity(const struct config_reader *reader, const struct json *node,
	struct config_process *out, struct err *err)
{
	int r = config_check_object(node, err);

	if (r < 0 || node == NULL)
		return r;
	r = read_cpus(reader, json_get(node, "initial"), &out->exec_cpus_initial, err);
	return r < 0 ? r : read_cpus(reader, json_get(node, "final"), &out->exec_cpus_final, err);
}
