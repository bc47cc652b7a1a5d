#!/bin/bash
# The same command many times at once: one wins, the others say why not.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sh -c 'echo ran >>/tmp/ran; exec sleep 60'
chmod 0777 "$b/rootfs/tmp"

at_once() { # N COMMAND...: statuses in $scratch/rc.N, output in $scratch/out.N
	local n=$1 i pids=()
	shift
	rm -f "$scratch"/rc.* "$scratch"/out.*
	for ((i = 0; i < n; i++)); do
		{
			"$@" >"$scratch/out.$i" 2>&1
			echo $? >"$scratch/rc.$i"
		} &
		pids+=($!)
	done
	wait "${pids[@]}"
}

statuses() { # "2 0, 10 1": how many of each
	sort "$scratch"/rc.* | uniq -c | awk '{ printf "%s%s x %s", sep, $1, $2; sep = ", " }'
}

for round in 1 2 3; do
	new_id
	at_once 12 "$CAISSON" create --bundle "$b" "$id"
	is "round $round: 12 creates of one id: exactly one wins" "$(statuses)" '1 x 0, 11 x 1'
	is "round $round: the others name the reason" \
		"$(cat "$scratch"/out.* | grep -c 'container with given ID already exists')" 11
	is "round $round: the winner's container is whole" "$(status_of "$id")" created

	rm -f "$b/rootfs/tmp/ran"
	at_once 6 "$CAISSON" start "$id"
	is "round $round: 6 starts: one wins" "$(statuses)" '1 x 0, 5 x 1'
	is "round $round: the others name the reason" \
		"$(cat "$scratch"/out.* | grep -c 'cannot start an already running container')" 5
	eventually grep -q ran "$b/rootfs/tmp/ran"
	is "round $round: it ran once" "$(cat "$b/rootfs/tmp/ran")" ran

	at_once 6 "$CAISSON" delete --force "$id"
	is "round $round: 6 delete --force: all exit 0" "$(statuses)" '6 x 0'
	is "round $round: and say nothing" "$(cat "$scratch"/out.*)" ''
	fails_with "round $round: it is gone" 'does not exist' caisson state "$id"
done

# Create against delete: whoever comes last, nothing half-made is left.
for round in 1 2 3; do
	new_id
	"$CAISSON" create --bundle "$b" "$id" >"$scratch/create" 2>&1 &
	create=$!
	at_once 4 "$CAISSON" delete --force "$id"
	wait $create
	is "round $round: delete --force against create: exit 0" "$(statuses)" '4 x 0'
	succeeds "round $round: a last delete --force" caisson delete --force "$id"
done

# Start against delete --force, kill against delete --force.
for round in 1 2 3; do
	new_id
	caisson create --bundle "$b" "$id"
	"$CAISSON" start "$id" >"$scratch/start" 2>&1 &
	start=$!
	at_once 2 "$CAISSON" delete --force "$id"
	wait $start
	rc=$?
	is "round $round: delete --force against start: exit 0" "$(statuses)" '2 x 0'
	[ $rc = 0 ] || like "round $round: start says why not" "$(cat "$scratch/start")" \
		'does not exist|has stopped'
	new_id
	caisson run --detach --bundle "$b" "$id"
	"$CAISSON" delete --force "$id" &
	delete=$!
	at_once 6 "$CAISSON" kill "$id" KILL
	wait $delete
	is "round $round: kill against delete --force: delete exits 0" $? 0
	is "round $round: no kill says more than that it is gone" \
		"$(cat "$scratch"/out.* | grep -cvE 'does not exist|container not running')" 0
done

# Different ids at once disturb each other in nothing.
new_id
mine=$id
for i in 1 2 3 4 5 6 7 8; do
	"$CAISSON" create --bundle "$b" "$mine.$i" >"$scratch/out.$i" 2>&1 &
done
wait
is '8 creates of 8 ids: all are there' \
	"$(caisson list --format json | jq -r '.[].status' | sort | uniq -c | xargs)" '8 created'
is 'each with ids of its own' \
	"$(caisson list --format json | jq -r '.[].caisson.ids.first' | sort -u | wc -l)" 8
at_once 1 true
for i in 1 2 3 4 5 6 7 8; do
	"$CAISSON" delete "$mine.$i" &
done
wait
is 'and 8 deletes remove them' "$(caisson list --quiet)" ''
