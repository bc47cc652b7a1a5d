#!/bin/bash
# Standard input, output and error go straight to the workload, and caisson keeps no copy of them.
. "$top_srcdir/tests/system/lib.sh"
need jq perl /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
chmod 0777 "$b/rootfs/tmp"

for profile in hardened oci; do
	global_flags=(--profile "$profile")
	set_args "$b" sh -c 'cat; echo to-stderr >&2'
	new_id
	echo input | caisson "${global_flags[@]}" run --bundle "$b" "$id" \
		>"$scratch/stdout" 2>"$scratch/stderr"
	is "$profile: run: stdin to stdout" "$(cat "$scratch/stdout")" input
	is "$profile: run: stderr" "$(cat "$scratch/stderr")" to-stderr
	new_id
	echo input >"$scratch/stdin"
	caisson "${global_flags[@]}" create --bundle "$b" "$id" \
		<"$scratch/stdin" >"$scratch/stdout" 2>"$scratch/stderr"
	caisson start "$id" <&- >&- 2>&-
	eventually has_status "$id" stopped
	is "$profile: create: stdin to stdout" "$(cat "$scratch/stdout")" input
	is "$profile: create: stderr" "$(cat "$scratch/stderr")" to-stderr
	caisson delete "$id"

	# End of file comes when the workload ends, neither earlier nor later.
	set_args "$b" sh -c 'echo one; sleep 0.3; echo two'
	new_id
	mkfifo "$scratch/fifo"
	cat "$scratch/fifo" >"$scratch/stdout" &
	reader=$!
	caisson "${global_flags[@]}" create --bundle "$b" "$id" >"$scratch/fifo"
	sleep 0.1
	succeeds "$profile: create: no end of file while it waits" kill -0 $reader
	caisson start "$id"
	eventually has_status "$id" stopped
	succeeds "$profile: create: end of file when it has ended" timeout 2 tail --pid=$reader -f /dev/null
	wait $reader
	is "$profile: create: all of the output" "$(xargs <"$scratch/stdout")" 'one two'
	caisson delete "$id"
	rm "$scratch/fifo"
done
global_flags=()

# A pipe can be reopened by name in there, also by another user (docker logs of nginx do that).
edit "$b" '.process.user = { uid: 1000, gid: 1000 }'
is 'reopen stdout by name as a user' "$(run_sh "$b" 'echo again >/dev/stdout' 2>&1)" again
is 'reopen stderr by name as a user' "$(run_sh "$b" 'echo again >/dev/stderr' 2>&1)" again
is 'reopen stdin by name as a user' "$(echo in | run_sh "$b" 'cat /dev/stdin' 2>&1)" in
edit "$b" '.process.user = { uid: 0, gid: 0 }'

# Closed descriptors: what caisson opens must not land at 0, 1 or 2.
set_args "$b" sh -c 'echo to-stdout; echo to-stderr >&2; cat; ls -l /proc/self/fd >/tmp/fds; exit 4'
for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
	new_id
	eval 'caisson run --bundle "$b" "$id" '"$closed" >"$scratch/out" 2>&1 </dev/null
	is "run with $closed" $? 4
	new_id
	eval 'caisson create --bundle "$b" "$id" '"$closed" >"$scratch/out" 2>&1 </dev/null
	is "create with $closed" $? 0
	caisson start "$id"
	eventually has_status "$id" stopped
	unlike "create with $closed: no file of caisson's at 0, 1, 2" "$(cat "$b/rootfs/tmp/fds")" \
		' [012] -> (socket:|anon_inode:|/memfd|/run/|/sys/|/proc/)'
	caisson delete "$id"
done

# A file of the caller's as stdout is not given away, and large output is whole.
is 'a regular file as stdout keeps its owner' \
	"$(run_sh "$b" 'echo x' >"$scratch/file"; stat -c %u "$scratch/file")" 0
is 'a megabyte through a pipe' \
	"$(run_sh "$b" 'dd if=/dev/zero bs=64k count=16 2>/dev/null' | wc -c)" 1048576

# Nobody reads: the workload gets SIGPIPE, since it has default dispositions.
set_args "$b" sh -c 'trap "" TERM; while echo y; do :; done 2>/dev/null; sh -c "kill -PIPE \$\$"
	[ $? = 141 ] && echo yes >/tmp/sigpipe'
rm -f "$b/rootfs/tmp/sigpipe"
new_id
(trap '' PIPE; exec "$CAISSON" run --bundle "$b" "$id") | head -n 1 >/dev/null
is 'SIGPIPE is not ignored in there, though the caller ignores it' \
	"$(cat "$b/rootfs/tmp/sigpipe" 2>/dev/null)" yes
