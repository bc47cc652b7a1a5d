#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/num.h"

#include "cli.h"

#include "base/banned.h"

enum {
	NUMBER_DIGITS = 9
};

static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", UINT64_C(60000000000) },
	{ "h", UINT64_C(3600000000000) },
};

static const uint64_t *find_unit(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strlen(units[i].name) == len && memcmp(units[i].name, text, len) == 0)
			return &units[i].ns;
	return NULL;
}

/* Digits with at most one point in them, as @unit_ns each; UINT64_MAX: no number */
static uint64_t scale(const char *text, size_t len, uint64_t unit_ns)
{
	uint64_t whole = 0, part = 0, divisor = 1;
	bool behind = false;

	if (len == 0 || len > 2 * NUMBER_DIGITS || (len == 1 && *text == '.'))
		return UINT64_MAX;
	for (size_t i = 0; i < len; i++) {
		uint64_t digit = (uint64_t)(text[i] - '0');

		if (text[i] == '.' && behind)
			return UINT64_MAX;
		if (text[i] == '.')
			behind = true;
		else if (!behind)
			whole = whole * 10 + digit;
		else if (divisor < 1000000000) {
			part = part * 10 + digit;
			divisor *= 10;
		}
	}
	if (whole > UINT32_MAX)
		return UINT64_MAX;
	/* 4e9 hours are more than 64 bits of nanoseconds: callers bound the sum */
	if (whole > (UINT64_MAX >> 1) / unit_ns)
		return UINT64_MAX;
	return whole * unit_ns + (uint64_t)((double)part * (double)unit_ns / (double)divisor);
}

bool cli_duration_parse(const char *text, unsigned *ms)
{
	uint64_t sum = 0;

	if (str_eq(text, "0")) {
		*ms = 0;
		return true;
	}
	do {
		size_t len = strspn(text, "0123456789."), unit_len;
		const uint64_t *unit;
		uint64_t ns;

		unit_len = strcspn(text + len, "0123456789.");
		unit = find_unit(text + len, unit_len);
		ns = unit != NULL ? scale(text, len, *unit) : UINT64_MAX;
		if (ns > (uint64_t)INT32_MAX * 1000000 - sum)
			return false;
		sum += ns;
		text += len + unit_len;
	} while (*text != '\0');
	*ms = (unsigned)((sum + 999999) / 1000000);
	return true;
}

static int print_line(void *arg, const char *text, size_t len, struct err *err)
{
	int r = cli_print(text, len, err);

	(void)arg;
	return r < 0 ? r : cli_print("\n", 1, err);
}

/* The first sink that can be read: the others keep what they get to themselves. */
static int find_log(const struct policy_settings *settings, const char **out, struct err *err)
{
	for (size_t i = 0; i < settings->audit.n; i++) {
		*out = settings->audit.items[i];
		if ((*out)[0] == '/')
			return 0;
	}
	if (settings->audit.n > 0)
		return err_new(err, -ENOENT,
			"no file is among the sinks of \"audit\" in '" POLICY_SETTINGS_FILE
			"': ask the system log, as with journalctl -t caisson");
	return err_new(err, -ENOENT,
		"there is no audit log: add \"audit\": \"/var/log/caisson.log\" to "
		"'" POLICY_SETTINGS_FILE "'");
}

static int print_log(struct cli *cli, struct err *err)
{
	const struct cli_args *args = cli->args;
	struct host_trail_read request = {
		.id = args->n_positionals > 0 ? args->positionals[0] : NULL,
		.follow = cli_on(args, "follow"),
	};
	int rc = policy_settings_load(cli->arena, POLICY_SETTINGS_FILE, &cli->settings, err);

	if (rc == 0)
		rc = find_log(&cli->settings, &request.path, err);
	return rc < 0 ? rc : host_trail_read(&request, print_line, NULL, err);
}

int cli_events(struct cli *cli, struct err *err)
{
	const struct cli_args *args = cli->args;
	const char *interval = cli_text(args, "interval");
	struct host_events_request request = { .stats_only = cli_on(args, "stats") };

	if (cli_on(args, "audit"))
		return print_log(cli, err);
	if (cli_on(args, "follow"))
		return err_new(err, -EINVAL, "--follow goes with --audit");
	if (args->n_positionals == 0)
		return err_new(err, -EINVAL,
			"%s: \"events\" requires exactly 1 argument(s): the id of a container, "
			"or --audit",
			args->program);
	request.id = args->positionals[0];
	if (!cli_duration_parse(interval, &request.interval_ms))
		return err_new(err, -EINVAL, "invalid value \"%s\" for flag -interval: parse error",
			interval);
	if (request.interval_ms == 0)
		return err_new(err, -EINVAL, "duration interval must be greater than 0");
	return host_events(&cli->context, &request, print_line, NULL, err);
}
