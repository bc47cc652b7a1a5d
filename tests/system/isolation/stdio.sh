#!/bin/bash
# Standard streams belong to the container's user, so programs that open them again by name work:
# nginx logs to /dev/stderr, postgres to /dev/stdout. The caller's terminal keeps its owner.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
for profile in hardened oci; do
	for uid in 0 1000; do
		global_flags=(--profile "$profile")
		edit "$b" ".process.user = {uid: $uid, gid: $uid}"
		shell "$b" 'echo one >/dev/stdout; echo two >>/dev/stdout; echo three >/proc/self/fd/1'
		is "$profile, uid $uid: a pipe opened again" "$(xargs <<<"$out")" 'one two three'
		set_args "$b" /bin/sh -c 'cat /dev/stdin; echo error >/dev/stderr'
		new_id
		out=$(echo input | caisson "${global_flags[@]}" run --bundle "$b" "$id" 2> >(cat >"$scratch/err"))
		is "$profile, uid $uid: standard input opened again" "$out" input
		eventually test -s "$scratch/err"
		is "$profile, uid $uid: standard error opened again" "$(cat "$scratch/err")" error
	done
done

# A file of the host keeps its owner, or a log would belong to whoever ran last.
global_flags=()
log=$scratch/a-log
: >"$log"
set_args "$b" /bin/echo logged
new_id
caisson run --bundle "$b" "$id" >>"$log" 2>&1
is 'a file is written to' "$(cat "$log")" logged
is 'a file of the host stays root'"'"'s' "$(stat -c %u:%g "$log")" 0:0
before=$(stat -Lc '%u:%g %a' /dev/null)
run_bundle "$b" </dev/null
is "the host's /dev/null keeps its owner and mode" "$(stat -Lc '%u:%g %a' /dev/null)" "$before"
