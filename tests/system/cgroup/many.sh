#!/bin/bash
# Two hundred containers made and removed at the same time, and caisson killed at random moments:
# no cgroup stays.
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/cgroup/hierarchy.bash"

left() {
	find /sys/fs/cgroup -maxdepth 5 -type d -name "*$test_tag*" 2>/dev/null
}

use_profile oci
again 'del(.linux.cgroupsPath) | .linux.resources = {memory: {limit: 67108864}, pids: {limit: 20}}'
[ "$manager" = systemd ] && again 'del(.linux.cgroupsPath)'
set_args "$b" sleep 60
one() { # ID
	cai create --bundle "$b" "$1" && cai delete --force "$1"
}
export CAISSON b
for ((round = 0; round < 10; round++)); do
	pids=()
	for ((i = 0; i < 20; i++)); do
		one "$test_tag-p$round-$i" >>"$scratch/out" 2>&1 &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || failed+="$pid "
	done
done
is '200 made and removed, 20 at a time' "${failed-}" ''
is 'no cgroup is left' "$(left)" ''

failed=
for ((i = 0; i < 40; i++)); do
	new_id
	"$CAISSON" "${global_flags[@]}" create --bundle "$b" "$id" >>"$scratch/out" 2>&1 &
	create=$!
	sleep "0.0$((RANDOM % 30 + 10))"
	kill -KILL $create 2>/dev/null
	wait $create 2>/dev/null
	cai delete --force "$id" >>"$scratch/out" 2>&1 || failed+="$id "
done
is 'delete --force after a create that was killed' "$failed" ''
is 'leaves no cgroup' "$(left)" ''

failed=
for ((i = 0; i < 15; i++)); do
	new_id
	cai create --bundle "$b" "$id" >>"$scratch/out" 2>&1
	"$CAISSON" "${global_flags[@]}" delete --force "$id" >>"$scratch/out" 2>&1 &
	delete=$!
	sleep "0.00$((RANDOM % 9))"
	kill -KILL $delete 2>/dev/null
	wait $delete 2>/dev/null
	cai delete --force "$id" >>"$scratch/out" 2>&1 || failed+="$id "
done
is 'delete --force after a delete that was killed' "$failed" ''
is 'leaves none either' "$(left)" ''
