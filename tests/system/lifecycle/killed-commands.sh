#!/bin/bash
# SIGKILL of start, kill, delete and run right before each of their system calls that changes
# something: what the others say of the container then is true, and delete --force removes it all.
. "$top_srcdir/tests/system/lib.sh"
need jq strace /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sh -c 'echo ran >>/tmp/ran; exec sleep 60'
chmod 0777 "$b/rootfs/tmp"
ran=$b/rootfs/tmp/ran
changing=write,unlinkat,rmdir,renameat,renameat2,mkdirat,pidfd_send_signal,poll,sendmsg,clone3

nothing_is_left() { # sets $left
	find_processes
	left=$leaked_processes$(list_cgroups; list_state)
	[ -z "$left" ]
}

prepare() { # STATE: a container in it; nothing yet for run
	new_id
	rm -f "$ran"
	case $1 in
	created) caisson create --bundle "$b" "$id" ;;
	running) caisson run --detach --bundle "$b" "$id" ;;
	stopped)
		caisson run --detach --bundle "$b" "$id"
		caisson kill "$id" KILL
		eventually has_status "$id" stopped
		;;
	esac
}

# What state says is compared with what is: it ran or not, its process is there or not.
is_true() {
	local status pid
	status=$(status_of "$id")
	pid=$(pid_of "$id")
	case $status in
	created) [ ! -e "$ran" ] && [ "$(cat "/proc/$pid/comm")" = caisson-init ] ;;
	running) eventually test -e "$ran" && [ -d "/proc/$pid" ] ;;
	stopped) [ "$pid" = 0 ] ;;
	'') true ;;
	*) false ;;
	esac
}

try() { # STATE COMMAND...
	local state=$1 bad=() n=0 call nth calls what="$2 $3"
	shift
	prepare "$state"
	strace -D -o "$scratch/trace" -e trace=$changing "$CAISSON" "${@:2}" "$id" </dev/null >/dev/null 2>&1 &
	[ "$2" = run ] && { eventually test -e "$ran"; caisson kill "$id" KILL; }
	wait $!
	# what run has in common with create, killed-calls.sh is about
	calls=$(sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' "$scratch/trace" |
		awk -v every="$([ "$2" = run ] && echo 4 || echo 1)" '{ n[$1]++ }
			NR % every == 0 { print $1, n[$1] }')
	caisson delete --force "$id"
	while read -r call nth; do
		prepare "$state"
		{ strace -D -o "$scratch/trace" -e trace="$call" -e inject="$call:signal=KILL:when=$nth" \
			"$CAISSON" "${@:2}" "$id" </dev/null >/dev/null 2>&1 & } 2>/dev/null
		if [ "$2" = run ]; then # one that was not killed waits for its container
			for ((i = 0; i < 40; i++)); do
				kill -0 $! 2>/dev/null || break
				[ -e "$ran" ] && caisson kill "$id" KILL 2>/dev/null
				sleep 0.02
			done
		fi
		wait $! 2>/dev/null
		n=$((n + 1))
		# a first process may be about to find that its caisson is gone
		is_true || { sleep 0.2; is_true; } ||
			bad+=("$call $nth: it is not $(status_of "$id"), $(cat "$ran" 2>&1)")
		caisson delete --force "$id" >"$last_output" 2>&1 ||
			bad+=("$call $nth: delete --force: $(cat "$last_output")")
		[ -s "$last_output" ] && bad+=("$call $nth: delete --force said $(cat "$last_output")")
		eventually nothing_is_left || bad+=("$call $nth: left: $left")
	done <<<"$calls"
	is "$what of a $state container: killed before each of $n calls" "${bad[*]}" ''
	isnt "$what of a $state container: there were some" "$n" 0
}

try created caisson start
try running caisson kill --all
try created caisson delete
try stopped caisson delete
try running caisson delete --force
try no caisson run --bundle "$b"
