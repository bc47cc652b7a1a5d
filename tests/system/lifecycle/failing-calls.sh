#!/bin/bash
# EPERM from the n-th system call of create, or of its caisson-init, for many n: either create fails
# with one message and leaves nothing, or the container is whole all the same.
# CAISSON_TESTS_ALL=1: from every call there is, which takes a minute or two.
. "$top_srcdir/tests/system/lib.sh"
need jq strace /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60
edit "$b" '.linux.resources = { memory: { limit: 33554432 }, pids: { limit: 20 } }
	| .linux.sysctl = { "net.ipv4.ping_group_range": "0 1" }'

nothing_is_left() { # sets $left
	find_processes
	left=$leaked_processes$(list_cgroups; list_state)
	[ "$(list_mounts)" = "$mounts_before" ] || left+='mounts'
	[ -z "$left" ]
}

new_id
strace -f -D -o "$scratch/trace" "$CAISSON" create --bundle "$b" "$id"
is 'create under strace' $? 0
caisson delete "$id"
eventually nothing_is_left

# "call n" for all calls after the state directory is made that can fail in the real world. Injected
# into umask, which can't, the error would only keep it from being done. The first and the last of
# each name, and of the others one in so many.
sanitizer= # its start-up calls, which must not fail, are among those counted
grep -q __asan_init "$CAISSON" && sanitizer='prlimit64 sigaltstack'
calls=$(awk -v sanitizer="$sanitizer" -v every="$([ "${CAISSON_TESTS_ALL:-}" = 1 ] && echo 1 || echo 14)" '
	BEGIN {
		split("execve exit_group exit brk mmap munmap arch_prctl set_tid_address rseq " \
			"set_robust_list mprotect getpid geteuid getuid getppid close uname lseek " \
			"read pread64 readlink newfstatat stat fstat fcntl umask rt_sigprocmask " \
			"rt_sigaction rt_sigreturn clock_gettime sysinfo setsid wait4 " sanitizer, names, " ")
		for (i in names)
			skip[names[i]] = 1
	}
	{
		call = $2
		sub(/\(.*/, "", call)
		if (call !~ /^[a-z_0-9]+$/ || call in skip)
			next
		n[$1 " " call]++
		if (/mkdirat.*"test-/)
			begun = 1
		point = call " " n[$1 " " call]
		if (!begun || point in seen)
			next
		seen[point] = 1
		if (last[call] == "")
			print point
		else if (call != "recvmsg" && ++count % every == 0)
			print point
		last[call] = point
	}
	END {
		# caisson-init hears COMMIT by it: the container exists by then, and has died
		delete last["recvmsg"]
		for (call in last)
			print last[call]
	}' "$scratch/trace" | sort -u)

bad=() tried=0 failed=0
while read -r call nth; do
	new_id
	strace -f -D -o "$scratch/trace" -e trace="$call" -e inject="$call:error=EPERM:when=$nth" \
		"$CAISSON" create --bundle "$b" "$id" >"$last_output" 2>&1
	rc=$?
	tried=$((tried + 1))
	if [ $rc = 0 ]; then
		has_status "$id" created || bad+=("$call $nth: exit 0, but it is no container")
		[ -s "$last_output" ] && bad+=("$call $nth: $(cat "$last_output")")
		caisson delete "$id" || bad+=("$call $nth: delete fails")
	else
		failed=$((failed + 1))
		[ "$(grep -c '^time=.* level=error msg="caisson create failed: ' "$last_output")" = 1 ] &&
			[ "$(wc -l <"$last_output")" = 1 ] ||
			bad+=("$call $nth: not one message: $(cat "$last_output")")
	fi
	eventually nothing_is_left || bad+=("$call $nth: left: $left; $(cat "$last_output")")
done <<<"$calls"
is "$failed of $tried failing calls made create fail: one message each, nothing left" "${bad[*]}" ''
is 'those are enough to mean something' $((failed >= 60)) 1
