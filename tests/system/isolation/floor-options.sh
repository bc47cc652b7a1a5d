#!/bin/bash
# What a profile can open in the seccomp floor: closed in hardened and restricted, and each key opens
# its own calls and no others. Then the answer is the kernel's own, the same as under no filter.
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
edit "$b" '.process.user = { uid: 1000, gid: 1000 } | .root.readonly = true |
	.linux.resources = { memory: { limit: 268435456 }, pids: { limit: 50 } }'
profile() { # JSON-MEMBERS [BASE]: global_flags chooses it
	echo "{ \"extends\": \"${2:-hardened}\", \"name\": \"test\"${1:+, $1} }" >"$scratch/profile.json"
	chmod 0600 "$scratch/profile.json"
	global_flags=(--profile "$scratch/profile.json")
}
all='trace vm-read kcmp aslr-off ring nest clone3 int80 x32 ptrace bpf perf keyctl alg userfaultfd'
answered() { # sets $answer: what the kernel said to each attempt, on one line
	# shellcheck disable=SC2086 # one word each
	probe "$b" try $all
	answer=$(paste -sd' ' <<<"$out")
}

profile '"seccomp_floor": "none"'
answered
for attempt in $all; do
	# shellcheck disable=SC2034 # used by its name
	declare "own_${attempt//-/_}=$(sed -n "s/.*\b$attempt \([^ ]*\).*/\1/p" <<<" $answer")"
done
closed='trace EPERM vm-read EPERM kcmp EPERM aslr-off EPERM ring ENOSYS nest EPERM clone3 ENOSYS int80 ENOSYS x32 ENOSYS ptrace EPERM bpf EPERM perf EPERM keyctl ENOSYS alg EAFNOSUPPORT userfaultfd ENOSYS'
opened() { # ATTEMPT...: $closed, but for these
	local attempt own words=()
	read -ra words <<<"$closed"
	for ((i = 0; i < ${#words[@]}; i += 2)); do
		attempt=${words[i]} own=own_${words[i]//-/_}
		[[ " $* " != *" $attempt "* ]] || words[i + 1]=${!own}
	done
	echo "${words[*]}"
}

global_flags=()
answered
is 'hardened: all is closed' "$answer" "$closed"
profile '"audit_required": false, "rules": { "CIS-5.2": "allow", "CIS-5.3": "allow" }' restricted
answered
is 'restricted: all is closed' "$answer" "$closed"

is 'what a debugger does works without a filter' "$own_trace $own_vm_read" 'ok ok'
is 'and what a nested container does' "$own_nest" ok
while read -r keys attempts; do
	profile "$keys"
	answered
	# shellcheck disable=SC2086 # one word each
	is "$keys: that and nothing else" "$answer" "$(opened $attempts)"
done <<'END'
"seccomp_debug":true trace vm-read kcmp aslr-off ptrace
"seccomp_io_uring":true ring
"seccomp_nested":true nest clone3
"seccomp_abi":["native","compat32"] int80
"seccomp_abi":["x32"] x32
"seccomp_debug":true,"seccomp_nested":true,"seccomp_io_uring":true trace vm-read kcmp aslr-off ptrace nest clone3 ring
END

# --- the plan, the audit, exec ------------------------------------------------------------------------

profile '"seccomp_debug": true, "seccomp_abi": ["compat32"]'
plan() { # its lines joined: long ones are broken
	caisson "${global_flags[@]}" plan "$b" | tr -s ' \n' ' '
}
out=$(plan)
like 'the plan says what is open, by its rule' "$out" "caisson's floor filter, opened by the profile: floor\+compat32\+debug"
like 'and which filter is loaded' "$out" 'seccomp.*floor\+compat32\+debug'
like 'so does an audit of the bundle' "$(caisson "${global_flags[@]}" audit "$b")" \
	"opened by the profile: floor\+compat32\+debug"
set_args "$b" /bin/sleep 60
create "$b"
caisson start "$id"
is 'exec has the filter of its container' \
	"$(caisson exec "$id" /bin/probe try trace nest | paste -sd' ')" 'trace ok nest EPERM'
like 'an audit of the container finds it clean of drift' \
	"$(caisson audit --container "$id" --format json | jq -r '[.. | .rule? // empty | select(startswith("CS-DRIFT"))] | length')" '^0$'
caisson delete --force "$id"

# --- the config's own filter still counts ---------------------------------------------------------------

edit "$b" '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW",
	syscalls: [{ names: ["ptrace"], action: "SCMP_ACT_ERRNO", errnoRet: 13 }] }'
profile '"seccomp_debug": true'
probe "$b" try trace vm-read
is 'what the config denies stays denied' "$(paste -sd' ' <<<"$out")" 'trace EACCES vm-read ok'
edit "$b" 'del(.linux.seccomp)'

# --- a floor of the administrator's ---------------------------------------------------------------------

echo '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
	{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28 } ] }' >"$scratch/floor.json"
chmod 0600 "$scratch/floor.json"
profile "\"seccomp_floor\": \"$scratch/floor.json\""
edit "$b" '.root.readonly = false'
shell "$b" 'mkdir /tmp/x 2>&1; echo $?'
is 'a floor from a file' "$(paste -sd' ' <<<"$out")" "mkdir: can't create directory '/tmp/x': No space left on device 1"
like 'is named in the plan' "$(plan)" \
	"the administrator's floor filter '$scratch/floor.json'"
chmod 0666 "$scratch/floor.json"
fails_with 'others may not write it' "/seccomp_floor: '$scratch/floor.json': .*writable by others" \
	caisson "${global_flags[@]}" plan "$b"
