#!/bin/bash
# exec with a terminal: in the foreground, and through a console socket.
# shellcheck disable=SC2016 # expressions of the shell inside
. "$top_srcdir/tests/system/lib.sh"
need jq python3 /bin/busybox
python=$(PATH=/usr/bin:/bin:$PATH command -v python3)

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 1000

drive() { # SIZE [STEP...] -- ARGUMENT...: `caisson exec` at a terminal; sets $out and $said
	"$python" "$top_srcdir/tests/system/terminal.py" drive "$@" >"$scratch/drive" 2>&1
	said=$(sed '/^$/q' "$scratch/drive")
	out=$(sed '1,/^$/d' "$scratch/drive" | tr -d '\r')
}
value() { # NAME
	sed -n "s/^$1: //p" <<<"$said" | head -n 1
}

for profile in hardened oci; do
	new_id
	caisson --profile $profile run --detach --bundle "$b" "$id" </dev/null >/dev/null ||
		bail 'start a container'
	drive 24x80 'expect=type here' raw=yes 'send=hello\r' 'expect=got <hello>' -- \
		"$CAISSON" exec --tty --user 1000:1000 "$id" sh -c 'echo size $(stty size); tty; id -u
			stat -Lc "%u %t:%T" /proc/self/fd/0; echo tty-works >/dev/tty
			echo "type here"; read -r line; echo "got <$line>"; exit 7'
	is "$profile: all steps" "$(value failed)" ''
	is "$profile: exit status" "$(value status)" 7
	is "$profile: the caller's terminal is as it was" "$(value restored)" yes
	like "$profile: window size" "$out" '^size 24 80$'
	like "$profile: a terminal of the container's devpts" "$out" '^/dev/pts/0$'
	like "$profile: it belongs to the user" "$out" '^1000 88:0$'
	like "$profile: and controls the process" "$out" '^tty-works$'

	drive 24x80 expect=ready raw=yes 'send=\x03' expect=interrupted -- \
		"$CAISSON" exec -t "$id" sh -c 'trap "echo interrupted; exit 3" INT; echo ready
			while :; do sleep 0.02; done'
	is "$profile: Ctrl-C reaches the process" "$(value failed)$(value status)" 3

	rm -f "$scratch/console"
	"$python" "$top_srcdir/tests/system/terminal.py" receive "$scratch/console" expect=ready \
		'send=typed\n' 'expect=got typed' >"$scratch/received" 2>&1 &
	receiver=$!
	eventually test -S "$scratch/console"
	jq '.process | .terminal = true | .consoleSize = {height: 33, width: 77}
		| .args = ["sh", "-c", "stty size; echo ready; read -r l; echo got $l"]' \
		"$b/config.json" >"$scratch/process.json"
	is "$profile: detached, by socket" "$("$CAISSON" exec --detach --console-socket \
		"$scratch/console" --process "$scratch/process.json" "$id" 2>&1; echo $?)" 0
	wait $receiver
	said=$(cat "$scratch/received")
	is "$profile: all steps there" "$(value failed)" ''
	is "$profile: payload" "$(value payload)" /dev/pts/ptmx
	is "$profile: consoleSize" "$(value size)" 33x77
	caisson delete --force "$id"
done

new_id
caisson run --detach --bundle "$b" "$id" </dev/null >/dev/null || bail 'start a container'
fails_with 'detached without a socket' 'cannot allocate tty if runc will detach without setting console socket' \
	"$CAISSON" exec --detach --tty "$id" true
fails_with 'a socket without a terminal' 'cannot use console socket if runc will not detach or allocate tty' \
	"$CAISSON" exec --detach --console-socket "$scratch/console" "$id" true
fails_with 'no terminal to relay' 'caisson has no terminal' \
	setsid -w "$CAISSON" exec --tty "$id" true

# Signals of a foreground exec go to the process; it has the default for each.
"$CAISSON" exec "$id" sleep 1000 &
eventually sh -c "'$CAISSON' ps --format json $id | grep -q ,"
kill -TERM $!
wait $!
is 'SIGTERM ends it as any process' $? 143
"$CAISSON" exec "$id" sh -c 'trap "exit 9" USR1; touch /tmp/ready; while :; do sleep 0.02; done' &
eventually test -e "$b/rootfs/tmp/ready"
kill -USR1 $!
wait $!
is 'SIGUSR1 reaches its handler' $? 9
"$CAISSON" exec "$id" sleep 1000 &
eventually sh -c "'$CAISSON' ps --format json $id | grep -q ,"
kill -KILL $!
wait $! 2>/dev/null
is_alone() { [ "$("$CAISSON" ps --format json "$id")" = "[$(pid_of "$id")]" ]; }
succeeds 'it does not outlive a caisson that is killed' eventually is_alone
caisson delete --force "$id"
