/*
 * The probe: a small static program that tests put into a container (and use on the host) to try
 * what an attacker would. It prints what the kernel answered, and judges nothing.
 */
#ifndef PROBE_H
#define PROBE_H

/* One attempt; @path is what follows a colon in its name, or NULL. Returns 0 or an errno. */
struct probe_attempt {
	const char *name;
	int (*run)(const char *path);
};

extern const struct probe_attempt probe_mounts[]; /* mounts, namespaces, network */
extern const struct probe_attempt probe_calls[];  /* everything else */

const char *probe_errno(int error);

/* Commands: argv without the program's name; they return an exit status. */
int probe_pty(char **argv);
int probe_leak(char **argv);
int probe_exchange(char **argv);
int probe_file_caps(char **argv);
int probe_watch(char **argv);
int probe_seals(char **argv);
int probe_keyring(char **argv);
int probe_notify(char **argv);
int probe_fds(char **argv);
int probe_socket(char **argv);

#endif
