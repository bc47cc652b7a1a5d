#!/bin/bash
# delegation.sh with systemd as the driver.
# isolation: the pids of the machine
CAISSON_TEST_CGROUP_MANAGER=systemd
. "$top_srcdir/tests/system/cgroup/delegation.sh"
