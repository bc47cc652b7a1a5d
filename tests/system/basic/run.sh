#!/bin/bash
# The shortest way through the whole program: run, its output, its exit status, its silence.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
for profile in hardened oci; do
	global_flags=(--profile "$profile")
	is "$profile: output of the workload" "$(run_sh "$b" 'echo hello' 2>"$scratch/stderr")" hello
	is "$profile: nothing on standard error" "$(cat "$scratch/stderr")" ''
	run_sh "$b" 'exit 7' >/dev/null 2>&1
	is "$profile: exit status of the workload" $? 7
	is "$profile: standard input reaches it" "$(echo through | run_sh "$b" cat)" through
done

set_args "$b" sleep 60
new_id
caisson run --bundle "$b" "$id" &
eventually has_status "$id" running
caisson kill "$id" KILL
wait $!
is '128 + signal of the workload' $? 137

set_args "$b" no-such-program
fails_with 'a missing program is named, in the words engines look for' \
	'exec: .?"no-such-program.?": executable file not found in \$PATH' caisson run --bundle "$b" "$test_tag-x"
fails_with 'nothing is left of the failed run' 'does not exist' caisson state "$test_tag-x"
