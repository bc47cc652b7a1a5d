/*
 * Shared by the files of `check`.
 *
 * Runs in: host.
 */
#ifndef HOST_CHECK_LOCAL_H
#define HOST_CHECK_LOCAL_H

#include "host/check.h"

/** host_cut_last() - of an absolute path, in place: its last component; "/" stays */
void host_cut_last(char *path);

/** host_check_paths() - the file systems of @request, or where engines keep theirs */
int host_check_paths(const struct host_check_request *request, struct arena *arena,
	struct facts_ready *out, struct err *err) _must_check_;

#endif
