#!/bin/bash
# Configurations captured from podman, buildah and ctr: a container sees the same under runc and in
# profile oci.
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/oci/compare.bash"
need jq runc /bin/busybox

configs=$top_srcdir/tests/golden/configs
compare_all "$configs"/{buildah,ctr-run,ctr-privileged}.config.json \
	"$configs"/podman-{default,systemd,umask,user1000,readonly,volume,uidmap,privileged,cgroups-disabled}.config.json
