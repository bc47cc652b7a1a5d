#!/bin/bash
# SIGKILL of create, run, start and delete at moments spread over the time they take: gc finds all
# that is left, and leaves the containers that were beside it alone.
. "$top_srcdir/tests/system/ids/etc.bash"

moments=24
b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 1000
pool caisson 1879048192:$((16 * 65536))
mkfifo "$scratch/never"
exec 9<>"$scratch/never"

now_us() {
	echo "${EPOCHREALTIME/[.,]/}"
}
nothing_is_left() { # sets $left
	find_processes
	left=$leaked_processes$(list_cgroups; list_state)
	[ -z "$left" ]
}
forget_time() { # what is left was made long ago
	find /run/caisson -name state -exec touch -d '5 minutes ago' {} +
}
# Starts the command in the background and kills it after the I-th part of $took_us.
interrupt() { # I COMMAND...
	local i=$1 delay
	shift
	"$@" >"$scratch/out" 2>&1 &
	victim=$!
	printf -v delay '0.%06d' $((took_us * i / (moments + 1)))
	read -rt "$delay" -u 9
	kill -KILL $victim 2>/dev/null
	wait $victim 2>/dev/null
}

new_id
start_us=$(now_us)
caisson create --bundle "$b" "$id" >"$scratch/out" 2>&1 || bail 'create a container'
took_us=$(($(now_us) - start_us))
caisson delete "$id"

removed=0
for ((i = 1; i <= moments; i++)); do
	new_id
	case $((i % 4)) in
	0) what=run; interrupt $i "$CAISSON" run --bundle "$b" "$id" ;;
	1 | 2) what=create; interrupt $i "$CAISSON" create --bundle "$b" "$id" ;;
	3)
		what=delete
		caisson create --bundle "$b" "$id" >"$scratch/out" 2>&1
		interrupt $((i / 2)) "$CAISSON" delete "$id"
		;;
	esac
	# a create may have been done, and a delete not begun: that is a container, not garbage
	case $(status_of "$id") in
	created | running) caisson delete --force "$id" ;;
	stopped) # of which two kinds are garbage; a delete that was killed can be repeated
		eventually has_status "$id" stopped
		[ "$what" != delete ] || caisson delete --force "$id"
		;;
	esac
	forget_time
	# caisson-init ends when it sees that nobody listens; until then it has its ids
	for ((k = 0; k < 50; k++)); do
		caisson gc --format json >"$scratch/gc" 2>"$scratch/error" && nothing_is_left && break
		read -rt 0.05 -u 9
		forget_time
	done
	[ "$(jq length <"$scratch/gc")" = 0 ] || removed=$((removed + 1))
	nothing_is_left
	is "$what killed at $i/$((moments + 1)): gc leaves nothing" "$left" ''
done
isnt 'at least once there was something to remove' $removed 0
echo "# gc had something to remove $removed times of $moments; a create takes $took_us us"

# Beside creates and deletes that go on, gc disturbs none of them.
set_args "$b" sleep 1000
stop=$scratch/stop
while [ ! -e "$stop" ]; do
	"$CAISSON" gc >>"$scratch/gc-all" 2>&1
done &
sweeper=$!
bad=0
for ((i = 1; i <= 30; i++)); do
	new_id
	caisson create --bundle "$b" "$id" >"$scratch/out" 2>&1 || bad=$((bad + 1))
	has_status "$id" created || bad=$((bad + 1))
	caisson delete "$id" >"$scratch/out" 2>&1 || bad=$((bad + 1))
done
touch "$stop"
wait $sweeper
is '30 creates and deletes beside gc: none fails' $bad 0
is 'and gc found nothing to remove' "$(cat "$scratch/gc-all")" ''
exec 9>&-
