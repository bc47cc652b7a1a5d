#!/bin/bash
# A thousand containers one after the other, with every kind of leak looked for (make
# check-engines-long).
runtimes=${CAISSON_ENGINES_RUNTIMES:-hardened}
. "$top_srcdir/tests/engines/docker.bash"
count=${CAISSON_ENGINES_COUNT:-1000}

list_left() { # what a leak would add to: mounts, processes, cgroups, ids, state, descriptors, upper directories
	list_mounts | wc -l
	find /proc -maxdepth 1 -name '[0-9]*' | wc -l
	find /sys/fs/cgroup -path "*/$test_tag/*" -type d 2>/dev/null | wc -l
	find /run/caisson /run/caisson-ids "$scratch/exec" -mindepth 1 -type f -not -name 'block-*' | wc -l
	find "$scratch/data/overlay2" -maxdepth 2 -name 'caisson-work-*' | wc -l
	find "/proc/$daemon_pid/fd" "/proc/$(cat "$scratch/exec/containerd/containerd.pid")/fd" | wc -l
}

for runtime in $runtimes; do
	name=warm
	for i in {1..5}; do run box true; done
	sleep 1
	list_left >"$scratch/before"
	failed=0
	for ((i = 1; i <= count; i++)); do
		name=one-$i
		[ "$(run box sh -c 'echo $((6 * 7))')" = 42 ] || failed=$((failed + 1))
	done
	is "$count containers in a row: $runtime" "$failed failed" '0 failed'
	sleep 1
	list_left >"$scratch/after"
	# descriptors of the two daemons are few and not the same from one moment to the next
	is "$count containers left nothing: $runtime" "$(sed '$d' "$scratch/after")" "$(sed '$d' "$scratch/before")"
	before=$(tail -n 1 "$scratch/before") after=$(tail -n 1 "$scratch/after")
	if [ "$after" -le $((before + 20)) ]; then
		pass "$count containers: the daemons hold $after descriptors"
	else
		fail "$count containers: the daemons hold $after descriptors" "before: $before"
	fi
done
