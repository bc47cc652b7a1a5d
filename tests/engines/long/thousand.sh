#!/bin/bash
# A thousand containers one after the other, then fifty at once, with every kind of leak looked for
# (make check-engines-long). CAISSON_ENGINES_COUNT and CAISSON_ENGINES_AT_ONCE are other numbers.
runtimes=${CAISSON_ENGINES_RUNTIMES:-oci hardened}
. "$top_srcdir/tests/engines/docker.bash"
count=${CAISSON_ENGINES_COUNT:-1000}
at_once=${CAISSON_ENGINES_AT_ONCE:-50}

# What a leak adds to, by name. Claimed blocks of ids are files whose name is a number alone; what
# else the registry holds are blocks that rest.
list_left() {
	list_mounts | sed 's/^/mount: /'
	find /proc -maxdepth 1 -name '[0-9]*' -exec cat {}/comm \; 2>/dev/null | sort | sed 's/^/process: /'
	find /sys/fs/cgroup -path "*/$test_tag/*" -type d 2>/dev/null | sort | sed 's/^/cgroup: /'
	find /run/caisson /run/docker/runtime-runc "$scratch"/exec/runtime-* -mindepth 1 2>/dev/null | sort | sed 's/^/state: /'
	find /run/caisson-ids -type f -regex '.*/[0-9a-f]*' 2>/dev/null | sort | sed 's/^/ids: /'
	# dockerd itself removes the files under its binds of network namespaces once a minute
	find "$scratch/exec" -path '*/netns' -prune -o \( -type f -o -type s -o -type p \) -print | sort | sed 's/^/file: /'
	find "$scratch/data/overlay2" -maxdepth 2 -name 'caisson-work-*' | sort | sed 's/^/work: /'
	find "$scratch/data/containers" "$scratch/data/overlay2" -mindepth 1 -maxdepth 1 | sort | sed 's/^/data: /'
}

list_descriptors() { # of the two daemons: how many
	find "/proc/$daemon_pid/fd" "/proc/$(cat "$scratch/exec/containerd/containerd.pid")/fd" -mindepth 1 | wc -l
}

# The shims and what the daemons still do end a moment after the last container.
nothing_is_left() { # DESCRIPTION
	local i left before after
	for ((i = 0; i < 60; i++)); do
		left=$(diff "$scratch/before" <(list_left | grep -v '^process: \(find\|sort\|sed\|cat\|diff\|bash\)$'))
		[ -z "$left" ] && break
		sleep 0.5
	done
	is "$1: nothing of them is left" "$left" ''
	before=$(cat "$scratch/descriptors") after=$(list_descriptors)
	if [ "$after" -le $((before + 20)) ]; then # the daemons' own come and go
		pass "$1: the daemons hold $after descriptors, before $before"
	else
		fail "$1: the daemons hold $after descriptors" "before: $before"
	fi
}

for runtime in $runtimes; do
	name=warm
	for i in {1..5}; do run box true; done
	sleep 2
	list_left | grep -v '^process: \(find\|sort\|sed\|cat\|diff\|bash\)$' >"$scratch/before"
	list_descriptors >"$scratch/descriptors"

	failed=0
	for ((i = 1; i <= count; i++)); do
		name=one-$i
		[ "$(run box sh -c 'echo $((6 * 7))')" = 42 ] || failed=$((failed + 1))
	done
	is "$runtime, $count containers in a row" "$failed failed" '0 failed'
	nothing_is_left "$runtime, $count containers in a row"

	pids=() failed=0
	for ((i = 1; i <= at_once; i++)); do
		name=many-$i
		run box sh -c "exit $((i % 7))" &
		pids+=($!)
	done
	for ((i = 1; i <= at_once; i++)); do
		wait "${pids[i - 1]}"
		[ $? -eq $((i % 7)) ] || failed=$((failed + 1))
	done
	is "$runtime, $at_once containers at once" "$failed failed" '0 failed'
	nothing_is_left "$runtime, $at_once containers at once"
done
