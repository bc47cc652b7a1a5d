#!/bin/bash
# Configurations captured from dockerd: a container sees the same under runc and in profile oci.
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/oci/compare.bash"
need jq runc /bin/busybox

configs=$top_srcdir/tests/golden/configs
compare_all "$configs"/docker-{default,caps,nnp,readonly,device,volumes,workdir,user-1000-1000-groupadd,ulimit-sysctl,privileged,pidhost,nethost,ipchost,seccomp-unconfined,cgroupnspriv,userns-remap}.config.json
