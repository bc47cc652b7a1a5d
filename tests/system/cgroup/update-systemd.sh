#!/bin/bash
# update.sh with systemd as the driver: files and properties, also after systemd has reloaded.
# isolation: the pids of the machine
CAISSON_TEST_CGROUP_MANAGER=systemd
. "$top_srcdir/tests/system/cgroup/update.sh"
