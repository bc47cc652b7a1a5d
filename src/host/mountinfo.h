/*
 * What is mounted where, for messages: libmount's reading of mountinfo.
 *
 * Runs in: host, in the host's mount namespace.
 */
#ifndef HOST_MOUNTINFO_H
#define HOST_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/**
 * host_mountinfo_describe() - "overlay mounted at '/var/lib/x/merged'" for the mount that holds @path
 *
 * Return: @buf; "an unknown file system" where libmount or the mount can't be found.
 */
const char *host_mountinfo_describe(const char *path, char *buf, size_t size);

/**
 * host_mountinfo_below() - call @each with every mount below the directory @path, parents first
 *
 * Return: false where libmount can't be had.
 */
bool host_mountinfo_below(const char *path,
	void (*each)(void *arg, const char *target, const char *fs), void *arg) _must_check_;

#endif
