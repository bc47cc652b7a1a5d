/*
 * The device list of a container: on v1 as writes to devices.allow and devices.deny, in order; on
 * v2 as a program attached to the directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "sys/call.h"

#include "driver.h"
#include "local.h"

#include "base/banned.h"

enum {
	RULE_TEXT_MAX = 48,
	PROGRAMS_MAX = 64, /* of one cgroup; the kernel's own limit */
};

static struct cgroup_device_rule rule_of(const struct plan_step *step)
{
	return (struct cgroup_device_rule){
		.allow = step->num[0] != 0,
		.type = (char)step->num[1],
		.major = (uint32_t)(step->num[2] >> 32),
		.minor = (uint32_t)step->num[2],
		.access = (unsigned)step->num[3],
	};
}

static void print_number(char *buf, size_t size, uint32_t number)
{
	if (number == CGROUP_ANY)
		str_fmt(buf, size, "*");
	else
		str_fmt(buf, size, "%u", number);
}

/* "c 1:3 rwm"; "a" alone is everything */
static size_t print_rule(char *buf, size_t size, const struct cgroup_device_rule *rule)
{
	char major[16], minor[16];

	if (rule->type == 'a')
		return str_fmt(buf, size, "a");
	print_number(major, sizeof(major), rule->major);
	print_number(minor, sizeof(minor), rule->minor);
	return str_fmt(buf, size, "%c %s:%s %s%s%s", rule->type, major, minor,
		(rule->access & 4) != 0 ? "r" : "", (rule->access & 2) != 0 ? "w" : "",
		(rule->access & 1) != 0 ? "m" : "");
}

/* Each of the two files is opened once for the whole list. */
static int write_rule(const struct cgroup_dir *dir, const struct cgroup_device_rule *rule, int *fd,
	struct err *err)
{
	const char *file = rule->allow ? "devices.allow" : "devices.deny";
	char text[RULE_TEXT_MAX];
	size_t len = print_rule(text, sizeof(text), rule);

	if (*fd < 0)
		*fd = openat(dir->dir_fd, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd < 0)
		return err_sys(err, "open '%s/%s'", dir->path, file);
	if (write(*fd, text, len) != (ssize_t)len)
		return err_sys(err, "write '%s' to '%s/%s'", text, dir->path, file);
	return 0;
}

/* Rule 0 resets the list: whoever replaces one keeps the processes from seeing that. */
int cgroup_devices_v1(struct arena *arena, const struct plan *plan, const struct cgroup_dir *dir,
	bool replace, struct err *err)
{
	_fd_ int allow_fd = -1, deny_fd = -1;
	int r = 0;

	(void)arena;
	(void)replace;
	for (size_t i = 0; r == 0 && i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];
		struct cgroup_device_rule rule;

		if (step->kind != PLAN_DEVICE_RULE || step->slot != dir->slot)
			continue;
		rule = rule_of(step);
		r = write_rule(dir, &rule, rule.allow ? &allow_fd : &deny_fd, err);
	}
	return r;
}

/* Ours among the programs of this cgroup: systemd may have one here, too. -1: none */
static int find_ours(const struct cgroup_dir *dir)
{
	uint32_t ids[PROGRAMS_MAX], n = PROGRAMS_MAX;
	char name[SYS_BPF_NAME_SIZE];

	if (sys_bpf_device_query(dir->dir_fd, ids, &n) < 0)
		return -1;
	for (uint32_t i = 0; i < n && i < PROGRAMS_MAX; i++) {
		_fd_ int fd = sys_bpf_program_open(ids[i]);

		if (fd >= 0 && sys_bpf_program_name(fd, name) == 0 &&
			str_eq(name, "caisson_devices"))
			return fd_take(&fd);
	}
	return -1;
}

/* In one step: at no moment is there no program, or only the older one and its leniency. */
static int replace_program(
	const struct cgroup_dir *dir, const struct sys_ebpf_insn *insns, size_t n, struct err *err)
{
	_fd_ int old = find_ours(dir), fd = -1;
	int r;

	if (n == 0) {
		if (old >= 0 && sys_bpf_device_detach(dir->dir_fd, old) < 0)
			return err_sys(err, "take the device program off cgroup '%s'", dir->path);
		return 0;
	}
	fd = sys_bpf_device_load(insns, n);
	if (fd < 0)
		return err_sys(err, "load the device program of cgroup '%s'", dir->path);
	r = old >= 0 ? sys_bpf_device_replace(dir->dir_fd, fd, old)
		     : sys_bpf_device_attach(dir->dir_fd, fd);
	if (r < 0)
		return err_sys(err, "replace the device program of cgroup '%s'", dir->path);
	return 0;
}

static int attach_program(
	const struct cgroup_dir *dir, const struct sys_ebpf_insn *insns, size_t n, struct err *err)
{
	_fd_ int fd = sys_bpf_device_load(insns, n);

	if (fd < 0)
		return err_sys(err, "load the device program of cgroup '%s'", dir->path);
	if (sys_bpf_device_attach(dir->dir_fd, fd) < 0)
		return err_sys(err, "attach the device program to cgroup '%s'", dir->path);
	return 0;
}

int cgroup_devices_v2(struct arena *arena, const struct plan *plan, const struct cgroup_dir *dir,
	bool replace, struct err *err)
{
	struct cgroup_device_rule *rules;
	struct sys_ebpf_insn *insns;
	size_t n = 0, n_insns = 0;
	int r;

	for (size_t i = 0; i < plan->header->n_steps; i++)
		n += plan->steps[i].kind == PLAN_DEVICE_RULE && plan->steps[i].slot == dir->slot;
	if (n == 0)
		return 0;
	if (n > CGROUP_RULES_MAX)
		return err_new(err, -E2BIG, "device list of more than %d rules", CGROUP_RULES_MAX);
	rules = arena_array(arena, n, sizeof(*rules));
	if (rules == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	n = 0;
	for (size_t i = 0; i < plan->header->n_steps; i++)
		if (plan->steps[i].kind == PLAN_DEVICE_RULE && plan->steps[i].slot == dir->slot)
			rules[n++] = rule_of(&plan->steps[i]);
	r = cgroup_program_build(arena, rules, n, &insns, &n_insns);
	if (r < 0)
		return err_new(err, r, "out of memory");
	if (replace)
		return replace_program(dir, insns, n_insns, err);
	return n_insns > 0 ? attach_program(dir, insns, n_insns, err) : 0;
}
