#!/bin/bash
# SIGKILL of create at 20 moments spread over the time it takes: whatever it leaves, a following
# `delete --force` or `create` of the same id cleans up.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

moments=20
b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60
edit "$b" '.linux.resources = { memory: { limit: 33554432 }, pids: { limit: 20 } }'
mkfifo "$scratch/never"
exec 9<>"$scratch/never"

pause() { # SECONDS, without a process of its own
	read -rt "$1" -u 9
}

now_us() {
	echo "${EPOCHREALTIME/[.,]/}"
}

nothing_is_left() { # sets $left
	find_processes
	left=$leaked_processes$(list_cgroups; list_state)
	[ "$(list_mounts)" = "$mounts_before" ] || left+='mounts'
	[ -z "$left" ]
}

# How long a create takes here when nothing disturbs it.
took_us=1000000
for _ in 1 2 3 4 5; do
	new_id
	start_us=$(now_us)
	caisson create --bundle "$b" "$id" >/dev/null 2>&1 || bail 'create a container'
	end_us=$(now_us)
	[ $((end_us - start_us)) -ge $took_us ] || took_us=$((end_us - start_us))
	caisson delete "$id"
done

interrupted=0
for ((i = 1; i <= moments; i++)); do
	new_id
	"$CAISSON" create --bundle "$b" "$id" >/dev/null 2>&1 &
	pid=$!
	printf -v delay '0.%06d' $((took_us * i / (moments + 1)))
	pause "$delay"
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	has_status "$id" created || interrupted=$((interrupted + 1))
	if [ $((i % 2)) = 0 ]; then
		succeeds "killed after $delay s: delete --force" caisson delete --force "$id"
		is "killed after $delay s: it says nothing" "$(cat "$last_output")" ''
	else
		has_status "$id" created && caisson delete "$id" # the create was done already
		succeeds "killed after $delay s: create of the same id" \
			caisson create --bundle "$b" "$id"
		succeeds "killed after $delay s: and delete" caisson delete "$id"
	fi
	eventually nothing_is_left
	is "killed after $delay s: nothing is left" "$left" ''
done
isnt 'at least one create was really interrupted' $interrupted 0
echo "# $interrupted of $moments were interrupted; a create takes $took_us us"
exec 9>&-
