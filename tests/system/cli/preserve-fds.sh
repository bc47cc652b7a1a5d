#!/bin/bash
# --preserve-fds and socket activation: which descriptors reach the workload, and under which numbers.
. "$top_srcdir/tests/system/lib.sh"
need jq perl /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
for n in 3 4 5 6 7 8; do
	echo "file $n" >"$scratch/file$n"
done

# What is open at which number: "3=file 3 5=file 5". Not with 10 and above, which the shell uses.
show='for n in 3 4 5 6 7 8 9; do
	read -r line <&$n && printf "%s=%s " $n "$line"
done 2>/dev/null; echo "fds=${LISTEN_FDS-unset} pid=${LISTEN_PID-unset} names=${LISTEN_FDNAMES-unset}"'
with_files() { # COMMAND...: descriptors 3 to 7 are files
	"$@" 3<"$scratch/file3" 4<"$scratch/file4" 5<"$scratch/file5" 6<"$scratch/file6" 7<"$scratch/file7"
}
launch() { # PRESERVE-FDS [CLOSED...]: through create and start, the output of the workload
	local closed
	for closed in "${@:2}"; do
		eval "exec $closed<&-"
	done
	set_args "$b" sh -c "$show"
	new_id
	"$CAISSON" "${global_flags[@]}" create --bundle "$b" --preserve-fds "$1" "$id" >"$scratch/stdout" 2>&1 &&
		"$CAISSON" start "$id" && eventually has_status "$id" stopped
	cat "$scratch/stdout"
	"$CAISSON" delete --force "$id"
}
no_listen='fds=unset pid=unset names=unset'

for profile in hardened oci; do
	global_flags=(--profile "$profile")
	is "$profile: without the flag none" "$(with_files launch 0)" "$no_listen"
	is "$profile: 1: descriptor 3" "$(with_files launch 1)" "3=file 3 $no_listen"
	is "$profile: 3: descriptors 3 to 5, in their places" "$(with_files launch 3)" \
		"3=file 3 4=file 4 5=file 5 $no_listen"
	# crun and podman pass a count that covers descriptors which are not open
	is "$profile: 5 with holes at 4 and 6" \
		"$(with_files launch 5 4 6)" "3=file 3 5=file 5 7=file 7 $no_listen"
	is "$profile: 3 with nothing open at all" "$(launch 3)" "$no_listen"
done
global_flags=()
new_id
is 'run passes them too' "$(with_files "$CAISSON" run --bundle "$b" --preserve-fds 2 "$id")" \
	"3=file 3 4=file 4 $no_listen"

closing() { # DESCRIPTOR COMMAND...
	(eval "exec $1<&-" && "${@:2}")
}

# Socket activation, sd_listen_fds(3): counts only for the process whose id is in LISTEN_PID.
activate() { # LISTEN_FDS LISTEN_PID PRESERVE-FDS [CLOSED]: "self" is the pid of caisson
	set_args "$b" sh -c "$show"
	new_id
	with_files closing "${4-9}" perl -e '
		my ($fds, $pid, @command) = @ARGV;
		$ENV{LISTEN_FDS} = $fds;
		$ENV{LISTEN_PID} = $pid eq "self" ? $$ : $pid;
		$ENV{LISTEN_FDNAMES} = "web:log";
		exec @command' -- "$1" "$2" "$CAISSON" run --bundle "$b" --preserve-fds "$3" "$id" 2>&1
}
is 'LISTEN_FDS=2 for us: 3 and 4, LISTEN_PID=1 in there' "$(activate 2 self 0)" \
	'3=file 3 4=file 4 fds=2 pid=1 names=unset'
is 'LISTEN_FDS=1 and --preserve-fds 2: three' "$(activate 1 self 2)" \
	'3=file 3 4=file 4 5=file 5 fds=1 pid=1 names=unset'
is "LISTEN_FDS for somebody else: none" "$(activate 2 1 0)" "$no_listen"
is 'LISTEN_FDS of no number: none' "$(activate two self 0)" "$no_listen"
is 'LISTEN_FDS below zero: none' "$(activate -2 self 0)" "$no_listen"
is 'LISTEN_FDS with a hole' "$(activate 3 self 0 4)" '3=file 3 5=file 5 fds=3 pid=1 names=unset'
out=$(activate 100000 self 0)
unlike 'LISTEN_FDS beyond all limits does not pass what is not meant' "$out" '3=file'

# What config.json's env says of them (podman puts it there) is not overruled.
edit "$b" '.process.env += ["LISTEN_FDS=1", "LISTEN_PID=1"]'
is "LISTEN_FDS of config.json's env" "$(with_files launch 1)" '3=file 3 fds=1 pid=1 names=unset'
edit "$b" '.process.env -= ["LISTEN_FDS=1", "LISTEN_PID=1"]'

# The limit is a message, not a crash.
new_id
fails_with 'more than can be kept' 'preserve|descriptor' \
	caisson run --bundle "$b" --preserve-fds 100000 "$id"

# SECURITY: a directory that is kept by mistake is the caller's choice; without the flag it is closed.
set_args "$b" sh -c 'ls /proc/self/fd/9/ 2>&1 | head -n 1'
new_id
unlike 'an open directory of the host does not reach it' \
	"$(caisson run --bundle "$b" "$id" 9</)" 'bin|etc|usr'
