#!/bin/bash
# --console-socket: what an engine receives, and what the workload has.
. "$top_srcdir/tests/system/lib.sh"
need jq python3 /bin/busybox
python=$(PATH=/usr/bin:/bin:$PATH command -v python3)

b=$(new_bundle) || bail 'make a bundle'
edit "$b" '.process.terminal = true | .process.consoleSize = { height: 33, width: 77 }'

# Starts a receiver with the STEPs, and waits until its socket is there.
receive() { # [STEP...]
	rm -f "$scratch/console"
	"$python" "$top_srcdir/tests/system/terminal.py" receive "$scratch/console" "$@" \
		>"$scratch/received" 2>&1 &
	receiver=$!
	eventually test -S "$scratch/console"
}
value() { # NAME: a line that the receiver printed
	sed -n "s/^$1: //p" "$scratch/received" | head -n 1
}

set_args "$b" sh -c 'echo begin; tty; stty size; cat /proc/self/stat | cut -d" " -f7 | grep -v "^0$"
	echo tty-works >/dev/tty; echo console-works >/dev/console
	stat -c "%u %t:%T" /dev/console; stat -Lc "%u %t:%T" /proc/self/fd/0
	for n in 0 1 2; do [ -t $n ] && echo $n is a tty; done
	read -r line; echo "got $line"; exit 3'
for profile in hardened oci; do
	receive expect=begin 'expect=2 is a tty' 'send=typed\n' 'expect=got typed'
	new_id
	caisson --profile $profile create --bundle "$b" --console-socket "$scratch/console" "$id" \
		>"$scratch/stdout" 2>"$scratch/stderr"
	is "$profile: create" $? 0
	is "$profile: create prints nothing" "$(cat "$scratch/stdout" "$scratch/stderr")" ''
	eventually grep -q '^size:' "$scratch/received"
	is "$profile: the terminal arrives before start, with a payload" "$(value payload)" /dev/pts/ptmx
	is "$profile: one descriptor" "$(value fds)" 1
	is "$profile: then the connection ends" "$(value more)" 0
	is "$profile: consoleSize is applied already" "$(value size)" 33x77
	succeeds "$profile: start" caisson start "$id"
	wait $receiver
	out=$(tr -d '\r' <"$scratch/received")
	is "$profile: all steps" "$(value failed)" ''
	like "$profile: tty" "$out" '^/dev/(pts/0|console)$'
	like "$profile: stty size" "$out" '^33 77$'
	like "$profile: it is the controlling terminal" "$out" '^tty-works$'
	like "$profile: /dev/console is it too" "$out" '^console-works$'
	is "$profile: /dev/console and stdin are the same device" \
		"$(grep -cE '^0 88:0$' <<<"$out")" 2
	is "$profile: 0, 1 and 2" "$(grep -c 'is a tty$' <<<"$out")" 3
	like "$profile: line endings as a terminal has them" "$(cat -v "$scratch/received")" 'begin\^M'
	eventually has_status "$id" stopped
	succeeds "$profile: delete" caisson delete "$id"
done

# As a user who is not root, without a size.
edit "$b" 'del(.process.consoleSize) | .process.user = { uid: 1000, gid: 1000 }'
set_args "$b" sh -c 'stat -Lc "owner %u mode %a" /proc/self/fd/0; echo again >/dev/stdout; stty size'
receive
new_id
caisson run --detach --bundle "$b" --console-socket "$scratch/console" "$id"
is 'run --detach: works too' $? 0
wait $receiver
out=$(tr -d '\r' <"$scratch/received")
like 'the terminal belongs to the user' "$out" '^owner 1000 mode 6[02]0$'
like 'who can reopen it by name' "$out" '^again$'
is 'no consoleSize: 0x0' "$(value size)" 0x0
eventually has_status "$id" stopped
succeeds delete caisson delete "$id"
edit "$b" '.process.user = { uid: 0, gid: 0 }'

# Ctrl-C on it is SIGINT for the workload; hanging up is SIGHUP.
set_args "$b" sh -c 'trap "echo interrupted; exit 0" INT; echo ready; while :; do sleep 0.02; done'
receive expect=ready 'send=\x03' expect=interrupted
new_id
caisson run --detach --bundle "$b" --console-socket "$scratch/console" "$id"
wait $receiver
is 'Ctrl-C' "$(value failed)" ''
eventually has_status "$id" stopped
succeeds delete caisson delete "$id"
chmod 0777 "$b/rootfs/tmp"
set_args "$b" sh -c 'trap "echo hup >/tmp/hup; exit 0" HUP; echo ready; while :; do sleep 0.02; done'
receive expect=ready 'hang up'
new_id
caisson run --detach --bundle "$b" --console-socket "$scratch/console" "$id"
wait $receiver
eventually has_status "$id" stopped
is 'hanging up' "$(cat "$b/rootfs/tmp/hup")" hup
caisson delete --force "$id"

# A relative path is one of the caller's directory.
set_args "$b" true
cd "$scratch" || exit
mkdir -p sub
receive
new_id
succeeds 'a relative socket' caisson run --detach --bundle bundle --console-socket sub/../console "$id"
wait $receiver
is 'a relative socket: the terminal arrives' "$(value fds)" 1
eventually has_status "$id" stopped
caisson delete "$id"

# What goes wrong is said, and leaves nothing.
fails_cleanly() { # DESCRIPTION REGEX ARGUMENTS...
	local what=$1 regex=$2
	shift 2
	new_id
	fails_with "$what" "$regex" timeout 10 "$CAISSON" "$@" "$id"
	fails_with "$what: no container" 'does not exist' caisson state "$id"
}
fails_cleanly 'a socket that is not there' "console socket '.*none': no such file or directory" \
	create --bundle "$b" --console-socket "$scratch/none"
: >"$scratch/file"
fails_cleanly 'a file for a socket' "console socket '.*file': connection refused" \
	create --bundle "$b" --console-socket "$scratch/file"
fails_cleanly 'a path that is too long for a socket' 'too long' \
	create --bundle "$b" --console-socket "/$(printf 'x%.0s' {1..120})"
fails_cleanly 'create with a terminal, without a socket' \
	'cannot allocate tty if runc will detach without setting console socket' create --bundle "$b"
fails_cleanly 'run --detach with a terminal, without a socket' \
	'cannot allocate tty if runc will detach without setting console socket' run -d --bundle "$b"
fails_cleanly 'a foreground run with a socket' \
	'cannot use console socket if runc will not detach or allocate tty' \
	run --bundle "$b" --console-socket "$scratch/console"
edit "$b" '.process.terminal = false'
fails_cleanly 'a socket without a terminal' \
	'cannot use console socket if runc will not detach or allocate tty' \
	create --bundle "$b" --console-socket "$scratch/console"
edit "$b" '.process.terminal = true | .mounts |= map(select(.destination | startswith("/dev") | not))'
"$python" -c 'import os, socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1] + ".new"); s.listen()
os.rename(sys.argv[1] + ".new", sys.argv[1]); time.sleep(20)' "$scratch/idle" &
idle=$!
eventually test -S "$scratch/idle"
new_id
fails_with 'no devpts in the container' '/dev/pts' \
	timeout 10 "$CAISSON" --profile oci create --bundle "$b" --console-socket "$scratch/idle" "$id"
kill $idle
wait $idle 2>/dev/null || : # killed
