#!/bin/bash
# fields.sh with systemd as the driver: what systemd writes by itself must not differ in the end.
# isolation: the pids of the machine
CAISSON_TEST_CGROUP_MANAGER=systemd
. "$top_srcdir/tests/system/cgroup/fields.sh"
