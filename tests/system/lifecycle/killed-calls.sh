#!/bin/bash
# SIGKILL of create right before each of its system calls that changes something, and of each
# caisson-init: as killed-create.sh, but at the same places every time.
. "$top_srcdir/tests/system/lib.sh"
need jq strace /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60
edit "$b" '.linux.resources = { memory: { limit: 33554432 }, pids: { limit: 20 } }'
changing=mkdirat,mknodat,renameat,renameat2,ftruncate,clone3,pipe2,socketpair,sendmsg,recvmsg,wait4
changing+=,open_tree,mount_setattr,memfd_create,flock,write
inside=mount_setattr,move_mount,fsmount,setns,unshare,pivot_root,umount2,sendmsg,recvmsg,setresuid
inside+=,setgroups,capset,chdir,prctl

nothing_is_left() { # sets $left
	find_processes
	left=$leaked_processes$(list_cgroups; list_state)
	[ "$(list_mounts)" = "$mounts_before" ] || left+='mounts'
	[ -z "$left" ]
}

# A warm registry and the counts of one create.
new_id
caisson create --bundle "$b" "$id" && caisson delete "$id"
strace -D -o "$scratch/trace" -e trace=$changing "$CAISSON" create --bundle "$b" "$id"
is 'create under strace' $? 0
caisson delete "$id"
like 'the trace is whole' "$(tail -n 1 "$scratch/trace")" 'exited with 0'
calls=$(awk -F'(' '
	$1 ~ /^[a-z_0-9]+$/ {
		n[$1]++
		if (/^mkdirat.*"test-/)
			begun = 1
		if (begun)
			print $1, n[$1]
	}' "$scratch/trace")

bad=() n=0 again=0
while read -r call nth; do
	new_id
	# in braces: the shell's "Killed" is not for the output of the test
	{ strace -D -o "$scratch/trace" -e trace="$call" -e inject="$call":signal=KILL:when="$nth" \
		"$CAISSON" create --bundle "$b" "$id"; } >/dev/null 2>&1
	[ $? = 137 ] || bad+=("$call $nth: create was not killed")
	n=$((n + 1))
	if [ $((n % 2)) = 0 ]; then
		caisson delete --force "$id" >"$last_output" 2>&1 ||
			bad+=("$call $nth: delete --force: $(cat "$last_output")")
		[ -s "$last_output" ] && bad+=("$call $nth: delete --force said $(cat "$last_output")")
	else
		# its first process dies when it finds that create is gone
		eventually eval '! has_status "$id" created'
		has_status "$id" stopped && again=$((again + 1)) && caisson delete "$id"
		caisson create --bundle "$b" "$id" >"$last_output" 2>&1 ||
			bad+=("$call $nth: create: $(cat "$last_output")")
		caisson delete "$id" >"$last_output" 2>&1 ||
			bad+=("$call $nth: delete: $(cat "$last_output")")
	fi
	eventually nothing_is_left || bad+=("$call $nth: left behind: $left")
done <<<"$calls"
is "killed before each of $n calls: the next command cleans up" "${bad[*]}" ''
is 'those are at least 40 calls' $((n >= 40)) 1
# only between writing that it is complete and telling it so
is 'at most one is a container that has stopped' $((again <= 1)) 1

# caisson-init killed: create fails, says so, and leaves nothing.
bad=() n=0
for call in ${inside//,/ }; do
	for nth in 1 2; do
		new_id
		rm -f "$scratch/trace".*
		strace -ff -D -o "$scratch/trace" -e trace="$call" -e "inject=$call:signal=KILL:when=$nth" \
			"$CAISSON" create --bundle "$b" "$id" >"$last_output" 2>&1
		rc=$?
		grep -qs 'killed by SIGKILL' "$scratch/trace".* || rc="$rc, nobody was killed"
		case $rc in
		0) # while it waits for COMMIT, which may be on its way: a container that has died
			[ "$call" = recvmsg ] && eventually has_status "$id" stopped ||
				bad+=("$call $nth: create succeeded") ;;
		1) n=$((n + 1))
			grep -q 'level=error' "$last_output" || bad+=("$call $nth: no message") ;;
		137) ;; # caisson itself made this call
		*nobody*) caisson delete "$id" ;; # not that often
		*) bad+=("$call $nth: exit status $rc") ;;
		esac
		caisson delete --force "$id"
		eventually nothing_is_left || bad+=("$call $nth: left behind: $left")
	done
done
is "caisson-init killed at $n calls: create fails, says so, leaves nothing" "${bad[*]}" ''
is 'those are at least 10 calls' $((n >= 10)) 1
