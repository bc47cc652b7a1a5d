/*
 * What is mounted where, for messages: libmount's reading of mountinfo.
 *
 * Runs in: host, in the host's mount namespace.
 */
#ifndef HOST_MOUNTINFO_H
#define HOST_MOUNTINFO_H

#include <stddef.h>

/**
 * host_mountinfo_describe() - "overlay mounted at '/var/lib/x/merged'" for the mount that holds @path
 *
 * Return: @buf; "an unknown file system" where libmount or the mount can't be found.
 */
const char *host_mountinfo_describe(const char *path, char *buf, size_t size);

#endif
