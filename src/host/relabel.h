/*
 * Files get the SELinux label of the container that they are for: its root file system, and volumes
 * that the profile marks.
 *
 * Runs in: host, as root, before the container exists.
 */
#ifndef HOST_RELABEL_H
#define HOST_RELABEL_H

#include "base/err.h"
#include "plan/plan.h"

/**
 * host_relabel() - carry out each PLAN_RELABEL
 *
 * SECURITY: by descriptor, no symlink is followed, what is mounted in a tree is left alone; a file
 * with another name outside of the tree is an error, and nothing of that tree is changed then
 * (CVE-2021-43816: T-06).
 */
int host_relabel(const struct plan *plan, struct err *err) _must_check_;

#endif
