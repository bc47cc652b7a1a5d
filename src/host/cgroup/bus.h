/*
 * Calls to systemd over D-Bus, through libsystemd: loaded when a unit is asked for and not before,
 * half a millisecond that no other launch should pay (design 8.3).
 *
 * Runs in: host. Local to src/host/cgroup, for unit.c.
 */
#ifndef HOST_CGROUP_BUS_H
#define HOST_CGROUP_BUS_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

/* The entry points used, under the types of sd-bus.h, so that the compiler checks them. */
struct bus_library {
	void *handle;
	__typeof__(&sd_bus_open_system) open_system;
	__typeof__(&sd_bus_open_user) open_user;
	__typeof__(&sd_bus_flush_close_unref) close;
	__typeof__(&sd_bus_message_new_method_call) new_call;
	__typeof__(&sd_bus_message_append) append;
	__typeof__(&sd_bus_message_append_array) append_array;
	__typeof__(&sd_bus_message_open_container) open_container;
	__typeof__(&sd_bus_message_close_container) close_container;
	__typeof__(&sd_bus_message_read) read;
	__typeof__(&sd_bus_message_unref) unref;
	__typeof__(&sd_bus_call) call;
	__typeof__(&sd_bus_error_free) error_free;
	__typeof__(&sd_bus_match_signal) match_signal;
	__typeof__(&sd_bus_process) process;
	__typeof__(&sd_bus_wait) wait;
	__typeof__(&sd_bus_get_fd) get_fd;
	__typeof__(&sd_bus_path_encode) path_encode;
	__typeof__(&sd_bus_get_property_string) get_string;
};

struct bus {
	struct bus_library lib;
	sd_bus *connection;
	struct bus_job {
		char path[128];
		char result[32]; /* "" = not finished */
	} job;
};
void cgroup_bus_close(struct bus *bus);
#define _bus_ _cleanup_(cgroup_bus_close)

/** cgroup_bus_open() - connect to the systemd of the machine, or to the caller's own */
int cgroup_bus_open(struct bus *bus, bool user, struct err *err) _must_check_;

/** cgroup_bus_new_call() - a call of systemd's manager; NULL = out of memory */
sd_bus_message *cgroup_bus_new_call(struct bus *bus, const char *member) _must_check_;

/**
 * cgroup_bus_call() - send @message_take and wait for the answer
 * @job: the answer is a job: remember it for cgroup_bus_wait_job()
 * @name: set to the D-Bus name of the error systemd answered with, in @name_size bytes; may be NULL
 *
 * Return: 0; negative errno, @err has systemd's own words.
 */
struct bus_failure {
	char name[96];
};
int cgroup_bus_call(struct bus *bus, sd_bus_message *message_take, bool job,
	struct bus_failure *failure, struct err *err) _must_check_;

/** cgroup_bus_wait_job() - until the job of the last cgroup_bus_call() is finished; an error unless it is "done" */
int cgroup_bus_wait_job(struct bus *bus, struct err *err) _must_check_;

/** cgroup_bus_append_property() - name and value; types as in PLAN_UNIT_SET */
int cgroup_bus_append_property(struct bus *bus, sd_bus_message *message, const char *name,
	const char *type, const char *value) _must_check_;

/** cgroup_bus_control_group() - the cgroup of a scope, as its manager has it */
int cgroup_bus_control_group(struct bus *bus, struct arena *arena, const char *unit,
	const char **out, struct err *err) _must_check_;

#endif
