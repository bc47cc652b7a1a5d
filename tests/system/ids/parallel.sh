#!/bin/bash
# 64 creates, runs and deletes at once: each container has a block of its own, none is lost.
. "$top_srcdir/tests/system/ids/etc.bash"

n=64
b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 1000
pool caisson 1879048192:$((n * 65536)) # just enough

# N-COMMANDS COMMAND...: with '@' for a number, all at once; how many failed
at_once() {
	local i pids=() failed=0 pid
	for ((i = 1; i <= n; i++)); do
		"${@//@/$i}" >"$scratch/out.$i" 2>&1 &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || failed=$((failed + 1))
	done
	echo $failed
}
bases() {
	caisson list --format json | jq -r '.[]?.caisson.ids.first'
}

new_id
is "$n creates at once: none fails" "$(at_once "$CAISSON" create --bundle "$b" "$id-@")" 0
is 'each has a block of its own' "$(bases | sort -u | wc -l)" $n
is 'as the kernel sees it too' \
	"$(for pid in $(caisson list --format json | jq '.[].pid'); do
		awk '{ print $2 }' "/proc/$pid/uid_map"
	done | sort -u | wc -l)" $n
is 'the registry has as many claims' "$(claims)" $n
fails_with 'one more: none is left' 'no free block' caisson create --bundle "$b" "$id-more"
is "$n deletes at once: none fails" "$(at_once "$CAISSON" delete "$id-@")" 0
is 'all blocks are back' "$(claims)" 0

# Runs, half of them killed at once: what is claimed is what exists.
set_args "$b" true
is "$n runs at once: none fails" "$(at_once "$CAISSON" run --bundle "$b" "$id-r@")" 0
is 'all blocks are back' "$(claims)" 0
is 'nothing of them is left' "$(ls -A /run/caisson)" ''

# Creates against deletes of others, in a pool with no room to spare.
set_args "$b" sleep 1000
pool caisson 1879048192:$((8 * 65536))
turn() { # creates and deletes one container, as often as there is room
	local k made=0
	for k in 1 2 3 4 5 6; do
		"$CAISSON" create --bundle "$b" "$1-$k" 2>>"$scratch/errors" || continue
		made=$((made + 1))
		"$CAISSON" delete "$1-$k" 2>>"$scratch/errors"
	done
	[ $made -gt 0 ]
}
: >"$scratch/errors"
new_id
for i in 1 2 3 4 5 6 7 8 9 10; do
	turn "$id-$i" &
	turns[i]=$!
done
bad=0
for i in "${!turns[@]}"; do
	wait "${turns[i]}" || bad=$((bad + 1))
done
is 'ten at a time take turns in a pool of eight: each gets some' $bad 0
is 'and no other error than that there is none' "$(grep -cv 'no free block' "$scratch/errors")" 0
is 'all blocks are back' "$(claims)" 0
