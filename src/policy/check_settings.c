/* Settings of the kernel that are the host's alone to make. */
#include "base/num.h"

#include "check_local.h"

#include "base/banned.h"

/* A larger number closes more; what has no file is not in this kernel. */
static const unsigned wanted[FACTS_SETTING_N] = {
	[FACTS_SETTING_BPF] = 1,
	[FACTS_SETTING_DMESG] = 1,
	[FACTS_SETTING_IO_URING] = 1,
	[FACTS_SETTING_KEXEC] = 1,
	[FACTS_SETTING_KPTR] = 1,
	[FACTS_SETTING_PTRACE] = 1,
};

static bool is_open(const char *const *settings, size_t i)
{
	uint32_t value;

	return settings[i] != NULL && num_u32(settings[i], &value) && value < wanted[i];
}

const char *policy_settings_open(struct arena *arena, const char *const *settings)
{
	_str_buf_ struct str_buf list = { 0 };

	for (size_t i = 0; i < FACTS_SETTING_N; i++) {
		if (is_open(settings, i))
			str_buf_fmt(&list, "%s%s is %s", list.len > 0 ? ", " : "",
				facts_setting_name((enum facts_setting)i), settings[i]);
	}
	return list.failed ? NULL : arena_strndup(arena, list.len > 0 ? list.data : "", list.len);
}

static const char *fix_of(struct check *c)
{
	_str_buf_ struct str_buf text = { 0 };

	str_buf_puts(&text, "sysctl -w");
	for (size_t i = 0; i < FACTS_SETTING_N; i++) {
		if (is_open(c->ready->settings, i))
			str_buf_fmt(&text, " %s=%u", facts_setting_name((enum facts_setting)i),
				wanted[i]);
	}
	str_buf_puts(&text, ", and the same in /etc/sysctl.d/caisson.conf");
	return text.failed ? NULL : arena_strndup(c->arena, text.data, text.len);
}

void policy_check_settings(struct check *c)
{
	const char *open = policy_settings_open(c->arena, c->ready->settings);

	if (open != NULL && *open == '\0')
		policy_check_ok(c, "kernel settings", "those that are known here are strict",
			"who gets out of a container finds little open");
	else
		policy_check_bad(c, POLICY_MARK_DEGRADED,
			&(struct policy_check_line){
				.name = "kernel settings",
				.found = open,
				.means = "every user of the host, and who gets out of a container, "
					 "finds more of the kernel open",
				.fix = fix_of(c),
			});
}
