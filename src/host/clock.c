#include "clock.h"

#include <stdint.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

struct date {
	int year, month, day;
};

/* The civil date of a day since 1970. gmtime_r() reads the time zone first, seven calls to learn
 * that UTC is UTC. Years begin in March here, so that the leap day is a year's last. */
static struct date date_of(int64_t day)
{
	int64_t era_day = day + 719468,
		era = era_day / 146097; /* days since 0000-03-01, 400 years */
	int64_t rest = era_day - era * 146097;
	int64_t year = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
	int64_t year_day = rest - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * year_day + 2) / 153;

	return (struct date){
		.year = (int)(year + era * 400 + (month >= 10 ? 1 : 0)),
		.month = (int)(month < 10 ? month + 3 : month - 9),
		.day = (int)(year_day - (153 * month + 2) / 5 + 1),
	};
}

const char *host_clock_exact(const struct timespec *when, char buf[HOST_CLOCK_MAX])
{
	struct date date = date_of(when->tv_sec / 86400);
	int second = (int)(when->tv_sec % 86400);

	str_fmt(buf, HOST_CLOCK_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", date.year, date.month,
		date.day, second / 3600, second / 60 % 60, second % 60, when->tv_nsec);
	return buf;
}

const char *host_clock_text(const struct timespec *when, char buf[HOST_CLOCK_MAX])
{
	size_t len = strlen(host_clock_exact(when, buf)) - 1;

	while (buf[len - 1] == '0')
		len--;
	if (buf[len - 1] == '.')
		len--;
	buf[len++] = 'Z';
	buf[len] = '\0';
	return buf;
}

const char *host_clock_now(struct arena *arena)
{
	char text[HOST_CLOCK_MAX];
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return arena_strdup(arena, host_clock_text(&now, text));
}
