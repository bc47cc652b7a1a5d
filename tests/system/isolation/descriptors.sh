#!/bin/bash
# The workload has descriptors 0, 1, 2 and those asked for; whatever the caller left open ends with
# caisson, a directory of the host above all (CVE-2024-21626).
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
leaking=("$PROBE" leak /etc)

run_leaking() { # FLAG...: what the workload sees, from a caller with 30 stray descriptors
	set_args "$b" /bin/probe fds
	new_id
	out=$("${leaking[@]}" "$CAISSON" "${global_flags[@]}" run --bundle "$b" "$@" "$id" \
		2>"$scratch/stderr" </dev/null)
	status=$?
}

for profile in hardened oci; do
	global_flags=(--profile "$profile")
	run_leaking
	is "$profile: status" "$status" 0
	is "$profile: 30 stray descriptors of the caller end" "$(cut -d' ' -f1 <<<"$out" | xargs)" '0 1 2'
	unlike "$profile: none is a directory" "$out" '/etc'

	run_leaking --preserve-fds 2
	is "$profile: those asked for stay, and no other" "$(cut -d' ' -f1 <<<"$out" | xargs)" '0 1 2 3 4'

	# Holes: 4 is closed, 5 open; number 5 stays number 5.
	set_args "$b" /bin/probe fds
	new_id
	out=$("$CAISSON" "${global_flags[@]}" run --bundle "$b" --preserve-fds 3 "$id" \
		3</etc/hostname 4<&- 5</etc/passwd 6</etc/passwd 2>"$scratch/stderr")
	is "$profile: holes in what is kept" "$(cut -d' ' -f1 <<<"$out" | xargs)" '0 1 2 3 5'
	like "$profile: the same file under the same number" "$out" '^5 /etc/passwd$'
done

# The waiting init of create, seen from the host: nothing that leads to a directory of the host.
global_flags=()
set_args "$b" /bin/sleep 60
new_id
"${leaking[@]}" "$CAISSON" create --bundle "$b" "$id" >/dev/null 2>&1 </dev/null
pid=$(pid_of "$id")
open=$(for fd in "/proc/$pid/fd"/*; do readlink "$fd"; done)
unlike 'the waiting init holds nothing of its caller' "$open" '^/etc'
unlike 'and no cgroup of the host' "$open" '^/(sys|proc)'
caisson start "$id"
eventually grep -qx sleep "/proc/$pid/comm"
is 'the started workload: three' "$(find "/proc/$pid/fd" -mindepth 1 -printf '%f\n' | sort | xargs)" '0 1 2'
caisson delete --force "$id"
