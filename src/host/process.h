/*
 * Identity of processes: a pid alone can be reused, a pid with its start time can't.
 *
 * Runs in: host.
 */
#ifndef HOST_PROCESS_H
#define HOST_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "host/host.h"

#include "store.h"

/**
 * host_process_start() - field 22 of /proc/PID/stat
 *
 * Return: false when there is no such process, or it is dead (zombies count as dead).
 */
bool host_process_start(pid_t pid, uint64_t *start_time);

/** host_process_is() - is @pid still the process that started at @start_time, and alive? */
bool host_process_is(pid_t pid, uint64_t start_time);

/**
 * host_process_pin() - a pidfd of the container's first process
 * @pidfd: set on success
 *
 * Return: 0; HOST_PROCESS_GONE when it has ended.
 */
enum {
	HOST_PROCESS_GONE = 1
};
int host_process_pin(const struct store_record *record, int *pidfd, struct err *err) _must_check_;

/** host_process_wait() - wait until the process of @pidfd has ended; -ETIMEDOUT */
int host_process_wait(int pidfd, int timeout_ms, struct err *err) _must_check_;

/** host_process_catches() - has the process a handler for @signo? (SigCgt of /proc/PID/status) */
bool host_process_catches(pid_t pid, int signo);

/** host_record_status() - what the container is doing now; computed, never remembered */
enum host_status_kind host_record_status(int entry_fd, const struct store_record *record);

#endif
