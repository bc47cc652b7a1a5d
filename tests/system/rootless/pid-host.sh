#!/bin/bash
# A user's container in the pid namespace of the host, as profile oci allows it: nobody but that
# namespace's owner can make a procfs for it, so caisson does with the one it sees.
. "$top_srcdir/tests/system/rootless/user.bash"

b=$(user_bundle bundle) || bail 'make a bundle'
edit "$b" '.linux.namespaces |= map(select(.type != "pid")) | .process.oomScoreAdj = 500
	| .mounts |= map(if .destination == "/proc" then {destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]} else . end)'
set_args "$b" sh -c "cat /proc/self/oom_score_adj; [ -d /proc/$$ ] && echo sees the host"
id=$test_tag-1
is 'it runs, and its settings are made' "$(caisson --profile oci run --bundle "$b" "$id" 2>&1)" $'500\nsees the host'
set_args "$b" sleep 1000
caisson --profile oci run --detach --bundle "$b" "$id" </dev/null >/dev/null 2>&1
is 'exec' "$(caisson exec "$id" cat /proc/self/oom_score_adj 2>&1)" 500
caisson delete --force "$id"
fails_with 'in hardened it is refused' '\[CIS-5\.16\]' caisson run --bundle "$b" "$id"
is 'nothing is left' "$(user_state)" ''
