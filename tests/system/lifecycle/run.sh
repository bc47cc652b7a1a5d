#!/bin/bash
# run: exit statuses, signals, --keep and --detach, and that nothing is left when it returns.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
chmod 0777 "$b/rootfs/tmp"
tmp=$b/rootfs/tmp

for n in 0 1 7 125 126 127 128 200 255; do
	run_sh "$b" "exit $n" 2>"$scratch/stderr"
	is "exit status $n" $? $n
	is "exit status $n: nothing on stderr" "$(cat "$scratch/stderr")" ''
	is "exit status $n: nothing is left" "$(list_state; list_cgroups)" ''
done

# Signals that end the workload.
set_args "$b" sleep 60
new_id
"$CAISSON" run --bundle "$b" "$id" &
eventually has_status "$id" running
kill -KILL "$(pid_of "$id")"
wait $! 2>/dev/null
is 'killed from outside: 128 + 9' $? 137
is 'killed from outside: nothing is left' "$(list_state; list_cgroups)" ''
run_sh "$b" '(kill -SEGV $BASHPID; sh -c "kill -SEGV \$\$"); exit $?' 2>/dev/null
is 'a child that is killed: the status is what its shell says' $? 139

# SIGTERM and SIGINT end it, whether the workload has a handler or not.
for signal in TERM INT HUP QUIT; do
	set_args "$b" sh -c 'trap "" USR1; echo ready >/tmp/ready; exec sleep 60'
	new_id
	rm -f "$tmp/ready"
	# a shell starts its background jobs with SIGINT and SIGQUIT ignored
	perl -e '$SIG{$_} = "DEFAULT" for qw(INT QUIT); exec @ARGV' \
		"$CAISSON" run --bundle "$b" "$id" 2>"$scratch/stderr" &
	eventually test -e "$tmp/ready"
	eventually grep -qx sleep "/proc/$(pid_of "$id")/comm" # a shell has handlers
	kill -$signal $!
	wait $!
	is "SIG$signal, no handler: 128 + its number" $? $((128 + $(kill -l $signal)))
	is "SIG$signal, no handler: nothing is left" "$(list_state; list_cgroups)" ''

	set_args "$b" sh -c "trap 'echo got $signal >/tmp/got; exit 42' $signal
		echo ready >/tmp/ready; while :; do sleep 0.02; done"
	new_id
	rm -f "$tmp/ready" "$tmp/got"
	perl -e '$SIG{$_} = "DEFAULT" for qw(INT QUIT); exec @ARGV' \
		"$CAISSON" run --bundle "$b" "$id" 2>"$scratch/stderr" &
	eventually test -e "$tmp/ready"
	kill -$signal $!
	wait $!
	is "SIG$signal, a handler: its own exit status" $? 42
	is "SIG$signal, a handler: it got it" "$(cat "$tmp/got")" "got $signal"
	is "SIG$signal, a handler: nothing on stderr" "$(cat "$scratch/stderr")" ''
	is "SIG$signal, a handler: nothing is left" "$(list_state; list_cgroups)" ''
done

# All signals are passed on.
set_args "$b" sh -c 'for s in USR1 USR2 CONT ALRM; do trap "echo $s >>/tmp/got" $s; done
	trap "exit 9" TERM; echo ready >/tmp/ready; while :; do sleep 0.02; done'
new_id
rm -f "$tmp/ready" "$tmp/got"
"$CAISSON" run --bundle "$b" "$id" &
eventually test -e "$tmp/ready"
for signal in USR1 USR2 CONT ALRM; do
	kill -$signal $!
	eventually grep -q $signal "$tmp/got"
done
is 'signals are passed on' "$(xargs <"$tmp/got")" 'USR1 USR2 CONT ALRM'
kill -TERM $!
wait $!
is 'and the last ends it' $? 9

# A signal while the container is being made. Perl, since a shell that is about to become caisson
# would take the signal for itself.
run_and_signal() { # SECONDS ARGUMENTS...
	perl -e 'my $delay = shift; my $pid = fork // die;
		if (!$pid) { exec @ARGV; die }
		select undef, undef, undef, $delay;
		kill "TERM", $pid;
		waitpid $pid, 0;
		exit($? & 127 ? 128 + ($? & 127) : $? >> 8)' "$@" 2>"$scratch/stderr"
}
set_args "$b" sleep 60
for delay in 0.001 0.002 0.003 0.004 0.005 0.006 0.008 0.01 0.015; do
	new_id
	run_and_signal $delay "$CAISSON" run --bundle "$b" "$id"
	is "SIGTERM after $delay s: 143" $? 143
	is "SIGTERM after $delay s: nothing is left" "$(list_state; list_cgroups)" ''
done

# --keep leaves a stopped container.
set_args "$b" sh -c 'exit 5'
new_id
caisson run --keep --bundle "$b" "$id"
is '--keep: exit status' $? 5
is '--keep: it is stopped' "$(status_of "$id")" stopped
fails_with '--keep: its id is taken' 'already exists' caisson run --bundle "$b" "$id"
succeeds '--keep: delete' caisson delete "$id"

# --detach returns when it is started.
set_args "$b" sh -c 'sleep 0.3; echo later >/tmp/got; exit 5'
rm -f "$tmp/got"
new_id
succeeds '--detach: exit 0 whatever it will end with' caisson run -d --bundle "$b" "$id"
is '--detach: before it ends' "$(status_of "$id")" running
eventually has_status "$id" stopped
is '--detach: it ended by itself' "$(cat "$tmp/got")" later
is '--detach: it stays until it is deleted' "$(status_of "$id")" stopped
succeeds '--detach: delete' caisson delete "$id"

# The container outlives no foreground run: what it left running goes too.
set_args "$b" sh -c 'sleep 60 & sleep 60 & exit 3'
new_id
caisson run --bundle "$b" "$id"
is 'orphans of the container: exit status' $? 3
find_processes
is 'orphans of the container: gone' "$leaked_processes" ''

# State can be looked at, and the container killed or deleted, while run waits.
set_args "$b" sleep 60
new_id
"$CAISSON" run --bundle "$b" "$id" 2>"$scratch/stderr" &
eventually has_status "$id" running
is 'list shows it meanwhile' "$(caisson list -q)" "$id"
fails_with 'a second run of the same id' 'already exists' caisson run --bundle "$b" "$id"
succeeds 'delete --force meanwhile' caisson delete --force "$id"
wait $!
is 'run then ends with 137' $? 137
is 'and without complaint' "$(cat "$scratch/stderr")" ''

# Killed itself, run leaves a container that delete --force removes.
new_id
"$CAISSON" run --bundle "$b" "$id" &
eventually has_status "$id" running
kill -KILL $!
wait $! 2>/dev/null
succeeds 'run killed: delete --force removes what it left' caisson delete --force "$id"

# A run that fails has exit status 1, and prints nothing but its message.
set_args "$b" no-such-program
new_id
out=$(caisson run --bundle "$b" "$id" 2>"$scratch/stderr")
is 'a run that fails: exit status' $? 1
is 'a run that fails: nothing on stdout' "$out" ''
is 'a run that fails: one line on stderr' "$(wc -l <"$scratch/stderr")" 1
