#!/bin/bash
# Two hundred containers made and removed, fifty at the same time, and caisson killed at random
# moments: no cgroup stays. Fewer of all on an emulated processor, and with systemd as the driver,
# which makes one after the other.
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/cgroup/hierarchy.bash"

left() {
	find /sys/fs/cgroup -maxdepth 5 -type d -name "*$test_tag*" 2>/dev/null
}

rounds=4 at_once=50 kills=40
[ "${CAISSON_TESTS_SLOWNESS:-1}" = 1 ] || rounds=3 at_once=20 kills=16
[ "$manager" = cgroupfs ] || rounds=2 kills=6
use_profile oci
again 'del(.linux.cgroupsPath) | .linux.resources = {memory: {limit: 67108864}, pids: {limit: 20}}'
set_args "$b" sleep 60
one() { # ID
	cai create --bundle "$b" "$1" && cai delete --force "$1"
}
for ((round = 0; round < rounds; round++)); do
	pids=()
	for ((i = 0; i < at_once; i++)); do
		one "$test_tag-p$round-$i" >>"$scratch/out" 2>&1 &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || failed+="$pid "
	done
done
is "$((rounds * at_once)) made and removed, $at_once at a time" "${failed-}" ''
is 'no cgroup is left' "$(left)" ''
[ -z "${failed-}" ] || tail -n 5 "$scratch/out" | sed 's/^/# /'

# SIGKILL at some moment of the time a command takes; then delete --force, which has to succeed.
interrupt() { # TIMES COMMAND [ARGUMENTS]
	local i times=$1 command=$2 killed moment failed=
	shift
	for ((i = 0; i < times; i++)); do
		new_id
		[ "$command" != delete ] || cai create --bundle "$b" "$id" >>"$scratch/out" 2>&1
		printf -v moment '0.%03d' $((RANDOM % (25 * ${CAISSON_TESTS_SLOWNESS:-1})))
		"$CAISSON" "${global_flags[@]}" "$@" "$id" >>"$scratch/out" 2>&1 &
		killed=$!
		sleep "$moment"
		kill -KILL $killed 2>/dev/null
		wait $killed 2>/dev/null
		cai delete --force "$id" >>"$scratch/out" 2>&1 || failed+="$id "
	done
	is "delete --force after a $command that was killed" "$failed" ''
	is "$command: no cgroup is left" "$(left)" ''
	[ -z "$failed" ] || tail -n 5 "$scratch/out" | sed 's/^/# /'
}

interrupt $kills create --bundle "$b"
interrupt $((kills / 2)) run --bundle "$b"
interrupt $((kills / 2)) delete --force
