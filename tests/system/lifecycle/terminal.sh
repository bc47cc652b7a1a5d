#!/bin/bash
# A foreground run at a terminal: raw mode and back, window size, keys, signals, exit status.
. "$top_srcdir/tests/system/lib.sh"
need jq python3 /bin/busybox
python=$(PATH=/usr/bin:/bin:$PATH command -v python3)

b=$(new_bundle) || bail 'make a bundle'
chmod 0777 "$b/rootfs/tmp"
edit "$b" '.process.terminal = true'

drive() { # SIZE [STEP...]: `caisson run` of the bundle at a terminal; sets $out and $said
	new_id
	"$python" "$top_srcdir/tests/system/terminal.py" drive "$@" -- \
		"$CAISSON" "${global_flags[@]}" run --bundle "$b" "$id" >"$scratch/drive" 2>&1
	said=$(sed '/^$/q' "$scratch/drive")
	out=$(sed '1,/^$/d' "$scratch/drive" | tr -d '\r')
}
value() { # NAME
	sed -n "s/^$1: //p" <<<"$said"
}
ends_well() { # DESCRIPTION STATUS
	is "$1: all steps" "$(value failed)" ''
	is "$1: exit status" "$(value status)" "$2"
	is "$1: the terminal is as it was" "$(value restored)" yes
	is "$1: nothing is left" "$(list_state; list_cgroups)" ''
}

for profile in hardened oci; do
	global_flags=(--profile "$profile")
	set_args "$b" sh -c 'echo size $(stty size); tty; echo "type here"; read -r line
		echo "got <$line>"; exit 7'
	drive 24x80 'expect=type here' raw=yes 'send=hello\r' 'expect=got <hello>'
	ends_well "$profile" 7
	like "$profile: window size" "$out" '^size 24 80$'
	like "$profile: tty" "$out" '^/dev/(pts/0|console)$'
	is "$profile: typed text is echoed once" "$(grep -c '^hello$' <<<"$out")" 1
done
global_flags=()

# Large output comes out whole, also what was written right before the end.
set_args "$b" sh -c 'i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i + 1)); done; echo -n last'
drive 24x80
ends_well 'much output' 0
is 'much output: all of it' "$(grep -c '^line ' <<<"$out")" 3000
is 'much output: to the last' "$(tail -n 1 <<<"$out")" last
set_args "$b" sh -c 'stty -echo; echo ready; n=0; while read -r line; do
	[ "$line" = end ] && break; n=$((n + ${#line})); done; echo "read $n"'
typed=$(printf 'x%.0s' {1..500})'\r'
drive 24x80 expect=ready "send=$typed$typed$typed$typed$typed$typed" 'send=end\r' 'expect=read 3000'
ends_well 'much input' 0

# Keys go to the container's terminal, not to ours.
set_args "$b" sh -c 'trap "echo interrupted" INT; trap "echo quit; exit 4" QUIT; echo ready
	while :; do sleep 0.02; done'
drive 24x80 expect=ready raw=yes 'send=\x03' expect=interrupted 'send=\x1c' expect=quit
ends_well 'Ctrl-C and Ctrl-backslash' 4
set_args "$b" sh -c 'echo ready; cat; echo "end of input"'
drive 24x80 expect=ready raw=yes 'send=text\r' expect=text 'send=\x04' 'expect=end of input'
ends_well 'Ctrl-D' 0

# SIGWINCH: the kernel sends it when the window changes.
set_args "$b" sh -c 'trap "echo now \$(stty size)" WINCH; echo ready; while :; do sleep 0.02; done'
drive 24x80 expect=ready raw=yes size=40x100 'expect=now 40 100' size=5x20 'expect=now 5 20' kill=15
ends_well 'SIGWINCH' 143

# Signals to caisson itself, with a handler in there and without.
set_args "$b" sh -c 'trap "echo got TERM; exit 5" TERM; echo ready; while :; do sleep 0.02; done'
drive 24x80 expect=ready raw=yes kill=15 'expect=got TERM'
ends_well 'SIGTERM, a handler' 5
# The shell has handlers until it has become the program that has none.
set_args "$b" sh -c '(sleep 0.5; echo ready) & exec sleep 60'
for signal in 1 2 15; do
	drive 24x80 expect=ready raw=yes kill=$signal
	ends_well "signal $signal, no handler" $((128 + signal))
done

# The window is closed: SIGHUP ends it.
drive 24x80 expect=ready raw=yes 'hang up='
is 'hanging up: all steps' "$(value failed)" ''
is 'hanging up: exit status' "$(value status)" 129
is 'hanging up: nothing is left' "$(list_state; list_cgroups)" ''

# consoleSize does not win over the window that is there.
edit "$b" '.process.consoleSize = { height: 11, width: 22 }'
set_args "$b" stty size
drive 25x81
like 'the window that is there counts' "$out" '^25 81$'
edit "$b" 'del(.process.consoleSize)'

# Failures leave the terminal alone.
set_args "$b" no-such-program
drive 24x80
ends_well 'a program that is not found' 1
like 'a program that is not found: its message' "$out" 'executable file not found in \$PATH'

# No terminal anywhere: it says what to do.
set_args "$b" true
new_id
fails_with 'no terminal at all' 'has no terminal: run it from one, use --console-socket' \
	setsid "$CAISSON" run --bundle "$b" "$id" </dev/null
fails_with 'no terminal at all: no container' 'does not exist' caisson state "$id"

# Standard output elsewhere: the terminal is found by what is left, the output goes where it should.
set_args "$b" sh -c 'echo to-the-file; tty'
new_id
"$python" "$top_srcdir/tests/system/terminal.py" drive 24x80 -- \
	sh -c '"$0" run --bundle "$1" "$2" >"$3"' "$CAISSON" "$b" "$id" "$scratch/file" >"$scratch/drive" 2>&1
said=$(sed '/^$/q' "$scratch/drive")
ends_well 'stdout is a file' 0
like 'stdout is a file: the output is in it' "$(tr -d '\r' <"$scratch/file")" '^to-the-file$'
new_id
"$python" "$top_srcdir/tests/system/terminal.py" drive 24x80 -- \
	sh -c 'printf "from a pipe\n" | "$0" run --bundle "$1" "$2"' "$CAISSON" "$b" "$id" >"$scratch/drive" 2>&1
said=$(sed '/^$/q' "$scratch/drive")
ends_well 'stdin is a pipe' 0

# Without a terminal in config.json, that of the caller is not made raw, and is not the workload's
# controlling one: nothing in there can put text into it (T-25).
edit "$b" '.process.terminal = false'
set_args "$b" sh -c 'echo ready; cat /dev/tty 2>&1; [ -t 1 ] && echo a tty all the same; sleep 0.3'
drive 24x80 expect=ready raw=no 'expect=a tty all the same'
ends_well 'terminal: false' 0
like 'terminal: false: no controlling terminal' "$out" '/dev/tty'
