/*
 * caisson-init, embedded as bytes by embed.S.
 *
 * Runs in: host.
 */
#ifndef HOST_EMBED_H
#define HOST_EMBED_H

extern const char host_init_start[];
extern const char host_init_end[];

#endif
