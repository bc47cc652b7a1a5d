#!/bin/bash
# kill: every way to write a signal, and what reaches the container in which state.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
chmod 0777 "$b/rootfs/tmp"
got=$b/rootfs/tmp/got
set_args "$b" sh -c '
	for s in HUP INT QUIT USR1 USR2 TERM WINCH CONT; do trap "echo $s >>/tmp/got" $s; done
	echo ready >/tmp/got
	while :; do sleep 0.02; done'
new_id
succeeds 'a container that notes its signals' caisson run --detach --bundle "$b" "$id"
eventually grep -q ready "$got"

arrives() { # SIGNAL-AS-WRITTEN NAME
	: >"$got"
	# shellcheck disable=SC2086 # none at all is one way to write it
	succeeds "kill ID $1" caisson kill "$id" $1
	eventually grep -q . "$got"
	is "kill ID $1: it arrives" "$(cat "$got")" "$2"
}

arrives '' TERM
arrives TERM TERM
arrives SIGTERM TERM
arrives sigterm TERM
arrives term TERM
arrives 15 TERM
arrives SigUsr1 USR1
arrives 10 USR1
arrives HUP HUP
arrives SIGINT INT
arrives QUIT QUIT
arrives 12 USR2
arrives WINCH WINCH
succeeds 'kill --all ID USR1' caisson kill --all "$id" USR1
: >"$got"
succeeds 'kill -a ID USR2' caisson kill -a "$id" USR2
eventually grep -q USR2 "$got"
like 'kill -a: it arrives' "$(cat "$got")" USR2

: >"$got"
succeeds 'signal 0 is a probe' caisson kill "$id" 0
sleep 0.1
is 'and delivers nothing' "$(cat "$got")" ''
is 'it still runs' "$(status_of "$id")" running

for bad in FOO SIGFOO SIG '' -9 1x 0x9 SIGSIGTERM; do
	fails_with "kill ID '$bad'" 'unknown signal' caisson kill "$id" "$bad"
done
for bad in 65 1000 2147483647; do
	fails_with "kill ID $bad" 'unable to signal init: invalid argument' caisson kill "$id" $bad
done
fails_with 'kill ID 4294967305 is not 9' 'unknown signal|invalid argument' \
	caisson kill "$id" 4294967305
is 'none of that did anything' "$(status_of "$id")" running

succeeds 'SIGSTOP' caisson kill "$id" STOP
is 'a stopped process is a running container' "$(status_of "$id")" running
succeeds 'SIGKILL ends it all the same' caisson kill "$id" 9
eventually has_status "$id" stopped
is 'it is stopped' "$(status_of "$id")" stopped
for signal in KILL TERM 0; do
	caisson kill "$id" $signal >/dev/null 2>"$scratch/stderr"
	is "kill ID $signal of a stopped container: exit 1" $? 1
	like "kill ID $signal: container not running" "$(cat "$scratch/stderr")" 'container not running'
	succeeds "kill --all ID $signal of a stopped container: exit 0" caisson kill --all "$id" $signal
	is "kill --all ID $signal: says nothing" "$(cat "$last_output")" ''
done
succeeds 'delete it' caisson delete "$id"

# A created container: its first process is caisson-init, which only SIGKILL ends.
new_id
succeeds 'create' caisson create --bundle "$b" "$id"
succeeds 'signal 0 of a created container' caisson kill "$id" 0
is 'it stays created' "$(status_of "$id")" created
succeeds 'SIGKILL of a created container' caisson kill "$id" KILL
eventually has_status "$id" stopped
is 'it is stopped' "$(status_of "$id")" stopped
fails_with 'start does not hang' 'cannot start a container that has stopped' \
	timeout 5 "$CAISSON" start "$id"
succeeds 'delete it' caisson delete "$id"

# A frozen container dies too (v1: only when it is thawed).
freezer=/sys/fs/cgroup/freezer
if [ -d $freezer ]; then
	new_id
	caisson run --detach --bundle "$b" "$id"
	dir=$(awk -F: '/:freezer:/ { print $3 }' "/proc/$(pid_of "$id")/cgroup")
	dir=$(find $freezer -type d -path "*${dir##*/}" | head -n 1)
	echo FROZEN >"$dir/freezer.state"
	eventually grep -q FROZEN "$dir/freezer.state"
	succeeds 'kill of a frozen container' caisson kill "$id" KILL
	eventually has_status "$id" stopped
	is 'it is stopped' "$(status_of "$id")" stopped
	echo THAWED >"$dir/freezer.state" # nothing else would ever end a frozen process
	succeeds 'delete it' caisson delete "$id"
	new_id
	caisson run --detach --bundle "$b" "$id"
	dir=${dir%/*}/$id
	echo FROZEN >"$dir/freezer.state"
	eventually grep -q FROZEN "$dir/freezer.state"
	succeeds 'delete --force of a frozen container' timeout 8 "$CAISSON" delete --force "$id"
	[ ! -d "$dir" ] || echo THAWED >"$dir/freezer.state"
else
	skip_point 'kill of a frozen container' 'no v1 freezer'
fi

# Without a pid namespace of its own, the others outlive the first process: kill finds them.
edit "$b" 'del(.linux.namespaces[] | select(.type == "pid"))'
edit "$b" '.mounts |= map(if .destination == "/proc" then
	{ destination: "/proc", type: "bind", source: "/proc", options: ["rbind", "ro"] } else . end)'
set_args "$b" sh -c 'sleep 61 & sleep 62 & exec sleep 63'
others() { # how many are left
	local n=0 dir
	for dir in /proc/[0-9]*; do
		tr '\0' ' ' 2>/dev/null <"$dir/cmdline" | grep -q '^sleep 6[123] $' && n=$((n + 1))
	done
	echo $n
}
new_id
if caisson --profile oci run --detach --bundle "$b" "$id" 2>"$scratch/stderr"; then
	eventually eval '[ "$(others)" = 3 ]'
	is 'shared pid namespace: three processes' "$(others)" 3
	succeeds 'shared pid namespace: SIGKILL' caisson kill "$id" KILL
	eventually eval '[ "$(others)" = 0 ]'
	is 'shared pid namespace: reaches them all' "$(others)" 0
	succeeds 'shared pid namespace: delete' caisson delete "$id"
	new_id
	caisson --profile oci run --detach --bundle "$b" "$id"
	eventually eval '[ "$(others)" = 3 ]'
	kill -KILL "$(pid_of "$id")"
	eventually has_status "$id" stopped
	is 'shared pid namespace: two outlive the first' "$(others)" 2
	succeeds 'shared pid namespace: kill --all of a stopped one' caisson kill --all "$id" KILL
	eventually eval '[ "$(others)" = 0 ]'
	is 'shared pid namespace: reaches those' "$(others)" 0
	succeeds 'shared pid namespace: delete it' caisson delete "$id"
	new_id
	caisson --profile oci run --detach --bundle "$b" "$id"
	eventually eval '[ "$(others)" = 3 ]'
	kill -KILL "$(pid_of "$id")"
	eventually has_status "$id" stopped
	succeeds 'shared pid namespace: delete sweeps what is left' caisson delete "$id"
	is 'shared pid namespace: nobody is left' "$(others)" 0
else
	fail 'run without a pid namespace' "$(cat "$scratch/stderr")"
fi
